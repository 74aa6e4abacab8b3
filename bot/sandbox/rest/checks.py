"""Check runs."""

from __future__ import annotations

from collections.abc import Callable

from bot.sandbox.actions.merging import merge_waiting
from bot.sandbox.actions.suites import rerequest, rerequest_run, suite_of
from bot.sandbox.checks import Annotation, CheckRun
from bot.sandbox.errors import ApiError, not_found, unprocessable
from bot.sandbox.rest.body import Body
from bot.sandbox.rest.commits import find_commit
from bot.sandbox.rest.routing import Call, Reply, Routes
from bot.sandbox.shapes.apps import check_run as shape
from bot.sandbox.shapes.checks import annotation, run_fields
from bot.sandbox.state import Event

routes = Routes()
_RUNS = "/repos/{owner}/{repo}/check-runs"
_STATUSES = ("queued", "in_progress", "completed")
_CONCLUSIONS = (
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "success",
    "skipped",
    "stale",
    "timed_out",
)
_MOST_ANNOTATIONS = 50
_TEXT_LIMIT = 65_535
_MESSAGE_LIMIT = 64 * 1024
_TITLE_LIMIT = 255
_LEVELS = ("notice", "warning", "failure")


@routes.add("POST", _RUNS, "checks=write", docs="checks/runs#create-a-check-run")
def create(call: Call) -> Reply:
    """Say something of a commit; apps only."""
    if call.identity.app is None:
        raise ApiError(403, "You must authenticate via a GitHub App.")
    name, sha = call.body.text("name"), call.body.text("head_sha")
    if call.repository.store.kind(sha) != "commit":
        raise unprocessable("No commit found for SHA: " + sha)
    app = call.identity.app
    run = CheckRun(
        id=call.state.ids.number(),
        suite_id=suite_of(call.state, call.repository, app.id, sha).id,
        app_id=app.id,
        name=name,
        head_sha=sha,
        status="queued",
    )
    _apply(call, run)
    call.repository.check_runs[run.id] = run
    _announce(call, "created", run)
    merge_waiting(call.state, call.repository)
    body = shape(call.state, call.repository, run)
    return Reply(201, body, {"Location": body["url"]})


def _apply(call: Call, run: CheckRun) -> None:
    body = call.body
    suite = suite_of(call.state, call.repository, run.app_id, run.head_sha)
    suite.waiting, suite.updated_at = False, call.state.now()
    status = body.choice("status", *_STATUSES)
    conclusion = body.choice("conclusion", *_CONCLUSIONS)
    if status == "completed" and conclusion is None and run.conclusion is None:
        raise unprocessable('Invalid request.\n\nMissing required keys "conclusion" in object.')
    output = body.object("output")
    if output is not None:
        _apply_output(run, output)
    run.name = body.maybe("name") or run.name
    run.details_url = body.maybe("details_url") or run.details_url
    run.external_id = body.maybe("external_id") or run.external_id
    run.started_at = body.moment("started_at") or run.started_at or call.state.now()
    run.status = "completed" if conclusion else status or run.status
    run.conclusion = conclusion or (run.conclusion if run.status == "completed" else None)
    if run.status == "completed":
        run.completed_at = body.moment("completed_at") or run.completed_at or call.state.now()


def _apply_output(run: CheckRun, output: Body) -> None:
    title, summary, text = output.maybe("title"), output.text("summary"), output.maybe("text")
    if any(part and len(part) > _TEXT_LIMIT for part in (summary, text)):
        raise unprocessable("Invalid request.\n\nOnly 65535 characters are allowed.")
    annotations = output.objects("annotations") if "annotations" in output else []
    if len(annotations) > _MOST_ANNOTATIONS:
        raise unprocessable(
            f"Invalid request.\n\nNo more than {_MOST_ANNOTATIONS} items are allowed; "
            f"{len(annotations)} were supplied."
        )
    run.title, run.summary, run.text = title or run.title, summary, text or run.text
    run.annotations += [_annotation(Body(given)) for given in annotations]


