"""Every form in which a secret may stand is masked, and what is no secret is not."""

from __future__ import annotations

import json

import pytest

from groundcloud.trace import mask
from groundcloud.trace.names import MASK, is_code, is_secret
from groundcloud.trace.payload import shown

TOKEN = "eyJraWQiOiJhYmMiLCJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhYmMifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "name",
    [
        "password", "Password", "DB_PASSWORD", "newPassword", "TemporaryPassword", "SecretString", "SecretBinary",
        "SecretAccessKey", "SessionToken", "client_secret", "X-Amz-Security-Token", "Authorization", "x-api-key",
        "Set-Cookie", "REFRESH_TOKEN", "ConfirmationCode", "UserCode", "code_verifier", "SecretHash", "PrivateKey",
        "Plaintext", "Session", "SRP_A", "SECRET_HASH", "PASSWORD_CLAIM_SIGNATURE", "apiKey", "accessToken",
        "SOFTWARE_TOKEN_MFA_CODE", "X-Amz-Signature",
    ],
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "SecretId", "SecretArn", "SecretName", "NextToken", "TokenType", "PasswordPolicy", "AccessKeyId", "Name", "Key",
        "AccessTokenValidity", "sessionId", "token_use", "author", "title", "Keys", "tokenCount", "ContinuationToken",
    ],
)  # fmt: skip
def test_names_of_what_is_none(name: str) -> None:
    assert not is_secret(name)


def test_a_code_is_known_by_its_value() -> None:
    assert is_code("code", "123456") and is_code("Code", "f3a9bc0044ee11aa2") and is_code("code", 123456)
    assert not is_code("code", "ValidationError") and not is_code("code", 404) and not is_code("zipcode", "12345")


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("login with password=hunter22 ok", f"login with password={MASK} ok"),
        ("password: 'hunter 22', next", f"password: '{MASK}', next"),
        ('{"password": "hun\\"ter22", "a": 1}', f'{{"password": "{MASK}", "a": 1}}'),
        ("{'db_secret': b'hunter22'}", f"{{'db_secret': b'{MASK}'}}"),
        ('body: "{\\"password\\": \\"hunter22\\"}"', f'body: "{{\\"password\\": \\"{MASK}\\"}}"'),
        ("Authorization: Bearer abcdefgh12345678", f"Authorization: {MASK}"),
        ("Authorization: Basic YWRtaW46aHVudGVyMjI=", f"Authorization: {MASK}"),
        (f"got {TOKEN} from it", f"got {MASK} from it"),
        ("postgres://ann:hunter22@db/x", f"postgres://{MASK}@db/x"),
        ("Your code is 123456.", f"Your code is {MASK}."),
        ("123456 is your verification code", f"{MASK} is your verification code"),
        ("X-Amz-Signature=0123456789abcdef0123456789abcdef", f"X-Amz-Signature={MASK}"),
        ("key -----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- end", f"key {MASK} end"),
        ("the secret stays cut: password='hunt", f"the secret stays cut: password='{MASK}'"),
    ],
)
def test_secrets_in_text(line: str, left: str) -> None:
    assert mask.text(line) == left


@pytest.mark.parametrize("line", ["SecretId=arn:aws:x", "order 123456 arrived", "error code: NotFound", "a=b&c=d", ""])
def test_what_is_no_secret_stays(line: str) -> None:
    assert mask.text(line) == line


def test_secrets_in_json_at_any_depth() -> None:
    given = {
        "TableName": "users",
        "Item": {"name": {"S": "ann"}, "password": {"S": "hunter22"}},
        "headers": {"Authorization": TOKEN, "multi": [TOKEN]},
        "body": json.dumps({"newPassword": "hunter22", "n": 1}),
        "form": "username=ann&password=hunter22",
        "Environment": {"Variables": {"STRIPE_TOKEN": "hunter22", "STAGE": "dev"}},
    }
    masked = mask.tree(given)
    assert masked["Item"] == {"name": {"S": "ann"}, "password": {"S": MASK}}
    assert masked["headers"] == {"Authorization": MASK, "multi": [MASK]}
    assert json.loads(masked["body"]) == {"newPassword": MASK, "n": 1}
    assert masked["form"] == f"username=ann&password={MASK}"
    assert masked["Environment"]["Variables"] == {"STRIPE_TOKEN": MASK, "STAGE": "dev"}
    assert given["Item"] == {"name": {"S": "ann"}, "password": {"S": "hunter22"}}


