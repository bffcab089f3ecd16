"""Commits that a clone does not have: how they are brought here, and with what rights."""

import base64
import os
import shutil
import subprocess
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from bot.projects import Repository

from hybridize_bot.git import GitError, repository
from hybridize_bot.github.event import Subject
from hybridize_bot.github.history import DEPTHS, Commits, commits

TOKEN = "ghs_" + "Not4Anybody2See" * 2
BASIC = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()


def grown(project, branch, number, start=None):
    """A branch with so many commits more, without files; its hash."""
    begin = f"from {start}\n" if start else ""
    lines = [f"reset refs/heads/{branch}\n{begin}"]
    for at in range(number):
        words = f"{branch} {at}"
        lines.append(f"commit refs/heads/{branch}\ncommitter A <a@localhost> {at} +0000\ndata {len(words)}\n{words}\n")
    command = ["git", "fast-import", "--quiet", "--force"]
    subprocess.run(command, cwd=project.folder, input="".join(lines).encode(), check=True)
    return project.run("git", "rev-parse", branch)


def shallow(project, folder, commit, address=None):
    """What a runner has of the commit."""
    clone = Repository(folder)
    clone.run("git", "remote", "add", "origin", f"file://{project.folder}")
    clone.run("git", "fetch", "--quiet", "--depth=1", "origin", commit)
    clone.run("git", "checkout", "--quiet", "--detach", commit)
    if address:
        clone.run("git", "remote", "set-url", "origin", address)
    return clone


def merge_of(project, base, head):
    tree = project.run("git", "rev-parse", f"{base}^{{tree}}")
    return project.run("git", "commit-tree", tree, "-p", base, "-p", head, "-m", "Merge")


@pytest.fixture
def remote(project):
    """A repository with a pull request: (start, base, head, the merge that a runner checks out)."""
    project.put(a="x = 1\n")
    start = project.commit()
    base, head = grown(project, "main", 3, start), grown(project, "topic", 2, start)
    merge = merge_of(project, base, head)
    project.run("git", "update-ref", "refs/pull/7/merge", merge)
    return project, start, base, head, merge


@pytest.fixture
def traced(tmp_path, monkeypatch):
    """Record how `git fetch` is called: (arguments, variables) of each call."""
    log = tmp_path / "calls"
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(
        f"""#!/bin/sh
{{ printf '%s\\0' "$@"; printf '\\1\\0'; env -0; printf '\\2\\0'; }} >> '{log}'
exec '{shutil.which("git")}' "$@"
"""
    )
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")

    def fetches():
        calls = log.read_text().split("\2\0")[:-1] if log.exists() else []
        split = [[part.split("\0")[:-1] for part in call.split("\1\0")] for call in calls]
        assert not any(TOKEN in word or BASIC in word for words, _ in split for word in words)
        found = [(words, variables) for words, variables in split if "--no-write-fetch-head" in words]
        return [(words, dict(line.split("=", 1) for line in variables)) for words, variables in found]

    return fetches


def asked(clone, head, base, **more):
    return commits(repository(str(clone.folder)), Subject("team/model", 7, head, base), environment={}, **more)


def test_commits_that_are_here_are_not_fetched(remote, traced):
    project, start, base, head, _ = remote
    assert asked(project, head, base) == Commits(head, base, start)
    assert traced() == []


def test_a_clone_of_one_commit_is_deepened(remote, traced, tmp_path):
    project, start, base, head, merge = remote
    clone = shallow(project, tmp_path / "a clone", merge)
    assert clone.run("git", "rev-list", "--count", "HEAD") == "1"
    assert asked(clone, head, base) == Commits(head, base, start)
    assert len(traced()) == 1
    assert clone.run("git", "rev-parse", "HEAD") == merge
    assert clone.run("git", "status", "--porcelain") == ""
    assert not (clone.folder / ".git" / "FETCH_HEAD").exists() or head not in clone.run("cat", ".git/FETCH_HEAD")


def test_history_is_fetched_until_the_merge_base_is_there(project, traced, tmp_path):
    project.put(a="x = 1\n")
    start = project.commit()
    base, head = grown(project, "main", DEPTHS[0] + 10, start), grown(project, "topic", 1, start)
    clone = shallow(project, tmp_path / "clone", merge_of(project, base, head))
    assert asked(clone, head, base).merge_base == start
    depths = [word for words, _ in traced() for word in words if word.startswith("--depth")]
    assert depths == [f"--depth={depth}" for depth in DEPTHS[:2]]


def test_all_history_is_fetched_in_the_end(project, traced, tmp_path):
    base, head = grown(project, "main", 10), grown(project, "topic", 2)
    clone = shallow(project, tmp_path / "clone", merge_of(project, base, head))
    with pytest.raises(GitError, match="no common ancestor: their histories have nothing in common"):
        asked(clone, head, base)
    assert not (clone.folder / ".git" / "shallow").exists()


def test_a_clone_with_all_history_keeps_it(project, traced, tmp_path):
    project.put(a="x = 1\n")
    start = project.commit()
    base = grown(project, "main", DEPTHS[0] + 10, start)
    clone = Repository(tmp_path / "a clone")
    clone.run("git", "remote", "add", "origin", f"file://{project.folder}")
    clone.run("git", "fetch", "--quiet", "origin", base)
    head = grown(project, "topic", 1, start)
    assert asked(clone, head, base).merge_base == start
    assert len(traced()) == 1
    assert clone.run("git", "rev-parse", "--is-shallow-repository") == "false"
    assert clone.run("git", "rev-list", "--count", base) == str(DEPTHS[0] + 11)


