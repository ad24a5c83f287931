"""Systems deployed once a worker."""

from __future__ import annotations

import pytest

from tests.support.cloud import Cloud
from tests.support.systems import CloudTask


@pytest.fixture(scope="session")
def cloudtask(cloud: Cloud) -> CloudTask:
    return CloudTask(cloud)
