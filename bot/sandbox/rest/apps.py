"""Apps, installations, their tokens and their webhook deliveries."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.actions import apps as actions
from bot.sandbox.apps import LEVELS, Installation, Token
from bot.sandbox.deliveries import Delivery
from bot.sandbox.errors import ApiError, not_found, unprocessable
from bot.sandbox.records import Repository
from bot.sandbox.rest.routing import Call, Reply, Routes
from bot.sandbox.shapes.accounts import account_shape, full_user
from bot.sandbox.shapes.apps import delivery, full_delivery, installation
from bot.sandbox.shapes.issues import app as app_shape
from bot.sandbox.shapes.repositories import simple
from bot.sandbox.state import Json
from bot.sandbox.times import iso

routes = Routes()


def _mine(call: Call) -> list[Installation]:
    found = (one for one in call.state.installations.values() if one.app is call.identity.app)
    return sorted(found, key=lambda one: one.id)


@routes.add("GET", "/app", docs="apps/apps#get-the-authenticated-app", audience="app")
def get_app(call: Call) -> Reply:
    """The app that asks."""
    assert call.identity.app  # noqa: S101 - the audience is apps
    shape = app_shape(call.state, call.identity.app)
    return Reply(200, {**shape, "installations_count": len(_mine(call))})


@routes.add(
    "GET", "/app/installations", docs="apps/apps#list-installations-for-the-authenticated-app", audience="app"
)
def list_installations(call: Call) -> Reply:
    """Where the app is installed."""
    return call.page(_mine(call), lambda one: _listed(call, one))


def _listed(call: Call, one: Installation) -> Json:
    """As one installation; of its account the list also says what it says of enterprises."""
    shape = installation(call.state, one)
    account = one.account
    since = iso(account.created_at)
    named = {"name": account.login, "slug": account.login, "created_at": since, "updated_at": since}
    return {**shape, "account": {**shape["account"], **named}}


@routes.add(
    "GET",
    "/app/installations/{installation_id}",
    docs="apps/apps#get-an-installation-for-the-authenticated-app",
    audience="app",
)
def get_installation(call: Call) -> Reply:
    """One installation of the app."""
    return Reply(200, installation(call.state, _installation(call)))


def _installation(call: Call) -> Installation:
    number = call.number("installation_id")
    for one in _mine(call):
        if one.id == number:
            return one
    raise not_found()


@routes.add(
    "DELETE",
    "/app/installations/{installation_id}",
    docs="apps/apps#delete-an-installation-for-the-authenticated-app",
    audience="app",
)
def delete_installation(call: Call) -> Reply:
    """Uninstall the app."""
    actions.uninstall(call.state, _installation(call), call.login)
    return Reply(204)


@routes.add(
    "GET",
    "/repos/{owner}/{repo}/installation",
    docs="apps/apps#get-a-repository-installation-for-the-authenticated-app",
    audience="app",
)
def get_repository_installation(call: Call) -> Reply:
    """The installation that covers a repository."""
    for one in _mine(call):
        if one.covers(call.repository):
            return Reply(200, installation(call.state, one))
    raise not_found()


def _account_installation(call: Call, name: str, kind: str) -> Reply:
    for one in _mine(call):
        if one.account.login.lower() == call.params[name].lower() and one.account.kind == kind:
            return Reply(200, installation(call.state, one))
    raise not_found()


@routes.add(
    "GET",
    "/orgs/{org}/installation",
    docs="apps/apps#get-an-organization-installation-for-the-authenticated-app",
    audience="app",
)
def get_organization_installation(call: Call) -> Reply:
    """The installation in an organization."""
    return _account_installation(call, "org", "Organization")


@routes.add(
    "GET",
    "/users/{username}/installation",
    docs="apps/apps#get-a-user-installation-for-the-authenticated-app",
    audience="app",
)
def get_user_installation(call: Call) -> Reply:
    """The installation in a user's account."""
    return _account_installation(call, "username", "User")


@routes.add(
    "POST",
    "/app/installations/{installation_id}/access_tokens",
    docs="apps/apps#create-an-installation-access-token-for-an-app",
    audience="app",
)
def create_token(call: Call) -> Reply:
    """A token of an installation, as narrow as asked for."""
    one = _installation(call)
    if one.suspended_at:
        raise ApiError(403, "This installation has been suspended")
    asked = call.body.object("permissions")
    permissions = _permissions(one, asked.fields if asked else {})
    repositories = _repositories(call, one)
    numbers = None if repositories is None else frozenset(repository.id for repository in repositories)
    token = actions.issue_token(call.state, one, permissions, numbers)
    return Reply(201, _token_shape(call, token, one, repositories))


def _permissions(one: Installation, asked: Mapping[str, str]) -> Mapping[str, str]:
    for name, level in asked.items():
        held = LEVELS.get(one.permissions.get(name, ""), 0)
        if level not in LEVELS or LEVELS[level] > held:
            raise unprocessable("The permissions requested are not granted to this installation.")
    return asked or one.permissions


