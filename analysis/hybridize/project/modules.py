"""`ModuleIndex`: which dotted names a file has, and which file an import means, from the list of paths alone.

How a program is started decides what Python's ``sys.path`` holds, and a checkout does not say how it is started. So an
import is tried against an ordered list of folders, those first that Python is sure to search:

1. the folder of the importing file, if it is in no package (Python puts the folder of a script first), so that a
   local ``tensorflow.py`` shadows the library there as it does at run time;
2. the folder that the importing file's own package lies in;
3. the configured source roots, then the analysis root, under its own name, too, if it is itself a package;
4. ``src``, ``lib`` and ``python`` below the analysis root;
5. the folder of the importing file and those above it, nearest first (files in packages are run as scripts, too, and
   scripts are run with ``-m`` from a folder above);
6. the analysis root under the name of its folder (``from src.model import build`` with ``src`` given);
7. every folder in which some package lies, nearest to the importing file first.

The first folder in which the whole dotted name is a regular package or a module wins. Python would stop at the first
folder that has the first component; going on finds what is found under some way to start the program. Only then a
folder without ``__init__.py`` counts, as a namespace package, as in Python.

A test folder may hold a package of the name of the package it tests (``tests/pkg/__init__.py``). Files in a test folder
mean the tested one where both have what is imported: it does if the test folder is a package, too, or is run from the
root (``python -m``); run in any other way, each test that imports it would fail.

A notebook is nobody's import, and its folder comes first even inside of a package, as that of a script does.

Guessing must not take a library away: for a name of the standard library or a library in wide use (`LIBRARIES`) only
1 to 3 count, no namespace package does (an installed package wins over one), and a script is not its own library.

    >>> index = ModuleIndex.build(["src/pkg/__init__.py", "src/pkg/model.py", "train.py"])
    >>> index.name("src/pkg/model.py")
    'pkg.model'
    >>> index.resolve("train.py", 0, "pkg.model").path, index.resolve("train.py", 0, "tensorflow")
    ('src/pkg/model.py', None)
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from hybridize.syntax.notebook import SUFFIX

PRELOADED = frozenset({
    "__future__", "__main__", "_thread", "abc", "atexit", "builtins", "codecs", "errno", "gc", "io", "itertools",
    "marshal", "nt", "os", "posix", "site", "stat", "sys", "time",
})  # fmt: skip
"""Modules that are built in or loaded before any program starts: no file can take their place."""

LIBRARIES = PRELOADED | sys.stdlib_module_names | frozenset({
    "absl", "apache_beam", "attr", "click", "cv2", "datasets", "dill", "docopt", "einops", "flask", "flax", "gin",
    "google", "gym", "gymnasium", "h5py", "haiku", "horovod", "hydra", "imageio", "jax", "joblib", "keras",
    "keras_cv", "keras_hub", "keras_nlp", "keras_tuner", "librosa", "lightgbm", "matplotlib", "ml_collections",
    "mlflow", "mock", "nltk", "numba", "numpy", "onnx", "optax", "optuna", "pandas", "parameterized", "PIL",
    "pkg_resources", "plotly", "psutil", "py", "pydantic", "pytest", "pytorch_lightning", "ray", "requests", "scipy",
    "seaborn", "sentencepiece", "setuptools", "six", "skimage", "sklearn", "sonnet", "spacy", "statsmodels", "sympy",
    "tabulate", "tensorboard", "tensorflow", "tensorflow_addons", "tensorflow_datasets", "tensorflow_estimator",
    "tensorflow_federated", "tensorflow_hub", "tensorflow_io", "tensorflow_model_optimization",
    "tensorflow_probability", "tensorflow_ranking", "tensorflow_recommenders", "tensorflow_text", "termcolor",
    "tf2onnx", "tf_agents", "tf_keras", "tfds", "tfx", "torch", "torchvision", "tqdm", "transformers", "tree",
    "typing_extensions", "wandb", "xgboost", "yaml",
})  # fmt: skip
"""Names that a guess never claims for the project; a file where Python is sure to look still does."""

_LAYOUT_ROOTS = ("src", "lib", "python")
_TEST_FOLDERS = frozenset({"test", "tests"})


class Resolution(NamedTuple):
    """What an import means within the project."""

    kind: Literal["module", "package", "namespace"]
    path: str
    """The file that runs on import: the module, or the package's ``__init__.py``; of a namespace its first folder."""
    portions: tuple[str, ...] = ()
    """Folders (relative to the root, which is ""; ``..`` is above it) that submodules are in; a module has none."""


