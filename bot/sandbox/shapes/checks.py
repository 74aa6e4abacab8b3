"""Check suites and annotations, and what events tell of check runs."""

from __future__ import annotations

from urllib.parse import quote

from bot.sandbox.actions.suites import conclusion_of, latest, runs_of, status_of
from bot.sandbox.checks import Annotation, CheckRun, CheckSuite
from bot.sandbox.git import Person
from bot.sandbox.identifiers import node_id
from bot.sandbox.records import Repository
from bot.sandbox.shapes.apps import check_run, pulls_at
from bot.sandbox.shapes.issues import via_app
from bot.sandbox.shapes.repositories import api_url, html_url
from bot.sandbox.state import Json, State
from bot.sandbox.times import iso


def event_fields(state: State, repository: Repository, about: CheckRun | CheckSuite) -> Json:
    """What events tell of either."""
    if isinstance(about, CheckRun):
        return run_fields(state, repository, about)
    return suite_fields(state, repository, about)


def run_fields(state: State, repository: Repository, run: CheckRun) -> Json:
    """What events tell of a check run."""
    suite = {"id": run.suite_id, "head_sha": run.head_sha, "app": via_app(state, run.app_id)}
    shown = check_run(state, repository, run)
    return {"check_run": {**shown, "check_suite": {**shown["check_suite"], **suite}}}


def suite_fields(state: State, repository: Repository, suite: CheckSuite) -> Json:
    """What events tell of a check suite."""
    url = f"{api_url(state, repository)}/check-suites/{suite.id}"
    own = suite.head_branch is not None
    return {
        "check_suite": {
            "id": suite.id,
            "node_id": node_id("CS", suite.id),
            "head_branch": suite.head_branch,
            "head_sha": suite.head_sha,
            "status": status_of(repository, suite),
            "conclusion": conclusion_of(repository, suite),
            "url": url,
            "before": suite.before,
            "after": suite.head_sha if own else None,
            "pull_requests": pulls_at(state, repository, suite.head_sha),
            "app": via_app(state, suite.app_id),
            "created_at": iso(suite.created_at),
            "updated_at": iso(suite.updated_at),
            "rerequestable": True,
            "runs_rerequestable": True,
            "latest_check_runs_count": len(latest(runs_of(repository, suite))),
            "check_runs_url": f"{url}/check-runs",
            "head_commit": _commit(repository, suite.head_sha),
        }
    }


def _commit(repository: Repository, sha: str) -> Json:
    commit = repository.store.commit(sha)
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": iso(commit.committer.date),
        "author": _person(commit.author),
        "committer": _person(commit.committer),
    }


def _person(who: Person) -> Json:
    return {"name": who.name, "email": who.email}


def annotation(state: State, repository: Repository, run: CheckRun, shown: Annotation) -> Json:
    """What a run says of some lines."""
    return {
        "path": shown.path,
        "blob_href": f"{html_url(state, repository)}/blob/{run.head_sha}/{quote(shown.path)}",
        "start_line": shown.start_line,
        "end_line": shown.end_line,
        "start_column": shown.start_column,
        "end_column": shown.end_column,
        "annotation_level": shown.annotation_level,
        "title": shown.title,
        "message": shown.message,
        "raw_details": shown.raw_details,
    }
