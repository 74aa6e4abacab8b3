"""Where the values that the bot keeps stand in a text, and what hinders their replacement."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from bot.status.entries import Entry, described, kind_of
from bot.status.scalars import Place, Value, is_block_safe, is_unmistakable
from bot.status.yamltext import Document, line_end_after, next_line_after

MANAGED = (
    "msLabel",
    "openIssues",
    "closedIssues",
    "totalIssues",
    "percent",
    "milestoneUrl",
    "releaseName",
    "releaseTag",
    "releasedAt",
    "prerelease",
    "releaseUrl",
    "releaseDescription",
)
"""The keys whose values the bot replaces, in the order in which missing ones are added."""

_COLON = re.compile(r"[ \t]*:")
_BLANKS_TO_THE_END = re.compile(r"[ \t]*(?=[\r\n]|\Z)")
_ALIAS = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*(\*[^\s,\[\]{}]+)")
_ANCHOR = re.compile(r"&([^\s,\[\]{}]+)")
_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s+|\Z))*")
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*([ \t]+#[^\r\n]*)?")
_LINE = re.compile(r"[^\r\n]+")
_BLANKS_OR_COMMENT = re.compile(r"[ \t]*(?:#.*)?")
_BLANK_LINE_WITH_BLANKS = re.compile(r"[\r\n]*[ \t]+(?:[\r\n]|\Z)")
_COMMENT_LINE = re.compile(r"[\r\n]*([ \t]+)#")
_WHOLE_NUMBER = re.compile(r"[-+]?[1-9][0-9]{0,17}|0")


@dataclass(frozen=True)
class Slot:
    """The text of one value: from the key's colon to the value's ``start``, and on to its ``end``.

    ``comment`` stands in the header of a block scalar, with the blanks before it.
    """

    colon: int
    start: int
    end: int
    comment: str = ""


def slot_of(document: Document, entry: Entry) -> Slot | None:
    """The slot of a key's value; ``None`` where nothing can be written without touching more than it."""
    colon = _COLON.match(document.text, entry.key.end_mark.index) if entry.key_here else None
    if colon is None:
        return None
    if entry.value_here:
        return _slot_behind(document, colon.end(), entry.value)
    alias = _ALIAS.match(document.text, colon.end())
    return Slot(colon.end(), alias.start(1), alias.end(1)) if alias else None


def _slot_behind(document: Document, colon: int, value: yaml.Node) -> Slot | None:
    text, start, end = document.text, value.start_mark.index, value.end_mark.index
    properties = _PROPERTIES.match(text, start, end)
    content = properties.end() if properties else start
    anchors = _ANCHOR.findall(text, start, end if isinstance(value, yaml.CollectionNode) else content)
    if not document.aliases.isdisjoint(anchors):
        return None
    if start == end:
        blanks = _BLANKS_TO_THE_END.match(text, colon)
        return Slot(colon, colon, blanks.end() if blanks else colon)
    if _is_block(value):
        header = _BLOCK_HEADER.match(text, content)
        last = start + len(text[start:end].rstrip(" \t\r\n"))
        return Slot(colon, start, line_end_after(text, last), (header and header[1]) or "")
    if _is_block_collection(value):
        # It reaches to what comes next, over all the comments between.
        lines = _LINE.finditer(text, start, end)
        end = max(line.end() for line in lines if not _BLANKS_OR_COMMENT.fullmatch(line[0]))
    return Slot(colon, start, end)


def hindrance(document: Document, entry: Entry) -> str:
    """Why a value ought not to be replaced, to end a sentence about it; ``""`` where it may be."""
    if not entry.value_here:
        return "is an alias: write the value out"
    if isinstance(entry.value, yaml.CollectionNode):
        return f"is {described(entry.value)}: write one value"
    if document.text.startswith(("&", "!"), entry.value.start_mark.index):
        return "has an anchor or a tag, which would be lost: remove it"
    return "" if slot_of(document, entry) else "does not stand behind its key and a colon: write `key: value`"


def place_of(document: Document, entry: Entry, slot: Slot, *, flow: bool) -> tuple[str, Place]:
    """What to leave between the colon and a new value, and the place of that value."""
    text = document.text
    gap = text[slot.colon : slot.start]
    apart = "#" in gap  # a comment between key and value stays, and so does where the value begins
    if not apart and (not gap or gap.strip(" ")) and not (flow and slot.start < slot.end):
        gap = " "
    mark = entry.key.start_mark
    column = mark.column + slot.colon - mark.index + len(gap)
    style = entry.value.style if entry.value_here and isinstance(entry.value, yaml.ScalarNode) else '"'
    plain = not style and slot.start < slot.end and kind_of(entry.value) != "null"
    block, keep = room_below(text, next_line_after(text, slot.end), mark.column)
    return gap, Place(
        column=column,
        indent=mark.column,
        line_end=document.line_end,
        quote="" if plain else "'" if style == "'" else '"',
        inline=flow or apart,
        block=block,
        keep=keep,
    )


def room_below(text: str, index: int, indent: int) -> tuple[bool, bool]:
    """Whether a block scalar may end before the line at ``index``, and one that ends with blank lines.

    ``indent`` is its key's. What is indented further would become part of it.
    """
    comment = _COMMENT_LINE.match(text, index)
    swallows = comment is not None and len(comment[1]) > indent
    block = not swallows and not _BLANK_LINE_WITH_BLANKS.match(text, index)
    return block, text[index : index + 1] not in {"", "\r", "\n"}


def line_after(document: Document, entry: Entry, slot: Slot) -> int | None:
    """Where new lines may be added behind an entry of a block mapping, ``None`` where they may not."""
    value, text = entry.value, document.text
    if not entry.value_here or not (_is_block(value) or _is_block_collection(value)):
        return next_line_after(text, slot.end)
    end = int(value.end_mark.index)
    if not isinstance(value, yaml.ScalarNode) or (document.added_end and not text[end:].strip()):
        return None  # the text at the end of a file says less without the last line's end
    said = str(value.value)
    if said[len(said.rstrip(" \t\n")) :] in {"", "\n"}:
        return next_line_after(text, slot.end)
    # The blank lines that follow are part of the value.
    return max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1


def line_end(document: Document, slot: Slot) -> int:
    """Where the lines of a block scalar go whose header takes the place of a value."""
    return line_end_after(document.text, slot.end)


def says(node: yaml.Node, value: Value, *, carefully: bool = False) -> bool:
    """Whether a node is this value, of the same type.

    ``carefully`` also asks that every YAML reader, and Hugo's, take it for the same.
    """
    if not isinstance(node, yaml.ScalarNode):
        return False
    kind, text = kind_of(node), str(node.value)
    if isinstance(value, bool):
        return kind == "bool" and text.casefold() in (("true",) if value else ("false",))
    if isinstance(value, int):
        return whole_number(node) == value
    if kind != "str" or text != value:
        return False
    if not carefully:
        return True
    return is_block_safe(text) if _is_block(node) else bool(node.style) or is_unmistakable(text)


def whole_number(node: yaml.Node) -> int | None:
    """The number that every YAML reader sees, ``None`` where there is no such (``010`` is 8 or 10)."""
    text = str(node.value)
    return int(text) if kind_of(node) == "int" and _WHOLE_NUMBER.fullmatch(text) else None


def _is_block(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}


def _is_block_collection(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and not node.flow_style
