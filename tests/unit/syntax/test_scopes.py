"""`syntax.scopes` gives the answers of the standard library's `symtable`, which asks the compiler."""

import ast
import symtable
import sys
import sysconfig
from collections import Counter
from pathlib import Path

import pytest

from hybridize.syntax.scopes import build_scopes

INLINED = sys.version_info >= (3, 12)
"""PEP 709: comprehensions have no table of their own any more; their names appear in the table around them."""

SPECIAL = {"__class__", "__classdict__", "__static_attributes__", "__firstlineno__", "__module__", "__qualname__"}
"""Names the compiler adds to scopes by itself."""

COMPREHENSIONS = {
    ast.ListComp: "listcomp",
    ast.SetComp: "setcomp",
    ast.DictComp: "dictcomp",
    ast.GeneratorExp: "genexpr",
}


def name_of(node):
    if isinstance(node, ast.Module):
        return "top"
    if isinstance(node, ast.Lambda):
        return "lambda"
    return COMPREHENSIONS.get(type(node)) or node.name


def tables(table):
    """Every table, by the name and the line of its scope; several may stand on one line."""
    work, found = [table], {}
    while work:
        one = work.pop()
        work.extend(one.get_children())
        name = one.get_name().strip("<>")
        found.setdefault((name, 0 if name == "top" else one.get_lineno()), []).append(one)
    return found


def kind_by_compiler(symbol, table):
    if table.get_type() == "module" or symbol.is_global():
        return "global"
    return "free" if symbol.is_free() else "local"


def compared(source):
    """(scope, name, ours) and the same with the compiler's answer, as two counters, and how many scopes were seen."""
    tree = ast.parse(source)
    scopes = build_scopes(tree)
    theirs = tables(symtable.symtable(source, "<test>", "exec"))
    ours = {}
    for node, scope in scopes.by_node.items():
        key = (name_of(node), getattr(node, "lineno", 0))
        if scope.kind != "comprehension" or key in theirs:
            ours.setdefault(key, []).append(scope)
    assert set(ours) == set(theirs)
    left, right = Counter(), Counter()
    for key, group in ours.items():
        assert len(group) == len(theirs[key]) or INLINED, key
        known = {name for scope in group for name in scope.bound | scope.used | scope.globals | scope.nonlocals}
        asked = {symbol.get_name() for table in theirs[key] for symbol in table.get_symbols()} - SPECIAL
        asked = {name for name in asked if not name.startswith(".")}
        if INLINED:
            asked &= known
        if len(group) > 1:  # which is which cannot be told: only what they say together is compared
            left.update((key, name, kind) for name, kind in together(group, asked))
            right.update(
                (key, symbol.get_name(), kind_by_compiler(symbol, table))
                for table in theirs[key]
                for symbol in table.get_symbols()
                if symbol.get_name() in asked
            )
            continue
        ((scope,), (table,)) = group, theirs[key]
        for name in asked:
            kind = scope.resolve(name)[0]
            left[key, name, "local" if kind == "cell" else kind] += 1
            right[key, name, kind_by_compiler(table.lookup(name), table)] += 1
    return left, right, len(scopes.by_node)


def together(group, asked):
    for scope in group:
        for name in asked & (scope.bound | scope.used | scope.globals | scope.nonlocals):
            kind = scope.resolve(name)[0]
            yield name, "local" if kind == "cell" else kind


