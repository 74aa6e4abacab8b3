"""Comments on issues and pull requests, and reactions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.sandbox.actions import comments as actions
from bot.sandbox.errors import forbidden, not_found
from bot.sandbox.records import Comment, Issue
from bot.sandbox.rest.issues import EITHER_READ, EITHER_WRITE, ISSUE, check_writable, find, since
from bot.sandbox.rest.routing import Call, Reply, Routes
from bot.sandbox.shapes.issues import comment as comment_shape
from bot.sandbox.shapes.issues import reaction as reaction_shape

routes = Routes()
_COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}"


def _comment_page(call: Call, comments: Sequence[Comment]) -> Reply:
    moment = since(call)
    chosen = [comment for comment in comments if moment is None or comment.updated_at >= moment]
    return call.page(chosen, lambda comment: comment_shape(call.state, comment))


@routes.add("GET", f"{ISSUE}/comments", EITHER_READ, docs="issues/comments#list-issue-comments")
def list_comments(call: Call) -> Reply:
    """The comments on one issue, oldest first."""
    return _comment_page(call, find(call).comments)


@routes.add(
    "POST",
    f"{ISSUE}/comments",
    EITHER_WRITE,
    docs="issues/comments#create-an-issue-comment",
    open_to_users=True,
)
def create_comment(call: Call) -> Reply:
    """Comment."""
    issue = find(call)
    check_writable(call, issue)
    comment = actions.create(call.state, issue, call.body.text("body"), call.login)
    shape = comment_shape(call.state, comment)
    return Reply(201, shape, {"Location": shape["url"]})


@routes.add(
    "GET",
    "/repos/{owner}/{repo}/issues/comments",
    EITHER_READ,
    docs="issues/comments#list-issue-comments-for-a-repository",
)
def list_all_comments(call: Call) -> Reply:
    """The comments on all issues of a repository."""
    comments = list(call.repository.comments.values())
    if call.query.get("sort") == "updated":
        comments.sort(key=lambda comment: (comment.updated_at, comment.id))
    if call.query.get("direction") == "desc" and "sort" in call.query:
        comments.reverse()
    return _comment_page(call, comments)


def _comment(call: Call) -> Comment:
    found = call.repository.comments.get(call.number("comment_id"))
    if found is None:
        raise not_found()
    return found


@routes.add("GET", _COMMENT, EITHER_READ, docs="issues/comments#get-an-issue-comment")
def get_comment(call: Call) -> Reply:
    """One comment."""
    return Reply(200, comment_shape(call.state, _comment(call)))


@routes.add(
    "PATCH", _COMMENT, EITHER_WRITE, docs="issues/comments#update-an-issue-comment", open_to_users=True
)
def update_comment(call: Call) -> Reply:
    """Change one's own comment."""
    comment = _comment(call)
    _check_author(call, comment)
    actions.edit(call.state, comment, call.body.text("body"), call.login)
    return Reply(200, comment_shape(call.state, comment))


@routes.add(
    "DELETE", _COMMENT, EITHER_WRITE, docs="issues/comments#delete-an-issue-comment", open_to_users=True
)
def delete_comment(call: Call) -> Reply:
    """Take one's own comment away."""
    comment = _comment(call)
    _check_author(call, comment)
    actions.delete(call.state, comment, call.login)
    return Reply(204)


def _check_author(call: Call, comment: Comment) -> None:
    check_writable(call, comment.issue)
    mine = comment.author == call.login
    if not mine and (call.identity.kind == "installation" or not call.can_push()):
        raise forbidden()


def _reactions(call: Call, about: Issue | Comment) -> Reply:
    wanted = call.query.get("content")
    chosen = [one for one in about.reaction_records if wanted in (None, one.content)]
    return call.page(chosen, lambda one: reaction_shape(call.state, one))


def _react(call: Call, about: Issue | Comment) -> Reply:
    check_writable(call, about.issue if isinstance(about, Comment) else about)
    content = call.body.text("content")
    reaction, new = actions.react(call.state, about, content, call.login)
    return Reply(201 if new else 200, reaction_shape(call.state, reaction))


def _unreact(call: Call, about: Issue | Comment) -> Reply:
    actions.unreact(about, call.number("reaction_id"))
    return Reply(204)


def _serve_reactions(path: str, noun: str, look: Callable[[Call], Issue | Comment]) -> None:
    docs = "reactions/reactions#{}-for-" + noun
    routes.add("GET", f"{path}/reactions", EITHER_READ, docs=docs.format("list-reactions"))(
        lambda call: _reactions(call, look(call))
    )
    routes.add(
        "POST", f"{path}/reactions", EITHER_WRITE, docs=docs.format("create-reaction"), open_to_users=True
    )(lambda call: _react(call, look(call)))
    routes.add(
        "DELETE",
        f"{path}/reactions/{{reaction_id}}",
        EITHER_WRITE,
        docs=docs.format("delete-reaction"),
        open_to_users=True,
    )(lambda call: _unreact(call, look(call)))


_serve_reactions(ISSUE, "an-issue", find)
_serve_reactions(_COMMENT, "an-issue-comment", _comment)
