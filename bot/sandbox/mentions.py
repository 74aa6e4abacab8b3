"""Who would have been notified, and which issues would have been linked, by all that was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.sandbox.records import Issue
from bot.sandbox.state import State
from bot.sandbox.web.markdown import References, references


@dataclass(frozen=True, slots=True)
class Mention:
    """``@login`` in a text of the issue or pull request ``where`` (``owner/name#1``), written by ``by``."""

    login: str
    where: str
    by: str


@dataclass(frozen=True, slots=True)
class CrossReference:
    """The issue or pull request ``target`` is named in a text of ``source``; both are ``owner/name#1``."""

    target: str
    source: str
    by: str


# Tests ask after each of many texts, and nearly all of them stood there before.
_read = lru_cache(maxsize=512)(references)


def _texts(state: State) -> Iterator[tuple[Issue, str, References]]:
    for repository in state.repositories.values():
        for issue in repository.issues.values():
            yield issue, issue.author, _read(issue.body)
            for comment in issue.comments:
                yield issue, comment.author, _read(comment.body)


def _name(issue: Issue) -> str:
    return f"{issue.repository.full_name}#{issue.number}"


def mentions(state: State) -> list[Mention]:
    """The mentions of people there are; a name that is nobody's notifies nobody."""
    return [
        Mention(account.login, _name(issue), by)
        for issue, by, found in _texts(state)
        for login in found.logins
        if (account := state.account(login))
    ]


def cross_references(state: State) -> list[CrossReference]:
    """The references to issues and pull requests there are."""
    found = []
    for issue, by, named in _texts(state):
        for full_name, number in named.issues:
            repository = state.repository(full_name) if full_name else issue.repository
            if repository and number in repository.issues:
                found.append(CrossReference(f"{repository.full_name}#{number}", _name(issue), by))
    return found
