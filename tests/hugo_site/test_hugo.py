"""The output file in a real Hugo site: it builds, and every value comes out as it went in."""

import json
import random
import shutil
import subprocess
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from bot.status.datafile import read_source
from bot.status.facts import Facts, Milestone, Release, RepositoryFacts
from bot.status.page import compute_page

SITE = Path(__file__).parent / "site"
Build = Callable[[str], Path]

pytestmark = pytest.mark.tools

# Release notes are somebody's text. NUL and its like cannot stand in YAML as they are, but escaped they can.
NOTES = {
    "plain": "Fixes a leak.",
    "markdown": "# Changes\n\n- one\n- two\n\n```python\nprint('x')\n```\n",
    "emoji": "🚀 Ship it 👩‍👩‍👧‍👦, naïve café, 数据, עברית\n",
    "tab": "\tindented\tby tabs\n\t\n",
    "CRLF": "one\r\ntwo\r\n\r\n",
    "CR": "one\rtwo\r",
    "document marks": "---\ntitle: no\n---\n...\n",
    "shortcode": '{{< figure src="x" >}} {{% note %}} {{ .Site.Title }} {{</* x */>}}',
    "HTML": "<details><summary>&amp; more</summary><script>alert('&lt;')</script></details>",
    "100 kB": "- **fix**: “quoted” é🚀\\ \"\t'\n" * 3500,
    "one long line": "x" * 100_000,
    "leading spaces": "    code\n  less\nnone",
    "leading line feeds": "\n\n  late",
    "trailing blanks": "one  \ntwo\t\n   \nthree ",
    "trailing line feeds": "end\n\n\n",
    "only a line feed": "\n",
    "only blanks": "   ",
    "no line feed at the end": "one\ntwo",
    "NEL": "a\u0085b",
    "LS and PS": "a\u2028b\u2029c",
    "no-break and zero-width": "a\u00a0b\u200bc\u00ad",
    "byte order mark": "\ufeffstart, \ufeffmiddle",
    "NUL": "a\x00b",
    "control characters": "".join(map(chr, range(1, 32))) + "\x7f\x80\x9f",
    "noncharacters": "\ufffe\uffff\ufffd\U0010ffff",
    "quotes": "'single' \"double\" `back` ''' \"\"\"",
    "backslashes": "\\n \\x41 \\ \\\\",
    "YAML signs": "key: value # no comment\n- item\n? x\n! &a *a %d @b | > [c, {d: e}]\n",
    "a merge key": "<<: *x",
}

# What YAML 1.1 or 1.2 would read as something else than text, were it not quoted.
NAMES = [
    *(
        "yes",
        "Yes",
        "no",
        "on",
        "off",
        "y",
        "n",
        "true",
        "False",
        "null",
        "Null",
        "~",
        "NaN",
        ".inf",
        "-.INF",
    ),
    *("0x1", "0o17", "017", "1e3", "1_000", "1.0", "1.10", "+1", ".5", "190:20:30", "0b1", "12e03"),
    *("2020-04-01", "2020-04-01T00:00:00Z", "2020-04-01 00:00:00 +1", "=", "<<", "-", "?", ":", "---", "..."),
    *(
        "- x",
        "# x",
        "x #y",
        "x: y",
        "*x",
        "&x",
        "!x",
        "!!int 3",
        "%x",
        "@x",
        "`x",
        "|",
        ">",
        "[",
        "]",
        "{",
        "}",
    ),
    *(
        '"',
        "'",
        "''",
        "v1.0 🚀",
        " v1.0",
        "v1.0 ",
        "a\tb",
        "a\\b",
        "{{ x }}",
        "<b>",
        "a,b",
        "\u0085x",
        "\u2028x",
    ),
]

FRAGMENTS = [
    *NAMES,
    *(text[:40] for text in NOTES.values()),
    "\n",
    "\r\n",
    "\r",
    "\t",
    " ",
    "  ",
    "\n\n",
    "\n ",
]

SOURCE = """\
# Kept by hand; this comment stays.
title: "Progress Chart"
width: 2000
columns:
  - label: "v0.1"
  - label: "beta"
data:
"""
ROW = """\
  - label: "SIG {number}"
    sourceUrl: https://github.com/org/sig-{number}
    contact: "#sig-{number}"   # a key of the site's own
    msLabel: v0.1
    openIssues: 0
    closedIssues: 0
    totalIssues: 0
    releaseName: "n/a"
    releaseDescription: "n/a"
    releaseUrl: ""
"""


