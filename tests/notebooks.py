"""Notebooks for tests, written as Jupyter writes them."""

from __future__ import annotations

import json

PYTHON = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def cell(text: str, kind: str = "code", **changes):
    """One cell; its source is a list of lines, as Jupyter writes it."""
    lines = text.splitlines(keepends=True)
    extra = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, "source": lines, **extra, **changes}


def document(*cells, metadata=PYTHON, minor: int = 4):
    """A notebook of format 4; a text stands for a cell of code."""
    listed = [cell(one) if isinstance(one, str) else one for one in cells]
    return {"cells": listed, "metadata": metadata, "nbformat": 4, "nbformat_minor": minor}


def notebook(*cells, indent: int | None = 1, ensure_ascii: bool = False, **changes) -> bytes:
    """The file."""
    return (json.dumps(document(*cells, **changes), indent=indent, ensure_ascii=ensure_ascii) + "\n").encode()
