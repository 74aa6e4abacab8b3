"""Keys, secrets and tokens show nowhere: not in logs, errors, pages, words on GitHub, nor in any ``repr``."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import structlog
from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs

from bot.github.errors import Forbidden, GitHubError, RateLimited
from bot.logs import REDACTED, configure_logs
from bot.sandbox import RequestRecord, Response, Sandbox
from bot.settings import SettingsError, load_settings
from tests.clocks import FakeClock
from tests.doors import BODY, Door, opened, sign
from tests.questions import say
from tests.staged import FROM_FORK, Stage, build_with_fork, stage
from tests.test_settings import environment, rsa_pem
from tests.world import SECRET, SITE

PATHS = ("/", "/help", "/setup", "/ready", "/metrics", "/health", "/nowhere", f"/chart/{SITE}.svg")
PAGE, PROGRAM = {"Accept": "text/html"}, {"Accept": "application/json"}


@pytest.fixture(params=["text", "json"])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """All that is logged, at the most talkative level, but with no secret known to be taken out."""
    stream, form = io.StringIO(), request.param
    root = logging.getLogger()
    handlers, level, structure = root.handlers, root.level, structlog.get_config()
    configure_logs("debug", form, stream=stream)
    try:
        yield stream
    finally:
        structlog.configure(**structure)
        logging.captureWarnings(capture=False)
        logging.getLogger("aiohttp.access").disabled = False
        root.handlers = handlers
        root.setLevel(level)


def secrets_of(github: Sandbox) -> list[str]:
    """The key by its lines, the webhook's secret, and every token and JWT that went over the wire."""
    [app] = github.state.apps.values()
    tokens = {
        record.headers["Authorization"].removeprefix("Bearer ")
        for record in github.requests
        if "Authorization" in record.headers
    }
    minted = {
        record.answered["token"]
        for record in github.requests
        if record.path.endswith("/access_tokens") and record.status == 201
    }
    assert len(minted) > 2
    assert any(token.startswith("eyJ") for token in tokens), "JWTs are among them"
    return [SECRET, *app.private_key.splitlines()[1:-1], *tokens, *minted]


def echoing(record: RequestRecord) -> Response | None:
    """A GitHub that repeats credentials in what it refuses, as a careless proxy does."""
    said = f"You sent Authorization: {record.headers.get('Authorization')}"
    if record.path.endswith("/labels"):
        return Response(403, {"message": said})
    if record.path.endswith("/reactions") and record.method == "POST":
        return Response(422, {"message": said})
    return None


@contextlib.asynccontextmanager
async def troubled(github: Sandbox, clock: FakeClock) -> AsyncIterator[Stage]:
    """A site with a fork, where much goes wrong in turn."""
    build_with_fork(github, "Python", config=f"{FROM_FORK}  labels: [status]\n")
    github.intercept(echoing)
    async with stage(github, clock, on_the_fork=True) as story:
        await say(story, "/status show")
        for refusal in (
            lambda record: Response(401, {"message": f"Bad credentials: {record.headers['Authorization']}"}),
            lambda record: Response(503, {"message": str(dict(record.headers))}),
            lambda _record: Response(200, b'{"token": "cut off'),
            lambda record: [][len(record.path)],  # whatever is raised means: no answer
        ):
            forget = github.intercept(refusal)
            story.sig("Python").create_release(f"v0.{len(github.requests)}.0")
            await github.delivered()
            await clock.until(lambda: story.bot.queue.failures, within_seconds=3600)
            async with aiohttp.ClientSession() as session:
                assert (await session.get(f"{story.bot.url}/ready")).status in (200, 503)
            forget()
            await clock.advance(3600)
            await story.rest()
        yield story


async def pages(url: str) -> str:
    """Everything that can be read over HTTP, refusals too."""
    seen = []
    async with aiohttp.ClientSession() as session:
        for headers in (PAGE, PROGRAM):
            for path in PATHS:
                response = await session.get(url + path, headers=headers)
                seen.append(f"{response.headers} {await response.text()}")
        for headers in ({}, {"X-Hub-Signature-256": "sha256=0", "Content-Type": "application/json"}):
            response = await session.post(f"{url}/webhook", data=b"{}", headers=headers)
            seen.append(f"{response.headers} {await response.text()}")
    return "\n".join(seen)


