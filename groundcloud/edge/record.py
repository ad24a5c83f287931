"""After the answer: which account and region was used, and which control plane may have changed by it."""

from __future__ import annotations

import asyncio
import logging
import re

from groundcloud.edge.exchange import Exchange
from groundcloud.engines.changes import ChangeCounter
from groundcloud.engines.scopes import ScopeRegistry
from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope

log = logging.getLogger(__name__)

_READS = re.compile(
    r"(Get|List|Describe|Head|BatchGet|Batch|Query|Scan|Lookup|Search|Test|Validate|Simulate|Invoke|Select|Estimate|"
    r"Detect|Preview|Export|InitiateAuth|RespondTo|AdminInitiate|AdminRespondTo|AdminGet|AdminList)"
)
_OBJECT_OPERATIONS = re.compile(
    r"(Put|Delete|Copy|Restore|Rename)Objects?\w*|\w*Multipart\w*|UploadPart\w*|WriteGetObjectResponse|CreateSession"
)
_CONTROL_PLANES = frozenset(
    {
        *("acm", "apigateway", "apigatewayv2", "cloudcontrol", "cloudformation", "cloudfront", "cloudwatch"),
        *("cognito-idp", "elbv2", "iam", "lambda", "logs", "route53", "s3"),
    }
)
"""Services whose resources a part of ours compiles or caches."""

_DATA_OPERATIONS = frozenset({"CreateLogStream", "PutLogEvents", "PutMetricData", "StartQuery", "StopQuery"})
"""Writes of `logs` and `cloudwatch` that change no resource a part of ours keeps."""

_POLICIES_AND_NAMES = {
    "dynamodb": frozenset({"CreateTable", "DeleteTable", "DeleteResourcePolicy", "PutResourcePolicy"}),
    "events": frozenset({"DeleteRule", "PutRule", "PutTargets", "RemoveTargets"}),
    "kms": frozenset({"CreateAlias", "CreateKey", "DeleteAlias", "PutKeyPolicy", "UpdateAlias"}),
    "secretsmanager": frozenset({"CreateSecret", "DeleteResourcePolicy", "DeleteSecret", "PutResourcePolicy"}),
    "sns": frozenset({"AddPermission", "CreateTopic", "DeleteTopic", "RemovePermission", "SetTopicAttributes"}),
    "sqs": frozenset({"AddPermission", "CreateQueue", "DeleteQueue", "RemovePermission", "SetQueueAttributes"}),
}
"""Of further services only what IAM decides by is kept: resources' policies, and which resource a name means."""

_USERS = re.compile(
    r"SignUp|Resend\w+|Confirm\w+|Forg[eo]t\w+|ChangePassword|\w*UserAttributes?\w*|DeleteUser|GlobalSignOut|RevokeToken|"
    r"\w*SoftwareToken|\w*UserMFAPreference|Admin\w+"
)
"""Operations of `cognito-idp` on users, which no part of ours keeps: pools and clients stay as they were."""

_EVERYTHING = frozenset({"cloudformation", "cloudcontrol"})
_WATCH_INTERVAL_SECONDS = 0.05
UPSTREAM_WATCH_SECONDS = 0.5
"""For an engine in another process, which the question keeps from its work."""

_WATCH_DEADLINE_SECONDS = 3600


def may_change(service: str, operation: str) -> bool:
    """Whether `operation` may change what `service`'s control plane answers."""
    if service in _POLICIES_AND_NAMES:
        return operation in _POLICIES_AND_NAMES[service]
    if service not in _CONTROL_PLANES or operation in _DATA_OPERATIONS or _READS.match(operation):
        return False
    of_data = {"s3": _OBJECT_OPERATIONS, "cognito-idp": _USERS}.get(service)
    return not (of_data and of_data.fullmatch(operation))


class Recorder:
    """Notes scopes and counts changes; a stack at work is watched until it rests."""

    def __init__(
        self,
        changes: ChangeCounter,
        scopes: ScopeRegistry,
        aws: AwsCaller,
        interval: float = _WATCH_INTERVAL_SECONDS,
    ) -> None:
        """`interval`: seconds between two looks at a stack at work."""
        self._interval = interval
        self._changes = changes
        self._scopes = scopes
        self._aws = aws
        self._watched: dict[Scope, asyncio.Task[None]] = {}

    def __call__(self, exchange: Exchange) -> None:
        identity = exchange.identity
        if identity is None:
            return
        if identity.access_key and exchange.status < 400:
            self._scopes.note(identity.scope)
        if not may_change(identity.service, identity.operation):
            return
        if identity.service in _EVERYTHING:
            self._changes.bump(account=identity.scope.account)
            self._watch(identity.scope)
        else:
            self._changes.bump(identity.service, identity.scope.account)

    async def reset(self) -> None:
        """Watch no stack, and have everything that was compiled looked up anew."""
        self.stop()
        self._watched.clear()
        self._changes.bump()

    def stop(self) -> None:
        """Stop watching."""
        for task in self._watched.values():
            task.cancel()

    def _watch(self, scope: Scope) -> None:
        running = self._watched.get(scope)
        if running is None or running.done():
            self._watched[scope] = asyncio.get_running_loop().create_task(self._watch_stacks(scope))

    async def _watch_stacks(self, scope: Scope) -> None:
        """Count a change again and again while any stack of `scope` is being worked on, and once after it rests."""
        deadline = asyncio.get_running_loop().time() + _WATCH_DEADLINE_SECONDS
        quiet = 0
        while quiet < 3 and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(self._interval)
            try:
                stacks = (await self._aws.call("cloudformation", "DescribeStacks", {}, scope=scope)).get("Stacks", [])
            except AwsError as error:
                log.warning("Watching the stacks of %s failed: %s", scope, error)
                stacks = []
            busy = any(
                stack["StackStatus"].endswith("_IN_PROGRESS") and stack["StackStatus"] != "REVIEW_IN_PROGRESS"
                for stack in stacks
            )
            quiet = 0 if busy else quiet + 1
            self._changes.bump(account=scope.account)
