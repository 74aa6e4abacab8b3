"""Refs and branches."""

from __future__ import annotations

from bot.sandbox.actions import refs as actions
from bot.sandbox.errors import not_found, unprocessable
from bot.sandbox.rest.routing import Call, Reply, Routes
from bot.sandbox.rest.workflows import check_workflows
from bot.sandbox.shapes import git as shapes

routes = Routes()


@routes.add("GET", "/repos/{owner}/{repo}/git/ref/{ref*}", "contents=read", docs="git/refs#get-a-reference")
def get_ref(call: Call) -> Reply:
    """One ref, by its whole name."""
    name = call.params["ref"]
    sha = call.repository.refs.get(name)
    if sha is None:
        raise not_found()
    return Reply(200, shapes.git_ref(call.state, call.repository, name, sha))


@routes.add(
    "GET",
    "/repos/{owner}/{repo}/git/matching-refs/{ref*}",
    "contents=read",
    docs="git/refs#list-matching-references",
)
def list_matching(call: Call) -> Reply:
    """The refs whose names start so."""
    start = call.params["ref"]
    found = sorted((name, sha) for name, sha in call.repository.refs.items() if name.startswith(start))
    return call.page(found, lambda ref: shapes.git_ref(call.state, call.repository, *ref))


@routes.add("POST", "/repos/{owner}/{repo}/git/refs", "contents=write", docs="git/refs#create-a-reference")
def create_ref(call: Call) -> Reply:
    """Make a branch or a tag."""
    ref, sha = call.body.text("ref"), call.body.text("sha")
    if not ref.startswith("refs/") or ref.count("/") < 2:  # noqa: PLR2004 - refs/heads/name
        raise unprocessable("Reference name must start with 'refs/'")
    name = ref.removeprefix("refs/")
    check_workflows(call, sha)
    actions.create(call.state, call.repository, name, sha, call.login)
    body = shapes.git_ref(call.state, call.repository, name, sha)
    return Reply(201, body, {"Location": body["url"]})


@routes.add(
    "PATCH", "/repos/{owner}/{repo}/git/refs/{ref*}", "contents=write", docs="git/refs#update-a-reference"
)
def update_ref(call: Call) -> Reply:
    """Move a ref forward, or with ``force`` anywhere."""
    name, sha = call.params["ref"], call.body.text("sha")
    force = call.body.flag("force")
    check_workflows(call, sha)
    actions.update(call.state, call.repository, name, sha, call.login, force=force)
    return Reply(200, shapes.git_ref(call.state, call.repository, name, sha))


@routes.add(
    "DELETE", "/repos/{owner}/{repo}/git/refs/{ref*}", "contents=write", docs="git/refs#delete-a-reference"
)
def delete_ref(call: Call) -> Reply:
    """Delete a ref."""
    actions.delete(call.state, call.repository, call.params["ref"], call.login)
    return Reply(204)


@routes.add("GET", "/repos/{owner}/{repo}/branches", "contents=read", docs="branches/branches#list-branches")
def list_branches(call: Call) -> Reply:
    """All branches, by name."""
    heads = sorted(
        (name.removeprefix("heads/"), sha)
        for name, sha in call.repository.refs.items()
        if name.startswith("heads/")
    )
    if "protected" in call.query:
        wanted = call.query["protected"] == "true"
        heads = [head for head in heads if (head[0] in call.repository.protections) == wanted]
    return call.page(heads, lambda head: shapes.short_branch(call.state, call.repository, *head))


@routes.add(
    "GET", "/repos/{owner}/{repo}/branches/{branch*}", "contents=read", docs="branches/branches#get-a-branch"
)
def get_branch(call: Call) -> Reply:
    """One branch; its name may hold slashes."""
    name = call.params["branch"]
    sha = call.repository.tip(name)
    if sha is None:
        raise not_found("Branch not found")
    return Reply(200, shapes.branch(call.state, call.repository, name, sha))
