"""The server: HTTP on the loopback interface, validation of both directions, a log, limits, and trouble."""

import contextlib
import http.server
import json
import re
import socket
import threading
import traceback
import urllib.parse
from dataclasses import dataclass, field

from bot.github import rest, validation
from bot.github.call import Answer, Call
from bot.github.graphql import Schema
from bot.github.rules import WRITES, RefusedError, missing, permitted
from bot.github.trouble import SECONDARY, Troubles


@dataclass
class Received:
    """A request, as the log has it."""

    method: str
    path: str
    query: list
    headers: dict
    body: bytes
    at: float
    prefix: str = ""
    operation: str = ""
    status: int | None = None
    """What was answered; None where there was no answer."""
    content: object = field(default=None)
    """The body, where that is JSON."""

    @property
    def text(self):
        return self.body.decode("utf-8", errors="replace")

    @property
    def graphql(self):
        return self.path.endswith("/graphql")

    @property
    def writes(self):
        if self.graphql:
            return isinstance(self.content, dict) and str(self.content.get("query", "")).lstrip().startswith("mutation")
        return self.method not in ("GET", "HEAD")


class Log(list):
    """All requests, in order."""

    def of(self, method="*", path="", containing=""):
        fits = [one for one in self if method in ("*", one.method) and re.search(path, one.path)]
        return [one for one in fits if containing in one.text]

    def count(self, method="*", path="", containing=""):
        return len(self.of(method, path, containing))

    @property
    def writes(self):
        return [one for one in self if one.writes]


