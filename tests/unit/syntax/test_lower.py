"""`syntax.lower`: well-formed blocks for any program, and the edges that ``try``, ``with`` and ``return`` make."""

import ast
import inspect
import sys
import sysconfig
import warnings
from pathlib import Path

import pytest

from hybridize.syntax import code as ir
from hybridize.syntax.lower import lower_module

STDLIB = Path(sysconfig.get_path("stdlib"))

LAYOUT = {}
for _word in " ".join(line for line in ir.__doc__.splitlines() if line.startswith("    ")).split():
    if _word.isupper():
        _fields = LAYOUT[_word] = []
    else:
        _fields.append(_word)
"""The fields of each instruction, as the docstring of the module lists them."""

REGISTERS = {
    "src", "obj", "func", "a", "b", "index", "iterator", "container", "key", "context", "lower", "upper", "step",
    "decorator", "target", "type", "annotation",
}  # fmt: skip
FIRST_OF_PAIRS = {"args", "items", "bases"}
SECOND_OF_PAIRS = {"kwargs", "defaults", "annotations", "keywords"}


def lower(source):
    return lower_module("a.py", ast.parse(source), source.count("\n") + 1)


def body(source, name=""):
    """The code of a function of the source, or of the module."""
    codes = lower(source).codes.values()
    return next(code for code in codes if (code.name == name if name else code.kind == "module"))


def fields(instruction):
    """(field, what it holds) of an instruction."""
    name = ir.OPCODES[instruction[0]]
    assert len(LAYOUT[name]) == len(instruction) - 1, (name, instruction)
    return zip(LAYOUT[name], instruction[1:], strict=True)


def written(instruction):
    for field, held in fields(instruction):
        if field in ("dst", "dsts"):
            yield from held if field == "dsts" else (held,)


def read(instruction):
    for field, held in fields(instruction):
        if field == "items" and ir.OPCODES[instruction[0]] == "FORMAT":
            yield from held
        elif field in FIRST_OF_PAIRS:
            yield from (register for register, _ in held)
        elif field in SECOND_OF_PAIRS:
            yield from (register for _, register in held)
        elif field == "pairs":
            yield from (register for pair in held for register in pair if register >= 0)
        elif field == "test":
            continue
        elif field in REGISTERS and held != -1:
            yield held


def assert_well_formed(facts):
    for code in facts.codes.values():
        blocks = range(len(code.blocks))
        defined = [register for block in code.blocks for ins in block.instructions for register in written(ins)]
        assert len(defined) == len(set(defined)), "a register is written twice"
        assert all(0 <= register < code.registers for register in defined)
        used = {register for block in code.blocks for ins in block.instructions for register in read(ins)}
        used |= {block.test for block in code.blocks if block.test >= 0}
        assert used <= set(defined), "a register is read that nothing writes"
        for block in code.blocks:
            assert set(block.targets) <= set(blocks)
            assert set(block.handlers) <= set(blocks)
            assert len(block.targets) <= 2
            assert block.test < 0 or len(block.targets) == 2
        children = [ins[2] for block in code.blocks for ins in block.instructions if ins[0] in (ir.FUNCTION, ir.CLASS)]
        assert sorted(children) == list(range(len(code.children)))
        assert all(facts.codes[child].parent == code.id for child in code.children)


def test_the_layout_in_the_docstring_is_complete():
    assert set(LAYOUT) == set(ir.OPCODES)
    assert [getattr(ir, name) for name in ir.OPCODES] == list(range(len(ir.OPCODES)))


@pytest.mark.parametrize(
    "pattern",
    ["json/*.py", "asyncio/*.py", "email/*.py", "unittest/*.py", "test/test_g*.py", "test/test_patma.py"],
)
def test_blocks_of_the_standard_library_are_well_formed(pattern):
    paths = [path for path in sorted(STDLIB.glob(pattern)) if b"\0" not in path.read_bytes()]
    count = 0
    for path in paths:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(path.read_bytes())
        facts = lower_module(path.name, tree, 1)
        assert_well_formed(facts)
        count += len(facts.codes)
    if paths or not pattern.startswith("test/"):  # some distributions leave the tests out
        assert count > 30


def test_string_annotations_raise_no_warning():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        facts = lower("x: 'Literal[\"\\\\(\", 1or 2]'\ndef f(y: 'Literal[\"\\\\(\"]'): pass\n")
    assert not seen
    assert_well_formed(facts)


