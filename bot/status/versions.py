"""Reads versions and words out of release tags and milestone titles.

PEP 440 spellings are read by ``packaging``. What it refuses (``1.0.0-rc9.14``, ``2.0.0-M1``,
``1.2.3-nightly.5``) is read by the rules of SemVer 2.0.0, sections 9 to 11, with Maven's words for a
final version and its like (``Final``, ``CR1``, ``SP1``). Nothing in here raises on any text, and the
time taken grows no faster than the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from packaging.version import InvalidVersion
from packaging.version import Version as Pep440

Identifier = tuple[int, int, str]
OrderKey = tuple[tuple[int, ...], int, tuple[Identifier, ...], int, tuple[int, int], tuple[Identifier, ...]]

_LONGEST = 256
"""Longer texts are no tags: file systems end a ref's last name at 255 bytes."""

_VERSION = re.compile(r"(?:[vV][._-]?)?([0-9]+(?:\.[0-9]+)+)([0-9A-Za-z._+-]*)")
_PLAIN = re.compile(r"[vV]?[0-9]+(?:\.[0-9]+)+")
_RANGE = re.compile(rf"{_PLAIN.pattern}(?:[-/~+]{_PLAIN.pattern})+")
_SEMVER_SUFFIX = re.compile(
    r"(?:(?:alpha|beta|rc|[abc])[0-9]+|final|ga)?(?:[-._]+[0-9a-z]+)*(?:\+[0-9a-z]+(?:[-._]+[0-9a-z]+)*)?"
)
_ANY_OF_THEM = re.compile(r"(?:\.[xX])+$")
# "1.0.0-rcv0012" is the twelfth release candidate.
_GLUED_V = re.compile(r"(alpha|beta|rc)v(?=[0-9])", re.IGNORECASE)
# Maven takes "cr" for another spelling of "rc".
_CANDIDATE = re.compile(r"(?<![a-z])cr(?![a-z])")
# A service pack comes after the final version (Maven); a dot, "v" and a date make a final build (Eclipse).
_AFTER_FINAL = re.compile(r"[._-]sp[._-]?[0-9]+|\.v20[0-9]{6,10}")
_SEPARATORS = "-/@_="
_SEPARATOR = re.compile(r"(?:==|[-/@_])(?=[vV]?[._-]?[0-9])")
_RUN = re.compile(r"[a-z]+|[0-9]+")
_LETTERS = re.compile(r"[a-z]+")

# Signs that make something else of a number stay with it: "$1.50", "0.1%" and ">=1.0" are no versions.
# An accent may be a character of its own, behind its letter.
_ACCENT = "\u0300-\u036f"
_PIECE = re.compile(rf"[\w{_ACCENT}./@=+$€£¥%<>≤≥~^-]+")
_LETTER = rf"(?:[^\W\d_]|[{_ACCENT}])"
_WORD = re.compile(rf"(?:(?<!{_LETTER})(?:non|post|pre)-)?{_LETTER}+|[0-9]+(?:\.[0-9]+)*")
_IN_FULL = re.compile(
    r"(?<![^\W_])(?:(release)[\s_-]++candidate|general[\s_-]++availability)(?![^\W_])", re.IGNORECASE
)
_BEFORE_OR_AFTER = re.compile(r"(?<![\w./@=+-])(non|post|pre)\s++(?=[^\W_])", re.IGNORECASE)
_MODULE = re.compile(
    r"(?<![\w./@=+-])((?:@[\w-]++|[\w-]++(?:\.[\w-]++)++)(?:/[\w.-]++)++)\s++(?=[vV]?[._-]?[0-9]+\.[0-9])"
)
_DATE = re.compile(r"(?:0?[1-9]|[12][0-9]|3[01])\.(?:0?[1-9]|1[0-2])\.(?:19|20)[0-9]{2}")

_SPELLED_OUT = {"a": "alpha", "b": "beta", "c": "rc"}
_FINAL_WORDS = frozenset({"final", "ga", "lts", "release", "stable"})

