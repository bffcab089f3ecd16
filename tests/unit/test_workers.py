"""`hybridize.workers` in a process without threads, as the command line is; the test runner itself has some."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hybridize.workers import MAX_PARTS, beside, in_parts

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")


def alone(program: str) -> str:
    """What a program prints that runs in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", "import os, signal, time\n" + textwrap.dedent(program)],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return run.stdout + run.stderr


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_answers_come_in_order(workers: int) -> None:
    program = f"""
    from hybridize.workers import in_parts
    def work(part):
        return part, "x" * 100_000 * part
    print(in_parts(7, work, {workers}) == [work(part) for part in range(7)])
    """
    assert alone(program) == "True\n"


@linux
def test_the_work_is_divided() -> None:
    program = """
    from hybridize.workers import in_parts
    def work(part):
        time.sleep(0.2)
        return os.getpid()
    seen = set(in_parts(6, work, 3))
    print(len(seen), os.getpid() in seen)
    """
    assert alone(program) == "3 True\n"


@linux
def test_what_a_killed_worker_took_is_done_here() -> None:
    program = """
    from hybridize.workers import in_parts
    here = os.getpid()
    def work(part):
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.05)
        return part
    print(in_parts(6, work, 3))
    """
    assert alone(program) == "[0, 1, 2, 3, 4, 5]\n"


def test_an_error_of_a_worker_is_raised() -> None:
    program = """
    from hybridize.workers import in_parts
    def work(part):
        time.sleep(0.05)
        if part == 3:
            raise ValueError("three is too much")
        return part
    try:
        in_parts(6, work, 2)
    except ValueError as error:
        print(error)
    """
    assert alone(program) == "three is too much\n"


@linux
def test_no_process_is_left_behind() -> None:
    program = """
    from hybridize.workers import in_parts
    def work(part):
        if os.getpid() == here:
            raise KeyboardInterrupt
        time.sleep(60)
    here = os.getpid()
    try:
        in_parts(6, work, 3)
    except KeyboardInterrupt:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            print("none left")
    """
    assert alone(program) == "none left\n"


def test_parts_are_bounded() -> None:
    with pytest.raises(ValueError, match="257"):
        in_parts(MAX_PARTS + 1, str, 1)


@linux
def test_reports_are_the_same_from_one_process_and_from_several(tmp_path: Path) -> None:
    source = "import tensorflow as tf\n\n" + "".join(
        f"@tf.function\ndef step_{n}(x):\n    print(x)\n    return helper_{n}(x)\n\n\n"
        f"def helper_{n}(x):\n    return x * {n}.0 + 1.0\n\n\nstep_{n}(tf.ones([{n + 1}]))\n"
        for n in range(300)
    )
    (tmp_path / "main.py").write_text(source)
    program = f"""
    import msgspec
    import hybridize
    from hybridize import workers
    forks = []
    fork = workers._forked
    workers._forked = lambda *given: forks.append(1) or fork(*given)
    answers = set()
    for jobs in (1, 2, 3):
        report = hybridize.analyze([{str(tmp_path)!r}], hybridize.Config(jobs=jobs))
        answers.add(msgspec.json.encode((report.functions, report.findings, report.observations)))
    print(len(answers), len(report.functions), len(report.findings) >= 300, len(forks))
    """
    assert alone(program) == "1 600 True 3\n"


# Each part in a copy of its own


@linux
def test_each_part_has_a_copy_of_its_own() -> None:
    program = """
    import os
    from hybridize.workers import each_alone
    kept = []
    def work(number):
        kept.append(number)
        return number, os.getpid(), len(kept)
    answers = each_alone(5, work, 2)
    print([one for one, _, _ in answers], len({pid for _, pid, _ in answers}), {n for _, _, n in answers}, len(kept))
    """
    assert alone(program) == "[0, 1, 2, 3, 4] 5 {1} 0\n"


@linux
def test_what_a_copy_fails_at_is_done_here() -> None:
    program = """
    import os
    from hybridize.workers import each_alone
    here = os.getpid()
    def work(number):
        if number == 1 and os.getpid() != here:
            os._exit(3)
        if number == 2 and os.getpid() != here:
            raise ValueError("not in a copy")
        return number * 10
    print(each_alone(4, work, 3))
    """
    assert alone(program) == "[0, 10, 20, 30]\n"


@linux
def test_what_fails_here_as_well_raises_and_leaves_no_process() -> None:
    program = """
    import os
    from hybridize.workers import each_alone
    def work(number):
        raise ValueError(str(number))
    try:
        each_alone(3, work, 2)
    except ValueError as error:
        print("raised", error)
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        print("none left")
    """
    assert alone(program) == "raised 0\nnone left\n"


@linux
def test_work_beside_other_work() -> None:
    program = """
    from hybridize.workers import beside
    with beside(os.getpid) as other:
        print(other() != os.getpid(), other() == other())
    """
    assert alone(program) == "True True\n"


@linux
def test_work_that_nobody_asks_for_is_given_up() -> None:
    program = """
    from hybridize.workers import beside
    start = time.monotonic()
    with beside(lambda: time.sleep(30)):
        pass
    print(time.monotonic() - start < 10)
    """
    assert alone(program) == "True\n"


@linux
def test_what_a_copy_fails_at_is_done_here_and_raises_here() -> None:
    program = """
    from hybridize.workers import beside
    here = os.getpid()
    def killed():
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return "here"
    with beside(killed) as other:
        print(other())
    def fails():
        raise ValueError("it fails")
    try:
        with beside(fails) as other:
            other()
    except ValueError as error:
        print(error)
    """
    assert alone(program) == "here\nit fails\n"


def test_where_nothing_can_be_copied_the_work_is_done_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hybridize.workers.can_fork", lambda: False)
    done = []
    with beside(lambda: done.append(1)) as other:
        assert done == []
        other()
        other()
    assert done == [1]
