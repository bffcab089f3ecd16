"""The file that the tests of the fake change, and requests about it."""

LINES = "".join(f"line {number}\n" for number in range(1, 41))
CHANGED = LINES.replace("line 5\n", "line five\n").replace("line 20\n", "").replace("line 30\n", "thirty\nand more\n")
PULL = "/repos/octo/models/pulls/1"
ISSUE = "/repos/octo/models/issues/1"
MINIMIZE = "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) { clientMutationId } }"
THREADS = """
query {
  viewer { login }
  repository(owner: "octo", name: "models") { pullRequest(number: 1) {
    reviewDecision
    reviewThreads(first: 50) { totalCount pageInfo { hasNextPage endCursor } nodes {
      id isResolved isOutdated path line startLine originalLine
      comments(first: 10) { nodes {
        id body line viewerDidAuthor isMinimized minimizedReason author { __typename login }
      } }
    } }
  } }
}"""


def comment(line=5, **more):
    return {"path": "a.py", "line": line, "side": "RIGHT", "body": "hm", **more}


def review(forge, *comments, event="COMMENT", token="workflow", **more):
    """Post a review."""
    content = {"body": "", "event": event, "comments": list(comments), **more}
    content = {name: one for name, one in content.items() if one is not None}
    return forge.ask("POST", f"{PULL}/reviews", content, token)


def threads(forge, token="workflow"):
    """The threads as GraphQL shows them."""
    return forge.query(THREADS, token)["data"]["repository"]["pullRequest"]["reviewThreads"]["nodes"]


def check(pull, annotations=(), **more):
    """A request for a check run."""
    output = {"title": "t", "summary": "s", "annotations": list(annotations)}
    return {"name": "hybridize", "head_sha": pull.head, "conclusion": "neutral", "output": output, **more}


def annotation(**more):
    one = {"path": "a.py", "start_line": 5, "end_line": 5, "annotation_level": "warning", "message": "hm"}
    return {**one, **more}