def said_on_github(github: Sandbox) -> str:
    """All that the bot wrote, and every path that it asked for."""
    return "\n".join(f"{record.path} {record.request_body.decode()}" for record in github.requests)


def reprs() -> str:
    """Every object of the bot's own that has come to life in this test, and what its attributes look like."""
    shown = []
    for thing in gc.get_objects():
        module = type(thing).__module__
        if module.startswith("bot.") and not module.startswith("bot.sandbox"):
            with contextlib.suppress(ReferenceError):
                shown.append(f"{thing!r} {thing!s}")
    assert len(shown) > 50
    return "\n".join(shown)


async def test_no_secret_shows_anywhere_whatever_goes_wrong(clock: FakeClock, written: io.StringIO) -> None:
    gc.collect()
    gc.freeze()  # what other tests left behind knows none of these secrets, and is much to look through
    github = Sandbox(clock)
    async with troubled(github, clock) as story:
        secrets = secrets_of(github)
        seen = {
            "pages": await pages(story.bot.url),
            "objects": reprs(),
            "GitHub": said_on_github(github),
        }
    seen["logs"] = written.getvalue()
    assert "delivery accepted" in seen["logs"]
    assert "run failed" in seen["logs"]
    assert REDACTED in seen["logs"], "credentials were repeated to the bot"
    for where, text in seen.items():
        assert [secret for secret in secrets if secret in text] == [], where


async def test_nothing_of_ours_hands_a_secret_to_the_log_for_others_to_take_out(clock: FakeClock) -> None:
    github = Sandbox(clock)
    with capture_logs() as lines:
        async with troubled(github, clock):
            secrets = secrets_of(github)
    said = "\n".join(f"{line} {line.get('exc_info')!r}" for line in lines)
    assert "run failed" in said
    assert REDACTED in said
    assert [secret for secret in secrets if secret in said] == []


@pytest.mark.parametrize(
    "words",
    [
        "401 Bad credentials: Bearer ghs_0123456789abcdefABCDEF",
        "you sent {'Authorization': 'Bearer eyJhbGciOi.eyJpc3MiOi.c2lnbmF0dXJl'}",
        f"the key {rsa_pem()}",
    ],
)
def test_what_looks_like_a_credential_is_no_part_of_an_error(words: str) -> None:
    for error in (GitHubError(words), Forbidden(words), RateLimited(words, 1.0)):
        held = f"{error} {error!r} {error.args} {vars(error)}"
        assert REDACTED in held
        assert "0123456789abcdef" not in held
        assert "c2lnbmF0dXJl" not in held
        assert rsa_pem()[60:100] not in held


async def test_a_request_shows_neither_its_signature_nor_its_body() -> None:
    request = make_mocked_request(
        "POST", "/webhook?token=hidden", headers={"X-Hub-Signature-256": sign(BODY)}
    )
    assert sign(BODY) not in f"{request!r} {request!s}"
    async with opened(Door()) as door:
        with capture_logs() as lines:
            await door.deliver(b'{"action": 1, "secret": "in the body"}')
            await door.deliver(signature="sha256=" + "ab" * 32)
        said = json.dumps(lines, default=repr)
        assert len(lines) == 2
        assert "in the body" not in said
        assert "abab" not in said
        assert door.webhook._secrets
        assert door.webhook._secrets[0].decode() not in repr(door.webhook)


def test_settings_errors_hold_no_value_in_any_attribute() -> None:
    secret = "correct-horse-battery-staple"
    names = ("APP_ID", "PRIVATE_KEY", "PORT", "PUBLIC_URL", "GITHUB_API_URL", "LOG_LEVEL", "RESYNC_MINUTES")
    wrong: dict[str, str | None] = dict.fromkeys(names, f"https://{secret}@{secret}:{secret}")
    with pytest.raises(SettingsError) as caught:
        load_settings(environment(**wrong, WEBHOOK_SECRET=f"{secret},"))
    error: BaseException | None = caught.value
    while error is not None:
        assert secret not in f"{error!r} {error.args!r} {vars(error)!r}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
