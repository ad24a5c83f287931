"""The table of properties that may name a local file or folder, and the form in which each wants its S3 address.

The list is that of `aws cloudformation package`; a type that is missing here keeps its value as it is, and
CloudFormation then says what it thinks of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from groundcloud.deploy.artifacts import template_url

Form = Literal["uri", "url", "S3", "plain"]


@dataclass(frozen=True)
class LocalPath:
    """One such property. `name` is a dotted path below Properties.

    `form` is ``uri`` s3://bucket/key · ``url`` https · ``S3`` {S3Bucket, S3Key} · ``plain`` {Bucket, Key}.
    """

    name: str
    form: Form
    zipped: bool = False
    nested: bool = False
    folder_by_default: bool = False

    @property
    def key(self) -> str:
        return self.name.rpartition(".")[2]

    def holder(self, properties: dict[str, Any]) -> dict[str, Any] | None:
        """The mapping that holds the property, or None where the template has none."""
        node: Any = properties
        for name in self.name.split(".")[:-1]:
            node = node.get(name) if isinstance(node, dict) else None
        return node if isinstance(node, dict) else None

    def address(self, bucket: str, key: str, region: str) -> str | dict[str, str]:
        if self.form == "S3":
            return {"S3Bucket": bucket, "S3Key": key}
        if self.form == "plain":
            return {"Bucket": bucket, "Key": key}
        if self.form == "url":
            return template_url(bucket, key, region)
        return f"s3://{bucket}/{key}"


LAYERS = ("AWS::Serverless::LayerVersion", "AWS::Lambda::LayerVersion")

LOCAL_PATHS: dict[str, tuple[LocalPath, ...]] = {
    "AWS::Serverless::Function": (LocalPath("CodeUri", "uri", zipped=True, folder_by_default=True),),
    "AWS::Lambda::Function": (LocalPath("Code", "S3", zipped=True, folder_by_default=True),),
    "AWS::Serverless::LayerVersion": (LocalPath("ContentUri", "uri", zipped=True),),
    "AWS::Lambda::LayerVersion": (LocalPath("Content", "S3", zipped=True),),
    "AWS::Serverless::Api": (LocalPath("DefinitionUri", "uri"),),
    "AWS::Serverless::HttpApi": (LocalPath("DefinitionUri", "uri"),),
    "AWS::Serverless::GraphQLApi": (LocalPath("SchemaUri", "uri"),),
    "AWS::Serverless::StateMachine": (LocalPath("DefinitionUri", "uri"),),
    "AWS::Serverless::Application": (LocalPath("Location", "url", nested=True),),
    "AWS::CloudFormation::Stack": (LocalPath("TemplateURL", "url", nested=True),),
    "AWS::ApiGateway::RestApi": (LocalPath("BodyS3Location", "plain"),),
    "AWS::ApiGatewayV2::Api": (LocalPath("BodyS3Location", "plain"),),
    "AWS::StepFunctions::StateMachine": (LocalPath("DefinitionS3Location", "plain"),),
    "AWS::AppSync::GraphQLSchema": (LocalPath("DefinitionS3Location", "uri"),),
    "AWS::AppSync::Resolver": (
        LocalPath("RequestMappingTemplateS3Location", "uri"),
        LocalPath("ResponseMappingTemplateS3Location", "uri"),
        LocalPath("CodeS3Location", "uri"),
    ),
    "AWS::AppSync::FunctionConfiguration": (
        LocalPath("RequestMappingTemplateS3Location", "uri"),
        LocalPath("ResponseMappingTemplateS3Location", "uri"),
        LocalPath("CodeS3Location", "uri"),
    ),
    "AWS::ElasticBeanstalk::ApplicationVersion": (LocalPath("SourceBundle", "S3", zipped=True),),
    "AWS::Glue::Job": (LocalPath("Command.ScriptLocation", "uri"),),
}
