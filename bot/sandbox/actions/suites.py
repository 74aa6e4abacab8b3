"""Check suites: made by pushes and by check runs, and asked for again by people."""

from __future__ import annotations

from collections.abc import Iterable

from bot.sandbox.apps import Installation
from bot.sandbox.checks import CheckRun, CheckSuite
from bot.sandbox.records import Repository
from bot.sandbox.state import Event, State

_WORST_FIRST = (
    *("failure", "timed_out", "action_required", "cancelled", "stale"),
    *("neutral", "success", "skipped"),
)


def suite_of(state: State, repository: Repository, app_id: int, sha: str) -> CheckSuite:
    """The suite of an app on a commit, made if need be."""
    for suite in repository.check_suites.values():
        if (suite.app_id, suite.head_sha) == (app_id, sha):
            return suite
    suite = CheckSuite(state.ids.number(), app_id, sha, state.now(), state.now())
    repository.check_suites[suite.id] = suite
    return suite


def runs_of(repository: Repository, suite: CheckSuite) -> list[CheckRun]:
    """The suite's runs, the newest first."""
    return [run for run in repository.check_runs.values() if run.suite_id == suite.id][::-1]


def latest(runs: Iterable[CheckRun]) -> list[CheckRun]:
    """Of those that share a name the newest; ``runs`` begins with it."""
    found: dict[str, CheckRun] = {}
    for run in runs:
        found.setdefault(run.name, run)
    return list(found.values())


def status_of(repository: Repository, suite: CheckSuite) -> str:
    """``queued``, ``in_progress`` or ``completed``."""
    runs = latest(runs_of(repository, suite))
    if suite.waiting or not runs:
        return "queued"
    return "completed" if all(run.status == "completed" for run in runs) else "in_progress"


def conclusion_of(repository: Repository, suite: CheckSuite) -> str | None:
    """The worst of its runs' conclusions once all are completed."""
    if status_of(repository, suite) != "completed":
        return None
    found = {run.conclusion for run in latest(runs_of(repository, suite))}
    return next((conclusion for conclusion in _WORST_FIRST if conclusion in found), None)


def request(state: State, repository: Repository, branch: str, change: tuple[str, str], by: str) -> None:
    """Ask each app that may write checks for those of a commit that was just pushed (from, to)."""
    before, sha = change
    for installation in _checking(state, repository):
        suite = suite_of(state, repository, installation.app.id, sha)
        if suite.head_branch is None:
            suite.head_branch, suite.before = branch, before
            _tell(state, installation, repository, ("check_suite", "requested", by), suite)


def rerequest(state: State, repository: Repository, suite: CheckSuite, by: str) -> None:
    """Ask for all checks of a suite again."""
    _again(state, repository, suite, ("check_suite", "rerequested", by), suite)


def rerequest_run(state: State, repository: Repository, run: CheckRun, by: str) -> None:
    """Ask for one check again. The run stays as it is; its app decides what becomes of it."""
    suite = repository.check_suites[run.suite_id]
    _again(state, repository, suite, ("check_run", "rerequested", by), run)


Told = tuple[str, str, str]
"""An event, its action, and whose doing it was."""


def _again(
    state: State, repository: Repository, suite: CheckSuite, what: Told, about: CheckRun | CheckSuite
) -> None:
    suite.waiting, suite.updated_at = True, state.now()
    for installation in _checking(state, repository):
        if installation.app.id == suite.app_id:
            _tell(state, installation, repository, what, about)


def _checking(state: State, repository: Repository) -> list[Installation]:
    return [
        installation
        for installation in state.installations.values()
        if installation.covers(repository)
        and installation.permissions.get("checks") == "write"
        and not installation.suspended_at
    ]


def _tell(
    state: State,
    installation: Installation,
    repository: Repository,
    what: Told,
    about: CheckRun | CheckSuite,
) -> None:
    """Tell the one app that it concerns."""
    from bot.sandbox.shapes.checks import event_fields  # noqa: PLC0415 - shapes tell of suites as they stand

    fields = event_fields(state, repository, about)
    name, action, by = what
    state.emit(Event(name, action, by, lambda: fields, repository, installation))
