"""Requests to GitHub: how they are sent, what may be sent again, and what an answer means.

PyGithub sends them. It would repeat any request at a server's error and after a lost connection, and a review that was
stored by then would be there twice; so it repeats none, and what may be repeated is decided here: everything that only
reads, what never reached the server, and what the server has refused because it wants to be asked later. What may or
may not have been stored is an `AmbiguousError`: whoever wrote looks before writing again.

No message has the token in it.
"""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from hybridize.version import __version__
from hybridize_bot.console import one_line

TRIES = 3
"""How often a request is sent that may be sent again."""


class GitHubError(Exception):
    """GitHub does not do what it was asked to; ``str()`` says why in one line."""


class NotPermittedError(GitHubError):
    """The token has no right to it."""


class AmbiguousError(GitHubError):
    """A write may have been carried out or not."""


class RejectedError(GitHubError):
    """The request is not valid, as GitHub sees it."""


class LimitedError(GitHubError):
    """GitHub wants to be asked later than anybody waits for."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class UnreachableError(GitHubError):
    """There is no answer, or none to questions either."""


class _UnsentError(UnreachableError):
    """The server has not seen the request."""


class Manner(NamedTuple):
    """How patient and how polite requests are."""

    timeout: int = 30
    """Seconds to wait for an answer."""
    pace: float = 1.0
    """Seconds between two requests that write, as GitHub asks for."""
    most_wait: float = 120.0
    """Seconds spent on waiting because of limits and errors, in all."""
    sleep: Callable[[float], None] = time.sleep


class Client:
    """One server, asked with one token.

    Args:
        environment: has the server's addresses, as a runner sets them.

    Raises:
        UnreachableError: there is no such server, or PyGithub is not installed.
        NotPermittedError: there is no token.
    """

    def __init__(self, environment: Mapping[str, str], token: str, manner: Manner = Manner()) -> None:  # noqa: B008
        self._token = token.strip()
        self._manner = manner
        self._left = manner.most_wait
        if not self._token:
            raise NotPermittedError("there is no token")
        try:
            import github
            import requests
        except ImportError:
            raise UnreachableError("PyGithub is not installed: `pip install hybridize-bot[github]`") from None
        base = environment.get("GITHUB_API_URL", "") or "https://api.github.com"
        api = urllib.parse.urlsplit(base)
        if api.scheme not in ("http", "https") or not api.hostname:
            raise UnreachableError("GITHUB_API_URL is no address of a server")
        self._github, self._requests = github, requests
        self._requester = github.Github(
            base_url=base.rstrip("/"),
            auth=github.Auth.Token(self._token),
            timeout=manner.timeout,
            user_agent=f"hybridize-bot/{__version__}",
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=manner.pace or None,
        ).requester
        given = environment.get("GITHUB_GRAPHQL_URL", "")
        graphql = urllib.parse.urlsplit(given or self._requester.graphql_url)
        if (graphql.scheme, graphql.hostname, graphql.port) != (api.scheme, api.hostname, api.port):
            raise UnreachableError("GITHUB_GRAPHQL_URL is not on the server of GITHUB_API_URL")
        self._graphql = urllib.parse.urlunsplit(api._replace(path=graphql.path))

    def read(self, path: str) -> Any:
        """The answer to a GET."""
        return self._answer("GET", path, None, True)

    def write(self, verb: str, path: str, content: Mapping[str, Any]) -> Any:
        """The answer to a request that changes something; it is sent once."""
        return self._answer(verb, path, content, False)

    def query(self, text: str, variables: Mapping[str, Any]) -> Any:
        """The data of a GraphQL query."""
        return self._answer("POST", self._graphql, {"query": text, "variables": variables}, True)

    def mutate(self, text: str, variables: Mapping[str, Any]) -> Any:
        """The data of a GraphQL mutation. What it was to change may be gone by then: that is no error."""
        return self._answer("POST", self._graphql, {"query": text, "variables": variables}, False)

    def wait(self, seconds: float, why: GitHubError) -> None:
        """Wait, as long as the time for that lasts; raise ``why`` where it does not."""
        if seconds > self._left:
            raise why
        self._left -= seconds
        self._manner.sleep(seconds)

    # -- one request -----------------------------------------------------------------------------------------------

    def _answer(self, verb: str, url: str, content: Mapping[str, Any] | None, reads: bool) -> Any:
        failures = 0
        while True:
            try:
                return self._sent(verb, url, content, reads)
            except LimitedError as error:
                self.wait(error.seconds, error)
            except (AmbiguousError, _UnsentError) as error:
                failures += 1
                if not reads and isinstance(error, AmbiguousError):
                    raise
                if failures == TRIES:
                    raise UnreachableError(str(error)) from None
                self.wait(2.0**failures, UnreachableError(str(error)))

    def _sent(self, verb: str, url: str, content: Mapping[str, Any] | None, reads: bool) -> Any:
        trouble: GitHubError
        try:
            headers, data = self._requester.requestJsonAndCheck(verb, url, input=content)
        except self._github.GithubException as error:
            trouble = self._refusal(error.status, error.headers or {}, error.data)
        except self._requests.RequestException as error:
            trouble = self._lost(error)
        except (ValueError, RuntimeError) as error:  # an answer that is no JSON; a redirection to elsewhere
            trouble = AmbiguousError(f"GitHub's answer makes no sense ({type(error).__name__})")
        else:
            if url != self._graphql:
                return data
            answer = data if isinstance(data, dict) else {}
            errors = answer.get("errors") or []
            if errors and not reads and all(one.get("type") == "NOT_FOUND" for one in errors):
                return answer.get("data")
            if not errors and "data" in answer:
                return answer["data"]
            trouble = self._complaint(headers, errors)
        raise trouble from None

    def _refusal(self, status: int, headers: Mapping[str, Any], data: Any) -> GitHubError:
        """What an HTTP status means."""
        message = self._message(data) or f"status {status}"
        if status == 429 or (status == 403 and _is_limit(headers, message)):
            return LimitedError(f"GitHub limits requests: {message}", _seconds(headers))
        if status >= 500:
            return AmbiguousError(f"GitHub has an error of its own: {status}")
        if status in (401, 403, 404, 410, 451):
            return NotPermittedError(f"GitHub says {status}: {message}")
        return RejectedError(f"GitHub says {status}: {message}")

    def _complaint(self, headers: Mapping[str, Any], errors: list[dict[str, Any]]) -> GitHubError:
        """What the errors of a GraphQL answer mean."""
        kinds = {str(one.get("type", "")) for one in errors}
        message = self._message({"errors": errors}) or "an answer without data"
        if "RATE_LIMITED" in kinds or _is_limit({}, message):
            return LimitedError(f"GitHub limits requests: {message}", _seconds(headers))
        if kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES", "NOT_FOUND"} or "not accessible by" in message:
            return NotPermittedError(f"GitHub says: {message}")
        if not errors or "something went wrong" in message.lower():
            return AmbiguousError(f"GitHub has an error of its own: {message}")
        return RejectedError(f"GitHub says: {message}")

    def _lost(self, error: Exception) -> GitHubError:
        """What it means that there was no answer."""
        import urllib3.exceptions

        reason = getattr(error.args[0], "reason", None) if error.args else None
        unsent = isinstance(error, (self._requests.exceptions.ConnectTimeout, self._requests.exceptions.ProxyError))
        if unsent or isinstance(reason, urllib3.exceptions.NewConnectionError):
            return _UnsentError(f"GitHub cannot be reached ({type(reason or error).__name__})")
        return AmbiguousError(f"GitHub's answer was lost ({type(error).__name__})")

    def _message(self, data: Any) -> str:
        """What GitHub says is wrong, on one line."""
        if not isinstance(data, dict):
            return ""
        listed = data.get("errors")
        parts = [data.get("message"), *(listed if isinstance(listed, list) else [])]
        words = [part.get("message") or part.get("code") if isinstance(part, dict) else part for part in parts]
        text = "; ".join(dict.fromkeys(str(word) for word in words if word))
        return one_line(text.replace(self._token, "***"))[:300]


def _is_limit(headers: Mapping[str, Any], message: str) -> bool:
    lower = message.lower()
    spent = str(headers.get("x-ratelimit-remaining", "")) == "0"
    return "retry-after" in headers or spent or "rate limit" in lower or "abuse detection" in lower


def _seconds(headers: Mapping[str, Any]) -> float:
    """How long to wait: as the server says, until the limit ends, or a minute, which is what GitHub asks for."""
    after = str(headers.get("retry-after", ""))
    if after.isdigit():
        return max(1.0, float(after))
    reset = str(headers.get("x-ratelimit-reset", ""))
    if str(headers.get("x-ratelimit-remaining", "")) == "0" and reset.isdigit():
        return max(1.0, float(reset) - time.time() + 1.0)
    return 60.0
