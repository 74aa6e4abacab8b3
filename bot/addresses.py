"""What an address in the environment may be: whose it is, and whether it can be used safely. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def fault_of_url(text: str) -> str | None:
    """Why a URL cannot be used, as the rest of a sentence."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        return "is no URL"
    if parts.scheme not in ("https", "http") or not parts.hostname or any(map(str.isspace, text)):
        return "is no URL that begins with https://"
    if parts.username is not None or parts.password is not None:
        return "carries a user name or a password"
    if parts.query or parts.fragment:
        return "carries more than a host and a path"
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return "uses http, which only works within this machine"
    return None


def is_of_pages(url: str) -> bool:
    """Whether GitHub shows pages there; what runs on this machine may stand in for either."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return not parts.path and not host.startswith("api.") and not is_loopback(host)


def local_url(host: str, port: int) -> str:
    """The URL of what listens there, for this machine; where it listens everywhere, by the loopback."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read only
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def is_same_place(host: str, url: str) -> bool:
    """Whether what a browser says as ``Host`` is where a URL leads; the usual port may be left out."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    try:
        said = urlsplit(f"//{host}")
        port = said.port
    except ValueError:
        return False
    return (said.hostname, port or usual) == (parts.hostname, parts.port or usual)


def is_loopback(host: str) -> bool:
    """Whether a host's name means the machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
