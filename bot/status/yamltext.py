"""Reading YAML text with the place of every value in it, within bounds and with faults that name lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import yaml

from bot.status.faults import Fault, FileFaultError

SOURCE_BYTES = 20_000_000
"""A source is written by hand, or was an output once: a larger one is a mistake."""
OUTPUT_BYTES = 50_000_000
"""An output holds release notes, of up to 125,000 characters for each row; GitHub takes 100 MB."""
DEEPEST = 64
"""Levels of nesting. PyYAML's C parser recurses, and some ten thousand levels end the process."""
MOST_NODES = 200_000
"""Values, counted as often as aliases repeat them: a few lines can stand for billions.

So many take PyYAML a second, in which the process does nothing else; a thousand rows are a fifth of it.
"""

MOST_DIRECTIVES = 8
"""Lines like ``%TAG``. PyYAML's C parser compares each with all before it: thousands take minutes."""

BOM = "\ufeff"
_TAG = "tag:yaml.org,2002:"
_OWN_TAGS = {yaml.MappingStartEvent: f"{_TAG}map", yaml.SequenceStartEvent: f"{_TAG}seq"}
_PLAIN_TAG = re.compile(r"[\w!:.,/-]{1,40}", re.ASCII)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_INDENTING_TAB = re.compile(r"[ -]*\t")
_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""What YAML does not allow (1.2, section 5.1), and byte order marks amid the text."""
_BREAKS = "\n\r\x85\u2028\u2029"
_DIRECTIVE = re.compile(rf"(?:\A|[{_BREAKS}])%")
_DISPUTED = re.compile("[\x85\u2028\u2029]")
"""Line breaks in YAML 1.1 (section 4.2) and in PyYAML, ordinary characters in YAML 1.2 and in Hugo."""


@dataclass(frozen=True)
class Document:
    """One YAML document.

    ``text`` is the file's without a byte order mark and with a line break at its end; the marks of
    the nodes index it. ``line_end`` is the one the file uses, ``added_end`` the one that the file
    lacks at its end, else ``""``; ``aliases`` are the anchors in use.
    """

    path: str
    text: str
    root: yaml.Node | None
    line_end: str
    aliases: frozenset[str]
    added_end: str = ""


def read_yaml(text: str, path: str, *, by_hand: bool = True) -> Document:
    """Read one document. Raises ``FileFaultError`` with the line that must be mended.

    ``by_hand`` holds the text to the bounds of a file that a person wrote, and refuses characters
    that some YAML readers take for line breaks.
    """
    limit = SOURCE_BYTES if by_hand else OUTPUT_BYTES
    if len(text) > limit:
        raise FileFaultError(Fault(path, 0, f"the file is larger than {limit // 1_000_000} MB: shorten it"))
    body = text.removeprefix(BOM)
    _refuse_characters(body, path, by_hand=by_hand)
    line_break = _LINE_BREAK.search(body)
    line_end = line_break[0] if line_break else "\n"
    added_end = "" if body.endswith(("\n", "\r")) else line_end
    _refuse_directives(body, path)
    try:
        aliases = _aliases(body, path)
        root = compose(body)
    except yaml.YAMLError as error:
        raise FileFaultError(_fault_of(error, body, path)) from error
    if aliases and root is not None:
        _weigh(root, path, {}, 0)
    return Document(path, body + added_end, root, line_end, aliases, added_end)


def compose(text: str) -> yaml.Node | None:
    """The tree of one document that is known to be within bounds, with marks that index the text."""
    root = yaml.compose(text, Loader=_LOADER)
    return root if isinstance(root, yaml.Node) else None


def line_of(node: yaml.Node) -> int:
    """The line on which a value begins, from 1."""
    return int(node.start_mark.line) + 1


def line_at(text: str, index: int) -> int:
    """The line, from 1, that a character of the text stands on."""
    return len(_LINE_BREAK.findall(text, 0, index)) + 1


def line_end_after(text: str, index: int) -> int:
    """The index of the line break that ends the line, or of the text's end."""
    found = _LINE_BREAK.search(text, index)
    return found.start() if found else len(text)


def next_line_after(text: str, index: int) -> int:
    """The index at which the next line begins, or of the text's end."""
    found = _LINE_BREAK.search(text, index)
    return found.end() if found else len(text)


def _refuse_characters(text: str, path: str, *, by_hand: bool) -> None:
    found = _UNREADABLE.search(text)
    why = "cannot stand in YAML: remove it"
    if found is None and by_hand:
        found = _DISPUTED.search(text)
        why = "is a line break to some YAML readers and not to others: remove it"
    if found:
        line = line_at(text, found.start())
        raise FileFaultError(Fault(path, line, f"the character U+{ord(found[0]):04X} {why}"))


