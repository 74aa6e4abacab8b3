"""The pages in ``docs/`` against the truth: their commands, links and files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt

from bot.__main__ import main
from bot.once import LIMIT_SECONDS

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
BOT = re.compile(r"(?:\.venv/bin/status-bot|python -m bot) (\w+)((?: --[a-z-]+)*)")


def blocks(language: str) -> list[tuple[str, str]]:
    """Each fenced block in this language, by the page where it stands."""
    return [
        (page.name, token.content)
        for page in PAGES
        for token in MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8"))
        if token.type == "fence" and token.info == language
    ]


@pytest.mark.parametrize(("page", "script"), blocks("sh"))
def test_every_command_is_one_that_a_shell_takes(page: str, script: str) -> None:
    done = subprocess.run(["/bin/bash", "-n"], input=script, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), page


@pytest.mark.parametrize(("page", "text"), [*blocks("sh"), *blocks("yaml")])
def test_every_command_of_the_bot_is_there_with_its_options(page: str, text: str) -> None:
    for command, options in BOT.findall(text):
        told = CliRunner().invoke(main, [command, "--help"])
        assert told.exit_code == 0, page
        assert all(option in told.output for option in options.split()), page


def test_the_commands_are_found() -> None:
    assert {command for _, text in blocks("sh") for command, _ in BOT.findall(text)} >= {"serve", "setup"}


@pytest.mark.parametrize("workflow", [text for _, text in blocks("yaml") if "runs-on" in text])
def test_every_workflow_is_one_that_github_takes(workflow: str, tmp_path: Path) -> None:
    assert is_workflow(workflow, tmp_path)


def test_what_github_would_not_take_is_noticed(tmp_path: Path) -> None:
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert is_workflow(workflow, tmp_path)
    assert not is_workflow(workflow.replace("runs-on:", "runs-in:"), tmp_path)


def is_workflow(text: str, folder: Path) -> bool:
    path = folder / "workflow.yml"
    path.write_text(text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
        str(path),
    ]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - a constant


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    tokens = MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8"))
    links = [
        str(child.attrs["href"])
        for token in tokens
        for child in token.children or ()
        if child.type == "link_open"
    ]
    assert links
    for link in links:
        path = link.partition("#")[0]
        assert link.startswith("https://") or (page.parent / path).exists(), link


def test_the_workflow_may_go_on_for_longer_than_the_bot_does() -> None:
    [minutes] = re.findall(r"timeout-minutes: (\d+)", dict(blocks("yaml"))["running.md"])
    assert int(minutes) * 60 > LIMIT_SECONDS
    assert LIMIT_SECONDS == 600, "the page says ten minutes"
