"""What LocalStack drops of a bucket, and how what it applies is taken away.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
"""

from __future__ import annotations

from groundcloud_localstack.bucketchanges import calls_of_update, gone, left_out

MADE = {"BucketName": "b", "Arn": "arn:aws:s3:::b", "WebsiteURL": "http://b", "Tags": [], "CorsConfiguration": {}}


def test_what_localstack_applies_is_not_left_out() -> None:
    assert left_out(MADE) == {}
    assert left_out({**MADE, "LifecycleConfiguration": {"Rules": []}}) == {"LifecycleConfiguration": {"Rules": []}}


def test_what_a_template_has_no_more_is_gone() -> None:
    before = {**MADE, "LifecycleConfiguration": {}, "BucketEncryption": {}}
    assert gone(before, {"BucketEncryption": {}}) == ["LifecycleConfiguration"]


def test_an_update_takes_away_what_localstack_would_leave() -> None:
    assert calls_of_update(MADE, {"Tags": []}) == [("delete_bucket_cors", {})]
    assert calls_of_update({"VersioningConfiguration": {}}, {}) == [
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Suspended"}})
    ]
    assert calls_of_update({}, {"AccessControl": "PublicReadWrite"}) == [
        ("put_bucket_acl", {"ACL": "public-read-write"})
    ]
    assert calls_of_update({"AccessControl": "PublicRead"}, {}) == [("put_bucket_acl", {"ACL": "private"})]
    assert calls_of_update(MADE, MADE) == []
