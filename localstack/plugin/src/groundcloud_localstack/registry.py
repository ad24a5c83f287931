"""Where types are known: CloudFormation's registry, and what LocalStack's editions with a token keep apart."""

from __future__ import annotations

from localstack.services.cloudformation import resource_provider

REGION = "us-east-1"
"""The region whose registry of types is read: it has every type."""


def types_with_a_token() -> list[str]:
    """The types that an edition with a token has besides; none without."""
    if not resource_provider.PRO_RESOURCE_PROVIDERS:
        return []
    names: list[str] = resource_provider.pro_plugin_manager.list_names()
    return names
