"""The JSON Schemas of the files that people write, for editors; the code is what they are made from.

Editors know more than a schema can say, and less than the bot: what a schema refuses the bot refuses too,
but not the other way round.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from bot.site import config_json_schema
from bot.site_rules import (
    CONTROL,
    MAX_BRANCH_LENGTH,
    MAX_HEADER_LENGTH,
    MAX_LABEL_LENGTH,
    MAX_LABELS,
    MAX_PATH_LENGTH,
    NOT_IN_A_BRANCH,
    OWN_BRANCHES,
    REFS,
    REPOSITORY,
    REVIEWER,
)
from bot.status.slots import MANAGED

Name = Literal["config", "source"]
Schema = dict[str, Any]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_FILES: dict[Name, str] = {"config": "status-bot.schema.json", "source": "progress-source.schema.json"}
_PATH: Schema = {
    "maxLength": MAX_PATH_LENGTH,
    # From the top of the repository, without empty parts or dots, and not where the bot may not write.
    "pattern": r"^(?![/~\s])(?!(?:.*/)?\.{0,2}(?:/|$))(?!.*(?:[ .]/|/ ))(?!(?:.*/)?\.git/)"
    r"(?!\.github/(?:workflows|actions)/)[^\\:\u0000-\u001f]*\.[yY][aA]?[mM][lL]$",
}
_LIMITS: dict[str, Schema] = {
    "source": _PATH,
    "output": _PATH,
    "base": {
        "minLength": 1,
        "maxLength": MAX_BRANCH_LENGTH,
        "not": {"pattern": f"^{REFS}|^{OWN_BRANCHES}|{NOT_IN_A_BRANCH.pattern}"},
    },
    "header": {"maxLength": MAX_HEADER_LENGTH, "not": {"pattern": CONTROL.pattern}},
    "fork": {"pattern": f"^(?:{REPOSITORY.pattern})$"},
}
_ITEMS: dict[str, Schema] = {
    "labels": {"type": "string", "pattern": r"\S", "maxLength": MAX_LABEL_LENGTH},
    "reviewers": {"type": "string", "pattern": f"^(?:{REVIEWER.pattern})$"},
}


def schema_text(name: Name) -> str:
    """The schema as it is published with the package, JSON."""
    return (Path(__file__).parent / _FILES[name]).read_text(encoding="utf-8")


def as_published(schema: Schema) -> str:
    """A schema as its file has it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def config_schema() -> Schema:
    """That of ``.github/status-bot.yml``, from the code that reads it."""
    schema = config_json_schema()
    for kind in schema["$defs"].values():
        kind.pop("required", None)
        kind["properties"] = {name: _setting(name, found) for name, found in kind["properties"].items()}
    return {
        "$schema": _DRAFT,
        "title": "status-bot's configuration of a site",
        "description": schema["$defs"]["SiteConfig"]["description"],
        # An empty file is a valid one.
        "anyOf": [{"$ref": "#/$defs/SiteConfig"}, {"type": "null"}],
        "$defs": schema["$defs"],
    }


def _setting(name: str, found: Schema) -> Schema:
    """One key; it may always be left empty, which is as good as left out."""
    told: Schema = {key: found.pop(key) for key in ("description", "default") if key in found}
    kinds = [kind for kind in found.pop("anyOf", [found]) if kind != {"type": "null"}]
    [kind] = [{**kind, **_LIMITS.get(name, {})} for kind in kinds]
    if kind.get("type") == "array":
        kind = {**kind, "maxItems": MAX_LABELS, "items": _ITEMS[name]}
    return {**told, "anyOf": [kind, {"type": "null"}]}


def source_schema() -> Schema:
    """That of the source: the columns, and a row for each SIG. Keys of people's own are welcome."""
    return {
        "$schema": _DRAFT,
        "title": "The source of a status page that status-bot keeps",
        "description": "The columns in the order in which every SIG passes them, and a row for each SIG.",
        "type": "object",
        "required": ["columns", "data"],
        "properties": {
            "columns": {
                "description": "The steps of the ladder, the first one first.",
                "type": "array",
                "minItems": 1,
                "items": _COLUMN,
            },
            "data": {
                "description": "A row for each SIG, in the order of the page.",
                "type": "array",
                "minItems": 1,
                "items": _row(),
            },
        },
    }


_ADDRESS: Schema = {
    "type": "string",
    # Whatever people copy from a browser or for git; which host it may be on depends on the bot's.
    "pattern": r"^\s*(?:[A-Za-z+]+://[^/\s]+/|[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+:)/*"
    r"[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+(?:[/?#]\S*)?\s*$",
}
_TEXT: Schema = {"type": "string", "pattern": r"\S"}
_TITLES: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_COLUMN: Schema = {
    "type": "object",
    "required": ["label"],
    "properties": {
        "label": {**_TEXT, "description": 'A version or a stage, as "v0.4" or beta; a version in quotes.'},
        "match": {
            "description": "Whole titles of milestones that mean this column, whoever has them.",
            "anyOf": [*_TITLES["anyOf"], {"type": "null"}],
        },
    },
}
_OPTIONS: Schema = {
    "component": {
        "description": "Whose releases count where a repository releases several: core for core-1.18.0.",
        "anyOf": [_TEXT, {"type": "null"}],
    },
    "prereleases": {
        "description": "true shows the highest release even if it is a pre-release.",
        "type": ["boolean", "null"],
    },
    "match": {
        "description": "Whole titles of milestones that name a column for this SIG alone, by the column.",
        "anyOf": [{"type": "object", "additionalProperties": _TITLES}, {"type": "null"}],
    },
    "hold": {
        "description": "A reason: the row stays as the page has it until this key is taken out.",
        "anyOf": [_TEXT, {"type": "null"}],
    },
}


def _row() -> Schema:
    ours = {
        name: {"description": "The bot writes this value.", "type": ["string", "number", "boolean", "null"]}
        for name in MANAGED
    }
    return {
        "type": "object",
        "required": ["label", "sourceUrl"],
        "properties": {
            "label": {**_TEXT, "description": "The SIG's name on the page."},
            "sourceUrl": {**_ADDRESS, "description": "Its repository: https://github.com/OWNER/NAME."},
            **_OPTIONS,
            **ours,
        },
    }
