"""Releases and tags."""

from __future__ import annotations

from urllib.parse import quote

from bot.sandbox.identifiers import node_id
from bot.sandbox.records import Release, Repository
from bot.sandbox.shapes.accounts import user
from bot.sandbox.shapes.repositories import api_url, html_url
from bot.sandbox.state import Json, State
from bot.sandbox.times import iso


def release_page(state: State, shown: Release) -> str:
    """The address of a release's page; a draft's does not tell its tag."""
    name = f"untagged-{shown.id:x}" if shown.draft else quote(shown.tag)
    return f"{html_url(state, shown.repository)}/releases/tag/{name}"


def release(state: State, shown: Release) -> Json:
    """A release."""
    repository = api_url(state, shown.repository)
    url = f"{repository}/releases/{shown.id}"
    balls = {f"{kind}_url": f"{repository}/{kind}/{quote(shown.tag)}" for kind in ("tarball", "zipball")}
    return {
        "url": url,
        "assets_url": f"{url}/assets",
        "upload_url": f"{url}/assets{{?name,label}}",
        "html_url": release_page(state, shown),
        "id": shown.id,
        "author": user(state, shown.author),
        "node_id": shown.node_id,
        "tag_name": shown.tag,
        "target_commitish": shown.target,
        "name": shown.name,
        "draft": shown.draft,
        "immutable": False,
        "prerelease": shown.prerelease,
        "created_at": iso(shown.created_at),
        "updated_at": iso(shown.updated_at),
        "published_at": iso(shown.published_at),
        "assets": [],
        **(dict.fromkeys(balls) if shown.draft else balls),
        "body": shown.body,
    }


def tag(state: State, repository: Repository, name: str, sha: str) -> Json:
    """A tag, as the list gives it."""
    url = api_url(state, repository)
    return {
        "name": name,
        "zipball_url": f"{url}/zipball/refs/tags/{quote(name)}",
        "tarball_url": f"{url}/tarball/refs/tags/{quote(name)}",
        "commit": {"sha": sha, "url": f"{url}/commits/{sha}"},
        "node_id": node_id("REF", repository.id, f"refs/tags/{name}"),
    }
