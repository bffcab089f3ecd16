"""Code actions: what is offered where, and what to ask the worker when one is taken.

What an editor shows in a menu must be quick, and what it applies must be proven: so actions are offered without their
edits, and those are worked out (`codeAction/resolve`) when somebody takes one. For editors that cannot wait so, they
are worked out at once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from lsprotocol import types

from hybridize_bot.lsp.conversions import SOURCE, diagnostic, place, wanted
from hybridize_bot.lsp.documents import Document, uri_of
from hybridize_bot.lsp.messages import Range, Shown
from hybridize_bot.lsp.program import Program

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.{SOURCE}"
WHY = f"{SOURCE}.why"
EXPLAIN = f"{SOURCE}.explainRule"

_NOTES = {"safe": "", "unsafe": " (may change what the code does)", "display": " (to look at)"}


class Asked(NamedTuple):
    """What an action asks of the worker."""

    uri: str
    what: str
    key: str


def offered(program: Program, document: Document, params: types.CodeActionParams) -> list[types.CodeAction]:
    """The actions for a region of a document."""
    only = (
        [str(getattr(kind, "value", kind)) for kind in params.context.only] if params.context.only is not None else None
    )
    shown = program.shown.get(document.path, ())
    found: list[types.CodeAction] = []
    if wanted(types.CodeActionKind.QuickFix.value, only):
        here = place(params.range)
        for one in shown:
            if one.range.touches(_whole(here)):
                found += _of(one, document.uri)
    # Where nothing of the kind is asked for, it is offered with other actions: else each line would have a sign.
    asked_for = params.context.only is not None or found
    if asked_for and wanted(FIX_ALL, only) and any(one.fix and one.applicability == "safe" for one in shown):
        data = {"uri": document.uri, "what": "fix-all", "key": ""}
        found.append(types.CodeAction(f"{SOURCE}: apply all safe fixes", kind=FIX_ALL, data=data))
    return found


def _whole(here: Range) -> Range:
    """The region; for a mere cursor its whole line, since the sign of a finding is beside the line."""
    return Range(here.line, 0, here.end_line, 1 << 30) if here[:2] == here[2:] else here


def _of(shown: Shown, uri: str) -> list[types.CodeAction]:
    about = [diagnostic(shown, uri_of)]
    found = []
    if shown.fix:
        found.append(
            types.CodeAction(
                f"{shown.code}: {shown.fix}{_NOTES[shown.applicability]}",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=about,
                is_preferred=True if shown.applicability == "safe" else None,
                data={"uri": uri, "what": "fix", "key": shown.key},
            )
        )
    if shown.line:
        found.append(
            types.CodeAction(
                f"{shown.code}: ignore this finding here",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=about,
                data={"uri": uri, "what": "ignore", "key": shown.key},
            )
        )
    title = f"{shown.code}: explain {shown.slug}"
    command = types.Command(title, EXPLAIN, arguments=[shown.code])
    found.append(types.CodeAction(title, kind=types.CodeActionKind.QuickFix, diagnostics=about, command=command))
    return found


def asked(action: types.CodeAction) -> Asked | None:
    """What to ask for an action; None for one that is complete, or none of ours."""
    data: Any = action.data
    if not isinstance(data, dict) or data.get("what") not in ("fix", "fix-all", "ignore"):
        return None
    return Asked(str(data.get("uri", "")), str(data["what"]), str(data.get("key", "")))


def resolves(client: types.ClientCapabilities) -> bool:
    """Whether the editor asks for the edits of an action once it is taken."""
    of_documents = client.text_document
    of_actions = of_documents.code_action if of_documents is not None else None
    support = of_actions.resolve_support if of_actions is not None else None
    return support is not None and "edit" in support.properties


def versioned(client: types.ClientCapabilities) -> bool:
    """Whether the editor understands edits of certain versions of documents."""
    workspace = client.workspace
    edits = workspace.workspace_edit if workspace is not None else None
    return bool(edits is not None and edits.document_changes)
