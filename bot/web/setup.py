"""The pages of a bot that has no app yet: the way through GitHub's manifest flow, and back."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
import structlog
from aiohttp import hdrs, web
from markupsafe import escape

from bot.addresses import is_loopback, is_same_place
from bot.github.errors import GitHubError, RateLimited, Unavailable
from bot.metrics import Metrics
from bot.registering import ClosedError, Registered, RegistrationError, StaleError, UnknownStateError, Wanted
from bot.web import problems
from bot.web.manifest import app_view
from bot.web.pages import NOT_STORED, Pages, friendly_errors, headers_of
from bot.web.problems import Problem
from bot.web.registration import (
    SetupView,
    address_to_send_to,
    install_url_of,
    manifest_to_send,
    organization_in,
    origin_of,
    step_in,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp.typedefs import Handler

    from bot.registering import Registration, Session
    from bot.setup_settings import SetupSettings
    from bot.web.pages import Render
    from bot.web.views import Picture, SiteView

COOKIE = "status-bot-setup"
CODE = re.compile(r"[A-Za-z0-9_-]{1,200}")
MOST_FORM_BYTES = 16 * 1024
NO_ORGANIZATION = "Write the organisation's name, as it stands in the address of its page on GitHub."
RETRY_AFTER_SECONDS = "60"
WRONG: tuple[tuple[type[Exception], tuple[Problem, int]], ...] = (
    (ClosedError, (problems.CLOSED, 403)),
    (UnknownStateError, (problems.UNKNOWN_STATE, 403)),
    (StaleError, (problems.STALE, 410)),
    (Unavailable, (problems.NO_ANSWER, 503)),
    (RateLimited, (problems.NO_ANSWER, 503)),
    (Exception, (problems.NO_APP, 502)),
)
"""What each failure on the way back is to the person, from the most special on."""

log = structlog.get_logger(__name__)


class NoBot:
    """A dashboard without sites, and no work that could be ready."""

    async def sites(self) -> Sequence[SiteView]:
        """None."""
        return ()

    async def site(self, full_name: str) -> SiteView | None:
        """None."""

    async def chart(self, full_name: str, digest: str) -> Picture | None:
        """None either."""

    def github_trouble(self) -> str:
        """There is no app to speak with GitHub as."""
        return "No app is configured yet: open /setup."

    def queue_trouble(self) -> str:
        """There is no queue that could stand still."""
        return ""


class SetupPages(Pages):
    """What is shown until there is an app. All that is asked for here goes by ``Registration``."""

    def __init__(self, render: Render, settings: SetupSettings, registration: Registration) -> None:
        super().__init__(render, NoBot(), NoBot(), Metrics())
        self._settings = settings
        self._registration = registration

    async def setup(self, request: web.Request) -> web.Response:
        """What the app is; and the form that registers it, for whoever holds the link."""
        if "link" in request.query:
            return await self._enter(request)
        if self._registration.registered is not None:
            return await self._closed(request)
        session = self._session_of(request)
        return await self._form(session, SetupView())

    async def _enter(self, request: web.Request) -> web.Response:
        """Turn the link into a cookie, so that it stands in no address from here on."""
        known = self._session_of(request)
        session = known or self._registration.enter(request.query["link"])
        if session is None:
            return await self._refuse(problems.NOT_LET_IN)
        response = web.Response(status=303, headers=headers_of(NOT_STORED))
        response.headers[hdrs.LOCATION] = f"{self.base_of(request)}/setup"
        secure = (self.base_of(request) or "").startswith("https:")
        # Lax, for the browser must send it when it comes back from GitHub.
        response.set_cookie(COOKIE, session.cookie, path="/", httponly=True, samesite="Lax", secure=secure)
        return response

    async def _closed(self, request: web.Request) -> web.Response:
        done = self._registration.registered
        install_url = self._install_link(done) if done else ""
        view = SetupView(
            is_closed=True,
            step=step_in(request.query),
            install_url=install_url,
        )
        return await self._show(view)

    async def _form(self, session: Session | None, view: SetupView, status: int = 200) -> web.Response:
        return await self._show(view, status, form_token=session.form_token if session else "")

    async def _show(self, view: SetupView, status: int = 200, form_token: str = "") -> web.Response:
        app = await asyncio.to_thread(app_view)
        host = urlsplit(self._settings.web_url).netloc
        return await self._page(
            "setup.html",
            status,
            caching=NOT_STORED,
            app=app,
            setup=replace(view, form_token=form_token, host=host),
        )

    async def review(self, request: web.Request) -> web.Response:
        """What exactly will be registered, with the button that goes to GitHub."""
        session, form = self._session_of(request), await request.post()
        if session is None:
            return await self._refuse(problems.NOT_LET_IN)
        if not session.has_sent(str(form.get("form_token", ""))):
            return await self._refuse(problems.FOREIGN_FORM)
        typed, personal = str(form.get("organization", ""))[:200], form.get("account") == "personal"
        from_fork = form.get("writes") == "fork"
        name = "" if personal else organization_in(typed, self._settings.web_url)
        if name is None:
            view = SetupView(fault=NO_ORGANIZATION, organization=typed, from_fork=from_fork)
            return await self._form(session, view, 422)
        wanted = Wanted(name, from_fork)
        try:
            state = self._registration.begin(session, wanted)
        except ClosedError:
            return await self._refuse(problems.CLOSED)
        manifest = manifest_to_send(self._settings, wanted, self.base_of(request) or "")
        return await self._page(
            "setup_review.html",
            caching=NOT_STORED,
            forms_to=origin_of(self._settings.web_url),
            wanted=wanted,
            manifest=manifest,
            # Whole, and not cut or made harmless as prose is: GitHub reads it.
            json=escape(msgspec.json.encode(manifest).decode()),
            address=address_to_send_to(self._settings.web_url, wanted, state),
            host=urlsplit(self._settings.web_url).netloc,
            reasons=(await asyncio.to_thread(app_view)).reasons,
        )

    async def finish(self, request: web.Request) -> web.StreamResponse:
        """Back from GitHub, with the code: the one page that shows the credentials."""
        session = self._session_of(request)
        if session is None:
            return await self._refuse(problems.NOT_LET_IN)
        if self._registration.registered is None and not CODE.fullmatch(request.query.get("code", "")):
            return await self._refuse(problems.NO_CODE, 400)
        try:
            done = await self._registration.finish(
                session, request.query.get("state", ""), request.query.get("code", "")
            )
        except (RegistrationError, GitHubError) as error:
            return await self._went_wrong(error)
        return await self._credentials(request, done)

    async def _went_wrong(self, error: RegistrationError | GitHubError) -> web.Response:
        if isinstance(error, GitHubError):
            log.warning("the app's credentials could not be had", why=str(error))
        problem, status = next(found for kind, found in WRONG if isinstance(error, kind))
        response = await self._refuse(problem, status)
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers[hdrs.RETRY_AFTER] = RETRY_AFTER_SECONDS
        return response

    async def _credentials(self, request: web.Request, done: Registered) -> web.StreamResponse:
        """Shown once. Only when all of it is sent may the bot go on, and serve other pages than these."""
        try:
            response = await self._page(
                "setup_registered.html",
                caching=NOT_STORED,
                done=done,
                app=done.app,
                private_key=escape(done.app.private_key.strip()),
                install_url=self._install_link(done),
            )
            await response.prepare(request)
            await response.write_eof()
        finally:
            if done.goes_on:
                self._registration.goes_on.set()
        return response

    def _install_link(self, done: Registered) -> str:
        return install_url_of(done.app.html_url, self._settings.web_url, done.app.slug)

    def _session_of(self, request: web.Request) -> Session | None:
        return self._registration.session_of(request.cookies.get(COOKIE, ""))

    async def _refuse(self, problem: Problem, status: int = 403) -> web.Response:
        return await self._page("setup_problem.html", status, caching=NOT_STORED, problem=problem)

    def base_of(self, request: web.Request) -> str | None:
        """How this browser reaches the bot; ``None`` for a name that is not the bot's.

        Somebody else's name that leads to this machine must not make its pages theirs.
        """
        host, public_url = request.headers.get(hdrs.HOST, "").lower(), self._settings.public_url
        if public_url and is_same_place(host, public_url):
            return public_url
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return None
        # Where it listens on one name or address alone, that is the one that it has printed.
        own = is_loopback(name) or (name == self._settings.host.lower() and not public_url)
        return f"http://{host}" if own else None

    @web.middleware
    async def only_under_its_name(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """A middleware: whoever only asks whether the process lives may use any name."""
        if request.path != "/health" and self.base_of(request) is None:
            return await self._refuse(problems.WRONG_HOST, 421)
        return await handler(request)


async def _to_setup(_request: web.Request) -> web.Response:
    return web.Response(status=303, headers=headers_of(NOT_STORED) | {hdrs.LOCATION: "/setup"})


def build_setup(pages: SetupPages) -> web.Application:
    """The doors of a bot without an app; serve it with ``runner_of``."""
    app = web.Application(
        middlewares=[friendly_errors(pages), pages.only_under_its_name], client_max_size=MOST_FORM_BYTES
    )
    app.add_routes(
        [
            web.get("/health", pages.health),
            web.get("/ready", pages.ready),
            web.get("/help", pages.help),
            web.get("/", _to_setup),
            # To ask for one of these changes something, so nobody may only ask whether it is there.
            web.get("/setup", pages.setup, allow_head=False),
            web.post("/setup", pages.review),
            web.get("/setup/registered", pages.finish, allow_head=False),
        ]
    )
    return app
