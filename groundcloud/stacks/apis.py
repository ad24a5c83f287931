"""What a template asks of API Gateway that it would refuse, or that is not supported here: said at the call itself.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ApiGateway.html; the wording for a missing role:
https://github.com/serverless/examples/issues/687.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.stacks.errors import resource_failed
from groundcloud.stacks.intrinsics import UNKNOWN, Evaluator
from groundcloud.stacks.parse import Template

Refused = Callable[[str, Mapping[str, Any]], str | None]
"""Why a resource of that type with these properties is not supported, or None: the gateway's table."""

_LEVELS = ("INFO", "ERROR")


def nothing_refused(_kind: str, _properties: Mapping[str, Any]) -> str | None:
    return None


def api_problem(template: Template, evaluator: Evaluator, refused: Refused) -> AwsError | None:
    """The first such thing in an expanded template, or None."""
    for logical_id, kind, properties in _made(template, evaluator):
        reason = refused(kind, _known(properties, evaluator)) or _reason(kind, properties, evaluator)
        if reason is not None:
            return resource_failed(logical_id, reason)
    return None


def logging_stages(template: Template, evaluator: Evaluator) -> list[str]:
    """The logical ids of the stages of REST APIs that are to log, which needs the account's role."""
    return [
        logical_id
        for logical_id, kind, properties in _made(template, evaluator)
        if kind == "AWS::ApiGateway::Stage" and _logs(properties, evaluator)
    ]


def sets_logging_role(template: Template, evaluator: Evaluator) -> bool:
    """Whether the template itself gives the account a role for logging."""
    return any(
        kind == "AWS::ApiGateway::Account" and properties.get("CloudWatchRoleArn")
        for _, kind, properties in _made(template, evaluator)
    )


def _made(template: Template, evaluator: Evaluator) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Logical id, type and properties of what no condition rules out."""
    for logical_id, resource in (template.get("Resources") or {}).items():
        properties = resource.get("Properties") or {}
        if evaluator.condition(resource.get("Condition")) is not False and isinstance(properties, dict):
            yield logical_id, str(resource.get("Type")), properties


def _known(node: Any, evaluator: Evaluator) -> Any:
    """`node` with its functions evaluated, and nothing where one cannot be."""
    value = evaluator.value(node)
    if value is not UNKNOWN:
        return value
    if isinstance(node, list):
        return [_known(item, evaluator) for item in node]
    if isinstance(node, dict):
        return {key: _known(item, evaluator) for key, item in node.items()}
    return None


def _logs(stage: dict[str, Any], evaluator: Evaluator) -> bool:
    settings = stage.get("MethodSettings")
    methods = [one for one in settings if isinstance(one, dict)] if isinstance(settings, list) else []
    levels = [evaluator.text(one.get("LoggingLevel")) for one in methods]
    access = stage.get("AccessLogSetting")
    return any(level in _LEVELS for level in levels) or (
        isinstance(access, dict) and bool(access.get("DestinationArn"))
    )


def _reason(kind: str, properties: dict[str, Any], evaluator: Evaluator) -> str | None:
    integration = properties.get("Integration")
    if kind != "AWS::ApiGateway::Method" or not isinstance(integration, dict):
        return None
    uri = evaluator.text(integration.get("Uri"))
    is_service = evaluator.text(integration.get("Type")) == "AWS" and uri is not None and ":lambda:path/" not in uri
    if is_service and uri is not None and uri.startswith("arn:") and not integration.get("Credentials"):
        return "Role ARN must be specified for AWS integrations"
    return None
