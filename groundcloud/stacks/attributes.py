"""Attributes put as what they are made of, for templates of nested stacks.

When a nested stack is updated, the engine forgets the attributes of each of its resources that did not change, and the
next `Fn::GetAtt` fails. What it does keep is the physical id, and from that most attributes follow, by AWS's formats:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html (Return values) and
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
A REST API's root resource does not follow from its id; an API is made to change with its template instead.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from groundcloud.stacks.parse import Template

_ARN = "arn:${AWS::Partition}:"
_HERE = "${AWS::Region}:${AWS::AccountId}:"
_TEXTS: dict[tuple[str, str], str] = {
    ("AWS::Lambda::Function", "Arn"): f"{_ARN}lambda:{_HERE}function:${{Id}}",
    ("AWS::DynamoDB::Table", "Arn"): f"{_ARN}dynamodb:{_HERE}table/${{Id}}",
    ("AWS::S3::Bucket", "Arn"): f"{_ARN}s3:::${{Id}}",
    ("AWS::Logs::LogGroup", "Arn"): f"{_ARN}logs:{_HERE}log-group:${{Id}}:*",
    ("AWS::Cognito::UserPool", "Arn"): f"{_ARN}cognito-idp:{_HERE}userpool/${{Id}}",
    ("AWS::Cognito::UserPool", "ProviderName"): "cognito-idp.${AWS::Region}.amazonaws.com/${Id}",
    ("AWS::Cognito::UserPool", "ProviderURL"): "https://cognito-idp.${AWS::Region}.amazonaws.com/${Id}",
    ("AWS::KMS::Key", "Arn"): f"{_ARN}kms:{_HERE}key/${{Id}}",
    ("AWS::IAM::Role", "Arn"): f"{_ARN}iam::${{AWS::AccountId}}:role/${{Id}}",
    ("AWS::SNS::Topic", "TopicArn"): "${Id}",
    ("AWS::StepFunctions::StateMachine", "Arn"): "${Id}",
    ("AWS::SQS::Queue", "Arn"): f"{_ARN}sqs:{_HERE}${{Name}}",
    ("AWS::SQS::Queue", "QueueName"): "${Name}",
    ("AWS::SNS::Topic", "TopicName"): "${Name}",
}
_IDS: dict[tuple[str, str], str] = {
    ("AWS::ApiGatewayV2::Deployment", "DeploymentId"): "${Id}",
    ("AWS::ApiGatewayV2::RouteResponse", "RouteResponseId"): "${Id}",
}
"""Of the types that the engine does not have: what is made in their place (`httptypes`) has no attributes."""

_NAMES = {"AWS::SQS::Queue": ("/", 4), "AWS::SNS::Topic": (":", 5)}
"""Where the name is within the physical id: ``http://host/account/name``, ``arn:aws:sns:region:account:name``."""
_REVISED = "AWS::ApiGateway::RestApi"
_ATTRIBUTE = re.compile(r"\$\{([A-Za-z0-9]+)\.([A-Za-z0-9.]+)\}")


def without_attributes(template: Template) -> Template:
    """`template` with such attributes computed, in properties and outputs."""
    revised = _computed(template, _TEXTS)
    return {**revised, "Resources": _revised(revised)}


def with_plain_ids(template: Template) -> Template:
    """`template` with the attributes computed that the engine's CloudFormation cannot give at all."""
    kinds = {kind for kind, _ in _IDS}
    has_any = any(isinstance(one, dict) and one.get("Type") in kinds for one in template["Resources"].values())
    return _computed(template, _IDS) if has_any else template


def _computed(template: Template, texts: Mapping[tuple[str, str], str]) -> Template:
    computed = _Computed(template["Resources"], texts)
    changed: Template = {key: computed.rewrite(template[key]) for key in ("Resources", "Outputs") if key in template}
    return {**template, **changed}


class _Computed:
    def __init__(self, resources: dict[str, Any], texts: Mapping[tuple[str, str], str]) -> None:
        self._resources = resources
        self._texts = texts

    def rewrite(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.rewrite(item) for item in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1 and "Fn::GetAtt" in node:
            argument = node["Fn::GetAtt"]
            parts = argument.split(".", 1) if isinstance(argument, str) else argument
            value = self._value(*parts) if len(parts) == 2 and all(isinstance(part, str) for part in parts) else None
            return node if value is None else value
        if len(node) == 1 and "Fn::Sub" in node:
            return self._rewrite_text(node["Fn::Sub"])
        return {key: self.rewrite(value) for key, value in node.items()}

    def _rewrite_text(self, argument: Any) -> Any:
        text, extra = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
        if not isinstance(text, str) or not isinstance(extra, dict):
            return {"Fn::Sub": argument}
        values = {name: self.rewrite(value) for name, value in extra.items()}

        def replace(found: re.Match[str]) -> str:
            value = None if f"{found[1]}.{found[2]}" in extra else self._value(found[1], found[2])
            if value is None:
                return found[0]
            name = f"{found[1]}{found[2]}Groundcloud"
            values[name] = value
            return f"${{{name}}}"

        text = _ATTRIBUTE.sub(replace, text)
        return {"Fn::Sub": [text, values] if values else text}

    def _value(self, logical_id: str, attribute: str) -> Any:
        resource = self._resources.get(logical_id) or {}
        kind = str(resource.get("Type"))
        text = self._texts.get((kind, attribute))
        properties = resource.get("Properties") or {}
        if text is None or (kind == "AWS::IAM::Role" and properties.get("Path", "/") != "/"):
            return None
        separator, place = _NAMES.get(kind, ("", 0))
        name = {"Fn::Select": [place, {"Fn::Split": [separator, {"Ref": logical_id}]}]} if separator else None
        values: dict[str, Any] = {"Id": {"Ref": logical_id}, "Name": name}
        return {"Fn::Sub": [text, {key: value for key, value in values.items() if f"${{{key}}}" in text}]}


def _revised(template: Template) -> dict[str, Any]:
    """The resources, the APIs among them with a property that says which template and parameters they are of."""
    text = json.dumps(template, sort_keys=True, default=str)
    parameters = [
        {"Ref": name}
        for name, spec in (template.get("Parameters") or {}).items()
        if "List" not in str(spec.get("Type"))
    ]
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    revision = {"GroundcloudRevision": {"Fn::Join": ["-", [digest, *parameters]]}}
    return {
        name: {**resource, "Properties": {**(resource.get("Properties") or {}), **revision}}
        if resource.get("Type") == _REVISED
        else resource
        for name, resource in template["Resources"].items()
    }
