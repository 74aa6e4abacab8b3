"""Comments and reactions."""

from __future__ import annotations

from bot.sandbox import events
from bot.sandbox.actions.issues import BODY_LIMIT, touch
from bot.sandbox.errors import ApiError, custom, invalid, not_found
from bot.sandbox.records import Comment, Issue, Reaction
from bot.sandbox.shapes.issues import REACTIONS
from bot.sandbox.state import State


def create(state: State, issue: Issue, body: str, by: str) -> Comment:
    """Comment on an issue or a pull request.

    Raises:
        ApiError: 422, the text is empty or too long.
    """
    _check(body)
    app = state.app_of(by)
    state.somebody(by)
    now = state.now()
    comment = Comment(state.ids.number(), issue, body, by, now, now, app.id if app else None)
    issue.comments.append(comment)
    issue.repository.comments[comment.id] = comment
    state.nodes[comment.node_id] = comment
    touch(state, issue)
    events.comment(state, "created", comment, by)
    return comment


def edit(state: State, comment: Comment, body: str, by: str) -> None:
    """Change a comment's text."""
    _check(body)
    changes = {"body": {"from": comment.body}}
    comment.body = body
    comment.updated_at = comment.last_edited_at = state.now()
    events.comment(state, "edited", comment, by, changes)


def delete(state: State, comment: Comment, by: str) -> None:
    """Take a comment away."""
    events.comment(state, "deleted", comment, by)
    comment.issue.comments.remove(comment)
    del comment.issue.repository.comments[comment.id]
    del state.nodes[comment.node_id]


def _check(body: str) -> None:
    if not body.strip():
        raise ApiError(
            422,
            "Validation Failed",
            errors=[{"resource": "IssueComment", "code": "missing_field", "field": "body"}],
        )
    if len(body) > BODY_LIMIT:
        raise custom("IssueComment", f"body is too long (maximum is {BODY_LIMIT} characters)")


def react(state: State, about: Issue | Comment, content: str, by: str) -> tuple[Reaction, bool]:
    """React once: the second time finds the first reaction.

    Returns:
        The reaction, and whether it is new.
    """
    if content not in REACTIONS:
        raise invalid("Reaction", "content")
    state.somebody(by)
    for reaction in about.reaction_records:
        if (reaction.content, reaction.author) == (content, by):
            return reaction, False
    reaction = Reaction(state.ids.number(), content, by, state.now())
    about.reaction_records.append(reaction)
    return reaction, True


def unreact(about: Issue | Comment, number: int) -> None:
    """Take a reaction away.

    Raises:
        ApiError: 404, there is none of that id.
    """
    for reaction in about.reaction_records:
        if reaction.id == number:
            about.reaction_records.remove(reaction)
            return
    raise not_found()
