"""What a kind of observation raises while tracing, and which handler in the same body catches it."""

from __future__ import annotations

from hybridize.analyses.hazards.site import Seen, Site
from hybridize.domains.atoms import Lib, Tuple
from hybridize.syntax.code import Position, Region

_ATTRIBUTE = frozenset({"AttributeError", "NotImplementedError", "RuntimeError"})
_NOT_ALLOWED = frozenset({"TypeError", "OperatorNotAllowedInGraphError"})

RAISES: dict[str, frozenset[str]] = {
    "eager-method": _ATTRIBUTE,
    "truth-of-tensor": _NOT_ALLOWED,
    "iterates-tensor": _NOT_ALLOWED,
    "numpy-on-tensor": frozenset({"NotImplementedError", "RuntimeError", "TypeError"}),
    "array-method": frozenset({"AttributeError", "TypeError", "ValueError"}),
    "number-of-tensor": frozenset({"TypeError"}),
    "tensor-as-index": frozenset({"TypeError", "NotImplementedError", "RuntimeError"}),
    "truth-of-number": frozenset({"ValueError", "TypeError"}),
    "raise-in-branch": frozenset({"*"}),
    "return-in-branch": frozenset({"ValueError"}),
    "undefined-in-branch": frozenset({"ValueError"}),
    "none-in-branch": frozenset({"ValueError"}),
    "dtype-in-branch": frozenset({"TypeError"}),
    "structure-in-branch": frozenset({"TypeError"}),
    "object-in-branch": frozenset({"TypeError"}),
    "return-in-loop": frozenset({"NotImplementedError", "RuntimeError"}),
    "break-on-tensor": frozenset({"NotImplementedError", "RuntimeError"}),
    "loop-changes-dtype": frozenset({"TypeError"}),
    "loop-changes-shape": frozenset({"ValueError"}),
    "loop-reads-unbound": frozenset({"ValueError"}),
    "symbolic-in-init-scope": frozenset({"TypeError"}),
    "name-argument": frozenset({"TypeError", "ValueError"}),
    "host-call": _ATTRIBUTE | _NOT_ALLOWED | {"AssertionError"},
    "copies-tensor": frozenset({"TypeError"}),
    "item-out-of-bounds": frozenset({"ValueError"}),
    "leaves-distributed-loop": frozenset({"NotImplementedError"}),
    "needs-graph": frozenset({"RuntimeError"}),
    "pickles-function": frozenset({"PicklingError"}),
    "caches-tensor": frozenset({"TypeError"}),
    "creates-variable-later": frozenset({"ValueError"}),
    "no-scope-name": frozenset({"ValueError"}),
    "needs-open-axis": frozenset({"TypeError", "ValueError"}),
    "creates-variable": frozenset({"ValueError"}),
}
"""Names of the classes of exceptions, ``*`` for any; kinds that are not here raise nothing."""

_ALL = frozenset({"Exception", "BaseException"})


def handler_of(site: Site, seen: Seen) -> Position | None:
    """Where the handler stands that may catch what is raised."""
    raised = RAISES.get(seen.kind)
    if raised is None:
        return None
    for number, region in site.body.around(seen.block):
        if region.kind == "try":
            for handler in site.body.code.regions:
                if handler.kind == "handler" and handler.tried == number and _catches(site, handler, raised):
                    return handler.position
    return None


def _catches(site: Site, handler: Region, raised: frozenset[str]) -> bool:
    if not handler.reads:
        return True
    work = list(site.value(handler.reads[0]).atoms)
    while work:
        atom = work.pop()
        if isinstance(atom, Tuple):
            for element in atom.elements if atom.elements is not None else (atom.element,):
                work.extend(element.atoms)
        elif not isinstance(atom, Lib) or "*" in raised or atom.name.rpartition(".")[2] in raised | _ALL:
            return True  # what class it is may not be known
    return False
