"""Read how a site stands: its branches and its proposals in one query."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.github import documents
from bot.github.client import Client
from bot.github.errors import GitHubError, NotFound
from bot.github.model import Pull, Report, SiteState, Tip
from bot.github.scoped import OneRepository


class NoSuchSite(NotFound):
    """The repository is gone, hidden or empty: there is nothing to look after."""


async def read_site(client: Client, full_name: str, base: str, branch: str) -> SiteState:
    """The site as it stands, seen for a base branch and the bot's branch beside it.

    Raises ``NoSuchSite``, and another ``GitHubError`` where GitHub does not say.
    """
    owner, _, name = full_name.partition("/")
    answer = await client.query(
        documents.SITE,
        owner=owner,
        name=name,
        base=f"refs/heads/{base}",
        branch=f"refs/heads/{branch}",
        branchName=branch,
    )
    found = answer.data.get("repository")
    if found is None:
        if any(error.get("type") == "NOT_FOUND" for error in answer.errors):
            raise NoSuchSite(f"404 {full_name} is not there, or not visible to the bot.")
        raise GitHubError(f"{full_name}: {_first_message(answer.errors)}")
    if answer.errors:
        raise GitHubError(f"{full_name}: {_first_message(answer.errors)}")
    default = _tip(found["defaultBranchRef"])
    if default is None:
        raise NoSuchSite(f"{full_name} has no commit yet.")
    return SiteState(
        repository_id=found["databaseId"],
        full_name=found["nameWithOwner"],
        url=found["url"],
        archived=found["isArchived"],
        private=found["isPrivate"],
        default=default,
        base=_tip(found["base"]),
        branch=_tip(found["branch"]),
        pulls=tuple(
            _pull(node)
            for node in found["pullRequests"]["nodes"]
            # Anybody's fork may have a branch of the same name; that is nobody's proposal.
            if (node["headRepository"] or {}).get("nameWithOwner") == found["nameWithOwner"]
            and node["baseRefName"] == base
        ),
    )


async def read_reports(client: Client, full_name: str, slug: str) -> tuple[Report, ...]:
    """The issues that the bot itself opened on a repository, newest first, the closed ones too.

    None where the repository has its issues disabled, for which GitHub has answered 410.
    """
    try:
        issues = await OneRepository(client, full_name).get(
            "/issues{?creator,state,per_page}",
            creator=f"{slug}[bot]",
            state="all",
            per_page="50",
        )
    except NotFound:
        return ()
    return tuple(
        Report(issue["number"], issue["html_url"], issue["state"] == "open", issue["body"] or "")
        for issue in issues
        if "pull_request" not in issue
    )


async def read_last_change(client: Client, full_name: str, path: str, commit: str) -> datetime | None:
    """When a file was last changed, as seen from a commit; ``None`` where it never was."""
    commits = await OneRepository(client, full_name).get(
        "/commits{?sha,path,per_page}",
        sha=commit,
        path=path,
        per_page="1",
    )
    return datetime.fromisoformat(commits[0]["commit"]["committer"]["date"]) if commits else None


def _first_message(errors: tuple[Mapping[str, Any], ...]) -> str:
    return str(errors[0].get("message")) if errors else "GitHub gave no answer."


def _tip(ref: Mapping[str, Any] | None) -> Tip | None:
    if ref is None or not ref["target"]:
        return None
    commit = ref["target"]
    return Tip(
        name=ref["name"],
        sha=commit["oid"],
        tree=commit["tree"]["oid"],
        author_email=(commit["author"] or {}).get("email") or "",
        committed_at=datetime.fromisoformat(commit["committedDate"]),
    )


def _pull(node: Mapping[str, Any]) -> Pull:
    return Pull(
        number=node["number"],
        node_id=node["id"],
        url=node["url"],
        title=node["title"],
        body=node["body"],
        open=node["state"] == "OPEN",
        merged=node["merged"],
        draft=node["isDraft"],
        conflicting=node["mergeable"] == "CONFLICTING",
        head_sha=node["headRefOid"],
    )
