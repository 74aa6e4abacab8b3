"""What lies ready to run the bot with: each is tried as far as it can be without the host that it is for."""

from __future__ import annotations

import asyncio
import configparser
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner
from dotenv import dotenv_values

from bot.__main__ import main
from bot.app import CLOSING_SECONDS, GRACE_SECONDS
from bot.cli.words import MISSING
from bot.clock import SystemClock
from bot.env_file import add
from bot.sandbox import Sandbox
from bot.settings import load_settings
from bot.web.manifest import VARIABLES
from bot.workqueue import CANCELLED_WITHIN_SECONDS
from tests.test_settings import rsa_pem
from tests.world import EVENTS, ORGANIZATION, PERMISSIONS, SECRET, build, free_port

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
UNIT = ROOT / "deploy/status-bot.service"
REQUIRED = {variable.name for variable in VARIABLES if variable.required}


@pytest.fixture
def clock() -> SystemClock:
    """A process of its own lives by the machine's clock, and so must the GitHub that it talks to."""
    return SystemClock()


@asynccontextmanager
async def environment(github: Sandbox) -> AsyncIterator[dict[str, str]]:
    """All that the bot needs to serve, at a GitHub where it is installed."""
    build(github, "Java")
    app = github.create_app("status-bot", PERMISSIONS, EVENTS)
    github.install(app, ORGANIZATION)
    async with github.serve() as server:
        yield {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "APP_ID": str(app.id),
            "PRIVATE_KEY": app.private_key.replace("\n", "\\n"),
            "WEBHOOK_SECRET": SECRET,
            "GITHUB_API_URL": server.api_url,
            "PORT": str(free_port()),
        }


async def healthy(port: str) -> None:
    """Until the bot answers, for twenty seconds at most."""
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/health") as answer:
                    assert answer.status == 200
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)


async def ended(process: asyncio.subprocess.Process) -> int:
    """The exit status, once it was told to stop."""
    process.send_signal(signal.SIGTERM)
    return await asyncio.wait_for(process.wait(), 30)


class TestTheProcfile:
    async def test_honcho_starts_the_bot_and_stops_it(self, github: Sandbox, tmp_path: Path) -> None:
        honcho = [
            sys.executable,
            "-m",
            "honcho",
            "--no-colour",
            "-f",
            str(ROOT / "Procfile"),
            "-d",
            str(ROOT),
        ]
        log = tmp_path / "log"
        async with environment(github) as environ:
            with log.open("wb") as written:
                process = await asyncio.create_subprocess_exec(
                    *honcho, "-e", os.devnull, "start", "-p", environ["PORT"], env=environ,
                    stdout=written, stderr=written,
                )  # fmt: skip
            try:
                await healthy(environ["PORT"])
                status = await ended(process)
            finally:
                if process.returncode is None:
                    process.kill()
        told = log.read_text(encoding="utf-8")
        assert "web.1" in told
        assert "stopped" in told
        assert status in (0, -signal.SIGTERM, 128 + signal.SIGTERM), told


class TestTheAppJson:
    app = json.loads((ROOT / "app.json").read_text(encoding="utf-8"))

    def test_it_asks_for_what_is_required_and_for_nothing_that_is_not_read(self) -> None:
        asked = self.app["env"]
        assert set(asked) <= {variable.name for variable in VARIABLES}
        assert {name for name, told in asked.items() if told.get("required", True)} == REQUIRED

    def test_it_runs_what_the_procfile_names(self) -> None:
        named = {line.partition(":")[0] for line in (ROOT / "Procfile").read_text().splitlines()}
        assert set(self.app["formation"]) == named


class TestTheEnvExample:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")

    def test_it_names_every_variable_and_sets_none(self) -> None:
        found = dotenv_values(ROOT / ".env.example")
        assert list(found) == sorted(found, key=[variable.name for variable in VARIABLES].index)
        assert set(found) == {variable.name for variable in VARIABLES}
        assert set(found.values()) == {""}

    def test_what_is_made_of_it_is_kept_out_of_git(self) -> None:
        ignored = (ROOT / ".gitignore").read_text().splitlines()
        assert ".env" in ignored
        assert ".env.example" not in ignored


def instructions() -> Iterator[tuple[str, str]]:
    """The instructions of the Dockerfile, each with what it is given."""
    lines = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    for line in lines.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word:
            yield word, rest.strip()


