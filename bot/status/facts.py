"""What GitHub says of a repository at one moment; its JSON form is the facts file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from json import JSONDecodeError, JSONDecoder
from typing import Annotated, Literal

import msgspec

from bot.status.faults import Fault, FileFaultError

Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""A number as wide as GitHub's own (GraphQL's ``Int``), and never negative."""


class Milestone(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A milestone; ``open`` and ``closed`` count its issues and pull requests."""

    title: str
    state: Literal["open", "closed"]
    open: Count
    closed: Count
    number: Count | None = None
    url: str | None = None


class Release(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A release; ``latest`` is GitHub's own mark, ``published_at`` is ISO 8601."""

    tag: str
    name: str | None = None
    draft: bool = False
    prerelease: bool = False
    latest: bool = False
    published_at: str | None = None
    url: str | None = None
    body: str | None = None


class RepositoryFacts(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """Milestones and releases in any order, or the ``error`` that kept them from being read.

    ``full_name`` is the name the repository answers to now, where it differs from the one asked.
    """

    milestones: tuple[Milestone, ...] = ()
    releases: tuple[Release, ...] = ()
    error: str | None = None
    full_name: str | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of every repository of a source, by ``owner/name``."""

    repositories: dict[str, RepositoryFacts]

    def get(self, repository: str) -> RepositoryFacts | None:
        """The facts of one repository; GitHub's names know no upper and lower case."""
        known = self.repositories.get(repository)
        if known is not None:
            return known
        wanted = repository.casefold()
        return next((facts for name, facts in self.repositories.items() if name.casefold() == wanted), None)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    repositories: dict[str, object]


_Path = tuple[str | int, ...]

_REPOSITORY = re.compile(r"[^/\s]+/[^/\s]+")
_STEP = re.compile(r"\.(\w+)|\[([0-9]+)\]")
_SHAPES: dict[str | int, type[msgspec.Struct]] = {"milestones": Milestone, "releases": Release}
_PLAIN_WORDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a fraction",
    "int": "a whole number",
    "null": "null",
    "object": "an object",
    "str": "a text",
}


def load_facts(text: bytes | str, path: str) -> Facts:
    """Read a facts file, whoever wrote it; a null stands for a key that was left out.

    Raises ``FileFaultError``, with one fault for every repository that is not as it should be.
    """
    content = _decoded(text, path)
    try:
        return _read(content, path)
    except RecursionError:
        raise FileFaultError(Fault(path, 0, "this is nested too deeply for a facts file")) from None


def dump_facts(facts: Facts) -> bytes:
    """The facts as a file, easy to read and the same for the same facts; ``load_facts`` gives them back."""
    return msgspec.json.format(msgspec.json.encode(facts, order="deterministic"), indent=2) + b"\n"


def _decoded(text: bytes | str, path: str) -> str:
    try:
        content = text.decode() if isinstance(text, bytes) else text.encode().decode()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise FileFaultError(Fault(path, line, "this is not UTF-8: save the file as UTF-8")) from None
    except UnicodeEncodeError as error:
        line = error.object.count("\n", 0, error.start) + 1
        raise FileFaultError(Fault(path, line, "half of a surrogate pair stands here: remove it")) from None
    return content.removeprefix("\ufeff")


def _read(content: str, path: str) -> Facts:
    try:
        document: object = msgspec.json.decode(content)
    except msgspec.DecodeError:
        raise FileFaultError(_syntax_fault(content, path)) from None
    try:
        file = msgspec.convert(document, _File)
    except msgspec.ValidationError as error:
        raise FileFaultError(_shape_fault(content, path, (), str(error))) from None
    faults, repositories = [], {}
    for name, value in file.repositories.items():
        at: _Path = ("repositories", name)
        if not _REPOSITORY.fullmatch(name):
            faults.append(
                Fault(path, _line_of(content, at), f'write "owner/name" instead of {_quoted(name)}')
            )
            continue
        try:
            repositories[name] = msgspec.convert(_without_nulls(value), RepositoryFacts)
        except msgspec.ValidationError as error:
            faults.append(_shape_fault(content, path, at, str(error)))
    if faults:
        raise FileFaultError(*faults)
    return Facts(repositories=repositories)


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value]
    return value


