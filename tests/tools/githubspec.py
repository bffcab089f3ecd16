"""Cuts GitHub's own descriptions down to what the fake of it serves: ``python -m tests.tools.githubspec``.

The descriptions are in packages of npm, which has to be there for this; tests read the cuts only. What is cut:

- the OpenAPI description: the operations of `OPERATIONS` and everything they refer to, without examples;
- the GraphQL schema: the types of `TYPES` with the fields whose types are kept too, and the mutations of `MUTATIONS`
  with their inputs, without descriptions;
- the webhooks: one example of each action of `ACTIONS` of a pull request.
"""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    Node,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
    TypeNode,
    parse,
    print_ast,
)


def _words(text: str) -> list[str]:
    return text.split()


FOLDER = Path(__file__).parents[1] / "bot" / "github" / "spec"
PACKAGES = {"openapi": "23.0.2", "graphql-schema": "15.26.1", "webhooks-examples": "7.6.1"}
"""The packages of ``@octokit`` and their versions."""
ACTIONS = ("opened", "synchronize")
OPERATIONS = _words("""
checks/create checks/get checks/list-annotations checks/list-for-ref checks/update
issues/create-comment issues/delete-comment issues/get-comment issues/list-comments issues/update-comment
pulls/create-reply-for-review-comment pulls/create-review pulls/create-review-comment pulls/delete-pending-review
pulls/delete-review-comment pulls/dismiss-review pulls/get pulls/get-review pulls/get-review-comment
pulls/list-comments-for-review pulls/list-files pulls/list-review-comments pulls/list-reviews
pulls/submit-review pulls/update-review pulls/update-review-comment
rate-limit/get repos/compare-commits-with-basehead repos/get repos/get-content
repos/list-pull-requests-associated-with-commit users/get-authenticated
""")
MUTATIONS = _words("""
addComment addPullRequestReview addPullRequestReviewThreadReply deleteIssueComment deletePullRequestReview
deletePullRequestReviewComment dismissPullRequestReview minimizeComment resolveReviewThread submitPullRequestReview
unminimizeComment unresolveReviewThread updateIssueComment updatePullRequestReview updatePullRequestReviewComment
""")
TYPES = _words("""
Actor Bot Comment Commit Deletable GitObject IssueComment IssueCommentConnection IssueCommentEdge Mannequin Minimizable
Mutation Node Organization PageInfo PullRequest PullRequestReview PullRequestReviewComment
PullRequestReviewCommentConnection PullRequestReviewCommentEdge PullRequestReviewConnection PullRequestReviewEdge
PullRequestReviewThread PullRequestReviewThreadConnection PullRequestReviewThreadEdge Query RateLimit Repository
RepositoryNode RepositoryOwner UniformResourceLocatable Updatable UpdatableComment User
""")
ROOTS = {"Query": {"node", "nodes", "rateLimit", "repository", "viewer"}, "Mutation": set(MUTATIONS)}
USELESS = ("example", "examples", "externalDocs", "tags", "x-github", "x-octokit", "summary", "title")
NAMED = ("properties", "responses", "headers", "content", "schemas")
NOTICE = """\
Cuts of files of @octokit/openapi, @octokit/graphql-schema and @octokit/webhooks-examples, which are under the
MIT license. What was cut, and how, is in tests/tools/githubspec.py.

"""


def cut_openapi(description: dict[str, Any]) -> dict[str, Any]:
    """The operations of `OPERATIONS`, and what they refer to."""
    paths: dict[str, Any] = {}
    for path, methods in description["paths"].items():
        kept = {method: one for method, one in methods.items() if one.get("operationId") in OPERATIONS}
        if kept:
            paths[path] = {method: _plain(one) for method, one in kept.items()}
    found = {one["operationId"] for methods in paths.values() for one in methods.values()}
    if missing := set(OPERATIONS) - found:
        raise SystemExit(f"not in the description: {', '.join(sorted(missing))}")
    components: dict[str, dict[str, Any]] = {}
    waiting = [*_references(paths)]
    while waiting:
        kind, name = waiting.pop()
        if name not in components.setdefault(kind, {}):
            components[kind][name] = _plain(description["components"][kind][name], response=kind == "responses")
            waiting += _references(components[kind][name])
    ordered = {kind: dict(sorted(ones.items())) for kind, ones in sorted(components.items())}
    info = {"title": description["info"]["title"], "version": description["info"]["version"]}
    head = {"openapi": description["openapi"], "info": {**info, "license": description["info"]["license"]}}
    return {**head, "servers": description["servers"], "paths": paths, "components": ordered}


def _plain(node: Any, names: bool = False, response: bool = False, each: bool = False) -> Any:
    """``node`` without what says nothing about validity.

    Args:
        names: the keys are names that GitHub gave.
        response: it is the description of a response, which must have words.
        each: with ``names``, everything in it is a response.
    """
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {key: _plain(one, response=each) for key, one in node.items()}
    kept = {key: one for key, one in node.items() if key not in USELESS and (key != "description" or response)}
    return {key: _plain(one, names=key in NAMED, each=key == "responses") for key, one in kept.items()}


