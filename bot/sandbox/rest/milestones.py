"""Milestones."""

from __future__ import annotations

from bot.sandbox.actions import milestones as actions
from bot.sandbox.errors import not_found
from bot.sandbox.records import Milestone
from bot.sandbox.rest.routing import Call, Reply, Routes
from bot.sandbox.shapes.issues import milestone as shape

routes = Routes()
_READ, _WRITE = "issues=read; pull_requests=read", "issues=write; pull_requests=write"


@routes.add("GET", "/repos/{owner}/{repo}/milestones", _READ, docs="issues/milestones#list-milestones")
def list_milestones(call: Call) -> Reply:
    """Milestones by due date or by completeness; open ones unless asked otherwise."""
    wanted = call.query.get("state", "open")
    found = [one for one in call.repository.milestones.values() if wanted in ("all", one.state)]
    if call.query.get("sort") == "completeness":
        found.sort(key=lambda one: (one.closed / max(1, one.open + one.closed), one.number))
    else:
        found.sort(key=lambda one: (one.due_on is None, one.due_on or one.created_at, one.number))
    if call.query.get("direction") == "desc":
        found.reverse()
    return call.page(found, lambda one: shape(call.state, one))


def find(call: Call, number: int) -> Milestone:
    """A milestone of the repository.

    Raises:
        ApiError: 404.
    """
    found = call.repository.milestones.get(number)
    if found is None:
        raise not_found()
    return found


@routes.add(
    "GET",
    "/repos/{owner}/{repo}/milestones/{milestone_number}",
    _READ,
    docs="issues/milestones#get-a-milestone",
)
def get_milestone(call: Call) -> Reply:
    """One milestone."""
    return Reply(200, shape(call.state, find(call, call.number("milestone_number"))))


@routes.add("POST", "/repos/{owner}/{repo}/milestones", _WRITE, docs="issues/milestones#create-a-milestone")
def create_milestone(call: Call) -> Reply:
    """Open a milestone."""
    title, description = call.body.text("title"), call.body.maybe("description")
    state = call.body.choice("state", "open", "closed")
    due_on = call.body.moment("due_on")
    made = actions.create(call.state, call.repository, title, call.login, description)
    made.due_on = due_on
    if state == "closed":
        actions.set_state(call.state, made, "closed", call.login)
    body = shape(call.state, made)
    return Reply(201, body, {"Location": body["url"]})


@routes.add(
    "PATCH",
    "/repos/{owner}/{repo}/milestones/{milestone_number}",
    _WRITE,
    docs="issues/milestones#update-a-milestone",
)
def update_milestone(call: Call) -> Reply:
    """Change a milestone."""
    found = find(call, call.number("milestone_number"))
    state = call.body.choice("state", "open", "closed")
    actions.edit(
        call.state,
        found,
        call.login,
        title=call.body.maybe("title"),
        description=call.body.maybe("description"),
        due_on=call.body.moment("due_on"),
    )
    if state is not None:
        actions.set_state(call.state, found, "closed" if state == "closed" else "open", call.login)
    return Reply(200, shape(call.state, found))


@routes.add(
    "DELETE",
    "/repos/{owner}/{repo}/milestones/{milestone_number}",
    _WRITE,
    docs="issues/milestones#delete-a-milestone",
)
def delete_milestone(call: Call) -> Reply:
    """Delete a milestone."""
    actions.delete(call.state, find(call, call.number("milestone_number")), call.login)
    return Reply(204)
