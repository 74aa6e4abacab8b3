"""The published schemas and the code that reads the files: what an editor marks is what the bot refuses."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot import schemas
from bot.__main__ import main
from bot.site import SiteConfig, read_config
from bot.status.datafile import read_source
from bot.status.faults import FileFaultError
from tests.test_site_rules import PATHS_THAT_ARE_GOOD
from tests.test_urls import COMMON_FORMS
from tests.world import source_of

CONFIG_SCHEMA = jsonschema_rs.validator_for(json.loads(schemas.schema_text("config")))
SOURCE_SCHEMA = jsonschema_rs.validator_for(json.loads(schemas.schema_text("source")))

WORDS = st.sampled_from(["", "main", "docs/status.yaml", "a/b", "data/x.yml", "daily", "write", "@x", "1.10"])
VALUES = st.one_of(WORDS, st.booleans(), st.none(), st.integers(0, 3), st.lists(WORDS, max_size=2))
CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("source", "output", "header", "base", "unknown"), VALUES),
        "propose": st.one_of(
            VALUES,
            st.fixed_dictionaries(
                {},
                optional=dict.fromkeys(
                    ("counts", "labels", "reviewers", "draft", "automerge", "fork", "who"), VALUES
                ),
            ),
        ),
        "commands": st.one_of(VALUES, st.fixed_dictionaries({}, optional={"who": VALUES})),
    },
)
TITLES = st.one_of(WORDS, st.none(), st.integers(0, 2), st.lists(VALUES, max_size=2))
COLUMNS = st.fixed_dictionaries({}, optional={"label": VALUES, "match": TITLES})
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "label": VALUES,
        "sourceUrl": st.one_of(VALUES, st.just("https://github.com/o/r")),
        "match": st.one_of(VALUES, st.dictionaries(st.just("v0.1"), TITLES)),
        **dict.fromkeys(("component", "prereleases", "hold", "msLabel", "openIssues"), VALUES),
    },
)
GOOD_ROW = st.builds(
    lambda number, row: {**row, "label": f"SIG {number}", "sourceUrl": f"https://github.com/o/r{number}"},
    st.integers(0, 3),
    ROWS,
)
SOURCES = st.one_of(
    VALUES,
    st.fixed_dictionaries(
        {},
        optional={
            "columns": st.one_of(VALUES, st.lists(COLUMNS, max_size=2), st.just([{"label": "v0.1"}])),
            "data": st.one_of(VALUES, st.lists(st.one_of(VALUES, ROWS, GOOD_ROW), max_size=2)),
            "own": VALUES,
        },
    ),
)


@pytest.mark.parametrize(
    ("name", "made"), [("config", schemas.config_schema()), ("source", schemas.source_schema())]
)
def test_what_is_published_is_made_from_the_code(name: schemas.Name, made: dict[str, Any]) -> None:
    assert schemas.schema_text(name) == schemas.as_published(made), "write it anew with as_published()"


@pytest.mark.parametrize("name", ["config", "source"])
def test_the_command_line_prints_them(name: str) -> None:
    ran = CliRunner().invoke(main, ["schema", name])
    assert (ran.exit_code, json.loads(ran.output)["$schema"]) == (
        0,
        "https://json-schema.org/draft/2020-12/schema",
    )


@pytest.mark.parametrize("name", ["config", "source"])
def test_every_key_has_its_description(name: schemas.Name) -> None:
    schema = json.loads(schemas.schema_text(name))
    found = [schema, *schema.get("$defs", {}).values()]
    if name == "source":
        found += [kind["items"] for kind in schema["properties"].values()]
    keys = [(key, value) for kind in found for key, value in kind.get("properties", {}).items()]
    assert len(keys) > 10 - 2 * (name == "config")
    assert [key for key, value in keys if not value.get("description")] == []


def accepts_config(document: object) -> bool:
    try:
        read_config(yaml.safe_dump(document))
    except FileFaultError:
        return False
    return True


def accepts_source(document: object) -> bool:
    try:
        return not read_source(yaml.safe_dump(document, sort_keys=False)).faults
    except FileFaultError:
        return False


@given(CONFIGS)
def test_a_configuration_that_the_bot_takes_is_one_to_an_editor(document: dict[str, Any]) -> None:
    if accepts_config(document):
        assert CONFIG_SCHEMA.is_valid(document)


@given(SOURCES)
def test_a_source_that_the_bot_takes_is_one_to_an_editor(document: object) -> None:
    if accepts_source(document):
        assert SOURCE_SCHEMA.is_valid(document)


@pytest.mark.parametrize("document", [None, {}, {"propose": None}, {"base": None, "commands": {"who": None}}])
def test_what_is_left_empty_is_fine_for_both(document: object) -> None:
    assert CONFIG_SCHEMA.is_valid(document)
    assert read_config("" if document is None else yaml.safe_dump(document)) == SiteConfig()


@pytest.mark.parametrize(
    "document",
    [
        {"sauce": "x.yaml"},
        {"source": 7},
        {"source": "data"},
        {"header": "x" * 501},
        {"base": ""},
        {"propose": {"counts": "dayly"}},
        {"propose": {"labels": "one"}},
        {"propose": {"labels": ["x" * 51]}},
        {"propose": {"reviewers": [7]}},
        {"propose": {"draft": "yes"}},
        {"propose": {"fork": "nothing"}},
        {"propose": {"fork": "a b/c"}},
        {"propose": {"fork": "org/.."}},
        {"propose": {"reviewers": ["@ada"]}},
        {"propose": {"reviewers": ["a/b/c"]}},
        {"propose": {"labels": [" "]}},
        {"header": "two\nlines"},
        *(
            {"source": path}
            for path in (
                *("/etc/x.yaml", "~/x.yaml", "C:/x.yaml", "https://example.org/x.yaml", "data\\x.yaml"),
                *("../x.yaml", "data/../../x.yaml", "./x.yaml", "data//x.yaml", "data/x.yaml/", " x.yaml"),
                *(".git/x.yaml", "sub/.git/x.yaml", ".github/workflows/x.yml", "data./x.yaml"),
                *("x.json", "", "d" * 501 + ".yaml"),
            )
        ),
        *(
            {"base": name}
            for name in (
                "refs/heads/main",
                "status-bot/x",
                "a b",
                "a..b",
                "-a",
                "a.lock",
                "a/",
                "@",
                "b" * 201,
            )
        ),
        {"commands": {"who": "read"}},
        {"commands": []},
        [],
        "words",
    ],
)
def test_what_an_editor_marks_in_a_configuration_the_bot_refuses(document: object) -> None:
    assert not CONFIG_SCHEMA.is_valid(document)
    assert not accepts_config(document)


ROW = {"label": "A", "sourceUrl": "https://github.com/o/a"}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"columns": [], "data": [ROW]},
        {"columns": [{"label": "v0.1"}], "data": []},
        {"columns": [{"label": 0.1}], "data": [ROW]},
        {"columns": [{"label": "v0.1", "match": [1]}], "data": [ROW]},
        *(
            {"columns": [{"label": "v0.1"}], "data": [{**ROW, **wrong}]}
            for wrong in (
                {"label": None},
                {"sourceUrl": None},
                {"sourceUrl": "nowhere"},
                {"sourceUrl": "github.com/o/a"},
                {"sourceUrl": "https://github.com/o"},
                {"sourceUrl": "the repository https://github.com/o/a"},
                {"component": 1.1},
                {"prereleases": "maybe"},
                {"match": ["v0.1"]},
                {"match": {"v0.1": 1}},
                {"hold": True},
                {"hold": " "},
            )
        ),
    ],
)
def test_what_an_editor_marks_in_a_source_the_bot_refuses(document: object) -> None:
    assert not SOURCE_SCHEMA.is_valid(document)
    assert not accepts_source(document)


def test_a_real_source_is_valid_to_both() -> None:
    document = yaml.safe_load(source_of("Python", "Java"))
    assert accepts_source(document)
    assert SOURCE_SCHEMA.is_valid(document)


@pytest.mark.parametrize("url", COMMON_FORMS)
def test_an_address_is_one_to_an_editor_however_it_was_copied(url: str) -> None:
    document = {"columns": [{"label": "v0.1"}], "data": [{"label": "A", "sourceUrl": url}]}
    assert accepts_source(document)
    assert SOURCE_SCHEMA.is_valid(document)


@pytest.mark.parametrize(
    "document",
    [
        *({key: path} for key in ("source", "output") for path in PATHS_THAT_ARE_GOOD),
        {"base": "release/2.x"},
        {
            "propose": {
                "fork": "my-bot/opentelemetry.io",
                "reviewers": ["ada", "open-telemetry/docs-approvers"],
            }
        },
        {"propose": {"labels": ["good first issue", "a,b"]}, "header": "Généré : ne pas éditer"},
    ],
)
def test_what_is_good_to_the_bot_is_good_to_an_editor(document: dict[str, Any]) -> None:
    assert accepts_config(document)
    assert CONFIG_SCHEMA.is_valid(document)
