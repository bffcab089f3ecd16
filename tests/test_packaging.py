"""What people install: the wheel, built by the real backend and installed by the real pip."""

import ast
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from hybridize import __version__

ROOT = Path(__file__).parent.parent
HEAVY = {"libcst", "rich", "github", "jinja2", "yaml", "tensorflow", "msgspec", "pathspec", "numpy"}

clean = {
    name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME", "HYBRIDIZE_COMPILE"}
}
"""The environment without module paths that would let a broken package work, and without a wish to compile."""


def run(*command, **options):
    return subprocess.run(
        [str(part) for part in command], text=True, capture_output=True, check=False, env=clean, **options
    )


def tracked(pattern):
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", pattern, cwd=ROOT)
    assert listed.returncode == 0, listed.stderr
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """The wheel and the source distribution of the tree as it is."""
    folder = tmp_path_factory.mktemp("dist")
    built = run(sys.executable, "-m", "hatchling", "build", "-d", folder, cwd=ROOT)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(folder.glob("*.whl")), next(folder.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def installed(distributions, tmp_path_factory):
    """The script folder of an environment that holds the wheel and what it says it needs, and nothing else."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    done = run(scripts / "python", "-m", "pip", "install", "--quiet", distributions[0], cwd=folder)
    assert done.returncode == 0, done.stderr
    return scripts


def test_the_wheel_holds_both_packages_and_their_data(distributions):
    names = set(zipfile.ZipFile(distributions[0]).namelist())
    sources = {name.removeprefix("analysis/") for name in tracked("analysis/hybridize") + tracked("hybridize_bot")}
    data = {name.replace("config/", "hybridize_bot/_config/", 1) for name in tracked("config")}
    assert any(name.startswith("hybridize/models/data/") for name in sources), "no model rows in the tree"
    assert "hybridize_bot/_config/defaults.yaml" in data
    assert sources | data <= names
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"hybridize", "hybridize_bot", f"hybridize_bot-{__version__}.dist-info"}


def test_the_wheel_is_for_every_platform_unless_compiling_is_asked_for(distributions):
    assert distributions[0].name.endswith("-py3-none-any.whl")


def test_the_wheel_says_what_it_is(distributions):
    archive = zipfile.ZipFile(distributions[0])
    info = f"hybridize_bot-{__version__}.dist-info"
    metadata = archive.read(f"{info}/METADATA").decode()
    assert f"\nVersion: {__version__}\n" in metadata
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert "\nRequires-Python: >=3.10\n" in metadata
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line]
    assert not any("tensorflow" in line.lower() or "pygithub" in line.lower() for line in required)
    assert f"{info}/licenses/LICENSE" in archive.namelist()


def test_the_source_distribution_builds_the_same_wheel(distributions, tmp_path):
    unpacked = run(sys.executable, "-m", "tarfile", "-e", distributions[1], tmp_path)
    assert unpacked.returncode == 0, unpacked.stderr
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=next(tmp_path.iterdir()))
    assert built.returncode == 0, built.stdout + built.stderr
    again = zipfile.ZipFile(next(tmp_path.glob("*.whl")))
    first = zipfile.ZipFile(distributions[0])
    assert {info.filename: info.CRC for info in again.infolist()} == {
        info.filename: info.CRC for info in first.infolist()
    }


@pytest.mark.parametrize("command", [["hybridize"], ["hybridize-bot"], ["python", "-I", "-m", "hybridize_bot"]])
def test_the_installed_commands_work(installed, tmp_path, command):
    shown = run(installed / command[0], *command[1:], "--version", cwd=tmp_path)
    assert (shown.returncode, shown.stdout) == (0, f"hybridize {__version__}\n"), shown.stderr


def test_the_installed_package_finds_its_data(installed, tmp_path):
    code = """
from pathlib import Path
from hybridize_bot.config import Settings, data_file, load
import msgspec
settings = load(Path(), data_file("defaults.yaml"))
assert msgspec.structs.replace(settings, path=None, origins=()) == Settings()
print(data_file("defaults.yaml").parent.name)
"""
    shown = run(installed / "python", "-I", "-c", code, cwd=tmp_path)
    assert (shown.returncode, shown.stdout) == (0, "_config\n"), shown.stderr


def test_the_installed_package_cannot_be_imported_as_analysis(installed, tmp_path):
    shown = run(installed / "python", "-c", "import analysis", cwd=tmp_path)
    assert "ModuleNotFoundError" in shown.stderr


def test_the_installed_command_checks_a_project(installed, tmp_path):
    (tmp_path / "train.py").write_text(UNSAFE)
    shown = run(installed / "hybridize", "check", "--format", "concise", cwd=tmp_path)
    assert shown.returncode == 1, shown.stdout + shown.stderr
    assert shown.stdout.startswith("train.py:"), shown.stdout


def test_the_checkout_cannot_replace_our_modules(installed, tmp_path):
    """The analyzed folder is data: modules in it that are named like ours, or like Python's, do not run."""
    for name in ("hybridize", "hybridize_bot", "json", "click", "yaml", "sitecustomize", "analysis"):
        (tmp_path / f"{name}.py").write_text("open('owned', 'w').close()\nraise SystemExit(7)\n")
    for command in ([installed / "hybridize"], [installed / "python", "-I", "-m", "hybridize_bot"]):
        shown = run(*command, "check", ".", cwd=tmp_path)
        assert shown.returncode in (0, 1), shown.stdout + shown.stderr
        assert not (tmp_path / "owned").exists()


def test_showing_the_version_imports_nothing_heavy(installed, tmp_path):
    code = """
import sys
before = set(sys.modules)
sys.argv = ["hybridize", "--version"]
from hybridize_bot.cli import main
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""
    shown = run(installed / "python", "-I", "-c", code, cwd=tmp_path)
    version, modules = shown.stdout.splitlines()
    assert version == f"hybridize {__version__}"
    assert "click" in modules.split()
    assert not HEAVY & set(modules.split())


def test_checking_without_findings_to_render_stays_light(installed, tmp_path):
    """An analysis reads; only rewriting needs libcst, only posting needs PyGithub."""
    (tmp_path / "empty.py").write_text("")
    code = """
import sys
sys.argv = ["hybridize", "check", "--format", "github", "--quiet"]
from hybridize_bot.cli import main
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
    shown = run(installed / "python", "-I", "-c", code, cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    modules = set(shown.stdout.splitlines()[-1].split())
    assert "hybridize" in modules
    assert not {"libcst", "github", "jinja2", "tensorflow", "numpy"} & modules


def test_nothing_imports_the_core_as_analysis():
    wrong = []
    for name in tracked("*.py"):
        for node in ast.walk(ast.parse((ROOT / name).read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names.append(node.module or "")
            wrong += [f"{name}:{node.lineno}" for found in names if found.partition(".")[0] == "analysis"]
    assert not wrong


def test_the_source_root_is_no_package():
    assert not (ROOT / "analysis" / "__init__.py").exists()


UNSAFE = """\
import tensorflow as tf


@tf.function
def step(x):
    print("step")
    return x + 1.0


step(tf.constant([1.0, 2.0]))
"""
