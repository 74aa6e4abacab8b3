"""GitHub's own description of its REST API and its webhooks, with the schemas as JSON Schema."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import msgspec
from jsonschema_rs import Draft202012Validator, Registry

from tests import npm
from tests.lasting import lasting

_BASE = "urn:github"

# Keys under which names stand that somebody chose, not words of the format.
_MAPS = frozenset(
    {"properties", "schemas", "parameters", "responses", "headers", "paths", "content", "webhooks"}
)
_PROSE = frozenset(
    {"description", "summary", "title", "example", "examples", "externalDocs", "tags", "default"}
)

# A raw slash may stand in these: git/ref/heads/a/b, commits/heads/a/b/check-runs.
_WITH_SLASHES = frozenset({"ref", "path", "branch", "tag", "basehead"})

Node = dict[str, Any]
Literals = tuple[tuple[int, str], ...]
"""The segments of a path's template that are no parameters, with their places."""


def to_json_schema(node: Any, *, names: bool = False) -> Any:  # noqa: ANN401 - any JSON
    """Turn a description into JSON Schema: without prose and ``nullable``, with absolute references.

    ``names`` says that the node's keys are names (of properties, of schemas …).
    """
    if isinstance(node, list):
        return [to_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: to_json_schema(value, names=not names and key in _MAPS)
        for key, value in node.items()
        if names or (key not in _PROSE and not key.startswith("x-"))
    }
    if names:
        return kept
    if "oneOf" in kept:  # GitHub's alternatives overlap: every refusal by a rule is also a plain refusal
        kept["anyOf"] = kept.pop("oneOf")
    if isinstance(kept.get("$ref"), str):
        kept["$ref"] = _BASE + kept["$ref"]
    return _or_null(kept) if kept.pop("nullable", False) else kept


def _or_null(schema: Node) -> Node:
    if not isinstance(schema.get("type"), str):
        return {"anyOf": [schema, {"type": "null"}]}
    schema["type"] = [schema["type"], "null"]
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    return schema


@dataclass(frozen=True)
class Schema:
    """A schema of a body or a parameter; ``properties`` are all that it names on its first level."""

    validator: Draft202012Validator
    properties: frozenset[str]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a path or a query."""

    name: str
    place: str
    required: bool
    schema: Schema


@dataclass(frozen=True)
class Operation:
    """One operation; the schemas of its bodies by media type, those of its answers by status, too."""

    name: str
    template: str
    parameters: tuple[Parameter, ...]
    request: Mapping[str, Schema]
    request_required: bool
    responses: Mapping[int, Mapping[str, Schema]]

    def arguments(self, path: str) -> dict[str, str]:
        """The path's parameters, decoded."""
        found = _pattern(self.template, slashes=True).fullmatch(path)
        return {name: unquote(value) for name, value in found.groupdict().items()} if found else {}


@functools.cache
def _pattern(template: str, *, slashes: bool) -> re.Pattern[str]:
    def argument(found: re.Match[str]) -> str:
        return f"(?P<{found[1]}>{'.+' if slashes and found[1] in _WITH_SLASHES else '[^/]+'})"

    return re.compile(re.sub(r"\\{(\w+)\\}", argument, re.escape(template)))


