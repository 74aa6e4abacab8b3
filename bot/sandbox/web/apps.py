"""The pages on which somebody registers an app from a manifest and installs it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from bot.sandbox.actions import apps as actions
from bot.sandbox.actions import manifests
from bot.sandbox.actions.manifests import RefusedError
from bot.sandbox.apps import App
from bot.sandbox.records import Account, Repository
from bot.sandbox.rest.routing import Reply
from bot.sandbox.state import State
from bot.sandbox.web.rendering import show


@dataclass(frozen=True)
class Visit:
    """Somebody opens a page, or sends a form; ``path`` is decoded."""

    state: State
    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]

    @property
    def person(self) -> Account:
        """Who is signed in."""
        return self.state.somebody(self.state.person)

    def owns(self, account: Account) -> bool:
        """Whether the person may register apps in the account and install them there."""
        return account is self.person or self.person.login.lower() in account.owners


def app_page(visit: Visit) -> Reply | None:
    """The page, or None where none of these stands at the address."""
    for method, pattern, answer in _PAGES:
        if method == visit.method and (match := re.fullmatch(pattern, visit.path)):
            return answer(visit, match)
    return None


def _new(visit: Visit, match: re.Match[str]) -> Reply | None:
    """What GitHub shows who was sent here with a manifest: the name may still be changed."""
    owner = _owner(visit, match)
    return None if owner is None else _form(visit, owner, visit.query.get("state", ""))


def _create(visit: Visit, match: re.Match[str]) -> Reply | None:
    """The app is made; back to where the manifest says."""
    owner, given = _owner(visit, match), visit.form.get("state", "")
    if owner is None:
        return None
    try:
        manifest = manifests.read(visit.form.get("manifest", ""))
        code = manifests.register(visit.state, owner, manifest, visit.form.get("name", ""))
    except RefusedError as refused:
        return _form(visit, owner, given, str(refused))
    told = {"code": code, **({"state": given} if given else {})}
    return _redirect(manifest.redirect_url, told)


def _form(visit: Visit, owner: Account, given: str, fault: str = "") -> Reply:
    text = visit.form.get("manifest", "")
    try:
        manifest = manifests.read(text)
    except RefusedError as refused:
        return show("app_refused.html", 422, fault=str(refused))
    area = f"/organizations/{owner.login}" if owner.kind == "Organization" else ""
    name = visit.form.get("name", manifest.name)
    address = f"{area}/settings/apps/manifest"
    values = {"owner": owner, "manifest": manifest, "text": text, "given": given, "name": name}
    return show("app_new.html", 422 if fault else 200, fault=fault, address=address, **values)


def _owner(visit: Visit, match: re.Match[str]) -> Account | None:
    login = match["organization"]
    account = visit.state.account(login) if login else visit.person
    return account if account and visit.owns(account) else None


def _about(visit: Visit, match: re.Match[str]) -> Reply | None:
    app = visit.state.app_by_slug(match["slug"])
    return show("app.html", app=app) if app else None


def _choose(visit: Visit, match: re.Match[str]) -> Reply | None:
    """On which account, and then on which of its repositories."""
    app = visit.state.app_by_slug(match["slug"])
    accounts = _accounts(visit, app) if app else []
    if app is None or not accounts:
        return None
    wanted = visit.query.get("target")
    chosen = [account for account in accounts if account.login == wanted] or accounts
    if len(chosen) > 1:
        return show("app_accounts.html", app=app, accounts=chosen)
    [account] = chosen
    return show("app_install.html", app=app, account=account, repositories=_repositories(visit, account))


def _install(visit: Visit, match: re.Match[str]) -> Reply | None:
    app = visit.state.app_by_slug(match["slug"])
    target = visit.state.account(visit.form.get("target", ""))
    if app is None or target not in _accounts(visit, app):
        return None
    named = {name.removeprefix("repository:") for name in visit.form if name.startswith("repository:")}
    some = [one for one in _repositories(visit, target) if one.name in named]
    everything = visit.form.get("which") == "all"
    made = actions.install(visit.state, app, target, None if everything else some, visit.person.login)
    if not app.setup_url:
        return _redirect(f"/apps/{app.slug}", {})
    return _redirect(app.setup_url, {"installation_id": str(made.id), "setup_action": "install"})


def _accounts(visit: Visit, app: App) -> list[Account]:
    """Where the person may install the app: a private one on its owner's account alone."""
    own = [account for account in list(visit.state.accounts.values()) if visit.owns(account)]
    return [account for account in own if app.public or account is app.owner]


def _repositories(visit: Visit, account: Account) -> list[Repository]:
    found = (one for one in visit.state.repositories.values() if one.owner is account)
    return sorted(found, key=lambda one: one.name)


def _redirect(url: str, query: Mapping[str, str]) -> Reply:
    joint = "&" if "?" in url else "?"
    return Reply(302, b"", {"Location": f"{url}{joint}{urlencode(query)}" if query else url})


_SETTINGS = r"(?:/organizations/(?P<organization>[^/]+))?/settings/apps"
_APP = r"/apps/(?P<slug>[^/]+)"
_PAGES: tuple[tuple[str, str, Callable[[Visit, re.Match[str]], Reply | None]], ...] = (
    ("POST", rf"{_SETTINGS}/new", _new),
    ("POST", rf"{_SETTINGS}/manifest", _create),
    ("GET", _APP, _about),
    ("GET", rf"{_APP}/installations/new", _choose),
    ("POST", rf"{_APP}/installations", _install),
)
