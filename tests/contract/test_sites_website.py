"""S3 website endpoints, as a browser sees them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws
from tests.support.cloud import Cloud

Get = Callable[..., httpx.Response]

PAGES = {
    "index.html": "<h1>home</h1>",
    "docs/index.html": "<h1>docs</h1>",
    "404.html": "<h1>lost</h1>",
    "app.js": "let a = 1;",
}
TYPES = {"html": "text/html", "js": "text/javascript"}


def make_site(aws: Aws, *, public: bool = True, website: dict[str, Any] | None = None, name: str = "") -> str:
    """A bucket with PAGES, and its website configuration."""
    s3, bucket = aws.client("s3"), name or f"site-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket)
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={"BlockPublicPolicy": False, "RestrictPublicBuckets": False},
    )
    for key, text in PAGES.items():
        s3.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType=TYPES[key.rpartition(".")[2]])
    if public:
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(public_policy(bucket)))
    configuration = website or {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "404.html"}}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=configuration)
    return bucket


def public_policy(bucket: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.fixture
def get(http: httpx.Client, cloud: Cloud) -> Get:
    """A request to a bucket's website: ``get(bucket, "/path")``."""

    def fetch(bucket: str, path: str = "/", method: str = "GET", **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return http.request(method, cloud.website_url(bucket, path), headers=sent)

    return fetch


def test_index_documents(aws: Aws, get: Get) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/IndexDocumentSupport.html"""
    bucket = make_site(aws)

    assert get(bucket, "/").text == "<h1>home</h1>"
    assert get(bucket, "/docs/").text == "<h1>docs</h1>"
    moved = get(bucket, "/docs")
    assert (moved.status_code, moved.headers["location"]) == (302, "/docs/")


def test_objects_keep_their_headers(aws: Aws, get: Get) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html"""
    bucket = make_site(aws)
    aws.client("s3").put_object(
        Bucket=bucket, Key="a.css", Body=b"p{}", ContentType="text/css", CacheControl="max-age=60"
    )
    answer = get(bucket, "/a.css")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/css"
    assert answer.headers["cache-control"] == "max-age=60"
    assert answer.headers["server"] == "AmazonS3"
    assert answer.headers["last-modified"]
    assert get(bucket, "/a.css", if_none_match=answer.headers["etag"]).status_code == 304
    part = get(bucket, "/a.css", range="bytes=1-2")
    assert (part.status_code, part.text) == (206, "{}")
    head = get(bucket, "/a.css", "HEAD")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "3")


def test_the_real_host_names(aws: Aws, http: httpx.Client) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html"""
    bucket = make_site(aws)
    for host in (f"{bucket}.s3-website-us-east-1.amazonaws.com", f"{bucket}.s3-website.eu-central-1.amazonaws.com"):
        assert http.get(f"http://{host}/").text == "<h1>home</h1>"


def test_a_missing_key_gets_the_error_document(aws: Aws, get: Get) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/CustomErrorDocSupport.html"""
    answer = get(make_site(aws), "/nowhere")
    assert (answer.status_code, answer.text) == (404, "<h1>lost</h1>")
    assert answer.headers["content-type"] == "text/html"


def test_a_missing_key_without_error_document(aws: Aws, get: Get) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/CustomErrorDocSupport.html"""
    answer = get(make_site(aws, website={"IndexDocument": {"Suffix": "index.html"}}), "/no<b>where")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<li>Code: NoSuchKey</li>" in answer.text
    assert "<li>Key: no&lt;b&gt;where</li>" in answer.text


def test_what_is_not_public_is_forbidden(aws: Aws, get: Get) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteAccessPermissionsReqd.html"""
    answer = get(make_site(aws, public=False))
    assert answer.status_code == 403
    assert "<li>Code: AccessDenied</li>" in answer.text


def test_no_bucket_and_no_website(aws: Aws, get: Get) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/CustomErrorDocSupport.html"""
    missing = get(f"none-{uuid.uuid4().hex}")
    assert (missing.status_code, "<li>Code: NoSuchBucket</li>" in missing.text) == (404, True)

    bucket = make_site(aws)
    assert get(bucket).status_code == 200
    aws.client("s3").delete_bucket_website(Bucket=bucket)
    plain = get(bucket)
    assert (plain.status_code, "<li>Code: NoSuchWebsiteConfiguration</li>" in plain.text) == (404, True)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_only_get_and_head(aws: Aws, get: Get, method: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html#WebsiteRestEndpointDiff"""
    answer = get(make_site(aws), "/index.html", method)
    assert (answer.status_code, "<li>Code: MethodNotAllowed</li>" in answer.text) == (405, True)


