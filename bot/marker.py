"""Hidden markers: what the bot must remember of a pull request, an issue or a comment, written in it.

A marker is an HTML comment, ``<!-- status-bot {json} -->``. People edit the texts around it, and
GitHub's editor rewrites line ends; what cannot be read as a marker is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

import msgspec

BODY_LIMIT = 65_536
"""How many characters GitHub takes as a body, whatever these characters are."""
HANDS_OFF_MARKER = "<!-- status-bot hands off -->"

_Digest = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Za-z:._-]{0,128}\Z")]
_Commit = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{0,64}\Z")]

# No angle bracket is ever written into a marker, so that one look at each character is enough.
_MARKER = re.compile(r"<!--\s*status-bot\s*(\{[^<>]*\})\s*-->")
_ANSWER = re.compile(r"<!--\s*status-bot answer (\d{1,20}) ([0-9a-z+-]{1,20})\s*-->")
_FAULTS = re.compile(r"<!--\s*status-bot faults ([0-9A-Za-z]{1,128})\s*-->")


@dataclass(frozen=True)
class Marker:
    """What a proposal's body says to the bot.

    ``digest`` is that of the output proposed, ``commit`` the sha that the bot wrote last, and
    ``remarks`` the digest of what the body says beside its changes. ``withdrawn`` tells that the
    bot closed the proposal itself, so that nobody has declined it. ``pending`` tells that when it was
    written, labels, reviewers or auto-merge were still to be granted.
    """

    digest: _Digest
    commit: _Commit
    withdrawn: bool = False
    remarks: _Digest = ""
    pending: bool = False


def write_marker(marker: Marker) -> str:
    """The marker as an HTML comment. Raises ``ValueError`` for one that could not be read again."""
    written = f"<!-- status-bot {msgspec.json.encode(marker).decode()} -->"
    if read_marker(written) != marker:
        raise ValueError(f"no marker can hold {marker}")
    return written


def read_marker(body: str | None) -> Marker | None:
    """The last marker of a body that can be read."""
    for found in reversed(_MARKER.findall(body or "")):
        try:
            return msgspec.json.decode(found, type=Marker)
        except msgspec.DecodeError:
            continue
    return None


def with_marker(body: str, marker: Marker) -> str:
    """The body with this marker at its end, cut where GitHub would not take both."""
    ending = f"\n\n{write_marker(marker)}"
    return body.rstrip()[: BODY_LIMIT - len(ending)].rstrip() + ending


def without_marker(body: str | None) -> str:
    """The body without any marker."""
    return _MARKER.sub("", body or "").rstrip()


def write_faults_marker(digest: str) -> str:
    """The hidden sign that these faults (by their ``faults_digest``) are reported here."""
    return f"<!-- status-bot faults {digest} -->"


def read_faults_digest(body: str | None) -> str | None:
    """Which faults an issue or comment reports last, or ``None`` where it is no report."""
    found = _FAULTS.findall(body or "")
    return found[-1] if found else None


def answer_marker(comment_id: int, reaction: str) -> str:
    """The hidden sign that a comment of this id is answered here, and deserves this reaction."""
    return f"<!-- status-bot answer {comment_id} {reaction} -->"


def read_answer(body: str | None, comment_id: int) -> str | None:
    """The reaction that the comment of this id deserves, or ``None`` where it is not answered here."""
    found = [reaction for answered, reaction in _ANSWER.findall(body or "") if answered == str(comment_id)]
    return found[-1] if found else None
