"""The deliveries that the webhook is measured with: bodies as the sandbox sends them, signed."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass

from benchmarks.organization import MAINTAINER, SECRET, UNNAMED, build, install, publish, sig_name
from bot.sandbox import Delivery, Repo, Sandbox

ACCEPTED = 202
OF_NO_INTEREST = 204
NOBODY = "http://127.0.0.1:9/webhook"
"""What is recorded is held back: nothing is ever sent there."""


@dataclass(frozen=True)
class Recorded:
    """A delivery to send over and over.

    ``status`` is the right answer to it; ``queued`` tells whether it asks for a site's run.
    """

    title: str
    event: str
    body: bytes
    status: int
    queued: bool = False

    @property
    def signature(self) -> str:
        """The value of ``X-Hub-Signature-256``."""
        return "sha256=" + hmac.new(SECRET.encode(), self.body, hashlib.sha256).hexdigest()


async def record(sigs: int) -> tuple[Recorded, ...]:
    """The deliveries of an organisation with so many SIGs, under the names and ids that it always has."""
    github = Sandbox()
    build(github, sigs)
    install(github, NOBODY)
    async with github.serve():
        github.hold_webhooks()
        sig, unnamed = github.repository(sig_name(0)), github.repository(UNNAMED)
        publish(sig, "v0.9.0")
        publish(unnamed, "v0.9.0")
        issue = sig.create_issue("Spans get lost", "When the queue is full.", by=MAINTAINER)
        sig.label_issue(issue.number, "bug", by=MAINTAINER)
    named = _only(github, sig, "release", "published")
    other = _only(github, unnamed, "release", "published")
    labeled = _only(github, sig, "issues", "labeled")
    return (
        Recorded("release, a SIG's", "release", named.body, ACCEPTED, queued=True),
        Recorded("release, no site's", "release", other.body, ACCEPTED),
        Recorded("issue labeled", "issues", labeled.body, OF_NO_INTEREST),
        Recorded("star", "star", _star(labeled.body), OF_NO_INTEREST),
    )


def _only(github: Sandbox, repository: Repo, event: str, action: str) -> Delivery:
    [found] = [
        delivery
        for delivery in github.deliveries
        if (delivery.event, delivery.action, delivery.repository_id) == (event, action, repository.id)
    ]
    return found


def _star(labeled: bytes) -> bytes:
    """What GitHub sends when somebody stars a repository, which the sandbox has no word for."""
    common = {
        name: value for name, value in json.loads(labeled).items() if name not in ("issue", "label", "action")
    }
    return json.dumps({"action": "created", "starred_at": "2020-04-01T12:00:00Z", **common}).encode()
