"""The repository that a URL of the source names, whichever way people copy it."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from bot.status.faults import shown

GITHUB_HOSTS = ("github.com", "www.github.com")

_SCHEMES = ("http", "https", "ssh", "git", "git+https", "git+ssh")
_SCP = re.compile(r"[\w.-]+@(?P<host>[\w.-]+):(?P<path>.*)", re.ASCII)
_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_BARE = re.compile(
    rf"(?:[a-z0-9-]+\.[a-z0-9.-]+/)?(?P<repository>{_OWNER.pattern}/{_NAME.pattern})/?", re.IGNORECASE
)
_NO_OWNERS = frozenset(
    {"apps", "collections", "enterprise", "enterprises", "explore", "features", "login", "marketplace", "new"}
    | {"notifications", "orgs", "search", "settings", "sponsors", "stars", "topics", "trending", "users"}
)
"""Paths of github.com that no account can have, as in ``github.com/orgs/NAME/repositories``."""


def repository_of(url: str, hosts: Collection[str] | None = GITHUB_HOSTS) -> str:
    """The ``owner/name`` that a URL names, spelled as it is there.

    Takes what is copied from a browser (with a branch, a page or a fragment after it) and what is
    copied for ``git clone``. ``hosts`` are host names, with a port to allow that port alone; ``None``
    allows any. Raises ``ValueError`` with a sentence for the person who wrote the URL.
    """
    url = url.strip()
    home = min(hosts or GITHUB_HOSTS)
    wanted, given = f"write https://{home}/OWNER/NAME", shown(url)
    host, path = ("", "") if " " in url or not url.isprintable() else _split(url)
    if not host:
        if bare := _BARE.fullmatch(url):
            wanted = f"write https://{home}/{bare['repository']}"
        raise ValueError(f"`{given}` is not a URL: {wanted}")
    if hosts is not None and not {host, host.partition(":")[0]} & {known.lower() for known in hosts}:
        raise ValueError(f"`{given}` is not on {home}: {wanted}")
    owner, name, *_ = [*path.lstrip("/").split("/"), ""]
    name = name.removesuffix(".git")
    if not _OWNER.fullmatch(owner) or owner.lower() in _NO_OWNERS:
        raise ValueError(f"`{given}` names no repository: {wanted}")
    if not _NAME.fullmatch(name) or not name.strip("."):
        raise ValueError(f"`{given}` names an owner and no repository: {wanted}")
    return f"{owner}/{name}"


def _split(url: str) -> tuple[str, str]:
    """Host (with its port) and path, both ``""`` where the text is no URL."""
    if scp := _SCP.fullmatch(url):
        return scp["host"].lower(), scp["path"]
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    known = parts.scheme in _SCHEMES
    return (parts.netloc.rpartition("@")[2].lower(), parts.path) if known else ("", "")
