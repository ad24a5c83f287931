"""The door to AWS's APIs: one boto3 client for each service, account and region.

On profile `aws` it leads to real AWS, with the credentials of the AWS profile that the settings name; on the others to
the cloud on this machine, and nothing of the user's AWS profiles reaches it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, EndpointConnectionError, HTTPClientError
from botocore.session import Session

from groundcloud.settings import Settings
from ui.readers.types import CloudUnavailable, Scope

READING = ("Get", "List", "Describe", "Head", "Filter", "Scan", "Query", "BatchGet", "Search", "Lookup")
UNTRACED = "Sampled=0;Self=groundcloud-console"
"""Sent as X-Amzn-Trace-Id with what only reads: the cloud makes no trace of it, else a page that shows traces would
make the traces that it shows."""

_OWN_VARIABLES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, "/dev/null", None),
    "credentials_file": (None, None, "/dev/null", None),
}


class AwsDoor:
    """Makes clients: `door.client("dynamodb", scope).scan(...)`. Clients may be shared between threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: Any = None
        self._clients: dict[tuple[str, Scope], Any] = {}
        self._making = threading.Lock()  # a session may not make two clients at once

    def client(self, service: str, scope: Scope) -> Any:
        """A boto3 client that acts as the administrator of the scope's account; on profile `aws` as the profile does,
        and then only the scope's region counts."""
        key = (service, scope)
        with self._making:
            if key not in self._clients:
                self._clients[key] = self._new_client(service, scope)
            return self._clients[key]

    def signer(self, service: str, scope: Scope) -> Any:
        """A client that signs for the address at which people reach the cloud, which inside a container is another one
        than the console's; it is to call nothing."""
        with self._making:
            return self._new_client(service, scope, self._settings.endpoint)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Turns the failure to reach AWS's APIs into `CloudUnavailable`; errors that AWS answers pass."""
        try:
            yield
        except (EndpointConnectionError, HTTPClientError) as error:
            raise CloudUnavailable(f"{self._where} does not answer") from error
        except BotoCoreError as error:
            raise CloudUnavailable(f"{self._where} cannot be called: {error}") from error

    @property
    def _where(self) -> str:
        return "AWS" if self._settings.profile == "aws" else self._settings.reached_at

    def _new_client(self, service: str, scope: Scope, address: str = "") -> Any:
        if self._session is None:
            self._session = self._new_session()
        options: dict[str, Any] = {"region_name": scope.region}
        if self._settings.profile != "aws":
            options |= self._here(scope) | ({"endpoint_url": address} if address else {})
        client = self._session.client(service, **options)
        if self._settings.profile != "aws":
            client.meta.events.register("before-call", _leave_no_trace)
        return client

    def _new_session(self) -> Any:
        if self._settings.profile == "aws":
            return boto3.session.Session(profile_name=self._settings.aws_profile or None)
        return boto3.session.Session(botocore_session=Session(session_vars=_OWN_VARIABLES))

    def _here(self, scope: Scope) -> dict[str, Any]:
        """A 12-digit access key is that account's administrator."""
        own = scope.account == self._settings.account
        return {
            "endpoint_url": self._settings.reached_at,
            "aws_access_key_id": self._settings.access_key_id if own else scope.account,
            "aws_secret_access_key": self._settings.secret_access_key,
            "config": Config(
                retries={"total_max_attempts": 1},
                connect_timeout=3,
                read_timeout=15,
                s3={"addressing_style": "path"},
                proxies={},
            ),
        }


def _leave_no_trace(model: Any, params: dict[str, Any], **_: Any) -> None:
    if model.name.startswith(READING):
        params["headers"]["X-Amzn-Trace-Id"] = UNTRACED
