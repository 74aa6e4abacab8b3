"""What a person may do in a repository. Never taken from ``author_association``, which is no permission."""

from __future__ import annotations

from bot.github.client import Client
from bot.github.errors import Forbidden, NotFound, NoToken
from bot.github.scoped import OneRepository

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
"""From nothing to everything. Roles of an organisation's own count for what they are based on."""


async def role_of(client: Client, full_name: str, login: str) -> str:
    """A person's role, one of ``ROLES``; none where the app may not ask, or knows no such person.

    See https://docs.github.com/rest/collaborators/collaborators#get-repository-permissions-for-a-user.
    Raises another ``GitHubError`` where GitHub does not answer.
    """
    if not login:
        return ROLES[0]
    try:
        answer = await OneRepository(client, full_name).get(
            "/collaborators/{username}/permission", username=login
        )
    except (Forbidden, NoToken, NotFound):
        return ROLES[0]
    named = (answer.get("role_name"), answer["permission"])
    return next((role for role in named if role in ROLES), ROLES[0])


async def is_private(client: Client, full_name: str) -> bool:
    """Whether not everybody can read a repository. Raises ``GitHubError`` where GitHub does not say."""
    return bool((await OneRepository(client, full_name).get(""))["private"])
