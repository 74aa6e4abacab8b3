"""What the pages are told of the sites, and whether the bot can do its work."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.chart_gallery import Gallery
from bot.github.model import SiteRef
from bot.observe import Observation, rows_of
from bot.plan import LeaveAlone
from bot.reconcile import Outcome
from bot.service import Job, Key, Service
from bot.status.page import Page, PageRow
from bot.web.views import Picture, RowView, SiteView
from bot.workqueue import WorkQueue

_NAME = re.compile(r"\S*/\S*[^\s:.,]|'[^']*'|`[^`]*`")
"""What may be a URL, a repository, a path or a title."""


class ServiceDashboard:
    """The sites that anybody may see: a private one is not shown on a page that everybody can open."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._gallery = Gallery(service)

    def sites(self) -> Sequence[SiteView]:
        """The public sites by name; one that was not observed yet may be private."""
        found = ((site, self._service.outcomes.get(site.repository_id)) for site in self._service.sites)
        return tuple(
            _view(site, outcome)
            for site, outcome in found
            if outcome is not None and not outcome.observation.state.private
        )

    async def chart(self, full_name: str, digest: str) -> Picture | None:
        """The chart of a public site as a picture."""
        return await self._gallery.picture(full_name, digest)


class ServiceReadiness:
    """Whether GitHub was reached and the queue moves."""

    def __init__(self, service: Service, queue: WorkQueue[Key, Job]) -> None:
        self._service = service
        self._queue = queue

    def github_trouble(self) -> str:
        """Why GitHub is out of reach, in one sentence."""
        failures = self._queue.failures
        if not self._service.searched:
            reasons = [failure.error for key, failure in failures.items() if key.kind == "installation"]
            return (
                f"GitHub was not reached yet: {_without_names(reasons[0])}"
                if reasons
                else "GitHub was not reached yet."
            )
        sites = len(self._service.sites)
        failing = [failure for key, failure in failures.items() if key.kind == "site"]
        if sites and len(failing) >= sites:
            return f"No site can be reconciled: {_without_names(failing[0].error)}"
        return ""

    def queue_trouble(self) -> str:
        """Why the queue does not move, in one sentence."""
        if self._queue.moving():
            return ""
        return f"Work has been due for {self._queue.oldest_due_seconds:.0f} s and was not begun."


def _without_names(error: str) -> str:
    """What went wrong, but not where: anybody can read it, and the site may be a private one."""
    return _NAME.sub("…", error)


def _view(site: SiteRef, outcome: Outcome) -> SiteView:
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