def output_of(releases: list[Release]) -> str:
    """The output file of a site with one SIG for each release."""
    source = read_source(SOURCE + "".join(ROW.format(number=number) for number in range(len(releases))))
    assert source.faults == ()
    milestone = Milestone(
        title="Beta", state="open", open=1, closed=2, url="https://github.com/org/x/milestone/1"
    )
    facts = {
        f"org/sig-{number}": RepositoryFacts(milestones=(milestone,), releases=(release,))
        for number, release in enumerate(releases)
    }
    return compute_page(source, Facts(repositories=facts)).text


def release(name: str, body: str) -> Release:
    return Release(tag="v0.1.0", name=name, body=body, url="https://github.com/org/x/releases/tag/v0.1.0")


@pytest.fixture(scope="module")
def build(hugo: str, tmp_path_factory: pytest.TempPathFactory) -> Build:
    def build(output: str) -> Path:
        site = tmp_path_factory.mktemp("site")
        shutil.copytree(SITE, site, dirs_exist_ok=True)
        (site / "data").mkdir()
        (site / "data" / "progress_generated.yaml").write_bytes(output.encode())
        command = [hugo, "--source", str(site), "--noBuildLock", "--panicOnWarning", "--logLevel", "warn"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - as above
        assert done.returncode == 0, done.stdout + done.stderr
        return site / "public"

    return build


def data_of(public: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((public / "index.json").read_bytes())
    return data


@pytest.fixture(scope="module")
def rows(build: Build) -> dict[str, dict[str, Any]]:
    """What Hugo read, by the name of the notes or ``name`` and the release's name."""
    releases = {notes: release("v0.1.0", body) for notes, body in NOTES.items()}
    releases |= {f"name {name}": release(name, "x") for name in NAMES}
    data = data_of(build(output_of(list(releases.values()))))
    return dict(zip(releases, data["data"], strict=True))


@pytest.mark.parametrize("notes", NOTES)
def test_release_notes_come_out_of_hugo_as_they_went_in(notes: str, rows: dict[str, dict[str, Any]]) -> None:
    assert rows[notes]["releaseDescription"] == NOTES[notes]


@pytest.mark.parametrize("name", NAMES)
def test_a_release_name_stays_text(name: str, rows: dict[str, dict[str, Any]]) -> None:
    assert rows[f"name {name}"]["releaseName"] == name


def test_numbers_and_truth_values_stay_what_they_are(rows: dict[str, dict[str, Any]]) -> None:
    row = rows["plain"]
    assert row["msLabel"] == "beta"
    assert (row["openIssues"], row["closedIssues"], row["totalIssues"], row["percent"]) == (1, 2, 3, 66)
    assert row["prerelease"] is False
    assert row["releaseTag"] == "v0.1.0"
    assert row["milestoneUrl"] == "https://github.com/org/x/milestone/1"
    assert row["releaseUrl"] == "https://github.com/org/x/releases/tag/v0.1.0"


def test_what_the_site_wrote_itself_is_untouched(build: Build) -> None:
    data = data_of(build(output_of([release("v0.1.0", "x")])))
    assert (data["title"], data["width"]) == ("Progress Chart", 2000)
    assert data["columns"] == [{"label": "v0.1"}, {"label": "beta"}]
    assert data["data"][0]["contact"] == "#sig-0"


def test_anything_put_together_from_what_is_difficult_survives(build: Build) -> None:
    dice = random.Random(20200401)  # noqa: S311 - the same texts every time
    texts = ["".join(dice.choices(FRAGMENTS, k=dice.randint(1, 8))) for _ in range(400)]
    data = data_of(build(output_of([release("v0.1.0", text) for text in texts])))
    assert [row["releaseDescription"] for row in data["data"]] == texts


def test_the_page_shows_every_sig_with_its_release(build: Build) -> None:
    notes = "- **faster**\n- {{< quieter >}}\n"
    public = build(output_of([release("First light 🚀", notes), release("<b>", "x")]))
    page = unescape((public / "index.html").read_text(encoding="utf-8"))
    assert "SIG 0 First light 🚀" in page
    assert f"<pre>{notes}</pre>" in page
    assert "<strong>faster</strong>" in page
    assert "{ {< quieter >}}" in page
    assert "SIG 1 <b>" in page
    assert "2/3" in page
