"""The settings of an S3 bucket that the engine's CloudFormation ignores, put by S3's own API.

Shapes from https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html to
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html and its like.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope

BUCKET = "AWS::S3::Bucket"
DROPPED = "Dropped"
"""Key of a note: the settings that the deployed template had and the new one has not."""

_DAYS = {"TransitionInDays": "Days", "TransitionDate": "Date", "ExpirationInDays": "Days", "ExpirationDate": "Date"}
_SIZES = ("ObjectSizeGreaterThan", "ObjectSizeLessThan")


@dataclass(frozen=True)
class Setting:
    """How one property is put and taken away: operations of S3, the parameter, and what it is made of; an empty shape
    puts nothing. What no operation deletes is put as `none`, or stays, as on AWS."""

    put: str
    parameter: str
    delete: str
    shape: Callable[[Any], dict[str, Any]]
    none: dict[str, Any] | None = None


def _as_it_is(value: Any) -> dict[str, Any]:
    return dict(value)


def _tags(value: Any) -> dict[str, Any]:
    return {"TagSet": list(value)}


def _accelerated(value: Any) -> dict[str, Any]:
    return {"Status": value.get("AccelerationStatus")}


def _logged(value: Any) -> dict[str, Any]:
    if "DestinationBucketName" not in value:
        return {}
    target = {"TargetBucket": value["DestinationBucketName"], "TargetPrefix": value.get("LogFilePrefix", "")}
    return {"LoggingEnabled": target}


def _locked(value: Any) -> dict[str, Any]:
    return {"ObjectLockEnabled": "Enabled"} if str(value).lower() == "true" else {}


def _lock(value: Any) -> dict[str, Any]:
    shaped: dict[str, Any] = {"ObjectLockEnabled": value.get("ObjectLockEnabled", "Enabled")}
    retention = (value.get("Rule") or {}).get("DefaultRetention")
    if retention:
        days = {name: int(retention[name]) for name in ("Days", "Years") if name in retention}
        shaped["Rule"] = {"DefaultRetention": {"Mode": retention.get("Mode"), **days}}
    return shaped


def _flags(value: Any) -> dict[str, Any]:
    return {name: str(flag).lower() == "true" for name, flag in value.items()}


def _encryption(value: Any) -> dict[str, Any]:
    rules = []
    for rule in _listed(value.get("ServerSideEncryptionConfiguration")):
        shaped = dict(rule)
        if "ServerSideEncryptionByDefault" in shaped:
            shaped["ApplyServerSideEncryptionByDefault"] = shaped.pop("ServerSideEncryptionByDefault")
        if "BucketKeyEnabled" in shaped:
            shaped["BucketKeyEnabled"] = str(shaped["BucketKeyEnabled"]).lower() == "true"
        rules.append(shaped)
    return {"Rules": rules}


def _lifecycle(value: Any) -> dict[str, Any]:
    return {"Rules": [_rule(rule) for rule in _listed(value.get("Rules"))]}


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    shaped: dict[str, Any] = {"Status": rule.get("Status"), "Filter": _filter(rule)}
    if rule.get("Id"):
        shaped["ID"] = rule["Id"]
    expiration = _numbered(rule, "ExpirationInDays", "ExpirationDate")
    if "ExpiredObjectDeleteMarker" in rule:
        expiration["ExpiredObjectDeleteMarker"] = str(rule["ExpiredObjectDeleteMarker"]).lower() == "true"
    versions = dict(rule.get("NoncurrentVersionExpiration") or {})
    if rule.get("NoncurrentVersionExpirationInDays"):
        versions["NoncurrentDays"] = rule["NoncurrentVersionExpirationInDays"]
    upload = dict(rule.get("AbortIncompleteMultipartUpload") or {})
    moves = [*_listed(rule.get("Transitions")), *_listed(rule.get("Transition"))]
    moved = [{**_numbered(item, "TransitionInDays", "TransitionDate"), **_class(item)} for item in moves]
    old = [*_listed(rule.get("NoncurrentVersionTransitions")), *_listed(rule.get("NoncurrentVersionTransition"))]
    old_moved = [_old_move(item) for item in old]
    parts = {
        "Expiration": expiration,
        "NoncurrentVersionExpiration": {key: int(value) for key, value in versions.items()},
        "AbortIncompleteMultipartUpload": {key: int(value) for key, value in upload.items()},
        "Transitions": moved,
        "NoncurrentVersionTransitions": old_moved,
    }
    return shaped | {key: part for key, part in parts.items() if part}


def _class(item: dict[str, Any]) -> dict[str, Any]:
    return {"StorageClass": item.get("StorageClass")}


def _old_move(item: dict[str, Any]) -> dict[str, Any]:
    named = {"TransitionInDays": "NoncurrentDays", "NewerNoncurrentVersions": "NewerNoncurrentVersions"}
    return {named[key]: int(value) for key, value in item.items() if key in named} | _class(item)


def _numbered(item: dict[str, Any], *names: str) -> dict[str, Any]:
    return {_DAYS[name]: int(item[name]) if name.endswith("InDays") else item[name] for name in names if name in item}


def _filter(rule: dict[str, Any]) -> dict[str, Any]:
    """One condition stands by itself; several stand in an `And`."""
    single: dict[str, Any] = {name: int(rule[name]) for name in _SIZES if name in rule}
    if "Prefix" in rule:
        single["Prefix"] = rule["Prefix"]
    tags = _listed(rule.get("TagFilters"))
    if len(tags) == 1 and not single:
        return {"Tag": tags[0]}
    if tags or len(single) > 1:
        return {"And": {**single, **({"Tags": tags} if tags else {})}}
    return single or {"Prefix": ""}


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


_OWN_KEYS = {"ServerSideEncryptionConfiguration": {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}
"""Of every bucket (docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html)."""

SETTINGS = {
    "LifecycleConfiguration": Setting(
        "PutBucketLifecycleConfiguration", "LifecycleConfiguration", "DeleteBucketLifecycle", _lifecycle
    ),
    # Put, because LocalStack's bucket has none after DeleteBucketEncryption, where AWS's has this.
    "BucketEncryption": Setting(
        "PutBucketEncryption", "ServerSideEncryptionConfiguration", "", _encryption, _encryption(_OWN_KEYS)
    ),
    "OwnershipControls": Setting(
        "PutBucketOwnershipControls", "OwnershipControls", "DeleteBucketOwnershipControls", _as_it_is
    ),
    "Tags": Setting("PutBucketTagging", "Tagging", "DeleteBucketTagging", _tags),
    "AccelerateConfiguration": Setting(
        "PutBucketAccelerateConfiguration", "AccelerateConfiguration", "", _accelerated, {"Status": "Suspended"}
    ),
    "LoggingConfiguration": Setting("PutBucketLogging", "BucketLoggingStatus", "", _logged, {}),
    "ObjectLockEnabled": Setting("PutObjectLockConfiguration", "ObjectLockConfiguration", "", _locked),
    "ObjectLockConfiguration": Setting("PutObjectLockConfiguration", "ObjectLockConfiguration", "", _lock),
}


LOCALSTACK_SETTINGS = SETTINGS | {
    "PublicAccessBlockConfiguration": Setting(
        "PutPublicAccessBlock", "PublicAccessBlockConfiguration", "DeletePublicAccessBlock", _flags
    ),
}
"""Those that LocalStack's CloudFormation ignores, as far as they are put here."""


