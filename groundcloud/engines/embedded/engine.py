"""The embedded engine: ministack's ASGI application, in this process.

Public interface only: its ASGI entry, its environment settings, its documented routes, and the one seam in
`dispatch.py`. Its state lives in its modules' globals, so there is one engine a process.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Collection
from contextlib import ExitStack
from importlib import import_module
from importlib.metadata import version
from typing import Any

from botocore.exceptions import ParamValidationError

from groundcloud.engines import SERVICE, models
from groundcloud.engines.codec import Codec
from groundcloud.engines.embedded.ahead import Uses, not_imported_yet
from groundcloud.engines.embedded.anonymous import AnonymousObjects
from groundcloud.engines.embedded.asgi import AsgiApp, Message, Receive, Send, fetch
from groundcloud.engines.embedded.dispatch import EngineInvoker, check_version, take_over
from groundcloud.engines.embedded.environment import prepare_environment
from groundcloud.engines.embedded.holdings import services_holding
from groundcloud.engines.embedded.passage import Allowed, CodeOf, Heard, through
from groundcloud.engines.embedded.probes import HTTP_SERVER, empty, not_loaded, not_there
from groundcloud.engines.embedded.roles import take_on_trust
from groundcloud.engines.embedded.services import Answer, EngineServices
from groundcloud.errors import AwsError, UserError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Scope
from groundcloud.settings import Settings

START_DEADLINE_SECONDS = 30
CODE_DEADLINE_SECONDS = 10


class EmbeddedEngine:
    """Implements `ports.Engine`. States: made → `start()` → running → `stop()` → stopped (state written)."""

    name = "embedded"
    judges = True
    """Whether it refuses by itself what policies do not let in."""

    def __init__(self, settings: Settings, *, keeps_roles: bool = True) -> None:
        """`keeps_roles`: whether IAM is this engine's; if not, it takes roles that it does not have."""
        self._settings = settings
        self._keeps_roles = keeps_roles
        self._codec = Codec(settings.endpoint, settings.secret_access_key)
        self._app: AsgiApp | None = None
        self._anonymous: AnonymousObjects | None = None
        self._services: EngineServices | None = None
        self._resets = 0
        self._lifespan: asyncio.Task[None] | None = None
        self._uses = Uses()
        self._undo: list[Callable[[], None]] = []
        self._to_engine: asyncio.Queue[Message] = asyncio.Queue()
        self._from_engine: asyncio.Queue[Message] = asyncio.Queue()

    @property
    def embedded(self) -> EmbeddedEngine:
        return self

    @property
    def version(self) -> str:
        return version("ministack")

    async def start(self, invoke: EngineInvoker) -> None:
        """Import and start the engine; `invoke` gets the invocations that begin inside it."""
        check_version()
        prepare_environment(self._settings)
        self._undo.append(models.share())
        # It is told of no Docker (`environment`), and looks for one again and again: eleven services at each reset.
        without_docker = ExitStack()
        without_docker.enter_context(not_there("docker"))
        self._undo.append(without_docker.close)
        with not_loaded("duckdb"), empty(HTTP_SERVER):
            self._app = import_module("ministack.app").app
            functions = import_module("ministack.services.lambda_svc")
            import_module("ministack.services.athena")
            self._anonymous = AnonymousObjects(import_module("ministack.core.router").detect_service, self._is_bucket)
            evaluator = import_module("ministack.core.iam_evaluator")
            self._services = EngineServices(
                import_module("ministack.app"), import_module("ministack.core.responses"), evaluator
            )
        if not self._keeps_roles:
            self._undo.append(take_on_trust(evaluator))
        take_over(functions, invoke, asyncio.get_running_loop())
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
        self._lifespan = asyncio.create_task(self._run_lifespan(scope))
        await self._phase("lifespan.startup")

    async def stop(self) -> None:
        """Stop the engine; it writes its state now."""
        if self._lifespan is None:
            return
        await self._phase("lifespan.shutdown")
        await self._lifespan
        self._lifespan = None
        while self._undo:
            self._undo.pop()()

    async def _run_lifespan(self, scope: dict[str, Any]) -> None:
        assert self._app is not None
        await self._app(scope, self._to_engine.get, self._from_engine.put)

    async def _phase(self, name: str) -> None:
        await self._to_engine.put({"type": name})
        try:
            answer = await asyncio.wait_for(self._from_engine.get(), START_DEADLINE_SECONDS)
        except TimeoutError as error:
            raise UserError(
                f"The embedded engine did not answer {name} within {START_DEADLINE_SECONDS} s",
                f"Look at the logs below {self._settings.home}/logs; `make down CLEAN=1` starts with empty state",
            ) from error
        if not answer["type"].endswith(".complete"):
            raise UserError(f"The embedded engine failed at {name}: {answer.get('message', '')}")

    async def asgi(self, scope: Message, receive: Receive, send: Send) -> None:
        """Hand a connection through as it is: nothing is buffered on the way."""
        assert self._app is not None and self._anonymous is not None, "start() first"
        service = scope.get(SERVICE)
        if service == "s3":
            scope = await self._anonymous.addressed(scope)
        await self._app(scope, receive, send)
        self._uses.note(service)

    def asked_for(self, target: str) -> str:
        """The service that ``X-Amz-Target`` asks for, if `answer` may be asked; else nothing."""
        # Who comes during a reset waits for its end, in the engine.
        return "" if self._services is None or self._resets else self._services.asked_for(target)

    async def answer(self, service: str, headers: dict[str, str], body: bytes, scope: Scope, client: str) -> Answer:
        """Of a request that was judged: see `services.py`."""
        assert self._services is not None, "start() first"
        return await self._services.answer(service, headers, body, scope, client)

    async def request(self, request: Request) -> Response:
        assert self._app is not None, "start() first"
        return await fetch(self.asgi, request)

    async def _is_bucket(self, name: str) -> bool:
        """Whether any account has a bucket of that name."""
        default = Scope(self._settings.account, self._settings.region)
        try:
            await self.call("s3", "HeadBucket", {"Bucket": name}, scope=default)
        except (AwsError, ParamValidationError) as error:
            # What is somebody else's, or in another region, is refused or redirected.
            return isinstance(error, AwsError) and error.status != 404
        return True

    async def reset(self) -> None:
        """Its own reset: every service, every account, what it has on disk too."""
        self._resets += 1
        try:
            answer = await self.request(Request("POST", "/_ministack/reset", headers=Headers([("Host", "localhost")])))
        finally:
            self._resets -= 1
        if answer.status != 200:
            raise AwsError("InternalFailure", f"The engine did not reset itself: status {answer.status}", 500)

    async def to_import(self) -> list[str]:
        """Modules that its reset would import, as far as it is used: told anew whenever it is used for more."""
        await self._uses.more()
        return not_imported_yet(sys.modules)

    async def left(self, account: str, covered: Collection[str]) -> tuple[list[str], list[str]]:
        """What holds something of `account` and is none of the services `covered`; and what nobody can look into."""
        responses = import_module("ministack.core.responses")
        kinds = (responses.AccountScopedDict, responses.AccountRegionScopedDict)
        return services_holding(account, dict(sys.modules), kinds, covered), []

    async def request_as_admin(
        self,
        request: Request,
        service: str,
        scope: Scope,
        hear: Callable[[Any], Awaitable[dict[str, Any]]] | None = None,
        function: str = "",
    ) -> Response:
        """Send `request` signed anew as the administrator of `scope`; `service` is SigV4's signing name. A function
        that it would run is not run: `hear` is called with its event, and returns its answer in its place; `function`
        is that function's ARN, for an engine that does not have it."""
        signed = self._codec.sign_anew(request, service, scope)
        if hear is None:
            return await self.request(signed)
        assert self._app is not None, "start() first"
        return await through(self._app, signed, Heard(hear))

    async def if_allowed(self, request: Request, run: Callable[[], Awaitable[Response]]) -> tuple[Response, bool]:
        """Send a request that ends in a function (an Invoke, a function URL), with `run` in the function's place.

        Returns what `run` answered and True, or the engine's own answer and False when it let the request go no
        further. Raises what `run` raises. `run` is called once, on the event loop.
        """
        assert self._app is not None, "start() first"
        allowed = Allowed(run)
        answer = await through(self._app, request, allowed)
        ran = allowed.result()
        if ran is not None:
            return ran, True
        if answer.status == 202:
            return await run(), True
        return answer, False

    async def version_code(self, scope: Scope, function: str, version: str) -> bytes:
        """The package of one published version: GetFunction hands out the newest only, whatever the qualifier."""
        assert self._app is not None, "start() first"
        params = {"FunctionName": function, "Qualifier": version, "InvocationType": "Event", "Payload": b"{}"}
        taken = CodeOf()
        answer = await through(self._app, self._codec.encode("lambda", "Invoke", params, scope), taken)
        self._codec.decode("lambda", "Invoke", answer)
        return await asyncio.wait_for(taken.code, CODE_DEADLINE_SECONDS)

    async def call(self, service: str, operation: str, params: dict[str, Any] | None = None, *, scope: Scope) -> Any:
        try:
            request = self._codec.encode(service, operation, params or {}, scope)
        except ParamValidationError as error:
            raise AwsError("ValidationException", str(error), 400) from error
        return self._codec.decode(service, operation, await self.request(request))
