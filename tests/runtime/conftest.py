"""Everything here runs a real TensorFlow, and is skipped where there is none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

collect_ignore_glob: list[str] = []
try:
    import tensorflow as tf
except ImportError:
    collect_ignore_glob.append("*")
else:
    tf.get_logger().setLevel("ERROR")

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("runtime")


@pytest.fixture(autouse=True)
def graphs() -> Iterator[None]:
    """Graph execution on, whatever a test before this one did."""
    tf.config.run_functions_eagerly(False)
    yield
    tf.config.run_functions_eagerly(False)
