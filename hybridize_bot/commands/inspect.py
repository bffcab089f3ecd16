"""`hybridize inspect`: everything known of every function, as JSON, CSV or a table."""

from __future__ import annotations

import msgspec

from hybridize.report import Report
from hybridize_bot import console
from hybridize_bot.commands import _run
from hybridize_bot.render._places import Places


class Options(_run.RunOptions, frozen=True, kw_only=True):
    """The options of `inspect`."""

    infer: bool | None = None


def run(options: Options) -> int:
    """Analyze and print; return the exit code."""
    settings = _run.settings(options)
    config = _run.informed(_run.merged(settings.config, options), settings, options)
    if options.infer is not None:
        config = msgspec.structs.replace(config, infer_input_signatures=options.infer)
    report = _run.run(
        options.paths, config, options, _run.remembering(_run.kept(settings, options), options, functions=True)
    )
    if options.quiet < 2:
        console.emit(_render(options, report), options.output, exact=options.form != "table")
    return 0


def _render(options: Options, report: Report) -> str:
    places = Places(report.root, files=report.files)
    if options.form == "json":
        from hybridize_bot.render import inspect_json

        return inspect_json.render(report, places)
    if options.form == "csv":
        from hybridize_bot.render import inspect_csv

        return inspect_csv.render(report, places)
    from hybridize_bot.render import inspect_table

    stream = console.target(options.output)
    return inspect_table.render(report, places, _run.style(options), console.width(stream))
