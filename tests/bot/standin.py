"""A stand-in for the analysis, fast enough for a thousand pull requests: a word `BAD7` anywhere is a finding.

It is known by its number, wherever the word stands. What is said of it depends on the file `mood.txt`, so that a
comment can be in the right place with the wrong words.
"""

import re

from reviews import identity, remark, reviewed

from hybridize_bot.github.remarks import Lines, Suggestion, rank

MOOD = "mood.txt"
LEVELS = ("error", "warning", "info")


def words(git, commit):
    """Path, line and text of each word in the files of a commit; the first one of those that are there twice."""
    found = {}
    for hit in git("grep", "-n", "-z", "-E", "BAD[0-9]+", commit, check=False).split("\n"):
        if hit:
            path, line, text = hit.removeprefix(f"{commit}:").split("\0", 2)
            for word in re.findall(r"BAD[0-9]+", text):
                found.setdefault(int(word[3:]), (path, int(line), text))
    return found


def analysis(git, base, head, repository, number, **told):
    """What a pull request causes."""
    base = git.merge_base(base, head)
    before, now = words(git, base), words(git, head)
    mood = (git.show(head, MOOD) or "").strip()
    files = {one.path: one for one in git.diff(base, head)}
    remarks = [_remark(name, *now[name], mood, files.get(now[name][0])) for name in now if name not in before]
    remarks.sort(key=lambda one: (-rank(one.severity), one.path, one.line))
    return reviewed(
        *remarks, told=told, repository=repository, number=number, head=head, base=base,
        before=len(before.keys() & now), resolved=len(before.keys() - now),
    )  # fmt: skip


def _remark(name, path, line, text, mood, changed):
    last = changed.hunk("RIGHT", line) if changed is not None else None
    above = last is not None and name % 2 and name % 3 and line > 1 and changed.hunk("RIGHT", line - 1) == last
    lines = None if last is None else Lines(line - 1 if above else line, line)
    suggests = lines is not None and not above and name % 3 == 0
    return remark(
        f"BAD{name}",
        severity=LEVELS[name % 3],
        path=path,
        line=line,
        end_line=line,
        message=f"`BAD{name}` is {mood or 'bad'}: {identity(name)[:3]}",
        lines=lines,
        suggestion=Suggestion(lines, (text.replace(f"BAD{name}", "good"),)) if suggests else None,
    )
