"""What goes wrong on the way: errors of the server, lost answers, limits, and what others do in between."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Trouble:
    """What happens to a request instead of, or before, or after what it asks for."""

    status: int | None = None
    """The status of the answer; None to leave the answer as it is."""
    store: bool = False
    """Whether the request is carried out, although the client does not see that."""
    drop: bool = False
    """Whether the connection is closed without an answer."""
    hang: float = 0.0
    """Seconds without an answer; then the connection is closed."""
    headers: dict = field(default_factory=dict)
    message: str = ""
    mutations: int | None = None
    """How many mutations of a GraphQL request are carried out before it fails; None: all."""
    act: Callable[[], object] | None = None
    """What somebody else does just before."""

    @property
    def hides(self):
        """Whether the client does not see the true answer."""
        return self.status is not None or self.drop or self.hang > 0


@dataclass
class Plan:
    """A `Trouble` for the next ``times`` requests of a kind."""

    method: str
    path: str
    containing: str
    times: int
    trouble: Trouble

    def fits(self, received):
        return (
            self.times > 0
            and self.method in ("*", received.method)
            and re.search(self.path, received.path) is not None
            and self.containing in received.text
        )


class Troubles:
    """What is to go wrong. Each request takes the first plan that fits, else its place in the schedule, else chance.

    ``path`` is searched for as a regular expression, ``containing`` as text of the request's body: the name of a
    mutation for instance.
    """

    def __init__(self):
        self.plans = []
        self.queue = []
        self.chance = None

    def clear(self):
        self.__init__()

    # -- one thing -----------------------------------------------------------------------------------------------

    def plan(self, method, path, trouble, times=1, containing=""):
        self.plans.append(Plan(method, path, containing, times, trouble))
        return self.plans[-1]

    def before(self, method, path, *, status=None, drop=False, hang=0.0, times=1, containing=""):
        """Fail before anything is stored."""
        return self.plan(method, path, _failure(status, drop, hang, False), times, containing)

    def after(
        self, method, path, *, status=None, drop=False, hang=0.0, times=1, containing="", store=True, mutations=None
    ):
        """Store, and fail then: the client cannot know."""
        trouble = _failure(status, drop, hang, store)
        trouble.mutations = mutations
        return self.plan(method, path, trouble, times, containing)

    def meanwhile(self, method, path, act, *, times=1, containing=""):
        """Call ``act`` just before a request is carried out: somebody pushes between two requests of a client."""
        return self.plan(method, path, Trouble(act=act), times, containing)

    def secondary(self, method="POST", path="", *, retry_after=60, status=403, times=1, containing=""):
        """Refuse with a secondary limit (GitHub's documentation: 403 or 429; `retry-after` may be missing)."""
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        trouble = Trouble(status, headers=headers, message=SECONDARY)
        return self.plan(method, path, trouble, times, containing)

    # -- many things ---------------------------------------------------------------------------------------------

    def schedule(self, troubles):
        """For the next requests one `Trouble` each; None for none."""
        self.queue += troubles

    def at_random(self, seed, probability, among=None):
        """With ``probability`` any of ``among`` for any request, the same ones for the same seed."""
        self.chance = (random.Random(seed), probability, list(among or COMMON))

    def take(self, received):
        """What happens to a request."""
        plan = next((one for one in self.plans if one.fits(received)), None)
        if plan is not None:
            plan.times -= 1
            return plan.trouble
        if self.queue:
            return self.queue.pop(0) or Trouble()
        if self.chance is not None:
            chance, probability, among = self.chance
            if chance.random() < probability:
                return chance.choice(among)
        return Trouble()


def _failure(status, drop, hang, store):
    if status is None and not drop and not hang:
        status = 502
    return Trouble(status, store, drop, hang)


SECONDARY = (
    "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. "
    "Please retry your request again later."
)
COMMON = (
    Trouble(502),
    Trouble(502, store=True),
    Trouble(500, store=True, mutations=1),
    Trouble(drop=True),
    Trouble(drop=True, store=True),
    Trouble(403, headers={"retry-after": "3"}, message=SECONDARY),
    Trouble(429, headers={"retry-after": "1"}, message=SECONDARY),
)
"""What happens on real days, but for waiting."""


def schedules(most=8, among=COMMON):
    """A hypothesis strategy of what `Troubles.schedule` takes; it shrinks to no trouble."""
    from hypothesis import strategies

    return strategies.lists(strategies.sampled_from([None, *among]), max_size=most)
