"""What single values of a site's configuration may be."""

from __future__ import annotations

import pytest

from bot.site import branch_for, read_config
from tests.configs import faults_of


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/etc/status.yaml", "must be a path from the top of the repository"),
        ("~/status.yaml", "must be a path from the top of the repository"),
        ("C:/status.yaml", "must be a path from the top of the repository"),
        ("https://example.org/status.yaml", "must be a path from the top of the repository"),
        ("data\\status.yaml", "must be written with `/` between its parts"),
        ("../status.yaml", "must not leave the repository"),
        ("data/../../status.yaml", "must not leave the repository"),
        ("./data/status.yaml", "must be written without empty and `.` parts"),
        ("data//status.yaml", "must be written without empty and `.` parts"),
        ("data/status.yaml/", "must be written without empty and `.` parts"),
        (".git/config.yaml", "lies where the bot may not write"),
        (".GIT/config.yaml", "lies where the bot may not write"),
        ("sub/.git/config.yaml", "lies where the bot may not write"),
        (".github/workflows/ci.yml", "lies where the bot may not write"),
        (".GitHub/Workflows/ci.yml", "lies where the bot may not write"),
        (".github/actions/page/action.yml", "lies where the bot may not write"),
        (".\uff47ithub/workflows/ci.yml", "lies where the bot may not write"),
        (".github/workflow\u017f/ci.yml", "lies where the bot may not write"),
        (".g\u200cithub/workflows/ci.yml", "lies where the bot may not write"),
        (".g\u200cit/config.yaml", "lies where the bot may not write"),
        (".GITHUB/workflows\u2060/ci.yml", "lies where the bot may not write"),
        ("GIT~1/config.yaml", "lies where the bot may not write"),
        ("sub/git~2/config.yaml", "lies where the bot may not write"),
        ("GITHUB~1/workflows/ci.yml", "lies where the bot may not write"),
        ("github~2/workfl~1/ci.yml", "lies where the bot may not write"),
        (".github/WORKFL~1/ci.yml", "lies where the bot may not write"),
        (".github./workflows/ci.yml", "Windows reads as another"),
        (".github/workflows./ci.yml", "Windows reads as another"),
        (".github/workflows /ci.yml", "Windows reads as another"),
        (".git /config.yaml", "Windows reads as another"),
        (".git./config.yaml", "Windows reads as another"),
        ("data/.. /status.yaml", "Windows reads as another"),
        ("data/ status.yaml", "Windows reads as another"),
        ("data/a.yaml:stream.yaml", "Windows reads as another"),
        (".git::$INDEX_ALLOCATION/config.yaml", "Windows reads as another"),
        ("\uff0e\uff0e/status.yaml", "must not leave the repository"),
        ("\u2025/status.yaml", "must not leave the repository"),
        ("data\uff0f..\uff0fstatus.yaml", "must not leave the repository"),
        ("data\uff3cstatus.yaml", "must be written with `/` between its parts"),
        ("\uff0fetc/status.yaml", "must be a path from the top of the repository"),
        ("data/\u202elmay.yaml", "characters that nobody can see"),
        ("data/a\u00ad.yaml", "characters that nobody can see"),
        ("data/status.json", "must end in `.yaml` or `.yml`"),
        ("data", "must end in `.yaml` or `.yml`"),
        ("", "is no usable path"),
        (" data/status.yaml", "is no usable path"),
        ("data/\\tstatus.yaml", "is no usable path"),
        ("d" * 501 + ".yaml", "is no usable path"),
    ],
)
@pytest.mark.parametrize("key", ["source", "output"])
def test_a_path_must_lie_inside_the_repository(key: str, path: str, fault: str) -> None:
    written = path if "\\t" in path else path.replace("\\", "\\\\")
    (only,) = faults_of(f'{key}: "{written}"\n')
    assert only.startswith("1: ")
    assert fault in only


