"""The engine of profile ``localstack``: what LocalStack has is LocalStack's, what it lacks the embedded engine's.

Both are reached here by the same calls as the embedded engine alone, so nobody in front has to know. LocalStack judges
nobody: whoever sends it something has to have judged the caller (`judges`).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ParamValidationError

from groundcloud.engines import FORWARDED, SERVICE
from groundcloud.engines.codec import Codec
from groundcloud.engines.embedded.asgi import Message, Receive, Send
from groundcloud.engines.embedded.dispatch import EngineInvoker
from groundcloud.engines.embedded.engine import EmbeddedEngine
from groundcloud.engines.localstack.facts import RESET, Facts
from groundcloud.engines.localstack.itemcalls import SERVICE as ITEMS_SERVICE
from groundcloud.engines.localstack.owners import LOCALSTACK, Owners
from groundcloud.engines.localstack.session import SessionWatch
from groundcloud.engines.localstack.shortcut import Shortcut
from groundcloud.engines.localstack.standin import stand_in
from groundcloud.engines.localstack.upstream import Upstream
from groundcloud.engines.localstack.wire import in_account
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Scope
from groundcloud.settings import Settings

_FORWARDED = FORWARDED.encode()
_MAKES_RESOURCES = "cloudformation"


class LocalStackEngine:
    """Implements `ports.Engine`. States: made → `start()` → running → `stop()` → stopped.

    `changed` is called when LocalStack was started again, and everything in it may be different or gone.
    """

    name = "localstack"
    judges = False

    def __init__(self, settings: Settings, facts: Facts, changed: Callable[[], None]) -> None:
        self._settings = settings
        self._facts = facts
        self._owners = Owners(facts.services)
        self._embedded = EmbeddedEngine(settings, keeps_roles=self._owners.of("iam") != LOCALSTACK)
        self._codec = Codec(settings.endpoint, settings.secret_access_key)
        self._roots = frozenset({"test", settings.access_key_id})
        self._session = SessionWatch(facts.session, self._ask_session, changed)
        self._upstream = Upstream(facts.url, self._session.look)
        self._shortcut = Shortcut(facts.url, self._roots, settings.account)

    @property
    def version(self) -> str:
        return self._facts.version

    @property
    def embedded(self) -> EmbeddedEngine:
        return self._embedded

    @property
    def owners(self) -> Owners:
        """Who answers which service."""
        return self._owners

    async def start(self, invoke: EngineInvoker) -> None:
        """Open the door to LocalStack and start the embedded engine; `invoke` gets what begins inside the latter."""
        await self._upstream.open()
        await self._embedded.start(invoke)

    async def stop(self) -> None:
        await self._embedded.stop()
        self._session.stop()
        await self._shortcut.stop()
        await self._upstream.close()

    async def asgi(self, scope: Message, receive: Receive, send: Send) -> None:
        """Hand a connection through to the owner of the service that ``scope[SERVICE]`` names; a WebSocket, which names
        none, to the embedded engine."""
        service = scope.get(SERVICE, "")
        is_forwarded = any(name == _FORWARDED for name, _ in scope["headers"])
        if scope["type"] != "http" or is_forwarded or self._owners.of(service) != LOCALSTACK:
            if is_forwarded:
                self._check_forwarded(service)
            await self._embedded.asgi(scope, receive, send)
            return
        account = self._settings.account
        pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in in_account(pairs, self._roots, account)]
        passed_on = {**scope, "headers": headers}
        if service == ITEMS_SERVICE:
            await self._shortcut.asgi(passed_on, receive, send, self._upstream.asgi)
        else:
            await self._upstream.asgi(passed_on, receive, send)

    async def request(self, request: Request) -> Response:
        if self._owners.of_request(request) != LOCALSTACK:
            return await self._embedded.request(request)
        headers = Headers(in_account(request.headers.items, self._roots, self._settings.account))
        return await self._upstream.request(replace(request, headers=headers))

    async def request_as_admin(
        self,
        request: Request,
        service: str,
        scope: Scope,
        hear: Callable[[Any], Awaitable[dict[str, Any]]] | None = None,
        function: str = "",
    ) -> Response:
        """As the embedded engine's. The `function` that it is to be heard for is LocalStack's, so the embedded engine
        gets one of that name that never runs."""
        if self._owners.of(service) != LOCALSTACK:
            if hear is not None and function:
                await stand_in(self._embedded, function)
            return await self._embedded.request_as_admin(request, service, scope, hear)
        return await self._upstream.request(self._codec.sign_anew(request, service, scope))

    async def if_allowed(self, request: Request, run: Callable[[], Awaitable[Response]]) -> tuple[Response, bool]:
        """The caller was judged before this, since LocalStack judges nobody."""
        return await run(), True

    async def version_code(self, scope: Scope, function: str, version: str) -> bytes:
        """The package of one published version."""
        params = {"FunctionName": function, "Qualifier": version}
        answer = await self.call("lambda", "GetFunction", params, scope=scope)
        parts = urlsplit(answer["Code"]["Location"])
        host = Headers([("Host", parts.netloc)])
        response = await self.request(Request("GET", parts.path, parts.query, host, service="lambda"))
        if response.status != 200:
            raise AwsError("ServiceException", f"The download of the code answered {response.status}", 502)
        return response.body

    async def call(self, service: str, operation: str, params: dict[str, Any] | None = None, *, scope: Scope) -> Any:
        if self._owners.of(service) != LOCALSTACK:
            return await self._embedded.call(service, operation, params, scope=scope)
        try:
            request = self._codec.encode(service, operation, params or {}, scope)
        except ParamValidationError as error:
            raise AwsError("ValidationException", str(error), 400) from error
        return self._codec.decode(service, operation, await self._upstream.request(request))

    async def reset(self) -> None:
        """Both forget every account: the embedded engine by its own route, LocalStack by our plugin's."""
        answer = await self._upstream.request(Request("POST", RESET))
        if answer.status != 204:
            raise AwsError(
                "InternalFailure",
                f"LocalStack at {self._facts.url} did not reset itself ({answer.status}): start it again instead.",
                500,
            )
        await self._embedded.reset()

    async def left(self, account: str, covered: Collection[str]) -> tuple[list[str], list[str]]:
        """As the embedded engine says it; of what LocalStack holds it cannot be asked for all."""
        left, _ = await self._embedded.left(account, covered)
        return left, sorted(set(self._facts.services) - set(covered))

    def _check_forwarded(self, service: str) -> None:
        """What LocalStack has must not come from there: it would go round for ever. CloudFormation's resources of other
        services are made here."""
        if service != _MAKES_RESOURCES and self._owners.of(service) == LOCALSTACK:
            raise AwsError(
                "InternalFailure", f"LocalStack's plugin forwards {service}, which LocalStack says that it has", 500
            )

    async def _ask_session(self) -> str:
        answer = await self._upstream.request(Request("GET", "/_localstack/info"))
        return str(json.loads(answer.body).get("session_id", ""))
