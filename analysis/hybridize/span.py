"""`Span`: a region of one file. Lines are 1-based; columns are 0-based and count code points, not bytes."""

from __future__ import annotations

import msgspec


class Span(msgspec.Struct, frozen=True, order=True):
    """A region of one file; ``path`` is relative to the analysis root and uses ``/``."""

    path: str
    line: int
    column: int = 0
    end_line: int = 0
    end_column: int = 0


def place_name(line: int, column: int) -> str:
    """A place of a file as a part of names: of functions, of sites where objects are made.

    Names sort as the places do, so that lines that come to a file change no order, and with it no answer.
    """
    return f"{line:05}.{column:03}"
