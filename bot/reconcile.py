"""Reconcile one site: observe, plan, apply. Level-triggered: it trusts only what it reads now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from weakref import WeakValueDictionary

import structlog

from bot.actions import Action, LeaveAlone, OpenPull, ReportFault, reason_of
from bot.apply import Applied, Applier
from bot.clock import Clock
from bot.desire import Desire, desire
from bot.github.errors import Refused
from bot.github.hub import GitHub
from bot.github.model import SiteRef
from bot.observe import Observation, Observer
from bot.pace import Pace
from bot.plan import COUNTS_EVERY, Asked, Present, obsolete, plan
from bot.presence import PresenceReader
from bot.status.changes import headline
from bot.status.holds import Hold
from bot.tracing import NO_TRACING, Attribute, Tracing

RACES = 3
"""How often a refused write is answered by another look before the run is put back."""
RACE_PACE = Pace(first_retry_seconds=1.0)
"""How long to wait before that; by chance, for the other one may do the same."""
RACED_SECONDS = 60.0
"""When to look again at a proposal that another replica has just opened, and may be at work on still."""
PASSING_ERROR_SECONDS = 120.0
"""When to look again at repositories that GitHub could not answer for."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sight:
    """A site as it stands and as it would be, and what the bot would do about it now."""

    seen: Observation
    wish: Desire
    action: Action


@dataclass(frozen=True)
class Outcome:
    """What one run found and did, for the dashboard, the log and whoever asked for it.

    ``ours`` tells whether the bot's branch was its own when the run began.
    """

    site: SiteRef
    at: datetime
    observation: Observation
    desire: Desire
    action: Action
    applied: Applied
    look_again_seconds: float | None = None
    ours: bool = True


class Reconciler:
    """Drives sites to what they should say. Keeps only what saves reading it again."""

    def __init__(
        self,
        github: GitHub,
        observer: Observer,
        clock: Clock,
        public_url: str | None = None,
        tracing: Tracing = NO_TRACING,
    ) -> None:
        self._github = github
        self._observer = observer
        self._clock = clock
        self.public_url = public_url
        self._tracing = tracing
        self._presence = PresenceReader(github, observer)
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def reconcile(
        self,
        site: SiteRef,
        changed: frozenset[str] | None = None,
        asked: Asked = Asked.NOTHING,
        hold: Hold | None = None,
    ) -> Outcome:
        """Look at a site and do the one thing it needs, after whatever else is under way there.

        ``changed`` names the repositories that an event spoke of; ``None`` reads everything anew.
        ``hold`` is one for the proposal to carry from now on. Raises ``FileFaultError`` where the
        source rules that out, ``NotASiteError`` where there is no configuration, ``GitHubError`` where
        GitHub does not answer, or refuses time after time.
        """
        async with self._turn(site):
            with self._tracing.reconcile(site.full_name) as span:
                outcome = await self._raced(site, changed, asked, hold)
                span.told(_traced(outcome))
                return outcome

    async def _raced(
        self, site: SiteRef, changed: frozenset[str] | None, asked: Asked, hold: Hold | None
    ) -> Outcome:
        """Look and write, again where somebody else was quicker."""
        for race in range(RACES - 1):
            try:
                return await self._once(site, changed, asked, hold, raced=race > 0)
            except Refused as error:
                wait = RACE_PACE.retry_seconds(race + 1)
                told = {"why": str(error), "in_seconds": round(wait, 1)}
                log.info("refused, looking again", site=site.full_name, **told)
                # The facts read a moment ago still hold; only the site itself is looked at anew.
                changed = frozenset()
                if asked is Asked.RECREATE:
                    # Whoever pushed meanwhile was not meant by the one who asked.
                    asked = Asked.REFRESH
                await self._clock.sleep(wait)
        return await self._once(site, changed, asked, hold, raced=True)

    async def look(self, site: SiteRef) -> Sight:
        """Look at a site, stop after the plan, and write nothing.

        What is known of its repositories is not read again. Raises as ``reconcile`` does.
        """
        async with self._turn(site):
            seen, wish, present = await self._seen(site, frozenset())
        return Sight(seen, wish, self._planned(seen, wish, present))

    def _turn(self, site: SiteRef) -> asyncio.Lock:
        """Held by whoever looks at a site: two at once would each forget what the other has read."""
        return self._turns.setdefault(site.repository_id, asyncio.Lock())

    async def _seen(
        self, site: SiteRef, changed: frozenset[str] | None, hold: Hold | None = None
    ) -> tuple[Observation, Desire, Present]:
        reader = self._github.reader(site.installation_id)
        seen = await self._observer.observe(reader, site, changed, hold)
        # A hundred rows with long notes take tens of milliseconds; deliveries are answered meanwhile.
        wish = await asyncio.to_thread(desire, seen)
        return seen, wish, await self._presence.read(reader, seen, wish, everything=changed is None)

    def _planned(self, seen: Observation, wish: Desire, present: Present) -> Action:
        counts_every = COUNTS_EVERY[seen.config.propose.counts]
        return plan(present, wish.desired, now=self._clock.now(), counts_every=counts_every)

    async def _once(
        self,
        site: SiteRef,
        changed: frozenset[str] | None,
        asked: Asked,
        hold: Hold | None,
        *,
        raced: bool,
    ) -> Outcome:
        began = self._clock.monotonic()
        seen, wish, present = await self._seen(site, changed, hold)
        left_to_others = present.missing if raced else frozenset()
        present = replace(present, asked=asked, missing=present.missing - left_to_others)
        now = self._clock.now()
        applier = Applier(self._github, site, seen, wish, self.public_url)
        action = self._planned(seen, wish, present)
        _log_decision(action, seen, wish, present, self._clock.monotonic() - began)
        applied = await self._apply(applier, action, site, wish)
        if isinstance(action, ReportFault):
            # The report stands beside the proposal, which is looked after all the same.
            self._presence.forget(seen)
            action = self._planned(seen, wish, _after_report(present, wish))
            _log_decision(action, seen, wish, present, self._clock.monotonic() - began)
            applied = applied.then(await self._apply(applier, action, site, wish))
        for stray in obsolete(present, wish.desired):
            applied = applied.then(await applier.close_stray(stray, applied.pull_url))
        look_again = _look_again(action, seen, now)
        if left_to_others:
            look_again = min(look_again or RACED_SECONDS, RACED_SECONDS)
        outcome = Outcome(site, now, seen, wish, action, applied, look_again, present.ours)
        if applied.words != Applied.words:
            _log_deed(outcome, self._clock.monotonic() - began)
        return outcome

    async def _apply(self, applier: Applier, action: Action, site: SiteRef, wish: Desire) -> Applied:
        applied = await applier.apply(action)
        if applied.commit is not None:
            self._observer.wrote(site.repository_id, wish.desired.text)
        if isinstance(action, OpenPull):
            self._presence.granted(site.repository_id, applied.pull_url)
        return applied


