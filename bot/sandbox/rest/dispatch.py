"""From a request to its answer: who asks, may they, which handler, and the headers sent with all."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

import msgspec

from bot.sandbox.auth import can_see, may, role
from bot.sandbox.errors import ApiError, bad_credentials, conflict, forbidden, not_found
from bot.sandbox.limits import DOCUMENTATION as LIMITS_PAGE
from bot.sandbox.records import Repository
from bot.sandbox.rest import (
    apps,
    checks,
    comments,
    commits,
    contents,
    git,
    issues,
    labels,
    manifests,
    milestones,
    pulls,
    refs,
    releases,
    repositories,
)
from bot.sandbox.rest.routing import Call, Reply, Route, find

ROUTES: tuple[Route, ...] = tuple(
    route
    for area in (
        apps,
        checks,
        comments,
        commits,
        contents,
        git,
        issues,
        labels,
        manifests,
        milestones,
        pulls,
        refs,
        releases,
        repositories,
    )
    for route in area.routes.all
)
_REPOSITORY = re.compile(r"/(repos/(?P<full_name>[^/]+/[^/]+)|repositories/(?P<number>\d+))(?P<rest>/.*)?")
_FREE = ("/rate_limit",)


def answer(call: Call) -> Reply:
    """Answer a REST request; a refusal is an answer too."""
    documentation = "https://docs.github.com/rest"
    accepted = ""
    try:
        path = _resolve(call)
        route, call.params = find(ROUTES, "GET" if call.method == "HEAD" else call.method, path)
        documentation, accepted = route.documentation_url, route.accepted
        if path not in _FREE:
            call.limits.check(call.identity)
        _admit(call, route)
        reply = route.handler(call)
    except ApiError as refused:
        if refused.message.startswith("API rate limit exceeded"):
            documentation = LIMITS_PAGE
        reply = Reply(refused.status, refused.body(documentation), refused.headers)
    return _finish(call, reply, accepted)


def _resolve(call: Call) -> str:
    """Find the repository that the path names, and give the path its present name.

    Raises:
        ApiError: 404, or 301 (307 for what is no GET) to where a renamed repository is.
    """
    match = _REPOSITORY.fullmatch(call.path)
    if match is None:
        return call.path
    rest = match["rest"] or ""
    if match["number"]:
        call.found = call.state.repositories.get(int(match["number"]))
    else:
        call.found = call.state.repository(match["full_name"])
        moved = call.state.moved(match["full_name"])
        if call.found is None and moved and can_see(call.state, call.identity, moved):
            raise _moved(call, moved, rest)
    if call.found is None or not can_see(call.state, call.identity, call.found):
        raise not_found()
    return f"/repos/{call.found.full_name}{rest}"


def _moved(call: Call, repository: Repository, rest: str) -> ApiError:
    url = f"{call.base_url}/repositories/{repository.id}{quote(rest)}"
    if call.query:
        url += "?" + "&".join(f"{quote(name)}={quote(value)}" for name, value in call.query.items())
    permanent = call.method in ("GET", "HEAD")
    status, message = (301, "Moved Permanently") if permanent else (307, "Temporary Redirect")
    return ApiError(status, message, headers={"Location": url}, extra={"url": url})


def _admit(call: Call, route: Route) -> None:
    identity = call.identity
    if route.audience == "app":
        if identity.kind != "app":
            raise bad_credentials("A JSON web token could not be decoded")
        return
    if identity.kind == "app" and route.audience != "public":
        raise forbidden()
    if route.audience == "installation" and identity.kind != "installation":
        raise forbidden(
            "You must authenticate with an installation access token in order to list repositories for "
            "an installation."
        )
    if call.found is not None and route.needs:
        _check_needs(call, call.found, route)
        if route.docs.startswith("git/") and not call.found.refs:
            raise conflict("Git Repository is empty.")


def _check_needs(call: Call, repository: Repository, route: Route) -> None:
    reading = call.method in ("GET", "HEAD")
    if reading and not repository.private:
        return
    if call.identity.kind == "anonymous" and not reading:
        raise ApiError(401, "Requires authentication")
    allowed = any(
        may(call.state, call.identity, repository, permission, level) for permission, level in route.needs
    )
    if not allowed and not _open_to(call, repository, route):
        raise _refusal(call, repository)
    if repository.archived and not reading:
        raise forbidden("Repository was archived so is read-only.")


def _open_to(call: Call, repository: Repository, route: Route) -> bool:
    if call.identity.kind == "anonymous" or not route.open_to_users:
        return call.method in ("GET", "HEAD") and not repository.private
    return call.identity.kind == "personal" and (
        "public_repo" in call.identity.scopes or "repo" in call.identity.scopes
    )


def _refusal(call: Call, repository: Repository) -> ApiError:
    if call.identity.kind == "installation":
        return forbidden()
    if role(call.state, call.identity, repository) is None:
        return not_found()
    return forbidden("Must have push access to the repository.")


def _finish(call: Call, reply: Reply, accepted: str) -> Reply:
    raw = isinstance(reply.body, bytes)
    empty = reply.status in (204, 304)  # answers that have no body
    content = b"" if empty else reply.body if raw else msgspec.json.encode(reply.body)
    headers: dict[str, str] = {
        "Content-Type": "application/json; charset=utf-8",
        "X-GitHub-Media-Type": "github.v3; format=json",
        "X-GitHub-Api-Version-Selected": call.headers.get("X-GitHub-Api-Version", "2022-11-28"),
        "X-GitHub-Request-Id": call.state.request_ids.hexadecimal(24).upper(),
        **({"X-Accepted-GitHub-Permissions": accepted} if accepted else {}),
        **({"X-OAuth-Scopes": ", ".join(call.identity.scopes)} if call.identity.kind == "personal" else {}),
        **reply.headers,
    }
    if empty:
        del headers["Content-Type"]
    cached = reply.status == HTTPStatus.OK and call.method in ("GET", "HEAD") and call.path not in _FREE
    if cached:
        headers["ETag"] = _etag(call, content)
        headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
        headers["Vary"] = "Accept, Authorization, Cookie, X-GitHub-OTP"
    unchanged = cached and headers["ETag"] in _wanted(call.headers)
    if (
        not (unchanged and call.identity.kind != "anonymous")
        and call.path not in _FREE
        and reply.status != HTTPStatus.UNAUTHORIZED
    ):
        call.limits.spend(call.identity, "core", 1)
    headers |= call.limits.headers(call.identity, "core")
    if unchanged:
        del headers["Content-Type"]
        return Reply(304, b"", headers)
    return Reply(reply.status, content, headers)


def _etag(call: Call, content: bytes) -> str:
    """Strong, and bound to the token: a renewed token makes every kept answer stale."""
    kind = call.headers.get("Accept", "")
    seed = f"{call.identity.token}|{kind}|".encode()
    return f'"{hashlib.sha256(seed + content).hexdigest()}"'


def _wanted(headers: Mapping[str, str]) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in headers.get("If-None-Match", "").split(",")}
