"""``demo``: a day in the life of the bot, on a sandbox GitHub in this process."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from rich.console import Console
from rich.markdown import Markdown
from rich.panel import Panel
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.rule import Rule

from bot.app import Bot, running
from bot.clock import QuickClock
from bot.logs import configure_logs
from bot.marker import without_marker
from bot.sandbox import PullRequest, Repo, Sandbox
from bot.sandbox.spring_2020 import MAINTAINER, ORGANIZATION, OUTPUT, SITE, SOURCE, build, source_row
from bot.settings import Settings
from bot.web.manifest import read_manifest

SECRET = "the demo's own"  # noqa: S105 - it signs deliveries from this process to itself
TIMES_AS_FAST = 20
"""A day of the demo is short: nobody wants to sit through the pauses that GitHub asks for between writes."""
DEBOUNCE_SECONDS = 0.2
PATIENCE_SECONDS = 60.0
HOLD = "/status hold Go until the announcement is out"
WIDTH = 110


@dataclass(frozen=True)
class Hour:
    """One thing that happens that day, and what it should come to, in words."""

    time: str
    what: str
    happen: Callable[[Sandbox], None]
    quiet: bool = False
    """It rightly changes nothing."""
    asked: bool = False
    """It is a comment, and the bot answers."""


def repository(github: Sandbox, name: str) -> Repo:
    """A repository of the demo's organisation."""
    return github.repository(f"{ORGANIZATION}/{name}")


def java_releases(github: Sandbox) -> None:
    """A SIG publishes a release."""
    repository(github, "opentelemetry-java").create_release(
        "v0.3.0",
        name="Release v0.3.0",
        body="## Metrics\n- A first SDK for metrics: counters and observers.\n- Thanks @everyone! :tada:\n",
        by=MAINTAINER,
    )


def python_finishes_beta(github: Sandbox) -> None:
    """A SIG closes the last issues of its milestone, and then the milestone."""
    python = repository(github, "opentelemetry-python")
    [beta] = [milestone for milestone in python.milestones() if milestone.title == "Beta"]
    for issue in list(beta.items.values()):
        if issue.state == "open":
            python.close_issue(issue.number, by=MAINTAINER)
    python.edit_milestone(beta.number, state="closed", by=MAINTAINER)


def collector_renames(github: Sandbox) -> None:
    """A SIG gives its milestone a name that the page knows."""
    collector = repository(github, "opentelemetry-collector")
    [milestone] = [one for one in collector.milestones() if one.title == "next release"]
    collector.edit_milestone(milestone.number, title="v0.4", by=MAINTAINER)


def rust_is_added(github: Sandbox) -> None:
    """A person adds a row to the source, on the site's own branch."""
    rust = github.create_repository(f"{ORGANIZATION}/opentelemetry-rust", files={"README.md": "# Rust\n"})
    rust.create_milestone("v0.2", open=4, closed=6)
    rust.create_release("v0.1.5", name="v0.1.5")
    site = github.repository(SITE)
    source = (site.file(SOURCE) or "") + source_row("Rust", "opentelemetry-rust")
    site.push({SOURCE: source}, message="Add Rust to the status page", by=MAINTAINER)


def go_asks_for_patience(github: Sandbox) -> None:
    """A person gives the bot a command, in a comment on a SIG's repository."""
    go = repository(github, "opentelemetry-go")
    issue = go.create_issue("Hold our row until the announcement is out", by=MAINTAINER)
    go.comment(issue.number, HOLD, by=MAINTAINER)


def a_nightly_and_a_draft(github: Sandbox) -> None:
    """Two releases that are none."""
    repository(github, "opentelemetry-js").create_release(
        "v0.6.0-nightly.20200415", name="Nightly", prerelease=True, by=MAINTAINER
    )
    repository(github, "opentelemetry-go").create_release(
        "v0.5.0", name="Not quite yet", draft=True, by=MAINTAINER
    )


DAY = (
    Hour("09:12", "Java publishes v0.3.0", java_releases),
    Hour(
        "10:40",
        "Python closes the last issues of its milestone Beta, and then the milestone",
        python_finishes_beta,
    ),
    Hour("13:05", "Collector renames its milestone “next release” to “v0.4”", collector_renames),
    Hour("14:30", "Ada adds a row for Rust to the site's source", rust_is_added),
    Hour("15:45", f"Ada comments on Go's repository: {HOLD}", go_asks_for_patience, asked=True),
    Hour("16:55", "JavaScript gets a nightly build, Go a draft release", a_nightly_and_a_draft, quiet=True),
)


async def play(*, once: bool, port: int = 0) -> int:
    """Play the day; gives the exit status. Without ``once`` it stays up until Ctrl-C."""
    configure_logs("warning")
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    clock = QuickClock(TIMES_AS_FAST)
    github = Sandbox(clock)
    build(github)
    bot_port = _free_port()
    async with github.serve(port=port) as server:
        manifest = read_manifest()
        app = github.create_app(
            slug="status-bot",
            permissions=dict(manifest.default_permissions),
            events=list(manifest.default_events),
            webhook_secret=SECRET,
        )
        settings = Settings(
            app_id=app.id,
            private_key=app.private_key,
            webhook_secrets=(SECRET,),
            host="127.0.0.1",
            port=bot_port,
            api_url=server.api_url,
            public_url=f"http://127.0.0.1:{bot_port}",
            debounce_seconds=DEBOUNCE_SECONDS * TIMES_AS_FAST,
        )
        async with running(settings, clock) as bot:
            app.webhook_url = f"{bot.url}/webhook"
            stage = Stage(console, github, bot, server.url)
            await stage.play(app_slug=app.slug, install=lambda: github.install(app, ORGANIZATION))
            clock.slow_down()
            if not once:
                await stage.stay()
    return 0