TRICKY = """
## a global that is rebound
x = 1
def f():
    global x
    x = 2
    def g():
        return x

## a global under a local of the same name
def a():
    x = 1
    def b():
        global x
        def c():
            return x
        return c

## a global declared in a class
def a():
    x = 1
    class B:
        global x
        x = 2
        def c(self):
            return x

## nonlocal
def f():
    n = 0
    def g():
        nonlocal n
        n += 1
        return n
    return g

## nonlocal through a function that does not name it
def f():
    n = 0
    def g():
        def h():
            nonlocal n
            n = 2
        return h

## nonlocal in a class
def f():
    n = 0
    class C:
        nonlocal n
        n = 1

## a class does not lend its names
class C:
    x = 1
    def f(self):
        return x

## a class in a function
def f(x):
    class C:
        y = x
        x = 2
        def g(self):
            return x

## class bases, keywords and decorators
def f(m, b, d):
    @d
    class C(b, metaclass=m):
        pass
    return C

## comprehension
def f(xs, k):
    return [x + k for x in xs if x]

## comprehension at module level
xs = []
y = [x for x in xs]

## comprehension in a class
class C:
    xs = [1]
    ys = [x for x in xs]
    zs = [(x, xs) for x in range(3)]

## nested comprehensions
def f(rows):
    return {a: [b for b in row if b != a] for a, row in rows}

## generator over a generator
def f(xs):
    return (a for a in (b for b in xs))

## later iterables of a comprehension
def f(xs):
    return [
        (a, b)
        for a in xs
        for b in a
    ]

## walrus
def f(x):
    if (y := x):
        return y

## walrus in a comprehension
def f(xs):
    r = [y := x for x in xs]
    return y, r

## walrus in nested comprehensions
def f(xs):
    return [
        [(last := x) for x in row]
        for row in xs
    ], last

## walrus in a comprehension at module level
xs = []
r = [y := x for x in xs]

## walrus of a global in a comprehension
def f(xs):
    global y
    return [y := x for x in xs]

## walrus of a nonlocal in a comprehension
def f(xs):
    y = 0
    def g():
        nonlocal y
        return [y := x for x in xs]
    return g

## walrus in a lambda
def f():
    return lambda x: (y := x) + y

## nested lambdas
def f(a):
    return lambda b: (
        lambda c=b: (
            a + b + c))

## lambda defaults
def f(a):
    g = lambda a=a, *, b=a: a + b
    return g

## defaults belong outside
x = 1
def f(x=x):
    def g(y=x):
        return y
    return g

## match captures
def f(v):
    match v:
        case [a, *b]:
            pass
        case {'k': c, **d}:
            pass
        case P(e, q=g) as h:
            pass
        case int() | str():
            pass
        case _:
            pass

## match captures used inside
def f(v):
    match v:
        case [a, *_]:
            return lambda: a

## except names
def f():
    try:
        pass
    except (E, F) as error:
        return lambda: error

## private names
class _Pri:
    __x = 1
    def __m(self, __p):
        self.__x = __p
        __l = __g
        return lambda: __l

## private names in a class of underscores
class __:
    __x = 1
    def f(self):
        return __y

## private names of the outer class
class A:
    class B:
        __z = 1
    def f(self):
        import __mod
        global __g
        __g = __mod

## dunder names are not private
class A:
    def f(self):
        __d__ = 1
        return __d__

## annotations
T = int
def f(a: T, *b: T, c: T = 1, **d: T) -> T:
    e: T = a
    g: T
    return e

## annotated in a class
class C:
    a: int
    b: str = ''
    def f(self) -> 'C':
        return b

## star imports
from os import *
from os.path import join as j, split
import a.b.c, d.e as f
def g():
    return join, j, a, f

## imports in a function
def f():
    import a.b
    from c import d as e
    return lambda: (a, e)

## del binds
def f():
    def g():
        return x
    del x

## for, with and star targets
def f(xs):
    for a, (b, *c) in xs:
        with a as d, b as (e, h):
            d.attribute = e[h] = 1

## augmented assignment
n = 0
def f():
    n += 1
def g(m):
    m.n += n

## the name of a function inside it
def f():
    return f
def g():
    def h():
        return h
    return h

## a parameter that inner functions see
def f(a, /, b, *c, d, **e):
    return lambda: (a, b, c, d, e)

## async
async def f(xs):
    async with a as b:
        async for c in xs:
            yield [d async for d in c], b

## f-strings
def f(x, w):
    return lambda: f'{x!r:>{w}}'

## super
class C(B):
    def f(self):
        return super().f()
"""

SOURCES = dict(part.split("\n", 1) for part in TRICKY.split("\n## ")[1:])


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_tricky_sources(source):
    ours, theirs, _ = compared(source)
    assert ours == theirs


@pytest.mark.parametrize("package", ["json", "asyncio", "email", "unittest"])
def test_the_standard_library(package):
    files = sorted((Path(sysconfig.get_path("stdlib")) / package).rglob("*.py"))
    scopes = 0
    for path in files:
        ours, theirs, count = compared(path.read_text("utf-8"))
        assert ours == theirs, path.name
        scopes += count
    assert len(files) > 4
    assert scopes > 30


@pytest.mark.parametrize(
    ("source", "name", "cells"),
    [
        ("def f(a, b):\n    return lambda: a\n", "f", {"a"}),
        ("def f(a):\n    return [a for _ in range(3)]\n", "f", set()),  # lowered into `f`: nothing stands between
        ("def f(a):\n    return [lambda: a for _ in range(3)]\n", "f", {"a"}),
        ("def f(a):\n    class C:\n        b = a\n", "f", {"a"}),
        ("def f():\n    n = 0\n    def g():\n        nonlocal n\n        n = 1\n", "f", {"n"}),
        ("def f():\n    n = 0\n    def g():\n        def h():\n            return n\n", "f", {"n"}),
        ("def f():\n    n = 0\n    def g():\n        n = 1\n", "f", set()),
    ],
)
def test_cells_are_what_other_bodies_reach(source, name, cells):
    scopes = build_scopes(ast.parse(source))
    (scope,) = (scope for node, scope in scopes.by_node.items() if getattr(node, "name", "") == name)
    assert scope.cells == cells


def inner(outer):
    for table in outer:
        yield from table.get_children()
        yield from inner(table.get_children())


@pytest.mark.skipif(INLINED, reason="cells of inlined comprehensions are locals to the compiler")
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_no_cell_that_the_compiler_does_not_make(source):
    theirs = tables(symtable.symtable(source, "<test>", "exec"))
    for node, scope in build_scopes(ast.parse(source)).by_node.items():
        if scope.kind == "module":
            continue
        below = theirs[name_of(node), node.lineno]
        free_below = {symbol.get_name() for table in inner(below) for symbol in table.get_symbols() if symbol.is_free()}
        assert scope.cells <= free_below


def test_names_declared_global_in_functions():
    source = "global a\ndef f():\n    global b\n    b = 1\n    def g():\n        global c\n"
    table = build_scopes(ast.parse(source))
    assert table.rebound_globals == {"b", "c"}
    assert {"b", "c"} <= table.module.bound


def test_a_deep_tree_costs_no_recursion():
    tree = ast.parse("x = " + " + ".join(f"a{i}" for i in range(900)))
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(200)
        table = build_scopes(tree)
    finally:
        sys.setrecursionlimit(limit)
    assert len(table.module.used) == 900