def _repositories(call: Call, one: Installation) -> list[Repository] | None:
    names, numbers = call.body.texts("repositories"), call.body.fields.get("repository_ids", [])
    if not names and not numbers:
        return None
    by_name = {found.name.lower(): found for found in actions.covered(call.state, one)}
    by_id = {found.id: found for found in by_name.values()}
    chosen = [by_name.get(name.lower()) for name in names] + [by_id.get(number) for number in numbers]
    kept = [found for found in chosen if found is not None]
    if len(kept) < len(chosen):
        raise unprocessable(
            "There is at least one repository that does not exist or is not accessible to the parent "
            "installation."
        )
    return kept


def _token_shape(call: Call, token: Token, one: Installation, repositories: list[Repository] | None) -> Json:
    selected = repositories is not None or one.selected is not None
    shape: Json = {
        "token": token.text,
        "expires_at": iso(token.expires_at),
        "permissions": dict(token.permissions),
        "repository_selection": "selected" if selected else "all",
    }
    if repositories is not None:
        shape["repositories"] = [simple(call.state, found) for found in repositories]
    return shape


@routes.add(
    "GET",
    "/installation/repositories",
    "metadata=read",
    docs="apps/installations#list-repositories-accessible-to-the-app-installation",
    audience="installation",
)
def list_repositories(call: Call) -> Reply:
    """What the token reaches."""
    identity = call.identity
    assert identity.installation  # noqa: S101 - the audience is installations
    covered = actions.covered(call.state, identity.installation)
    found = [one for one in covered if identity.repositories is None or one.id in identity.repositories]
    page = call.page(found, lambda one: simple(call.state, one, "write"))
    selection = "all" if identity.installation.selected is None else "selected"
    body = {"total_count": len(found), "repository_selection": selection, "repositories": page.body}
    return Reply(200, body, page.headers)


@routes.add(
    "GET", "/app/hook/deliveries", docs="apps/webhooks#list-deliveries-for-an-app-webhook", audience="app"
)
def list_deliveries(call: Call) -> Reply:
    """The delivery log, newest first, in pages that follow a cursor."""
    log = _tried(call)
    cursor = call.query.get("cursor", "")
    start = 0
    if cursor:
        before = int(cursor.removeprefix("v1_")) if cursor.removeprefix("v1_").isdigit() else -1
        start = next((index for index, one in enumerate(log) if one.id == before), -1)
        if start < 0:
            raise ApiError(400, "Invalid cursor")
    wanted = call.query.get("status")
    size = call.page_size()
    chosen = [one for one in log[start:] if not wanted or one.succeeded() == (wanted == "success")]
    shown = chosen[: size + 1]
    headers = {}
    if len(shown) > size:
        headers = {"Link": call.link(rel="next", per_page=size, cursor=f"v1_{shown[size].id}")}
    return Reply(200, [delivery(one) for one in shown[:size]], headers)


def _tried(call: Call) -> list[Delivery]:
    log = call.deliveries.log
    return [one for one in reversed(log) if one.app is call.identity.app and one.status_code]


def _delivery(call: Call) -> Delivery:
    number = call.number("delivery_id")
    for one in _tried(call):
        if one.id == number:
            return one
    raise not_found()


@routes.add(
    "GET",
    "/app/hook/deliveries/{delivery_id}",
    docs="apps/webhooks#get-a-delivery-for-an-app-webhook",
    audience="app",
)
def get_delivery(call: Call) -> Reply:
    """One delivery with what was sent and answered."""
    return Reply(200, full_delivery(_delivery(call)))


@routes.add(
    "POST",
    "/app/hook/deliveries/{delivery_id}/attempts",
    docs="apps/webhooks#redeliver-a-delivery-for-an-app-webhook",
    audience="app",
)
def redeliver(call: Call) -> Reply:
    """Deliver again; the GUID stays."""
    call.deliveries.again(_delivery(call))
    return Reply(202, {})


@routes.add(
    "GET",
    "/rate_limit",
    docs="rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user",
    audience="public",
)
def get_rate_limit(call: Call) -> Reply:
    """What is left; asking costs nothing."""
    pools = {name: call.limits.pool(call.identity, name).shape() for name in ("core", "graphql", "search")}
    return Reply(200, {"resources": pools, "rate": pools["core"]})


@routes.add("GET", "/users/{username}", docs="users/users#get-a-user")
def get_user(call: Call) -> Reply:
    """A user, an organization or a bot."""
    account = call.state.account(call.params["username"])
    if account is None:
        raise not_found()
    return Reply(200, full_user(call.state, account))


@routes.add("GET", "/user", docs="users/users#get-the-authenticated-user")
def get_authenticated_user(call: Call) -> Reply:
    """Whose token it is; an installation is nobody's."""
    if call.identity.kind == "installation":
        raise ApiError(403, "Resource not accessible by integration")
    account = call.state.account(call.login)
    if account is None:
        raise not_found()
    return Reply(200, {**full_user(call.state, account), **account_shape(call.state, account)})
