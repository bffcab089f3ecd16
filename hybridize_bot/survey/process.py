"""Starting the process of a job, and telling how it ended: what came of it, a limit, or a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import msgspec

import hybridize
from hybridize_bot.console import one_line
from hybridize_bot.survey.entries import redacted
from hybridize_bot.survey.jobs import Cost, Failed, FailureKind, Job, Outcome

_START = "import sys; sys.path[:0] = sys.argv[3:]; from hybridize_bot.survey.child import main; main(*sys.argv[1:3])"


def run(job: Job) -> Outcome:
    """Do a job in a process of its own; whatever comes of that is an outcome."""
    limits = job.terms.limits
    with (
        tempfile.TemporaryDirectory(prefix="hybridize-job-", dir=job.scratch) as folder,
        tempfile.TemporaryFile() as errors,
    ):
        request, result = os.path.join(folder, "job"), os.path.join(folder, "result")
        Path(request).write_bytes(msgspec.msgpack.encode(job))
        process = subprocess.Popen(  # noqa: S603 - our own interpreter, isolated from where it is started
            [sys.executable, "-I", "-c", _START, request, result, *_packages()],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, start_new_session=True,
        )  # fmt: skip
        late = False
        try:
            process.wait(limits.seconds)
        except subprocess.TimeoutExpired:
            late = True
        finally:
            # The group of the process, and so its copies and the Git that it may have started.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        known = _read(result)
        if not late and process.returncode == 0 and known is not None:
            return known
        if late:
            return _failed("time", f"not done within {limits.seconds:g} s", known)
        errors.seek(0)
        text = errors.read()[-20_000:].decode("utf-8", "replace")
        return _failed(*_crash(text, process.returncode, limits.megabytes), known)


def _packages() -> list[str]:
    """The folders that `hybridize` and `hybridize_bot` are imported from."""
    return list(dict.fromkeys(str(Path(file).parent.parent) for file in (hybridize.__file__, Path(__file__).parent)))


def _read(path: str) -> Outcome | None:
    try:
        outcome: Outcome = msgspec.msgpack.decode(Path(path).read_bytes(), type=Outcome)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return outcome


def _failed(kind: FailureKind, message: str, known: Outcome | None) -> Failed:
    """A failure, with what the process has told before it ended."""
    told = known if isinstance(known, Failed) else Failed("crash", "", cost=Cost())
    return Failed(kind, redacted(message), told.key, told.revision, told.cost)


def _crash(text: str, code: int, megabytes: int) -> tuple[FailureKind, str]:
    lines = [line for line in text.splitlines() if line.strip()]
    last = one_line(lines[-1])[:300] if lines else ""
    if last.startswith("MemoryError"):
        return "memory", f"more than {megabytes:,} MB"
    if code < 0:
        name = signal.Signals(-code).name if -code in list(signal.Signals) else str(-code)
        return "crash", f"the process was ended by {name}" + (f": {last}" if last and "Error" in last else "")
    return "crash", last or f"the process ended with {code}"
