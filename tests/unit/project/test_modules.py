"""`ModuleIndex`: names of files, and which file an import means."""

import importlib.util
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridize.project.modules import LIBRARIES, PRELOADED, ModuleIndex, Resolution


def target(index, importer, dotted, level=0):
    """The path an import leads to, a namespace as its folders with a slash."""
    found = index.resolve(importer, level, dotted)
    if found is None:
        return None
    return ",".join(f"{folder}/" for folder in found.portions) if found.kind == "namespace" else found.path


# --- names ---


@pytest.mark.parametrize(
    ("files", "path", "name"),
    [
        (["train.py"], "train.py", "train"),
        (["pkg/__init__.py"], "pkg/__init__.py", "pkg"),
        (["pkg/__init__.py", "pkg/sub/__init__.py", "pkg/sub/m.py"], "pkg/sub/m.py", "pkg.sub.m"),
        (["src/pkg/__init__.py", "src/pkg/m.py"], "src/pkg/m.py", "pkg.m"),
        (["projects/one/pkg/__init__.py", "projects/one/pkg/m.py"], "projects/one/pkg/m.py", "pkg.m"),
        (["src/ns/m.py"], "src/ns/m.py", "ns.m"),
        (["examples/mnist/train.py"], "examples/mnist/train.py", "examples.mnist.train"),
        (["pkg/__init__.py", "pkg/scripts/run.py"], "pkg/scripts/run.py", "pkg.scripts.run"),
        (["__init__.py", "src/pkg/__init__.py", "src/pkg/m.py"], "src/pkg/m.py", "pkg.m"),
        (["bin/train"], "bin/train", "bin.train"),
        (["__init__.py", "src/ns/m.py"], "src/ns/m.py", "ns.m"),
        (["src/__init__.py", "src/m.py"], "src/m.py", "src.m"),
    ],
)
def test_name(files, path, name):
    assert ModuleIndex.build(files).name(path) == name


def test_name_starts_at_a_configured_source_root():
    files = ["code/app/m.py", "code/__init__.py", "other/m.py"]
    assert ModuleIndex.build(files).name("code/app/m.py") == "code.app.m"
    for spelling in ("code", "./code/", "code/"):
        index = ModuleIndex.build(files, [spelling])
        assert index.name("code/app/m.py") == "app.m"
        assert index.name("other/m.py") == "other.m"


def test_name_below_a_root_that_is_a_package():
    files = ["__init__.py", "kernels/__init__.py", "kernels/rbf.py", "scripts/run.py"]
    index = ModuleIndex.build(files, root="/home/me/repo/gpflow", package="repo.gpflow")
    assert [index.name(path) for path in files] == [
        "repo.gpflow", "repo.gpflow.kernels", "repo.gpflow.kernels.rbf", "repo.gpflow.scripts.run",
    ]  # fmt: skip
    assert ModuleIndex.build(files, root="/home/me/repo/gpflow").name("kernels/rbf.py") == "gpflow.kernels.rbf"


def test_all_names():
    index = ModuleIndex.build(["src/pkg/__init__.py", "src/pkg/m.py", "tools/run.py"])
    assert index.names("src/pkg/m.py") == ("pkg.m", "src.pkg.m")
    assert index.names("tools/run.py") == ("tools.run", "run")


def test_is_package():
    index = ModuleIndex.build(["pkg/__init__.py", "pkg/m.py", "pkg/x__init__.py"])
    assert [index.is_package(path) for path in ("pkg/__init__.py", "pkg/m.py", "pkg/x__init__.py")] == [
        True,
        False,
        False,
    ]


# --- what an import finds ---


def test_kinds():
    index = ModuleIndex.build(["pkg/__init__.py", "pkg/m.py", "ns/a.py", "top.py"])
    assert index.resolve("top.py", 0, "pkg") == Resolution("package", "pkg/__init__.py", ("pkg",))
    assert index.resolve("top.py", 0, "pkg.m") == Resolution("module", "pkg/m.py")
    assert index.resolve("top.py", 0, "ns") == Resolution("namespace", "ns", ("ns",))
    assert index.resolve("top.py", 0, "elsewhere") is None
    assert index.resolve("top.py", 0, "pkg.elsewhere") is None


