"""GraphQL: graphql-core executes it on GitHub's schema, over the same state as REST."""

import functools
import re
from dataclasses import dataclass

from bot.github import rules
from bot.github.call import Answer
from bot.github.state import IssueComment
from bot.github.validation import SPEC
from bot.github.views import VIEWS, Account, ComplaintError, Repository
from graphql import GraphQLError, build_schema, execute_sync, parse, validate


@functools.cache
def schema():
    """The cut of GitHub's schema."""
    return build_schema((SPEC / "schema.graphql").read_text(encoding="utf-8"), assume_valid=True)


@dataclass
class Context:
    """Who asks, and what there is."""

    world: object
    token: object
    html: str
    server: object


def snake(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


class Schema:
    """Executes requests. ``allowed`` is how many mutations of the next request are carried out; None: all."""

    def __init__(self, world):
        self.world = world
        self.allowed = None

    def execute(self, token, content, server):
        """The answer to a request."""
        query = content.get("query") if isinstance(content, dict) else None
        if not isinstance(query, str):
            return Answer(400, {"message": "A query attribute must be specified and must be a string."})
        try:
            document = parse(query)
            errors = validate(schema(), document)
        except GraphQLError as error:
            errors = [error]
        if errors:
            server.violations += [f"GraphQL: {one.message}" for one in errors]
            return Answer(200, {"errors": [{"message": one.message} for one in errors]})
        context = Context(self.world, token, server.address, server)
        done = execute_sync(
            schema(),
            document,
            root_value=self,
            context_value=context,
            variable_values=content.get("variables") or {},
            operation_name=content.get("operationName"),
            field_resolver=self._field,
            type_resolver=lambda one, *_: one.kind,
        )
        answer = {} if done.data is None and done.errors else {"data": done.data}
        if done.errors:
            answer["errors"] = [self._error(one, server) for one in done.errors]
        return Answer(200, answer)

    def _error(self, error, server):
        made = {"message": error.message, "path": error.path or []}
        cause = error.original_error
        if isinstance(cause, ComplaintError):
            return {"type": cause.kind, **made}
        # The variables do not fit, or the fake does not know something.
        server.violations.append(f"GraphQL: {error}")
        return made

    def _field(self, source, info, **given):
        """The value of a field."""
        name = info.field_name
        if isinstance(source, dict):
            return source[name]
        if source is self:
            return self._root(info, given)
        value = getattr(source, snake(name), None)
        if value is None and not hasattr(source, snake(name)):
            raise NotImplementedError(f"the fake does not know {info.parent_type.name}.{name}")
        return value(**{snake(key): one for key, one in given.items()}) if callable(value) else value

    def _root(self, info, given):
        context = info.context
        if info.parent_type.name == "Query":
            return QUERIES[info.field_name](context, **given)
        if self.allowed is not None:
            self.allowed -= 1
            if self.allowed < 0:
                raise ComplaintError("INTERNAL", "Something went wrong while executing your query.")
        asked = given["input"]
        try:
            rules.permitted(context.token, info.field_name)
            made = MUTATIONS[info.field_name](context, asked)
        except rules.RefusedError as error:
            kinds = {403: "FORBIDDEN", 404: "NOT_FOUND"}
            words = [one if isinstance(one, str) else one["message"] for one in error.errors or [error.message]]
            raise ComplaintError(kinds.get(error.status, "UNPROCESSABLE"), ", ".join(words)) from error
        return {"clientMutationId": asked.get("clientMutationId"), **made}


# Queries


def repository(context, owner, name, **_):
    if f"{owner}/{name}".lower() != context.world.full_name.lower():
        raise ComplaintError("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'.")
    return Repository(context, context.world)


def view(context, id):
    """What a node ID names; the drafts of others are not there."""
    found = context.world.node(id)
    if found is not None:
        kind, thing, pull = found
        seen = thing.comments[0] if kind == "PullRequestReviewThread" else thing
        review = getattr(seen, "review", seen)
        if getattr(review, "state", "") != "PENDING" or review.author == context.token.user:
            return VIEWS[kind](context, thing, pull)
    raise ComplaintError("NOT_FOUND", f"Could not resolve to a node with the global id of '{id}'.")


def rate_limit(context, **_):
    one = context.server.rates().content["rate"]
    return {**one, "cost": 1, "nodeCount": 1, "resetAt": context.world.clock.stamp()}


QUERIES = {
    "repository": repository,
    "viewer": lambda context: Account(context, context.token.user, "viewer"),
    "node": view,
    "nodes": lambda context, ids: [view(context, id) for id in ids],
    "rateLimit": rate_limit,
}

# Mutations


def of_kind(context, id, *kinds):
    found = view(context, id)
    if found.kind not in kinds:
        raise ComplaintError("NOT_FOUND", f"Could not resolve to {kinds[0]} node with the global id of '{id}'.")
    return found


def minimize(context, asked):
    found = of_kind(context, asked["subjectId"], "IssueComment", "PullRequestReviewComment", "PullRequestReview")
    reason = asked["classifier"].lower().replace("_", "-")
    context.world.minimize(context.token.user, found.thing, reason)
    return {"minimizedComment": found}


def unminimize(context, asked):
    found = of_kind(context, asked["subjectId"], "IssueComment", "PullRequestReviewComment", "PullRequestReview")
    context.world.minimize(context.token.user, found.thing, None)
    return {"unminimizedComment": found}


def resolve(context, asked, resolved=True):
    found = of_kind(context, asked["threadId"], "PullRequestReviewThread")
    context.world.resolve(context.token.user, found.thing, resolved)
    return {"thread": found}


def edit(context, found, body, resource, field, empty=False):
    (rules.short if empty else rules.said)(context.world.limits, resource, body)
    context.world.edit(context.token.user, found.thing, body)
    return {field: found}


def update_comment(context, asked):
    found = of_kind(context, asked["pullRequestReviewCommentId"], "PullRequestReviewComment")
    return edit(context, found, asked["body"], "PullRequestReviewComment", "pullRequestReviewComment")


def update_issue_comment(context, asked):
    return edit(context, of_kind(context, asked["id"], "IssueComment"), asked["body"], "IssueComment", "issueComment")


def update_review(context, asked):
    found = of_kind(context, asked["pullRequestReviewId"], "PullRequestReview")
    return edit(context, found, asked["body"], "PullRequestReview", "pullRequestReview", empty=True)


def delete_comment(context, asked, kind, field):
    found = of_kind(context, asked["id"], kind)
    context.world.remove(context.token.user, found.pull, found.thing)
    return {field: found} if field else {}


def delete_review(context, asked):
    found = of_kind(context, asked["pullRequestReviewId"], "PullRequestReview")
    rules.discard(context.world, found.pull, context.token, found.thing)
    return {"pullRequestReview": found}


def dismiss_review(context, asked):
    found = of_kind(context, asked["pullRequestReviewId"], "PullRequestReview")
    rules.dismiss(context.world, context.token, found.thing, asked["message"])
    return {"pullRequestReview": found}


def add_comment(context, asked):
    found = of_kind(context, asked["subjectId"], "PullRequest")
    rules.said(context.world.limits, "IssueComment", asked["body"])
    found.pull.comments.append(IssueComment(**context.world.new(context.token.user, asked["body"])))
    made = VIEWS["IssueComment"](context, found.pull.comments[-1], found.pull)
    return {"subject": found, "commentEdge": {"node": made, "cursor": f"cursor:{made.thing.id}"}}


def add_review(context, asked):
    found = of_kind(context, asked["pullRequestId"], "PullRequest")
    names = {"startLine": "start_line", "startSide": "start_side"}
    given = [*(asked.get("comments") or []), *(asked.get("threads") or [])]
    comments = [{names.get(key, key): value for key, value in one.items()} for one in given]
    request = {"event": asked.get("event"), "body": asked.get("body"), "commit_id": asked.get("commitOID")}
    made = rules.review(context.world, found.pull, context.token, {**request, "comments": comments})
    made = VIEWS["PullRequestReview"](context, made, found.pull)
    return {"pullRequestReview": made, "reviewEdge": {"node": made, "cursor": f"cursor:{made.thing.id}"}}


def submit_review(context, asked):
    found = of_kind(context, asked["pullRequestReviewId"], "PullRequestReview")
    rules.submit(context.world, found.pull, context.token, found.thing, asked["event"], asked.get("body") or "")
    return {"pullRequestReview": found}


def add_reply(context, asked):
    found = of_kind(context, asked["pullRequestReviewThreadId"], "PullRequestReviewThread")
    made = rules.reply(context.world, found.pull, context.token, found.thing.comments[0], asked["body"])
    return {"comment": VIEWS["PullRequestReviewComment"](context, made, found.pull)}


MUTATIONS = {
    "addComment": add_comment,
    "addPullRequestReview": add_review,
    "addPullRequestReviewThreadReply": add_reply,
    "deleteIssueComment": functools.partial(delete_comment, kind="IssueComment", field=""),
    "deletePullRequestReview": delete_review,
    "deletePullRequestReviewComment": functools.partial(
        delete_comment, kind="PullRequestReviewComment", field="pullRequestReviewComment"
    ),
    "dismissPullRequestReview": dismiss_review,
    "minimizeComment": minimize,
    "resolveReviewThread": resolve,
    "submitPullRequestReview": submit_review,
    "unminimizeComment": unminimize,
    "unresolveReviewThread": functools.partial(resolve, resolved=False),
    "updateIssueComment": update_issue_comment,
    "updatePullRequestReview": update_review,
    "updatePullRequestReviewComment": update_comment,
}
