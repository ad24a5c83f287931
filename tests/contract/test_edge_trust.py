"""What a client claims about itself is not believed."""

from __future__ import annotations

import json
import socket
import uuid

import pytest

from tests.support.aws import Aws
from tests.support.cloud import Cloud

SOMEWHERE = "203.0.113.7"


def test_a_forwarded_address_is_not_the_callers_address(cloud: Cloud, aws: Aws) -> None:
    """`aws:SourceIp` is the requester's address (IAM/latest/UserGuide/reference_policies_condition-keys.html)."""
    s3, bucket = aws.client("s3"), f"b-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"IpAddress": {"aws:SourceIp": SOMEWHERE}},
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    answer = cloud.http.get(f"/{bucket}/k", headers={"X-Forwarded-For": SOMEWHERE})
    assert answer.status_code == 403


@pytest.mark.parametrize("host", ["evil.example.com", "localhost:80@evil.example.com"])
def test_a_websocket_from_a_foreign_host_is_refused(cloud: Cloud, host: str) -> None:
    """The mark of DNS rebinding counts for WebSockets too."""
    with socket.create_connection(("127.0.0.1", cloud.port), timeout=60) as connection:
        connection.sendall(
            f"GET /_aws/execute-api/abcd1234/prod HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        status_line = connection.recv(4096).split(b"\r\n")[0]
    assert status_line.split()[1] in (b"403", b"400")
