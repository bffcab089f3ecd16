"""A browser for the tests of the report's page, and programs to report on."""

import json
import os
import shutil

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

TRAIN = """\
import tensorflow as tf

from helpers import log

weights = tf.Variable(tf.ones([3, 3]))
count = 0


@tf.function
def train_step(x):
    global count
    count += 1
    log(x)
    return tf.matmul(x, weights)


def loss_of(x, y):
    z = tf.matmul(x, weights)
    for _ in range(5):
        z = tf.nn.relu(tf.matmul(z, weights) + 1.0)
    return tf.reduce_mean(tf.square(z - y))


def unknown(thing):
    return thing.call()


def main():
    for _ in range(10):
        x = tf.ones([4, 3])
        train_step(x)
        loss_of(x, x)
    unknown(input())


main()
"""

HELPERS = """\
def log(x):
    print("value", x)
"""

HOSTILE = '''\
import tensorflow as tf

# </script><script>window.owned = 1</script><!-- <img src=x onerror="window.owned = 2">
LONG = "{long}"


@tf.function
def evil(x, markup="</script><script>window.owned = 3</script>"):
    """<!-- {{{{ 7 * 7 }}}} {{% raw %}} <b>bold</b> &amp; ]]>"""
    # admin \u202e \u2066# only\u2069 \u2066
    print("</title></style></textarea><svg onload=window.owned=4>", x)
    text = "\U0001f600 \u05d0\u05d1 tab\there \x07 {long}"
    return x
'''

CELLS = [
    ["import tensorflow as tf\n", "x = tf.ones([2])\n"],
    ["@tf.function\n", "def in_cell(a):\n", "    print('</script>', a)\n", "    return a\n", "in_cell(x)\n"],
]


def small(folder):
    """One function of each kind, and one that prints in another file."""
    folder.mkdir(exist_ok=True)
    (folder / "train.py").write_text(TRAIN)
    (folder / "helpers.py").write_text(HELPERS)
    return folder


def hostile(folder):
    """Programs that would like to be more than text."""
    folder.mkdir(exist_ok=True)
    text = HOSTILE.format(long="y" * 10_000)
    (folder / "evil.py").write_text(text, "utf-8")
    inner = folder / "<script>alert(1)<" / "\u202egnp.exe"
    inner.mkdir(parents=True)
    (inner / "a\nb.py").write_text(TRAIN)
    (folder / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\ndef caf\xe9(x):\n    return '\xe9'\n")
    (folder / "not_utf8.py").write_bytes(b"def f(x):\n    return '\xff\xfe'\n")
    (folder / "long.py").write_text("".join(f"x_{at} = {at}\n" for at in range(1, 4_001)))
    (folder / "nul.py").write_bytes(b"def g(x):\n    return '\0'\n")
    with open(os.path.join(os.fsencode(folder), b"caf\xe9.py"), "wb") as file:
        file.write(b"def named(x):\n    return x\n")
    (folder / "book.ipynb").write_text(notebook(CELLS))
    (folder / "half.ipynb").write_text(notebook([["half = '\ud800'\n"]]))
    return folder


def notebook(cells):
    known = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**known, "source": lines} for lines in cells]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def many(target, number):
    """The page of so many functions, made as `benchmarks/report_page.py` makes it."""
    from benchmarks import report_page

    target.write_text(report_page.made(target.parent, number), "utf-8")
    return target
