"""Labels, of a repository and of an issue."""

from __future__ import annotations

import re

from bot.sandbox.actions import issues as actions
from bot.sandbox.errors import invalid, not_found
from bot.sandbox.rest.body import load
from bot.sandbox.rest.issues import EITHER_READ, EITHER_WRITE, check_writable, find
from bot.sandbox.rest.routing import Call, Reply, Routes
from bot.sandbox.shapes.issues import label as shape
from bot.sandbox.shapes.issues import labels as shapes

routes = Routes()
_LABELS = "/repos/{owner}/{repo}/labels"
_OF_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}/labels"


@routes.add("GET", _LABELS, EITHER_READ, docs="issues/labels#list-labels-for-a-repository")
def list_labels(call: Call) -> Reply:
    """A repository's labels."""
    known = sorted(call.repository.labels.values(), key=lambda one: one.id)
    return call.page(known, lambda one: shape(call.state, call.repository, one))


@routes.add("GET", f"{_LABELS}/{{name}}", EITHER_READ, docs="issues/labels#get-a-label")
def get_label(call: Call) -> Reply:
    """One label."""
    found = call.repository.labels.get(call.params["name"].lower())
    if found is None:
        raise not_found()
    return Reply(200, shape(call.state, call.repository, found))


@routes.add("POST", _LABELS, EITHER_WRITE, docs="issues/labels#create-a-label")
def create_label(call: Call) -> Reply:
    """Make a label."""
    name, color = call.body.text("name"), call.body.maybe("color") or "ededed"
    if name.lower() in call.repository.labels:
        raise invalid("Label", "name", "already_exists")
    if not re.fullmatch("[0-9a-fA-F]{6}", color):
        raise invalid("Label", "color")
    made = actions.label(call.state, call.repository, name, color.lower())
    made.description = call.body.maybe("description")
    body = shape(call.state, call.repository, made)
    return Reply(201, body, {"Location": body["url"]})


@routes.add("GET", _OF_ISSUE, EITHER_READ, docs="issues/labels#list-labels-for-an-issue")
def list_on_issue(call: Call) -> Reply:
    """An issue's labels."""
    return call.page(shapes(call.state, find(call)), lambda one: one)


@routes.add("POST", _OF_ISSUE, EITHER_WRITE, docs="issues/labels#add-labels-to-an-issue")
def add_to_issue(call: Call) -> Reply:
    """Give an issue labels; unknown ones are made."""
    issue = find(call)
    check_writable(call, issue)
    actions.add_labels(call.state, issue, _names(call), call.login)
    return Reply(200, shapes(call.state, issue))


def _names(call: Call) -> list[str]:
    sent = load(call.raw_body)  # GitHub also takes the bare list
    given = sent.get("labels", []) if isinstance(sent, dict) else sent
    if not isinstance(given, list):
        raise invalid("Label", "labels")
    return [str(item["name"]) if isinstance(item, dict) else str(item) for item in given]


@routes.add("PUT", _OF_ISSUE, EITHER_WRITE, docs="issues/labels#set-labels-for-an-issue")
def set_on_issue(call: Call) -> Reply:
    """Make these the labels of an issue."""
    issue = find(call)
    check_writable(call, issue)
    actions.set_labels(call.state, issue, _names(call), call.login)
    return Reply(200, shapes(call.state, issue))


@routes.add(
    "DELETE", f"{_OF_ISSUE}/{{name}}", EITHER_WRITE, docs="issues/labels#remove-a-label-from-an-issue"
)
def remove_from_issue(call: Call) -> Reply:
    """Take a label from an issue."""
    issue = find(call)
    check_writable(call, issue)
    actions.remove_label(call.state, issue, call.params["name"], call.login)
    return Reply(200, shapes(call.state, issue))
