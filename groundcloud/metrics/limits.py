"""Every number of metric filters and alarms. Times in seconds."""

from __future__ import annotations

from typing import Final

ALARM_INTERVAL_SECONDS: Final = 5.0
"""Ours. AWS looks at an alarm of a minute once a minute; here a change by the mere passing of time shows after this."""

ALARM_SETTLE_SECONDS: Final = 0.1
"""Ours: how long fresh metrics are awaited before the alarms are looked at, so that a burst costs one look."""

EXTRA_PERIODS: Final = 2
"""AWS looks back further than EvaluationPeriods, by how much it does not say; its own tables show 5 for 3."""

MAX_VALUES_PER_DATUM: Final = 150
MAX_DATA_PER_CALL: Final = 1000
"""AWS, PutMetricData."""

METRIC_RESOLUTION_SECONDS: Final = 60
"""AWS: metric filters publish metrics of standard resolution."""

VALUES_PER_MINUTE: Final = 100
"""Ours: different values of one metric in one minute that are put; neighbours become one, some hundredth apart."""

RETENTION_INTERVAL_SECONDS: Final = 3600.0
"""Ours: how often log groups are looked at for what they no longer retain. AWS takes up to 72 hours."""

DAY_SECONDS: Final = 86_400