def _annotation(given: Body) -> Annotation:
    """One annotation. Whether the file has such a line is not looked at."""
    level = given.choice("annotation_level", *_LEVELS)
    start, end = given.integer("start_line"), given.integer("end_line")
    if level is None or start is None or end is None:
        raise unprocessable("Invalid request.\n\nMissing required keys of an annotation.")
    title, message, details = given.maybe("title"), given.text("message"), given.maybe("raw_details")
    if any(len(part.encode()) > _MESSAGE_LIMIT for part in (message, details or "")):
        raise unprocessable("Invalid request.\n\nAn annotation's message must not exceed 64 KB.")
    if len(title or "") > _TITLE_LIMIT:
        raise unprocessable(f"Invalid request.\n\nOnly {_TITLE_LIMIT} characters are allowed.")
    columns = given.integer("start_column"), given.integer("end_column")
    return Annotation(given.text("path"), start, end, level, message, title, details, *columns)


def _announce(call: Call, action: str, run: CheckRun) -> None:
    state, repository = call.state, call.repository
    state.emit(Event("check_run", action, call.login, lambda: run_fields(state, repository, run), repository))


def _find(call: Call) -> CheckRun:
    found = call.repository.check_runs.get(call.number("check_run_id"))
    if found is None:
        raise not_found()
    return found


@routes.add("GET", f"{_RUNS}/{{check_run_id}}", "checks=read", docs="checks/runs#get-a-check-run")
def get(call: Call) -> Reply:
    """One check run."""
    return Reply(200, shape(call.state, call.repository, _find(call)))


@routes.add("PATCH", f"{_RUNS}/{{check_run_id}}", "checks=write", docs="checks/runs#update-a-check-run")
def update(call: Call) -> Reply:
    """Say more of a commit; only by the app that began."""
    run = _find(call)
    if call.identity.app is None or call.identity.app.id != run.app_id:
        raise ApiError(
            403,
            "Invalid app_id `"
            + str(run.app_id)
            + "` - check run can only be modified by the GitHub App that created it.",
        )
    before = run.status
    _apply(call, run)
    if run.status == "completed" != before:
        _announce(call, "completed", run)
    merge_waiting(call.state, call.repository)
    return Reply(200, shape(call.state, call.repository, run))


@routes.add(
    "GET",
    "/repos/{owner}/{repo}/commits/{ref*}/check-runs",
    "checks=read",
    docs="checks/runs#list-check-runs-for-a-git-reference",
)
def list_for_ref(call: Call) -> Reply:
    """The check runs of a commit; of those that share a name, the latest unless all are asked for."""
    sha = find_commit(call.repository, call.params["ref"]).sha
    wanted: dict[str, Callable[[CheckRun], str]] = {
        "check_name": lambda run: run.name,
        "status": lambda run: run.status,
        "app_id": lambda run: str(run.app_id),
    }
    runs = [
        run
        for run in call.repository.check_runs.values()
        if run.head_sha == sha
        and all(call.query.get(name) in (None, read(run)) for name, read in wanted.items())
    ]
    if call.query.get("filter", "latest") == "latest":
        runs = list({(run.app_id, run.name): run for run in runs}.values())
    page = call.page(runs[::-1], lambda run: shape(call.state, call.repository, run))
    return Reply(200, {"total_count": len(runs), "check_runs": page.body}, page.headers)


@routes.add(
    "GET",
    f"{_RUNS}/{{check_run_id}}/annotations",
    "checks=read",
    docs="checks/runs#list-check-run-annotations",
)
def list_annotations(call: Call) -> Reply:
    """What a run says of single lines, in the order in which it came."""
    run = _find(call)
    return call.page(run.annotations, lambda shown: annotation(call.state, call.repository, run, shown))


@routes.add(
    "POST", f"{_RUNS}/{{check_run_id}}/rerequest", "checks=write", docs="checks/runs#rerequest-a-check-run"
)
def rerequest_one(call: Call) -> Reply:
    """Ask for a check again; the run stays as it is until its app says more."""
    rerequest_run(call.state, call.repository, _find(call), call.login)
    return Reply(201, {})


@routes.add(
    "POST",
    "/repos/{owner}/{repo}/check-suites/{check_suite_id}/rerequest",
    "checks=write",
    docs="checks/suites#rerequest-a-check-suite",
)
def rerequest_suite(call: Call) -> Reply:
    """Ask for all checks of a suite again."""
    suite = call.repository.check_suites.get(call.number("check_suite_id"))
    if suite is None:
        raise not_found()
    rerequest(call.state, call.repository, suite, call.login)
    return Reply(201, {})
