"""What tests use: a repository, pull requests, people, and the server that shows them. README.md has an example."""

import json

from bot.github.forms import Forms
from bot.github.git import Git
from bot.github.rules import comment, reply
from bot.github.server import Server
from bot.github.state import Anchor, IssueComment, Pull, Review, Token, World, node_id
from bot.github.views import decision

READ = {"contents": "read", "pull_requests": "read", "issues": "read", "checks": "read"}
WORKFLOW = {**READ, "pull_requests": "write", "issues": "write", "checks": "write"}
"""What the README of this project asks for."""
BOT = "github-actions[bot]"


class ConflictError(Exception):
    """A rebase or a merge that a person would have to finish."""


class PullRequest:
    """A pull request, and what its author does."""

    def __init__(self, forge, pull):
        self.forge = forge
        self.state = pull
        self.number = pull.number

    # -- reading -------------------------------------------------------------------------------------------------

    @property
    def head(self):
        return self.state.head

    @property
    def base(self):
        """The commit that the base branch has now."""
        return self.forge.world.base_sha(self.state)

    @property
    def merge_base(self):
        return self.forge.world.merge_base(self.state)

    @property
    def files(self):
        """The diff: `diffs.Changed` for each file."""
        return self.forge.world.files(self.state)

    def text(self, path):
        """A file of the head."""
        return self.forge.git.show(self.head, path)

    @property
    def threads(self):
        return list(self.state.threads)

    @property
    def review_comments(self):
        return self.state.review_comments

    @property
    def reviews(self):
        return list(self.state.reviews)

    @property
    def comments(self):
        """Those on the pull request as a whole."""
        return list(self.state.comments)

    @property
    def checks(self):
        """The check runs of the head."""
        return [one for one in self.forge.world.checks.values() if one.head == self.head]

    @property
    def decision(self):
        """APPROVED, CHANGES_REQUESTED or None."""
        return decision(self.state)

    def event(self, action="opened"):
        """The payload of an event."""
        with self.forge.world.lock:
            return self.forge.forms.event(self.state, action)

    def write_event(self, path, action="opened"):
        """The payload in a file, as a runner has it for a workflow; returns the file."""
        path.write_text(json.dumps(self.event(action)), encoding="utf-8")
        return path

    # -- what its author does ------------------------------------------------------------------------------------

    def push(self, files, message="Change"):
        """A commit on top: text by path, None to delete."""
        return self._commit(self.head, files, message)

    def rename(self, old, new):
        return self._commit(self.head, {}, "Rename", moves=[(old, new)])

    def amend(self, files):
        """The last commit written anew, and pushed with force."""
        return self._commit(self.head, files, "Amend", instead=True)

    def force_push(self, files, message="Begin again"):
        """All commits replaced by one on top of the base."""
        return self._commit(self.base, files, message)

    def rebase(self):
        """Onto what the base branch has now."""
        return self._to(self.forge.git.rebase(self.head, self.base))

    def merge_in_base(self):
        return self._to(self.forge.git.merge(self.head, self.base, f"Merge {self.state.base_ref}"))

    def revert_to(self, sha):
        """An earlier commit is the head again."""
        return self._to(sha)

    def close(self):
        with self.forge.world.lock:
            self.state.state = "closed"

    def reopen(self):
        with self.forge.world.lock:
            self.state.state = "open"

    def merge(self):
        """Merge it, by which it is closed."""
        world = self.forge.world
        with world.lock:
            merged = self.forge.git.merge(self.base, self.head, f"Merge pull request #{self.number}")
            if merged is None:
                raise ConflictError(self.number)
            self.state.state, self.state.merged = "closed", True
            self.forge.git.point(f"refs/heads/{self.state.base_ref}", merged)
        return merged

    def test_merge(self):
        """The commit that a workflow checks out: the head merged into the base. None where that conflicts."""
        merged = self.forge.git.merge(self.base, self.head, f"Merge {self.head} into {self.base}")
        if merged is not None:
            self.forge.git.point(f"refs/pull/{self.number}/merge", merged)
        return merged

    def _commit(self, parent, files, message, **more):
        refs = [f"refs/pull/{self.number}/head"]
        if self.state.head_repository == self.forge.world.full_name:
            refs.append(f"refs/heads/{self.state.head_ref}")
        with self.forge.world.lock:
            return self._to(self.forge.git.commit(parent, files, message, refs, **more), refs)

    def _to(self, sha, done=()):
        """``sha`` is the head; the refs ``done`` are pointing to it already."""
        if sha is None:
            raise ConflictError(self.number)
        git, state = self.forge.git, self.state
        refs = {f"refs/pull/{self.number}/head"}
        with self.forge.world.lock:
            if state.head_repository == self.forge.world.full_name:
                refs.add(f"refs/heads/{state.head_ref}")
            else:
                fork = git.fork(self.forge.folder / "fork.git")
                git("push", "--quiet", "--force", str(fork), f"{sha}:refs/heads/{state.head_ref}")
            for ref in refs.difference(done):
                git.point(ref, sha)
            self.forge.world.move(state, sha)
        return sha


