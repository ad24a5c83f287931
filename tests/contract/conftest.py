"""Fixtures of the contract tests: functions made in the test's account, and its traces."""

from __future__ import annotations

import pytest

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.functions import Functions
from tests.support.traces import Traces


@pytest.fixture
def functions(aws: Aws) -> Functions:
    return Functions(aws)


@pytest.fixture
def traces(cloud: Cloud, account: str) -> Traces:
    """In the place of the test kit's: these wait for a number of spans."""
    return Traces(cloud.http, account)