def test_values_that_are_secret_by_what_stands_beside_them() -> None:
    parameter = {"Name": "/db", "Type": "SecureString", "Value": "hunter22"}
    assert mask.tree(parameter)["Value"] == MASK
    assert mask.tree({**parameter, "Type": "String", "Value": "plain"})["Value"] == "plain"
    assert mask.tree({"ParameterKey": "DbPassword", "ParameterValue": "hunter22"})["ParameterValue"] == MASK
    assert mask.tree({"name": "mobile", "enabled": True, "value": "hunter22"})["value"] == MASK
    assert mask.tree({"Name": "email", "Value": "ann@example.com"})["Value"] == "ann@example.com"


def test_secrets_in_urls_headers_and_xml() -> None:
    url = "/b/k?X-Amz-Credential=AKID%2Fus&X-Amz-Signature=ab12&versionId=1&code=abc"
    assert mask.url(url) == f"/b/k?X-Amz-Credential={MASK}&X-Amz-Signature={MASK}&versionId=1&code={MASK}"
    assert mask.header("Authorization", "AWS4-HMAC-SHA256 Credential=a, Signature=b") == f"AWS4-HMAC-SHA256 {MASK}"
    assert mask.header("authorization", TOKEN) == MASK
    assert mask.header("Cookie", "session=1") == MASK
    assert mask.header("Content-Type", "application/json") == "application/json"
    assert mask.header("Location", "https://app/cb?code=abc&x=1") == f"https://app/cb?code={MASK}&x=1"
    answer = "<Credentials><AccessKeyId>ASIA</AccessKeyId><SessionToken>hunter22</SessionToken></Credentials>"
    assert mask.xml(answer) == answer.replace("hunter22", MASK)
    refused = "<ErrorResponse><Error><Type>Sender</Type><Code>AlreadyExistsException</Code></Error></ErrorResponse>"
    assert mask.xml(refused) == refused, "an error's code is none to be typed"
    assert mask.xml("<Code>AlreadyExistsException</Code>") == f"<Code>{MASK}</Code>"


def test_bodies() -> None:
    plain = shown(b'{ "a": 1 }', 10, "application/json")
    assert (plain.body, plain.masked, plain.truncated) == ('{ "a": 1 }', False, False)
    hidden = shown(b'{"password": "x"}', 17, "application/json")
    assert (hidden.body, hidden.masked) == (f'{{"password":"{MASK}"}}', True)
    cut = shown(b'{"password": "hunter2', 90_000, "application/json")
    assert (cut.body, cut.truncated, cut.masked) == (f'{{"password": "{MASK}"', True, True)
    assert shown(b"\xff\xfe\x00", 3, "application/octet-stream").body is None
    assert shown(b"--x\r\n", 5, "multipart/form-data; boundary=x").body is None
    assert shown(b"", 0, "").body == ""


def test_a_body_nested_without_end_is_hidden() -> None:
    value: object = "hunter22"
    for _ in range(40):
        value = {"a": value}
    assert "hunter22" not in json.dumps(mask.tree(value))


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "mobile", "enabled": true, "value": "hunter22"}',
        '{"\\u0070assword": "hunter22"}',
        '{"pass_word": "hunter22"}',
        '{"a": "{\\"b\\": \\"https://ann:hunter22@example.com\\"}"}',
        '{"a": ["Bearer hunter22abc"]}',
        "username=ann&password=hunter22",
        "<Key><SecretAccessKey>hunter22</SecretAccessKey></Key>",
        '{"Type": "SecureString", "Value": "hunter22"}',
        '{"srpA": "hunter22", "PIN": "hunter22"}',
    ],
)
def test_the_quick_look_misses_nothing(body: str) -> None:
    """A body in which nothing hints at a secret is kept as it is: the hints must be wide enough."""
    content_type = "application/x-www-form-urlencoded" if body.startswith("user") else "application/json"
    found = shown(body.encode(), len(body.encode()), content_type)
    assert found.body is not None and "hunter22" not in found.body and found.masked


@pytest.mark.parametrize("number", ["12345678901234567", "1.5", "-0.0"])
def test_what_stands_beside_a_secret_stays(number: str) -> None:
    body = f'{{"a": ["x", {number}, null, true], "token": "hunter22"}}'.encode()
    found = shown(body, len(body), "application/json")
    assert found.body is not None and json.loads(found.body)["a"] == json.loads(body)["a"]


def test_json_that_the_quick_library_refuses_is_masked_too() -> None:
    body = b'{"a": NaN, "b": "\\ud800", "token": "hunter22"}'
    found = shown(body, len(body), "application/json")
    assert found.body is not None and found.masked and "hunter22" not in found.body