EVERY_STATEMENT = """
import a.b as c, d
from . import e
from .f import *
x: int = 1
y: "list[int]"
z[0], (k, *m) = x.attr, x.attr[1:2, ...] if (n := 2) else (1, 2)
x += 1; z[x] -= 2; x.attr **= 3
del x, z[0], y.attr, (k, m)
@d(1)
class A(B, *C, metaclass=M):
    attr: int = 0
    def method(self, a, /, b: "int" = 1, *c, d=2, **e) -> "A":
        global g
        g = lambda q=b: (yield q + b)
        def rebinds():
            nonlocal b
            b = -b
        return super().method(*c, key=d, **e)
async def f():
    async with a as b, c: pass
    async for i in b: await i
    else: return
    return [j async for j in b if j], {k: v for k, v in b}, {s for s in b}, (t for t in b)
def g():
    x = yield
    yield from x
    try: pass
    except (E, F) as error: raise error from None
    except: raise
    else: assert x, "message"
    finally: x = not (x and 1 < x < 3 or f"{x!r:>{x}}")
    while x:
        if x: break
        elif x is None: continue
    else: pass
    match x:
        case [1, *rest] | (2, rest): pass
        case {"k": v, **more} if v: pass
        case Point(0, y=b) as p: pass
        case None | "s" | -1 | a.b: pass
        case _: pass
"""


def test_every_statement():
    facts = lower(EVERY_STATEMENT)
    assert_well_formed(facts)
    emitted = {ins[0] for code in facts.codes.values() for block in code.blocks for ins in block.instructions}
    assert {ir.OPCODES[number] for number in emitted} == set(ir.OPCODES)


# -- size and depth ----------------------------------------------------------------------------------------------------

DEEP = {
    "elif": "if x == 0:\n    y = 0\n" + "".join(f"elif x == {i}:\n    y = {i}\n" for i in range(1, 2000)),
    "sum": "y = " + " + ".join(f"x{i}" for i in range(900)),
    "method chain": "y = x" + "".join(f".f{i}({i})" for i in range(900)),
    "nested calls": "y = " + "f(" * 90 + "x" + ")" * 90,
    "nested conditions": "y = " + "1 if (" * 90 + "x" + ") else 2" * 90,
    "nested comprehensions": "y = " + "[q for q in z if " * 90 + "x" + "]" * 90,
    "nested lambdas": "y = " + "(lambda: " * 90 + "x" + ")" * 90,
    "boolean operators": "if " + "(a and (b or " * 90 + "x" + "))" * 90 + ":\n    pass",
    "functions": "\n".join(" " * i + f"def f{i}():" for i in range(90)) + "\n" + " " * 90 + "pass",
    "ifs": "\n".join(" " * i + f"if x{i}:" for i in range(90)) + "\n" + " " * 90 + "pass",
    "elements": "y = [" + "x, " * 20_000 + "]",
}


@pytest.mark.parametrize("source", DEEP.values(), ids=DEEP.keys())
def test_size_and_depth_cost_no_recursion(source):
    tree = ast.parse(source)  # what the parser itself refuses is a parse failure
    facts = lower_module("a.py", tree, 1)
    assert_well_formed(facts)


@pytest.mark.parametrize("name", ["elif", "sum", "method chain", "nested calls"])
def test_long_programs_stay_far_from_the_recursion_limit(name):
    tree = ast.parse(DEEP[name])
    depth = len(inspect.stack())
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(depth + 60)
        lower_module("a.py", tree, 1)
    finally:
        sys.setrecursionlimit(limit)


# -- edges -------------------------------------------------------------------------------------------------------------


def reachable(code, start=0, handlers=True):
    """Blocks that control may reach; ``handlers`` says whether exceptions count."""
    seen, work = set(), [start]
    while work:
        number = work.pop()
        if number in seen:
            continue
        seen.add(number)
        block = code.blocks[number]
        ended = any(ins[0] in (ir.RETURN, ir.RAISE) for ins in block.instructions)
        work.extend(() if ended else block.targets)
        work.extend(block.handlers if handlers else ())
    return seen


def block_of(code, name):
    """Number of the block that reads ``name``."""
    found = [
        number
        for number, block in enumerate(code.blocks)
        for ins in block.instructions
        if ins[0] in (ir.LOAD_GLOBAL, ir.LOAD_NAME) and ins[2] == name
    ]
    assert len(found) == 1, (name, found)
    return found[0]


def names(code, handlers=True):
    """Global names read in blocks that control may reach."""
    return {
        ins[2]
        for number in reachable(code, handlers=handlers)
        for ins in code.blocks[number].instructions
        if ins[0] == ir.LOAD_GLOBAL
    }


def function(text):
    return body("def f(x):\n" + "\n".join("    " + line for line in text.strip().splitlines()), "f")


def test_a_body_may_stop_anywhere():
    code = function("try:\n    a\n    if x:\n        b\nexcept E:\n    c\nd")
    handler = block_of(code, "c")
    for name in "ab":
        assert any(reachable(code, number) >= {handler} for number in code.blocks[block_of(code, name)].handlers)
    assert not code.blocks[handler].handlers
    assert block_of(code, "d") in reachable(code, handler)


