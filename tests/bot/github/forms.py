"""How REST shows things. What says nothing about a review is taken from GitHub's example of a webhook."""

import copy
import functools
import json

from bot.github.rules import shown_patch
from bot.github.state import node_id
from bot.github.validation import SPEC

EXAMPLE = "Codertocat/Hello-World"


@functools.cache
def _example(action, full_name, api, html):
    text = (SPEC / "pull_request.json").read_text(encoding="utf-8").replace("https://api.github.com", api)
    return json.loads(text.replace("https://github.com", html).replace(EXAMPLE, full_name))[action]


class Forms:
    """Things as JSON, with the addresses that a client has used."""

    def __init__(self, world, api, html):
        self.world = world
        self.api, self.html = api, html

    def at(self, path):
        return f"{self.api}/repos/{self.world.full_name}{path}"

    def page(self, pull):
        return f"{self.html}/{self.world.full_name}/pull/{pull.number}"

    def example(self, action, full_name):
        """GitHub's example of an event, as that of another repository."""
        return _example(action, full_name, self.api, self.html)

    # -- accounts and repositories -------------------------------------------------------------------------------

    def user(self, user):
        at = f"{self.api}/users/{user.login}"
        lists = {
            name: f"{at}/{name}"
            for name in ("followers", "gists", "starred", "subscriptions", "repos", "events", "received_events")
        }
        return {
            "login": user.login, "id": user.id, "node_id": node_id(user.kind, user.id), "avatar_url": "", "url": at,
            "gravatar_id": "", "html_url": f"{self.html}/{user.bare}", "type": user.kind, "site_admin": False,
            "following_url": f"{at}/following", "organizations_url": f"{at}/orgs",
            **{f"{name}_url": one for name, one in lists.items()},
        }  # fmt: skip

    def association(self, user):
        return "OWNER" if user.login == self.world.owner else "NONE" if user.kind == "Bot" else "CONTRIBUTOR"

    def repository(self, full_name):
        owner, _, name = full_name.partition("/")
        made = copy.deepcopy(self.example("opened", full_name)["pull_request"]["base"]["repo"])
        fork = full_name != self.world.full_name
        made |= {"name": name, "full_name": full_name, "owner": self.user(self.world.user(owner)), "fork": fork}
        made |= {"id": 2 if fork else 1, "node_id": node_id("Repository", full_name), "default_branch": "main"}
        return made | {"private": False, "allow_forking": True}

    def full_repository(self):
        made = self.repository(self.world.full_name)
        more = {"network_count": 0, "subscribers_count": 0, "has_discussions": False}
        return made | more | {"permissions": {"admin": False, "push": True, "pull": True}}

    # -- pull requests -------------------------------------------------------------------------------------------

    def pull(self, pull, brief=False):
        world = self.world
        made = copy.deepcopy(self.example("opened", world.full_name)["pull_request"])
        text = json.dumps(made)
        for place in ("pull", "pulls", "issues"):
            text = text.replace(
                f"{world.full_name}/{place}/{made['number']}", f"{world.full_name}/{place}/{pull.number}"
            )
        made = json.loads(text)
        files = world.files(pull)
        made |= {
            "id": 10_000 + pull.number, "node_id": node_id("PullRequest", pull.number), "number": pull.number,
            "auto_merge": None, "body": None, "state": pull.state, "merged": pull.merged, "draft": pull.draft,
            "title": pull.title,
            "user": self.user(pull.author), "author_association": self.association(pull.author),
            "created_at": pull.created, "updated_at": pull.created, "merge_commit_sha": None,
            "closed_at": None if pull.state == "open" else pull.created,
            "merged_at": pull.created if pull.merged else None,
            "changed_files": len(files), "additions": sum(one.additions for one in files),
            "deletions": sum(one.deletions for one in files), "comments": len(pull.comments),
            "review_comments": len(pull.review_comments),
            "commits": len(world.git.between(world.merge_base(pull), pull.head)),
        }  # fmt: skip
        sides = (("head", pull.head_ref, pull.head, pull.head_repository),)
        sides += (("base", pull.base_ref, world.base_sha(pull), world.full_name),)
        for name, ref, sha, full_name in sides:
            owner = full_name.partition("/")[0]
            made[name] = {"label": f"{owner}:{ref}", "ref": ref, "sha": sha, "user": self.user(world.user(owner))}
            made[name]["repo"] = self.repository(full_name)
        made["_links"]["statuses"]["href"] = made["statuses_url"] = self.at(f"/statuses/{pull.head}")
        if brief:
            full = "merged mergeable rebaseable mergeable_state merged_by comments review_comments"
            full += " maintainer_can_modify commits additions deletions changed_files"
            made = {name: one for name, one in made.items() if name not in full.split()}
        return made

    def event(self, pull, action):
        """The payload of an event, as a workflow finds it in a file."""
        made = copy.deepcopy(self.example(action, self.world.full_name))
        made |= {"action": action, "number": pull.number, "pull_request": self.pull(pull)}
        made |= {"repository": self.repository(self.world.full_name), "sender": self.user(pull.author)}
        made.pop("installation", None)
        if action == "synchronize":
            made |= {"before": pull.heads[-2], "after": pull.head}
        return made

    def file(self, file, sha):
        at = f"{self.html}/{self.world.full_name}"
        made = {
            "sha": file.blob if file.status != "removed" else None, "filename": file.path, "status": file.status,
            "additions": file.additions, "deletions": file.deletions, "changes": file.additions + file.deletions,
            "blob_url": f"{at}/blob/{sha}/{file.path}", "raw_url": f"{at}/raw/{sha}/{file.path}",
            "contents_url": self.at(f"/contents/{file.path}?ref={sha}"),
        }  # fmt: skip
        if file.previous != file.path:
            made["previous_filename"] = file.previous
        patch = shown_patch(self.world.limits, file)
        return made if patch is None else made | {"patch": patch}

    # -- what is said --------------------------------------------------------------------------------------------

    def review(self, review, pull):
        made = {
            "id": review.id, "node_id": node_id("PullRequestReview", review.id), "user": self.user(review.author),
            "body": review.body, "state": review.state, "commit_id": review.commit,
            "html_url": f"{self.page(pull)}#pullrequestreview-{review.id}",
            "pull_request_url": self.at(f"/pulls/{pull.number}"),
            "author_association": self.association(review.author),
        }  # fmt: skip
        made["_links"] = _links(html=made["html_url"], pull_request=made["pull_request_url"])
        return made if review.submitted is None else made | {"submitted_at": review.submitted}

    def comment(self, comment, pull):
        was, now = comment.original, comment.current
        made = {
            "id": comment.id, "node_id": node_id("PullRequestReviewComment", comment.id),
            "url": self.at(f"/pulls/comments/{comment.id}"), "pull_request_review_id": comment.review.id,
            "diff_hunk": comment.excerpt, "path": now.path if now else was.path, "user": self.user(comment.author),
            "commit_id": comment.shown_at, "original_commit_id": comment.commit, "body": comment.body,
            "created_at": comment.created, "updated_at": comment.updated,
            "html_url": f"{self.page(pull)}#discussion_r{comment.id}",
            "pull_request_url": self.at(f"/pulls/{pull.number}"),
            "author_association": self.association(comment.author),
            "subject_type": "file" if was.line is None else "line",
        }  # fmt: skip
        made["_links"] = _links(html=made["html_url"], pull_request=made["pull_request_url"])
        made["_links"]["self"] = {"href": made["url"]}
        if was.line is not None:
            made |= {
                "side": was.side, "line": now and now.line, "original_line": was.line,
                "start_side": was.start_side, "start_line": now and now.start_line,
                "original_start_line": was.start_line, "position": comment.position,
                "original_position": comment.original_position,
            }  # fmt: skip
        return made if comment.reply_to is None else made | {"in_reply_to_id": comment.reply_to.id}

    def old_comment(self, comment, pull):
        """As the list of a review's comments has it: every one has a position, be it none."""
        made = self.comment(comment, pull)
        return {"position": None, **made, "original_position": comment.original_position or 1}

    def issue_comment(self, comment, pull):
        return {
            "id": comment.id, "node_id": node_id("IssueComment", comment.id), "body": comment.body,
            "url": self.at(f"/issues/comments/{comment.id}"), "user": self.user(comment.author),
            "html_url": f"{self.page(pull)}#issuecomment-{comment.id}",
            "issue_url": self.at(f"/issues/{pull.number}"), "created_at": comment.created,
            "updated_at": comment.updated, "author_association": self.association(comment.author),
            "performed_via_github_app": None,
        }  # fmt: skip

    # -- check runs ----------------------------------------------------------------------------------------------

    def check(self, run):
        at = self.at(f"/check-runs/{run.id}")
        html = f"{self.html}/{self.world.full_name}/runs/{run.id}"
        return {
            "id": run.id, "node_id": node_id("CheckRun", run.id), "name": run.name, "head_sha": run.head, "url": at,
            "html_url": html, "details_url": run.details_url or html, "external_id": run.external_id,
            "status": run.status, "conclusion": run.conclusion, "started_at": run.started,
            "completed_at": run.completed, "check_suite": {"id": 1}, "app": self.app(run.app), "pull_requests": [],
            "output": {
                "title": run.title, "summary": run.summary, "text": run.text,
                "annotations_count": len(run.annotations), "annotations_url": f"{at}/annotations",
            },
        }  # fmt: skip

    def app(self, slug):
        owner = self.user(self.world.user("github"))
        return {
            "id": 15368, "slug": slug, "node_id": "MDM6QXBwMTUzNjg=", "owner": owner, "name": slug, "description": "",
            "external_url": self.html, "html_url": f"{self.html}/apps/{slug}", "created_at": "2018-07-30T09:30:17Z",
            "updated_at": "2018-07-30T09:30:17Z", "permissions": {"checks": "write"}, "events": [],
        }  # fmt: skip

    def annotation(self, run, one):
        nothing = {"start_column": None, "end_column": None, "title": None, "raw_details": None}
        blob = f"{self.html}/{self.world.full_name}/blob/{run.head}/{one['path']}"
        return {**nothing, **one, "blob_href": blob}

    # -- commits -------------------------------------------------------------------------------------------------

    def commit(self, sha):
        tree, parents, date, message = self.world.git.about(sha)
        at, html = self.at(f"/commits/{sha}"), f"{self.html}/{self.world.full_name}/commit"
        dev = self.user(self.world.user("dev"))
        who = {"name": "Dev", "email": "dev@example.com", "date": date}
        inner = {"author": who, "committer": who, "message": message, "comment_count": 0}
        inner |= {"url": self.at(f"/git/commits/{sha}"), "tree": {"sha": tree, "url": self.at(f"/git/trees/{tree}")}}
        ends = {"url": at, "html_url": f"{html}/{sha}", "comments_url": f"{at}/comments"}
        above = [{"sha": one, "url": self.at(f"/commits/{one}"), "html_url": f"{html}/{one}"} for one in parents]
        made = {"sha": sha, "node_id": node_id("Commit", sha), "commit": inner, **ends}
        return {**made, "author": dev, "committer": dev, "parents": above}


def _links(**addresses):
    return {name: {"href": one} for name, one in addresses.items()}
