"""`parse`: bytes to a syntax tree, or one sentence that says why there is none.

`ast` speaks the grammar of the interpreter that runs it. Much of what fails here is valid somewhere else: Python 2, a
newer Python, a notebook cell, a template. The message names that where the failing line shows it, because "invalid
syntax" in a file that runs fine elsewhere reads like a mistake of the tool.

Nothing is compiled or executed. Warnings that parsing raises (invalid escapes, ``1or 2``) are the business of other
tools; they are silenced by the made-up file name that they carry, which holds in every thread and changes nothing for
anyone else.
"""

from __future__ import annotations

import ast
import codecs
import re
import sys
import warnings

import msgspec

from hybridize.syntax.source import SourceFile

_FILENAME = "<hybridize source>"
_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # PEP 263


class ParseFailure(msgspec.Struct, frozen=True):
    """Why a file has no tree. ``line`` is 1-based, ``column`` 0-based in code points; (1, 0) is the file as a whole."""

    line: int
    column: int
    message: str


def parse(source: SourceFile) -> ast.Module | ParseFailure:
    """The syntax tree of ``source``, whose line numbers and byte offsets `SourceFile` understands."""
    failure = source.notebook.problem if source.notebook is not None else _not_python(source.data)
    if failure:
        return ParseFailure(1, 0, failure)
    _silence_warnings()
    try:
        return ast.parse(source.python, _FILENAME)
    except SyntaxError as error:
        return _undecodable(source) or _describe(source, _counted_in_characters(source, error))
    except (RecursionError, MemoryError):
        return ParseFailure(1, 0, "the code is nested too deeply to be parsed")
    except (UnicodeError, LookupError, ValueError) as error:
        return _undecodable(source) or ParseFailure(1, 0, f"the file cannot be parsed: {error}")