PATHS_THAT_ARE_GOOD = [
    *("status.yml", "data/.hidden/Status.YAML", ".github/status.yaml", "a..b/c.yaml"),
    *("data/état du projet.yaml", "data/e\u0301tat.yaml", "\uff44ata/状態.yaml", ".github/workflows.yml"),
    *("docs/.github/workflows/status.yaml", ".gitlab/status.yaml", "git/status.yaml"),
]


@pytest.mark.parametrize("path", PATHS_THAT_ARE_GOOD)
def test_other_paths_are_taken(path: str) -> None:
    assert read_config(f"output: {path}\n").output == path


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("source: data/a.yaml\noutput: Data/A.yaml\n", "2: `source` and `output` must be two files"),
        ("output: data/progress_source.yaml\n", "1: `source` and `output` must be two files"),
        ("source: data/progress_generated.yaml\n", "1: `source` and `output` must be two files"),
        ("output: .github/status-bot.yml\n", "1: `.github/status-bot.yml` is this file itself"),
        ("\nsource: .github/status-bot.yml\n", "2: `.github/status-bot.yml` is this file itself"),
        (
            "source: data/\u00e9.yaml\noutput: data/e\u0301.yaml\n",
            "2: `source` and `output` must be two files",
        ),
        ("source: data/a.yaml\noutput: data/\uff41.yaml\n", "2: `source` and `output` must be two files"),
        ("output: .github/status\uff0dbot.yml\n", "1: `.github/status-bot.yml` is this file itself"),
        (
            "output: data/progress_source.yaml/out.yaml\n",
            "1: `data/progress_source.yaml/out.yaml` would lie inside the file `data/progress_source.yaml`",
        ),
        ("source: a.yml/b.yml\noutput: A.yml\n", "2: `a.yml/b.yml` would lie inside the file `A.yml`"),
        ("output: .github/status-bot.yml/out.yml\n", "1: `.github/status-bot.yml/out.yml` would lie inside"),
    ],
)
def test_source_output_and_config_are_three_files(text: str, fault: str) -> None:
    (only,) = faults_of(text)
    assert only.startswith(fault)


@pytest.mark.parametrize(
    "name",
    [
        "a..b",
        "a b",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[b",
        "a@{b",
        "@",
        "/a",
        "a/",
        "a//b",
        ".a",
        "a/.b",
        "a.lock",
        "a.lock/b",
        "a.",
        "-a",
        "refs/heads/main",
        "status-bot/main",
        "x" * 201,
    ],
)
def test_a_base_that_no_branch_can_be_called_is_a_fault(name: str) -> None:
    (only,) = faults_of(f'base: "{name}"\n')
    assert only.startswith("1: `")


@pytest.mark.parametrize("name", ["main", "release/2.x", "2.x", "feature/ünï", "a@b", "-".join("abc")])
def test_other_bases_are_taken_and_give_the_branch_its_name(name: str) -> None:
    base = read_config(f'base: "{name}"\n').base
    assert base == name
    assert branch_for(base) == f"status-bot/{name}"


@pytest.mark.parametrize(
    "name", ["repo", "a/b/c", "https://github.com/a/b", "a/..", "a/.", "-a/b", "a/b c", "/b", "a/"]
)
def test_a_fork_is_a_repository(name: str) -> None:
    (only,) = faults_of(f'propose: {{fork: "{name}"}}\n')
    assert only.endswith("write it as `OWNER/REPO`")


def test_labels_are_held_to_githubs_bounds() -> None:
    many = ", ".join(f"l{i}" for i in range(101))
    assert faults_of(f"propose: {{labels: [{many}]}}\n") == ["1: `labels` has more than 100 entries"]
    assert faults_of(f"propose: {{labels: [{'x' * 51}]}}\n")[0].endswith("has more than 50 characters")
    assert faults_of("propose: {labels: ['  ']}\n") == ["1: a label must not be empty"]
    assert faults_of('propose: {labels: ["a\\tb"]}\n')[0].endswith("has a character that no label can have")
