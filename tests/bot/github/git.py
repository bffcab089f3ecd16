"""The repository behind the fake: what GitHub knows of commits, it knows from git, and so does the fake."""

import io
import os
import shutil
import subprocess

from bot.github.diffs import parse

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_EDITOR": "true",
}
SETTINGS = {
    "core.autocrlf": "false", "core.quotepath": "false", "gc.auto": "0", "commit.gpgsign": "false",
    "diff.renames": "true", "maintenance.auto": "false",
}  # fmt: skip
START = 1_750_000_000
"""The date of the first commit. Each has a fixed one, so that the same commits have the same names."""


class GitError(Exception):
    """A command of git failed."""


class Git:
    """A bare repository. Commits are made without a work tree but for a rebase; refs are changed here only."""

    def __init__(self, folder):
        self.folder = folder / "origin.git"
        self.tree = folder / "work"
        self.kept = {}
        self.refs = {}
        self.commits = 0
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        self.environment = {**inherited, **ENVIRONMENT, "HOME": str(folder)}
        folder.mkdir(parents=True, exist_ok=True)
        self("init", "--quiet", "--bare", "--initial-branch=main", str(self.folder), here=folder)
        with (self.folder / "config").open("a") as settings:
            for name, value in SETTINGS.items():
                section, key = name.split(".")
                settings.write(f"[{section}]\n\t{key} = {value}\n")
        self.commit(None, {}, "Begin", ["refs/heads/main"])

    def __call__(self, *command, here=None, input=None, check=True):
        """The output of a command of git."""
        date = self._date()
        who = {"AUTHOR_NAME": "Dev", "AUTHOR_EMAIL": "dev@example.com", "AUTHOR_DATE": date}
        who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
        done = subprocess.run(
            ["git", *command],
            cwd=here or self.folder,
            env={**self.environment, **{f"GIT_{name}": value for name, value in who.items()}},
            **({"stdin": subprocess.DEVNULL} if input is None else {"input": input}),
            capture_output=True,
            check=False,
        )
        if check and done.returncode:
            raise GitError(f"git {' '.join(command)}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode("utf-8", errors="replace")

    def _date(self):
        return f"{START + 60 * self.commits} +0000"

    # -- making commits ------------------------------------------------------------------------------------------

    def commit(self, parent, files, message, refs=(), moves=(), instead=False):
        """A commit that writes ``files``: text or bytes by path, None to delete one; ``moves`` are renamed first.

        Its parent is ``parent``, or with ``instead`` what that has. ``refs`` point to it then.
        """
        self.commits += 1
        stream = io.BytesIO()

        def write(*lines):
            stream.write("".join(f"{line}\n" for line in lines).encode())

        def data(content):
            content = content if isinstance(content, bytes) else content.encode()
            stream.write(b"data %d\n%s\n" % (len(content), content))

        write("commit refs/new", "mark :1", f"committer Dev <dev@example.com> {self._date()}")
        data(message)
        if instead:
            tree, parents, _, _ = self.about(parent)
            write(*(f"from {one}" for one in parents[:1]), f'M 040000 {tree} ""')
        elif parent is not None:
            write(f"from {parent}")
        for old, new in moves:
            write(f"R {_quoted(old)} {_quoted(new)}")
        for path, content in files.items():
            if content is None:
                write(f"D {_quoted(path)}")
            else:
                write(f"M 100644 inline {_quoted(path)}")
                data(content)
        for ref in refs:
            write("", f"reset {ref}", "from :1")
        write("", "get-mark :1", "reset refs/new", f"from {'0' * 40}", "", "done")
        given = stream.getvalue()
        sha = self("fast-import", "--quiet", "--done", "--force", "--date-format=raw", input=given).strip()
        assert len(sha) == 40, sha
        self.refs |= dict.fromkeys(refs, sha)
        return sha

    def commit_tree(self, tree, message, *parents):
        self.commits += 1
        given = [part for parent in parents for part in ("-p", parent)]
        return self("commit-tree", tree, *given, "-m", message).strip()

    def rebase(self, head, onto):
        """``head`` rebased, or None where that conflicts."""
        self.commits += 1
        if not self.tree.exists():
            self("worktree", "add", "--quiet", "--detach", str(self.tree), head)
        self("checkout", "--quiet", "--force", "--detach", head, here=self.tree)
        try:
            self("rebase", "--quiet", onto, here=self.tree)
        except GitError:
            self("rebase", "--abort", here=self.tree)
            return None
        return self("rev-parse", "HEAD", here=self.tree).strip()

    def merge(self, head, other, message):
        """``head`` with ``other`` merged in, or None where that conflicts."""
        merged = self("merge-tree", "--write-tree", head, other, check=False).split("\n")
        conflicts = len(merged) > 2 or not merged[0]
        return None if conflicts else self.commit_tree(merged[0], message, head, other)

    def point(self, ref, sha):
        self("update-ref", ref, sha)
        self.refs[ref] = sha

    def fork(self, folder):
        """A repository that has these commits and is not this one."""
        if not folder.exists():
            shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("worktrees"))
        return folder

    # -- reading; of commits by their full names, answers are kept ------------------------------------------------

    def at(self, name):
        """The commit that a ref or another name is of; empty where there is none."""
        if name in self.refs:
            return self.refs[name]
        if name.startswith("refs/"):
            return ""
        return self._once("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").strip()

    def _once(self, *key):
        if key not in self.kept:
            self.kept[key] = self(*key, check=False)
        return self.kept[key]

    def merge_base(self, one, other):
        return self._once("merge-base", one, other).strip()

    def between(self, base, head):
        """The commits of ``head`` that ``base`` has not, the oldest first."""
        return self._once("rev-list", "--reverse", f"{base}..{head}").split()

    def about(self, sha):
        """Tree, parents, date and message of a commit."""
        tree, parents, date, message = self._once("show", "-s", "--format=%T%n%P%n%cI%n%B", sha).split("\n", 3)
        return tree, parents.split(), date, message.strip()

    def patch(self, base, head):
        return self._once("diff", "--find-renames", base, head)

    def diff(self, base, head, context=3):
        """The files that differ."""
        key = (base, head, context)
        if key not in self.kept:
            shown = ["--raw", "--numstat", "--patch", "--full-index", "--find-renames", f"--unified={context}"]
            self.kept[key] = parse(self("diff", "-z", "--no-abbrev", *shown, base, head))
        return self.kept[key]

    def show(self, sha, path):
        """The text of a file, or None where there is none."""
        key = ("file", sha, path)
        if key not in self.kept:
            try:
                self.kept[key] = self("cat-file", "blob", f"{sha}:{path}")
            except GitError:
                self.kept[key] = None
        return self.kept[key]

    def follow(self, old, new, path, lines):
        """Where ``lines`` of a file of ``old`` are in ``new``: the path, and each line or None."""
        if old == new:
            return path, list(lines)
        changed = next((one for one in self.diff(old, new, 0) if one.previous == path and one.status != "copied"), None)
        if changed is None:
            return path, list(lines)
        if changed.status == "removed":
            return path, [None for _ in lines]
        return changed.path, [line if line is None else changed.moved(line) for line in lines]


def _quoted(path):
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
