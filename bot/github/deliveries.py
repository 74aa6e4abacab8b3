"""The app's delivery log: what GitHub tried to deliver, with what success, and asking for it once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from bot.github.answers import making_sense
from bot.github.client import Client

PER_PAGE = 100
MOST_PAGES = 30
"""Pages of the log that are read at once: three thousand attempts."""


@dataclass(frozen=True)
class Attempt:
    """One attempt to deliver an event. All attempts of one delivery share its ``guid``.

    See https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook.
    """

    id: int
    guid: str
    event: str
    action: str | None
    delivered_at: datetime
    succeeded: bool


async def read_attempts(app: Client, since: datetime) -> tuple[Attempt, ...]:
    """The attempts since a moment, the newest first; asked as the app itself.

    Of a very long log only the newest pages are read. Raises ``GitHubError``.
    """
    left = PER_PAGE * MOST_PAGES

    def wanted(item: Any) -> bool:
        nonlocal left
        left -= 1
        return left >= 0 and datetime.fromisoformat(item["delivered_at"]) >= since

    found = await app.get_while(wanted, "/app/hook/deliveries{?per_page}", per_page=str(PER_PAGE))
    with making_sense():
        return tuple(map(_attempt, found))


def _attempt(item: Mapping[str, Any]) -> Attempt:
    return Attempt(
        id=item["id"],
        guid=item["guid"],
        event=item["event"],
        action=item.get("action"),
        delivered_at=datetime.fromisoformat(item["delivered_at"]),
        succeeded=HTTPStatus.OK <= item["status_code"] < HTTPStatus.MULTIPLE_CHOICES,
    )


async def redeliver(app: Client, attempt: Attempt) -> None:
    """Ask for another attempt. Raises ``GitHubError``, as where GitHub no longer keeps the delivery."""
    await app.send("POST", "/app/hook/deliveries/{id}/attempts", id=str(attempt.id))
