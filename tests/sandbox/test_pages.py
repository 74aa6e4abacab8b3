"""The pages show what stands, and nothing that somebody wrote takes effect in them."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox import Repo, Sandbox
from bot.sandbox.web.markdown import references, render
from tests.sandbox.asking import SITE, asking, site


class Page(HTMLParser):
    """Collects the tags, attributes and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def html_of(text: str) -> str:
    return str(render(text, lambda _: None))


BODY = """<!-- a marker: secret -->
| SIG | Is |
| --- | --: |
| **Go** | `v0.4` |

- [x] done
- [ ] open

<details><summary>More</summary>

~~old~~ @ada, #1 and https://example.org/x.

</details>
"""


def proposed(github: Sandbox) -> Repo:
    repo = site(github)
    repo.create_issue("An <issue>", body="Text")
    repo.push({"data/page.yaml": "a: <b>2</b>\n"}, message="Change it", branch="status-bot/main", by="bob")
    repo.create_pull("status-bot/main", title="Set <a> to 2", body=BODY, by="bob")
    repo.comment(2, "Looks *good*", by="ada")
    return repo


async def test_a_pull_request_is_shown_as_its_reviewer_wants_it(github: Sandbox) -> None:
    repo = proposed(github)
    repo.label_issue(2, "status-page")
    async with asking(github) as client:
        answer = await client.get(f"{client.server.url}/{SITE}/pull/2")
    page = Page(answer.body)
    assert answer.status == 200
    for shown in (
        "Set <a> to 2",
        "Open",
        "bob",
        "status-bot/main",
        "status-page",
        "Change it",
        "Looks ",
        "-a: 1",
    ):
        assert shown in page.text
    assert "+a: <b>2</b>" in page.text
    assert "secret" not in answer.body
    assert '<td align="right"><code>v0.4</code></td>' in answer.body
    assert "☑ done" in page.text
    assert "☐ open" in page.text
    assert {"details", "summary", "s"} <= page.tags
    assert f"/{SITE}/issues/1" in page.addresses
    assert "https://example.org/x" in page.addresses
    assert "Verified" not in page.text


async def test_a_page_runs_nothing_and_uses_its_own_style_only(github: Sandbox) -> None:
    proposed(github)
    async with asking(github) as client:
        answer = await client.get(f"{client.server.url}/{SITE}/pull/2")
    style = re.findall(r"<style>(.*?)</style>", answer.body, re.DOTALL)
    assert len(style) == 1
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert f"style-src 'sha256-{digest}'" in policy
    assert "script" not in Page(answer.body).tags
    assert "style" not in Page(answer.body).attributes


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("", SITE),
        (f"{SITE}", "data/page.yaml"),
        (f"{SITE}/pulls", "Set <a> to 2"),
        (f"{SITE}/issues", "An <issue>"),
        (f"{SITE}/issues/1", "opened this issue"),
        (f"{SITE}/issues/2", "wants to merge"),
        (f"{SITE}/milestones", "66% complete"),
        (f"{SITE}/milestone/1", "v1: task 3"),
        (f"{SITE}/releases", "First light"),
        (f"{SITE}/releases/tag/cmd/v1.0.0", "Notes"),
        (f"{SITE}/blob/main/data/page.yaml", "a: 1"),
        (f"{SITE}/blob/status-bot/main/data/page.yaml", "a: <b>2</b>"),
        (f"{SITE}/raw/main/data/page.yaml", "a: 1"),
        (f"{SITE}/commit/{{tip}}", "Initial commit"),
    ],
)
async def test_there_is_a_page_for_everything(github: Sandbox, path: str, shown: str) -> None:
    repo = proposed(github)
    repo.create_milestone("v1", open=1, closed=2)
    repo.create_release("cmd/v1.0.0", name="First light", body="Notes")
    async with asking(github) as client:
        answer = await client.get(f"{client.server.url}/{path.format(tip=repo.tip())}")
    assert answer.status == 200
    assert shown in Page(answer.body).text if "<!doctype html>" in answer.body else shown in answer.body