def test_relative_imports():
    files = ["pkg/__init__.py", "pkg/a.py", "pkg/sub/__init__.py", "pkg/sub/b.py", "pkg/sub/a.py", "script.py"]
    index = ModuleIndex.build(files)
    assert target(index, "pkg/sub/b.py", "a", level=1) == "pkg/sub/a.py"
    assert target(index, "pkg/sub/b.py", "a", level=2) == "pkg/a.py"
    assert target(index, "pkg/sub/__init__.py", "b", level=1) == "pkg/sub/b.py"
    assert target(index, "pkg/sub/__init__.py", "", level=1) == "pkg/sub/__init__.py"
    assert target(index, "pkg/sub/b.py", "", level=2) == "pkg/__init__.py"
    assert target(index, "pkg/sub/b.py", "sub.a", level=2) == "pkg/sub/a.py"
    assert target(index, "pkg/sub/b.py", "pkg", level=3) == "pkg/__init__.py"
    assert target(index, "pkg/sub/b.py", "pkg", level=4) is None
    assert target(index, "pkg/a.py", "nothing", level=1) is None
    assert target(index, "script.py", "pkg.a", level=1) == "pkg/a.py"


def test_a_relative_import_never_leaves_for_another_folder():
    index = ModuleIndex.build(["pkg/__init__.py", "pkg/m.py", "util.py"])
    assert target(index, "pkg/m.py", "util", level=1) is None


def test_package_before_module_before_namespace():
    assert target(ModuleIndex.build(["a/__init__.py", "a.py", "s.py"]), "s.py", "a") == "a/__init__.py"
    assert target(ModuleIndex.build(["a/x.py", "a.py", "s.py"]), "s.py", "a") == "a.py"
    assert target(ModuleIndex.build(["d/a/x.py", "src/a.py", "d/s.py"]), "d/s.py", "a") == "src/a.py"


def test_the_folder_of_a_script_comes_first():
    index = ModuleIndex.build(["one/util.py", "one/run.py", "two/util.py", "two/run.py", "util.py", "run.py"])
    assert target(index, "one/run.py", "util") == "one/util.py"
    assert target(index, "two/run.py", "util") == "two/util.py"
    assert target(index, "run.py", "util") == "util.py"


def test_the_root_of_the_own_package_comes_first_for_a_package():
    files = [
        f"{side}/{name}" for side in ("a", "b") for name in ("pkg/__init__.py", "pkg/m.py", "pkg/util.py", "util.py")
    ]
    index = ModuleIndex.build([*files, "util.py"])
    for side in ("a", "b"):
        assert target(index, f"{side}/pkg/m.py", "pkg.util") == f"{side}/pkg/util.py"
        assert target(index, f"{side}/pkg/m.py", "util") == f"{side}/util.py"


def test_source_roots_then_analysis_root_then_layout():
    files = ["code/m.py", "m.py", "src/m.py", "lib/m.py", "python/m.py", "x/run.py"]
    chain = [("code/m.py", ["code"]), ("m.py", []), ("src/m.py", []), ("lib/m.py", []), ("python/m.py", [])]
    for position, (expected, roots) in enumerate(chain):
        index = ModuleIndex.build([path for path in files if path not in {p for p, _ in chain[:position]}], roots)
        assert target(index, "x/run.py", "m") == expected


def test_siblings_in_a_package_are_found_when_nothing_else_is():
    """`src/C.py` does `from B import D`: it is run as a script although `src` is a package."""
    index = ModuleIndex.build(["src/__init__.py", "src/B.py", "src/C.py"])
    assert target(index, "src/C.py", "B") == "src/B.py"
    index = ModuleIndex.build(["src/__init__.py", "src/B.py", "src/C.py", "B.py"])
    assert target(index, "src/C.py", "B") == "B.py"


def test_folders_above_a_script_are_found_nearest_first():
    index = ModuleIndex.build(
        ["ex/common/layers.py", "ex/mnist/train.py", "common/layers.py", "a/b/c/run.py", "a/util.py"]
    )
    assert target(index, "ex/mnist/train.py", "common.layers") == "common/layers.py"
    index = ModuleIndex.build(["ex/common/layers.py", "ex/mnist/train.py", "a/b/c/run.py", "a/util.py", "a/b/util.py"])
    assert target(index, "ex/mnist/train.py", "common.layers") == "ex/common/layers.py"
    assert target(index, "a/b/c/run.py", "util") == "a/b/util.py"


def test_packages_elsewhere_are_found_nearest_first():
    files = ["one/py/pkg/__init__.py", "two/py/pkg/__init__.py", "two/tests/t.py", "one/tests/t.py", "three/t.py"]
    index = ModuleIndex.build(files)
    assert target(index, "two/tests/t.py", "pkg") == "two/py/pkg/__init__.py"
    assert target(index, "one/tests/t.py", "pkg") == "one/py/pkg/__init__.py"
    assert target(index, "three/t.py", "pkg") == "one/py/pkg/__init__.py"
    index = ModuleIndex.build(["one/py/pkg/__init__.py", "one/py/pkg/plain/m.py", "one/py/ns/m.py", "three/t.py"])
    assert target(index, "three/t.py", "pkg.plain") == "one/py/pkg/plain/"
    assert target(index, "three/t.py", "ns") is None


