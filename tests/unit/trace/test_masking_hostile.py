"""Secrets where somebody would hide them from a mask: none is left of any of these bodies, headers and addresses.

The bodies are what AWS's APIs, their clients and applications send, answer and log.
"""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from groundcloud.trace import mask
from groundcloud.trace.payload import shown

S = "hunter2Z9x"
JWT = "eyJraWQiOiJhYmMiLCJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhYmMifQ.c2lnbmF0dXJl"
CODES = ("834512", "123456", "12345678", "99887766")
F, J, A = "application/x-www-form-urlencoded", "application/json", "application/x-amz-json-1.1"
X, P = "text/xml", "text/plain"


def b64(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


dumps = json.dumps

BODIES = [
    ("nested json string x3", J, dumps({"body": dumps({"inner": dumps({"password": S})})})),
    ("nested json in array string", J, dumps({"body": dumps([{"password": S}])})),
    ("json string with leading space", J, dumps({"body": " " + dumps({"password": S})})),
    ("json string with newline", J, dumps({"body": "\n" + dumps({"a": {"pin": S}})})),
    ("json pin in string", J, dumps({"body": dumps({"pin": S})})),
    ("body base64 json", J, dumps({"body": b64(dumps({"password": S})), "isBase64Encoded": True})),
    ("base64 form", J, dumps({"body": b64(f"username=a&password={S}"), "isBase64Encoded": True})),
    ("invoke payload double quoted", J, dumps(dumps({"password": S}))),
    ("top-level string with json", J, '"' + dumps({"password": S}).replace('"', '\\"') + '"'),
    ("leading ws json", J, ' \n{"pin": "' + S + '"}'),
    ("bom json", J, '\ufeff{"pin": "' + S + '"}'),
    ("form", F, f"username=a&password={S}"),
    ("form as text/plain", P, f"username=a&password={S}"),
    ("form no content type", "", f"username=a&password={S}"),
    ("form encoded name", F, f"user=a&pass%77ord={S}"),
    ("form nested name", F, f"user[password]={S}"),
    ("form json value", F, "payload=" + quote(dumps({"pin": S}))),
    ("form semicolon", F, f"a=b;password={S}"),
    ("form code", F, f"grant_type=authorization_code&code={S}&redirect_uri=x"),
    ("form client creds", F, f"client_id=x&client_secret={S}"),
    ("form refresh", F, f"refresh_token={S}"),
    ("form code_verifier", F, f"code_verifier={S}"),
    ("query api PutParameter", F, f"Action=CreateLoginProfile&UserName=a&Password={S}"),
    (
        "query sns attr",
        F,
        f"Action=Publish&MessageAttributes.entry.1.Name=token&MessageAttributes.entry.1.Value.StringValue={S}",
    ),
    ("query rds", F, f"Action=CreateDBInstance&MasterUserPassword={S}"),
    (
        "xml creds",
        X,
        f"<r><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>{S}</SecretAccessKey><SessionToken>{S}</SessionToken></r>",
    ),
    ("xml ns", X, f"<ns:SessionToken xmlns:ns='x'>{S}</ns:SessionToken>"),
    ("xml attrs", X, f"<Password type='x'>{S}</Password>"),
    ("xml cdata", X, f"<Password><![CDATA[{S}]]></Password>"),
    ("xml attr value", X, f"<db password='{S}'/>"),
    ("xml digits name", X, f"<token2>{S}</token2>"),
    ("xml underscore", X, f"<client_secret>{S}</client_secret>"),
    ("ssm put", A, dumps({"Name": "/x", "Type": "SecureString", "Value": S})),
    ("ssm get", A, dumps({"Parameter": {"Name": "/x", "Type": "SecureString", "Value": S, "Version": 1}})),
    ("ssm history", A, dumps({"Parameters": [{"Name": "/x", "Type": "SecureString", "Value": S}]})),
    ("ssm pw name String", A, dumps({"Name": "/db/password", "Type": "String", "Value": S})),
    ("secrets create", A, dumps({"Name": "x", "SecretString": S})),
    ("secrets put", A, dumps({"SecretId": "x", "SecretBinary": b64(S)})),
    ("secrets batch", A, dumps({"SecretValues": [{"Name": "x", "SecretString": S}]})),
    ("random password", A, dumps({"RandomPassword": S})),
    (
        "cognito initauth",
        A,
        dumps({"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "a", "PASSWORD": S, "SECRET_HASH": S}}),
    ),
    ("cognito custom answer", A, dumps({"ChallengeResponses": {"USERNAME": "a", "ANSWER": S}})),
    (
        "cognito respond sms",
        A,
        dumps({"ChallengeName": "SMS_MFA", "ChallengeResponses": {"SMS_MFA_CODE": "123456"}, "Session": S}),
    ),
    ("cognito new pw", A, dumps({"ChallengeResponses": {"NEW_PASSWORD": S}})),
    ("cognito email otp", A, dumps({"ChallengeResponses": {"EMAIL_OTP_CODE": S, "SMS_OTP_CODE": S}})),
    ("cognito webauthn", A, dumps({"ChallengeResponses": {"CREDENTIAL": S}})),
    ("cognito device", A, dumps({"DeviceSecretVerifierConfig": {"PasswordVerifier": S, "Salt": S}})),
    ("cognito assoc sw", A, dumps({"SecretCode": S, "Session": S})),
    ("cognito admin set", A, dumps({"UserPoolId": "x", "Username": "a", "Password": S, "Permanent": True})),
    ("cognito admin create", A, dumps({"TemporaryPassword": S})),
    ("cognito forgot confirm", A, dumps({"ConfirmationCode": "834512", "Password": S})),
    ("cognito verify attr", A, dumps({"AttributeName": "email", "Code": "834512"})),
    ("cognito verify attr alnum", A, dumps({"AccessToken": S, "Code": "834512"})),
    ("cognito import", A, dumps({"ClientSecret": S})),
    ("cognito idp details", A, dumps({"ProviderDetails": {"client_id": "a", "client_secret": S}})),
    ("cognito GetId logins", A, dumps({"Logins": {"cognito-idp.us-east-1.amazonaws.com/us-east-1_x": S}})),
    ("cognito dev identity", A, dumps({"Logins": {"login.provider": S}})),
    (
        "cognito challengeAnswer trigger",
        J,
        dumps(
            {
                "triggerSource": "VerifyAuthChallengeResponse_Authentication",
                "request": {"privateChallengeParameters": {"expected": S}, "challengeAnswer": S},
            }
        ),
    ),
    ("cognito trigger usermig", J, dumps({"request": {"password": S, "validationData": {}}})),
    ("cognito trigger custom message", J, dumps({"request": {"codeParameter": "1234", "linkParameter": "x"}})),
    ("cognito codeparam text", J, dumps({"response": {"emailMessage": "Your code is 123456"}})),
    ("define auth privateChallenge", J, dumps({"response": {"privateChallengeParameters": {"x": S}}})),
    ("sts creds", A, dumps({"Credentials": {"SecretAccessKey": S, "SessionToken": S}})),
    ("identity creds", A, dumps({"Credentials": {"AccessKeyId": "ASIA", "SecretKey": S, "SessionToken": S}})),
    ("kms plaintext", A, dumps({"Plaintext": S})),
    ("kms datakey", A, dumps({"PrivateKeyPlaintext": S})),
    ("ses smtp", A, dumps({"SmtpPassword": S})),
    ("iam", A, dumps({"ServiceSpecificCredential": {"ServicePassword": S}})),
    ("rds", A, dumps({"MasterUserPassword": S})),
    ("lambda env", A, dumps({"Environment": {"Variables": {"DATABASE_URL": f"postgres://u:{S}@h/d"}}})),
    ("lambda env redis", A, dumps({"U": f"redis://:{S}@h/0"})),
    ("lambda env pwd", A, dumps({"Environment": {"Variables": {"DB_PWD": S, "PGPASS": S, "DB_PASS": S}}})),
    ("env passphrase", A, dumps({"SIGNING_KEY": S})),
    ("env stripe", A, dumps({"STRIPE_KEY": "sk_live_" + S + "aaaa"})),
    ("connection string", P, f"Server=x;User Id=a;Pwd={S};"),
    ("connstr2", P, f"host=h password={S}"),
    ("dsn pass json", J, dumps({"dsn": f"Server=x;Password={S};"})),
    ("cookie header list", J, dumps({"multiValueHeaders": {"Cookie": ["session=" + S]}})),
    ("cookies v2", J, dumps({"cookies": ["session=" + S]})),
    ("headers list of pairs", J, dumps({"headers": [["Authorization", S], ["a", "b"]]})),
    ("headers name value", J, dumps({"headers": [{"name": "Authorization", "value": S}]})),
    ("headers key value", J, dumps({"headers": [{"key": "Cookie", "value": S}]})),
    ("lambda@edge headers", J, dumps({"headers": {"authorization": [{"key": "Authorization", "value": S}]}})),
    ("authorizationToken", J, dumps({"type": "TOKEN", "authorizationToken": S})),
    ("identitySource", J, dumps({"identitySource": [S], "headers": {"authorization": S}})),
    ("identity apiKey", J, dumps({"requestContext": {"identity": {"apiKey": S}}})),
    ("Identity rawQuery", J, dumps({"rawQueryString": f"token={S}&a=b"})),
    ("rawpath query", J, dumps({"path": f"/x?token={S}"})),
    ("jwt in list", J, dumps([JWT])),
    ("jwt in text", P, f"x {JWT} y"),
    ("jwt inside url path", J, dumps({"u": f"/v/{JWT}/x"})),
    ("dynamo typed", A, dumps({"Item": {"pwd": {"S": S}}})),
    ("dynamo typed token list", A, dumps({"Item": {"tokens": {"L": [{"S": S}]}}})),
    ("dynamo expr values", A, dumps({"ExpressionAttributeValues": {":password": {"S": S}}})),
    (
        "dynamo expr alias",
        A,
        dumps({"UpdateExpression": "SET password = :p", "ExpressionAttributeValues": {":p": {"S": S}}}),
    ),
    (
        "dynamo expr alias#",
        A,
        dumps(
            {
                "UpdateExpression": "SET #n = :p",
                "ExpressionAttributeNames": {"#n": "password"},
                "ExpressionAttributeValues": {":p": {"S": S}},
            }
        ),
    ),
    ("dynamo partiql", A, dumps({"Statement": f"INSERT INTO u VALUE {{'id':'1','password':'{S}'}}"})),
    ("dynamo partiql update", A, dumps({"Statement": f"UPDATE u SET password='{S}' WHERE id='1'"})),
    ("presigned sigv2", J, dumps({"url": f"https://b/k?AWSAccessKeyId=A&Signature={S}%3D&Expires=1"})),
    ("cloudfront signed", J, dumps({"url": f"https://d/k?Policy=x&Signature={S}~&Key-Pair-Id=K"})),
    ("presigned token", J, dumps({"url": f"https://b/k?X-Amz-Security-Token={S}"})),
    ("presigned post fields", J, dumps({"fields": {"policy": "x", "x-amz-signature": S, "x-amz-security-token": S}})),
    (
        "cfn NoEcho param",
        F,
        f"Action=CreateStack&Parameters.member.1.ParameterKey=DbPassword&Parameters.member.1.ParameterValue={S}",
    ),
    ("cfn params json", J, dumps({"Parameters": [{"ParameterKey": "DbPassword", "ParameterValue": S}]})),
    (
        "yaml template body",
        F,
        "Action=CreateStack&TemplateBody=" + quote(f"Resources:\n  Db:\n    MasterUserPassword: {S}\n"),
    ),
    ("aws keys in text", P, f"aws_secret_access_key = {S}"),
    ("export", P, f"export AWS_SECRET_ACCESS_KEY={S}"),
    ("curl -u", P, f"curl -u admin:{S} http://x"),
    ("set-cookie text", P, f"Set-Cookie: session={S}; Path=/"),
    ("ndjson", P, '{"a":1}\n{"pin":"' + S + '"}'),
    ("ndjson pw", P, '{"a":1}\n{"password":"' + S + '"}'),
    ("python repr", P, "{'Password': '" + S + "'}"),
    ("python repr nested", P, "{'Authorization': ['" + S + "']}"),
    ("repr dict in val", P, "{'token': {'S': '" + S + "'}}"),
    ("go struct", P, "{Password:" + S + " User:a}"),
    ("yaml", P, f"password: {S}\nuser: a"),
    ("json unquoted num pin", J, dumps({"pin": 99887766, "otp": 99887766})),
    ("array secret", J, dumps({"passwords": [S, S]})),
    ("graphql", J, dumps({"query": f'mutation {{ login(email:"a", password:"{S}") {{ token }} }}'})),
    ("graphql vars", J, dumps({"variables": {"password": S}})),
    (
        "multipart",
        "multipart/form-data; boundary=b",
        f'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n{S}\r\n--b--',
    ),
    ("mail raw", J, dumps({"Message": {"Body": {"Text": {"Data": "Your verification code: 12345678"}}}})),
    ("sms otp", J, dumps({"Message": "12345678 is your one-time password"})),
    ("camel", J, dumps({"userPassword": S, "passwordHash": S, "password1": S, "password_confirmation": S})),
    ("bearer lower", J, dumps({"h": f"bearer {S}abc"})),
    ("basic", J, dumps({"h": "Basic " + b64("a:" + S)})),
    (
        "private key pem",
        J,
        dumps({"k": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{S}\n-----END OPENSSH PRIVATE KEY-----"}),
    ),
    ("pem ec escaped", P, f"-----BEGIN EC PRIVATE KEY-----\\n{S}\\n-----END EC PRIVATE KEY-----"),
    ("jwk private", J, dumps({"kty": "RSA", "d": S, "p": S, "q": S})),
    ("aws access in text", P, f"SecretAccessKey: {S}"),
    ("x-amz-sec-token upper", P, f"X-AMZ-SECURITY-TOKEN: {S}"),
    ("google key", P, "AIza" + "A" * 35),
    ("slack hook", P, f"https://hooks.slack.com/services/T000/B000/{S}"),
    ("gh pat", P, "github_pat_" + S * 3),
    ("long key nested 30", J, "[" * 30 + dumps({"password": S}) + "]" * 30),
    ("dup keys", J, '{"password":"' + S + '","password":"x"}'),
    ("trunc json secret", J, '{"a":"' + "x" * 100 + '","password":"' + S),
]

HEADERS = [
    ("Authorization", "Basic " + b64("a:" + S)),
    ("authorization", S),
    ("Proxy-Authorization", "Basic " + S + "aa"),
    ("X-Api-Key", S),
    ("Cookie", "a=" + S),
    ("Set-Cookie", f"s={S}; Path=/"),
    ("X-Amz-Security-Token", S),
    ("X-Forwarded-Authorization", S),
    ("X-Amzn-Oidc-Data", JWT),
    ("X-Amz-Client-Context", b64(dumps({"custom": {"password": S}}))),
    ("X-Amz-Log-Result", b64(f"START\npassword={S}")),
    ("X-Amz-Meta-Password", S),
    ("X-Amz-Server-Side-Encryption-Customer-Key", S),
    ("X-Amz-Tagging", f"password={S}"),
    ("x-amz-copy-source", f"/b/k?token={S}"),
    ("Location", f"/cb#access_token={S}&id_token=x"),
    ("Location", f"/cb?code={S}"),
    ("Refresh", f"0; url=/x?token={S}"),
    ("Link", f"<https://x?token={S}>"),
    ("X-CSRF-Token", S),
    ("X-Original-Url", f"/x?token={S}"),
    ("Sec-WebSocket-Protocol", JWT),
    ("Origin", f"https://u:{S}@h"),
    ("Stripe-Signature", S),
]

ADDRESSES = [
    f"/x?token={S}",
    f"/x?a=1;password={S}",
    f"/oauth2/authorize?state={S}&nonce={S}",
    f"/login/{JWT}",
    f"/x?q={JWT}",
    f"/x?X-Amz-Security-Token={S}",
    f"/x?access_token%5B%5D={S}",
    f"/cb#id_token={S}",
    f"/confirm?user=a&confirmation_code={S}",
    f"/x?se=1&sig={S}",
    f"/x?auth={S}",
    f"/x?Policy=e&Signature={S}",
    f"/x?next=%2Fy%3Ftoken%3D{S}",
    f"/b/k?AWSAccessKeyId=A&Signature={S}%3D&Expires=1",
]

HARMLESS = [
    (J, dumps({"isBase64Encoded": False, "body": "aGVsbG8gd29ybGQ=", "data": "aGVsbG8gd29ybGQh"})),
    (J, dumps({"isBase64Encoded": True, "body": b64("hello wide world")})),
    (J, dumps({"data": b64("number 4 of the stream"), "compass": "north", "bypass": "yes", "pinned": "yes"})),
    (A, dumps({"UpdateExpression": "SET title = :t", "ExpressionAttributeValues": {":t": {"S": "milk"}}})),
    (A, dumps({"Statement": "SELECT * FROM tasks WHERE id = ?", "Parameters": [{"S": "one"}]})),
    (A, dumps({"RequiredAttributes": ["email", "phone_number"], "Tags": [{"Key": "stage", "Value": "test"}]})),
    (J, dumps({"identitySource": ["$request.header.Authorization"], "name": "users"})),
    (F, "Action=CreateStack&Parameters.member.1.ParameterKey=Stage&Parameters.member.1.ParameterValue=test"),
    (X, "<r><Key>stage</Key><Value>test</Value><Name unit='ms'>shopping</Name></r>"),
    (P, "passed: 5, failed: 0, opinion: none, order 12345 shipped"),
    (P, '{"a":1}\n{"b":2}'),
]


def left(found: str) -> list[str]:
    """The secrets that can still be read, also in base64."""
    hidden = (S, JWT, *CODES, b64(S), b64("a:" + S), b64(dumps({"password": S})), b64(f"username=a&password={S}"))
    return [secret for secret in hidden if secret in found]


@pytest.mark.parametrize(("content_type", "body"), [one[1:] for one in BODIES], ids=[one[0] for one in BODIES])
def test_bodies(content_type: str, body: str) -> None:
    raw = body.encode()
    found = shown(raw, len(raw), content_type)
    assert left(body) or "AIza" in body or '"1234"' in body or "multipart" in content_type
    assert left(found.body or "") == []
    assert "AIza" not in (found.body or "") and '"1234"' not in (found.body or "")


@pytest.mark.parametrize(("name", "value"), HEADERS)
def test_headers(name: str, value: str) -> None:
    found = mask.header(name, value)
    assert left(found) == [] and found != value


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses(address: str) -> None:
    assert left(mask.url(address)) == []


@pytest.mark.parametrize(("content_type", "body"), HARMLESS)
def test_what_is_no_secret_stays(content_type: str, body: str) -> None:
    found = shown(body.encode(), len(body.encode()), content_type)
    assert (found.body, found.masked) == (body, False)


@pytest.mark.parametrize(
    "line",
    [
        '{"level": "INFO", "pin": "hunter2Z9x"}',
        '2026-11-21T10:00:00Z INFO asked {"order": 7, "login": {"pin": "hunter2Z9x"}}',
        "{'headers': {'Cookie': 'a=1'}, 'multiValueHeaders': {'Cookie': ['a=1', 'session=hunter2Z9x']}}",
        "{ multiValueHeaders: { Authorization: [ 'hunter2Z9x' ] } }",
        "Environment: {'DB_PASS': 'hunter2Z9x', 'STAGE': 'dev'}",
        "curl -u ann:hunter2Z9x http://127.0.0.1",
    ],
)
def test_log_lines(line: str) -> None:
    masked = mask.line(line)
    assert S not in masked and mask.MASK in masked


@pytest.mark.parametrize("line", ['INFO asked {"order": 7}', "INFO {not JSON}", "", "{", "Report {'pinned': 1}"])
def test_log_lines_without_a_secret(line: str) -> None:
    assert mask.line(line) == line


def test_what_stands_beside_stays_readable() -> None:
    call = {
        "UpdateExpression": "SET #p = :p, title = :t",
        "ExpressionAttributeNames": {"#p": "password"},
        "ExpressionAttributeValues": {":p": {"S": S}, ":t": {"S": "milk"}},
    }
    assert mask.tree(call)["ExpressionAttributeValues"] == {":p": {"S": mask.MASK}, ":t": {"S": "milk"}}
    record = {"data": b64(dumps({"user": "ann", "password": S}))}
    assert json.loads(base64.b64decode(mask.tree(record)["data"])) == {"user": "ann", "password": mask.MASK}
