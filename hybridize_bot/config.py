"""Settings: the defaults, what configuration files change of them, and exact messages for what those get wrong.

`load` finds the file in the nearest folder at or above the analyzed path: `.hybridize.yaml`, or the table
``[tool.hybridize]`` of a `pyproject.toml`. The defaults live in the types (`hybridize.config.Config` and `Settings`),
so that a run without a file never imports YAML; `config/defaults.yaml` says the same with an explanation of every key,
and a test holds the two equal. `hybridize_bot.keys` says what each key may hold.

What this module refuses to do: run code from a configuration, follow YAML aliases, or let a misspelled key pass.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from hybridize.config import Config

if TYPE_CHECKING:
    from hybridize_bot.yaml_reader import Value

NAMES = (".hybridize.yaml", ".hybridize.yml")
PROJECT = "pyproject.toml"
DEEPEST = 8
"""Files that extend one another, at most."""
MODEL_BYTES = 1024 * 1024

Level = Literal["error", "warning", "info"]
FailLevel = Literal["error", "warning", "info", "never"]


class Review(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much is told on a pull request: the key `review`."""

    comment_level: Level = "info"
    """The least severity of a remark that is a comment on a line; the others are in the summary."""
    max_comments: Annotated[int, msgspec.Meta(ge=0, le=100)] = 30
    """Comments on lines that are there at one time, at most; the rest is in the summary."""
    suggestions: bool = True
    summary: Literal["always", "findings", "never"] = "findings"
    """When there is a summary comment: always, once there was something to tell, or never."""
    request_changes: bool = False
    """Ask for changes while the check fails, and take that back once it does not."""


class Settings(msgspec.Struct, frozen=True):
    """What one run of the command line works with."""

    config: Config = Config()
    fail_level: FailLevel = "error"
    """The least severity that makes the exit code 1."""
    path: str | None = None
    """The file the settings came from."""
    baseline: str = ""
    """The file of accepted findings, absolute; empty: `hybridize_bot.baseline.NAME`, if there is one."""
    review: Review = Review()
    origins: tuple[tuple[str, str], ...] = ()
    """Key to where its value was given last, for each that is not a default: a preset, or file and line."""


