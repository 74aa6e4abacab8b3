"""``status-bot check``: a working copy, with no network, in a terminal and in anybody's CI."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.check_files import check, told
from bot.site import MAX_BYTES
from tests.world import CONFIG, OUTPUT, SOURCE, source_of

FAULTY = source_of("Python") + "  - label: Go\n    sourceUrl: nowhere\n"
LINE = len(FAULTY.splitlines())
ON_ITS_LINE = f"{SOURCE}:{LINE}: no repository in `sourceUrl`: `nowhere` is not a URL: write "


@dataclass(frozen=True)
class Ran:
    """What the command said, and how it ended."""

    status: int
    lines: list[str]


def run(*arguments: str, **environ: str) -> Ran:
    result = CliRunner().invoke(main, ["check", *arguments], env=environ)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Ran(result.exit_code, result.output.splitlines())


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working copy in which all is well, and in which we are."""
    write(tmp_path, {CONFIG: "", SOURCE: source_of("Python")})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(root: Path, files: dict[str, str | bytes]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode() if isinstance(text, str) else text)


@pytest.mark.usefixtures("site")
def test_a_good_working_copy_is_one_line_and_its_chart() -> None:
    assert run() == Ran(
        0,
        [
            "Good: 1 SIG, 5 columns",
            "",
            "The page, as far as these files tell it:",
            "",
            "        v0.1 v0.2 v0.3 beta v1.0",
            "Python  ░░░░ ░░░░ ░░░░ ░░░░ ░░░░  v0.1 0%",
        ],
    )


def test_the_chart_is_that_of_the_page_that_stands(site: Path) -> None:
    page = source_of("Python").replace("msLabel: v0.1", "msLabel: beta\n    percent: 50")
    write(site, {OUTPUT: page})
    assert run().lines[-1] == "Python  ▇▇▇▇ ▇▇▇▇ ▇▇▇▇ ▇▇░░ ░░░░  beta 50%"
    result = CliRunner().invoke(main, ["check", "--format", "json"])
    assert json.loads(result.output)["chart"].splitlines() == run().lines[-2:]


def test_without_any_value_there_is_no_chart_to_show(site: Path) -> None:
    row = "  - label: Python\n    sourceUrl: https://github.com/o/python\n"
    write(site, {SOURCE: f"columns:\n  - label: beta\ndata:\n{row}"})
    assert run().lines == ["Good: 1 SIG, 1 column"]


def test_a_chart_can_give_no_orders_to_the_runner(site: Path) -> None:
    text = source_of("A", "B").replace("label: A\n", "label: '::error::x'\n")
    write(site, {SOURCE: text.replace("label: B\n", "label: '##[error]x'\n")})
    ran = run("--format", "github")
    assert ran.status == 0
    assert len(ran.lines) > 5
    assert [line for line in ran.lines if line.lstrip().startswith("::") or "##[" in line] == []


def test_a_source_that_could_not_be_told_is_not_missed_besides(site: Path) -> None:
    (site / SOURCE).unlink()
    write(site, {CONFIG: "source: ../x.yaml\n"})
    assert run().lines[1:] == [f"1 fault in {CONFIG}"]


def test_each_fault_is_a_line_with_its_place(site: Path) -> None:
    write(site, {SOURCE: FAULTY, CONFIG: "propose:\n  draft: perhaps\n"})
    ran = run()
    assert ran.status == 1
    assert ran.lines[0] == f"{CONFIG}:2: `draft` must be true or false, not `perhaps`"
    assert ran.lines[1] == f"{ON_ITS_LINE}https://github.com/OWNER/NAME"
    assert ran.lines[2:] == [f"2 faults in {CONFIG} and 1 more"]