@dataclass
class Image:
    """The last stage of the Dockerfile, carried out in a folder in place of a container's root."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    said: dict[str, str] = field(default_factory=dict)

    def path(self, inside: str) -> Path:
        where = Path(inside if inside.startswith("/") else f"{self.workdir}/{inside}")
        return self.root / where.relative_to("/")

    def build(self) -> None:
        for word, rest in instructions():
            if word == "FROM":
                self.workdir, self.environ, self.said = "/", {}, {}
            elif word == "ENV":
                self.environ |= dict(pair.split("=", 1) for pair in shlex.split(rest))
            elif word == "WORKDIR":
                self.workdir = rest
                self.path(rest).mkdir(parents=True, exist_ok=True)
            elif word == "COPY" and not rest.startswith("--from=build"):
                self.copy(*rest.split())
            elif word == "RUN":
                command = rest.replace("/opt/bot", str(self.path("/opt/bot")))
                command = command.replace("/src/", f"{self.path('/src')}/")
                shell = ["/bin/sh", "-ec", command]
                environ = os.environ | self.environ
                subprocess.run(shell, check=True, cwd=self.root, env=environ)  # noqa: S603 - our Dockerfile's
            else:
                self.said[word] = rest

    def copy(self, source: str, target: str) -> None:
        to = self.path(target)
        if target.endswith("/"):
            to = to / source
        to.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, to, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, to)

    def environment(self, **more: str) -> dict[str, str]:
        """What a process in the container finds."""
        path = self.environ["PATH"].replace("/opt/bot", str(self.path("/opt/bot")))
        return self.environ | {"PATH": path.replace("$PATH", os.environ["PATH"])} | more

    def command(self, word: str) -> list[str]:
        text = self.said[word]
        found: list[str] = json.loads(text[text.index("[") :])
        return found


class TestTheDockerfile:
    @pytest.mark.tools
    @pytest.mark.skipif("CI" not in os.environ, reason="it fetches fifty packages; set CI=1 to try it")
    async def test_its_steps_make_a_bot_that_serves_and_passes_its_health_check(
        self, github: Sandbox, tmp_path: Path
    ) -> None:
        image = Image(tmp_path)
        await asyncio.to_thread(image.build)
        folder = image.path(image.workdir)
        entry = [*image.command("ENTRYPOINT"), *image.command("CMD")]
        async with environment(github) as told:
            environ = image.environment(**{name: value for name, value in told.items() if name != "PATH"})
            bot = await asyncio.create_subprocess_exec(
                *entry, cwd=folder, env=environ, stderr=asyncio.subprocess.DEVNULL
            )
            check = image.command("HEALTHCHECK")
            try:
                await healthy(environ["PORT"])
                while_up = await asyncio.create_subprocess_exec(*check, cwd=folder, env=environ)
                assert await while_up.wait() == 0
                assert await ended(bot) == 0
            finally:
                if bot.returncode is None:
                    bot.kill()
            once_down = await asyncio.create_subprocess_exec(
                *check, cwd=folder, env=environ, stderr=asyncio.subprocess.DEVNULL
            )
            assert await once_down.wait() != 0

    @pytest.mark.parametrize(("port", "asked"), [("", 8000), ("8000", 8000), ("5000", 5000)])
    def test_its_health_check_asks_where_the_bot_listens(
        self, port: str, asked: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A line ``PORT=`` in the file of ``--env-file`` leaves the variable empty."""
        [check] = [rest for word, rest in instructions() if word == "HEALTHCHECK"]
        *_, program = json.loads(check[check.index("[") :])
        urls: list[str] = []
        monkeypatch.setenv("PORT", port)
        monkeypatch.setattr("urllib.request.urlopen", lambda url, **_: urls.append(url))
        exec(program)  # noqa: S102 - it is our own
        assert urls == [f"http://127.0.0.1:{asked}/health"]

    def test_the_file_that_the_setup_writes_does_for_it_too(self, tmp_path: Path) -> None:
        """Docker takes the quotes of ``--env-file`` for part of the value."""
        file = tmp_path / ".env"
        add(file, {"APP_ID": "7", "PRIVATE_KEY": rsa_pem(), "WEBHOOK_SECRET": "s3cret"})
        environ = dict(line.split("=", 1) for line in file.read_text().splitlines())
        assert environ["APP_ID"] == "'7'"
        settings = load_settings(environ)
        assert (settings.app_id, settings.private_key) == (7, rsa_pem())
        assert settings.webhook_secrets == ("s3cret",)

    def test_it_runs_as_nobody_and_its_base_is_pinned(self) -> None:
        bases = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
        assert len(set(bases)) == 1
        assert re.fullmatch(r"python:3\.\d+-slim", bases[0])
        last = DOCKERFILE.rpartition("\nFROM")[2]
        assert "USER 65534:65534" in last
        assert last.index("USER") < last.index("ENTRYPOINT")

    def test_nothing_goes_to_the_builder_but_what_is_copied(self) -> None:
        lines = (ROOT / ".dockerignore").read_text().splitlines()
        let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
        copied = {rest.split()[0] for word, rest in instructions() if word == "COPY" and "--from" not in rest}
        assert "*" in lines
        assert let_in == copied


class TestTheUnit:
    def test_systemd_takes_it(self, tmp_path: Path) -> None:
        analyze = shutil.which("systemd-analyze")
        if analyze is None:
            pytest.skip("systemd is not here")
        text = UNIT.read_text(encoding="utf-8")
        unit = tmp_path / UNIT.name
        unit.write_text(re.sub(r"/opt/status-bot(/\S+)?", lambda at: "/bin/true" if at[1] else "/", text))
        done = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False)  # noqa: S603 - the system's own
        assert (done.returncode, done.stderr) == (0, "")

    @pytest.fixture
    def service(self) -> configparser.SectionProxy:
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        parser.optionxform = str  # type: ignore[assignment, method-assign]
        parser.read(UNIT)
        return parser["Service"]

    def test_an_environment_that_cannot_be_used_is_not_tried_again(
        self, service: configparser.SectionProxy
    ) -> None:
        assert service["RestartPreventExitStatus"] == str(MISSING)

    def test_it_reads_no_file_but_the_one_that_it_names(self, service: configparser.SectionProxy) -> None:
        """``status-bot setup`` leaves a ``.env`` in the checkout that only its owner can read."""
        assert service["WorkingDirectory"] == "/"

    def test_it_starts_a_command_that_there_is_and_waits_until_the_bot_has_stopped(
        self, service: configparser.SectionProxy
    ) -> None:
        command = service["ExecStart"].partition(" -m bot ")[2]
        assert CliRunner().invoke(main, [*command.split(), "--help"]).exit_code == 0
        longest = GRACE_SECONDS + CLOSING_SECONDS + CANCELLED_WITHIN_SECONDS
        assert int(service["TimeoutStopSec"]) > longest
