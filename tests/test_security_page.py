"""SECURITY.md against the truth: who may do what is what the code asks for, and ``app.yml`` asks no more."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from bot import sse
from bot.answers import MOST_COMMANDS
from bot.github import credentials
from bot.github.credentials import ANSWER, CHECK, COMMIT, LOOK_INTO, PROPOSE, READ, WORKFLOWS, WRITE
from bot.web.manifest import read_manifest
from bot.web.webhook import BODY_SECONDS, LARGE_BODIES, LARGE_BYTES, MOST_BYTES
from bot.webhook_proxy import Envelope
from tests.github_calls import Call, calls_in_the_code

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
IN_A_CELL = 4
"""The level of what stands in a table's row: within table, head or body, row and cell."""
CALLS = calls_in_the_code()
PERMISSIONS = read_manifest().default_permissions


def table(*heads: str) -> list[list[str]]:
    """The cells of the table whose columns are headed so, as they are written."""
    tables: list[list[list[str]]] = []
    for token in MarkdownIt("commonmark").enable("table").parse(TEXT):
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type == "inline" and token.level == IN_A_CELL:
            tables[-1][-1].append(token.content)
    [found] = [rows[1:] for rows in tables if tuple(rows[0]) == heads]
    return found


def calls_named(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def test_the_table_of_permissions_names_each_call_with_what_it_needs() -> None:
    rows = table("Permission", "Level", "Calls that read with it", "Calls that write with it")
    assert [row[0].strip("`") for row in rows] == list(PERMISSIONS)
    for permission, level, reads, writes in rows:
        name = permission.strip("`")
        assert level == PERMISSIONS[name]
        assert calls_named(reads) == {call.name for call in CALLS if (name, "read") in call.needs}
        assert calls_named(writes) == {call.name for call in CALLS if (name, "write") in call.needs}


@pytest.mark.parametrize(("permission", "level"), PERMISSIONS.items())
def test_the_app_asks_for_nothing_that_it_could_do_without(permission: str, level: str) -> None:
    assert any(call.needs == ((permission, level),) for call in CALLS)


def test_the_app_asks_for_all_that_its_calls_need() -> None:
    granted = {(name, level) for name, most in PERMISSIONS.items() for level in ("read", most)}
    refused = [call for call in CALLS if call.needs and not granted.intersection(call.needs)]
    assert refused == []


def test_no_query_is_the_apps_own_for_github_takes_none_without_an_installation() -> None:
    assert [
        call.name for call in CALLS if not call.needs and call.name.startswith(("query", "mutation"))
    ] == []


def test_the_calls_of_the_app_itself_are_named() -> None:
    said = TEXT.partition("The app speaks as itself")[2].partition("\n\n")[0]
    assert calls_named(said) == {call.name for call in CALLS if not call.needs}


def test_the_table_of_tokens_says_what_each_is_made_with() -> None:
    rows = table("Token", "Repositories", "Permissions")
    said = [dict(pair.split(": ") for pair in calls_named(row[2].partition(" (")[0])) for row in rows]
    made: list[Mapping[str, str]] = [READ, WRITE, ANSWER, PROPOSE, CHECK, LOOK_INTO, COMMIT]
    assert said == made
    assert "`workflows: write`" in rows[-1][2]
    assert dict(WORKFLOWS) == {"workflows": "write"}
    kinds = {
        name for name, value in vars(credentials).items() if isinstance(value, Mapping) and name.isupper()
    }
    assert len(kinds) == len(made) + 1, "there is no other kind of token"


@pytest.mark.parametrize("permissions", [READ, WRITE, ANSWER, PROPOSE, CHECK, LOOK_INTO, COMMIT])
def test_no_token_is_wider_than_the_app(permissions: Mapping[str, str]) -> None:
    for name, level in permissions.items():
        assert level in ("read", PERMISSIONS[name])


@pytest.mark.parametrize("permissions", [READ, LOOK_INTO])
def test_what_only_reads_can_write_nothing(permissions: Mapping[str, str]) -> None:
    assert set(permissions.values()) == {"read"}


def test_the_bounds_are_those_of_the_code() -> None:
    assert (MOST_BYTES, LARGE_BYTES) == (25 * 2**20, 2**20)
    assert (BODY_SECONDS, LARGE_BODIES, MOST_COMMANDS) == (10, 4, 5)
    assert sse.MOST_BYTES == 32 * 2**20
    assert [name for name in Envelope.__struct_fields__ if name != "body"] == [
        "x_github_event", "x_github_delivery", "x_hub_signature_256", "content_type",
    ]  # fmt: skip
    assert "Four headers and the body are taken from what it says, 32 MB at most" in TEXT
    assert "25 MB and ten seconds for a body, four larger than 1 MB at once" in TEXT
    assert "Five a minute for each person, five for each comment" in TEXT


def test_every_link_within_the_project_leads_somewhere() -> None:
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in TEXT.splitlines()
        if line.startswith("#")
    }
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", TEXT) if not target.startswith("https://")]
    assert targets
    for target in targets:
        assert target.removeprefix("#") in headings if target.startswith("#") else (ROOT / target).is_file()
    for page in ("README.md", "CONTRIBUTING.md"):
        assert "(SECURITY.md)" in (ROOT / page).read_text(encoding="utf-8")


def test_every_call_has_a_name_of_its_own() -> None:
    names = [call.name for call in CALLS]
    assert len(names) == len(set(names))
    assert Call("POST git/trees", (("contents", "write"),)) in CALLS
    assert Call("query Site", (("contents", "read"), ("pull_requests", "read"))) in CALLS
