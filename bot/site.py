"""`.github/status-bot.yml`: what a site may say, its defaults, and its faults with their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import msgspec
import yaml

from bot import site_rules
from bot.status.faults import Fault, FileFaultError
from bot.status.yamltext import line_of, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG_PATH = ".github/status-bot.yml"
BRANCH_PREFIX = "status-bot/"
MAX_BYTES = 64 * 1024

_TAG = "tag:yaml.org,2002:"

Counts = Literal["immediately", "hourly", "daily", "weekly"]
Role = Literal["triage", "write", "maintain", "admin"]


def _about(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class Propose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How changes are proposed."""

    counts: Annotated[
        Counts,
        _about("How often issue counts alone are worth a proposal. Columns and releases go out at once."),
    ] = "daily"
    labels: Annotated[tuple[str, ...], _about("Labels put on the pull request.")] = ("status-page",)
    reviewers: Annotated[
        tuple[str, ...], _about("Who is asked for a review: users, and teams as org/team.")
    ] = ()
    draft: Annotated[bool, _about("Open the pull request as a draft.")] = False
    automerge: Annotated[bool, _about("Let GitHub merge the pull request once its checks pass.")] = False
    fork: Annotated[
        str | None, _about("OWNER/REPO of a fork to commit to and propose from; null: the site itself.")
    ] = None


class Commands(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may give commands in comments."""

    who: Annotated[Role, _about("The role on the site that it takes to change things by a command.")] = (
        "write"
    )


class SiteConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How status-bot keeps this site's status page current. Every key may be left out."""

    source: Annotated[str, _about("The data file that people keep: the columns, and a row for each SIG.")] = (
        "data/progress_source.yaml"
    )
    output: Annotated[str, _about("The data file that the bot proposes.")] = "data/progress_generated.yaml"
    header: Annotated[
        str | None, _about("The comment on top of the output, one line; null: the bot's own words.")
    ] = None
    base: Annotated[
        str | None, _about("The branch to propose to; null: the repository's default branch.")
    ] = None
    propose: Annotated[Propose, _about("How changes are proposed.")] = Propose()
    commands: Annotated[Commands, _about("Who may give commands in comments.")] = Commands()


_SECTIONS: dict[str, type[Propose | Commands]] = {"propose": Propose, "commands": Commands}
_SECTION_KEYS = {key: name for name, kind in _SECTIONS.items() for key in kind.__struct_fields__}


def branch_for(base: str) -> str:
    """The branch on which changes for a base branch are proposed."""
    return BRANCH_PREFIX + base


def line_in_config(text: str, *keys: str) -> int:
    """The line of a value in a file that was read without faults, ``0`` where it is not there."""
    node = read_yaml(text, CONFIG_PATH).root
    for key in keys:
        entries = node.value if isinstance(node, yaml.MappingNode) else ()
        node = next((value for name, value in entries if name.value == key), None)
    return line_of(node) if node is not None else 0


def config_json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file, for editors."""
    schema = msgspec.json.schema(SiteConfig)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "status-bot", **schema}


def read_config(text: str, path: str = CONFIG_PATH) -> SiteConfig:
    """Read the file. An empty one is valid, and a key without a value counts as left out.

    Raises:
        FileFaultError: with every fault, in the order of their lines.
    """
    if len(text) > MAX_BYTES:
        raise FileFaultError(Fault(path, 0, f"the file is larger than {MAX_BYTES // 1024} KiB: shorten it"))
    reader = _Reader(path)
    values = reader.section(read_yaml(text, path).root, SiteConfig)
    if not reader.faults and (fault := site_rules.paths_fault(*_paths(values), path)):
        reader.fault(reader.lines.get("output", reader.lines.get("source", 0)), fault)
    if reader.faults:
        raise FileFaultError(*sorted(reader.faults))
    return msgspec.convert(values, SiteConfig)


def _paths(values: dict[str, object]) -> tuple[str, str]:
    defaults = SiteConfig()
    return str(values.get("source", defaults.source)), str(values.get("output", defaults.output))


class _Reader:
    """Walks the YAML tree and collects the faults, each where it stands."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.faults: list[Fault] = []
        self.lines: dict[str, int] = {}

    def fault(self, line: int, message: str) -> None:
        self.faults.append(Fault(self.path, line, message))

    def section(
        self, node: yaml.Node | None, kind: type[SiteConfig | Propose | Commands], name: str = ""
    ) -> dict[str, object]:
        """The values of one mapping that are given and good."""
        if node is None or _is_null(node):
            return {}
        if not isinstance(node, yaml.MappingNode):
            what = site_rules.quoted(name) if name else "the file"
            self.fault(line_of(node), f"{what} must hold keys and values, one on each line")
            return {}
        known = {field.name: field.type for field in msgspec.structs.fields(kind)}
        values: dict[str, object] = {}
        for key, value_node in self._entries(node, tuple(known)):
            self.lines[key] = line_of(value_node)
            if key in _SECTIONS:
                values[key] = self.section(value_node, _SECTIONS[key], key)
            elif not _is_null(value_node):
                values[key] = self._value(key, value_node, known[key])
        return values

    def _entries(self, node: yaml.MappingNode, known: tuple[str, ...]) -> Iterator[tuple[str, yaml.Node]]:
        first_lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = line_of(key_node)
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
            if key not in known:
                self.fault(line, site_rules.key_fault(key, known, _SECTION_KEYS))
            elif key_node.tag != f"{_TAG}str":
                self.fault(line, f"`{key}` has a tag before it, which makes it another key: remove the tag")
            elif key in first_lines:
                self.fault(line, f"`{key}` stands here for the second time, after line {first_lines[key]}")
            else:
                first_lines[key] = line
                yield key, value_node

    def _value(self, key: str, node: yaml.Node, wanted: object) -> object:
        if not (isinstance(node, yaml.SequenceNode) and get_origin(_bare(wanted)) is tuple):
            return self._scalar(key, node, wanted)
        if message := site_rules.size_fault(key, len(node.value)):
            self.fault(line_of(node), message)
        return [self._scalar(key, item, str) for item in node.value]

    def _scalar(self, key: str, node: yaml.Node, wanted: object) -> object:
        value = _plain_value(node)
        if value is None or not _fits(value, wanted):
            written = str(node.value) if isinstance(node, yaml.ScalarNode) else None
            self.fault(line_of(node), site_rules.type_fault(key, written, _bare(wanted)))
        elif isinstance(value, str) and (message := site_rules.value_fault(key, value)):
            self.fault(line_of(node), message)
        return value


def _fits(value: object, wanted: object) -> bool:
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError:
        return False
    return True


def _bare(annotated: Any) -> Any:  # noqa: ANN401 - a type, which has no type of its own
    return get_args(annotated)[0] if get_origin(annotated) is Annotated else annotated


def _is_null(node: yaml.Node) -> bool:
    return bool(node.tag == f"{_TAG}null")


def _plain_value(node: yaml.Node) -> str | bool | None:
    """Text, true or false; ``None`` for numbers, dates, lists and keys, which no setting is made of."""
    if not isinstance(node, yaml.ScalarNode):
        return None
    value = str(node.value)
    if node.tag == f"{_TAG}bool":
        return yaml.SafeLoader.bool_values.get(value.lower())
    return value if node.tag == f"{_TAG}str" else None
