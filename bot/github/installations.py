"""Where the app is installed, and which of those repositories are sites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.github import documents
from bot.github.answers import making_sense
from bot.github.client import Client
from bot.github.errors import LASTING_TYPES, NoApp, NotFound, Unavailable
from bot.github.model import SiteRef

REPOSITORIES_PER_QUERY = 50
PAGE = 100


@dataclass(frozen=True)
class Installation:
    """One account's installation of the app; ``permissions`` are those that the account has granted."""

    id: int
    account: str
    suspended: bool
    permissions: Mapping[str, str] = field(default_factory=dict)

    def may_write(self, permission: str) -> bool:
        """Whether the account lets the app write this."""
        return self.permissions.get(permission) in ("write", "admin")


@contextmanager
def of_the_app() -> Iterator[None]:
    """What every app has: where GitHub does not find that, it does not find the app (``NoApp``)."""
    try:
        yield
    except NotFound as error:
        raise NoApp(str(error)) from error


async def read_installations(app: Client) -> tuple[Installation, ...]:
    """Every installation of the app; asked as the app itself."""
    with of_the_app():
        found = await app.get_all("/app/installations{?per_page}", per_page=str(PAGE))
    with making_sense():
        return tuple(map(_installation, found))


async def read_installation_on(app: Client, full_name: str) -> Installation | None:
    """The installation that covers a repository; ``None`` where there is none, or no such repository."""
    owner, _, name = full_name.partition("/")
    try:
        found = await app.get("/repos/{owner}/{name}/installation", owner=owner, name=name)
    except NotFound:
        return None
    with making_sense():
        return _installation(found)


def _installation(item: Mapping[str, Any]) -> Installation:
    """Only its id is needed: servers of other ages leave out what they have nothing to say of."""
    return Installation(
        item["id"],
        (item.get("account") or {}).get("login", ""),
        bool(item.get("suspended_at")),
        item.get("permissions") or {},
    )


async def read_sites(
    reader: Client, installation_id: int, config_path: str, names: Sequence[str]
) -> tuple[SiteRef, ...]:
    """Those of an installation's repositories that hold the bot's configuration on their default branch."""
    sites: list[SiteRef] = []
    for start in range(0, len(names), REPOSITORIES_PER_QUERY):
        batch = names[start : start + REPOSITORIES_PER_QUERY]
        document, variables = documents.configured(batch, config_path)
        answer = await reader.query(document, **variables)
        for error in answer.errors:
            # A site that GitHub could not answer for a moment ago must not pass for one that is gone.
            # One that is closed to the bot (by GitHub, or by the owner's rules) must not hide the others.
            if error.get("type") not in LASTING_TYPES:
                raise Unavailable(f"GraphQL: {error.get('message')}")
        with making_sense():
            found = [answer.data[f"r{number}"] for number in range(len(batch))]
            if None in found and not answer.errors:
                raise Unavailable("GraphQL: a repository is missing, and no error says why.")
            sites += [
                SiteRef(installation_id, each["databaseId"], each["nameWithOwner"])
                for each in found
                if each is not None and each["object"] is not None and not each["isArchived"]
            ]
    return tuple(sites)


@dataclass(frozen=True)
class Candidate:
    """A repository that a status page might have a row for; ``url`` is its page."""

    name: str
    url: str


async def read_candidates(reader: Client, names: Sequence[str]) -> tuple[Candidate, ...]:
    """Those of some repositories that are public, at work, nobody's fork, and have milestones or releases.

    One that GitHub does not answer for is left out. Raises ``GitHubError`` where it does not answer at all.
    """
    found: list[Candidate] = []
    for start in range(0, len(names), REPOSITORIES_PER_QUERY):
        document, variables = documents.begun(names[start : start + REPOSITORIES_PER_QUERY])
        answer = await reader.query(document, **variables)
        found += [
            Candidate(one["name"], one["url"]) for one in answer.data.values() if one and _is_candidate(one)
        ]
    return tuple(found)


def _is_candidate(found: Mapping[str, Any]) -> bool:
    apart = found["isArchived"] or found["isFork"] or found["isPrivate"]
    begun = [(found[kind] or {}).get("totalCount", 0) for kind in ("milestones", "releases")]
    return not apart and any(begun)


async def read_repositories(reader: Client) -> tuple[str, ...]:
    """The names of all repositories that an installation reaches."""
    found = await reader.get_all("/installation/repositories{?per_page}", "repositories", per_page=str(PAGE))
    with making_sense():
        return tuple(repository["full_name"] for repository in found)
