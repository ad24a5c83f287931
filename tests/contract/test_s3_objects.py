"""What S3 answers of objects by itself, and to requests that carry no credentials or another page's."""

from __future__ import annotations

import base64
import json
import uuid
import zlib
from typing import Any

import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.aws import Aws


@pytest.fixture
def s3(aws: Aws) -> Any:
    return aws.client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    name = f"objects-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return name


def test_content_without_a_type_is_binary(s3: Any, bucket: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html and the recordings of PutObject against AWS:
    `ContentType` of an object put without one is binary/octet-stream, of a multipart upload too."""
    s3.put_object(Bucket=bucket, Key="bare", Body=b"x")
    s3.put_object(Bucket=bucket, Key="text", Body=b"x", ContentType="text/plain")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"x")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload=parts)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/bare")
    types = {key: s3.head_object(Bucket=bucket, Key=key)["ContentType"] for key in ("bare", "text", "parts", "copy")}
    binary = "binary/octet-stream"
    assert types == {"bare": binary, "text": "text/plain", "parts": binary, "copy": binary}


def test_every_object_says_that_it_is_encrypted(aws: Aws, s3: Any, bucket: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html: all new objects are encrypted
    with SSE-S3, and x-amz-server-side-encryption is in the answers to PUT, COPY, multipart, GET and HEAD."""
    answers = [
        s3.put_object(Bucket=bucket, Key="a", Body=b"x"),
        s3.get_object(Bucket=bucket, Key="a"),
        s3.get_object(Bucket=bucket, Key="a", Range="bytes=0-0"),
        s3.head_object(Bucket=bucket, Key="a"),
        s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/a"),
        s3.create_multipart_upload(Bucket=bucket, Key="c"),
    ]
    assert [answer["ServerSideEncryption"] for answer in answers] == ["AES256"] * len(answers)
    key = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    kms = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert kms["ServerSideEncryption"] == "aws:kms"
    assert s3.head_object(Bucket=bucket, Key="k")["ServerSideEncryption"] == "aws:kms"
    missing = pytest.raises(ClientError, s3.head_object, Bucket=bucket, Key="none").value.response
    assert "x-amz-server-side-encryption" not in missing["ResponseMetadata"]["HTTPHeaders"]


def test_the_checksum_of_what_was_put_comes_back(s3: Any, bucket: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html#API_PutObject_ResponseSyntax"""
    crc = base64.b64encode(zlib.crc32(b"hello").to_bytes(4, "big")).decode()
    put = s3.put_object(Bucket=bucket, Key="a", Body=b"hello")
    assert (put["ChecksumCRC32"], put["ChecksumType"]) == (crc, "FULL_OBJECT")
    found = s3.head_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")
    assert (found["ChecksumCRC32"], found["ChecksumType"]) == (crc, "FULL_OBJECT")
    sha = s3.put_object(Bucket=bucket, Key="b", Body=b"hello", ChecksumAlgorithm="SHA256")
    assert sha["ChecksumSHA256"] == "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="b", Body=b"hello", ChecksumSHA256=sha["ChecksumSHA256"][::-1])
    assert refused.value.response["Error"]["Code"] in ("BadDigest", "InvalidRequest")


def policy(bucket: str, *actions: str, effect: str = "Allow") -> str:
    everything = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    statement = {"Effect": effect, "Principal": "*", "Action": list(actions), "Resource": everything}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_nobody_is_let_in_without_a_policy_and_then_only_to_what_it_says(
    s3: Any, bucket: str, http: httpx.Client
) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html and
    …/example-bucket-policies.html: a public policy is refused while Block Public Access is on, as it is for a new
    bucket; then it grants its actions and no other."""
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    assert http.get(f"/{bucket}/a").status_code == 403
    with pytest.raises(ClientError) as blocked:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, "s3:GetObject"))
    assert blocked.value.response["Error"]["Code"] == "AccessDenied"
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, "s3:GetObject"))
    assert http.get(f"/{bucket}/a").status_code == 200
    for answer in (http.get(f"/{bucket}"), http.put(f"/{bucket}/n", content=b"x"), http.delete(f"/{bucket}/a")):
        assert (answer.status_code, b"<Code>AccessDenied</Code>" in answer.content) == (403, True)
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(bucket, "s3:GetObject", effect="Deny"))
    assert http.get(f"/{bucket}/a").status_code == 403


CORS = {
    "CORSRules": [
        {
            "AllowedMethods": ["GET", "PUT"],
            "AllowedOrigins": ["http://*.localhost:9999"],
            "AllowedHeaders": ["x-amz-*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 30,
        }
    ]
}


@pytest.mark.parametrize(
    ("origin", "method", "header", "allowed"),
    [
        ("http://a.localhost:9999", "GET", "", True),
        ("http://a.localhost:9999", "PUT", "x-amz-meta-a", True),
        ("http://a.localhost:9999", "PUT", "x-other", False),
        ("http://a.localhost:9999", "DELETE", "", False),
        ("http://b.example", "GET", "", False),
    ],
)
def test_a_buckets_cors_rules_answer_preflights(
    s3: Any, bucket: str, http: httpx.Client, origin: str, method: str, header: str, allowed: bool
) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html: 403 AccessForbidden unless a rule lets
    origin, method and headers pass."""
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    if header:
        asked["Access-Control-Request-Headers"] = header
    none = http.request("OPTIONS", f"/{bucket}/a", headers=asked)
    assert (none.status_code, b"CORS is not enabled for this bucket" in none.content) == (403, True)
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=CORS)
    answer = http.request("OPTIONS", f"/{bucket}/a", headers=asked)
    assert answer.status_code == (200 if allowed else 403)
    assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
    if allowed:
        assert answer.headers.get("access-control-max-age") == "30"


def test_a_pages_own_request_is_answered_with_the_rules_headers(
    aws: Aws, s3: Any, bucket: str, http: httpx.Client
) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html: the rule's headers are in the answer to the
    request itself; where no rule matches there are none, and the browser keeps the answer from the page."""
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=CORS)
    signer = aws.client("s3", config=Config(signature_version="s3v4"))
    link = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a"})
    path = link[link.index(f"/{bucket}") :]
    with_rule = http.get(path, headers={"Origin": "http://a.localhost:9999"})
    without = http.get(path, headers={"Origin": "http://b.localhost:1"})
    assert (with_rule.status_code, with_rule.headers.get("access-control-expose-headers")) == (200, "ETag")
    assert (without.status_code, without.headers.get("access-control-allow-origin")) == (200, None)


def test_what_a_bucket_cannot_do_is_refused_by_its_name(s3: Any, bucket: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (NotImplemented); asked for by
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html and
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html"""
    rule = {"Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::other"}}
    with pytest.raises(ClientError, match="does not support replication of buckets") as refused:
        s3.put_bucket_replication(
            Bucket=bucket,
            ReplicationConfiguration={"Role": "arn:aws:iam::000000000000:role/r", "Rules": [rule]},
        )
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    inventory: dict[str, Any] = {
        "Id": "i",
        "IsEnabled": True,
        "IncludedObjectVersions": "All",
        "Schedule": {"Frequency": "Daily"},
        "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::other", "Format": "CSV"}},
    }
    with pytest.raises(ClientError, match="does not support S3 Inventory"):
        s3.put_bucket_inventory_configuration(Bucket=bucket, Id="i", InventoryConfiguration=inventory)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"AllowedMethods": ["PATCH"]}, "Unsupported method is PATCH"),
        (
            {"AllowedOrigins": ["http://*.*.com"]},
            'AllowedOrigin "http://[*].[*].com" can not have more than one wildcard',
        ),
        ({"AllowedHeaders": ["x-*-*"]}, 'AllowedHeader "x-[*]-[*]" can not have more than one wildcard'),
    ],
    ids=["method", "origin", "header"],
)
def test_cors_rules_that_cannot_be(s3: Any, bucket: str, rule: dict[str, Any], message: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html"""
    whole = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], **rule}
    with pytest.raises(ClientError, match=message) as refused:
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [whole]})
    assert refused.value.response["Error"]["Code"] == "InvalidRequest"
