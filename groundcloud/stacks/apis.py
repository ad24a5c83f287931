"""What a template asks of API Gateway that it would refuse, or that is not supported here: said at the call itself.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ApiGateway.html; the wording for a missing role:
https://github.com/serverless/examples/issues/687.
"""

from __future__ import annotations

from typing import Any

from groundcloud.errors import AwsError
from groundcloud.stacks.errors import resource_failed
from groundcloud.stacks.intrinsics import Evaluator
from groundcloud.stacks.parse import Template

_UNSUPPORTED_TYPES = {
    "AWS::ApiGateway::VpcLink": "VPC links",
    "AWS::ApiGatewayV2::VpcLink": "VPC links",
}
_CANARIES = {
    "AWS::ApiGateway::Stage": ("CanarySetting",),
    "AWS::ApiGateway::Deployment": ("DeploymentCanarySettings",),
}


def api_problem(template: Template, evaluator: Evaluator) -> AwsError | None:
    """The first such thing in an expanded template, or None."""
    for logical_id, resource in (template.get("Resources") or {}).items():
        properties = resource.get("Properties") or {}
        if evaluator.condition(resource.get("Condition")) is False or not isinstance(properties, dict):
            continue
        reason = _reason(str(resource.get("Type")), properties, evaluator)
        if reason is not None:
            return resource_failed(logical_id, reason)
    return None


def _reason(kind: str, properties: dict[str, Any], evaluator: Evaluator) -> str | None:
    if kind in _UNSUPPORTED_TYPES:
        return f"Groundcloud does not support {_UNSUPPORTED_TYPES[kind]}"
    for name in _CANARIES.get(kind, ()):
        if properties.get(name):
            return f"Groundcloud does not support canary deployments ({name})"
    integration = properties.get("Integration")
    if kind == "AWS::ApiGateway::Method" and isinstance(integration, dict):
        return _integration_reason(integration, evaluator)
    return None


def _integration_reason(integration: dict[str, Any], evaluator: Evaluator) -> str | None:
    if evaluator.text(integration.get("ConnectionType")) == "VPC_LINK":
        return "Groundcloud does not support VPC links"
    uri = evaluator.text(integration.get("Uri"))
    is_service = evaluator.text(integration.get("Type")) == "AWS" and uri is not None and ":lambda:path/" not in uri
    if is_service and uri is not None and uri.startswith("arn:") and not integration.get("Credentials"):
        return "Role ARN must be specified for AWS integrations"
    return None
