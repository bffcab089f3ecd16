"""Writes ``data/rows.msgpack`` from the YAML: ``python -m hybridize.models.compile`` after a change of rows.

Without it the rows still load, from the YAML, which takes some tenths of a second longer.
"""

from __future__ import annotations

import msgspec

from hybridize.models.loader import RowError, compile_rows
from hybridize.models.rows import COMPILED, DATA, Compiled


def encoded(compiled: Compiled) -> bytes:
    """The bytes of the file; the same rows give the same bytes."""
    return msgspec.msgpack.encode(compiled, order="deterministic")


def main() -> None:
    """Write the file.

    Raises:
        SystemExit: a row is wrong; the message has its file and line.
    """
    try:
        compiled = compile_rows(DATA.rglob("*.yaml"))
    except RowError as error:
        raise SystemExit(str(error)) from None
    COMPILED.write_bytes(encoded(compiled))


if __name__ == "__main__":
    main()
