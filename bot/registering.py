"""Registering the app once: who may, the states that GitHub brings back, and what becomes of the credentials.

Whoever holds the link that the bot printed may register an app for it, in the one browser that used the link
first: on a public host, anybody else could give the bot an app of theirs.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from bot.clock import Clock
from bot.github.errors import NotFound, Refused
from bot.github.registration import NewApp

STATE_SECONDS = 3600.0
"""GitHub's code is good for so long; nothing that was begun earlier can come to anything."""
MOST_STATES = 8
"""So many tries may be under way at once; a further one takes the oldest one's place."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Wanted:
    """What somebody chose; ``organization`` is ``""`` for an account of their own."""

    organization: str = ""
    from_fork: bool = False


@dataclass(frozen=True)
class Registered:
    """An app, and where its credentials are kept: one sentence, and whether the bot can go on with them."""

    app: NewApp = field(repr=False)
    wanted: Wanted
    kept: str
    goes_on: bool


class RegistrationError(Exception):
    """It cannot go on like this."""


class UnknownStateError(RegistrationError):
    """What came back was not begun in this browser, or was finished, or the bot was started anew since."""


class StaleError(RegistrationError):
    """It took longer than an hour, or GitHub no longer knows the code."""


class ClosedError(RegistrationError):
    """There is an app."""


@dataclass
class Session:
    """The browser that used the link."""

    cookie: str = field(default_factory=secrets.token_urlsafe, repr=False)
    form_token: str = field(default_factory=secrets.token_urlsafe, repr=False)
    """In every form: cookies alone do not tell one port of a machine from another."""
    states: dict[str, tuple[Wanted, float]] = field(default_factory=dict, repr=False)

    def has_sent(self, form_token: str) -> bool:
        """Whether a form is from a page that this session was shown."""
        return _same(form_token, self.form_token)


class Registration:
    """From the link to the app; there is one for each start of ``status-bot setup``.

    Args:
        clock: By which an hour is measured.
        redeem: Exchanges GitHub's code for an app. Raises ``GitHubError``.
        keep: Puts its credentials where they belong: where that is, in a sentence, and whether the
            bot can go on with them.
    """

    def __init__(
        self,
        clock: Clock,
        redeem: Callable[[str], Awaitable[NewApp]],
        keep: Callable[[NewApp], tuple[str, bool]],
    ) -> None:
        self.link = secrets.token_urlsafe(32)
        self.registered: Registered | None = None
        self.goes_on = asyncio.Event()
        """Set once the page with the credentials was sent, where the bot can go on with them."""
        self._clock = clock
        self._redeem = redeem
        self._keep = keep
        self._session: Session | None = None
        self._exchange = asyncio.Lock()

    def enter(self, link: str) -> Session | None:
        """Let the first browser in that holds the link; ``None`` for any other."""
        if self._session is not None or not _same(link, self.link):
            return None
        self._session = Session()
        return self._session

    def session_of(self, cookie: str) -> Session | None:
        """The session of a cookie, where it has one."""
        known = self._session is not None and _same(cookie, self._session.cookie)
        return self._session if known else None

    def begin(self, session: Session, wanted: Wanted) -> str:
        """Somebody is about to leave for GitHub; gives the state that must come back.

        Raises ``ClosedError``.
        """
        if self.registered is not None:
            raise ClosedError
        while len(session.states) >= MOST_STATES:
            del session.states[next(iter(session.states))]
        state = secrets.token_urlsafe(32)
        session.states[state] = wanted, self._clock.monotonic()
        return state

    async def finish(self, session: Session, state: str, code: str) -> Registered:
        """Exchange the code; a state is good for one that GitHub knows, and no more.

        Raises:
            RegistrationError: See its kinds.
            GitHubError: GitHub gave no app; where it is only out of reach, the state stays good.
        """
        async with self._exchange:
            if self.registered is not None:
                raise ClosedError
            if state not in session.states:
                raise UnknownStateError
            wanted, since = session.states[state]
            if self._clock.monotonic() - since > STATE_SECONDS:
                del session.states[state]
                raise StaleError
            try:
                app = await self._redeem(code)
            except (NotFound, Refused) as error:
                del session.states[state]
                raise StaleError from error
            session.states.clear()
            kept, goes_on = self._keep(app)
            self.registered = Registered(app, wanted, kept, goes_on)
            log.info("app registered", app=app.slug, owner=app.owner, kept=goes_on)
            return self.registered


def _same(given: str, known: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(given.encode(errors="replace"), known.encode())