def test_else_of_try_is_not_under_its_handlers():
    code = function("try:\n    a\nexcept E:\n    b\nelse:\n    c\nfinally:\n    d")
    final = block_of(code, "d")
    assert code.blocks[block_of(code, "c")].handlers == (final,)
    assert code.blocks[block_of(code, "b")].handlers == (final,)
    assert block_of(code, "b") in code.blocks[block_of(code, "a")].handlers


def test_finally_runs_after_a_return():
    code = function("try:\n    return a\nfinally:\n    b\nc")
    assert "b" in names(code)
    assert "b" not in names(code, handlers=False)


def test_finally_runs_after_break_and_continue():
    for word in ("break", "continue"):
        code = function(f"while x:\n    try:\n        {word}\n    finally:\n        b\n")
        assert "b" in names(code)


def test_nested_finally_all_run():
    code = function("try:\n    try:\n        return a\n    finally:\n        b\nfinally:\n    c")
    assert names(code) >= {"a", "b", "c"}


def exits(code, handlers=True):
    return [
        number
        for number in sorted(reachable(code, handlers=handlers))
        for ins in code.blocks[number].instructions
        if ins[0] == ir.EXIT
    ]


def test_with_is_left_by_return():
    code = function("with a as y:\n    return y\n")
    assert len(exits(code)) == 1
    assert not exits(code, handlers=False)


def test_with_is_left_normally_and_abruptly():
    code = function("with a:\n    b\nc")
    assert len(exits(code)) == 2
    assert len(exits(code, handlers=False)) == 1
    (abrupt,) = set(exits(code)) - set(exits(code, handlers=False))
    assert code.blocks[abrupt].instructions[-1][0] == ir.RAISE
    assert block_of(code, "c") not in reachable(code, abrupt)


def test_contexts_are_left_in_reverse():
    code = function("with a as p, b as q:\n    pass")
    entered = [ins[2] for block in code.blocks for ins in block.instructions if ins[0] == ir.ENTER]
    for number in set(exits(code)):
        left = [ins[1] for ins in code.blocks[number].instructions if ins[0] == ir.EXIT]
        assert left == entered[::-1]


def test_nothing_follows_a_return():
    code = function("return a\nb")
    assert names(code) == {"a"}


def test_nothing_follows_an_endless_loop_but_its_break():
    assert "b" not in names(function("while True:\n    a\nb"))
    assert "b" in names(function("while True:\n    if x:\n        break\nb"))
    assert "b" not in names(function("while True:\n    if x:\n        break\nelse:\n    b"))


def test_else_of_a_loop_is_skipped_by_break():
    code = function("for y in x:\n    break\nelse:\n    a\nb")
    loop = next(n for n, block in enumerate(code.blocks) if any(ins[0] == ir.NEXT for ins in block.instructions))
    taken, done = code.blocks[loop].targets
    assert block_of(code, "a") in reachable(code, done)
    assert block_of(code, "a") not in reachable(code, taken)
    assert block_of(code, "b") in reachable(code, taken)


def test_the_last_case_that_takes_all():
    code = function("match x:\n    case 1:\n        a\n    case _:\n        b\n")
    assert {"a", "b"} <= names(code)
    code = function("match x:\n    case _:\n        return a\nb")
    assert "b" not in names(code)


def test_short_circuits_are_branches():
    code = function("y = a and b or c")
    assert block_of(code, "a") != block_of(code, "b") != block_of(code, "c")


def test_what_a_test_says_is_recorded_on_both_sides():
    code = function("if x is None:\n    a\nelse:\n    b")
    refined = {
        name: [ins[1:] for ins in code.blocks[block_of(code, name)].instructions if ins[0] == ir.REFINE]
        for name in "ab"
    }
    assert refined == {"a": [("x", "none", -1, True)], "b": [("x", "none", -1, False)]}


def test_ids_name_the_place():
    facts = lower("def f():\n    class C:\n        def g(self): pass\n    return lambda: 1\n")
    assert list(facts.codes) == [
        "a.py::",
        "a.py::f@00001.000",
        "a.py::f.C@00002.004",
        "a.py::f.<lambda>@00004.011",
        "a.py::f.C.g@00003.008",
    ]
    assert facts.codes["a.py::f.C.g@00003.008"].in_class


def test_name_positions_end_with_the_name():
    facts = lower("async def größe():\n    pass\nclass C:\n    pass\n")
    positions = [code.name_position for code in facts.codes.values() if code.kind != "module"]
    assert positions == [(1, 0, 1, len("async def größe".encode())), (3, 0, 3, len("class C"))]
