"""The door to our cloud: its address, and the route that runs a function."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

import urllib3

ADDRESS_VARIABLE = "GROUNDCLOUD_URL"
DEFAULT_ADDRESS = "http://127.0.0.1:4566"
INVOKE_PATH = "/_groundcloud/v1/localstack/invoke"

CONNECT_SECONDS = 10.0
READ_SECONDS = 960.0
"""Longer than Lambda's 15 minutes: the cloud holds a function to its own timeout."""

POOL_SIZE = 64
"""Connections that are kept. More may be open at a time."""


class CloudError(Exception):
    """The cloud did not answer, or refused; the message is for whoever called the function."""


@dataclass(frozen=True)
class Outcome:
    """How a function ended. `error` is AWS's ``Handled`` or ``Unhandled``, None when it returned."""

    payload: bytes
    error: str | None
    version: str


def address_of(environ: Mapping[str, str]) -> str:
    """Where the cloud is, without a slash at its end."""
    return (environ.get(ADDRESS_VARIABLE) or DEFAULT_ADDRESS).rstrip("/")


class Cloud:
    """The cloud at `address`. Safe for threads."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._pool = urllib3.PoolManager(
            maxsize=POOL_SIZE, retries=False, timeout=urllib3.Timeout(CONNECT_SECONDS, READ_SECONDS)
        )

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
        try:
            response = self._pool.request("POST", self.address + INVOKE_PATH, json=asked)
        except urllib3.exceptions.HTTPError as error:
            raise CloudError(f"Groundcloud does not answer at {self.address}, so {arn} cannot run: {error}") from error
        if response.status != 200:
            told = response.data.decode(errors="replace")[:500]
            raise CloudError(f"Groundcloud at {self.address} refused to run {arn}: {response.status} {told}")
        return _outcome(response.data)


def _outcome(body: bytes) -> Outcome:
    try:
        told = json.loads(body)
        payload = base64.b64decode(told["payload"] or "")
        return Outcome(payload, told.get("functionError"), told.get("executedVersion") or "$LATEST")
    except (ValueError, KeyError, TypeError) as error:
        raise CloudError(f"Groundcloud answered an invocation in a form that is not known: {body[:200]!r}") from error
