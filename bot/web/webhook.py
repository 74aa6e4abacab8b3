"""The door for GitHub's deliveries: nothing is parsed before it is verified, and nobody is kept waiting.

Deliveries are not remembered to tell repeated ones: a redelivery keeps its id and must work when the
first was lost on the way to the queue, and the queue makes one run of any number of the same anyway.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from aiohttp import hdrs, web

from bot.events import EVENTS, MalformedPayloadError
from bot.tracing import NO_TRACING, Tracing

if TYPE_CHECKING:
    from bot.metrics import Metrics

MOST_BYTES = 25 * 1024 * 1024
"""GitHub sends no larger payload."""
BODY_SECONDS = 10.0
"""GitHub hangs up after ten seconds, so a body that takes longer is not from there."""
LARGE_BYTES = 1024 * 1024
"""To hash more than this is left to a thread, so that other deliveries need not wait for it."""
LARGE_BODIES = 4
"""So many larger ones are received at once: anybody may send them, and nobody knows yet who it is."""
LONGEST_SHOWN = 64
_IDENTITY = re.compile(rf"[!-~]{{1,{LONGEST_SHOWN}}}")
RETRY_AFTER_SECONDS = "60"
"""Whoever is turned away while the bot stops finds the next one by then."""

HEADERS = {hdrs.SERVER: "status-bot", "X-Content-Type-Options": "nosniff"}
SIGNATURE_PREFIX = "sha256="
BROKEN = {"http.response.status_code": 500}
NOT_UNDERSTOOD = {"http.response.status_code": 400}
TAKEN = {"http.response.status_code": 202}
OF_NO_INTEREST = {"http.response.status_code": 204}

log = structlog.get_logger(__name__)

Dispatch = Callable[[str, str, bytes], Awaitable[bool]]


@dataclass(frozen=True)
class Refusal:
    """Why a delivery is not taken: the status, a short word for the metrics, a sentence for the sender."""

    status: int
    outcome: str
    sentence: str


CLOSING = Refusal(503, "closing", "The bot is shutting down; redeliver later.")
TOO_LARGE = Refusal(413, "too large", "The body is larger than 25 MB.")
TOO_SLOW = Refusal(408, "too slow", "The body did not arrive in time.")
BROKEN_OFF = Refusal(400, "malformed", "The body broke off.")
NOT_JSON = Refusal(415, "wrong type", "Set the webhook's content type to application/json.")
ENCODED = Refusal(415, "wrong type", "Send the body as it is, without a content encoding.")
BAD_SIGNATURE = Refusal(401, "bad signature", "X-Hub-Signature-256 does not fit the body and the secret.")
NO_IDENTITY = Refusal(400, "malformed", "X-GitHub-Event or X-GitHub-Delivery is missing or malformed.")


class RefusedError(Exception):
    """A delivery is not taken."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal


