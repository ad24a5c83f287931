"""Buckets and distributions in dictionaries, as far as the sites part looks.

engine = FakeSitesEngine()
engine.objects["shop", "index.html"] = Response(200, Headers([("ETag", '"1"')]), b"home")
engine.websites["shop"] = {"IndexDocument": {"Suffix": "index.html"}}
engine.distributions["E1"] = {…DistributionConfig…}              # domain name e1.cloudfront.net
engine.reads                                                     # [(method, bucket, key, headers, scope or None)]
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Changes, Engine, Scope, Scopes

OWNER = Scope("111111111111", "us-east-1")
OTHER = Scope("000000000000", "us-east-1")


class FakeScopes(Scopes):
    def known(self) -> list[Scope]:
        return [OTHER, OWNER]


class FakeChanges(Changes):
    def __init__(self) -> None:
        self.count = 0

    def generation(self, service: str, account: str = "") -> int:
        return self.count


class FakeSitesEngine(Engine):
    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], Response] = {}
        self.websites: dict[str, dict[str, Any]] = {}
        self.distributions: dict[str, dict[str, Any]] = {}
        self.cache_policies: dict[str, dict[str, Any]] = {}
        self.invalidations: dict[str, list[str]] = {}
        self.private = False
        self.reads: list[tuple[str, str, str, Headers, Scope | None]] = []
        self.calls: list[str] = []

    async def request(self, request: Request) -> Response:
        return self._read(request, None)

    async def request_as_admin(self, request: Request, service: str, scope: Scope) -> Response:
        return self._read(request, scope)

    def _read(self, request: Request, scope: Scope | None) -> Response:
        _, bucket, key = unquote(request.raw_path).split("/", 2)
        self.reads.append((request.method, bucket, key, request.headers, scope))
        if self.private and scope is None:
            return Response(403, body=b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
        found = self.objects.get((bucket, key))
        if found is None:
            return Response(404, body=b"<Error><Code>NoSuchKey</Code></Error>")
        if request.headers.get("if-none-match") == found.headers.get("etag") is not None:
            return Response(304, found.headers.copy())
        return Response(found.status, found.headers.copy(), found.body)

    async def call(self, service: str, operation: str, params: dict[str, Any] | None = None, *, scope: Scope) -> Any:
        self.calls.append(operation)
        asked = params or {}
        if service == "s3":
            return self._bucket_call(operation, asked["Bucket"], scope)
        return self._cloudfront_call(operation, asked, scope)

    def _bucket_call(self, operation: str, bucket: str, scope: Scope) -> Any:
        if bucket not in {name for name, _ in self.objects} | set(self.websites):
            raise AwsError("NoSuchBucket", "", 404)
        if scope != OWNER:
            raise AwsError("AccessDenied", "", 403)
        if operation == "GetBucketPolicy":
            raise AwsError("NoSuchBucketPolicy", "", 404)
        if bucket not in self.websites:
            raise AwsError("NoSuchWebsiteConfiguration", "", 404)
        return self.websites[bucket]

    def _cloudfront_call(self, operation: str, asked: dict[str, Any], scope: Scope) -> Any:
        if operation == "ListDistributions":
            names = self.distributions if scope == OWNER else {}
            return {"DistributionList": {"Items": [_summary(name) for name in names], "IsTruncated": False}}
        if operation == "GetDistributionConfig":
            return {"DistributionConfig": self.distributions[asked["Id"]]}
        if operation == "GetCachePolicy":
            return {"CachePolicy": {"CachePolicyConfig": self.cache_policies[asked["Id"]]}}
        if operation == "ListInvalidations":
            return {"InvalidationList": {"Items": [{"Id": name} for name in self.invalidations]}}
        if operation == "GetInvalidation":
            return {"Invalidation": {"InvalidationBatch": {"Paths": {"Items": self.invalidations[asked["Id"]]}}}}
        raise AssertionError(f"nobody expected {operation}")


def _summary(name: str) -> dict[str, str]:
    return {
        "Id": name,
        "ARN": f"arn:aws:cloudfront::{OWNER.account}:distribution/{name}",
        "DomainName": f"{name.lower()}.cloudfront.net",
    }
