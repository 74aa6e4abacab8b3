"""The README against the truth: every table, command, link, picture and example that it shows."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args, get_origin

import click
import msgspec
import pytest
import yaml
from aiohttp import web
from click.testing import CliRunner
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.__main__ import main
from bot.answers import MOST_COMMANDS
from bot.app import GRACE_SECONDS
from bot.commands import COMMANDS
from bot.demo import DAY
from bot.metrics import Metrics
from bot.pace import Pace
from bot.settings import SettingsError, graphql_url_of, load_settings
from bot.site import CONFIG_PATH, SiteConfig
from bot.status import sigs
from bot.status.datafile import MANAGED, read_source
from bot.status.facts import Milestone, Release, RepositoryFacts
from bot.status.ladder import Column, Sig, column_of
from bot.status.progress import latest_release, status_of
from bot.web.manifest import VARIABLES, read_manifest
from bot.web.pages import Pages
from bot.web.server import build_web
from bot.web.webhook import Webhook
from tests.pictures import FOLDER, charts

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TOKENS = MarkdownIt("commonmark").enable("table").parse(README)

LONGEST_LINE = 110
LARGEST_PICTURE_BYTES = 200_000
NOTHING = "\N{EN DASH}"
LADDER = tuple(Column(label) for label in ("v0.1", "v0.2", "v0.3", "v0.4", "beta", "rc", "v1.0"))
SIG = Sig("SIG", "owner/name")


class Silent:
    """A dashboard with no site, and nothing amiss."""

    async def site(self, full_name: str) -> None: ...

    async def sites(self) -> tuple[()]:
        return ()

    async def chart(self, full_name: str, digest: str) -> None: ...

    def github_trouble(self) -> str:
        return ""

    def queue_trouble(self) -> str:
        return ""


class Pictures(HTMLParser):
    """Finds the pictures: the file for light pages, the one for dark ones, and what is said of them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self._dark = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "source" and given.get("media") == "(prefers-color-scheme: dark)":
            self._dark = given.get("srcset") or ""
        elif tag == "img":
            self.found.append((given.get("src") or "", self._dark, given.get("alt") or ""))
            self._dark = ""


def table(*heads: str) -> list[list[str]]:
    """The rows of the one table with these heads, each cell as it is written."""
    found = [rows for rows in tables() if rows[0] == list(heads)]
    assert len(found) == 1, heads
    assert len(found[0]) > 1, heads
    return found[0][1:]


def tables() -> Iterator[list[list[str]]]:
    rows: list[list[str]] = []
    for token, following in pairwise(TOKENS):
        if token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append(following.content)
        elif token.type == "table_close":
            yield rows


def inline() -> Iterator[Token]:
    for token in TOKENS:
        yield from token.children or ()


def code_spans() -> list[str]:
    return [token.content for token in inline() if token.type == "code_inline"]


def code_texts() -> list[str]:
    """Everything that is to be typed: code spans and indented blocks."""
    return [*code_spans(), *(token.content for token in TOKENS if token.type == "code_block")]


def block_after(words: str) -> str:
    """The first fenced block after these words."""
    _, found, rest = README.partition(words)
    assert found, words
    return next(token.content for token in MarkdownIt("commonmark").parse(rest) if token.type == "fence")


def prose() -> str:
    return " ".join(README.split())


