"""An engine that knows what it is told, and remembers what it was asked.

engine = FakeEngine()
engine.add_function("hello", {"app.py": "def handler(event, context): return event"})
engine.on("sts", "AssumeRole", lambda params, scope: {...})      # script any operation; raise AwsError to refuse
engine.calls                                                     # [(service, operation, params, scope), …]
engine.changes.bump("lambda")
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import io
import zipfile
from collections.abc import Callable
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Changes, Engine, Scope

SCOPE = Scope("123456789012", "us-east-1")

Answer = Callable[[dict[str, Any], Scope], Any]


class FakeChanges(Changes):
    """Generations that a test moves on."""

    def __init__(self) -> None:
        self._generations: dict[str, int] = {}

    def generation(self, service: str, account: str = "") -> int:
        return self._generations.get(service, 0)

    def bump(self, service: str) -> None:
        self._generations[service] = self.generation(service) + 1


class FakeEngine(Engine):
    """Functions, roles and logs in dictionaries; everything else as scripted by `on`."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, dict[str, Any], Scope]] = []
        self.changes = FakeChanges()
        self.functions: dict[tuple[Scope, str], dict[str, Any]] = {}
        self.versions: dict[tuple[Scope, str, str], dict[str, Any]] = {}
        self.aliases: dict[tuple[Scope, str, str], str] = {}
        self.packages: dict[str, bytes] = {}
        self.log_events: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.missing_roles: set[str] = set()
        self._log_groups: set[str] = set()
        self._answers: dict[tuple[str, str], Answer] = {
            ("lambda", "GetFunction"): self._get_function,
            ("lambda", "GetFunctionEventInvokeConfig"): _no_event_invoke_config,
            ("lambda", "ListFunctions"): self._list_functions,
            ("lambda", "GetAlias"): self._get_alias,
            ("lambda", "GetAccountSettings"): _account_settings,
            ("sts", "AssumeRole"): self._assume_role,
            ("logs", "CreateLogGroup"): self._create_log_group,
            ("logs", "CreateLogStream"): self._create_log_stream,
            ("logs", "PutLogEvents"): self._put_log_events,
            ("cloudwatch", "PutMetricData"): lambda params, scope: {},
        }

    def on(self, service: str, operation: str, answer: Answer) -> None:
        """Answer one operation by a function of its parameters and scope; it may be asynchronous."""
        self._answers[service, operation] = answer

    def asked(self, service: str, operation: str) -> list[dict[str, Any]]:
        """The parameters of every call of one operation so far."""
        return [params for one, two, params, _ in self.calls if (one, two) == (service, operation)]

    # the port

    async def call(self, service: str, operation: str, params: dict[str, Any] | None = None, *, scope: Scope) -> Any:
        self.calls.append((service, operation, params or {}, scope))
        answer = self._answers.get((service, operation))
        if answer is None:
            raise AwsError("NotImplemented", f"the fake engine has no {service} {operation}", 501)
        result = answer(params or {}, scope)
        return await result if inspect.isawaitable(result) else result

    async def request(self, request: Request) -> Response:
        data = self.packages.get(request.raw_path)
        return Response(404) if data is None else Response(200, Headers([("Content-Type", "application/zip")]), data)

    # functions

    def add_function(
        self,
        name: str,
        files: dict[str, str | bytes] | bytes,
        *,
        scope: Scope = SCOPE,
        reserved: int | None = None,
        **config: Any,
    ) -> dict[str, Any]:
        """Create or update a function from its files (or a ready archive); further keywords are configuration."""
        archive = files if isinstance(files, bytes) else zipped(files)
        path = f"/code/{hashlib.sha256(archive).hexdigest()}"
        self.packages[path] = archive
        arn = f"arn:aws:lambda:{scope.region}:{scope.account}:function:{name}"
        full = {
            "FunctionName": name,
            "FunctionArn": arn,
            "Runtime": "python3.11",
            "Handler": "app.handler",
            "Role": f"arn:aws:iam::{scope.account}:role/{name}-role",
            "Timeout": 30,
            "MemorySize": 128,
            "Version": "$LATEST",
            "State": "Active",
            "PackageType": "Zip",
            "CodeSha256": base64.b64encode(hashlib.sha256(archive).digest()).decode(),
            **config,
        }
        answer: dict[str, Any] = {"Configuration": full, "Code": {"Location": f"http://127.0.0.1:4566{path}"}}
        if reserved is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": reserved}
        self.functions[scope, name] = answer
        self.changes.bump("lambda")
        return full

    def remove_function(self, name: str, scope: Scope = SCOPE) -> None:
        del self.functions[scope, name]
        self.changes.bump("lambda")

    def publish(self, name: str, version: str, alias: str = "", scope: Scope = SCOPE) -> None:
        """A version of what the function is now, and an alias that points to it."""
        latest = self.functions[scope, name]
        config = {**latest["Configuration"], "Version": version}
        self.versions[scope, name, version] = {**latest, "Configuration": config}
        if alias:
            self.aliases[scope, name, alias] = version
        self.changes.bump("lambda")

    def messages(self, group: str) -> list[str]:
        """All log messages of a group, stream after stream."""
        return [event["message"] for (name, _), events in self.log_events.items() if name == group for event in events]

    def forget_log_group(self, group: str) -> None:
        """As DeleteLogGroup, with all its streams."""
        self._log_groups.remove(group)
        self.log_events = {key: events for key, events in self.log_events.items() if key[0] != group}

    def _get_function(self, params: dict[str, Any], scope: Scope) -> Any:
        name, qualifier = params["FunctionName"], params.get("Qualifier", "$LATEST")
        version = self.aliases.get((scope, name, qualifier), qualifier)
        latest = self.functions.get((scope, name))
        answer = latest if version == "$LATEST" else self.versions.get((scope, name, version))
        if answer is None or latest is None:
            raise AwsError("ResourceNotFoundException", "Function not found: whatever the engine says", 404)
        return answer

    def _list_functions(self, params: dict[str, Any], scope: Scope) -> Any:
        return {"Functions": [each["Configuration"] for (where, _), each in self.functions.items() if where == scope]}

    def _get_alias(self, params: dict[str, Any], scope: Scope) -> Any:
        return {"FunctionVersion": self.aliases[scope, params["FunctionName"], params["Name"]]}

    def _assume_role(self, params: dict[str, Any], scope: Scope) -> Any:
        if params["RoleArn"] in self.missing_roles:
            raise AwsError("AccessDenied", "User: is not authorized to perform: sts:AssumeRole", 403)
        keys = {"AccessKeyId": "ASIAFAKE", "SecretAccessKey": "secret", "SessionToken": "token"}
        return {"Credentials": keys}

    def _create_log_group(self, params: dict[str, Any], scope: Scope) -> Any:
        if params["logGroupName"] in self._log_groups:
            raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists", 400)
        self._log_groups.add(params["logGroupName"])
        return {}

    def _create_log_stream(self, params: dict[str, Any], scope: Scope) -> Any:
        if params["logGroupName"] not in self._log_groups:
            raise AwsError("ResourceNotFoundException", "The specified log group does not exist.", 400)
        self.log_events.setdefault((params["logGroupName"], params["logStreamName"]), [])
        return {}

    def _put_log_events(self, params: dict[str, Any], scope: Scope) -> Any:
        stream = self.log_events.get((params["logGroupName"], params["logStreamName"]))
        if stream is None:
            raise AwsError("ResourceNotFoundException", "The specified log group does not exist.", 400)
        stream.extend(params["logEvents"])
        return {}


def _no_event_invoke_config(params: dict[str, Any], scope: Scope) -> Any:
    raise AwsError("ResourceNotFoundException", "The function doesn't have an EventInvokeConfig", 404)


def _account_settings(params: dict[str, Any], scope: Scope) -> Any:
    return {"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}}


def zipped(files: dict[str, str | bytes]) -> bytes:
    """A zip archive of `files`: names to contents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
