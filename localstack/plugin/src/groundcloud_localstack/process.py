"""What this LocalStack's process has once: its cloud. The one place that reads the environment."""

from __future__ import annotations

import functools
import os

from groundcloud_localstack.address import read_address
from groundcloud_localstack.cloud import Cloud


@functools.cache
def the_cloud() -> Cloud:
    """The cloud behind this LocalStack. Its connections are shared by every thread."""
    return Cloud(read_address(os.environ))
