"""``replay``: send a recorded payload to a running bot, signed as GitHub would."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True)
class Answer:
    """What the bot answered."""

    status: int
    text: str
    delivery: str


def sign(body: bytes, secret: str) -> str:
    """The ``X-Hub-Signature-256`` of a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def deliver(url: str, event: str, body: bytes, secret: str) -> Answer:
    """Deliver once. Raises ``aiohttp.ClientError`` where nothing listens."""
    delivery = str(uuid.uuid4())
    headers = {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/replay",
        "x-github-event": event,
        "x-github-delivery": delivery,
        "x-hub-signature-256": sign(body, secret),
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers, timeout=aiohttp.ClientTimeout(total=15)) as response,
    ):
        return Answer(response.status, await response.text(), delivery)
