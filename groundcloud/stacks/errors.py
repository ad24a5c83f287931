"""The refusals of CloudFormation that this part words itself."""

from __future__ import annotations

from groundcloud.errors import AwsError


def validation_error(message: str) -> AwsError:
    """CloudFormation's `ValidationError`, HTTP 400."""
    return AwsError("ValidationError", message, 400)


def template_format_error(message: str) -> AwsError:
    return validation_error(f"Template format error: {message}")


def sam_error(message: str) -> AwsError:
    """A document that the SAM transform refuses. AWS words it so in the change set's or stack's status reason."""
    return validation_error(f"Transform AWS::Serverless-2016-10-31 failed with: {message}")


def resource_failed(logical_id: str, reason: str) -> AwsError:
    """What the resource's own service would refuse; AWS says it in the event of that resource."""
    return validation_error(f"Resource {logical_id} cannot be deployed: {reason}")


def already_exists(logical_id: str, resource_type: str, name: str) -> AwsError:
    """A physical name that is taken by something outside the stack, in CloudFormation's words."""
    return resource_failed(logical_id, f"Resource of type '{resource_type}' with identifier '{name}' already exists.")


def missing_capabilities(names: list[str]) -> AwsError:
    return AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{', '.join(names)}]", 400)


def not_updatable(stack_id: str, status: str) -> AwsError:
    return validation_error(f"Stack:{stack_id} is in {status} state and can not be updated.")