def _references(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for one in node:
            yield from _references(one)
    elif isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            kind, name = node["$ref"].removeprefix("#/components/").split("/")
            yield kind, name
        for one in node.values():
            yield from _references(one)


def cut_graphql(text: str) -> str:
    """The types of `TYPES`, closed by leaving out the fields that lead out of them."""
    types = {one.name.value: one for one in parse(text).definitions if isinstance(one, TypeDefinitionNode)}
    payloads = {_named(one.type) for one in types["Mutation"].fields if one.name.value in MUTATIONS}
    composite = {*TYPES, *payloads}
    plain = {name for name, one in types.items() if isinstance(one, EnumTypeDefinitionNode | ScalarTypeDefinitionNode)}
    known = {*composite, *plain, "Boolean", "Float", "ID", "Int", "String"}
    kept = {name: _closed(_blank(types[name]), composite, known) for name in composite}
    shown = [field for one in kept.values() for field in one.fields]
    waiting = {_named(one.type) for field in shown for one in (field, *(field.arguments or ()))}
    while waiting:
        name = waiting.pop()
        if name in types and name not in kept:
            kept[name] = _blank(types[name])
            if isinstance(kept[name], InputObjectTypeDefinitionNode):
                waiting |= {_named(field.type) for field in kept[name].fields or ()}
    document = DocumentNode(definitions=tuple(kept[name] for name in sorted(kept)))
    return print_ast(document).rstrip() + "\n"


def _closed(node: Any, composite: set[str], known: set[str]) -> Any:
    """``node`` with the fields and interfaces that are kept."""
    wanted = ROOTS.get(node.name.value)
    fields = [one for one in node.fields if _named(one.type) in known and (wanted is None or one.name.value in wanted)]
    faces = [one for one in node.interfaces or () if one.name.value in composite]
    return dataclasses.replace(node, fields=tuple(fields), interfaces=tuple(faces))


def _named(node: TypeNode) -> str:
    return re.sub(r"[\[\]!]", "", print_ast(node))


def _blank(node: Any) -> Any:
    """``node`` without descriptions and directives."""
    if isinstance(node, tuple | list):
        return tuple(_blank(one) for one in node)
    if not isinstance(node, Node):
        return node
    parts = {key: _blank(getattr(node, key)) for key in node.keys if key != "loc"}
    empty = {"description": None, "directives": ()}
    return dataclasses.replace(node, **{key: empty.get(key, one) for key, one in parts.items()})


def cut_webhooks(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The first example of each of `ACTIONS`."""
    examples = next(one["examples"] for one in events if one["name"] == "pull_request")
    return {action: next(one for one in examples if one["action"] == action) for action in ACTIONS}


def _package(folder: Path, name: str, file: str) -> bytes:
    """A file of a package."""
    asked = f"@octokit/{name}@{PACKAGES[name]}"
    archive = folder / f"octokit-{name}-{PACKAGES[name]}.tgz"
    if not archive.exists():
        subprocess.run(["npm", "pack", "--silent", asked], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(archive) as packed:
        content = packed.extractfile(f"package/{file}")
        assert content is not None
        return content.read()


def main(folder: Path) -> None:
    """Write the cuts of the packages, which are fetched into ``folder``."""
    FOLDER.mkdir(exist_ok=True)
    rest = cut_openapi(json.loads(_package(folder, "openapi", "generated/api.github.com.json")))
    (FOLDER / "api.json").write_text(_lines(rest), encoding="utf-8")
    schema = cut_graphql(_package(folder, "graphql-schema", "schema.graphql").decode())
    (FOLDER / "schema.graphql").write_text(schema, encoding="utf-8")
    events = cut_webhooks(json.loads(_package(folder, "webhooks-examples", "api.github.com/index.json")))
    (FOLDER / "pull_request.json").write_text(json.dumps(events, indent=1) + "\n", encoding="utf-8")
    said = [_package(folder, name, file).decode() for name, file in LICENSES.items()]
    (FOLDER / "LICENSE").write_text(NOTICE + "\n----\n\n".join(said), encoding="utf-8")


LICENSES = {"openapi": "LICENSE", "graphql-schema": "LICENSE.md"}
"""Those of the examples have the license of the OpenAPI description; their package does not repeat its text."""


def _lines(description: dict[str, Any]) -> str:
    """JSON in which each operation and each component has a line, so that a new version can be compared."""
    lines = []
    for key, one in description.items():
        if key not in ("paths", "components"):
            lines.append(f"{json.dumps(key)}: {json.dumps(one)}")
            continue
        parts = []
        for name, inner in one.items():
            rows = [f"    {json.dumps(row)}: {json.dumps(part, separators=(',', ':'))}" for row, part in inner.items()]
            parts.append(f"  {json.dumps(name)}: {{\n" + ",\n".join(rows) + "\n  }")
        lines.append(f"{json.dumps(key)}: {{\n" + ",\n".join(parts) + "\n}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(Path(temporary))
