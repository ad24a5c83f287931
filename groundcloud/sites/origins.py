"""Fetches from a distribution's origin: a bucket's REST endpoint, or any host that this cloud serves itself."""

from __future__ import annotations

from urllib.parse import unquote

from groundcloud.http import Headers, Request, Response
from groundcloud.ports import RequestHandler, Scope
from groundcloud.sites.bucket_policy import ANYBODY, Reader, allows, distribution_reader, identity_reader
from groundcloud.sites.buckets import Bucket, Buckets
from groundcloud.sites.distribution import Distribution, Origin
from groundcloud.sites.hosts import s3_bucket

_ACTIONS = {"GET": "s3:GetObject", "HEAD": "s3:GetObject"}
_TO_A_BUCKET = ("if-none-match", "if-modified-since", "origin")


class Origins:
    """`hosts` are the data planes of this very cloud: websites, APIs, function URLs. There is no way out to the
    internet: an origin that nobody here serves cannot be reached."""

    def __init__(self, buckets: Buckets, hosts: list[RequestHandler]) -> None:
        self._buckets = buckets
        self._hosts = hosts

    async def fetch(self, distribution: Distribution, origin: Origin, request: Request) -> Response | None:
        """The origin's answer; None when there is no such origin."""
        name = s3_bucket(origin.domain)
        if name is not None:
            return await self._from_bucket(distribution, origin, name, request)
        for host in self._hosts:
            response = await host(request)
            if response is not None:
                return response
        return None

    async def _from_bucket(
        self, distribution: Distribution, origin: Origin, name: str, request: Request
    ) -> Response | None:
        bucket = await self._buckets.bucket(name)
        if bucket is None:
            return _refused(404, "NoSuchBucket", "The specified bucket does not exist")
        if request.method not in _ACTIONS:
            return _refused(403, "AccessDenied", "Access Denied")
        key = unquote(request.raw_path).removeprefix("/")
        reader = _reader(distribution, origin)
        owner = self._owner_for(reader, bucket, key)
        conditions = Headers([item for item in request.headers.items if item[0].lower() in _TO_A_BUCKET])
        found = await self._buckets.read(name, key, conditions, request.method, owner)
        if found.status == 404 and not allows(bucket.policy, reader, "s3:ListBucket", f"arn:aws:s3:::{name}"):
            # Who may not list a bucket does not learn what is not in it.
            # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
            return _refused(403, "AccessDenied", "Access Denied")
        return found

    def _owner_for(self, reader: Reader, bucket: Bucket, key: str) -> Scope | None:
        """Whose name to read in: the owner's, when the policy lets the distribution in; else as anybody."""
        if reader is ANYBODY or not key:
            return None
        allowed = allows(bucket.policy, reader, "s3:GetObject", f"arn:aws:s3:::{bucket.name}/{key}")
        return bucket.owner if allowed else None


def _reader(distribution: Distribution, origin: Origin) -> Reader:
    if origin.oac:
        return distribution_reader(distribution.arn, distribution.account)
    return identity_reader(origin.oai) if origin.oai else ANYBODY


def _refused(status: int, code: str, message: str) -> Response:
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    ).encode()
    headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body))), ("Server", "AmazonS3")]
    return Response(status, Headers(headers), body)
