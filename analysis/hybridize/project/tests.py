"""Which files are tests: what pytest and unittest collect, and the folders that they stand in."""

from __future__ import annotations

FOLDERS = frozenset({"test", "tests", "testing"})


def is_test(path: str) -> bool:
    """Whether a file, relative to the project's root, is a test or helps tests."""
    *folders, name = path.split("/")
    return name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py") or bool(FOLDERS & {*folders})
