"""What AWS refuses of an API's definition when it is made or deployed. Pure; `refusals` has what is not supported here.

Wordings: as clients of AWS report them (https://github.com/hashicorp/terraform-provider-aws/issues/7916,
https://github.com/aws/aws-cdk/issues/1465 and https://repost.aws/knowledge-center/api-gateway-cloudwatch-logs).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.gateway.refusals import unsupported
from groundcloud.gateway.service_uri import service_target

CALLER = "arn:aws:iam::*:user/*"

_LAMBDA_URI = re.compile(r"arn:[a-z-]+:apigateway:[a-z0-9-]+:lambda:path/.+", re.DOTALL)
_ARN = re.compile(r"arn:[a-z-]+:apigateway:[a-z0-9-]+:[^:]+:(?:path|action)/.*", re.DOTALL)
_NO_ARN = "Invalid ARN specified in the request"
_TYPES = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK")


def integration_problem(integration: Mapping[str, Any]) -> AwsError | None:
    """The first thing wrong with an integration, in the shape that PutIntegration has on the wire."""
    kind = str(integration.get("type") or "").upper()
    if kind not in _TYPES:
        return bad(f"Enumeration value for type must be one of {', '.join(_TYPES)}: {kind}")
    timeout = integration.get("timeoutInMillis")
    if timeout is not None and not 50 <= float(timeout) <= 29000:
        return bad("Timeout should be between 50 ms and 29000 ms")
    uri = integration.get("uri")
    if kind != "MOCK" and uri in (None, ""):
        return bad("Invalid HTTP endpoint specified for URI" if kind.startswith("HTTP") else _NO_ARN)
    if kind == "MOCK" or not isinstance(uri, str) or "${stageVariables." in uri:
        return None
    if kind.startswith("HTTP"):
        return None if re.match(r"https?://[^/]", uri) else bad("Invalid HTTP endpoint specified for URI")
    return _aws_problem(kind, uri, integration.get("credentials"))


def _aws_problem(kind: str, uri: str, credentials: Any) -> AwsError | None:
    if not uri.startswith("arn:"):
        return bad(_NO_ARN)
    if not _ARN.fullmatch(uri):
        return bad("AWS ARN for integration must contain path or action")
    if _LAMBDA_URI.fullmatch(uri):
        return None
    if kind == "AWS_PROXY":
        message = "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream"
        return bad(f"{message} invocations.")
    if not credentials:
        return bad("Role ARN must be specified for AWS integrations")
    if credentials == CALLER:
        return unsupported("integrations that pass the caller's credentials on (arn:aws:iam::*:user/*)")
    return None if service_target(uri) is not None else unsupported(f"AWS integrations of {uri.split(':')[4]}")


def deployment_problem(resources: Iterable[Mapping[str, Any]]) -> AwsError | None:
    """Why an API cannot be deployed as it is."""
    methods = [
        (resource, method) for resource in resources for method in (resource.get("resourceMethods") or {}).values()
    ]
    if not methods:
        return bad("The REST API doesn't contain any methods")
    for _, method in methods:
        integration = method.get("methodIntegration")
        if not integration:
            return bad("No integration defined for method")
        if str(integration.get("connectionType") or "").upper() == "VPC_LINK":
            return unsupported("VPC links")
    return None


def stage_problem(patch: Mapping[str, Any]) -> bool:
    """Whether a patch of a stage turns logging on, which needs the account's role."""
    path, value = str(patch.get("path") or ""), str(patch.get("value") or "")
    if patch.get("op") == "remove":
        return False
    return (path.endswith("/logging/loglevel") and value.upper() in ("INFO", "ERROR")) or (
        path == "/accessLogSettings/destinationArn" and bool(value)
    )


def bad(message: str) -> AwsError:
    return AwsError("BadRequestException", message, 400)


def refuse(problem: str | AwsError | None) -> None:
    """Raises it as `AwsError`, unless there is none."""
    if problem is not None:
        raise bad(problem) if isinstance(problem, str) else problem
