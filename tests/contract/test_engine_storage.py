"""S3 through the edge: odd keys, presigned URLs, who may, and bodies of every kind."""

from __future__ import annotations

import hashlib
import os
import xml.etree.ElementTree as ElementTree
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.processes import poll

ODD_KEYS = [
    "plain.txt",
    "a b",
    "a+b",
    "a%b",
    "a%20b",
    "100%",
    "é/ü/日本語/🙂.txt",
    "a//b",
    "//leading",
    "trailing/",
    "./a/../b",
    "../up",
    "..",
    "a/./b",
    "?query=1&x",
    "hash#mark",
    "semi;colon,comma=eq",
    "quote\"'`<>&",
    "[brackets]{braces}|\\^~",
    "_ministack/reset",
    "_groundcloud/v1/health",
    "restapis/a/b/_user_request_/c",
    "x" * 1024,
]


TAKEN = ("_ministack/", "_groundcloud/", "restapis/")
"""Paths that mean something else on every host: a bucket is asked for such keys by path."""


def bucket(aws: Aws, name: str) -> str:
    """A bucket whose name no other test uses."""
    name = f"{name}-{aws.access_key}"
    aws.client("s3").create_bucket(Bucket=name)
    return name


def raw_request(cloud: Cloud, method: str, url: str, body: bytes = b"") -> tuple[int, bytes]:
    """``(status, body)`` of a request to `url` as it stands: other clients resolve ``..`` before they send."""
    parts = urlsplit(url)
    connection = HTTPConnection("127.0.0.1", cloud.port, timeout=60)
    connection.request(method, f"{parts.path}?{parts.query}", body, {"Host": parts.netloc})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, content


@pytest.mark.parametrize("key", ODD_KEYS)
def test_an_odd_key_by_path(aws: Aws, key: str) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html: UTF-8, 1,024 bytes."""
    s3, name = aws.client("s3"), bucket(aws, "odd")
    body = key.encode()
    s3.put_object(Bucket=name, Key=key, Body=body)
    assert s3.get_object(Bucket=name, Key=key)["Body"].read() == body
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=name)["Contents"]] == [key]
    s3.delete_object(Bucket=name, Key=key)
    assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 0


@pytest.mark.parametrize("key", [key for key in ODD_KEYS if not key.startswith(TAKEN)])
def test_an_odd_key_by_virtual_host(cloud: Cloud, aws: Aws, key: str) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html"""
    name = bucket(aws, "vhost")
    signer = Aws(f"http://s3.localhost.localstack.cloud:{cloud.port}", aws.access_key)
    virtual = signer.client("s3", config=Config(s3={"addressing_style": "virtual"}, signature_version="s3v4"))
    url = virtual.generate_presigned_url("put_object", Params={"Bucket": name, "Key": key})
    assert f"//{name}.s3.localhost" in url
    assert raw_request(cloud, "PUT", url, b"body")[0] == 200
    assert [one["Key"] for one in aws.client("s3").list_objects_v2(Bucket=name)["Contents"]] == [key]
    got = raw_request(cloud, "GET", virtual.generate_presigned_url("get_object", Params={"Bucket": name, "Key": key}))
    signer.close()
    assert got == (200, b"body")


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_presigned_url_is_good_for_what_it_says(cloud: Cloud, aws: Aws, version: str) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html"""
    name = bucket(aws, "presigned")
    s3 = aws.client("s3", config=Config(signature_version=version))
    put = s3.generate_presigned_url("put_object", Params={"Bucket": name, "Key": "a b/é"})
    assert cloud.http.put(put, content=b"body").status_code == 200
    get = s3.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "a b/é"})
    assert cloud.http.get(get).content == b"body"
    assert cloud.http.put(get, content=b"other").status_code == 403


def test_a_presigned_url_that_was_changed(cloud: Cloud, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (SignatureDoesNotMatch)"""
    name = bucket(aws, "tampered")
    s3 = aws.client("s3", config=Config(signature_version="s3v4"))
    for key in ("a", "b"):
        s3.put_object(Bucket=name, Key=key, Body=b"secret")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "a"})
    changed = cloud.http.get(url.replace("/a?", "/b?"))
    assert (changed.status_code, ElementTree.fromstring(changed.text).findtext("Code")) == (
        403,
        "SignatureDoesNotMatch",
    )


