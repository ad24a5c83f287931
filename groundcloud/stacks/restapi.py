"""A REST API's definition as resources of `AWS::ApiGateway`.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-restapi.html
"""

from __future__ import annotations

from typing import Any

from groundcloud.stacks.definition import Definition
from groundcloud.stacks.intrinsics import Evaluator
from groundcloud.stacks.methods import method_properties
from groundcloud.stacks.models import Models
from groundcloud.stacks.naming import expanded_id
from groundcloud.stacks.security import Security
from groundcloud.stacks.structure import Structure

Resources = dict[str, dict[str, Any]]

_INHERITED = ("Condition", "DeletionPolicy", "UpdateReplacePolicy")
_IMPORT_ONLY = ("Body", "BodyS3Location", "Parameters", "Mode", "FailOnWarnings")
_ANSWER_FIELDS = (("ResponseParameters", "responseParameters"), ("ResponseTemplates", "responseTemplates"))
_EXTENSIONS = (
    ("BinaryMediaTypes", "binary-media-types"),
    ("Policy", "policy"),
    ("ApiKeySourceType", "api-key-source"),
    ("MinimumCompressionSize", "minimum-compression-size"),
)


def rest_resources_of(document: dict[str, Any]) -> Resources:
    """A whole definition, without functions in it, as the resources of one API called ``Api``."""
    structure = Structure(Evaluator({}, {}, {}), "The definition")
    resource = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": document}}
    return RestApiParts("Api", resource, Definition(document, structure)).resources()


class RestApiParts:
    """One REST API being expanded."""

    def __init__(self, api: str, resource: dict[str, Any], definition: Definition) -> None:
        self._api = api
        self._resource = resource
        self._definition = definition
        self._inherited = {key: resource[key] for key in _INHERITED if key in resource}
        self._security = Security(api, definition)
        self._models = Models(api, definition)
        self._validators = self._make_validators()
        self._methods = self._make_methods()

    def resources(self) -> Resources:
        """The API itself first, then its parts."""
        parts: Resources = {
            **self._paths(),
            **self._security.authorizers,
            **self._models.resources,
            **dict(self._validators.values()),
            **self._gateway_responses(),
            **self._methods,
        }
        return {
            self._api: {**self._resource, "Properties": self._api_properties()},
            **{logical_id: {**part, **self._inherited} for logical_id, part in parts.items()},
        }

    def before_deployment(self) -> list[str]:
        return [*self._gateway_responses(), *self._methods]

    def _api_properties(self) -> dict[str, Any]:
        given = self._resource.get("Properties") or {}
        properties = {key: value for key, value in given.items() if key not in _IMPORT_ONLY}
        information = self._definition.structure.unwrap(self._definition.body.get("info")) or {}
        for key, source in (("Name", "title"), ("Description", "description")):
            if key not in properties and source in information:
                properties[key] = information[source]
        for key, name in _EXTENSIONS:
            value = self._definition.extension(name)
            if key not in properties and value is not None:
                properties[key] = value
        endpoint = self._definition.structure.unwrap(self._definition.extension("endpoint-configuration")) or {}
        if "disableExecuteApiEndpoint" in endpoint:
            properties.setdefault("DisableExecuteApiEndpoint", endpoint["disableExecuteApiEndpoint"])
        return properties

    def _paths(self) -> Resources:
        """One `Resource` for each step of each path."""
        made: Resources = {}
        for path in self._definition.paths():
            parent = ""
            for part in path.strip("/").split("/") if path.strip("/") else []:
                here = f"{parent}/{part}"
                made.setdefault(
                    expanded_id(self._api, "Path", here),
                    {
                        "Type": "AWS::ApiGateway::Resource",
                        "Properties": {
                            "RestApiId": {"Ref": self._api},
                            "ParentId": self._resource_id(parent),
                            "PathPart": part,
                        },
                    },
                )
                parent = here
        return made

    def _resource_id(self, path: str) -> dict[str, Any]:
        path = path.rstrip("/")
        if not path:
            return {"Fn::GetAtt": [self._api, "RootResourceId"]}
        return {"Ref": expanded_id(self._api, "Path", path)}

    def _make_validators(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """By name, the logical id and the resource of every request validator."""
        declared = self._definition.structure.mapping(self._definition.extension("request-validators"))
        return {
            name: (
                expanded_id(self._api, "Validator", name),
                {
                    "Type": "AWS::ApiGateway::RequestValidator",
                    "Properties": {
                        "RestApiId": {"Ref": self._api},
                        "Name": name,
                        "ValidateRequestBody": flags.get("validateRequestBody", False),
                        "ValidateRequestParameters": flags.get("validateRequestParameters", False),
                    },
                },
            )
            for name, flags in declared.items()
        }

    def _make_methods(self) -> Resources:
        made: Resources = {}
        structure = self._definition.structure
        default_validator = self._definition.extension("request-validator")
        for operation in self._definition.operations():
            properties = {
                "RestApiId": {"Ref": self._api},
                "ResourceId": self._resource_id(operation.path),
                **self._security.properties(operation),
                **method_properties(operation, self._definition, self._models),
            }
            named = operation.content.get("x-amazon-apigateway-request-validator", default_validator)
            validator = structure.unwrap(named)
            if validator in self._validators:
                properties["RequestValidatorId"] = {"Ref": self._validators[validator][0]}
            logical_id = expanded_id(self._api, "Method", operation.method, operation.path)
            made[logical_id] = {"Type": "AWS::ApiGateway::Method", "Properties": properties}
        return made

    def _gateway_responses(self) -> Resources:
        made: Resources = {}
        declared = self._definition.structure.mapping(self._definition.extension("gateway-responses"))
        for kind, response in declared.items():
            properties: dict[str, Any] = {"RestApiId": {"Ref": self._api}, "ResponseType": kind}
            if response.get("statusCode") is not None:
                status = response["statusCode"]
                properties["StatusCode"] = status if isinstance(status, dict) else str(status)
            for key, source in (
                ("ResponseParameters", "responseParameters"),
                ("ResponseTemplates", "responseTemplates"),
            ):
                if response.get(source):
                    properties[key] = response[source]
            made[expanded_id(self._api, "Answer", kind)] = {
                "Type": "AWS::ApiGateway::GatewayResponse",
                "Properties": properties,
            }
        return made
