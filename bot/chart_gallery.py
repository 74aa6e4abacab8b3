"""The charts of the sites that anybody may see, as pictures; each is drawn once for what a run has found."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from weakref import ReferenceType, ref

from cachetools import LRUCache

from bot.chart import Chart, chart_of
from bot.chart_picture import chart_picture
from bot.github.model import SiteRef
from bot.reconcile import Outcome
from bot.render import render
from bot.service import Service
from bot.status.faults import FileFaultError
from bot.web.views import Picture

MOST_BYTES = 16_000_000
"""Of all pictures that are kept; the largest one has half a million."""


@dataclass(frozen=True)
class _Album:
    """The pictures of one site by the digests of their charts, first that of the page as it would be."""

    site: SiteRef
    outcome: ReferenceType[Outcome]
    pictures: Mapping[str, Picture]

    def shows(self, site: SiteRef, outcome: Outcome) -> bool:
        """Whether this is all there is to show; a site's name is on its pictures."""
        return self.site == site and self.outcome() is outcome

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(len(picture.body) for picture in self.pictures.values())

    def picture(self, digest: str) -> Picture:
        """The one of this chart, or of the page as it would be where that chart is not known (any more)."""
        return self.pictures.get(digest) or next(iter(self.pictures.values()))


class Gallery:
    """Draws charts, one at a time and in a thread: deliveries are answered meanwhile."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._albums: LRUCache[int, _Album] = LRUCache(MOST_BYTES, getsizeof=lambda album: album.size)
        self._drawing = asyncio.Lock()

    async def picture(self, full_name: str, digest: str) -> Picture | None:
        """The chart of a site, its name in any case; ``None`` for one that is unknown, or not surely public.

        ``digest`` says which, where the page stands on the site or in the proposal otherwise than
        it would be by now: counts that are held back are in no proposal yet.
        """
        for site in self._service.sites:
            outcome = self._service.outcomes.get(site.repository_id)
            if site.full_name.lower() != full_name.lower() or outcome is None:
                continue
            if not outcome.observation.state.private:
                return (await self._album_of(site, outcome)).picture(digest)
        return None

    async def _album_of(self, site: SiteRef, outcome: Outcome) -> _Album:
        if (known := self._known(site, outcome)) is not None:
            return known
        async with self._drawing:
            # Whoever was here before may have drawn the same.
            if (known := self._known(site, outcome)) is not None:
                return known
            album = await asyncio.to_thread(_album, site, outcome)
            self._albums[site.repository_id] = album
            return album

    def _known(self, site: SiteRef, outcome: Outcome) -> _Album | None:
        album = self._albums.get(site.repository_id)
        return album if album is not None and album.shows(site, outcome) else None


def _album(site: SiteRef, outcome: Outcome) -> _Album:
    charts = {chart.digest: chart for chart in _charts(outcome)} or {"": Chart()}
    pictures = {digest: _drawn(site.full_name, chart) for digest, chart in charts.items()}
    return _Album(site, ref(outcome), pictures)


def _charts(outcome: Outcome) -> Iterator[Chart]:
    """The page as it would be, as it is proposed where the run has left that as it was, and as it stands."""
    seen, page = outcome.observation, outcome.desire.page
    texts = [page.text if page is not None else seen.output, seen.output]
    if outcome.applied.commit is None:
        texts.append(seen.branch_output)
    for text in dict.fromkeys(texts):
        try:
            yield chart_of(text or "", seen.config.output)
        except FileFaultError:
            continue  # it is not there, or a person broke it


def _drawn(name: str, chart: Chart) -> Picture:
    body = render("pages/chart.svg.j2", name=name, picture=chart_picture(chart)).encode()
    return Picture(body, sha256(body).hexdigest()[:32])
