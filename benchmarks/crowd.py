"""What people do all day in a sandbox organisation, at random but the same for the same seed."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable

from benchmarks.organization import MAINTAINER, RELEASES, SITE, UNNAMED, notes_of, publish, sig_name
from bot.sandbox import Delivery, Repo, RequestRecord, Response, Sandbox

VISITORS = tuple(f"visitor-{number}" for number in range(12))
"""More than a few, for nobody is answered more than five times a minute."""
QUESTIONS = ("show", "show SIG 001", "explain SIG 002", "preview", "explain SIG 003", "shwo")
COUNTED = ("milestoned", "demilestoned", "closed", "reopened")
FAULT_SHARE = 0.02
"""So many of the requests go wrong where there are to be faults."""
ACT_SECONDS = 0.08
BUSY_SECONDS = 3.0
QUIET_SECONDS = 2.0
"""Some seconds of something going on, then long enough nothing for the bot to look at the site."""


class Crowd:
    """Acts on the organisation of ``benchmarks.organization``; keeps it as large as it is."""

    def __init__(self, github: Sandbox, sigs: int, seed: int = 7) -> None:
        self._github = github
        self._chance = random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing it
        self._sigs = [github.repository(sig_name(number)) for number in range(sigs)]
        self._site = github.repository(SITE)
        self._unnamed = github.repository(UNNAMED)
        self._published = 0
        self._faults = 0
        for login in VISITORS:
            github.create_user(login)
        self._desk = self._site.create_issue("Questions to the bot", by=MAINTAINER).number
        self._acts: tuple[tuple[int, Callable[[], None]], ...] = (
            (40, lambda: self._count(self._sig)),
            (20, lambda: self._describe(self._sig)),
            (10, lambda: self._publish(self._sig)),
            (10, lambda: self._finish(self._sig)),
            (10, self._ask),
            (8, self._chat),
            (2, self._merge),
        )

    # -- at once ------------------------------------------------------------------------------

    def burst(self, count: int) -> list[Delivery]:
        """So many deliveries that all matter, evenly from all repositories; none is sent."""
        self._github.hold_webhooks()
        before = len(self._github.deliveries)
        matter: list[Delivery] = []
        while len(matter) < count:
            for sig in self._sigs:
                act = self._chance.choices(
                    (self._count, self._describe, self._publish, self._finish), (6, 4, 1, 1)
                )
                act[0](sig)
            new = self._github.deliveries[before:]
            before += len(new)
            matter.extend(filter(_matters, new))
        self._github.release_webhooks(drop=lambda _delivery: True)  # whoever measures sends them
        for delivery in self._github.deliveries:
            delivery.status, delivery.status_code = "OK", 202
        return matter[:count]

    # -- all day ------------------------------------------------------------------------------

    async def live(self) -> None:
        """Act for as long as nobody says stop, a few seconds on and a few off."""
        while True:
            for _ in range(round(BUSY_SECONDS / ACT_SECONDS)):
                weights = [weight for weight, _ in self._acts]
                [(_, act)] = self._chance.choices(self._acts, weights)
                act()
                await asyncio.sleep(ACT_SECONDS)
            await asyncio.sleep(QUIET_SECONDS)
            self._forget()

    async def fault(self, _record: RequestRecord) -> Response | None:
        """Answer some requests as GitHub does on its bad days."""
        if self._chance.random() > FAULT_SHARE:
            return None
        self._faults += 1
        kind = self._chance.randrange(6)
        if kind == 0:
            raise ConnectionResetError
        if kind == 1:
            return Response(
                403, {"message": "You have exceeded a secondary rate limit"}, {"Retry-After": "2"}
            )
        return Response((500, 502, 503, 504)[kind - 2], {"message": "Server Error"})

    @property
    def faults(self) -> int:
        """How many requests went wrong so far."""
        return self._faults

    def ask_for_all(self) -> None:
        """Somebody who may says that whatever was held back is to be proposed now."""
        self._site.comment(self._desk, "/status refresh", by=MAINTAINER)

    @property
    def _sig(self) -> Repo:
        return self._chance.choice(self._sigs)

    def _count(self, sig: Repo) -> None:
        """Work on an issue that belongs to a milestone."""
        issues = [issue for issue in sig.issues("all") if issue.milestone is not None]
        issue = self._chance.choice(issues)
        if issue.state == "open":
            sig.close_issue(issue.number, by=MAINTAINER)
        else:
            sig.reopen_issue(issue.number, by=MAINTAINER)

    def _describe(self, sig: Repo) -> None:
        milestone = self._chance.choice(sig.milestones())
        words = f"Planned anew, for the {self._chance.randrange(1000)}th time."
        sig.edit_milestone(milestone.number, description=words, by=MAINTAINER)

    def _finish(self, sig: Repo) -> None:
        """Close a milestone, or think again."""
        milestone = self._chance.choice(sig.milestones())
        closing = milestone.state == "open"
        sig.edit_milestone(milestone.number, state="closed" if closing else "open", by=MAINTAINER)

    def _publish(self, sig: Repo) -> None:
        """Publish a release; of too many the oldest goes."""
        self._published += 1
        publish(sig, f"v0.5.{self._published}")
        releases = sig.releases()
        if len(releases) > RELEASES + 2:
            sig.delete_release(releases[0].tag, by=MAINTAINER)

    def _ask(self) -> None:
        """A command, most of which only want to know."""
        if self._chance.random() < 1 / 6:
            self.ask_for_all()
        else:
            question = self._chance.choice(QUESTIONS)
            self._site.comment(self._desk, f"/status {question}", by=self._chance.choice(VISITORS))

    def _chat(self) -> None:
        """What is no business of the bot's."""
        self._site.comment(self._desk, notes_of("nothing")[:500], by=self._chance.choice(VISITORS))
        publish(self._unnamed, f"v1.0.{self._published}.{self._chance.randrange(10**9)}")

    def _merge(self) -> None:
        for pull in self._site.pulls():
            self._site.merge_pull(pull.number, by=MAINTAINER, method="squash")

    def _forget(self) -> None:
        """The sandbox remembers everything; it is the bot's memory that is measured, so let it be quick."""
        issue = self._site.issue(self._desk)
        for comment in deque(issue.comments[:-50]):
            self._site.delete_comment(comment, by=MAINTAINER)
        self._github.requests.clear()
        del self._github.deliveries[:-100]


def _matters(delivery: Delivery) -> bool:
    """Whether it concerns a site's facts."""
    if delivery.event in ("release", "milestone"):
        return True
    return delivery.event == "issues" and delivery.action in COUNTED
