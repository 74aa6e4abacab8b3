"""A site's configuration: defaults, every fault with its line, and the schema for editors."""

from __future__ import annotations

import jsonschema_rs
import pytest
import yaml

from bot.site import (
    Commands,
    Propose,
    SiteConfig,
    config_json_schema,
    read_config,
)
from tests.configs import faults_of

FULL = """\
source: data/progress_source.yaml
output: data/progress_generated.yaml
header: "Made by a bot."                  # the output's first comment
base: release/2.x
propose:
  counts: weekly                # immediately | hourly | daily | weekly
  labels: [status-page, "good first issue"]
  reviewers: [octocat, open-telemetry/docs-approvers, some-bot]
  draft: yes
  automerge: true
  fork: status-bot/opentelemetry.io
commands:
  who: maintain
"""


@pytest.mark.parametrize(
    "text", ["", "\n", "# nothing yet\n", "---\n", "~\n", "propose:\n  # counts: daily\nbase:\n"]
)
def test_a_file_that_says_nothing_means_the_defaults(text: str) -> None:
    assert read_config(text) == SiteConfig(
        source="data/progress_source.yaml",
        output="data/progress_generated.yaml",
        header=None,
        base=None,
        propose=Propose(
            counts="daily", labels=("status-page",), reviewers=(), draft=False, automerge=False, fork=None
        ),
        commands=Commands(who="write"),
    )


def test_every_key_can_be_set() -> None:
    assert read_config(FULL) == SiteConfig(
        source="data/progress_source.yaml",
        output="data/progress_generated.yaml",
        header="Made by a bot.",
        base="release/2.x",
        propose=Propose(
            counts="weekly",
            labels=("status-page", "good first issue"),
            reviewers=("octocat", "open-telemetry/docs-approvers", "some-bot"),
            draft=True,
            automerge=True,
            fork="status-bot/opentelemetry.io",
        ),
        commands=Commands(who="maintain"),
    )


def test_lists_may_be_empty_or_written_in_lines() -> None:
    config = read_config("propose:\n  labels: []\n  reviewers:\n    - octocat\n    - org/team\n")
    assert config.propose.labels == ()
    assert config.propose.reviewers == ("octocat", "org/team")


def test_line_ends_and_a_byte_order_mark_of_windows_do_not_matter() -> None:
    assert read_config("\ufeff" + FULL.replace("\n", "\r\n")) == read_config(FULL)


