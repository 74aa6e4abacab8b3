"""What the source says: the ladder of columns, the SIGs that climb it, and what names a column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from bot.status.versions import Piece, Version, plain_numbers, read_title, words_of


@dataclass(frozen=True)
class Column:
    """One step of the ladder. ``match`` holds whole titles that name it for every SIG."""

    label: str
    match: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sig:
    """One healthy row of the source.

    ``repository`` is ``owner/name`` as the row's URL spells it; ``index`` counts the rows of the
    file from 0 (faulty ones included); ``line`` is where the row begins, from 1. ``match`` maps
    a column's label to the whole titles that name it for this SIG alone.
    """

    label: str
    repository: str
    index: int = 0
    line: int = 0
    component: str | None = None
    prereleases: bool = False
    match: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hold: str | None = None


@dataclass(frozen=True)
class _Step:
    """A column as titles are compared with it: either numbers or words.

    A stage stands ``above`` the numbers of the version column before it and reaches ``up_to`` those
    of the one after it; ``None`` where there is none.
    """

    column: Column
    numbers: tuple[int, ...] | None
    words: tuple[str, ...]
    above: tuple[int, ...] | None
    up_to: tuple[int, ...] | None

    def takes(self, version: Version) -> bool:
        """Whether a version may stand beside this stage's word."""
        return (self.above is None or _compared(self.above) < version.numbers) and (
            self.up_to is None or version.numbers <= _compared(self.up_to)
        )


_NO_COMPONENTS = frozenset(
    {
        *("alpha", "beta", "final", "ga", "milestone", "preview", "rc", "rel", "release", "stable"),
        *("ver", "version"),
    }
)
"""Words that say what a version is: ``Release-0.4.0`` is not shaped like another component's tag."""


def column_of(title: str, sig: Sig, columns: Sequence[Column], component: str | None = None) -> Column | None:
    """The column that a milestone's title names for this SIG, or ``None``.

    ``component`` is the one whose releases count for the SIG, where the row does not say. A title
    that names two columns names neither. Never raises on any text.
    """
    for listed in _whole_titles(title, sig, columns):
        if listed:
            return listed[0] if len(listed) == 1 else None
    steps = _steps(tuple(columns))
    own = "" if component is None else component
    named = {step.column for step in _named(steps, read_title(title), sig.component or own)}
    return named.pop() if len(named) == 1 else None


def why_unmatched(title: str, sig: Sig, columns: Sequence[Column]) -> str:
    """Why a title that names no column for this SIG does not: the rest of a sentence that begins with it."""
    if any(len(listed) > 1 for listed in _whole_titles(title, sig, columns)):
        return "is listed for more than one column"
    pieces = read_title(title)
    named = {step.column.label for step in _named(_steps(tuple(columns)), pieces, None)}
    if len(named) > 1:
        labels = [column.label for column in columns if column.label in named]
        return f"names more than one column: {' and '.join(labels)}"
    if named:
        return f"names {named.pop()} for another component"
    if any(piece.tags for piece in pieces):
        return "has a version that no column has"
    return "has neither a version nor the name of a column"


def last_proven(version: Version, columns: Sequence[Column], *, final: bool) -> int:
    """The index of the last column that a release of this version proves, or -1.

    A final release proves every version column up to its own, a pre-release those below, and every
    column before its stage's.
    """
    proven = -1
    for index, step in enumerate(_steps(tuple(columns))):
        if step.numbers is not None:
            numbers = _compared(step.numbers)
            if numbers < version.numbers or (final and numbers == version.numbers):
                proven = index
        elif not final and _holds(version.words, step.words) and step.takes(version):
            proven = max(proven, index - 1)
    return proven


def _whole_titles(title: str, sig: Sig, columns: Sequence[Column]) -> Iterator[list[Column]]:
    """The columns that list the whole title: for this SIG, for every SIG, or as their label."""
    same = _folded(title)
    ours = {_folded(label) for label, titles in sig.match.items() if same in map(_folded, titles)}
    yield [column for column in columns if _folded(column.label) in ours]
    yield [column for column in columns if same in map(_folded, column.match)]
    yield [column for column in columns if same == _folded(column.label)]


def _named(steps: Sequence[_Step], pieces: Sequence[Piece], component: str | None) -> Iterator[_Step]:
    """Every column that one of the title's versions names, or its words where it has no version.

    Without a ``component`` the versions of any of them count.
    """
    loose = _stages(steps, tuple(word for piece in pieces if not piece.tags for word in piece.words))
    versions = [(tag, piece) for piece in pieces for tag in piece.tags]
    if not versions:
        yield from loose
    for tag, piece in versions:
        if component is None or _is_own(tag.component, component, steps):
            stages = {*loose, *_stages(steps, piece.words), *_stages(steps, tag.version.words)}
            beside = [step for step in stages if step.takes(tag.version)]
            yield from beside or _version_columns(steps, tag.version)


def _is_own(component: str, wanted: str, steps: Sequence[_Step]) -> bool:
    """Whether a title's component is the wanted one, by its name or at the end of a module's path."""
    found, own = component.casefold(), wanted.casefold()
    host, _, path = found.partition("/")
    if not found or found == own or ("." in host and own and f"/{path}".endswith(f"/{own}")):
        return True
    words = words_of(component)
    return words[0] in _NO_COMPONENTS if len(words) == 1 else any(step.words == words for step in steps)


def _stages(steps: Sequence[_Step], text: tuple[str, ...]) -> list[_Step]:
    """The stage columns whose words stand alone in the text."""
    return [step for step in steps if _holds(text, step.words)]


def _version_columns(steps: Sequence[_Step], version: Version) -> list[_Step]:
    """The columns whose numbers the version starts with; the longest win."""
    found = [step for step in steps if step.numbers is not None and version.starts_with(step.numbers)]
    longest = max((len(step.numbers or ()) for step in found), default=0)
    return [step for step in found if len(step.numbers or ()) == longest]


def _holds(text: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether the words stand in the text, one after the other. No words stand nowhere."""
    return bool(words) and f" {' '.join(words)} " in f" {' '.join(text)} "


@lru_cache(maxsize=64)
def _steps(columns: tuple[Column, ...]) -> tuple[_Step, ...]:
    numbers = [plain_numbers(column.label.strip()) for column in columns]
    return tuple(
        _Step(
            column=column,
            numbers=numbers[index],
            words=words_of(column.label) if numbers[index] is None else (),
            above=next((known for known in reversed(numbers[:index]) if known is not None), None),
            up_to=next((known for known in numbers[index + 1 :] if known is not None), None),
        )
        for index, column in enumerate(columns)
    )


def _compared(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """The form in which ``Version.numbers`` compare: without trailing zeros."""
    while numbers and numbers[-1] == 0:
        numbers = numbers[:-1]
    return numbers


def _folded(title: str) -> str:
    return " ".join(title.split()).casefold()
