"""What IPython adds to Python is taken out of a cell, held to IPython's own idea of what that is."""

from __future__ import annotations

import ast

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from hybridize.syntax.magics import PYTHON_CELLS, UNKNOWN, blanked

CELLS = [
    "%matplotlib inline\nx = 1",
    "!pip install a \\\n  b\nx = 1",
    "x = !ls\ny = %pwd\nz, w = !ls",
    "?x\nx?\nx.y??\nx = 1",
    "%time f(x)\n%timeit -n 10 -r3 g(y)\n%prun -l 5 h()",
    "a = (1\n% 2)\nb = [\n  3\n  % 4]",
    "t = '''\n!no\n%no\n'''\n!yes",
    's = """\\"""\n?no\n"""\n?yes',
    "x = 'a\\\n!no'\n!yes",
    "x = 1 \\\n% 2\n%yes",
    "x = 1  # a comment \\\n%yes",
    "if x:\n    %matplotlib inline\n    !ls\ny = 1",
    "for a in b:\n    c = !ls {a}\n    print(c)",
    "x = 'it''s'  # don't\n%yes",
    "f\"{x['a']}\"\n%yes",
    "d = {'a': 1,\n     'b': 2}\n!yes",
    "await f()\nasync with g() as h:\n    pass",
    "print('50% off', 3 % 2)",
    "x = 3 != 4\nx %= 2\nassert x != 1",
    "%cd a\r\nx = 1\r\n!ls\r\n",
    "  x = 1\n  if x:\n    y = 2\n  %cd a\nz = 3",
    "\n\tdef f():\n\t\treturn 1\n\tf()",
]


@pytest.mark.parametrize("cell", CELLS)
def test_what_is_left_is_python_of_the_same_length(cell) -> None:
    python = blanked(cell)
    assert python is not None
    assert len(python) == len(cell)
    assert [len(line) for line in python.split("\n")] == [len(line) for line in cell.split("\n")]
    ast.parse(python)


@pytest.mark.parametrize("cell", [cell for cell in CELLS if "\r" not in cell and cell.strip()[0] == cell[0]])
def test_what_is_taken_out_is_what_ipython_transforms(cell) -> None:
    lines = cell.splitlines()
    transformed = TransformerManager().transform_cell(cell).splitlines()
    left = blanked(cell).splitlines()
    changed = [number for number, line in enumerate(lines) if line != left[number]]
    starts = [number for number in changed if number - 1 not in changed or not lines[number - 1].endswith("\\")]
    assert len(starts) == len([line for line in transformed if "get_ipython()" in line])
    assert all(line in transformed for number, line in enumerate(lines) if number not in changed)


@pytest.mark.parametrize(
    ("cell", "left"),
    [
        ("%cd src\nx = f(1)\n", "pass   \nx = f(1)\n"),
        ("!l", "0 "),
        ("x = !ls", f"x = {UNKNOWN}  "),
        ("%time f(x)", "0;    f(x)"),
        ("%timeit -n 10 -r3 f(x)", "0;                f(x)"),
        ("%time x = f(1)", "0;    x = f(1)"),
        ("y = %time f(x)", "y =       f(x)"),
        ("y = %timeit -o f(x)", f"y = {UNKNOWN}              "),
        ("%time", "pass "),
        ("%time for x in y: f(x)", "pass                  "),
        ("if a:\n    %time f(x)", "if a:\n    0;    f(x)"),
        ("%time f(\\\n  x)", "pass     \n    "),
        ("%%time\nf(x)", "pass  \nf(x)"),
        ("\n\n%%capture out\nf(x)", "\n\npass         \nf(x)"),
        ("%%capture\n%%time\nf(x)", "pass     \npass  \nf(x)"),
        ("  %%time\n  f(x)", " \fpass  \n \ff(x)"),
        ("  f(x)\n    g\n h", " \ff(x)\n \f  g\n h"),
        ("pip install x", "pass         "),
        ("ls ./a", "pass  "),
        ("ls -la", "ls -la"),
        ("cd = 1\nls (1,\n2)\npip", "cd = 1\nls (1,\n2)\npip"),
        ("", ""),
        ("# only a comment", "# only a comment"),
    ],
)
def test_what_becomes_of_magics(cell, left) -> None:
    assert blanked(cell) == left


@pytest.mark.parametrize(
    "cell",
    ["%%bash\nls", "%%html\n<b>", "%%writefile a.py\nx = 1", "%%python2\nprint 1", "%%time?", "%% x\ny", "%%sql"],
)
def test_cells_of_other_magics_are_no_python_of_the_notebook(cell) -> None:
    assert blanked(cell) is None


@pytest.mark.parametrize("magic", sorted(PYTHON_CELLS))
def test_cells_that_run_as_python_are_kept(magic) -> None:
    assert blanked(f"%%{magic} -q\nx = 1") == f"{'pass'.ljust(len(magic) + 5)}\nx = 1"
