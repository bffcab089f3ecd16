"""Random pull requests: pushes, rebases, people, other bots, and trouble on the way, with real Git underneath.

Whatever happens, no finding has two live comments, none is lost, nothing of others is touched, and a second run writes
nothing. `HYBRIDIZE_REVIEW_STEPS` asks for more steps than a thousand.
"""

import contextlib
import os
import tempfile
from pathlib import Path
from typing import ClassVar

import hypothesis
from bot.github.forge import BOT, ConflictError, Forge
from bot.github.trouble import COMMON, Trouble
from bot.standin import MOOD, analysis
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from reviews import identity

from hybridize_bot.github.client import Manner
from hybridize_bot.github.comments import SUMMARY, Links, comment, mark, same
from hybridize_bot.github.post import publish

STEPS = int(os.environ.get("HYBRIDIZE_REVIEW_STEPS", "1000"))
STEPS_EACH = 50
WORDS = 8
"""Few, so that the same findings come, go and return."""

FILES = ("a.py", "b.py")
BLANK = "".join(f"line {number}\n" for number in range(1, 25))
DENIED = Trouble(403, message="Resource not accessible by integration")

number = st.integers(0, 10_000)
edits = st.lists(
    st.tuples(
        st.sampled_from(FILES), number, st.sampled_from(["insert", "delete", "change"]), st.integers(0, 2 * WORDS)
    ),
    min_size=1,
    max_size=3,
)