def codes(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def unquoted(cell: str) -> str:
    [code] = codes(cell)
    return str(code)


def in_capitals(address: str) -> str:
    """An address with its variable parts as people are told of them: ``OWNER`` for ``{owner}``."""
    return re.sub(r"{(\w+)}", lambda part: part[1].upper(), address)


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def defaults_of(config: msgspec.Struct, prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in msgspec.structs.asdict(config).items():
        if isinstance(value, msgspec.Struct):
            yield from defaults_of(value, f"{key}.")
        else:
            yield f"{prefix}{key}", list(value) if isinstance(value, tuple) else value


def choices_of(kind: type[msgspec.Struct], prefix: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    for field in msgspec.structs.fields(kind):
        plain, *_ = get_args(field.type) or (field.type,)
        if isinstance(plain, type) and issubclass(plain, msgspec.Struct):
            yield from choices_of(plain, f"{field.encode_name}.")
        elif get_origin(plain) is Literal:
            yield f"{prefix}{field.encode_name}", get_args(plain)


class TestItsTables:
    def test_the_environment_is_the_one_that_is_read(self) -> None:
        shown = {
            unquoted(name): "" if default == NOTHING else default
            for name, default, _ in table("Variable", "Default", "Meaning")
        }
        assert shown == {
            variable.name: "required" if variable.required else variable.default and f"`{variable.default}`"
            for variable in VARIABLES
        }

    def test_the_permissions_are_those_of_the_manifest(self) -> None:
        shown = {
            name.lower().replace(" ", "_"): access for name, access, _ in table("Permission", "Access", "Why")
        }
        assert shown == read_manifest().default_permissions

    def test_the_events_are_those_of_the_manifest(self) -> None:
        [sentence] = re.findall(r"Subscribe to these events:([^.]+)\.", README)
        assert codes(sentence) == list(read_manifest().default_events)

    def test_the_commands_are_those_of_the_parser(self) -> None:
        shown = table("Command", "What it does", "Who may")
        assert shown == [[f"`/status {one.usage}`", one.what, one.who] for one in COMMANDS]

    def test_every_key_of_the_configuration_is_there_with_its_default(self) -> None:
        shown = {
            unquoted(key): yaml.safe_load(unquoted(default))
            for key, default, _ in table("Key", "Default", "Meaning")
        }
        assert shown == dict(defaults_of(SiteConfig()))

    def test_every_choice_that_the_configuration_has_is_named(self) -> None:
        meanings = {unquoted(key): meaning for key, _, meaning in table("Key", "Default", "Meaning")}
        choices = dict(choices_of(SiteConfig))
        assert choices.keys() == {"propose.counts", "commands.who"}
        for key, names in choices.items():
            assert set(names) <= set(codes(meanings[key])), key

    def test_the_keys_of_a_row_are_those_that_are_read(self) -> None:
        shown = [unquoted(key) for key, _ in table("Key of a row", "Meaning")]
        assert shown == [name for name, *_ in sigs._OPTIONS]

    def test_the_values_of_the_output_are_those_that_are_written(self) -> None:
        shown = [name for cell, _ in table("Value", "Meaning") for name in codes(cell)]
        assert sorted(shown) == sorted(MANAGED)

    def test_every_address_that_answers_is_there(self) -> None:
        async def dispatch(_event: str, _delivery: str, _body: bytes) -> bool:
            return False

        def render(_template_name: str, /, **_values: object) -> str:
            return ""

        pages = Pages(render, Silent(), Silent(), Metrics())
        application = build_web(Webhook(dispatch, ("secret",), Metrics()), pages)
        answering = {
            f"{route.method} {in_capitals(route.resource.canonical)}"
            for route in application.router.routes()
            if isinstance(route.resource, web.Resource) and route.method != "HEAD"
        }
        assert {unquoted(request) for request, _ in table("Request", "Answer")} == answering


class TestItsRules:
    @pytest.mark.parametrize(("title", "column", "_why"), table("Milestone", "Column", ""))
    def test_a_milestone_names_the_column_shown(self, title: str, column: str, _why: str) -> None:
        found = column_of(unquoted(title), SIG, LADDER)
        assert (f"`{found.label}`" if found else NOTHING) == column

    @pytest.mark.parametrize(
        ("releases", "milestones", "place", "_why"), table("Releases", "Milestones", "The SIG is at", "")
    )
    def test_a_sig_is_where_it_is_shown(self, releases: str, milestones: str, place: str, _why: str) -> None:
        status = status_of(
            SIG,
            LADDER,
            RepositoryFacts(
                milestones=tuple(
                    Milestone(title=title, state="open" if state == "open" else "closed", open=1, closed=1)
                    for title, state in re.findall(r"`([^`]+)` (open|closed)", milestones)
                ),
                releases=tuple(Release(tag=tag) for tag in codes(releases)),
            ),
        )
        assert f"`{status.column}`{', complete' if status.complete else ''}" == place

    @pytest.mark.parametrize(("options", "tags", "shown"), table("Row", "Tags", "Shown"))
    def test_the_latest_release_is_the_one_shown(self, options: str, tags: str, shown: str) -> None:
        given = yaml.safe_load("\n".join(codes(options))) or {}
        sig = Sig("SIG", "owner/name", component=given.get("component"), prereleases="prereleases" in given)
        found, _ = latest_release(sig, [Release(tag=tag) for tag in codes(tags)])
        assert (f"`{found.tag}`" if found else NOTHING) == shown

    def test_the_ladder_of_the_examples_is_the_one_named(self) -> None:
        [sentence] = re.findall(r"All examples are for the columns ([^:]*?`)\.\s", README)
        assert codes(sentence) == [column.label for column in LADDER]

    def test_the_title_of_a_component_counts_for_its_row(self) -> None:
        [[_, column, why]] = [row for row in table("Milestone", "Column", "") if "exporter" in row[0]]
        component = yaml.safe_load(codes(why)[-1])["component"]
        named = column_of("exporter/v0.3.0", Sig("SIG", "owner/name", component=component), LADDER)
        assert column == NOTHING
        assert named is not None
        assert named.label == "v0.3"


class TestItsExamples:
    def test_compute_prints_what_is_shown(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        for name in ("source.yaml", "facts.json"):
            (tmp_path / name).write_text(block_after(f"`{name}`:"), encoding="utf-8")
        [command] = re.findall(r"^ {4}\.venv/bin/status-bot (compute .+)$", README, re.MULTILINE)
        result = CliRunner().invoke(main, command.split())
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout == block_after("prints the file that would be proposed:")

        [sentence] = re.findall(r"`--explain` it prints [^`]+, as JSON: `([^`]+)`", prose())
        explained = CliRunner().invoke(main, [*command.split(), "--explain"])
        assert f'"text": "{sentence}"' in explained.stdout

    def test_the_source_that_shows_every_key_is_a_good_one(self) -> None:
        source = read_source(block_after("A row needs `label` and `sourceUrl`"))
        assert source.faults == ()
        options = {name for name, *_ in sigs._OPTIONS}
        assert options <= {name for row in source.rows for name in row.entries}
        assert any(column.match for column in source.columns)

    def test_the_day_that_is_shown_is_the_one_that_is_played(self) -> None:
        shown = re.findall(r"^ {4}(\d\d:\d\d) {4}(.+)$", README, re.MULTILINE)
        assert shown
        assert set(shown) <= {(hour.time, hour.what) for hour in DAY}

    def test_an_enterprise_server_is_found_where_it_says(self) -> None:
        urls = re.findall(r"`(https://HOST/[^`]+)`", README)
        assert urls == ["https://HOST/api/v3", "https://HOST/api/graphql"]
        assert graphql_url_of(urls[0]) == urls[1]

    def test_the_times_and_figures_are_those_of_the_code(self) -> None:
        assert f"what runs has {GRACE_SECONDS:g} s to finish" in prose()
        assert f"{Pace.gather_seconds:g} s at most" in prose()
        assert "the exit status is 2" in prose()
        assert f"{MOST_COMMANDS} commands of a comment" in prose()
        metrics = Metrics().text().decode()
        names = re.findall(r"`(status_bot_\w+)`", README)
        assert names
        assert all(f"# HELP {name} " in metrics for name in names)

    def test_what_it_tells_to_set_is_enough_to_start(self) -> None:
        with pytest.raises(SettingsError) as caught:
            load_settings({})
        missing = {fault.split(" ", 1)[0] for fault in caught.value.faults}
        [line] = re.findall(r"^ {4}export (.+)$", README, re.MULTILINE)
        told = {name.removesuffix("_PATH") for name in re.findall(r"(\w+)=…", line)}
        assert told == missing


class TestItsWords:
    def test_every_make_target_exists(self) -> None:
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
        named = re.findall(r"\bmake ([a-z]+)", "\n".join(code_texts()))
        assert {"demo", "install", "test"} <= set(named)
        assert set(named) <= targets

    def test_every_subcommand_is_named_and_none_that_is_not_there(self) -> None:
        assert isinstance(main, click.Group)
        named = set(re.findall(r"(?:(?<!@)status-bot|-m bot) ([a-z]+)", "\n".join(code_texts())))
        assert named == set(main.commands)

    def test_every_option_exists(self) -> None:
        assert isinstance(main, click.Group)
        options = {
            option
            for command in main.commands.values()
            for parameter in command.params
            for option in parameter.opts
        }
        named = re.findall(r"(?<![\w-])--?[a-z][a-z-]*", "\n".join(code_texts()))
        assert named
        assert set(named) - {"-m"} <= options  # "-m" is Python's own

    def test_every_link_leads_somewhere(self) -> None:
        headings = {slug(heading) for heading in re.findall(r"^#+ (.+)$", README, re.MULTILINE)}
        targets = [str(token.attrs["href"]) for token in inline() if token.type == "link_open"]
        assert targets
        for target in targets:
            path, _, anchor = target.partition("#")
            assert (ROOT / path).exists(), target
            assert not anchor or anchor in headings, target

    def test_every_folder_and_file_of_the_project_that_it_names_exists(self) -> None:
        paths = [code for code in code_spans() if re.fullmatch(r"(?:bot|templates|tests)/\S*", code)]
        assert paths
        for path in paths:
            assert (ROOT / path).exists(), path

    def test_the_files_of_a_site_are_named_as_the_bot_reads_them(self) -> None:
        config = SiteConfig()
        for path in (CONFIG_PATH, config.source, config.output):
            assert f"`{path}`" in README

    def test_every_picture_is_there_in_light_and_dark_and_described(self) -> None:
        pictures = Pictures()
        pictures.feed(README)
        assert [(ROOT / light, ROOT / dark) for light, dark, _ in pictures.found] == [
            (FOLDER / f"{name}-light.{kind}", FOLDER / f"{name}-dark.{kind}")
            for name, kind in (("chart", "svg"), ("pull-request", "png"), ("dashboard", "png"))
        ]
        shown = {Path(file).name for light, dark, _ in pictures.found for file in (light, dark)}
        assert shown == {path.name for path in FOLDER.iterdir()}
        for light, _, alt in pictures.found:
            assert len(alt.split()) > 10, light

    @pytest.mark.parametrize("path", sorted(FOLDER.glob("*.png")), ids=lambda path: path.name)
    def test_a_photograph_is_sharp_and_small(self, path: Path) -> None:
        picture = path.read_bytes()
        assert picture.startswith(b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", picture[16:24])
        [shown] = re.findall(rf'{path.stem.rpartition("-")[0]}-light\.png"\s+width="(\d+)"', README)
        assert width == 2 * int(shown)
        assert height > width
        assert len(picture) < LARGEST_PICTURE_BYTES

    def test_the_chart_is_as_it_is_drawn_today(self) -> None:
        drawn = charts()
        assert {path: path.read_text(encoding="utf-8") for path in drawn} == drawn, "make pictures"
        assert len(set(drawn.values())) == len(drawn), "light is not dark"

    def test_no_line_is_too_long(self) -> None:
        assert [line for line in README.splitlines() if len(line) > LONGEST_LINE] == []
