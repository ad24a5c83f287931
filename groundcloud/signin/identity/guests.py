"""What guests may do at most in the enhanced flow, whatever their role says.

Cognito passes two session policies when it assumes a guest's role; one allow among them is enough. The managed one is
as https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonCognitoUnAuthedIdentitiesSessionPolicy.html
prints it (version 3). The inline one follows the services that
https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html names; its exact actions were not recorded from
AWS.
"""

from __future__ import annotations

import json

_SERVICES = (
    "appsync:*",
    "cloudwatch:*",
    "cognito-identity:*",
    "cognito-idp:*",
    "cognito-sync:*",
    "dynamodb:*",
    "execute-api:*",
    "firehose:*",
    "gamelift:*",
    "iot:*",
    "kinesis:*",
    "lambda:*",
    "lex:*",
    "logs:*",
    "machinelearning:*",
    "mobileanalytics:*",
    "mobiletargeting:*",
    "personalize:*",
    "polly:*",
    "rekognition:*",
    "s3:*",
    "sagemaker:InvokeEndpoint",
    "sdb:*",
    "ses:*",
    "sns:*",
    "sqs:*",
    "textract:AnalyzeDocument",
    "textract:DetectDocumentText",
    "translate:*",
)
_MANAGED = (
    "rum:PutRumEvents",
    "sagemaker:InvokeEndpoint",
    "polly:*",
    "comprehend:*",
    "translate:*",
    "transcribe:*",
    "rekognition:*",
    "mobiletargeting:*",
    "firehose:*",
    "personalize:*",
    "geo:GetMap*",
    "geo:SearchPlaceIndex*",
    "geo:GetPlace",
    "geo:CalculateRoute*",
    "geo:*Geofence",
    "geo:*Geofences",
    "geo:*DevicePosition*",
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptTo",
    "kms:ReEncryptFrom",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
)


def _policy(actions: tuple[str, ...]) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


GUEST_POLICIES = (_policy(_SERVICES), _policy(_MANAGED))
