"""Requests signed with Signature Version 4, and ones whose signature must not be believed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import httpx
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.cloud import Cloud


@dataclass(frozen=True)
class Signing:
    """Signs requests to what is below `url` by `keys`. `/open/x` must be a path there that takes every method."""

    cloud: Cloud
    keys: Credentials
    url: str

    def signed(
        self,
        verb: str = "GET",
        path: str = "/open/x",
        body: bytes = b"",
        *,
        region: str = "us-east-1",
        service: str = "execute-api",
        headers: dict[str, str] | None = None,
    ) -> httpx.Request:
        request = AWSRequest(method=verb, url=self.url + path, data=body, headers=headers or {})
        SigV4Auth(self.keys, service, region).add_auth(request)
        sent = {name: str(value) for name, value in request.headers.items()}
        return self.cloud.http.build_request(verb, self.url + path, content=body, headers=sent)

    def by(self, access_key: str, secret: str) -> httpx.Request:
        return replace(self, keys=Credentials(access_key, secret)).signed()


def _tampered_body(signing: Signing) -> httpx.Request:
    request = signing.signed("POST", body=b'{"amount": 1}')
    return signing.cloud.http.build_request("POST", request.url, content=b'{"amount": 9}', headers=request.headers)


def _changed(name: str, change: Callable[[str], str]) -> Callable[[Signing], httpx.Request]:
    def make(signing: Signing) -> httpx.Request:
        request = signing.signed()
        request.headers[name] = change(request.headers[name])
        return request

    return make


def _other_path(signing: Signing) -> httpx.Request:
    request = signing.signed()
    return signing.cloud.http.build_request("GET", str(request.url) + "/more", headers=request.headers)


def _other_query(signing: Signing) -> httpx.Request:
    request = signing.signed(path="/open/x?a=1")
    return signing.cloud.http.build_request("GET", str(request.url).replace("a=1", "a=2"), headers=request.headers)


def _other_verb(signing: Signing) -> httpx.Request:
    request = signing.signed()
    return signing.cloud.http.build_request("DELETE", request.url, headers=request.headers)


def _twice(signing: Signing) -> httpx.Request:
    request = signing.signed()
    headers = [*request.headers.raw, (b"Authorization", request.headers["authorization"].encode())]
    return signing.cloud.http.build_request("GET", request.url, headers=headers)


def _unsigned_payload(signing: Signing) -> httpx.Request:
    """Signed with an empty body's hash, sent with another body and the word that S3 alone takes."""
    request = signing.signed("POST", headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    headers = {name: value for name, value in request.headers.items() if name != "content-length"}
    headers["x-amz-content-sha256"] = hashlib.sha256(b"other").hexdigest()
    return signing.cloud.http.build_request("POST", request.url, content=b"other", headers=headers)


def _expired_url(signing: Signing) -> httpx.Request:
    request = AWSRequest(method="GET", url=signing.url + "/open/x")
    signer = SigV4QueryAuth(signing.keys, "execute-api", "us-east-1", expires=60)
    signer.add_auth(request)
    stamp = time.strftime("%Y%m%dT", time.gmtime())
    old = f"{request.url}".replace(stamp, "20200101T").replace(stamp[:-1], "20200101")
    return signing.cloud.http.build_request("GET", old)


OF_THE_HEAD: dict[str, Callable[[Signing], httpx.Request]] = {
    "other query": _other_query,
    "wrong secret": lambda signing: signing.by(str(signing.keys.access_key), "not its secret"),
    "unknown key": lambda signing: signing.by("AKIAIOSFODNN7EXAMPLE", "secret"),
    "expired date": _changed("x-amz-date", lambda value: "20200101" + value[8:]),
    "other region": lambda signing: signing.signed(region="eu-west-1"),
    "other service": lambda signing: signing.signed(service="s3"),
    "flipped signature": _changed("authorization", lambda value: value[:-1] + ("0" if value[-1] != "0" else "1")),
    "cut signature": _changed("authorization", lambda value: value[:-10]),
    "no signed headers": _changed("authorization", lambda value: value.replace("host;", "")),
    "a bearer token": _changed("authorization", lambda value: "Bearer abc.def.ghi"),
    "only the algorithm": _changed("authorization", lambda value: "AWS4-HMAC-SHA256"),
    "nonsense": _changed("authorization", lambda value: "AWS4-HMAC-SHA256 Credential=" + "/" * 500),
    "two signatures": _twice,
    "an expired URL": _expired_url,
    "root key of another account": lambda signing: signing.by("123456789012", "test"),
}
"""GET requests without a body, to the one path: what a handshake can be, too."""

HOSTILE: dict[str, Callable[[Signing], httpx.Request]] = {
    **OF_THE_HEAD,
    "tampered body": _tampered_body,
    "other path": _other_path,
    "other verb": _other_verb,
    "an unsigned payload": _unsigned_payload,
}
