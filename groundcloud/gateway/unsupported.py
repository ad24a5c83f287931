"""What API Gateway has and Groundcloud does not: one table. `refusals` judges by it, `docs/parity.md` lists it, and
every entry of it is tested."""

from __future__ import annotations

from dataclasses import dataclass

_GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_API = "https://docs.aws.amazon.com/apigateway/latest/api/API_"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a feature is asked for: `owner` is an operation (``apigateway:CreateStage``) or a type of CloudFormation.

    `member` is a path into its parameters or properties (``*`` is any key or item), or, with a ``/`` first, of a patch
    operation; without one, the operation or resource itself is the feature. `value` is a pattern for the text that asks
    for the feature; without one, whatever is not empty, zero or false.
    """

    owner: str
    member: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Feature:
    """`name` completes "Groundcloud does not support …"; `page` describes it."""

    name: str
    page: str
    places: tuple[Place, ...]


_V1, _V2 = "apigateway:", "apigatewayv2:"
_STAGE, _DEPLOYMENT, _METHOD = ("AWS::ApiGateway::Stage", "AWS::ApiGateway::Deployment", "AWS::ApiGateway::Method")
_ANYTHING = r"(?s).*"
"""Where zero and false ask for the feature, too: a canary of 0% is one."""
_FIREHOSE = r"arn:.*:firehose:.*|\$\{AWS::KinesisFirehose::.*"


def _integrations(member: str, value: str = "") -> tuple[Place, ...]:
    """A member of REST integrations, wherever they are written."""
    return (
        Place(f"{_V1}PutIntegration", member, value),
        Place(f"{_V1}UpdateIntegration", "/" + member.replace(".", "/"), value),
        Place(_METHOD, f"Integration.{_upper(member)}", value),
    )


def _v2(kind: str, member: str, value: str = "") -> tuple[Place, ...]:
    """A member of what the second version's Create… and Update… take, and templates."""
    of_type = Place(f"AWS::ApiGatewayV2::{kind}", _upper(member), value)
    return (Place(f"{_V2}Create{kind}", member, value), Place(f"{_V2}Update{kind}", member, value), of_type)


def _operations(service: str, *names: str) -> tuple[Place, ...]:
    """Operations that are refused whatever they say."""
    return tuple(Place(service + name) for name in names)


def _upper(member: str) -> str:
    return ".".join(part[:1].upper() + part[1:] for part in member.split("."))


