"""Resources of the services whose parameters do not say them by the reference's own names.

Each rule takes the call, its parameters and where it is, and returns what is to be decided. Sources: the services'
pages of docs.aws.amazon.com/service-authorization/latest/reference/.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from groundcloud.iam.checks import Check, Place, account_of_arn, dicts, strings, text
from groundcloud.iam.operations import action_of
from groundcloud.iam.params import Call

Rule = Callable[[Call, dict[str, Any], Place], list[Check]]

_ACCOUNT = re.compile(r"\d{12}")


def _one(call: Call, resource: str, **keys: str) -> list[Check]:
    context = {name: (value,) for name, value in keys.items() if value}
    return [Check(action_of(call.service, call.operation, call.method), resource, context)]


def lambda_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    """The function's ARN, with the qualifier where one is named; sources are ARNs by their UUID; layers by name."""
    name, qualifier = text(params, "FunctionName", "Resource"), text(params, "Qualifier")
    mapping = "EventSourceMapping" in call.operation
    function = function_arn(name, qualifier, place) if name else ""
    if mapping:
        uuid = text(params, "UUID")
        resource = place.arn("lambda", f"event-source-mapping:{uuid}") if uuid else "*"
        keys = {"lambda:FunctionArn": (function,)} if function else {}
        return [Check(action_of("lambda", call.operation), resource, keys)]
    if layer := text(params, "LayerName"):
        version = text(params, "VersionNumber")
        arn = layer if layer.startswith("arn:") else place.arn("lambda", f"layer:{layer}")
        return _one(call, f"{arn}:{version}" if version else arn)
    if not function:
        return _one(call, text(params, "Resource", "Arn") or "*")
    return [Check(action_of("lambda", call.operation), function, account=account_of_arn(function))]


def function_arn(name: str, qualifier: str, place: Place) -> str:
    """From a name, a partial ARN (``123456789012:function:name``) or an ARN, each with a qualifier or without."""
    if name.startswith("arn:"):
        arn = name
    elif (parts := name.split(":")) and len(parts) >= 3 and parts[1] == "function":
        arn = f"arn:aws:lambda:{place.scope.region}:{name}"
    else:
        arn = place.arn("lambda", f"function:{name}")
    return f"{arn}:{qualifier}" if qualifier and arn.count(":") == 6 else arn


def sqs_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    url, arn = text(params, "QueueUrl"), text(params, "SourceArn", "TaskHandle")
    if url:
        *_, account, name = ["", "", *url.rstrip("/").split("/")]
        owner = account if _ACCOUNT.fullmatch(account) else place.scope.account
        return _one(call, f"arn:aws:sqs:{place.scope.region}:{owner}:{name}")
    if name := text(params, "QueueName"):
        owner = text(params, "QueueOwnerAWSAccountId") or place.scope.account
        return _one(call, f"arn:aws:sqs:{place.scope.region}:{owner}:{name}")
    return _one(call, arn if arn.startswith("arn:") else place.arn("sqs", "*"))


def sns_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    keys = {"sns:Protocol": text(params, "Protocol"), "sns:Endpoint": text(params, "Endpoint")}
    arn = text(params, "TopicArn", "TargetArn", "ResourceArn", "SubscriptionArn", "PlatformApplicationArn")
    if call.operation == "CreateTopic":
        arn = place.arn("sns", text(params, "Name"))
    if call.operation in ("ListTopics", "ListSubscriptions"):
        return _one(call, place.arn("sns", "*"))
    if text(params, "SubscriptionArn").count(":") == 6:
        arn = text(params, "SubscriptionArn").rpartition(":")[0]  # judged by its topic
    return _one(call, arn or "*", **keys)


def ssm_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    if "Parameter" not in call.operation:
        return []
    names = [name for name in (text(params, "Name", "Path"), *strings(params.get("Names"))) if name]
    if not names:
        return _one(call, "*" if call.operation.startswith("Describe") else place.arn("ssm", "*"))
    keys = {"ssm:Recursive": ("true" if params.get("Recursive") else "false",)} if "Path" in params else {}
    action = action_of("ssm", call.operation)
    return [Check(action, _parameter_arn(name, place), keys) for name in names]


