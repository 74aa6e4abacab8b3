"""Which row people mean when they write the name of a SIG, as they write it. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from bot.status.urls import repository_of

if TYPE_CHECKING:
    from bot.status.rows import Row

LONGEST_NAME = 200
"""What is longer is no name: nobody's row is looked for in it."""
MOST_GUESSES = 3
MOST_WORDS = 8
"""Of a name that begins a longer text."""

_BEFORE_A_SEPARATOR = re.compile(r"(?=[-_.])")
_SIGNS = str.maketrans({"+": "p", "#": "sharp"})
_DOT = re.compile(r"\.(?=\w)")


@dataclass(frozen=True)
class Found:
    """The rows that a name may mean: one where it is clear, and none where ``near`` are guesses."""

    rows: tuple[Row, ...]
    near: tuple[Row, ...] = ()

    @property
    def row(self) -> Row | None:
        """The row that is meant, where there is no doubt."""
        return self.rows[0] if len(self.rows) == 1 else None


@dataclass(frozen=True)
class Begun:
    """What a text begins with: a ``name``, the rows that it may mean, and the ``rest`` behind it."""

    found: Found
    name: str
    rest: str


def find_row(text: str, rows: Sequence[Row]) -> Found:
    """The rows that a person may mean by a text: those that it fits best.

    What is written exactly as on the page beats what is nearly so, a label beats the repository's
    name, and a whole name beats a part of it. Case, blanks, dashes and punctuation do not matter
    in the end, nor does the prefix that repositories share: ``js``, ``JavaScript``,
    ``opentelemetry-js`` and ``open-telemetry/opentelemetry-js`` may all be one row.
    """
    return _find(" ".join(text.split()), _names_of(rows))


def find_row_first(text: str, rows: Sequence[Row]) -> Begun:
    """The rows that a person may mean by the first words of a text; the most words that fit count."""
    words, names = text.split(), _names_of(rows)
    begun = [
        Begun(_find(name, names), name, " ".join(words[count:]))
        for count in range(1, min(len(words), MOST_WORDS) + 1)
        if (name := " ".join(words[:count]))
    ]
    fitting = [each for each in begun if each.found.rows]
    near = [each for each in begun if each.found.near]
    return (*reversed(fitting), *near, *begun, Begun(Found(()), "", ""))[0]


def _find(wanted: str, names: Sequence[_Names]) -> Found:
    if not wanted or len(wanted) > LONGEST_NAME:
        return Found(())
    for fits in (_is_label, _is_name, _is_like_label, _is_like_name, _is_like_part):
        found = tuple(each.row for each in names if fits(each, wanted))
        if found:
            return Found(found)
    return Found((), _guesses(wanted, names))


def rows_of_repository(full_name: str, names: Sequence[str | None], rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows of a repository; ``names`` are those that the rows' repositories answer to now."""
    wanted = full_name.casefold()
    return tuple(
        row
        for row, now in zip(rows, names, strict=True)
        if wanted in ((row.repository or "").casefold(), (now or "").casefold())
    )


class _Names:
    """Every name of one row, from the one on the page down to parts of its repository's."""

    def __init__(self, row: Row, prefixes: frozenset[str]) -> None:
        self.row = row
        full_name = row.repository or ""
        owner, _, name = full_name.partition("/")
        component = row.component or ""
        whole = [full_name, name]
        parts = list(_without_prefixes(name, prefixes))
        if _only_fold(name).startswith(_only_fold(owner)):
            parts.append(_only_fold(name).removeprefix(_only_fold(owner)))
        if component:
            # ``repository component`` tells rows of one repository apart, the repository alone does not.
            both = [f"{each}/{component}" for each in (*whole, *parts)]
            whole += both[:2]
            parts += [*both[2:], component]
        self.label = row.label or ""
        self.whole = tuple(filter(None, whole))
        self.parts = tuple(filter(None, parts))


def _names_of(rows: Sequence[Row]) -> list[_Names]:
    prefixes = _shared_prefixes(rows)
    return [_Names(row, prefixes) for row in rows]


def _is_label(names: _Names, wanted: str) -> bool:
    return names.label == wanted


def _is_name(names: _Names, wanted: str) -> bool:
    return wanted.casefold() in {each.casefold() for each in (names.label, *names.whole)}


def _is_like_label(names: _Names, wanted: str) -> bool:
    return not _folds(names.label).isdisjoint(_folds(wanted))


def _is_like_name(names: _Names, wanted: str) -> bool:
    return any(not _folds(each).isdisjoint(_folds(_bare(wanted))) for each in names.whole)


def _is_like_part(names: _Names, wanted: str) -> bool:
    return any(not _folds(each).isdisjoint(_folds(wanted)) for each in names.parts)


def _guesses(wanted: str, names: Sequence[_Names]) -> tuple[Row, ...]:
    known: dict[str, Row] = {}
    for each in names:
        for name in (each.label, *each.whole, *each.parts):
            known.setdefault(_only_fold(name), each.row)
    close = get_close_matches(_only_fold(wanted), filter(None, known), n=2 * MOST_GUESSES)
    rows = {known[name].index: known[name] for name in close}
    return tuple(rows.values())[:MOST_GUESSES]


def _shared_prefixes(rows: Sequence[Row]) -> frozenset[str]:
    """What several repositories' names begin with, up to a separator: ``opentelemetry-``."""
    begun: dict[str, set[str]] = {}
    for row in rows:
        name = (row.repository or "").partition("/")[2].casefold()
        for prefix in _prefixes(name):
            begun.setdefault(prefix, set()).add(name)
    return frozenset(prefix for prefix, names in begun.items() if len(names) > 1)


def _without_prefixes(name: str, prefixes: frozenset[str]) -> Iterator[str]:
    for prefix in _prefixes(name.casefold()):
        if prefix in prefixes:
            yield name[len(prefix) + 1 :]


def _prefixes(name: str) -> Iterator[str]:
    parts = _BEFORE_A_SEPARATOR.split(name)
    for count in range(1, len(parts)):
        yield "".join(parts[:count])


def _bare(wanted: str) -> str:
    """The repository of an address, else the text as it is."""
    try:
        return repository_of(wanted, None)
    except ValueError:
        return wanted


def _folds(text: str) -> frozenset[str]:
    """The letters and digits of a text, once with a dot before a word spelled (``dotnet``) and once without.

    ``+`` and ``#`` are never dropped: C, C++ and C# are three languages.
    """
    return frozenset({_only_fold(text), _only_fold(_DOT.sub("dot", text))}) - {""}


def _only_fold(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_SIGNS)
    return "".join(letter for letter in plain if letter.isalnum())
