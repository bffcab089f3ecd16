"""`hybridize trace`: run the user's command once, and note what the parameters of all functions receive."""

from __future__ import annotations

from hybridize.engine import analyze
from hybridize.runs import RunEvidence
from hybridize_bot import console
from hybridize_bot.commands import _execute, _run
from hybridize_bot.console import note
from hybridize_bot.verify import passes, plans
from hybridize_bot.verify.passes import RunError


class Options(_execute.ExecuteOptions, frozen=True, kw_only=True):
    """The options of `trace`."""


def run(options: Options) -> int:
    """Analyze, run, print; return the exit code, which is that of the command where it ends by itself."""
    settings = _run.settings(options)
    config = _run.merged(settings.config, options)
    report = _run.run(_execute.paths(options), config, options, lambda *given: analyze(*given, functions=True))
    plan = plans.watched(report)
    runner = _execute.runner(options, report)
    try:
        base = runner.run(plans.Run("trace", plan.targets))
        passes.check(base)
    except RunError as error:
        _execute.failed(error)
    evidence = _execute.book(options, report, settings).traced(plan, base)
    _execute.keep(options, settings, evidence)
    if options.quiet < 2:
        console.emit(_render(options, evidence), options.output, exact=options.form == "json")
    if base.finished.code or base.finished.timed_out:
        note(f"warning: the command {base.finished.ending}; what was seen until then is kept")
    return 2 if base.finished.timed_out else 0


def _render(options: Options, evidence: RunEvidence) -> str:
    if options.form == "json":
        from hybridize_bot.render import verify_json

        return verify_json.render(evidence, 1)
    from hybridize_bot.render import trace_table

    return trace_table.render(evidence, _run.style(options))
