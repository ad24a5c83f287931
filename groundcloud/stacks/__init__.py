"""CloudFormation at the edge: templates are checked and rewritten before the engine deploys them."""

from groundcloud.stacks.stacks import AdminEngine, Stacks

__all__ = ["AdminEngine", "Stacks"]
