"""CRC64NVME, S3's own checksum, of objects of every size. Pages are below https://docs.aws.amazon.com/AmazonS3/latest/."""

from __future__ import annotations

import base64
from typing import Any

import anycrc
import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.support.aws import SECRET, Aws

LARGE = b"groundcloud " * 10_000
"""120,000 bytes: beyond what the engine sums up."""

PART = b"p" * 5 * 1024**2


def crc(data: bytes) -> str:
    return base64.b64encode(anycrc.Model("CRC64-NVME").calc(data).to_bytes(8, "big")).decode()


@pytest.fixture
def s3(aws: Aws) -> Any:
    return aws.client("s3", config=Config(request_checksum_calculation="when_required", signature_version="s3v4"))


@pytest.fixture
def bucket(s3: Any, account: str) -> str:
    name = f"sums-{account}"
    s3.create_bucket(Bucket=name)
    return name


def of(found: dict[str, Any]) -> tuple[Any, Any]:
    return found.get("ChecksumCRC64NVME"), found.get("ChecksumType")


def test_a_large_object_gets_one(s3: Any, bucket: str) -> None:
    """userguide/checking-object-integrity-upload.html: S3 computes it for every object that comes without a checksum;
    API/API_GetObject.html: it is told to those who ask, of the whole object; a copy has it, too"""
    whole = (crc(LARGE), "FULL_OBJECT")
    assert of(s3.put_object(Bucket=bucket, Key="k", Body=LARGE)) == whole
    assert of(s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")) == whole
    found = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert of(found) == whole and found["Body"].read() == LARGE
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
    assert of(s3.head_object(Bucket=bucket, Key="copy", ChecksumMode="ENABLED")) == whole
    asked = {"Bucket": bucket, "Key": "k", "ObjectAttributes": ["Checksum", "ObjectSize"]}
    attributes = s3.get_object_attributes(**asked)
    assert (of(attributes["Checksum"]), attributes["ObjectSize"]) == (whole, len(LARGE))
    assert "Checksum" not in s3.get_object_attributes(**{**asked, "ObjectAttributes": ["ETag"]})
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object_attributes(**{**asked, "Key": "none"})
    assert of(s3.head_object(Bucket=bucket, Key="k")) == (None, None)
    assert of(s3.get_object(Bucket=bucket, Key="k", Range="bytes=0-9", ChecksumMode="ENABLED")) == (None, None)


def test_a_value_that_comes_along_is_held_against_the_data(s3: Any, bucket: str) -> None:
    """API/API_PutObject.html, x-amz-checksum-crc64nvme; API/ErrorResponses.html, BadDigest: nothing is stored"""
    put = s3.put_object(Bucket=bucket, Key="right", Body=LARGE, ChecksumCRC64NVME=crc(LARGE))
    assert of(put) == (crc(LARGE), "FULL_OBJECT")
    for body in (LARGE, b"small"):
        with pytest.raises(ClientError, match="BadDigest") as refused:
            s3.put_object(Bucket=bucket, Key="wrong", Body=body, ChecksumCRC64NVME=crc(b"another"))
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["right"]


def test_an_upload_in_parts_has_one_of_the_whole_object(s3: Any, bucket: str) -> None:
    """userguide/checking-object-integrity-upload.html: CRC64NVME is of the full object only; parts and the whole are
    verified"""
    made = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="CRC64NVME", ChecksumType="FULL_OBJECT")
    assert (made["ChecksumAlgorithm"], made["ChecksumType"]) == ("CRC64NVME", "FULL_OBJECT")
    upload = {"Bucket": bucket, "Key": "k", "UploadId": made["UploadId"]}
    parts = []
    for number, body in enumerate((PART, b"the end"), start=1):
        with pytest.raises(ClientError, match="BadDigest"):
            s3.upload_part(**upload, PartNumber=number, Body=body, ChecksumCRC64NVME=crc(b"another"))
        sent = s3.upload_part(**upload, PartNumber=number, Body=body, ChecksumCRC64NVME=crc(body))
        parts.append({"PartNumber": number, "ETag": sent["ETag"], "ChecksumCRC64NVME": sent["ChecksumCRC64NVME"]})
    whole = crc(PART + b"the end")
    with pytest.raises(ClientError, match="BadDigest"):
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, ChecksumCRC64NVME=crc(b"another"))
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, ChecksumCRC64NVME=whole)
    found = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert of(found) == (whole, "FULL_OBJECT")
    assert len(found["Body"].read()) == len(PART) + 7


@pytest.mark.parametrize("size", [5, 100_000])
def test_what_was_signed_is_what_is_stored(aws: Aws, s3: Any, bucket: str, http: httpx.Client, size: int) -> None:
    """API/sig-v4-header-based-auth.html, x-amz-content-sha256; API/ErrorResponses.html, XAmzContentSHA256Mismatch"""
    key = Credentials(aws.access_key, SECRET)
    asked = AWSRequest("PUT", f"{http.base_url}/{bucket}/k", data=b"a" * size)
    S3SigV4Auth(key, "s3", "us-east-1").add_auth(asked)
    refused = http.put(f"/{bucket}/k", content=b"b" * size, headers=dict(asked.headers.items()))
    assert (refused.status_code, "<Code>XAmzContentSHA256Mismatch</Code>" in refused.text) == (400, True), refused.text
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert http.put(f"/{bucket}/k", content=b"a" * size, headers=dict(asked.headers.items())).status_code == 200
