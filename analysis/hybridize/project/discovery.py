"""`discover`: from the paths a user names to the Python files and notebooks of one program.

Terms: the *root* is the one given path (its folder, if it is a file), or the common parent of several; every path in
a report is relative to it. A *problem* is something that was asked for and cannot be analyzed.

What is left out of a folder without a word: files that are not named ``*.py`` or ``*.ipynb``, folders of version
control, virtual environments, caches and installed packages, build output, what `.gitignore` files and ``exclude``
leave out, and symbolic links to folders that are walked anyway or lie outside the given folder and its repository.
Stubs (``.pyi``) are left out because they hold no code that runs: their classes would shadow the real ones of the same
module.

What is never left out without a word: a file that was named, and a ``.py`` file or a folder that cannot be read.

The answer depends on the checkout only: Git's settings of the machine (``core.excludesFile``, ``.git/info/exclude``)
are not read, and neither is the index. No file is opened but `.gitignore` files and named files without ``.py``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hybridize.errors import InputError, Problem
from hybridize.project.ignore import Patterns
from hybridize.syntax.notebook import SUFFIX
from hybridize.syntax.source import SourceFile, explain

_SKIPPED = frozenset({
    ".git", ".hg", ".svn", ".bzr", "CVS", "__pycache__", "__pypackages__", "node_modules", "site-packages", ".tox",
    ".nox", ".venv", ".eggs", ".direnv", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".pytype",
    ".ruff_cache", ".hypothesis", ".hybridize_cache", ".idea", ".vscode",
})  # fmt: skip
_BUILD = frozenset({"build", "_build", "dist", "buck-out"})
_WALKED = (".py", SUFFIX)
_NAMED = (*_WALKED, ".pyw")
_GITIGNORE_BYTES = 1_000_000


class FileRef(NamedTuple):
    """A file to analyze: where it is, and its name in reports (relative to the root, with ``/``)."""

    absolute: str
    path: str


class Discovery(NamedTuple):
    """What was found. ``files`` and ``problems`` are sorted by path; no path occurs twice."""

    root: str
    """Absolute. The folder that every ``path`` is relative to."""
    package: str
    """Dotted name of the package that the root is itself, such as ``tf_agents.agents``; empty if it is none."""
    files: tuple[FileRef, ...]
    problems: tuple[Problem, ...]


class _Rules(NamedTuple):
    """Patterns, and the length of the path (slash included) of the folder that they are relative to."""

    patterns: Patterns
    prefix: int


class _Folder(NamedTuple):
    """A folder still to be read."""

    path: str
    """How the walk came there; below the root."""
    real: str
    """Without symbolic links: what tells two folders apart."""
    place: str
    """Without symbolic links up to the named folder, as the walk came there below it: where Git sees it."""
    boundary: str
    """Links that lead out of this real folder are not followed."""
    versioned: bool
    """In a Git work tree whose `.gitignore` files count."""
    rules: tuple[_Rules, ...] = ()
    """Of the `.gitignore` files of this folder and those above it, nearest last; relative to their ``place``."""

    def child(self, entry: os.DirEntry[str]) -> _Folder:
        real, place = os.path.join(self.real, entry.name), os.path.join(self.place, entry.name)
        return self._replace(path=entry.path, real=real, place=place)


def discover(
    paths: Sequence[str | os.PathLike[str]],
    *,
    exclude: Sequence[str] = (),
    exclude_root: str | os.PathLike[str] | None = None,
    respect_gitignore: bool = True,
) -> Discovery:
    """Find the Python files at or below ``paths``.

    ``exclude`` holds patterns in `.gitignore` syntax, relative to ``exclude_root`` (the root, if None); they hold for
    named files, too, since hooks name every file that changed. `.gitignore` files count inside Git work trees only,
    and never against a path that was named.

    Raises:
        InputError: one of ``paths`` does not exist or cannot be looked at, or there are none.
    """
    folders: set[str] = set()
    files: set[str] = set()
    for path in paths:
        given = os.fspath(path)
        (folders if _is_folder(given) else files).add(_absolute(given))
    if not folders and not files:
        raise InputError("no path was given")
    root = _common_parent([*folders, *(os.path.dirname(file) for file in files)])
    exclusion = Patterns.parse("\n".join(exclude))
    walk = _Walk(root, exclusion, os.path.abspath(exclude_root or root), respect_gitignore)
    for file in sorted(files):
        walk.take_named(file)
    walk.walk(sorted(folders))
    return Discovery(root, _package(root), *walk.result())


class _Walk:
    def __init__(self, root: str, exclusion: Patterns, exclude_root: str, respect_gitignore: bool) -> None:
        self.root = root
        self.exclusion = exclusion
        self.exclude_root = exclude_root
        self.respect_gitignore = respect_gitignore
        self.found: dict[str, str] = {}  # real path -> absolute path as reached
        self.problems: dict[str, str] = {}  # absolute path -> message
        self.walked: set[str] = set()  # real paths of folders
        self.starts: dict[str, str] = {}  # real path of each named folder -> path as named
        self.links: list[tuple[str, _Folder]] = []  # links met on the way, and the folder they are in

    # --- named files ---

    def take_named(self, path: str) -> None:
        if self._excluded_by_name(path, folder=False):
            return
        message = _not_analyzable(path)
        if message:
            self.problems[path] = message
        else:
            self.found.setdefault(os.path.realpath(path), path)

    # --- folders ---

    def walk(self, folders: Iterable[str]) -> None:
        """Walk real folders first, links after them: a file that both reach has its real name in the report."""
        queue = []
        for path in folders:
            if self._excluded_by_name(path, folder=True):
                continue
            real = os.path.realpath(path)
            self.starts.setdefault(real, path)
            top = work_tree(real) if self.respect_gitignore else ""
            queue.append(_Folder(path, real, real, top or real, bool(top), _rules_above(real, top)))
        while queue:
            self._walk_real(queue)
            links, self.links = sorted(self.links, reverse=True), []
            while links and not queue:  # one folder at a time: the target of the next link may lie in it
                queue.extend(self._follow(*links.pop()))
            self.links.extend(links)

    def _walk_real(self, stack: list[_Folder]) -> None:
        while stack:
            folder = stack.pop()
            if folder.real in self.walked:
                continue
            self.walked.add(folder.real)
            try:
                with os.scandir(folder.path) as iterator:
                    entries = sorted(iterator, key=lambda entry: entry.name)
            except OSError as error:
                if folder.path == self.starts.get(folder.real):
                    raise InputError(f"{_printable(folder.path)}: {explain(error)}") from None
                self.problems[folder.path] = "the folder cannot be read: " + explain(error)
                continue
            names = {entry.name for entry in entries}
            if ("pyvenv.cfg" in names or "conda-meta" in names) and folder.real not in self.starts:
                continue
            folder = self._with_own_rules(folder, names)
            for entry in entries:
                try:
                    child = self._visit(entry, folder)
                except OSError as error:
                    self.problems[entry.path] = "it cannot be looked at: " + explain(error)
                    continue
                if child is not None:
                    stack.append(child)

    def _visit(self, entry: os.DirEntry[str], folder: _Folder) -> _Folder | None:
        """Take a file, or return a folder to walk, or neither."""
        if entry.is_symlink():
            self.links.append((entry.path, folder))
        elif entry.is_dir(follow_symlinks=False):
            if not self._unwanted(entry.path) and not self._left_out(entry.path, folder, is_folder=True):
                return folder.child(entry)
        elif entry.name.endswith(_WALKED) and not self._left_out(entry.path, folder, is_folder=False):
            if entry.is_file(follow_symlinks=False):
                self.found.setdefault(os.path.join(folder.real, entry.name), entry.path)
            else:
                self.problems[entry.path] = "not a regular file"
        return None

    def _follow(self, path: str, folder: _Folder) -> list[_Folder]:
        """What a link leads to: a file is taken, a folder is returned to be walked."""
        name = os.path.basename(path)
        if self._left_out(path, folder, is_folder=False):
            return []
        try:
            mode = os.stat(path).st_mode
        except OSError as error:
            if name.endswith(_WALKED) and not name.startswith(".#"):  # `.#name` is how Emacs marks a file it edits
                self.problems[path] = "the symbolic link leads nowhere: " + explain(error)
            return []
        real = os.path.realpath(path)
        if not _inside(real, folder.boundary):
            return []
        if stat.S_ISDIR(mode):
            # A target below a folder that was named has been walked already, or was left out on purpose.
            known = real in self.walked or any(_inside(real, start) for start in self.starts)
            if not known and not self._unwanted(path) and not self._left_out(path, folder, is_folder=True):
                return [folder._replace(path=path, real=real, place=os.path.join(folder.place, name))]
        elif name.endswith(_WALKED):
            if stat.S_ISREG(mode):
                self.found.setdefault(real, path)
            else:
                self.problems[path] = "not a regular file"
        return []

    # --- what is left out ---

    def _unwanted(self, path: str) -> bool:
        name = os.path.basename(path)
        if name in _SKIPPED or name.endswith(".egg-info"):
            return True
        return name in _BUILD and not os.path.exists(os.path.join(path, "__init__.py"))

    def _left_out(self, path: str, folder: _Folder, *, is_folder: bool) -> bool:
        """Whether a pattern speaks against an entry of ``folder``; what is above it has been asked about before."""
        place = os.path.join(folder.place, os.path.basename(path))
        for rules in reversed(folder.rules):
            verdict = rules.patterns.ignores(_posix(place[rules.prefix :]), folder=is_folder)
            if verdict is not None:
                if verdict:
                    return True
                break
        if not self.exclusion or not _inside(path, self.exclude_root):
            return False
        relative = _posix(path[_prefix(self.exclude_root) :])
        return self.exclusion.ignores(relative, folder=is_folder) is True

    def _excluded_by_name(self, path: str, *, folder: bool) -> bool:
        """Whether ``exclude`` speaks against a path that was named, or against a folder it is in."""
        if not self.exclusion or not _inside(path, self.exclude_root) or path == self.exclude_root:
            return False
        parts = _posix(path[_prefix(self.exclude_root) :]).split("/")
        return any(
            self.exclusion.ignores("/".join(parts[:count]), folder=folder or count < len(parts))
            for count in range(1, len(parts) + 1)
        )

    def _with_own_rules(self, folder: _Folder, names: set[str]) -> _Folder:
        if not self.respect_gitignore:
            return folder
        if ".git" in names and _is_work_tree(folder.path):
            folder = folder._replace(versioned=True, rules=())  # patterns around a repository end at its border
        if folder.versioned and ".gitignore" in names:
            return folder._replace(rules=(*folder.rules, *_rules_of(folder.path, folder.place)))
        return folder

    # --- the answer ---

    def result(self) -> tuple[tuple[FileRef, ...], tuple[Problem, ...]]:
        files: dict[str, FileRef] = {}
        problems: dict[str, Problem] = {}
        for absolute, message in self.problems.items():
            path = self._shown(absolute)
            problems[path] = Problem(path, message)
        for absolute in sorted(self.found.values()):
            path = self._shown(absolute)
            if path in files:
                problems[path] = Problem(path, "two files have this name once undecodable bytes are written out")
            else:
                files[path] = FileRef(absolute, path)
        return tuple(files[path] for path in sorted(files)), tuple(problems[path] for path in sorted(problems))

    def _shown(self, absolute: str) -> str:
        """The name in reports. Reports are UTF-8, so a byte that is not is written as an escape."""
        relative = _posix(absolute[_prefix(self.root) :]) or "."
        try:
            relative.encode()
        except UnicodeEncodeError:
            return relative.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        return relative


# --- named paths ------------------------------------------------------------------------------------------------


def _absolute(path: str) -> str:
    # `link/..` is the parent of the link's target, which only the file system knows.
    return os.path.realpath(path) if ".." in path.replace(os.sep, "/").split("/") else os.path.abspath(path)


def _is_folder(given: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(given).st_mode)
    except FileNotFoundError:
        raise InputError(f"{_printable(given)}: no such file or folder") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{_printable(given)}: {explain(error)}") from None


def _common_parent(folders: list[str]) -> str:
    try:
        return os.path.commonpath(folders)
    except ValueError:  # two drives on Windows
        raise InputError("the given paths have no common parent folder") from None


def _not_analyzable(path: str) -> str:
    """Why a named file is not analyzed; empty if it is."""
    name = os.path.basename(path)
    suffix = os.path.splitext(name)[1].lower()
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        return "the file cannot be read: " + explain(error)
    if not stat.S_ISREG(mode):
        return "not a regular file"
    if suffix in _NAMED:
        return ""
    if suffix == ".pyi":
        return "stub files hold no code that runs and are not analyzed"
    try:
        with open(path, "rb") as file:
            first = file.read(256).split(b"\n", 1)[0]
    except OSError as error:
        return "the file cannot be read: " + explain(error)
    if first.startswith(b"#!") and b"python" in first:
        return ""
    return "not a Python file: its name does not end in .py, and its first line does not name Python as interpreter"


def _package(root: str) -> str:
    parts: list[str] = []
    while os.path.isfile(os.path.join(root, "__init__.py")) and os.path.basename(root):
        root, name = os.path.split(root)
        parts.append(name)
    return ".".join(reversed(parts))


# --- ignore files -----------------------------------------------------------------------------------------------


def _rules_of(path: str, place: str) -> tuple[_Rules, ...]:
    """The patterns in the `.gitignore` of a folder. As in Git, a link or what cannot be read counts as no patterns."""
    file = os.path.join(path, ".gitignore")
    if os.path.islink(file):
        return ()
    source = SourceFile.read(file, ".gitignore", _GITIGNORE_BYTES)
    if isinstance(source, Problem):
        return ()
    patterns = Patterns.parse(source.data.decode("utf-8", "surrogateescape"))
    return (_Rules(patterns, _prefix(place)),) if patterns else ()


def _rules_above(folder: str, top: str) -> tuple[_Rules, ...]:
    """The rules of the folders from ``top``, the top of a work tree, down to the parent of ``folder``."""
    rules: list[_Rules] = []
    while top and folder != top:
        folder = os.path.dirname(folder)
        rules.extend(_rules_of(folder, folder))
    return tuple(reversed(rules))


def work_tree(folder: str) -> str:
    """The top of the Git work tree that ``folder`` is in; empty if it is in none."""
    while not _is_work_tree(folder):
        parent = os.path.dirname(folder)
        if parent == folder:
            return ""
        folder = parent
    return folder


def _is_work_tree(folder: str) -> bool:
    marker = os.path.join(folder, ".git")  # a file in submodules and linked work trees
    return os.path.isfile(marker) or os.path.exists(os.path.join(marker, "HEAD"))


# --- paths ------------------------------------------------------------------------------------------------------


def _prefix(folder: str) -> int:
    return len(folder) + (not folder.endswith(os.sep))


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


def _posix(path: str) -> str:
    return path.replace(os.sep, "/") if os.sep != "/" else path


def _printable(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
