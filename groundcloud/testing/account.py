"""An account of a test's own, and boto3 in it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import botocore.session

SECRET = "test"
"""The secret of every account's administrator, unless GROUNDCLOUD_SECRET_ACCESS_KEY says otherwise."""


def new_account() -> str:
    """An account that nobody uses."""
    return str(random.SystemRandom().randrange(10**11, 10**12))


def variables(endpoint: str, account: str, region: str) -> dict[str, str]:
    """What makes any AWS SDK or command line tool mean `account` in the cloud at `endpoint`."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }


UNSET = (
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)
"""What would lead elsewhere."""

_NO_PROFILE = {"profile": (None, None, None, None)}
"""AWS_PROFILE may name a profile that does not exist here."""


class Sessions:
    """Makes boto3 sessions that share what botocore has read: a service's models are parsed once, not once a test.

    `shared` knows no credentials.
    """

    def __init__(self) -> None:
        self.shared = botocore.session.Session(session_vars=_NO_PROFILE)

    @contextmanager
    def of(self, account: str, region: str) -> Iterator[boto3.session.Session]:
        """A session of one account's administrator. Its clients are closed in the end. Where the account is, the
        environment says (`variables`)."""
        session = _Closing(session_vars=_NO_PROFILE)
        session.register_component("data_loader", self.shared.get_component("data_loader"))
        try:
            yield boto3.session.Session(
                aws_access_key_id=account,
                aws_secret_access_key=SECRET,
                region_name=region,
                botocore_session=session,
            )
        finally:
            session.close()


class _Closing(botocore.session.Session):  # type: ignore[misc]
    """Remembers its clients, to close them: an open connection at the end of a test is a warning of Python's."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._made: list[Any] = []

    def create_client(self, *arguments: Any, **options: Any) -> Any:
        client = super().create_client(*arguments, **options)
        self._made.append(client)
        return client

    def close(self) -> None:
        for client in self._made:
            client.close()
        self._made.clear()
