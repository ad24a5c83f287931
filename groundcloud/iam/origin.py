"""The condition keys that every request has, whatever it asks for.

Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from groundcloud.http import Headers
from groundcloud.iam.registry import KnownKey


class Origin(NamedTuple):
    """Where a request came from and when. `now` in epoch seconds."""

    request_id: str
    client: str
    region: str
    now: float
    headers: Headers


def origin_keys(origin: Origin, key: KnownKey | None) -> dict[str, tuple[str, ...]]:
    keys: dict[str, tuple[str, ...]] = {
        "aws:CurrentTime": (_iso(origin.now),),
        "aws:EpochTime": (str(int(origin.now)),),
        "aws:RequestedRegion": (origin.region,),
        # The endpoint stands for AWS's, which clients reach by HTTPS; what comes here never leaves the machine.
        "aws:SecureTransport": ("true",),
        "aws:SourceIp": (origin.client,),
        "aws:ViaAWSService": ("false",),
    }
    if (agent := origin.headers.get("user-agent")) is not None:
        keys["aws:UserAgent"] = (agent,)
    if (referer := origin.headers.get("referer")) is not None:
        keys["aws:Referer"] = (referer,)
    if key is not None and key.is_temporary:
        # Nobody signs in with a device here; with long-term keys the key is absent from the request.
        keys["aws:MultiFactorAuthPresent"] = ("false",)
        keys["aws:TokenIssueTime"] = (_iso(key.issued),)
        keys.update(key.context)
    return keys


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
