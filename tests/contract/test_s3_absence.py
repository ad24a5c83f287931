"""Who learns that a key is missing, and what S3 says of data that came without a checksum. Pages are below
https://docs.aws.amazon.com/AmazonS3/latest/."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.users import acting_as, allow, code_of, document, give, make_user

CRC64NVME = "M3eFcAZSQlc="
"""Of ``hello``."""


@pytest.fixture
def bucket(aws: Aws, account: str) -> str:
    name = f"absent-{account}"
    aws.client("s3").create_bucket(Bucket=name)
    return name


def test_a_missing_key_is_told_to_those_who_may_list(aws: Aws, bucket: str, account: str, cloud: Cloud) -> None:
    """API/API_GetObject.html, "Permissions": with s3:ListBucket 404 (Not Found), without it 403 (access denied); so
    does API/API_HeadObject.html."""
    objects, whole = f"arn:aws:s3:::{bucket}/*", f"arn:aws:s3:::{bucket}"
    eve = acting_as(aws, make_user(aws, "eve", allow("s3:GetObject", objects)))
    s3 = eve.client("s3")
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket=bucket, Key="none")
    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDenied"
    assert f'not authorized to perform: s3:ListBucket on resource: "{whole}"' in error["Message"]
    assert code_of(s3.head_object, Bucket=bucket, Key="none") == "403"
    asked = {"denied": "1", "principal": f"{account}:user/eve"}
    denied = cloud.control("/iam/decisions", params=asked).json()["decisions"]
    assert {one["action"] for one in denied} == {"s3:ListBucket"}
    give(aws, "eve", allow("s3:GetObject", objects), denied[0]["remedies"][0]["statement"])
    assert code_of(s3.get_object, Bucket=bucket, Key="none") == "NoSuchKey"
    assert code_of(s3.head_object, Bucket=bucket, Key="none") == "404"
    assert code_of(s3.get_object, Bucket=f"{bucket}-gone", Key="none") == "NoSuchBucket"
    eve.close()


def test_the_owner_learns_of_a_missing_key(aws: Aws, bucket: str) -> None:
    """The same page; the account's root user may list."""
    assert code_of(aws.client("s3").get_object, Bucket=bucket, Key="none") == "NoSuchKey"


def test_nobody_learns_of_a_missing_key_unless_anybody_may_list(aws: Aws, bucket: str, http: httpx.Client) -> None:
    """The same page, for requests without a signature"""
    s3 = aws.client("s3")
    s3.delete_public_access_block(Bucket=bucket)
    read = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*", Principal="*")
    s3.put_bucket_policy(Bucket=bucket, Policy=document(read))
    answer = http.get(f"/{bucket}/none")
    assert (answer.status_code, "<Code>AccessDenied</Code>" in answer.text) == (403, True)
    lists = allow("s3:ListBucket", f"arn:aws:s3:::{bucket}", Principal="*")
    s3.put_bucket_policy(Bucket=bucket, Policy=document(read, lists))
    answer = http.get(f"/{bucket}/none")
    assert (answer.status_code, "<Code>NoSuchKey</Code>" in answer.text) == (404, True)


def test_data_without_a_checksum_gets_one(aws: Aws, bucket: str, http: httpx.Client) -> None:
    """API/API_PutObject.html, x-amz-checksum-crc64nvme: "or if it was uploaded without a checksum (and Amazon S3 added
    the default checksum, CRC64NVME, to the uploaded object)"."""
    plain = aws.client("s3", config=Config(request_checksum_calculation="when_required", signature_version="s3v4"))
    put = plain.put_object(Bucket=bucket, Key="k", Body=b"hello")
    assert (put["ChecksumCRC64NVME"], put["ChecksumType"]) == (CRC64NVME, "FULL_OBJECT")
    found = plain.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert (found["ChecksumCRC64NVME"], found["ChecksumType"]) == (CRC64NVME, "FULL_OBJECT")
    assert "ChecksumCRC64NVME" not in plain.head_object(Bucket=bucket, Key="k")
    link = plain.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "link"})
    assert http.put(link, content=b"hello").headers["x-amz-checksum-crc64nvme"] == CRC64NVME


def tampered(url: str, name: str, value: str) -> httpx.URL:
    return httpx.URL(url).copy_set_param(name, value)


@pytest.mark.parametrize(
    ("name", "value", "status", "code"),
    [
        ("X-Amz-Expires", "604801", 400, "AuthorizationQueryParametersError"),
        ("X-Amz-Expires", "3601", 403, "SignatureDoesNotMatch"),
        ("X-Amz-Date", "20200101T000000Z", 403, "SignatureDoesNotMatch"),
        ("X-Amz-Credential", "999999999999/20200101/us-east-1/s3/aws4_request", 403, "SignatureDoesNotMatch"),
        ("X-Amz-Signature", "0" * 64, 403, "SignatureDoesNotMatch"),
        ("X-Amz-SignedHeaders", "x-other", 403, "SignatureDoesNotMatch"),
        ("response-content-type", "text/html", 403, "SignatureDoesNotMatch"),
    ],
)
def test_a_changed_link_is_worth_nothing(
    aws: Aws, bucket: str, http: httpx.Client, name: str, value: str, status: int, code: str
) -> None:
    """API/sigv4-query-string-auth.html"""
    s3: Any = aws.client("s3", config=Config(signature_version="s3v4"))
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    link = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=3600)
    assert http.get(link).text == "hello"
    answer = http.get(tampered(link, name, value))
    assert (answer.status_code, f"<Code>{code}</Code>" in answer.text) == (status, True), answer.text


def test_signatures_of_version_4a_are_refused_by_name(bucket: str, http: httpx.Client) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html; not supported here, and said so"""
    algorithm = "AWS4-ECDSA-P256-SHA256"
    credential = "AKIAIOSFODNN7EXAMPLE/20260101/s3/aws4_request"
    headers = {"Authorization": f"{algorithm} Credential={credential}, SignedHeaders=host, Signature=00"}
    for answer in (
        http.get(f"/{bucket}/k", headers={**headers, "X-Amz-Region-Set": "*"}),
        http.get(f"/{bucket}/k?X-Amz-Algorithm={algorithm}&X-Amz-Credential={credential}&X-Amz-Signature=00"),
        http.post("/", headers={**headers, "X-Amz-Target": "DynamoDB_20120810.ListTables"}, content=b"{}"),
    ):
        assert answer.status_code in (400, 403) and f"Version 4A ({algorithm})" in answer.text, answer.text
