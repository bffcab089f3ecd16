"""Package indexes, asked directly: which sdists of a project there are, and the bytes of one.

`pip download` would run the project's code: to learn the metadata of an sdist, pip has it built, whatever the options.
So pip is asked for its settings and for nothing else. The pages are those of PEP 503 (HTML) and PEP 691 (JSON).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from http.client import HTTPException
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import msgspec

DEFAULT = "https://pypi.org/simple"
MOST_PAGE = 100_000_000
_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_HASHES = ("sha256", "sha384", "sha512")
_SCHEMES = ("https", "http", "file")
_SUFFIXES = (".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz")


class UnavailableError(ValueError):
    """An index that cannot be asked, or does not have what is wanted; ``str()`` is one line."""


class Indexes(msgspec.Struct, frozen=True):
    """Where sdists come from, as pip is configured."""

    urls: tuple[str, ...] = (DEFAULT,)
    pages: tuple[str, ...] = ()
    """Folders, or pages with links to files of all projects (`find-links`)."""
    certificates: str = ""
    proxy: str = ""
    seconds: float = 60


class File(msgspec.Struct, frozen=True):
    """One sdist that an index has."""

    name: str
    url: str
    version: str
    hashes: dict[str, str]
    yanked: bool = False

    @property
    def hash(self) -> tuple[str, str] | None:
        """The strongest hash that the index gives."""
        return next(((kind, self.hashes[kind]) for kind in reversed(_HASHES) if self.hashes.get(kind)), None)


def configured() -> Indexes:
    """The indexes that pip would ask, of this interpreter; those of a pip without settings where there is none."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return Indexes()
    return settings(done.stdout) if done.returncode == 0 else Indexes()


def settings(listed: str) -> Indexes:
    """What `pip config list` prints; the environment goes before settings for `download`, and they before the rest."""
    found: dict[str, str] = {}
    for section in ("global", "download", ":env:"):
        for line in listed.splitlines():
            hit = re.fullmatch(rf"{section}\.([\w-]+)=(['\"])(.*)\2", line)
            if hit is not None:
                found[hit[1]] = hit[3].replace("\\n", "\n")
    urls = [] if found.get("no-index", "").lower() in ("1", "true", "yes", "on") else [found.get("index-url", DEFAULT)]
    urls += found.get("extra-index-url", "").split() if urls else []
    seconds = found.get("timeout", found.get("default-timeout", ""))
    return Indexes(
        tuple(url.rstrip("/") for url in urls), tuple(found.get("find-links", "").split()), found.get("cert", ""),
        found.get("proxy", ""), float(seconds) if re.fullmatch(r"\d+(\.\d+)?", seconds) else 60,
    )  # fmt: skip


def sdist(indexes: Indexes, name: str, version: str) -> File:
    """The sdist of a version; of the latest release where none is named.

    Raises:
        UnavailableError: there is none, or no index answers.
    """
    from packaging.version import InvalidVersion, Version

    try:
        wanted = Version(version) if version else None
    except InvalidVersion:
        raise UnavailableError(f"{version!r} is no version") from None
    found = [(Version(file.version), file) for file in _files(indexes, name)]
    if wanted is not None:
        fitting = [(number, file) for number, file in found if number == wanted]
    else:
        sound = [(number, file) for number, file in found if not file.yanked]
        fitting = [(number, file) for number, file in sound if not number.is_prerelease] or sound
    if not fitting:
        others = ", ".join(sorted({str(number) for number, _ in found})[-5:])
        hint = f"; there are {others}" if others else ""
        raise UnavailableError(f"no index has an sdist of {name}{f' {version}' if version else ''}{hint}")
    # The order of preference is that of `_SUFFIXES` among files of one version, then that of the indexes.
    best = max(number for number, _ in fitting)
    return min(
        (file for number, file in fitting if number == best),
        key=lambda file: next(at for at, suffix in enumerate(_SUFFIXES) if file.name.endswith(suffix)),
    )


def download(indexes: Indexes, file: File, target: str, most_bytes: int) -> None:
    """Write an sdist to ``target``.

    Raises:
        UnavailableError: it cannot be had, is larger, or is not what the index says.
    """
    expected = file.hash
    if expected is None and urlsplit(file.url).scheme != "file":
        raise UnavailableError(f"the index gives no hash for {file.name}, so nobody can tell whether it is that file")
    digest = hashlib.new(expected[0]) if expected is not None else hashlib.sha256()
    size = 0
    with closing(_Response(indexes, file.url)) as response, open(target, "xb") as output:
        while data := response.read(1 << 20):
            size += len(data)
            if size > most_bytes:
                raise UnavailableError(f"{file.name} has more than {most_bytes:,} bytes")
            digest.update(data)
            output.write(data)
    if expected is not None and digest.hexdigest() != expected[1].lower():
        raise UnavailableError(f"{file.name} does not have the {expected[0]} that the index gives for it")


# -- pages -------------------------------------------------------------------------------------------------------------


def _files(indexes: Indexes, name: str) -> list[File]:
    """The sdists of a project on all indexes; an index that does not know the project has none."""
    found: list[File] = []
    trouble = ""
    for url in (*(f"{base}/{name}/" for base in indexes.urls), *map(_page_url, indexes.pages)):
        try:
            found += _on_page(indexes, url, name)
        except UnavailableError as error:
            trouble = trouble or str(error)
    if not found and trouble:
        raise UnavailableError(trouble)
    return found


def _page_url(place: str) -> str:
    return place if urlsplit(place).scheme in _SCHEMES else "file://" + urllib.parse.quote(os.path.abspath(place))


