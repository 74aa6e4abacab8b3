"""What the proposal says: its title, its body and the message of its commit. Pure.

Its hidden marker is in bot/marker.py; the words of issues and comments are in bot/notices.py.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.chart import Chart, chart_rows, draw, in_words
from bot.commands import COMMANDS, Who
from bot.commit_message import commit_message
from bot.markdown import plain, yaml_quoted
from bot.marker import BODY_LIMIT
from bot.notices import LocatedFault, located
from bot.render import render
from bot.review import Review, review
from bot.status.changes import headline
from bot.status.datafile import read_output

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.site import SiteConfig
    from bot.status.changes import Changes
    from bot.status.ladder import Column
    from bot.status.page import Page

GITHUB_URL = "https://github.com"
BODY_ROOM = BODY_LIMIT - 1_024
"""Without the marker, which comes last."""
TITLE_LIMIT = 250
ALL = 1_000_000


@dataclass(frozen=True)
class ProposalText:
    """A proposal in words. The body is without its marker, for which it leaves room."""

    title: str
    body: str
    commit_message: str


@dataclass(frozen=True)
class Limits:
    """How many entries of each list the body shows. ``titles`` is for each SIG."""

    counts: int = ALL
    unmatched: int = ALL
    chart: int = ALL
    renamed: int = ALL
    held: int = ALL
    unreadable: int = ALL
    faults: int = ALL
    lines: int = ALL
    titles: int = 5


def _sacrifices() -> Iterator[Limits]:
    limits = Limits()
    yield limits
    for names in (("counts", "unmatched", "chart", "renamed", "held", "unreadable"), ("faults", "lines")):
        for most in (300, 200, 100, 60, 30, 10, 3, 1):
            for name in names:
                limits = replace(limits, **{name: most})
                yield limits


SACRIFICES = tuple(_sacrifices())
"""What is left out first where a body would be too long; what changes, and what is broken, goes last."""


@dataclass(frozen=True)
class Places:
    """Where people see GitHub and, where it is set up, the bot: it shows nobody a ``private`` site."""

    web_url: str = GITHUB_URL
    public_url: str | None = None
    private: bool = False

    def on_the_bot(self, path: str) -> str:
        """The address of one of the bot's own pages, ``""`` where it has none."""
        return f"{self.public_url.rstrip('/')}/{path}" if self.public_url else ""

    def chart(self, site: str, digest: str) -> str:
        """The address of a site's chart; the digest makes it another one for every chart."""
        return "" if self.private else self.on_the_bot(f"chart/{quote(site)}.svg?v={digest}")


SEEN_ON_GITHUB = Places()


def describe(
    page: Page,
    changes: Changes,
    columns: Sequence[Column],
    *,
    site: str,
    config: SiteConfig,
    places: Places = SEEN_ON_GITHUB,
) -> ProposalText:
    """Word the proposal that turns the output that stands into ``page.text``.

    ``site`` is the site's ``owner/name``. The same arguments give the same words.
    """
    web_url = places.web_url
    found = review(page, changes, config.source, web_url)
    rows = chart_rows(read_output(page.text, config.output), columns)
    chart = Chart(rows, tuple(column.label for column in columns))
    body = _Body(found, chart, tuple(columns), config, located(page.faults, f"{web_url}/{site}", config.base))
    return ProposalText(
        title=_title(changes, config),
        body=body.fitted(
            summary=_summary(changes, found),
            repositories=len({row.sig.repository.casefold() for row in page.rows}),
            help_url=places.on_the_bot("help"),
            chart_url=places.chart(site, chart.digest),
            chart_in_words=in_words(chart),
            commands=[command.name for command in COMMANDS if command.who is not Who.REPOSITORY],
        ),
        commit_message=commit_message(found, config.source),
    )


def remarks_digest(page: Page) -> str:
    """The digest of what the body says beside its changes: when it moves, the body is out of date."""
    said = [
        sorted(map(str, page.faults)),
        [(row.sig.label, row.sig.repository, row.held, row.unreadable, row.renamed_to) for row in page.rows],
        [
            (row.sig.label, milestone.title, milestone.state, milestone.url)
            for row in page.rows
            for milestone in (row.status.unmatched if row.status else ())
        ],
    ]
    return sha256(repr(said).encode(errors="surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True)
class _Body:
    """A body that can be rendered at any length."""

    review: Review
    chart: Chart
    columns: tuple[Column, ...]
    config: SiteConfig
    faults: tuple[LocatedFault, ...]

    def fitted(self, **values: object) -> str:
        """The body with as little left out as fits: each of the sacrifices leaves out more than the last."""
        body = self._rendered(SACRIFICES[0], values)
        if len(body) <= BODY_ROOM:
            return body

        def fits(limits: Limits) -> bool:
            return len(self._rendered(limits, values)) <= BODY_ROOM

        at = bisect_left(SACRIFICES, x=True, lo=1, hi=len(SACRIFICES) - 1, key=fits)
        return self._rendered(SACRIFICES[at], values)

    def _rendered(self, limits: Limits, values: dict[str, object]) -> str:
        shown = self.chart.rows[: limits.chart]
        return render(
            "pull/body.md.j2",
            review=self.review,
            limits=limits,
            chart=draw(shown, self.columns),
            rows_hidden=len(self.chart.rows) - len(shown),
            config=self.config,
            faults=self.faults,
            titles=sum(len(sig.milestones) for sig in self.review.unmatched),
            example=_example(self.review),
            **values,
        )


def _example(found: Review) -> str:
    """How one of the unmatched titles would be listed in the source, as YAML."""
    for sig in found.unmatched:
        if sig.example is not None:
            title, column = yaml_quoted(sig.example.title), yaml_quoted(sig.column)
            return f"- label: {yaml_quoted(sig.label)}\n  match: {{{column}: [{title}]}}"
    return ""


def _title(changes: Changes, config: SiteConfig) -> str:
    return plain(headline(changes) or f"Follow {config.source}", TITLE_LIMIT)


def _summary(changes: Changes, found: Review) -> str:
    """How much changes, in a few words."""
    whole = {row.label for row in changes.rows if row.before is None or row.after is None}
    onwards = [line.what for line in found.lines if line.label not in whole and not line.step_back]
    kinds = (
        (onwards.count("column"), "column change", "column changes"),
        (onwards.count("release"), "new release", "new releases"),
        (sum(line.step_back for line in found.lines), "step back", "steps back"),
        (sum(row.before is None for row in changes.rows), "new row", "new rows"),
        (sum(row.after is None for row in changes.rows), "row less", "rows less"),
        (len(found.put_on_hold), "row put on hold", "rows put on hold"),
        (len(found.taken_off_hold), "row taken off hold", "rows taken off hold"),
        (len(found.counts), "SIG with other issue counts", "SIGs with other issue counts"),
    )
    parts = [f"{number} {one if number == 1 else many}" for number, one, many in kinds if number]
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:]))) or "nothing but small print"
