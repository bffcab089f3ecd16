"""However a program loads its code, functions are found, and the program sees what it would see without a recorder.

No TensorFlow is needed: `trace` notes Python values as well.
"""

from __future__ import annotations

import os
import sys
from textwrap import dedent

import pytest
from verify.running import ENVIRONMENT, write

from hybridize.config import Config
from hybridize.engine import analyze
from hybridize_bot.verify import plans
from hybridize_bot.verify.judge import seen_of
from hybridize_bot.verify.passes import Runner

MODULE = '''
"""A module."""
from __future__ import annotations
import sys


def double(x, *more, scale=1, **named):
    """Twice."""
    return x * 2


class Thing:
    @property
    def name(self):
        return "thing"

    @staticmethod
    def static(x):
        return x

    @classmethod
    def of(cls, x):
        return cls()

    def method(self, x):
        def inner(y):
            return y + x

        return inner(1)


def fails(x):
    raise ValueError(sys._getframe().f_lineno)


def stream(n):
    yield from range(n)
'''
CALLS = """
import traceback

double(1, 2, scale=3, other=4)
double("a")
Thing().name
Thing.static(1)
Thing.of(1).method(2)
list(stream(3))
try:
    fails(1)
except ValueError as error:
    print("line", error, traceback.extract_tb(error.__traceback__)[-1].lineno)
"""


def trace(folder, command, environment=None):
    report = analyze([folder], Config(jobs=1))
    plan = plans.watched(report)
    runner = Runner(command, report.root, str(folder), 60.0, {**ENVIRONMENT, **(environment or {})})
    result = runner.run(plans.Run("trace", plan.targets))
    seen = {one.function.qualname: seen_of(result.records, one.number) for one in plan.targets}
    return {name: one for name, one in seen.items() if one.calls}, result


def check(seen, result):
    assert result.finished.code == 0, result.finished.stderr
    assert {name: one.calls for name, one in seen.items()} == {
        "double": 2, "Thing.name": 1, "Thing.static": 1, "Thing.of": 1, "Thing.method": 1, "Thing.method.inner": 1,
        "fails": 1, "stream": 1,
    }  # fmt: skip
    received = {(one.parameter, one.kind) for one in seen["double"].received}
    assert received == {("x", "int"), ("x", "str"), ("more", "tuple"), ("scale", "int"), ("named", "dict")}
    assert {one.parameter for one in seen["Thing.method"].received} == {"x"}, "the receiver is no parameter"
    line = 1 + MODULE.lstrip("\n").splitlines().index("    raise ValueError(sys._getframe().f_lineno)")
    assert f"line {line} {line}" in result.finished.stdout


def test_a_script(tmp_path):
    write(tmp_path, {"main.py": MODULE + CALLS})
    check(*trace(tmp_path, [sys.executable, "main.py"]))


def test_an_imported_module(tmp_path):
    write(tmp_path, {"pkg/__init__.py": "", "pkg/mod.py": MODULE, "run.py": "from pkg.mod import *\n" + CALLS})
    check(*trace(tmp_path, [sys.executable, "run.py"]))


def test_a_module_that_is_run(tmp_path):
    write(tmp_path, {"pkg/__init__.py": "", "pkg/mod.py": MODULE + CALLS})
    check(*trace(tmp_path, [sys.executable, "-m", "pkg.mod"]))


def test_a_script_behind_a_shell(tmp_path):
    write(tmp_path, {"main.py": MODULE + CALLS, "run.sh": 'exec "$1" main.py\n'})
    check(*trace(tmp_path, ["sh", "run.sh", sys.executable]))


def test_functions_in_test_modules(tmp_path):
    body = "\n".join("    " + line for line in dedent(CALLS).strip().splitlines())
    write(tmp_path, {"test_it.py": MODULE + "\n\ndef test_all():\n" + body + "\n"})
    seen, result = trace(tmp_path, [sys.executable, "-m", "pytest", "-q", "-s"])
    assert seen.pop("test_all").calls == 1
    check(seen, result)
    assert result.tests == {"test_it.py::test_all": "passed"}
    assert seen["fails"].tests == ("test_it.py::test_all",)


def test_unittest(tmp_path):
    text = """
        import unittest

        def f(x):
            return x

        class Case(unittest.TestCase):
            def test_good(self):
                f(1)

            def test_bad(self):
                f("a")
                self.fail()
        """
    write(tmp_path, {"test_it.py": text})
    seen, result = trace(tmp_path, [sys.executable, "-m", "unittest", "test_it"])
    assert result.tests == {"test_it.Case.test_good": "passed", "test_it.Case.test_bad": "failed"}
    assert set(seen["f"].tests) == set(result.tests)


WORLD = """
import json, sys

def f():
    pass

f()
print(json.dumps([__name__, __file__, __package__, str(__spec__), type(__loader__).__name__, sys.path[0], sys.argv,
                  sorted(name for name in globals() if "hybridize" in name)]))
"""


@pytest.mark.parametrize("script", ["main.py", "sub/main.py"])
def test_a_script_sees_the_world_as_it_is(tmp_path, script):
    import subprocess

    write(tmp_path, {script: WORLD})
    command = [sys.executable, script, "an", "argument"]
    bare = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True, env=ENVIRONMENT)
    seen, result = trace(tmp_path, command)
    assert set(seen) == {"f"}
    assert result.finished.stdout == bare.stdout


def test_the_sitecustomize_of_the_environment_runs(tmp_path):
    write(tmp_path, {"site/sitecustomize.py": 'import os\nos.environ["CUSTOM"] = "yes"\n'})
    write(tmp_path, {"main.py": 'import os\n\ndef f():\n    pass\n\nf()\nprint(os.environ.get("CUSTOM"))\n'})
    seen, result = trace(tmp_path, [sys.executable, "main.py"], {"PYTHONPATH": str(tmp_path / "site")})
    assert set(seen) == {"f"}
    assert result.finished.stdout.strip() == "yes"


def test_no_bytecode_is_written(tmp_path):
    write(tmp_path, {"mod.py": MODULE, "run.py": "import mod\nmod.double(1)\n"})
    trace(tmp_path, [sys.executable, "run.py"])
    assert sorted(os.listdir(tmp_path)) == ["mod.py", "run.py"]


def test_calls_are_looked_at_less_and_less(tmp_path):
    text = "def f(x):\n    return x\n\nfor _ in range(50_000):\n    f(1)\nf('new')\nfor _ in range(3000):\n    f(2.0)\n"
    write(tmp_path, {"main.py": text})
    seen, _ = trace(tmp_path, [sys.executable, "main.py"])
    assert seen["f"].calls == 53_001
    looked = {one.kind: one.calls for one in seen["f"].received}
    assert looked["int"] < 200
    assert looked["float"] >= 1
    assert seen["f"].received[0].callers == ("main.py:5",)


def test_a_process_that_is_killed_leaves_what_it_saw(tmp_path):
    text = "import os, signal, time\n\ndef f(x):\n    return x\n\nend = time.monotonic() + 3\n"
    text += "while time.monotonic() < end:\n    f(1)\n    f([])\n    time.sleep(0.2)\n"
    text += "os.kill(os.getpid(), signal.SIGKILL)\n"
    write(tmp_path, {"main.py": text})
    seen, result = trace(tmp_path, [sys.executable, "main.py"])
    assert result.finished.ending == "was killed by SIGKILL"
    assert {one.kind for one in seen["f"].received} == {"int", "list"}