class Server:
    """The fake, listening. ``address`` is its root; `api` what a client has to be given."""

    def __init__(self, world):
        self.world = world
        self.trouble = Troubles()
        self.log = Log()
        self.violations = []
        self.closing = threading.Event()
        self.schema = Schema(world)
        self.used = 0
        self.reset = world.clock.now() + 3600
        self.created = []
        self.listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"server_": self}))
        self.listener.daemon_threads = True
        self.listener.block_on_close = False
        self.address = f"http://127.0.0.1:{self.listener.server_address[1]}"
        self.thread = threading.Thread(target=self.listener.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self):
        self.closing.set()
        self.listener.shutdown()
        self.listener.server_close()
        self.thread.join()

    # -- one request ---------------------------------------------------------------------------------------------

    def respond(self, received):
        """The answer, or None for no answer at all."""
        with self.world.lock:
            self.log.append(received)
            trouble = self.trouble.take(received)
        try:
            # Not with the lock: what somebody does meanwhile may be requests, too.
            if trouble.act is not None:
                trouble.act()
            answer = None
            if not trouble.hides or trouble.store:
                with self.world.lock:
                    self.schema.allowed = trouble.mutations
                    answer = self.handle(received)
        except RefusedError as error:
            answer = Answer(error.status, error.content, error.headers)
        except Exception:  # noqa: BLE001
            # A fault of the fake itself, or of what a test lets happen, is for the test to see.
            self.violations.append(f"{received.method} {received.path}: {traceback.format_exc()}")
            answer = Answer(500, {"message": "the fake has failed"})
        if trouble.hang:
            self.closing.wait(trouble.hang)
        if trouble.drop or trouble.hang:
            return None
        if trouble.status is not None:
            message = trouble.message or ("Server Error" if trouble.status >= 500 else "")
            answer = Answer(trouble.status, {"message": message}, trouble.headers)
        received.status = answer.status
        left = max(0, self.world.limits.primary - self.used)
        answer.headers |= {
            "x-ratelimit-limit": str(self.world.limits.primary), "x-ratelimit-remaining": str(left),
            "x-ratelimit-used": str(self.used), "x-ratelimit-reset": str(int(self.reset)),
            "x-ratelimit-resource": "graphql" if received.graphql else "core", "x-github-request-id": "0:0",
        }  # fmt: skip
        return answer

    def handle(self, received):
        """Carry out a request."""
        if received.body:
            try:
                received.content = json.loads(received.body)
            except ValueError:
                self.violations.append(f"{received.method} {received.path}: the body is no JSON")
                raise RefusedError(400, "Problems parsing JSON") from None
        token = self.token(received)
        if received.graphql:
            received.operation = "graphql"
            try:
                self.limit(received)
            except RefusedError as error:
                if error.headers:
                    raise
                # The limit of requests is an error of GraphQL (GitHub's documentation).
                return Answer(200, {"errors": [{"type": "RATE_LIMITED", "message": error.message}]})
            return self.schema.execute(token, received.content, self)
        try:
            received.operation, _, parameters = validation.route(received.method, received.path)
        except validation.UnknownOperationError as error:
            self.violations.append(str(error))
            raise RefusedError(404, "Not Found") from None
        self.limit(received)
        asked = (received.method, received.path, received.query)
        wrong = validation.request_errors(*asked, received.headers, received.body)
        if wrong:
            self.violations += [f"request {received.method} {received.path}: {one}" for one in wrong]
            raise RefusedError(422, f"Invalid request.\n\n{wrong[0]}")
        answer = self.carry_out(token, received, parameters)
        body = encoded(answer)
        wrong = validation.response_errors(*asked, answer.status, answer.type.partition(";")[0], body)
        self.violations += [f"answer to {received.method} {received.path}: {one}" for one in wrong]
        return answer

    def carry_out(self, token, received, parameters):
        try:
            permitted(token, received.operation)
            owner = parameters.get("owner")
            if owner is not None and f"{owner}/{parameters['repo']}".lower() != self.world.full_name.lower():
                return Answer(404, missing().content)
            if received.operation == "rate-limit/get":
                return self.rates()
            root = f"{self.address}{received.prefix}"
            return rest.OPERATIONS[received.operation](
                Call(self.world, token, received, parameters, root, self.address)
            )
        except RefusedError as error:
            return Answer(error.status, error.content, error.headers)

    def token(self, received):
        """Who asks."""
        kind, _, value = received.headers.get("authorization", "").partition(" ")
        if kind.lower() not in ("token", "bearer") or value not in self.world.tokens:
            raise RefusedError(401, "Bad credentials" if value else "Requires authentication")
        return self.world.tokens[value]

    # -- limits --------------------------------------------------------------------------------------------------

    def limit(self, received):
        """The limits of GitHub's documentation: all requests in an hour, and new content in a minute and an hour."""
        now, limits = self.world.clock.now(), self.world.limits
        if now >= self.reset:
            self.used, self.reset = 0, now + 3600
        if received.operation == "rate-limit/get":
            return
        if self.used >= limits.primary:
            raise RefusedError(403, "API rate limit exceeded for installation ID 1.")
        self.used += 1
        if not (received.writes if received.graphql else received.operation in WRITES):
            return
        for most, span in ((limits.content_per_minute, 60), (limits.content_per_hour, 3600)):
            inside = [at for at in self.created if at > now - span]
            if most is not None and len(inside) >= most:
                wait = int(inside[0] + span - now) + 1
                raise RefusedError(403, SECONDARY, headers={"retry-after": str(wait)})
        self.created.append(now)

    def rates(self):
        limit = self.world.limits.primary
        one = {"limit": limit, "used": self.used, "remaining": max(0, limit - self.used), "reset": int(self.reset)}
        return Answer(200, {"resources": {"core": one, "search": one, "graphql": one}, "rate": one})


def encoded(answer):
    if answer.content is None:
        return b""
    if isinstance(answer.content, str):
        return answer.content.encode()
    return json.dumps(answer.content).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_: Server

    def answer(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        address = urllib.parse.urlsplit(self.path)
        # GitHub Enterprise Server has REST below /api/v3, and GraphQL at /api/graphql.
        prefix = "/api/v3" if address.path.startswith("/api/v3/") else ""
        path = address.path.removeprefix(prefix)
        query = urllib.parse.parse_qsl(address.query, keep_blank_values=True)
        headers = {name.lower(): value for name, value in self.headers.items()}
        now = self.server_.world.clock.now()
        received = Received(self.command, path, query, headers, body, now, prefix)
        answer = self.server_.respond(received)
        if answer is None:
            self.close_connection = True
            with contextlib.suppress(OSError):  # the client may have been faster
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        content = encoded(answer)
        try:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header(
                    "Content-Type", "application/json; charset=utf-8" if "json" in answer.type else answer.type
                )
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True  # the client did not wait

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815

    def log_message(self, *_):
        pass
