"""What a function is known by as code: it changes whenever a run of it may come out otherwise.

The fingerprint covers the function and every function of the project that it calls, directly or through others. It does
not cover comments, blank lines, indentation and where the code stands, nor the function's decorators: putting
`tf.function` on a function keeps what was found out about it.
"""

from __future__ import annotations

import hashlib
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Callable, Sequence

from hybridize.report import FunctionReport

Key = tuple[str, str]
"""Path and qualified name, as in `FunctionReport.callers`."""


def fingerprints(functions: Sequence[FunctionReport], lines: Callable[[str], Sequence[str]]) -> dict[Key, str]:
    """The fingerprint of each function; ``lines`` gives those of a file. Functions of one name count together."""
    bodies: dict[Key, list[str]] = defaultdict(list)
    called: dict[Key, set[Key]] = defaultdict(set)
    for function in functions:
        key = (function.path, function.qualname)
        bodies[key].append(normalized(lines(function.path)[function.line - 1 : function.end_line]))
        for caller in function.callers:
            called[caller].add(key)
    digests = {key: hashlib.sha256("\0".join(found).encode("utf-8", "surrogatepass")) for key, found in bodies.items()}
    return {
        key: _together(digests[key].digest(), [digests[one].digest() for one in _below(key, called)]) for key in bodies
    }


def lines_of(text: str) -> list[str]:
    """The lines of a file as Python counts them."""
    return re.split(r"\r\n|\r|\n", text)


def alone(lines: Sequence[str]) -> str:
    """The fingerprint of a function's lines, whatever it calls."""
    return hashlib.sha256(normalized(lines).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _below(key: Key, called: dict[Key, set[Key]]) -> set[Key]:
    """What a call of the function may run."""
    seen: set[Key] = set()
    left = [key]
    while left:
        for one in called.get(left.pop(), ()):
            if one not in seen:
                seen.add(one)
                left.append(one)
    return seen


def _together(own: bytes, others: Sequence[bytes]) -> str:
    return hashlib.sha256(own + b"".join(sorted(others))).hexdigest()[:16]


def normalized(lines: Sequence[str]) -> str:
    """The code of some lines without comments, blank lines, trailing blanks and common indentation."""
    rows = list(lines)
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(rows) + "\n").readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                rows[row - 1] = rows[row - 1][:column]
    except (tokenize.TokenError, IndentationError, SyntaxError):
        pass  # what does not parse never ran: its text is as good a name as any
    first = rows[0] if rows else ""
    indent = first[: len(first) - len(first.lstrip())]
    return "\n".join(row.rstrip().removeprefix(indent) for row in rows if row.strip())
