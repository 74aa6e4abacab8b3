"""A site is begun by a command: what stands on GitHub afterwards, and what is said."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from bot.sandbox import PullRequest, Repo, RequestRecord, Response, Sandbox
from bot.sandbox.actions import refs
from bot.sandbox.git import TreeEntry
from bot.site import SiteConfig, read_config
from bot.status.datafile import read_source
from tests.clocks import FakeClock
from tests.kept import assert_snapshot
from tests.questions import answer_to, replies, say
from tests.test_trees import FILE, LINK, SUBMODULE, plant
from tests.world import BOT, CONFIG, ORGANIZATION, OUTPUT, SITE, SOURCE, World, source_of, world

INIT = "/status init"
BRANCH = "status-bot/init"
CHART, NOTES = "layouts/shortcodes/progress_chart.html", "layouts/shortcodes/release_notes.html"
STARTER = {CONFIG, SOURCE, CHART, NOTES}
HUGO = {"hugo.toml": 'title = "Status"\n'}


def organization(github: Sandbox, files: Mapping[str, str] | None = None, *, begun: bool = True) -> Repo:
    """An organisation with a repository that is no site, and a few that a page could have rows for."""
    github.create_organization(ORGANIZATION)
    github.create_user("ada")
    site = github.create_repository(SITE, files={"README.md": "# site\n", **(files or {})})
    site.add_collaborator("ada", "write")
    if begun:
        github.create_repository(f"{ORGANIZATION}/java").create_release("v0.3.0", body="Faster.")
        github.create_repository(f"{ORGANIZATION}/python").create_milestone("beta")
        github.create_repository(f"{ORGANIZATION}/nothing-yet")
        github.create_repository(f"{ORGANIZATION}/secret", private=True).create_release("v1.0.0")
        old = github.create_repository(f"{ORGANIZATION}/old")
        old.create_release("v1.0.0")
        old.archive()
    return site


def changed(story: World, branch: str = BRANCH) -> dict[str, str]:
    """The files that a branch adds to the site or has otherwise than the base."""
    store = story.site.record.store
    trees = [
        {path: entry.sha for path, entry in store.files(store.commit(tip).tree).items()}
        for tip in (story.site.tip("main") or "", story.site.tip(branch) or "")
    ]
    assert trees[0].keys() <= trees[1].keys(), "nothing is taken away"
    return {path: story.read(path, branch) for path in trees[1] if trees[0].get(path) != trees[1][path]}


def the_pull(story: World) -> PullRequest:
    [pull] = story.site.pulls(state="open")
    assert (pull.author, pull.head.ref, pull.base.ref) == (BOT, BRANCH, "main")
    return pull


# -- what is brought --------------------------------------------------------------------------


async def test_nothing_happens_to_a_repository_that_has_a_source_and_no_configuration(
    github: Sandbox, clock: FakeClock
) -> None:
    organization(github, {SOURCE: source_of("Java")})
    async with world(github, clock) as story:
        await clock.advance(3600)
        await story.rest()
        assert story.site.branches == ["main"]
        assert story.site.issues(state="all") == []
        assert [record for record in github.requests if record.method not in ("GET", "POST")] == []


async def test_a_repository_with_a_source_gets_the_configuration_alone(
    github: Sandbox, clock: FakeClock
) -> None:
    organization(github, {SOURCE: source_of("Java"), **HUGO})
    async with world(github, clock) as story:
        reply = await answer_to(story, INIT)
        pull = the_pull(story)
        assert_snapshot("reply_init.md", reply)
        assert_snapshot("init_body_configuration.md", str(pull.body))
        assert changed(story).keys() == {CONFIG}
        assert read_config(story.read(CONFIG, BRANCH)) == SiteConfig()
        [commit, *_] = story.site.log(BRANCH)
        assert (commit.author, commit.verified) == (BOT, True)
        assert_snapshot("init_commit.txt", commit.message)


async def test_a_hugo_site_without_data_gets_a_starter(github: Sandbox, clock: FakeClock) -> None:
    organization(github, HUGO)
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        assert_snapshot("init_body_starter.md", str(the_pull(story).body))
        files = changed(story)
        assert files.keys() == {CONFIG, SOURCE, CHART, NOTES}
        assert_snapshot("init_source.yaml", re.sub(r"http://[^/]*/", "https://github.com/", files[SOURCE]))
        source = read_source(files[SOURCE], hosts=["127.0.0.1"])
        assert source.faults == ()
        assert [sig.repository for sig in source.sigs] == [f"{ORGANIZATION}/java", f"{ORGANIZATION}/python"]


@pytest.mark.parametrize(
    "path",
    ["hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "config.yaml", "config/_default/hugo.toml"],
)
async def test_a_hugo_site_is_known_by_its_configuration(
    github: Sandbox, clock: FakeClock, path: str
) -> None:
    organization(github, {path: "", OUTPUT: source_of("Java")}, begun=False)
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        assert changed(story).keys() == STARTER


async def test_any_other_repository_without_data_gets_a_starter_too(
    github: Sandbox, clock: FakeClock
) -> None:
    organization(github, {"config/deploy.yaml": "", "docs/hugo.toml": ""}, begun=False)
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        assert_snapshot("init_body_plain.md", str(the_pull(story).body))
        files = changed(story)
        assert files.keys() == STARTER
        [sig] = read_source(files[SOURCE], hosts=["127.0.0.1"]).sigs
        assert (sig.label, sig.repository) == ("opentelemetry.io", SITE)


async def test_a_page_that_stands_is_taken_over_row_by_row(github: Sandbox, clock: FakeClock) -> None:
    page = source_of("Java", "Go")
    organization(github, {OUTPUT: f"# Generated by a script\n{page}"})
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        assert "the columns and rows of `data/progress_generated.yaml`" in str(the_pull(story).body)
        assert changed(story).keys() == {CONFIG, SOURCE}, "it is drawn by what is no Hugo"
        assert changed(story)[SOURCE] == page


@pytest.mark.parametrize("page", ["data: [", "columns: []\n", "\xff", "data:\n  - label: no columns\n"])
async def test_a_page_that_cannot_be_read_is_no_source(github: Sandbox, clock: FakeClock, page: str) -> None:
    site = organization(github)
    site.push({OUTPUT: page.encode("latin-1")})
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        assert 'label: "java"' in changed(story)[SOURCE]


async def test_the_merged_starter_is_a_site_with_a_first_proposal(github: Sandbox, clock: FakeClock) -> None:
    organization(github, HUGO)
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        story.site.merge_pull(the_pull(story).number, by="ada")
        await story.rest()
        assert story.proposed().keys() == {"java", "python"}
        assert story.proposed()["java"]["releaseTag"] == "v0.3.0"
        assert story.reports(state="all") == []
        reply = await answer_to(story, INIT)
        assert_snapshot("reply_init_set_up.md", reply)
        assert [pull.head.ref for pull in story.site.pulls(state="open")] == ["status-bot/main"]


# -- what stands already ----------------------------------------------------------------------


async def test_files_that_stand_already_stay_and_are_named(github: Sandbox, clock: FakeClock) -> None:
    own = "{{/* our own */}}\n"
    organization(github, {CONFIG: "", CHART: own, "layouts/_shortcodes/release_notes.html": own, **HUGO})
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        assert changed(story).keys() == {SOURCE}
        body = str(the_pull(story).body)
        for path in (CONFIG, CHART, "layouts/_shortcodes/release_notes.html"):
            assert f"- `{path}` is there already." in body


async def test_a_source_is_brought_to_where_the_configuration_wants_it(
    github: Sandbox, clock: FakeClock
) -> None:
    site = organization(
        github, {CONFIG: "source: status/sigs.yaml\nbase: live\noutput: data/sigs/now.yaml\n"}
    )
    site.push({"hugo.toml": ""}, branch="live")
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        [pull] = [pull for pull in story.site.pulls() if pull.head.ref == BRANCH]
        assert pull.base.ref == "live"
        assert '{{< progress_chart data="sigs/now" >}}' in str(pull.body).replace("\u200b", "")
        assert {CONFIG, "hugo.toml", "status/sigs.yaml", CHART} <= set(files_on(story, BRANCH))


def files_on(story: World, branch: str) -> list[str]:
    store = story.site.record.store
    return list(store.files(store.commit(story.site.tip(branch) or "").tree))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (b"base: gone\n", "the base branch 'gone' does not exist"),
        (b"# where\nsorce: data/x.yaml\n", "did you mean `source`?"),
        (b"# \xff\n", "is not UTF-8 text"),
    ],
)
async def test_a_configuration_with_faults_is_mended_by_a_person_first(
    github: Sandbox, clock: FakeClock, config: bytes, said: str
) -> None:
    organization(github).push({CONFIG: config})
    async with world(github, clock) as story:
        reply = await answer_to(story, INIT, reaction="confused")
        assert said in reply
        if b"sorce" in config:
            assert_snapshot("reply_init_faulty.md", reply)
        assert story.site.pulls(state="all") == []


@pytest.mark.parametrize(
    ("path", "mode", "said"),
    [
        ("data", LINK, "`data` is a symbolic link"),
        ("data", FILE, "`data` is a file"),
        ("data", SUBMODULE, "`data` is a submodule"),
        (f"{SOURCE}/x", FILE, f"`{SOURCE}` is a folder"),
        (f"{OUTPUT}/x", FILE, f"`{OUTPUT}` is a folder"),
        (".github", LINK, "`.github` is a symbolic link"),
    ],
)
async def test_nothing_is_put_in_the_place_of_something_else(
    github: Sandbox, clock: FakeClock, path: str, mode: str, said: str
) -> None:
    plant(organization(github), path, mode, "elsewhere")
    async with world(github, clock) as story:
        reply = await answer_to(story, INIT, reaction="confused")
        assert said in reply
        if (path, mode) == ("data", LINK):
            assert_snapshot("reply_init_in_the_way.md", reply)
        assert story.site.branches == ["main"]
        assert story.site.pulls(state="all") == []


async def test_shortcodes_that_cannot_lie_where_they_should_are_left_out(
    github: Sandbox, clock: FakeClock
) -> None:
    plant(organization(github, HUGO), "layouts", LINK, "themes/x/layouts")
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        assert changed(story).keys() == {CONFIG, SOURCE}
        assert "- `layouts` is a symbolic link, so that no shortcode is put there." in str(
            the_pull(story).body
        )


# -- who may, and where -----------------------------------------------------------------------


@pytest.mark.parametrize("role", ["none", "read", "triage"])
async def test_it_takes_write_on_that_repository(github: Sandbox, clock: FakeClock, role: str) -> None:
    organization(github)
    github.create_user("grace")
    if role != "none":
        github.repository(SITE).add_collaborator("grace", "read" if role == "read" else "triage")
    async with world(github, clock) as story:
        reply = await answer_to(story, INIT, by="grace", reaction="-1")
        assert_snapshot("reply_init_refused.md", reply)
        assert story.site.branches == ["main"]


async def test_a_repository_without_a_commit_is_told_what_to_do(github: Sandbox, clock: FakeClock) -> None:
    github.create_organization(ORGANIZATION)
    github.create_user("ada")
    github.create_repository(SITE, files={}).add_collaborator("ada", "write")
    async with world(github, clock) as story:
        reply = await answer_to(story, INIT, reaction="confused")
        assert_snapshot("reply_init_empty.md", reply)
        assert story.site.branches == []


async def test_an_app_that_may_not_write_contents_says_so(github: Sandbox, clock: FakeClock) -> None:
    organization(github)
    async with world(github, clock) as story:
        [installation] = github.state.installations.values()
        installation.permissions = {**installation.permissions, "contents": "read"}
        reply = await answer_to(story, INIT, reaction="confused")
        assert_snapshot("reply_init_forbidden.md", reply)
        assert story.site.branches == ["main"]


async def test_a_protected_default_branch_is_no_hindrance(github: Sandbox, clock: FakeClock) -> None:
    organization(github).protect("main", checks=["build"], approvals=2)
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        assert changed(story).keys() == STARTER
        assert len(story.site.log("main")) == 1


async def test_a_branch_that_nobody_may_create_is_told_as_it_is(github: Sandbox, clock: FakeClock) -> None:
    organization(github)

    def rules(record: RequestRecord) -> Response | None:
        if (record.method, record.path.rpartition("/git/")[2]) == ("POST", "refs"):
            return Response(422, {"message": "Repository rule violations found", "documentation_url": "x"})
        return None

    async with world(github, clock) as story:
        github.intercept(rules)
        reply = await answer_to(story, INIT, reaction="confused")
        assert reply.startswith("GitHub did not let me do what that takes")
        assert story.site.branches == ["main"]


async def test_a_fork_gets_its_own_pull_request(github: Sandbox, clock: FakeClock) -> None:
    upstream = github.create_repository("makers/pages", files=HUGO)
    github.create_organization(ORGANIZATION)
    github.create_user("ada")
    upstream.fork(ORGANIZATION, "opentelemetry.io").add_collaborator("ada", "write")
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        assert the_pull(story).head.sha == story.site.tip(BRANCH)
        assert upstream.pulls(state="all") == []
        assert upstream.branches == ["main"]


async def test_an_archived_repository_is_left_alone(github: Sandbox, clock: FakeClock) -> None:
    site = organization(github)
    async with world(github, clock) as story:
        comment = site.comment(site.create_issue("A question").number, INIT, by="ada")
        site.archive()
        await story.rest()
        assert site.branches == ["main"]
        assert site.pulls(state="all") == []
        assert [one.body for one in comment.issue.comments if one.author == BOT] == []


async def test_the_default_branch_may_have_any_name(github: Sandbox, clock: FakeClock) -> None:
    github.create_organization(ORGANIZATION)
    github.create_user("ada")
    site = github.create_repository(SITE, files={"README.md": ""}, default_branch="init")
    site.add_collaborator("ada", "admin")
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        [pull] = story.site.pulls()
        assert (pull.head.ref, pull.base.ref) == ("status-bot/init-site", "init")
        story.site.merge_pull(pull.number, by="ada")
        await story.rest()
        assert [each.head.ref for each in story.site.pulls()] == ["status-bot/init"], "the first proposal"


async def test_somewhere_that_is_no_site_the_other_commands_lead_to_it(
    github: Sandbox, clock: FakeClock
) -> None:
    organization(github)
    async with world(github, clock) as story:
        reply = await answer_to(story, "/status show", reaction="confused")
        assert "comment `/status init`" in reply


# -- again, and at once -----------------------------------------------------------------------


async def test_asked_again_it_names_the_pull_request_that_is_open(github: Sandbox, clock: FakeClock) -> None:
    organization(github)
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        tip = story.site.tip(BRANCH)
        reply = await answer_to(story, f"{INIT}\n/status init now")
        assert_snapshot("reply_init_again.md", reply)
        assert story.site.tip(BRANCH) == tip
        assert len(story.site.pulls(state="all")) == 1


async def test_what_a_person_pushed_to_the_open_pull_request_stays(github: Sandbox, clock: FakeClock) -> None:
    organization(github)
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        theirs = story.site.push({SOURCE: source_of("Java")}, branch=BRANCH, by="ada")
        await answer_to(story, INIT)
        assert story.site.tip(BRANCH) == theirs


async def test_after_a_no_it_is_opened_again_when_somebody_asks(github: Sandbox, clock: FakeClock) -> None:
    organization(github)
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        first = the_pull(story)
        tip = story.site.tip(BRANCH)
        story.site.close_pull(first.number, by="ada")
        await clock.advance(3600)
        await story.rest()
        assert story.site.pulls() == []
        await answer_to(story, INIT)
        assert the_pull(story).number != first.number
        assert story.site.tip(BRANCH) == tip, "the same needs no other commit"


async def test_a_branch_left_over_moves_forward_to_the_base_as_it_is_now(
    github: Sandbox, clock: FakeClock
) -> None:
    organization(github)
    async with world(github, clock) as story:
        await answer_to(story, INIT)
        before = story.site.tip(BRANCH)
        story.site.close_pull(the_pull(story).number, by="ada")
        story.site.push(dict(HUGO), by="ada")
        await answer_to(story, INIT)
        assert changed(story).keys() == {CONFIG, SOURCE, CHART, NOTES}
        assert before in [commit.sha for commit in story.site.log(BRANCH)]


async def test_a_branch_with_a_persons_work_is_left_alone(github: Sandbox, clock: FakeClock) -> None:
    organization(github)
    async with world(github, clock) as story:
        theirs = story.site.push({"notes.txt": "mine"}, branch=BRANCH, by="ada")
        reply = await answer_to(story, INIT, reaction="confused")
        assert_snapshot("reply_init_pushed.md", reply)
        assert story.site.tip(BRANCH) == theirs
        assert story.site.pulls(state="all") == []


async def test_a_branch_with_a_persons_work_that_was_merged_loses_nothing(
    github: Sandbox, clock: FakeClock
) -> None:
    organization(github)
    async with world(github, clock) as story:
        story.site.push({"notes.txt": "mine"}, branch=BRANCH, by="ada")
        story.site.merge_pull(story.site.create_pull(BRANCH, by="ada").number, by="ada")
        await answer_to(story, INIT)
        assert changed(story).keys() == STARTER
        assert story.read("notes.txt", BRANCH) == "mine"


@pytest.mark.parametrize("step", ["refs", "pulls"])
async def test_a_crash_between_two_steps_is_gone_on_from(
    github: Sandbox, clock: FakeClock, step: str
) -> None:
    """What is done by then is not done again."""
    organization(github)
    failing = [True]

    def outage(record: RequestRecord) -> Response | None:
        if record.method == "POST" and record.path.endswith(f"/{step}") and failing and failing.pop():
            return Response(502, {"message": "Bad gateway"})
        return None

    async with world(github, clock) as story:
        github.intercept(outage)
        await say(story, INIT)
        await clock.advance(600)
        await story.rest()
        assert failing == []
        assert changed(story).keys() == STARTER
        assert len(story.site.log(BRANCH)) == 2
        assert "/pull/" in replies(story.site, the_pull(story).number - 1)[0]


async def test_two_replicas_make_one_pull_request(github: Sandbox, clock: FakeClock) -> None:
    organization(github)
    async with world(github, clock) as story:
        raced = [True]

        async def quicker(record: RequestRecord) -> None:
            if record.method == "POST" and record.path.endswith("/git/refs") and raced and raced.pop():
                base, files = story.site.tip("main") or "", {CONFIG: "", SOURCE: source_of("Java")}
                store = story.site.record.store
                entries = {path: TreeEntry(FILE, store.write_blob(text)) for path, text in files.items()}
                tree = store.write_files({**store.files(store.commit(base).tree), **entries})
                signed = story.site.state.signature(BOT)
                commit = store.write_commit(tree, (base,), "Start the status page", (signed, signed))
                refs.create(story.site.state, story.site.record, f"heads/{BRANCH}", commit.sha, BOT)
                story.site.create_pull(BRANCH, title="Start the status page", by=BOT)

        github.intercept(quicker)
        reply = await answer_to(story, INIT)
        assert raced == []
        assert "is open already" in reply
        assert len(story.site.pulls(state="all")) == 1
        assert len(story.site.log(BRANCH)) == 2


async def test_two_people_who_ask_at_once_get_one_pull_request(github: Sandbox, clock: FakeClock) -> None:
    site = organization(github)
    github.create_user("grace")
    site.add_collaborator("grace", "admin")
    async with world(github, clock) as story:
        for login in ("ada", "grace"):
            site.comment(site.create_issue("Start it").number, INIT, by=login)
        await story.rest()
        said = [text for number in (1, 2) for text in replies(site, number)]
        assert len(said) == 2
        assert {text.partition("/pull/")[2].split()[0] for text in said} == {str(the_pull(story).number)}
        assert len(site.log(BRANCH)) == 2


async def test_rows_are_looked_for_with_few_requests_and_nothing_but_reading(
    github: Sandbox, clock: FakeClock
) -> None:
    organization(github, begun=False)
    for number in range(120):
        github.create_repository(f"{ORGANIZATION}/sig-{number:03}").create_milestone("beta")
    async with world(github, clock) as story:
        github.requests.clear()
        await answer_to(story, INIT)
        assert len(read_source(changed(story)[SOURCE], hosts=["127.0.0.1"]).sigs) == 120
        asked = [record for record in github.requests if b"query Begun" in (record.request_body or b"")]
        assert len(asked) == 3
        assert all(set(record.permissions.values()) == {"read"} for record in asked)
        writing = {
            record.repositories for record in github.requests if record.permissions.get("contents") == "write"
        }
        assert writing == {frozenset({story.site.id})}
