"""A bucket's settings, from CloudFormation's shapes to S3's."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from groundcloud.stacks.adapt import adapt
from groundcloud.stacks.bucketsettings import BUCKET, DROPPED, SETTINGS
from groundcloud.stacks.keep import KEY

ABORT = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": "1"}}


@pytest.mark.parametrize(
    ("rule", "shaped"),
    [
        ({"ExpirationInDays": "30"}, {"Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}),
        ({"Id": "a", "Prefix": "p/"}, {"ID": "a", "Filter": {"Prefix": "p/"}}),
        ({"TagFilters": [{"Key": "k", "Value": "v"}]}, {"Filter": {"Tag": {"Key": "k", "Value": "v"}}}),
        (
            {"Prefix": "p", "TagFilters": [{"Key": "k", "Value": "v"}], "ObjectSizeLessThan": "9"},
            {"Filter": {"And": {"Prefix": "p", "ObjectSizeLessThan": 9, "Tags": [{"Key": "k", "Value": "v"}]}}},
        ),
        (
            {"Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 3}], **ABORT},
            {
                "Filter": {"Prefix": ""},
                "Transitions": [{"Days": 3, "StorageClass": "GLACIER"}],
                "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
            },
        ),
        (
            {
                "NoncurrentVersionExpiration": {"NoncurrentDays": 2, "NewerNoncurrentVersions": 1},
                "NoncurrentVersionTransitions": [{"StorageClass": "GLACIER", "TransitionInDays": 3}],
                "ExpiredObjectDeleteMarker": "true",
            },
            {
                "Filter": {"Prefix": ""},
                "Expiration": {"ExpiredObjectDeleteMarker": True},
                "NoncurrentVersionExpiration": {"NoncurrentDays": 2, "NewerNoncurrentVersions": 1},
                "NoncurrentVersionTransitions": [{"NoncurrentDays": 3, "StorageClass": "GLACIER"}],
            },
        ),
    ],
)
def test_lifecycle_rules_are_what_s3_takes(rule: dict[str, Any], shaped: dict[str, Any]) -> None:
    setting = SETTINGS["LifecycleConfiguration"]
    made = setting.shape({"Rules": [{"Status": "Enabled", **rule}]})
    assert made == {"Rules": [{"Status": "Enabled", **shaped}]}
    operation = botocore.session.get_session().get_service_model("s3").operation_model(setting.put)
    report = ParamValidator().validate({"Bucket": "b", setting.parameter: made}, operation.input_shape)
    assert not report.has_errors(), report.generate_report()


def test_encryption_and_tags_are_what_s3_takes() -> None:
    encryption = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    assert SETTINGS["BucketEncryption"].shape(encryption) == {
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    }
    assert SETTINGS["Tags"].shape([{"Key": "a", "Value": "b"}]) == {"TagSet": [{"Key": "a", "Value": "b"}]}


def test_what_an_update_drops_is_noted() -> None:
    had = {"B": {"Type": BUCKET, "Properties": {"Tags": [], "LifecycleConfiguration": {}}}}
    bare = {"Resources": {"B": {"Type": BUCKET, "Properties": {"Tags": []}}, "C": {"Type": BUCKET}}}
    noted = adapt(bare, had)["Resources"]
    assert noted["B"]["Metadata"][KEY] == {"Tags": [], DROPPED: ["LifecycleConfiguration"]}
    assert noted["C"] == {"Type": BUCKET}
    assert adapt({"Resources": {"B": {"Type": BUCKET}}}, had)["Resources"]["B"]["Metadata"][KEY] == {
        DROPPED: ["LifecycleConfiguration", "Tags"]
    }
