"""Names service, operation, region, account and caller of a request, for every protocol of AWS.

In this order: the SigV4 credential scope (header or presigned query), SigV2's marks, `X-Amz-Target`, the form's
`Action`, the smithy path, and at last S3, the one service that is called anonymously by plain paths. Nothing
downstream guesses.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote

from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.restroutes import operation_of
from groundcloud.edge.servicemap import modelled_services, service_map
from groundcloud.engines.codec import protocol_of, service_model
from groundcloud.http import Response
from groundcloud.ports import AwsCaller, Scope

_CREDENTIAL = re.compile(r"Credential=([^/,\s]*)/(\d{8})/([^/,\s]+)/([^/,\s]+)/aws4_request")
_SIGV2 = re.compile(r"AWS ([^:\s]+):")
_ACCOUNT = re.compile(r"\d{12}")
_VIRTUAL_HOST = re.compile(
    r"(?P<bucket>.+)\.s3(?:[.-](?:dualstack\.)?(?!website)[a-z0-9-]+)?\.(?:amazonaws\.com|localhost(?:\.localstack\.cloud)?)"
)
_SMITHY = re.compile(r"/service/([^/]+)/operation/([^/]+)")
_FORM = "application/x-www-form-urlencoded"
_MAX_FORM_BYTES = 10 * 1024**2


class Identify:
    """Sets `exchange.identity`; never answers by itself."""

    def __init__(self, default_scope: Scope, aws: AwsCaller) -> None:
        self._default = default_scope
        self._aws = aws
        self._accounts: dict[str, str] = {}

    async def __call__(self, exchange: Exchange) -> Response | None:
        access_key, region, signing_name = credential_of(exchange)
        account = await self._account_of(access_key)
        scope = Scope(account, region or self._default.region)
        service, operation = await _name(exchange, signing_name)
        protocol = protocol_of(service_model(service)) if service in modelled_services() else "json"
        exchange.identity = Identity(service, operation, protocol, scope, access_key, signing_name)
        return None

    async def _account_of(self, access_key: str) -> str:
        """A key of 12 digits is an account; a session's or user's key belongs to whom STS says."""
        if _ACCOUNT.fullmatch(access_key):
            return access_key
        if not access_key.startswith(("ASIA", "AKIA")):
            return self._default.account
        if access_key not in self._accounts:
            found = await self._aws.call("sts", "GetAccessKeyInfo", {"AccessKeyId": access_key}, scope=self._default)
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
        return parse_qs(exchange.query_string)["AWSAccessKeyId"][0], "", "s3"
    return "", "", ""


async def _name(exchange: Exchange, signing_name: str) -> tuple[str, str]:
    """``(service, operation)``; the operation is empty when no model knows the request."""
    if target := exchange.headers.get("x-amz-target"):
        prefix, _, operation = target.rpartition(".")
        return service_map().targets.get(prefix) or signing_name or "unknown", operation
    if found := _SMITHY.fullmatch(exchange.raw_path):
        return _candidates(signing_name)[0], found[2]
    if (exchange.headers.get("content-type") or "").startswith(_FORM) and exchange.method == "POST":
        named = await _name_of_form(exchange, signing_name)
        if named:
            return named
    elif "Action=" in exchange.query_string and signing_name != "s3":
        named = _name_of_action(exchange.query_string, signing_name)
        if named:
            return named
    return _name_of_rest(exchange, signing_name or "s3")


async def _name_of_form(exchange: Exchange, signing_name: str) -> tuple[str, str] | None:
    body = await exchange.body(_MAX_FORM_BYTES)
    return _name_of_action(body.decode("utf-8", "replace"), signing_name)


def _name_of_action(form: str, signing_name: str) -> tuple[str, str] | None:
    fields = parse_qs(form)
    action = fields.get("Action", [""])[0]
    if not action:
        return None
    if not signing_name:
        # The unsigned calls of the query protocol are STS's, made with a web identity or a SAML assertion.
        return "sts", action
    versions = service_map().versions.get(signing_name, {})
    return versions.get(fields.get("Version", [""])[0]) or _candidates(signing_name)[0], action


def _name_of_rest(exchange: Exchange, signing_name: str) -> tuple[str, str]:
    path = exchange.raw_path
    if signing_name == "s3" and (found := _VIRTUAL_HOST.fullmatch(_bare_host(exchange))):
        path = f"/{found['bucket']}{path}"
    candidates = _candidates(signing_name)
    for service in candidates:
        if service in modelled_services():
            operation = operation_of(service, exchange.method, path, exchange.query_string)
            if operation:
                return service, operation
    return candidates[0], ""


def _bare_host(exchange: Exchange) -> str:
    return unquote(exchange.headers.get("host") or "").lower().partition(":")[0]


def _candidates(signing_name: str) -> list[str]:
    return service_map().candidates(signing_name)