def _on_page(indexes: Indexes, url: str, name: str) -> Iterator[File]:
    parts = urlsplit(url)
    path = urllib.request.url2pathname(parts.path) if parts.scheme == "file" else ""
    if path and os.path.isdir(path) and os.path.exists(os.path.join(path, "index.html")):
        url, path = url.rstrip("/") + "/index.html", ""
    if path and os.path.isdir(path):
        links: Iterator[dict[str, Any]] = (
            {"filename": one, "url": url.rstrip("/") + "/" + urllib.parse.quote(one)}
            for one in sorted(os.listdir(path))
        )
    elif path and not os.path.exists(path):
        return
    else:
        try:
            with closing(_Response(indexes, url, _ACCEPT)) as response:
                data, kind, url = response.read(MOST_PAGE), response.kind, response.url
        except _UnknownError:
            return
        links = _json_links(data) if "json" in kind else _html_links(data)
    for link in links:
        file = _file(link, url, name)
        if file is not None:
            yield file


def _json_links(data: bytes) -> Iterator[dict[str, Any]]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise UnavailableError("the index answers with no JSON") from None
    files = document.get("files") if isinstance(document, dict) else None
    for one in files if isinstance(files, list) else ():
        if isinstance(one, dict):
            yield one


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            given = dict(attrs)
            self.found.append({"url": given.get("href") or "", "yanked": "data-yanked" in given})


def _html_links(data: bytes) -> Iterator[dict[str, Any]]:
    parser = _Anchors()
    try:
        parser.feed(data.decode("utf-8", "replace"))
    except AssertionError:  # what the parser makes of declarations that are none, up to Python 3.13
        raise UnavailableError("the index answers with no HTML") from None
    yield from parser.found


def _file(link: dict[str, Any], page: str, name: str) -> File | None:
    """What a link on a page leads to, if that is an sdist of the project."""
    from packaging.utils import canonicalize_name
    from packaging.version import InvalidVersion, Version

    url, hashes = link.get("url"), link.get("hashes")
    if not isinstance(url, str):
        return None
    try:
        target, _, fragment = urljoin(page, url).partition("#")
        parts = urlsplit(target)
    except ValueError:
        return None
    filename = urllib.parse.unquote(parts.path.rpartition("/")[2])
    suffix = next((one for one in _SUFFIXES if filename.endswith(one)), None)
    if suffix is None or parts.scheme not in _SCHEMES or (parts.scheme == "file" and not page.startswith("file:")):
        return None
    known = (
        {kind: value for kind, value in hashes.items() if isinstance(value, str)} if isinstance(hashes, dict) else {}
    )
    if (kind := fragment.partition("=")[0]) in _HASHES:
        known.setdefault(kind, fragment.partition("=")[2])
    # A name may have hyphens, a version may not: but old files write both as they like.
    words = filename.removesuffix(suffix).split("-")
    for at in range(1, len(words)):
        if canonicalize_name("-".join(words[:at])) == name:
            version = "-".join(words[at:])
            try:
                Version(version)
            except InvalidVersion:
                continue
            return File(filename, target, version, known, bool(link.get("yanked")))
    return None


# -- the net -----------------------------------------------------------------------------------------------------------


class _UnknownError(UnavailableError):
    """The index has no such page."""


class _Response:
    """An answer, with the type that it claims and the URL that it came from at last."""

    def __init__(self, indexes: Indexes, url: str, accept: str = "*/*") -> None:
        parts = urlsplit(url)
        self._shown = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        if parts.scheme not in _SCHEMES:
            raise UnavailableError(f"{self._shown} is neither of the web nor a file")
        headers = {"Accept": accept, "User-Agent": "hybridize-survey", "Accept-Encoding": "identity"}
        if "@" in parts.netloc:
            user = urllib.parse.unquote(parts.netloc.rpartition("@")[0])
            headers["Authorization"] = "Basic " + b64encode(user.encode()).decode()
        request = urllib.request.Request(self._shown, headers=headers)  # noqa: S310 - of the three schemes
        handlers: list[urllib.request.BaseHandler] = [_SameKind()]
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=indexes.certificates or None)
            handlers.append(urllib.request.HTTPSHandler(context=context))
        if indexes.proxy:
            handlers.append(urllib.request.ProxyHandler({"http": indexes.proxy, "https": indexes.proxy}))
        try:
            self._answer = urllib.request.build_opener(*handlers).open(request, timeout=indexes.seconds)
        except urllib.error.HTTPError as error:
            if error.code in (404, 410):
                raise _UnknownError(f"there is no {self._shown}") from None
            raise UnavailableError(f"{self._shown}: {error.code} {error.reason}") from None
        except (OSError, ValueError, HTTPException) as error:
            raise UnavailableError(
                f"{self._shown}: {getattr(error, 'reason', error) or type(error).__name__}"
            ) from None
        self.kind = self._answer.headers.get_content_type()
        self.url = self._answer.url

    def close(self) -> None:
        self._answer.close()

    def read(self, most: int) -> bytes:
        """The next bytes."""
        try:
            data: bytes = self._answer.read(most)
        except (OSError, ValueError, HTTPException) as error:
            raise UnavailableError(f"{self._shown}: {str(error) or type(error).__name__}") from None
        if len(data) < most and getattr(self._answer, "length", None):
            raise UnavailableError(f"{self._shown}: the answer ends before all of it has come")
        return data


class _SameKind(urllib.request.HTTPRedirectHandler):
    """Follows no answer of the web to a file on this machine, or from https to http, and takes no password along."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if urlsplit(newurl).scheme not in (("https",) if req.full_url.startswith("https:") else ("https", "http")):
            raise UnavailableError(f"the index leads to {newurl}, which is not followed")
        new = super().redirect_request(req, fp, code, msg, headers, newurl)
        if new is not None and urlsplit(newurl).netloc != urlsplit(req.full_url).netloc:
            new.remove_header("Authorization")
        return new
