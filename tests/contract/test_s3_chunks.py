"""Uploads in signed chunks: S3 stores what its sender signed, chunk by chunk.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html there.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from groundcloud.edge.sigv4 import signing_key
from tests.support.aws import Aws, new_account
from tests.support.chunks import Chunked
from tests.support.cloud import Cloud

PLAIN = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
DATA = bytes(range(256)) * 600


class Signing(S3SigV4Auth):
    """Of headers that declare `mode` in the place of the body's digest."""

    def __init__(self, credentials: Credentials, mode: str) -> None:
        super().__init__(credentials, "s3", "us-east-1")
        self._mode = mode

    def payload(self, request: AWSRequest) -> str:
        return self._mode


class Bucket:
    """A bucket, and PUTs to it by its account's administrator."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.aws = Aws(cloud.endpoint, new_account())
        self.name = f"chunks-{self.aws.account}"
        self.client: Any = self.aws.client("s3")
        self.client.create_bucket(Bucket=self.name)

    def put(self, key: str, *, trailer: str = "", wrong: str = "") -> httpx.Response:
        mode = PLAIN + ("-TRAILER" if trailer else "")
        headers = {"x-amz-decoded-content-length": str(len(DATA))}
        headers |= {"Content-Encoding": "aws-chunked"} | ({"x-amz-trailer": trailer.split(":")[0]} if trailer else {})
        url = f"{self.cloud.endpoint}/{self.name}/{key}"
        request = AWSRequest("PUT", url, headers=headers)
        Signing(Credentials(self.aws.account, "test"), mode).add_auth(request)
        sent = {name: str(value) for name, value in request.headers.items()}
        authorization, date = sent["Authorization"], sent["X-Amz-Date"]
        scope = authorization.partition("Credential=")[2].partition(",")[0].partition("/")[2]
        signing = signing_key("test", date[:8], "us-east-1", "s3")
        chunked = Chunked(signing, authorization.rpartition("Signature=")[2], date, scope)
        return self.cloud.http.put(url, headers=sent, content=chunked.body(DATA, trailer=trailer, wrong=wrong))

    def stored(self, key: str) -> bytes | None:
        found = self.client.list_objects_v2(Bucket=self.name, Prefix=key).get("Contents")
        return bytes(self.client.get_object(Bucket=self.name, Key=key)["Body"].read()) if found else None


@pytest.fixture(scope="module")
def bucket(cloud: Cloud) -> Iterator[Bucket]:
    bucket = Bucket(cloud)
    yield bucket
    bucket.aws.close()


CRC = "x-amz-checksum-crc32:" + base64.b64encode(zlib.crc32(DATA).to_bytes(4, "big")).decode()


@pytest.mark.parametrize("trailer", ["", CRC], ids=["plain", "trailer"])
def test_what_was_signed_is_stored(bucket: Bucket, trailer: str) -> None:
    response = bucket.put(f"good-{bool(trailer)}", trailer=trailer)
    assert response.status_code == 200, response.text
    assert bucket.stored(f"good-{bool(trailer)}") == DATA


@pytest.mark.parametrize("wrong", ["data", "chunk", "last", "trailer", "missing"])
def test_what_was_tampered_with_is_not(bucket: Bucket, wrong: str) -> None:
    """sigv4-streaming.html: the signatures "verify" each chunk; ErrorResponses.html: SignatureDoesNotMatch, 403."""
    response = bucket.put(wrong, trailer=CRC if wrong in ("trailer", "missing") else "", wrong=wrong)
    assert (response.status_code, "<Code>SignatureDoesNotMatch</Code>" in response.text) == (403, True)
    assert bucket.stored(wrong) is None
