"""Releases."""

from __future__ import annotations

from bot.sandbox.actions import releases as actions
from bot.sandbox.errors import not_found
from bot.sandbox.records import Release
from bot.sandbox.rest.routing import Call, Reply, Routes
from bot.sandbox.shapes.releases import release as shape

routes = Routes()
_RELEASES = "/repos/{owner}/{repo}/releases"
_ONE = f"{_RELEASES}/{{release_id}}"


def _visible(call: Call) -> list[Release]:
    """Newest first, as GitHub orders them; drafts only for who may push."""
    drafts = call.can_push()
    found = [one for one in call.repository.releases.values() if drafts or not one.draft]
    return sorted(found, key=lambda one: (one.draft, one.created_at, one.id), reverse=True)


@routes.add("GET", _RELEASES, "contents=read", docs="releases/releases#list-releases")
def list_releases(call: Call) -> Reply:
    """All releases."""
    return call.page(_visible(call), lambda one: shape(call.state, one))


@routes.add("GET", f"{_RELEASES}/latest", "contents=read", docs="releases/releases#get-the-latest-release")
def get_latest(call: Call) -> Reply:
    """The one that is marked as the latest."""
    if call.repository.latest_release is None:
        raise not_found()
    return Reply(200, shape(call.state, call.repository.latest_release))


@routes.add(
    "GET", f"{_RELEASES}/tags/{{tag*}}", "contents=read", docs="releases/releases#get-a-release-by-tag-name"
)
def get_by_tag(call: Call) -> Reply:
    """The published release of a tag."""
    for one in call.repository.releases.values():
        if one.tag == call.params["tag"] and not one.draft:
            return Reply(200, shape(call.state, one))
    raise not_found()


def _find(call: Call) -> Release:
    number = call.number("release_id")
    for one in _visible(call):
        if one.id == number:
            return one
    raise not_found()


@routes.add("GET", _ONE, "contents=read", docs="releases/releases#get-a-release")
def get_release(call: Call) -> Reply:
    """One release."""
    return Reply(200, shape(call.state, _find(call)))


_WISHES = {"true": True, "false": False, "legacy": None}


@routes.add("POST", _RELEASES, "contents=write", docs="releases/releases#create-a-release")
def create_release(call: Call) -> Reply:
    """Make a release, or a draft of one."""
    body = call.body
    made = actions.create(
        call.state,
        call.repository,
        actions.NewRelease(
            tag=body.text("tag_name"),
            name=body.maybe("name"),
            body=body.maybe("body"),
            draft=body.flag("draft"),
            prerelease=body.flag("prerelease"),
            target=body.maybe("target_commitish"),
            latest=_WISHES[body.choice("make_latest", *_WISHES) or "true"],
        ),
        call.login,
    )
    shown = shape(call.state, made)
    return Reply(201, shown, {"Location": shown["url"]})


@routes.add("PATCH", _ONE, "contents=write", docs="releases/releases#update-a-release")
def update_release(call: Call) -> Reply:
    """Change a release; ``draft: false`` publishes it."""
    found, body = _find(call), call.body
    wish = _WISHES[body.choice("make_latest", *_WISHES) or "legacy"]
    draft = body.maybe_flag("draft")
    actions.edit(
        call.state,
        found,
        actions.ReleaseChanges(
            tag=body.maybe("tag_name"),
            name=body.maybe("name"),
            body=body.maybe("body"),
            prerelease=body.maybe_flag("prerelease"),
            latest=wish,
        ),
        call.login,
    )
    if draft is False:
        actions.publish(call.state, found, call.login, latest=wish)
    elif draft:
        actions.unpublish(call.state, found, call.login)
    return Reply(200, shape(call.state, found))


@routes.add("DELETE", _ONE, "contents=write", docs="releases/releases#delete-a-release")
def delete_release(call: Call) -> Reply:
    """Delete a release; the tag stays."""
    actions.delete(call.state, _find(call), call.login)
    return Reply(204)
