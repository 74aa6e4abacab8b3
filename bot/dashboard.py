"""What the pages are told of the sites, and whether the bot can do its work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bot.actions import LeaveAlone
from bot.chart_gallery import Gallery
from bot.github.errors import RateLimited
from bot.github.model import SiteRef
from bot.jobs import ALL_INSTALLATIONS
from bot.observe import Observation, rows_of
from bot.queued import Failure
from bot.reconcile import Outcome
from bot.service import Job, Key, Service
from bot.status.page import Page, PageRow
from bot.sweep import Sweep
from bot.web.views import Picture, RowView, SiteView
from bot.webhook_proxy import WebhookProxy
from bot.workqueue import WorkQueue


class ServiceDashboard:
    """The sites that anybody may see: a private one is not shown on a page that everybody can open."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._gallery = Gallery(service)

    def sites(self) -> Sequence[SiteView]:
        """The public sites by name; one that was not observed yet may be private."""
        found = ((site, self._service.outcomes.get(site.repository_id)) for site in self._service.sites)
        return tuple(
            _view(site, outcome, unchecked=self._service.sites.check_refused(site.repository_id))
            for site, outcome in found
            if outcome is not None and not outcome.observation.state.private
        )

    async def chart(self, full_name: str, digest: str) -> Picture | None:
        """The chart of a public site as a picture."""
        return await self._gallery.picture(full_name, digest)


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


def _view(site: SiteRef, outcome: Outcome, *, unchecked: bool) -> SiteView:
    seen, page = outcome.observation, outcome.desire.page
    return SiteView(
        full_name=site.full_name,
        url=seen.state.url,
        reconciled_at=outcome.at,
        outcome=_words(outcome),
        proposal_url=outcome.applied.pull_url,
        rows=_rows(seen, page),
        held=tuple(f"{row.sig.label}: {row.held}" for row in _all(page) if row.held is not None),
        unreadable=tuple(
            f"{row.sig.label}: {row.unreadable}" for row in _all(page) if row.unreadable is not None
        ),
        unmatched=tuple(
            f"{row.sig.label}: {milestone.title}{' (closed)' if milestone.state == 'closed' else ''}"
            for row in _all(page)
            for milestone in (row.status.unmatched if row.status else ())
        ),
        faults=tuple(map(str, outcome.desire.faults)),
        unchecked=UNCHECKED if unchecked else "",
    )


def _all(page: Page | None) -> tuple[PageRow, ...]:
    return page.rows if page is not None else ()


def _words(outcome: Outcome) -> str:
    if isinstance(outcome.action, LeaveAlone):
        return f"Left alone: {outcome.action.reason}."
    words = outcome.applied.words
    if words != "nothing":
        return f"{words[0].upper()}{words[1:]}."
    return "The proposal is up to date." if outcome.applied.pull_url else "The page is right as it stands."


def _rows(seen: Observation, page: Page | None) -> tuple[RowView, ...]:
    """Every row as the page will show it."""
    text = page.text if page is not None else seen.output
    github = seen.state.url.removesuffix(f"/{seen.state.full_name}")
    return tuple(
        RowView(
            label=row.label,
            column=str(row.values.get("msLabel", "")),
            percent=_number(row.values.get("percent", 0)),
            release=_tag(row.values.get("releaseTag", "")),
            url=f"{github}/{row.repository}",
            release_url=str(row.values.get("releaseUrl", "")),
        )
        for row in rows_of(text, seen.config.output)
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _tag(value: object) -> str:
    return value if isinstance(value, str) else ""
