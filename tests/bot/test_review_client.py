"""What is sent again and what is not, and what answers mean: real PyGithub, and a server that does what it is told."""

import json
import logging
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hybridize_bot.github.client import (
    AmbiguousError,
    Client,
    LimitedError,
    Manner,
    NotPermittedError,
    RejectedError,
    UnreachableError,
)

TOKEN = "ghs_verysecret"
OK = (200, {}, {"id": 1})
DATA = (200, {}, {"data": {"a": 1}})


class Server(ThreadingHTTPServer):
    """Answers with what is in `script`, and with an error of its own after that."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.seen, self.slept = [], [], []
        self.done = threading.Event()

    def client(self, **manner):
        address = f"http://127.0.0.1:{self.server_port}/api/v3"
        manner = {"timeout": 1, "pace": 0.0, "sleep": self.slept.append, **manner}
        return Client({"GITHUB_API_URL": address}, TOKEN, Manner(**manner))


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, self.headers["Authorization"]))
        step = self.server.script.pop(0) if self.server.script else (500, {}, {"message": "the script is over"})
        if step == "drop":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if step == "hang":
            self.server.done.wait(3)
            self.close_connection = True
            return
        status, headers, body = step
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(data), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PATCH = do_POST  # noqa: N815 - the names are those of http.server


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.done.set()
        server.shutdown()
        thread.join()


def write(client):
    return client.write("POST", "/repos/o/r/pulls/1/reviews", {"body": "x"})


LOST = ["drop", "hang", (500, {}, {}), (502, {}, "<html>"), (503, {"Retry-After": 1}, {}), (200, {}, "{no json")]


@pytest.mark.parametrize("trouble", LOST, ids=str)
def test_what_may_have_been_stored_is_not_sent_again(server, trouble):
    server.script = [trouble, OK]
    with pytest.raises(AmbiguousError):
        write(server.client())
    assert len(server.seen) == 1
    assert server.slept == []


@pytest.mark.parametrize("trouble", LOST, ids=str)
def test_what_only_reads_is_asked_again(server, trouble):
    server.script = [trouble, OK, trouble, DATA]
    client = server.client()
    assert client.read("/repos/o/r")["id"] == 1
    assert client.query("{ a }", {}) == {"a": 1}
    assert len(server.seen) == 4
    assert server.slept == [2.0, 2.0]


def test_reading_ends_at_some_time(server):
    server.script = ["drop"] * 9
    with pytest.raises(UnreachableError, match="lost"):
        server.client().read("/repos/o/r")
    assert len(server.seen) == 3


SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}


@pytest.mark.parametrize(
    ("limit", "slept"),
    [
        ((403, {"Retry-After": 7}, SECONDARY), 7.0),
        ((429, {"Retry-After": 7}, {}), 7.0),
        ((429, {}, {}), 60.0),
        ((403, {}, SECONDARY), 60.0),
        ((200, {}, {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}), 60.0),
    ],
)
def test_limits_are_waited_for_and_then_it_is_sent_again(server, limit, slept):
    server.script = [limit, DATA]
    client = server.client()
    assert client.mutate("mutation { a }", {}) == {"a": 1}
    assert server.slept == [slept]


def test_nobody_waits_for_ever(server):
    server.script = [(429, {"Retry-After": 50}, {})] * 9
    with pytest.raises(LimitedError, match="limits requests"):
        write(server.client())
    assert server.slept == [50.0, 50.0]
    server.script = [(403, {"X-RateLimit-Remaining": 0, "X-RateLimit-Reset": 2**33}, {"message": "API rate limit"})]
    with pytest.raises(LimitedError):
        write(server.client())
    assert server.slept == [50.0, 50.0]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_rights_that_are_missing(server, status):
    server.script = [(status, {}, {"message": "Resource not accessible by integration"})]
    with pytest.raises(NotPermittedError, match=f"GitHub says {status}: Resource not accessible by integration"):
        write(server.client())


def test_requests_that_are_wrong(server):
    server.script = [(422, {}, {"message": "Unprocessable Entity", "errors": ["Line\ncould not be\x1b resolved"]})]
    with pytest.raises(RejectedError, match=r"422: Unprocessable Entity; Line could not be\\x1b resolved"):
        write(server.client())


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ([{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}], NotPermittedError),
        ([{"type": "NOT_FOUND", "message": "x"}, {"type": "FORBIDDEN", "message": "y"}], NotPermittedError),
        ([{"type": "UNPROCESSABLE", "message": "x"}], RejectedError),
        ([{"message": "Something went wrong while executing your query"}], AmbiguousError),
    ],
)
def test_errors_of_graphql(server, errors, kind):
    server.script = [(200, {}, {"data": None, "errors": errors})]
    with pytest.raises(kind):
        server.client().mutate("mutation { a }", {})


def test_what_was_to_be_changed_may_be_gone(server):
    answer = {"data": {"a": None}, "errors": [{"type": "NOT_FOUND", "message": "Could not resolve to a node"}]}
    server.script = [(200, {}, answer), (200, {}, answer)]
    client = server.client()
    assert client.mutate("mutation { a }", {}) == {"a": None}
    with pytest.raises(NotPermittedError):
        client.query("{ a }", {})


# Addresses and secrets


def test_the_addresses_of_a_server_of_ones_own(server):
    server.script = [OK, DATA]
    client = server.client()
    client.read("/repos/o/r")
    client.query("{ a }", {})
    assert [path for _, path, _ in server.seen] == ["/api/v3/repos/o/r", "/api/graphql"]
    assert all(TOKEN in given for _, _, given in server.seen)


def test_a_graphql_address_is_used_where_it_is_given(server):
    base = f"http://127.0.0.1:{server.server_port}"
    server.script = [DATA]
    Client({"GITHUB_API_URL": base, "GITHUB_GRAPHQL_URL": f"{base}/x/graphql"}, TOKEN, Manner(pace=0)).query(
        "{ a }", {}
    )
    assert server.seen[0][1] == "/x/graphql"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"GITHUB_API_URL": "nonsense"}, "GITHUB_API_URL is no address"),
        ({"GITHUB_GRAPHQL_URL": "https://elsewhere.example/graphql"}, "not on the server"),
    ],
)
def test_addresses_that_make_no_sense(environment, message):
    with pytest.raises(UnreachableError, match=message):
        Client(environment, TOKEN)


def test_a_server_that_is_not_there():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    slept = []
    client = Client({"GITHUB_API_URL": f"http://127.0.0.1:{port}"}, TOKEN, Manner(1, 0.0, 120.0, slept.append))
    with pytest.raises(UnreachableError, match="cannot be reached"):
        write(client)
    assert len(slept) == 2


def test_there_is_no_request_without_a_token():
    with pytest.raises(NotPermittedError, match="no token"):
        Client({}, " \n")


def test_no_message_has_the_token(server):
    server.script = [
        (422, {}, {"message": f"bad {TOKEN}"}),
        (403, {}, {"message": TOKEN}),
        (200, {}, {"errors": [{"message": f"Bearer {TOKEN}"}]}),
        "drop",
    ]
    client = server.client()
    for kind in (RejectedError, NotPermittedError):
        with pytest.raises(kind) as caught:
            write(client)
        assert "secret" not in str(caught.value)
        assert caught.value.__suppress_context__
    with pytest.raises(RejectedError, match=r"Bearer [*]{3}"):
        client.mutate("mutation { a }", {})
    with pytest.raises(AmbiguousError):
        write(client)


def test_no_log_has_the_token(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.script = [OK, DATA, (403, {}, {"message": "no"})]
    client = server.client()
    client.read("/repos/o/r")
    client.query("{ a }", {})
    with pytest.raises(NotPermittedError):
        write(client)
    assert "/repos/o/r" in caplog.text
    assert "secret" not in caplog.text
