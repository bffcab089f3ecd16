"""Writes ``data/rows.msgpack`` from the YAML: ``python -m hybridize.models.compile`` after a change of rows.

Without it the rows still load, from the YAML, which takes some tenths of a second longer.
"""

from __future__ import annotations

import sys

import msgspec

from hybridize.models.loader import RowError, compile_rows
from hybridize.models.rows import COMPILED, DATA, Compiled


def encoded(compiled: Compiled) -> bytes:
    """The bytes of the file; the same rows give the same bytes."""
    return msgspec.msgpack.encode(compiled, order="deterministic")


def main() -> int:
    """Exit code 1 when a row is wrong."""
    try:
        compiled = compile_rows(DATA.rglob("*.yaml"))
    except RowError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    COMPILED.write_bytes(encoded(compiled))
    sys.stdout.write(f"{len(compiled.rows)} rows, {len(compiled.aliases)} aliases\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
