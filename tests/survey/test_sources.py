"""Fetching: Git without a checkout, sdists without running anything, archives and indexes nobody has vouched for."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest

from hybridize_bot.git import GitError
from hybridize_bot.survey import git as remote
from hybridize_bot.survey import index, sdist
from hybridize_bot.survey.entries import Entry
from hybridize_bot.survey.index import Indexes, UnavailableError
from hybridize_bot.survey.sdist import ArchiveError

from .projects import git, program, repository

MOST = 1_000_000


def fetched(entry, tmp_path, name="fetched", **limits):
    commit = remote.resolve(entry, 30)
    return commit, remote.fetch(
        entry, commit, str(tmp_path / name), seconds=30, **{"most_bytes": MOST, "most_file": MOST, **limits}
    )


# -- Git


def test_a_commit_by_each_of_its_names(tmp_path):
    origin = repository(tmp_path / "origin", 1)
    first = git(origin, "rev-parse", "HEAD")
    git(origin, "commit", "-q", "--allow-empty", "-m", "y")
    git(origin, "branch", "feature/x")
    names = ("", "main", "v1", "feature/x", first, first[:12])
    for number, name in enumerate(names):
        commit, folder = fetched(Entry("git", f"file://{origin}", name), tmp_path, f"f{number}")
        assert first.startswith(commit) == (name not in ("", "main", "feature/x"))
        assert folder.endswith("/files/origin")
        with open(f"{folder}/train.py") as file:
            assert "tensorflow" in file.read()
    with pytest.raises(GitError, match="no branch or tag 'nothing'"):
        fetched(Entry("git", f"file://{origin}", "nothing"), tmp_path)
    with pytest.raises(GitError):
        fetched(Entry("git", f"file://{origin}", "0" * 40), tmp_path, "none")


def test_nothing_of_a_repository_is_run(tmp_path, monkeypatch):
    origin = program(tmp_path / "origin", 1)
    touch = f"touch {tmp_path}/ran"
    (origin / ".gitattributes").write_text("*.py filter=evil\n")
    (origin / ".gitmodules").write_text(
        f'[submodule "s"]\n\tpath = s\n\turl = ext::sh -c {touch}\n\tupdate = !{touch}\n'
    )
    (origin / "link.py").symlink_to("/etc/passwd")
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        git(origin, *command)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "filter.evil.smudge")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", touch)
    _, folder = fetched(Entry("git", f"file://{origin}"), tmp_path)
    assert not (tmp_path / "ran").exists()
    with open(f"{folder}/train.py") as file:
        assert file.read() == (origin / "train.py").read_text()
    assert not os.path.lexists(f"{folder}/link.py")
    with pytest.raises(GitError, match="transport 'ext' not allowed"):
        fetched(Entry("git", f"ext::sh -c {touch}"), tmp_path, "ext")
    assert not (tmp_path / "ran").exists()


def test_a_repository_that_is_too_large(tmp_path):
    origin = program(tmp_path / "origin", 1)
    (origin / "data.bin").write_bytes(hashlib.shake_256(b"").digest(2_000_000))
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        git(origin, *command)
    with pytest.raises(GitError):
        fetched(Entry("git", f"file://{origin}"), tmp_path)
    fetched(Entry("git", f"file://{origin}"), tmp_path, "again", most_bytes=10 * MOST)


def test_a_repository_in_the_other_form_of_hashes(tmp_path):
    origin = program(tmp_path / "origin", 1)
    for command in (["init", "-q", "-b", "main", "--object-format=sha256"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        git(origin, *command)
    commit, root = fetched(Entry("git", f"file://{origin}"), tmp_path)
    assert len(commit) == 64
    assert os.path.isfile(os.path.join(root, "train.py"))


@pytest.mark.parametrize(("size", "levels"), [(100_000, 2), (1, 5)], ids=["bytes", "names"])
def test_a_repository_that_names_its_files_many_times(tmp_path, size, levels):
    origin = program(tmp_path / "origin", 1)
    git(origin, "init", "-q", "-b", "main")
    (origin / "large.py").write_text("#" * size)
    tree = f"100644 blob {git(origin, 'hash-object', '-w', 'large.py')}\tlarge.py\n"
    for _ in range(levels):
        made = subprocess.run(["git", "mktree"], cwd=origin, input=tree, capture_output=True, text=True, check=True)
        tree = "".join(f"040000 tree {made.stdout.strip()}\tfolder{number}\n" for number in range(10))
    made = subprocess.run(["git", "mktree"], cwd=origin, input=tree, capture_output=True, text=True, check=True)
    git(origin, "update-ref", "refs/heads/main", git(origin, "commit-tree", "-m", "x", made.stdout.strip()))
    with pytest.raises(GitError, match=r"more than 1,000,000 bytes"):
        fetched(Entry("git", f"file://{origin}"), tmp_path)
    assert not list((tmp_path / "fetched").rglob("*.py"))


# -- archives


def tar(path, members, *, opener=gzip.open):
    with opener(path, "wb") as file, tarfile.open(fileobj=file, mode="w|") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, tuple):
                info.type, info.linkname = content
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return str(path)


HOSTILE = [
    ("../out.py", b"x"),
    ("/tmp/out.py", b"x"),
    ("p-1/../../out.py", b"x"),
    ("p-1/link.py", (tarfile.SYMTYPE, "/etc/passwd")),
    ("p-1/folder", (tarfile.SYMTYPE, "/tmp")),
    ("p-1/folder/through.py", b"x"),
    ("p-1/hard.py", (tarfile.LNKTYPE, "p-1/m.py")),
    ("p-1/pipe.py", (tarfile.FIFOTYPE, "")),
    ("p-1/device.py", (tarfile.CHRTYPE, "")),
    ("p-1/.git/config.py", b"x"),
    ("p-1/data.bin", b"x"),
    ("p-1/m.py", b"first = 1\n"),
    ("p-1/m.py", b"second = 2\n"),
    ("p-1/large.py", b"#" * 2000),
    ("./p-1/setup.py", b"raise SystemExit\n"),
]


def test_what_an_archive_may_write(tmp_path):
    archive = tar(tmp_path / "a.tar.gz", HOSTILE)
    root = sdist.extract(archive, str(tmp_path / "in" / "files"), MOST, 1000)
    assert root == str(tmp_path / "in" / "files" / "p-1")
    found = {path.relative_to(root).as_posix() for path in (tmp_path / "in").rglob("*") if path.is_file()}
    assert found == {"m.py", "setup.py", "large.py", "folder/through.py"}
    assert (tmp_path / "in/files/p-1/m.py").read_text() == "first = 1\n"
    assert (tmp_path / "in/files/p-1/large.py").read_bytes() == bytes(2000)
    assert not (tmp_path / "out.py").exists()
    assert not (tmp_path / "in" / "out.py").exists()


def test_zips_are_held_to_the_same(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in HOSTILE[:11]:
            if isinstance(content, bytes):
                archive.writestr(name, content)
        link = zipfile.ZipInfo("p-1/link.py")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("p-1/m.py", "m = 1\n")
    root = sdist.extract(str(path), str(tmp_path / "files"), MOST, MOST)
    assert {one.relative_to(root).as_posix() for one in (tmp_path / "files").rglob("*.py")} == {
        "m.py", "folder/through.py"
    }  # fmt: skip


@pytest.mark.parametrize("name", ["bomb.tar.gz", "bomb.zip"])
def test_archives_that_unpack_to_too_much(tmp_path, name):
    path = tmp_path / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("p/data.bin", bytes(20 * MOST))
    else:
        tar(path, [("p/data.bin", bytes(20 * MOST))])
    assert path.stat().st_size < MOST / 10
    with pytest.raises(ArchiveError, match=r"more than 1,000,000 bytes in all"):
        sdist.extract(str(path), str(tmp_path / "files"), MOST, MOST)


def test_holes_count_as_what_they_are_written_as(tmp_path):
    def header(name):
        info = tarfile.TarInfo(name)
        data = bytearray(info.tobuf(tarfile.GNU_FORMAT))
        data[156:157] = tarfile.GNUTYPE_SPARSE
        data[386:410] = b"%011o\0%011o\0" % (MOST // 2, 0)  # one piece of no bytes, behind a hole
        data[483:495] = b"%011o\0" % (MOST // 2)
        data[148:156] = b" " * 8
        data[148:156] = b"%06o\0 " % sum(data)
        return bytes(data)

    path = tmp_path / "holes.tar.gz"
    path.write_bytes(gzip.compress(b"".join(header(f"p/m{number}.py") for number in range(10)) + bytes(1024)))
    with pytest.raises(ArchiveError, match=r"more than 1,000,000 bytes in all"):
        sdist.extract(str(path), str(tmp_path / "files"), MOST, MOST)
    assert sum(one.stat().st_size for one in (tmp_path / "files").rglob("*.py")) <= MOST


@pytest.mark.parametrize(
    "data",
    [b"", b"no archive", gzip.compress(b"no archive", mtime=0), b"PK\x03\x04no"],
    ids=["empty", "text", "gzip of text", "half a zip"],
)
@pytest.mark.parametrize("name", ["a.tar.gz", "a.zip"])
def test_what_is_no_archive(tmp_path, data, name):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ArchiveError):
        sdist.extract(str(path), str(tmp_path / "files"), MOST, MOST)


def test_a_damaged_archive(tmp_path):
    path = tmp_path / "a.tar.gz"
    tar(path, [("p/m.py", hashlib.shake_256(b"").hexdigest(50_000).encode())])
    whole = path.read_bytes()
    for at in (20, len(whole) // 2, len(whole) - 200):
        path.write_bytes(whole[:at])
        with pytest.raises(ArchiveError):
            sdist.extract(str(path), str(tmp_path / f"files{at}"), MOST, MOST)


# -- indexes


@pytest.fixture
def site(tmp_path):
    """A folder served over HTTP, with an sdist whose `setup.py` would leave a mark; its address and the folder."""
    root = tmp_path / "site"
    (root / "simple" / "some-thing").mkdir(parents=True)
    (root / "files").mkdir()
    for version in ("1.0", "1.1", "2.0rc1", "1.2"):
        mark = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
        tar(root / "files" / f"some_thing-{version}.tar.gz", [(f"some_thing-{version}/setup.py", mark.encode())])

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_arguments):
            pass

        def guess_type(self, path):
            return "application/vnd.pypi.simple.v1+json" if str(path).endswith(".json") else super().guess_type(path)

        def do_GET(self):
            if self.path == "/simple/leads-away/":
                self.send_response(302)
                self.send_header("Location", "file:///etc/passwd")
                self.end_headers()
            else:
                super().do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", root
    server.shutdown()
    server.server_close()


def sha(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def page(root, versions, *, extra=""):
    links = ""
    for version, more in versions.items():
        name = f"some_thing-{version}.tar.gz"
        links += f'<a href="../../files/{name}#sha256={sha(root / "files" / name)}"{more}>x</a>\n'
    (root / "simple" / "some-thing" / "index.html").write_text(
        f"<!DOCTYPE html><html><body>{links}{extra}</body></html>"
    )


def test_the_version_that_is_asked_for(site):
    address, root = site
    page(root, {"1.0": "", "1.1": "", "2.0rc1": "", "1.2": ' data-yanked="bad"'}, extra='<a href="x.whl">x</a><a>y</a>')
    indexes = Indexes((f"{address}/simple",))
    assert index.sdist(indexes, "some-thing", "").version == "1.1"  # neither yanked nor before its release
    assert index.sdist(indexes, "some-thing", "v1.0.0").version == "1.0"
    assert index.sdist(indexes, "some-thing", "1.2").version == "1.2"
    assert index.sdist(indexes, "some-thing", "2.0.rc1").version == "2.0rc1"
    with pytest.raises(UnavailableError, match=r"no sdist|no index has an sdist of some-thing 3; there are 1.0, 1.1"):
        index.sdist(indexes, "some-thing", "3")
    with pytest.raises(UnavailableError, match="no index has an sdist of other"):
        index.sdist(indexes, "other", "")
    with pytest.raises(UnavailableError, match="file:///etc/passwd"):
        index.sdist(indexes, "leads-away", "")
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:1"):
        index.sdist(Indexes(("http://user:secret@127.0.0.1:1/simple",), seconds=2), "some-thing", "")


def test_json_pages_folders_and_other_indexes(site):
    address, root = site
    document = {"files": [
        {"filename": "some_thing-1.0.tar.gz", "url": "../files/some_thing-1.0.tar.gz",
         "hashes": {"sha256": sha(root / "files" / "some_thing-1.0.tar.gz")}, "yanked": False},
        {"filename": "some_thing-9.tar.gz", "url": "file:///etc/passwd", "hashes": {}},
        {"filename": "some_thing-8.tar.gz", "url": 3}, "nothing",
    ]}  # fmt: skip
    (root / "simple" / "page.json").write_text(json.dumps(document))
    found = index.sdist(Indexes((), (f"{address}/simple/page.json",)), "some-thing", "")
    assert (found.version, found.hash) == ("1.0", ("sha256", document["files"][0]["hashes"]["sha256"]))
    in_folder = index.sdist(Indexes((), (str(root / "files"),)), "some-thing", "")
    assert (in_folder.version, in_folder.url) == ("1.2", f"file://{root}/files/some_thing-1.2.tar.gz")
    page(root, {"1.1": ""})
    both = Indexes(
        (f"{address}/nothing", f"{address}/simple", f"file://{root}/simple"), (f"{address}/simple/page.json",)
    )
    assert index.sdist(both, "some-thing", "").version == "1.1"


def test_what_is_downloaded_is_what_the_index_says(site, tmp_path):
    address, root = site
    page(root, {"1.0": ""})
    indexes = Indexes((f"{address}/simple",))
    file = index.sdist(indexes, "some-thing", "1.0")
    index.download(indexes, file, str(tmp_path / "a"), MOST)
    extracted = sdist.extract(_named(tmp_path / "a"), str(tmp_path / "x"), MOST, MOST)
    assert extracted.endswith("some_thing-1.0")
    assert not (tmp_path / "ran").exists()
    with pytest.raises(UnavailableError, match="more than 10 bytes"):
        index.download(indexes, file, str(tmp_path / "b"), 10)
    (root / "files" / "some_thing-1.0.tar.gz").write_bytes(b"something else")
    with pytest.raises(UnavailableError, match="does not have the sha256"):
        index.download(indexes, file, str(tmp_path / "c"), MOST)
    (root / "simple" / "some-thing" / "index.html").write_text('<a href="../../files/some_thing-1.0.tar.gz">x</a>')
    with pytest.raises(UnavailableError, match="gives no hash"):
        index.download(indexes, index.sdist(indexes, "some-thing", ""), str(tmp_path / "d"), MOST)


def _named(path):
    named = path.with_suffix(".tar.gz")
    path.rename(named)
    return str(named)


def whole(body, kind=b"text/html"):
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind, len(body), body)


@pytest.fixture
def answering():
    """What makes an index that gives the same bytes to whoever asks; the index."""
    servers = []

    def begun(data):
        class Answers(StreamRequestHandler):
            def handle(self):
                while self.rfile.readline().strip():
                    pass
                self.wfile.write(data)

        servers.append(ThreadingTCPServer(("127.0.0.1", 0), Answers))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return Indexes((f"http://127.0.0.1:{servers[-1].server_address[1]}/simple",), seconds=30)

    yield begun
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "data",
    [
        b"hello there\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
        whole(b"[" * 100_000, b"application/vnd.pypi.simple.v1+json"),
        whole(b'<![bad <a href="thing-1.0.tar.gz">'),
        whole(b'<a href="thing-1.0.tar.gz">1.0</a><a href="thing-1.1.tar.gz">1.1</a>')[:-30],
    ],
    ids=["no HTTP", "nothing", "chunks", "headers", "deep", "declaration", "cut off"],
)
def test_answers_that_are_none(answering, data):
    with pytest.raises(UnavailableError):
        index.sdist(answering(data), "thing", "")


def test_a_link_that_is_none_hides_no_other(answering):
    page = whole(b'<a href="http://[bad/thing-2.0.tar.gz">2.0</a><a href="thing-1.0.tar.gz">1.0</a>')
    assert index.sdist(answering(page), "thing", "").version == "1.0"


def test_settings_of_pip():
    assert index.settings("") == Indexes((index.DEFAULT,))
    listed = """\
:env:.extra-index-url='https://three/simple'
:env:.timeout='15'
download.index-url='https://u:p@two/simple/'
global.cert='/etc/ca.pem'
global.extra-index-url='https://one/simple'
global.find-links='\\n/opt/a\\n/opt/b'
global.index-url='https://one/simple'
"""
    assert index.settings(listed) == Indexes(
        ("https://u:p@two/simple", "https://three/simple"), ("/opt/a", "/opt/b"), "/etc/ca.pem", "", 15
    )
    assert index.settings("global.no-index='true'\nglobal.find-links='/opt/a'\n").urls == ()
    assert index.configured().urls
