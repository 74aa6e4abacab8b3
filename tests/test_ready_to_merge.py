"""A proposal passes the checks of its site as it is: Prettier and cspell, run as the sites run them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import cycle
from pathlib import Path

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.sandbox import Sandbox, spring_2020
from bot.status.datafile import Source, read_source
from bot.status.facts import Facts, Milestone, Release, RepositoryFacts
from bot.status.holds import Hold, with_holds
from bot.status.page import compute_page
from tests import npm
from tests.clocks import FakeClock
from tests.spring_2020 import april_page, counts_only
from tests.world import BOT, BRANCH, ORGANIZATION, OUTPUT, build, world

SITE_CHECKS = Path(__file__).parent / "site_checks"
TIMEOUT_SECONDS = 120
UNTIDY = "a:   1\n"
"""What a checker that looks at all does not let pass."""

LONG = "A sentence that goes on and on, as sentences in release notes now and then do, well beyond any width."
LINK = "https://github.com/open-telemetry/opentelemetry-java-instrumentation/compare/v1.20.0...v1.20.1"
NOTES = {
    "one line": "Fixes a leak.",
    "a list": "## What's new\n\n- one\n- two\n  - nested\n    1. deeper\n\n* [ ] to do\n",
    "a table": "| a | b |\n|---|:-:|\n| 1 | `2` |\n",
    "code": '```java\nif (x) {\n\tfoo("bar");\n}\n```\n\n    indented\n',
    "CRLF": f"## What's Changed\r\n* a fix by @x in {LINK}\r\n* {LONG}\r\n\r\n**Full Changelog**: {LINK}",
    "CRLF and blanks": "one  \r\n\r\n  two \r\n\tthree\r\n\r\n",
    "CR alone": "one\rtwo\r",
    "tabs": "\tone\n\t\ttwo\t\n",
    "trailing blanks": "one  \ntwo \n   \nthree",
    "a long line": f"{LONG} {LONG}\n",
    "long lines and a tab": f"{LONG} {LONG}\n\n{LONG}\tx\n{'x' * 200} y\n",
    "a long line without its end": f"{LONG} {LONG}",
    "a link and a carriage return": f"{LINK}{LINK}\r\n",
    "a long word": "x" * 500,
    "a long word and a blank": "x" * 500 + " \t",
    "emoji": "🚀 Ship it 👩‍👩‍👧‍👦 ❤️ 🏳️‍🌈 1️⃣ 🇩🇪 ™️\n",
    "emoji on long lines": "🚀 Ship it 👩‍👩‍👧‍👦 ❤️ 🏳️‍🌈 1️⃣ 🇩🇪 " * 12 + "\r\n",
    "wide characters": "修复了一个错误。 この版では、 한국어 텍스트 " * 12 + "\r\n- 数据\r\n",
    "wide characters in a block": "修复了一个错误\n\n- この版では " * 20,
    "other scripts": "עברית العربية ไทย हिन्दी e\u0301 “quoted” — … ½ €\t" * 6,
    "single quotes": "it's 'quoted', isn't it",
    "double quotes": 'say "hi"',
    "both quotes": "it's \"both\" ''twice''",
    "both quotes on long lines": f"it's \"both\" {LONG} ''twice''\t{LONG}",
    "backslashes": 'C:\\new\\table \\\\ \\" \\',
    "backslashes on long lines": "C:\\new \\ \\\\n and\\ so on " * 12 + "\\\r\n\\",
    "blanks before and after": "   one   ",
    "line feeds before and after": "\n\none\n\n\n",
    "a line feed and blanks before": "\n   one\ntwo",
    "an indented start": "    code\n  less\nnone\n",
    "document marks": "---\ntitle: no\n---\n...\n",
    "dashes": "---",
    "YAML": "key: value # no comment\n- item\n? x\n! &a *a %d @b | > [c, {d: e}]\n",
    "a directive to Prettier": "# prettier-ignore\n<!-- prettier-ignore-start -->\na:   1\n",
    "only blanks": "   ",
    "only line feeds": "\n\n",
    "only a carriage return and a line feed": "\r\n",
    "nothing": "",
    "what nobody sees": "a\u200bb\u00a0c\u00add\ufeffe\u2028f\u2029g\u0085h\u202ei\x00j\x07k\U000e0041",
    "a lone blank amid doubles": "a  b  c " * 40 + "\r\n",
    "HTML": "<details>\n<summary>&amp; more</summary>\n\n</details>\n",
    "shortcodes": '{{< figure src="x" >}} {{% note %}} {{ .Site.Title }}\n',
}
NAMES = [
    *("v1.2.0", "1.10", "Release 1.2", "yes", "~", "2020-04-01", "12e3", "", "  ", "# one", "- one", "a: b"),
    *(
        "say #1",
        "it's",
        'the "big" one',
        'it\'s "both"',
        "C:\\new",
        "🚀 lift off ❤️",
        "修复 版本",
        "a\tb",
        "{x}",
    ),
    *("[x], y", "*x", "&x", "!x", "%x", "@x", "`x`", "|", ">", "x" * 120, "it's: " + LONG, LONG, f" {LONG} "),
]

HEAD = """\
# How far each SIG is; add a row here and the bot fills it in.
title: "Progress Chart"
width: 2000
columns:
  - label: "v0.1"
  - label: "beta"

