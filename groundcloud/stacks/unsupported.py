"""What a template asks of functions, event sources and buckets that is not there, refused by its name when it is
deployed: ignored, it would be missed only on AWS.

The properties are those of the pages below
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Lambda.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_S3.html. What has no effect that a program
could see (accelerated transfer, analytics, metrics of requests, tiers, versions of runtimes) is taken as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from groundcloud.stacks.eventfilters import invalid_filter, unknown_operator

_MAPPING = "AWS::Lambda::EventSourceMapping"
_KAFKA = "event sources other than queues, streams and tables ({name})"
_METADATA = "S3 Metadata tables ({name})"
_NAMED_BY_S3 = "bucket names that S3 makes up ({name})"

_FEATURES: dict[str, dict[str, str]] = {
    "AWS::Lambda::Function": {
        "CodeSigningConfigArn": "code signing of functions ({name})",
        "DurableConfig": "durable functions ({name})",
        "FileSystemConfigs": "file systems of functions ({name})",
        "FunctionScalingConfig": "functions on managed instances ({name})",
        "CapacityProviderConfig": "functions on managed instances ({name})",
        "TenancyConfig": "tenant isolation of functions ({name})",
    },
    _MAPPING: {
        "AmazonManagedKafkaEventSourceConfig": _KAFKA,
        "DocumentDBEventSourceConfig": _KAFKA,
        "Queues": _KAFKA,
        "SelfManagedEventSource": _KAFKA,
        "SelfManagedKafkaEventSourceConfig": _KAFKA,
        "SourceAccessConfigurations": _KAFKA,
        "Topics": _KAFKA,
        "TumblingWindowInSeconds": "tumbling windows ({name})",
    },
    "AWS::S3::Bucket": {
        "BucketNamePrefix": _NAMED_BY_S3,
        "BucketNamespace": _NAMED_BY_S3,
        "InventoryConfigurations": "S3 Inventory ({name})",
        "MetadataConfiguration": _METADATA,
        "MetadataTableConfiguration": _METADATA,
        "ReplicationConfiguration": "replication of buckets ({name})",
    },
}
_VALUES: dict[str, dict[str, tuple[str, str]]] = {
    _MAPPING: {"StartingPosition": ("AT_TIMESTAMP", "the starting position {value} of mappings")},
    "AWS::Lambda::Function": {"PackageType": ("Image", "functions of container images (PackageType {value})")},
    "AWS::S3::Bucket": {
        "AbacStatus": ("Enabled", "access to buckets by their tags (AbacStatus)"),
        "AccessControl": (
            "PublicRead|PublicReadWrite|AuthenticatedRead",
            "access control lists that open a bucket (AccessControl {value}): use a bucket policy, as AWS advises",
        ),
    },
}
_NOTHING: tuple[Any, ...] = (None, "", 0, "0", {}, [])


def of_resource(kind: str, properties: Mapping[str, Any]) -> str | None:
    """Why a resource of a template is refused; what is unknown yet in `properties` asks for nothing. Lambda's API names
    these members alike."""
    for name, feature in _FEATURES.get(kind, {}).items():
        if properties.get(name) not in _NOTHING:
            return _refusal(feature.format(name=name))
    for name, (pattern, feature) in _VALUES.get(kind, {}).items():
        value = properties.get(name)
        if isinstance(value, str) and re.fullmatch(pattern, value):
            return _refusal(feature.format(value=value))
    return _of_filters(properties.get("FilterCriteria")) if kind == _MAPPING else None


def _of_filters(criteria: Any) -> str | None:
    operator = unknown_operator(criteria)
    return invalid_filter(criteria) or (_refusal(f"the operator {operator} in filters") if operator else None)


def _refusal(feature: str) -> str:
    return f"Groundcloud does not support {feature}"
