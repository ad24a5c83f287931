"""A distribution, compiled from GetDistributionConfig and the policies it names. Pure.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-web-values-specify.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from groundcloud.sites import limits

Config = dict[str, Any]


@dataclass(frozen=True)
class Selection:
    """Which of the viewer's headers, cookies or query strings take part. Names compare without case."""

    mode: str = "none"
    names: frozenset[str] = frozenset()

    def picks(self, name: str) -> bool:
        if self.mode == "all":
            return True
        if self.mode == "allExcept":
            return name.lower() not in self.names
        return self.mode == "whitelist" and name.lower() in self.names


@dataclass(frozen=True)
class Rules:
    """Headers, cookies and query strings that take part in one thing: in the cache key, or in the origin request."""

    headers: Selection = Selection()
    cookies: Selection = Selection()
    query: Selection = Selection()


@dataclass(frozen=True)
class Origin:
    """Where content comes from. `oac` and `oai` say in whose name a bucket is read."""

    id: str
    domain: str
    path: str
    headers: tuple[tuple[str, str], ...]
    port: int
    oac: bool = False
    oai: str = ""


@dataclass(frozen=True)
class Behavior:
    """A cache behaviour. TTLs are seconds. `refusal` is why requests are not served at all, if so."""

    pattern: str
    origin: Origin
    allowed: frozenset[str]
    cached: frozenset[str]
    key: Rules
    forwarded: Rules
    min_ttl: float
    default_ttl: float
    max_ttl: float
    legacy: bool
    refusal: str = ""
    refusal_status: int = 502

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        wanted = "/" + self.pattern.removeprefix("/")
        return re.compile(re.escape(wanted).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)

    def matches(self, path: str) -> bool:
        return self._regex.fullmatch(path) is not None


@dataclass(frozen=True)
class ErrorRule:
    """A custom error response. `page` is empty when only the caching time is set."""

    page: str
    status: int
    ttl: float


@dataclass(frozen=True)
class Distribution:
    id: str
    arn: str
    account: str
    enabled: bool
    root_object: str
    behaviors: tuple[Behavior, ...]
    errors: dict[int, ErrorRule]

    def behavior(self, path: str) -> Behavior:
        """The first whose pattern matches; the last is the default, which matches everything."""
        return next(one for one in self.behaviors if one.matches(path))


@dataclass(frozen=True)
class Policies:
    """Looks up the configuration of a cache policy, an origin request policy, an origin access control, by id."""

    cache: Callable[[str], Config]
    origin_request: Callable[[str], Config]
    access_control: Callable[[str], Config]


def policy_ids(config: Config) -> tuple[set[str], set[str], set[str]]:
    """The cache policies, origin request policies and origin access controls that a distribution names."""
    behaviors = [config["DefaultCacheBehavior"], *_items(config.get("CacheBehaviors"))]
    caching = {one["CachePolicyId"] for one in behaviors if one.get("CachePolicyId")}
    requests = {one["OriginRequestPolicyId"] for one in behaviors if one.get("OriginRequestPolicyId")}
    access = {one["OriginAccessControlId"] for one in _items(config["Origins"]) if one.get("OriginAccessControlId")}
    return caching, requests, access


def compile_distribution(distribution_id: str, arn: str, config: Config, policies: Policies) -> Distribution:
    origins = {one["Id"]: _origin(one, policies) for one in _items(config["Origins"])}
    for group in _items(config.get("OriginGroups")):
        origins[group["Id"]] = origins[_items(group["Members"])[0]["OriginId"]]
    default = {**config["DefaultCacheBehavior"], "PathPattern": "*"}
    behaviors = [_behavior(one, origins, policies) for one in [*_items(config.get("CacheBehaviors")), default]]
    return Distribution(
        id=distribution_id,
        arn=arn,
        account=arn.split(":")[4],
        enabled=bool(config.get("Enabled")),
        root_object=(config.get("DefaultRootObject") or "").removeprefix("/"),
        behaviors=tuple(behaviors),
        errors={int(one["ErrorCode"]): _error_rule(one) for one in _items(config.get("CustomErrorResponses"))},
    )


def not_applied(config: Config) -> list[str]:
    """What this distribution asks for and does not get yet, without harm to what is served."""
    behaviors = [config["DefaultCacheBehavior"], *_items(config.get("CacheBehaviors"))]
    found = []
    if any(one.get("ResponseHeadersPolicyId") for one in behaviors):
        found.append("response headers policies")
    if any(one.get("Compress") for one in behaviors):
        found.append("compression")
    if _items(config.get("OriginGroups")):
        found.append("origin failover")
    if config.get("WebACLId"):
        found.append("the web ACL")
    if ((config.get("Restrictions") or {}).get("GeoRestriction") or {}).get("RestrictionType", "none") != "none":
        found.append("geographic restrictions")
    return found