def _parameter_arn(name: str, place: Place) -> str:
    """A name may carry a version or a label (``/db/password:3``), which is not part of the parameter's ARN."""
    if name.startswith("arn:"):
        return name
    return place.arn("ssm", f"parameter/{name.partition(':')[0].lstrip('/')}")


def logs_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    """``log-group:NAME:log-stream:STREAM``, the stream empty for what concerns a whole group: both the customary
    ``…:log-group:NAME:*`` and ``…:log-group:NAME:log-stream:*`` match it
    (docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html)."""
    group = text(params, "logGroupName", "logGroupNamePrefix")
    groups = [group] if group else strings(params.get("logGroupNames"))
    identifiers = [text(params, "logGroupIdentifier"), *strings(params.get("logGroupIdentifiers"))]
    for found in [text(params, "resourceArn", "logGroupArn"), *identifiers]:
        if found.startswith("arn:"):
            return _one(call, found)
        if found:
            groups.append(found)
    if not groups and "LogGroup" not in call.operation:
        return []
    stream = text(params, "logStreamName", "logStreamNamePrefix")
    action = action_of("logs", call.operation)
    return [Check(action, place.arn("logs", f"log-group:{name}:log-stream:{stream}")) for name in groups or [""]]


def events_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    if call.operation == "PutEvents":
        buses = dict.fromkeys(_bus(entry, place) for entry in dicts(params.get("Entries")))
        entries = dicts(params.get("Entries"))
        keys = {
            "events:source": tuple(dict.fromkeys(text(entry, "Source") for entry in entries)),
            "events:detail-type": tuple(dict.fromkeys(text(entry, "DetailType") for entry in entries)),
        }
        return [Check("events:PutEvents", bus, keys) for bus in buses]
    rule = text(params, "Rule") or (text(params, "Name") if "Rule" in call.operation else "")
    if rule and not rule.startswith("arn:"):
        bus = text(params, "EventBusName").rpartition("/")[2]
        middle = f"{bus}/" if bus and bus != "default" else ""
        return _one(call, place.arn("events", f"rule/{middle}{rule}"))
    if call.operation.endswith("EventBus") or call.operation in ("PutPermission", "RemovePermission"):
        return _one(call, _bus({"EventBusName": text(params, "Name", "EventBusName")}, place))
    return []


def _bus(entry: dict[str, Any], place: Place) -> str:
    name = text(entry, "EventBusName") or "default"
    return name if name.startswith("arn:") else place.arn("events", f"event-bus/{name}")


def apigateway_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    """The control plane: the HTTP method on the path
    (docs.aws.amazon.com/apigateway/latest/developerguide/security_iam_service-with-iam.html)."""
    return _one(call, f"arn:aws:apigateway:{place.scope.region}::{call.raw_path.rstrip('/')}")


def management_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    """``@connections`` of a WebSocket API: the API is in the host name, the stage in the path."""
    api = (call.headers.get("host") or "").partition(".")[0]
    stage = call.raw_path.strip("/").partition("/")[0]
    resource = place.arn("execute-api", f"{api}/{stage}/{call.method}/@connections/{text(params, 'ConnectionId')}")
    return _one(call, resource)


def iam_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    """Names of IAM are unique whatever their path; a path that is given belongs to the ARN, one that is not is looked
    up before the decision (see `lookups`)."""
    path = text(params, "Path") or "/"
    for name, kind in (
        ("RoleName", "role"),
        ("UserName", "user"),
        ("GroupName", "group"),
        ("InstanceProfileName", "instance-profile"),
        ("PolicyName", "policy"),
    ):
        if kind == "policy" and call.operation != "CreatePolicy":
            continue
        if value := text(params, name):
            keys = {
                "iam:PolicyARN": text(params, "PolicyArn"),
                "iam:PermissionsBoundary": text(params, "PermissionsBoundary"),
            }
            return _one(call, place.global_arn("iam", f"{kind}{path}{value}"), **keys)
    return []