class ConfigError(ValueError):
    """A mistake in a configuration file. ``str()`` is one line: the file, the line, what is wrong, what was meant."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        self.path = path
        self.line = line
        self.message = message
        place = _displayed(path) + (f":{line}" if line else "")
        super().__init__(f"{place}: {message}")


def load(start: Path, explicit: Path | None = None, isolated: bool = False) -> Settings:
    """Return the settings for analyzing ``start``.

    Args:
        start: the analyzed file or folder; the search for a configuration file begins there.
        explicit: a configuration file to use instead of searching.
        isolated: use the defaults, whatever files there are.

    Raises:
        ConfigError: the file has a mistake, or cannot be read.
    """
    if explicit is not None and isolated:
        raise ConfigError(explicit, 0, "a configuration file was named, but --isolated ignores all of them")
    if isolated:
        return Settings()
    path = explicit if explicit is not None else find(start)
    if path is None:
        return Settings()
    settings, folder = _Layers().settings(path), os.path.dirname(os.path.abspath(path))
    if not settings.config.exclude and not settings.config.per_file_ignore:
        return settings
    if os.path.commonpath((folder, os.path.abspath(start))) != folder:
        return settings  # a file that was named and lies elsewhere: its patterns are relative to the analysis root
    return msgspec.structs.replace(settings, config=msgspec.structs.replace(settings.config, folder=folder))


def find(start: Path) -> Path | None:
    """Return the configuration file of the nearest folder at or above ``start``.

    Raises:
        ConfigError: a folder has two of them.
    """
    folder = os.path.abspath(start)
    if not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    while True:
        # `lexists`: a broken link is a mistake to report, not a file to overlook.
        found = [path for name in NAMES if os.path.lexists(path := os.path.join(folder, name))]
        project = os.path.join(folder, PROJECT)
        if os.path.isfile(project) and has_table(project):
            found.append(project)
        if len(found) > 1:
            first = os.path.basename(found[0])
            raise ConfigError(Path(found[1]), 0, f"{first} is in the same folder; remove one of them")
        if found:
            return Path(found[0])
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def data_file(name: str) -> Path:
    """Return the path of a file that ships in ``config/``."""
    here = Path(__file__).parent
    packaged = here / "_config"
    # An editable install has no packaged copy; the source tree is next to it.
    return (packaged if packaged.is_dir() else here.parent / "config") / name


def has_table(path: str) -> bool:
    """Whether the `pyproject.toml` at ``path`` seems to have settings of ours."""
    from hybridize_bot import toml_reader

    return toml_reader.has_table(path)


def _displayed(path: Path) -> str:
    text = os.path.abspath(path)
    here = os.getcwd()
    text = os.path.relpath(text, here) if text.startswith(here.rstrip(os.sep) + os.sep) else text
    return text if text.isprintable() else ascii(text)[1:-1]


class _Layers:
    """The files that a configuration consists of, laid over one another: those it extends first."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._origins: dict[str, str] = {}

    def settings(self, path: Path) -> Settings:
        """What the file at ``path`` says, over what it extends, over the defaults."""
        self._add(path, ())
        values = dict(self._values)
        fail_level: FailLevel = values.pop("fail_level", "error")
        baseline: str = values.pop("baseline", "")
        review: Review = values.pop("review", Review())
        config = msgspec.structs.replace(Config(), **values)
        return Settings(config, fail_level, str(path), baseline, review, tuple(sorted(self._origins.items())))

    def _add(self, path: Path, above: tuple[Path, ...]) -> None:
        from hybridize_bot.keys import Mistake

        document = _document(path)
        try:
            self._lay(document, path, above)
        except Mistake as mistake:
            raise ConfigError(path, mistake.line, mistake.message) from None

    def _lay(self, document: Value, path: Path, above: tuple[Path, ...]) -> None:
        from hybridize_bot.keys import KEYS, PRESETS, mapping

        given = mapping(document, "the configuration", KEYS)
        if "extends" in given:
            names = KEYS["extends"].read(given["extends"].value, "extends", None)
            for name in names:
                preset = data_file(f"presets/{name}.yaml")
                extended = preset if name in PRESETS else path.parent / name
                self._extend(extended, (*above, path), given["extends"].line)
        for key, entry in given.items():
            if key in ("version", "extends"):
                KEYS[key].read(entry.value, key, None)
                continue
            base = self._values.get(key, getattr(Config(), key, getattr(Settings(), key, None)))
            value = KEYS[key].read(entry.value, key, base)
            if key == "models":
                value = tuple(_rows(path.parent / name, name, entry.line) for name in value)
            elif key == "baseline" and value:
                value = os.path.join(os.path.dirname(os.path.abspath(path)), value)
            self._values[key] = value
            self._origins[key] = f"preset {path.stem}" if path.parent == data_file("presets") else _at(path, entry.line)

    def _extend(self, path: Path, above: tuple[Path, ...], line: int) -> None:
        from hybridize_bot.keys import PRESETS, Mistake

        chain = [os.path.realpath(one) for one in above]
        if os.path.realpath(path) in chain:
            raise Mistake(line, f"`extends` leads back to {_displayed(path)}")
        if len(chain) >= DEEPEST:
            raise Mistake(line, f"`extends` goes through more than {DEEPEST} files")
        if not os.path.exists(path):
            presets = ", ".join(f"`{name}`" for name in PRESETS)
            raise Mistake(line, f"`extends`: there is no file {_displayed(path)}, and the presets are {presets}")
        self._add(path, above)


def _at(path: Path, line: int) -> str:
    return f"{_displayed(path)}:{line}"


def _document(path: Path) -> Value:
    """The values of one file.

    Raises:
        ConfigError: it cannot be read, or is neither YAML nor TOML.
    """
    from hybridize_bot import toml_reader, yaml_reader

    try:
        if path.suffix != ".toml":
            return yaml_reader.read(path)
        found = toml_reader.read(path)
    except yaml_reader.YamlError as error:
        raise ConfigError(path, error.line, error.message) from None
    except OSError as error:
        raise ConfigError(path, 0, f"cannot be read: {error.strerror or error}") from None
    return yaml_reader.Value(1, {}) if found is None else found


def _rows(path: Path, name: str, line: int) -> tuple[str, str]:
    """A file of further model rows: its name and its text, which is one the analysis can read."""
    from hybridize.models.loader import RowError, extended
    from hybridize_bot import yaml_reader
    from hybridize_bot.keys import Mistake

    try:
        data = yaml_reader.read_bytes(path, MODEL_BYTES)
        if len(data) > MODEL_BYTES:
            raise Mistake(line, f"`models`: {name} is larger than {MODEL_BYTES // 1024} KiB")
        text = data.decode("utf-8-sig")
        extended(((name, text),), ())
    except (RowError, yaml_reader.YamlError) as error:
        raise Mistake(line, f"`models`: {' '.join(str(error).split())}") from None
    except UnicodeDecodeError:
        raise Mistake(line, f"`models`: {name} is not valid UTF-8") from None
    except OSError as error:
        raise Mistake(line, f"`models`: {name} cannot be read: {error.strerror or error}") from None
    return name, text
