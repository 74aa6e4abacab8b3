"""A plain client of the REST API, which knows nothing but HTTP."""

import json
from dataclasses import dataclass
from typing import Any

import jwt
from aiohttp import ClientSession

from bot.sandbox import App, Server
from tests.clocks import FakeClock


@dataclass
class Client:
    """Asks as an app, an installation or a person, and expects a status."""

    session: ClientSession
    server: Server
    credentials: str

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        expect: int = 200,
        accept: str = "",
        etag: str = "",
    ) -> Any:  # noqa: ANN401 - any JSON
        """The answer's JSON; where there is none, its ETag."""
        headers = {"Authorization": f"Bearer {self.credentials}", "User-Agent": "a plain client"}
        headers |= {"Accept": accept} if accept else {}
        headers |= {"If-None-Match": etag} if etag else {}
        content = None if body is None else json.dumps(body)
        async with self.session.request(
            method, self.server.api_url + path, data=content, headers=headers, allow_redirects=False
        ) as answer:
            text = await answer.text()
            assert answer.status == expect, f"{method} {path}: {answer.status} {text}"
            return json.loads(text) if text and not accept else answer.headers.get("ETag")

    def with_credentials(self, credentials: str) -> "Client":
        return Client(self.session, self.server, credentials)


def json_web_token(app: App, clock: FakeClock) -> str:
    now = int(clock.now().timestamp())
    return jwt.encode({"iat": now - 60, "exp": now + 500, "iss": app.client_id}, app.private_key, "RS256")