class Webhook:
    """Answers ``POST /webhook``.

    Args:
        dispatch: Takes event name, delivery id and body; tells whether they were of interest.
        secrets: Any of them may have signed.
        metrics: Where deliveries are counted.
        body_seconds: How long a body may take to arrive.
        tracing: Where what was verified is shown as a span.
    """

    def __init__(
        self,
        dispatch: Dispatch,
        secrets: Sequence[str],
        metrics: Metrics,
        body_seconds: float = BODY_SECONDS,
        tracing: Tracing = NO_TRACING,
    ) -> None:
        if not all(secrets) or not secrets:
            raise ValueError("an empty webhook secret would let anybody sign")
        self._dispatch = dispatch
        self._secrets = tuple(secret.encode() for secret in secrets)
        self._metrics = metrics
        self._body_seconds = body_seconds
        self._tracing = tracing
        self._large_bodies = asyncio.Semaphore(LARGE_BODIES)
        self._closing = False

    def close(self) -> None:
        """Refuse deliveries from now on: GitHub keeps them in its log, from where they are fetched later."""
        self._closing = True

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one delivery, by the contract's status codes, with one sentence."""
        began_ns = time.time_ns()
        try:
            response = await self._answer(request, began_ns)
        except Exception as error:
            self._answered(500, began_ns, type(error).__qualname__)
            raise
        self._answered(response.status, began_ns)
        return response

    def _answered(self, status: int, began_ns: int, error: str = "") -> None:
        self._metrics.answered(status, max(0, time.time_ns() - began_ns) / 1e9, error)

    async def _answer(self, request: web.Request, began_ns: int) -> web.Response:
        try:
            self._refuse_unread(request)
            async with AsyncExitStack() as memory:
                body = await self._body_of(request, memory)
                await self._verify(body, request.headers.get("X-Hub-Signature-256", ""))
                self._refuse_while_closing()  # which it may have begun to do since
                event_name, delivery_id = _identity_of(request)
                with self._tracing.delivery(event_name, delivery_id, len(body), began_ns) as span:
                    span.told(BROKEN)  # unless it is not
                    try:
                        of_interest = await self._dispatch(event_name, delivery_id, body)
                    except MalformedPayloadError as error:
                        span.told(NOT_UNDERSTOOD)
                        return self._refused(request, Refusal(400, "malformed", f"Not understood: {error}."))
                    span.told(TAKEN if of_interest else OF_NO_INTEREST)
        except RefusedError as error:
            return self._refused(request, error.refusal)
        known_name = event_name if event_name in EVENTS else "other"
        if of_interest:
            self._metrics.delivery(known_name, "accepted")
            return web.Response(status=202, text="Accepted.", headers=HEADERS)
        self._metrics.delivery(known_name, "of no interest")
        return web.Response(status=204, headers=HEADERS)

    def _refuse_unread(self, request: web.Request) -> None:
        """Refuse what need not even be received."""
        self._refuse_while_closing()
        if (request.content_length or 0) > MOST_BYTES:
            raise RefusedError(TOO_LARGE)
        if request.content_type != "application/json":
            raise RefusedError(NOT_JSON)
        if hdrs.CONTENT_ENCODING in request.headers:
            raise RefusedError(ENCODED)
        if "X-Hub-Signature-256" not in request.headers:
            raise RefusedError(BAD_SIGNATURE)

    def _refuse_while_closing(self) -> None:
        """Refuse what the queue would not take any more."""
        if self._closing:
            raise RefusedError(CLOSING)

    async def _body_of(self, request: web.Request, memory: AsyncExitStack) -> bytes:
        """The body; ``memory`` is what a large one takes a place in until it is left."""
        try:
            if request.content.is_eof():
                return await request.read()  # it is all here already, as nearly always: no timer is needed
            async with asyncio.timeout(self._body_seconds):
                return await self._receive(request, memory)
        except TimeoutError:
            raise RefusedError(TOO_SLOW) from None
        except (ConnectionError, web.RequestPayloadError):
            raise RefusedError(BROKEN_OFF) from None

    async def _receive(self, request: web.Request, memory: AsyncExitStack) -> bytes:
        body, large = bytearray(), False
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > MOST_BYTES:
                raise RefusedError(TOO_LARGE)
            if len(body) > LARGE_BYTES and not large:
                large = True
                await memory.enter_async_context(self._large_bodies)
        return bytes(body)

    async def _verify(self, body: bytes, signature: str) -> None:
        """Compare in constant time; SHA-1, which GitHub still sends beside it, is not accepted.

        See https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries.
        """
        if len(body) > LARGE_BYTES:
            good = await asyncio.to_thread(self._is_signed, body, signature)
        else:
            good = self._is_signed(body, signature)
        if not good:
            raise RefusedError(BAD_SIGNATURE)

    def _is_signed(self, body: bytes, signature: str) -> bool:
        given = signature.encode(errors="surrogateescape")
        good = False
        for secret in self._secrets:
            expected = SIGNATURE_PREFIX + hmac.digest(secret, body, "sha256").hex()
            good |= hmac.compare_digest(given, expected.encode())
        return good

    def _refused(self, request: web.Request, refusal: Refusal) -> web.Response:
        self._metrics.delivery("refused", refusal.outcome)
        log.warning(
            "delivery refused",
            status=refusal.status,
            why=refusal.outcome,
            delivery=request.headers.get("X-GitHub-Delivery", "")[:LONGEST_SHOWN],
            event_name=request.headers.get("X-GitHub-Event", "")[:LONGEST_SHOWN],
            remote=request.remote,
        )
        headers = HEADERS | ({hdrs.RETRY_AFTER: RETRY_AFTER_SECONDS} if refusal is CLOSING else {})
        return web.Response(status=refusal.status, text=refusal.sentence, headers=headers)


def _identity_of(request: web.Request) -> tuple[str, str]:
    event_name = request.headers.get("X-GitHub-Event", "")
    delivery_id = request.headers.get("X-GitHub-Delivery", "")
    if not _IDENTITY.fullmatch(event_name) or not _IDENTITY.fullmatch(delivery_id):
        raise RefusedError(NO_IDENTITY)
    return event_name, delivery_id
