"""What LocalStack's CloudFormation may make: what there is a provider for, now.

LocalStack asks a list that it downloads whether a type is supported before it makes anything. Without the network it
has no list and refuses every type; with it, it knows nothing of what a plugin adds.
"""

from __future__ import annotations

from localstack.services.cloudformation import resource_provider
from localstack.utils.catalog.catalog import CatalogPlugin
from localstack.utils.catalog.common import (
    CloudFormationResourcesSupportAtRuntime,
    CloudFormationResourcesSupportInLatest,
)

from groundcloud_localstack.registry import types_with_a_token


class RuntimeCatalog(CatalogPlugin):
    """Answers from what is registered. Its name is the one that LocalStack prefers when there is such a plugin."""

    name = "aws-catalog-remote-state-with-license"

    def get_aws_service_status(self, service_name: str, operation_name: str | None = None) -> None:
        """Nothing is known of other editions; LocalStack then says that the operation is not there, and no more."""

    def get_cloudformation_resource_status(
        self, resource_name: str, service_name: str, is_pro_resource: bool = False
    ) -> CloudFormationResourcesSupportAtRuntime | CloudFormationResourcesSupportInLatest:
        """Whether there is a provider for the type."""
        names = {*resource_provider.plugin_manager.list_names(), *types_with_a_token()}
        if resource_name in names:
            return CloudFormationResourcesSupportAtRuntime.AVAILABLE
        return CloudFormationResourcesSupportInLatest.NOT_SUPPORTED
