"""The log of what was written to GitHub: one line for each request that changed something there."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

log = structlog.get_logger(__name__)

WORDS = {
    "POST /git/commits": "commit made",
    "POST /git/refs": "branch created",
    "PATCH /git/refs": "branch moved forward",
    "DELETE /git/refs": "branch deleted",
    "POST /merge-upstream": "fork brought up to date",
    "POST /pulls": "pull request opened",
    "PATCH /pulls/{number}": "pull request edited",
    "POST /pulls/{number}/requested_reviewers": "review asked for",
    "POST /issues": "issue opened",
    "PATCH /issues/{number}": "issue edited",
    "POST /issues/{number}/labels": "labels added",
    "POST /issues/{number}/comments": "comment posted",
    "PATCH /issues/comments/{id}": "comment edited",
    "DELETE /issues/comments/{id}": "comment deleted",
    "POST /issues/comments/{comment_id}/reactions": "reaction added",
    "POST /check-runs": "check run made",
    "PATCH /check-runs/{check_run_id}": "check run added to",
}
UNSEEN = ("POST /git/trees",)
"""What nobody can see before something else is written."""
NAMED_REFS = "/git/refs/heads/"
NAMED = {"number": "number", "comment_id": "comment", "id": "comment", "check_run_id": "check_run"}
SENT = {
    **{name: name for name in ("ref", "title", "state", "labels", "reviewers", "team_reviewers")},
    "sha": "commit",
    "content": "reaction",
    "conclusion": "conclusion",
    "head_sha": "commit",
}
ANSWERED = {"number": "number", "html_url": "url"}
"""Fields of the path, of the request and of the answer that say which thing it was, each with the log's
name for it."""


def tell(
    repository: str, method: str, path: str, sent: object, answer: object, named: Mapping[str, str]
) -> None:
    """Tell of one request to a repository that went well.

    Args:
        repository: Its ``owner/name``.
        method: The request's.
        path: What follows the repository's address, before the numbers are put in.
        sent: Its body.
        answer: What GitHub answered.
        named: The numbers in the path.
    """
    _, is_branch, branch = path.partition(NAMED_REFS)
    call = f"{method} {NAMED_REFS.rpartition('/heads')[0] if is_branch else path}"
    numbers = {name: int(value) for name, value in named.items() if value.isdecimal()}
    details = {**_some(NAMED, numbers), **_some(SENT, sent), **_some(ANSWERED, answer)}
    if is_branch:
        details["ref"] = f"refs/heads/{branch}"
    if path == "/git/commits":
        details = _some({"sha": "commit"}, answer)
    if call in UNSEEN:
        log.debug("written", call=call, repository=repository)
    elif call in WORDS:
        log.info(WORDS[call], repository=repository, **details)
    else:
        log.info("written", call=call, repository=repository, **details)


def _some(names: Mapping[str, str], body: object) -> dict[str, object]:
    """Some fields under the log's names, never a whole text; what is empty is left out."""
    if not isinstance(body, Mapping):
        return {}
    return {called: body[name] for name, called in names.items() if body.get(name)}
