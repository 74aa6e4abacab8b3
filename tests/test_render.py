"""Templates: every value is made harmless by the kind of its template, and none is ever missing unseen."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from jinja2 import DictLoader, UndefinedError
from jinja2.exceptions import SecurityError
from markupsafe import Markup

from bot import render as rendering
from bot.render import environment, render, templates_directory
from bot.web.manifest import app_view
from bot.web.moments import Moments
from bot.web.problems import CLOSED
from bot.web.registration import SetupView
from tests.attacks import ATTACKS, CONTROLS, LIVE, assert_harmless
from tests.test_pages import NOW, SITE

TEMPLATES = sorted(
    path
    for path in templates_directory().rglob("*.*")
    # What a site starts with is delivered as it is: shortcodes are Hugo's templates, not the bot's.
    if path.relative_to(templates_directory()).parts[0] != "starter"
)
VOID = {"wbr", "meta", "link", "br", "hr", "img", "input"}


class Outline(HTMLParser):
    """What a page is made of; fails where its tags do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += f" {data.strip()}" if data.strip() else ""

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def page(name: str, **values: object) -> Outline:
    return Outline(rendered(name, **values))


def rendered(name: str, **values: object) -> str:
    return render(f"pages/{name}.html", nonce="nonce-of-today", when=Moments(NOW), **values)


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Templates of the test's own."""
    templates: dict[str, str] = {}
    made = environment().overlay(loader=DictLoader(templates))
    monkeypatch.setattr(rendering, "environment", lambda: made)
    return templates


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: ascii(attack[:30]))
def test_a_value_without_a_filter_is_harmless_in_every_kind_of_template(
    template: dict[str, str], attack: str
) -> None:
    template |= {"a.md.j2": "x{{ value }}", "a.txt.j2": "{{ value }}", "a.html": "<p>{{ value }}</p>"}
    template["a.svg.j2"] = template["a.html"]
    assert_harmless(render("a.md.j2", value=attack))
    words = render("a.txt.j2", value=attack)
    assert not LIVE.search(words)
    assert not CONTROLS.search(words)
    html = render("a.html", value=attack)
    assert Outline(html).tags == [("p", {})]
    assert not CONTROLS.search(html)
    assert render("a.svg.j2", value=attack) == html


def test_what_is_safe_already_is_left_alone(template: dict[str, str]) -> None:
    template["a.md.j2"] = "{{ done }} {{ 3 }} {{ value | code }}"
    assert render("a.md.j2", done=Markup("**ours**"), value="a|b") == "**ours** 3 <code>a&#x7c;b</code>"


def test_plain_text_is_not_escaped_as_html(template: dict[str, str]) -> None:
    template["a.txt.j2"] = "{{ value }}"
    assert render("a.txt.j2", value='R&D <b> "x"') == 'R&D <b> "x"'


def test_a_value_that_is_not_given_is_an_error(template: dict[str, str]) -> None:
    template |= {
        "a.md.j2": "{{ value }}",
        "b.html": "{{ value.nothing }}",
        "c.md.j2": "{% if value %}{% endif %}",
    }
    for name in template:
        with pytest.raises(UndefinedError):
            render(name, **({"value": object()} if name == "b.html" else {}))


def test_a_value_that_is_none_is_an_error(template: dict[str, str]) -> None:
    template["a.md.j2"] = "{{ value }}"
    with pytest.raises(ValueError, match=r"a\.md\.j2 prints a value that is None"):
        render("a.md.j2", value=None)


def test_templates_run_in_a_sandbox(template: dict[str, str]) -> None:
    template["a.md.j2"] = "{{ value.__class__.__mro__ }}"
    with pytest.raises(SecurityError):
        render("a.md.j2", value="x")


def test_templates_lie_beside_the_package_or_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (templates_directory() / "pull" / "body.md.j2").is_file()
    monkeypatch.setattr(rendering, "_INSTALLED", tmp_path)
    assert templates_directory() == tmp_path


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_template_compiles_and_says_what_it_needs(path: Path) -> None:
    name = path.relative_to(templates_directory()).as_posix()
    assert environment().get_template(name).name == name
    if path.suffix != ".css":
        assert path.read_text().startswith("{#- ")
        assert name.endswith((".md.j2", ".txt.j2", ".svg.j2", ".html"))


def test_jinja2_is_loaded_with_the_first_template_only() -> None:
    script = "import sys, bot.proposal, bot.site; assert 'jinja2' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)  # noqa: S603 - our own interpreter


class TestPages:
    def test_no_site_leads_to_the_installation(self) -> None:
        assert "No site is known yet." in page("index", sites=(), troubles=()).words

    def test_the_commands_are_those_of_the_table(self) -> None:
        class Command:
            name, usage, what, who = "hold", "hold SIG [reason]", "keeps a row as it is", "write on the site"

        assert (
            "/status hold SIG [reason] keeps a row as it is write on the site"
            in page("help", commands=(Command(),)).words
        )

    def test_the_setup_page_names_what_the_app_needs(self) -> None:
        app = app_view()
        words = page("setup", app=app, setup=SetupView()).words
        for name, _ in app.permissions:
            assert name.replace("_", " ").capitalize() in words
        for expected in (*app.events, *(variable.name for variable in app.variables)):
            assert expected in words

    def test_an_error_says_what_happened(self) -> None:
        outline = page("error", code=404, title="Not Found", message="There is no such page.")
        assert "There is no such page. (404)" in outline.words

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("index", {"sites": (SITE, SITE), "troubles": ("GitHub does not answer.",)}),
            ("site", {"site": SITE}),
            ("help", {"commands": ()}),
            ("setup", {"app": app_view(), "setup": SetupView(form_token="t", fault="Write a name.")}),
            ("setup", {"app": app_view(), "setup": SetupView(is_closed=True)}),
            ("setup_problem", {"problem": CLOSED}),
            ("error", {"code": 500, "title": "Oops", "message": "Logged."}),
        ],
    )
    def test_every_page_is_sound(self, name: str, values: dict[str, object]) -> None:
        html = rendered(name, **values)
        outline = Outline(html)
        assert html.startswith("<!doctype html>\n<html lang=")
        assert len(outline.all("h1")) == len(outline.all("main")) == len(outline.all("title")) == 1
        assert outline.all("style") == [{"nonce": "nonce-of-today"}]
        assert not outline.all("script")
        assert not [
            attrs
            for _, attrs in outline.tags
            if "style" in attrs or any(key.startswith("on") for key in attrs)
        ]
        ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
        assert len(ids) == len(set(ids))
        for attrs in (attrs for _, attrs in outline.tags if "aria-labelledby" in attrs):
            assert attrs["aria-labelledby"] in ids
        levels = [int(tag[1]) for tag, _ in outline.tags if tag in {"h1", "h2", "h3"}]
        assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_both_colour_schemes_are_provided(self) -> None:
        style = (templates_directory() / "pages" / "style.css").read_text()
        assert "color-scheme: light dark" in style
        assert "@media (prefers-color-scheme: dark)" in style
        assert "url(" not in style
        assert "@import" not in style
