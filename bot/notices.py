"""The words of issues and comments: faults reported and mended, hands off, farewell, help. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from markupsafe import Markup

from bot.markdown import plain
from bot.marker import BODY_LIMIT, HANDS_OFF_MARKER, write_faults_marker
from bot.render import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.status.faults import Fault

MOST_FAULTS = (50, 20, 5)
"""How many a report tells of: fewer where so many would not fit."""
BODY_ROOM = BODY_LIMIT - 1_024
MOST_WORDS = 5
TITLE_LIMIT = 200

_PULL_URL = re.compile(r"https?://[\w.:-]+/[\w.-]+/[\w.-]+/pull/\d+", re.ASCII)


class CommandHelp(Protocol):
    """A command as help shows it; ``usage`` is without the prefix, ``who`` tells who may give it."""

    @property
    def name(self) -> str: ...  # noqa: D102 - see above
    @property
    def usage(self) -> str: ...  # noqa: D102 - see above
    @property
    def what(self) -> str: ...  # noqa: D102 - see above
    @property
    def who(self) -> str: ...  # noqa: D102 - see above


@dataclass(frozen=True)
class LocatedFault:
    """A fault with the place where people see its line; ``url`` is ``""`` where that is not known."""

    where: str
    url: str
    message: str


@dataclass(frozen=True)
class FaultReport:
    """An issue about faults. The body ends in the marker that ``read_faults_digest`` reads."""

    title: str
    body: str


def located(
    faults: Sequence[Fault], repository_url: str = "", branch: str | None = None
) -> tuple[LocatedFault, ...]:
    """The faults in the order of their files and lines, each linked to its line on a branch.

    Without a ``branch`` that is the default one.
    """
    files_url = f"{repository_url}/blob/{quote(branch or 'HEAD')}" if repository_url else ""
    return tuple(_located(fault, files_url) for fault in sorted(faults))


def _located(fault: Fault, files_url: str) -> LocatedFault:
    where = f"{fault.file}:{fault.line}" if fault.line else fault.file
    place = f"{files_url}/{quote(fault.file)}" if files_url else ""
    line = f"#L{fault.line}" if fault.line and place else ""
    return LocatedFault(where, place + line, fault.message)


def faults_digest(faults: Sequence[Fault]) -> str:
    """The digest of a set of faults, whatever their order; ``""`` for none."""
    said = "\n".join(sorted(set(map(str, faults))))
    return sha256(said.encode(errors="surrogatepass")).hexdigest()[:16] if said else ""


def fault_report(faults: Sequence[Fault], site_url: str = "") -> FaultReport:
    """The issue that says what is wrong in a site's files. ``site_url`` is the repository's page."""
    files = sorted({fault.file for fault in faults})
    number = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
    more = f" and {len(files) - 1} more" if len(files) > 1 else ""
    return FaultReport(
        title=plain(f"Status page: {number} in {files[0] if files else 'the data'}{more}", TITLE_LIMIT),
        body=_with_faults("issue/faults.md.j2", faults, site_url),
    )


def fault_comment(faults: Sequence[Fault], site_url: str = "") -> str:
    """The comment on a proposal that cannot be kept up to date for a fault in a file."""
    return _with_faults("comments/faults.md.j2", faults, site_url)


def _with_faults(template: str, faults: Sequence[Fault], site_url: str) -> str:
    all_of_them, body = located(faults, site_url), ""
    for most in MOST_FAULTS:
        shown = all_of_them[:most]
        body = render(template, faults=shown, more=len(faults) - len(shown))
        if len(body) <= BODY_ROOM:
            break
    return f"{body}\n\n{write_faults_marker(faults_digest(faults))}"


def faults_mended_words() -> str:
    """The comment that closes a report of faults."""
    return render("comments/mended.md.j2")


def closing_words(output: str) -> str:
    """The comment on a proposal that the bot closes, for ``output`` on the base says it all by now."""
    return render("comments/closing.md.j2", output=output)


def moved_on_words(base: str, pull_url: str | None) -> str:
    """The comment on a proposal to what is the base no more, or from another fork."""
    return render("comments/moved_on.md.j2", base=base, pull_url=own_pull(pull_url))


def own_pull(url: str | None) -> Markup:
    """The address of the bot's own proposal, which is one of the few that may be linked back from there."""
    return Markup(url if url is not None and _PULL_URL.fullmatch(url) else "")  # noqa: S704 - matched just here


def hands_off_words(branch: str, slug: str) -> str:
    """The comment, said once, that somebody else's commits keep the bot off its branch."""
    words = render("comments/hands_off.md.j2", branch=branch, slug=slug)
    return f"{words}\n\n{HANDS_OFF_MARKER}"


def help_reply(
    commands: Sequence[CommandHelp], slug: str, unknown: Sequence[str] = (), help_url: str = ""
) -> str:
    """The table of commands; ``unknown`` are the words that were no command."""
    return render(
        "comments/help.md.j2",
        commands=commands,
        slug=slug,
        unknown=tuple(dict.fromkeys(unknown))[:MOST_WORDS],
        help_url=help_url,
    )
