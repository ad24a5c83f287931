"""Who asks for what: the hand-made requests. Every operation of botocore's is in `tests/contract/test_identify.py`."""

from __future__ import annotations

import asyncio

import pytest

from groundcloud.edge.identify import Identify
from groundcloud.edge.limits import MAX_KNOWN_KEYS
from groundcloud.errors import AwsError
from groundcloud.ports import Scope
from tests.support.edge import FakeCaller, Wire, exchange

DEFAULT = Scope("000000000000", "us-east-1")
FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")


def signed(service, access_key="test", region="us-east-1"):
    scope = f"Credential={access_key}/20261121/{region}/{service}/aws4_request"
    return ("Authorization", f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host;x-amz-date, Signature=00")


def identify(*arguments, caller=None, **options):
    one = exchange(*arguments, **options)
    asyncio.run(Identify(DEFAULT, caller or FakeCaller())(one))
    return one.identity


def named(*arguments, **options):
    identity = identify(*arguments, **options)
    return identity.service, identity.operation, identity.protocol


def test_a_target_names_service_and_operation():
    target = ("X-Amz-Target", "DynamoDB_20120810.PutItem")
    assert named("POST", "/", [target, signed("dynamodb")]) == ("dynamodb", "PutItem", "json")
    streams = ("X-Amz-Target", "DynamoDBStreams_20120810.GetRecords")
    assert named("POST", "/", [streams, signed("dynamodb")]) == ("dynamodbstreams", "GetRecords", "json")


def test_an_unsigned_target_is_named_by_its_prefix():
    target = ("x-amz-target", "AWSCognitoIdentityProviderService.SignUp")
    identity = identify("POST", "/", [target])
    assert (identity.service, identity.operation, identity.access_key) == ("cognito-idp", "SignUp", "")
    assert identity.scope == DEFAULT


def test_an_unknown_target_is_the_signed_services():
    assert named("POST", "/", [("x-amz-target", "NoSuch.Thing"), signed("sqs")]) == ("sqs", "Thing", "json")
    assert named("POST", "/", [("x-amz-target", "nothing")]) == ("unknown", "nothing", "json")


def test_a_form_names_its_action():
    form = b"Action=ListRoles&Version=2010-05-08"
    assert named("POST", "/", [FORM, signed("iam")], form) == ("iam", "ListRoles", "query")


def test_a_form_is_read_once_and_handed_on():
    wire = Wire([b"Action=List", b"Roles"])
    one = exchange("POST", "/", [FORM, signed("iam")], wire=wire)

    async def go():
        await Identify(DEFAULT, FakeCaller())(one)
        return await one.receive()

    assert asyncio.run(go()) == {"type": "http.request", "body": b"Action=ListRoles", "more_body": False}


def test_an_actions_version_tells_the_elder_service_from_the_younger():
    for version, service in (("2012-06-01", "elb"), ("2015-12-01", "elbv2")):
        form = f"Action=DescribeLoadBalancers&Version={version}".encode()
        assert named("POST", "/", [FORM, signed("elasticloadbalancing")], form)[0] == service


def test_an_action_in_the_query_string():
    target = "/?Action=DescribeVpcs&Version=2016-11-15"
    assert named("GET", target, [signed("ec2")]) == ("ec2", "DescribeVpcs", "ec2")


def test_an_unsigned_action_is_sts():
    form = b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
    assert named("POST", "/", [FORM], form) == ("sts", "AssumeRoleWithWebIdentity", "query")


def test_a_form_without_an_action_is_a_rest_request():
    assert named("POST", "/bucket?delete", [FORM, signed("s3")], b"x=1") == ("s3", "DeleteObjects", "rest-xml")


def test_an_objects_query_is_no_action():
    assert named("GET", "/bucket/key?Action=ListRoles", [signed("s3")]) == ("s3", "GetObject", "rest-xml")


def test_a_rest_request_with_one_signing_name_for_two_services():
    assert named("GET", "/restapis", [signed("apigateway")]) == ("apigateway", "GetRestApis", "rest-json")
    assert named("GET", "/v2/apis", [signed("apigateway")]) == ("apigatewayv2", "GetApis", "rest-json")


def test_a_request_that_no_model_knows_has_no_operation():
    assert named("GET", "/nowhere", [signed("lambda")]) == ("lambda", "", "rest-json")
    assert named("GET", "/nowhere", [signed("no-such-service")]) == ("no-such-service", "", "json")


@pytest.mark.parametrize(
    "host",
    [
        "bucket.s3.amazonaws.com",
        "bucket.s3.eu-west-1.amazonaws.com",
        "bucket.s3-eu-west-1.amazonaws.com",
        "bucket.s3.dualstack.eu-west-1.amazonaws.com",
        "bucket.s3.localhost.localstack.cloud:4566",
        "bucket.s3.localhost:4566",
        "my.dotted.bucket.s3.amazonaws.com",
        "BUCKET.S3.amazonaws.com.",
    ],
)
def test_a_virtual_host_names_the_bucket(host):
    assert named("GET", "/", host=host) == ("s3", "ListObjects", "rest-xml")
    assert named("GET", "/a/b", host=host) == ("s3", "GetObject", "rest-xml")


@pytest.mark.parametrize("host", ["s3.amazonaws.com", "s3.eu-west-1.amazonaws.com", "127.0.0.1:4566"])
def test_a_path_names_the_bucket(host):
    assert named("GET", "/", host=host) == ("s3", "ListBuckets", "rest-xml")
    assert named("GET", "/bucket", host=host) == ("s3", "ListObjects", "rest-xml")
    assert named("PUT", "/bucket/key", host=host) == ("s3", "PutObject", "rest-xml")


def test_s3_control_is_told_from_a_bucket_of_that_name():
    path = "/v20180820/accesspoint/one"
    assert named("GET", path, [signed("s3"), ("x-amz-account-id", "1" * 12)])[:2] == ("s3control", "GetAccessPoint")
    assert named("GET", path, [signed("s3")])[:2] == ("s3", "GetObject")


def test_the_cbor_protocol():
    headers = [signed("monitoring"), ("Smithy-Protocol", "rpc-v2-cbor"), ("Content-Type", "application/cbor")]
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
    assert named("POST", path, headers) == ("cloudwatch", "PutMetricData", "smithy-rpc-v2-cbor")


def test_a_bucket_called_service_is_no_cbor_call():
    assert named("GET", "/service/a/operation/b", [signed("s3")]) == ("s3", "GetObject", "rest-xml")


def test_a_presigned_request_says_its_scope_in_the_query():
    credential = "123456789012%2F20261121%2Feu-west-1%2Fs3%2Faws4_request"
    identity = identify("GET", f"/b/k?X-Amz-Credential={credential}&X-Amz-Signature=00")
    assert (identity.service, identity.operation) == ("s3", "GetObject")
    assert identity.scope == Scope("123456789012", "eu-west-1")
    assert identity.access_key == "123456789012"


def test_a_presigned_request_of_signature_version_2():
    identity = identify("PUT", "/b/k?AWSAccessKeyId=123456789012&Expires=1&Signature=x")
    assert (identity.service, identity.operation, identity.scope.account) == ("s3", "PutObject", "123456789012")


def test_the_header_of_signature_version_2():
    identity = identify("GET", "/b/k", [("Authorization", "AWS 123456789012:c2ln")])
    assert (identity.operation, identity.access_key) == ("GetObject", "123456789012")


@pytest.mark.parametrize(
    "target",
    ["/b/k?X-Amz-Credential=only%2Ftwo", "/b/k?X-Amz-Credential=", "/b/k?AWSAccessKeyId=", "/b/k?AWSAccessKeyId"],
)
def test_a_malformed_credential_is_nobodys(target):
    assert identify("GET", target).access_key == ""


def test_an_account_key_is_the_account_and_the_scope_has_the_region():
    identity = identify("GET", "/", [signed("s3", "123456789012", "ap-southeast-2")])
    assert identity.scope == Scope("123456789012", "ap-southeast-2")


def test_a_region_that_is_none_is_the_default():
    assert identify("GET", "/", [signed("s3", "test", "../../etc")]).scope == DEFAULT


def test_a_users_key_belongs_to_whom_sts_says_and_is_asked_once():
    caller = FakeCaller({"GetAccessKeyInfo": {"Account": "222222222222"}})
    handler = Identify(DEFAULT, caller)
    for _ in range(3):
        one = exchange("GET", "/", [signed("s3", "AKIAEXAMPLE")])
        asyncio.run(handler(one))
        assert one.identity.scope.account == "222222222222"
    assert len(caller.calls) == 1


def test_nobodys_key_is_left_to_the_engine_and_asked_again():
    caller = FakeCaller({"GetAccessKeyInfo": [AwsError("InvalidClientTokenId", "no"), {"Account": "222222222222"}]})
    handler = Identify(DEFAULT, caller)
    accounts = []
    for _ in range(2):
        one = exchange("GET", "/", [signed("s3", "ASIAEXAMPLE")])
        asyncio.run(handler(one))
        accounts.append(one.identity.scope.account)
    assert accounts == ["000000000000", "222222222222"]


def test_remembered_keys_are_bounded():
    caller = FakeCaller({"GetAccessKeyInfo": {"Account": "222222222222"}})
    handler = Identify(DEFAULT, caller)

    async def use(keys):
        for key in keys:
            await handler(exchange("GET", "/", [signed("s3", key)]))

    asyncio.run(use(f"AKIA{number}" for number in range(MAX_KNOWN_KEYS + 1)))
    asyncio.run(use(["AKIA0"]))
    assert len(caller.calls) == MAX_KNOWN_KEYS + 2


def test_a_target_on_two_lines_is_read_as_the_engine_reads_it():
    """Otherwise the second would slip past the part that answers the first's operation."""
    lines = [("X-Amz-Target", f"AWSCognitoIdentityProviderService.{name}") for name in ("SignUp", "ConfirmSignUp")]
    assert named("POST", "/", lines) == ("cognito-idp", "ConfirmSignUp", "json")


def test_a_target_that_only_begins_right_is_that_services():
    target = ("X-Amz-Target", "AWSCognitoIdentityProviderService.Other.ConfirmSignUp")
    assert named("POST", "/", [target]) == ("cognito-idp", "ConfirmSignUp", "json")