class PullRequests(RuleBasedStateMachine):
    """One pull request, for as long as it lasts."""

    steps = 0
    rungs: ClassVar[dict[str, int]] = {}

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.forge = Forge(Path(self.folder.name) / "forge")
        self.forge.commit({"a.py": BLANK, "b.py": BLANK, "c.py": BLANK, MOOD: "bad"})
        self.foreign = []
        self.heads = []

    def teardown(self):
        self.forge.close()
        assert not self.forge.violations, "\n".join(self.forge.violations)
        self.folder.cleanup()

    @initialize(changes=edits)
    def open(self, changes):
        self.pull = self.forge.open({"a.py": BLANK.replace("line 7", "line BAD1 seven"), "b.py": None})
        self.pull.push({"b.py": BLANK, **self.edited(changes)})

    # -- what happens to the code --------------------------------------------------------------------------------

    def edited(self, changes):
        """The files after some edits. A word above `WORDS` is none: most lines are innocent."""
        files = {}
        for path, at, what, word in changes:
            lines = (files.get(path) or self.pull.text(path) or BLANK).splitlines(keepends=True)
            here = at % max(1, len(lines))
            new = f"x = BAD{word}  # {here}\n" if word < WORDS else f"x = {word}  # {here}\n"
            lines[here : here + (what != "insert")] = [] if what == "delete" and len(lines) > 3 else [new]
            files[path] = "".join(lines)
        return files

    @rule(changes=edits, how=st.sampled_from(["push", "push", "push", "amend", "force_push"]))
    def changes(self, changes, how):
        self.heads.append(self.pull.head)
        getattr(self.pull, how)(self.edited(changes))

    @rule(mood=st.sampled_from(["bad", "worse", "@everyone <b>"]))
    def says_other_words(self, mood):
        self.pull.push({MOOD: mood})

    @rule(at=number, word=st.integers(0, 2 * WORDS), path=st.sampled_from(["a.py", "c.py"]))
    def moves_the_base(self, at, word, path):
        lines = (self.forge.git.show(self.forge.base, path) or BLANK).splitlines(keepends=True)
        lines.insert(at % len(lines), f"BAD{word}\n" if word < 2 else "base\n")
        self.forge.commit({path: "".join(lines)})

    @rule(how=st.sampled_from(["rebase", "merge_in_base"]))
    def takes_the_base_in(self, how):
        with contextlib.suppress(ConflictError):
            getattr(self.pull, how)()

    @precondition(lambda self: self.heads)
    @rule(at=number)
    def goes_back(self, at):
        self.pull.revert_to(self.heads[at % len(self.heads)])

    # -- people and other bots -----------------------------------------------------------------------------------

    def ours(self):
        """The comments of the tool that begin a thread."""
        first = [one.comments[0] for one in self.pull.threads] if hasattr(self, "pull") else []
        return [one for one in first if one.author.login == BOT and one.body.startswith("<!-- hybridize:remark")]

    @precondition(lambda self: self.ours())
    @rule(at=number, how=st.sampled_from(["reply", "resolve", "hide", "delete", "bot"]))
    def somebody_sees_a_comment(self, at, how):
        first, person = self.ours()[at % len(self.ours())], self.forge.person("ann")
        if how == "reply":
            person.reply(first, "Why?")
        elif how == "resolve":
            person.resolve(first)
        elif how == "hide" and first.minimized is None:
            person.minimize(first, "off-topic")
        elif how == "delete":
            person.delete(first)
        elif how == "bot":
            self.forge.person("helper[bot]").reply(first, "Shall I fix that?")

    @rule(word=st.integers(0, WORDS), who=st.sampled_from(["mallory", "helper[bot]", BOT]))
    def somebody_else_comments(self, word, who):
        person = self.forge.person(who)
        body = "something else" if who == BOT else f"{mark(identity(f'BAD{word}'))}\nnot ours"
        file = next((one for one in self.pull.files if one.hunks and one.hunks[0].new_count), None)
        if file is not None:
            self.foreign.append((person.comment_on(self.pull, file.path, file.hunks[0].new_start, body), body))
        body = "something else" if who == BOT else f"{SUMMARY}\nnot ours"
        self.foreign.append((person.comment(self.pull, body), body))

    # -- the tool ------------------------------------------------------------------------------------------------

    def publish(self, told):
        """One run; what it found, and what became of it."""
        forge, pull = self.forge, self.pull
        found = analysis(forge.git, pull.base, pull.head, forge.world.full_name, pull.number, **told)
        manner = Manner(timeout=20, pace=0.0, sleep=forge.clock.sleep)
        before = len(forge.requests.writes)
        got = publish(found, forge.environment(), token="workflow", say=lambda _: None, manner=manner)
        PullRequests.rungs[got.rung] = PullRequests.rungs.get(got.rung, 0) + 1
        return found, got, len(forge.requests.writes) - before

    @rule(
        told=st.fixed_dictionaries(
            {"max_comments": st.sampled_from([1, 3, 30])},
            optional={
                "comment_level": st.sampled_from(["warning", "error"]),
                "request_changes": st.just(True),
                "suggestions": st.just(False),
            },
        ),
        trouble=st.lists(st.sampled_from([None, None, *COMMON, DENIED]), max_size=6),
    )
    def runs(self, told, trouble):
        self.forge.trouble.schedule(list(trouble))
        found, got, _ = self.publish(told)
        self.forge.trouble.clear()
        if got.rung != "review" or "still asked for" in got.said:
            assert trouble
            self.at_most_one_is_live()
            found, got, _ = self.publish(told)
        assert got.rung == "review", got.said
        self.nothing_is_lost(found, got)
        _, got, writes = self.publish(told)
        assert writes == 0, got.said

    def nothing_is_lost(self, found, got):
        links = Links.of(found, self.forge.environment())
        summary = [one for one in self.pull.comments if one.author.login == BOT and one.body.startswith(SUMMARY)]
        assert len(summary) <= 1
        listed = summary[0].body if summary else ""
        for one in found.remarks:
            threads = [each for each in self.pull.threads if each.comments[0].body.startswith(mark(one.identity))]
            threads = [each for each in threads if each.comments[0].author.login == BOT]
            where = got.where[one.identity]
            if where == "line":
                (live,) = [each.comments[0] for each in threads if each.comments[0].minimized is None]
                at = (live.current.path, live.current.start_line or live.current.line, live.current.line)
                assert at == (one.path, one.lines.first, one.lines.last)
                assert same(live.body, comment(one, links, found.told.suggestions))
            elif where == "thread":
                assert any(map(settled, threads))
            else:
                assert one.message.split("`")[1] in listed
        lines = [name for name, where in got.where.items() if where == "line"]
        assert len(lines) <= found.told.max_comments
        assert (self.pull.decision == "CHANGES_REQUESTED") == (found.told.request_changes and found.failed)

    # -- always --------------------------------------------------------------------------------------------------

    @invariant()
    def at_most_one_is_live(self):
        PullRequests.steps += 1
        live = [one.body.split("\n")[0] for one in self.ours() if one.minimized is None]
        assert len(live) == len(set(live)), live

    @invariant()
    def nothing_of_others_is_touched(self):
        assert self.forge.trespasses() == []
        assert [(one.body, one.minimized) for one, _ in self.foreign] == [(body, None) for _, body in self.foreign]


def settled(thread):
    """Whether people have said or done something about it."""
    first = thread.comments[0]
    answered = any(one.author.kind != "Bot" for one in thread.comments[1:])
    return answered or thread.resolved_by is not None or first.minimized not in (None, "outdated")


def test_random_pull_requests():
    PullRequests.steps = 0
    PullRequests.rungs = {}
    # hypothesis ends some pull requests early, so there are more of them until the steps are done.
    for _ in range(5):
        if PullRequests.steps >= STEPS:
            break
        run_state_machine_as_test(
            PullRequests,
            settings=hypothesis.settings(
                max_examples=-(-(STEPS - PullRequests.steps) // STEPS_EACH) + 1,
                stateful_step_count=STEPS_EACH,
                deadline=None,
                suppress_health_check=list(hypothesis.HealthCheck),
                database=None,
                phases=[hypothesis.Phase.generate],  # to shrink a failure takes minutes: add `Phase.shrink` for one
            ),
        )
    print(f"{PullRequests.steps} steps; runs that ended on each rung: {PullRequests.rungs}")
    assert PullRequests.steps >= STEPS
    assert PullRequests.rungs["review"] > STEPS / 20
    assert PullRequests.rungs.keys() >= {"review", "commands", "check run"}
