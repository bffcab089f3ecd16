"""What GitHub commits when somebody presses "Commit suggestion", and when there is no such button.

The block replaces the lines of its comment, from the first to the last, by what is in it, as it is. The texts of the
refusals are those of GitHub's pages (suggest-changes#50, isaacs/github#1755).
"""

import re

FENCE = re.compile(r"(?P<indent> {0,3})(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\r\n]*)\r?")


class NotAppliedError(Exception):
    """GitHub does not offer to apply it; ``str()`` says why."""


def blocks(body):
    """The suggestions in a comment: the lines of each. A fence ends with one that is as long (CommonMark)."""
    found, opened = [], None
    for line in body.replace("\r\n", "\n").split("\n"):
        fence = FENCE.fullmatch(line)
        if opened is None:
            if fence:
                opened = (fence["indent"], fence["fence"], fence["info"].split(" ")[0].strip(), [])
        elif fence and not fence["info"].strip() and fence["fence"].startswith(opened[1]):
            if opened[2] == "suggestion":
                found.append(opened[3])
            opened = None
        else:
            opened[3].append(re.sub(f"^ {{0,{len(opened[0])}}}", "", line))
    if opened is not None and opened[2] == "suggestion":
        found.append(opened[3])
    return found


def apply(pull, comment, which=0):
    """The text of the file with one suggestion applied."""
    return apply_all(pull, [comment], which)[comment.current.path]


def apply_all(pull, comments, which=0):
    """The texts of all files with several suggestions applied in one commit, by path."""
    edits = {}
    for comment in comments:
        path, first, last, lines = _edit(pull, comment, which)
        others = edits.setdefault(path, [])
        if any(first <= end and start <= last for start, end, _ in others):
            raise NotAppliedError("Only one suggestion per line can be applied in a batch.")
        others.append((first, last, lines))
    return {path: applied(pull.text(path), ones) for path, ones in edits.items()}


def _edit(pull, comment, which):
    """The path, the lines to replace and the new ones."""
    found = blocks(comment.body)
    if len(found) <= which:
        raise NotAppliedError("There is no suggestion.")
    if pull.state.state != "open":
        raise NotAppliedError("Suggestions cannot be applied while the pull request is closed.")
    if comment.review.state == "PENDING":
        raise NotAppliedError("Suggestions cannot be applied from pending reviews.")
    now, was = comment.current, comment.original
    if now is None or was.line is None:
        raise NotAppliedError("This suggestion is outdated.")
    if "LEFT" in (now.side, now.start_side):
        raise NotAppliedError("Applying suggestions on deleted lines is not supported.")
    first, last = now.start_line or now.line, now.line
    old = pull.forge.git.show(comment.commit, was.path).split("\n")[(was.start_line or was.line) - 1 : was.line]
    text = pull.text(now.path).split("\n")
    if old != text[first - 1 : last]:
        raise NotAppliedError("This suggestion is outdated.")
    if _deletes_inside(pull, now.path, first, last):
        raise NotAppliedError("Applying suggestions on deleted lines is not supported.")
    if [line.removesuffix("\r") for line in old] == found[which]:
        raise NotAppliedError("Suggestions cannot be applied since no changes were made to the code.")
    return now.path, first, last, found[which]


def _deletes_inside(pull, path, first, last):
    """Whether the diff shows a deleted line between the first and the last one."""
    file = pull.forge.world.file(pull.state, path)
    rows = file.hunks[file.hunk("RIGHT", first)].rows
    inside = False
    for row in rows:
        inside = inside or row.right == first
        if inside and row.mark == "-":
            return True
        if row.right == last:
            return False
    return True


def applied(text, edits):
    """``text`` with lines replaced. New lines end as the old ones do.

    What GitHub does about line ends is not documented: its page sends CRLF where the file has it, and nothing converts
    that (w3c-fedid/digital-credentials#572). A last line without an end keeps having none.
    """
    # Not `splitlines`: to git, and to GitHub, only a line feed ends a line.
    lines = re.findall(r"[^\n]*\n|[^\n]+$", text)
    for first, last, new in sorted(edits, reverse=True):
        old = lines[first - 1 : last]
        ends = [_end(line) for line in old]
        inner = ends[0] or _end(lines[0]) or "\n"
        made = [line + inner for line in new]
        if made and not ends[-1]:
            made[-1] = new[-1]
        lines[first - 1 : last] = made
    return "".join(lines)


def _end(line):
    return "\r\n" if line.endswith("\r\n") else "\n" if line.endswith("\n") else ""