class Person:
    """Somebody who comments without this project's tool: a human, or another bot."""

    def __init__(self, forge, login):
        self.forge = forge
        self.user = forge.world.user(login)

    def comment(self, pull, body):
        """On the pull request as a whole."""
        with self.forge.world.lock:
            pull.state.comments.append(IssueComment(**self.forge.world.new(self.user, body)))
            return pull.state.comments[-1]

    def review(self, pull, comments=(), body="", state="COMMENTED"):
        """A review; ``comments`` are (path, line, body). A PENDING one is a draft."""
        world = self.forge.world
        with world.lock:
            now = None if state == "PENDING" else world.clock.stamp()
            made = Review(**world.new(self.user, body), state=state, commit=pull.head, submitted=now)
            pull.state.reviews.append(made)
            for path, line, text in comments:
                comment(world, pull.state, made, Anchor(path, "RIGHT", line), text)
            return made

    def comment_on(self, pull, path, line, body):
        """On a line."""
        self.review(pull, [(path, line, body)])
        return pull.review_comments[-1]

    def reply(self, to, body):
        """In the thread of a comment."""
        world = self.forge.world
        with world.lock:
            pull = world.find("PullRequestReviewComment", to.id)[1]
            return reply(world, pull, Token(self.user, WORKFLOW), to, body)

    def resolve(self, comment, resolved=True):
        """The thread of a comment."""
        with self.forge.world.lock:
            self.forge.world.resolve(self.user, self.forge.world.thread_of(comment), resolved)

    def minimize(self, remark, reason="off-topic"):
        with self.forge.world.lock:
            self.forge.world.minimize(self.user, remark, reason)

    def delete(self, remark):
        world = self.forge.world
        kind = {"ReviewComment": "PullRequestReviewComment", "Review": "PullRequestReview"}
        with world.lock:
            pull = world.find(kind.get(type(remark).__name__, type(remark).__name__), remark.id)[1]
            world.remove(self.user, pull, remark)


