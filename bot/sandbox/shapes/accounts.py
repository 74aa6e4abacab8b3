"""Users, organizations and bots."""

from __future__ import annotations

from urllib.parse import quote

from bot.sandbox.records import Account, Repository
from bot.sandbox.state import Json, State
from bot.sandbox.times import iso

_USER_LINKS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}


def user(state: State, login: str) -> Json:
    """A "simple user", as it stands within other things."""
    return account_shape(state, state.somebody(login))


def maybe_user(state: State, login: str | None) -> Json | None:
    """A "simple user", or null."""
    return user(state, login) if login else None


def account_shape(state: State, account: Account) -> Json:
    """A "simple user" of an account."""
    url = f"{state.api_url}/users/{quote(account.login)}"
    page = account.login.removesuffix("[bot]")
    return {
        "login": account.login,
        "id": account.id,
        "node_id": account.node_id,
        "avatar_url": f"{state.url}/avatars/{account.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{state.url}/{'apps/' if account.kind == 'Bot' else ''}{page}",
        **{name: url + rest for name, rest in _USER_LINKS.items()},
        "type": account.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def full_user(state: State, account: Account) -> Json:
    """What ``GET /users/{username}`` says."""
    mine = [repository for repository in state.repositories.values() if repository.owner is account]
    return {
        **account_shape(state, account),
        "name": account.login,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": sum(not repository.private for repository in mine),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": iso(account.created_at),
        "updated_at": iso(account.created_at),
    }


def organization(state: State, account: Account) -> Json:
    """An organization, as it stands in webhooks."""
    url = f"{state.api_url}/orgs/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": account.node_id,
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{state.url}/avatars/{account.id}",
        "description": None,
    }


def association(state: State, login: str, repository: Repository) -> str:
    """What GitHub says of somebody beside a comment. It is no permission."""
    account = state.account(login)
    owner = repository.owner
    if account is owner:
        return "OWNER"
    if login.lower() in owner.owners | owner.members:
        return "MEMBER"
    if login.lower() in repository.collaborators:
        return "COLLABORATOR"
    merged = any(pull.merged and pull.author.lower() == login.lower() for pull in repository.pulls())
    return "CONTRIBUTOR" if merged or (account is not None and account.kind == "Bot") else "NONE"
