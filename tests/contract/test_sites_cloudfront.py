"""CloudFront distributions, as a browser sees them."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.processes import poll

OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"


class Edge:
    """One bucket and the distributions in front of it."""

    def __init__(self, aws: Aws, cloud: Cloud) -> None:
        self.cloud = cloud
        self.s3 = aws.client("s3")
        self.cloudfront = aws.client("cloudfront")
        self.bucket = f"site-{uuid.uuid4().hex[:12]}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.put("index.html", "<h1>home</h1>", ContentType="text/html")

    def put(self, key: str, text: str, **more: str) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode(), **more)

    def allow(self, principal: Any, *actions: str, **condition: Any) -> None:
        """Let `principal` in; with condition operators by name."""
        self.s3.put_public_access_block(
            Bucket=self.bucket,
            PublicAccessBlockConfiguration={"BlockPublicPolicy": False, "RestrictPublicBuckets": False},
        )
        arn = f"arn:aws:s3:::{self.bucket}"
        statement = {"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": [arn, f"{arn}/*"]}
        if condition:
            statement["Condition"] = condition
        self.s3.put_bucket_policy(
            Bucket=self.bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        )

    def website_origin(self) -> dict[str, Any]:
        self.allow("*", "s3:GetObject")
        self.s3.put_bucket_website(Bucket=self.bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
        return {
            "Id": "origin",
            "DomainName": f"{self.bucket}.s3-website-us-east-1.amazonaws.com",
            "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "http-only"},
        }

    def rest_origin(self, **more: Any) -> dict[str, Any]:
        return {
            "Id": "origin",
            "DomainName": f"{self.bucket}.s3.us-east-1.amazonaws.com",
            "S3OriginConfig": {"OriginAccessIdentity": ""},
            **more,
        }

    def distribute(self, origin: dict[str, Any], behavior: dict[str, Any] | None = None, **config: Any) -> Site:
        settled = {
            "TargetOriginId": "origin",
            "ViewerProtocolPolicy": "redirect-to-https",
            "CachePolicyId": OPTIMIZED,
            **(behavior or {}),
        }
        made = self.cloudfront.create_distribution(
            DistributionConfig={
                "CallerReference": uuid.uuid4().hex,
                "Comment": "",
                "Enabled": True,
                "Origins": {"Quantity": 1, "Items": [origin]},
                "DefaultCacheBehavior": settled,
                **config,
            }
        )["Distribution"]
        return Site(self, made)


class Site:
    def __init__(self, edge: Edge, made: dict[str, Any]) -> None:
        self.edge, self.id, self.arn, self.domain = edge, made["Id"], made["ARN"], made["DomainName"]

    def get(self, path: str = "/", method: str = "GET", **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.edge.cloud.http.request(method, self.edge.cloud.distribution_url(self.domain, path), headers=sent)

    def invalidate(self, *paths: str) -> None:
        batch = {"Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": uuid.uuid4().hex}
        self.edge.cloudfront.create_invalidation(DistributionId=self.id, InvalidationBatch=batch)


@pytest.fixture
def edge(aws: Aws, cloud: Cloud) -> Edge:
    return Edge(aws, cloud)


def test_the_second_request_is_a_hit(edge: Edge) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ConfiguringCaching.html"""
    site = edge.distribute(edge.website_origin(), DefaultRootObject="index.html")
    first, second = site.get(), site.get()

    assert (first.status_code, first.text, first.headers["x-cache"]) == (200, "<h1>home</h1>", "Miss from cloudfront")
    assert (second.text, second.headers["x-cache"]) == (first.text, "Hit from cloudfront")
    assert second.headers["content-type"] == "text/html"
    assert int(second.headers["age"]) >= 0
    assert "age" not in first.headers
    assert second.headers["via"].endswith(".cloudfront.net (CloudFront)")
    assert first.headers["x-amz-cf-id"] != second.headers["x-amz-cf-id"]
    assert second.headers["x-amz-cf-pop"]


def test_the_real_host_name(edge: Edge) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/GettingStarted.SimpleDistribution.html"""
    site = edge.distribute(edge.website_origin())
    assert edge.cloud.http.get(f"https://{site.domain}/").text == "<h1>home</h1>"


def test_old_content_until_it_is_invalidated(edge: Edge) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Invalidation.html"""
    site = edge.distribute(edge.website_origin())
    site.get("/index.html")
    edge.put("index.html", "<h1>new</h1>", ContentType="text/html")
    assert site.get("/index.html").text == "<h1>home</h1>"

    site.invalidate("/other/*", "/index.htm")
    assert site.get("/index.html").text == "<h1>home</h1>"
    site.invalidate("/*")
    answer = site.get("/index.html")
    assert (answer.text, answer.headers["x-cache"]) == ("<h1>new</h1>", "Miss from cloudfront")


def test_stale_content_is_revalidated(edge: Edge) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html"""
    site = edge.distribute(edge.website_origin())
    edge.put("short.txt", "brief", CacheControl="max-age=1")
    assert site.get("/short.txt").headers["x-cache"] == "Miss from cloudfront"

    def refreshed() -> bool:
        return site.get("/short.txt").headers["x-cache"] == "RefreshHit from cloudfront"

    poll(refreshed, timeout=60, what="the copy to become stale", every=0.2)
    assert site.get("/short.txt").text == "brief"


def test_caching_disabled(edge: Edge) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html"""
    site = edge.distribute(edge.website_origin(), {"CachePolicyId": DISABLED})
    assert [site.get().headers["x-cache"] for _ in range(2)] == ["Miss from cloudfront"] * 2


