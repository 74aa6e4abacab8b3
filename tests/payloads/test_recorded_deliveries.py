"""Every delivery that GitHub was ever recorded to send goes through the webhook, signed."""

import hmac
from collections.abc import AsyncIterator, Sequence

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from bot.events import EVENTS, Comment, Dispatcher
from bot.metrics import Metrics
from bot.web.pages import Pages
from bot.web.server import build_web
from bot.web.views import SiteView
from bot.web.webhook import Webhook
from tests import npm
from tests.payloads.examples import INSTALLATION, Example, params, recorded

SECRET = "it is a secret"

Client = TestClient[web.Request, web.Application]

# What the page or its proposal may depend on, whatever else the payload says.
ALWAYS_OF_INTEREST = (
    *("release.", "milestone.", "installation.", "installation_repositories."),
    *("issues.milestoned", "issues.demilestoned", "issue_comment.created"),
    *("repository.renamed", "repository.transferred"),
)


class Recorder:
    """Everything that deliveries named: what was told, and the repository or installation it was told of."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str | int]] = []
        self.checks: list[int | str] = []

    def repository_changed(self, full_name: str, repository_id: int, reason: str) -> None:
        assert repository_id
        assert reason
        self.told.append(("repository changed", full_name))

    def site_touched(
        self, full_name: str, repository_id: int, paths: frozenset[str] | None, ref: str
    ) -> None:
        assert repository_id
        assert paths is None or all(isinstance(path, str) for path in paths)
        assert ref.startswith("refs/heads/")
        self.told.append(("site touched", full_name))

    def repository_renamed(self, old_full_name: str, new_full_name: str, repository_id: int) -> None:
        assert repository_id
        assert "/" in old_full_name
        self.told.append(("repository renamed", new_full_name))

    def repository_hidden(self, repository_id: int) -> None:
        assert repository_id

    def repository_gone(self, full_name: str, repository_id: int) -> None:
        assert repository_id
        self.told.append(("repository gone", full_name))

    def installation_changed(self, installation_id: int, action: str) -> None:
        assert action
        self.told.append(("installation changed", installation_id))

    def pull_touched(self, repository_id: int, number: int) -> None:
        assert repository_id
        self.checks.append(number)

    def checks_asked(self, repository_id: int, numbers: frozenset[int], head: str) -> None:
        assert repository_id
        assert numbers or head
        self.checks.append(head)

    def comment_posted(self, comment: Comment) -> None:
        assert comment.installation_id
        self.told.append(("comment posted", comment.full_name))


class Nobody:
    """No site, no trouble: the pages are not looked at here."""

    async def site(self, full_name: str) -> SiteView | None:
        raise NotImplementedError

    async def sites(self) -> Sequence[SiteView]:
        return ()

    async def chart(self, full_name: str, digest: str) -> None: ...

    def github_trouble(self) -> str:
        return ""

    def queue_trouble(self) -> str:
        return ""


def render(template_name: str, /, **values: object) -> str:
    raise AssertionError(f"{template_name} was asked for, with {values}")


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def door(recorder: Recorder) -> AsyncIterator[Client]:
    """The bot's own doors, with the recorder behind them."""
    metrics = Metrics()
    webhook = Webhook(Dispatcher(recorder).dispatch, [SECRET], metrics)
    pages = Pages(render, Nobody(), Nobody(), metrics)
    async with TestClient(TestServer(build_web(webhook, pages))) as client:
        yield client


async def deliver(door: Client, event: str, body: bytes) -> ClientResponse:
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "X-Hub-Signature-256": "sha256=" + hmac.digest(SECRET.encode(), body, "sha256").hex(),
    }
    return await door.post("/webhook", data=body, headers=headers)


@pytest.mark.parametrize("example", params())
async def test_a_recorded_delivery_is_taken(example: Example, door: Client, recorder: Recorder) -> None:
    answer = await deliver(door, example.event, example.body)
    assert answer.status in (202, 204), await answer.text()
    assert bool(recorder.told or recorder.checks) == (answer.status == 202)
    if example.name.startswith(ALWAYS_OF_INTEREST):
        assert answer.status == 202
    if example.event not in EVENTS:
        assert answer.status == 204
    about = {example.payload["installation"]["id"], example.payload.get("repository", {}).get("full_name")}
    assert {subject for _, subject in recorder.told} <= about


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("release.published", "repository changed"),
        ("milestone.closed", "repository changed"),
        ("milestone.edited", "repository changed"),
        ("issues.milestoned", "repository changed"),
        ("push", "site touched"),
        ("repository.renamed", "repository renamed"),
        ("repository.transferred", "repository renamed"),
        ("installation.created", "installation changed"),
        ("installation_repositories.added", "installation changed"),
        ("issue_comment.created", "comment posted"),
    ],
)
async def test_a_recorded_delivery_names_what_it_is_about(
    name: str, expected: str, door: Client, recorder: Recorder
) -> None:
    npm.fetch_or_skip(npm.WEBHOOK_EXAMPLES)
    for example in recorded():
        if example.name == name:
            await deliver(door, example.event, example.body)
    assert expected in {told for told, _ in recorder.told}


def test_nothing_is_missing_from_the_recordings() -> None:
    npm.fetch_or_skip(npm.WEBHOOK_EXAMPLES)
    examples = recorded()
    assert len(examples) > 329
    assert {"ping", "issues.closed", "milestone.edited"} <= {example.name for example in examples}
    assert all(example.payload["installation"]["id"] for example in examples)
    assert any(example.payload["installation"] == INSTALLATION for example in examples)
