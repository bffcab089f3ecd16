"""A wrong row is refused with the file and the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hybridize.models import library as library_module
from hybridize.models import rows as rows_module
from hybridize.models.compile import encoded
from hybridize.models.expressions import ExpressionError, parse_call, parse_literal, parse_value
from hybridize.models.library import Library, compiled, library
from hybridize.models.loader import RowError, compile_rows, load
from hybridize.models.rows import COMPILED, DATA, digest

HEAD = "prefix: lib\nrows:\n"
GOOD = "  f: {params: [x, axis=None], returns: 'tensor(dtype(x), reduced(x, axis))', does: [op]}\n"


def read(tmp_path: Path, text: str, name: str = "a.yaml") -> dict[str, rows_module.Row]:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return load(tmp_path.rglob("*.yaml"), tmp_path).rows


def test_a_row(tmp_path: Path) -> None:
    row = read(
        tmp_path,
        HEAD + "  f: {params: [x, 'axis=(0, 1)', '*', k=..., '**kw'], returns: 'tensor(dtype(x), shape(x))', "
        "calls: [x(axis)], does: [op, 'mutates:x'], since: '2.9'}\n",
    )["lib.f"]
    assert row.params == (("x", "pos", False), ("axis", "pos", True), ("k", "kwonly", True), ("kw", "kwargs", True))
    assert row.defaults == {"axis": (0, 1)}
    assert row.returns == ("tensor", ("dtype_of", ("param", "x")), ("shape", ("param", "x")))
    assert row.calls == (("call", "x", "inline", (("param", "axis"),)),)
    assert (row.does, row.mutates, row.since) == (frozenset({"op"}), frozenset({"x"}), "2.9")


def test_positional_only_and_rest(tmp_path: Path) -> None:
    row = read(tmp_path, HEAD + "  f: {params: [a, b=1, /, c=2, '*rest', ...]}\n")["lib.f"]
    assert row.params == (
        ("a", "posonly", False),
        ("b", "posonly", True),
        ("c", "pos", True),
        ("rest", "args", True),
        ("...", "rest", True),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "  g: {parms: [x]}\n", "a.yaml:4: unknown key 'parms' in row lib.g; there are attribute, bases,"),
        (GOOD + "  g:\n    params: [x]\n    does: [opp]\n", "a.yaml:6: no effect 'opp'; there are creates-variable,"),
        (GOOD + "  g: {does: ['mutates:x']}\n", "a.yaml:4: 'mutates:x': the row has no parameter 'x'"),
        (GOOD + "  g: {params: [x], returns: tensr}\n", "a.yaml:4: returns of lib.g: 'tensr' is neither a parameter"),
        (
            GOOD + "  g: {params: [x], returns: tensr(x)}\n",
            "a.yaml:4: returns of lib.g: 'tensr' is no value expression",
        ),
        (GOOD + "  g: {params: [x], returns: shape_of(y)}\n", "a.yaml:4: returns of lib.g: 'y' is neither a parameter"),
        (
            GOOD + "  g: {params: [x], returns: 'tensor(?, redcued(x))'}\n",
            "a.yaml:4: returns of lib.g: 'redcued' is no shape",
        ),
        (
            GOOD + "  g: {params: [x], returns: 'tensor(\"flaot32\")'}\n",
            "a.yaml:4: returns of lib.g: no dtype 'flaot32'",
        ),
        (
            GOOD + "  g: {params: [x], returns: 'tensor(?, reduced(x))'}\n",
            "a.yaml:4: returns of lib.g: reduced takes 2 to 3 arguments, not 1",
        ),
        (
            GOOD + "  g: {params: [x], returns: 'tensor(?, transpose(x, x, x))'}\n",
            "a.yaml:4: returns of lib.g: too many arguments for transpose",
        ),
        (
            GOOD + "  g: {params: [x], returns: 'tensor(dtype(x)'}\n",
            "a.yaml:4: returns of lib.g: ends where ')' is due",
        ),
        (GOOD + "  g: {params: [x], returns: x x}\n", "a.yaml:4: returns of lib.g: 'x' after the end"),
        (GOOD + "  g: {params: [x], returns: it}\n", "a.yaml:4: returns of lib.g: 'it' outside each(...)"),
        (GOOD + "  g: {params: [x], calls: [fn()]}\n", "a.yaml:4: calls of lib.g: 'fn' is neither a parameter"),
        (GOOD + "  g: {params: [x=y]}\n", "a.yaml:4: default of 'x' is no literal; write 'x=...'"),
        (GOOD + "  g: {params: [x, x]}\n", "a.yaml:4: parameter 'x' is there twice"),
        (GOOD + "  g: {params: ['x y']}\n", "a.yaml:4: 'x y' is no parameter"),
        (GOOD + "  g: {returns: int, class: int}\n", "a.yaml:4: row lib.g has more than one of returns, class,"),
        (GOOD + "  g: {since: new}\n", "a.yaml:4: 'since' is a version such as '2.15'"),
        (GOOD + "  g: {bases: [lib.Missing]}\n", "a.yaml:4: base lib.Missing of lib.g has no row"),
        (
            GOOD + "  C: {class: instance, params: [a]}\n  C.m: {params: [self], returns: self.b}\n",
            "a.yaml:5: lib.C.m reads self.b, which is no parameter of lib.C",
        ),
        (
            GOOD + "  C.m: {params: [self], returns: self.b}\n",
            "a.yaml:4: lib.C.m reads self.b, but its class has no row with parameters",
        ),
        (GOOD + GOOD, "a.yaml:4: 'f' is there twice"),
        (GOOD + "aliases: {g: h}\n", "a.yaml:4: alias lib.g leads to lib.h, which has no row"),
        (GOOD + "aliases: {f: f}\n", "a.yaml:3: lib.f is both a row and an alias"),
        (GOOD + "extra: 1\n", "a.yaml:4: unknown key 'extra'; there are aliases, operations, prefix, rows"),
        (GOOD + "  g: [1]\n", "a.yaml:4: row lib.g must be a mapping"),
        (GOOD + "  g: {params: x}\n", "a.yaml:4: 'params' must be a list"),
        (GOOD + "  g: {returns: [x]}\n", "a.yaml:4: 'returns' must be text"),
        (GOOD + "  g: {a: b\n", "a.yaml:5: no YAML: "),
    ],
)
def test_a_wrong_row(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RowError) as caught:
        read(tmp_path, HEAD + text)
    assert str(caught.value).startswith(message)


def test_a_row_in_two_files(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(HEAD + GOOD)
    with pytest.raises(RowError, match=r"^b\.yaml:3: row lib\.f is already at a\.yaml:3$"):
        read(tmp_path, HEAD + GOOD, "b.yaml")


@pytest.mark.parametrize(
    ("text", "message"), [("", "a.yaml:1: the file is empty"), ("rows: {}\n", "a.yaml:1: no 'prefix'")]
)
def test_a_wrong_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RowError) as caught:
        read(tmp_path, text)
    assert str(caught.value) == message


KNOWN = frozenset({"self", "x", "y", "fn", "axis", "tensor"})


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("tensor", ("param", "tensor")),
        ("variable", ("variable", None, None)),
        ("ndarray([2, ?])", ("ndarray", None, ("dims", (2, None)))),
        ("ndarray(?, scalar)", ("ndarray", None, ("dims", ()))),
        (
            "sparse(asdtype(x) or dtype(y) or 'int32')",
            (
                "sparse",
                ("dtype_or", ("as_dtype", ("param", "x")), ("dtype_of", ("param", "y")), ("dtype_name", "int32")),
                None,
            ),
        ),
        (
            "ragged(real(promote(x, y)))",
            ("ragged", ("dtype_call", "real", (("promote", ("param", "x"), ("param", "y")),)), None),
        ),
        (
            "symbolic(asshape(x) or shape(y))",
            ("symbolic", None, ("shape_or", ("as_shape", ("param", "x")), ("shape", ("param", "y")))),
        ),
        (
            "tensor_as(x | y, dtype(x), with_last(x, self.units))",
            (
                "tensor_as",
                ("union", ("param", "x"), ("param", "y")),
                ("dtype_of", ("param", "x")),
                ("shape_call", "with_last", (("shape", ("param", "x")), ("value", ("init", "units")))),
            ),
        ),
        (
            "ndarray([x, y or x])",
            ("ndarray", None, ("dims", (("param", "x"), ("first", ("param", "y"), ("param", "x"))))),
        ),
        (
            "ndarray(concat(x, -1))",
            ("ndarray", None, ("shape_call", "concat", (("shapes", ("param", "x")), ("const", -1)))),
        ),
        ("each(element(self), none | it)", ("each", ("element", ("param", "self")), ("union", ("none",), ("it",)))),
        ("dataset(item(result(fn), 1))", ("dataset", ("item", ("result", "fn"), 1))),
        (
            "tuple(int, list(str), dict, x.name)",
            ("tuple", ("int",), ("list", ("str",)), ("dict", None), ("attr", ("param", "x"), "name")),
        ),
        ("instance | instance('a.B')", ("union", ("instance", None), ("instance", "a.B"))),
        ("dtype('bool')", ("dtype", ("dtype_name", "bool"))),
        ("dtype(x)", ("dtype", ("dtype_of", ("param", "x")))),
    ],
)
def test_expressions(text: str, node: object) -> None:
    assert parse_value(text, KNOWN, lambda _: None) == node


def test_callbacks() -> None:
    node = parse_call("traced fn(spread(element(self)), *x, **y, slice(x))", KNOWN, lambda _: None)
    element = ("element", ("param", "self"))
    assert node == (
        "call",
        "fn",
        "traced",
        (("spread", element), ("star", ("param", "x")), ("kwstar", ("param", "y")), ("slice", ("param", "x"))),
    )
    assert parse_call("later fn()", KNOWN, lambda _: None) == ("call", "fn", "later", ())


def test_literals() -> None:
    assert [parse_literal(t) for t in ("None", "-1", "0.5", "1e-07", '"a"', "(1, (2, None))", "()")] == [
        None,
        -1,
        0.5,
        1e-07,
        "a",
        (1, (2, None)),
        (),
    ]
    with pytest.raises(ExpressionError):
        parse_literal("x")


# ---------------------------------------------------------------------- the rows that come with the package


def test_the_compiled_rows_are_those_of_the_yaml() -> None:
    """Run ``python -m hybridize.models.compile`` after a change."""
    assert COMPILED.read_bytes() == encoded(compile_rows(DATA.rglob("*.yaml")))


def test_a_stale_compiled_file_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text(HEAD + GOOD)
    (tmp_path / "rows.msgpack").write_bytes(COMPILED.read_bytes())
    for module in (rows_module, library_module):
        monkeypatch.setattr(module, "DATA", tmp_path)
    monkeypatch.setattr(library_module, "COMPILED", tmp_path / "rows.msgpack")
    assert tuple(compiled.__wrapped__().rows) == ("lib.f",)
    (tmp_path / "rows.msgpack").write_bytes(b"no msgpack")
    assert tuple(compiled.__wrapped__().rows) == ("lib.f",)


def test_the_digest_sees_names_and_content() -> None:
    files = sorted(DATA.rglob("*.yaml"))
    assert digest(files) == digest(reversed(files)) != digest(files[1:])


def test_rows_survive_the_compiled_form() -> None:
    """Nodes are tuples again, and equal to what the loader made."""
    fresh, kept = load(DATA.rglob("*.yaml"), DATA).rows, library()
    assert {name: kept.row(name) for name in fresh} == fresh


def test_no_kind_is_mistaken_for_a_parameter() -> None:
    """``returns: tensor`` in a row with a parameter of that name would hand the argument on."""
    kinds = {"tensor", "variable", "ragged", "sparse", "symbolic", "ndarray"}

    def bare(node: object) -> bool:
        if not isinstance(node, tuple) or not node:
            return False
        if node[0] == "param":
            return node[1] in kinds
        return node[0] in {"tuple", "union", "list", "dict", "dataset", "iterator"} and any(map(bare, node[1:]))

    rows = [row for name in library().names() if (row := library().row(name)) is not None]
    assert [r.name for r in rows if bare(r.returns) or bare(r.class_)] == []


def test_methods_are_found_through_bases() -> None:
    rows = library()
    dense = rows.method("keras.layers.Dense", "add_weight")
    assert dense is not None
    assert dense.name == "keras.layers.Layer.add_weight"
    own = rows.method("keras.layers.Dense", "__call__")
    assert own is not None
    assert own.name == "keras.layers.Dense.__call__"
    assert rows.method("keras.layers.Dense", "nothing") is None
    assert rows.mro("keras.Sequential") == ("keras.Sequential", "keras.Model", "keras.layers.Layer")


def test_bases_may_go_round(tmp_path: Path) -> None:
    loaded = read(tmp_path, HEAD + "  A: {class: instance, bases: [lib.B]}\n  B: {class: instance, bases: [lib.A]}\n")
    import msgspec

    rows = Library({n: msgspec.Raw(msgspec.msgpack.encode(r)) for n, r in loaded.items()}, {})
    assert rows.mro("lib.A") == ("lib.A", "lib.B")