@pytest.mark.parametrize(
    "path",
    [
        *("nobody", "nobody/nothing", f"{SITE}/pull/9", f"{SITE}/issues/9", f"{SITE}/blob/main/none"),
        *(f"{SITE}/releases/tag/none", f"{SITE}/commit/{'a' * 40}", f"{SITE}/shoes", "org/secret"),
    ],
)
async def test_what_is_not_there_or_not_public_is_404(github: Sandbox, path: str) -> None:
    proposed(github)
    github.create_repository("org/secret", private=True)
    async with asking(github) as client:
        answer = await client.get(f"{client.server.url}/{path}")
    assert answer.status == 404
    assert "no such page" in answer.body


async def test_a_renamed_repository_is_followed(github: Sandbox) -> None:
    proposed(github).rename("home")
    async with asking(github) as client:
        answer = await client.get(f"{client.server.url}/{SITE}/pull/2")
    assert (answer.status, answer.headers["Location"]) == (301, "/org/home/pull/2")


class TestMarkdown:
    @pytest.mark.parametrize(
        "attack",
        [
            "<script>alert(1)</script>",
            '<img src="x" onerror="alert(1)">',
            "[x](javascript:alert(1))",
            '<a href="javascript:alert(1)">x</a>',
            '<a href=" java\nscript:alert(1)">x</a>',
            '<a href="data:text/html,x">x</a>',
            "<iframe src='https://example.org'></iframe>",
            '<p style="position:fixed">x</p>',
            "<svg onload=alert(1)>",
            "<style>*{display:none}</style>",
            "</div></main><form action=/x><input>",
            "<scr<script>ipt>alert(1)</script>",
        ],
    )
    def test_lets_nothing_run(self, attack: str) -> None:
        page = Page(html_of(attack))
        assert not page.tags & {"script", "iframe", "svg", "style", "form", "input"}
        assert not page.attributes & {"onerror", "onload", "style", "action"}
        assert not [one for one in page.addresses if not one.startswith(("http", "/", "#"))]

    @given(st.text(alphabet=st.sampled_from("<>/&\"'=ap script!-[]()`*\n@#1:"), max_size=60))
    def test_closes_what_it_opens_whatever_is_written(self, text: str) -> None:
        html = html_of(text)
        opened = re.findall(r"<([a-z0-9]+)", html)
        closed = re.findall(r"</([a-z0-9]+)", html)
        void = {"br", "hr", "img", "source"}
        assert sorted(tag for tag in opened if tag not in void) == sorted(closed)


class TestNotifications:
    def test_go_to_those_who_are_named_outside_of_code(self, github: Sandbox) -> None:
        repo = site(github)
        issue = repo.create_issue("x", body="@olga and `@bob`, not @nobody nor a@olga.org", by="bob")
        repo.comment(issue.number, "```\n@bob\n```\n<!-- @bob -->", by="ada")
        assert [(one.login, one.where, one.by) for one in github.mentions] == [("olga", f"{SITE}#1", "bob")]

    def test_link_issues_that_are_named(self, github: Sandbox) -> None:
        repo = site(github)
        repo.create_issue("one")
        repo.create_issue(
            "two", body=f"#1, GH-1, {SITE}#1, [x](https://example.org/{SITE}/issues/1), `#1` and #99"
        )
        assert [(one.target, one.source) for one in github.cross_references] == [
            (f"{SITE}#1", f"{SITE}#2")
        ] * 4

    @pytest.mark.parametrize("text", ["&#64;ada", "@\u200bada", "`@ada`", "x@ada.org", r"\@\ ada"])
    def test_do_not_go_out_for_what_only_looks_like_a_name(self, text: str) -> None:
        assert [one for one in references(text).logins if one == "ada"] == (
            ["ada"] if text == "&#64;ada" else []
        )