def test_legacy_settings_vary_by_what_they_forward(edge: Edge) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/QueryStringParameters.html"""
    forwarded = {
        "QueryString": True,
        "QueryStringCacheKeys": {"Quantity": 1, "Items": ["v"]},
        "Cookies": {"Forward": "none"},
    }
    site = edge.distribute(edge.website_origin(), {"ForwardedValues": forwarded, "MinTTL": 0, "CachePolicyId": ""})
    assert site.get("/index.html?v=1").headers["x-cache"] == "Miss from cloudfront"
    assert site.get("/index.html?v=1&other=2").headers["x-cache"] == "Hit from cloudfront"
    assert site.get("/index.html?v=2").headers["x-cache"] == "Miss from cloudfront"


def test_conditions_parts_and_heads_come_from_the_cache(edge: Edge) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RangeGETs.html"""
    site = edge.distribute(edge.website_origin())
    tag = site.get("/index.html").headers["etag"]

    same = site.get("/index.html", if_none_match=tag)
    assert (same.status_code, same.content, same.headers["x-cache"]) == (304, b"", "Hit from cloudfront")
    part = site.get("/index.html", range="bytes=4-7")
    assert (part.status_code, part.text, part.headers["content-range"]) == (206, "home", "bytes 4-7/13")
    head = site.get("/index.html", "HEAD")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "13")
    assert site.get("/index.html", range="bytes=99-").status_code == 416


def test_methods_that_are_not_allowed(edge: Edge) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-403-permission-denied.html"""
    answer = edge.distribute(edge.website_origin()).get("/", "POST")
    assert (answer.status_code, answer.headers["x-cache"]) == (403, "Error from cloudfront")
    assert "not configured to allow the HTTP request method" in answer.text


def test_custom_error_pages(edge: Edge) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/GeneratingCustomErrorResponses.html"""
    page = {"ErrorCode": 403, "ResponsePagePath": "/index.html", "ResponseCode": "200", "ErrorCachingMinTTL": 0}
    edge.allow("*", "s3:GetObject")
    site = edge.distribute(edge.rest_origin(), CustomErrorResponses={"Quantity": 1, "Items": [page]})
    answer = site.get("/some/client/route")

    assert (answer.status_code, answer.text) == (200, "<h1>home</h1>")
    assert answer.headers["x-cache"] == "Error from cloudfront"


def test_errors_are_kept_ten_seconds(edge: Edge) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html"""
    site = edge.distribute(edge.website_origin())
    assert site.get("/late.txt").status_code == 404
    edge.put("late.txt", "here")
    kept = site.get("/late.txt")
    assert (kept.status_code, kept.headers["x-cache"]) == (404, "Error from cloudfront")
    site.invalidate("/late.txt")
    assert site.get("/late.txt").text == "here"


def test_a_bucket_that_is_not_public(edge: Edge) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html"""
    answer = edge.distribute(edge.rest_origin()).get("/index.html")
    assert (answer.status_code, "<Code>AccessDenied</Code>" in answer.text) == (403, True)


def test_origin_access_control(edge: Edge) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html"""
    control = edge.cloudfront.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": uuid.uuid4().hex,
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )["OriginAccessControl"]["Id"]
    edge.put("a b+ü.txt", "odd")
    trusted = edge.distribute(edge.rest_origin(OriginAccessControlId=control), {"CachePolicyId": DISABLED})
    other = edge.distribute(edge.rest_origin(OriginAccessControlId=control), {"CachePolicyId": DISABLED})
    edge.allow({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject", StringEquals={"AWS:SourceArn": trusted.arn})

    assert trusted.get("/index.html").text == "<h1>home</h1>"
    assert trusted.get("/" + quote("a b+ü.txt")).text == "odd"
    assert trusted.get("/missing").status_code == 403, "who may not list does not learn what is missing"
    assert other.get("/index.html").status_code == 403


def test_behaviors_by_path(edge: Edge) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html"""
    never = {
        "PathPattern": "/fresh/*.txt",
        "TargetOriginId": "origin",
        "ViewerProtocolPolicy": "allow-all",
        "CachePolicyId": DISABLED,
    }
    site = edge.distribute(edge.website_origin(), CacheBehaviors={"Quantity": 1, "Items": [never]})
    edge.put("fresh/a.txt", "a")
    edge.put("fresh/a.css", "a")
    for path, told in (("/fresh/a.txt", "Miss from cloudfront"), ("/fresh/a.css", "Hit from cloudfront")):
        site.get(path)
        assert site.get(path).headers["x-cache"] == told


def test_unknown_and_disabled_distributions(edge: Edge) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-403-permission-denied.html"""
    unknown = edge.cloud.http.get(edge.cloud.distribution_url("dnobody.cloudfront.net"))
    assert (unknown.status_code, unknown.headers["x-cache"]) == (403, "Error from cloudfront")
    assert "The request could not be satisfied" in unknown.text
    assert edge.distribute(edge.website_origin(), Enabled=False).get().status_code == 403


def test_an_origin_that_nobody_serves(edge: Edge) -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-502-bad-gateway.html"""
    origin = {**edge.website_origin(), "DomainName": "origin.example.com"}
    answer = edge.distribute(origin).get()
    assert answer.status_code == 502
    assert "resolve the origin domain name" in answer.text


@pytest.mark.parametrize("key", ["a b.txt", "a+b.txt", "100%.txt", "a%2Fb.txt", "grüße/日本.txt", "a&b=c.txt"])
def test_keys_with_odd_characters(edge: Edge, key: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""
    site = edge.distribute(edge.website_origin())
    edge.put(key, key)
    for told in ("Miss from cloudfront", "Hit from cloudfront"):
        answer = site.get("/" + quote(key))
        assert (answer.status_code, answer.text, answer.headers["x-cache"]) == (200, key, told)
    site.invalidate("/" + quote(key))
    assert site.get("/" + quote(key)).headers["x-cache"] == "Miss from cloudfront"
