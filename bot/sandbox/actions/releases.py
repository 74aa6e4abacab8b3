"""Releases and the tags that they make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.sandbox import events
from bot.sandbox.actions import refs
from bot.sandbox.errors import invalid
from bot.sandbox.records import Release, Repository
from bot.sandbox.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRelease:
    """What a release shall be; a draft makes no tag.

    ``latest`` True makes it the latest release, False keeps it from that; None leaves it to the dates.
    """

    tag: str
    name: str | None = None
    body: str | None = None
    draft: bool = False
    prerelease: bool = False
    target: str | None = None
    published_at: datetime | None = None
    latest: bool | None = None


def create(state: State, repository: Repository, wanted: NewRelease, by: str) -> Release:
    """Make a release, and its tag if that is new.

    Raises:
        ApiError: 422, the tag has a release or is no good name.
    """
    _check(repository, wanted)
    release = Release(
        id=state.ids.number(),
        repository=repository,
        tag=wanted.tag,
        name=wanted.name,
        body=wanted.body,
        author=state.somebody(by).login,
        target=wanted.target or repository.default_branch,
        created_at=wanted.published_at or state.now(),
        updated_at=state.now(),
        draft=True,
        prerelease=wanted.prerelease,
    )
    repository.releases[release.id] = release
    state.nodes[release.node_id] = release
    if wanted.draft:
        events.release(state, "created", release, by)
        return release
    release.draft, release.published_at = False, wanted.published_at or state.now()
    _tag(state, release, by)
    choose_latest(release, wish=wanted.latest)
    events.release(state, "created", release, by)
    events.release(state, "published", release, by)
    events.release(state, "prereleased" if release.prerelease else "released", release, by)
    return release


def _check(repository: Repository, wanted: NewRelease) -> None:
    if not refs.well_formed(f"tags/{wanted.tag}"):
        raise invalid("Release", "tag_name", "custom")
    published = (release.tag for release in repository.releases.values() if not release.draft)
    if not wanted.draft and wanted.tag in published:
        raise invalid("Release", "tag_name", "already_exists")
    _commit_to_tag(repository, wanted.tag, wanted.target or repository.default_branch)


def _commit_to_tag(repository: Repository, tag: str, target: str) -> str | None:
    """The commit that a new tag would name; None where there is the tag already, or nothing to name.

    Raises:
        ApiError: 422, the target is neither a branch nor a commit.
    """
    if f"tags/{tag}" in repository.refs:
        return None
    sha = repository.tip(target) or target
    if repository.store.kind(sha) == "commit":
        return sha
    if repository.refs:
        raise invalid("Release", "target_commitish")
    return None


def _tag(state: State, release: Release, by: str) -> None:
    sha = _commit_to_tag(release.repository, release.tag, release.target)
    if sha:
        refs.create(state, release.repository, f"tags/{release.tag}", sha, by)


def choose_latest(release: Release, *, wish: bool | None = None) -> None:
    """Decide which release is the latest, after this one has changed."""
    repository = release.repository
    now = repository.latest_release
    if now and not _full(now):
        now = repository.latest_release = None
    if now is None:
        rest = [
            one
            for one in repository.releases.values()
            if _full(one) and (one is not release or wish is not False)
        ]
        now = repository.latest_release = max(rest, key=_date, default=None)
    newest = wish is None and (now is None or _date(release) >= _date(now))
    if _full(release) and (wish or newest):
        repository.latest_release = release


def _full(release: Release) -> bool:
    return release.id in release.repository.releases and not release.draft and not release.prerelease


def _date(release: Release) -> tuple[datetime, int]:
    return release.published_at or release.created_at, release.id


def publish(state: State, release: Release, by: str, *, latest: bool | None = None) -> None:
    """Publish a draft."""
    if release.draft:
        _tag(state, release, by)
        release.draft = False
        release.published_at = release.updated_at = state.now()
        choose_latest(release, wish=latest)
        events.release(state, "published", release, by)
        events.release(state, "prereleased" if release.prerelease else "released", release, by)


def unpublish(state: State, release: Release, by: str) -> None:
    """Make a draft of a published release."""
    if not release.draft:
        release.draft, release.published_at, release.updated_at = True, None, state.now()
        choose_latest(release, wish=False)
        events.release(state, "unpublished", release, by)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseChanges:
    """What of a release shall change; None stays as it is."""

    tag: str | None = None
    name: str | None = None
    body: str | None = None
    prerelease: bool | None = None
    latest: bool | None = None


def edit(state: State, release: Release, wanted: ReleaseChanges, by: str) -> None:
    """Change a release's words, tag or kind."""
    changes = {}
    for field in ("tag", "name", "body"):
        before, after = getattr(release, field), getattr(wanted, field)
        if after is not None and after != before:
            setattr(release, field, after)
            changes["tag_name" if field == "tag" else field] = {"from": before or ""}
    was = release.prerelease
    if wanted.prerelease is not None:
        release.prerelease = wanted.prerelease
    if wanted.tag is not None and not release.draft:
        _tag(state, release, by)
    if was != release.prerelease or wanted.latest is not None:
        choose_latest(release, wish=wanted.latest)
    if changes or was != release.prerelease or wanted.latest is not None:
        release.updated_at = state.now()
        events.release(state, "edited", release, by, changes)
    if was != release.prerelease and not release.draft:
        events.release(state, "prereleased" if release.prerelease else "released", release, by)


def delete(state: State, release: Release, by: str) -> None:
    """Delete a release; its tag stays."""
    del release.repository.releases[release.id]
    del state.nodes[release.node_id]
    choose_latest(release, wish=False)
    events.release(state, "deleted", release, by)


def commit_of(release: Release) -> str | None:
    """The commit that the release's tag names."""
    return release.repository.refs.get(f"tags/{release.tag}")


def tags(repository: Repository) -> list[tuple[str, str]]:
    """Tags and their commits, in the reverse order of the alphabet, as GitHub lists them."""
    named = [
        (name.removeprefix("tags/"), sha) for name, sha in repository.refs.items() if name.startswith("tags/")
    ]
    return sorted(named, reverse=True)