def test_the_whole_name_decides_not_its_first_part():
    index = ModuleIndex.build(["ex/utils.py", "ex/run.py", "utils/__init__.py", "utils/image.py"])
    assert target(index, "ex/run.py", "utils") == "ex/utils.py"
    assert target(index, "ex/run.py", "utils.image") == "utils/image.py"


def test_a_namespace_spans_folders():
    index = ModuleIndex.build(["ns/a.py", "src/ns/b.py", "run.py"])
    namespace = index.resolve("run.py", 0, "ns")
    assert namespace == Resolution("namespace", "ns", ("ns", "src/ns"))
    assert index.submodule(namespace, "b") == Resolution("module", "src/ns/b.py")
    assert index.submodule(namespace, "c") is None
    assert target(index, "run.py", "ns.b") == "src/ns/b.py"


def test_a_folder_without_init_inside_a_package():
    index = ModuleIndex.build(["pkg/__init__.py", "pkg/plain/m.py", "run.py"])
    assert target(index, "run.py", "pkg.plain.m") == "pkg/plain/m.py"
    assert target(index, "run.py", "pkg.plain") == "pkg/plain/"


def test_submodules():
    index = ModuleIndex.build(["pkg/__init__.py", "pkg/m.py", "pkg/sub/__init__.py", "pkg/sub/x.py", "m.py"])
    package = index.resolve("m.py", 0, "pkg")
    assert index.submodule(package, "m").path == "pkg/m.py"
    assert index.submodule(package, "sub.x").path == "pkg/sub/x.py"
    assert index.submodule(package, "nothing") is None
    assert index.submodule(index.resolve("pkg/m.py", 0, "pkg.m"), "m") is None


def test_a_file_without_suffix_is_not_importable():
    assert target(ModuleIndex.build(["tool", "run.py"]), "run.py", "tool") is None


# --- a root that is, or lies in, a package ---


def test_a_root_that_is_a_package_is_found_by_its_name():
    files = ["__init__.py", "kernels/__init__.py", "kernels/rbf.py", "util.py"]
    index = ModuleIndex.build(files, root="/x/tf_agents/agents", package="tf_agents.agents")
    assert target(index, "kernels/rbf.py", "tf_agents.agents.util") == "util.py"
    assert target(index, "kernels/rbf.py", "tf_agents.agents") == "__init__.py"
    assert target(index, "kernels/rbf.py", "tf_agents.utils") is None
    assert target(index, "kernels/rbf.py", "tf_agents") is None  # a library: a namespace package is never one
    assert target(index, "kernels/rbf.py", "util", level=2) == "util.py"


def test_packages_around_the_root_lead_down_to_it():
    """`import top.mid.pkg.util` binds `top`, and `top.mid.pkg.util` is then looked up step by step."""
    index = ModuleIndex.build(["__init__.py", "util.py"], root="/x/top/mid/pkg", package="top.mid.pkg")
    top = index.resolve("util.py", 0, "top")
    assert top == Resolution("namespace", "../..", ("../..",))
    middle = index.submodule(top, "mid")
    assert middle == Resolution("namespace", "..", ("..",)) == index.resolve("util.py", 0, "top.mid")
    package = index.submodule(middle, "pkg")
    assert package == Resolution("package", "__init__.py", ("",))
    assert index.submodule(top, "mid.pkg.util") == index.submodule(package, "util") == Resolution("module", "util.py")
    assert index.submodule(top, "other") is None
    assert index.submodule(middle, "other.util") is None
    assert index.submodule(top, "mid.pkg.other") is None


def test_a_root_that_is_a_library_is_that_library():
    index = ModuleIndex.build(["__init__.py", "layers.py", "src/x.py"], root="/x/keras", package="keras")
    assert target(index, "src/x.py", "keras.layers") == "layers.py"
    assert target(index, "src/x.py", "keras") == "__init__.py"
    assert target(index, "src/x.py", "keras.losses") is None


def test_a_root_is_found_under_the_name_of_its_folder():
    index = ModuleIndex.build(["model.py", "train.py"], root="/x/project/src")
    assert target(index, "train.py", "src.model") == "model.py"
    assert target(index, "train.py", "project.src.model") == "model.py"
    assert target(index, "train.py", "src") == "/"
    assert index.submodule(index.resolve("train.py", 0, "src"), "model").path == "model.py"


