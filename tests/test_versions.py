"""Versions, tags and titles: what is read, what is refused, and what comes before what."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.status.versions import Tag, plain_numbers, read_tag, read_title, read_version, words_of

VERSIONISH = st.text(alphabet="vV0123456789.-_+/@=~ abcrdextpoighlyn", max_size=40)

TAGS = [
    # tag, component, numbers, is it final
    ("v1.44.0", "", (1, 44), True),
    ("2.5.2", "", (2, 5, 2), True),
    ("V1.0.0", "", (1,), True),
    ("v.1.2.0", "", (1, 2), True),
    ("0.1", "", (0, 1), True),
    ("v0.2.1.1", "", (0, 2, 1, 1), True),
    ("v0.0.00", "", (), True),
    ("2024.05.01", "", (2024, 5, 1), True),
    ("v0.0.202514", "", (0, 0, 202514), True),
    ("  v1.0.0\n", "", (1,), True),
    ("cmd/builder/v0.159.0", "cmd/builder", (0, 159), True),
    ("exporter/trace/jaeger/v0.1.0", "exporter/trace/jaeger", (0, 1), True),
    ("core-1.18.0", "core", (1, 18), True),
    ("Instrumentation.AspNetCore-1.6.0", "Instrumentation.AspNetCore", (1, 6), True),
    ("opentelemetry-sdk/v1.0.0.rc3", "opentelemetry-sdk", (1,), False),
    ("opentelemetry-resource-detector-azure==0.2.0", "opentelemetry-resource-detector-azure", (0, 2), True),
    ("winston-transport-v0.31.0", "winston-transport", (0, 31), True),
    ("layer-python/v0.1", "layer-python", (0, 1), True),
    ("opentelemetry_sdk-0.21.1", "opentelemetry_sdk", (0, 21, 1), True),
    ("sdk_v1.2.3", "sdk", (1, 2, 3), True),
    ("jackson-core-2.15.0", "jackson-core", (2, 15), True),
    ("log4j-2.17.1", "log4j", (2, 17, 1), True),
    ("release/1.2.3", "release", (1, 2, 3), True),
    ("@opentelemetry/api@1.2.3", "@opentelemetry/api", (1, 2, 3), True),
    ("foo-1.0/v2.0.0", "foo-1.0", (2,), True),
    ("packages/core-1.2.0-rc.1", "packages/core", (1, 2), False),
    ("v2/v2.0.1", "v2", (2, 0, 1), True),
    ("v0.65b0", "", (0, 65), False),
    ("v1.10a0", "", (1, 10), False),
    ("1.0.0-rc9.14", "", (1,), False),
    ("v1.0.0-RC3", "", (1,), False),
    ("featuregate/v1.0.0-rcv0012", "featuregate", (1,), False),
    ("log/v0.2.0-alpha", "log", (0, 2), False),
    ("coreunstable-1.9.0-beta.2", "coreunstable", (1, 9), False),
    ("v1.0.0-alpha.1+build5", "", (1,), False),
    ("1.0.0-beta+exp.sha.5114f85", "", (1,), False),
    ("1.0.0+20240501.sha.5114f85", "", (1,), True),
    ("1.0.0+a--b", "", (1,), True),
    ("1.0.0.post1", "", (1,), True),
    ("1.0.0-1", "", (1,), True),
    ("4.1.100.Final", "", (4, 1, 100), True),
    ("5.3.0.RELEASE", "", (5, 3), True),
    ("1.0.0-GA", "", (1,), True),
    ("3.6.0GA", "", (3, 6), True),
    ("swift-5.9-RELEASE", "swift", (5, 9), True),
    ("jdk-17.0.1+12", "jdk", (17, 0, 1), True),
    ("5.4.27.SP1", "", (5, 4, 27), True),
    ("jetty-9.4.0.v20161208", "jetty", (9, 4), True),
    ("8.0.0.v201110281322", "", (8,), True),
    ("tracing-subscriber/-0.2.5", "tracing-subscriber", (0, 2, 5), True),
    ("core==-_1.2.0", "core", (1, 2), True),
    ("2.0.0-M1", "", (2,), False),
    ("31.1-jre", "", (31, 1), False),
    ("2.10.0.pr1", "", (2, 10), False),
    ("1.0.0-0.3.7", "", (1,), False),
    ("9.4.0.v2016", "", (9, 4), False),
    ("4.0.0.CR1", "", (4,), False),
    ("1.0.0-preview.1", "", (1,), False),
    ("1.0.0_beta2", "", (1,), False),
]

NO_TAGS = [
    "",
    " ",
    "stable",
    "list",
    "has-been-moved",
    "latest",
    "nightly",
    "v1",
    "1",
    "core-1",
    "v1.x",
    "v1.0.x",
    "1.0.X",
    "2024-05-01",
    "20240501",
    "release-2",
    "REL_15_1",
    "REL42.2.5",
    "curl-8_5_0",
    "rel_2_0_5",
    "v6-beta",
    "v2022-01-25",
    "0.43b0hotfix",
    "v1.0.1rcFINAL",
    "go1.21.0",
    "r1.2.3",
    "v1.",
    "v.1",
    ".1.0",
    "1..0",
    "1.0-",
    "1.0foo",
    "1.0.0-rc!",
    "1!2.0",
    "-1.0",
    "/1.0",
    "7-1.0",
    "a/v1.0/b",
    "core 1.0",
    "x-1.0 beta",
    "v1.0\nv1.1",
    "v\u0661.\u0660",
    "v1.\u0660",
    "v\uff11.\uff10",
    "v1.0.0-rc\u0661",
    "v1\u30020",
    "\ud800",
    "1." + "0" * 300,
    "9" * 5000 + ".0",
    "a-" * 200 + "1.0",
]

NIGHTLIES = [
    "v0.160.0-nightly.202608220225",
    "cmd/builder/v0.160.0-nightly.202608220225",
    "nightly/v0.160.0",
    "nightly-v0.160.0",
    "my-nightly-builds/v1.2.3",
    "snapshot/v1.2.3",
    "canary-1.2.3",
    "snapshots-2024.05.01",
    "v1.2.3-nightly",
    "v1.2.3-nightly20240501",
    "v1.2.3.nightly.5",
    "v1.2.3_nightly",
    "1.2.3+nightly.5",
    "1.2.3-NIGHTLY",
    "1.2.3-nightlies.2",
    "1.0.0-SNAPSHOT",
    "1.0.0-beta-SNAPSHOT",
    "1.0.0.BUILD-SNAPSHOT",
    "1.0.0-alpha-20240501.100203-snapshot",
    "v0.10.3-canary.0",
    "1.0.0-daily.7",
    "1.0.0-weekly",
    "1.0.0.dev0",
    "1.0.0-dev",
    "1.0.0rc1.dev5",
    "1.0.0.post1.dev2",
    "1.0.0.dev5+gabc1234",
    "1.0.0-dev.20240501.1",
    "1.0.0-main.5",
    "1.0.0-edge",
    "v1.18-latest",
    "1.8.9-dev-6b56f51",
    "0.0.0-insiders.e5f6a7b",
    "v1.2.3-5-gabc1234",
    "1.0rc1-5-gabc1234",
    "v1.2.3-5-gabc1234-dirty",
    "v0.0.0-20191109021931-daa7c04131f5",
    "v1.2.4-0.20191109021931-daa7c04131f5",
    "19.0.0-rc-fb9a90fa48",
    "7.0.0-alpha.20220901",
    "v1.0.0-2024-05-01",
    "v1.0.0-20240501",
    "1.0.0-preview.2024050112",
]

NO_NIGHTLIES = [
    "v1.2.3",
    "v1.0.0-rc.1",
    "1.0.0-preview.1",
    "1.0.0-next.3",
    "2024.05.01",
    "release-2024.05.01",
    "v0.0.202514",
    "9.4.0.v20161208",
    "1.0.0+20240501",
    "1.0.0+sha.abc1234",
    "1.0.0+git5",
    "1.0.0-beta.2013",
    "1.0.0-rc.20241301",
    "1.0.0-rc.20240532",
    "1.0.0-rc.120240501",
    "1.0.0-feedback",
    "1.0.0-1234567",
    "1.0.0-beef42",
    "snapshot-controller/v6.0.0",
    "dev-tools-1.0.0",
    "devtools-1.0.0",
    "main/v1.0.0",
    "edge-agent-1.2.0",
    "nightlight-1.2.0",
    "latest-deps-1.2.0",
    "1.0.0-knightly.1",
    "v1.0.0+build-20260101",
    "v1.0.0+build-main",
]

IN_ORDER = [
    "0.0.0",
    "0.0.1",
    "0.4a0",
    "0.4b0",
    "0.4",
    "0.4.1-beta.1",
    "v0.4.1",
    "0.10.0",
    "0.140.0",
    "0.140.1",
    "1.0.0.dev1",
    "1.0.0-0.3.7",
    "1.0.0-1.2.3",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.1.2",
    "1.0.0-alpha.2",
    "1.0.0-alpha.10",
    "1.0.0-alpha.x",
    "1.0.0b1",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-canary.0",
    "1.0.0-M1",
    "1.0.0-preview.1",
    "1.0.0rc1.dev5",
    "1.0.0-rc.1",
    "1.0.0-rc.1+build5",
    "1.0.0.rc3",
    "1.0.0-rc9",
    "1.0.0-rc9.1",
    "1.0.0-rc9.14",
    "1.0.0-RC10",
    "1.0.0-rcv0011",
    "1.0.0-rcv0018",
    "1.0.0.CR19",
    "1.0.0.Final",
    "1.0.0.SP1",
    "1.0.0.SP2",
    "1.0.0.SP10",
    "1.0.0.SP10+build5",
    "1.0.0.post1.dev2",
    "1.0.0.post1",
    "1.0.0-2",
    "1.0.1-rc.1",
    "1.0.1",
    "1.9",
    "1.10",
    "2024.5.1",
    "2024.10.1",
    "1" + "0" * 100 + ".0",
]

ONE_VERSION = [
    ["1.0", "v1.0", "1.0.0", "V1.0.0.0", "v.1.0", "1.00", "01.0", "1.0.0.Final", "1.0GA", "1.0.0.RELEASE"],
    ["0.0.0", "v0.0.0", "v0.0.00"],
    ["1.0.0rc1", "1.0.0-rc.1", "1.0.0.rc1", "1.0.0-RC1", "v1.0-rc-1", "1.0c1", "1.0.CR1", "1.0.0-rcv0001"],
    ["0.5b0", "0.5.0-beta.0", "0.5.0-beta", "v0.5b"],
]


@pytest.mark.parametrize(("tag", "component", "numbers", "final"), TAGS)
def test_a_tag_is_a_component_and_a_version(
    tag: str, component: str, numbers: tuple[int, ...], *, final: bool
) -> None:
    read = read_tag(tag)
    assert read is not None
    assert (read.component, read.version.numbers, not read.version.prerelease) == (component, numbers, final)


@pytest.mark.parametrize("text", NO_TAGS)
def test_a_text_without_a_version_is_no_tag(text: str) -> None:
    assert read_tag(text) is None
    assert read_version(text) is None


@pytest.mark.parametrize("tag", NIGHTLIES)
def test_builds_of_a_day_a_branch_or_a_commit_are_nightlies(tag: str) -> None:
    read = read_tag(tag)
    assert read is not None
    assert read.nightly


@pytest.mark.parametrize("tag", NO_NIGHTLIES)
def test_releases_that_only_look_alike_are_no_nightlies(tag: str) -> None:
    read = read_tag(tag)
    assert read is not None
    assert not read.nightly


@pytest.mark.parametrize(("lower", "higher"), list(pairwise(IN_ORDER)))
def test_versions_stand_in_order(lower: str, higher: str) -> None:
    before, after = read_version(lower), read_version(higher)
    assert before is not None
    assert after is not None
    assert before < after
    assert before != after


def test_the_order_is_transitive_over_everything_that_is_read() -> None:
    versions = [read_version(text) for text in IN_ORDER]
    read = [version for version in versions if version is not None]
    read.reverse()
    assert [version.text for version in sorted(read)] == IN_ORDER


@pytest.mark.parametrize("spellings", ONE_VERSION)
def test_the_spelling_makes_no_other_version(spellings: list[str]) -> None:
    assert len({read_version(text) for text in spellings} - {None}) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.5b0", ("beta", "0")),
        ("0.4a0", ("alpha", "0")),
        ("1.0c2", ("rc", "2")),
        ("1.0.0-rc.1", ("rc", "1")),
        ("1.0.0-preview.1", ("preview", "1")),
        ("1.0.0-rc9.14", ("rc", "9.14")),
        ("1.0.0-rcv0012", ("rc", "0012")),
        ("1.0.0-BETA-foo", ("beta", "foo")),
        ("1.0.0.CR2", ("rc", "2")),
        ("1.0.0-release-candidate.2", ("rc", "2")),
        ("1.0.0-crx.2", ("crx", "2")),
        ("1.0.0-rc.1+beta", ("rc", "1")),
        ("1.0.0-x.y+beta", ("x", "y")),
        ("1.0.0", ()),
        ("1.0.0.Final", ()),
        ("1.0.0.post1", ()),
    ],
)
def test_a_pre_release_says_its_stage(text: str, words: tuple[str, ...]) -> None:
    version = read_version(text)
    assert version is not None
    assert version.words == words


@pytest.mark.parametrize(
    ("text", "numbers", "starts"),
    [
        ("0.4.1", (0, 4), True),
        ("0.4", (0, 4, 0), True),
        ("1.0", (1, 0), True),
        ("0.10.0", (0, 1), False),
        ("1.10.0", (1, 0), False),
        ("0.4", (0, 4, 1), False),
    ],
)
def test_a_version_starts_with_whole_numbers(text: str, numbers: tuple[int, ...], *, starts: bool) -> None:
    version = read_version(text)
    assert version is not None
    assert version.starts_with(numbers) is starts


@pytest.mark.parametrize(
    ("label", "numbers"),
    [
        ("v0.4", (0, 4)),
        ("V1.0", (1, 0)),
        ("1.0.0", (1, 0, 0)),
        ("beta", None),
        ("v1", None),
        ("1.0-rc.1", None),
        ("v1.0 ", None),
        ("1." + "0" * 300, None),
        ("9" * 5000 + ".0", None),
    ],
)
def test_a_plain_version_consists_of_numbers_alone(label: str, numbers: tuple[int, ...] | None) -> None:
    assert plain_numbers(label) == numbers


@pytest.mark.parametrize(
    ("title", "versions"),
    [
        ("v0.4", ["v0.4"]),
        ("Release 0.4.1", ["0.4.1"]),
        ("(v0.4) [0.5]: {0.6}, '0.7'; \"0.8\"", ["v0.4", "0.5", "0.6", "0.7", "0.8"]),
        ("**v0.4**, _v0.5_ and `v0.6`!", ["v0.4", "v0.5", "v0.6"]),
        ("- v0.4.", ["v0.4"]),
        ("#0.4", ["0.4"]),
        ("v0.4… or v0.5—maybe", ["v0.4", "v0.5"]),
        ("v0.4\uff08beta\uff09", ["v0.4"]),
        ("v0.3/v0.4", ["v0.3", "v0.4"]),
        ("0.3-0.4", ["0.3", "0.4"]),
        ("v0.3~v0.4+v0.5", ["v0.3", "v0.4", "v0.5"]),
        ("v0.4/beta", ["v0.4"]),
        ("v1.0.0-RC1/v0.21.0", ["v1.0.0-RC1", "v0.21.0"]),
        ("v1.0-rc.1/exporter-0.3", ["0.3"]),
        ("1.0.x", ["1.0"]),
        ("1.0.* and 2.0.x", ["1.0", "2.0"]),
        ("v1.0.0-rc.1", ["v1.0.0-rc.1"]),
        ("C++ 1.0", ["1.0"]),
        ("exporter/v0.3.0", ["v0.3.0"]),
        ("v1.x", []),
        ("2019", []),
        ("Oct 18", []),
        ("API revision 07-2019", []),
        ("Q3 2020", []),
        ("due 1.10.2019 or 31.12.2021", []),
        ("99.9% uptime for $1.50 or €0.1", []),
        (">=1.0 <2.0 ~1.1 ^1.2 ≥1.3 1.4+", []),
        ("python3.8 on py3.9, 0.4s, 2.5x", []),
        ("版本v0.4", []),
        ("v\u0660.\u0664 and v\uff10.\uff14", []),
        ("0." + "1" * 300, []),
        ("", []),
    ],
)
def test_a_title_holds_the_versions_that_stand_alone(title: str, versions: list[str]) -> None:
    assert [tag.version.text for piece in read_title(title) for tag in piece.tags] == versions


@pytest.mark.parametrize(
    ("title", "component"),
    [
        ("Instrumentation-1.0.0", "Instrumentation"),
        ("exporter/v0.3.0", "exporter"),
        ("finish core-1.2.0 soon", "core"),
        ("https://example.org/releases/v0.4", "//example.org/releases"),
        ("go.opentelemetry.io/collector/pdata 1.0", "go.opentelemetry.io/collector/pdata"),
        ("@opentelemetry/api \t v1.0", "@opentelemetry/api"),
        ("Post 1.0", "Post"),
        ("Core 1.2.0", ""),
        ("API/SDK 1.0", ""),
        ("tracing-futures 0.1", ""),
        ("Compost 1.0", ""),
    ],
)
def test_a_title_tells_a_component_from_a_word_before(title: str, component: str) -> None:
    tags = [tag for piece in read_title(title) for tag in piece.tags]
    assert [tag.component.strip("/") for tag in tags] == [component.strip("/")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Core Beta (Oct 18 target)", ("core", "beta", "oct", "18", "target")),
        ("Resource March", ("resource", "march")),
        ("RC1", ("rc", "1")),
        ("1.0.0rc1", ("1.0.0", "rc", "1")),
        ("post-beta, non-rc and pre-alpha", ("post-beta", "non-rc", "and", "pre-alpha")),
        ("Post GA or pre  beta", ("post-ga", "or", "pre-beta")),
        ("Release Candidate 2", ("rc", "2")),
        ("release_candidate", ("rc",)),
        ("pre-release candidate", ("pre-rc",)),
        ("General Availability", ("ga",)),
        ("release candidates", ("release", "candidates")),
        ("unrelease candidate", ("unrelease", "candidate")),
        ("beta\u0301 \u0130RC", ("beta\u0301", "i\u0307rc")),
        ("blog-post-beta", ("blog", "post-beta")),
        ("compost-beta", ("compost", "beta")),
        ("snake_case", ("snake", "case")),
        ("GRÜSSE Straße", ("grüsse", "strasse")),
        ("\u0661beta\u0662", ("beta",)),
    ],
)
def test_words_stand_alone(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    "unit",
    [
        "0.1 ",
        "0.",
        "v0.1-",
        "v0.1/",
        "a",
        "-",
        "9",
        "pre-",
        "rc.",
        "a-1.0_",
        "1.0-",
        "= ",
        "post ",
        "a.",
        "a.b/",
        "@a/",
        "a.b/c\t",
        "release ",
        "\u0301",
        "\u0661",
        "\U0001f600",
    ],
)
def test_reading_takes_no_longer_than_the_text(unit: str) -> None:
    title = unit * (100_000 // len(unit))
    started = time.process_time()
    read_title(title)
    read_tag(title)
    assert time.process_time() - started < 2


@given(st.text(alphabet=st.characters()) | VERSIONISH)
@example("\x00v1.0\ud800")
@example("v" + "9" * 5000 + ".0-rc." + "9" * 5000)
@example("1.0-" + "9" * 251)
def test_nothing_raises_on_any_text(text: str) -> None:
    read_tag(text)
    read_version(text)
    read_title(text)


@given(st.lists(VERSIONISH.map(lambda text: read_version("1.0" + text)) | VERSIONISH.map(read_version)))
def test_any_two_versions_compare(versions: list[object]) -> None:
    read = [version for version in versions if version is not None]
    for one in read:
        for other in read:
            assert (one < other) + (one > other) + (one == other) == 1  # type: ignore[operator]


@given(VERSIONISH)
def test_a_tag_that_was_read_is_read_again_from_its_parts(text: str) -> None:
    tag = read_tag(text)
    if tag is not None:
        assert text.strip().endswith(tag.version.text)
        assert text.strip().startswith(tag.component)
        assert read_tag(tag.version.text) == Tag("", tag.version)


def test_a_tag_is_as_long_as_a_file_name_at_most() -> None:
    version = "1." + "0" * 254
    assert read_version(version) is not None
    assert read_version(version + "0") is None
    assert plain_numbers(version) == (1, 0)
    assert plain_numbers(version + "0") is None
    tag = "x" * 250 + "-1.0.0"
    assert read_tag(tag) is not None
    assert read_tag("x" + tag) is None
    assert read_title(tag)[0].tags
    assert not read_title("x" + tag)[0].tags
