"""Which library names real programs call, and which of them have a row.

    python benchmarks/count_calls.py SRC...            coverage by library
    python benchmarks/count_calls.py SRC... --missing  names without a row, most called first
    python benchmarks/count_calls.py SRC... --methods  attribute calls on objects of unknown class, most called first

Names are resolved file by file: import aliases, ``tfd = tfp.distributions`` at the top level, and builtins that the
file does not rebind. It knows no types, so it cannot say whose method ``x.map(...)`` is.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "analysis"))

from hybridize.models.library import library


def dotted(node: ast.expr) -> str | None:
    """``a.b.c`` of an attribute chain on a name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def bindings(tree: ast.Module) -> dict[str, str]:
    """Local name to dotted path, for absolute imports and top-level renames of what they bind."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                if item.asname:
                    names[item.asname] = item.name
                else:
                    names[item.name.partition(".")[0]] = item.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for item in node.names:
                names[item.asname or item.name] = f"{node.module}.{item.name}"
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            path = dotted(node.value)
            if path is not None and path.partition(".")[0] in names:
                root, _, rest = path.partition(".")
                names.setdefault(node.targets[0].id, f"{names[root]}.{rest}" if rest else names[root])
    return names


def rebound(tree: ast.Module) -> set[str]:
    """Names the file defines itself, anywhere."""
    return {n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))} | {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }


def calls(source: bytes) -> Iterator[tuple[str, bool]]:
    """Dotted paths of the calls of a file; the flag is false for a method name alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    names, own = bindings(tree), rebound(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        path = dotted(node.func)
        root, _, rest = (path or "").partition(".")
        if path is not None and root in names:
            yield (f"{names[root]}.{rest}" if rest else names[root]), True
        elif path is not None and not rest and root not in own and hasattr(builtins, root):
            yield f"builtins.{root}", True
        elif isinstance(node.func, ast.Attribute):
            yield node.func.attr, False


def main() -> None:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--methods", action="store_true")
    parser.add_argument("--top", type=int, default=100)
    parser.add_argument("--library", action="append", help="only these (default: every library that has rows)")
    options = parser.parse_args()
    rows = library()
    roots = set(options.library or {name.partition(".")[0] for name in rows.names()})
    found: Counter[str] = Counter()
    methods: Counter[str] = Counter()
    for root in options.sources:
        for path in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            try:
                pairs = list(calls(path.read_bytes()))
            except (SyntaxError, ValueError):
                continue
            for name, resolved in pairs:
                if resolved:
                    found[rows.canonical(name)] += 1
                else:
                    methods[name] += 1
    if options.methods:
        attributes = {name.rpartition(".")[2] for name in rows.names() if name.rpartition(".")[0] in rows}
        for name, count in methods.most_common(options.top):
            print(f"{count:7d} {'row' if name in attributes else '   '} {name}")
        return
    inside = {name: count for name, count in found.items() if name.partition(".")[0] in roots}
    if options.missing:
        for name, count in sorted(inside.items(), key=lambda item: (-item[1], item[0]))[: len(inside)]:
            if rows.row(name) is None and options.top > 0:
                options.top -= 1
                print(f"{count:7d} {name}")
        return
    print(f"{'library':26} {'calls':>7} {'with a row':>16} {'names':>6} {'with a row':>11}")
    for library_name in sorted(roots, key=lambda r: -sum(c for n, c in inside.items() if n.partition(".")[0] == r)):
        own = {n: c for n, c in inside.items() if n.partition(".")[0] == library_name}
        if own:
            covered = sum(c for n, c in own.items() if rows.row(n))
            total = sum(own.values())
            with_row = sum(1 for n in own if rows.row(n))
            print(f"{library_name:26} {total:7d} {covered:8d} {covered / total:6.1%} {len(own):6d} {with_row:11d}")


if __name__ == "__main__":
    main()
