"""The engine's services themselves, without what stands before them: for requests that were judged here.

Before a service is asked, the engine looks in each request for what might be another thing (a load balancer's host, a
distribution's, its own pages), and then judges the caller. A request that the edge sends on in an account's
administrator's name was verified and judged already; the engine has one answer about such a caller, which is yes
(`iam_evaluator.enforce`: "Root principal: allow everything"), whatever it is asked for. Where such a request can be
nothing but its service's, only the service is left to be asked: by the engine's own table of them.

What the engine would do beyond is done here as well: whose account and region it is, where the caller is, the
content type of the service's protocol. What it records in CloudTrail it can record only by itself, so nothing is asked
here once that has been loaded.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from groundcloud.engines.embedded.dispatch import TESTED_VERSION
from groundcloud.errors import UserError
from groundcloud.ports import Scope

Headers = dict[str, str]
Answer = tuple[int, Headers, bytes]
Handler = Callable[..., Awaitable[tuple[int, Headers, bytes | str]]]

_ASKED_FOR = {
    "AWSEvents": "events",
    "AWSStepFunctions": "states",
    "AmazonSQS": "sqs",
    "AmazonSSM": "ssm",
    "DynamoDB_20120810": "dynamodb",
    "TrentService": "kms",
    "secretsmanager": "secretsmanager",
}
"""What stands before the operation in ``X-Amz-Target`` → the engine's name of the service. Those whose every operation
is told by that header alone, and whose answers the engine changes in nothing but what is named above. CloudWatch Logs
is not among them: the engine refuses some of its tags before it asks the service."""

_TRAIL = "ministack.services.cloudtrail"
_PARAMETERS = ["method", "path", "headers", "body", "query_params"]


class _Door(NamedTuple):
    """The engine's functions of which use is made."""

    handlers: Mapping[str, Handler]
    set_account: Callable[[str], None]
    set_region: Callable[[str], None]
    set_client: Callable[[str], None]
    set_origin: Callable[[str, bool], None]
    fix_success: Callable[[str, int, Headers], None]
    fix_error: Callable[[str, int, Headers], None]


class EngineServices:
    """`modules` are those that are loaded (`sys.modules`)."""

    def __init__(self, app: Any, responses: Any, evaluator: Any, modules: Mapping[str, Any] = sys.modules) -> None:
        """Of the engine's modules ``app``, ``core.responses`` and ``core.iam_evaluator``. Raises `UserError` if they
        are not what they were."""
        try:
            self._door = _Door(
                app.SERVICE_HANDLERS,
                responses.set_request_account_id,
                responses.set_request_region,
                responses.set_request_client_ip,
                evaluator.pin_request_origin,
                responses.fix_success_content_type,
                responses.fix_error_content_type,
            )
            taken = {
                name: list(inspect.signature(self._door.handlers[name]).parameters) for name in _ASKED_FOR.values()
            }
        except (AttributeError, KeyError) as missing:
            raise _changed() from missing
        if any(parameters != _PARAMETERS for parameters in taken.values()):
            raise _changed()
        self._modules = modules

    def asked_for(self, target: str) -> str:
        """The service that ``X-Amz-Target`` asks for, if it may be asked here; else nothing."""
        return "" if _TRAIL in self._modules else _ASKED_FOR.get(target.rpartition(".")[0], "")

    async def answer(self, service: str, headers: Headers, body: bytes, scope: Scope, client: str) -> Answer:
        """What `service` answers the administrator of `scope`, calling from the address `client`. `headers` have names
        in lower case. Raises whatever the service raises."""
        door = self._door
        door.set_account(scope.account)
        door.set_region(scope.region)
        door.set_client(client)
        door.set_origin(client, False)
        status, answered, content = await door.handlers[service]("POST", "/", headers, body, {})
        fix = door.fix_success if status < 400 else door.fix_error
        fix(service, status, answered)
        return status, answered, content if isinstance(content, bytes) else content.encode()


def _changed() -> UserError:
    return UserError(
        "The embedded engine's table of services has changed",
        f"Install ministack {TESTED_VERSION}, the version this release was tested with",
    )
