"""The doors in one application: the webhook and the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from bot.web.pages import friendly_errors
from bot.web.webhook import MOST_BYTES

if TYPE_CHECKING:
    from bot.web.pages import Pages
    from bot.web.webhook import Webhook


LINGERING_SECONDS = 2.0
"""How long a body that nobody wants is read and dropped, so that its sender gets to see the answer."""


def build_web(webhook: Webhook, pages: Pages) -> web.Application:
    """The application; serve it with ``runner_of``."""
    app = web.Application(middlewares=[friendly_errors(pages)], client_max_size=MOST_BYTES)
    app.add_routes(
        [
            web.post("/webhook", webhook.handle),
            web.get("/health", pages.health),
            web.get("/ready", pages.ready),
            web.get("/metrics", pages.metrics),
            web.get("/", pages.index),
            web.get("/help", pages.help),
            web.get("/setup", pages.setup),
            web.post("/setup", pages.setup_closed),
            web.get("/setup/registered", pages.setup_closed),
            web.get("/sites/{owner}/{repo}", pages.site),
            web.get("/chart/{owner}/{repo}.svg", pages.chart),
        ]
    )
    return app


def runner_of(app: web.Application, closing_seconds: float = 60.0) -> web.AppRunner:
    """What serves the application; it keeps no access log, for deliveries log themselves."""
    return web.AppRunner(
        app, access_log=None, lingering_time=LINGERING_SECONDS, shutdown_timeout=closing_seconds
    )
