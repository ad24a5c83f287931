"""Metric filters and alarms: log events become metrics as they arrive, and metrics move alarms."""

from groundcloud.metrics.service import Metrics

__all__ = ["Metrics"]