def test_redirects(aws: Aws, get: Get) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html"""
    everything = {"RedirectAllRequestsTo": {"HostName": "www.example.com", "Protocol": "https"}}
    moved = get(make_site(aws, website=everything), "/a/b?c=1")
    assert (moved.status_code, moved.headers["location"]) == (301, "https://www.example.com/a/b?c=1")

    rules = [
        {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}},
        {
            "Condition": {"HttpErrorCodeReturnedEquals": "404", "KeyPrefixEquals": "blog/"},
            "Redirect": {"HostName": "blog.example.com", "Protocol": "https", "HttpRedirectCode": "307"},
        },
    ]
    bucket = make_site(aws, website={"IndexDocument": {"Suffix": "index.html"}, "RoutingRules": rules})
    by_prefix = get(bucket, "/old/page")
    assert by_prefix.status_code == 301
    assert by_prefix.headers["location"].endswith("/new/page")
    by_error = get(bucket, "/blog/gone")
    assert (by_error.status_code, by_error.headers["location"]) == (307, "https://blog.example.com/blog/gone")

    aws.client("s3").put_object(Bucket=bucket, Key="moved", Body=b"", WebsiteRedirectLocation="/index.html")
    by_object = get(bucket, "/moved")
    assert (by_object.status_code, by_object.headers["location"]) == (301, "/index.html")


@pytest.mark.parametrize(
    "key",
    ["a b.txt", "a+b.txt", "100%.txt", "a%2Fb.txt", "grüße/日本.txt", "a&b=c.txt", "what?.txt", "x#y.txt", "d//e.txt"],
)
def test_keys_with_odd_characters(aws: Aws, get: Get, key: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""
    bucket = make_site(aws)
    aws.client("s3").put_object(Bucket=bucket, Key=key, Body=key.encode())
    answer = get(bucket, "/" + quote(key))
    assert (answer.status_code, answer.text) == (200, key)


INDEX = {"IndexDocument": {"Suffix": "index.html"}}


def rules(**redirect: str) -> dict[str, Any]:
    return {**INDEX, "RoutingRules": [{"Redirect": redirect}]}


def when(condition: dict[str, str]) -> dict[str, Any]:
    return {**INDEX, "RoutingRules": [{"Condition": condition, "Redirect": {"HostName": "a"}}]}


@pytest.mark.parametrize(
    ("website", "code", "message"),
    [
        ({"IndexDocument": {"Suffix": "a/b.html"}}, "InvalidArgument", "The IndexDocument Suffix is not well formed"),
        ({"IndexDocument": {"Suffix": ""}}, "InvalidArgument", "The IndexDocument Suffix is not well formed"),
        ({"ErrorDocument": {"Key": "e.html"}}, "InvalidArgument", "A value for IndexDocument Suffix must be provided"),
        ({**INDEX, "RedirectAllRequestsTo": {"HostName": "a"}}, "InvalidArgument", "cannot be provided in conjunction"),
        (rules(ReplaceKeyWith="a", ReplaceKeyPrefixWith="b"), "InvalidRequest", "ReplaceKeyPrefix or ReplaceKey"),
        (rules(HostName="a", HttpRedirectCode="200"), "InvalidRequest", "redirect code .200. is not valid"),
        (rules(HostName="a", Protocol="ftp"), "InvalidRequest", "Invalid protocol, protocol can be http or https"),
        ({"RedirectAllRequestsTo": {"HostName": "a", "Protocol": "ftp"}}, "InvalidRequest", "Invalid protocol"),
        (when({}), "InvalidRequest", "Condition cannot be empty"),
        (when({"HttpErrorCodeReturnedEquals": "200"}), "InvalidRequest", "error code .200. is not valid"),
        (
            {**INDEX, "RoutingRules": [{"Redirect": {"HostName": "a"}}] * 51},
            "InvalidRequest",
            "at most 50 routing rules",
        ),
    ],
    ids=[
        *("slash", "empty", "no-index", "redirect-and-index", "key-and-prefix", "code"),
        *("protocol", "protocol-of-all", "no-condition", "error-code", "many"),
    ],
)
def test_a_website_that_cannot_be(aws: Aws, website: dict[str, Any], code: str, message: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html,
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_IndexDocument.html,
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Redirect.html, API_Condition.html there; wordings:
    https://github.com/localstack/localstack, tests/aws/services/s3/test_s3.snapshot.json,
    test_validate_website_configuration. At most 50: userguide/how-to-page-redirect.html."""
    s3, bucket = aws.client("s3"), f"site-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket)
    with pytest.raises(ClientError, match=message) as refused:
        s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=website)
    assert refused.value.response["Error"]["Code"] == code
    with pytest.raises(ClientError, match="NoSuchWebsiteConfiguration"):
        s3.get_bucket_website(Bucket=bucket)