def _after_report(present: Present, wish: Desire) -> Present:
    return replace(present, report=None, reported=present.reported | {wish.desired.faults_digest})


def _look_again(action: Action, seen: Observation, now: datetime) -> float | None:
    """In how many seconds to look again without being told."""
    waits = []
    if isinstance(action, LeaveAlone) and action.until is not None:
        waits.append((action.until - now).total_seconds())
    if seen.passing_errors:
        waits.append(PASSING_ERROR_SECONDS)
    return min(waits, default=None)


def _traced(outcome: Outcome) -> dict[str, Attribute]:
    """What a span says of it, by OpenTelemetry's names where there are any."""
    applied = outcome.applied
    found: dict[str, Attribute] = {
        "status_bot.action": type(outcome.action).__name__,
        "status_bot.did": applied.words,
        "vcs.ref.head.type": "branch",
        "vcs.ref.head.name": outcome.observation.branch_name,
    }
    if applied.pull_url is not None:
        found["vcs.change.id"] = applied.pull_url.rpartition("/")[2]
    if applied.commit is not None:
        found["vcs.ref.head.revision"] = applied.commit
    return found


def _log_decision(action: Action, seen: Observation, wish: Desire, present: Present, seconds: float) -> None:
    """One line before anything is written: what will be done and why, and what stands already."""
    facts = seen.facts.repositories
    details = {
        "proposal": headline(wish.changes),
        "until": action.until.isoformat() if isinstance(action, LeaveAlone) and action.until else None,
        "pull": present.pull.url if present.pull else None,
        "tip": present.branch.sha if present.pull and present.branch else None,
        "unreadable": sorted(name for name, read in facts.items() if read.error),
        "again_in_seconds": PASSING_ERROR_SECONDS if seen.passing_errors else None,
        "faults": len(wish.faults),
    }
    log.info(
        "decided",
        site=seen.state.full_name,
        action=type(action).__name__,
        reason=reason_of(action),
        **{name: value for name, value in details.items() if value},
        look_seconds=round(seconds, 3),
    )


def _log_deed(outcome: Outcome, seconds: float) -> None:
    """One line after all that was written."""
    applied = outcome.applied
    details = {"pull": applied.pull_url, "commit": applied.commit}
    log.info(
        "reconciled",
        site=outcome.site.full_name,
        did=applied.words,
        **{name: value for name, value in details.items() if value},
        seconds=round(seconds, 3),
    )
