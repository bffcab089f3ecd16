"""`hybridize lsp` as a command: what it needs, where it listens, and a worker that cannot make copies of itself."""

import json
import os
import socket
import subprocess
import sys
import time

import editors
import pytest

from hybridize_bot.lsp import messages
from hybridize_bot.lsp.messages import HEAD, Answer, Ask, Edit, Findings, Open


def test_without_pygls_the_extra_is_named(tmp_path):
    (tmp_path / "pygls.py").write_text("raise ModuleNotFoundError('no', name='pygls')\n")
    environment = {**editors.ENVIRONMENT, "PYTHONPATH": f"{tmp_path}{os.pathsep}{editors.ENVIRONMENT['PYTHONPATH']}"}
    done = subprocess.run(editors.COMMAND, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr == "hybridize: the language server needs pygls: pip install 'hybridize-bot[lsp]'\n"
    assert done.stdout == ""


def test_on_a_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([*editors.COMMAND, "--tcp", str(port)], env=editors.ENVIRONMENT, stderr=subprocess.PIPE)
    try:
        assert server.stderr.readline().decode().strip() == f"listening on 127.0.0.1:{port}"
        connection = None
        for _ in range(600):
            try:
                connection = socket.create_connection(("127.0.0.1", port), timeout=60)
                break
            except OSError:
                time.sleep(0.1)
        with connection, connection.makefile("rwb") as stream:
            request = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}
            data = json.dumps(request).encode()
            stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
            stream.flush()
            length = int(stream.readline().split(b":")[1])
            while stream.readline().strip():
                pass
            assert json.loads(stream.read(length))["result"]["serverInfo"]["name"] == "hybridize"
    finally:
        server.kill()
        server.wait()
        server.stderr.close()


def test_a_server_whose_editor_is_gone_ends(tmp_path):
    server = subprocess.Popen(editors.COMMAND, env=editors.ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    server.communicate(b"", timeout=60)
    assert server.returncode is not None


class Worker:
    """A worker, and what it sends."""

    def __init__(self, *arguments):
        command = [sys.executable, "-m", "hybridize_bot.lsp.worker", *arguments]
        self.process = subprocess.Popen(
            command, env=editors.ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )

    def send(self, *requests):
        self.process.stdin.write(b"".join(map(messages.packed, requests)))

    def receive(self):
        stream = self.process.stdout
        (length,) = HEAD.unpack(self._exactly(stream, HEAD.size))
        return messages.response(self._exactly(stream, length))

    @staticmethod
    def _exactly(stream, count):
        data = b""
        while len(data) < count:
            data += stream.read(count - len(data)) or b"\0" * count
        return data

    def end(self):
        self.process.stdin.close()
        code = self.process.wait(60)
        self.process.stdout.close()
        return code


def test_a_worker_without_copies_answers_the_same(tmp_path):
    (tmp_path / "train.py").write_text(editors.UNSAFE)
    (tmp_path / "helper.py").write_text(editors.HELPER)
    path = str(tmp_path / "train.py")
    answers = []
    for arguments in ((), ("--alone",)):
        worker = Worker(*arguments)
        worker.send(
            Open(str(tmp_path), "utf-16"), Edit(1, {path: editors.UNSAFE}), Edit(2, {path: "# x\n" + editors.UNSAFE})
        )
        found = worker.receive()
        while not found.exact or found.number != 2:
            assert isinstance(found, Findings)
            found = worker.receive()
        worker.send(Ask(5, "held", path))
        answer = worker.receive()
        assert isinstance(answer, Answer)
        assert answer.id == 5
        answers.append((found.files, found.functions, answer))
        assert worker.end() == 0
    assert answers[0] == answers[1]
    (shown,) = answers[0][0][path]
    assert shown.code == "HYB101"
    assert shown.range.line == editors.UNSAFE.splitlines().index("    log_step(loss)") + 1


def test_a_folder_that_goes_away_is_told_of(tmp_path):
    worker = Worker()
    worker.send(Open(str(tmp_path / "nothing"), "utf-8"), Edit(1, {}, look=True))
    found = worker.receive()
    assert "no such file or folder" in found.trouble
    assert worker.end() == 0


def test_what_a_baseline_accepts_is_not_shown(tmp_path):
    (tmp_path / "train.py").write_text(editors.UNSAFE.replace("from helper import log_step", "log_step = print"))
    command = [sys.executable, "-m", "hybridize_bot", "check", "--write-baseline", "--exit-zero"]
    subprocess.run(command, cwd=tmp_path, env=editors.ENVIRONMENT, capture_output=True, timeout=120, check=True)
    accepted = tmp_path / ".hybridize-baseline.json"
    worker = Worker()
    worker.send(Open(str(tmp_path), "utf-8"), Edit(1, {}, look=True))
    assert worker.receive().files == {}
    accepted.unlink()
    worker.send(Edit(2, {}, look=True))
    found = worker.receive()
    while not found.exact:
        found = worker.receive()
    assert [one.code for one in found.files[str(tmp_path / "train.py")]] == ["HYB101"]
    accepted.write_text("{")
    worker.send(Edit(3, {}, look=True))
    (mistake,) = worker.receive().mistakes
    assert mistake.path == str(accepted)
    assert worker.end() == 0


COPIES = """
import os, subprocess, sys, time
from hybridize_bot.lsp.copies import Copy

def alive(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False

def work():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    with open("pids.new", "w") as file:
        file.write(f"{os.getpid()} {child.pid}")
    os.rename("pids.new", "pids")
    time.sleep(1000)

copy = Copy(work)
while not os.path.exists("pids"):
    time.sleep(0.01)
processes = [int(one) for one in open("pids").read().split()]
assert all(map(alive, processes))
copy.end()
end = time.monotonic() + 60
while any(map(alive, processes)):
    assert time.monotonic() < end
    time.sleep(0.01)

assert Copy(lambda: (b"one", b"x" * 10_000_000)).received() == (b"one", b"x" * 10_000_000)
assert Copy(lambda: 1 / 0).received() == ()
print("done")
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc, to see processes")
def test_an_analysis_that_is_given_up_ends_with_all_its_processes(tmp_path):
    command = [sys.executable, "-c", COPIES]
    done = subprocess.run(
        command, cwd=tmp_path, env=editors.ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout == "done\n", done.stderr
    assert "ZeroDivisionError" in done.stderr
