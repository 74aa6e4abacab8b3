"""Pages of issues and pull requests."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from bot.sandbox import mergeability
from bot.sandbox.git import Commit
from bot.sandbox.records import Comment, Issue, PullRequest, Reaction, Repository
from bot.sandbox.rest.routing import Reply
from bot.sandbox.shapes.git import is_verified
from bot.sandbox.state import State
from bot.sandbox.web.code import author_of
from bot.sandbox.web.links import markdown
from bot.sandbox.web.rendering import show

_EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "hooray": "🎉",
    "confused": "😕",
    "heart": "❤️",
    "rocket": "🚀",
    "eyes": "👀",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on the timeline: a text or a commit."""

    author: str
    moment: datetime
    anchor: str
    body: Markup | None = None
    reactions: tuple[tuple[str, int], ...] = ()
    commit: Commit | None = None
    verified: bool = False


def _reactions(given: list[Reaction]) -> tuple[tuple[str, int], ...]:
    counts = Counter(reaction.content for reaction in given)
    return tuple((emoji, counts[content]) for content, emoji in _EMOJI.items() if counts[content])


def _description(state: State, issue: Issue) -> Entry:
    body = markdown(state, issue.repository, issue.body)
    return Entry(issue.author, issue.created_at, "description", body, _reactions(issue.reaction_records))


def _comment(state: State, comment: Comment) -> Entry:
    body = markdown(state, comment.issue.repository, comment.body)
    anchor = f"issuecomment-{comment.id}"
    return Entry(comment.author, comment.created_at, anchor, body, _reactions(comment.reaction_records))


def _commit(state: State, commit: Commit) -> Entry:
    author = author_of(state, commit)
    return Entry(author, commit.committer.date, commit.sha, commit=commit, verified=is_verified(commit))


def pulls(_: State, repository: Repository, __: dict[str, str]) -> Reply:
    """All pull requests, the open ones first."""
    return _list(repository, "Pull requests", list(repository.pulls()))


def issues(_: State, repository: Repository, __: dict[str, str]) -> Reply:
    """All issues, the open ones first."""
    found = [issue for issue in repository.issues.values() if not isinstance(issue, PullRequest)]
    return _list(repository, "Issues", found)


def _list(repository: Repository, tab: str, items: list[Issue] | list[PullRequest]) -> Reply:
    ordered = sorted(items, key=lambda item: (item.state != "open", -item.number))
    return show("list.html", repository=repository, tab=tab, items=ordered)


def issue(state: State, repository: Repository, args: dict[str, str]) -> Reply:
    """One issue."""
    found = repository.issues[int(args["number"])]
    if isinstance(found, PullRequest):
        return pull(state, repository, args)
    return show(
        "issue.html",
        repository=repository,
        tab="Issues",
        issue=found,
        description=_description(state, found),
        timeline=[_comment(state, comment) for comment in found.comments],
    )


def pull(state: State, repository: Repository, args: dict[str, str]) -> Reply:
    """One pull request: what a reviewer sees."""
    found = repository.issues[int(args["number"])]
    if not isinstance(found, PullRequest):
        raise KeyError(found.number)
    commits = mergeability.commits(found)
    entries = [_commit(state, commit) for commit in commits]
    entries += [_comment(state, comment) for comment in found.comments]
    runs = [run for run in repository.check_runs.values() if run.head_sha == found.head.sha]
    return show(
        "pull.html",
        repository=repository,
        tab="Pull requests",
        pull=found,
        description=_description(state, found),
        commits=commits,
        timeline=sorted(entries, key=lambda entry: entry.moment),
        runs=list({run.name: run for run in runs}.values()),
        mergeable=mergeability.mergeable_state(found),
        changes=mergeability.changes(found),
    )
