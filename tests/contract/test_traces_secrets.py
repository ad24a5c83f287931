"""No secret is written into a trace, wherever it stands in a call.

Sources of where secrets stand: the API references of the operations called; for presigned URLs
docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html.
"""

from __future__ import annotations

import base64
import json
import uuid

import httpx

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.functions import Functions
from tests.support.mailbox import Mailbox
from tests.support.traces import Traces, recorded

LEAKING = """
import json, logging, os
logging.getLogger().setLevel("INFO")
def handler(event, context):
    print(json.dumps(event))
    print("password=" + event["password"], "api_key: '" + event["apiKey"] + "'")
    logging.getLogger().info("Authorization: Bearer %s", event["bearer"])
    print({"secret": os.environ["DB_PASSWORD"]})
    return {"token": event["bearer"], "body": json.dumps({"refresh_token": event["password"]})}
"""


def everything(cloud: Cloud, traces: Traces) -> str:
    """All that the routes tell of the account, and all that stands in the file."""
    listed = traces.listed()
    told = json.dumps(listed) + json.dumps([traces.one(each["traceId"]) for each in listed])
    return told + recorded(cloud.home)


def test_passwords_codes_and_tokens_of_users(aws: Aws, cloud: Cloud, mailbox: Mailbox, traces: Traces) -> None:
    cognito, password, changed = (
        aws.client("cognito-idp"),
        "Unheard0f!" + uuid.uuid4().hex,
        "0ther!A" + uuid.uuid4().hex,
    )
    pool = cognito.create_user_pool(PoolName="people", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    made = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="web", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )
    client, email = made["UserPoolClient"]["ClientId"], f"{uuid.uuid4().hex}@example.com"
    attributes = [{"Name": "email", "Value": email}]
    cognito.sign_up(ClientId=client, Username=email, Password=password, UserAttributes=attributes)
    code = mailbox.code(email)
    cognito.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=code)
    tokens = cognito.initiate_auth(
        ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": email, "PASSWORD": password}
    )["AuthenticationResult"]
    cognito.change_password(PreviousPassword=password, ProposedPassword=changed, AccessToken=tokens["AccessToken"])
    cognito.initiate_auth(
        ClientId=client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]}
    )

    told = everything(cloud, traces)

    assert "ConfirmSignUp" in told and email in told
    secrets = [password, changed, *(str(tokens[name]) for name in ("IdToken", "AccessToken", "RefreshToken"))]
    assert [secret for secret in secrets if secret in told] == []
    assert f'"{code}"' not in told and f"{code} " not in told and f'\\"{code}\\"' not in told


def test_keys_signatures_and_stored_secrets(aws: Aws, cloud: Cloud, traces: Traces) -> None:
    secret, parameter, content = (uuid.uuid4().hex for _ in range(3))
    manager, ssm, s3, sts = (aws.client(name) for name in ("secretsmanager", "ssm", "s3", "sts"))
    manager.create_secret(Name="db", SecretString=json.dumps({"user": "ann", "pw": secret}))
    manager.get_secret_value(SecretId="db")
    ssm.put_parameter(Name="/db/pass", Value=parameter, Type="SecureString")
    ssm.get_parameter(Name="/db/pass", WithDecryption=True)
    ssm.get_parameters_by_path(Path="/db", WithDecryption=True)
    iam = aws.client("iam")
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]["SecretAccessKey"]
    session = sts.get_session_token()["Credentials"]
    bucket = f"signed-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="conf", Body=f"DB_PASSWORD={content}\n".encode())
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "conf"})
    assert httpx.get(url, trust_env=False).status_code == 200
    signature = url.rpartition("Signature=")[2].partition("&")[0]
    function = Functions(aws)
    function.make("quiet", "def handler(event, context): return 1", Environment={"Variables": {"API_TOKEN": secret}})

    told = everything(cloud, traces)

    assert "GetSecretValue" in told and "AWS4-HMAC-SHA256" in told and bucket in told
    secrets = [secret, parameter, content, key, session["SecretAccessKey"], session["SessionToken"], signature]
    assert [each for each in secrets if each in told] == []


def test_what_a_function_is_given_and_prints(aws: Aws, cloud: Cloud, traces: Traces) -> None:
    password, key, bearer, stored = (uuid.uuid4().hex for _ in range(4))
    functions = Functions(aws)
    functions.make("leaking", LEAKING, Environment={"Variables": {"DB_PASSWORD": stored}})
    functions.call("leaking", {"password": password, "apiKey": key, "bearer": bearer, "order": "number 7"})
    traces.of("leaking", spans=2)

    told = everything(cloud, traces)

    assert "number 7" in told
    bodies = json.dumps(traces.of("leaking"))
    assert [each for each in (password, key, stored) if each in told] == []
    assert f"Bearer {bearer}" not in told and f'token": "{bearer}' not in bodies


def test_forgotten_passwords_roles_and_what_is_encoded(
    aws: Aws, cloud: Cloud, mailbox: Mailbox, traces: Traces
) -> None:
    """API_ForgotPassword, API_ConfirmForgotPassword and API_AdminSetUserPassword of Cognito; API_AssumeRole of STS; a
    proxy event's body in base64 (set-up-lambda-proxy-integrations.html); API_PutRecord of Kinesis."""
    first, second, third, hidden, record = ("Unheard0f!" + uuid.uuid4().hex for _ in range(5))
    cognito = aws.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="people", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="web", GenerateSecret=False)
    client_id, email = client["UserPoolClient"]["ClientId"], f"{uuid.uuid4().hex}@example.com"
    verified = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(
        UserPoolId=pool, Username=email, UserAttributes=verified, TemporaryPassword=first, MessageAction="SUPPRESS"
    )
    cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=second, Permanent=True)
    cognito.forgot_password(ClientId=client_id, Username=email)
    code = mailbox.code(email)
    cognito.confirm_forgot_password(ClientId=client_id, Username=email, ConfirmationCode=code, Password=third)
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{aws.account}:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws.client("iam").create_role(RoleName="reader", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    session = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="one")["Credentials"]
    functions = Functions(aws)
    functions.make("quiet", "def handler(event, context): return event")
    body = base64.b64encode(json.dumps({"user": "ann", "password": hidden}).encode()).decode()
    functions.call("quiet", {"isBase64Encoded": True, "body": body, "cookies": [f"session={hidden}"]})
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="clicks", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    kinesis.put_record(StreamName="clicks", Data=json.dumps({"password": record}).encode(), PartitionKey="k")

    told = everything(cloud, traces)

    assert "ConfirmForgotPassword" in told and "AssumeRole" in told and "PutRecord" in told
    data = base64.b64encode(json.dumps({"password": record}).encode()).decode()
    secrets = [first, second, third, hidden, body, data, session["SecretAccessKey"], session["SessionToken"]]
    assert [each for each in secrets if each in told] == []
    assert f'"{code}"' not in told and f'\\"{code}\\"' not in told
