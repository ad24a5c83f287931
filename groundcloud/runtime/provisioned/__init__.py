"""Provisioned concurrency: environments of a version that are started before anybody calls."""

from groundcloud.runtime.provisioned.service import FILE as PROVISIONED_FILE
from groundcloud.runtime.provisioned.service import Provisioned

__all__ = ["PROVISIONED_FILE", "Provisioned"]
