"""The closed list of why something is unknown. A reason travels with the unknown value and ends in the message."""

from __future__ import annotations

import enum


class Reason(str, enum.Enum):
    """Why a value, a call target or a fact could not be determined; ``text`` is what people read."""

    NO_CALLER = "no-caller"
    UNMODELED_LIBRARY = "unmodeled-library"
    UNRESOLVED_IMPORT = "unresolved-import"
    UNRESOLVED_NAME = "unresolved-name"
    UNKNOWN_RECEIVER = "unknown-receiver"
    UNKNOWN_ATTRIBUTE = "unknown-attribute"
    UNKNOWN_CALLEE = "unknown-callee"
    UNKNOWN_ELEMENT = "unknown-element"
    UNKNOWN_DECORATOR = "unknown-decorator"
    UNKNOWN_BASE = "unknown-base-class"
    UNKNOWN_TEST = "unknown-condition"
    DYNAMIC_CODE = "dynamic-code"
    NO_NORMAL_RETURN = "no-normal-return"
    TOO_MANY_VALUES = "too-many-values"
    TOO_MANY_CONTEXTS = "too-many-contexts"
    ITERATION_BOUND = "iteration-bound"
    DEPENDS_ON_INPUT = "depends-on-input"
    CALL_ORDER = "call-order"
    NOT_ANALYZED = "not-analyzed"

    @property
    def text(self) -> str:
        """One English clause."""
        return _TEXT[self]


_TEXT = {
    Reason.NO_CALLER: "no call of this function was found, and neither annotations nor its name say more",
    Reason.UNMODELED_LIBRARY: "it comes from a library function without a model",
    Reason.UNRESOLVED_IMPORT: "it comes from a module that is not part of the project",
    Reason.UNRESOLVED_NAME: "a name is not bound anywhere in sight",
    Reason.UNKNOWN_RECEIVER: "a method is called on an object of unknown class",
    Reason.UNKNOWN_ATTRIBUTE: "an attribute is read that no code in sight sets",
    Reason.UNKNOWN_CALLEE: "the called function is not known",
    Reason.UNKNOWN_ELEMENT: "an element of a container of unknown contents is read",
    Reason.UNKNOWN_DECORATOR: "a decorator that is not part of the project may replace the function",
    Reason.UNKNOWN_BASE: "a base class is not part of the project",
    Reason.UNKNOWN_TEST: "a condition cannot be decided",
    Reason.DYNAMIC_CODE: "eval, exec, setattr or a similar construct hides it",
    Reason.NO_NORMAL_RETURN: "a called function never returns normally",
    Reason.TOO_MANY_VALUES: "more different values meet here than are kept apart",
    Reason.TOO_MANY_CONTEXTS: "the function is called in more different ways than are kept apart",
    Reason.ITERATION_BOUND: "the analysis stopped at its iteration bound",
    Reason.DEPENDS_ON_INPUT: "it depends on data outside the program",
    Reason.CALL_ORDER: "nobody in sight says whether something changes between two calls",
    Reason.NOT_ANALYZED: "this version does not analyze it",
}

BOUNDS = {
    Reason.TOO_MANY_VALUES.value: "values",
    Reason.TOO_MANY_CONTEXTS.value: "contexts",
    Reason.ITERATION_BOUND.value: "visits",
}
"""Reasons that are bounds of the analysis, and the settings under ``limits`` that decide."""
