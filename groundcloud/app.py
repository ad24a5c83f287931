"""The composition root of the cloud's process: every part is made and plugged together here, and nowhere else."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from groundcloud import garbage
from groundcloud.clock import MovableClock, new_request_id
from groundcloud.edge.apiaccess import ApiAccess
from groundcloud.edge.authorize import Authorize
from groundcloud.edge.chain import Chain, Handler
from groundcloud.edge.control import About, Control, own_routes
from groundcloud.edge.cors import ReadableRefusals
from groundcloud.edge.customdomains import CustomDomains
from groundcloud.edge.dataplanes import DataPlanes, first_of
from groundcloud.edge.deadletters import writable
from groundcloud.edge.deployments import KeepDeployments
from groundcloud.edge.eventrules import EventRules, settled
from groundcloud.edge.functionurls import FunctionUrlHosts
from groundcloud.edge.guard import Guard
from groundcloud.edge.hostedpages import HostedPages
from groundcloud.edge.iampolicies import IamPolicies
from groundcloud.edge.identify import Identify
from groundcloud.edge.issued import Issued
from groundcloud.edge.judged import Judged
from groundcloud.edge.lambdarules import LambdaRules
from groundcloud.edge.lambdarules.look import Look
from groundcloud.edge.localstack import localstack_routes
from groundcloud.edge.notifications import validated
from groundcloud.edge.passthrough import PassThrough
from groundcloud.edge.permit import Permit
from groundcloud.edge.policytemplates import of_resource as policy_of_resource
from groundcloud.edge.publicreads import PublicReads
from groundcloud.edge.record import UPSTREAM_WATCH_SECONDS, Recorder
from groundcloud.edge.requestspans import RequestSpans
from groundcloud.edge.resourcepolicies import CHECKED_SERVICES, ResourcePolicies
from groundcloud.edge.services import (
    OperationHandler,
    Services,
    after_writing,
    checked,
    first_handler,
    invocations,
    open_or_administered,
    open_to_all,
    stacks_for_all,
)
from groundcloud.edge.signers import Signers
from groundcloud.edge.storage import Storage
from groundcloud.edge.storagelimits import supported
from groundcloud.edge.tokenkeys import IssuerKeys
from groundcloud.edge.websockets import WebSockets
from groundcloud.engines.changes import ChangeCounter
from groundcloud.engines.choice import make_engine
from groundcloud.engines.codec import Codec
from groundcloud.engines.embedded.asgi import Receive, Send, fetch
from groundcloud.engines.scopes import ScopeRegistry
from groundcloud.errors import UserError
from groundcloud.gateway import Gateway, method_checks, part_checks, stage_checks
from groundcloud.gateway.control import RestControl
from groundcloud.gateway.definitions import TemplateDefinitions
from groundcloud.gateway.httpapi import checks, template_rules
from groundcloud.gateway.httpapi.issuers import Issuers
from groundcloud.gateway.keys import PoolKeys
from groundcloud.gateway.refusals import Refusals, of_resource
from groundcloud.gateway.v2 import GatewayV2
from groundcloud.http import Request, Response
from groundcloud.iam.decisions import told
from groundcloud.iam.service import Iam
from groundcloud.iam.web_identity import WebIdentities
from groundcloud.metrics import Metrics
from groundcloud.ports import ControlRoute, RequestHandler, Resettable, Scope, TemplateParts
from groundcloud.runtime import Runtime
from groundcloud.runtime.urls import FunctionUrls
from groundcloud.settings import Settings
from groundcloud.signin import unsupported
from groundcloud.signin.directory import Pool
from groundcloud.signin.hosted import HostedSite
from groundcloud.signin.identity.service import IdentityPools
from groundcloud.signin.localstack_mail import LocalStackMail
from groundcloud.signin.mail import SesMail
from groundcloud.signin.mail_routes import MailRoutes
from groundcloud.signin.mailbox import Mailbox
from groundcloud.signin.signin import Places, SignIn
from groundcloud.signin.token_routes import TokenRoutes
from groundcloud.sites.distributions import Distributions
from groundcloud.sites.website import WebsiteHost
from groundcloud.stacks import Stacks
from groundcloud.stacks import unsupported as lacking
from groundcloud.stacks.bucketsettings import put_localstack_settings
from groundcloud.stacks.httpapi import resources_of
from groundcloud.stacks.library import Library
from groundcloud.stacks.restapi import rest_resources_of
from groundcloud.stacks.upstream import UpstreamStacks
from groundcloud.state import ClockRoutes, Reset
from groundcloud.trace import Bounds, Traces, off_routes
from groundcloud.warmup import Warmup

_JUDGES = (
    of_resource,
    unsupported.of_resource,
    lacking.of_resource,
    checks.of_resource,
    method_checks.of_resource,
    part_checks.of_resource,
    stage_checks.of_resource,
    policy_of_resource,
)


def _refused(kind: str, properties: Mapping[str, Any], parts: TemplateParts) -> str | None:
    """Why a resource of a template is refused, by whichever part knows it."""
    alone = next((reason for judge in _JUDGES if (reason := judge(kind, properties)) is not None), None)
    return alone or template_rules.of_resource(kind, properties, parts)


class Cloud:
    """The ASGI application. States: made → lifespan startup → serving → lifespan shutdown."""

    def __init__(self, settings: Settings, began: float) -> None:
        self._settings = settings
        self._began = began
        self._clock = MovableClock()
        default = Scope(settings.account, settings.region)
        self._changes = ChangeCounter()
        # First of all: it may have to empty the state's folder.
        self._engine = make_engine(settings, self._changes.bump)
        self._scopes = ScopeRegistry(default, settings.state_dir / "scopes.json")
        mail_source = SesMail(self._engine) if self._engine.judges else LocalStackMail(self._engine, self._clock)
        self._mailbox = Mailbox(settings.state_dir / "mail.sqlite", self._clock, mail_source)
        self._metrics = Metrics(self._engine, self._changes, self._scopes, self._clock)
        self._iam = Iam(
            self._engine, self._changes, self._scopes, self._clock, default, settings.state_dir, settings.iam
        )
        self._traces = self._make_traces() if settings.traces else None
        self._runtime = self._make_runtime(default)
        self._stacks = self._make_stacks()
        self._signin = self._make_signin()
        self._hosted = HostedSite(
            self._signin, settings.state_dir / "signin.sqlite", self._scopes, self._clock, self._pages_of
        )
        self._identity_pools = self._make_identity_pools()
        self._authorize = Authorize(settings, self._clock, self._iam.keys)
        self._signers = Signers(self._authorize, self._iam.identities, settings.account)
        self._api_access = ApiAccess(self._signers, self._iam.access, self._clock)
        self._gateway = self._make_gateway(default)
        self._identify = Identify(default, self._engine, self._iam.keys.owner_of)
        watch = {} if self._engine.judges else {"interval": UPSTREAM_WATCH_SECONDS}
        self._recorder = Recorder(self._changes, self._scopes, self._engine, **watch)
        self._gateway_v2 = self._make_gateway_v2(default)
        self._guard = Guard(settings, self._gateway_v2.domains.knows)
        self._websockets = WebSockets(
            self._guard,
            self._gateway_v2.domains,
            self._gateway_v2.websockets,
            self._engine.asgi,
            self._request_spans(),
        )
        # Within another engine nobody can withhold anything.
        self._rules = self._iam.rule_targets if self._engine.judges else None
        self._warmup = Warmup(self._engine, default, garbage.settle, self._engine.embedded.to_import)
        self._chain: Chain | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def _make_stacks(self) -> Stacks | UpstreamStacks:
        embedded, changed = self._engine.embedded, self._changes.bump

        def changed_in(scope: Scope) -> None:
            self._changes.bump(account=scope.account)

        roles = self._iam.door(self._engine, "lambda.amazonaws.com")
        own = Stacks(embedded, changed_in, refused=_refused, provider=self._runtime.provisioned, roles=roles)
        return own if self._engine.judges else UpstreamStacks(self._engine, changed, own, _refused, roles)

    def _make_traces(self) -> Traces:
        settings = self._settings
        bounds = Bounds(settings.traces_spans, settings.traces_disk * 1024 * 1024, settings.traces_hours * 3600)
        memory = settings.traces_memory * 1024 * 1024
        file = settings.home / "traces.sqlite"
        return Traces(file, bounds, memory, told, self._clock.machine, settings.otlp_endpoint, keep=settings.persist)

    def _make_runtime(self, default: Scope) -> Runtime:
        return Runtime(
            engine=self._iam.door(self._metrics.engine, "lambda.amazonaws.com"),
            changes=self._changes,
            endpoint_url=self._settings.endpoint,
            work_dir=self._settings.home / "build" / "functions",
            state_dir=self._settings.state_dir,
            app_root=self._settings.app_root,
            clock=self._clock,
            default_scope=default,
            reload=self._settings.reload,
            memory_budget=self._settings.function_memory,
            version_code=self._engine.version_code,
            access=self._iam.function_roles,
            scopes=self._scopes,
            spans=self._traces.sink if self._traces else None,
        )

    def _make_gateway(self, default: Scope) -> Gateway:
        return Gateway(
            self._iam.door(self._metrics.engine, "apigateway.amazonaws.com"),
            self._changes,
            self._scopes,
            self._runtime,
            self._clock,
            default,
            self._settings.state_dir / "deployments.sqlite",
            self._send,
            urlsplit(self._settings.endpoint).netloc,
            self._api_access,
            self._iam.deliveries,
        )

    def _make_gateway_v2(self, default: Scope) -> GatewayV2:
        return GatewayV2(
            self._iam.door(self._metrics.engine, "apigateway.amazonaws.com"),
            self._changes,
            self._scopes,
            self._runtime,
            self._clock,
            default,
            self._api_access,
            resources_of,
            self._settings.state_dir / "http-deployments.sqlite",
            self._send,
            urlsplit(self._settings.endpoint).netloc,
            rest_apart=not self._engine.judges,
            services=self._iam.deliveries,
        )

    def _make_sites(self, apis: RequestHandler) -> tuple[WebsiteHost, Distributions]:
        engine, changes, scopes, clock = self._engine, self._changes, self._scopes, self._clock
        default = Scope(self._settings.account, self._settings.region)
        readable = engine if engine.judges else PublicReads(engine, self._iam.access, default, clock)
        websites = WebsiteHost(readable, changes, scopes)
        return websites, Distributions(readable, changes, scopes, websites.handle, apis, clock)

    def _make_identity_pools(self) -> IdentityPools:
        return IdentityPools(
            self._engine,
            self._scopes,
            IssuerKeys(Issuers(PoolKeys(self._engine, self._changes, self._clock), self._clock)),
            self._iam.web_identities,
            self._settings.state_dir / "identities.sqlite",
            self._clock,
            self._settings.region,
            self._signin.tokens,
        )

    def _make_signin(self) -> SignIn:
        state = self._settings.state_dir
        return SignIn(
            self._engine,
            self._mailbox,
            Places(state / "signin.sqlite", state / "engine", self._pages_of),
            self._clock,
            self._scopes,
            self._changes,
            self._runtime,
            self._iam.deliveries,
        )

    def _pages_of(self, pool: Pool) -> str:
        """Where a browser finds a pool's hosted pages; empty for a pool without a domain."""
        domain = pool.settings.get("Domain")
        port = urlsplit(self._settings.endpoint).port
        return f"http://{domain}.auth.{pool.scope.region}.localhost:{port}" if domain else ""

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._chain is not None:
            await self._chain(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await self._websockets(scope, receive, send)

    async def start(self) -> None:
        """Start every part, the engine first."""
        self._loop = asyncio.get_running_loop()
        if self._traces is not None:
            await self._traces.start()
        await self._engine.start(self._iam.deliveries.guarded(self._runtime.invoke_for_engine))
        await self._runtime.start()
        await self._metrics.start()
        self._chain = self._request_path()
        if self._rules is not None:
            self._rules.start()
        self._warmup.start()

    async def _send(self, request: Request) -> Response:
        """A request that a part makes of the cloud as a client would: through the whole request path."""
        assert self._chain is not None, "start() first"
        return await fetch(self._chain, request)

    def end_streams(self) -> None:
        """Let go of clients who follow something without end. May be called in a signal handler."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._runtime.end_streams)
            if self._traces is not None:
                self._loop.call_soon_threadsafe(self._traces.end_streams)

    async def stop(self) -> None:
        """Stop every part; the engine last, because the runtime still writes its logs into it."""
        self._warmup.stop()
        self._recorder.stop()
        self._iam.rule_targets.stop()
        await self._stacks.close()
        await self._gateway.close()
        await self._gateway_v2.close()
        await self._runtime.stop()
        await self._metrics.stop()
        await self._engine.stop()
        if self._traces is not None:
            await self._traces.stop()
        self._iam.close()
        self._hosted.close()
        self._signin.close()
        self._identity_pools.close()
        self._mailbox.close()

    def _localstack_routes(self) -> list[ControlRoute]:
        engine, may_call = self._engine, self._iam.deliveries.require_for
        put_bucket = partial(put_localstack_settings, engine)
        put_definition = TemplateDefinitions(engine, rest_resources_of).put
        return localstack_routes(self._runtime, may_call, put_bucket, put_definition, is_engine=not engine.judges)

    def _rest_control(self) -> RestControl:
        is_patched = not self._engine.judges
        return RestControl(self._engine, self._gateway, rest_resources_of, patches_media_types=is_patched)

    def _lambda(self) -> OperationHandler:
        parts = (
            checked(self._lambda_rules()),
            invocations(self._runtime, self._engine.if_allowed),
            checked(self._runtime.provisioned),
        )
        return writable(self._iam.function_roles, first_handler(*parts))

    def _request_path(self) -> Chain:
        """The request path, in order."""
        settings, engine, gateway, iam = self._settings, self._engine, self._gateway, self._iam
        about = About(settings, engine.name, engine.version, os.getpid(), time.time(), time.time() - self._began)
        issued = Issued(engine, iam.issuing, iam.identities, self._codec(), self._clock)
        urls = FunctionUrls(
            engine, self._changes, self._scopes, self._runtime.call_url, self._runtime.stream_url, self._clock
        )
        v2 = self._gateway_v2
        apis = first_of(gateway.handle, v2.connections.handle, v2.http.handle)
        websites, distributions = self._make_sites(apis)
        routes = [
            *own_routes(about, engine, self._scopes),
            *self._signin_routes(),
            *self._runtime.routes(),
            *iam.routes(),
            *self._state_routes(distributions),
            *self._localstack_routes(),
            *self._trace_routes(),
        ]
        handlers: list[Handler] = [
            self._guard,
            Control(routes),
            FunctionUrlHosts(urls, self._signers, iam.access, self._clock),
            # Data planes are told by their host, before anything is taken for an AWS API.
            DataPlanes(distributions.handle, websites.handle, apis),
            HostedPages(self._hosted.handle),
            CustomDomains(v2.domains, gateway.handle, v2.connections.handle, v2.http.handle_mapped),
            self._identify,
            self._authorize,
            Permit(iam.access, iam.identities, issued, self._clock, engine_judges=engine.judges),
            # Before any change goes on: what was deployed must go on being served.
            KeepDeployments(gateway, v2, self._stacks),
            Services(
                {
                    "lambda": self._lambda(),
                    "events": checked(EventRules(engine, self._rules)),
                    "iam": checked(IamPolicies(engine)),
                    **{service: checked(ResourcePolicies(service, engine)) for service in CHECKED_SERVICES},
                    "cognito-idp": open_or_administered(self._signin),
                    "cognito-identity": open_or_administered(self._identity_pools),
                    "sts": open_to_all(WebIdentities(iam.web_identities, self._identity_pools.web_tokens)),
                    "apigateway": checked(self._rest_control()),
                    "apigatewayv2": open_to_all(v2.control),
                    "wafv2": checked(Refusals("wafv2")),
                    "cloudformation": stacks_for_all(self._stacks),
                    "cloudwatch": after_writing(open_to_all(self._metrics), *self._metric_flushes()),
                    "s3": supported(engine, validated(iam.deliveries, settled(self._rules, Storage(engine.asgi)))),
                    "logs": after_writing(
                        open_to_all(self._metrics), self._runtime.flush_logs, gateway.flush_logs, v2.flush_logs
                    ),
                }
            ),
            *self._judged(),
            PassThrough(engine.asgi),
        ]
        return Chain(handlers, [self._recorder], ReadableRefusals(engine), self._request_spans())

    def _judged(self) -> list[Handler]:
        """On the embedded engine's own profile: LocalStack has a door of its own."""
        hostname = urlsplit(self._settings.endpoint).hostname or ""
        return [Judged(self._engine.embedded, self._clock, hostname)] if self._engine.judges else []

    def _lambda_rules(self) -> LambdaRules:
        door = self._iam.door(self._engine, "lambda.amazonaws.com")
        library = Library(self._engine, new_request_id)
        return LambdaRules(Look(self._engine, library, self._iam.function_roles, door))

    def _metric_flushes(self) -> list[Callable[[], Awaitable[None]]]:
        """What counts, and after those who count the one who gathers."""
        counting = (self._runtime, self._gateway, self._gateway_v2)
        return [*(each.flush_metrics for each in counting), self._metrics.flush]

    def _codec(self) -> Codec:
        return Codec(self._settings.endpoint, self._settings.secret_access_key)

    def _signin_routes(self) -> list[ControlRoute]:
        tokens = TokenRoutes(self._signin.directory, self._signin.tokens)
        return [*MailRoutes(self._mailbox).routes(), *tokens.routes()]

    def _trace_routes(self) -> list[ControlRoute]:
        return self._traces.routes() if self._traces else off_routes()

    def _request_spans(self) -> RequestSpans | None:
        return RequestSpans(self._traces.sink) if self._traces else None

    def _state_routes(self, distributions: Resettable) -> list[ControlRoute]:
        """Everything that keeps something of what users made, in the order in which it forgets: what calls others
        first."""
        clock = ClockRoutes(self._clock)
        parts: list[Resettable] = [
            self._recorder,
            self._stacks,
            self._runtime,
            self._gateway,
            self._gateway_v2,
            self._signin,
            self._hosted,
            self._identity_pools,
            self._mailbox,
            self._metrics,
            self._iam,
            self._identify,
            distributions,
            self._scopes,
            *([self._traces] if self._traces else []),
            clock,
        ]
        reset = Reset(
            self._engine,
            self._scopes,
            parts,
            [self._runtime, self._metrics, self._iam],
            self._changes.bump,
            self._clock,
            self._settings.region,
        )
        return [*reset.routes(), *clock.routes()]

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            try:
                if message["type"] == "lifespan.startup":
                    await self.start()
                    await send({"type": "lifespan.startup.complete"})
                else:
                    await self.stop()
                    await send({"type": "lifespan.shutdown.complete"})
                    return
            except UserError as error:
                await send({"type": f"{message['type']}.failed", "message": f"{error.message}. {error.hint}"})
                return