_NIGHTLY = ("nightly", "nightlies")
_NIGHTLY_STEMS = (*_NIGHTLY, "snapshot")
_NIGHTLY_WORDS = frozenset({"canary", "daily", "dev", "weekly"})
_BRANCH_WORDS = frozenset(
    {
        *("ci", "devel", "develop", "dirty", "edge", "git", "head", "insiders", "latest"),
        *("main", "master", "tip", "trunk"),
    }
)
_DAY_STAMP = re.compile(
    r"(?<![0-9])20[0-9]{2}[-._]?(?:0[1-9]|1[0-2])[-._]?(?:0[1-9]|[12][0-9]|3[01])(?:[0-9]{2}){0,3}(?![0-9])"
)
_COMMIT = re.compile(r"(?<![0-9a-z])g?(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{7,40}(?![0-9a-z])")


@dataclass(frozen=True, order=True)
class Version:
    """A version that was read; compares by precedence, whatever its spelling.

    The order is PEP 440's, with other pre-release words among ``alpha``, ``beta`` and ``rc`` by the
    alphabet (SemVer 2.0.0, section 11). ``numbers`` are without trailing zeros, so ``1.0`` is
    ``1.0.0``. ``words`` are those of the pre-release, in lower case and spelled out (``0.5b0`` has
    ``beta`` and ``0``).
    """

    key: OrderKey = field(repr=False)
    text: str = field(compare=False)
    numbers: tuple[int, ...] = field(compare=False)
    words: tuple[str, ...] = field(compare=False, default=())
    prerelease: bool = field(compare=False, default=False)
    nightly: bool = field(compare=False, default=False)
    """A nightly, snapshot or other build of a branch, a day or a commit; never a release."""

    def starts_with(self, numbers: tuple[int, ...]) -> bool:
        """Whether these are its first numbers; missing ones are zeros (``1.0`` starts with ``1.0.0``)."""
        own = self.numbers + (0,) * (len(numbers) - len(self.numbers))
        return own[: len(numbers)] == numbers


@dataclass(frozen=True)
class Tag:
    """A tag of the shape ``[component separator] [v] version``; the bare one's component is ``""``."""

    component: str
    version: Version

    @property
    def nightly(self) -> bool:
        """A nightly by its version (``v1.2.3-nightly.5``) or by its component (``nightly/v1.2.3``)."""
        if self.version.nightly:
            return True
        words = _LETTERS.findall(self.component.lower())
        return any(word.startswith(_NIGHTLY) for word in words) or (
            len(words) == 1 and (words[0] in _NIGHTLY_WORDS or words[0].startswith("snapshot"))
        )


@dataclass(frozen=True)
class Piece:
    """A stretch of a title without blanks or brackets: its words, and the tags it consists of."""

    words: tuple[str, ...]
    tags: tuple[Tag, ...] = ()


def read_version(text: str) -> Version | None:
    """Read a version that fills the whole text: digits with at least one dot, with or without ``v``."""
    match = _VERSION.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None or _ANY_OF_THEM.fullmatch(match[2]):
        return None
    suffix = _CANDIDATE.sub("rc", _GLUED_V.sub(r"\1", match[2]).lower())
    try:
        pep440 = Pep440(match[1] + suffix)
    except InvalidVersion:
        return _read_semver(text, match[1], suffix) if _SEMVER_SUFFIX.fullmatch(suffix) else None
    return _read_pep440(text, match[1], suffix, pep440)


def plain_numbers(text: str) -> tuple[int, ...] | None:
    """The numbers of a version that consists of nothing else (``v0.4``: 0 and 4), else ``None``."""
    if len(text) > _LONGEST or not _PLAIN.fullmatch(text):
        return None
    return tuple(map(int, text.lstrip("vV").split(".")))


def read_tag(text: str) -> Tag | None:
    """Read a release tag; ``None`` where it carries no version (``stable``, ``v1``)."""
    text = text.strip()
    if len(text) > _LONGEST or len(text.split()) != 1:
        return None
    version = read_version(text)
    if version is not None:
        return Tag("", version)
    for separator in _SEPARATOR.finditer(text, max(text.rfind("/"), 0)):
        component = text[: separator.start()].rstrip(_SEPARATORS)
        version = read_version(text[separator.end() :])
        if version is not None and any(map(str.isalpha, component)):
            return Tag(component, version)
    return None


def read_title(title: str) -> tuple[Piece, ...]:
    """Take a milestone's title to pieces.

    A package's full name and the version behind it are one piece, as in a tag
    (``go.opentelemetry.io/collector/pdata 1.0``).
    """
    joined = _MODULE.sub(r"\1/", _spelled_alike(title))
    found = (piece.strip("-._/") for piece in _PIECE.findall(joined))
    return tuple(Piece(_words(piece), _tags_of(piece)) for piece in found if piece)


