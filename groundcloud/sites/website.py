"""The S3 website endpoint.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/IndexDocumentSupport.html and CustomErrorDocSupport.html
"""

from __future__ import annotations

import re

from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Changes, Scopes
from groundcloud.sites.buckets import Buckets, SiteEngine
from groundcloud.sites.hosts import website_bucket
from groundcloud.sites.pages import quoted, redirect, s3_error
from groundcloud.sites.website_config import Website

_ASKED = ("range", "if-range", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "origin")
_REDIRECT = "x-amz-website-redirect-location"
_KEPT_BACK = re.compile(r"(?i)x-amz-website-redirect-location|x-amzn-requestid|date|server")
_CODE = re.compile(rb"<Code>([^<]*)</Code>\s*(?:<Message>([^<]*)</Message>)?")
_WORDS = {
    403: ("AccessDenied", "Access Denied"),
    404: ("NoSuchKey", "The specified key does not exist."),
}


class WebsiteHost:
    """Answers requests to ``{bucket}.s3-website…`` hosts."""

    def __init__(self, engine: SiteEngine, changes: Changes, scopes: Scopes) -> None:
        self._buckets = Buckets(engine, changes, scopes)

    async def handle(self, request: Request) -> Response | None:
        """The answer, or None when the host is no website endpoint."""
        name = website_bucket(request.hostname)
        if name is None:
            return None
        response = await self._answer(name, request)
        if request.method == "HEAD":
            response.body = b""
        return response

    async def _answer(self, name: str, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            message = "The specified method is not allowed against this resource."
            return s3_error(405, "MethodNotAllowed", message, {"Method": request.method, "ResourceType": "OBJECT"})
        bucket = await self._buckets.bucket(name)
        if bucket is None:
            return s3_error(404, "NoSuchBucket", "The specified bucket does not exist", {"BucketName": name})
        if bucket.website is None:
            message = "The specified bucket does not have a website configuration"
            return s3_error(404, "NoSuchWebsiteConfiguration", message, {"BucketName": name})
        return await self._page(name, bucket.website, request)

    async def _page(self, bucket: str, site: Website, request: Request) -> Response:
        if site.redirect_host:
            query = f"?{request.query_string}" if request.query_string else ""
            location = f"{site.redirect_protocol or request.scheme}://{site.redirect_host}{request.raw_path}{query}"
            return redirect(301, location)
        key = request.path.removeprefix("/")
        rule = site.rule(key)
        if rule is not None:
            return redirect(rule.status, rule.location(key, request.scheme, request.host))
        asked = key + site.index if key == "" or key.endswith("/") else key
        conditions = Headers([item for item in request.headers.items if item[0].lower() in _ASKED])
        found = await self._buckets.read(bucket, asked, conditions, request.method)
        if found.status not in (403, 404):
            return _object(found)
        if asked == key and await self._exists(bucket, f"{key}/{site.index}"):
            return redirect(302, f"/{quoted(key)}/")
        rule = site.rule(key, found.status)
        if rule is not None:
            return redirect(rule.status, rule.location(key, request.scheme, request.host))
        return await self._not_found(bucket, site, asked, found.status)

    async def _exists(self, bucket: str, key: str) -> bool:
        return (await self._buckets.read(bucket, key, Headers(), "HEAD")).status == 200

    async def _not_found(self, bucket: str, site: Website, key: str, status: int) -> Response:
        """The bucket's error document with the error's status, or S3's own page."""
        code, message = _WORDS[status]
        details = {"Key": key} if status == 404 else {}
        if not site.error_document:
            return s3_error(status, code, message, details)
        document = await self._buckets.read(bucket, site.error_document, Headers())
        if document.status != 200:
            lost = _WORDS.get(document.status, ("InternalError", ""))[0]
            return s3_error(status, code, message, details, lost_document=lost)
        page = _object(document)
        page.status = status
        page.headers.add("x-amz-error-code", code)
        page.headers.add("x-amz-error-message", message)
        return page


def _object(found: Response) -> Response:
    """An object on its way to a browser: what the engine's API adds is kept back, redirects are followed up."""
    target = found.headers.get(_REDIRECT)
    if target and found.status in (200, 206, 304):
        return redirect(301, target)
    if found.status >= 400:
        told = _CODE.search(found.body)
        code, message = (part.decode() for part in told.groups(b"")) if told else ("InternalError", "")
        return s3_error(found.status, code, message, {})
    kept = [item for item in found.headers.items if not _KEPT_BACK.fullmatch(item[0])]
    if found.status == 304:
        kept = [item for item in kept if item[0].lower() != "content-length"]
    return Response(found.status, Headers([*kept, ("Server", "AmazonS3")]), found.body)
