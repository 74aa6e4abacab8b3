"""What the single values of `.github/status-bot.yml` may be; each fault is one sentence."""

from __future__ import annotations

import difflib
import re
import unicodedata
from itertools import permutations
from typing import TYPE_CHECKING, Literal, get_args, get_origin

from bot.markdown import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MAX_LABELS = 100
MAX_LABEL_LENGTH = 50
MAX_HEADER_LENGTH = 500
MAX_BRANCH_LENGTH = 200

_LOGIN = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9_])?"
REPOSITORY = re.compile(rf"{_LOGIN}/(?!\.\.?$)[A-Za-z0-9._-]{{1,100}}")
REVIEWER = re.compile(rf"{_LOGIN}(?:/[A-Za-z0-9_-]{{1,200}})?")
NOT_IN_A_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|^[/.-]|[/.]$|^@$")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
OWN_BRANCHES = "status-bot/"
REFS = "refs/heads/"
MAX_PATH_LENGTH = 500
_PATH_RULES = tuple(
    (re.compile(pattern, re.IGNORECASE), what)
    for pattern, what in (
        (r"\\", "must be written with `/` between its parts"),
        (
            r"^[/~]|^[a-z][a-z0-9+.-]*:",
            "must be a path from the top of the repository, as in `data/status.yaml`",
        ),
        (r"(?:^|/)\.\.(?:/|$)", "must not leave the repository: write it without `..` parts"),
        (
            r"^$|^\s|\s$|[\x00-\x1f\x7f-\x9f\u2028\u2029]|^.{501}",
            "is no usable path: write one like `data/status.yaml`",
        ),
        (r"(?:^|/)\.?(?:/|$)", "must be written without empty and `.` parts"),
        (r"[ .]/|/ |:", "has a part that Windows reads as another: write one like `data/status.yaml`"),
        (
            # The names with a tilde are those that Windows makes of the others.
            r"(?:^|/)(?:\.git|git~\d+)/|^(?:\.github|github~\d+)/(?:workflows|workfl~\d+|actions)/",
            "lies where the bot may not write: choose a folder such as `data`",
        ),
        (r"(?<!\.yaml)(?<!\.yml)$", "must end in `.yaml` or `.yml`"),
    )
)


def quoted(value: object) -> str:
    """The value as code, short and printable enough for a sentence."""
    return f"`{visible(str(value), 60).replace('`', ' ')}`" if value else "an empty text"


def choice(given: str, known: Sequence[str]) -> str:
    """The end of a sentence about an unknown word: the one that was meant, or all there are."""
    near = difflib.get_close_matches(given[:100].lower(), known, n=1)
    return f"; did you mean `{near[0]}`?" if near else f": write one of {', '.join(map(quoted, known))}"


def key_fault(key: str, known: Sequence[str], sections: Mapping[str, str]) -> str:
    """Why this key cannot stand here; ``sections`` says which keys belong under which."""
    if key in sections:
        return f"{quoted(key)} belongs under `{sections[key]}`"
    return f"{quoted(key)} is no key here{choice(key, known)}"


def type_fault(key: str, written: str | None, wanted: object) -> str:
    """Why a value of this type cannot stand at this key; ``wanted`` is the type that can.

    ``written`` is the scalar as the file has it, ``None`` for a list or keys.
    """
    if get_origin(wanted) is tuple:
        return f"`{key}` must be a list, as in `{key}: [{visible(written or '…', 60)}]`"
    if written is None:
        return f"`{key}` must be one value here, no list and no keys"
    if get_origin(wanted) is Literal:
        return f"{quoted(written)} is no value of `{key}`{choice(written, get_args(wanted))}"
    if wanted is bool:
        return f"`{key}` must be true or false, not {quoted(written)}"
    return f'`{key}` must be text: write it in quotes, `"{visible(written, 60)}"`'


def size_fault(key: str, size: int) -> str | None:
    """Why a list cannot be as long as this."""
    return f"`{key}` has more than {MAX_LABELS} entries" if size > MAX_LABELS else None


def value_fault(key: str, value: str) -> str | None:
    """Why this text cannot stand at this key, or ``None``."""
    return _RULES[key](value) if key in _RULES else None


def paths_fault(source: str, output: str, config: str) -> str | None:
    """Why these two paths, each good by itself, cannot go together."""
    if _folded(output) == _folded(source):
        return f"`source` and `output` must be two files: both are {quoted(source)}"
    if _folded(config) in {_folded(source), _folded(output)}:
        return f"{quoted(config)} is this file itself: `source` and `output` must be others"
    for file, inside in permutations((source, output, config), 2):
        if _folded(inside).startswith(f"{_folded(file)}/"):
            return f"{quoted(inside)} would lie inside the file {quoted(file)}: choose another path"
    return None


def obstacle_fault(path: str, kind: str) -> str:
    """Why nothing can be written where something else lies already."""
    return (
        f"{quoted(path)} is {kind} on the base branch, and the bot replaces none by a file of its own: "
        "remove it there, or name another path"
    )


def _path_fault(path: str) -> str | None:
    """Why no file should be read or written there, however the path may be read on some machine."""
    for pattern, what in _PATH_RULES:
        if pattern.search(path) or pattern.search(_folded(path)):
            return f"{quoted(path)} {what}"
    return None if path.isprintable() else f"{quoted(path)} has characters that nobody can see: remove them"


def _folded(path: str) -> str:
    """What a path becomes where upper case, ways to write a letter and invisible characters do not matter.

    macOS and Windows check files out so; git refuses such spellings of ``.git`` for that reason. See
    https://git-scm.com/docs/git-config#Documentation/git-config.txt-coreprotectHFS.
    """
    seen = "".join(sign for sign in path if unicodedata.category(sign) != "Cf")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())


def _branch_fault(name: str) -> str | None:
    if name.startswith(REFS):
        return f"{quoted(name)} must be written without `refs/heads/`"
    if name.startswith(OWN_BRANCHES):
        return f"{quoted(name)} is the bot's own branch: write the one that the site is built from"
    if not name or len(name) > MAX_BRANCH_LENGTH or NOT_IN_A_BRANCH.search(name):
        return f"{quoted(name)} is no name that a branch can have"
    return None


def _fork_fault(name: str) -> str | None:
    if REPOSITORY.fullmatch(name):
        return None
    return f"{quoted(name)} is no repository: write it as `OWNER/REPO`"


def _header_fault(header: str) -> str | None:
    if len(header) > MAX_HEADER_LENGTH or CONTROL.search(header):
        return f"`header` must be one line of at most {MAX_HEADER_LENGTH} characters"
    return None


def _label_fault(label: str) -> str | None:
    if not label.strip():
        return "a label must not be empty"
    if len(label) > MAX_LABEL_LENGTH:
        return f"the label {quoted(label)} has more than {MAX_LABEL_LENGTH} characters"
    return (
        f"the label {quoted(label)} has a character that no label can have" if CONTROL.search(label) else None
    )


def _reviewer_fault(reviewer: str) -> str | None:
    if reviewer.startswith("@"):
        return f"{quoted(reviewer)} must be written without the `@`"
    if not REVIEWER.fullmatch(reviewer):
        return f"{quoted(reviewer)} is no reviewer: write a user, or a team as `org/team`"
    return None


_RULES: dict[str, Callable[[str], str | None]] = {
    "source": _path_fault,
    "output": _path_fault,
    "base": _branch_fault,
    "fork": _fork_fault,
    "header": _header_fault,
    "labels": _label_fault,
    "reviewers": _reviewer_fault,
}
