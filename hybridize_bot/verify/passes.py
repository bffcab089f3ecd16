"""The runs of a command: as it is, with everything changed, and with less of it until the rest goes well."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from hybridize_bot.verify import bisection, process
from hybridize_bot.verify.compare import Compared, text_difference
from hybridize_bot.verify.judge import compared, seen_of, unsteady_places
from hybridize_bot.verify.plans import Run, Target, written
from hybridize_bot.verify.process import Finished
from hybridize_bot.verify.records import Record, RecordError, read

CHILD = Path(__file__).parent / "child"
SUPPORTED = (2, 16)
"""TensorFlow from this version on."""
PATIENCE = 5.0
"""A run with changes gets so many times what the run as it is took, and two minutes for traces."""

Say = Callable[[str], None]


class RunError(Exception):
    """The command cannot be judged at all; the message says why, and ``output`` what it printed last."""

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = output


class Result(msgspec.Struct, frozen=True):
    """One run and what its processes recorded."""

    finished: Finished
    records: tuple[Record, ...]
    changed: frozenset[int] = frozenset()

    @property
    def tests(self) -> dict[str, str]:
        """Tests and how they ended; the last time, where they ran several times."""
        return {name: outcome for record in self.records for name, outcome in record.tests}


class Runner:
    """Runs one command over and over, in the environment of the user."""

    def __init__(
        self, command: Sequence[str], root: str, folder: str, timeout: float | None, environment: Mapping[str, str]
    ) -> None:
        self._command = tuple(command)
        self._root = root
        self._folder = folder
        self._timeout = timeout
        self._environment = dict(environment)
        self.runs = 0

    def run(self, run: Run, timeout: float | None = None) -> Result:
        """Run the command once.

        Raises:
            RunError: what was recorded cannot be read.
        """
        self.runs += 1
        limit = min((one for one in (self._timeout, timeout) if one is not None), default=None)
        with tempfile.TemporaryDirectory(prefix="hybridize-run-", ignore_cleanup_errors=True) as name:
            temporary = Path(os.path.realpath(name))
            records = temporary / "records"
            records.mkdir()
            plan = temporary / "plan.json"
            plan.write_bytes(written(run, self._root, records))
            finished = process.run(self._command, self._folder, self._variables(plan, temporary), limit)
            try:
                found = read(records)
            except RecordError as error:
                raise RunError(f"what the run recorded cannot be read: {error}", finished.stderr) from error
        return Result(finished, tuple(found), run.changed)

    def _variables(self, plan: Path, temporary: Path) -> dict[str, str]:
        variables = dict(self._environment)
        paths = [str(CHILD), *filter(None, [variables.get("PYTHONPATH")])]
        # pytest keeps its cache in the project, Python its bytecode: neither belongs to a trial.
        options = [variables.get("PYTEST_ADDOPTS", ""), f"-o cache_dir={temporary / 'pytest'}"]
        variables |= {
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_ADDOPTS": " ".join(filter(None, options)),
            "HYBRIDIZE_RUN_PLAN": str(plan),
        }
        variables.setdefault("PYTHONHASHSEED", "0")
        return variables


def missing(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Why the command cannot be run at all; empty if it can."""
    if not command:
        return "give the command to run after `--`, such as `-- pytest -q tests/`"
    if shutil.which(command[0], path=environment.get("PATH")) is None:
        return f"the command `{command[0]}` is not there"
    return ""


class Passes(msgspec.Struct):
    """All runs of one `hybridize verify`."""

    base: Result
    last: Result | None = None
    """The run with all changes that go well together."""
    apart: dict[int, Result] = msgspec.field(default_factory=dict)
    """Functions that got other inputs in `last`, because of the others, to a run with less changed."""
    blamed: dict[int, tuple[Result, Compared]] = msgspec.field(default_factory=dict)
    """Functions that went wrong in a run, and how."""
    unclear: dict[int, str] = msgspec.field(default_factory=dict)
    """Functions that were found by leaving others out, and what was wrong then."""
    open: tuple[int, ...] = ()
    again: Result | None = None
    """A second run as it is, where one was needed: its functions get inputs that differ in their last digits, which
    tells what varies by itself, and what hangs on rounding."""
    repeated: Result | None = None
    """A second run as it is, where a run went wrong as a whole: does it do so by itself?"""
    within: Passes | None = None
    """The runs without the functions seen here, for those that were called by these alone."""
    interrupted: bool = False
    runs: int = 0

    def of(self, number: int) -> Passes:
        """The runs in which a function was seen by itself, if there are any."""
        seen = seen_of(self.base.records, number)
        return self if seen.calls or not seen.nested or self.within is None else self.within.of(number)

    def unsteady(self, number: int) -> dict[str, bool]:
        """Places of a function that are compared by type at most: see `again`."""
        if self.again is None:
            return {}
        return unsteady_places(self.base.records, self.again.records, number)

    def compared(self, result: Result, number: int) -> Compared:
        """The calls of a function as it is, and in another run."""
        return compared(self.base.records, result.records, number, self.unsteady(number))


def verify(runner: Runner, targets: Sequence[Target], say: Say) -> Passes:
    """Run the command as it is, then changed; again for functions that only others under test call.

    Raises:
        RunError: the command cannot be judged.
    """
    passes = _verify(runner, targets, say, "as it is")
    found, around = passes, targets
    while not found.interrupted:
        inner = [one for one in around if _is_within(found.base, one.number)]
        if not inner or len(inner) == len(around):
            break
        try:
            found.within = _verify(runner, inner, say, f"as it is, for {len(inner)} that the others call")
        except RunError:
            break  # what has been seen so far holds
        except KeyboardInterrupt:
            passes.interrupted = True
            break
        found, around = found.within, inner
    passes.interrupted |= found.interrupted
    passes.runs = runner.runs
    return passes


