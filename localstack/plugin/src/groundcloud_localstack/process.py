"""What this LocalStack's process has once: its cloud, and what was learned of it.

The one place that reads the environment.
"""

from __future__ import annotations

import functools
import os

from groundcloud_localstack.address import read_address
from groundcloud_localstack.cloud import Cloud


@functools.cache
def the_cloud() -> Cloud:
    """The cloud behind this LocalStack. Its connections are shared by every thread."""
    return Cloud(read_address(os.environ))


@functools.cache
def absent_attributes() -> dict[str, set[str]]:
    """By resource type, the attributes that the cloud's engine was seen not to have. Empty at first."""
    return {}