def _refuse_directives(text: str, path: str) -> None:
    if sum(text.count(f"{line_break}%") for line_break in _BREAKS) < MOST_DIRECTIVES:
        return
    found = next(islice(_DIRECTIVE.finditer(text), MOST_DIRECTIVES, None), None)
    if found:
        why = f"the file has more than {MOST_DIRECTIVES} `%` directives: it needs none, remove them"
        raise FileFaultError(Fault(path, line_at(text, found.end() - 1), why))


def _aliases(text: str, path: str) -> frozenset[str]:
    """The anchors that aliases refer to; refuses too many values, and deep nesting before it is followed."""
    names = set()
    depth = values = 0
    for event in yaml.parse(text, Loader=_LOADER):
        values += isinstance(event, yaml.NodeEvent)
        if values > MOST_NODES:
            message = f"the file holds more than {MOST_NODES} values: shorten it"
            raise FileFaultError(Fault(path, _line_at(event), message))
        if isinstance(event, yaml.CollectionStartEvent):
            _refuse_tag(event, path)
            depth += 1
            if depth > DEEPEST:
                raise FileFaultError(_too_deep(path, _line_at(event)))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            names.add(event.anchor or "")
    return frozenset(names)


def _refuse_tag(event: yaml.CollectionStartEvent, path: str) -> None:
    """A list or mapping that says it is something else is read differently by every reader, or not at all."""
    if event.tag in (None, "!", _OWN_TAGS[type(event)]):
        return
    what = "a list" if isinstance(event, yaml.SequenceStartEvent) else "a mapping"
    tag = event.tag.replace(_TAG, "!!")
    named = f"the tag `{tag}`" if _PLAIN_TAG.fullmatch(tag) else "its tag"
    raise FileFaultError(Fault(path, _line_at(event), f"{named} does not fit {what}: remove it"))


def _line_at(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _weigh(node: yaml.Node, path: str, known: dict[int, tuple[int, int]], depth: int) -> tuple[int, int]:
    """How many values a node stands for, and how many levels of them, with its aliases followed."""
    if id(node) not in known:
        if depth > DEEPEST:  # an alias of something that holds it ends up here as well
            raise FileFaultError(_too_deep(path, line_of(node)))
        weights = [_weigh(child, path, known, depth + 1) for child in children(node)]
        known[id(node)] = (1 + sum(w for w, _ in weights), 1 + max((h for _, h in weights), default=0))
    weight, height = known[id(node)]
    if depth + height > DEEPEST + 1:
        raise FileFaultError(_too_deep(path, line_of(node)))
    if weight > MOST_NODES:
        message = f"the aliases stand for more than {MOST_NODES} values: write out what is needed"
        raise FileFaultError(Fault(path, line_of(node), message))
    return weight, height


def children(node: yaml.Node) -> Iterator[yaml.Node]:
    """The nodes that a collection holds, a mapping's keys and values in turn."""
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.MappingNode):
        for pair in node.value:
            yield from pair


def mappings_in(root: yaml.Node) -> Iterator[yaml.MappingNode]:
    """Every mapping under a node, each once, however many aliases repeat it."""
    seen: set[int] = set()
    left = [root]
    while left:
        node = left.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield node
        left += children(node)


def _too_deep(path: str, line: int) -> Fault:
    return Fault(path, line, f"the values are nested more than {DEEPEST} levels deep: write them flatter")


def _fault_of(error: yaml.YAMLError, text: str, path: str) -> Fault:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return Fault(path, 0, f"this is not valid YAML ({error}): mend it")
    problem, context = str(getattr(error, "problem", "")), str(getattr(error, "context", None) or "")
    begin = max(text.rfind("\n", 0, mark.index), text.rfind("\r", 0, mark.index)) + 1
    if _INDENTING_TAB.match(text, begin):
        message = "a tab stands where YAML allows only spaces: indent with spaces"
    elif "single document" in context:
        message = "the file holds more than one document (`---`): leave only one"
    elif "mapping values are not allowed" in problem:
        message = "this is not valid YAML: put a text that holds `: ` in quotes, or mend the indentation"
    else:
        begun = getattr(error, "context_mark", None)
        since = f" {context} that begins on line {begun.line + 1}" if context and begun else ""
        message = f"this is not valid YAML ({problem}{since}): mend it"
    return Fault(path, min(mark.line + 1, line_at(text, len(text) - 1)), message)
