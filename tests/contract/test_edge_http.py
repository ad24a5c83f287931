"""The edge of a running cloud, spoken to in bytes: hosts, limits, framing, and what goes on after a broken request."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.cloud import Cloud

HEALTH = "/_groundcloud/v1/health"


class Raw:
    """One TCP connection, and a reader of whole HTTP answers."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.host = f"127.0.0.1:{port}"
        self._file = self.socket.makefile("rb")

    def send(self, line: str, *headers: str, body: bytes = b"", host: str | None = None) -> None:
        lines = [f"{line} HTTP/1.1", f"Host: {host or self.host}", *headers, "", ""]
        self.socket.sendall("\r\n".join(lines).encode("latin-1") + body)

    def answer(self, *, to_head: bool = False) -> tuple[int, dict[str, str], bytes]:
        """``(status, headers, body)`` of the next answer."""
        status = int(self._file.readline().split()[1])
        headers = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        if to_head or status == 100:
            return status, headers, b""
        if headers.get("transfer-encoding") == "chunked":
            return status, headers, self._chunks()
        return status, headers, self._file.read(int(headers.get("content-length", 0)))

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self._file.readline(), 16):
            body += self._file.read(size)
            self._file.readline()
        self._file.readline()
        return body

    def at_end(self) -> bool:
        """Whether the server has closed the connection."""
        return self._file.read(1) == b""

    def close(self) -> None:
        self._file.close()
        self.socket.close()


@pytest.fixture
def raw(cloud: Cloud) -> Iterator[Raw]:
    with closing(Raw(cloud.port)) as connection:
        yield connection


def healthy(cloud: Cloud) -> bool:
    return cloud.http.get(HEALTH).json()["status"] == "ok"


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1@evil.example", "169.254.169.254"]
)
def test_a_foreign_host_is_refused(raw, host):
    """Source: DNS rebinding, https://owasp.org/www-community/attacks/DNS_Rebinding; README 'Host names'."""
    raw.send("GET /", host=host)
    assert raw.answer()[0] == 403