def compiles(source: SourceFile) -> bool:
    """Whether Python takes the file for a module; that is more than that it has a tree."""
    _silence_warnings()
    try:
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if source.notebook is not None else 0
        compile(source.python, _FILENAME, "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def parse_expression(text: str) -> ast.expr | None:
    """The expression that a string annotation spells; None if it spells none."""
    _silence_warnings()
    try:
        return ast.parse(text.strip(), _FILENAME, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


_silenced: object = None


def _silence_warnings() -> None:
    """Put one filter, for our made-up file name only, in front of all others; a no-op while it is there."""
    global _silenced  # noqa: PLW0603 (the filter list is global to the process, too)
    if not warnings.filters or warnings.filters[0] is not _silenced:
        warnings.filterwarnings("ignore", module=re.escape(_FILENAME))
        _silenced = warnings.filters[0]


# --- files that are not Python source at all --------------------------------------------------------------------


def _not_python(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "the file is encoded in UTF-16, which Python does not read; save it as UTF-8"
    if b"\0" in data:
        kind = "a binary file" if b"\0" in data[:8192] else "damaged or a binary file (it contains null bytes)"
        return f"the file is {kind}, not Python source"
    if data.startswith(b"version https://git-lfs.github.com/spec/"):
        return "the file is a Git LFS pointer; run `git lfs pull` to get the source"
    return ""


def _undecodable(source: SourceFile) -> ParseFailure | None:
    """The failure if the bytes are not valid in the encoding that the file declares, else None."""
    if source.notebook is not None:
        return None
    head = source.data.removeprefix(codecs.BOM_UTF8).splitlines()[:2]
    if head and not re.fullmatch(rb"[ \t\f]*(?:#.*)?", head[0]):
        head = []
    cookie = next((match.group(1).decode("ascii", "replace") for line in head if (match := _COOKIE.match(line))), "")
    declared = cookie or "utf-8"
    try:
        known = codecs.lookup(declared).name
        source.data.decode(declared)
    except UnicodeDecodeError as error:
        lines = (source.data[: error.start] + b"x").splitlines()
        column = len(lines[-1].decode(declared, "replace")) - 1
        byte = source.data[error.start]
        advice = "save it as UTF-8" if cookie else "save it as UTF-8 or declare its encoding"
        return ParseFailure(len(lines), column, f"the file is not valid {declared} (byte 0x{byte:02x}); {advice}")
    except LookupError:
        return ParseFailure(1, 0, f"the file declares the encoding `{declared}`, which Python does not know")
    except (UnicodeError, ValueError):
        return ParseFailure(1, 0, f"the file cannot be decoded as {declared}")
    if source.data.startswith(codecs.BOM_UTF8) and known != "utf-8":
        return ParseFailure(1, 0, f"the file has a UTF-8 byte order mark but declares the encoding `{declared}`")
    return None


# --- Python that this interpreter does not speak ----------------------------------------------------------------

_PYTHON_2_MESSAGE = re.compile(
    r"Missing parentheses in call to '(?:print|exec)'"
    r"|leading zeros in decimal integer literals"
    r"|(?:Lambda expression|Function) parameters cannot be parenthesized"
)
_PYTHON_2_LINE = re.compile(
    r"""\s*(?:
        print\s+(?![=+\-*/%@&|^<>.,:)\]}])\S   # print x
      | exec\s+['"\w]                          # exec "code"
      | raise\s+[\w.]+\s*,                     # raise E, "message"
      | except\s+[\w.()\s,]+,\s*[a-z_]\w*\s*:  # except E, e:
      | .*<>                                   # a <> b
      | .*`[^`]+`                              # `x`
      | .*\b(?:0[xX][\da-fA-F]+|\d+)[lL]\b     # 10L
      | .*\b[uU][rR]['"]                       # ur"..."
      | (?:lambda|.*\blambda)\s*\(             # lambda (a, b): ...
      | def\s+\w+\s*\((?:[^()]*,)?\s*\(        # def f(a, (b, c)):
    )""",
    re.VERBOSE,
)
_NEWER = (
    ((3, 10), "a `match` statement", re.compile(r"\s*(?:match|case)\b.*:\s*(?:#.*)?$|\s*case\b.*:")),
    ((3, 11), "`except*`", re.compile(r"\s*except\s*\*")),
    ((3, 12), "a `type` statement", re.compile(r"\s*type\s+\w+\s*(?:\[.*\])?\s*=")),
    ((3, 12), "a list of type parameters", re.compile(r"\s*(?:(?:async\s+)?def|class)\s+\w+\s*\[")),
    ((3, 13), "a default of a type parameter", re.compile(r"\s*(?:(?:async\s+)?def|class|type)\s+\w+\s*\[[^\]]*=")),
    ((3, 14), "a template string", re.compile(r".*(?<![\w'\"])(?:[tT][rR]?|[rR][tT])['\"]")),
    ((3, 14), "`except` with several types without parentheses", re.compile(r"\s*except\*?\s+[\w.]+\s*,\s*[\w.]+")),
    ((3, 15), "a lazy import", re.compile(r"\s*lazy\s+(?:import|from)\b")),
)
_NOT_A_MODULE = (
    (re.compile(r"(?:<<<<<<<|=======|>>>>>>>)(?:\s|$)"), "an unresolved merge conflict"),
    (re.compile(r"\s*%%?[a-zA-Z]\w*(?:\s|$)"), "an IPython magic command, which is not Python"),
    (re.compile(r"\s*![\w./~]"), "an IPython shell command, which is not Python"),
    (
        re.compile(r"[^'\"]*(?:\{\{-?\s*[a-zA-Z_][\w.]*\s*[|}-]|\{%.*%\})"),
        "a template placeholder; the file seems to be a template",
    ),
    (re.compile(r"\s*<(?:!DOCTYPE|html|\?xml)\b", re.IGNORECASE), "markup; the file is not Python source"),
)


def _counted_in_characters(source: SourceFile, error: SyntaxError) -> SyntaxError:
    """The same error from the decoded text: from bytes without a cookie, CPython reports its column in bytes."""
    try:
        ast.parse(source.text, _FILENAME)
    except SyntaxError as same:
        return same
    except (ValueError, RecursionError, MemoryError):
        pass
    return error


def _describe(source: SourceFile, error: SyntaxError) -> ParseFailure:
    """Put a `SyntaxError` into words: what is seen on the line, else what Python says."""
    line = min(max(error.lineno or 1, 1), max(source.line_count, 1))
    text = source.line_text(line)
    column = min(max((error.offset or 1) - 1, 0), len(text))
    message = error.msg or "invalid syntax"
    return ParseFailure(line, column, _seen_on_line(text, message) or _reworded(error, message))


def _seen_on_line(text: str, message: str) -> str:
    for pattern, what in _NOT_A_MODULE:
        if pattern.match(text):
            return f"syntax error: {what}"
    newer = _newer_syntax(text, message)
    if _PYTHON_2_MESSAGE.match(message) or (_PYTHON_2_LINE.match(text) and not message.startswith("f-string")):
        return "syntax error: this is Python 2 code" + (f", or {newer}" if newer else "")
    return f"syntax error: {newer}" if newer else ""


def _newer_syntax(text: str, message: str) -> str:
    running = sys.version_info[:2]
    spoken = f"this is Python {running[0]}.{running[1]}"
    for version, what, pattern in _NEWER:
        if running < version and pattern.match(text):
            return f"{what} needs Python {version[0]}.{version[1]} or newer, and {spoken}"
    if running < (3, 12) and message.startswith("f-string"):
        return f"{message}; this may be an f-string of Python 3.12 or newer, and {spoken}"
    return ""


def _reworded(error: SyntaxError, message: str) -> str:
    if isinstance(error, TabError):
        return "syntax error: the indentation mixes tabs and spaces"
    if message.startswith("(unicode error)"):
        return "syntax error: a string literal is not valid (" + message.removeprefix("(unicode error) ") + ")"
    return f"syntax error: {message}"