data:
"""
TO_FILL_IN = """\
    msLabel: v0.1
    openIssues: 0
    closedIssues: 0
    totalIssues: 0
    releaseName: "n/a"
    releaseDescription: "n/a"
    releaseUrl: ""
"""
ROW = f"{HEAD}  - label: Go\n    sourceUrl: https://github.com/org/go\n"
FLOW = f'{HEAD}  - {{ label: Go, sourceUrl: "https://github.com/org/go"'
SOURCES = {
    "as it began": ROW + TO_FILL_IN,
    "without a final line feed": (ROW + TO_FILL_IN).removesuffix("\n"),
    "nothing to fill in": ROW,
    "remarks": f"""\
{ROW}    # how it stands
    msLabel: v0.1 # so far

    releaseDescription: "n/a" # from GitHub
    releaseName: # the title
      "n/a"

    # people's own
    contact: "#go"

# more to come
""",
    "an output": f"""\
{ROW}    msLabel: "beta"
    openIssues: 1
    closedIssues: 2
    totalIssues: 3
    percent: 66
    releaseName: 'the "big" one'
    releaseDescription: | # long
      ## Old

      - a thing
    releaseUrl: "https://github.com/org/go and something that is too long for
      the line of its key\\n\\
      x"
    releaseTag: >-
      v0.1.0

  - label: Rust
    sourceUrl: https://github.com/org/rust
""",
    "the release's keys first": f"""\
{HEAD}  - releaseDescription: "n/a"
    releaseName: "n/a"
    label: Go
    sourceUrl: https://github.com/org/go
footer:
  - z
""",
    "a flow row": f"{FLOW} }} # on one line\n",
    "a flow row to fill in": f'{FLOW}, msLabel: "v0.1" }}\n',
    "a flow row over several lines": f"""\
{HEAD}  - {{
      label: Go, # the language
      sourceUrl: "https://github.com/org/go",
      releaseName: n/a, # the title
      releaseDescription: "n/a",
      match: {{ beta: [Milestone 5, "Milestone 6"] }}, # theirs
    }}
""",
    "flow rows in a flow list": f"""\
{HEAD}  [
    {{ label: Go, sourceUrl: "https://github.com/org/go" }},
    {{ label: Rust, sourceUrl: "https://github.com/org/rust" }},
  ]
