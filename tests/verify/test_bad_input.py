"""What users may run: it fails, hangs, forks, prints, dies or is interrupted, and is reported as what it is.

Real processes, and `tests/verify/standin.py` for TensorFlow, which nothing here hangs on.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from verify import standin
from verify.running import write

ROOT = Path(__file__).resolve().parents[2]
TOOL = [sys.executable, "-m", "hybridize_bot"]

NET = """
import tensorflow as tf


def step(x):
    for _ in range(24):
        x = tf.nn.relu(x) * 0.5
    return x


def other(x):
    for _ in range(24):
        x = tf.nn.relu(x) * 0.25
    return x
"""
MAIN = """
import os
import tensorflow as tf
import net

for _ in range(3):
    first = net.step(tf.ones([2]))
    second = net.other(tf.ones([2]))
print("later" if os.environ.get("STANDIN_LATER") else "done")
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a program, where the tool is started, and TensorFlow's stand-in."""
    stand_in = standin.install(tmp_path / "standin")
    folder = tmp_path / "project"
    # What the analysis sees running the functions is one file, what is run another, which tests replace.
    write(folder, {"net.py": NET, "app.py": MAIN, "main.py": MAIN})
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(stand_in), str(ROOT / "analysis"), str(ROOT)]))
    monkeypatch.delenv("STANDIN", raising=False)
    monkeypatch.chdir(folder)
    return folder


def hybridize(*arguments, timeout=60):
    return subprocess.run(
        [*TOOL, *arguments], capture_output=True, text=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL
    )


def outcomes(folder):
    data = json.loads((folder / ".hybridize" / "evidence.json").read_text(encoding="utf-8"))
    return {one["function"]: (one["outcome"], one.get("message", "")) for one in data["functions"]}


def verify(*command, options=()):
    return hybridize("verify", *options, "--", *(command or (sys.executable, "main.py")))