def _origin(found: Config, policies: Policies) -> Origin:
    custom = found.get("CustomOriginConfig") or {}
    secure = custom.get("OriginProtocolPolicy") == "https-only"
    control = found.get("OriginAccessControlId")
    signing = policies.access_control(control).get("SigningBehavior") if control else "never"
    return Origin(
        id=found["Id"],
        domain=found["DomainName"].lower(),
        path=(found.get("OriginPath") or "").rstrip("/"),
        headers=tuple((one["HeaderName"], one["HeaderValue"]) for one in _items(found.get("CustomHeaders"))),
        port=int(custom.get("HTTPSPort" if secure else "HTTPPort") or (443 if secure else 80)),
        oac=signing != "never",
        oai=((found.get("S3OriginConfig") or {}).get("OriginAccessIdentity") or "").rpartition("/")[2],
    )


def _behavior(found: Config, origins: dict[str, Origin], policies: Policies) -> Behavior:
    allowed = found.get("AllowedMethods") or {}
    refusal, status = _refusal(found)
    policy_id = found.get("CachePolicyId")
    if policy_id:
        caching = policies.cache(policy_id)
        key = _policy_rules(caching.get("ParametersInCacheKeyAndForwardedToOrigin") or {})
    else:
        caching = found
        key = _legacy_rules(found.get("ForwardedValues") or {})
    request_policy = found.get("OriginRequestPolicyId")
    defaults = (
        (0.0, 0.0, 0.0) if policy_id else (limits.LEGACY_MIN_TTL, limits.LEGACY_DEFAULT_TTL, limits.LEGACY_MAX_TTL)
    )
    least, usual, most = (
        float(caching[name]) if caching.get(name) is not None else default
        for name, default in zip(("MinTTL", "DefaultTTL", "MaxTTL"), defaults, strict=True)
    )
    everything_forwarded = key.headers.mode == "all"
    return Behavior(
        pattern=found["PathPattern"],
        origin=origins[found["TargetOriginId"]],
        allowed=frozenset(_items(allowed) or ("GET", "HEAD")),
        cached=frozenset(_items(allowed.get("CachedMethods")) or ("GET", "HEAD")),
        key=key,
        forwarded=_policy_rules(policies.origin_request(request_policy)) if request_policy else Rules(),
        min_ttl=least,
        default_ttl=usual,
        # With every header in the key there are no two requests alike: CloudFront does not cache then.
        max_ttl=0.0 if everything_forwarded else most,
        legacy=not policy_id,
        refusal=refusal,
        refusal_status=status,
    )


def _refusal(found: Config) -> tuple[str, int]:
    """Why such a behaviour is not served: leaving these out silently would change what is answered, or to whom."""
    if (found.get("TrustedSigners") or {}).get("Enabled") or (found.get("TrustedKeyGroups") or {}).get("Enabled"):
        return "Missing Key. Signed URLs and cookies are not supported by Groundcloud yet, so nothing is let in.", 403
    if _items(found.get("FunctionAssociations")):
        return "This behavior runs a CloudFront Function; Groundcloud does not support these yet.", 502
    if _items(found.get("LambdaFunctionAssociations")):
        return "This behavior runs a Lambda@Edge function; Groundcloud does not support these yet.", 502
    return "", 502


def _policy_rules(found: Config) -> Rules:
    headers = found.get("HeadersConfig") or {}
    cookies = found.get("CookiesConfig") or {}
    query = found.get("QueryStringsConfig") or {}
    return Rules(
        _selection(headers.get("HeaderBehavior"), headers.get("Headers")),
        _selection(cookies.get("CookieBehavior"), cookies.get("Cookies")),
        _selection(query.get("QueryStringBehavior"), query.get("QueryStrings")),
    )


def _legacy_rules(found: Config) -> Rules:
    cookies = found.get("Cookies") or {}
    names = _items(found.get("Headers"))
    query_keys = _items(found.get("QueryStringCacheKeys"))
    query = Selection()
    if found.get("QueryString"):
        query = _selection("whitelist", found["QueryStringCacheKeys"]) if query_keys else Selection("all")
    return Rules(
        Selection("all") if "*" in names else _selection("whitelist", found.get("Headers")),
        _selection(cookies.get("Forward"), cookies.get("WhitelistedNames")),
        query,
    )


def _selection(behavior: str | None, listed: Any) -> Selection:
    mode = {"allViewer": "all", "allViewerAndWhitelistCloudFront": "all"}.get(behavior or "none", behavior or "none")
    return Selection(mode, frozenset(name.lower() for name in _items(listed)))


def _error_rule(found: Config) -> ErrorRule:
    ttl = found.get("ErrorCachingMinTTL")
    status = int(found.get("ResponseCode") or found["ErrorCode"])
    return ErrorRule(found.get("ResponsePagePath") or "", status, limits.ERROR_TTL if ttl is None else float(ttl))


def _items(listed: Any) -> list[Any]:
    return list((listed or {}).get("Items") or [])
