"""What Lambda refuses of the size of a function's /tmp: the same for its API and for templates.

https://docs.aws.amazon.com/lambda/latest/api/API_EphemeralStorage.html: 512 to 10,240 MB. The words are those in which
every AWS API tells of a number outside its model's range.
"""

from __future__ import annotations

from groundcloud.stacks.limits import EPHEMERAL_STORAGE_MB


def storage_problem(size: object) -> str | None:
    """Lambda's message, or None when it takes `size` (MB). What is no whole number is not judged: it may not be known
    yet."""
    try:
        number = int(size) if isinstance(size, (int, str)) else None
    except ValueError:
        number = None
    least, most = EPHEMERAL_STORAGE_MB
    if number is None or least <= number <= most:
        return None
    constraint = f"greater than or equal to {least}" if number < least else f"less than or equal to {most}"
    return (
        f"1 validation error detected: Value '{number}' at 'ephemeralStorage.size' failed to satisfy constraint: "
        f"Member must have value {constraint}"
    )
