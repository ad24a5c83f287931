"""The one door to AWS: every client of the deploy library is made here.

botocore is used without boto3, which would cost a tenth of a second of the half second that "nothing to do" may take.
"""

from __future__ import annotations

from typing import Any, Protocol

import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)

from groundcloud.deploy.profile import Profile
from groundcloud.errors import AwsError, UserError

_NOT_FROM_ENVIRONMENT = (None, None, None, None)
_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, TokenRetrievalError)
DEFAULT_REGION = "us-east-1"


class AwsDoor(Protocol):
    """AWS API calls as the person who deploys. Tests use `tests/fakes/aws_door.py`."""

    @property
    def region(self) -> str: ...

    def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """Call `operation` (boto3's snake_case) and return boto3's response. Raises `AwsError` for AWS's refusals and
        `UserError` when AWS cannot be reached or there are no credentials."""
        ...

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[dict[str, Any]]:
        """Every item below `key` of every page of `operation`."""
        ...


class BotoDoor:
    """The real door. Clients are made when first used and kept until `close`. A `session` that several doors share
    parses each service's model once; it must know no credentials, and the profile must be local."""

    def __init__(self, profile: Profile, session: Any = None) -> None:
        self._profile = profile
        self._clients: dict[str, Any] = {}
        try:
            self._session = session or _session(profile)
            self.region: str = profile.region or self._session.get_config_variable("region") or DEFAULT_REGION
        except ProfileNotFound as error:
            raise UserError(str(error), "`aws configure list-profiles` shows the ones there are") from error

    def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        try:
            response: dict[str, Any] = getattr(self._client(service), operation)(**params)
            return response
        except (ClientError, BotoConnectionError, HTTPClientError, *_NO_CREDENTIALS) as error:
            raise self._translated(error) from error

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[dict[str, Any]]:
        try:
            paginator = self._client(service).get_paginator(operation)
            return [item for page in paginator.paginate(**params) for item in page.get(key, [])]
        except (ClientError, BotoConnectionError, HTTPClientError, *_NO_CREDENTIALS) as error:
            raise self._translated(error) from error

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            credentials = {}
            if self._profile.local:
                credentials = {
                    "aws_access_key_id": self._profile.access_key_id,
                    "aws_secret_access_key": self._profile.secret_access_key,
                }
            self._clients[service] = self._session.create_client(
                service,
                region_name=self.region,
                endpoint_url=self._profile.endpoint_url,
                config=_config(self._profile),
                **credentials,
            )
        return self._clients[service]

    def _translated(self, error: Exception) -> AwsError | UserError:
        if isinstance(error, ClientError):
            answer = error.response.get("Error", {})
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
            return AwsError(answer.get("Code", "Unknown"), answer.get("Message", str(error)), status)
        if isinstance(error, _NO_CREDENTIALS):
            return UserError(f"No AWS credentials: {error}", "Sign in (`aws sso login`) or set GROUNDCLOUD_AWS_PROFILE")
        if self._profile.local:
            return UserError(f"No cloud answers at {self._profile.endpoint_url}", "Start it with `make up`")
        return UserError(f"AWS cannot be reached: {error}", "Check the network connection")


def _session(profile: Profile) -> Any:
    """A session. A local one ignores AWS_PROFILE, which may name a profile that does not exist here."""
    if profile.local:
        return botocore.session.Session(session_vars={"profile": _NOT_FROM_ENVIRONMENT})
    return botocore.session.Session(profile=profile.aws_profile or None)


def _config(profile: Profile) -> Any:
    """On AWS a configured endpoint is ignored: profile ``aws`` must never mean an emulator by accident, nor ask for
    an account number and then deploy elsewhere."""
    if profile.local:
        return Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}, connect_timeout=3, read_timeout=120)
    options: dict[str, Any] = {"ignore_configured_endpoint_urls": True}
    return Config(retries={"mode": "adaptive", "max_attempts": 8}, **options)