def test_a_presigned_url_that_is_over(cloud: Cloud, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"""
    name = bucket(aws, "expired")
    s3 = aws.client("s3", config=Config(signature_version="s3v4"))
    url = s3.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "k"}, ExpiresIn=60)
    date = url.split("X-Amz-Date=")[1][:8]
    old = cloud.http.get(url.replace(f"X-Amz-Date={date}", "X-Amz-Date=20200101"))
    assert old.status_code == 403


def test_a_private_object_needs_a_signature(cloud: Cloud, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (AccessDenied)"""
    name = bucket(aws, "private")
    aws.client("s3").put_object(Bucket=name, Key="k", Body=b"secret")
    for method in ("GET", "PUT", "DELETE"):
        answer = cloud.http.request(method, f"/{name}/k")
        assert (answer.status_code, ElementTree.fromstring(answer.text).findtext("Code")) == (403, "AccessDenied")


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("s3", "list_buckets", "SignatureDoesNotMatch", 403),
        ("dynamodb", "list_tables", "InvalidSignatureException", 400),
        ("iam", "list_roles", "SignatureDoesNotMatch", 403),
        ("lambda", "list_functions", "InvalidSignatureException", 403),
        ("cloudformation", "list_stacks", "SignatureDoesNotMatch", 403),
        ("ec2", "describe_vpcs", "SignatureDoesNotMatch", 403),
    ],
)
def test_a_wrong_secret_is_refused(
    cloud: Cloud, account: str, service: str, operation: str, code: str, status: int
) -> None:
    """Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html"""
    forger = Aws(cloud.endpoint, account, secret="wrong")
    with pytest.raises(ClientError) as caught:
        getattr(forger.client(service), operation)()
    forger.close()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_wrong_secret_neither_invokes_nor_deploys(cloud: Cloud, account: str) -> None:
    """Source: the same page; these are operations that parts of ours answer for the administrator."""
    forger = Aws(cloud.endpoint, account, secret="wrong")
    for call in (
        lambda: forger.client("lambda").invoke(FunctionName="f"),
        lambda: forger.client("cloudformation").create_stack(StackName="s", TemplateBody="{}"),
    ):
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    forger.close()


def test_an_unsigned_call_of_a_signed_api_is_refused(cloud: Cloud) -> None:
    """Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html"""
    target = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
    answer = cloud.http.post("/", headers=target, content=b"{}")
    assert answer.status_code in (400, 403)
    assert "MissingAuthenticationToken" in answer.text or "AccessDenied" in answer.text


def test_accounts_are_apart(cloud: Cloud, aws: Aws) -> None:
    """Source: README 'Accounts': an access key of 12 digits is the administrator of that account."""
    other = str((int(aws.access_key) + 1) % 10**12).zfill(12)
    assert aws.account == aws.access_key
    aws.client("sqs").create_queue(QueueName="mine")
    aws.client("dynamodb").create_table(
        TableName="mine",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    assert not cloud.client("sqs", other).list_queues().get("QueueUrls")
    assert cloud.client("dynamodb", other).list_tables()["TableNames"] == []
    assert aws.client("dynamodb").list_tables()["TableNames"] == ["mine"]


def test_regions_are_apart(cloud: Cloud, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/general/latest/gr/rande.html"""
    aws.client("sqs").create_queue(QueueName="here")
    elsewhere = Aws(cloud.endpoint, aws.access_key, region="eu-central-1")
    assert not elsewhere.client("sqs").list_queues().get("QueueUrls")
    elsewhere.close()


def test_a_large_object_passes_whole(aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html"""
    s3, name, body = aws.client("s3"), bucket(aws, "large"), os.urandom(30 * 1024**2)
    s3.put_object(Bucket=name, Key="k", Body=body)
    got = s3.get_object(Bucket=name, Key="k")["Body"].read()
    assert hashlib.sha256(got).digest() == hashlib.sha256(body).digest()
    assert s3.get_object(Bucket=name, Key="k", Range="bytes=100-199")["Body"].read() == body[100:200]
    assert s3.head_object(Bucket=name, Key="k")["ContentLength"] == len(body)


def test_an_upload_in_aws_chunks(cloud: Cloud, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html: boto3's default on a stream whose
    checksum follows in the trailer."""
    s3, name = aws.client("s3"), bucket(aws, "chunked")

    class Stream:
        """A body that cannot be rewound is sent in chunks."""

        def __init__(self) -> None:
            self.parts = [b"x" * 100_000, b"y" * 10]

        def read(self, _size: int = -1) -> bytes:
            return self.parts.pop(0) if self.parts else b""

        def __len__(self) -> int:
            return 100_010

    s3.upload_fileobj(Stream(), name, "k")
    assert s3.get_object(Bucket=name, Key="k")["Body"].read() == b"x" * 100_000 + b"y" * 10


def test_a_multipart_upload(aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html"""
    s3, name = aws.client("s3"), bucket(aws, "parts")
    upload = s3.create_multipart_upload(Bucket=name, Key="a b+c")["UploadId"]
    parts = []
    for number, body in enumerate((b"x" * 5 * 1024**2, b"end"), 1):
        sent = s3.upload_part(Bucket=name, Key="a b+c", UploadId=upload, PartNumber=number, Body=body)
        parts.append({"PartNumber": number, "ETag": sent["ETag"]})
    s3.complete_multipart_upload(Bucket=name, Key="a b+c", UploadId=upload, MultipartUpload={"Parts": parts})
    assert s3.head_object(Bucket=name, Key="a b+c")["ContentLength"] == 5 * 1024**2 + 3


def test_athena_answers_a_query_though_its_database_was_not_loaded_before(aws: Aws) -> None:
    """https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html"""
    athena, output = aws.client("athena"), {"OutputLocation": f"s3://{bucket(aws, 'results')}/"}
    started = athena.start_query_execution(QueryString="select 1 + 1 as two", ResultConfiguration=output)
    query = started["QueryExecutionId"]

    def over() -> bool:
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        return status["State"] in ("SUCCEEDED", "FAILED")

    poll(over, timeout=30, what="the end of the query")
    rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
    assert [row["Data"][0]["VarCharValue"] for row in rows] == ["two", "2"]
