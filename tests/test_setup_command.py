"""``status-bot setup`` and what it refuses, as somebody types it; and what ``.env`` is to other commands."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.setup_app import begin
from tests import commands
from tests.commands import ROOT, Command, Ran
from tests.test_settings import rsa_pem
from tests.world import free_port


def started(folder: Path, *arguments: str, **environ: str) -> AbstractAsyncContextManager[Command]:
    """A command in a process and a folder of its own, with nothing in the environment but this."""
    return commands.started(*arguments, environ=environ, folder=folder)


async def run(folder: Path, *arguments: str, **environ: str) -> Ran:
    """The same, to its end."""
    return await commands.run(*arguments, environ=environ, folder=folder)


async def link_of(said: asyncio.StreamReader) -> str:
    """The link that the setup prints."""
    while line := (await asyncio.wait_for(said.readline(), 30)).decode():
        if found := re.search(r"https?://\S+/setup\?link=\S+", line):
            return found[0]
    raise AssertionError("it printed no link")


@asynccontextmanager
async def begun_anew(folder: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """A setup that does all its imports itself."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "setup"),
        cwd=folder,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PORT": str(port)},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_it_prints_a_link_serves_its_pages_and_ends_when_told(tmp_path: Path) -> None:
    port = free_port()
    async with begun_anew(tmp_path, port) as process:
        assert process.stderr is not None
        link = await link_of(process.stderr)
        assert link.startswith(f"http://127.0.0.1:{port}/setup?link=")
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{port}"
            statuses = {}
            for path in ("/health", "/help", "/setup", "/", "/ready", "/webhook", "/chart/o/r.svg"):
                async with session.get(url + path) as answer:
                    statuses[path] = answer.status
        assert statuses == {
            **dict.fromkeys(("/health", "/help", "/setup", "/"), 200),
            "/ready": 503,
            "/webhook": 404,
            "/chart/o/r.svg": 404,
        }
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - a path's own way would wait in an event loop


async def test_a_public_host_is_named_in_the_link(tmp_path: Path) -> None:
    environ = {"HOST": "0.0.0.0", "PORT": str(free_port()), "PUBLIC_URL": "https://bot.example.org"}  # noqa: S104 - as on a host
    async with started(tmp_path, "setup", **environ) as process:
        assert (await link_of(process.stderr)).startswith("https://bot.example.org/setup?link=")


async def test_a_port_that_is_taken_ends_it(tmp_path: Path) -> None:
    port = str(free_port())
    async with started(tmp_path, "setup", PORT=port) as process:
        await link_of(process.stderr)
        second = await run(tmp_path, "setup", PORT=port)
    assert (second.status, "cannot listen" in second.err) == (1, True)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        (
            {"APP_ID": "7"},
            ["APP_ID is set, but that is no whole app", "PRIVATE_KEY is not set", "WEBHOOK_SECRET"],
        ),
        (
            {"APP_ID": "7", "PRIVATE_KEY": "hidden"},
            ["APP_ID, PRIVATE_KEY are set", "is no private key in PEM form"],
        ),
        ({"WEBHOOK_SECRET": "hidden"}, ["WEBHOOK_SECRET is set", "APP_ID is not set"]),
        ({"PORT": "hidden"}, ["PORT is no whole number"]),
        ({"RESYNC_MINUTES": "hidden"}, ["RESYNC_MINUTES is no number"]),
        ({"WEBHOOK_PROXY_URL": "hidden"}, ["WEBHOOK_PROXY_URL is no URL"]),
    ],
)
async def test_half_a_configuration_is_mended_first(
    tmp_path: Path, environ: dict[str, str], said: list[str]
) -> None:
    ran = await run(tmp_path, "setup", **environ)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("The setup cannot start:\n")
    for words in said:
        assert words in ran.err
    assert "hidden" not in ran.err
    assert "?link=" not in ran.err


