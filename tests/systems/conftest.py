"""Fixtures of more than one system's tests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from groundcloud.hostengine.engine import HostEngine
from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.localstack import launch


@pytest.fixture(scope="module")
def localstack(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostEngine]:
    """A LocalStack of this module's, with the plugin, in front of which the worker's cloud stands."""
    with HostEngine(launch(tmp_path_factory.mktemp("localstack"), cloud.endpoint)) as engine:
        yield engine


@pytest.fixture
def there(localstack: HostEngine) -> Iterator[Aws]:
    """boto3 at LocalStack itself, in an account of this test's."""
    with contextlib.closing(Aws(localstack.address, new_account())) as aws:
        yield aws
