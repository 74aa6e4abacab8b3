"""Every command of the table, from the comment to what stands on GitHub after its answer."""

from __future__ import annotations

import asyncio

import pytest
import yaml

from bot.commands import COMMANDS
from bot.github.model import SiteRef
from bot.sandbox import Repo, RequestRecord, Response, Sandbox, spring_2020
from bot.sandbox.records import Role
from tests.attacks import ATTACKS, GITHUB
from tests.clocks import FakeClock
from tests.kept import assert_snapshot
from tests.questions import CONFUSED, EYES, PULL, ROCKET, answer_to, as_on_github, replies, say
from tests.readers import queries, query_in, stage
from tests.world import (
    BOT,
    BRANCH,
    CONFIG,
    ORGANIZATION,
    OUTPUT,
    SITE,
    SOURCE,
    World,
    build,
    row_of,
    source_of,
    world,
)

DAY = 24 * 3600.0
NOT_A_WRITE = ("GET", "HEAD")


def writes(github: Sandbox) -> list[str]:
    """What was written so far, but for answers to comments and what only reads."""
    return [
        f"{record.method} {record.path}"
        for record in github.requests
        if record.method not in NOT_A_WRITE
        and record.path != "/graphql"
        and "/comments" not in record.path
        and "/access_tokens" not in record.path
    ]


async def merge(story: World) -> None:
    """The page stands as it was proposed."""
    story.site.merge_pull(story.the_proposal().number, by="ada")
    await story.rest()


def rows_in(reply: str) -> list[list[str]]:
    """The rows of a reply's table, as a reader sees their cells."""
    html = GITHUB.render(reply)
    return [[cell.partition("</td>")[0] for cell in row.split("<td>")[1:]] for row in html.split("<tr>")[2:]]


# -- help -------------------------------------------------------------------------------------


async def test_help_says_where_the_page_of_all_commands_is(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock, public_url="https://bot.example.org/") as story:
        reply = await answer_to(story, "/status help")
        assert "https://bot.example.org/help" in reply
        assert [row[0] for row in rows_in(reply)] == [
            f"<code>/status {command.usage}</code>" for command in COMMANDS
        ]


# -- show -------------------------------------------------------------------------------------


async def test_show_tells_how_the_page_stands_and_how_it_would_be(github: Sandbox, clock: FakeClock) -> None:
    spring_2020.build(github)
    async with world(github, clock) as story:
        assert_snapshot("reply_show_first.md", await answer_to(story, "/status show"))
        await merge(story)
        go = github.repository(f"{ORGANIZATION}/opentelemetry-go")
        go.create_release("v0.5.0")
        go.edit_milestone(4, title="v1.0")
        js = github.repository(f"{ORGANIZATION}/opentelemetry-js")
        js.edit_release("v0.5.1", body="Other notes.\n")
        source = yaml.safe_load(story.read(SOURCE))
        ruby = next(row["sourceUrl"] for row in source["data"] if row["label"] == "Ruby")
        held = story.read(SOURCE).replace(f"{ruby}\n", f'{ruby}\n    hold: "waiting | for **May** @ada"\n')
        held = held.replace("  - label: PHP\n", "  - label: PHP\n    prereleases: perhaps\n")
        story.site.push({SOURCE: held}, message="Hold Ruby")
        await story.rest()
        github.requests.clear()
        reply = await answer_to(story, "/status show")
        assert writes(github) == []
        assert_snapshot("reply_show.md", reply)
        assert len(rows_in(reply)) == len(source["data"])
        assert github.mentions == []


@pytest.mark.parametrize("name", ["js", "open-telemetry/opentelemetry-js", "`JAVA SCRIPT`"])
async def test_show_shows_one_row_by_any_of_its_names(github: Sandbox, clock: FakeClock, name: str) -> None:
    spring_2020.build(github)
    async with world(github, clock) as story:
        reply = await answer_to(story, f"/status show {name}")
        assert_snapshot("reply_show_sig.md", reply)
        assert [row[0].count("JavaScript") for row in rows_in(reply)] == [1]


