"""The refusals of identity pools, in AWS's words.

Wordings as users of AWS report them, for instance in github.com/aws-amplify/amplify-js/issues/1089,
github.com/aws/aws-cli/issues/7652, github.com/aws-observability/aws-rum-web/issues/172 and
github.com/amazon-archives/amazon-cognito-auth-js/issues/196. What no page of AWS's quotes is marked "ours".
"""

from __future__ import annotations

from groundcloud.errors import AwsError
from groundcloud.signin.errors import invalid_parameter, not_authorized


def pool_not_found(pool_id: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found.")


def identity_not_found(identity_id: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Identity '{identity_id}' not found.")


def no_guests() -> AwsError:
    return not_authorized("Unauthenticated access is not supported for this identity pool.")


def forbidden(identity_id: str) -> AwsError:
    return not_authorized(f"Access to Identity '{identity_id}' is forbidden.")


def logins_differ() -> AwsError:
    return not_authorized(
        "Logins don't match. Please include at least one valid login for this identity or identity pool."
    )


def unsupported_provider() -> AwsError:
    return not_authorized("Token is not from a supported provider of this identity pool.")


def bad_token(reason: str) -> AwsError:
    return not_authorized(f"Invalid login token. {reason}")


def no_such_role() -> AwsError:
    message = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
    return AwsError("InvalidIdentityPoolConfigurationException", message)


def role_denied(reason: str) -> AwsError:
    """Ours: AWS documents that the request is denied, not in which words."""
    return not_authorized(f"Access is denied by the role mapping of this identity pool: {reason}")


def classic_flow_is_off() -> AwsError:
    return invalid_parameter("Basic (classic) flow is not enabled, please use enhanced flow.")


def classic_flow_with_mappings() -> AwsError:
    return invalid_parameter("Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.")


def invalid_identity_token(message: str) -> AwsError:
    """STS's, for tokens given to AssumeRoleWithWebIdentity."""
    return AwsError("InvalidIdentityToken", message)
