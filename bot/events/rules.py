"""Which events matter, and what each of them names; the routes are gidgethub's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gidgethub.routing import Router
from gidgethub.sansio import Event

from bot.events.listener import Comment
from bot.events.payload import Account, Commit, MalformedPayloadError, Payload, Repository
from bot.events.payload import Comment as Written
from bot.site import CONFIG_PATH

if TYPE_CHECKING:
    from bot.events.listener import Listener

PROPOSAL_BRANCHES = "status-bot/"
BRANCHES = "refs/heads/"
MOST_COMMITS = 2048
MOST_FILES = 3000
"""GitHub lists at most so many commits of a push, and so many files of a commit."""

router = Router()
EVENTS: set[str] = set()
"""The names of the events that have a rule; the body of any other is never parsed."""
ANY = ""
_ACTIONS: set[tuple[str, str]] = set()
"""The events that have a rule, each with the actions for which it has one, or with any."""


def is_of_interest(event_name: str, action: str | None) -> bool:
    """Whether there is a rule for such an event; its body may still name nothing that matters."""
    return not _ACTIONS.isdisjoint({(event_name, ANY), (event_name, action or ANY)})


class Delivery(Event):
    """An event on its way through the rules; one of them may find it of interest."""

    data: Payload
    of_interest = False

    @property
    def reason(self) -> str:
        """The event and its action, for people: ``release published``."""
        return f"{self.event} {self.data.action}".rstrip()

    @property
    def repository(self) -> Repository:
        """The repository it happened in."""
        if self.data.repository is None:
            raise MalformedPayloadError(f"the body of this {self.event} event names no repository")
        return self.data.repository


Rule = Callable[[Delivery, "Listener"], bool]


def on(event_name: str, *actions: str) -> Callable[[Rule], Rule]:
    """Apply a rule to these actions of an event, or to the event as a whole if it has none.

    The rule tells the listener what the delivery names, and returns whether that was anything.
    """

    def register(rule: Rule) -> Rule:
        async def callback(delivery: Delivery, listener: Listener) -> None:
            delivery.of_interest |= rule(delivery, listener)

        EVENTS.add(event_name)
        _ACTIONS.update((event_name, action) for action in actions or (ANY,))
        if not actions:
            router.add(callback, event_name)
        for action in actions:
            router.add(callback, event_name, action=action)
        return rule

    return register


@on("release", "created", "published", "released", "prereleased", "edited", "unpublished", "deleted")
@on("milestone", "created", "edited", "opened", "closed", "deleted")
@on("issues", "milestoned", "demilestoned")
@on("pull_request", "milestoned", "demilestoned")
def facts_changed(delivery: Delivery, listener: Listener) -> bool:
    """A release, a milestone, or what counts towards one."""
    repository = delivery.repository
    listener.repository_changed(repository.full_name, repository.id, delivery.reason)
    return True


@on("issues", "opened", "closed", "reopened", "deleted", "transferred")
@on("pull_request", "opened", "closed", "reopened")
def counted_towards_a_milestone(delivery: Delivery, listener: Listener) -> bool:
    """Only what belongs to a milestone moves its counts."""
    counted = delivery.data.pull_request if delivery.event == "pull_request" else delivery.data.issue
    if counted is None:
        raise MalformedPayloadError(f"the body of this {delivery.event} event is not about any")
    return counted.milestone is not None and facts_changed(delivery, listener)


@on("pull_request", "opened", "closed", "reopened", "synchronize", "edited")
def proposal_touched(delivery: Delivery, listener: Listener) -> bool:
    """Somebody else did something to a proposal.

    A bot that acts on its own pull request is this one: its deeds need not wake it, except that a
    merge, which it may have asked for, changes what stands on the site.
    """
    pull = delivery.data.pull_request
    if pull is None:
        raise MalformedPayloadError("the body of this pull_request event is not about any")
    if not pull.head.ref.startswith(PROPOSAL_BRANCHES):
        return False
    sender = delivery.data.sender
    own = sender is not None and sender.type == "Bot" and pull.user is not None and pull.user.id == sender.id
    if own and not pull.merged:
        return False
    repository = delivery.repository
    listener.site_touched(repository.full_name, repository.id, None, BRANCHES + pull.head.ref)
    return True


@on("pull_request", "opened", "synchronize", "reopened", "edited")
def pull_to_check(delivery: Delivery, listener: Listener) -> bool:
    """What a pull request would bring may be another thing now. Whether that matters is found out later."""
    pull, changes = delivery.data.pull_request, delivery.data.changes
    if pull is None:
        raise MalformedPayloadError("the body of this pull_request event is not about any")
    if delivery.data.action == "edited" and (changes is None or changes.base is None):
        return False
    listener.pull_touched(delivery.repository.id, pull.number)
    return True


@on("check_suite", "requested", "rerequested")
@on("check_run", "rerequested")
def checks_asked(delivery: Delivery, listener: Listener) -> bool:
    """Somebody pressed a button, or pushed: GitHub asks every app then, and names the pull requests.

    Of those that come from forks it names none, but then it asks only where there was a check before.
    """
    asked = delivery.data.check_suite if delivery.event == "check_suite" else delivery.data.check_run
    if asked is None:
        raise MalformedPayloadError(f"the body of this {delivery.event} event is not about any")
    numbers = frozenset(pull.number for pull in asked.pull_requests)
    repository = delivery.repository
    if delivery.data.action == "requested":
        for number in sorted(numbers):
            listener.pull_touched(repository.id, number)
        return bool(numbers)
    listener.checks_asked(repository.id, numbers, asked.head_sha)
    return True


@on("push")
def branch_moved(delivery: Delivery, listener: Listener) -> bool:
    """A push to a branch. A deleted branch matters only where a proposal stood on it.

    What a bot does to a branch of proposals is this one's work, or shows on the pull request.
    """
    push = delivery.data
    if not push.ref.startswith(BRANCHES):
        return False
    of_proposal = push.ref.startswith(BRANCHES + PROPOSAL_BRANCHES)
    by_bot = push.sender is not None and push.sender.type == "Bot"
    if (of_proposal and by_bot) or (push.deleted and not of_proposal):
        return False
    repository = delivery.repository
    listener.site_touched(repository.full_name, repository.id, paths_of(push), push.ref)
    return True


def paths_of(push: Payload) -> frozenset[str] | None:
    """The files that a push touched; ``None`` where its commits do not tell."""
    told = 0 < len(push.commits) < MOST_COMMITS and not (push.created or push.deleted or push.forced)
    paths: set[str] = set()
    for commit in push.commits if told else ():
        files = files_of(commit)
        if files is None:
            return None
        paths.update(files)
    return frozenset(paths) if told else None


def files_of(commit: Commit) -> tuple[str, ...] | None:
    """The files of one commit; ``None`` where the list is not there or not whole."""
    if commit.added is None or commit.modified is None or commit.removed is None:
        return None
    files = commit.added + commit.modified + commit.removed
    return files if len(files) < MOST_FILES else None


@on("repository", "created", "archived", "unarchived", "privatized", "publicized", "edited")
def repository_settings_changed(delivery: Delivery, listener: Listener) -> bool:
    """What may be read or written may differ now, or the branch that a site is built from does.

    A site that was archived was forgotten, so that its configuration counts as new.
    """
    if delivery.data.action == "edited" and (
        delivery.data.changes is None or delivery.data.changes.default_branch is None
    ):
        return False
    repository = delivery.repository
    paths = frozenset({CONFIG_PATH}) if delivery.data.action == "unarchived" else None
    listener.repository_changed(repository.full_name, repository.id, delivery.reason)
    listener.site_touched(repository.full_name, repository.id, paths, BRANCHES + repository.default_branch)
    return True


@on("repository", "privatized")
def repository_hidden(delivery: Delivery, listener: Listener) -> bool:
    """It must not be seen any more, even while it cannot be looked at."""
    listener.repository_hidden(delivery.repository.id)
    return True


@on("repository", "renamed", "transferred")
def repository_renamed(delivery: Delivery, listener: Listener) -> bool:
    """The old name is made of what changed and of what did not."""
    repository, changes = delivery.repository, delivery.data.changes
    owner, _, name = repository.full_name.partition("/")
    if changes is not None and changes.repository is not None:
        name = changes.repository.name.from_ or name
    if changes is not None and changes.owner is not None:
        old_owner = changes.owner.from_.organization or changes.owner.from_.user
        owner = (old_owner and old_owner.login) or owner
    listener.repository_renamed(f"{owner}/{name}", repository.full_name, repository.id)
    return True


@on("repository", "deleted")
def repository_gone(delivery: Delivery, listener: Listener) -> bool:
    """There is nothing left to read."""
    listener.repository_gone(delivery.repository.full_name, delivery.repository.id)
    return True


@on("installation", "created", "deleted", "suspend", "unsuspend", "new_permissions_accepted")
@on("installation_repositories", "added", "removed")
def installation_changed(delivery: Delivery, listener: Listener) -> bool:
    """The app reaches more or less than before."""
    installation = delivery.data.installation
    if installation is None:
        raise MalformedPayloadError(f"the body of this {delivery.event} event names no installation")
    listener.installation_changed(installation.id, delivery.data.action)
    return True


@on("issue_comment", "created")
def comment_posted(delivery: Delivery, listener: Listener) -> bool:
    """Whether it is a command is for others to tell."""
    repository, payload = delivery.repository, delivery.data
    if payload.issue is None or payload.comment is None:
        raise MalformedPayloadError("the body of this issue_comment event lacks the issue or the comment")
    author = payload.comment.user
    listener.comment_posted(
        Comment(
            full_name=repository.full_name,
            repository_id=repository.id,
            issue_number=payload.issue.number,
            comment_id=payload.comment.id,
            comment_node_id=payload.comment.node_id,
            body=payload.comment.body or "",
            author_login=author.login if author else "",
            author_type=author_type(payload.comment),
            installation_id=payload.installation.id if payload.installation else None,
            url=payload.comment.html_url,
            on_pull_request=payload.issue.pull_request is not None,
        )
    )
    return True


def author_type(comment: Written) -> str:
    """GitHub's type of a comment's author; what an app says in a person's name is a bot's as well."""
    author = comment.user or Account()
    by_app = author.login.endswith("[bot]") or comment.performed_via_github_app is not None
    return "Bot" if by_app else author.type
