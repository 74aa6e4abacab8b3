"""What the proposal says: a page for its reviewer, harmless and never too long."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.chart import Chart, chart_of
from bot.commands import COMMANDS, Who
from bot.marker import with_marker
from bot.proposal import describe, remarks_digest
from bot.site import Propose, SiteConfig
from tests.attacks import CONTROLS, GITHUB, LIVE
from tests.kept import assert_snapshot
from tests.proposals import CONFIG, MARKER, NOTHING, april, described, pictures, sections, table_rows
from tests.spring_2020 import MARCH, SITE, april_page, counts_only, page_of, source


def april_chart() -> Chart:
    """What the page of April shows."""
    return chart_of(april_page()[0].text, CONFIG.output)


class TestSpring:
    """The proposal of April 2020."""

    def test_its_body_is_a_page_for_a_reviewer(self) -> None:
        assert_snapshot("proposal_body.md", with_marker(april().body, MARKER))

    def test_without_an_address_of_the_bot_its_body_has_characters_alone(self) -> None:
        assert_snapshot("proposal_body_without_url.md", april(public_url=None).body)

    def test_its_title_says_what_changed(self) -> None:
        title = april().title
        assert len(title) <= 72
        assert_snapshot("proposal_title.txt", title)

    def test_its_commit_message_is_imperative_with_a_link_for_each_change(self) -> None:
        assert_snapshot("proposal_commit.txt", april().commit_message)

    def test_every_change_stands_in_the_table_with_its_reason(self) -> None:
        rows = table_rows(april().body)
        assert [
            "Java",
            "v0.3, 96%",
            "v0.4, 11%",
            "Release 0.3.0 proves every column up to v0.3, so v0.4 is next",
        ] in rows
        assert ["Java", "release 0.2.4", "release 0.3.0", "0.3.0 is the highest final release"] in rows
        assert [row[0] for row in rows].count("Python") == 2
        assert ["Erlang", NOTHING, "v0.2, 33%", "Release v0.1.0 proves v0.1, so v0.2 is next"] in rows

    def test_a_step_back_is_marked(self) -> None:
        rows = table_rows(april().body)
        assert ["Go", "beta, 10%", "⚠️ step back: v0.4, 97%"] in [row[:3] for row in rows]
        assert [row[0] for row in rows if "step back" in row[2]] == ["Go", "Go"]
        assert "2 steps back" in april().body

    def test_the_milestone_or_release_is_linked(self) -> None:
        links = re.findall(r'<a href="([^"]*)">', GITHUB.render(april().body))
        for expected in (
            "opentelemetry-java/releases/tag/0.3.0",
            "opentelemetry-python/milestone/3",
            "opentelemetry.io/blob/HEAD/data/progress_source.yaml#L93",
        ):
            assert f"https://github.com/open-telemetry/{expected}" in links

    def test_what_was_kept_and_what_a_person_should_look_at_is_said(self) -> None:
        html = re.sub(r"<[^>]*>", "", GITHUB.render(april().body))
        for sentence in (
            "PHP is kept as it stands: 404 Not Found",
            "Ruby is kept as it stands: moving to another board until May",
            "data/progress_source.yaml:93: no repository in sourceUrl: opentelemetry-swift is not a URL",
            "Collector lives at open-telemetry/opentelemetry-collector now; its source row still says",
            "4 milestones name no column and change nothing",
            'match: {"v0.3": ["Backlog"]}',
        ):
            assert sentence.replace('"', "&quot;") in html

    def test_the_commands_and_the_way_to_decline_are_told(self) -> None:
        body = april().body
        names = ", ".join(f"`{one.name}`" for one in COMMANDS if one.who is not Who.REPOSITORY)
        told = f"comment `/status` and one of {names} ([what they do](https://status-bot.example.org/help))."
        assert body.endswith(told)
        assert "Close it to decline" in body
        assert april(public_url=None).body.endswith(f"comment `/status` and one of {names}.")

    def test_the_chart_is_shown_as_a_picture_above_the_one_in_characters(self) -> None:
        progress = april().body.partition("### Progress\n")[2].partition("###")[0]
        assert pictures(progress) == [
            (
                "Progress of 9 SIGs: 2 at v0.1, 1 at v0.2, 1 at v0.3, 2 at v0.4, 3 at beta.",
                f"https://status-bot.example.org/chart/{SITE}.svg?v={april_chart().digest}",
            )
        ]
        picture, _, characters = progress.partition("<details>")
        assert "](https://" in picture
        assert "```text\n" in characters
        assert characters.strip().endswith("```\n\n</details>")

    def test_the_picture_of_a_private_site_is_not_shown_for_nobody_would_see_it(self) -> None:
        body = april(private=True).body
        assert pictures(body) == pictures(april(public_url=None).body) == []
        assert "### Progress\n\n```text\n" in body
        assert "https://status-bot.example.org/help" in body

    def test_the_address_of_the_picture_changes_with_the_chart(self) -> None:
        chart = april_chart()
        first, *others = chart.rows
        for other in (
            replace(chart, columns=("v0.1", *chart.columns)),
            replace(chart, rows=tuple(others)),
            replace(chart, rows=(replace(first, label="dotnet \ud800"), *others)),
            replace(chart, rows=(replace(first, percent=43, fills=(100, 100, 43, 0, 0, 0, 0)), *others)),
        ):
            assert re.fullmatch("[0-9a-f]{10}", other.digest)
            assert other.digest != chart.digest
        assert april_chart().digest == chart.digest

    def test_auto_merge_is_announced(self) -> None:
        config = SiteConfig(propose=Propose(automerge=True))
        assert "GitHub does so once the checks pass" in april(config).body
        assert "GitHub does so" not in april().body

    def test_links_into_files_follow_the_base_branch(self) -> None:
        assert "/blob/release/2.x/data/progress_source.yaml#L93" in april(SiteConfig(base="release/2.x")).body

    def test_the_same_state_gives_the_same_words(self) -> None:
        assert april() == april()

    def test_other_peoples_mentions_and_references_are_broken(self) -> None:
        text = april()
        for part in (text.title, text.body, text.commit_message):
            assert not LIVE.search(part)
            assert not CONTROLS.search(part)


class TestCounts:
    """A proposal in which nothing but counts moved."""

    def test_its_words_are_about_counts(self) -> None:
        page, changes, made = counts_only()
        text = describe(page, changes, made.columns, site=SITE, config=CONFIG)
        assert text.title == "Update issue counts of JavaScript"
        assert text.commit_message == "Update issue counts of JavaScript\n\n- Issue counts of JavaScript"
        assert_snapshot("proposal_counts.md", text.body)

    def test_its_counts_are_open_to_be_read(self) -> None:
        page, changes, made = counts_only()
        body = describe(page, changes, made.columns, site=SITE, config=CONFIG).body
        assert "<details open><summary>Issue counts of 1 SIG</summary>" in body
        assert "| `beta` | 10 of 40 closed | 18 of 40 closed, 45% |" in body


def test_nothing_is_said_of_what_there_is_not() -> None:
    page, changes, made = counts_only()
    body = describe(page, changes, made.columns, site=SITE, config=CONFIG).body
    assert sections(body) == ["Progress"]
    assert body.count("<details") == 1
    assert "more." not in body


def test_a_first_proposal_lists_every_row_as_new() -> None:
    page, changes, made = page_of(MARCH, source(april=False))
    text = describe(page, changes, made.columns, site=SITE, config=CONFIG)
    assert "8 new rows" in text.body
    assert {row[1] for row in table_rows(text.body)} == {NOTHING}
    assert text.commit_message.startswith(
        "Update status of .NET, Go, JavaScript, Java, Python, PHP and 2 more\n\n"
    )


def test_pages_have_no_stray_blank_lines_or_trailing_blanks() -> None:
    for text in (april(), april(public_url=None), described(*counts_only()[:2])):
        for part in (text.body, text.commit_message):
            assert "\n\n\n" not in part
            assert part == part.strip()
            assert not re.search(r"[ \t]$", part, re.MULTILINE)


def test_the_remarks_move_with_what_is_said_beside_the_changes() -> None:
    page, _, _ = april_page()
    digest = remarks_digest(page)
    assert re.fullmatch("[0-9a-f]{16}", digest)
    assert remarks_digest(april_page()[0]) == digest
    first = page.rows[0]
    for other in (
        replace(page, faults=()),
        replace(page, rows=page.rows[1:]),
        replace(page, rows=(replace(first, renamed_to="o/new"), *page.rows[1:])),
        replace(page, rows=(replace(first, held="wait \ud800"), *page.rows[1:])),
        replace(page, rows=(replace(first, status=None), *page.rows[1:])),
    ):
        assert remarks_digest(other) != digest
    assert remarks_digest(replace(page, text="other counts")) == digest
