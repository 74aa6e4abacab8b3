"""The keys and values of a YAML mapping, with what is written out told from what is borrowed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from bot.status.faults import shown
from bot.status.yamltext import line_of

MERGE = "<<"
_TAG = "tag:yaml.org,2002:"
_KINDS = {
    "bool": "a yes or no",
    "float": "a number",
    "int": "a number",
    "map": "a mapping",
    "null": "nothing",
    "seq": "a list",
    "str": "a text",
    "timestamp": "a date",
}


@dataclass(frozen=True)
class Entry:
    """One key of a mapping with its value.

    ``name`` is the key's text, ``None`` where the key is no text. The nodes of an alias are those of
    the anchor, which stand elsewhere: ``key_here`` and ``value_here`` say whether they stand here.
    """

    name: str | None
    key: yaml.Node
    value: yaml.Node
    key_here: bool
    value_here: bool

    @property
    def line(self) -> int:
        """The line of the key, from 1; where the key is an alias, that of its anchor."""
        return line_of(self.key)

    @property
    def text(self) -> str | None:
        """The value where it is a text, else ``None``."""
        return text_of(self.value)


def text_of(node: yaml.Node) -> str | None:
    """The text that YAML 1.1 reads, ``None`` for any other value."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) and kind_of(node) == "str" else None


def kind_of(node: yaml.Node) -> str:
    """What YAML 1.1 takes a value for: ``str``, ``int``, ``bool``, ``null``, ``map`` and so on."""
    return str(node.tag).removeprefix(_TAG)


def described(node: yaml.Node) -> str:
    """What YAML takes a value for, in words."""
    return _KINDS.get(kind_of(node), "no text")


def entries_of(mapping: yaml.MappingNode) -> tuple[Entry, ...]:
    """The mapping's own entries, in order, repeated keys and ``<<`` included."""
    entries = []
    reached = mapping.start_mark.index
    for key, value in mapping.value:
        key_here = key.start_mark.index >= reached
        reached = key.end_mark.index if key_here else reached
        value_here = value.start_mark.index >= reached
        reached = value.end_mark.index if value_here else reached
        name = MERGE if kind_of(key) == "merge" else text_of(key)
        entries.append(Entry(name, key, value, key_here, value_here))
    return tuple(entries)


def all_entries(mapping: yaml.MappingNode) -> dict[str, Entry]:
    """The entries that count, by name: the mapping's own, and what its ``<<`` borrows for the rest."""
    own = entries_of(mapping)
    counting: dict[str, Entry] = {}
    for entry in own:
        if entry.name == MERGE:
            for lender in reversed(list(lenders_of(entry.value))):
                counting |= all_entries(lender)
    return counting | {entry.name: entry for entry in own if entry.name not in {None, MERGE}}


def repeated(mapping: yaml.MappingNode) -> Iterator[tuple[int, str]]:
    """The keys that stand more than once, each with the line of the last and what to say of it."""
    lines: dict[tuple[str, str], list[int]] = {}
    for key, _ in mapping.value:
        if isinstance(key, yaml.ScalarNode):
            lines.setdefault((key.tag, key.value), []).append(line_of(key))
    for (_, key), found in lines.items():
        if len(found) > 1:
            yield max(found), f"the key `{shown(key)}` stands {len(found)} times"


def lenders_of(value: yaml.Node) -> Iterator[yaml.MappingNode]:
    """The mappings that the value of a ``<<`` names, the one that wins first."""
    for node in value.value if isinstance(value, yaml.SequenceNode) else [value]:
        if isinstance(node, yaml.MappingNode):
            yield node


def all_lenders(node: yaml.Node) -> Iterator[yaml.MappingNode]:
    """Every mapping that a mapping borrows from, be it by way of another."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if kind_of(key) == "merge":
                for lender in lenders_of(value):
                    yield lender
                    yield from all_lenders(lender)