async def test_where_there_is_an_app_it_says_how_to_start_the_bot(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("APP_ID=7\nWEBHOOK_SECRET=s3cret\n", encoding="utf-8")
    ran = await run(tmp_path, "setup", PRIVATE_KEY=rsa_pem())
    assert (ran.status, ran.err) == (1, "An app is configured already. Start the bot: status-bot serve\n")


async def test_a_file_that_is_named_is_looked_into_first(tmp_path: Path) -> None:
    kept = tmp_path / "kept.env"
    kept.write_text("APP_ID=7\n", encoding="utf-8")
    ran = await run(tmp_path, "setup", "--env-file", str(kept))
    assert (ran.status, "APP_ID is set, but that is no whole app" in ran.err) == (2, True)
    kept.write_bytes(b"\xff")
    ran = await run(tmp_path, "setup", "--env-file", str(kept))
    assert (ran.status, ran.err) == (2, f"{kept} is no text in UTF-8: write it anew.\n")


def test_a_file_that_could_not_be_written_is_refused_before_there_is_anything_to_write(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    assert begin({}, tmp_path / "nowhere" / "kept.env", told.append) == 2
    [sentence] = told
    assert "cannot be written (there is no such folder). Mend that, or name another file." in sentence


async def test_without_an_app_the_bot_says_how_to_get_one(tmp_path: Path) -> None:
    ran = await run(tmp_path, "serve")
    assert ran.status == 2
    assert "APP_ID is not set" in ran.err
    assert ran.err.endswith("There is no app yet? This registers one in a minute: status-bot setup\n")
    assert "status-bot setup" not in (await run(tmp_path, "serve", APP_ID="7")).err


async def test_the_bot_is_served_by_what_the_file_says(tmp_path: Path) -> None:
    port = free_port()
    text = f"APP_ID=7\nWEBHOOK_SECRET=s3cret\nPORT={port}\nHOST=127.0.0.1\nLOG_FORMAT=json\n"
    (tmp_path / ".env").write_text(text, encoding="utf-8")
    environ = {"PRIVATE_KEY": rsa_pem(), "GITHUB_API_URL": f"http://127.0.0.1:{free_port()}"}
    async with started(tmp_path, "serve", **environ) as process:
        line = (await asyncio.wait_for(process.stderr.readline(), 30)).decode()
        assert f'"port":{port}' in line.replace(" ", "")


async def test_a_file_that_cannot_be_read_is_named_by_those_who_need_it_alone(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff")
    ran = await run(tmp_path, "serve")
    assert (ran.status, ran.err) == (2, ".env is no text in UTF-8: write it anew.\n")
    for command in (("compute", "--source", "x", "--facts", "y"), ("check", "."), ("schema", "source")):
        assert ".env" not in (await run(tmp_path, *command)).err, "it needs nothing of the environment"


async def test_a_recorded_delivery_is_signed_by_what_the_file_says(tmp_path: Path) -> None:
    (tmp_path / "payload.json").write_text("{}", encoding="utf-8")
    told = (
        "replay",
        "payload.json",
        "--event",
        "release",
        "--url",
        f"http://127.0.0.1:{free_port()}/webhook",
    )
    assert (await run(tmp_path, *told)).status == 2, "there is no secret"
    (tmp_path / ".env").write_text("WEBHOOK_SECRET=s3cret\n", encoding="utf-8")
    ran = await run(tmp_path, *told)
    assert (ran.status, "does not answer" in ran.err) == (1, True)


async def test_no_file_says_where_a_persons_own_token_goes(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff")
    environ = {
        "GITHUB_TOKEN": "ghp_0123456789abcdefghij",
        "GITHUB_API_URL": f"http://127.0.0.1:{free_port()}",
    }
    for command in ("preview", "facts"):
        assert "UTF-8" not in (await run(tmp_path, command, "o/r", **environ)).err, "it is not even read"
        assert "UTF-8" in (await run(tmp_path, command, "o/r")).err