class Forge:
    """A GitHub with one repository. Use it as a context manager: at its end a violation fails the test."""

    def __init__(self, folder, owner="octo", name="models"):
        self.folder = folder
        self.git = Git(folder)
        self.world = World(self.git, owner, name)
        self.world.user(owner)
        self.server = Server(self.world)
        self.trouble = self.server.trouble
        self.requests = self.server.log
        self.violations = self.server.violations
        self.limits = self.world.limits
        self.clock = self.world.clock
        self.token()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.close()
        if kind is None:
            assert not self.violations, "\n\n".join(self.violations)

    def close(self):
        self.server.close()

    @property
    def forms(self):
        return Forms(self.world, self.server.address, self.server.address)

    def violated(self):
        """The violations so far, which are then expected ones."""
        found = list(self.violations)
        self.violations.clear()
        return found

    # -- who asks ------------------------------------------------------------------------------------------------

    def token(self, name="workflow", login=BOT, installation=True, **permissions):
        """The token of a workflow, by which `github-actions[bot]` acts; permissions replace the usual ones."""
        given = {**WORKFLOW, **permissions}
        self.world.tokens[name] = Token(self.world.user(login), given, installation)
        return name

    def fork_token(self, name="fork"):
        """The token of a workflow that a fork's pull request has started: it only reads."""
        self.world.tokens[name] = Token(self.world.user(BOT), dict(READ), installation=True)
        return name

    def user_token(self, login, name=None):
        """A personal access token."""
        name = name or f"token-of-{login}"
        self.world.tokens[name] = Token(self.world.user(login), {**WORKFLOW, "contents": "write"})
        return name

    def environment(self, token="workflow", enterprise=False):
        """What a runner sets."""
        root = self.server.address
        return {
            "GITHUB_API_URL": f"{root}/api/v3" if enterprise else root,
            "GITHUB_GRAPHQL_URL": f"{root}/api/graphql" if enterprise else f"{root}/graphql",
            "GITHUB_SERVER_URL": root,
            "GITHUB_REPOSITORY": self.world.full_name,
            "GITHUB_TOKEN": token,
            "GITHUB_ACTIONS": "true",
        }

    def client(self, token="workflow", enterprise=False, **options):
        """PyGithub."""
        from github import Auth, Github

        given = {"seconds_between_requests": None, "seconds_between_writes": None, "retry": None, "lazy": True}
        base = self.environment(token, enterprise)["GITHUB_API_URL"]
        return Github(base_url=base, auth=Auth.Token(token), **{**given, **options})

    def ask(self, method, path, content=None, token="workflow", **headers):
        """A request as it is, without PyGithub; a dictionary is sent as JSON."""
        import requests

        given = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): one for name, one in headers.items()}}
        return requests.request(method, self.server.address + path, json=content, headers=given, timeout=10)

    def query(self, text, token="workflow", **variables):
        """A request of GraphQL."""
        return self.ask("POST", "/graphql", {"query": text, "variables": variables}, token).json()

    def repository(self, token="workflow", **options):
        """PyGithub's repository."""
        return self.client(token, **options).get_repo(self.world.full_name)

    # -- what happens --------------------------------------------------------------------------------------------

    @property
    def base(self):
        return self.git.at("refs/heads/main")

    def commit(self, files, message="Change", branch="main"):
        """A commit on a branch of the repository, by default on what pull requests are against."""
        with self.world.lock:
            ref = f"refs/heads/{branch}"
            sha = self.git.commit(self.git.at(ref) or self.base, files, message, [ref])
            for pull in self.world.pulls.values():
                if pull.base_ref == branch and pull.state == "open":
                    self.world.move(pull)
        return sha

    def open(self, files, author="dev", fork=False, title="Change", base="main"):
        """A pull request with one commit."""
        world = self.world
        with world.lock:
            number = len(world.pulls) + 1
            tip = self.git.at(f"refs/heads/{base}")
            pull = Pull(
                number=number,
                author=world.user(author),
                title=title,
                base_ref=base,
                head_ref=f"change-{number}",
                head_repository=f"{author}/{world.name}" if fork else world.full_name,
                head=tip,
                created=world.clock.stamp(),
            )
            world.pulls[number] = pull
            made = PullRequest(self, pull)
            made._commit(tip, files, title)
        return made

    def person(self, login):
        return Person(self, login)

    def trespasses(self, login=BOT):
        """What ``login`` has done to what others wrote."""
        return [(deed, thing) for who, deed, thing in self.world.touched if who == login]

    def checkout(self, folder, pull, merge=False):
        """A clone as a workflow has it: all commits, at the head of a pull request or at its test merge."""
        sha = pull.test_merge() if merge else pull.head
        if sha is None:
            raise ConflictError(pull.number)
        self.git("clone", "--quiet", "--no-checkout", str(self.git.folder), str(folder), here=self.folder)
        self.git("fetch", "--quiet", "origin", "+refs/pull/*:refs/remotes/pull/*", here=folder)
        self.git("checkout", "--quiet", "--detach", sha, here=folder)
        return folder

    def node_id(self, thing):
        """The name that GraphQL has for a comment, review or thread."""
        kinds = {"ReviewComment": "PullRequestReviewComment", "Review": "PullRequestReview"}
        kinds["Thread"] = "PullRequestReviewThread"
        name = type(thing).__name__
        return node_id(kinds.get(name, name), thing.id)
