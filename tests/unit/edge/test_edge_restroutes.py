"""REST requests and the operations they are."""

from __future__ import annotations

import pytest

from groundcloud.edge.restroutes import operation_of
from groundcloud.http import Headers

CASES = [
    ("s3", "GET", "/", "", "ListBuckets"),
    ("s3", "GET", "/bucket", "", "ListObjects"),
    ("s3", "GET", "/bucket/", "list-type=2", "ListObjectsV2"),
    ("s3", "GET", "/bucket", "lifecycle", "GetBucketLifecycleConfiguration"),
    ("s3", "GET", "/bucket", "notification=", "GetBucketNotificationConfiguration"),
    ("s3", "PUT", "/bucket", "website", "PutBucketWebsite"),
    ("s3", "PUT", "/bucket", "", "CreateBucket"),
    ("s3", "HEAD", "/bucket/a/b", "", "HeadObject"),
    ("s3", "GET", "/bucket/a%20b/%C3%A9//..", "", "GetObject"),
    ("s3", "GET", "/bucket//", "", "GetObject"),
    ("s3", "GET", "/bucket/key", "acl", "GetObjectAcl"),
    ("s3", "GET", "/bucket/key", "uploadId=1", "ListParts"),
    ("s3", "PUT", "/bucket/key", "", "PutObject"),
    ("s3", "PUT", "/bucket/key", "partNumber=1&uploadId=2", "UploadPart"),
    ("s3", "POST", "/bucket/key", "uploads", "CreateMultipartUpload"),
    ("s3", "POST", "/bucket", "delete", "DeleteObjects"),
    ("s3", "BREW", "/bucket", "", None),
    ("lambda", "POST", "/2015-03-31/functions/f/invocations", "", "Invoke"),
    (
        "lambda",
        "POST",
        "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af/invocations",
        "Qualifier=1",
        "Invoke",
    ),
    ("lambda", "GET", "/2015-03-31/functions/", "", "ListFunctions"),
    ("lambda", "GET", "/2015-03-31/functions", "", "ListFunctions"),
    ("lambda", "GET", "/no/such/route", "", None),
    ("apigateway", "PUT", "/restapis/a/resources/b/methods/GET/integration", "", "PutIntegration"),
    ("apigateway", "GET", "/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Fa", "", "GetTags"),
    ("route53", "POST", "/2013-04-01/hostedzone/Z1/rrset/", "", "ChangeResourceRecordSets"),
    ("cloudfront", "POST", "/2020-05-31/distribution", "WithTags", "CreateDistributionWithTags"),
    ("cloudfront", "POST", "/2020-05-31/distribution", "", "CreateDistribution"),
]


@pytest.mark.parametrize(("service", "method", "path", "query", "operation"), CASES)
def test_a_request_is_its_operation(service, method, path, query, operation):
    assert operation_of(service, method, path, query, Headers()) == operation


def test_a_copy_is_told_by_its_header():
    copies = Headers([("X-Amz-Copy-Source", "/a/b")])
    assert operation_of("s3", "PUT", "/bucket/key", "", copies) == "CopyObject"
    assert operation_of("s3", "PUT", "/bucket/key", "partNumber=1&uploadId=2", copies) == "UploadPartCopy"


def test_an_operation_that_lacks_a_required_key_is_still_itself():
    """The engine says what is missing; nobody may take the request for another one."""
    assert operation_of("lambda", "DELETE", "/2017-03-31/tags/arn", "", Headers()) == "UntagResource"