def test_files_are_named_as_they_are_seen_from_here(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(site, {SOURCE: FAULTY})
    monkeypatch.chdir(site.parent)
    for given in (site.name, str(site), f"{site.name}/"):
        assert run(given).lines[0].startswith(f"{site.name}/{ON_ITS_LINE}")
    monkeypatch.chdir("/")
    assert run(str(site)).lines[0].startswith(f"{str(site).lstrip('/')}/{SOURCE}:{LINE}: ")


def test_json_is_for_programs(site: Path) -> None:
    write(site, {SOURCE: FAULTY})
    result = CliRunner().invoke(main, ["check", "--format", "json"])
    document = json.loads(result.output)
    assert (result.exit_code, document["conclusion"], document["summary"]) == (
        1,
        "failure",
        f"1 fault in {SOURCE}",
    )
    [finding] = document["findings"]
    assert (finding["file"], finding["line"], finding["level"]) == (SOURCE, LINE, "failure")


def test_github_marks_the_lines(site: Path) -> None:
    write(site, {SOURCE: FAULTY})
    first, last = run("--format", "github").lines
    assert first.startswith(f"::error file={SOURCE},line={LINE},title=Status page data::no repository in ")
    assert last == f"1 fault in {SOURCE}"


@pytest.mark.parametrize(
    "hostile",
    [
        "x\\n::error::injected",
        "x\\r\\n::set-output name=a::b",
        "%0A::add-mask::a",
        "##[add-mask]secret",
        "\\e[31mred\\e[0m",
        "::stop-commands::a",
    ],
)
@pytest.mark.parametrize("style", ["github", "text"])
def test_what_a_file_says_can_give_no_orders_to_the_runner(site: Path, hostile: str, style: str) -> None:
    row = f'  - label: "{hostile}"\n    sourceUrl: "{hostile}"\n    msLabel: "{hostile}"\n'
    write(site, {SOURCE: source_of("Python") + row})
    ran = run("--format", style)
    assert ran.status == 1
    *findings, last = ran.lines
    assert len(findings) == 2
    begin = "::error file=" if style == "github" else f"{SOURCE}:"
    assert all(line.startswith(begin) for line in findings)
    assert not last.startswith("::")
    for line in ran.lines:
        assert "##[" not in line
        assert "\x1b" not in line
        assert style == "text" or "%0A" not in line


def test_without_a_configuration_the_defaults_are_checked(site: Path) -> None:
    (site / CONFIG).unlink()
    ran = run()
    assert (ran.status, ran.lines[:2]) == (
        0,
        [
            f"{CONFIG}: notice: there is no such file: checked as if it were there and empty",
            "Good: 1 SIG, 5 columns, with 1 remark",
        ],
    )
    (site / SOURCE).unlink()
    ran = run()
    assert ran.status == 1
    assert ran.lines[0] == (
        f"{SOURCE}: there is no such file: create it, or name another by `source:` in {CONFIG}"
    )


def test_a_source_that_the_configuration_names_is_missed_there(site: Path) -> None:
    write(site, {CONFIG: "# mine\nsource: data/sigs.yaml\n"})
    assert run().lines[0] == f"{CONFIG}:2: there is no `data/sigs.yaml`: create it, or name another file"


@pytest.mark.parametrize(
    ("path", "what"),
    [
        (SOURCE, "is a symbolic link that leads out of the working copy"),
        (CONFIG, "is a symbolic link that leads out of the working copy"),
        (OUTPUT, "is a symbolic link, and the bot replaces none by a file"),
    ],
)
def test_a_link_that_leads_out_is_not_followed(
    site: Path, tmp_path_factory: pytest.TempPathFactory, path: str, what: str
) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.yaml"
    secret.write_text("password: hunter2\n")
    (site / path).unlink(missing_ok=True)
    (site / path).symlink_to(secret)
    ran = run()
    assert (ran.status, ran.lines[0]) == (1, f"{path}: {what}")
    assert "hunter2" not in "\n".join(ran.lines)


def test_a_folder_that_is_a_link_out_is_not_followed_either(
    site: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    write(elsewhere, {"sigs.yaml": source_of("Python")})
    write(site, {CONFIG: "source: linked/sigs.yaml\n"})
    (site / "linked").symlink_to(elsewhere)
    assert run().lines[0] == "linked/sigs.yaml: is a symbolic link that leads out of the working copy"


def test_a_link_that_stays_inside_is_followed(site: Path) -> None:
    (site / SOURCE).rename(site / "real.yaml")
    (site / SOURCE).symlink_to("../real.yaml")
    assert run().status == 0


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda path: path.symlink_to("nowhere"), "is a symbolic link that leads nowhere"),
        (lambda path: path.symlink_to(path.name), "circle"),
        (lambda path: path.mkdir(), "is a folder"),
        (os.mkfifo, "is no file"),
        (
            lambda path: path.write_bytes(b"a: 1\nb: \xff\xfe\n"),
            ":2: is not UTF-8 text from here on: save it as UTF-8",
        ),
        (lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 10**9), "is larger than"),
    ],
)
def test_what_is_no_readable_file_is_said_so(site: Path, make: Callable[[Path], object], what: str) -> None:
    (site / SOURCE).unlink()
    make(site / SOURCE)
    ran = run()
    assert ran.status == 1
    assert ran.lines[0].startswith(f"{SOURCE}:")
    assert what in ran.lines[0]


def test_a_configuration_within_a_file_is_none(site: Path) -> None:
    (site / CONFIG).unlink()
    (site / CONFIG).parent.rmdir()
    write(site, {".github": "a file\n"})
    assert run().status == 0


def test_a_configuration_that_is_too_large_is_a_fault(site: Path) -> None:
    write(site, {CONFIG: "#" * (MAX_BYTES + 1)})
    ran = run()
    assert (ran.status, ran.lines[0]) == (1, f"{CONFIG}: the file is larger than 64 KiB: shorten it")


@pytest.mark.parametrize("arguments", [("nowhere",), (SOURCE,), ("--format", "xml"), (".", ".")])
@pytest.mark.usefixtures("site")
def test_a_wrong_command_line_is_exit_status_two(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).status == 2


def test_an_enterprise_servers_addresses_are_good_there(site: Path) -> None:
    text = source_of("Python").replace("github.com", "git.example.org")
    write(site, {SOURCE: text})
    assert run().status == 1
    assert run(GITHUB_API_URL="https://git.example.org/api/v3").status == 0


def test_it_needs_no_network(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("somebody wants a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert told(check(site), site, "text").startswith("Good: 1 SIG, 5 columns\n")