FEATURES = (
    Feature(
        "stage caches",
        f"{_GUIDE}api-gateway-caching.html",
        (
            Place(f"{_V1}CreateStage", "cacheClusterEnabled"),
            Place(f"{_V1}CreateDeployment", "cacheClusterEnabled"),
            Place(f"{_V1}UpdateStage", "/cacheClusterEnabled"),
            Place(f"{_V1}UpdateStage", "*/caching/enabled"),
            Place(_STAGE, "CacheClusterEnabled"),
            Place(_STAGE, "MethodSettings.*.CachingEnabled"),
            Place(f"{_V1}FlushStageCache"),
            Place(_DEPLOYMENT, "StageDescription.CacheClusterEnabled"),
            Place(_DEPLOYMENT, "StageDescription.CachingEnabled"),
        ),
    ),
    Feature(
        "canary deployments",
        f"{_GUIDE}canary-release.html",
        (
            Place(f"{_V1}CreateStage", "canarySettings"),
            Place(f"{_V1}CreateDeployment", "canarySettings"),
            Place(f"{_V1}UpdateStage", "/canarySettings*", _ANYTHING),
            Place(_STAGE, "CanarySetting"),
            Place(_DEPLOYMENT, "DeploymentCanarySettings"),
            Place(_DEPLOYMENT, "StageDescription.CanarySetting"),
        ),
    ),
    Feature(
        "stage settings of a deployment, but of an AWS::ApiGateway::Stage",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-properties-apigateway-deployment-stagedescription.html",
        tuple(
            Place(_DEPLOYMENT, f"StageDescription.{member}")
            for member in (
                *("AccessLogSetting", "DataTraceEnabled", "LoggingLevel", "MethodSettings", "MetricsEnabled"),
                *("ThrottlingBurstLimit", "ThrottlingRateLimit", "TracingEnabled"),
            )
        ),
    ),
    Feature(
        "VPC links",
        f"{_GUIDE}set-up-private-integration.html",
        (
            *_operations(_V1, "CreateVpcLink", "GetVpcLink", "GetVpcLinks", "UpdateVpcLink", "DeleteVpcLink"),
            *_operations(_V2, "CreateVpcLink", "GetVpcLink", "GetVpcLinks", "UpdateVpcLink", "DeleteVpcLink"),
            Place("AWS::ApiGateway::VpcLink"),
            Place("AWS::ApiGatewayV2::VpcLink"),
            *_integrations("connectionType", "(?i)VPC_LINK"),
            *_integrations("integrationTarget"),
            *_v2("Integration", "connectionType", "(?i)VPC_LINK"),
            *_v2("Integration", "tlsConfig.serverNameToVerify"),
        ),
    ),
    Feature(
        "client certificates",
        f"{_GUIDE}getting-started-client-side-ssl-authentication.html",
        (
            *_operations(_V1, "GenerateClientCertificate", "GetClientCertificate", "GetClientCertificates"),
            *_operations(_V1, "UpdateClientCertificate", "DeleteClientCertificate"),
            Place(f"{_V1}UpdateStage", "/clientCertificateId"),
            Place("AWS::ApiGateway::ClientCertificate"),
            Place(_STAGE, "ClientCertificateId"),
            Place(_DEPLOYMENT, "StageDescription.ClientCertificateId"),
            *_v2("Stage", "clientCertificateId"),
        ),
    ),
    Feature(
        "access logs to Firehose",
        f"{_GUIDE}apigateway-logging-to-kinesis.html",
        (
            Place(f"{_V1}UpdateStage", "/accessLogSettings/destinationArn", _FIREHOSE),
            Place(_STAGE, "AccessLogSetting.DestinationArn", _FIREHOSE),
            *_v2("Stage", "accessLogSettings.destinationArn", _FIREHOSE),
        ),
    ),
    Feature(
        "WAF web ACLs of API stages",
        f"{_GUIDE}apigateway-control-access-aws-waf.html",
        (
            Place("wafv2:AssociateWebACL", "ResourceArn", "arn:.*:apigateway:.*"),
            Place("AWS::WAFv2::WebACLAssociation", "ResourceArn", "arn:.*:apigateway:.*"),
        ),
    ),
    Feature(
        "private APIs",
        f"{_GUIDE}apigateway-private-apis.html",
        (
            Place(f"{_V1}CreateRestApi", "endpointConfiguration.types.*", "PRIVATE"),
            Place(f"{_V1}CreateDomainName", "endpointConfiguration.types.*", "PRIVATE"),
            Place(f"{_V1}UpdateRestApi", "/endpointConfiguration/types*", "PRIVATE"),
            *_operations(_V1, "CreateDomainNameAccessAssociation", "DeleteDomainNameAccessAssociation"),
            *_operations(_V1, "GetDomainNameAccessAssociations", "RejectDomainNameAccessAssociation"),
            Place("AWS::ApiGateway::RestApi", "EndpointConfiguration.Types.*", "PRIVATE"),
            Place("AWS::ApiGateway::DomainNameV2"),
            Place("AWS::ApiGateway::DomainNameAccessAssociation"),
        ),
    ),
    Feature(
        "cloning of APIs",
        f"{_API}CreateRestApi.html",
        (Place(f"{_V1}CreateRestApi", "cloneFrom"), Place("AWS::ApiGateway::RestApi", "CloneFrom")),
    ),
    Feature(
        "compression of payloads",
        f"{_GUIDE}api-gateway-gzip-compression-decompression.html",
        (
            Place(f"{_V1}CreateRestApi", "minimumCompressionSize", r"\d+"),
            Place(f"{_V1}UpdateRestApi", "/minimumCompressionSize", r"\d+"),
            Place("AWS::ApiGateway::RestApi", "MinimumCompressionSize", r"\d+"),
        ),
    ),
    Feature(
        "HTTPS endpoints without verification",
        f"{_API}TlsConfig.html",
        _integrations("tlsConfig.insecureSkipVerification"),
    ),
    Feature(
        "response streaming of REST APIs",
        f"{_GUIDE}response-transfer-mode.html",
        _integrations("responseTransferMode", "(?i)STREAM"),
    ),
    Feature(
        "mutual TLS of custom domain names",
        f"{_GUIDE}rest-api-mutual-tls.html",
        (
            Place(f"{_V1}CreateDomainName", "mutualTlsAuthentication.truststoreUri"),
            Place(f"{_V1}UpdateDomainName", "/mutualTlsAuthentication/truststoreUri"),
            Place("AWS::ApiGateway::DomainName", "MutualTlsAuthentication.TruststoreUri"),
            *_v2("DomainName", "mutualTlsAuthentication.truststoreUri"),
        ),
    ),
    Feature(
        "routing rules of custom domain names",
        f"{_GUIDE}rest-api-routing-rules.html",
        (
            Place(f"{_V1}CreateDomainName", "routingMode", "ROUTING_RULE.*"),
            Place(f"{_V1}UpdateDomainName", "/routingMode", "ROUTING_RULE.*"),
            *_operations(_V2, "CreateRoutingRule", "PutRoutingRule", "DeleteRoutingRule"),
            *_operations(_V2, "GetRoutingRule", "ListRoutingRules"),
            Place("AWS::ApiGateway::DomainName", "RoutingMode", "ROUTING_RULE.*"),
            Place("AWS::ApiGatewayV2::RoutingRule"),
            *_v2("DomainName", "routingMode", "ROUTING_RULE.*"),
        ),
    ),
    Feature(
        "offsets of quotas",
        f"{_API}QuotaSettings.html",
        (
            Place(f"{_V1}CreateUsagePlan", "quota.offset"),
            Place(f"{_V1}UpdateUsagePlan", "/quota/offset"),
            Place("AWS::ApiGateway::UsagePlan", "Quota.Offset"),
        ),
    ),
    Feature(
        "API keys of stages instead of usage plans",
        f"{_API}CreateApiKey.html",
        (Place(f"{_V1}CreateApiKey", "stageKeys"), Place("AWS::ApiGateway::ApiKey", "StageKeys")),
    ),
    Feature(
        "TestInvokeAuthorizer", f"{_GUIDE}api-gateway-test-authorizer.html", (Place(f"{_V1}TestInvokeAuthorizer"),)
    ),
    Feature(
        "SDKs of APIs",
        f"{_GUIDE}how-to-generate-sdk.html",
        _operations(_V1, "GetSdk", "GetSdkType", "GetSdkTypes"),
    ),
    Feature(
        "API keys of HTTP and WebSocket APIs",
        f"{_GUIDE}websocket-api-protect.html",
        (*_v2("Route", "apiKeyRequired"),),
    ),
    Feature(
        "models and required parameters of WebSocket APIs",
        f"{_GUIDE}websocket-api-request-validation.html",
        (
            *_operations(_V2, "CreateModel", "GetModel", "GetModels", "GetModelTemplate", "UpdateModel", "DeleteModel"),
            Place("AWS::ApiGatewayV2::Model"),
            *_v2("Route", "requestModels"),
            *_v2("Route", "requestParameters.*.required"),
            *_v2("RouteResponse", "responseModels"),
            *_v2("RouteResponse", "responseParameters.*.required"),
        ),
    ),
    Feature(
        "execution logs of HTTP and WebSocket APIs",
        f"{_GUIDE}websocket-api-logging.html",
        (
            *_v2("Stage", "defaultRouteSettings.loggingLevel", "(?i)(INFO|ERROR)"),
            *_v2("Stage", "defaultRouteSettings.dataTraceEnabled"),
            *_v2("Stage", "routeSettings.*.loggingLevel", "(?i)(INFO|ERROR)"),
            *_v2("Stage", "routeSettings.*.dataTraceEnabled"),
        ),
    ),
    Feature(
        "integrations of WebSocket APIs that are no proxies",
        f"{_GUIDE}apigateway-websocket-api-integrations.html",
        (
            *_v2("Integration", "integrationType", "(?i)(AWS|HTTP)"),
            *_v2("Integration", "contentHandlingStrategy"),
            Place(f"{_V2}CreateIntegrationResponse"),
            Place("AWS::ApiGatewayV2::IntegrationResponse"),
        ),
    ),
    Feature(
        "AppConfig integrations of HTTP APIs",
        f"{_GUIDE}http-api-develop-integrations-aws-services-reference.html",
        _v2("Integration", "integrationSubtype", "AppConfig-.*"),
    ),
    Feature(
        "developer portals",
        f"{_GUIDE}apigateway-portals.html",
        (
            *_operations(_V2, "CreatePortal", "CreatePortalProduct", "CreateProductPage"),
            *_operations(_V2, "CreateProductRestEndpointPage", "ListPortals", "ListPortalProducts"),
        ),
    ),
    Feature(
        "versions and imports of documentation",
        f"{_GUIDE}api-gateway-documenting-api.html",
        (
            *_operations(_V1, "CreateDocumentationVersion", "GetDocumentationVersion", "GetDocumentationVersions"),
            *_operations(_V1, "UpdateDocumentationVersion", "DeleteDocumentationVersion", "ImportDocumentationParts"),
        ),
    ),
    Feature("imports of API keys", f"{_GUIDE}api-key-file-format.html", _operations(_V1, "ImportApiKeys")),
    Feature("extensions of what is used of a plan", f"{_API}UpdateUsage.html", _operations(_V1, "UpdateUsage")),
    Feature(
        "updates of REST APIs' custom domain names",
        f"{_API}UpdateDomainName.html",
        _operations(_V1, "UpdateDomainName"),
    ),
    Feature(
        "new descriptions of deployments",
        "https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-deployments-deploymentid.html",
        _operations(_V2, "UpdateDeployment"),
    ),
)
