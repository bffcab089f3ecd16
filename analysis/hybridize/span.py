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
