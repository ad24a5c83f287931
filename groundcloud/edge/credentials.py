"""What AWS says of credentials that do not hold, in the words of the called service's protocol.

Sources: …/CommonErrors.html of each service's API reference;
docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html;
docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html.
"""

from __future__ import annotations

from groundcloud.edge.exchange import Identity
from groundcloud.errors import AwsError

_JSON = ("json", "rest-json", "smithy-rpc-v2-cbor")
_QUERY_COMPATIBLE = ("cloudwatch", "sqs")
"""Speak JSON today, and keep the codes of the query protocol
(docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-faqs.html)."""


def unknown_key(identity: Identity) -> AwsError:
    """A key of nobody's, of a user or role that is gone, or a session's without its token."""
    if identity.service == "s3":
        message = "The AWS Access Key Id you provided does not exist in our records."
        return AwsError("InvalidAccessKeyId", message, 403)
    message = "The security token included in the request is invalid."
    if identity.protocol == "ec2":
        return AwsError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    return _in_words(identity, "InvalidClientTokenId", "UnrecognizedClientException", message)


def unsigned(identity: Identity) -> AwsError:
    """A request without any credentials, for what AWS takes signed only."""
    if identity.service == "s3":
        return AwsError("AccessDenied", "Access Denied", 403)
    message = "Request is missing Authentication Token"
    return _in_words(identity, "MissingAuthenticationToken", "MissingAuthenticationTokenException", message)


def invalid_token(identity: Identity) -> AwsError:
    if identity.service == "s3":
        return AwsError("InvalidToken", "The provided token is malformed or otherwise invalid.", 400)
    return unknown_key(identity)


def expired(identity: Identity) -> AwsError:
    if identity.service == "s3":
        return AwsError("ExpiredToken", "The provided token has expired.", 400)
    if identity.protocol == "ec2":
        return AwsError("RequestExpired", "Request has expired.", 400)
    message = "The security token included in the request is expired"
    return _in_words(identity, "ExpiredToken", "ExpiredTokenException", message)


def unsupported(identity: Identity) -> AwsError:
    """A root key in credentials of another kind, or without a signature at all."""
    if identity.service == "s3":
        message = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        return AwsError("InvalidRequest", message, 400)
    message = "The request signature does not conform to AWS standards."
    return _in_words(identity, "IncompleteSignature", "IncompleteSignatureException", message)


def incomplete(identity: Identity, lacking: str) -> AwsError:
    """A header with a signature that is no whole one, or does not tell when it was made; `lacking` says what."""
    if identity.service == "s3":
        if "Date" in lacking and "parameter" not in lacking:
            return AwsError("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header", 403)
        return AwsError("AuthorizationHeaderMalformed", f"The authorization header is malformed; {lacking}", 400)
    return _in_words(identity, "IncompleteSignature", "IncompleteSignatureException", lacking)


def asymmetric(identity: Identity) -> AwsError:
    """Signature Version 4A, for requests to several regions
    (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html): nothing here verifies it."""
    message = (
        "Groundcloud does not verify signatures of Version 4A (AWS4-ECDSA-P256-SHA256): sign with AWS4-HMAC-SHA256 for "
        "one region."
    )
    if identity.service == "s3":
        return AwsError("InvalidRequest", message, 400)
    return _in_words(identity, "IncompleteSignature", "IncompleteSignatureException", message)


def denied(identity: Identity, action: str, message: str) -> AwsError:
    """A refusal by policy, with `message` in AWS's wording. SQS writes its actions in small letters and SNS its own
    name in capitals, as their errors show (github.com/aws/serverless-application-model/issues/3633)."""
    prefix, _, name = action.partition(":")
    if prefix == "sqs":
        return AwsError("AccessDenied", message.replace(action, action.lower()), 403)
    if prefix == "sns":
        return AwsError("AuthorizationError", message.replace(action, f"SNS:{name}"), 403)
    if identity.protocol == "ec2":
        return AwsError("UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", 403)
    return _in_words(identity, "AccessDenied", "AccessDeniedException", message)


def _in_words(identity: Identity, query_code: str, json_code: str, message: str) -> AwsError:
    if identity.protocol not in _JSON or identity.service in _QUERY_COMPATIBLE:
        return AwsError(query_code, message, 403)
    return AwsError(json_code, message, 403 if identity.protocol == "rest-json" else 400)
