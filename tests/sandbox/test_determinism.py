"""The same seed and clock give the same GitHub."""

from __future__ import annotations

from bot.sandbox import Sandbox
from tests.clocks import FakeClock
from tests.sandbox.asking import ORGANIZATION, app_on, site


def everything(seed: int) -> tuple[object, ...]:
    """Ids, shas, tokens and GUIDs of a small history."""
    github = Sandbox(FakeClock(), seed)
    repo = site(github)
    repo.create_milestone("v1", open=2, closed=1)
    repo.push({"x": "1"}, branch="b")
    pull = repo.create_pull("b")
    sha = repo.merge_pull(pull.number)
    release = repo.create_release("v1.0.0")
    app, token = app_on(github)
    app.webhook_secret = "s"
    github.install(app, ORGANIZATION)
    return repo.id, sha, pull.node_id, release.id, app.id, app.client_id, token, github.personal_token("ada")


def test_the_same_seed_gives_the_same_ids_shas_and_tokens() -> None:
    assert everything(1) == everything(1)


def test_another_seed_gives_others() -> None:
    one, other = everything(1), everything(2)
    assert not set(one) & set(other)


def test_two_apps_have_keys_of_their_own() -> None:
    github = Sandbox(FakeClock())
    keys = {github.create_app(slug).private_key for slug in ("one", "two")}
    assert len(keys) == 2
    assert all(key.startswith("-----BEGIN RSA PRIVATE KEY-----") for key in keys)
