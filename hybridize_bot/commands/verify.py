"""`hybridize verify`: run the user's command as it is and with changed functions, and say what came of each."""

from __future__ import annotations

from hybridize.config import Config
from hybridize.fixing import propose
from hybridize.intention import Applicability
from hybridize.report import Report
from hybridize.runs import AGAINST, RunEvidence
from hybridize_bot import console
from hybridize_bot.commands import _execute, _run
from hybridize_bot.console import Progress, note
from hybridize_bot.verify import passes, plans
from hybridize_bot.verify.passes import RunError


class Options(_execute.ExecuteOptions, frozen=True, kw_only=True):
    """The options of `verify`."""

    removals: bool = False


def run(options: Options) -> int:
    """Analyze, run, compare, print; return the exit code."""
    settings = _run.settings(options)
    config = _execute.config(options, settings)
    report = _run.run(_execute.paths(options), config, options, analysis)
    plan = plans.conversions(report, removals=options.removals)
    if not plan.targets:
        note(f"Nothing to verify: {_nothing(plan, removals=options.removals)}.")
        return 0
    runner = _execute.runner(options, report)
    try:
        done = passes.verify(runner, plan.targets, _execute.say(options, "Run"))
    except RunError as error:
        _execute.failed(error)
    evidence = _execute.book(options, report, settings).verified(plan, done)
    _execute.keep(options, settings, evidence)
    if options.quiet < 2:
        console.emit(_render(options, evidence, done), options.output, exact=options.form == "json")
    if done.interrupted:
        return _execute.INTERRUPTED
    if done.base.finished.timed_out:
        note(f"error: the command {done.base.finished.ending}, as it is: nothing was compared")
        return 2
    return int(any(one.outcome in AGAINST for one in evidence.functions))


def analysis(paths: list[str], config: Config, progress: Progress) -> Report:
    """Analyze, and work out the fixes that put `tf.function` on functions."""
    return propose(
        paths, config, progress, Applicability.UNSAFE, lambda one: [f for f in one.findings if f.code == plans.RULE]
    )


def _nothing(plan: plans.Plan, *, removals: bool) -> str:
    if plan.left:
        return plan.left[0].reason
    return "no function is to be converted" + ("" if removals else "; --removals tries those that should be eager")


def _render(options: Options, evidence: RunEvidence, done: passes.Passes) -> str:
    if options.form == "json":
        from hybridize_bot.render import verify_json

        return verify_json.render(evidence, done.runs)
    from hybridize_bot.render import verify_table

    stream = console.target(options.output)
    return verify_table.render(evidence, done.runs, _run.style(options), console.width(stream))
