"""Issues."""

from __future__ import annotations

from datetime import datetime

from bot.sandbox.actions import issues as actions
from bot.sandbox.actions import pulls as pull_actions
from bot.sandbox.errors import ApiError, forbidden, invalid, not_found
from bot.sandbox.records import Issue, Milestone, PullRequest
from bot.sandbox.rest.routing import Call, Reply, Routes
from bot.sandbox.shapes.issues import issue as issue_shape
from bot.sandbox.times import parse

routes = Routes()
READ, WRITE = "issues=read", "issues=write"
EITHER_READ, EITHER_WRITE = "issues=read; pull_requests=read", "issues=write; pull_requests=write"
ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}"


def find(call: Call) -> Issue:
    """The issue or pull request that the path names.

    Raises:
        ApiError: 404, or 410 for a number that was given to an issue since deleted.
    """
    number = call.number("issue_number")
    found = call.repository.issues.get(number)
    if found is None:
        if 0 < number <= call.repository.last_number:
            raise ApiError(410, "This issue was deleted")
        raise not_found()
    return found


def check_writable(call: Call, issue: Issue) -> None:
    """Refuse an app that may write only to the other kind.

    Raises:
        ApiError: 403.
    """
    if call.identity.kind == "installation":
        pull = isinstance(issue, PullRequest)
        if not call.may("issues", "write") and not (pull and call.may("pull_requests", "write")):
            raise forbidden()


def since(call: Call) -> datetime | None:
    """The query's ``since``.

    Raises:
        ApiError: 422, it is no moment.
    """
    try:
        return parse(call.query["since"].replace(" ", "+")) if call.query.get("since") else None
    except ValueError:
        raise invalid("Issue", "since") from None


@routes.add("GET", "/repos/{owner}/{repo}/issues", EITHER_READ, docs="issues/issues#list-repository-issues")
def list_issues(call: Call) -> Reply:
    """Issues and pull requests, newest first; open ones unless asked otherwise.

    A repository with its issues disabled lists its pull requests alone.
    """
    chosen = [issue for issue in call.repository.issues.values() if _matches(call, issue)]
    key = {"updated": _updated, "comments": _comments}.get(call.query.get("sort", ""), _created)
    chosen.sort(key=key, reverse=call.query.get("direction") != "asc")
    return call.page(chosen, lambda issue: issue_shape(call.state, issue))


def _created(issue: Issue) -> tuple[float, int]:
    return issue.created_at.timestamp(), issue.number


def _updated(issue: Issue) -> tuple[float, int]:
    return issue.updated_at.timestamp(), issue.number


def _comments(issue: Issue) -> tuple[float, int]:
    return len(issue.comments), issue.number


def _matches(call: Call, issue: Issue) -> bool:
    query = call.query
    wanted = {name.strip().lower() for name in query.get("labels", "").split(",") if name.strip()}
    creator = query.get("creator", "").lower()
    moment = since(call)
    return (
        (call.repository.has_issues or isinstance(issue, PullRequest))
        and query.get("state", "open") in ("all", issue.state)
        and wanted <= {name.lower() for name in issue.labels}
        and (not creator or _is_by(issue.author, creator))
        and _in_milestone(issue, query.get("milestone", ""))
        and _assigned(issue, query.get("assignee", ""))
        and (moment is None or issue.updated_at >= moment)
    )


def _is_by(author: str, creator: str) -> bool:
    return creator == author.lower() or creator == "app/" + author.lower().removesuffix("[bot]")


def _in_milestone(issue: Issue, wanted: str) -> bool:
    if wanted in ("", "*"):
        return not wanted or issue.milestone is not None
    number = str(issue.milestone.number) if issue.milestone else "none"
    return wanted == number


def _assigned(issue: Issue, wanted: str) -> bool:
    if wanted in ("", "*"):
        return not wanted or bool(issue.assignees)
    return not issue.assignees if wanted == "none" else wanted in issue.assignees


@routes.add("GET", ISSUE, EITHER_READ, docs="issues/issues#get-an-issue")
def get_issue(call: Call) -> Reply:
    """One issue or pull request."""
    return Reply(200, issue_shape(call.state, find(call)))


@routes.add(
    "POST", "/repos/{owner}/{repo}/issues", WRITE, docs="issues/issues#create-an-issue", open_to_users=True
)
def create_issue(call: Call) -> Reply:
    """Open an issue."""
    if not call.repository.has_issues:
        raise ApiError(410, "Issues has been disabled in this repository.")
    title, body = call.body.text("title"), call.body.maybe("body")
    trusted = call.may("issues", "write")
    milestone = _milestone(call) if trusted and "milestone" in call.body else None
    labels = _label_names(call) if trusted and "labels" in call.body else []
    issue = actions.create(call.state, call.repository, title, body, call.login)
    if trusted:
        issue.assignees = [login for login in call.body.texts("assignees") if call.state.account(login)]
    actions.add_labels(call.state, issue, labels, call.login)
    actions.set_milestone(call.state, issue, milestone, call.login)
    shape = issue_shape(call.state, issue)
    return Reply(201, shape, {"Location": shape["url"]})


def _milestone(call: Call) -> Milestone | None:
    number = call.body.integer("milestone")
    if number is None:
        return None
    found = call.repository.milestones.get(number)
    if found is None:
        raise invalid("Issue", "milestone", value=str(number))
    return found


def _label_names(call: Call) -> list[str]:
    given = call.body.fields.get("labels") or []
    return [item["name"] if isinstance(item, dict) else str(item) for item in given]


@routes.add("PATCH", ISSUE, EITHER_WRITE, docs="issues/issues#update-an-issue")
def update_issue(call: Call) -> Reply:
    """Change an issue, or a pull request as an issue."""
    issue, body = find(call), call.body
    check_writable(call, issue)
    state = body.choice("state", "open", "closed")
    reason = body.choice("state_reason", "completed", "not_planned", "duplicate", "reopened")
    milestone = _milestone(call) if "milestone" in body else issue.milestone
    title = body.text("title") if "title" in body else None
    text = (body.maybe("body") or "") if "body" in body else None
    actions.edit(call.state, issue, call.login, title=title, body=text)
    if "labels" in body:
        actions.set_labels(call.state, issue, _label_names(call), call.login)
    if "assignees" in body:
        issue.assignees = [login for login in body.texts("assignees") if call.state.account(login)]
    actions.set_milestone(call.state, issue, milestone, call.login)
    if state == "closed":
        _close(call, issue, reason)
    elif state == "open":
        _reopen(call, issue)
    return Reply(200, issue_shape(call.state, issue))


def _close(call: Call, issue: Issue, reason: str | None) -> None:
    if isinstance(issue, PullRequest):
        pull_actions.close(call.state, issue, call.login)
    else:
        actions.close(call.state, issue, call.login, reason or "completed")


def _reopen(call: Call, issue: Issue) -> None:
    if isinstance(issue, PullRequest):
        pull_actions.reopen(call.state, issue, call.login)
    else:
        actions.reopen(call.state, issue, call.login)