def _syntax_fault(content: str, path: str) -> Fault:
    try:
        JSONDecoder().decode(content)
    except JSONDecodeError as error:
        return Fault(path, error.lineno, f"this is not JSON: {error.msg} (column {error.colno})")
    except ValueError:  # Python reads no whole number of more than 4,300 digits
        pass
    return Fault(path, 0, "a number is too big or none at all (NaN), or half of a surrogate pair stands here")


def _shape_fault(content: str, path: str, base: _Path, message: str) -> Fault:
    """Say in people's words what msgspec says in Python's, and where."""
    what, _, where = message.partition(" - at `$")
    at = (*base, *(name or int(index) for name, index in _STEP.findall(where)))
    field = what.partition("`")[2].rpartition("`")[0]
    if what.startswith("Object contains unknown field"):
        return Fault(path, _line_of(content, (*at, field)), f"{_spelled(at)} {_unknown(field, at)}")
    line = _line_of(content, at)
    if what.startswith("Object missing required field"):
        return Fault(path, line, f"{_spelled(at)} lacks the key {_quoted(field)}")
    if what.startswith("Invalid enum value"):
        return Fault(path, line, f'{_spelled(at)} must be "open" or "closed"')
    expected, *got = (_plain(names) for names in re.findall(r"`([^`]+)`", what))
    bounds = what.rpartition("`")[2]
    return Fault(
        path, line, f"{_spelled(at)} must be {expected}{bounds}" + "".join(f", not {one}" for one in got)
    )


def _unknown(field: str, at: _Path) -> str:
    shape = next(
        (_SHAPES[step] for step in reversed(at) if step in _SHAPES), RepositoryFacts if at else Facts
    )
    near = get_close_matches(field, shape.__struct_fields__, n=1)
    hint = (
        f"did you mean {_quoted(near[0])}?"
        if near
        else f"the known keys are {', '.join(shape.__struct_fields__)}"
    )
    return f"has the unknown key {_quoted(field)}: {hint}"


def _plain(names: str) -> str:
    return " or ".join(_PLAIN_WORDS.get(name, name) for name in names.split(" | "))


def _spelled(at: _Path) -> str:
    steps = [f"[{step}]" if isinstance(step, int) else f".{_named(step)}" for step in at]
    return "".join(steps).removeprefix(".") or "the file"


def _named(step: str) -> str:
    return step if step.isidentifier() else _quoted(step)


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _line_of(content: str, at: _Path) -> int:
    """The line on which the value at a path begins, or the innermost one around it that is there."""
    position = _after_blanks(content, 0)
    for step in at:
        found = [start for key, start in _members(content, position) if key == step]
        if not found:
            break
        position = found[-1]
    return content.count("\n", 0, position) + 1


def _members(content: str, position: int) -> Iterator[tuple[str | int, int]]:
    """The keys or indexes of an object or list, each with where its value begins; valid JSON only."""
    decoder, index, keyed = JSONDecoder(), 0, content[position] == "{"
    if content[position] not in "{[":
        return
    position = _after_blanks(content, position + 1)
    while content[position] not in "}]":
        key: str | int = index
        if keyed:
            key, position = decoder.raw_decode(content, position)
            position = _after_blanks(content, _after_blanks(content, position) + 1)
        yield key, position
        position = _after_blanks(content, decoder.raw_decode(content, position)[1])
        if content[position] == ",":
            position = _after_blanks(content, position + 1)
        index += 1


def _after_blanks(content: str, position: int) -> int:
    while content[position] in " \t\r\n":
        position += 1
    return position
