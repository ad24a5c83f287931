"""Policies of queues, topics, keys and secrets that their services refuse, in the words of each.

SQS: https://github.com/aws/aws-cdk/issues/15602. SNS: https://github.com/aws/serverless-application-model/issues/1591
(null), https://github.com/hashicorp/terraform/issues/12740 (scope), https://github.com/hashicorp/terraform/issues/31538
(principal). KMS: https://github.com/aws-samples/siem-on-amazon-opensearch-service/issues/32 (principals) and
https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html. Secrets Manager:
https://github.com/awsdocs/aws-cloudformation-user-guide/pull/623.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.iam.params import Call, read_params
from groundcloud.iam.stored_policies import Flaw, flaw_of
from groundcloud.ports import AwsCaller, Scope

_OPERATIONS = {
    "sqs": ("CreateQueue", "SetQueueAttributes"),
    "sns": ("CreateTopic", "SetTopicAttributes"),
    "kms": ("CreateKey", "PutKeyPolicy"),
    "secretsmanager": ("PutResourcePolicy",),
}
CHECKED_SERVICES = tuple(_OPERATIONS)
_MEMBERS = {"kms": "Policy", "secretsmanager": "ResourcePolicy"}
_OUT_OF_SCOPE = "Invalid parameter: Policy statement action out of service scope!"
_NO_PRINCIPAL = "Policy contains a statement with one or more invalid principals."
_NO_KEY_POLICY = "The request was rejected because the specified policy is not syntactically or semantically correct."


class ResourcePolicies:
    """Implements `edge.services.CheckingPart` for one service."""

    def __init__(self, service: str, aws: AwsCaller) -> None:
        self._service = service
        self._aws = aws

    def knows(self, operation: str) -> bool:
        return operation in _OPERATIONS[self._service]

    async def check(self, operation: str, request: Request, scope: Scope) -> None:
        """Raises `AwsError` as the service does."""
        text = _policy(self._service, operation, request)
        flaw = await flaw_of(self._aws, self._service, text) if text else None
        if flaw is not None:
            raise refusal(self._service, flaw)

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        return None


def _policy(service: str, operation: str, request: Request) -> str:
    """The policy that is to be stored, "" where there is none."""
    protocol = "json" if "json" in (request.headers.get("content-type") or "") else "query"
    params = read_params(
        Call(service, operation, protocol, request.method, request.raw_path, request.query_string, body=request.body)
    )
    if service in _MEMBERS:
        found = params.get(_MEMBERS[service])
    elif operation == "SetTopicAttributes":
        found = params.get("AttributeValue") if params.get("AttributeName") == "Policy" else None
    else:
        found = _attributes(params).get("Policy")
    return found if isinstance(found, str) else ""


def _attributes(params: Mapping[str, Any]) -> dict[str, Any]:
    """A map, or the lists of names and values that the query protocol has for one."""
    given = params.get("Attributes", params.get("Attribute"))
    if isinstance(given, dict) and not {"Name", "key"} & given.keys():
        return given
    listed = given if isinstance(given, list) else [given]
    pairs = [one for one in listed if isinstance(one, dict)]
    return {str(one.get("Name", one.get("key"))): one.get("Value", one.get("value")) for one in pairs}


def _sqs(flaw: Flaw) -> AwsError:
    return AwsError("InvalidAttributeValue", "Invalid value for the parameter Policy.", 400)


def _sns(flaw: Flaw) -> AwsError:
    syntax, principal = "Invalid parameter: Policy Error: null", "Invalid parameter: Policy Error: PrincipalNotFound"
    words = {Flaw.SYNTAX: syntax, Flaw.ACTION: _OUT_OF_SCOPE, Flaw.PRINCIPAL: principal}
    return AwsError("InvalidParameter", words[flaw], 400)


def _kms(flaw: Flaw) -> AwsError:
    return AwsError(
        "MalformedPolicyDocumentException", _NO_PRINCIPAL if flaw is Flaw.PRINCIPAL else _NO_KEY_POLICY, 400
    )


def _secrets(flaw: Flaw) -> AwsError:
    return AwsError("MalformedPolicyDocumentException", "This policy has invalid syntax.", 400)


_REFUSALS: dict[str, Callable[[Flaw], AwsError]] = {"sqs": _sqs, "sns": _sns, "kms": _kms, "secretsmanager": _secrets}


def refusal(service: str, flaw: Flaw) -> AwsError:
    """How `service` refuses a policy with this flaw."""
    return _REFUSALS[service](flaw)
