"""The facts file: read with every mistake named, written the same for the same facts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.status.facts import Facts, Milestone, Release, RepositoryFacts, dump_facts, load_facts
from bot.status.faults import Fault, FileFaultError

BY_HAND = """{"repositories": {
  "open-telemetry/opentelemetry-python": {
    "milestones": [{"title": "v0.4", "state": "open", "open": 3, "closed": 17, "number": 5, "url": "https://m"}],
    "releases": [{"tag": "v0.3a0", "name": "Third", "draft": false, "prerelease": true, "latest": false,
                  "published_at": "2019-12-11T00:00:00Z", "url": "https://r", "body": "notes"}]},
  "open-telemetry/opentelemetry-php": {"error": "404 Not Found"}}}
"""

READ = Facts(
    repositories={
        "open-telemetry/opentelemetry-python": RepositoryFacts(
            milestones=(Milestone(title="v0.4", state="open", open=3, closed=17, number=5, url="https://m"),),
            releases=(
                Release(
                    tag="v0.3a0",
                    name="Third",
                    prerelease=True,
                    published_at="2019-12-11T00:00:00Z",
                    url="https://r",
                    body="notes",
                ),
            ),
        ),
        "open-telemetry/opentelemetry-php": RepositoryFacts(error="404 Not Found"),
    }
)


def faults_of(text: bytes | str) -> list[str]:
    with pytest.raises(FileFaultError) as caught:
        load_facts(text, "facts.json")
    assert all(isinstance(fault, Fault) for fault in caught.value.faults)
    return [str(fault) for fault in caught.value.faults]


def one_repository(facts: str) -> str:
    return '{"repositories": {\n"o/r": ' + facts + "}}"


def test_a_file_written_by_hand_is_read() -> None:
    assert load_facts(BY_HAND, "facts.json") == READ
    assert load_facts(BY_HAND.encode(), "facts.json") == READ


@pytest.mark.parametrize("prefix", [b"\xef\xbb\xbf", b"\n\t ", b""])
def test_a_byte_order_mark_and_blanks_do_no_harm(prefix: bytes) -> None:
    assert load_facts(prefix + BY_HAND.encode(), "facts.json") == READ


def test_only_the_keys_without_a_default_are_needed() -> None:
    text = one_repository(
        '{"milestones": [{"title": "", "state": "closed", "open": 0, "closed": 0}],'
        ' "releases": [{"tag": ""}]}'
    )
    assert load_facts(text, "facts.json").repositories["o/r"] == RepositoryFacts(
        milestones=(Milestone(title="", state="closed", open=0, closed=0),), releases=(Release(tag=""),)
    )


def test_a_null_stands_for_a_key_that_was_left_out() -> None:
    text = one_repository(
        '{"error": null, "full_name": null, "milestones": null, "releases":'
        ' [{"tag": "v1.0", "name": null, "draft": null, "latest": null, "body": null}]}'
    )
    assert load_facts(text, "facts.json").repositories["o/r"] == RepositoryFacts(
        releases=(Release(tag="v1.0"),)
    )


def test_an_empty_list_of_repositories_is_no_mistake() -> None:
    assert load_facts('{"repositories": {}}', "facts.json") == Facts(repositories={})


def test_a_repository_is_found_whatever_the_case_of_its_name() -> None:
    assert READ.get("open-telemetry/opentelemetry-php") == RepositoryFacts(error="404 Not Found")
    assert READ.get("Open-Telemetry/OpenTelemetry-PHP") == RepositoryFacts(error="404 Not Found")
    assert READ.get("open-telemetry/opentelemetry-go") is None


def test_the_exact_name_wins_over_another_case() -> None:
    facts = Facts(repositories={"O/R": RepositoryFacts(error="1"), "o/r": RepositoryFacts(error="2")})
    assert facts.get("o/r") == RepositoryFacts(error="2")


def test_a_file_that_was_written_is_readable_and_complete() -> None:
    written = dump_facts(READ)
    assert load_facts(written, "facts.json") == READ
    assert written.endswith(b"}\n")
    assert b'\n  "repositories": {\n    "open-telemetry/opentelemetry-php": {\n' in written
    assert b"draft" not in written


def test_the_same_facts_are_written_the_same_in_whatever_order_they_came() -> None:
    backwards = dict(reversed(READ.repositories.items()))
    assert dump_facts(Facts(repositories=backwards)) == dump_facts(READ)


MILESTONE = '{"title": "a", "state": "open",\n"open": 1, "closed": 1%s}'


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ("3", '2: repositories."o/r" must be an object, not a whole number'),
        ("[]", '2: repositories."o/r" must be an object, not a list'),
        ("null", '2: repositories."o/r" must be an object, not null'),
        (
            '{"milstones": []}',
            '2: repositories."o/r" has the unknown key "milstones": did you mean "milestones"?',
        ),
        (
            '{\n"fun": 1}',
            (
                '3: repositories."o/r" has the unknown key "fun":'
                " the known keys are milestones, releases, error, full_name"
            ),
        ),
        ('{"milestones":\n{}}', '3: repositories."o/r".milestones must be a list, not an object'),
        (
            '{"milestones": [\n3]}',
            '3: repositories."o/r".milestones[0] must be an object, not a whole number',
        ),
        ('{"milestones": [{},\n{}]}', '2: repositories."o/r".milestones[0] lacks the key "title"'),
        (
            '{"milestones": [' + MILESTONE % "" + ",\n\n" + MILESTONE % ',\n"titel": ""' + "]}",
            '7: repositories."o/r".milestones[1] has the unknown key "titel": did you mean "title"?',
        ),
        (
            '{"milestones": [\n{"title": "x,\\"y]", "state": "opened", "open": 1, "closed": 1}]}',
            '3: repositories."o/r".milestones[0].state must be "open" or "closed"',
        ),
        (
            '{"milestones": [\n{"title": "a", "state": 1, "open": 1, "closed": 1}]}',
            '3: repositories."o/r".milestones[0].state must be a text, not a whole number',
        ),
        (
            '{"milestones": [\n{"title": "a", "state": "open",\n"open": -1, "closed": 1}]}',
            '4: repositories."o/r".milestones[0].open must be a whole number >= 0',
        ),
        (
            '{"milestones": [\n{"title": "a", "state": "open",\n"closed": "1", "open": 1}]}',
            '4: repositories."o/r".milestones[0].closed must be a whole number, not a text',
        ),
        (
            '{"milestones": [\n{"title": "a", "state": "open",\n"closed": 0.5, "open": 1}]}',
            '4: repositories."o/r".milestones[0].closed must be a whole number, not a fraction',
        ),
        (
            '{"milestones": [\n' + MILESTONE % ', "number": 4294967296' + "]}",
            '4: repositories."o/r".milestones[0].number must be a whole number <= 2147483647',
        ),
        (
            '{"releases": [{"tag":\n3}]}',
            '3: repositories."o/r".releases[0].tag must be a text, not a whole number',
        ),
        ('{"releases": [{"tag":\nnull}]}', '2: repositories."o/r".releases[0] lacks the key "tag"'),
        ('{"releases": [\nnull]}', '3: repositories."o/r".releases[0] must be an object, not null'),
        (
            '{"releases": [{"tag": "a"},\n{"tag": "b",\n"prerelase": true}]}',
            '4: repositories."o/r".releases[1] has the unknown key "prerelase": did you mean "prerelease"?',
        ),
        (
            '{"releases": [{"tag": "a", "draft": "no"}]}',
            '2: repositories."o/r".releases[0].draft must be true or false, not a text',
        ),
        (
            '{"releases": [{"tag": "a", "name": 3}]}',
            '2: repositories."o/r".releases[0].name must be a text or null, not a whole number',
        ),
        (
            '{"releases":[{"tag":"a"},{"tag":"b"},{"tag":"c",\n"draft":1}]}',
            '3: repositories."o/r".releases[2].draft must be true or false, not a whole number',
        ),
        (
            '{"the `ref`": 1}',
            (
                '2: repositories."o/r" has the unknown key "the `ref`":'
                " the known keys are milestones, releases, error, full_name"
            ),
        ),
        ('{"error":\ntrue}', '3: repositories."o/r".error must be a text or null, not true or false'),
    ],
)
def test_a_mistake_is_named_with_its_line_and_its_place(facts: str, fault: str) -> None:
    assert faults_of(one_repository(facts)) == ["facts.json:" + fault]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", ":1: this is not JSON: Expecting value (column 1)"),
        ('{"repositories": {\n"o/r" {}}}', ":2: this is not JSON: Expecting ':' delimiter (column 7)"),
        (
            '{"repositories":\n{',
            ":2: this is not JSON: Expecting property name enclosed in double quotes (column 2)",
        ),
        ('{"repositories": {}} x', ":1: this is not JSON: Extra data (column 22)"),
        ("[]", ":1: the file must be an object, not a list"),
        ('\n"x"', ":2: the file must be an object, not a text"),
        ("{}", ':1: the file lacks the key "repositories"'),
        (
            '{\n"repository": {}}',
            ':2: the file has the unknown key "repository": did you mean "repositories"?',
        ),
        ('{"repositories": []}', ":1: repositories must be an object, not a list"),
        ('{"repositories":\n{"python":\n{}}}', ':3: write "owner/name" instead of "python"'),
        ('{"repositories": {"o/r/s": {}}}', ':1: write "owner/name" instead of "o/r/s"'),
        (
            '{"a":\nNaN}',
            ": a number is too big or none at all (NaN), or half of a surrogate pair stands here",
        ),
        (
            '{"a": "\\ud800"}',
            ": a number is too big or none at all (NaN), or half of a surrogate pair stands here",
        ),
        (
            '{"a": ' + "9" * 5000 + "}",
            ": a number is too big or none at all (NaN), or half of a surrogate pair stands here",
        ),
        ("[" * 100_000, ": this is nested too deeply for a facts file"),
        ('\n{"a":"\ud800"}\n', ":2: half of a surrogate pair stands here: remove it"),
        (b'\n{"a":"\xff"}\n', ":2: this is not UTF-8: save the file as UTF-8"),
        ('{"a":\n"\ud800"}', ":2: half of a surrogate pair stands here: remove it"),
        (b'{"a":\n"\xff"}', ":2: this is not UTF-8: save the file as UTF-8"),
    ],
)
def test_a_file_that_is_no_facts_file_is_refused(text: bytes | str, fault: str) -> None:
    assert faults_of(text) == ["facts.json" + fault]


@pytest.mark.parametrize("text", ['{"a": NaN}', "[" * 100_000])
def test_a_mistake_that_stands_nowhere_has_no_line(text: str) -> None:
    with pytest.raises(FileFaultError) as caught:
        load_facts(text, "facts.json")
    assert [fault.line for fault in caught.value.faults] == [0]


def test_every_repository_with_a_mistake_is_named_at_once() -> None:
    text = '{"repositories": {\n"a/a": {"error": 1},\n"b/b": {},\n"c": {},\n"d/d": {"errors": ""}}}'
    assert faults_of(text) == [
        'facts.json:2: repositories."a/a".error must be a text or null, not a whole number',
        'facts.json:4: write "owner/name" instead of "c"',
        'facts.json:5: repositories."d/d" has the unknown key "errors": did you mean "error"?',
    ]


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    text = '{"repositories": {"o/r": {"error": 1},\n"o/r": {"error": 2}}}'
    assert faults_of(text) == [
        'facts.json:2: repositories."o/r".error must be a text or null, not a whole number'
    ]


PLAIN_TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
COUNTS = st.integers(0, 2**31 - 1)
FACTS = st.builds(
    Facts,
    repositories=st.dictionaries(
        st.from_regex(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", fullmatch=True),
        st.builds(
            RepositoryFacts,
            milestones=st.lists(
                st.builds(
                    Milestone,
                    title=PLAIN_TEXT,
                    state=st.sampled_from(["open", "closed"]),
                    open=COUNTS,
                    closed=COUNTS,
                    number=st.none() | COUNTS,
                    url=st.none() | PLAIN_TEXT,
                ),
                max_size=2,
            ).map(tuple),
            releases=st.lists(
                st.builds(
                    Release,
                    tag=PLAIN_TEXT,
                    name=st.none() | PLAIN_TEXT,
                    draft=st.booleans(),
                    prerelease=st.booleans(),
                    latest=st.booleans(),
                    published_at=st.none() | PLAIN_TEXT,
                    body=st.none() | PLAIN_TEXT,
                ),
                max_size=2,
            ).map(tuple),
            error=st.none() | PLAIN_TEXT,
            full_name=st.none() | PLAIN_TEXT,
        ),
        max_size=2,
    ),
)


@settings(max_examples=50, deadline=None)
@given(FACTS)
def test_whatever_is_written_is_read_again(facts: Facts) -> None:
    assert load_facts(dump_facts(facts), "facts.json") == facts


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**30) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["milestones", "releases", "title", "state", "open", "closed", "tag", "o/r", "x"]
            ),
            inner,
        )
    ),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(JSON_VALUES)
def test_any_json_is_read_or_refused_in_words(value: object) -> None:
    text = json.dumps({"repositories": {"o/r": value}}, indent=1)
    faults: tuple[Fault, ...] = ()
    try:
        facts = load_facts(text, "facts.json")
    except FileFaultError as error:
        faults = error.faults
    else:
        assert list(facts.repositories) == ["o/r"]
    assert all(fault.line <= text.count("\n") + 1 for fault in faults)
    assert not any("`" in fault.message for fault in faults)


def test_no_depth_is_too_great_to_be_refused() -> None:
    assert len(faults_of(one_repository('{"x":' * 900 + "1" + "}" * 900))) == 1


@pytest.mark.parametrize("key", ["a`b", "`", " - at `$.error[0]", " - at `$.nope", " - at `$"])
def test_no_key_is_too_odd_to_be_refused(key: str) -> None:
    found = faults_of(one_repository(json.dumps({"error": "x", key: 1})))
    assert len(found) == 1
    assert found[0].startswith('facts.json:2: repositories."o/r"')
