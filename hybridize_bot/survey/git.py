"""A commit of a remote repository, fetched without a checkout: no filters, hooks, submodules or helpers are run."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping

from hybridize_bot import trees
from hybridize_bot.git import GitError, Repository, environment_of
from hybridize_bot.survey.entries import Entry, redacted

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LENGTH_SHA256 = 64
_OPTIONS = (
    "--no-pager",
    "-c", f"core.hooksPath={os.devnull}",
    "-c", "core.fsmonitor=",
    "-c", "fetch.recurseSubmodules=false",
    "-c", "http.followRedirects=initial",
    "-c", "gc.auto=0",
    "-c", "maintenance.auto=false",
)  # fmt: skip


def resolve(entry: Entry, seconds: float) -> str:
    """The commit that an entry names now, as the remote says.

    Raises:
        GitError: the remote cannot say, or has no such branch or tag.
    """
    if _COMMIT.fullmatch(entry.revision):
        return entry.revision
    # Without patterns: a revision may look like an option or hold wildcards, and a list of all is small.
    listed = _git("ls-remote", "--", entry.place, folder=os.curdir, seconds=seconds)
    lines = (line.partition("\t") for line in listed.splitlines())
    refs = {name: commit for commit, _, name in lines}
    wanted = entry.revision or "HEAD"
    forms = (f"refs/tags/{wanted}^{{}}", f"refs/tags/{wanted}", f"refs/heads/{wanted}", wanted)
    found = next((refs[form] for form in forms if form in refs), None)
    if found is None and re.fullmatch(r"[0-9a-f]{7,40}", entry.revision):
        return entry.revision  # of a commit that has no name; fetching will tell
    if found is None:
        raise GitError(f"the remote repository has no branch or tag {wanted!r}")
    return found


def fetch(entry: Entry, commit: str, folder: str, *, seconds: float, most_bytes: int, most_file: int) -> str:
    """The files of ``commit`` that an analysis reads, written below ``folder``; returns the folder that they are in.

    Raises:
        GitError: the commit cannot be had, or takes more than ``most_bytes``.
    """
    bare = os.path.join(folder, "git")
    os.makedirs(bare)
    # Git before 2.29 does not know the option, and no other hashes.
    form = ["--object-format=sha256"] if len(commit) == _LENGTH_SHA256 else []
    _git("init", "--quiet", "--template=", *form, folder=bare, seconds=seconds)
    try:
        _fetched(bare, entry.place, seconds, most_bytes, "--depth=1", commit)
    except GitError:
        if not re.fullmatch(r"[0-9a-f]{7,64}", commit):
            raise
        # Servers need not give a commit by its hash; then it has to be in the history of some branch or tag.
        everything = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        _fetched(bare, entry.place, seconds, most_bytes, "--update-head-ok", *everything)
    repository = Repository(bare, _environment())
    full = repository.commit(commit)
    top = os.path.join(folder, "files", entry.folder)
    os.makedirs(top)
    trees.export(repository, full, top, trees.Wanted(most_file, most_in_all=most_bytes))
    return top


def _fetched(bare: str, url: str, seconds: float, most_bytes: int, *what: str) -> None:
    options = [word for word in what if word.startswith("--")]
    refs = [word for word in what if not word.startswith("--")]
    _git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", *options, "--", url, *refs,
         folder=bare, seconds=seconds, most_bytes=most_bytes)  # fmt: skip


def _environment() -> Mapping[str, str]:
    """Git's own settings of the user may hold credentials and proxies, and count; questions are not asked."""
    return {
        **environment_of(os.environ),
        "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
        "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
        "GIT_LFS_SKIP_SMUDGE": "1",
    }


def _git(*arguments: str, folder: str, seconds: float, most_bytes: int = 0) -> str:
    command = ["git", *_OPTIONS, *arguments]
    try:
        process = subprocess.Popen(  # noqa: S603 - a fixed program; what users say stands behind `--`
            command, cwd=folder, env=dict(_environment()), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    except FileNotFoundError:
        raise GitError("this needs Git, and there is no `git` command") from None
    if most_bytes:
        _bound_files(process.pid, most_bytes)
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise GitError(f"`git {arguments[0]}` took longer than {seconds:.0f} s") from None
    if process.returncode:
        said = errors.decode("utf-8", "backslashreplace").strip().splitlines()
        reason = next((line for line in said if line.startswith(("fatal:", "error:"))), said[-1] if said else "")
        large = f"; no file of it may have more than {most_bytes:,} bytes" if "File too large" in str(said) else ""
        raise GitError(redacted(" ".join(reason.split()) or f"`git {arguments[0]}` failed") + large)
    return output.decode("utf-8", "surrogateescape")


def _bound_files(process: int, most_bytes: int) -> None:
    """No file that the process writes, such as a pack, gets larger."""
    try:
        import resource

        resource.prlimit(process, resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    except (ImportError, AttributeError, ProcessLookupError):
        return  # Linux only, and the process may have ended
