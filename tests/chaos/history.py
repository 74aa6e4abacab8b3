"""What happened in a run, as an onlooker sees it who stands beside GitHub: the oracle's memory.

Written by the acts and by the events that the sandbox announces, never by anything that the bot says
of itself. What must not even happen for a moment is noted here as soon as it does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.sandbox import Comment, PullRequest, Repo, Sandbox
from bot.sandbox.history import is_ancestor
from bot.sandbox.state import Event
from bot.status.facts import Facts
from tests.world import BOT, BRANCH, SITE


@dataclass(frozen=True)
class Given:
    """A command as it was given."""

    comment: Comment
    words: str
    label: str
    by: str
    hold: str | None = None
    """The reason for a hold."""
    on_sig: bool = False
    """Whether it was given on the repository of the SIG of this label."""

    @property
    def at(self) -> datetime:
        """When."""
        return self.comment.created_at

    @property
    def answer(self) -> tuple[str, datetime] | None:
        """The bot's last word on it as a reaction, and when that came."""
        found = [
            (reaction.content, reaction.created_at)
            for reaction in self.comment.reaction_records
            if reaction.author == BOT and reaction.content != "eyes"
        ]
        return found[-1] if found else None


@dataclass(frozen=True)
class Moment:
    """What the page would be made from, and where the bot's branch stood, from this moment on."""

    at: datetime
    facts: Facts
    base: str
    branch: str | None


@dataclass(frozen=True)
class Pushed:
    """What somebody pushed to a branch."""

    at: datetime
    branch: str
    sha: str
    paths: frozenset[str]


@dataclass(frozen=True)
class Opened:
    """A proposal that the bot opened, and the one before it as it stood then."""

    at: datetime
    pull: PullRequest
    head: str
    before: PullRequest | None
    declined_at: datetime | None
    """When a person had closed the one before, if nobody had merged or reopened it since."""


@dataclass
class History:
    """All of it. ``violations`` are what happened and must not, each in a sentence."""

    github: Sandbox
    facts: Callable[[], Facts]
    given: list[Given] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    pushes: list[Pushed] = field(default_factory=list)
    rows_edited: dict[str, list[datetime]] = field(default_factory=dict)
    """When somebody edited a row of the source, by its label."""
    opened: list[Opened] = field(default_factory=list)
    given_up: set[str] = field(default_factory=set)
    """Commits that people themselves made unreachable, by deleting the branch that held them."""
    refused: bool = False
    """Whether GitHub was made to refuse a move of a ref, as if somebody else had pushed."""
    violations: list[str] = field(default_factory=list)
    _tips: dict[str, str] = field(default_factory=dict)

    @property
    def site(self) -> Repo:
        """The site."""
        return self.github.repository(SITE)

    def now(self) -> datetime:
        """The present moment, to the second, as GitHub tells it."""
        return self.github.state.now()

    def note(self) -> None:
        """Remember what the page would be made from now."""
        base, branch = str(self.site.tip("main")), self.site.tip(BRANCH)
        self.moments.append(Moment(self.now(), self.facts(), base, branch))

    def wrong(self, sentence: str) -> None:
        """Note what must not be, once."""
        said = f"{self.github.state.clock.now():%d %H:%M:%S} {sentence}"
        if sentence not in {known.split(" ", 2)[2] for known in self.violations}:
            self.violations.append(said)

    def proposals(self) -> list[PullRequest]:
        """What the bot has proposed on the site, the oldest first."""
        return [pull for pull in self.site.pulls(state="all") if pull.author == BOT]

    # -- what the sandbox announces -----------------------------------------------------------

    def listen(self) -> None:
        """Hear every event before its webhook is sent."""
        told = self.github.state.listener
        assert told is not None
        self._tips = dict(self.site.record.refs)

        def heard(event: Event) -> None:
            if event.repository is self.site.record:
                self._on_site(event)
            told(event)

        self.github.state.listener = heard

    def _on_site(self, event: Event) -> None:
        if event.name == "push":
            self._refs_moved(event.sender)
        elif event.name == "pull_request":
            self._pulls_moved(event)

    def _refs_moved(self, by: str) -> None:
        refs = self.site.record.refs
        for name in {*refs, *self._tips}:
            before, after = self._tips.get(name), refs.get(name)
            if before != after and by == BOT and name.startswith(("heads/", "tags/")):
                self._bot_moved(name, before, after)
        self._tips = dict(refs)

    def _bot_moved(self, name: str, before: str | None, after: str | None) -> None:
        store = self.site.record.store
        if name != f"heads/{BRANCH}":
            self.wrong(f"the bot pushed to {name}")
        if before is None:
            return
        if after is None:
            merged = {pull.head.sha for pull in self.proposals() if pull.merged}
            if self.is_persons(before) and before not in merged:
                self.wrong("the bot deleted a branch whose tip is a person's commit")
        elif not is_ancestor(store, before, after):
            self.wrong("the bot overwrote its branch: no fast-forward")
        elif self.is_persons(before) and not self._asked_to_take_over(before):
            self.wrong("the bot committed on top of a person's commit, and nobody had asked for it")

    def _asked_to_take_over(self, tip: str) -> bool:
        """Whether a ``recreate`` is under way, or was given after the push that made this tip."""
        pushed = max(push.at for push in self.pushes if push.sha == tip)
        asked = [given for given in self.given if given.words == "recreate" and given.by != "bob"]
        return any(given.at >= pushed or given.answer is None for given in asked)

    def is_persons(self, sha: str) -> bool:
        """Whether somebody other than the bot made a commit."""
        author = self.github.state.account_of_email(self.site.record.store.commit(sha).author.email)
        return author is None or author.login != BOT

    def _pulls_moved(self, event: Event) -> None:
        proposals = self.proposals()
        if sum(pull.state == "open" for pull in proposals) > 1:
            self.wrong("two proposals are open")
        if event.action != "opened" or event.sender != BOT:
            return
        pull, before = proposals[-1], proposals[-2] if len(proposals) > 1 else None
        declined_at = None
        if before is not None and not before.merged and before.closed_by not in (BOT, None):
            declined_at = before.closed_at
        self.opened.append(Opened(self.now(), pull, pull.head.sha, before, declined_at))
