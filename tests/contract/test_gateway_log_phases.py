"""What access logs tell of who was let in: the phases authenticate, authorizer and authorize.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html; which phase
there is with which authorization, and in what order, says
https://aws.amazon.com/blogs/compute/troubleshooting-amazon-api-gateway-with-enhanced-observability-variables/
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.functions import Functions
from tests.support.gateway_maker import ApiMaker
from tests.support.users import signed

POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbCdEfGhI"
PHASES = ("authenticate", "authorizer", "authorize", "waf")
FURTHER = (
    "authorizer.integrationStatus",
    "wafResponseCode",
    "webaclArn",
    "authorizer.tenant",
    "authorizer.principalId",
)
NUMBERS = tuple(f"{phase}.latency" for phase in PHASES) + ("authorizer.integrationLatency",)
NAMES = (*(f"{phase}.{member}" for phase in PHASES for member in ("status", "error")), *FURTHER)

AUTHORIZER = """
def handler(event, context):
    effect = event["authorizationToken"]
    if effect == "raise":
        raise Exception("Unauthorized")
    if effect == "break":
        return {}
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": "ann", "policyDocument": {"Statement": [statement]}, "context": {"tenant": "t1"}}
"""


class Phased:
    """A method for each kind of authorization; every call is in the access log."""

    def __init__(self, cloud: Cloud) -> None:
        self.aws = Aws(cloud.endpoint, new_account())
        self.api = ApiMaker(cloud, self.aws, "phased")
        functions = Functions(self.aws)
        function = functions.make("judge", AUTHORIZER)
        functions.api.add_permission(
            FunctionName=function, StatementId="a", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
        )
        uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
        place = {"restApiId": self.api.api, "identitySource": "method.request.header.Authorization"}
        judge = self.api.client.create_authorizer(**place, name="judge", type="TOKEN", authorizerUri=uri)["id"]
        users = self.api.client.create_authorizer(
            **place, name="users", type="COGNITO_USER_POOLS", providerARNs=[POOL]
        )["id"]
        self.api.method("GET", "/open")
        self.api.method("GET", "/signed", authorizationType="AWS_IAM")
        self.api.method("GET", "/judged", authorizationType="CUSTOM", authorizerId=judge)
        self.api.method("GET", "/users", authorizationType="COGNITO_USER_POOLS", authorizerId=users)
        trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = self.aws.client("iam").create_role(RoleName="logs", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        self.api.client.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}])
        self.api.deploy()
        form = {name: f"$context.{name}" for name in ("requestId", *NAMES, *NUMBERS)}
        patches = {
            "/accessLogSettings/destinationArn": f"arn:aws:logs:us-east-1:{self.aws.account}:log-group:phases",
            "/accessLogSettings/format": json.dumps(form),
        }
        operations = [{"op": "replace", "path": path, "value": value} for path, value in patches.items()]
        self.api.client.update_stage(restApiId=self.api.api, stageName="prod", patchOperations=operations)

    def told(self, path: str, headers: dict[str, str], status: int) -> dict[str, str]:
        """What the log says of a call that is answered with `status`: what is there at all."""
        response = self.api.call("GET", path, headers=headers)
        assert response.status_code == status
        events = self.aws.client("logs").filter_log_events(logGroupName="phases")["events"]
        lines = [json.loads(one["message"]) for one in events]
        line = next(one for one in lines if one["requestId"] == response.headers["x-amzn-requestid"])
        del line["requestId"]
        return {name: value for name, value in line.items() if value != "-"}


@pytest.fixture(scope="module")
def phased(cloud: Cloud) -> Iterator[Phased]:
    phased = Phased(cloud)
    yield phased
    phased.aws.close()


def without_latencies(line: dict[str, str], *phases: str) -> dict[str, str]:
    """`line`, of which just `phases` have been timed."""
    timed = {name for name in line if name in NUMBERS}
    assert timed == {f"{phase}.latency" for phase in phases} | (timed & {"authorizer.integrationLatency"})
    assert all(line[name].isdigit() for name in timed)
    return {name: value for name, value in line.items() if name not in timed}


def test_an_open_method_has_no_phase(phased: Phased) -> None:
    """WAF and authorizers are "only present when" there are such."""
    assert phased.told("/open", {}, 200) == {}


@pytest.mark.parametrize(
    ("token", "status", "expected"),
    [
        ("Allow", 200, {"authorizer.status": "200", "authorize.status": "200", "authorizer.integrationStatus": "200"}),
        ("Deny", 403, {"authorizer.status": "200", "authorize.status": "403", "authorizer.integrationStatus": "200"}),
        ("raise", 401, {"authorizer.status": "401", "authorizer.integrationStatus": "200"}),
        ("break", 500, {"authorizer.status": "500", "authorizer.integrationStatus": "200"}),
        ("", 401, {"authorizer.status": "401"}),
    ],
    ids=["allowed", "denied", "unauthorized", "broken", "without"],
)
def test_lambda_authorizers(phased: Phased, token: str, status: int, expected: dict[str, str]) -> None:
    """$context.authorizer.status is "the status code returned from an authorizer", $context.authorize.status
    that of "an authorization attempt"; a property is of "the context map returned"."""
    line = phased.told("/judged", {"Authorization": token} if token else {}, status)
    phases = [name.partition(".")[0] for name in expected if name.endswith(".status")]
    rest = without_latencies(line, *phases)
    errors = {name: rest.pop(name) for name in ("authorizer.error", "authorize.error") if name in rest}
    assert set(errors) == {f"{name.partition('.')[0]}.error" for name in expected if expected[name] != "200"}
    answered = {"authorizer.tenant": "t1", "authorizer.principalId": "ann"} if token in ("Allow", "Deny") else {}
    assert rest == {**expected, **answered}


def test_user_pools(phased: Phased) -> None:
    """ "The authorizer phase is only present when a Lambda, JWT, or Amazon Cognito authorizer is used.\""""
    line = without_latencies(phased.told("/users", {"Authorization": "nonsense"}, 401), "authorizer")
    assert line == {"authorizer.status": "401", "authorizer.error": "Unauthorized"}


def test_signatures(phased: Phased, cloud: Cloud) -> None:
    """ "The authenticate phase is only present when AWS Identity and Access Management (IAM) authorizers are used.\""""
    url = cloud.api_url(phased.api.api, "prod", "/signed")
    keys = {"AccessKeyId": phased.aws.account, "SecretAccessKey": "test"}
    good = phased.told("/signed", signed(keys, url, "execute-api"), 200)
    assert without_latencies(good, "authenticate", "authorize") == {
        "authenticate.status": "200",
        "authorize.status": "200",
    }
    wrong = phased.told("/signed", signed({**keys, "SecretAccessKey": "other"}, url, "execute-api"), 403)
    assert wrong["authenticate.status"] == "403"
    assert wrong["authenticate.error"]
    assert "authorize.status" not in wrong
