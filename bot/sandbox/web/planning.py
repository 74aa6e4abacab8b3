"""Pages of milestones and releases."""

from __future__ import annotations

from bot.sandbox.records import Release, Repository
from bot.sandbox.rest.routing import Reply
from bot.sandbox.state import State
from bot.sandbox.web.links import markdown
from bot.sandbox.web.rendering import show


def milestones(_: State, repository: Repository, __: dict[str, str]) -> Reply:
    """All milestones, the open ones first."""
    found = sorted(repository.milestones.values(), key=lambda one: (one.state != "open", one.number))
    return show("milestones.html", repository=repository, tab="Milestones", milestones=found)


def milestone(_: State, repository: Repository, args: dict[str, str]) -> Reply:
    """One milestone and what is in it."""
    found = repository.milestones[int(args["number"])]
    items = sorted(found.items.values(), key=lambda item: (item.state != "open", -item.number))
    return show("milestone.html", repository=repository, tab="Milestones", milestone=found, items=items)


def releases(state: State, repository: Repository, _: dict[str, str]) -> Reply:
    """All releases, newest first."""
    found = [one for one in repository.releases.values() if not one.draft]
    found.sort(key=lambda one: (one.created_at, one.id), reverse=True)
    return _shown(state, repository, found, "Releases")


def release(state: State, repository: Repository, args: dict[str, str]) -> Reply:
    """One release."""
    for one in repository.releases.values():
        if one.tag == args["tag"] and not one.draft:
            return _shown(state, repository, [one], one.name or one.tag)
    raise KeyError(args["tag"])


def _shown(state: State, repository: Repository, found: list[Release], title: str) -> Reply:
    noted = [(one, markdown(state, repository, one.body)) for one in found]
    return show("releases.html", repository=repository, tab="Releases", releases=noted, title=title)
