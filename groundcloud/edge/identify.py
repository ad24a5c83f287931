"""Names service, operation, region, account and caller of a request, for every protocol of AWS.

In this order: the SigV4 credential scope (header or presigned query), SigV2's marks, `X-Amz-Target`, the smithy path,
the form's `Action`, and at last REST routes, of S3 when nothing is signed: it is the one service that is called
anonymously by plain paths. Nothing downstream guesses.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs

from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.limits import MAX_FORM_BYTES, MAX_KNOWN_KEYS
from groundcloud.edge.restroutes import operation_of
from groundcloud.edge.servicemap import modelled_services, service_map
from groundcloud.engines import SERVICE
from groundcloud.engines.buckets import bucket_of_hostname
from groundcloud.engines.functionpaths import engine_path
from groundcloud.engines.models import protocol_of, service_model
from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.ports import AwsCaller, Scope

_CREDENTIAL = re.compile(r"Credential=([^/,\s]*)/(\d{8})/([^/,\s]+)/([^/,\s]+)/aws4_request")
_SIGV2 = re.compile(r"AWS ([^:\s]+):")
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")
_SMITHY = re.compile(r"/service/([^/]+)/operation/([^/]+)")
_FORM = "application/x-www-form-urlencoded"
_S3_CONTROL = "/v20180820/"
"""Every path of S3 Control begins so; it is signed as S3 and told from a bucket of that name by its account header."""


class Name(NamedTuple):
    """`operation` is empty when no model knows the request; `protocol` is the one the client speaks."""

    service: str
    operation: str
    protocol: str


def _nobodys(_access_key: str) -> str:
    return ""


class Identify:
    """Sets `exchange.identity`, and by what path the engine finds what is asked for; never answers by itself."""

    def __init__(self, default_scope: Scope, aws: AwsCaller, owner_of: Callable[[str], str] = _nobodys) -> None:
        """`owner_of` is the account of a key that was given out here, empty for every other."""
        self._default = default_scope
        self._owner_of = owner_of
        self._aws = aws
        self._accounts: dict[str, str] = {}

    async def reset(self) -> None:
        """Forget whose each access key is."""
        self._accounts.clear()

    async def __call__(self, exchange: Exchange) -> Response | None:
        access_key, region, signing_name = credential_of(exchange)
        name = await _name(exchange, signing_name)
        account = await self._account_of(access_key)
        scope = Scope(account, region if _REGION.fullmatch(region) else self._default.region)
        exchange.identity = Identity(*name, scope, access_key, signing_name)
        exchange.scope[SERVICE] = name.service
        if path := engine_path(name.service, exchange.raw_path, scope):
            exchange.engine_path = exchange.scope["path"] = path
        return None

    async def _account_of(self, access_key: str) -> str:
        """A key of 12 digits is an account; a session's or user's key belongs to whom STS says."""
        if _ACCOUNT.fullmatch(access_key):
            return access_key
        if owner := self._owner_of(access_key):
            return owner
        if not access_key.startswith(("ASIA", "AKIA")):
            return self._default.account
        if access_key not in self._accounts:
            try:
                found = await self._aws.call(
                    "sts", "GetAccessKeyInfo", {"AccessKeyId": access_key}, scope=self._default
                )
            except AwsError:  # nobody's key; the engine will refuse it in AWS's words
                return self._default.account
            if len(self._accounts) >= MAX_KNOWN_KEYS:
                self._accounts.clear()
            self._accounts[access_key] = found.get("Account", self._default.account)
        return self._accounts[access_key]


def credential_of(exchange: Exchange) -> tuple[str, str, str]:
    """``(access key, region, signing name)`` of a request, each empty when it does not say."""
    authorization = exchange.headers.get("authorization") or ""
    found = _CREDENTIAL.search(authorization)
    if found:
        return found[1], found[3], found[4]
    if found := _SIGV2.match(authorization):
        return found[1], "", "s3"
    if "X-Amz-Credential=" in exchange.query_string:
        parts = parse_qs(exchange.query_string).get("X-Amz-Credential", [""])[0].split("/")
        if len(parts) == 5:
            return parts[0], parts[2], parts[3]
    if "AWSAccessKeyId=" in exchange.query_string:
        return parse_qs(exchange.query_string).get("AWSAccessKeyId", [""])[0], "", "s3"
    return "", "", ""


def bucket_of_host(exchange: Exchange) -> str:
    """The bucket that the Host header names, or nothing."""
    return bucket_of_hostname(exchange.hostname)


def bucket_of(exchange: Exchange) -> str:
    """The bucket of a request to S3, in either style; nothing where it names none."""
    return bucket_of_host(exchange) or exchange.path.lstrip("/").partition("/")[0]


async def _name(exchange: Exchange, signing_name: str) -> Name:
    # Of a header on several lines the engine reads all of them as one.
    if target := ", ".join(exchange.headers.get_all("x-amz-target")):
        prefix, _, operation = target.rpartition(".")
        return Name(_service_of_target(prefix) or signing_name or "unknown", operation, "json")
    if "smithy-protocol" in exchange.headers and (found := _SMITHY.fullmatch(exchange.raw_path)):
        service = service_map().targets.get(found[1]) or _candidates(signing_name)[0]
        return Name(service, found[2], "smithy-rpc-v2-cbor")
    if exchange.method == "POST" and (exchange.headers.get("content-type") or "").startswith(_FORM):
        body = await exchange.body(MAX_FORM_BYTES)
        named = _name_of_action(body.decode("utf-8", "replace"), signing_name)
        if named:
            return named
    elif "Action=" in exchange.query_string and signing_name not in ("s3", "s3express"):
        named = _name_of_action(exchange.query_string, signing_name)
        if named:
            return named
    return _name_of_rest(exchange, signing_name or "s3")


def _service_of_target(prefix: str) -> str | None:
    """The engine takes a target by how it begins, so a spelling that only begins right is that service's too."""
    targets = service_map().targets
    if prefix in targets:
        return targets[prefix]
    return next((service for known, service in targets.items() if prefix.startswith(known)), None)


def _name_of_action(form: str, signing_name: str) -> Name | None:
    if "Action=" not in form:
        return None
    fields = parse_qs(form)
    action = fields.get("Action", [""])[0]
    if not action:
        return None
    if not signing_name:
        # The unsigned calls of the query protocol are STS's, made with a web identity or a SAML assertion.
        return Name("sts", action, "query")
    versions = service_map().versions.get(signing_name, {})
    service = versions.get(fields.get("Version", [""])[0]) or _candidates(signing_name)[0]
    return Name(service, action, "ec2" if service == "ec2" else "query")


def _name_of_rest(exchange: Exchange, signing_name: str) -> Name:
    path = exchange.raw_path
    candidates = _candidates(signing_name)
    if "s3" in candidates:
        if path.startswith(_S3_CONTROL) and "x-amz-account-id" in exchange.headers:
            candidates = ["s3control"]
        elif bucket := bucket_of_host(exchange):
            path = f"/{bucket}{path}"
    for service in candidates:
        if service in modelled_services():
            operation = operation_of(service, exchange.method, path, exchange.query_string, exchange.headers)
            if operation:
                return Name(service, operation, _protocol(service))
    return Name(candidates[0], "", _protocol(candidates[0]))


def _protocol(service: str) -> str:
    return protocol_of(service_model(service)) if service in modelled_services() else "json"


def _candidates(signing_name: str) -> list[str]:
    return service_map().candidates(signing_name)
