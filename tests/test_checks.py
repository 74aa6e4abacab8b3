"""The check of pull requests: what stands on GitHub after people, and the bot, proposed something."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.check_desk import NOT_GRANTED
from bot.check_words import CHECK_NAME
from bot.dashboard import UNCHECKED, ServiceDashboard, ServiceReadiness
from bot.sandbox import PullRequest, RequestRecord, Response, Sandbox
from bot.sandbox.actions import pulls
from bot.sandbox.actions.pulls import NewPull
from bot.sandbox.actions.suites import status_of
from bot.sandbox.checks import CheckRun
from tests.clocks import FakeClock
from tests.staged import stage
from tests.world import (
    BRANCH,
    CHECKING,
    CONFIG,
    ORGANIZATION,
    OUTPUT,
    PERMISSIONS,
    SITE,
    SOURCE,
    World,
    build,
    row_of,
    source_of,
)
from tests.world import world as world_of

GO = row_of("Go")
HOUR = 3600.0


@asynccontextmanager
async def world(github: Sandbox, clock: FakeClock, *, resync_minutes: float = 30) -> AsyncIterator[World]:
    """The bot with everything granted that it asks for, and its first proposal merged."""
    async with world_of(github, clock, permissions=CHECKING, resync_minutes=resync_minutes) as story:
        story.site.merge_pull(story.the_proposal().number, by="ada")
        await story.rest()
        yield story


async def proposed(story: World, branch: str = "change", **files: str | bytes | None) -> PullRequest:
    """A person's pull request with these files, after the bot has seen it."""
    named = {"source": SOURCE, "output": OUTPUT, "config": CONFIG, "readme": "README.md"}
    story.site.push({named.get(name, name): text for name, text in files.items()}, branch=branch, by="ada")
    pull = story.site.create_pull(branch, by="ada")
    await story.rest()
    return pull


def the_run(story: World, pull: PullRequest) -> CheckRun:
    """The one check run on a pull request's head, which is over."""
    [run] = story.site.check_runs(pull.number)
    assert (run.name, run.status) == (CHECK_NAME, "completed")
    return run


def said(run: CheckRun) -> list[tuple[str, int, str, str]]:
    return [(each.path, each.start_line, each.annotation_level, each.message) for each in run.annotations]


