"""Requests and answers against GitHub's own description: whatever does not fit is a violation, and fails the test."""

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

SPEC = Path(__file__).parent / "spec"
HOST = "https://api.github.com"


class UnknownOperationError(Exception):
    """A path or method that the cut of the description does not have."""


@dataclass
class Request:
    """A request in the form that openapi-core reads."""

    method: str
    path: str
    query: list
    headers: dict
    body: bytes
    host_url: str = HOST

    def __post_init__(self):
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(self.query), header=Headers(list(self.headers.items()))
        )
        self.method = self.method.lower()
        self.content_type = "application/json" if self.body else ""


@dataclass
class Response:
    """An answer in the form that openapi-core reads."""

    status_code: int
    content_type: str
    headers: dict
    data: bytes


@functools.cache
def description():
    """The cut, with what GitHub's answers are known to contain and its description does not allow."""
    spec = json.loads((SPEC / "api.json").read_text(encoding="utf-8"))
    _amend(spec)
    for name in ("pull-request-review-comment", "review-comment"):
        # An outdated comment has neither (croft#454, clang-tidy-review#142).
        for field in ("line", "position"):
            spec["components"]["schemas"][name]["properties"][field]["nullable"] = True
    for methods in spec["paths"].values():
        for operation in methods.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                _close(content.get("schema", {}))
    return spec


def _amend(node):
    """An enumeration that may be null has to list it: what GitHub's description leaves out in many places."""
    if isinstance(node, list):
        for one in node:
            _amend(one)
    elif isinstance(node, dict):
        if node.get("nullable") is True and isinstance(node.get("enum"), list) and None not in node["enum"]:
            node["enum"] = [*node["enum"], None]
        for one in node.values():
            _amend(one)


def _close(node):
    """No request has fields that GitHub does not know: it would ignore them, and they are misspelled."""
    if isinstance(node, list):
        for one in node:
            _close(one)
    elif isinstance(node, dict):
        combined = any(key in node for key in ("oneOf", "anyOf", "allOf"))
        if isinstance(node.get("properties"), dict) and not combined and "additionalProperties" not in node:
            node["additionalProperties"] = False
        for one in node.values():
            _close(one)


@functools.cache
def _openapi():
    # The description itself is GitHub's affair, and checking it takes seconds.
    return OpenAPI.from_dict(description(), config=Config(spec_validator_cls=None))


@functools.cache
def _routes():
    routes = []
    for template, methods in description()["paths"].items():
        # The path of a file and the two ends of a comparison may have slashes.
        pattern = re.sub(r"\{(path|basehead|ref)\}", r"(?P<\1>.+)", template)
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
        for method, operation in methods.items():
            routes.append((method.upper(), re.compile(pattern), template, operation["operationId"]))
    return sorted(routes, key=lambda one: one[2].count("{path}"))


def route(method, path):
    """The operation of a request and the parameters in its path."""
    for verb, pattern, template, operation in _routes():
        if verb == method and (found := pattern.fullmatch(path)):
            return operation, template, found.groupdict()
    raise UnknownOperationError(f"{method} {path} is not in the cut of the description: see tests/tools/githubspec.py")


def _checkable(path, template, parameters):
    """The path with its slashes hidden where a parameter has some: openapi-core has no such parameters."""
    return template.format(**{name: value.replace("/", "%2F") for name, value in parameters.items()})


def request_errors(method, path, query, headers, body):
    """What is wrong with a request, in words."""
    _, template, parameters = route(method, path)
    checked = Request(method, _checkable(path, template, parameters), query, headers, body)
    return _words(_openapi().iter_request_errors, checked)


def response_errors(method, path, query, status, content_type, body):
    """What is wrong with an answer, in words. An answer that the description does not have at all is not checked."""
    _, template, parameters = route(method, path)
    described = description()["paths"][template][method.lower()]["responses"]
    answer = described.get(str(status))
    if answer is None or (content_type != "application/json" and status < 300):
        return []
    checked = Request(method, _checkable(path, template, parameters), query, {}, b"")
    return _words(_openapi().iter_response_errors, checked, Response(status, content_type, {}, body))


def _words(errors, *given):
    try:
        return [_cause(one) for one in errors(*given)]
    except OpenAPIError as error:
        return [_cause(error)]


def _cause(error):
    """What is wrong in particular: openapi-core has it several causes deep, and names whole objects."""
    cause = error
    while cause is not None and not getattr(cause, "schema_errors", None):
        cause = cause.__cause__
    if cause is None:
        return str(error)[:300]
    return "; ".join(f"{one.json_path} {one.message[:200]}" for each in cause.schema_errors for one in _leaves(each))


def _leaves(error):
    """The errors that an error of a combination of schemas consists of."""
    return [leaf for one in error.context for leaf in _leaves(one)] if error.context else [error]
