"""The repository behind the fake: what GitHub knows of commits, it knows from git, and so does the fake."""

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
    """A bare repository, and a work tree to make commits in."""

    def __init__(self, folder):
        self.folder = folder / "origin.git"
        self.tree = folder / "work"
        self.kept = {}
        self.commits = 0
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        self.environment = {**inherited, **ENVIRONMENT, "HOME": str(folder)}
        folder.mkdir(parents=True, exist_ok=True)
        self("init", "--quiet", "--bare", "--initial-branch=main", str(self.folder), here=folder)
        with (self.folder / "config").open("a") as settings:
            for name, value in SETTINGS.items():
                section, key = name.split(".")
                settings.write(f"[{section}]\n\t{key} = {value}\n")
            # A runner fetches commits by their names.
            settings.write("[uploadpack]\n\tallowAnySHA1InWant = true\n")
        first = self.commit_tree("4b825dc642cb6eb9a060e54bf8d69288fbee4904", "Begin")
        self("update-ref", "refs/heads/main", first)
        self("worktree", "add", "--quiet", "--detach", str(self.tree), first)

    def __call__(self, *command, here=None, input=None, check=True):
        """The output of a command of git."""
        date = f"{START + 60 * self.commits} +0000"
        who = {"AUTHOR_NAME": "Dev", "AUTHOR_EMAIL": "dev@example.com", "AUTHOR_DATE": date}
        who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
        done = subprocess.run(
            ["git", *command],
            cwd=here or self.folder,
            env={**self.environment, **{f"GIT_{name}": value for name, value in who.items()}},
            input=None if input is None else input.encode(),
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            check=False,
        )
        if check and done.returncode:
            raise GitError(f"git {' '.join(command)}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode("utf-8", errors="replace")

    # -- making commits ------------------------------------------------------------------------------------------

    def commit_tree(self, tree, message, *parents):
        self.commits += 1
        given = [part for parent in parents for part in ("-p", parent)]
        empty = tree == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
        if empty:
            self("mktree", input="")
        return self("commit-tree", tree, *given, "-m", message).strip()

    def commit(self, parent, files, message, amend=False):
        """A commit on top of ``parent`` that writes ``files``: text or bytes by path, None to delete one."""
        self.commits += 1
        self("checkout", "--quiet", "--force", "--detach", parent, here=self.tree)
        for path, content in files.items():
            target = self.tree / path
            if content is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
        self("add", "--all", "--force", here=self.tree)
        amending = ["--amend"] if amend else []
        self("commit", "--quiet", "--allow-empty", "--no-verify", *amending, "-m", message, here=self.tree)
        return self.at("HEAD", here=self.tree)

    def rename(self, parent, old, new, message):
        content = (self.show(parent, old) or "").encode()
        return self.commit(parent, {old: None, new: content}, message)

    def rebase(self, head, onto):
        """``head`` rebased, or None where that conflicts."""
        self.commits += 1
        self("checkout", "--quiet", "--force", "--detach", head, here=self.tree)
        try:
            self("rebase", "--quiet", onto, here=self.tree)
        except GitError:
            self("rebase", "--abort", here=self.tree)
            return None
        return self.at("HEAD", here=self.tree)

    def merge(self, head, other, message):
        """``head`` with ``other`` merged in, or None where that conflicts."""
        merged = self("merge-tree", "--write-tree", head, other, check=False).split("\n")
        conflicts = len(merged) > 2 or not merged[0]
        return None if conflicts else self.commit_tree(merged[0], message, head, other)

    def point(self, ref, sha):
        self("update-ref", ref, sha)

    def fork(self, folder):
        """A repository that has these commits and is not this one."""
        if not folder.exists():
            shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("worktrees"))
        return folder

    # -- reading; of commits by their full names, answers are kept ------------------------------------------------

    def at(self, name, here=None):
        return self("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", here=here, check=False).strip()

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
            kind = self("cat-file", "-t", f"{sha}:{path}", check=False).strip()
            self.kept[key] = self("cat-file", "blob", f"{sha}:{path}") if kind == "blob" else None
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
