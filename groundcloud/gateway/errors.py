"""What API Gateway itself answers when it refuses or fails a request.

Every such answer has a *gateway response type*, which an API can customise; `gateway_responses.py` renders them.
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

from groundcloud.errors import GroundcloudError

INTERNAL = "Internal server error"

DEFAULT_STATUS: dict[str, int] = {
    "ACCESS_DENIED": 403,
    "API_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_CONFIGURATION_ERROR": 500,
    "AUTHORIZER_FAILURE": 500,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "DEFAULT_4XX": 400,
    "DEFAULT_5XX": 500,
    "EXPIRED_TOKEN": 403,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
    "INVALID_API_KEY": 403,
    "INVALID_SIGNATURE": 403,
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNAUTHORIZED": 401,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "WAF_FILTERED": 403,
}
"""The types and their default status. The two DEFAULT_ types have none of their own on AWS; here it is what an error
raised with them answers unless it names another."""

ERROR_TYPE: dict[str, str] = {
    "ACCESS_DENIED": "AccessDeniedException",
    "API_CONFIGURATION_ERROR": "InternalServerErrorException",
    "AUTHORIZER_CONFIGURATION_ERROR": "AuthorizerConfigurationException",
    "AUTHORIZER_FAILURE": "AuthorizerConfigurationException",
    "BAD_REQUEST_BODY": "BadRequestException",
    "BAD_REQUEST_PARAMETERS": "BadRequestException",
    "DEFAULT_5XX": "InternalServerErrorException",
    "EXPIRED_TOKEN": "ExpiredTokenException",
    "INTEGRATION_FAILURE": "InternalServerErrorException",
    "INTEGRATION_TIMEOUT": "InternalServerErrorException",
    "INVALID_API_KEY": "ForbiddenException",
    "INVALID_SIGNATURE": "InvalidSignatureException",
    "MISSING_AUTHENTICATION_TOKEN": "MissingAuthenticationTokenException",
    "QUOTA_EXCEEDED": "LimitExceededException",
    "REQUEST_TOO_LARGE": "RequestTooLongException",
    "RESOURCE_NOT_FOUND": "NotFoundException",
    "THROTTLED": "TooManyRequestsException",
    "UNAUTHORIZED": "UnauthorizedException",
    "UNSUPPORTED_MEDIA_TYPE": "UnsupportedMediaTypeException",
    "WAF_FILTERED": "ForbiddenException",
}
"""The `x-amzn-ErrorType` header of each type."""


class GatewayError(GroundcloudError):
    """API Gateway's own answer instead of the integration's.

    `type` is a gateway response type; `message` is ``$context.error.message`` (None renders as JSON null); `status`
    overrides the type's default where AWS uses one type for two statuses (502 is a DEFAULT_5XX); `detail` is
    ``$context.error.validationErrorString``.
    """

    def __init__(self, type: str, message: str | None, *, status: int | None = None, detail: str = "") -> None:
        super().__init__(f"{type}: {message}")
        self.type = type
        self.message = message
        self.detail = detail
        self.status = status if status is not None else DEFAULT_STATUS[type]


def missing_authentication_token() -> GatewayError:
    """An unknown path or method, and an unsigned call of an AWS_IAM method."""
    return GatewayError("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")


def unauthorized() -> GatewayError:
    return GatewayError("UNAUTHORIZED", "Unauthorized")


def configuration_error(message: str = INTERNAL) -> GatewayError:
    """The API is not set up so that it could answer ("Execution failed due to configuration error" in AWS's logs)."""
    return GatewayError("API_CONFIGURATION_ERROR", message)


def bad_gateway() -> GatewayError:
    """The function failed, or answered something that is not a proxy response."""
    return GatewayError("DEFAULT_5XX", INTERNAL, status=502)
