"""A call that is handed on to the cloud: what travels, and who signs it."""

from __future__ import annotations

import dataclasses

from groundcloud_localstack.address import Address, read_address
from groundcloud_localstack.signed import Call, answer_headers, sign

ADDRESS = Address("http://cloud:4566", "secret")
CALL = Call(
    method="POST",
    path="/",
    query="",
    headers=(
        ("Host", "127.0.0.1:4567"),
        ("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20261121/us-east-1/rds/aws4_request, Signature=old"),
        ("X-Amz-Date", "20200101T000000Z"),
        ("X-Amz-Security-Token", "token"),
        ("Content-Type", "application/x-amz-json-1.1"),
        ("X-Amz-Target", "AWSCognitoIdentityProviderService.ListUserPools"),
        ("X-Amzn-Trace-Id", "Root=1-2-3"),
        ("x-localstack-data", "{}"),
        ("Origin", "http://localhost"),
        ("Accept-Encoding", "gzip"),
    ),
    body=b"{}",
    signing_name="cognito-idp",
    region="eu-west-1",
    account="111122223333",
)


def test_what_the_call_is_travels_and_what_the_connection_was_does_not() -> None:
    headers = {name.lower(): value for name, value in sign(CALL, ADDRESS).headers.items()}
    assert headers["content-type"] == "application/x-amz-json-1.1"
    assert headers["x-amz-target"].endswith("ListUserPools")
    assert headers["x-amzn-trace-id"] == "Root=1-2-3"
    assert headers["x-groundcloud-forwarded"] == "1"
    assert not headers.keys() & {"host", "origin", "accept-encoding", "x-localstack-data", "x-amz-security-token"}


def test_it_is_signed_by_the_administrator_of_its_account() -> None:
    headers = sign(CALL, ADDRESS).headers
    scope = headers["Authorization"].split("Credential=")[1].split(",")[0].split("/")
    assert (scope[0], *scope[2:]) == ("111122223333", "eu-west-1", "cognito-idp", "aws4_request")
    assert "Signature=old" not in headers["Authorization"]
    assert headers["X-Amz-Date"] != "20200101T000000Z"


def test_path_and_query_travel_as_they_came() -> None:
    call = dataclasses.replace(CALL, method="GET", path="/v2/apis/a%2Fb", query="next=a%20b&tag=1&tag=2&flag=")
    assert sign(call, ADDRESS).url == "http://cloud:4566/v2/apis/a%2Fb?next=a%20b&tag=1&tag=2&flag="


def test_the_signature_of_a_presigned_address_stays_behind() -> None:
    call = dataclasses.replace(CALL, query="Action=List&X-Amz-Signature=0&X-Amz-Credential=c&X-Amz-Expires=9")
    assert sign(call, ADDRESS).url == "http://cloud:4566/?Action=List"


def test_an_answer_keeps_its_own_headers() -> None:
    came = [("Content-Type", "text/xml"), ("Transfer-Encoding", "chunked"), ("x-amzn-RequestId", "r"), ("Date", "d")]
    assert answer_headers(came) == [("Content-Type", "text/xml"), ("x-amzn-RequestId", "r")]


def test_the_address_is_read_from_the_environment() -> None:
    assert read_address({}) == Address("http://127.0.0.1:4566", "test")
    environ = {"GROUNDCLOUD_URL": "http://cloud:4566/", "GROUNDCLOUD_SECRET_ACCESS_KEY": "s"}
    assert read_address(environ) == Address("http://cloud:4566", "s")
