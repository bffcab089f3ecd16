"""The columns of the Parquet files, and rows as the bytes of one."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hybridize.report import FACTS

SCHEMA_VERSION = "1"

_SUBJECT = [("id", pa.string()), ("key", pa.string())]

FUNCTIONS = pa.schema([
    *_SUBJECT,
    ("path", pa.string()),
    ("qualname", pa.string()),
    ("line", pa.int32()),
    ("end_line", pa.int32()),
    ("hybrid", pa.bool_()),
    ("method", pa.bool_()),
    ("nested", pa.bool_()),
    *((name, pa.bool_()) for name in FACTS),
    ("action", pa.string()),
    ("precondition", pa.string()),
    ("failures", pa.list_(pa.string())),
    ("signature_relation", pa.string()),
    ("suggested", pa.bool_()),
    ("record", pa.string()),
])  # fmt: skip
"""Facts are null where they are undetermined."""

FINDINGS = pa.schema([
    *_SUBJECT,
    ("path", pa.string()),
    ("line", pa.int32()),
    ("column", pa.int32()),
    ("code", pa.string()),
    ("rule", pa.string()),
    ("severity", pa.string()),
    ("confidence", pa.string()),
    ("function", pa.string()),
    ("message", pa.string()),
    ("suppressed", pa.bool_()),
    ("fingerprint", pa.string()),
    ("record", pa.string()),
])  # fmt: skip

REPOSITORIES = pa.schema([
    *_SUBJECT,
    ("subject", pa.string()),
    ("entry", pa.string()),
    ("kind", pa.string()),
    ("revision", pa.string()),
    ("status", pa.string()),  # analyzed, failed
    ("failure", pa.string()),
    ("message", pa.string()),
    ("terms", pa.string()),
    ("version", pa.string()),
    ("role", pa.string()),
    ("files", pa.int32()),
    ("unparsed", pa.int32()),
    ("lines", pa.int64()),
    ("functions", pa.int32()),
    ("findings", pa.int32()),
    ("pieces", pa.int32()),
    ("largest_piece", pa.int64()),
    ("seconds", pa.float64()),
    ("cpu_seconds", pa.float64()),
    ("fetch_seconds", pa.float64()),
    ("megabytes", pa.float64()),
    ("finished", pa.timestamp("ms", tz="UTC")),
])  # fmt: skip


def parquet(rows: Sequence[dict[str, Any]], schema: pa.Schema) -> bytes:
    """Rows as a Parquet file."""
    table = pa.Table.from_pylist(list(rows), schema=schema.with_metadata({"hybridize": SCHEMA_VERSION}))
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