async def put_localstack_settings(
    engine: AwsCaller, scope: Scope, bucket: str, wanted: dict[str, Any], dropped: list[str]
) -> None:
    """Put the properties `wanted` on a bucket of LocalStack's and take away those `dropped`. Raises `AwsError`: when
    one of them is unknown, nothing is done."""
    unknown = sorted({*wanted, *dropped} - set(LOCALSTACK_SETTINGS))
    if unknown:
        raise AwsError("InvalidRequest", f"Not supported on LocalStack: {', '.join(unknown)} of {BUCKET}", 400)
    await put_settings(engine, scope, bucket, {**wanted, DROPPED: dropped}, LOCALSTACK_SETTINGS)


async def put_settings(
    engine: AwsCaller, scope: Scope, bucket: str, note: dict[str, Any], settings: Mapping[str, Setting] = SETTINGS
) -> None:
    """Put what `note` has on `bucket`, and take away what it says was dropped. Raises `AwsError`."""
    named = {"Bucket": bucket}
    for dropped in (settings[name] for name in note.get(DROPPED, ())):
        if dropped.delete:
            await engine.call("s3", dropped.delete, named, scope=scope)
        elif dropped.none is not None:
            await engine.call("s3", dropped.put, {**named, dropped.parameter: dropped.none}, scope=scope)
    if _locked(note.get("ObjectLockEnabled")):
        versioning = {"VersioningConfiguration": {"Status": "Enabled"}}
        await engine.call("s3", "PutBucketVersioning", named | versioning, scope=scope)
    for name, setting in settings.items():
        shaped = setting.shape(note[name]) if name in note else {}
        if shaped:
            await engine.call("s3", setting.put, {**named, setting.parameter: shaped}, scope=scope)