def _free_port() -> int:
    """A port on which nobody listens: the bot's address has to be known before it starts."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Stage:
    """Plays the hours of the day and tells what comes of each."""

    def __init__(self, console: Console, github: Sandbox, bot: Bot, url: str) -> None:
        self._console = console
        self._github = github
        self._bot = bot
        self._url = url
        self._site = github.repository(SITE)

    async def play(self, *, app_slug: str, install: Callable[[], object]) -> None:
        """The whole day."""
        say = self._console.print
        say(Rule("[bold]A day on the status page, spring 2020"))
        say(
            f"GitHub (a sandbox)  {self._url}\n"
            f"The bot             {self._bot.url}\n"
            f"The site            {SITE}\n"
        )
        await self._hour("08:00", f"An administrator installs {app_slug} on {ORGANIZATION}", install)
        await self._tell()
        await self._hour("08:30", "Ada reviews the first proposal and merges it", self._merge)
        say("         [green]✓[/] the page is right; the bot has nothing to say\n")
        for hour in DAY:
            before = self._site.tip(self._branch)
            await self._hour(hour.time, hour.what, partial(hour.happen, self._github))
            if hour.asked:
                self._answer(repository(self._github, "opentelemetry-go"))
            if hour.quiet and self._site.tip(self._branch) == before:
                say("         [green]✓[/] neither is a release to show: nothing changes\n")
            else:
                await self._tell()
        self._show(self._proposal())

    @property
    def _branch(self) -> str:
        return "status-bot/main"

    def _proposal(self) -> PullRequest:
        [pull] = self._site.pulls(state="open")
        return pull

    def _merge(self) -> None:
        self._site.merge_pull(self._proposal().number, by=MAINTAINER, method="squash")

    async def _hour(self, time: str, what: str, happen: Callable[[], object]) -> None:
        """Let something happen, and wait until the bot has dealt with it."""
        self._console.print(f"[bold]{time}[/]    {what}")
        deliveries = len(self._github.deliveries)
        happen()
        spinner = (SpinnerColumn(), TextColumn("{task.description}"))
        # disable: where nobody watches, a progress bar would leave an empty line behind.
        with Progress(
            *spinner, console=self._console, transient=True, disable=not self._console.is_terminal
        ) as progress:
            progress.add_task("the bot is at work …")
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._rest()
        sent = self._github.deliveries[deliveries:]
        names = [f"{one.event}.{one.action}" if one.action else one.event for one in sent]
        unique = list(dict.fromkeys(names))
        self._console.print(f"         [dim]{len(sent)} signed deliveries: {', '.join(unique)}[/]")

    async def _rest(self) -> None:
        for _ in range(2):
            await self._github.delivered()
            await asyncio.sleep(DEBOUNCE_SECONDS / 4)
            while not self._bot.queue.idle:  # noqa: ASYNC110 - the queue has no need for such an event
                await asyncio.sleep(0.02)

    async def _tell(self) -> None:
        pull = self._proposal()
        commits = len([one for one in self._site.log(self._branch) if one.author.endswith("[bot]")])
        self._console.print(
            f"         [green]→[/] [bold]{pull.title}[/]\n"
            f"         [dim]{self._url}/{SITE}/pull/{pull.number}, "
            f"{commits} signed commit{'s' if commits > 1 else ''} on {self._branch}[/]\n"
        )

    def _answer(self, where: Repo) -> None:
        """What the bot said to the newest command."""
        [*_, issue] = sorted(where.issues(state="all"), key=lambda issue: issue.number)
        said = issue.comments[-1].body.partition("\n\n<!--")[0]
        self._console.print(f"         [green]💬[/] {said.splitlines()[0]}")

    def _show(self, pull: PullRequest) -> None:
        """The pull request's page, as its reviewer sees it."""
        self._console.print(Rule("[bold]What the reviewer sees"))
        body = Markdown(_unfolded(without_marker(pull.body)))
        title = f"[bold]{pull.title}[/] #{pull.number}"
        self._console.print(Panel(body, title=title, title_align="left", padding=(1, 2)))
        output = self._site.file(OUTPUT, ref=self._branch) or ""
        self._console.print(
            f"{OUTPUT} has {len(output.splitlines())} lines; "
            f"{len(self._github.deliveries)} deliveries came, "
            f"{len(self._github.requests)} requests were made.\n"
        )

    async def stay(self) -> None:
        """Leave both running until Ctrl-C."""
        pull = self._proposal()
        self._console.print(
            f"Both stay up. Look at the proposal:  {self._url}/{SITE}/pull/{pull.number}\n"
            f"              the bot's dashboard:   {self._bot.url}/\n"
            "Ctrl-C ends it."
        )
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await stop.wait()


def _unfolded(body: str) -> str:
    """A body for the terminal, which knows no folding: what is folded stands under its summary in bold."""
    return re.sub(r"</?details[^>]*>", "", re.sub(r"<summary>(.*?)</summary>", r"**\1**", body))