class ModuleIndex:
    """The modules of one program; ask `build` for one.

    A name is not unique (two folders may each have a script ``train.py``): key by path, and show the name.
    """

    __slots__ = (
        "_files",
        "_folders",
        "_guesses",
        "_layout",
        "_libraries",
        "_memo",
        "_outer",
        "_packages",
        "_roots",
        "_start",
        "missing",
    )

    def __init__(self, files: frozenset[str], source_roots: Sequence[str], root: str, package: str) -> None:
        self.missing: set[tuple[str, int, str]] = set()
        """(folder of the importing file, level, dotted name) of every import that led nowhere in the project."""
        self._files = files
        self._folders = _folders_of(files)
        self._packages = {_parent(path) for path in files if _name(path) == "__init__.py"}
        self._roots = tuple(dict.fromkeys(_clean(folder) for folder in source_roots))
        self._layout = tuple(name for name in _LAYOUT_ROOTS if name in self._folders and name not in self._packages)
        # The names of the analysis root itself, shortest last; the first is certain if the root is a package.
        parts = [part for part in root.replace("\\", "/").split("/") if part]
        own = package or (parts[-1] if "" in self._packages and parts else "")
        self._outer = (own, tuple(".".join(parts[start:]) for start in range(len(parts))))
        self._guesses = self._guess_roots()
        self._start: dict[str, tuple[str, ...]] = {}
        self._libraries: dict[tuple[str, str], tuple[Resolution, ...]] = {}
        self._memo: dict[tuple[str, int, str], Resolution | None] = {}

    @classmethod
    def build(
        cls, files: Iterable[str], source_roots: Sequence[str] = (), root: str = "", package: str = ""
    ) -> ModuleIndex:
        """Index ``files`` (paths relative to the analysis root, with ``/``, in any order).

        ``source_roots`` are relative to the analysis root, too. ``root`` is its absolute path and ``package`` the
        dotted name it has as a package (see `hybridize.project.discovery.Discovery`).
        """
        return cls(frozenset(files), source_roots, root, package)

    # --- names ---

    def name(self, path: str) -> str:
        """The name under which a file is spoken of: from the folder its package lies in, else from a source root."""
        folder = _parent(path)
        root = self._own_root(folder)
        if root is None:
            return _dotted(path, "", self._outer[0])
        return _dotted(path, root)

    def names(self, path: str) -> tuple[str, ...]:
        """Every name the file may be imported by somewhere, `name` first."""
        found = [self.name(path)]
        roots = (*self._roots, "", *self._layout, _parent(path))
        found.extend(_dotted(path, root) for root in roots if _below(path, root) and root not in self._packages)
        return tuple(dict.fromkeys(name for name in found if name))

    def is_package(self, path: str) -> bool:
        """Whether the file is the ``__init__.py`` of a package."""
        return _name(path) == "__init__.py"

    # --- imports ---

    def resolve(self, importer: str, level: int, dotted: str) -> Resolution | None:
        """What ``import dotted`` (``level`` 0) or ``from .dotted import …`` means in the file ``importer``.

        None: it is not part of the project, and is recorded in `missing`. For ``from a import b`` ask for ``a``, and
        where ``a`` does not bind ``b`` ask `submodule`.
        """
        folder = _parent(importer)
        top = dotted.partition(".")[0]
        if importer.endswith(SUFFIX) and level == 0 and top not in PRELOADED:
            beside = self._look(folder, dotted)
            if beside is not None and beside.kind != "namespace":
                return beside
        if level == 0 and top in LIBRARIES:
            found = None if top in PRELOADED else self._library(importer, folder, dotted)
        else:
            memo = (folder, level, dotted)
            if memo not in self._memo:
                self._memo[memo] = self._relative(folder, level, dotted) if level else self._absolute(folder, dotted)
            found = self._memo[memo]
        if found is None:
            self.missing.add((folder, level, dotted))
        return found

    def submodule(self, package: Resolution, name: str) -> Resolution | None:
        """The module ``name`` (may be dotted) inside a package or namespace package."""
        found = self._first(package.portions, name)
        if found is None:
            self.missing.update((portion, 1, name) for portion in package.portions)
        return found

    def _relative(self, folder: str, level: int, dotted: str) -> Resolution | None:
        for _ in range(level - 1):
            if not folder:
                return None
            folder = _parent(folder)
        return self._first((folder,), dotted)

    def _absolute(self, folder: str, dotted: str) -> Resolution | None:
        portions: list[str] = []
        for place, rest in self._search(folder, dotted):
            found = self._look(place, rest)
            if found is None:
                continue
            if found.kind != "namespace":
                return found
            if found.path not in portions:
                portions.append(found.path)
        return Resolution("namespace", portions[0], tuple(portions)) if portions else self._above(dotted)

    def _library(self, importer: str, folder: str, dotted: str) -> Resolution | None:
        key = (folder, dotted)
        if key not in self._libraries:
            found = (self._look(place, rest) for place, rest in self._certain(folder, dotted))
            self._libraries[key] = tuple(hit for hit in found if hit is not None and hit.kind != "namespace")
        return next((hit for hit in self._libraries[key] if hit.kind == "package" or hit.path != importer), None)

    # --- where to look ---

    def _certain(self, folder: str, dotted: str) -> Iterator[tuple[str, str]]:
        """(folder, what of the dotted name to look for in it), for steps 1 to 3 of the search."""
        if folder not in self._start:
            self._start[folder] = self._sure_places(folder)
        for place in self._tested(folder, dotted.partition(".")[0]):
            yield place, dotted
        for place in self._start[folder]:
            yield place, dotted
        name = self._outer[0]
        if name and (dotted == name or dotted.startswith(name + ".")):
            yield "", dotted[len(name) + 1 :]

    def _tested(self, folder: str, name: str) -> list[str]:
        """Source roots with the package of that name, for a test folder that has another one of the same name."""
        if not _in_tests(folder):
            return []
        if not any(_join(place, name) in self._packages for place in self._start[folder] if _in_tests(place)):
            return []
        roots = (*self._roots, "", *self._layout)
        return [place for place in roots if not _in_tests(place) and _join(place, name) in self._packages]

    def _search(self, folder: str, dotted: str) -> Iterator[tuple[str, str]]:
        """All steps."""
        yield from self._certain(folder, dotted)
        for place in self._layout:
            yield place, dotted
        place = folder
        while True:
            yield place, dotted
            if not place:
                break
            place = _parent(place)
        for name in self._outer[1]:
            if dotted == name or dotted.startswith(name + "."):
                yield "", dotted[len(name) + 1 :]
        guesses = self._guesses.get(dotted.partition(".")[0], ())
        for place in sorted(guesses, key=lambda root: (-_common_depth(root, folder), root.count("/"), root)):
            yield place, dotted

    def _first(self, places: Sequence[str], dotted: str) -> Resolution | None:
        """The module or package ``dotted`` in the first of ``places`` that has it, else the namespace of all."""
        portions = []
        for place in places:
            found = self._look(place, dotted)
            if found is not None and found.kind != "namespace":
                return found
            if found is not None:
                portions.append(found.path)
        return Resolution("namespace", portions[0], tuple(portions)) if portions else None

    def _look(self, place: str, dotted: str) -> Resolution | None:
        """What ``dotted`` is in one folder; the folder itself if ``dotted`` is empty."""
        if place.startswith(".."):
            return self._look_above(place, dotted)
        base = _join(place, dotted.replace(".", "/"))
        if base in self._packages:
            return Resolution("package", _join(base, "__init__.py"), (base,))
        if dotted and base + ".py" in self._files:
            return Resolution("module", base + ".py")
        if base in self._folders:
            return Resolution("namespace", base, (base,))
        return None

    def _look_above(self, place: str, dotted: str) -> Resolution | None:
        """The same in a folder above the root, of which all that is known is the way down to the root."""
        way = self._outer[0].split(".")
        name = ".".join([*way[: -(place.count("/") + 1)], dotted] if dotted else way[: -(place.count("/") + 1)])
        if name == self._outer[0] or name.startswith(self._outer[0] + "."):
            return self._look("", name[len(self._outer[0]) + 1 :])
        return self._above(name)

    def _above(self, name: str) -> Resolution | None:
        """A package around the root that is itself a package: a namespace, since its own file is out of sight."""
        if not self._outer[0].startswith(name + "."):
            return None
        place = "/".join([".."] * (self._outer[0].count(".") - name.count(".")))
        return Resolution("namespace", place, (place,))

    # --- layout ---

    def _sure_places(self, folder: str) -> tuple[str, ...]:
        own = self._own_root(folder)
        packaged = folder in self._packages or self._package_above(folder)
        places = [] if packaged else [folder]
        if own or (packaged and own is not None):
            places.append(own)
        places.extend(self._roots)
        if "" not in self._packages:
            places.append("")
        return tuple(dict.fromkeys(places))

    def _package_above(self, folder: str) -> bool:
        while folder:
            folder = _parent(folder)
            if folder in self._packages:
                return True
        return False

    def _own_root(self, folder: str) -> str | None:
        """The folder that the names of the files in ``folder`` start from; None if it is above the analysis root."""
        best = max(
            (root for root in (*self._roots, *self._layout) if _below(folder, root, itself=True)), key=len, default=""
        )
        place = folder
        # A folder without __init__.py below a package is a part of that package, unless a source root lies between.
        while place not in self._packages and place != best:
            if not place:
                return best
            place = _parent(place)
        if place not in self._packages:
            return best
        while place in self._packages and place not in self._roots:
            if not place:
                return None
            place = _parent(place)
        return place

    def _guess_roots(self) -> dict[str, list[str]]:
        """Name -> folders in which some package lies and that have a package or module of that name."""
        roots = {_parent(folder) for folder in self._packages if folder and _parent(folder) not in self._packages}
        guesses: dict[str, list[str]] = {}
        for folder in self._packages:
            if folder and _parent(folder) in roots:
                guesses.setdefault(_name(folder), []).append(_parent(folder))
        for path in self._files:
            parent = _parent(path)
            if parent in roots and path.endswith(".py"):
                guesses.setdefault(_name(path)[:-3], []).append(parent)
        return guesses


# --- path strings -----------------------------------------------------------------------------------------------


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name


def _clean(folder: str) -> str:
    parts = [part for part in folder.replace("\\", "/").split("/") if part not in ("", ".")]
    return "/".join(parts)


def _in_tests(folder: str) -> bool:
    return not _TEST_FOLDERS.isdisjoint(folder.split("/"))


def _below(path: str, folder: str, *, itself: bool = False) -> bool:
    return not folder or path.startswith(folder + "/") or (itself and path == folder)


def _dotted(path: str, root: str, prefix: str = "") -> str:
    relative = path[len(root) + 1 :] if root else path
    relative = relative.removesuffix(".py")
    if relative == "__init__" or relative.endswith("/__init__"):
        relative = relative[: -len("/__init__")] if "/" in relative else ""
    name = relative.replace("/", ".")
    return f"{prefix}.{name}" if prefix and name else prefix or name


def _folders_of(files: Iterable[str]) -> set[str]:
    folders = {""}
    for path in files:
        folder = _parent(path)
        while folder not in folders:
            folders.add(folder)
            folder = _parent(folder)
    return folders


def _common_depth(one: str, other: str) -> int:
    depth = 0
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right or not left:
            break
        depth += 1
    return depth
