"""Installations, check runs and webhook deliveries."""

from __future__ import annotations

import json

from bot.sandbox.apps import Installation
from bot.sandbox.checks import CheckRun
from bot.sandbox.deliveries import Delivery
from bot.sandbox.identifiers import node_id
from bot.sandbox.records import Repository
from bot.sandbox.shapes.accounts import account_shape, maybe_user
from bot.sandbox.shapes.issues import via_app
from bot.sandbox.shapes.repositories import api_url, html_url
from bot.sandbox.state import Json, State
from bot.sandbox.times import iso


def installation(state: State, shown: Installation) -> Json:
    """An installation of an app."""
    number = shown.id
    owner = shown.account
    area = f"/organizations/{owner.login}" if owner.kind == "Organization" else ""
    return {
        "id": number,
        "client_id": shown.app.client_id,
        "account": account_shape(state, owner),
        "repository_selection": "all" if shown.selected is None else "selected",
        "access_tokens_url": f"{state.api_url}/app/installations/{number}/access_tokens",
        "repositories_url": f"{state.api_url}/installation/repositories",
        "html_url": f"{state.url}{area}/settings/installations/{number}",
        "app_id": shown.app.id,
        "app_slug": shown.app.slug,
        "target_id": owner.id,
        "target_type": owner.kind,
        "permissions": {"metadata": "read", **shown.permissions},
        "events": list(shown.events),
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": maybe_user(state, shown.suspended_by),
        "suspended_at": iso(shown.suspended_at),
    }


def check_run(state: State, repository: Repository, run: CheckRun) -> Json:
    """A check run."""
    url = f"{api_url(state, repository)}/check-runs/{run.id}"
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node_id("CR", run.id),
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": url,
        "html_url": f"{html_url(state, repository)}/runs/{run.id}",
        "details_url": run.details_url or f"{state.url}/apps/checks",
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": iso(run.started_at),
        "completed_at": iso(run.completed_at),
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": run.suite_id},
        "app": via_app(state, run.app_id),
        "pull_requests": pulls_at(state, repository, run.head_sha),
    }


def pulls_at(state: State, repository: Repository, sha: str) -> list[Json]:
    """The open pull requests with a commit as their head; GitHub does not look for those from forks."""
    found = []
    for pull in repository.pulls():
        head = pull.head.repository
        if pull.state == "open" and pull.head.sha == sha and head is repository:
            sides = {"head": (pull.head, head), "base": (pull.base, repository)}
            found.append(
                {
                    "id": pull.pull_id,
                    "number": pull.number,
                    "url": f"{api_url(state, repository)}/pulls/{pull.number}",
                    **{
                        name: {
                            "ref": side.ref,
                            "sha": side.sha,
                            "repo": {"id": at.id, "url": api_url(state, at), "name": at.name},
                        }
                        for name, (side, at) in sides.items()
                    },
                }
            )
    return found


def delivery(shown: Delivery) -> Json:
    """A delivery, as the log lists it."""
    return {
        "id": shown.id,
        "guid": shown.guid,
        "delivered_at": iso(shown.delivered_at),
        "redelivery": shown.redelivery,
        "duration": round(shown.duration_seconds, 3),
        "status": shown.status,
        "status_code": shown.status_code,
        "event": shown.event,
        "action": shown.action,
        "installation_id": shown.installation_id,
        "repository_id": shown.repository_id,
        "throttled_at": None,
    }


def full_delivery(shown: Delivery) -> Json:
    """A delivery with what was sent and answered."""
    return {
        **delivery(shown),
        "url": shown.url,
        "request": {"headers": shown.request_headers, "payload": json.loads(shown.body)},
        "response": {"headers": shown.response_headers, "payload": shown.response_body},
    }
