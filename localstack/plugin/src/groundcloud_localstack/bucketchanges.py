"""Which properties of a template's bucket LocalStack 4.14 applies by itself, and how one is taken away again. Pure.

LocalStack drops the others when it makes a bucket, and all of them when a template changes one.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Call = tuple[str, dict[str, Any]]
"""boto3's name of an operation of S3, and its parameters but for the bucket."""

ATTRIBUTES = frozenset({"Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"})
"""What `Fn::GetAtt` gives: LocalStack keeps it among the properties."""

APPLIED = frozenset(
    {"BucketName", "AccessControl", "ObjectLockEnabled", "ObjectLockConfiguration", "NotificationConfiguration"}
    | {"VersioningConfiguration", "CorsConfiguration", "Tags", "WebsiteConfiguration"}
)
"""What LocalStack applies when it makes a bucket."""

_AWAY: dict[str, Call] = {
    "CorsConfiguration": ("delete_bucket_cors", {}),
    "NotificationConfiguration": ("put_bucket_notification_configuration", {"NotificationConfiguration": {}}),
    "Tags": ("delete_bucket_tagging", {}),
    "VersioningConfiguration": ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Suspended"}}),
    "WebsiteConfiguration": ("delete_bucket_website", {}),
}


def left_out(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that LocalStack drops."""
    return {name: value for name, value in properties.items() if name not in APPLIED | ATTRIBUTES}


def gone(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Which of the properties `before` that LocalStack drops are not `after`."""
    return [name for name in left_out(before) if name not in after]


def calls_of_update(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Call]:
    """What an update takes besides putting what the template has: to take away what it has no more, and the access."""
    calls = [call for name, call in _AWAY.items() if name in before and name not in after]
    if before.get("AccessControl") != after.get("AccessControl"):
        calls.append(("put_bucket_acl", {"ACL": _canned(str(after.get("AccessControl", "Private")))}))
    return calls


def _canned(name: str) -> str:
    """S3's name of an access that CloudFormation calls ``PublicReadWrite``."""
    return re.sub("(?<!^)(?=[A-Z])", "-", name).lower()
