"""What runs inside of the user's processes: watches functions, and changes some of them, as a plan says.

Only the standard library and what the user's program imports itself may be used here; TensorFlow is never imported by
the recorder, it waits for the program to do so. Nothing is written but the record, whose folder the plan names.
"""

from __future__ import annotations

from typing import Any

from . import importing, plans, records, watching

__all__ = ["on", "start"]


def start(path: str) -> None:
    """Read the plan, and be there when the program imports what it is about."""
    plan = plans.read(path)
    records.start(plan)
    importing.install(plan)
    watching.install(plan)


def on(number: int) -> Any:
    """The decorator that transformed code calls for the function of this number."""
    return watching.decorator(number)