""",
}

Texts = Mapping[str, str]
Check = Callable[..., set[str]]


def output_of(source: str, notes: str, name: str = "v0.1.0", header: str | None = None) -> str:
    """The output that the bot proposes for a release with these notes."""
    url = "https://github.com/org/go/releases/tag/v0.1.0"
    milestone = Milestone(
        title="Beta", state="open", open=1, closed=2, url="https://github.com/org/go/milestone/1"
    )
    release = Release(tag="v0.1.0", name=name, body=notes, url=url, published_at="2020-04-01T10:00:00Z")
    facts = Facts(repositories={"org/go": RepositoryFacts(milestones=(milestone,), releases=(release,))})
    page = compute_page(read_source(source), facts, header=header)
    rows = yaml.load(page.text, Loader=yaml.CSafeLoader)["data"]
    row = next(row for row in rows if row["label"] == "Go")
    assert (row["releaseDescription"], row["percent"]) == (notes, 66)
    return page.text


@cache
def generated_notes(count: int) -> tuple[str, ...]:
    """Notes put together from what is difficult, the same ones every time."""
    pieces = [
        "\n",
        "\n",
        "\r\n",
        " ",
        "  ",
        "\t",
        "* ",
        "---",
        "# ",
        "\\",
        '"',
        "'",
        "word ",
        "a longer word ",
    ]
    pieces += [
        "é",
        "漢字",
        "中文。 ",
        "🚀 ",
        "❤️",
        "👨‍👩‍👧",
        "e\u0301",
        "\u200b",
        "\x85",
        "\xa0",
        f"{LINK} ",
        LONG,
        "x" * 90,
    ]
    found: list[str] = []

    @settings(max_examples=count, derandomize=True, database=None, phases=[Phase.generate])
    @given(st.lists(st.sampled_from(pieces), max_size=50).map("".join) | st.text(max_size=300))
    def collect(text: str) -> None:
        if text.encode("utf-8", "replace").decode() == text:
            found.append(text)

    collect()
    return tuple(dict.fromkeys(found))


@cache
def outputs() -> Texts:
    """What the bot writes, by the names of files: notes in every kind of row, with all sorts of names."""
    names = cycle(NAMES)
    texts = {source: list(NOTES.values())[number % 3 :: 3] for number, source in enumerate(SOURCES)}
    texts["as it began"] = list(NOTES.values())
    for source, notes in zip(cycle(SOURCES), generated_notes(150), strict=False):
        texts[source].append(notes)
    files = {
        f"{source}/{number}.yaml": output_of(SOURCES[source], notes, next(names))
        for source in SOURCES
        for number, notes in enumerate(texts[source])
    }
    for label, text in {"april": april_page()[0].text, "march": counts_only()[0].text}.items():
        files[f"spring of 2020/{label}.yaml"] = text
    return files


def sources() -> Texts:
    """What people wrote, which is tidy as it is but for a last line feed."""
    texts = {**SOURCES, "spring of 2020": spring_2020.source_text()}
    return {f"sources/{name}.yaml": text.removesuffix("\n") + "\n" for name, text in texts.items()}


def held_sources() -> Texts:
    """Sources with rows that the bot has put on hold, for another reason, and off it again."""
    files = {}
    for name, text in sources().items():
        for number, reason in enumerate(
            ("soon", f"{LINK}#issuecomment-1234567890", LONG * 2, 'it\'s "x": #\t')
        ):
            held = with_reason(read_source(text), reason)
            in_braces = "flow row" in name
            if not in_braces or len(reason) < len(LONG):  # Prettier folds prose at odd places there
                files[f"held/{number}/{name}"] = held.text
            if not in_braces:  # what would fit on one line again is left on several
                files[f"again/{number}/{name}"] = with_reason(held, NAMES[number]).text
                files[f"resumed/{number}/{name}"] = with_reason(held, None).text
    return files


def with_reason(source: Source, reason: str | None) -> Source:
    held, faults = with_holds(
        source, [Hold(sig.label, sig.repository, sig.component, reason) for sig in source.sigs]
    )
    assert not faults
    return held


def written(folder: Path, files: Texts) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def run(folder: Path, command: Iterable[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - a program that the lock file pins, over files made here
        [str(word) for word in command],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def programs() -> Path:
    return npm.install_or_skip(SITE_CHECKS)


@pytest.fixture
def prettier(programs: Path, tmp_path: Path) -> Check:
    """Which files Prettier would change; one process for all, with an untidy file in each folder."""

    def untidy(files: Texts, *options: str) -> set[str]:
        canaries = {str(Path(name).with_name("untidy.yaml")) for name in files}
        written(tmp_path, {**files, **dict.fromkeys(canaries, UNTIDY)})
        done = run(
            tmp_path,
            [
                programs / "prettier",
                "--no-color",
                "--no-config",
                "--no-editorconfig",
                "--check",
                ".",
                *options,
            ],
        )
        assert done.returncode == 1, done.stderr
        assert "[error]" not in done.stderr, done.stderr
        found = {name for name in {*files, *canaries} if f"[warn] {name}\n" in done.stderr}
        assert found >= canaries, done.stderr
        return found - canaries

    return untidy


@pytest.fixture
def cspell(programs: Path, tmp_path: Path) -> Callable[[Texts], dict[str, set[str]]]:
    """The unknown words that cspell finds in the files of ``data``, with a dictionary of the site's own."""

    def unknown(files: Texts) -> dict[str, set[str]]:
        words = "dictionaryDefinitions: [{name: site-words, path: words.txt}]\ndictionaries: [site-words]\n"
        config = f"version: '0.2'\nlanguage: en-US\ncaseSensitive: true\n{words}"
        written(tmp_path, {".cspell.yml": config, "words.txt": "releasenames\n"})
        written(tmp_path / "data", files)
        done = run(
            tmp_path, [programs / "cspell", "--no-progress", "--no-color", "-c", ".cspell.yml", "data"]
        )
        assert f"Files checked: {len(files)}," in done.stderr, done.stderr
        found: dict[str, set[str]] = {name: set() for name in files}
        for name, word in re.findall(
            r"^data/(.*?):\d+:\d+ - Unknown word \((.*)\)", done.stdout, re.MULTILINE
        ):
            found[name].add(word)
        return found

    return unknown


