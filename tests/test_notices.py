"""The words of issues and comments, each kept as a snapshot."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from bot.marker import HANDS_OFF_MARKER, read_faults_digest, read_marker
from bot.notices import (
    closing_words,
    fault_comment,
    fault_report,
    faults_digest,
    faults_mended_words,
    hands_off_words,
    help_reply,
    located,
)
from bot.status.faults import Fault
from tests.attacks import ATTACKS, CONTROLS, GITHUB, LIVE
from tests.kept import assert_snapshot

URL = "https://github.com/open-telemetry/opentelemetry.io"
FAULTS = (
    Fault(
        "data/progress_source.yaml", 93, "no repository in `sourceUrl`: write `https://github.com/OWNER/NAME`"
    ),
    Fault("data/progress_source.yaml", 40, "the column `v0.4` stands twice: keep one"),
    Fault(".github/status-bot.yml", 0, "the base branch `gh-pages` does not exist"),
)


@dataclass(frozen=True)
class Command:
    name: str
    usage: str
    what: str
    who: str


COMMANDS = (
    Command("help", "help", "shows this table", "anyone"),
    Command(
        "hold", "hold SIG [reason]", "keeps the row of a SIG as it stands", "write on the site | on the SIG"
    ),
)


def test_a_report_of_faults_names_each_with_its_place() -> None:
    report = fault_report(FAULTS, URL)
    assert report.title == "Status page: 3 faults in .github/status-bot.yml and 1 more"
    assert_snapshot("fault_report.md", report.body)
    assert read_faults_digest(report.body) == faults_digest(FAULTS)


def test_a_report_of_one_fault_speaks_of_one() -> None:
    assert fault_report(FAULTS[:1]).title == "Status page: 1 fault in data/progress_source.yaml"


def test_without_an_address_the_places_are_no_links() -> None:
    assert "](" not in fault_report(FAULTS).body
    assert "`data/progress_source.yaml:93`" in fault_report(FAULTS).body


def test_places_lead_to_their_lines() -> None:
    first, second, third = located(FAULTS, URL, "release/2.x")
    assert (first.where, first.url) == (
        ".github/status-bot.yml",
        f"{URL}/blob/release/2.x/.github/status-bot.yml",
    )
    assert second.url == f"{URL}/blob/release/2.x/data/progress_source.yaml#L40"
    assert third.message == FAULTS[0].message


def test_a_proposal_that_cannot_go_on_says_why() -> None:
    comment = fault_comment(FAULTS[:1], URL)
    assert_snapshot("fault_comment.md", comment)
    assert read_faults_digest(comment) == faults_digest(FAULTS[:1])


def test_the_digest_of_faults_knows_no_order_but_every_word() -> None:
    assert faults_digest(FAULTS) == faults_digest(FAULTS[::-1]) == faults_digest(FAULTS + FAULTS)
    assert faults_digest(()) == ""
    others = (
        FAULTS[1:],
        (FAULTS[0], Fault("a", 1, "b")),
        (Fault("data/progress_source.yaml", 41, FAULTS[1].message),),
    )
    assert len({faults_digest(FAULTS), *map(faults_digest, others)}) == 4


def test_many_faults_are_cut() -> None:
    many = tuple(Fault("data/progress_source.yaml", line, "wrong " * 100) for line in range(1, 500))
    for body in (fault_report(many, URL).body, fault_comment(many, URL)):
        assert "… and 449 more." in body
        assert len(body) < 65_536
        assert read_faults_digest(body) == faults_digest(many)


def test_the_worst_faults_fit_too() -> None:
    path = f"data/{'@a|`' * 120}.yaml"
    worst = tuple(Fault(path, line, "|`<@a" * 1000) for line in range(1, 100))
    report = fault_report(worst, URL)
    assert len(report.title) <= 256
    for body in (report.body, fault_comment(worst, URL)):
        assert len(body) <= 65_536
        assert body.count("\n- ") >= 5
        assert read_faults_digest(body) == faults_digest(worst)


def test_mended_faults_are_thanked_for() -> None:
    assert_snapshot("faults_mended.md", faults_mended_words())


def test_a_proposal_with_nothing_left_is_closed_with_a_word() -> None:
    assert_snapshot("closing.md", closing_words("data/progress_generated.yaml"))


def test_hands_are_kept_off_a_persons_work() -> None:
    words = hands_off_words("status-bot/main", "status-bot")
    assert_snapshot("hands_off.md", words)
    assert words.endswith(HANDS_OFF_MARKER)
    assert "`/status recreate`" in words


def test_help_is_the_table_of_commands() -> None:
    reply = help_reply(COMMANDS, "status-bot", help_url="https://status-bot.example.org/help")
    assert_snapshot("help.md", reply)
    html = GITHUB.render(reply)
    assert html.count("<tr>") == 3
    assert "<td>write on the site | on the SIG</td>" in html


def test_what_is_no_command_gets_the_table_too() -> None:
    reply = help_reply(COMMANDS, "status-bot", ("frobnicate", "frobnicate", "@octocat"))
    assert_snapshot("help_unknown.md", reply)
    assert reply.startswith("I do not know `frobnicate`, ")
    assert "f4" in help_reply(COMMANDS, "status-bot", [f"f{index}" for index in range(50)])
    assert "f5" not in help_reply(COMMANDS, "status-bot", [f"f{index}" for index in range(50)])


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: ascii(attack[:30]))
def test_no_text_of_others_takes_effect(attack: str) -> None:
    faults = (
        Fault(f"data/{attack[:99]}".encode("utf-8", "replace").decode(), 3, f"no `{attack}`; {attack}"),
    )
    own_marker = re.compile(r"\n\n<!-- status-bot faults [0-9a-f]{16} -->$")
    report = fault_report(faults, URL)
    for words in (
        report.title,
        own_marker.sub("", report.body),
        own_marker.sub("", fault_comment(faults, URL)),
        closing_words(attack),
        hands_off_words(attack, "status-bot").removesuffix(HANDS_OFF_MARKER),
        help_reply(COMMANDS, "status-bot", (attack,)),
    ):
        assert not LIVE.search(words.replace("`@status-bot`", "").replace("`@status-bot recreate`", ""))
        assert not CONTROLS.search(words)
        assert read_marker(words) is None
        assert len(words) < 10_000
