"""Fetch the programs that the other benchmarks run on: ``python benchmarks/corpora.py [NAME ...]``.

The wheels listed in ``corpora.toml`` are downloaded with pip, which checks their hashes, and their Python files are
unpacked to ``benchmarks/corpora/`` (ignored by Git). A corpus that is there already is not fetched again. Prints the
folder, the number of files and the lines of each. Needs Python 3.11 or newer (for `tomllib`).
"""

from __future__ import annotations

import argparse
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import tomllib

HERE = Path(__file__).resolve().parent
CACHE = HERE / "corpora"

MAX_BYTES = 200_000_000
"""More than this in one wheel is no program text."""

# The same files whatever machine this runs on; one of the wheels holds compiled code, too.
PLATFORM = ["--only-binary", ":all:", "--implementation", "cp", "--python-version", "3.11", "--abi", "cp311"]
for _tag in ("manylinux2014", "manylinux_2_17", "manylinux_2_24", "manylinux_2_27", "manylinux_2_28", "manylinux_2_31"):
    PLATFORM += ["--platform", f"{_tag}_x86_64"]


class Corpus(NamedTuple):
    """One pinned wheel."""

    name: str
    version: str
    file: str
    sha256: str

    @property
    def folder(self) -> Path:
        """Where it is unpacked."""
        return CACHE / f"{self.name}-{self.version}"

    @property
    def files(self) -> list[Path]:
        """Its Python files, sorted."""
        return sorted(self.folder.rglob("*.py"))


def corpora() -> list[Corpus]:
    """All corpora, as listed."""
    data = tomllib.loads((HERE / "corpora.toml").read_text(encoding="utf-8"))
    return [Corpus(**entry) for entry in data["corpus"]]


def corpus(name: str) -> Corpus:
    """The corpus called ``name``, fetched."""
    for found in corpora():
        if found.name == name:
            fetch(found)
            return found
    raise SystemExit(f"no corpus is called {name!r}; there are: {', '.join(entry.name for entry in corpora())}")


def fetch(wanted: Corpus) -> None:
    """Download and unpack ``wanted`` unless it is there."""
    if wanted.folder.is_dir():
        return
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        pinned = Path(scratch, "requirements.txt")
        pinned.write_text(f"{wanted.name}=={wanted.version} --hash=sha256:{wanted.sha256}\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--require-hashes", "--dest", scratch, *PLATFORM, "--requirement", str(pinned)]
        subprocess.run(command, check=True)
        unpacked = Path(scratch, "unpacked")
        unpack(Path(scratch, wanted.file), unpacked)
        shutil.move(unpacked, wanted.folder)


def unpack(archive: Path, target: Path) -> None:
    """Write the Python files of ``archive`` below ``target``; refuse a name that leads elsewhere, or too much data."""
    target.mkdir()
    with zipfile.ZipFile(archive) as wheel:
        members = [member for member in wheel.infolist() if member.filename.endswith(".py")]
        if sum(member.file_size for member in members) > MAX_BYTES:
            raise SystemExit(f"{archive.name} unpacks to more than {MAX_BYTES:,} bytes")
        for member in members:
            path = PurePosixPath(member.filename)
            kind = stat.S_IFMT(member.external_attr >> 16)
            if path.is_absolute() or ".." in path.parts or "\\" in member.filename or kind not in (0, stat.S_IFREG):
                raise SystemExit(f"{archive.name} holds a suspicious entry: {member.filename!r}")
            file = target / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(wheel.read(member))


def lines(files: list[Path]) -> int:
    """Physical lines, blank ones and comments included."""
    return sum(file.read_bytes().count(b"\n") for file in files)


def main() -> None:
    """Fetch and list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="corpora to fetch (default: all)")
    names = parser.parse_args().names or [entry.name for entry in corpora()]
    for name in names:
        found = corpus(name)
        print(f"{found.folder}: {len(found.files)} files, {lines(found.files):,} lines")


if __name__ == "__main__":
    main()