def is_gone(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    return True


def wait_until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    assert condition()


def test_all_is_well(project):
    done = verify()
    assert done.returncode == 0, done.stderr
    assert {name: outcome for name, (outcome, _) in outcomes(project).items()}.keys() == {"step", "other"}
    assert set(dict(outcomes(project).values())) <= {"proven", "equal-but-slower"}
    assert "2 functions in 2 runs" in done.stdout


def test_no_command(project):
    done = hybridize("verify")
    assert done.returncode == 2
    assert "give the command to run after `--`" in done.stderr


def test_a_command_that_is_not_there(project):
    done = verify("no-such-command-anywhere")
    assert (done.returncode, "`no-such-command-anywhere` is not there" in done.stderr) == (2, True)


def test_a_command_that_fails_before_anything(project):
    write(project, {"main.py": "import net\nraise SystemError('no data set')\n"})
    done = verify()
    assert done.returncode == 2
    assert "fails as it is, before any function under test is called: it exited with 1" in done.stderr
    assert "SystemError: no data set" in done.stderr, "the end of what it printed"
    assert not (project / ".hybridize").exists()


def test_a_command_that_fails_later_is_judged_all_the_same(project):
    (project / "main.py").write_text((project / "main.py").read_text() + "\nraise SystemExit(4)\n")
    done = verify()
    assert done.returncode == 0, done.stderr
    data = json.loads((project / ".hybridize" / "evidence.json").read_text())
    assert data["functions"][0]["notes"] == ["the command exited with 4 as it is"]


def test_no_tensorflow(project, monkeypatch):
    Path(project.parent, "standin", "tensorflow", "__init__.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'tensorflow'\")\n"
    )
    done = verify()
    assert done.returncode == 2
    assert "No module named 'tensorflow'" in done.stderr


def test_another_tensorflow_than_supported(project, monkeypatch):
    monkeypatch.setenv("STANDIN_VERSION", "2.9.1")
    done = verify()
    assert (done.returncode, "TensorFlow 2.9.1 is not supported: 2.16 or later is" in done.stderr) == (2, True)


@pytest.mark.parametrize("flag", ["-I", "-E", "-S"])
def test_an_interpreter_that_loads_no_recorder(project, flag):
    done = verify(sys.executable, flag, "-c", "print('hello')")
    assert done.returncode == 2
    assert "nothing was recorded" in done.stderr
    assert "without -I, -E or -S" in done.stderr


def test_a_hang_is_ended_with_all_its_processes(project):
    write(
        project,
        {
            "main.py": """
                import subprocess, sys, time, net
                child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
                open("pid", "w").write(str(child.pid))
                time.sleep(600)
                """
        },
    )
    done = verify(options=("--timeout", "2"))
    assert done.returncode == 2
    assert "no function under test was called before the command was ended after" in done.stderr
    assert is_gone(int((project / "pid").read_text()))


def test_a_hang_after_calls_keeps_what_was_seen(project):
    (project / "main.py").write_text((project / "main.py").read_text() + "\nimport time; time.sleep(600)\n")
    done = verify(options=("--timeout", "5"))
    assert done.returncode == 2
    assert "was ended after" in done.stderr
    assert set(outcomes(project)) == {"step", "other"}
    assert all("was ended after" in message for _, message in outcomes(project).values())


@pytest.mark.parametrize(
    ("how", "outcome", "message"),
    [
        ("wrong", "different", "result: "),
        ("raise", "raises", "TypeError: not in a graph"),
        ("die", "raises", "its first call did not come back: the command was killed by SIGSEGV"),
        ("exit", "different", "the command exited with 3, where it exited with 0 as it is"),
        ("later", "different", "it printed 'done', and now 'later'"),
    ],
)
def test_one_that_goes_wrong_does_not_spoil_the_other(project, monkeypatch, how, outcome, message):
    monkeypatch.setenv("STANDIN", f"step={how}")
    done = verify()
    assert done.returncode == 1, done.stderr
    found = outcomes(project)
    assert found["step"][0] == outcome
    assert message in found["step"][1]
    assert found["other"][0] in ("proven", "equal-but-slower")


def test_a_graph_that_hangs(project, monkeypatch):
    monkeypatch.setenv("STANDIN", "other=hang")
    done = verify(options=("--timeout", "4"))
    assert done.returncode == 1, done.stderr
    found = outcomes(project)
    assert found["other"][0] == "raises"
    assert "its first call did not come back: the command was ended after" in found["other"][1]
    assert found["step"][0] in ("proven", "equal-but-slower")


def test_megabytes_on_stdout(project):
    (project / "main.py").write_text(
        (project / "main.py").read_text() + "\nfor _ in range(400):\n    print('x' * 100_000)\n"
    )
    done = verify()
    assert done.returncode == 0, done.stderr
    assert len(done.stdout) + len(done.stderr) < 10_000


def test_own_seeds(project):
    text = (project / "main.py").read_text()
    (project / "main.py").write_text(
        text + "\nimport random\nrandom.seed()\nnet.step(tf.ones([2]) * random.random())\n"
    )
    done = verify()
    assert done.returncode == 0, done.stderr
    data = json.loads((project / ".hybridize" / "evidence.json").read_text())
    step = next(one for one in data["functions"] if one["function"] == "step")
    assert step["notes"] == ["1 calls were not compared: what they got had drifted apart before"]


def test_results_that_vary_by_themselves_are_not_held_against_it(project):
    write(
        project,
        {
            "net.py": NET.replace("return x\n", "return x * NOISE\n", 1)
            + "import random\nNOISE = random.SystemRandom().random()\n"
        },
    )
    done = verify()
    assert done.returncode == 0, done.stdout + done.stderr


def test_workers_write_their_own_records(project):
    write(
        project,
        {
            "main.py": """
                import os, sys
                import net

                def work(n):
                    import tensorflow as tf
                    for _ in range(n):
                        net.step(tf.ones([2]))

                for n in (2, 3):
                    pid = os.fork()
                    if not pid:
                        work(n)
                        os._exit(0)
                    os.waitpid(pid, 0)
                work(1)
                """
        },
    )
    done = verify()
    assert done.returncode == 0, done.stderr
    data = json.loads((project / ".hybridize" / "evidence.json").read_text())
    assert {one["function"]: one.get("calls", 0) for one in data["functions"]} == {"step": 6, "other": 0}


def test_processes_that_are_left_behind_are_ended(project):
    write(
        project,
        {
            "main.py": MAIN
            + "import subprocess, sys\n"
            + 'child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])\n'
            + 'open("pid", "w").write(str(child.pid))\n'
        },
    )
    done = verify()
    assert done.returncode == 0, done.stderr
    assert is_gone(int((project / "pid").read_text()))


@pytest.mark.parametrize("when", ["as it is", "changed"])
def test_an_interrupt_ends_the_command(project, monkeypatch, when):
    write(project, {"main.py": 'import os\nopen("pid", "w").write(str(os.getpid()))\n' + MAIN})
    if when == "as it is":
        write(
            project, {"main.py": 'import os, time\nopen("pid", "w").write(str(os.getpid()))\ntime.sleep(600)\n' + MAIN}
        )
    else:
        monkeypatch.setenv("STANDIN", "step=hang")
    code = (  # the signal is ignored where the suite runs in the background
        "import signal, runpy; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "runpy.run_module('hybridize_bot', run_name='__main__', alter_sys=True)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, "verify", "--", sys.executable, "main.py"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    stderr = process.stderr
    assert stderr is not None
    wanted = "Run 1" if when == "as it is" else "Run 2"
    line = ""
    while wanted not in line:
        line = stderr.readline()
        assert line, "it ended early"
    if when == "as it is":
        wait_until(lambda: (project / "pid").exists() and (project / "pid").read_text())
    time.sleep(1.0)
    pid = int((project / "pid").read_text())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert is_gone(pid)
    if when == "changed":
        assert outcomes(project)["step"] == ("not-exercised", "it was interrupted")


def test_the_working_tree_is_untouched(project):
    write(
        project,
        {"test_net.py": "import tensorflow as tf\nimport net\n\ndef test_step():\n    net.step(tf.ones([2]))\n"},
    )
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    done = verify(sys.executable, "-m", "pytest", "-q", "--lf", options=("--no-evidence", "--no-cache"))
    assert done.returncode == 0, done.stderr
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_json(project):
    done = verify(options=("--format", "json", "--no-evidence"))
    data = json.loads(done.stdout)
    assert data["version"] == 1
    assert sum(data["outcomes"].values()) == len(data["functions"]) == 2
    assert not (project / ".hybridize").exists()