def words_of(text: str) -> tuple[str, ...]:
    """The words and numbers that stand alone in a text, in lower case.

    A digit ends a word (``RC1`` holds ``rc``); pre-, post- or non- makes another word of it
    (neither ``post-beta`` nor ``post beta`` holds ``beta``). What ``rc`` and ``ga`` stand for is read
    as these.
    """
    return _words(_spelled_alike(text))


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))


def _spelled_alike(text: str) -> str:
    """The text with ``rc`` and ``ga`` for what they stand for, and a hyphen behind pre, post and non."""
    short = _IN_FULL.sub(lambda match: "rc" if match[1] else "ga", text)
    return _BEFORE_OR_AFTER.sub(r"\1-", short)


def _tags_of(piece: str) -> tuple[Tag, ...]:
    """The versions of one piece of a title, with their components; those of ``v0.3/v0.4`` are two."""
    if len(piece) > _LONGEST or _DATE.fullmatch(piece):
        return ()
    piece = _ANY_OF_THEM.sub("", piece)
    parts = _PLAIN.findall(piece) if _RANGE.fullmatch(piece) else piece.split("/")
    versions = list(map(read_version, parts))
    tag = read_tag(piece) if None in versions else None
    if tag is not None:
        return (tag,)
    return tuple(Tag("", version) for version in versions if version is not None)


def _read_pep440(text: str, digits: str, suffix: str, pep440: Pep440) -> Version:
    words: tuple[str, ...] = ()
    if pep440.pre is not None:
        first, *others = words_of(suffix.partition("+")[0])
        # PEP 440 takes "preview" for another spelling of "rc"; people do not.
        words = (_SPELLED_OUT.get(first, first), *others)
    numbers = _numbers(digits)
    pre: tuple[Identifier, ...] = () if pep440.pre is None else ((1, 0, words[0]), (0, pep440.pre[1], ""))
    dev_of_final = pep440.dev is not None and pep440.post is None
    # A build of a final version comes before its pre-releases (PEP 440), as no words come before any.
    phase = 1 if pre or dev_of_final else 2
    post = -1 if pep440.post is None else pep440.post
    dev = (1, 0) if pep440.dev is None else (0, pep440.dev)
    return Version(
        key=(numbers, phase, pre, post, dev, _identifiers(pep440.local or "")),
        text=text,
        numbers=numbers,
        words=words,
        prerelease=pep440.is_prerelease,
        nightly=pep440.dev is not None or _is_nightly(suffix),
    )


def _read_semver(text: str, digits: str, suffix: str) -> Version:
    public, _, build = suffix.partition("+")
    words = words_of(public)
    after_final = _AFTER_FINAL.fullmatch(public) is not None
    final = after_final or all(word in _FINAL_WORDS for word in words)
    numbers = _numbers(digits)
    pre = () if final else _identifiers(public)
    built = _identifiers(suffix if after_final else build)
    return Version(
        key=(numbers, 2 if final else 1, pre, -1, (1, 0), built),
        text=text,
        numbers=numbers,
        words=() if final else words,
        prerelease=not final,
        nightly=_is_nightly(suffix),
    )


def _numbers(digits: str) -> tuple[int, ...]:
    numbers = list(map(int, digits.split(".")))
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _identifiers(suffix: str) -> tuple[Identifier, ...]:
    """Numbers below words, numbers by value, words by the alphabet (SemVer 2.0.0, section 11.4)."""
    return tuple((0, int(run), "") if run.isdigit() else (1, 0, run) for run in _RUN.findall(suffix))


def _is_nightly(suffix: str) -> bool:
    words = _LETTERS.findall(suffix)
    if any(word in _NIGHTLY_WORDS or word.startswith(_NIGHTLY_STEMS) for word in words):
        return True
    # What follows a plus says how a final version was built, and a dot may lead to a plain qualifier
    # ("9.4.0.v20161208"): only what follows a hyphen makes a build of a branch, a day or a commit.
    build = suffix.partition("+")[0].partition("-")[2]
    return bool(
        _BRANCH_WORDS.intersection(_LETTERS.findall(build))
        or _DAY_STAMP.search(build)
        or _COMMIT.search(build)
    )
