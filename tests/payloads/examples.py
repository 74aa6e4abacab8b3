"""Recorded deliveries of every event, as GitHub sent them to somebody."""

import functools
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from tests import npm

Payload = dict[str, Any]

INSTALLATION = {"id": 4711, "node_id": "MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9uNDcxMQ=="}


@dataclass(frozen=True)
class Example:
    """One recorded payload; ``name`` is the event and its action, ``release.published``."""

    event: str
    payload: Payload

    @property
    def name(self) -> str:
        return f"{self.event}.{self.payload['action']}" if "action" in self.payload else self.event

    @property
    def body(self) -> bytes:
        return msgspec.json.encode(self.payload)


@functools.cache
def recorded() -> tuple[Example, ...]:
    """All of them, as an installed app gets them, and those derived that nobody recorded.

    Raises ``npm.UnavailableError`` where they cannot be had.
    """
    events = msgspec.json.decode(npm.fetch(npm.WEBHOOK_EXAMPLES).read_bytes())
    examples = [
        Example(event["name"], installed(payload)) for event in events for payload in event["examples"]
    ]
    return (*examples, *derived(examples))


def installed(payload: Payload) -> Payload:
    """Most were recorded by a repository's own webhook; an app's deliveries name its installation."""
    return {**payload, "installation": payload.get("installation", INSTALLATION)}


def derived(examples: list[Example]) -> Iterator[Example]:
    """Closing an issue and renaming a milestone move the page, and are not among the examples."""
    for example in examples:
        payload = example.payload
        if example.name in ("issues.reopened", "issues.milestoned"):
            closed = {**payload["issue"], "state": "closed", "closed_at": payload["issue"]["updated_at"]}
            yield Example("issues", {**payload, "action": "closed", "issue": closed})
        if example.name == "milestone.created":
            changes = {"title": {"from": "v0.1"}}
            yield Example("milestone", {**payload, "action": "edited", "changes": changes})


def params() -> Sequence[object]:
    """One parameter for each example, named after it; one that skips or fails where there are none."""
    try:
        examples = recorded()
    except npm.UnavailableError as error:
        if os.environ.get("CI"):
            raise
        reason = f"NOT TRIED WITH RECORDED DELIVERIES: {error}"
        return [pytest.param(None, id="none", marks=pytest.mark.skip(reason=reason))]
    seen: Counter[str] = Counter()
    named = []
    for example in examples:
        seen[example.name] += 1
        number = f"-{seen[example.name]}" if seen[example.name] > 1 else ""
        named.append(pytest.param(example, id=f"{example.name}{number}"))
    return named
