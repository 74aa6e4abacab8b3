"""Who is told what a delivery named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Comment:
    """A comment that somebody has just made on an issue or a pull request.

    ``author_type`` is GitHub's: ``User``, ``Bot``, …; it and the login are empty for a ghost. What an
    app said in a person's name is a bot's.
    """

    full_name: str
    repository_id: int
    issue_number: int
    comment_id: int
    comment_node_id: str
    body: str
    author_login: str
    author_type: str
    installation_id: int | None
    url: str
    on_pull_request: bool


class Listener(Protocol):
    """Who is told what may have changed. Nothing here may wait: GitHub is still on the line."""

    def repository_changed(self, full_name: str, repository_id: int, reason: str) -> None:
        """What GitHub says of a repository may differ now: ``reason`` is the event and its action."""
        ...

    def site_touched(
        self, full_name: str, repository_id: int, paths: frozenset[str] | None, ref: str
    ) -> None:
        """A branch of the repository moved, or the proposal that it carries did.

        ``ref`` is the full name, ``refs/heads/…``. ``paths`` are the files that were touched;
        ``None`` where that cannot be told, or where it is not the files that matter.
        """
        ...

    def pull_touched(self, repository_id: int, number: int) -> None:
        """A pull request was opened, pushed to or retargeted."""
        ...

    def checks_asked(self, repository_id: int, numbers: frozenset[int], head: str) -> None:
        """Somebody wants checks again: of pull requests by number, or by the commit at their head."""
        ...

    def repository_renamed(self, old_full_name: str, new_full_name: str, repository_id: int) -> None:
        """A repository has a new name or a new owner, under which it may be out of reach."""
        ...

    def repository_hidden(self, repository_id: int) -> None:
        """A repository was public and is not any more: nothing of it may be shown to everybody."""
        ...

    def repository_gone(self, full_name: str, repository_id: int) -> None:
        """A repository was deleted."""
        ...

    def installation_changed(self, installation_id: int, action: str) -> None:
        """What the app may reach has changed."""
        ...

    def comment_posted(self, comment: Comment) -> None:
        """Somebody said something, which may be a command."""
        ...
