"""Calls of APIs and functions are decided and recorded like every other call. Pages are below https://docs.aws.amazon.com/."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.functions import Functions
from tests.support.gateway_maker import ApiMaker
from tests.support.users import Statement, acting_as, allow, deny, document, give, make_user, signed

INVOKE = "execute-api:Invoke"
ECHO = "def handler(event, context): return event"


def denials(cloud: Cloud, principal: str) -> list[dict[str, Any]]:
    """Newest first."""
    return list(cloud.control("/iam/decisions", params={"denied": "1", "principal": principal}).json()["decisions"])


def test_a_denied_call_of_an_api_names_the_statement(aws: Aws, account: str, cloud: Cloud, http: httpx.Client) -> None:
    """apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html"""
    api = ApiMaker(cloud, aws, "signed")
    api.method("GET", "/iam", authorizationType="AWS_IAM")
    api.deploy()
    keys, url = make_user(aws, "ann"), cloud.api_url(api.api, "prod", "/iam")
    assert http.get(url, headers=signed(keys, url, "execute-api")).status_code == 403
    (denied,) = denials(cloud, f"{account}:user/ann")
    resource = f"arn:aws:execute-api:us-east-1:{account}:{api.api}/prod/GET/iam"
    assert (denied["operation"], denied["refused"]) == (INVOKE, True)
    (remedy,) = denied["remedies"]
    assert remedy["statement"] == allow(INVOKE, resource)
    give(aws, "ann", remedy["statement"])
    assert http.get(url, headers=signed(keys, url, "execute-api")).status_code == 200
    allowed = cloud.control("/iam/decisions", params={"principal": f"{account}:user/ann"}).json()["decisions"][0]
    assert allowed["allowed"] is True and allowed["matched"]["policy"] == "p"


def test_a_denied_call_of_a_function_url_names_both_statements(
    functions: Functions, account: str, cloud: Cloud, http: httpx.Client
) -> None:
    """lambda/latest/dg/urls-auth.html: AWS_IAM, and the two actions"""
    arn = functions.make("guarded", ECHO)
    config = functions.api.create_function_url_config(FunctionName="guarded", AuthType="AWS_IAM")
    url = config["FunctionUrl"].replace("https", "http")
    keys = make_user(functions.aws, "ann")
    given: list[Statement] = []
    for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"):
        assert http.get(url, headers=signed(keys, url, "lambda")).status_code == 403
        denied = denials(cloud, f"{account}:user/ann")[0]
        assert denied["remedies"][0]["statement"] == allow(action, arn)
        given.append(denied["remedies"][0]["statement"])
        give(functions.aws, "ann", *given)
    answer = http.get(url, headers=signed(keys, url, "lambda"))
    assert answer.status_code == 200, answer.text
    signer = answer.json()["requestContext"]["authorizer"]["iam"]
    assert (signer["userArn"], signer["accessKey"]) == (f"arn:aws:iam::{account}:user/ann", keys["AccessKeyId"])


def test_nobodys_call_of_a_shut_url_is_recorded(functions: Functions, cloud: Cloud, http: httpx.Client) -> None:
    """lambda/latest/dg/urls-auth.html: AuthType NONE"""
    arn = functions.make("shut", ECHO)
    config = functions.api.create_function_url_config(FunctionName="shut", AuthType="NONE")
    assert http.get(config["FunctionUrl"].replace("https", "http")).status_code == 403
    asked = {"denied": "1", "resource": arn}
    (denied,) = cloud.control("/iam/decisions", params=asked).json()["decisions"]
    assert denied["principal"] == "anonymous" and denied["remedies"][0]["kind"] == "resource-based policy"


def test_conditions_on_how_a_function_is_called(functions: Functions, http: httpx.Client) -> None:
    """lambda/latest/dg/urls-auth.html: lambda:InvokedViaFunctionUrl keeps the function from being called otherwise"""
    arn = functions.make("by-url", ECHO)
    config = functions.api.create_function_url_config(FunctionName="by-url", AuthType="AWS_IAM")
    url, keys = config["FunctionUrl"].replace("https", "http"), make_user(functions.aws, "ann")
    via = {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    policy = (allow("lambda:InvokeFunctionUrl", arn), allow("lambda:InvokeFunction", arn, Condition=via))
    give(functions.aws, "ann", *policy)
    assert http.get(url, headers=signed(keys, url, "lambda")).status_code == 200
    ann = acting_as(functions.aws, keys)
    with pytest.raises(ClientError, match="not authorized to perform: lambda:InvokeFunction"):
        ann.client("lambda").invoke(FunctionName="by-url")
    ann.close()


def test_a_streaming_invoke_needs_invokefunction(functions: Functions, account: str) -> None:
    """lambda/latest/api/API_InvokeWithResponseStream.html: "For an API call ... lambda:InvokeFunction" """
    arn = functions.make("echo", ECHO)
    ann = acting_as(functions.aws, make_user(functions.aws, "ann"))
    with pytest.raises(ClientError) as refused:
        ann.client("lambda").invoke_with_response_stream(FunctionName="echo", Payload=b"1")
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert f"not authorized to perform: lambda:InvokeFunction on resource: {arn}" in str(refused.value)
    assert functions.lines("echo") == []
    policy = (allow("lambda:InvokeFunction", arn),)
    give(functions.aws, "ann", *policy)
    events = list(ann.client("lambda").invoke_with_response_stream(FunctionName="echo", Payload=b"1")["EventStream"])
    assert b"".join(event["PayloadChunk"]["Payload"] for event in events[:-1]) == b"1"
    ann.close()


# Table B: a caller of another account


POLICIES: dict[str, Callable[[str], list[Statement]]] = {
    "allow": lambda who: [allow(INVOKE, "execute-api:/*", Principal={"AWS": who})],
    "neither": lambda who: [allow(INVOKE, "execute-api:/*", Principal={"AWS": "arn:aws:iam::999999999999:root"})],
    "deny": lambda who: [
        allow(INVOKE, "execute-api:/*", Principal="*"),
        deny(INVOKE, "execute-api:/*", Principal={"AWS": who}),
    ],
}


@dataclass(frozen=True)
class TableB:
    """The address of an API with each policy, and the keys of each caller of the other account."""

    urls: dict[str, str]
    callers: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def table(cloud: Cloud) -> Iterator[TableB]:
    owner, other = Aws(cloud.endpoint, new_account()), Aws(cloud.endpoint, new_account())
    urls = {}
    for name, statements in POLICIES.items():
        api = ApiMaker(cloud, owner, name)
        api.method("GET", "/iam", authorizationType="AWS_IAM")
        policy = document(*statements(f"arn:aws:iam::{other.access_key}:root"))
        patch = [{"op": "replace", "path": "/policy", "value": policy}]
        api.client.update_rest_api(restApiId=api.api, patchOperations=patch)
        api.deploy()
        urls[name] = cloud.api_url(api.api, "prod", "/iam")
    callers = {
        "allowed": make_user(other, "allowed", allow(INVOKE, "*")),
        "nothing": make_user(other, "nothing"),
        "denied": make_user(other, "denied", allow(INVOKE, "*"), deny(INVOKE, "*")),
        "root": {"AccessKeyId": other.access_key, "SecretAccessKey": "test"},
    }
    yield TableB(urls, callers)
    owner.close()
    other.close()


@pytest.mark.parametrize("policy", ["allow", "neither", "deny"])
@pytest.mark.parametrize("caller", ["allowed", "nothing", "denied", "root"])
def test_table_b(table: TableB, http: httpx.Client, caller: str, policy: str) -> None:
    """apigateway/latest/developerguide/apigateway-authorization-flow.html, Table B: account B calls an API of account
    A: both sides have to allow. B's root user needs no policy of its own."""
    url = table.urls[policy]
    status = http.get(url, headers=signed(table.callers[caller], url, "execute-api")).status_code
    assert status == (200 if policy == "allow" and caller in ("allowed", "root") else 403)


def test_an_api_without_a_policy_is_closed_to_other_accounts(
    aws: Aws, cloud: Cloud, table: TableB, http: httpx.Client
) -> None:
    """The same page, Table B: "Neither allow nor deny" on the API's side is an implicit deny"""
    api = ApiMaker(cloud, aws, "own")
    api.method("GET", "/iam", authorizationType="AWS_IAM")
    api.deploy()
    url = cloud.api_url(api.api, "prod", "/iam")
    answer = http.get(url, headers=signed(table.callers["allowed"], url, "execute-api"))
    assert answer.status_code == 403
    assert "because no resource-based policy allows the execute-api:Invoke action" in answer.json()["Message"]
