"""The manifest as it is sent to GitHub, and where to. Pure.

See https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from bot.addresses import is_loopback
from bot.registering import Wanted
from bot.setup_settings import SetupSettings
from bot.web.manifest import Hook, read_manifest

LONGEST_NAME = 34
"""GitHub takes no longer name for an app."""
LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


Step = Literal["", "installed", "requested"]
_STEPS: dict[str, Step] = {"install": "installed", "update": "installed", "request": "requested"}


class SentManifest(msgspec.Struct, frozen=True):
    """``app.yml`` with the addresses of this bot."""

    name: str
    description: str
    url: str
    public: bool
    hook_attributes: Hook
    redirect_url: str
    setup_url: str
    default_permissions: Mapping[str, str]
    default_events: tuple[str, ...]


@dataclass(frozen=True)
class SetupView:
    """How far the installation is, for the page that tells of it.

    ``step`` is what GitHub says that somebody who comes back from there has done.
    ``form_token`` is ``""`` where there is nothing to fill in: there is an app (``is_closed``), or this
    browser does not hold the link. ``install_url`` is ``""`` where it is not known.
    """

    is_closed: bool = False
    step: Step = ""
    install_url: str = ""
    form_token: str = ""
    fault: str = ""
    organization: str = ""
    from_fork: bool = False
    host: str = "github.com"


def step_in(query: Mapping[str, str]) -> Step:
    """What GitHub has added to the setup URL; who may not install an app asks the owners for it there."""
    return _STEPS.get(query.get("setup_action", ""), "")


def organization_in(text: str, web_url: str) -> str | None:
    """The organisation that somebody typed, be it as ``@name`` or as an address; ``None`` for no name."""
    typed, host = text.strip(), re.escape(urlsplit(web_url).netloc)
    page = re.match(
        rf"(?:https?://)?(?:www\.)?{host}/(?:orgs/|organizations/)?([^/?#]+)", typed, re.IGNORECASE
    )
    name = page[1] if page else typed.removeprefix("@").rstrip("/")
    return name if LOGIN.fullmatch(name) else None


def manifest_to_send(settings: SetupSettings, wanted: Wanted, base: str) -> SentManifest:
    """The manifest for what was chosen; ``base`` is how this browser reaches the bot.

    The variant for a fork begins with *read* on contents, and may be installed on more accounts than its
    owner's: the fork belongs to another one, where the app is granted what the site's does not grant.
    """
    manifest, world = read_manifest(), settings.public_url or base
    permissions: dict[str, str] = dict(manifest.default_permissions)
    if wanted.from_fork:
        permissions["contents"] = "read"
    name = f"{manifest.name}-{wanted.organization}" if wanted.organization else manifest.name
    return SentManifest(
        name=name[:LONGEST_NAME].rstrip("-"),
        description=manifest.description,
        url=world,
        public=manifest.public or wanted.from_fork,
        hook_attributes=_hook(settings, base) or Hook(manifest.hook_attributes.url, active=False),
        redirect_url=f"{base}/setup/registered",
        setup_url=f"{world}/setup",
        default_permissions=permissions,
        default_events=manifest.default_events,
    )


def _hook(settings: SetupSettings, base: str) -> Hook | None:
    """Where GitHub delivers to; ``None`` where it could reach nothing, for it refuses such an address."""
    if settings.proxy_url:
        return Hook(settings.proxy_url)
    world = settings.public_url or base
    if _is_private(world) and not _is_private(settings.web_url):
        return None
    return Hook(f"{world}/webhook")


def _is_private(url: str) -> bool:
    """Whether an address is good within a machine or a network only, as far as it shows."""
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return is_loopback(host)


def address_to_send_to(web_url: str, wanted: Wanted, state: str) -> str:
    """Where the form with the manifest goes."""
    area = f"/organizations/{quote(wanted.organization, safe='')}" if wanted.organization else ""
    return f"{web_url}{area}/settings/apps/new?{urlencode({'state': state})}"


def origin_of(url: str) -> str:
    """The origin of an address, as a content security policy names it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def install_url_of(app_page: str, web_url: str, slug: str) -> str:
    """Where the app is installed; GitHub's word on its page counts if it leads to GitHub."""
    if app_page.lower().startswith(f"{web_url.lower()}/"):
        return f"{app_page}/installations/new"
    host = urlsplit(web_url).hostname or ""
    # GitHub Enterprise Server keeps its apps elsewhere.
    area = "apps" if host == "github.com" or host.endswith(".ghe.com") else "github-apps"
    return f"{web_url}/{area}/{quote(slug, safe='')}/installations/new"