def test_no_host_or_two_hosts_are_refused(cloud):
    """Source: RFC 9112, section 3.2."""
    for head in (b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"):
        with closing(Raw(cloud.port)) as raw:
            raw.socket.sendall(head)
            assert raw.answer()[0] in (400, 403)


@pytest.mark.parametrize(
    "path", ["/_ministack/reset", "/%5Fministack/reset", "/_ministack%2Freset", "/_ministack/config"]
)
def test_the_engines_own_routes_are_closed(cloud, aws, path):
    """Source: docs/design.md: the engine is reached by AWS's APIs only."""
    aws.client("sqs").create_queue(QueueName="kept")
    assert cloud.http.post(path).status_code == 403
    assert len(aws.client("sqs").list_queues()["QueueUrls"]) == 1


def test_a_page_of_another_site_cannot_use_the_well_known_keys(cloud):
    """Source: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Origin"""
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/lambda/aws4_request, x"}
    answer = cloud.http.post("/2015-03-31/functions", headers={"Origin": "https://evil.example", **signed}, json={})
    assert (answer.status_code, "Signed requests" in answer.json()["message"]) == (403, True)
    assert cloud.http.delete("/_groundcloud/v1/mail", headers={"Origin": "https://evil.example"}).status_code == 403


def test_a_long_url_and_long_headers(cloud, raw):
    """Source: RFC 9110, section 15.5.15 (414); RFC 6585, section 5 (431)."""
    raw.send(f"GET /{'a' * 70_000}")
    status, headers, _ = raw.answer()
    assert (status, headers["connection"], raw.at_end()) == (414, "close", True)
    with closing(Raw(cloud.port)) as other:
        other.send("GET /", f"X-Long: {'a' * 70_000}")
        assert other.answer()[0] == 431
    assert healthy(cloud)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_a_broken_request_is_refused_and_the_next_one_served(cloud, request_bytes):
    """Source: RFC 9112, sections 2.2 and 6.3."""
    with closing(Raw(cloud.port)) as raw:
        raw.socket.sendall(request_bytes)
        assert raw.answer()[0] == 400
        assert raw.at_end()
    assert healthy(cloud)


@pytest.mark.parametrize(
    ("target", "headers", "body"),
    [
        ("/", {"X-Amz-Target": "DynamoDB_20120810.PutItem"}, b"{not json"),
        ("/", {"X-Amz-Target": "NoSuch.Operation"}, b"\xff\xfe"),
        ("/", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=%ff%fe&Version="),
        ("/2015-03-31/functions/%00%ff/invocations", {}, b"{}"),
        ("/bucket/%", {}, b""),
        ("/%2e%2e/%2e%2e/etc/passwd", {}, b""),
        ("/service/x/operation/y", {"Smithy-Protocol": "rpc-v2-cbor"}, b"\xff"),
        ("/?X-Amz-Credential=%ff&X-Amz-Signature=%00", {}, b""),
    ],
)
def test_nonsense_in_any_protocol_is_an_error_and_the_next_request_served(cloud, target, headers, body):
    """Source: issue 2, 'Bad input': nothing of it stops the cloud or the next call."""
    answer = cloud.http.post(target, headers=headers, content=body)
    assert 400 <= answer.status_code <= 501
    assert healthy(cloud)


def test_a_client_that_hangs_up_in_the_middle_of_a_body(cloud):
    """Source: issue 2, 'Bad input'."""
    for headers in (
        ("Content-Length: 1000",),
        ("Content-Length: 1000", "Content-Type: application/x-www-form-urlencoded"),
    ):
        with closing(Raw(cloud.port)) as raw:
            raw.send("POST /bucket/key", *headers, body=b"part")
    assert healthy(cloud)


def test_requests_sent_ahead_are_answered_in_order(raw):
    """Source: RFC 9112, section 9.3.2."""
    for _ in range(3):
        raw.send(f"GET {HEALTH}")
        raw.send("GET /_groundcloud/v1/nothing")
    assert [raw.answer()[0] for _ in range(6)] == [200, 404] * 3


def test_a_connection_is_kept_for_many_requests(raw):
    """Source: RFC 9112, section 9.3."""
    for _ in range(20):
        raw.send(f"GET {HEALTH}")
        assert raw.answer()[0] == 200
    raw.send(f"GET {HEALTH}", "Connection: close")
    assert raw.answer()[0] == 200
    assert raw.at_end()


def test_head_is_get_without_the_body(raw):
    """Source: RFC 9110, section 9.3.2."""
    raw.send(f"GET {HEALTH}")
    length = raw.answer()[1]["content-length"]
    raw.send(f"HEAD {HEALTH}")
    status, headers, _ = raw.answer(to_head=True)
    assert (status, headers["content-length"]) == (200, length)
    raw.send(f"GET {HEALTH}")
    assert raw.answer()[0] == 200


def test_java_s_offer_of_http2_loses_no_body(cloud, aws, raw):
    """Source: https://docs.oracle.com/en/java/javase/21/docs/api/java.net.http/java/net/http/HttpClient.html
    (HTTP/2 by default, offered by Upgrade on plain connections)."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="java-offers")
    url = httpx.URL(s3.generate_presigned_url("put_object", Params={"Bucket": "java-offers", "Key": "k"}))
    offer = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")
    raw.send(f"PUT {url.raw_path.decode()}", *offer, "Content-Length: 4", body=b"body")
    assert raw.answer()[0] == 200
    assert s3.get_object(Bucket="java-offers", Key="k")["Body"].read() == b"body"


def test_a_client_that_waits_before_it_sends_the_body(aws, raw):
    """Source: RFC 9110, section 10.1.1; boto3 sends ``Expect: 100-continue`` with every PutObject."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="patient")
    url = httpx.URL(s3.generate_presigned_url("put_object", Params={"Bucket": "patient", "Key": "k"}))
    raw.send(f"PUT {url.raw_path.decode()}", "Expect: 100-continue", "Content-Length: 4")
    assert raw.answer()[0] == 100
    raw.socket.sendall(b"body")
    assert raw.answer()[0] == 200
    assert s3.get_object(Bucket="patient", Key="k")["Body"].read() == b"body"


def test_a_body_in_chunks(aws, raw):
    """Source: RFC 9112, section 7.1. A field after the body is not taken for a header."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="chunks")
    url = httpx.URL(s3.generate_presigned_url("put_object", Params={"Bucket": "chunks", "Key": "k"}))
    chunks = b"3\r\nbod\r\n1\r\ny\r\n0\r\nX-Amz-Meta-Late: 1\r\n\r\n"
    raw.send(f"PUT {url.raw_path.decode()}", "Transfer-Encoding: chunked", body=chunks)
    assert raw.answer()[0] == 200
    found = s3.get_object(Bucket="chunks", Key="k")
    assert (found["Body"].read(), found["Metadata"]) == (b"body", {})


def test_a_name_with_its_final_dot_is_the_same_name(cloud, aws):
    """Source: RFC 1034, section 3.1: the dot says that the name is complete."""
    answer = cloud.http.get(HEALTH, headers={"Host": f"localhost.:{cloud.port}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("origin", "readable"), [("https://app.example.com", True), ("https://else.example.com", False)]
)
def test_a_page_can_read_a_refusal_where_the_bucket_lets_its_origin_in(cloud, aws, account, origin, readable):
    """Source: AmazonS3/latest/userguide/cors.html: the first rule that fits the request adds the headers."""
    bucket, rule = f"cors-{account}", {"AllowedOrigins": ["https://app.example.com"], "AllowedMethods": ["GET"]}
    aws.client("s3").create_bucket(Bucket=bucket)
    aws.client("s3").put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    answer = cloud.http.get(f"{cloud.endpoint}/{bucket}/secret", headers={"Origin": origin})
    assert answer.status_code == 403
    assert (answer.headers.get("access-control-allow-origin") == origin) is readable


def test_a_page_can_read_refusals_of_the_other_services(cloud, aws):
    """Source: docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/cors.html: services answer every origin."""
    aws.client("iam").create_user(UserName="page")
    keys = aws.client("iam").create_access_key(UserName="page")["AccessKey"]
    url = f"{cloud.endpoint}/"
    headers = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
    signed = AWSRequest("POST", url, data=b"{}", headers=headers)
    SigV4Auth(Credentials(keys["AccessKeyId"], keys["SecretAccessKey"]), "dynamodb", "us-east-1").add_auth(signed)
    sent = {**dict(signed.headers.items()), "Origin": f"http://site.cloudfront.localhost:{cloud.port}"}
    answer = cloud.http.post(url, content=b"{}", headers=sent)
    assert answer.status_code == 400 and answer.json()["__type"].endswith("AccessDeniedException")
    assert answer.headers["access-control-allow-origin"] == "*"


def test_an_answer_has_the_headers_of_aws_and_no_more(aws):
    """Source: amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html, the response's headers: a program that
    is no page has asked for no `Access-Control-*`, and S3's `x-amz-request-id` and `x-amz-id-2` are S3's."""
    answered = aws.client("dynamodb").list_tables()["ResponseMetadata"]
    expected = {"x-amzn-requestid", "x-amz-crc32", "content-type", "content-length", "date"}
    # LocalStack adds two of its own, which no SDK reads.
    assert answered["HTTPHeaders"].keys() - {"server", "x-localstack"} == expected
    assert answered["RequestId"] == answered["HTTPHeaders"]["x-amzn-requestid"]
    of_s3 = aws.client("s3").list_buckets()["ResponseMetadata"]["HTTPHeaders"]
    assert {"x-amz-request-id", "x-amz-id-2"} <= set(of_s3)
