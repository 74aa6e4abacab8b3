"""Somebody at a browser without a window, who registers and installs the app. Shared by tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

from aiohttp import ClientSession, CookieJar

from bot.registering import Registration
from bot.sandbox import App, Sandbox
from bot.setup_app import Keeper, registering
from bot.setup_settings import SetupSettings
from tests.clocks import FakeClock
from tests.world import ORGANIZATION, free_port

KEY_BEGINS = "-----BEGIN RSA PRIVATE KEY-----"


class Form(HTMLParser):
    """The first form of a page: where it goes, and what stands in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.method = ""
        self.values: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action, self.method = given.get("action", ""), given.get("method", "get")
        checked = given.get("type") not in ("radio", "checkbox") or "checked" in given
        if tag == "input" and checked:
            self.values[given["name"]] = given.get("value", "on")


@dataclass
class Shown:
    """A page as the browser has it."""

    status: int
    url: str
    headers: Mapping[str, str]
    text: str

    @property
    def form(self) -> Form:
        """What can be sent from it."""
        return Form(self.text)

    @property
    def query(self) -> dict[str, str]:
        """What stands in its address."""
        return dict(parse_qsl(urlsplit(self.url).query))


@dataclass
class Desk:
    """A bot that has no app, a GitHub, and a browser with cookies of its own."""

    github: Sandbox
    settings: SetupSettings
    keeper: Keeper
    registration: Registration
    link: str
    browser: ClientSession
    seen: list[Shown] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The bot's address."""
        return f"http://127.0.0.1:{self.settings.port}"

    async def open(self, address: str, **headers: str) -> Shown:
        """Go to an address; one that begins with a slash is the bot's."""
        return await self._ask("GET", urljoin(self.url, address), headers=headers)

    async def send(self, page: Shown, **changed: str | None) -> Shown:
        """Send a page's form, with some of it filled in otherwise, or left out with None."""
        form = page.form
        values = {name: value for name, value in {**form.values, **changed}.items() if value is not None}
        return await self._ask(form.method, urljoin(page.url, form.action or page.url), data=values)

    async def _ask(
        self,
        method: str,
        url: str,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Shown:
        async with self.browser.request(method, url, data=data, headers=headers) as response:
            shown = Shown(response.status, str(response.url), response.headers, await response.text())
        self.seen.append(shown)
        return shown

    async def review(self, **filled_in: str) -> Shown:
        """From the link to the page with the button that leads to GitHub."""
        page = await self.open(self.link)
        return await self.send(page, **{"organization": ORGANIZATION, **filled_in})

    async def agree(self, review: Shown, name: str = "Status Bot") -> Shown:
        """Go on at GitHub, create the app, and come back."""
        return await self.send(await self.send(review), name=name)

    async def back_from_github(self, review: Shown, name: str = "Status Bot") -> str:
        """The address that GitHub sends the browser back to, not opened."""
        page = await self.send(review)
        form = page.form
        async with self.browser.post(
            urljoin(page.url, form.action), data={**form.values, "name": name}, allow_redirects=False
        ) as response:
            return response.headers["Location"]

    async def install(self, app: App, account: str) -> Shown:
        """Install the app on all repositories of an account; gives the page that comes after."""
        address = f"{self.github.state.url}/apps/{app.slug}/installations/new?target={account}"
        return await self.send(await self.open(address))

    @property
    def the_app(self) -> App:
        """The one that is registered."""
        [app] = self.github.state.apps.values()
        return app

    @property
    def env_file(self) -> Path:
        """Where the credentials are written to."""
        assert self.keeper.path is not None
        return self.keeper.path


@asynccontextmanager
async def desk(
    github: Sandbox,
    clock: FakeClock,
    folder: Path,
    *,
    public_url: str | None = None,
    environ: Mapping[str, str] | None = None,
    local: bool = True,
) -> AsyncIterator[Desk]:
    """The setup of a bot, served; ``ada`` owns the organisation and is signed in at GitHub.

    GitHub is served as well, unless it is already.
    """
    github.create_organization(ORGANIZATION, owners=["ada"])
    async with AsyncExitStack() as stack:
        if github.state.listener is None:
            await stack.enter_async_context(github.serve())
        browser = await stack.enter_async_context(ClientSession(cookie_jar=CookieJar(unsafe=True)))
        api_url = github.state.api_url
        settings = SetupSettings(host="127.0.0.1", port=free_port(), public_url=public_url, api_url=api_url)
        around = {"GITHUB_API_URL": api_url, **(environ or {})}
        keeper = Keeper(settings, around, folder / ".env" if local else None)
        async with registering(settings, keeper, clock) as (registration, link):
            yield Desk(github, settings, keeper, registration, link, browser)
