"""What a template asks of API Gateway that it would refuse, or that is not supported here: said at the call itself.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ApiGateway.html; the wording for a missing role:
https://github.com/serverless/examples/issues/687.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import TemplateParts
from groundcloud.stacks.errors import resource_failed
from groundcloud.stacks.intrinsics import NO_VALUE, UNKNOWN, Evaluator
from groundcloud.stacks.parse import Template

Refused = Callable[[str, Mapping[str, Any], TemplateParts], str | None]
"""Why a resource of that type with these properties, among these others, is refused or not supported, or None: the
gateway's tables and rules."""

_Made = tuple[str, dict[str, Any]]
_Known = Callable[[Mapping[str, Any]], Mapping[str, Any]]

_LEVELS = ("INFO", "ERROR")
_HINTED = ("Fn::If", "Fn::Sub", "Fn::Join", "Ref", "Fn::GetAtt")


def nothing_refused(_kind: str, _properties: Mapping[str, Any], _parts: TemplateParts) -> str | None:
    return None


class _Parts(TemplateParts):
    """What one resource of a template, with the properties `raw`, stands among."""

    def __init__(self, raw: Mapping[str, Any], made: Mapping[str, _Made], before: list[_Made], known: _Known) -> None:
        self._raw = raw
        self._made = made
        self._before = before
        self._known = known

    def named(self, member: str) -> tuple[str, Mapping[str, Any]] | None:
        value = self._raw.get(member)
        found = self._made.get(str(value["Ref"])) if isinstance(value, dict) and set(value) == {"Ref"} else None
        return (found[0], self._known(found[1])) if found is not None else None

    def earlier(self, member: str) -> list[Mapping[str, Any]]:
        place = self._raw.get(member)
        return [self._known(raw) for _, raw in self._before if place is not None and raw.get(member) == place]


def api_problem(template: Template, evaluator: Evaluator, refused: Refused) -> AwsError | None:
    """The first such thing in an expanded template, or None."""
    types = {name: str(one.get("Type")) for name, one in (template.get("Resources") or {}).items()}
    resources = list(_made(template, evaluator))
    made = {logical_id: (kind, properties) for logical_id, kind, properties in resources}
    before: dict[str, list[_Made]] = {}

    def known(raw: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = _known(raw, evaluator, types)
        return found

    for logical_id, kind, properties in resources:
        parts = _Parts(properties, made, before.setdefault(kind, []), known)
        reason = refused(kind, known(properties), parts) or _reason(kind, properties, evaluator)
        before[kind].append((kind, properties))
        if reason is not None:
            return resource_failed(logical_id, reason)
    return _sibling_problem(template, evaluator)


def _sibling_problem(template: Template, evaluator: Evaluator) -> AwsError | None:
    """Of the variables that may stand in one place of a path there is one only.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html; the words were recorded
    on AWS (https://github.com/localstack/localstack, test_create_proxy_resource_validation).
    """
    variables: dict[str, str] = {}
    for logical_id, kind, properties in _made(template, evaluator):
        part = properties.get("PathPart")
        if kind != "AWS::ApiGateway::Resource" or not isinstance(part, str) or not part.startswith("{"):
            continue
        place = json.dumps([properties.get("RestApiId"), properties.get("ParentId")], sort_keys=True, default=str)
        other = variables.setdefault(place, part)
        if other != part:
            said = f"A sibling ({other}) of this resource already has a variable path part -- only one is allowed"
            return resource_failed(logical_id, said)
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


def _known(node: Any, evaluator: Evaluator, types: Mapping[str, str]) -> Any:
    """`node` with its functions evaluated; where one cannot be, as much as is known of its text: of a resource its
    type, as in ``${AWS::S3::Bucket.Arn}``."""
    value = evaluator.value(node)
    if value is NO_VALUE:
        return None
    if value is not UNKNOWN:
        return value
    if isinstance(node, list):
        return [_known(item, evaluator, types) for item in node]
    if not isinstance(node, dict):
        return None
    function, argument = next(iter(node.items())) if len(node) == 1 else ("", None)
    hint = _hint(str(function), argument, evaluator, types)
    return hint if function in _HINTED else {key: _known(item, evaluator, types) for key, item in node.items()}


def _hint(function: str, argument: Any, evaluator: Evaluator, types: Mapping[str, str]) -> Any:
    """What is known of a function that cannot be evaluated; None when nothing is."""
    if function == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
        holds = evaluator.condition(str(argument[0]))
        return None if holds is None else _known(argument[1 if holds else 2], evaluator, types)
    if function == "Fn::Sub":
        return str(argument[0] if isinstance(argument, list) and argument else argument)
    if function == "Fn::Join" and isinstance(argument, list) and len(argument) == 2:
        parts = _known(argument[1], evaluator, types)
        return str(argument[0]).join(map(str, parts)) if isinstance(parts, list) else None
    if function in ("Ref", "Fn::GetAtt"):
        name, _, attribute = (".".join(map(str, argument)) if isinstance(argument, list) else str(argument)).partition(
            "."
        )
        return f"${{{types.get(name, name)}.{attribute}}}"
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
