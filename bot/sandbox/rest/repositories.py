"""Repositories, forks and who may do what."""

from __future__ import annotations

from bot.sandbox.actions import merging
from bot.sandbox.actions import repositories as actions
from bot.sandbox.auth import can_see, role
from bot.sandbox.errors import forbidden, not_found
from bot.sandbox.records import Repository
from bot.sandbox.rest.routing import Call, Reply, Routes
from bot.sandbox.rest.workflows import check_workflows
from bot.sandbox.shapes.accounts import account_shape
from bot.sandbox.shapes.repositories import full, minimal, permissions

routes = Routes()
_SHOWN = {"admin": "admin", "maintain": "write", "write": "write", "triage": "read", "read": "read"}


@routes.add("GET", "/repos/{owner}/{repo}", "metadata=read", docs="repos/repos#get-a-repository")
def get_repository(call: Call) -> Reply:
    """One repository."""
    return Reply(200, full(call.state, call.repository, role(call.state, call.identity, call.repository)))


@routes.add("PATCH", "/repos/{owner}/{repo}", "administration=write", docs="repos/repos#update-a-repository")
def update_repository(call: Call) -> Reply:
    """Rename it, hide it, archive it and the like."""
    repository, body, by = call.repository, call.body, call.login
    private = body.maybe_flag("private")
    if branch := body.maybe("default_branch"):
        actions.set_default_branch(call.state, repository, branch, by)
    if "description" in body:
        repository.description = body.maybe("description")
    repository.has_issues = body.flag("has_issues", otherwise=repository.has_issues)
    repository.allow_auto_merge = body.flag("allow_auto_merge", otherwise=repository.allow_auto_merge)
    repository.delete_branch_on_merge = body.flag(
        "delete_branch_on_merge", otherwise=repository.delete_branch_on_merge
    )
    if private is not None:
        actions.set_private(call.state, repository, by, private=private)
    if "archived" in body:
        actions.set_archived(call.state, repository, by, archived=body.flag("archived"))
    name = body.maybe("name")
    if name and name != repository.name:
        actions.rename(call.state, repository, name, by)
    return Reply(200, full(call.state, repository, role(call.state, call.identity, repository)))


@routes.add("GET", "/orgs/{org}/repos", docs="repos/repos#list-organization-repositories")
def list_of_organization(call: Call) -> Reply:
    """An organization's repositories, as far as the asker sees them."""
    return call.page(_owned(call, "org"), lambda one: minimal(call.state, one))


@routes.add("GET", "/users/{username}/repos", docs="repos/repos#list-repositories-for-a-user")
def list_of_user(call: Call) -> Reply:
    """A user's repositories, as far as the asker sees them."""
    return call.page(_owned(call, "username"), lambda one: minimal(call.state, one))


def _owned(call: Call, name: str) -> list[Repository]:
    account = call.state.account(call.params[name])
    if account is None:
        raise not_found()
    mine = [one for one in call.state.repositories.values() if one.owner is account]
    return sorted((one for one in mine if can_see(call.state, call.identity, one)), key=lambda one: one.id)


@routes.add("GET", "/repos/{owner}/{repo}/forks", "metadata=read", docs="repos/forks#list-forks")
def list_forks(call: Call) -> Reply:
    """A repository's forks."""
    forks = [one for one in call.repository.forks if not one.deleted]
    return call.page(forks, lambda one: minimal(call.state, one))


@routes.add(
    "POST",
    "/repos/{owner}/{repo}/merge-upstream",
    "contents=write",
    docs="branches/branches#sync-a-fork-branch-with-the-upstream-repository",
)
def merge_upstream(call: Call) -> Reply:
    """Bring a fork's branch up to date."""
    branch = call.body.text("branch")
    parent = call.repository.parent
    check_workflows(call, (parent.tip(branch) if parent else None) or "")
    how = merging.merge_upstream(call.state, call.repository, branch, call.login)
    label = f"{parent.owner.login}:{branch}" if parent else branch
    message = (
        "This branch is not behind the upstream."
        if how == "none"
        else f"Successfully fetched and {how} from upstream {label}."
    )
    return Reply(200, {"message": message, "merge_type": how, "base_branch": label})


@routes.add(
    "GET",
    "/repos/{owner}/{repo}/collaborators/{username}/permission",
    "metadata=read",
    docs="collaborators/collaborators#get-repository-permissions-for-a-user",
)
def get_permission(call: Call) -> Reply:
    """What somebody may do here. ``permission`` knows four words only, ``role_name`` all."""
    if call.identity.kind == "installation":
        if not call.may("metadata", "read"):
            raise forbidden()
    elif not call.can_push():
        raise forbidden("Must have push access to view collaborator permission.")
    account = call.state.account(call.params["username"])
    if account is None:
        raise not_found(f"{call.params['username']} is not a user")
    mine = call.state.role(account.login, call.repository)
    held = mine or (None if call.repository.private else "read")
    flags = permissions(held) if held else dict.fromkeys(permissions("read"), False)
    body = {
        "permission": _SHOWN[held] if held else "none",
        "user": {**account_shape(call.state, account), "permissions": flags, "role_name": held or "none"},
        "role_name": held or "none",
    }
    return Reply(200, body)
