"""The world around the gateway, scripted: an engine that answers from dicts, functions that answer from a callable."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from groundcloud.errors import AwsError
from groundcloud.gateway import Gateway
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Changes, Engine, FunctionInvoker, Invocation, InvokeResult, Scope, Scopes

HOME = Scope("000000000000", "us-east-1")
POOL = "us-east-1_Fake12345"
POOL_ARN = f"arn:aws:cognito-idp:us-east-1:{HOME.account}:userpool/{POOL}"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"
FUNCTION_ARN = f"arn:aws:lambda:us-east-1:{HOME.account}:function:Echo"
FUNCTION_URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION_ARN}/invocations"
NOW = 1795248000.0
"""2026-11-21 08:00:00 UTC."""


class FakeClock:
    """Time that moves when told to."""

    def __init__(self, now: float = NOW) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


class FakeChanges(Changes):
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def generation(self, service: str, account: str = "") -> int:
        return self.counts[service]

    def bump(self, service: str) -> None:
        self.counts[service] += 1


class FakeScopes(Scopes):
    def __init__(self, *scopes: Scope) -> None:
        self.scopes = list(scopes)

    def known(self) -> list[Scope]:
        return self.scopes


@dataclass
class ScriptedApi:
    """One REST API as the control plane would list it."""

    api_id: str = "abc1234567"
    scope: Scope = HOME
    name: str = "fake"
    binary_media_types: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    authorizers: list[dict[str, Any]] = field(default_factory=list)
    stages: list[dict[str, Any]] = field(default_factory=lambda: [{"stageName": "prod", "deploymentId": "dep1"}])
    gateway_responses: list[dict[str, Any]] = field(default_factory=list)
    models: list[dict[str, Any]] = field(default_factory=list)
    deployments: list[str] = field(default_factory=lambda: ["dep1"])
    validators: list[dict[str, Any]] = field(default_factory=list)

    def deploy(self, deployment: str, stage: str = "prod") -> None:
        """A new deployment, on the stage."""
        self.deployments.append(deployment)
        next(one for one in self.stages if one["stageName"] == stage)["deploymentId"] = deployment

    def method(self, http_method: str, path: str, integration: dict[str, Any], **settings: Any) -> None:
        """Add a method; the resource is made when missing."""
        resource = self.resources.setdefault(
            path, {"id": f"res{len(self.resources)}", "path": path, "resourceMethods": {}}
        )
        resource["resourceMethods"][http_method] = {
            "httpMethod": http_method,
            "authorizationType": "NONE",
            "methodIntegration": integration,
            **settings,
        }

    def proxy(self, http_method: str, path: str, uri: str = FUNCTION_URI, **settings: Any) -> None:
        """Add a method with a Lambda proxy integration."""
        integration = {"type": "AWS_PROXY", "httpMethod": "POST", "uri": uri, "timeoutInMillis": 29000}
        self.method(http_method, path, integration, **settings)

    def validated(self, schema: Any = None, parameters: dict[str, bool] | None = None, **settings: Any) -> None:
        """Add POST /checked with the model ``Task`` and a validator of both body and parameters."""
        self.validators.append({"id": "v1", "validateRequestBody": True, "validateRequestParameters": True})
        if schema is not None:
            self.models.append({"name": "Task", "schema": json.dumps(schema)})
            settings.setdefault("requestModels", {"application/json": "Task"})
        self.proxy("POST", "/checked", requestValidatorId="v1", requestParameters=parameters or {}, **settings)

    def cognito(self, **settings: Any) -> None:
        """Add the authorizer ``auth1`` on the fake pool."""
        self.authorizers.append(
            {
                "id": "auth1",
                "type": "COGNITO_USER_POOLS",
                "identitySource": "method.request.header.Authorization",
                "providerARNs": [POOL_ARN],
                **settings,
            }
        )


class FakeEngine(Engine):
    """Answers what the gateway asks a control plane; `calls` counts operations. Unknown things are 404s."""

    def __init__(self) -> None:
        self.apis: list[ScriptedApi] = []
        self.http_apis: set[str] = set()
        self.policies: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
        self.jwks: dict[str, list[dict[str, Any]]] = {}
        self.calls: Counter[str] = Counter()
        self.metrics: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self.roles = {
            "Allowed": "apigateway.amazonaws.com",
            "Weak": "apigateway.amazonaws.com",
            "Other": "ec2.amazonaws.com",
        }
        self.broken: str | None = None
        self.page_size = 500
        self.keys: list[dict[str, Any]] = []
        self.plans: list[dict[str, Any]] = []
        self.plan_keys: dict[str, list[str]] = {}
        self.gate: asyncio.Event | None = None

    async def call(self, service: str, operation: str, params: dict[str, Any] | None = None, *, scope: Scope) -> Any:
        self.calls[operation] += 1
        if self.gate is not None:
            await self.gate.wait()
        if operation == self.broken:
            raise AwsError("InternalFailure", "scripted", 500)
        answer: Callable[[dict[str, Any], Scope], Any] = getattr(self, f"_{operation}")
        return answer(params or {}, scope)

    async def request(self, request: Request) -> Response:
        if request.headers.get("x-amz-invocation-type") == "DryRun":
            allowed = "ASIAALLOWED/" in (request.headers.get("authorization") or "")
            return Response(204 if allowed else 403)
        self.calls["jwks"] += 1
        pool = request.raw_path.split("/")[1]
        if pool not in self.jwks:
            return Response(404, Headers(), b"{}")
        return Response(200, Headers(), json.dumps({"keys": self.jwks[pool]}).encode())

    def _api(self, params: dict[str, Any], scope: Scope) -> ScriptedApi:
        for api in self.apis:
            if api.api_id == params["restApiId"] and api.scope == scope:
                return api
        raise AwsError("NotFoundException", "Invalid API identifier specified", 404)

    def _page(self, items: list[Any], params: dict[str, Any]) -> dict[str, Any]:
        start = int(params.get("position", 0))
        end = start + self.page_size
        return {"items": items[start:end], **({"position": str(end)} if end < len(items) else {})}

    def _GetRestApi(self, params: dict[str, Any], scope: Scope) -> Any:
        api = self._api(params, scope)
        return {"id": api.api_id, "name": api.name, "binaryMediaTypes": api.binary_media_types, **api.settings}

    def _GetResources(self, params: dict[str, Any], scope: Scope) -> Any:
        assert params["embed"] == ["methods"]
        return self._page(list(self._api(params, scope).resources.values()), params)

    def _GetAuthorizers(self, params: dict[str, Any], scope: Scope) -> Any:
        return self._page(self._api(params, scope).authorizers, params)

    def _GetStages(self, params: dict[str, Any], scope: Scope) -> Any:
        return {"item": self._api(params, scope).stages}

    def _GetGatewayResponses(self, params: dict[str, Any], scope: Scope) -> Any:
        return self._page(self._api(params, scope).gateway_responses, params)

    def _GetRestApis(self, params: dict[str, Any], scope: Scope) -> Any:
        return self._page([{"id": api.api_id} for api in self.apis if api.scope == scope], params)

    def _GetDeployments(self, params: dict[str, Any], scope: Scope) -> Any:
        return self._page([{"id": one} for one in self._api(params, scope).deployments], params)

    def _GetApiKeys(self, params: dict[str, Any], scope: Scope) -> Any:
        assert params["includeValues"] is True
        return self._page(self.keys if scope == HOME else [], params)

    def _GetUsagePlans(self, params: dict[str, Any], scope: Scope) -> Any:
        return self._page(self.plans, params)

    def _GetUsagePlanKeys(self, params: dict[str, Any], scope: Scope) -> Any:
        return self._page([{"id": one} for one in self.plan_keys.get(params["usagePlanId"], [])], params)

    def _GetModels(self, params: dict[str, Any], scope: Scope) -> Any:
        return self._page(self._api(params, scope).models, params)

    def _GetRequestValidators(self, params: dict[str, Any], scope: Scope) -> Any:
        return self._page(self._api(params, scope).validators, params)

    def _GetApi(self, params: dict[str, Any], scope: Scope) -> Any:
        if params["ApiId"] in self.http_apis:
            return {"ApiId": params["ApiId"]}
        raise AwsError("NotFoundException", "Invalid API identifier specified", 404)

    def _GetPolicy(self, params: dict[str, Any], scope: Scope) -> Any:
        statements = self.policies.get((params["FunctionName"], params.get("Qualifier")))
        if statements is None:
            raise AwsError("ResourceNotFoundException", "No policy is associated with the given resource.", 404)
        return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": statements})}

    def _GetRole(self, params: dict[str, Any], scope: Scope) -> Any:
        service = self.roles.get(params["RoleName"])
        if service is None:
            raise AwsError("NoSuchEntity", "no such role", 404)
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        return {"Role": {"AssumeRolePolicyDocument": {"Statement": [statement]}}}

    def _AssumeRole(self, params: dict[str, Any], scope: Scope) -> Any:
        name = params["RoleArn"].rpartition("/")[2]
        keys = {"AccessKeyId": f"ASIA{name.upper()}", "SecretAccessKey": "secret", "SessionToken": "token"}
        return {"Credentials": keys}

    def _Invoke(self, params: dict[str, Any], scope: Scope) -> Any:
        self.sent.append(params)
        return {}

    def _PutMetricData(self, params: dict[str, Any], scope: Scope) -> Any:
        self.metrics += params["MetricData"]
        return {}


class FakeFunctions(FunctionInvoker):
    """Answers with what `reply` makes of the event, and keeps the invocations."""

    def __init__(self) -> None:
        self.invocations: list[Invocation] = []
        self.reply: Callable[[Any], Any] = lambda event: {"statusCode": 200, "body": "hello"}
        self.before: Callable[[], Awaitable[None]] | None = None
        self.result: InvokeResult | None = None
        self.error: AwsError | None = None
        self.routes: dict[str, Callable[[Any], InvokeResult]] = {}

    def route(self, function: str, answer: Callable[[Any], InvokeResult]) -> None:
        """Let `answer` stand in for one function."""
        self.routes[function] = answer

    def invocations_of(self, function: str) -> list[Invocation]:
        return [one for one in self.invocations if one.function == function]

    @property
    def event(self) -> Any:
        """The last event."""
        return json.loads(self.invocations[-1].payload)

    async def invoke(self, invocation: Invocation) -> InvokeResult:
        self.invocations.append(invocation)
        if self.before is not None:
            await self.before()
        if self.error is not None:
            raise self.error
        if invocation.function in self.routes:
            return self.routes[invocation.function](json.loads(invocation.payload))
        if self.result is not None:
            return self.result
        reply = self.reply(json.loads(invocation.payload))
        return InvokeResult(json.dumps(reply).encode(), "00000000-0000-0000-0000-000000000001")


class SigningPool:
    """A user pool that signs: its key pair, and tokens as Cognito makes them."""

    def __init__(self, pool: str = POOL, kid: str = "key-1") -> None:
        self.pool = pool
        self.kid = kid
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def jwk(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        return {**public, "kid": self.kid, "use": "sig", "alg": "RS256"}

    @property
    def issuer(self) -> str:
        return f"https://cognito-idp.us-east-1.amazonaws.com/{self.pool}"

    def claims(self, **changes: Any) -> dict[str, Any]:
        """An id token's claims; a change to None takes one away."""
        claims = {
            "sub": "11111111-2222-3333-4444-555555555555",
            "aud": "client1",
            "iss": self.issuer,
            "token_use": "id",
            "email": "ann@example.com",
            "email_verified": True,
            "auth_time": int(NOW),
            "iat": int(NOW),
            "exp": int(NOW) + 3600,
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def sign(self, claims: dict[str, Any], *, key: Any = None, alg: str = "RS256", kid: str | None = None) -> str:
        return jwt.encode(claims, key or self.private, algorithm=alg, headers={"kid": kid or self.kid})

    def id_token(self, **changes: Any) -> str:
        return self.sign(self.claims(**changes))

    def access_token(self, scope: str = "aws.cognito.signin.user.admin", **changes: Any) -> str:
        access = {"token_use": "access", "client_id": "client1", "scope": scope, "aud": None, "email": None}
        return self.sign(self.claims(**{**access, **changes}))


class GatewayWorld:
    """A gateway and everything around it."""

    def __init__(self, deployments_file: Path | None = None) -> None:
        self.engine = FakeEngine()
        self.changes = FakeChanges()
        self.scopes = FakeScopes(HOME)
        self.functions = FakeFunctions()
        self.clock = FakeClock()
        self.api = ScriptedApi()
        self.engine.apis.append(self.api)
        self.allow(FUNCTION_ARN)
        self.gateway = self.new_gateway(deployments_file)

    def new_gateway(self, deployments_file: Path | None = None) -> Gateway:
        """Another gateway in the same world, as after a restart."""
        return Gateway(
            self.engine, self.changes, self.scopes, self.functions, self.clock, HOME, deployments_file=deployments_file
        )

    def changing(self, api: str | None = None) -> None:
        """A change is about to be made, as the edge tells the gateway, and then is noticed."""
        asyncio.run(self.gateway.freeze(HOME, api))
        self.changes.bump("apigateway")

    def allow(self, function: str, qualifier: str | None = None, **condition: Any) -> None:
        """Let API Gateway invoke `function`."""
        self.engine.policies[function, qualifier] = [
            {
                "Effect": "Allow",
                "Principal": {"Service": "apigateway.amazonaws.com"},
                "Action": "lambda:InvokeFunction",
                "Resource": function,
                **({"Condition": condition} if condition else {}),
            }
        ]

    def pool(self) -> SigningPool:
        """A signing pool whose keys the engine publishes."""
        pool = SigningPool()
        self.engine.jwks[pool.pool] = [pool.jwk]
        return pool

    def request(
        self, method: str, path: str, *, query: str = "", headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Request:
        """A request to the scripted API's stage ``prod``."""
        items = [("Host", f"{self.api.api_id}.execute-api.localhost:4566"), *(headers or {}).items()]
        return Request(method, f"/prod{path}", query, Headers(items), body)

    def ask(self, method: str, path: str, **parts: Any) -> Response:
        """`send` from a test that is not a coroutine."""
        return asyncio.run(self.send(method, path, **parts))

    async def send(self, method: str, path: str, **parts: Any) -> Response:
        """Send such a request; it must be the gateway's to answer."""
        response = await self.gateway.handle(self.request(method, path, **parts))
        assert response is not None
        return response
