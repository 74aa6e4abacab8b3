"""The sandbox as a whole: what a test, the demo or a benchmark builds its GitHub with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Literal

from bot.clock import Clock, SystemClock
from bot.sandbox import mentions
from bot.sandbox.actions import apps, repositories
from bot.sandbox.actions.files import Push, commit_files
from bot.sandbox.apps import App, Installation
from bot.sandbox.deliveries import Deliveries, Delivery, Order, Selection
from bot.sandbox.limits import Limits
from bot.sandbox.mentions import CrossReference, Mention
from bot.sandbox.records import Account, Repository
from bot.sandbox.repo import Repo
from bot.sandbox.server import Front, Server
from bot.sandbox.state import State
from bot.sandbox.tracker import SOMEBODY
from bot.sandbox.traffic import Interceptor, RequestRecord
from bot.sandbox.webhooks import Hooks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Sandbox:
    """A GitHub in this process.

    The same seed and clock give the same ids, tokens and shas. Webhooks are sent only while it is served:
    what is built before is there without anybody having been told.
    """

    def __init__(self, clock: Clock | None = None, seed: int = 0) -> None:
        self.state = State(clock or SystemClock(), seed)
        self._limits = Limits(self.state)
        self._deliveries = Deliveries(self.state)
        self._hooks = Hooks(self.state, self._deliveries)
        self.state.greet = self._ping
        self._front = Front(self.state, self._limits, self._deliveries)

    # Accounts and repositories

    def create_user(self, login: str) -> Account:
        """Make a user; one that a test has already named is found."""
        return self.state.somebody(login)

    def create_organization(
        self, login: str, owners: Iterable[str] = (), members: Iterable[str] = ()
    ) -> Account:
        """Make an organization; its owners administer all its repositories, its members read them."""
        account = self.state.account(login) or self.state.add_account(login, "Organization")
        account.owners |= {self.state.somebody(owner).login.lower() for owner in owners}
        account.members |= {self.state.somebody(member).login.lower() for member in members}
        return account

    def create_repository(
        self,
        full_name: str,
        files: Mapping[str, str | bytes] | None = None,
        default_branch: str = "main",
        private: bool = False,  # noqa: FBT001, FBT002 - GitHub's own word, named by every caller
        by: str = SOMEBODY,
    ) -> Repo:
        """Make a repository with a first commit of ``files`` or (None) of a README; ``{}`` makes none."""
        owner, _, name = full_name.partition("/")
        account = self.state.account(owner) or self.state.add_account(owner, "Organization")
        record = repositories.create(
            self.state, account, name, default_branch=default_branch, private=private
        )
        first = {"README.md": f"# {name}\n"} if files is None else dict(files)
        if first:
            commit_files(self.state, record, default_branch, first, Push("Initial commit", by))
        return Repo(self.state, record)

    def repository(self, full_name: str) -> Repo:
        """A repository by its present name.

        Raises:
            KeyError: There is none.
        """
        record = self.state.repository(full_name)
        if record is None:
            raise KeyError(full_name)
        return Repo(self.state, record)

    @property
    def repositories(self) -> list[Repo]:
        """All repositories, oldest first."""
        return [Repo(self.state, record) for record in self.state.repositories.values()]

    def sign_in(self, login: str) -> None:
        """Be somebody on the pages where apps are registered and installed; ``ada`` unless it is said."""
        self.state.person = self.state.somebody(login).login

    # Apps and tokens

    def create_app(
        self,
        slug: str,
        permissions: Mapping[str, str] | None = None,
        events: Sequence[str] = (),
        webhook_url: str | None = None,
        webhook_secret: str = "",
        owner: str = SOMEBODY,
    ) -> App:
        """Register an app; setting its ``webhook_url`` later sends a ping."""
        account = self.state.somebody(owner)
        app = apps.create(self.state, slug, account, permissions or {}, events, webhook_secret)
        app.on_url = self._ping
        app.webhook_url = webhook_url
        return app

    def _ping(self, app: App) -> None:
        if self.state.listener:
            self._hooks.ping(app)

    def install(
        self,
        app: App,
        account: str,
        repositories: Literal["all"] | Iterable[str] = "all",
        by: str = SOMEBODY,
    ) -> Installation:
        """Install an app in an account, on all its repositories or on some."""
        chosen = None if repositories == "all" else self._records(repositories)
        owner = self.state.account(account) or self.state.add_account(account, "Organization")
        return apps.install(self.state, app, owner, chosen, by)

    def _records(self, names: Iterable[str]) -> list[Repository]:
        return [self.repository(name).record for name in names]

    def uninstall(self, installation: Installation, by: str = SOMEBODY) -> None:
        """Take an app out of an account."""
        apps.uninstall(self.state, installation, by)

    def suspend(self, installation: Installation, by: str = SOMEBODY) -> None:
        """Suspend an installation."""
        apps.suspend(self.state, installation, by)

    def unsuspend(self, installation: Installation, by: str = SOMEBODY) -> None:
        """End a suspension."""
        apps.unsuspend(self.state, installation, by)

    def accept_permissions(self, installation: Installation, by: str = SOMEBODY) -> None:
        """Agree to what the app has come to ask for since it was installed."""
        apps.accept_permissions(self.state, installation, by)

    def add_repositories(self, installation: Installation, names: Iterable[str], by: str = SOMEBODY) -> None:
        """Let an installation see more."""
        apps.add_repositories(self.state, installation, self._records(names), by)

    def remove_repositories(
        self, installation: Installation, names: Iterable[str], by: str = SOMEBODY
    ) -> None:
        """Let an installation see less."""
        apps.remove_repositories(self.state, installation, self._records(names), by)

    def personal_token(self, login: str, *scopes: str) -> str:
        """A classic personal token, with the scope ``repo`` unless others are named."""
        account = self.state.somebody(login)
        return apps.personal_token(self.state, account, scopes or ("repo",)).text

    def installation_token(
        self,
        installation: Installation,
        permissions: Mapping[str, str] | None = None,
        repositories: Iterable[str] | None = None,
    ) -> str:
        """An installation token, without the way round by a JWT."""
        numbers = None if repositories is None else frozenset(one.id for one in self._records(repositories))
        granted = installation.permissions if permissions is None else permissions
        return apps.issue_token(self.state, installation, granted, numbers).text

    # Serving

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> AbstractAsyncContextManager[Server]:
        """Answer HTTP and send webhooks while the context lasts; port 0 takes a free one."""
        return self._serve(host, port)

    @asynccontextmanager
    async def _serve(self, host: str, port: int) -> AsyncIterator[Server]:
        async with self._front.serve(host, port) as server:
            self.state.listener = self._hooks
            try:
                yield server
            finally:
                self.state.listener = None

    @property
    def requests(self) -> list[RequestRecord]:
        """Every request to the API so far, in the order of arrival."""
        return self._front.requests

    def latency(
        self, rest_seconds: float = 0.0, graphql_seconds: float = 0.0, per_alias_seconds: float = 0.0
    ) -> None:
        """Make every answer take so long, in real time."""
        latency = self._front.latency
        latency.rest_seconds, latency.graphql_seconds = rest_seconds, graphql_seconds
        latency.per_alias_seconds = per_alias_seconds

    def intercept(self, interceptor: Interceptor | None) -> Callable[[], None]:
        """Let a function see every request first; None forgets all such functions.

        The function may answer with a ``Response``, wait (if it is a coroutine function), return None to let
        the request pass, or raise to drop the connection. What is returned here takes it away again.
        """
        interceptors = self._front.interceptors
        if interceptor is None:
            interceptors.clear()
            return interceptors.clear
        interceptors.append(interceptor)
        return lambda: interceptors.remove(interceptor) if interceptor in interceptors else None

    def set_rate_limit(
        self,
        who: Installation | App | str,
        remaining: int = 0,
        resource: Literal["core", "graphql"] | None = None,
        reset_seconds: int | None = None,
        status: Literal[403, 429] = 403,
    ) -> None:
        """Leave an installation, an app or a person (by login) so many points of one resource or of both.

        ``status`` is what REST answers to who has none left; GitHub answers either.
        """
        key = self._limit_key(who)
        for name in (resource,) if resource else ("core", "graphql"):
            pool = self._limits.pool_of(key, name)
            pool.used, pool.status = pool.limit - remaining, status
            if reset_seconds is not None:
                pool.reset = int(self.state.clock.now().timestamp()) + reset_seconds

    def _limit_key(self, who: Installation | App | str) -> str:
        if isinstance(who, Installation):
            return f"installation:{who.id}"
        if isinstance(who, App):
            return f"app:{who.id}"
        return f"user:{self.state.somebody(who).id}"

    @property
    def mentions(self) -> list[Mention]:
        """Who was mentioned where: each of them would have been notified."""
        return mentions.mentions(self.state)

    @property
    def cross_references(self) -> list[CrossReference]:
        """Which issues and pull requests were named where: each would show a link back."""
        return mentions.cross_references(self.state)

    # Webhooks

    @property
    def deliveries(self) -> list[Delivery]:
        """The delivery log of all apps, oldest first."""
        return self._deliveries.log

    async def delivered(self) -> None:
        """Wait until all webhooks queued so far have been answered; those held back are not waited for."""
        await self._deliveries.delivered()

    async def redeliver(self, number: int) -> Delivery:
        """Deliver again by the id of a delivery, and wait for the answer.

        Raises:
            KeyError: There is none of that id.
        """
        for delivery in self._deliveries.log:
            if delivery.id == number:
                copy = self._deliveries.again(delivery)
                await self.delivered()
                return copy
        raise KeyError(number)

    def webhook_timeout(self, seconds: float) -> None:
        """Let an app have so many seconds of real time to answer, instead of GitHub's ten."""
        self._deliveries.timeout_seconds = seconds

    def hold_webhooks(self) -> None:
        """Keep back the webhooks that are emitted from now on."""
        self._deliveries.hold()

    def release_webhooks(self, order: Order = "sent", drop: Selection = (), repeat: Selection = ()) -> None:
        """Let the held webhooks go: in another order, some lost, some twice.

        Args:
            order: ``sent``, ``reversed``, numbers (counted from 0; those left out go last), or a function.
            drop: Numbers, or a predicate: those get lost on the way, and the log shows a failed connection.
            repeat: Numbers, or a predicate: those arrive twice.
        """
        self._deliveries.release(order, drop, repeat)
