"""A file that becomes a link, and check runs that end without saying how."""

import pytest
import requests
from bot.github.diffs import parse

OLD, NEW = "1" * 40, "2" * 40


def test_a_file_that_becomes_a_link_is_one_file():
    printed = (
        f":100644 120000 {OLD} {NEW} T\0a.py\0:100644 100644 {OLD} {NEW} M\0b.py\0"
        "1\t1\ta.py\0" "1\t1\tb.py\0\0"
        "diff --git a/a.py b/a.py\ndeleted file mode 100644\n--- a/a.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
        "diff --git a/a.py b/a.py\nnew file mode 120000\n--- /dev/null\n+++ b/a.py\n@@ -0,0 +1 @@\n+b.py\n"
        "diff --git a/b.py b/b.py\n--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-y\n+z\n"
    )  # fmt: skip
    link, other = parse(printed)
    assert (link.path, link.status, link.hunk("RIGHT", 1), link.hunk("LEFT", 1)) == ("a.py", "changed", 0, None)
    assert (other.path, other.status, other.hunk("RIGHT", 1)) == ("b.py", "modified", 0)


@pytest.mark.parametrize("ended", [{"status": "completed"}, {"completed_at": "2026-01-01T00:00:00Z"}])
def test_what_is_completed_has_a_conclusion(forge, pull, ended):
    address = f"{forge.server.address}/repos/octo/models/check-runs"
    asked = {"name": "hybridize", "head_sha": pull.head, **ended}
    headers = {"Authorization": "token workflow"}
    assert requests.post(address, json=asked, headers=headers, timeout=20).status_code == 422
    assert not pull.checks
    asked["conclusion"] = "success"
    assert requests.post(address, json=asked, headers=headers, timeout=20).status_code == 201
