"""The door to our cloud: calls that are handed on, and the routes that run a function and complete a bucket."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

import urllib3

from groundcloud_localstack.address import Address
from groundcloud_localstack.errors import CloudError
from groundcloud_localstack.signed import Call, answer_headers, sign

INVOKE_PATH = "/_groundcloud/v1/localstack/invoke"
API_PATH = "/_groundcloud/v1/localstack/api"
BUCKET_PATH = "/_groundcloud/v1/localstack/bucket"

CONNECT_SECONDS = 10.0
READ_SECONDS = 960.0
"""Longer than Lambda's 15 minutes: the cloud holds a function to its own timeout."""

TIMEOUT = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)

POOL_SIZE = 64
"""Connections that are kept. More may be open at a time."""


@dataclass(frozen=True)
class Outcome:
    """How a function ended. `error` is AWS's ``Handled`` or ``Unhandled``, None when it returned."""

    payload: bytes
    error: str | None
    version: str


@dataclass(frozen=True)
class Answer:
    """What the cloud answered to a call that was handed on."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Cloud:
    """The cloud at `address`. Safe for threads."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._pool = urllib3.PoolManager(maxsize=POOL_SIZE, retries=False, timeout=TIMEOUT)

    def close(self) -> None:
        """Close every connection."""
        self._pool.clear()

    def forward(self, call: Call) -> Answer:
        """Hand a call on; whatever the cloud answers. Raises `CloudError` when it does not answer."""
        signed = sign(call, self.address)
        response = self._send(signed.method, signed.url, signed.headers, signed.body)
        return Answer(response.status, answer_headers(response.headers.items()), response.data)

    def invoke(self, arn: str, qualifier: str, request_id: str, payload: bytes) -> Outcome:
        """Run a function in the cloud's runtime and wait for its end. Raises `CloudError`."""
        asked = {
            "functionArn": arn,
            "qualifier": qualifier,
            "payload": base64.b64encode(payload).decode(),
            "requestId": request_id,
            "clientContext": None,
            "logs": False,
        }
        return _outcome(self._ask(INVOKE_PATH, asked, f"run {arn}"))

    def put_bucket(
        self, account: str, region: str, bucket: str, wanted: Mapping[str, object], dropped: list[str]
    ) -> None:
        """Have the properties `wanted` of a template put on a bucket of LocalStack's, and those `dropped` taken away.
        Raises `CloudError`, for a property that the cloud does not know too."""
        asked = {"account": account, "region": region, "bucket": bucket, "wanted": wanted, "dropped": dropped}
        self._ask(BUCKET_PATH, asked, f"complete the bucket {bucket}")

    def put_definition(
        self,
        account: str,
        region: str,
        api: str,
        definition: Mapping[str, object] | None,
        properties: Mapping[str, object],
    ) -> None:
        """Have a REST API of LocalStack's made of its template's definition, if that has one. Raises `CloudError`, for
        what is not supported too."""
        place = {"account": account, "region": region, "api": api}
        self._ask(API_PATH, {**place, "definition": definition, "properties": properties}, f"define the API {api}")

    def _ask(self, path: str, asked: Mapping[str, object], what: str) -> bytes:
        """The answer of a control route."""
        headers = {"Content-Type": "application/json"}
        response = self._send("POST", self.address.url + path, headers, json.dumps(asked).encode())
        if response.status >= 300:
            told = response.data.decode(errors="replace")[:500]
            raise CloudError(f"Groundcloud at {self.address.url} refused to {what}: {response.status} {told}")
        return bytes(response.data)

    def _send(self, method: str, url: str, headers: dict[str, str], body: bytes) -> urllib3.BaseHTTPResponse:
        try:
            return self._pool.request(method, url, headers=headers, body=body, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise CloudError(f"Groundcloud does not answer at {self.address.url}: {error}") from error


def _outcome(body: bytes) -> Outcome:
    try:
        told = json.loads(body)
        payload = base64.b64decode(told["payload"] or "")
        return Outcome(payload, told.get("functionError"), told.get("executedVersion") or "$LATEST")
    except (ValueError, KeyError, TypeError) as error:
        raise CloudError(f"Groundcloud answered an invocation in a form that is not known: {body[:200]!r}") from error
