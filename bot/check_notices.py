"""What is worth knowing of a change and no fault: what disappears, is unread, or written in vain. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.check_model import TOO_MANY, Assessed, Context, SiteFiles
from bot.site import CONFIG_PATH
from bot.status.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator


def notices(after: SiteFiles, before: SiteFiles | None) -> Iterator[Fault]:
    """What disappears by the change."""
    if before is None:
        return
    if disappears(after, before):
        yield Fault(CONFIG_PATH, 0, "without this file the repository is no site, and the bot leaves it")
    same = before.output.path == after.output.path
    if same and before.output.text is not None and after.output.text is None and not after.output.trouble:
        yield Fault(after.output.path, 0, "the bot proposes this file again: name another by `output:`")


def disappears(after: SiteFiles, before: SiteFiles | None) -> bool:
    """Whether the site is one no more, as its configuration is gone."""
    gone = after.config.text is None and not after.config.trouble
    return before is not None and before.config.text is not None and gone


def unread(found: Assessed, stood: Assessed, context: Context) -> Iterator[Fault]:
    """Repositories that the change names first, and of which GitHub tells nothing.

    What is private is told no otherwise than what is not there: whoever proposes it may be a stranger.
    """
    if found.page is None or found.source is None or not context.facts.repositories:
        return
    known = {sig.repository.casefold() for sig in stood.source.sigs} if stood.source else set()
    addresses = {row.index: row.entries.get("sourceUrl") for row in found.source.rows}
    for row in found.page.rows:
        if row.unreadable not in (None, TOO_MANY.error) and row.sig.repository.casefold() not in known:
            address = addresses.get(row.sig.index)
            line = address.line if address is not None else row.sig.line
            said = "could not be read: look whether it is written rightly, is there, and is public"
            yield Fault(found.source.path, line, f"`{row.sig.repository}` {said}")


def by_hand(files: SiteFiles, found: Assessed, context: Context) -> Iterator[Fault]:
    """What a person wrote into the file that is the bot's."""
    output, page = files.output, found.page
    if not output.brought or context.by_bot or output.text is None or files.source is None:
        return
    if page is None or found.broken_output or output.text == page.text:
        return
    message = f"the bot writes this file, and proposes other text from here on: edit `{files.source.path}`"
    yield Fault(output.path, _first_difference(output.text, page.text), message)


def _first_difference(left: str, right: str) -> int:
    """The first line, from 1, that two texts do not share; the last of the left one if it ends before."""
    lines, others = left.splitlines(), right.splitlines()
    shared = next(
        (at for at, (one, other) in enumerate(zip(lines, others, strict=False)) if one != other), None
    )
    if shared is None:
        shared = min(len(lines), len(others))
    return max(1, min(shared + 1, len(lines)))
