"""``preview`` and ``facts``: look at a site as the bot would, and write nothing."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp

from bot.clock import SystemClock
from bot.desire import Desire, desire
from bot.github.client import Endpoints
from bot.github.errors import NotFound
from bot.github.hub import GitHub, PersonalGitHub, Reader
from bot.github.model import SiteRef
from bot.github.repository import Progress
from bot.observe import Observation, Observer
from bot.settings import Settings, graphql_url_of
from bot.status.datafile import GITHUB_HOSTS
from bot.status.facts import dump_facts


@dataclass(frozen=True)
class Sight:
    """A site as it stands and as it would be."""

    seen: Observation
    wish: Desire

    @property
    def diff(self) -> str:
        """What would be proposed, as a unified diff; empty where nothing would."""
        if self.wish.page is None:
            return ""
        path = self.seen.config.output
        before = self.seen.output
        lines = difflib.unified_diff(
            (before or "").splitlines(keepends=True),
            self.wish.page.text.splitlines(keepends=True),
            f"a/{path}" if before is not None else "/dev/null",
            f"b/{path}",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def hosts_of(api_url: str) -> tuple[str, ...]:
    """The hosts whose addresses in a source name repositories of this API."""
    host = (urlsplit(api_url).hostname or "").removeprefix("api.")
    return tuple(dict.fromkeys((*GITHUB_HOSTS, host)))


def endpoints_of(api_url: str) -> Endpoints:
    """The REST and GraphQL addresses of an API."""
    return Endpoints(api_url, graphql_url_of(api_url))


async def look_with_token(api_url: str, token: str, full_name: str, progress: Progress) -> Sight:
    """Look with a person's token. Raises ``GitHubError`` where the site cannot be read."""
    async with aiohttp.ClientSession() as session:
        github = PersonalGitHub(session, endpoints_of(api_url), token, SystemClock())
        return await _look(github, 0, api_url, full_name, progress)


async def look_as_app(settings: Settings, full_name: str, progress: Progress) -> Sight:
    """Look as the app, through its installation on the site's owner."""
    async with aiohttp.ClientSession() as session:
        github = GitHub(
            session,
            endpoints_of(settings.api_url),
            str(settings.app_id),
            settings.private_key,
            SystemClock(),
        )
        owner, _, name = full_name.partition("/")
        try:
            found = await github.app.get("/repos/{owner}/{name}/installation", owner=owner, name=name)
        except NotFound as error:
            raise NotFound(f"The app is not installed on {full_name}.") from error
        return await _look(github, found["id"], settings.api_url, full_name, progress)


async def _look(
    github: Reader, installation_id: int, api_url: str, full_name: str, progress: Progress
) -> Sight:
    observer = Observer(hosts_of(api_url), github=github, without_config=True, progress=progress)
    seen = await observer.observe(github.reader(installation_id), SiteRef(0, 0, full_name))
    return Sight(seen, desire(seen))


def facts_json(sight: Sight) -> str:
    """The facts file of what was seen."""
    return dump_facts(sight.seen.facts).decode()


def credentials(environ: Mapping[str, str]) -> tuple[str, str] | None:
    """The API's address and a person's token, where the environment has one."""
    token = environ.get("GITHUB_TOKEN", "").strip()
    if not token:
        return None
    return environ.get("GITHUB_API_URL", "").strip().rstrip("/") or "https://api.github.com", token
