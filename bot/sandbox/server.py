"""The HTTP server: both shapes of the API, and the pages."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.utils import format_datetime

import msgspec
from aiohttp import web

from bot.sandbox.auth import ANONYMOUS, authenticate
from bot.sandbox.deliveries import Deliveries
from bot.sandbox.errors import ApiError
from bot.sandbox.graphql.execute import execute
from bot.sandbox.limits import Limits
from bot.sandbox.rest.dispatch import answer
from bot.sandbox.rest.routing import Call, Reply, decode
from bot.sandbox.state import State
from bot.sandbox.traffic import Interceptor, Latency, RequestRecord, Response
from bot.sandbox.web.apps import Visit, app_page
from bot.sandbox.web.pages import page

_LARGEST_REQUEST_BYTES = 128 * 1024 * 1024
_AT_THE_ROOT = (
    "app",
    "app-manifests",
    "installation",
    "orgs",
    "rate_limit",
    "repos",
    "repositories",
    "user",
    "users",
)
_GRAPHQL_DOCS = (
    "https://docs.github.com/graphql/guides/forming-calls-with-graphql#authenticating-with-graphql"
)


@dataclass(frozen=True, slots=True)
class Server:
    """Where the sandbox listens."""

    url: str

    @property
    def api_url(self) -> str:
        """The REST API; GraphQL is at ``/api/graphql``."""
        return f"{self.url}/api/v3"


class Front:
    """Takes requests in, records them, and hands them to whom they are for."""

    def __init__(self, state: State, limits: Limits, deliveries: Deliveries) -> None:
        self.requests: list[RequestRecord] = []
        self.latency = Latency()
        self.interceptors: list[Interceptor] = []
        self._state = state
        self._limits = limits
        self._deliveries = deliveries

    @asynccontextmanager
    async def serve(self, host: str, port: int) -> AsyncIterator[Server]:
        """Listen, and deliver webhooks, until the context ends."""
        app = web.Application(client_max_size=_LARGEST_REQUEST_BYTES)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, host, port)
        await site.start()
        self._state.url = f"http://{host}:{runner.addresses[0][1]}"
        sender = asyncio.create_task(self._deliveries.run())
        try:
            yield Server(self._state.url)
        finally:
            sender.cancel()
            with suppress(asyncio.CancelledError):
                await sender
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        path, base, kind = _shape(request.rel_url.raw_path)
        if kind == "page":
            shown = await self._page(request, decode(path))
            return web.Response(body=shown.body, status=shown.status, headers=shown.headers)
        query = request.rel_url.raw_query_string
        record = RequestRecord(
            request.method,
            path + (f"?{query}" if query else ""),
            request.headers,
            await request.read(),
            self._state.clock.now(),
        )
        self.requests.append(record)
        if not await self._intercepted(record):
            seconds = self.latency.of(record)
            if seconds:
                await asyncio.sleep(seconds)
            call = self._call(request, record, base)
            self._note(record, self._graphql(record, call) if kind == "graphql" else self._rest(record, call))
        if record.status == 0 and request.transport:
            request.transport.close()
        date = {"Date": format_datetime(self._state.clock.now(), usegmt=True)}
        return web.Response(
            body=record.response_body,
            status=record.status or 500,
            headers=date | dict(record.response_headers),
        )

    async def _page(self, request: web.Request, path: str) -> Reply:
        form = {name: str(value) for name, value in (await request.post()).items()}
        visit = Visit(self._state, request.method, path, request.query, form)
        return app_page(visit) or page(self._state, path)

    async def _intercepted(self, record: RequestRecord) -> bool:
        """Ask the tests' interceptors; an exception of theirs drops the connection."""
        with suppress(ApiError):
            record.identity = authenticate(self._state, record.headers.get("Authorization"))
        for interceptor in list(self.interceptors):
            try:
                verdict = interceptor(record)
                response = await verdict if inspect.isawaitable(verdict) else verdict
            except Exception:  # noqa: BLE001 - whatever a test raises means: no answer
                return True
            if response is not None:
                self._note(record, _spelled(response))
                return True
        return False

    def _call(self, request: web.Request, record: RequestRecord, base: str) -> Call:
        return Call(
            state=self._state,
            limits=self._limits,
            deliveries=self._deliveries,
            identity=ANONYMOUS,
            method=request.method,
            path=decode(record.path.partition("?")[0]),
            base_url=self._state.url + base,
            query=dict(request.query),
            headers=request.headers,
            raw_body=record.request_body,
        )

    def _rest(self, record: RequestRecord, call: Call) -> Reply:
        if "User-Agent" not in record.headers:
            said = "Please make sure your request has a User-Agent header"
            body = f"Request forbidden by administrative rules. {said}".encode()
            return Reply(403, body, {"Content-Type": "text/plain; charset=utf-8"})
        try:
            call.identity = record.identity = authenticate(self._state, record.headers.get("Authorization"))
        except ApiError as refused:
            return _refused(refused, "https://docs.github.com/rest")
        return answer(call)

    def _graphql(self, record: RequestRecord, call: Call) -> Reply:
        try:
            identity = record.identity = authenticate(self._state, record.headers.get("Authorization"))
        except ApiError as refused:
            return _refused(refused, _GRAPHQL_DOCS)
        if identity.kind not in ("installation", "personal"):
            said = "This endpoint requires you to be authenticated."
            return _refused(ApiError(401, said), _GRAPHQL_DOCS)
        if call.method != "POST":
            return _refused(ApiError(404, "Not Found"), _GRAPHQL_DOCS)
        found = execute(self._state, self._limits, identity, record.request_body)
        record.graphql_cost = found.cost
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-GitHub-Media-Type": "github.v4; format=json",
            "X-GitHub-Request-Id": self._state.request_ids.hexadecimal(24).upper(),
            **self._limits.headers(identity, "graphql"),
        }
        return Reply(200, msgspec.json.encode(found.body), headers)

    def _note(self, record: RequestRecord, reply: Reply) -> None:
        record.status, record.response_body, record.response_headers = reply.status, reply.body, reply.headers


def _shape(raw_path: str) -> tuple[str, str, str]:
    """The path as on api.github.com, the base that was put before it, and what it is for."""
    if raw_path in ("/api/graphql", "/graphql"):
        return "/graphql", raw_path.removesuffix("/graphql"), "graphql"
    if raw_path.startswith("/api/v3/"):
        return raw_path.removeprefix("/api/v3"), "/api/v3", "rest"
    if raw_path.split("/", 2)[1] in _AT_THE_ROOT:
        return raw_path, "", "rest"
    return raw_path, "", "page"


def _refused(refused: ApiError, documentation: str) -> Reply:
    body = msgspec.json.encode(refused.body(documentation))
    return Reply(refused.status, body, {"Content-Type": "application/json; charset=utf-8"})


def _spelled(response: Response) -> Reply:
    raw = isinstance(response.body, bytes)
    body: bytes = (
        response.body if raw else b"" if response.body is None else msgspec.json.encode(response.body)
    )
    headers: Mapping[str, str] = {"Content-Type": "application/json; charset=utf-8", **response.headers}
    return Reply(response.status, body, headers)
