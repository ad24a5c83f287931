"""boto3 against the cloud under test: one account, one region, every client closed in the end."""

from __future__ import annotations

import functools
import threading
from typing import Any

import boto3
from botocore.config import Config

from groundcloud.testing.account import SECRET, new_account, variables

__all__ = ["REGION", "SECRET", "Aws", "new_account", "session"]

REGION = "us-east-1"
_MAKING = threading.Lock()
"""Sessions make one client at a time."""


@functools.cache
def session() -> boto3.session.Session:
    """The one session of this process: it reads endpoints and models once, and knows no credentials."""
    return boto3.session.Session(region_name=REGION)


class Aws:
    """Clients and resources bound to one account. A 12-digit access key is that account's administrator."""

    def __init__(
        self, endpoint: str, access_key: str, region: str = REGION, secret: str = SECRET, token: str | None = None
    ) -> None:
        self.endpoint = endpoint
        self.access_key = access_key
        self.region = region
        self._as = {
            "aws_access_key_id": access_key,
            "aws_secret_access_key": secret,
            "aws_session_token": token,
            "region_name": region,
            "endpoint_url": endpoint,
        }
        self._clients: dict[str, Any] = {}

    @property
    def account(self) -> str:
        return str(self.client("sts").get_caller_identity()["Account"])

    def client(self, service: str, config: Config | None = None, **overrides: Any) -> Any:
        """A boto3 client of `service`; kept, unless it is made to measure with `config` or other arguments."""
        made_to_measure = config is not None or bool(overrides)
        if not made_to_measure and service in self._clients:
            return self._clients[service]
        defaults = Config(
            retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, connect_timeout=30, read_timeout=60
        )
        with _MAKING:
            client = session().client(
                service, **self._as | {"config": defaults.merge(config) if config else defaults} | overrides
            )
        self._clients[f"{service}#{len(self._clients)}" if made_to_measure else service] = client
        return client

    def resource(self, service: str) -> Any:
        """A boto3 resource of `service`."""
        with _MAKING:
            return session().resource(service, **self._as)

    def environ(self) -> dict[str, str]:
        """What a command line tool needs to speak to the same account."""
        return variables(self.endpoint, self.access_key, self.region)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()