async def test_a_good_change_shows_the_chart_as_it_would_become(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Go")
    github.repository(SITE).push({SOURCE: source_of("Python")})
    github.repository(f"{ORGANIZATION}/go").create_release("v0.2.0")
    async with world(github, clock) as story:
        pull = await proposed(story, source=source_of("Python") + GO)
        run = the_run(story, pull)
        assert (run.conclusion, run.title) == ("success", "Good: 2 SIGs, 5 columns")
        assert run.summary is not None
        assert "Go added" in run.summary
        assert "Go      ▇▇▇▇ ▇▇▇▇ ░░░░ ░░░░ ░░░░  v0.3 0%" in run.summary
        assert run.annotations == []


async def test_a_fault_is_pointed_out_on_its_line(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        text = source_of("Python") + "  - label: Go\n    sourceUrl: nowhere\n"
        pull = await proposed(story, source=text)
        run = the_run(story, pull)
        assert (run.conclusion, run.title) == ("failure", f"1 fault in {SOURCE}")
        [(path, line, level, message)] = said(run)
        assert (path, level) == (SOURCE, "failure")
        assert text.splitlines()[line - 1] == "    sourceUrl: nowhere"
        assert "`nowhere` is not a URL" in message
        assert run.head_sha == pull.head.sha


async def test_what_is_wrong_in_a_forks_pull_request_is_told_on_the_site(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        fork = story.site.fork("mallory")
        fork.push({CONFIG: "propose:\n  cuonts: daily\n"}, branch="theirs", by="mallory")
        wanted = NewPull(source=fork.record, branch="theirs", base="main", title="Mine")
        pull = pulls.create(github.state, story.site.record, wanted, "mallory")
        await story.rest()
        run = the_run(story, pull)
        assert run.conclusion == "failure"
        assert [(path, line) for path, line, _, _ in said(run)] == [(CONFIG, 2)]
        assert fork.record.check_runs == {}


async def test_a_pull_request_that_touches_nothing_of_the_page_gets_no_check(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        pull = await proposed(story, readme="# changed\n")
        assert story.site.check_runs(pull.number) == []
        story.site.push({"data/other.yaml": "a: 1\n"}, branch="change", by="ada")
        await story.rest()
        assert story.site.check_runs(pull.number) == []


async def test_the_bots_own_proposal_is_checked_and_good(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        pull = story.the_proposal()
        run = the_run(story, pull)
        assert (run.conclusion, run.title) == ("success", "Good: 1 SIG, 5 columns")
        assert run.head_sha == story.site.tip(BRANCH)


# -- what is wrong where ----------------------------------------------------------------------


@pytest.mark.parametrize("file", ["source", "output", "config"])
async def test_what_is_no_text_is_pointed_out_on_its_line(
    github: Sandbox, clock: FakeClock, file: str
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        files: dict[str, Any] = {file: b"# all is well\n# \xff\xfe\n"}
        pull = await proposed(story, **files)
        [(path, line, level, message)] = said(the_run(story, pull))
        assert path == {"source": SOURCE, "output": OUTPUT, "config": CONFIG}[file]
        assert (line, level) == (2, "failure")
        assert message == "is not UTF-8 text from here on: save it as UTF-8"


async def test_a_site_that_ends_is_promised_no_page(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        run = the_run(story, await proposed(story, config=None))
        assert run.conclusion == "neutral"
        assert "the bot leaves it" in str(run.summary)
        assert "This is how the page will be" not in str(run.summary)


async def test_a_configuration_that_only_the_pull_request_breaks_fails_it(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Go")
    github.repository(SITE).push({SOURCE: source_of("Python")})
    async with world(github, clock) as story:
        pull = await proposed(story, config="propose:\n  draft: perhaps\n", source=source_of("Python") + GO)
        run = the_run(story, pull)
        assert run.conclusion == "failure"
        assert said(run) == [
            (CONFIG, 2, "failure", "`draft` must be true or false, not `perhaps`"),
        ], "the source is looked at where the site has it until then, and is good"


async def test_a_configuration_that_the_pull_request_mends_is_good(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.push({CONFIG: "sauce: x\n"}, by="ada")
        await story.rest()
        run = the_run(story, await proposed(story, config="propose: {draft: true}\n"))
        assert (run.conclusion, run.annotations) == ("success", [])


async def test_what_was_wrong_before_is_told_and_fails_nobody_else(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    faulty = source_of("Python") + "  - label: Go\n    sourceUrl: nowhere\n"
    async with world(github, clock) as story:
        story.site.push({SOURCE: faulty, CONFIG: "sauce: x\n"}, by="ada")
        await story.rest()
        run = the_run(story, await proposed(story, source=f"# a word\n\n{faulty}"))
        assert (run.conclusion, run.title) == (
            "neutral",
            f"Nothing new is wrong; 2 faults of before in {CONFIG} and 1 more",
        )
        [(path, line, level, _)] = said(run)
        assert (path, level) == (SOURCE, "warning")
        assert faulty.splitlines()[line - 3] == "    sourceUrl: nowhere"
        assert "sauce" in str(run.summary), "the broken configuration is not its file: told, not pointed at"


async def test_a_source_that_is_deleted_or_renamed_away_is_a_fault(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        for branch, elsewhere in (("gone", None), ("moved", source_of("Python"))):
            pull = await proposed(story, branch, **{SOURCE: None, "data/other.yaml": elsewhere})
            run = the_run(story, pull)
            assert (run.conclusion, run.annotations) == ("failure", []), "there is no line to point at"
            assert "there is no such file" in str(run.summary)


async def test_a_source_may_move_together_with_its_name_in_the_configuration(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    text = source_of("Python") + "  - label: Go\n    sourceUrl: nowhere\n"
    async with world(github, clock) as story:
        config = "source: data/sigs.yaml\n"
        files = {SOURCE: None, "data/sigs.yaml": text, CONFIG: config}
        run = the_run(story, await proposed(story, "moved", **files))
        assert [(path, level) for path, _, level, _ in said(run)] == [("data/sigs.yaml", "failure")]
        run = the_run(story, await proposed(story, "half", config="# here\nsource: data/sigs.yml\n"))
        [(path, line, _, message)] = said(run)
        assert (path, line) == (CONFIG, 2)
        assert message == "there is no `data/sigs.yml`: create it, or name another file"


async def test_an_output_edited_by_hand_is_worth_a_word(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        lines = story.read(OUTPUT).splitlines(keepends=True)
        at = next(number for number, line in enumerate(lines) if "msLabel" in line)
        lines[at] = "    msLabel: beta\n"
        run = the_run(story, await proposed(story, output="".join(lines)))
        assert run.conclusion == "neutral"
        [(path, line, level, message)] = said(run)
        assert (path, line, level) == (OUTPUT, at + 1, "notice")
        assert message.endswith(f"edit `{SOURCE}`")


async def test_an_output_that_nobody_could_read_fails(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        run = the_run(story, await proposed(story, "broken", output="data:\n  - [\n"))
        assert run.conclusion == "failure"
        assert [(path, level) for path, _, level, _ in said(run)] == [(OUTPUT, "failure")]
        run = the_run(story, await proposed(story, "binary", output=b"\x89PNG\r\n\x1a\n\xff\xfe\x00"))
        assert (run.conclusion, [line for _, line, _, _ in said(run)]) == ("failure", [1])
        assert "is not UTF-8 text" in str(run.summary)
        run = the_run(story, await proposed(story, "folder", **{f"{OUTPUT}/x": "x\n", OUTPUT: None}))
        assert "is a folder" in str(run.summary)


async def test_a_page_that_is_built_from_another_branch_is_left_out(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.push({"x": "x"}, branch="live")
        run = the_run(story, await proposed(story, config="base: live\n"))
        assert [(path, line, level) for path, line, level, _ in said(run)] == [(CONFIG, 1, "notice")]
        story.site.push({SOURCE: "broken: ["}, branch="elsewhere", by="ada")
        pull = story.site.create_pull("elsewhere", base="live", by="ada")
        await story.rest()
        assert story.site.check_runs(pull.number) == [], "nothing that the page is made of"


async def test_thousands_of_faults_are_told_by_a_few_requests(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    rows = "".join(f"  - label: L{number}\n    sourceUrl: nowhere\n" for number in range(3000))
    async with world(github, clock) as story:
        asked = len(github.requests)
        run = the_run(story, await proposed(story, source=source_of("Python") + rows))
        assert (run.conclusion, run.title) == ("failure", f"3000 faults in {SOURCE}")
        assert len({(each.path, each.start_line) for each in run.annotations}) == 300
        assert len(run.annotations) == 300
        assert "and 2900 more" in str(run.summary)
        writes = [each for each in github.requests[asked:] if "/check-runs" in each.path]
        assert len(writes) == 6


async def test_a_pull_request_of_more_files_than_are_listed_is_found_out_all_the_same(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        many = {f"a/{number}.md": "x\n" for number in range(150)}
        pull = await proposed(story, "unrelated", **many)
        assert story.site.check_runs(pull.number) == []
        run = the_run(story, await proposed(story, "related", **many, **{SOURCE: source_of("Python") + GO}))
        assert run.conclusion == "success"


# -- once, and again --------------------------------------------------------------------------


async def test_repeated_and_reordered_deliveries_make_no_second_run(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        pull = await proposed(story, source=source_of("Python") + GO)
        run = the_run(story, pull)
        told = [each for each in github.deliveries if each.event in ("pull_request", "check_suite")]
        for delivery in told[::-1]:
            await github.redeliver(delivery.id)
            await story.rest()
        assert story.site.check_runs(pull.number) == [run]


async def test_two_replicas_make_one_run(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with stage(github, clock, replicas=2, permissions=CHECKING) as story:
        for branch in ("one", "two", "three"):
            the_run(story, await proposed(story, branch, source=source_of("Python") + f"# {branch}\n"))
        assert len(story.site.pulls()) == 4
        for pull in story.site.pulls():
            the_run(story, pull)


async def test_a_push_gets_a_check_of_its_own_and_the_old_one_stays(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        pull = await proposed(story, source=source_of("Python") + "  - label: Go\n")
        before = the_run(story, pull)
        story.site.push({SOURCE: source_of("Python") + GO}, branch="change", by="ada")
        await story.rest()
        assert the_run(story, pull).conclusion == "success"
        assert before.conclusion == "failure"
        assert before.head_sha != pull.head.sha


async def test_a_verdict_holds_for_the_commit_that_was_read_though_somebody_pushes_meanwhile(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        good, pushed = source_of("Python") + GO, list[str]()

        def push_in_between(record: RequestRecord) -> Response | None:
            if record.method == "POST" and record.path.endswith("/check-runs") and not pushed:
                old = str(story.site.tip("change"))
                new = story.site.push({"x": "x\n", SOURCE: good}, branch="other", by="ada")
                pushed.append(old)
                story.site.force_push("change", new)
            return None

        github.intercept(push_in_between)
        pull = await proposed(story, source=source_of("Python") + "  - label: Go\n")
        runs = {run.head_sha: run.conclusion for run in story.site.record.check_runs.values()}
        assert runs[pushed[0]] == "failure"
        assert the_run(story, pull).conclusion == "success"


async def test_who_asks_again_gets_an_answer_that_is_no_second_run(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        pull = await proposed(story, source=source_of("Python") + GO)
        run = the_run(story, pull)
        before = run.completed_at
        again = [partial(story.site.rerequest_check, run), partial(story.site.rerequest_checks, pull.number)]
        for ask in again:
            await clock.advance(60)
            ask()
            [suite] = [each for each in story.site.record.check_suites.values() if each.id == run.suite_id]
            assert status_of(story.site.record, suite) == "queued"
            await story.rest()
            assert status_of(story.site.record, suite) == "completed"
            assert the_run(story, pull) is run
            assert before is not None
            assert run.completed_at is not None
            assert run.completed_at > before


async def test_a_forks_pull_request_is_checked_again_by_its_commit(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Go")
    github.repository(SITE).push({SOURCE: source_of("Python")})
    async with world(github, clock) as story:
        fork = story.site.fork("mallory")
        fork.push({SOURCE: source_of("Python") + GO}, branch="theirs", by="mallory")
        wanted = NewPull(source=fork.record, branch="theirs", base="main", title="Mine")
        pull = pulls.create(github.state, story.site.record, wanted, "mallory")
        await story.rest()
        run = the_run(story, pull)
        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        story.site.rerequest_checks(pull.number)
        await story.rest()
        assert the_run(story, pull) is run
        assert "v0.2 0%" in str(run.summary), "told anew, for the page has moved on"


async def test_another_verdict_on_the_same_commit_leaves_no_old_remarks_standing(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        pull = await proposed(story, source=source_of("Python") + "  - label: Go\n    sourceUrl: nowhere\n")
        before = the_run(story, pull)
        story.site.push({SOURCE: source_of("Python") + "  - label: X\n    sourceUrl: nowhere\n"}, by="ada")
        await story.rest()
        story.site.rerequest_check(before)
        await story.rest()
        old, new = story.site.check_runs(pull.number)
        assert (old, old.conclusion, len(old.annotations)) == (before, "failure", 1)
        assert [level for _, _, level, _ in said(new)] == ["warning"], (
            "the newest of a name is what GitHub shows"
        )


@pytest.mark.parametrize("ruleset", [False, True])
async def test_a_required_check_is_in_nobodys_way(
    github: Sandbox, clock: FakeClock, *, ruleset: bool
) -> None:
    build(github, "Python")
    github.repository(SITE).protect(checks=[CHECK_NAME], ruleset=ruleset)
    async with world_of(github, clock, permissions=CHECKING) as story:
        pull = await proposed(story, readme="# changed\n")
        assert the_run(story, pull).conclusion == "skipped"
        story.site.merge_pull(pull.number, by="ada")
        assert pull.merged


# -- trouble ----------------------------------------------------------------------------------


async def test_a_lost_delivery_is_made_up_for_by_the_next_full_look(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.hold_webhooks()
        story.site.push({SOURCE: source_of("Python") + GO}, branch="lost", by="ada")
        lost = story.site.create_pull("lost", by="ada")
        story.site.push({"x.md": "x\n"}, branch="unrelated", by="ada")
        unrelated = story.site.create_pull("unrelated", by="ada")
        github.release_webhooks(drop=lambda _: True)
        await story.rest()
        assert story.site.check_runs(lost.number) == []
        await clock.advance(30 * 60)
        await story.rest()
        assert the_run(story, lost).conclusion == "success"
        assert story.site.check_runs(unrelated.number) == []
        asked = len(github.requests)
        await clock.advance(30 * 60)
        await story.rest()
        again = [record for record in github.requests[asked:] if is_check(record)]
        assert len(again) == 1, "one query finds that nothing is missing"


def is_check(record: RequestRecord) -> bool:
    """Whether a request has to do with checks alone."""
    return dict(record.permissions).get("checks") == "write"


async def test_a_report_that_was_cut_short_is_gone_on_with(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    rows = "".join(f"  - label: L{number}\n    sourceUrl: nowhere\n" for number in range(120))
    async with world(github, clock) as story:
        patched: list[str] = []

        def fail_once(record: RequestRecord) -> Response | None:
            if record.method == "PATCH" and "/check-runs/" in record.path:
                patched.append(record.path)
                if len(patched) == 1:
                    return Response(502, {"message": "Server Error"})
            return None

        github.intercept(fail_once)
        run = the_run(story, await proposed(story, source=source_of("Python") + rows))
        assert len(run.annotations) == 120
        assert len({each.start_line for each in run.annotations}) == 120, "none twice"
        assert len(patched) == 3


async def test_trouble_is_waited_out_and_told_and_keeps_no_proposal(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        down = github.intercept(
            lambda record: Response(503, {"message": "Unavailable"}) if is_check(record) else None
        )
        story.site.push({SOURCE: source_of("Python") + GO}, branch="change", by="ada")
        pull = story.site.create_pull("change", by="ada")
        await github.delivered()
        await clock.advance(30)
        waits = ServiceReadiness(story.bot.service, story.bot.queue).waits()
        assert [wait for wait in waits if wait.startswith("1 check of pull requests waits: ")] == list(waits)
        story.sig("Python").create_release("v0.1.0")
        await github.delivered()
        await clock.advance(30)
        assert story.site.tip(BRANCH) is not None, "what is proposed does not wait for what is checked"
        assert story.site.check_runs(pull.number) == []
        down()
        await clock.advance(600)
        await story.rest()
        assert the_run(story, pull).conclusion == "success"


async def test_an_installation_that_has_not_granted_checks_goes_on_with_all_else(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    with capture_logs() as lines:
        async with world_of(github, clock, permissions=PERMISSIONS) as story:
            pull = await proposed(story, source=source_of("Python") + GO)
            await clock.advance(3600)
            await story.rest()
            assert story.site.check_runs(pull.number) == []
            assert not any(is_check(record) for record in github.requests)
            assert [line["log_level"] for line in lines if line["event"] == NOT_GRANTED] == ["warning"]
            [site] = await ServiceDashboard(story.bot.service).sites()
            assert site.unchecked == UNCHECKED

            [app], [installation] = github.state.apps.values(), github.state.installations.values()
            app.permissions["checks"] = "write"
            github.accept_permissions(installation, by="linus")
            await story.rest()
            assert the_run(story, pull).conclusion == "success"
            assert len(story.site.pulls()) == 2
            for each in story.site.pulls():
                the_run(story, each)
            [site] = await ServiceDashboard(story.bot.service).sites()
            assert site.unchecked == ""


async def test_a_permission_that_is_taken_away_between_two_looks_ends_the_checks_quietly(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=12 * 60) as story:
        [installation] = github.state.installations.values()
        installation.permissions.pop("checks")
        await clock.advance(HOUR)
        with capture_logs() as lines:
            pull = await proposed(story, source=source_of("Python") + GO)
        assert story.site.check_runs(pull.number) == []
        assert [line["event"] for line in lines if line["event"] == NOT_GRANTED] == [NOT_GRANTED]
        assert story.bot.queue.failures == {}


async def test_a_branch_that_is_deleted_meanwhile_leaves_nothing_waiting(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.push({SOURCE: "broken: ["}, branch="change", by="ada")
        pull = story.site.create_pull("change", by="ada")
        await github.delivered()
        story.site.delete_branch("change", by="ada")
        await story.rest()
        assert pull.state == "closed"
        assert story.site.check_runs(pull.number) == []
        assert story.bot.queue.failures == {}


async def test_a_commit_that_github_has_not_caught_up_with_is_waited_for(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        behind: list[RequestRecord] = []

        def still_at_it(record: RequestRecord) -> Response | None:
            if "query SomePulls" in str(record.sent) and len(behind) < 2:
                behind.append(record)
                head = {"number": 2, "state": "OPEN", "headRefOid": "a" * 40, "commits": {"nodes": []}}
                place = {
                    "nameWithOwner": SITE,
                    "url": "http://127.0.0.1",
                    "isPrivate": False,
                    "isArchived": False,
                    "defaultBranchRef": {"name": "main", "target": {"oid": story.site.tip()}},
                    "base": None,
                }
                return Response(200, {"data": {"repository": {**place, "p0": head}}})
            return None

        github.intercept(still_at_it)
        pull = await proposed(story, source=source_of("Python") + GO)
        assert len(behind) == 2
        assert the_run(story, pull).conclusion == "success"


async def test_a_commit_that_github_no_longer_knows_is_given_up(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.intercept(
            lambda record: (
                Response(422, {"message": "No commit found for SHA: x"})
                if record.method == "POST" and record.path.endswith("/check-runs")
                else None
            )
        )
        pull = await proposed(story, source=source_of("Python") + GO)
        assert story.site.check_runs(pull.number) == []
        assert story.bot.queue.failures == {}


# -- other people's text, and other people's repositories -------------------------------------


async def test_a_strangers_pull_request_cannot_make_private_facts_public(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    secret = github.create_repository(f"{ORGANIZATION}/secret", private=True)
    secret.create_release("v0.2.0")
    async with world(github, clock) as story:
        run = the_run(story, await proposed(story, source=source_of("Python") + row_of("Secret")))
        assert "Secret  ░░░░ ░░░░ ░░░░ ░░░░ ░░░░  v0.1 0%" in str(run.summary), "as its row says"
        other = the_run(story, await proposed(story, "other", source=source_of("Python") + row_of("Nowhere")))
        told = [
            str(each.summary).lower().replace("nowhere", "secret").replace(each.head_sha, "").replace(" ", "")
            for each in (run, other)
        ]
        assert told[0].replace("░", "") == told[1].replace("░", ""), "private is as good as not there"


async def test_a_repository_that_is_not_there_is_pointed_out(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        text = source_of("Python", "Pyhton")
        run = the_run(story, await proposed(story, source=text))
        assert (run.conclusion, run.title) == ("success", "Good: 2 SIGs, 5 columns, with 1 remark")
        [(path, line, level, message)] = said(run)
        assert (path, level) == (SOURCE, "notice")
        assert text.splitlines()[line - 1].endswith("/pyhton")
        assert "could not be read" in message
        story.site.merge_pull(next(one for one in story.site.pulls() if one.author == "ada").number, by="ada")
        await story.rest()
        later = the_run(story, await proposed(story, "later", source=f"# a word\n{text}"))
        assert said(later) == [], "it is no news any more"


async def test_a_pull_request_with_masses_of_new_repositories_costs_two_queries(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    rows = "".join(row_of(f"New{number}") for number in range(100))
    async with world(github, clock) as story:
        asked = len(github.requests)
        pull = await proposed(story, source=source_of("Python") + rows)
        assert the_run(story, pull).title == "Good: 101 SIGs, 5 columns, with 40 remarks"
        queries = [record for record in github.requests[asked:] if "query Facts" in str(record.sent)]
        assert len(queries) == 2


async def test_what_others_write_takes_no_effect(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        hostile = "@octocat closes #1 <script> | ::error::x"
        row = f'  - label: "{hostile}"\n    sourceUrl: "{hostile}"\n    msLabel: "{hostile}"\n'
        run = the_run(story, await proposed(story, source=source_of("Python") + row))
        told = "\n".join([str(run.title), str(run.summary), *(each.message for each in run.annotations)])
        assert run.annotations
        assert "@octocat" not in told
        assert "#1 " not in told
        assert "<script>" not in str(run.summary), "the one part that is read as Markdown"
