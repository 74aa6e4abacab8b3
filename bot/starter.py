"""Decide what a repository lacks to be a site: what stands there, to the files that are brought. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from bot.github.trees import FILE, FOLDER, KINDS, Obstacle
from bot.site import BRANCH_PREFIX, CONFIG_PATH, SiteConfig
from bot.starter_files import (
    SHORTCODES,
    StarterRow,
    config_text,
    shortcode,
    source_of_page,
    source_text,
)
from bot.status.datafile import GITHUB_HOSTS, read_source
from bot.status.faults import FileFaultError

LARGEST_PAGE = 1_000_000
"""Characters of a page's data that are still taken over as its source."""

_LINK = KINDS["120000"]
_HUGO = (
    *(f"{name}.{ending}" for name in ("hugo", "config") for ending in ("toml", "yaml", "yml", "json")),
    "config/_default",
)
"""By one of these a Hugo site is known, see https://gohugo.io/configuration/introduction/."""


class Origin(Enum):
    """Where the rows of a source come from that the bot writes."""

    PAGE = "page"
    """From the page's data, which somebody kept by hand or by a script of their own."""
    REPOSITORIES = "repositories"
    """From the repositories that look as if they had a row."""
    EXAMPLE = "example"
    """There is one, to be replaced."""


@dataclass(frozen=True)
class Ground:
    """What there is where a site is to begin.

    ``kinds`` tells what stands at the paths of ``looked_for`` and on the way to them, ``page`` is the
    text of the output, ``url`` the page of the repository itself, called ``name``. ``unseen`` are those
    repositories of which nobody knows whether they would have a row.
    """

    name: str
    url: str
    config: SiteConfig
    has_config: bool
    kinds: Mapping[str, str]
    page: str | None = None
    hosts: tuple[str, ...] = GITHUB_HOSTS
    rows: tuple[StarterRow, ...] = ()
    unseen: int = 0

    @property
    def has_source(self) -> bool:
        """Whether there is a source, be it a good one or not."""
        return _stands(self.kinds, self.config.source)

    @property
    def is_hugo(self) -> bool:
        """Whether the repository looks like a Hugo site."""
        return any(path in self.kinds for path in _HUGO)


@dataclass(frozen=True)
class Starter:
    """What is brought, what is ``kept`` for it is there already, and the shortcodes that are ``hindered``."""

    files: Mapping[str, str]
    kept: tuple[str, ...] = ()
    hindered: tuple[Obstacle, ...] = ()
    origin: Origin | None = None
    rows: int = 0
    unseen: int = 0


def init_branch(base: str) -> str:
    """The branch on which a site's beginning is proposed; never that of the proposals themselves."""
    return f"{BRANCH_PREFIX}init" if base != "init" else f"{BRANCH_PREFIX}init-site"


def looked_for(config: SiteConfig) -> tuple[str, ...]:
    """The paths of which it matters whether something stands there."""
    beside = tuple(path for shown in SHORTCODES for path in _places_of(shown))
    return CONFIG_PATH, config.source, config.output, *beside, *_HUGO


def hindrance(ground: Ground) -> Obstacle | None:
    """What keeps the site's own files from lying where they are to lie."""
    paths = (CONFIG_PATH, ground.config.source, ground.config.output)
    return next((found for path in paths if (found := _obstacle(ground.kinds, path))), None)


def start(ground: Ground) -> Starter:
    """What to bring. Where there is data, something draws its page: shortcodes are for Hugo alone then."""
    files = {} if ground.has_config else {CONFIG_PATH: config_text()}
    kept = [CONFIG_PATH] if ground.has_config else []
    if ground.has_source:
        return Starter(files, (*kept, ground.config.source))
    text, origin, rows = _source(ground)
    files[ground.config.source] = text
    hindered: dict[str, Obstacle] = {}
    undrawn = ground.is_hugo or not _stands(ground.kinds, ground.config.output)
    for path in SHORTCODES if undrawn else ():
        standing = next((place for place in _places_of(path) if _stands(ground.kinds, place)), None)
        obstacle = _obstacle(ground.kinds, path)
        if standing is not None:
            kept.append(standing)
        elif obstacle is not None:
            hindered[obstacle.path] = obstacle
        else:
            files[path] = shortcode(path)
    unseen = ground.unseen if origin is not Origin.PAGE else 0
    return Starter(files, tuple(kept), tuple(hindered.values()), origin, rows, unseen)


def _source(ground: Ground) -> tuple[str, Origin, int]:
    """The source to begin with, where its rows come from and how many there are."""
    if ground.page is not None and len(ground.page) <= LARGEST_PAGE:
        text = source_of_page(ground.page)
        try:
            found = read_source(text, ground.config.source, ground.hosts)
        except FileFaultError:
            pass
        else:
            if not found.faults:
                return text, Origin.PAGE, len(found.rows)
    origin = Origin.REPOSITORIES if ground.rows else Origin.EXAMPLE
    rows: Sequence[StarterRow] = ground.rows or (StarterRow(ground.name, ground.url),)
    return source_text(rows, ground.config.output, example=not ground.rows), origin, len(rows)


def _places_of(shortcode_path: str) -> tuple[str, str]:
    """Where Hugo finds a shortcode: since version 0.146 in a folder of another name, too."""
    return shortcode_path, shortcode_path.replace("/shortcodes/", "/_shortcodes/")


def _stands(kinds: Mapping[str, str], path: str) -> bool:
    return kinds.get(path) in (FILE, _LINK)


def _obstacle(kinds: Mapping[str, str], path: str) -> Obstacle | None:
    """What lies at a path, or on the way to it, so that no file can be there."""
    for above in _above(path):
        if kinds.get(above, FOLDER) != FOLDER:
            return Obstacle(above, kinds[above])
    at = kinds.get(path, FILE)
    return Obstacle(path, at) if at not in (FILE, _LINK) else None


def _above(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:end]) for end in range(1, len(parts)))
