"""Deliveries: an event names a repository, a site, an installation or a comment, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import structlog

from bot.events.listener import Comment, Listener
from bot.events.payload import MalformedPayloadError, decode
from bot.events.rules import EVENTS, Delivery, is_of_interest, router
from bot.trail import MOST_NAMED, Origin, delivered

Noted = Callable[[str, str, str, Iterable[str]], None]
"""Is told of an event in a public repository: its name and action, where, and the sites it concerns."""

MAY_BE_DRAFTS = {("release", action) for action in ("created", "edited", "deleted")}
"""Of a draft, which nobody sees but who may push, GitHub tells apps by these."""

__all__ = ["EVENTS", "Comment", "Dispatcher", "Listener", "MalformedPayloadError", "is_of_interest"]


class Dispatcher:
    """Reads verified deliveries and tells a listener what they name."""

    def __init__(self, listener: Listener, noted: Noted | None = None) -> None:
        self._listener = listener
        self._noted = noted
        # Bound once: to find out anew for each delivery how to log costs more than not to log it.
        self._log = structlog.get_logger(__name__).bind()

    async def dispatch(self, event_name: str, delivery_id: str, body: bytes) -> bool:
        """Tell the listener what a delivery names; False when that is nothing.

        The body of an event without a rule is not parsed. What the listener logs, and the work that
        it asks for, carry the delivery's id.

        Raises:
            MalformedPayloadError: if the body is not what GitHub sends for this event.
        """
        if event_name not in EVENTS:
            self._log.debug("delivery of no interest", delivery=delivery_id, event_name=event_name)
            return False
        payload = decode(body)
        delivery = Delivery(payload, event=event_name, delivery_id=delivery_id)
        with delivered(delivery_id) as origin:
            await router.dispatch(delivery, self._listener)
            self._report(delivery, origin)
            self._note(delivery, origin)
        return delivery.of_interest

    def _report(self, delivery: Delivery, origin: Origin) -> None:
        """One line: what happened, where, and the run that looks into it, by whose id it can be followed."""
        repository = delivery.data.repository
        told = {
            "delivery": delivery.delivery_id,
            "reason": delivery.reason,
            "repository": repository.full_name if repository is not None else "",
        }
        runs, sites = origin.runs, origin.sites
        if runs:
            about = {"site": sites[0]} if len(sites) == 1 else {"sites": sites[:MOST_NAMED]}
            followed = {"run": runs[0]} if len(runs) == 1 else {"runs": runs[:MOST_NAMED]}
            self._log.info("delivery accepted", **told, **(about if sites else {}), **followed)
        elif delivery.of_interest:
            self._log.info("delivery leads to nothing", **told)
        else:
            self._log.debug("delivery of no interest", **told)

    def _note(self, delivery: Delivery, origin: Origin) -> None:
        """What happens to drafts, or where it may be private, is nobody's business."""
        event, action, repository = delivery.event, delivery.data.action, delivery.data.repository
        if self._noted is None or not origin.sites or repository is None:
            return
        if repository.private is False and (event, action) not in MAY_BE_DRAFTS:
            self._noted(event, action, repository.full_name, origin.sites)
