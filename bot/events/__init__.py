"""Deliveries: an event names a repository, a site, an installation or a comment, and nothing more."""

from __future__ import annotations

import structlog
from structlog.contextvars import bind_contextvars, reset_contextvars

from bot.events.listener import Comment, Listener
from bot.events.payload import MalformedPayloadError, decode
from bot.events.rules import EVENTS, Delivery, is_of_interest, router

__all__ = ["EVENTS", "Comment", "Dispatcher", "Listener", "MalformedPayloadError", "is_of_interest"]

log = structlog.get_logger(__name__)


class Dispatcher:
    """Reads verified deliveries and tells a listener what they name."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    async def dispatch(self, event_name: str, delivery_id: str, body: bytes) -> bool:
        """Tell the listener what a delivery names; False when that is nothing.

        The body of an event without a rule is not parsed. What the listener logs carries the
        delivery's id.

        Raises:
            MalformedPayloadError: if the body is not what GitHub sends for this event.
        """
        if event_name not in EVENTS:
            log.debug("delivery of no interest", delivery=delivery_id, event_name=event_name)
            return False
        payload = decode(body)
        delivery = Delivery(payload, event=event_name, delivery_id=delivery_id)
        tokens = bind_contextvars(delivery=delivery_id)
        try:
            await router.dispatch(delivery, self._listener)
        finally:
            reset_contextvars(**tokens)
        report = log.info if delivery.of_interest else log.debug
        report(
            "delivery accepted" if delivery.of_interest else "delivery of no interest",
            delivery=delivery_id,
            event_name=event_name,
            action=payload.action,
            repository=payload.repository.full_name if payload.repository else "",
        )
        return delivery.of_interest