def test_a_folder_named_like_a_library_is_not_the_library():
    index = ModuleIndex.build(["train.py", "keras/layers.py"], root="/x/tensorflow")
    assert target(index, "train.py", "tensorflow") is None
    assert target(index, "train.py", "tensorflow.keras.layers") is None
    assert target(index, "train.py", "keras") is None


# --- libraries ---


def test_a_local_tensorflow_shadows_the_library():
    files = [
        "demo/tensorflow.py",
        "demo/train.py",
        "other/train.py",
        "pkg/__init__.py",
        "pkg/tensorflow.py",
        "pkg/m.py",
    ]
    index = ModuleIndex.build(files)
    assert target(index, "demo/train.py", "tensorflow") == "demo/tensorflow.py"
    assert target(index, "demo/train.py", "tensorflow.keras") is None
    assert target(index, "other/train.py", "tensorflow") is None
    assert target(index, "pkg/m.py", "tensorflow") is None


def test_a_library_vendored_as_a_package_at_the_root():
    index = ModuleIndex.build(["keras/__init__.py", "keras/layers.py", "tests/t.py", "tests/__init__.py"])
    assert target(index, "tests/t.py", "keras.layers") == "keras/layers.py"


def test_a_guess_never_claims_a_library():
    files = ["tests/fakes/numpy/__init__.py", "pkg/__init__.py", "pkg/random.py", "pkg/m.py", "ex/run.py", "tests/t.py",
             "src/torch/__init__.py", "ex/deep/run.py", "ex/json.py"]  # fmt: skip
    index = ModuleIndex.build(files)
    assert target(index, "tests/t.py", "numpy") is None
    assert target(index, "pkg/m.py", "random") is None
    assert target(index, "ex/run.py", "torch") is None
    assert target(index, "ex/deep/run.py", "json") is None
    assert target(index, "ex/run.py", "json") == "ex/json.py"
    assert target(index, "tests/fakes/numpy/__init__.py", "numpy") == "tests/fakes/numpy/__init__.py"


def test_a_file_is_not_its_own_library():
    index = ModuleIndex.build(["ex/tensorflow.py", "ex/train.py", "train.py"])
    assert target(index, "ex/tensorflow.py", "tensorflow") is None
    assert target(index, "train.py", "train") == "train.py"


@pytest.mark.parametrize("name", ["sys", "os", "time", "__future__", "builtins"])
def test_what_is_loaded_before_the_program_cannot_be_shadowed(name):
    assert target(ModuleIndex.build([f"{name}.py", "run.py"]), "run.py", name) is None