def _is_within(base: Result, number: int) -> bool:
    seen = seen_of(base.records, number)
    return not seen.calls and seen.nested > 0


def _verify(runner: Runner, targets: Sequence[Target], say: Say, first: str) -> Passes:
    say(first)
    base = runner.run(Run("verify", tuple(targets)))
    check(base)
    passes = Passes(base)
    exercised = tuple(one.number for one in targets if seen_of(base.records, one.number).calls)
    if not exercised or base.finished.timed_out:
        passes.runs = runner.runs
        return passes
    limit = PATIENCE * base.finished.seconds + 120.0

    well: dict[frozenset[int], Result] = {}

    def again() -> None:
        say("as it is, with inputs that differ in their last digits")
        passes.again = runner.run(Run("verify", tuple(targets), options={"nudge": True}), limit)

    def attempt(numbers: tuple[int, ...]) -> bisection.Attempt:
        say(f"with {len(numbers)} function{'s' if len(numbers) != 1 else ''} changed")
        result = runner.run(Run("verify", tuple(targets), frozenset(numbers)), limit)
        wrong = _blamed(passes, result, numbers)
        if wrong and passes.again is None:
            again()
            wrong = _blamed(passes, result, numbers)
        for number, one in wrong.items():
            passes.blamed[number] = (result, one)
        bad = _worse(base, result) if not wrong else ""
        if bad and passes.repeated is None:
            say("as it is, once more")
            passes.repeated = runner.run(Run("verify", tuple(targets)), limit)
        if bad and passes.repeated is not None and _worse(base, passes.repeated):
            bad = ""  # it goes wrong by itself now and then
        if not wrong and not bad:
            well[frozenset(numbers)] = result
        return bisection.Attempt(frozenset(wrong), bad)

    try:
        settled = bisection.settle(exercised, attempt)
        passes.unclear = settled.blamed
        passes.open = settled.open
        passes.last = well.get(frozenset(settled.good))
        drifted = _drifted(passes, settled.good)
        if drifted:
            attempt(drifted)
            apart = well.get(frozenset(drifted))
            passes.apart = dict.fromkeys(drifted, apart) if apart is not None else {}
    except KeyboardInterrupt:
        passes.interrupted = True
    passes.runs = runner.runs
    return passes


def _drifted(passes: Passes, numbers: Sequence[int]) -> tuple[int, ...]:
    """Functions of which no call got the same inputs, some others being changed as well."""
    if passes.last is None:
        return ()
    found = tuple(number for number in numbers if not passes.compared(passes.last, number).calls)
    return found if len(found) < len(numbers) else ()


def check(base: Result) -> None:
    """See whether the run as it is can be the measure of others.

    Raises:
        RunError: it cannot.
    """
    finished, records = base.finished, base.records
    output = finished.stderr or finished.stdout
    if finished.trouble:
        raise RunError(f"the command {finished.ending}")
    if not records:
        raise RunError(
            f"nothing was recorded: the command {finished.ending}, and none of its processes loaded the recorder."
            " It is loaded through PYTHONPATH, by Python 3.10 or later, without -I, -E or -S",
            output,
        )
    trouble = next((one.trouble for one in records if one.trouble), "")
    if trouble:
        raise RunError(f"the recorder could not work: {trouble}", output)
    version = next((one.tensorflow for one in records if one.tensorflow), "")
    if version and not _supported(version):
        raise RunError(f"TensorFlow {version} is not supported: 2.16 or later is")
    if any(function.calls for record in records for function in record.functions):
        return
    if finished.timed_out:
        raise RunError(f"no function under test was called before the command {finished.ending}", output)
    if finished.code:
        raise RunError(
            f"the command fails as it is, before any function under test is called: it {finished.ending}", output
        )


def _supported(version: str) -> bool:
    parts = [int(part) for part in re.findall(r"\d+", version)[:2]]
    return tuple(parts) >= SUPPORTED


def _blamed(passes: Passes, result: Result, numbers: Sequence[int]) -> dict[int, Compared]:
    """What goes wrong in the functions themselves."""
    base = passes.base
    wrong = {}
    for number in numbers:
        found = passes.compared(result, number)
        if found.different or found.raised:
            wrong[number] = found
    running = {record.running for record in result.records if record.running is not None}
    ended = result.finished.timed_out or (result.finished.code or 0) < 0
    usual = base.finished.timed_out or (base.finished.code or 0) < 0
    for number in sorted(one for one in running if one in numbers) if ended and not usual else ():
        wrong[number] = Compared(raised=f"its first call did not come back: the command {result.finished.ending}")
    return wrong


def _worse(base: Result, result: Result) -> str:
    """What is wrong with a whole run; empty if nothing is."""
    before, after = base.tests, result.tests
    failed = [name for name, outcome in before.items() if outcome == "passed" and after.get(name) == "failed"]
    if failed:
        more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
        return f"`{failed[0]}`{more} passes as it is, and fails with the change"
    if result.finished.code != base.finished.code or result.finished.timed_out != base.finished.timed_out:
        last = result.finished.stderr.strip().splitlines()[-1:] or [""]
        return (
            f"the command {result.finished.ending}, where it {base.finished.ending} as it is: {last[0][:200]}".rstrip(
                ": "
            )
        )
    if before:
        return ""  # what tests print is between them and who runs them
    # Numbers of a whole program drift: whether they differ is asked of each function.
    return text_difference(base.finished.stdout, result.finished.stdout, numbers=False)
