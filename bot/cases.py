"""What one command is about: the comment, the site as it is seen, and the answer. Values alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.github.comments import DONE
from bot.names import rows_of_repository
from bot.permissions import Place

if TYPE_CHECKING:
    from bot.commands import Request
    from bot.github.model import SiteRef
    from bot.reconcile import Sight
    from bot.status.ladder import Sig
    from bot.status.rows import Row


@dataclass(frozen=True)
class Question:
    """A new comment, as the event names it."""

    installation_id: int
    repository_id: int
    full_name: str
    issue_number: int
    comment_id: int
    body: str
    author: str

    def url(self, web_url: str) -> str:
        """Where the comment can be read; ``web_url`` is where people see GitHub."""
        return f"{web_url}/{self.full_name}/issues/{self.issue_number}#issuecomment-{self.comment_id}"


@dataclass(frozen=True)
class Answer:
    """One answer, and the reaction that it deserves.

    ``public`` is false where its site is not to be named.
    """

    text: str
    reaction: str = DONE
    public: bool = True


@dataclass(frozen=True)
class Case:
    """One command about one site. ``room`` is what its answer may take, in characters."""

    request: Request
    question: Question
    site: SiteRef
    sight: Sight
    room: int

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row that can be named."""
        source = self.sight.seen.source
        return tuple(row for row in source.rows if row.label or row.repository) if source else ()

    @property
    def rows_here(self) -> tuple[Row, ...]:
        """The rows of the repository where the comment stands."""
        facts = self.sight.seen.facts
        read = [facts.get(row.repository) if row.repository else None for row in self.rows]
        now = [each.full_name if each else None for each in read]
        return rows_of_repository(self.question.full_name, now, self.rows)

    def sig_of(self, row: Row) -> Sig | None:
        """What a row says of its SIG, holds included; ``None`` where it has a fault."""
        source = self.sight.seen.source
        return next((sig for sig in source.sigs if sig.index == row.index), None) if source else None

    @property
    def url(self) -> str:
        """The address of the comment."""
        state = self.sight.seen.state
        return self.question.url(state.url.removesuffix(f"/{state.full_name}"))

    @property
    def place(self) -> Place:
        """The site, as somewhere to have a role."""
        return Place(self.site.installation_id, self.sight.seen.state.full_name)
