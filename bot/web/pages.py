"""What people and monitors look at: health, readiness, metrics, and the pages with the sites and the help."""

from __future__ import annotations

import asyncio
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

import structlog
from aiohttp import hdrs, web

from bot.clock import SystemClock
from bot.commands import COMMANDS
from bot.web.manifest import app_view
from bot.web.moments import Moments
from bot.web.problems import CLOSED
from bot.web.registration import SetupView, step_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from aiohttp.typedefs import Handler, Middleware

    from bot.clock import Clock
    from bot.metrics import Metrics
    from bot.web.views import Dashboard, Readiness

NOT_STORED = "no-store"
NOT_FOUND = (
    "There is nothing at this address, or nothing that everybody may see: only public sites have a page here."
)

log = structlog.get_logger(__name__)


class Render(Protocol):
    """Fills in a template."""

    def __call__(self, template_name: str, /, **values: object) -> str:
        """The text of the template with these values."""
        ...


class Pages:
    """Everything that is read over HTTP.

    Args:
        render: Fills in the templates under ``pages/``; each also gets ``nonce`` for its style sheet.
        dashboard: Knows the sites.
        readiness: Knows what is wrong.
        metrics: What Prometheus reads.
        waits: Tells what is waited for and until when, one sentence each; they name no repository.
        install_url: Tells where the app is installed, ``""`` where nobody knows; is told whether somebody
            says to come back from there.
        clock: Tells how long ago things happened.
    """

    def __init__(
        self,
        render: Render,
        dashboard: Dashboard,
        readiness: Readiness,
        metrics: Metrics,
        waits: Callable[[], Sequence[str]] = tuple,
        install_url: Callable[[bool], Awaitable[str]] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._render = render
        self._dashboard = dashboard
        self._readiness = readiness
        self._metrics = metrics
        self._waits = waits
        self._install_url = install_url
        self._clock = clock or SystemClock()

    async def health(self, _request: web.Request) -> web.Response:
        """The process lives: nothing else is asked, lest GitHub's troubles restart the bot."""
        return web.Response(text="ok", headers=headers_of(NOT_STORED))

    async def ready(self, _request: web.Request) -> web.Response:
        """Whether GitHub is reached and the queue moves; 503 with a sentence where not.

        What is only waited for is told too, if there is anything, and keeps nobody from sending deliveries.
        """
        troubles = {"github": self._readiness.github_trouble(), "queue": self._readiness.queue_trouble()}
        told: dict[str, object] = {name: trouble or "ok" for name, trouble in troubles.items()}
        if waits := list(self._waits()):
            told["waits"] = waits
        status = 503 if any(troubles.values()) else 200
        return web.json_response(told, status=status, headers=headers_of(NOT_STORED))

    async def metrics(self, _request: web.Request) -> web.Response:
        """Everything that is counted."""
        headers = headers_of(NOT_STORED) | {hdrs.CONTENT_TYPE: self._metrics.content_type}
        return web.Response(body=self._metrics.text(), headers=headers)

    async def index(self, _request: web.Request) -> web.Response:
        """The sites and how they stand, and what keeps the bot from its work, if anything does."""
        troubles = filter(None, (self._readiness.github_trouble(), self._readiness.queue_trouble()))
        sites = tuple(await self._dashboard.sites())
        return await self._page("index.html", sites=sites, troubles=tuple(troubles))

    async def site(self, request: web.Request) -> web.Response:
        """One public site with the reason for each value; no other is told from one that is not there."""
        owner, repository = request.match_info["owner"], request.match_info["repo"]
        found = await self._dashboard.site(f"{owner}/{repository}")
        if found is None:
            raise web.HTTPNotFound
        return await self._page("site.html", site=found)

    async def help(self, _request: web.Request) -> web.Response:
        """The commands, from the table that the parser uses."""
        return await self._page("help.html", commands=COMMANDS)

    async def setup(self, request: web.Request) -> web.Response:
        """What to do with the app that there is; registering one is closed."""
        app, install_url = await asyncio.to_thread(app_view), self._install_url
        step = step_in(request.query)
        view = SetupView(
            is_closed=True,
            step=step,
            install_url=await install_url(step == "installed") if install_url else "",
        )
        return await self._page("setup.html", app=app, setup=view)

    async def setup_closed(self, _request: web.Request) -> web.Response:
        """The doors through which an app was registered, once there is one."""
        return await self._page("setup_problem.html", 403, problem=CLOSED)

    async def chart(self, request: web.Request) -> web.Response:
        """The chart of a public site, as proposals show it; no other site is told from one that is not there.

        GitHub shows pictures through a proxy, which keeps what it is not told to ask for again:
        https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-anonymized-urls.
        """
        owner, repository = request.match_info["owner"], request.match_info["repo"]
        picture = await self._dashboard.chart(f"{owner}/{repository}", request.query.get("v", ""))
        if picture is None:
            raise web.HTTPNotFound
        asked = {tag.value for tag in request.if_none_match or ()}
        if not asked.isdisjoint({picture.digest, "*"}):
            response = web.Response(status=304, headers=PICTURE_HEADERS)
        else:
            response = web.Response(
                body=picture.body, content_type="image/svg+xml", charset="utf-8", headers=PICTURE_HEADERS
            )
        response.etag = picture.digest
        return response

    async def error(self, request: web.Request, status: int) -> web.Response:
        """A page for people, JSON for programs; never what went wrong inside."""
        phrase = HTTPStatus(status).phrase
        message = HTTPStatus(status).description or f"{phrase}."
        if status == HTTPStatus.NOT_FOUND:
            message = NOT_FOUND
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            message = "Something went wrong here; it has been logged."
        if "text/html" in request.headers.get(hdrs.ACCEPT, ""):
            try:
                return await self._page("error.html", status, code=status, title=phrase, message=message)
            except Exception:
                log.exception("the error page itself cannot be rendered")
        return web.json_response(
            {"status": status, "message": message}, status=status, headers=headers_of(NOT_STORED)
        )

    async def _page(
        self,
        template_name: str,
        status: int = 200,
        *,
        caching: str = "no-cache",
        forms_to: str = "'self'",
        **values: object,
    ) -> web.Response:
        """One page, rendered in a thread: deliveries are answered meanwhile."""
        nonce = secrets.token_urlsafe(16)
        when = Moments(self._clock.now())
        text = await asyncio.to_thread(
            self._render, f"pages/{template_name}", nonce=nonce, when=when, **values
        )
        headers = headers_of(caching, nonce, forms_to)
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def headers_of(caching: str, nonce: str = "", forms_to: str = "'self'") -> dict[str, str]:
    """What every answer carries. Nothing is loaded but pictures and the style sheet with the nonce.

    See https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy.
    """
    policy = ["default-src 'none'", "img-src 'self' data:", "base-uri 'none'", "frame-ancestors 'none'"]
    policy += [f"form-action {forms_to}", f"style-src 'self' 'nonce-{nonce}'"] if nonce else []
    return {
        hdrs.SERVER: "status-bot",
        hdrs.CACHE_CONTROL: caching,
        "Content-Security-Policy": "; ".join(policy),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


PICTURE_HEADERS = headers_of("no-cache") | {
    # A style sheet inside it, and nothing else, also for somebody who opens it by itself.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""What a picture carries that pages of other sites may show."""


def friendly_errors(pages: Pages) -> Middleware:
    """A middleware: whatever goes wrong becomes an error page, and ours a log line."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            answer = await pages.error(request, error.status)
            if hdrs.ALLOW in error.headers:
                answer.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
            return answer
        except Exception:
            log.exception("request failed", method=request.method, path=request.path)
            return await pages.error(request, HTTPStatus.INTERNAL_SERVER_ERROR)

    return middleware