def sts_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    if role := text(params, "RoleArn"):
        keys = {
            "sts:ExternalId": text(params, "ExternalId"),
            "sts:RoleSessionName": text(params, "RoleSessionName"),
            "sts:SourceIdentity": text(params, "SourceIdentity"),
        }
        context = {name: (value,) for name, value in keys.items() if value}
        actions = [action_of("sts", call.operation)]
        # docs: IAM/latest/UserGuide/id_session-tags.html, …/id_credentials_temp_control-access_monitor.html
        actions += ["sts:TagSession"] if params.get("Tags") else []
        actions += ["sts:SetSourceIdentity"] if params.get("SourceIdentity") else []
        return [Check(action, role, context, account_of_arn(role)) for action in actions]
    if call.operation == "GetFederationToken":
        return _one(call, f"arn:aws:sts::{place.scope.account}:federated-user/{text(params, 'Name')}")
    return _one(call, "*")


def states_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    if call.operation == "CreateStateMachine":
        return _one(call, place.arn("states", f"stateMachine:{text(params, 'name')}"))
    arn = text(params, "stateMachineArn", "executionArn", "activityArn", "resourceArn", "mapRunArn")
    return _one(call, arn or "*") if arn else []


def stacks_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    """A stack by its name: its ARN ends in an id that its name does not tell."""
    name = text(params, "StackName")
    if not name:
        return []
    resource = name if name.startswith("arn:") else place.arn("cloudformation", f"stack/{name}/*")
    keys = {
        "cloudformation:RoleArn": text(params, "RoleARN"),
        "cloudformation:TemplateUrl": text(params, "TemplateURL"),
    }
    return _one(call, resource, **keys)


def cognito_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    pool = text(params, "UserPoolId")
    if call.service == "cognito-identity":
        pool = text(params, "IdentityPoolId")
        return _one(call, place.arn("cognito-identity", f"identitypool/{pool}")) if pool else []
    return _one(call, place.arn("cognito-idp", f"userpool/{pool}")) if pool else []


def kms_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    key = text(params, "KeyId", "TargetKeyId", "SourceKeyId")
    if call.operation == "ReEncrypt":
        source, target = text(params, "SourceKeyId"), text(params, "DestinationKeyId")
        return [
            Check("kms:ReEncryptFrom", key_arn(source, place) if source else place.arn("kms", "key/*")),
            Check("kms:ReEncryptTo", key_arn(target, place)),
        ]
    if not key:
        return []
    keys = {}
    if key.startswith("alias/"):
        keys["kms:RequestAlias"] = (key,)
    return [Check(action_of("kms", call.operation), key_arn(key, place), keys)]


def key_arn(key: str, place: Place) -> str:
    """An alias stays an alias here; which key it is, `lookups` asks."""
    if key.startswith("arn:"):
        return key
    return place.arn("kms", key if key.startswith("alias/") else f"key/{key}")


def secrets_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    name = text(params, "SecretId") or (text(params, "Name") if call.operation == "CreateSecret" else "")
    if call.operation == "BatchGetSecretValue":
        listed = strings(params.get("SecretIdList"))
        each = [Check("secretsmanager:GetSecretValue", secret_arn(one, place)) for one in listed]
        return [Check("secretsmanager:BatchGetSecretValue", "*"), *each]
    return _one(call, secret_arn(name, place)) if name else []


def secret_arn(name: str, place: Place) -> str:
    return name if name.startswith("arn:") else place.arn("secretsmanager", f"secret:{name}")


RULES: dict[str, Rule] = {
    "apigateway": apigateway_checks,
    "apigatewaymanagementapi": management_checks,
    "apigatewayv2": apigateway_checks,
    "cloudformation": stacks_checks,
    "cognito-identity": cognito_checks,
    "cognito-idp": cognito_checks,
    "events": events_checks,
    "iam": iam_checks,
    "kms": kms_checks,
    "lambda": lambda_checks,
    "logs": logs_checks,
    "secretsmanager": secrets_checks,
    "sns": sns_checks,
    "sqs": sqs_checks,
    "ssm": ssm_checks,
    "stepfunctions": states_checks,
    "sts": sts_checks,
}
"""By service; a rule that returns nothing leaves the call to `generic_resources`."""