class Description:
    """All operations, each made ready when it is first asked for."""

    def __init__(self, document: Node) -> None:
        self._document: Node = to_json_schema(document)
        self._registry = Registry([(_BASE, self._document)])
        # Literal segments win over parameters, releases/latest over releases/{release_id}; and longer
        # paths over shorter ones, commits/{ref}/check-runs over commits/{ref}.
        self._templates: dict[tuple[str, int], list[tuple[str, Literals]]] = {}
        self._with_slashes: dict[str, list[str]] = {}
        for template, operations in sorted(
            self._document["paths"].items(),
            key=lambda item: (-item[0].count("/"), re.sub(r"\{\w+\}", "~", item[0])),
        ):
            segments = template.split("/")
            literals = tuple((place, text) for place, text in enumerate(segments) if "{" not in text)
            slashes = any("{" + name + "}" in template for name in _WITH_SLASHES)
            for method in operations:
                self._templates.setdefault((method, len(segments)), []).append((template, literals))
                if slashes:
                    self._with_slashes.setdefault(method, []).append(template)
        self._operations: dict[tuple[str, str], Operation] = {}
        self._shared: dict[str, Schema] = {}

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation that a concrete path, percent-encoded, belongs to."""
        segments = path.split("/")
        for template, literals in self._templates.get((method.lower(), len(segments)), ()):
            # To compare a word or two rules out nearly all of a thousand expressions.
            if all(segments[place] == text for place, text in literals) and _pattern(
                template, slashes=False
            ).fullmatch(path):
                return self._operation(method, template)
        for template in self._with_slashes.get(method.lower(), ()):
            if _pattern(template, slashes=True).fullmatch(path):
                return self._operation(method, template)
        return None

    def webhook(self, event: str, action: str | None) -> Schema | None:
        """What is sent with an event, or ``None`` where GitHub has no such event or action."""
        name = "-".join(filter(None, (event, action))).replace("_", "-")
        node = self._document["webhooks"].get(name)
        return (
            self._contents(self._followed(node["post"]["requestBody"]))["application/json"] if node else None
        )

    def component(self, name: str) -> Schema:
        """One of the schemas that operations share."""
        return self._schema({"$ref": f"{_BASE}#/components/schemas/{name}"})

    def _operation(self, method: str, template: str) -> Operation:
        if (method, template) not in self._operations:
            node = self._document["paths"][template][method.lower()]
            body = self._followed(node.get("requestBody", {}))
            self._operations[method, template] = Operation(
                name=f"{method} {template}",
                template=template,
                parameters=tuple(self._parameter(parameter) for parameter in node.get("parameters", ())),
                request=self._contents(body),
                request_required=bool(body.get("required")),
                responses={
                    int(status): self._contents(self._followed(answer))
                    for status, answer in node["responses"].items()
                },
            )
        return self._operations[method, template]

    def _parameter(self, node: Node) -> Parameter:
        node = self._followed(node)
        return Parameter(node["name"], node["in"], bool(node.get("required")), self._schema(node["schema"]))

    def _contents(self, node: Node) -> dict[str, Schema]:
        contents: Node = node.get("content", {})
        return {media: self._schema(each["schema"]) for media, each in contents.items() if "schema" in each}

    def _schema(self, node: Node) -> Schema:
        if node.keys() != {"$ref"}:
            return self._compiled(node)
        if node["$ref"] not in self._shared:  # many share one, and compiling one takes a millisecond
            self._shared[node["$ref"]] = self._compiled(node)
        return self._shared[node["$ref"]]

    def _compiled(self, node: Node) -> Schema:
        validator = Draft202012Validator(
            node, registry=self._registry, validate_formats=True, formats={"email": _is_address}
        )
        return Schema(validator, frozenset(self._properties(node)))

    def _properties(self, node: Node) -> set[str]:
        node = self._followed(node)
        found = set(node.get("properties", ()))
        for word in ("allOf", "anyOf"):
            found.update(*(self._properties(each) for each in node.get(word, ())))
        return found

    def _followed(self, node: Node) -> Node:
        while reference := node.get("$ref"):
            node = self._document
            for part in reference.removeprefix(f"{_BASE}#/").split("/"):
                node = node[part.replace("~1", "/").replace("~0", "~")]
        return node


def _is_address(text: object) -> bool:
    """GitHub's own addresses of bots, ``1+name[bot]@users.noreply.github.com``, are none by RFC 5321."""
    return not isinstance(text, str) or "@" in text


@functools.cache
def github() -> Description:
    """GitHub's; the test that asks is skipped where it cannot be had."""
    text = npm.fetch_or_skip(npm.OPENAPI).read_bytes()
    with lasting():
        document = msgspec.json.decode(text)
        return Description(
            {
                "paths": document["paths"],
                "webhooks": document["x-webhooks"],
                "components": document["components"],
            }
        )
