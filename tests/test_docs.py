"""The pages in ``docs/`` against the truth: their commands, links and files."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt

from bot.__main__ import main
from bot.clock import SystemClock
from bot.once import LIMIT_SECONDS
from bot.sandbox import Sandbox
from tests.test_readme import slug
from tests.world import CONFIG, EVENTS, ORGANIZATION, PERMISSIONS, SITE, SOURCE, build

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
BOT = re.compile(r"(?:^|(?<=\s))(?:(?:\.venv/bin/)?status-bot|python -m bot) (\w+)((?: --[a-z-]+)*)")


@pytest.fixture
def clock() -> SystemClock:
    """A process of its own lives by the machine's clock, and so must the GitHub that it talks to."""
    return SystemClock()


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


NOT_RUN = {
    "honcho start": "it is tried beside the Procfile",
    "docker": "it needs a daemon; the steps of the Dockerfile are tried one by one",
    "sudo": "it changes the machine; systemd looks the unit through",
    "git pull": "it changes the checkout",
    "make install": "whoever runs this has done so",
    "pip install": "it changes what these tests run with",
    ".venv/bin/status-bot setup": "it waits for somebody with a browser; the setup has a test in one",
}
"""What commands begin with that are not run here, and why."""
RUN = [
    line for _, script in blocks("sh") for line in script.splitlines() if not line.startswith(tuple(NOT_RUN))
]


def test_what_is_not_run_is_no_more_than_what_is_listed() -> None:
    lines = [line for _, script in blocks("sh") for line in script.splitlines()]
    assert all(any(line.startswith(start) for line in lines) for start in NOT_RUN)
    assert len(RUN) > 5


async def test_every_other_command_does_what_it_says(github: Sandbox, tmp_path: Path) -> None:
    build(github, "Java")
    app = github.create_app("status-bot", PERMISSIONS, EVENTS)
    github.install(app, ORGANIZATION)
    for path in (SOURCE, CONFIG):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(github.repository(SITE).file(path) or "", encoding="utf-8")
    program = tmp_path / ".venv/bin/status-bot"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m bot "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    async with github.serve() as server:
        environ = {
            "PATH": f"{program.parent}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "APP_ID": str(app.id),
            "PRIVATE_KEY": app.private_key,
            "GITHUB_API_URL": server.api_url,
        }
        for line in RUN:
            process = await asyncio.create_subprocess_exec(
                "/bin/bash", "-ec", line, cwd=tmp_path, env=environ,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
            told, _ = await asyncio.wait_for(process.communicate(), 60)
            assert process.returncode == 0, f"{line}\n{told.decode()}"
    assert len(github.repository(SITE).pulls(state="open")) == 1
    assert (tmp_path / "facts.json").stat().st_size > 0
    assert (tmp_path / "data/progress-source.schema.json").stat().st_size > 0


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
        path, _, anchor = link.partition("#")
        if link.startswith("https://"):
            continue
        assert (page.parent / path).exists(), link
        if anchor:
            headings = re.findall(
                r"^#+ (.+)$", (page.parent / path).read_text(encoding="utf-8"), re.MULTILINE
            )
            assert anchor in {slug(heading) for heading in headings}, link


def test_the_workflow_may_go_on_for_longer_than_the_bot_does() -> None:
    [minutes] = re.findall(r"timeout-minutes: (\d+)", dict(blocks("yaml"))["running.md"])
    assert int(minutes) * 60 > LIMIT_SECONDS
    assert LIMIT_SECONDS == 600, "the page says ten minutes"