async def test_on_a_sigs_repository_its_row_is_shown_and_others_by_their_names(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        own = await answer_to(story, "/status show", story.sig("Python"))
        assert [("Python" in row[0], "Java" in row[0]) for row in rows_in(own)] == [(True, False)]
        other = await answer_to(story, "/status show java", story.sig("Python"))
        assert [("Python" in row[0], "Java" in row[0]) for row in rows_in(other)] == [(False, True)]


async def test_a_renamed_repository_knows_its_row(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        story.sig("Java").rename("kotlin")
        await story.rest()
        reply = await answer_to(story, "/status explain", story.sig("Kotlin"))
        assert "Java" in reply
        assert "which lives at `open-telemetry/kotlin` now" in reply


async def test_what_is_not_proposed_is_shown_with_the_reason(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.close_pull(story.the_proposal().number, by="ada")
        await story.rest()
        for command in ("show", "preview"):
            reply = await answer_to(story, f"/status {command}")
            assert "I do not propose this now: a person closed this proposal" in reply


async def test_a_row_that_was_taken_out_is_shown_as_such(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        await merge(story)
        story.site.push({SOURCE: source_of("Python")}, message="Without Java")
        await story.rest()
        assert [row[2] for row in rows_in(await answer_to(story, "/status show"))] == [
            "the same",
            "taken out",
        ]


@pytest.mark.parametrize("command", ["show", "explain Python", "preview"])
async def test_a_page_that_cannot_be_worked_out_says_what_to_mend(
    github: Sandbox, clock: FakeClock, command: str
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.push({SOURCE: "columns: []\ndata: []\n"}, message="Oops")
        await story.rest()
        reply = await answer_to(story, f"/status {command}")
        assert_snapshot("reply_broken.md", reply)
        assert f"{SITE}/blob/HEAD/{SOURCE}#L1" in reply


# -- explain ----------------------------------------------------------------------------------


async def test_explain_gives_every_value_with_its_reason_rule_and_link(
    github: Sandbox, clock: FakeClock
) -> None:
    spring_2020.build(github)
    async with world(github, clock) as story:
        github.requests.clear()
        reply = await answer_to(story, "/status explain .net")
        assert writes(github) == []
        assert queries(github, "Facts") == [], "what is known is not read again"
        assert_snapshot("reply_explain.md", reply)
        assert [row[0] for row in rows_in(reply)] == ["Column", "Issues", "Release"]


async def test_explain_tells_why_a_row_is_kept(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java", "Go", "Ruby")
    site = github.repository(SITE)
    source = source_of("Python", "Java", "Go", "Ruby")
    source = source.replace("/go\n", "/go\n    hold: until May\n").replace("/ruby\n", "/ruby\n    match: 7\n")
    site.push({SOURCE: source}, message="Hold Go")
    github.repository(f"{ORGANIZATION}/java").make_private()
    async with world(github, clock) as story:
        replies = [await answer_to(story, f"/status explain {name}") for name in ("java", "go", "ruby")]
        assert_snapshot("reply_explain_kept.md", "\n\n---\n\n".join(replies))
        assert "it is private, and this site is public" in replies[0]
        assert "on hold: until May" in replies[1]
        assert "`match` must be" in replies[2]


async def test_several_rows_of_one_repository_are_told_apart(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python", "Java")
    site = github.repository(SITE)
    sdk = row_of("Python").replace("label: Python", "label: Python SDK") + "    component: sdk\n"
    api = row_of("Python").replace("label: Python", "label: Python API") + "    component: api\n"
    site.push({SOURCE: source_of("Java") + sdk + api}, message="Two rows")
    async with world(github, clock) as story:
        which = await answer_to(story, "/status explain python", reaction="confused")
        assert_snapshot("reply_ambiguous.md", which)
        for name in ("Python SDK", "python sdk", "python/sdk", "sdk"):
            assert "`Python SDK`" in await answer_to(story, f"/status explain {name}")
        both = await answer_to(story, "/status explain", story.sig("Python"))
        assert both.index("`Python SDK`") < both.index("`Python API`")
        assert "`Java`" not in both


@pytest.mark.parametrize(
    ("asked", "kept_as"),
    [
        ("explain", "reply_which.md"),
        ("explain Pyhton", "reply_near.md"),
        ("show Cobol", "reply_unknown.md"),
        ("explain @ada fixes #1 <b>`|` https://github.com/o/r/issues/1", "reply_unknown_attack.md"),
    ],
)
async def test_a_sig_that_nobody_knows_is_asked_for(
    github: Sandbox, clock: FakeClock, asked: str, kept_as: str
) -> None:
    spring_2020.build(github)
    async with world(github, clock) as story:
        reply = await answer_to(story, f"/status {asked}", by="grace", reaction="confused")
        assert_snapshot(kept_as, reply)
        assert [mention for mention in github.mentions if mention.by == BOT] == []
        assert [found for found in github.cross_references if found.by == BOT] == []


# -- preview ----------------------------------------------------------------------------------


async def test_preview_is_the_diff_that_is_proposed_and_writes_nothing(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        await merge(story)
        assert_snapshot("reply_preview_nothing.md", await answer_to(story, "/status preview"))
        story.sig("Python").create_release(
            "v0.1.0",
            body="```\n</details> @ada\n```\n<!-- -->\n",
            published_at="2020-03-20T12:00:00Z",
        )
        await story.rest()
        github.requests.clear()
        reply = await answer_to(story, "/status preview", by="grace")
        assert writes(github) == []
        assert_snapshot("reply_preview.md", reply)
        assert "\n-    msLabel: v0.1\n+    msLabel: v0.2\n" in reply
        [fence] = [token for token in GITHUB.parse(reply) if token.type == "fence"]
        assert fence.info == "diff"
        assert reply.endswith("</details>")
        assert [mention for mention in github.mentions if mention.by == BOT] == []


async def test_a_diff_that_is_too_long_is_cut(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    python = github.repository(f"{ORGANIZATION}/python")
    python.create_release("v0.1.0", body="@ada `x` " * 12_000 + "\n" + "line\n" * 20_000)
    async with world(github, clock) as story:
        comment = await say(story, "/status preview\n/status show")
        [reply] = replies(story.site, comment.issue.number)
        assert 20_000 < len(reply) <= 65_536
        assert "more lines." in reply
        assert reply.count("<details>") == reply.count("</details>") == 1
        assert "> `/status show`" in reply


# -- refresh ----------------------------------------------------------------------------------


async def test_refresh_proposes_what_was_declined(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.close_pull(story.the_proposal().number, by="ada")
        await story.rest()
        assert story.site.pulls(state="open") == []
        reply = await answer_to(story, "/status refresh")
        pull = story.the_proposal()
        assert reply == f"I opened the proposal: https://github.com/{SITE}/pull/{pull.number}"
        assert_snapshot("reply_refresh.md", reply)


async def test_refresh_does_not_wait_for_the_day_of_counts(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    milestone = github.repository(f"{ORGANIZATION}/python").create_milestone("v0.1", open=5, closed=1)
    async with world(github, clock) as story:
        await merge(story)
        story.sig("Python").close_issue(next(iter(milestone.items)))
        await story.rest()
        assert story.site.pulls(state="open") == []
        await answer_to(story, "/status refresh")
        assert story.proposed()["Python"]["closedIssues"] == 2


async def test_refresh_finds_what_no_event_told(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock, resync_minutes=24 * 60) as story:
        await merge(story)
        github.hold_webhooks()
        story.sig("Python").create_release("v0.1.0")
        github.release_webhooks(drop=lambda _: True)
        assert "The page is right" not in await answer_to(story, "/status refresh", story.sig("Python"))
        assert story.proposed()["Python"]["msLabel"] == "v0.2"
        assert "My proposal is up to date" in await answer_to(story, "/status refresh")
        await merge(story)
        assert "The page is right as it stands" in await answer_to(story, "/status refresh")


async def test_what_a_refresh_could_not_read_is_looked_at_again_soon(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    async with world(github, clock, resync_minutes=24 * 60) as story:
        story.sig("Java").create_release("v0.1.0")
        stage(github, "Facts", Response(502), "java")
        await answer_to(story, "/status refresh")
        assert "`Java`" in str(story.the_proposal().body).partition("### Could not be read")[2]
        github.intercept(None)
        await clock.advance(2 * 60)
        await story.rest()
        assert story.proposed()["Java"]["msLabel"] == "v0.2"


async def test_refresh_respects_a_persons_push_and_offers_to_recreate(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        mine = story.site.push({"mine.md": "x\n"}, message="Mine", branch=BRANCH, by="ada")
        await story.rest()
        reply = await answer_to(story, "/status refresh")
        assert_snapshot("reply_refresh_hands_off.md", reply)
        assert story.site.tip(BRANCH) == mine


async def test_refresh_names_what_a_person_has_to_mend(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        await merge(story)
        broken = source_of("Python") + "  - label: Java\n    sourceUrl: nowhere\n"
        story.site.push({SOURCE: broken}, message="Java")
        await story.rest()
        assert_snapshot("reply_refresh_faults.md", await answer_to(story, "/status refresh"))


async def test_a_command_and_an_event_never_look_at_one_site_side_by_side(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python", "Java")
    async with world(github, clock) as story:
        await merge(story)
        under_way: list[RequestRecord] = []
        most = 0

        async def counted(record: RequestRecord) -> None:
            nonlocal most
            if query_in(record, "Site"):
                under_way.append(record)
                for _ in range(100):
                    await asyncio.sleep(0)
                most = max(most, len(under_way))
                under_way.remove(record)

        github.intercept(counted)
        issue = story.site.create_issue("Now")
        story.sig("Python").create_release("v0.1.0")
        comments = [
            story.site.comment(issue.number, f"/status {command}", by="ada")
            for command in ("refresh", "show", "refresh")
        ]
        story.sig("Java").create_release("v0.1.0")
        await story.rest()
        assert most == 1
        assert [comment.reactions for comment in comments] == [[EYES, ROCKET]] * 3
        assert len(story.site.pulls(state="open")) == 1
        assert {row["msLabel"] for row in story.proposed().values()} == {"v0.2"}


# -- recreate ---------------------------------------------------------------------------------


async def test_recreate_takes_the_branch_over_and_loses_nothing_of_its_history(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        page = story.read(OUTPUT, BRANCH)
        mine = story.site.push(
            {"mine.md": "x\n", OUTPUT: "# by hand\n"}, message="Mine", branch=BRANCH, by="ada"
        )
        await story.rest()
        reply = await answer_to(story, "/status recreate")
        assert_snapshot("reply_recreate.md", reply)
        assert story.the_proposal().number == 1
        tip, before = story.site.log(BRANCH)[:2]
        assert (tip.author, before.sha) == (BOT, mine)
        assert story.site.file("mine.md", ref=BRANCH) is None
        assert story.read(OUTPUT, BRANCH) == page

        story.sig("Python").create_release("v0.1.0")
        await story.rest()
        assert story.proposed()["Python"]["msLabel"] == "v0.2", "the branch is the bot's own again"
        assert_snapshot("reply_recreate_ours.md", await answer_to(story, "/status recreate"))


async def test_recreate_goes_on_from_a_branch_without_a_proposal(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        mine = story.site.push({"mine.md": "x\n"}, message="Mine", branch=BRANCH, by="ada")
        story.site.close_pull(1, by="ada")
        await story.rest()
        await answer_to(story, "/status recreate")
        assert story.the_proposal().number != 1
        assert mine in [commit.sha for commit in story.site.log(BRANCH)]
        assert story.site.file("mine.md", ref=BRANCH) is None


async def test_recreate_deletes_nobodys_commits_where_nothing_is_left_to_propose(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.push({OUTPUT: story.read(OUTPUT, BRANCH)}, message="The same by hand", by="ada")
        mine = story.site.push({"mine.md": "x\n"}, message="Mine", branch=BRANCH, by="ada")
        await story.rest()
        reply = await answer_to(story, "/status recreate")
        assert "nothing is left to propose, and the branch holds a person's commits" in reply
        assert story.site.tip(BRANCH) == mine
        assert story.the_proposal().number == 1


async def test_who_pushes_while_the_branch_is_recreated_is_not_overridden(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.push({"mine.md": "x\n"}, message="Mine", branch=BRANCH, by="ada")
        await story.rest()
        pushed: list[str] = []

        def push_in_between(record: RequestRecord) -> None:
            if record.method == "PATCH" and "git/refs" in record.path and not pushed:
                pushed.append(story.site.push({"more.md": "y\n"}, message="More", branch=BRANCH, by="grace"))

        github.intercept(push_in_between)
        reply = await answer_to(story, "/status recreate")
        assert story.site.tip(BRANCH) == pushed[0]
        assert "I keep my hands off it. Comment `/status recreate`" in reply
        await answer_to(story, "/status recreate")
        assert pushed[0] in [commit.sha for commit in story.site.log(BRANCH)]
        assert story.site.tip(BRANCH) != pushed[0]


# -- who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize("needed", ["triage", "write", "maintain", "admin"])
async def test_only_who_has_the_role_may_change_anything(
    github: Sandbox, clock: FakeClock, needed: Role
) -> None:
    build(github, "Python", files={CONFIG: f"commands:\n  who: {needed}\n"})
    roles: tuple[Role, ...] = ("read", "triage", "write", "maintain", "admin")
    async with world(github, clock) as story:
        github.create_user("nobody")
        for role in roles:
            story.site.add_collaborator(f"{role}-er", role)
        enough = roles[roles.index(needed) :]
        for login, may in [("nobody", False), *((f"{role}-er", role in enough) for role in roles)]:
            for command in ("refresh", "recreate"):
                reply = await answer_to(
                    story, f"/status {command}", by=login, reaction="rocket" if may else "-1"
                )
                assert ("My proposal is up to date" in reply) == may
                assert (f"takes the role `{needed}`" in reply) == (not may)
            await answer_to(story, "/status show", by=login)


async def test_a_refusal_says_who_may_and_changes_nothing(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.close_pull(story.the_proposal().number, by="ada")
        await story.rest()
        github.requests.clear()
        reply = await answer_to(story, "/status refresh", by="grace", reaction="-1")
        assert_snapshot("reply_refused.md", reply)
        assert writes(github) == []
        assert story.site.pulls(state="open") == []


async def test_write_on_the_sigs_repository_does_not_do_for_the_site(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.sig("Python").add_collaborator("grace", "admin")
        await answer_to(story, "/status refresh", story.sig("Python"), by="grace", reaction="-1")
        await answer_to(story, "/status refresh", story.sig("Python"), by="ada")


async def test_members_of_the_organisation_are_asked_for_their_role_too(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    github.create_organization(ORGANIZATION, owners=["linus"], members=["grace"])
    async with world(github, clock) as story:
        await answer_to(story, "/status refresh", by="grace", reaction="-1")
        await answer_to(story, "/status refresh", by="linus")


async def test_one_refusal_counts_for_a_whole_comment(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        reply = await answer_to(
            story, "/status show\n/status refresh\n/status frob", by="grace", reaction="-1"
        )
        assert [line for line in reply.splitlines() if line.startswith("> ")] == [
            "> `/status show`",
            "> `/status refresh`",
            "> `/status frob`",
        ]


# -- which site -------------------------------------------------------------------------------


def build_second_site(github: Sandbox, *, private: bool = False) -> Repo:
    """Another repository whose page shows Python."""
    return github.create_repository(
        f"{ORGANIZATION}/intranet", files={CONFIG: "", SOURCE: source_of("Python")}, private=private
    )


@pytest.mark.parametrize("command", ["explain js", "refresh"])
async def test_on_a_repository_that_no_page_shows_the_bot_says_so(
    github: Sandbox, clock: FakeClock, command: str
) -> None:
    build(github, "Python")
    other = github.create_repository(f"{ORGANIZATION}/community")
    async with world(github, clock) as story:
        reply = await answer_to(story, f"/status {command}", other, reaction="confused")
        assert_snapshot("reply_no_site.md", reply)
        await answer_to(story, "/status help", other)


async def test_a_sig_on_two_pages_is_answered_for_both(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    second = build_second_site(github)
    async with world(github, clock) as story:
        reply = await answer_to(story, "/status show", story.sig("Python"))
        assert_snapshot("reply_two_sites.md", reply)
        second.close_pull(1, by="ada")
        story.site.close_pull(1, by="ada")
        await story.rest()
        await answer_to(story, "/status refresh", story.sig("Python"), reaction="-1")
        assert (len(story.site.pulls()), len(second.pulls())) == (1, 0), "ada may write on one of them"
        only = await answer_to(story, "/status show", second)
        assert "On `" not in only


async def test_a_site_that_was_not_looked_at_yet_is_only_spoken_of_where_it_has_a_row(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    second = github.create_repository(
        f"{ORGANIZATION}/other", files={CONFIG: "", SOURCE: source_of("Collector")}
    )
    async with world(github, clock) as story:
        [installation] = github.state.installations.values()
        story.bot.service.sites.drop(second.id)
        story.bot.service.sites.add(SiteRef(installation.id, second.id, second.full_name))
        reply = await answer_to(story, "/status show", story.sig("Python"))
        assert f"{SITE}/pull/1" in reply
        assert "other" not in reply


@pytest.mark.parametrize("command", ["show", "explain", "preview", "refresh", "show @ada"])
async def test_a_private_site_is_not_shown_where_everybody_can_read(
    github: Sandbox, clock: FakeClock, command: str
) -> None:
    build(github, "Python", "Java")
    github.repository(SITE).make_private()
    github.repository(f"{ORGANIZATION}/java").make_private()
    async with world(github, clock) as story:
        github.requests.clear()
        public = await answer_to(story, f"/status {command}", story.sig("Python"), reaction="confused")
        assert_snapshot("reply_private_site.md", public)
        assert "opentelemetry.io" not in public
        assert writes(github) == []
        for repository in (story.site, story.sig("Java")):
            assert "`Python`" in await answer_to(story, "/status show python", repository)


async def test_a_private_site_beside_a_public_one_is_not_named(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    build_second_site(github, private=True)
    async with world(github, clock) as story:
        reply = await answer_to(story, "/status show", story.sig("Python"), reaction="confused")
        assert "On `open-telemetry/opentelemetry.io`:" in reply
        assert "intranet" not in reply


async def test_private_facts_are_not_shown_on_a_public_site(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    python = github.repository(f"{ORGANIZATION}/python")
    python.make_private()
    python.create_release("v0.3.0-secret.1", name="Secret", body="A secret plan")
    async with world(github, clock) as story:
        for command in ("show", "explain python", "preview", "refresh"):
            for where in (story.site, python):
                assert "ecret" not in await answer_to(story, f"/status {command}", where)


# -- what goes wrong --------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["show", "explain python", "preview", "refresh"])
async def test_a_command_given_while_github_is_down_is_answered_when_it_is_back(
    github: Sandbox, clock: FakeClock, command: str
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        down = github.intercept(lambda record: Response(503) if record.path == "/graphql" else None)
        issue = story.site.create_issue("A question")
        comment = story.site.comment(issue.number, f"/status {command}", by="ada")
        await github.delivered()
        await clock.until(lambda: story.bot.queue.failures)
        assert (comment.reactions, replies(story.site, issue.number)) == ([EYES], [])
        down()
        await story.rest()
        assert comment.reactions == [EYES, ROCKET]
        assert len(replies(story.site, issue.number)) == 1


async def test_a_refresh_whose_answer_fails_is_done_and_answered_once(
    github: Sandbox, clock: FakeClock
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.close_pull(story.the_proposal().number, by="ada")
        await story.rest()
        failed: list[RequestRecord] = []

        def fail_once(record: RequestRecord) -> Response | None:
            if record.method == "POST" and record.path.endswith("/comments") and not failed:
                failed.append(record)
                return Response(502)
            return None

        github.intercept(fail_once)
        comment = await say(story, "/status refresh")
        assert len(replies(story.site, comment.issue.number)) == 1
        assert comment.reactions == [EYES, ROCKET]
        assert len(story.site.pulls(state="open")) == 1


@pytest.mark.parametrize("status", [403, 422])
async def test_what_github_refuses_is_said_without_its_words(
    github: Sandbox, clock: FakeClock, status: int
) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        story.site.close_pull(story.the_proposal().number, by="ada")
        await story.rest()
        github.intercept(
            lambda record: (
                Response(status, {"message": "An inner secret"})
                if record.method == "POST" and record.path.endswith("/pulls")
                else None
            )
        )
        reply = await answer_to(story, "/status refresh", reaction="confused")
        assert_snapshot("reply_cannot.md", reply)


async def test_a_site_that_is_one_no_more_is_not_spoken_of(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    async with world(github, clock) as story:
        github.hold_webhooks()
        story.site.push({CONFIG: None}, message="Without the bot")
        github.release_webhooks(drop=lambda _: True)
        reply = await answer_to(story, "/status show", reaction="confused")
        assert reply.startswith("I know of no status page")


# -- text that attacks ------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["explain", ""])
async def test_no_text_beside_a_command_takes_effect(github: Sandbox, clock: FakeClock, command: str) -> None:
    build(github, "Python")
    github.create_user("octocat")
    async with world(github, clock) as story:
        story.site.create_issue("The first")
        issue = story.site.create_issue("Attacked")
        for attack in ATTACKS:
            text = f"/status {command} {attack}".encode("utf-8", "replace").decode()[:60_000]
            story.site.comment(issue.number, text, by="octocat")
        for _ in range(len(ATTACKS)):
            await clock.advance(13)
            await story.rest()
        own = replies(story.site, issue.number)
        assert len(own) == len(ATTACKS)
        assert {mention.by for mention in github.mentions} <= {"octocat"}
        links = [found for found in github.cross_references if found.by == BOT]
        assert {found.target for found in links} <= {f"{SITE}#1"}, "its own proposal alone is linked"
        assert story.site.issue(1).state == story.site.issue(2).state == "open"
        assert all(len(reply) < 20_000 for reply in own)


async def test_other_peoples_texts_take_no_effect_in_any_answer(github: Sandbox, clock: FakeClock) -> None:
    build(github, "Python")
    github.create_user("octocat")
    python = github.repository(f"{ORGANIZATION}/python")
    for attack in ATTACKS:
        title = attack.encode("utf-8", "replace").decode()
        python.create_milestone(" ".join(title.split())[:200] or "x")
    body = "\n".join(ATTACKS).encode("utf-8", "replace").decode()
    python.create_release("v0.1.0", name="@octocat | fixes #1", body=body[:100_000])
    async with world(github, clock) as story:
        for command in ("show", "explain python", "preview", "refresh"):
            reply = await answer_to(story, f"/status {command}")
            assert len(reply) <= 65_536
            assert "<script>" not in GITHUB.render(reply)
        assert [mention for mention in github.mentions if mention.by == BOT] == []
        named = {found.target for found in github.cross_references if found.by == BOT}
        assert named <= {f"{SITE}#1"}


async def test_the_answers_to_several_commands_are_kept(github: Sandbox, clock: FakeClock) -> None:
    spring_2020.build(github)
    async with world(github, clock) as story:
        text = "Dear bot,\n/status show php\n/status explain Kobol\n/status nope\nThanks!"
        comment = await say(story, text, by="grace")
        [reply] = replies(story.site, comment.issue.number)
        assert comment.reactions == [EYES, CONFUSED]
        assert_snapshot("reply_several.md", as_on_github(reply))
        assert PULL in reply
