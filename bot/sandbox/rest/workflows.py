"""The permission that an app needs, beside that for contents, to bring new workflows into a repository."""

from __future__ import annotations

from bot.sandbox.errors import unprocessable
from bot.sandbox.rest.routing import Call

_FOLDER = ".github/workflows/"


def check_workflows(call: Call, sha: str) -> None:
    """Refuse to set a branch to a commit with a workflow that stands so on no branch of the repository.

    The rule is that of the scope ``workflow`` in
    https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps.

    Raises:
        ApiError: 422, in the words with which a push is refused.
    """
    repository = call.repository
    store = repository.store
    if call.identity.kind != "installation" or store.kind(sha) != "commit" or call.may("workflows", "write"):
        return
    known = {
        (path, entry.sha)
        for name, tip in repository.refs.items()
        if name.startswith("heads/")
        for path, entry in store.files(store.commit(tip).tree).items()
        if path.startswith(_FOLDER)
    }
    for path, entry in store.files(store.commit(sha).tree).items():
        if path.startswith(_FOLDER) and (path, entry.sha) not in known:
            raise unprocessable(
                f"refusing to allow a GitHub App to create or update workflow `{path}` without `workflows` "
                "permission"
            )
