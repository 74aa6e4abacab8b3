"""Apps, their installations and the tokens that act for somebody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.sandbox.identifiers import node_id
from bot.sandbox.records import Account, Repository

LEVELS = {"read": 1, "write": 2, "admin": 3}


@dataclass(slots=True, eq=False)
class App:
    """A GitHub App; setting ``webhook_url`` sends a ping, as the settings page does."""

    id: int
    slug: str
    name: str
    owner: Account
    bot: Account
    client_id: str
    hook_id: int
    private_key: str
    permissions: dict[str, str]
    events: list[str]
    webhook_secret: str
    created_at: datetime
    url: str | None = None
    on_url: Callable[[App], None] | None = None
    description: str = ""
    homepage: str = ""
    setup_url: str = ""
    public: bool = True
    """Whether other accounts than its owner's may install it."""

    @property
    def node_id(self) -> str:
        """The global node id."""
        return node_id("A", self.id)

    @property
    def webhook_url(self) -> str | None:
        """Where the webhooks go."""
        return self.url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self.url = url
        if url and self.on_url:
            self.on_url(self)

    @property
    def public_key(self) -> str:
        """The half of the key that GitHub keeps."""
        return _public(self.private_key)


@dataclass(slots=True, eq=False)
class Installation:
    """An app in an account; ``selected`` is None where it may see all of the account's repositories."""

    id: int
    app: App
    account: Account
    permissions: dict[str, str]
    events: list[str]
    created_at: datetime
    updated_at: datetime
    selected: set[int] | None = None
    suspended_at: datetime | None = None
    suspended_by: str | None = None
    deleted: bool = False

    def covers(self, repository: Repository) -> bool:
        """Whether the repository belongs to the installation."""
        mine = repository.owner is self.account and not repository.deleted
        return mine and (self.selected is None or repository.id in self.selected)


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was handed out; ``repositories`` is None where all of the installation's are meant."""

    text: str
    account: Account
    installation: Installation | None = None
    permissions: Mapping[str, str] = field(default_factory=dict)
    repositories: frozenset[int] | None = None
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None


@lru_cache(maxsize=64)
def private_key(index: int) -> str:
    """The key of the n-th app, PEM. Made once a process: making one takes a tenth of a second."""
    del index  # only tells the keys of several apps apart
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()


@lru_cache(maxsize=64)
def _public(pem: str) -> str:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