def test_all_faults_are_told_at_once_each_with_its_line() -> None:
    assert faults_of("""\
        outptu: data/x.yaml
        base: 1.0
        base: main
        propose:
          counts: dayly
          labels: status-page
          reviewers: ["@me", a/b/c,
                      7]
          draft: maybe
          fork: opentelemetry.io
        commands: [write]
        """) == [
        "1: `outptu` is no key here; did you mean `output`?",
        '2: `base` must be text: write it in quotes, `"1.0"`',
        "3: `base` stands here for the second time, after line 2",
        "5: `dayly` is no value of `counts`; did you mean `daily`?",
        "6: `labels` must be a list, as in `labels: [status-page]`",
        "7: `@me` must be written without the `@`",
        "7: `a/b/c` is no reviewer: write a user, or a team as `org/team`",
        '8: `reviewers` must be text: write it in quotes, `"7"`',
        "9: `draft` must be true or false, not `maybe`",
        "10: `opentelemetry.io` is no repository: write it as `OWNER/REPO`",
        "11: `commands` must hold keys and values, one on each line",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("- a\n", "1: the file must hold keys and values, one on each line"),
        ("just words\n", "1: the file must hold keys and values, one on each line"),
        ("labels: [a]\n", "1: `labels` belongs under `propose`"),
        ("who: admin\n", "1: `who` belongs under `commands`"),
        ("propose: {source: x.yaml}\n", "1: `source` is no key here: write one of "),
        (
            "7: x\n",
            "1: `7` is no key here: write one of `source`, `output`, `header`, `base`, `propose`, `commands`",
        ),
        ("? [a]\n: b\n", "1: an empty text is no key here"),
        ("<<: {base: main}\n", "1: `<<` is no key here"),
        (
            "propose: {counts: never}\n",
            "`never` is no value of `counts`: write one of `immediately`, `hourly`, ",
        ),
        ("propose: {counts: [daily]}\n", "`counts` must be one value here, no list and no keys"),
        ("propose: {counts: true}\n", "`true` is no value of `counts`"),
        ("commands: {who: read}\n", "`read` is no value of `who`: write one of `triage`, `write`"),
        (
            "commands: {who: owner}\n",
            "`owner` is no value of `who`: write one of `triage`, `write`, `maintain`, `admin`",
        ),
        ("propose: {draft: 'true'}\n", "`draft` must be true or false, not `true`"),
        ("propose: {labels: {a: b}}\n", "`labels` must be a list"),
        ("propose: {labels: [[a]]}\n", "`labels` must be one value here, no list and no keys"),
        ("propose: {labels: [null]}\n", '`labels` must be text: write it in quotes, `"null"`'),
        ("base: 2020-04-01\n", '`base` must be text: write it in quotes, `"2020-04-01"`'),
        ("base: on\n", '`base` must be text: write it in quotes, `"on"`'),
        ("base: !!python/name:os.system x\n", "`base` must be text"),
        ("!own base: x\n", "`base` has a tag before it, which makes it another key: remove the tag"),
        ("header: [a]\n", "`header` must be one value here"),
        ('header: "a\\nb"\n', "`header` must be one line of at most 500 characters"),
        (f"header: {'x' * 501}\n", "`header` must be one line of at most 500 characters"),
    ],
)
def test_a_wrong_key_or_type_is_named_with_what_to_write(text: str, fault: str) -> None:
    (only,) = faults_of(text)
    assert fault in only


@pytest.mark.parametrize(
    "text",
    [
        "base: [a\n",
        "base: 'a\n",
        "base: a: b\n",
        "base:\n\tmain\n",
        "base: *unknown\n",
        "base: main\n---\nbase: other\n",
        "base: \x00\n",
        "base: \ud800\n",
        "base: " + "[" * 50_000,
        "propose:\n" + "- " * 30_000,
        "header: " + "x" * 70_000,
        "propose: &a {labels: [*a]}\n",
    ],
    ids=ascii,
)
def test_broken_yaml_is_a_fault_and_never_an_accident(text: str) -> None:
    assert faults_of(text)


def test_broken_yaml_is_told_with_its_line() -> None:
    assert faults_of("base: main\nheader: 'x\n")[0].startswith(("2: ", "3: "))
    assert faults_of("base: main\n\nheader: a: b\n")[0].startswith("3: ")


def test_what_a_fault_quotes_is_short_and_printable() -> None:
    (only,) = faults_of(f'"key\\u202e{"x" * 300}": 1\n')
    assert len(only) < 200
    assert only.isprintable()


def test_the_schema_takes_what_the_reader_takes() -> None:
    schema = jsonschema_rs.validator_for(config_json_schema())
    assert schema.is_valid({})
    assert schema.is_valid(yaml.safe_load(FULL))
    assert not schema.is_valid({"outptu": "x.yaml"})
    assert not schema.is_valid({"propose": {"counts": "never"}})
    assert not schema.is_valid({"propose": {"labels": "status-page"}})
    assert not schema.is_valid({"commands": {"who": "read"}})


def test_the_schema_describes_every_key_and_its_default() -> None:
    schema = config_json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    definitions = schema["$defs"]
    assert set(definitions) == {"SiteConfig", "Propose", "Commands"}
    for definition in definitions.values():
        for key, described in definition["properties"].items():
            assert described.get("description"), key
            assert "default" in described, key
