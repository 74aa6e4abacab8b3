"""What the pages are told of the sites, and whether the bot can do its work."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from weakref import ReferenceType, ref

from bot.chart_gallery import Gallery
from bot.github.errors import RateLimited
from bot.github.model import SiteRef
from bot.jobs import ALL_INSTALLATIONS
from bot.last_events import LastEvents
from bot.queued import Failure
from bot.reconcile import Outcome
from bot.service import Job, Key, Service
from bot.site_pages import site_view
from bot.sweep import Sweep
from bot.web.views import EventView, Picture, SiteView
from bot.webhook_proxy import WebhookProxy
from bot.workqueue import WorkQueue


class ServiceDashboard:
    """The sites that anybody may see: a private one is not shown on a page that everybody can open.

    ``failures`` are those of the jobs that wait to be tried again, ``events`` what happened last.
    """

    def __init__(
        self,
        service: Service,
        failures: Callable[[], Mapping[Key, Failure]] = dict,
        events: LastEvents | None = None,
    ) -> None:
        self._service = service
        self._gallery = Gallery(service)
        self._failures = failures
        self._events = events
        self._views: dict[int, tuple[ReferenceType[Outcome], SiteView]] = {}
        self._viewing = asyncio.Lock()

    async def sites(self) -> Sequence[SiteView]:
        """The public sites by name; one that was not observed yet may be private."""
        return [await self._view(site, outcome) for site, outcome in self._public()]

    async def site(self, full_name: str) -> SiteView | None:
        """A public site."""
        for site, outcome in self._public():
            if site.full_name.lower() == full_name.lower():
                return await self._view(site, outcome)
        return None

    async def chart(self, full_name: str, digest: str) -> Picture | None:
        """The chart of a public site as a picture."""
        return await self._gallery.picture(full_name, digest)

    def _public(self) -> list[tuple[SiteRef, Outcome]]:
        found = ((site, self._service.outcomes.get(site.repository_id)) for site in self._service.sites)
        return [
            (site, outcome)
            for site, outcome in found
            if outcome is not None and not outcome.observation.state.private
        ]

    async def _view(self, site: SiteRef, outcome: Outcome) -> SiteView:
        """What the last look found, worked out once, with what may have changed since."""
        async with self._viewing:
            known = self._views.get(site.repository_id)
            if known is None or known[0]() is not outcome:
                self._forget()
                # In a thread, for deliveries are answered meanwhile.
                known = ref(outcome), await asyncio.to_thread(site_view, outcome)
                self._views[site.repository_id] = known
        failure = self._failures().get(Key("site", site.repository_id))
        refused = self._service.sites.check_refused(site.repository_id)
        return replace(
            known[1],
            unchecked=UNCHECKED if refused else "",
            trouble=f"The last look failed{_why([failure])}" if failure is not None else "",
            event=self._event(outcome),
        )

    def _forget(self) -> None:
        """Drop what was worked out for sites that are none any more."""
        for repository_id in self._views.keys() - {site.repository_id for site in self._service.sites}:
            del self._views[repository_id]

    def _event(self, outcome: Outcome) -> EventView | None:
        """What happened last, where everybody can see the repository in which it did."""
        site, seen = outcome.site.full_name, outcome.observation
        event = self._events.of(site) if self._events is not None else None
        if event is None:
            return None
        readable = {site.lower()}
        for name, facts in seen.facts.repositories.items():
            if facts.error is None:
                readable |= {name.lower(), (facts.full_name or name).lower()}
        if event.repository.lower() not in readable:
            return None
        github = seen.state.url.removesuffix(f"/{seen.state.full_name}")
        words = event_words(event.event, event.action)
        return EventView(words, event.repository, f"{github}/{event.repository}", event.at)


def event_words(event: str, action: str) -> str:
    """An event and its action, as a page says it: ``Release published``."""
    what = EVENT_NAMES.get(event, event.replace("_", " ").capitalize())
    return " ".join(filter(None, (what, ACTION_NAMES.get(action, action.replace("_", " ")))))


EVENT_NAMES = {"issues": "Issue", "check_suite": "Checks", "check_run": "Check"}
ACTION_NAMES = {
    "synchronize": "pushed to",
    "milestoned": "given a milestone",
    "demilestoned": "taken out of a milestone",
    "privatized": "made private",
    "publicized": "made public",
    "rerequested": "asked for again",
    "requested": "asked for",
}


class ServiceReadiness:
    """Whether GitHub was reached and the queue moves, and what is waited for. Anybody may read it."""

    def __init__(
        self,
        service: Service,
        queue: WorkQueue[Key, Job],
        sweep: Sweep | None = None,
        proxy: WebhookProxy | None = None,
    ) -> None:
        self._service = service
        self._queue = queue
        self._sweep = sweep
        self._proxy = proxy

    def github_trouble(self) -> str:
        """Why GitHub is out of reach, in one sentence. Who is only asked to wait has reached it."""
        failures = self._queue.failures
        if not self._service.searched:
            failing = [failure for key, failure in failures.items() if key.kind == "installation"]
            return f"GitHub was not reached yet{_why(failing)}"
        lost = failures.get(Key("installation", ALL_INSTALLATIONS))
        if lost is not None and lost.plainly != RateLimited.plainly:
            return f"GitHub is not reached any more{_why([lost])}"
        sites = len(self._service.sites)
        failing = [failure for key, failure in failures.items() if key.kind == "site"]
        in_trouble = any(failure.plainly != RateLimited.plainly for failure in failing)
        if sites and len(failing) >= sites and in_trouble:
            return f"No site can be reconciled{_why(failing)}"
        return ""

    def queue_trouble(self) -> str:
        """Why the queue does not move, in one sentence."""
        if self._queue.closed:
            return "The bot is stopping."
        if self._queue.moving():
            return ""
        return f"Work has been due for {self._queue.oldest_due_seconds:.0f} s and was not begun."

    def waits(self) -> Sequence[str]:
        """What failed and waits to be tried again: how much of which kind, why, and until when.

        What could be read only in part is told as well: it is looked at again without being asked to.
        """
        kinds: defaultdict[tuple[str, str], list[Failure]] = defaultdict(list)
        failing = self._queue.failures
        for key, failure in failing.items():
            kinds[key.kind, failure.plainly].append(failure)
        if self._sweep is not None and self._sweep.failure is not None:
            kinds["deliveries", self._sweep.failure.plainly].append(self._sweep.failure)
        if self._proxy is not None and self._proxy.failure is not None:
            kinds["proxy", self._proxy.failure.plainly].append(self._proxy.failure)
        for site in self._service.sites:
            outcome = self._service.outcomes.get(site.repository_id)
            alone = Key("site", site.repository_id) not in failing
            if alone and outcome is not None and outcome.observation.passing_errors:
                kinds["site", PARTLY].append(_in_part(outcome))
        return tuple(
            f"{_counted(len(failures), *KINDS[kind])}{_why(failures)}"
            for (kind, _), failures in sorted(kinds.items())
        )


UNCHECKED = (
    "Pull requests are not checked: an owner has to accept the app's new permissions, "
    "under Settings, GitHub Apps, Configure."
)
KINDS = {
    "site": ("site waits", "sites wait"),
    "installation": ("search for sites waits", "searches for sites wait"),
    "commands": ("search for commands waits", "searches for commands wait"),
    "comment": ("command waits", "commands wait"),
    "deliveries": ("search for missed deliveries waits", "searches for missed deliveries wait"),
    "proxy": ("webhook proxy waits", "webhook proxies wait"),
    "checks": ("check of pull requests waits", "checks of pull requests wait"),
}
PARTLY = "GitHub does not answer for some of its repositories"


def _in_part(outcome: Outcome) -> Failure:
    """A look that GitHub has not answered all of."""
    return Failure(PARTLY, outcome.at, 1, outcome.look_again_seconds or 0.0, PARTLY)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _why(failures: Sequence[Failure]) -> str:
    """The end of a sentence: why the first of them is not done, and when it is tried again."""
    if not failures:
        return "."
    first = min(failures, key=lambda failure: failure.until)
    return f": {first.plainly}. The next attempt is at {first.until:%H:%M:%S} UTC."
