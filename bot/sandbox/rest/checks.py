"""Check runs."""

from __future__ import annotations

from collections.abc import Callable

from bot.sandbox.actions.merging import merge_waiting
from bot.sandbox.checks import CheckRun
from bot.sandbox.errors import ApiError, not_found, unprocessable
from bot.sandbox.rest.body import Body
from bot.sandbox.rest.commits import find_commit
from bot.sandbox.rest.routing import Call, Reply, Routes
from bot.sandbox.shapes.apps import check_run as shape
from bot.sandbox.shapes.issues import via_app
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


@routes.add("POST", _RUNS, "checks=write", docs="checks/runs#create-a-check-run")
def create(call: Call) -> Reply:
    """Say something of a commit; apps only."""
    if call.identity.app is None:
        raise ApiError(403, "You must authenticate via a GitHub App.")
    name, sha = call.body.text("name"), call.body.text("head_sha")
    if call.repository.store.kind(sha) != "commit":
        raise unprocessable("No commit found for SHA: " + sha)
    app = call.identity.app
    suites = {
        run.suite_id
        for run in call.repository.check_runs.values()
        if (run.app_id, run.head_sha) == (app.id, sha)
    }
    run = CheckRun(
        id=call.state.ids.number(),
        suite_id=next(iter(suites)) if suites else call.state.ids.number(),
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
    run.annotations += len(annotations)


def _announce(call: Call, action: str, run: CheckRun) -> None:
    state, repository = call.state, call.repository

    def fields() -> dict[str, object]:
        suite = {"id": run.suite_id, "head_sha": run.head_sha, "app": via_app(state, run.app_id)}
        shown = shape(state, repository, run)
        return {"check_run": {**shown, "check_suite": {**shown["check_suite"], **suite}}}

    state.emit(Event("check_run", action, call.login, fields, repository))


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
