"""What is read of a delivery's body: the few fields that name something, checked as they are parsed."""

from __future__ import annotations

from typing import Annotated

import msgspec

Id = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class MalformedPayloadError(Exception):
    """A body that is no JSON, or lacks what GitHub documents for its event."""


class Part(msgspec.Struct, gc=False, frozen=True):
    """Some object of a payload; where nothing is read of it, it only tells that it is there."""


class Installation(Part, frozen=True):
    """The app on one account."""

    id: Id


class Account(Part, frozen=True):
    """A user, an organisation or a bot; ``type`` tells which."""

    id: Id | None = None
    login: str = ""
    type: str = ""


class Repository(Part, frozen=True):
    """The repository that the event happened in."""

    id: Id
    full_name: str
    default_branch: str = ""
    private: bool | None = None


class Branch(Part, frozen=True):
    """One side of a pull request; ``ref`` is the branch's short name."""

    ref: str = ""


class Issue(Part, frozen=True):
    """An issue; or a pull request where ``pull_request`` is there."""

    number: Id
    milestone: Part | None = None
    pull_request: Part | None = None


class PullNumber(Part, frozen=True):
    """A pull request, of which nothing but the number matters."""

    number: Id


class CheckSuite(Part, frozen=True):
    """The app's own checks of a commit; of pull requests from forks GitHub names none."""

    head_sha: str = ""
    pull_requests: tuple[PullNumber, ...] = ()


class PullRequest(Part, frozen=True):
    """A pull request; ``user`` opened it and may be gone."""

    number: Id = 0
    milestone: Part | None = None
    head: Branch = Branch()
    user: Account | None = None
    merged: bool | None = None


class Comment(Part, frozen=True):
    """A comment; ``user`` may be gone."""

    id: Id
    node_id: str = ""
    body: str | None = None
    html_url: str = ""
    user: Account | None = None
    performed_via_github_app: Part | None = None


class Commit(Part, frozen=True):
    """One commit of a push, with the files that it touched."""

    added: tuple[str, ...] | None = None
    modified: tuple[str, ...] | None = None
    removed: tuple[str, ...] | None = None


class OldText(Part, frozen=True):
    """What a text was before."""

    from_: str = msgspec.field(name="from", default="")


class OldName(Part, frozen=True):
    """What a repository was called before."""

    name: OldText = OldText()


class OldOwners(Part, frozen=True):
    """Who owned a repository before: one of the two."""

    user: Account | None = None
    organization: Account | None = None


class OldOwner(Part, frozen=True):
    """A transfer."""

    from_: OldOwners = msgspec.field(name="from", default=OldOwners())


class Changes(Part, frozen=True):
    """What an edit, a renaming or a transfer changed; ``base`` is there where a pull request got another."""

    repository: OldName | None = None
    owner: OldOwner | None = None
    default_branch: Part | None = None
    base: Part | None = None


class Payload(Part, frozen=True):
    """The few fields that are read of any delivery; everything else is skipped, not parsed."""

    action: str = ""
    repository: Repository | None = None
    installation: Installation | None = None
    sender: Account | None = None
    issue: Issue | None = None
    pull_request: PullRequest | None = None
    comment: Comment | None = None
    check_suite: CheckSuite | None = None
    check_run: CheckSuite | None = None
    changes: Changes | None = None
    ref: str = ""
    created: bool = False
    deleted: bool = False
    forced: bool = False
    commits: tuple[Commit, ...] = ()

    def __contains__(self, name: str) -> bool:
        return name in self.__struct_fields__

    def __getitem__(self, name: str) -> object:
        """A field by its name: gidgethub's router looks at an event's data as at a mapping."""
        return getattr(self, name)


_decoder = msgspec.json.Decoder(Payload)


def decode(body: bytes) -> Payload:
    """Read a delivery's body.

    Raises:
        MalformedPayloadError: if it is no JSON object, nests too deeply, or a field has another type.
    """
    try:
        return _decoder.decode(body)
    except (ValueError, RecursionError) as error:
        raise MalformedPayloadError(f"the body is not the JSON that it should be: {error}") from error
