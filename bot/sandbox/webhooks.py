"""From an event to the payloads of the apps that it concerns."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from bot.sandbox.apps import App, Installation
from bot.sandbox.deliveries import Deliveries, Delivery
from bot.sandbox.identifiers import node_id
from bot.sandbox.shapes.accounts import account_shape, organization, user
from bot.sandbox.shapes.repositories import simple
from bot.sandbox.state import Event, Json, State
from bot.sandbox.times import iso

ALWAYS = {"installation", "installation_repositories"}
_NEEDS = {
    "release": ("contents",),
    "push": ("contents",),
    "create": ("contents",),
    "delete": ("contents",),
    "milestone": ("issues", "pull_requests"),
    "issues": ("issues",),
    "issue_comment": ("issues", "pull_requests"),
    "pull_request": ("pull_requests",),
    "check_run": ("checks",),
    "check_suite": ("checks",),
}
_UNASKED = ("check_run", "check_suite")
"""Whoever may write checks is subscribed to these without asking."""


class Hooks:
    """Listens to the state and queues a signed delivery for each app that subscribed."""

    def __init__(self, state: State, deliveries: Deliveries) -> None:
        self._state = state
        self._deliveries = deliveries

    def __call__(self, event: Event) -> None:
        """Queue what the event means to each app."""
        fields: Json | None = None
        for installation in self._concerned(event):
            if fields is None:
                fields = event.fields()
            self._queue(event, installation, fields)

    def ping(self, app: App) -> None:
        """Say hello to a hook that was just set."""
        hook: Json = {
            "type": "App",
            "id": app.hook_id,
            "name": "web",
            "active": True,
            "events": list(app.events),
            "config": {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": app.url},
            "updated_at": iso(self._state.now()),
            "created_at": iso(app.created_at),
            "app_id": app.id,
            "deliveries_url": f"{self._state.api_url}/app/hook/deliveries",
        }
        payload = {"zen": "Practicality beats purity.", "hook_id": app.hook_id, "hook": hook}
        self._deliveries.add(self._delivery(app, ("ping", None), payload))

    def _concerned(self, event: Event) -> Iterator[Installation]:
        for installation in list(self._state.installations.values()):
            app = installation.app
            if not app.url or (event.installation and event.installation is not installation):
                continue
            if event.installation or self._subscribed(event, installation):
                yield installation

    def _subscribed(self, event: Event, installation: Installation) -> bool:
        unasked = event.name in _UNASKED and installation.permissions.get("checks") == "write"
        if installation.suspended_at or not (unasked or event.name in installation.events):
            return False
        needed = _NEEDS.get(event.name, ())
        if needed and not any(name in installation.permissions for name in needed):
            return False
        repository = event.repository
        left = event.account is not None and event.account is installation.account
        return left or (repository is not None and (_covers(installation, event)))

    def _queue(self, event: Event, installation: Installation, fields: Json) -> None:
        state = self._state
        payload: Json = {"action": event.action} if event.action else {}
        payload |= fields
        if event.repository and event.name not in ALWAYS:
            payload["repository"] = simple(state, event.repository) | payload.get("repository", {})
            owner = event.repository.owner
            if owner.kind == "Organization":
                payload["organization"] = organization(state, owner)
        payload["sender"] = user(state, event.sender)
        if event.name not in ALWAYS:
            number = installation.id
            payload["installation"] = {"id": number, "node_id": node_id("MDIzOk", number)}
        app = installation.app
        delivery = self._delivery(app, (event.name, event.action), payload)
        delivery.installation_id = installation.id
        delivery.repository_id = event.repository.id if event.repository else None
        self._deliveries.add(delivery)

    def _delivery(self, app: App, name: tuple[str, str | None], payload: Json) -> Delivery:
        event, action = name
        ids = self._state.delivery_ids
        body = msgspec.json.encode(payload)
        return Delivery(ids.number(), ids.guid(), app, event, action, body, None, None, self._state.now())


def _covers(installation: Installation, event: Event) -> bool:
    repository = event.repository
    if repository is None:
        return False
    if event.name == "repository" and event.action == "deleted":
        same = repository.owner is installation.account
        return same and (installation.selected is None or repository.id in installation.selected)
    return installation.covers(repository)


def pusher(state: State, login: str) -> Json:
    """Who pushed, as a push event names them."""
    account = state.somebody(login)
    return {"name": account.login, "email": account_shape(state, account).get("email") or account.email}
