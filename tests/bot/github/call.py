"""What an endpoint is given and what it answers."""

import urllib.parse
from dataclasses import dataclass, field

from bot.github.forms import Forms
from bot.github.rules import failed, missing

OPERATIONS = {}
"""What carries out an operation, by the name that GitHub's description gives it."""


def operation(name):
    """Mark a function as that which carries out an operation."""

    def mark(function):
        OPERATIONS[name] = function
        return function

    return mark


@dataclass
class Answer:
    """What is sent back; ``content`` is JSON, or text of another type."""

    status: int
    content: object = None
    headers: dict = field(default_factory=dict)
    type: str = "application/json"


class Call:
    """A request that is well formed."""

    def __init__(self, world, token, received, parameters, api, html):
        self.world = world
        self.token = token
        self.parameters = parameters
        self.query = dict(received.query)
        self.body = received.content or {}
        self.accept = received.headers.get("accept", "")
        self.address = f"{api}{received.path}"
        self.forms = Forms(world, api, html)

    @property
    def user(self):
        return self.token.user

    def pull(self):
        number = int(self.parameters.get("pull_number") or self.parameters["issue_number"])
        if number not in self.world.pulls:
            raise missing()
        return self.world.pulls[number]

    def find(self, kind, name):
        """A thing by its number in the path, with its pull request; drafts of others are not there."""
        found = self.world.find(kind, int(self.parameters[name]))
        if found is None:
            raise missing()
        review = getattr(found[0], "review", found[0])
        if getattr(review, "state", "") == "PENDING" and review.author != self.user:
            raise missing()
        pull = self.parameters.get("pull_number")
        if pull is not None and found[1].number != int(pull):
            raise missing()
        return found

    def commit(self, name, field="sha"):
        """The full name of a commit or branch."""
        sha = self.world.git.at(name)
        if not sha:
            sha = self.world.git.at(f"refs/heads/{name.removeprefix('heads/')}")
        if not sha:
            raise failed("Commit", field, f"No commit found for SHA: {name}")
        return sha

    def page(self, items, form, wrap=None, limit=None):
        """A page of a list: 30 unless asked for up to 100, with links to the other pages (GitHub's documentation)."""
        size = min(100, max(1, int(self.query.get("per_page", 30))))
        number = max(1, int(self.query.get("page", 1)))
        items = list(items)
        counted = items[:limit]
        last = max(1, -(-len(counted) // size))
        links = {}
        if number < last:
            links |= {"next": number + 1, "last": last}
        if number > 1:
            links |= {"prev": min(number - 1, last), "first": 1}
        listed = [form(one) for one in counted[(number - 1) * size : number * size]]
        content = listed if wrap is None else {"total_count": len(items), wrap: listed}
        return Answer(200, content, {"Link": self._links(links)} if links else {})

    def _links(self, pages):
        parts = []
        for name, number in pages.items():
            query = urllib.parse.urlencode({**self.query, "page": number})
            parts.append(f'<{self.address}?{query}>; rel="{name}"')
        return ", ".join(parts)
