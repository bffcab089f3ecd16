"""`hybridize inspect`: everything known of every function, as JSON, CSV or a table."""

from __future__ import annotations

import msgspec

from hybridize_bot import console
from hybridize_bot.commands import _run


class Options(_run.RunOptions, frozen=True, kw_only=True):
    """The options of `inspect`."""

    infer: bool | None = None


def run(options: Options) -> int:
    """Analyze and print; return the exit code."""
    config = _run.merged(_run.settings(options).config, options)
    if options.infer is not None:
        config = msgspec.structs.replace(config, infer_input_signatures=options.infer)
    report, _seconds = _run.run(options.paths, config, options)
    if options.form == "json":
        from hybridize_bot.render import inspect_json

        text = inspect_json.render(report)
    elif options.form == "csv":
        from hybridize_bot.render import inspect_csv

        text = inspect_csv.render(report)
    else:
        from hybridize_bot.render import inspect_table

        text = inspect_table.render(report)
    console.emit(text, options.output)
    return 0
