"""The whole of the sandbox's GitHub: who and what there is, and under which names it is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bot.clock import Clock
from bot.sandbox.apps import App, Installation, Token
from bot.sandbox.git import Person, person
from bot.sandbox.identifiers import Identifiers
from bot.sandbox.records import Account, Repository, Role

Json = dict[str, Any]
WEB_FLOW = "web-flow"


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened; ``fields`` makes the payload's own part, and is called only if somebody listens.

    ``installation`` narrows it to one installation; ``account`` adds those in an account that the
    repository has left.
    """

    name: str
    action: str | None
    sender: str
    fields: Callable[[], Json]
    repository: Repository | None = None
    installation: Installation | None = None
    account: Account | None = None


class State:
    """Everything that stands at this moment. Rules live in ``actions``; this only finds and keeps."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self.clock = clock
        self.ids = Identifiers(seed, "objects")
        self.secrets = Identifiers(seed, "tokens")
        self.delivery_ids = Identifiers(seed, "deliveries")
        self.request_ids = Identifiers(seed, "requests")
        self.url = "http://sandbox.invalid"
        self.accounts: dict[str, Account] = {}
        self.repositories: dict[int, Repository] = {}
        self.apps: dict[int, App] = {}
        self.installations: dict[int, Installation] = {}
        self.tokens: dict[str, Token] = {}
        self.nodes: dict[str, object] = {}
        self.codes: dict[str, tuple[App, datetime]] = {}
        """The codes of apps registered from a manifest, and until when each is good."""
        self.person = "ada"
        """Who is signed in on the pages."""
        self.listener: Callable[[Event], None] | None = None
        self.greet: Callable[[App], None] | None = None
        """Told of every app that gets a new address for its webhook."""
        self._names: dict[str, int] = {}
        self._former: dict[str, int] = {}
        self._emails: dict[str, Account] = {}
        self._apps_by_bot: dict[str, App] = {}

    @property
    def api_url(self) -> str:
        """The root of the REST API in the bodies' links."""
        return f"{self.url}/api/v3"

    def now(self) -> datetime:
        """The clock's moment, to the second."""
        return self.clock.now().replace(microsecond=0)

    def emit(self, event: Event) -> None:
        """Tell who listens for webhooks."""
        if self.listener:
            self.listener(event)

    def add_account(self, login: str, kind: Literal["User", "Organization", "Bot"]) -> Account:
        """Make an account.

        Raises:
            ValueError: The login is taken.
        """
        if login.lower() in self.accounts:
            raise ValueError(f"the login {login} is taken")
        account = Account(self.ids.number(), login, kind, self.now())
        self.accounts[login.lower()] = account
        self._emails[account.email.lower()] = account
        self.nodes[account.node_id] = account
        return account

    def account(self, login: str) -> Account | None:
        """Find an account."""
        return self.accounts.get(login.lower())

    def somebody(self, login: str) -> Account:
        """Find an account, or make a user of that name."""
        return self.account(login) or self.add_account(login, "User")

    def account_of_email(self, email: str) -> Account | None:
        """Whose commits carry this address."""
        return self._emails.get(email.lower())

    def web_flow(self) -> Person:
        """GitHub itself, which commits and signs what is made through its pages and its API."""
        if WEB_FLOW not in self.accounts:
            self._emails["noreply@github.com"] = self.add_account(WEB_FLOW, "User")
        return person("GitHub", "noreply@github.com", self.now())

    def signature(self, login: str) -> Person:
        """Somebody as author of a commit made now."""
        account = self.somebody(login)
        return person(account.login, account.email, self.now())

    def add_app(self, app: App) -> None:
        """Keep an app."""
        self.apps[app.id] = app
        self._apps_by_bot[app.bot.login.lower()] = app

    def app_by_slug(self, slug: str) -> App | None:
        """The app of this slug."""
        return self.app_of(f"{slug}[bot]")

    def app_of(self, login: str | None) -> App | None:
        """The app behind a bot's login."""
        return self._apps_by_bot.get(login.lower()) if login else None

    def add_repository(self, repository: Repository) -> None:
        """Keep a repository and its name; a former holder's redirect from that name ends."""
        self.repositories[repository.id] = repository
        self.nodes[repository.node_id] = repository
        self._names[repository.full_name.lower()] = repository.id
        self._former.pop(repository.full_name.lower(), None)

    def rename(self, repository: Repository, owner: Account, name: str) -> None:
        """Move a repository to another name; the old one redirects.

        Raises:
            ValueError: The name is taken.
        """
        if f"{owner.login}/{name}".lower() in self._names:
            raise ValueError(f"the repository {owner.login}/{name} exists")
        old = repository.full_name.lower()
        del self._names[old]
        self._former[old] = repository.id
        repository.owner, repository.name = owner, name
        self.add_repository(repository)

    def forget(self, repository: Repository) -> None:
        """Delete a repository; neither it nor its former names are found again."""
        repository.deleted = True
        del self._names[repository.full_name.lower()]
        del self.repositories[repository.id]
        del self.nodes[repository.node_id]
        self._former = {name: number for name, number in self._former.items() if number != repository.id}

    def repository(self, full_name: str) -> Repository | None:
        """The repository of this present name."""
        number = self._names.get(full_name.lower())
        return self.repositories[number] if number else None

    def moved(self, full_name: str) -> Repository | None:
        """The repository that once had this name."""
        number = self._former.get(full_name.lower())
        return self.repositories[number] if number else None

    def role(self, login: str, repository: Repository) -> Role | None:
        """What somebody may do in a repository by being who they are; None is no more than the public may."""
        owner = repository.owner
        login = login.lower()
        if login == owner.login.lower() or login in owner.owners:
            return "admin"
        named = repository.collaborators.get(login)
        return named or ("read" if login in owner.members else None)