@pytest.mark.tools
@pytest.mark.parametrize("options", [(), ("--prose-wrap", "always")], ids=["its defaults", "prose wrapped"])
def test_prettier_leaves_what_the_bot_wrote_as_it_is(
    options: tuple[str, ...], prettier: Check, record_property: Callable[[str, object], None]
) -> None:
    files = {**outputs(), **sources(), **held_sources()}
    assert len(files) > 300
    assert prettier(files, *options) == set()
    record_property("figure", f"{len(files)} data files pass Prettier ({' '.join(options) or 'defaults'})")


@pytest.mark.tools
def test_prettier_leaves_the_quotes_that_a_site_uses(prettier: Check) -> None:
    files = {}
    for folder, source in SOURCES.items():
        single = re.sub(r"\"([^\"'\\\n]*)\"", r"'\1'", source.replace("'the \"big\" one'", "v0.1.0"))
        files[f"{folder}/source.yaml"] = single.removesuffix("\n") + "\n"
        for number, notes in enumerate(("n/a", "it's", 'say "hi"', "tab\t", LONG, "")):
            files[f"{folder}/{number}.yaml"] = output_of(single, notes, NAMES[number])
    assert prettier(files, "--single-quote", "--prose-wrap", "always") == set()
    assert all("'n/a'" in files[f"{folder}/0.yaml"] for folder in SOURCES)


def test_an_output_ends_with_one_line_feed_and_no_line_of_it_with_blanks() -> None:
    for name, text in outputs().items():
        assert text.endswith("\n"), name
        assert not text.endswith("\n\n"), name
        assert "\r" not in text, name
        assert not re.search(r"\s$", text.removesuffix("\n")), name
        assert not re.search(r"[^\S\n]\n", text), name


WORDS = {"Xyzzyfrob", "quuxinator", "blorple"}
UNKNOWN_WORDS = f"Xyzzyfrob the {' '.join(sorted(WORDS))}s\n\n- quuxinator\r\n\tblorple"


@pytest.mark.tools
def test_cspell_passes_whatever_words_the_notes_have(cspell: Callable[[Texts], dict[str, set[str]]]) -> None:
    source = SOURCES["as it began"]
    output = output_of(source, UNKNOWN_WORDS, "Blorple")
    headless = output.partition("\n")[2]
    own = output_of(source, UNKNOWN_WORDS, header="Made by a bot")
    silenced = output_of(source, UNKNOWN_WORDS, header="Made by a bot. cSpell:disable")
    found = cspell(
        {"output.yaml": output, "headless.yaml": headless, "own.yaml": own, "silenced.yaml": silenced}
    )
    assert found["output.yaml"] == set()
    assert found["headless.yaml"] >= WORDS, "it is the first line that lets them pass"
    assert found["own.yaml"] >= WORDS, "a site that writes its own header decides for itself"
    assert found["silenced.yaml"] == set()


@pytest.mark.tools
async def test_what_is_proposed_is_the_apps_own_commit_and_passes_as_it_is(
    github: Sandbox, clock: FakeClock, prettier: Check
) -> None:
    build(github, "Python", "Java")
    python = github.repository(f"{ORGANIZATION}/python")
    python.create_release("v0.1.0", name='The "first"', body=NOTES["CRLF"])
    async with world(github, clock) as story:
        story.sig("Java").create_release("v0.1.0", name=LONG, body=NOTES["tabs"])
        await story.rest()
        base = {commit.sha for commit in story.site.log("main")}
        commits = [commit for commit in story.site.log(BRANCH) if commit.sha not in base]
        assert len(commits) == 2
        assert {(commit.author, commit.verified) for commit in commits} == {(BOT, True)}
        proposed = story.read(OUTPUT, BRANCH)
        page = story.proposed()
    assert page["Python"]["releaseDescription"] == NOTES["CRLF"]
    assert page["Java"]["releaseName"] == LONG
    assert prettier({OUTPUT: proposed}, "--prose-wrap", "always") == set()