def test_preloaded_modules_are_those_of_the_interpreter(tmp_path):
    """The list is checked against Python: beside a script, each of these names still means Python's own module."""
    names = sorted(name for name in PRELOADED if name != "__main__" and importlib.util.find_spec(name))
    for name in names:
        (tmp_path / f"{name}.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "run.py").write_text(
        "".join(f"import {name}\n" for name in names if name != "__future__") + "print('ok')"
    )
    done = subprocess.run([sys.executable, tmp_path / "run.py"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "ok\n")


def test_known_libraries_hold_the_standard_library():
    assert {"random", "types", "tensorflow", "numpy", *PRELOADED} <= LIBRARIES


# --- bookkeeping ---


def test_missing_names_are_recorded():
    index = ModuleIndex.build(["pkg/__init__.py", "pkg/m.py"])
    index.resolve("pkg/m.py", 0, "pkg")
    assert index.missing == set()
    index.resolve("pkg/m.py", 0, "other.thing")
    index.resolve("pkg/m.py", 0, "numpy")
    index.resolve("pkg/m.py", 1, "gone")
    index.submodule(index.resolve("pkg/m.py", 0, "pkg"), "ext")
    assert index.missing == {("pkg", 0, "other.thing"), ("pkg", 0, "numpy"), ("pkg", 1, "gone"), ("pkg", 1, "ext")}


folders = st.lists(st.sampled_from(["a", "b", "src"]), max_size=3).map("/".join)
paths = st.builds(
    lambda folder, name: f"{folder}/{name}.py".lstrip("/"),
    folders,
    st.sampled_from(["__init__", "a", "b", "tensorflow"]),
)
imports = st.tuples(
    st.integers(0, 3), st.lists(st.sampled_from(["a", "b", "src", "tensorflow"]), max_size=3).map(".".join)
).filter(lambda pair: pair[0] or pair[1])


@settings(max_examples=300)
@given(
    st.sets(paths, min_size=1, max_size=12),
    st.lists(imports, min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
def test_the_order_of_files_and_questions_does_not_matter(files, questions, chance):
    first = list(files)
    second = sorted(files)
    chance.shuffle(first)
    one, other = ModuleIndex.build(first, ["src"], "/r/a"), ModuleIndex.build(second, ["src"], "/r/a")
    asked = [(importer, level, dotted) for importer in sorted(files) for level, dotted in questions]
    answers = {question: one.resolve(*question) for question in asked}
    random.Random(1).shuffle(asked)
    assert {question: other.resolve(*question) for question in asked} == answers
    assert one.missing == other.missing
    assert {path: one.names(path) for path in files} == {path: other.names(path) for path in files}
    for found in answers.values():
        if found is not None and found.kind != "namespace":
            assert found.path in files


LAYOUT = [
    "run.py", "util.py", "pkg/__init__.py", "pkg/m.py", "pkg/sub/__init__.py", "pkg/sub/n.py", "pkg/plain/o.py",
    "ns/p.py",
    "ns/deep/q.py", "both/__init__.py", "both.py", "both/r.py", "ns.d/x.py",
]  # fmt: skip


@pytest.mark.parametrize(
    "dotted",
    ["util", "pkg", "pkg.m", "pkg.sub", "pkg.sub.n", "pkg.plain", "pkg.plain.o", "ns", "ns.p", "ns.deep.q", "both",
     "both.r",
     "m", "pkg.n", "ns.q", "json"],
)  # fmt: skip
def test_agrees_with_python_for_a_script(tmp_path, dotted):
    for path in LAYOUT:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    (tmp_path / "run.py").write_text(
        "import importlib, sys\n"
        "try: module = importlib.import_module(sys.argv[1])\n"
        "except ImportError: print('None')\n"
        "else: print(module.__file__ or list(module.__path__)[0])\n"
    )
    command = [sys.executable, "-S", str(tmp_path / "run.py"), dotted]
    real = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    found = ModuleIndex.build(LAYOUT).resolve("run.py", 0, dotted)
    inside = real.startswith(str(tmp_path))
    assert (str(tmp_path / found.path) if found else "None") == (real if inside else "None")


# --- a test folder with a package of the tested package's name ---

TESTED = ["pkg/__init__.py", "pkg/m.py", "pkg/only.py"]
TESTS = ["tests/pkg/__init__.py", "tests/pkg/m.py", "tests/pkg/util.py", "tests/pkg/test_x.py", "tests/test_y.py"]


@pytest.mark.parametrize("importer", ["tests/pkg/test_x.py", "tests/test_y.py"])
@pytest.mark.parametrize("more", [[], ["tests/__init__.py"]])
def test_a_test_means_the_package_it_tests(importer, more):
    for source in ("", "src/"):
        index = ModuleIndex.build([*(source + path for path in TESTED), *TESTS, *more])
        assert target(index, importer, "pkg") == f"{source}pkg/__init__.py"
        assert target(index, importer, "pkg.m") == f"{source}pkg/m.py"
        assert target(index, importer, "pkg.only") == f"{source}pkg/only.py"
        assert target(index, "tests/pkg/test_x.py", "m", level=1) == "tests/pkg/m.py"


def test_what_only_the_tests_have_is_theirs():
    index = ModuleIndex.build([*TESTED, *TESTS, "tests/helpers/__init__.py", "tests/plain.py", "plain/__init__.py"])
    assert target(index, "tests/pkg/test_x.py", "pkg.util") == "tests/pkg/util.py"
    assert target(index, "tests/pkg/test_x.py", "helpers") == "tests/helpers/__init__.py"
    assert target(index, "tests/test_y.py", "plain") == "tests/plain.py"  # a module beside the script, as in Python


def test_a_library_is_tested_under_its_own_name():
    files = ["keras_cv/__init__.py", "tests/keras_cv/__init__.py", "tests/keras_cv/test_x.py"]
    assert target(ModuleIndex.build(files), "tests/keras_cv/test_x.py", "keras_cv") == "keras_cv/__init__.py"


@pytest.mark.parametrize("how", [("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"), ("-m", "tests.pkg.test_x")])
def test_python_and_pytest_mean_the_tested_package_too(tmp_path, how):
    for path in [*TESTED, *TESTS, "tests/__init__.py"]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("", encoding="utf-8")
    text = "import pkg.m, pkg.only\nassert 'tests' not in pkg.m.__file__\ndef test(): pass\n"
    (tmp_path / "tests/pkg/test_x.py").write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, *how], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
