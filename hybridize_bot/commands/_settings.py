"""`check --show-settings`: what a run goes by, as a configuration file, and where each value comes from."""

from __future__ import annotations

from typing import Any

import msgspec
import yaml

from hybridize.config import Config
from hybridize_bot.config import Settings
from hybridize_bot.keys import KEYS, VERSION


def shown(settings: Settings, config: Config, fail_level: str, baseline: str) -> str:
    """The settings as YAML that `hybridize_bot.config.load` reads; ``config`` has what the command line changes."""
    origins = dict(settings.origins)
    review = msgspec.to_builtins(settings.review)
    given = {"version": VERSION, "extends": [], "fail_level": fail_level, "baseline": baseline, "review": review}
    values = plain(config) | given
    loaded = plain(settings.config) | given | {"fail_level": settings.fail_level, "baseline": settings.baseline}
    lines = [f"# {settings.path or 'no configuration file'}; what has no remark is a default"]
    for key in KEYS:
        origin = "the command line" if values[key] != loaded[key] else origins.get(key, "")
        style = None if isinstance(values[key], (dict, list)) else False
        text = yaml.safe_dump(
            {key: values[key]}, default_flow_style=style, sort_keys=False, allow_unicode=True, width=4096
        )
        lines += [f"# {origin}"] if origin else []
        lines.append(text.rstrip())
    return "\n".join(lines) + "\n"


def plain(config: Config) -> dict[str, Any]:
    """A `Config` as the keys and values of a configuration file."""
    fields: dict[str, Any] = msgspec.to_builtins(config)
    fields["speculation"] = {row.pop("name"): row for row in fields["speculation"]}
    fields["severity"] = dict(config.severity)
    fields["per_file_ignore"] = {pattern: list(codes) for pattern, codes in config.per_file_ignore}
    fields["models"] = [name for name, _ in config.models]
    del fields["folder"], fields["runs"]
    return fields
