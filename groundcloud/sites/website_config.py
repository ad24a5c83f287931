"""A bucket's website configuration, compiled from GetBucketWebsite. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-page-redirect.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from groundcloud.sites.pages import quoted


@dataclass(frozen=True)
class RoutingRule:
    """Redirects keys of a prefix, before the object is looked for, or after it was not found with `error`."""

    prefix: str
    error: int | None
    protocol: str
    host: str
    replace_prefix: str | None
    replace_key: str | None
    status: int

    def matches(self, key: str, error: int | None) -> bool:
        return self.error == error and key.startswith(self.prefix)

    def location(self, key: str, scheme: str, host: str) -> str:
        """Where `key` is now; `scheme` and `host` are the request's own."""
        if self.replace_key is not None:
            key = self.replace_key
        elif self.replace_prefix is not None:
            key = self.replace_prefix + key[len(self.prefix) :]
        return f"{self.protocol or scheme}://{self.host or host}/{quoted(key)}"


@dataclass(frozen=True)
class Website:
    """`redirect_host` set: every request goes there, and nothing else is set."""

    index: str = ""
    error_document: str = ""
    rules: tuple[RoutingRule, ...] = ()
    redirect_host: str = ""
    redirect_protocol: str = ""

    def rule(self, key: str, error: int | None = None) -> RoutingRule | None:
        """The first rule for `key`: one without an error condition, or the one for `error`."""
        return next((rule for rule in self.rules if rule.matches(key, error)), None)


def compile_website(found: dict[str, Any]) -> Website:
    """`found` as boto3 returns GetBucketWebsite."""
    everything = found.get("RedirectAllRequestsTo")
    if everything:
        return Website(redirect_host=everything["HostName"], redirect_protocol=everything.get("Protocol", ""))
    return Website(
        index=(found.get("IndexDocument") or {}).get("Suffix", ""),
        error_document=(found.get("ErrorDocument") or {}).get("Key", ""),
        rules=tuple(_rule(one) for one in found.get("RoutingRules") or []),
    )


def _rule(found: dict[str, Any]) -> RoutingRule:
    condition, target = found.get("Condition") or {}, found.get("Redirect") or {}
    error = condition.get("HttpErrorCodeReturnedEquals")
    return RoutingRule(
        prefix=condition.get("KeyPrefixEquals", ""),
        error=int(error) if error else None,
        protocol=target.get("Protocol", ""),
        host=target.get("HostName", ""),
        replace_prefix=target.get("ReplaceKeyPrefixWith"),
        replace_key=target.get("ReplaceKeyWith"),
        status=int(target.get("HttpRedirectCode") or 301),
    )