def test_what_the_remote_does_not_have(remote, tmp_path):
    project, _, base, _, merge = remote
    clone = shallow(project, tmp_path / "clone", merge)
    with pytest.raises(GitError, match=r"there is no commit '1{40}'.*; fetching it failed: .") as raised:
        asked(clone, "1" * 40, base)
    assert "\n" not in str(raised.value)


def test_without_a_remote(remote, traced, tmp_path):
    project, _, base, head, merge = remote
    clone = shallow(project, tmp_path / "clone", merge)
    clone.run("git", "remote", "remove", "origin")
    with pytest.raises(GitError, match=r"there is no commit .*; the clone is shallow"):
        asked(clone, head, base)
    assert traced() == []


def test_another_remote_will_do(remote, tmp_path):
    project, start, base, head, merge = remote
    clone = shallow(project, tmp_path / "clone", merge)
    clone.run("git", "remote", "rename", "origin", "upstream")
    assert asked(clone, head, base).merge_base == start


def test_no_hook_has_a_part_in_it(remote, tmp_path):
    project, start, base, head, merge = remote
    clone = shallow(project, tmp_path / "clone", merge)
    for name in ("post-checkout", "reference-transaction", "post-merge", "pre-auto-gc"):
        hook = clone.folder / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
        hook.chmod(0o755)
    assert asked(clone, head, base).merge_base == start
    assert not (tmp_path / "ran").exists()


# A server that asks who it is


class Handler(BaseHTTPRequestHandler):
    """Git's own server, for whoever has the token."""

    def log_message(self, *_):
        pass

    def do_POST(self):
        given = self.headers.get_all("Authorization") or []
        self.server.seen.append(given)
        if given != [f"basic {BASIC}"]:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        variables = {
            "GIT_PROJECT_ROOT": str(self.server.folder), "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": urllib.parse.unquote(path),
            "QUERY_STRING": query, "REQUEST_METHOD": self.command, "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "PATH": os.environ["PATH"],
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
        }  # fmt: skip
        done = subprocess.run(["git", "http-backend"], input=body, env=variables, capture_output=True, check=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST  # noqa: N815 - the names are those of http.server


@pytest.fixture
def server(remote):
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.folder, server.seen = remote[0].folder.parent, []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        server.address = f"http://127.0.0.1:{server.server_port}"
        server.repository = f"{server.address}/{remote[0].folder.name}/.git".replace(" ", "%20")
        yield server
        server.shutdown()
        thread.join()


def test_the_token_is_used_second_and_by_variables_only(remote, server, traced, tmp_path):
    project, start, base, head, merge = remote
    clone = shallow(project, tmp_path / "clone", merge, server.repository)
    subject = Subject("team/model", 7, head, base)
    environment = {"GITHUB_SERVER_URL": f"{server.address}/"}
    found = commits(repository(str(clone.folder)), subject, token=TOKEN, environment=environment)
    assert found == Commits(head, base, start)
    first, second = traced()
    assert BASIC not in str(first)
    assert [name for name, value in second[1].items() if BASIC in value] == ["GIT_CONFIG_VALUE_0"]
    assert server.seen[0] == []
    assert BASIC not in (clone.folder / ".git" / "config").read_text()


def test_the_token_is_for_its_server_alone(remote, server, tmp_path):
    project, _, base, head, merge = remote
    clone = shallow(project, tmp_path / "clone", merge, server.repository)
    for environment in ({}, {"GITHUB_SERVER_URL": "http://127.0.0.1:1"}):
        with pytest.raises(GitError, match="there is no commit") as raised:
            commits(repository(str(clone.folder)), Subject("", 7, head, base), token=TOKEN, environment=environment)
        assert "ghs_" not in str(raised.value)
    assert all(given == [] for given in server.seen)


def test_without_a_token_there_is_one_try(remote, server, traced, tmp_path):
    project, _, base, head, merge = remote
    clone = shallow(project, tmp_path / "clone", merge, server.repository)
    with pytest.raises(GitError, match=r"there is no commit .*fetching it failed"):
        asked(clone, head, base)
    assert len(traced()) == 1


def test_a_header_of_the_checkout_is_enough(remote, server, traced, tmp_path):
    """What actions/checkout leaves with `persist-credentials`: two headers would be refused."""
    project, start, base, head, merge = remote
    clone = shallow(project, tmp_path / "clone", merge, server.repository)
    with (clone.folder / ".git" / "config").open("a") as file:
        file.write(f'[http "{server.address}/"]\n\textraheader = AUTHORIZATION: basic {BASIC}\n')
    environment = {"GITHUB_SERVER_URL": server.address}
    found = commits(repository(str(clone.folder)), Subject("", 7, head, base), token=TOKEN, environment=environment)
    assert (found.merge_base, len(traced())) == (start, 1)


def test_other_settings_in_variables_are_kept(remote, server, traced, tmp_path, monkeypatch):
    project, start, base, head, merge = remote
    clone = shallow(project, tmp_path / "clone", merge, server.repository)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "*")
    environment = {"GITHUB_SERVER_URL": server.address}
    found = commits(repository(str(clone.folder)), Subject("", 7, head, base), token=TOKEN, environment=environment)
    variables = traced()[-1][1]
    assert (found.merge_base, variables["GIT_CONFIG_COUNT"], variables["GIT_CONFIG_KEY_0"]) == (
        start,
        "2",
        "safe.directory",
    )
