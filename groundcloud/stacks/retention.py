"""What a resource's attributes say of its end, and CloudFormation refuses.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html and
aws-attribute-updatereplacepolicy.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OPTIONS = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}
_WITH_SNAPSHOTS = frozenset(
    {
        "AWS::DocDB::DBCluster",
        "AWS::EC2::Volume",
        "AWS::ElastiCache::CacheCluster",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::Neptune::DBCluster",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::Redshift::Cluster",
    }
)


def retention_problem(logical_id: str, resource: Mapping[str, Any]) -> str | None:
    """Of a resource of a template; functions in these attributes are not looked into."""
    for attribute, options in _OPTIONS.items():
        value = resource.get(attribute)
        if isinstance(value, str) and value not in options:
            return f"Unrecognized {attribute} {value} for resource {logical_id}"
        if value == "Snapshot" and resource.get("Type") not in _WITH_SNAPSHOTS:
            return f"{attribute} Snapshot is not supported for resource {logical_id} ({resource.get('Type')})"
    return None
