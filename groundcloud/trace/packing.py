"""The detail of a span, small on disk: deflated with a dictionary of what most details have in common. Pure.

Headers, events and decisions repeat themselves from span to span, which a compressor that sees one of them alone cannot
know. It looks back 8 KB and keeps little state, so that some ten microseconds are enough for a span.
"""

from __future__ import annotations

import zlib

_BITS = -13
_MEMORY = 5
_DICTIONARY = (
    b'"statement":{"Action":["sts:AssumeRole","logs:CreateLogStream","logs:PutLogEvents","s3:GetObject'
    b'","s3:PutObject","sqs:SendMessage","sns:Publish","dynamodb:GetItem","dynamodb:DeleteItem","dynam'
    b'odb:PutItem","dynamodb:Scan","dynamodb:Query","dynamodb:UpdateItem","dynamodb:BatchWriteItem","d'
    b'ynamodb:BatchGetItem","dynamodb:DescribeTable","dynamodb:ConditionCheckItem"],"Effect":"Allow","'
    b'Resource":["arn:aws:dynamodb:us-east-1:000000000000:table//index/*"]},"policy":"Policy0","missin'
    b'g":null,"reason":"The account\'s administrator may do everything","refused":false,"mode":"enforce'
    b'","principal":"arn:aws:sts::000000000000:assumed-role/{\\"resource\\":\\"/\\",\\"path\\":\\"/\\",\\"httpM'
    b'ethod\\":\\"POST\\",\\"headers\\":{\\"Accept\\":\\"*/*\\",\\"Accept-Encoding\\":\\"gzip, deflate\\",\\"Auth'
    b'orization\\":\\"\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2\\",\\"Content-Type\\":\\"application/json\\",\\"Host\\'
    b'":\\".execute-api.localhost\\",\\"User-Agent\\":\\"Mozilla/5.0\\",\\"X-Amzn-Trace-Id\\":\\"Root=1-\\",\\"X-'
    b'Forwarded-For\\":\\"127.0.0.1\\",\\"X-Forwarded-Port\\":\\"4566\\",\\"X-Forwarded-Proto\\":\\"http\\"},\\"m'
    b'ultiValueHeaders\\":{\\"Host\\":[\\"\\"]},\\"queryStringParameters\\":null,\\"multiValueQueryStringParam'
    b'eters\\":null,\\"pathParameters\\":null,\\"stageVariables\\":null,\\"requestContext\\":{\\"accountId\\":\\'
    b'"000000000000\\",\\"apiId\\":\\"\\",\\"authorizer\\":{\\"claims\\":{\\"sub\\":\\"\\",\\"aud\\":\\"\\",\\"co'
    b'gnito:username\\":\\"\\",\\"email\\":\\"@example.com\\",\\"email_verified\\":\\"true\\",\\"event_id\\":\\"'
    b'\\",\\"token_use\\":\\"id\\",\\"auth_time\\":\\"17\\",\\"exp\\":\\"\\",\\"iat\\":\\"\\",\\"iss\\":\\"https:'
    b'//cognito-idp.us-east-1.amazonaws.com/us-east-1_\\"}},\\"domainName\\":\\"\\",\\"domainPrefix\\":\\"\\",\\'
    b'"extendedRequestId\\":\\"\\",\\"identity\\":{\\"accessKey\\":null,\\"accountId\\":null,\\"caller\\":null,\\'
    b'"cognitoAuthenticationProvider\\":null,\\"cognitoAuthenticationType\\":null,\\"cognitoIdentityId\\":n'
    b'ull,\\"cognitoIdentityPoolId\\":null,\\"principalOrgId\\":null,\\"sourceIp\\":\\"127.0.0.1\\",\\"user\\":n'
    b'ull,\\"userAgent\\":null,\\"userArn\\":null},\\"path\\":\\"/\\",\\"protocol\\":\\"HTTP/1.1\\",\\"requestId'
    b'\\":\\"\\",\\"requestTime\\":\\"/2026:\\",\\"requestTimeEpoch\\":17,\\"resourceId\\":\\"\\",\\"resourcePath'
    b'\\":\\"/\\",\\"stage\\":\\"prod\\"},\\"body\\":\\"{\\\\\\"title\\\\\\":\\\\\\"\\",\\"isBase64Encoded\\":fal'
    b'se}","truncated":false,"masked":true},"response":{"status":200,"headers":[],"body":"{\\"statusCod'
    b'e\\": 200, \\"body\\": \\"{}\\"}","truncated":false,"masked":false},"decision":null,"coldStart":false'
    b',"initMs":null}["Access-Control-Allow-Origin","*"],["Access-Control-Allow-Methods","GET, POST, P'
    b'UT, DELETE, HEAD, OPTIONS, PATCH"],["Access-Control-Allow-Headers","*"],["Access-Control-Expose-'
    b'Headers","*"],["x-amzn-requestid",""],["x-amz-request-id",""],["x-amz-id-2",""],["Content-Length'
    b'","2"],["date","Sat, 21 Nov 2026 GMT"]],"body":"{}","truncated":false,"masked":false},"decision"'
    b':{"allowed":true,"action":"dynamodb:PutItem","resource":"arn:aws:dynamodb:us-east-1:000000000000'
    b':{"requestBytes":120,"responseBytes":2,"request":{"method":"POST","url":"/","headers":[["Host","'
    b'127.0.0.1:4566"],["Accept-Encoding","identity"],["X-Amz-Target","DynamoDB_20120810.PutItem"],["C'
    b'ontent-Type","application/x-amz-json-1.0"],["User-Agent","Boto3/1.43 md/Botocore#1.43 ua/2.1 os/'
    b"linux#6 md/arch#x86_64 lang/python#3.11 md/pyimpl#CPython m/D,P,Z,b,g,N cfg/retry-mode#legacy Bo"
    b'tocore/1.43 Resource"],["X-Amzn-Trace-Id","Root=1-;Parent=;Sampled=0"],["X-Amz-Date","2026T00Z"]'
    b',["X-Amz-Security-Token","\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"],["Authorization","AWS4-HMAC-SHA256 \xe2'
    b'\x80\xa2\xe2\x80\xa2\xe2\x80\xa2"],["amz-sdk-invocation-id",""],["amz-sdk-request","attempt=1"],["Content-L'
    b'ength","120"]],"body":"{\\"TableName\\": \\"\\", \\"Item\\": {\\"id\\": {\\"S\\": \\"","truncated":false,"m'
    b'asked":false},"response":{"status":200,"headers":[["Content-Type","application/x-amz-json-1.0"],'
    b'["x-amz-crc32",""],'
)
"""What is most common stands last. A change of it needs a new version of the file's schema."""


class Packer:
    """Packs one detail after the other: what is prepared once is copied for each."""

    def __init__(self) -> None:
        self._prepared = zlib.compressobj(1, zlib.DEFLATED, _BITS, _MEMORY, zlib.Z_DEFAULT_STRATEGY, _DICTIONARY)

    def pack(self, plain: bytes) -> bytes:
        packing = self._prepared.copy()
        return packing.compress(plain) + packing.flush()


def unpack(packed: bytes) -> bytes:
    """What `Packer.pack` was given."""
    return zlib.decompressobj(_BITS, _DICTIONARY).decompress(packed)
