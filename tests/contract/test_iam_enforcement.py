"""IAM in the cloud: users, roles, boundaries, sessions, resources' policies, signatures. Sources are below
https://docs.aws.amazon.com/ unless they say otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.users import code_of

ITEM = {"id": {"S": "a"}}
Document = dict[str, Any]
ClientOf = Callable[..., Any]


def policy(*statements: Document) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]})


def trusting(**principal: Any) -> str:
    return policy({"Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": principal})


@pytest.fixture
def client_of(cloud: Cloud) -> Iterator[ClientOf]:
    made: list[Any] = []

    def make(service: str, keys: Document, **config: Any) -> Any:
        client = boto3.client(
            service,
            endpoint_url=cloud.endpoint,
            region_name="us-east-1",
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, **config),
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def keys(aws: Aws) -> Document:
    iam = aws.client("iam")
    iam.create_user(UserName="bob")
    return dict(iam.create_access_key(UserName="bob")["AccessKey"])


@pytest.fixture
def table(aws: Aws, account: str) -> str:
    """The ARN of a table named ``orders``."""
    aws.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return f"arn:aws:dynamodb:us-east-1:{account}:table/orders"


@pytest.fixture
def bucket(aws: Aws, account: str) -> str:
    name = f"b-{account}"
    aws.client("s3").create_bucket(Bucket=name)
    aws.client("s3").put_object(Bucket=name, Key="k", Body=b"hello")
    return name


def give(aws: Aws, *statements: Document) -> None:
    aws.client("iam").put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(*statements))


def test_a_denial_is_in_awss_words(
    aws: Aws, keys: Document, table: str, account: str, cloud: Cloud, client_of: ClientOf
) -> None:
    """IAM/latest/UserGuide/troubleshoot_access-denied.html; the remedy is what would allow it."""
    with pytest.raises(ClientError) as refused:
        client_of("dynamodb", keys).put_item(TableName="orders", Item=ITEM)
    error, status = refused.value.response["Error"], refused.value.response["ResponseMetadata"]["HTTPStatusCode"]
    assert (error["Code"], status) == ("AccessDeniedException", 400)
    assert error["Message"] == (
        f"User: arn:aws:iam::{account}:user/bob is not authorized to perform: dynamodb:PutItem on resource: {table} "
        "because no identity-based policy allows the dynamodb:PutItem action"
    )
    found = cloud.control("/iam/decisions", params={"denied": "1", "principal": f"{account}:user/bob"}).json()
    (decision,) = found["decisions"]
    assert decision["message"] == error["Message"] and decision["refused"] is True
    assert decision["remedies"][0]["statement"] == {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": table}
    give(aws, {k: v for k, v in decision["remedies"][0]["statement"].items() if k != "Effect"})
    client_of("dynamodb", keys).put_item(TableName="orders", Item=ITEM)


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("s3", "list_buckets", "AccessDenied"),
        ("sqs", "list_queues", "AccessDenied"),
        ("sns", "list_topics", "AuthorizationError"),
        ("ec2", "describe_instances", "UnauthorizedOperation"),
        ("iam", "list_users", "AccessDenied"),
        ("lambda", "list_functions", "AccessDeniedException"),
        ("logs", "describe_log_groups", "AccessDeniedException"),
    ],
)
def test_each_protocol_has_its_code(
    keys: Document, client_of: ClientOf, service: str, operation: str, code: str
) -> None:
    """…/CommonErrors.html of each service's API reference; SNS: sns/latest/api/API_ListTopics.html."""
    assert code_of(getattr(client_of(service, keys), operation)) == code


def test_groups_and_managed_policies_count(aws: Aws, keys: Document, table: str, client_of: ClientOf) -> None:
    """IAM/latest/UserGuide/access_policies.html#policies_id-based"""
    iam, orders = aws.client("iam"), client_of("dynamodb", keys)
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="bob")
    made = iam.create_policy(PolicyName="read", PolicyDocument=policy({"Action": "dynamodb:Get*", "Resource": table}))
    iam.attach_group_policy(GroupName="g", PolicyArn=made["Policy"]["Arn"])
    orders.get_item(TableName="orders", Key=ITEM)
    assert code_of(orders.put_item, TableName="orders", Item=ITEM) == "AccessDeniedException"
    iam.detach_group_policy(GroupName="g", PolicyArn=made["Policy"]["Arn"])
    assert code_of(orders.get_item, TableName="orders", Key=ITEM) == "AccessDeniedException"


def test_a_boundary_limits(aws: Aws, keys: Document, table: str, client_of: ClientOf) -> None:
    """IAM/latest/UserGuide/access_policies_boundaries.html"""
    iam, orders = aws.client("iam"), client_of("dynamodb", keys)
    give(aws, {"Action": "*", "Resource": "*"})
    made = iam.create_policy(PolicyName="most", PolicyDocument=policy({"Action": "dynamodb:GetItem", "Resource": "*"}))
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=made["Policy"]["Arn"])
    orders.get_item(TableName="orders", Key=ITEM)
    with pytest.raises(ClientError, match="because no permissions boundary allows the dynamodb:PutItem action"):
        orders.put_item(TableName="orders", Item=ITEM)


def test_every_table_of_a_batch_is_asked_for(aws: Aws, keys: Document, table: str, client_of: ClientOf) -> None:
    """amazondynamodb/latest/developerguide/api-permissions-reference.html; a transaction's items are single actions:
    amazondynamodb/latest/developerguide/transaction-apis-iam.html"""
    orders = client_of("dynamodb", keys)
    put = {"Put": {"TableName": "orders", "Item": ITEM}}
    give(aws, {"Action": ["dynamodb:BatchWriteItem", "dynamodb:DeleteItem"], "Resource": table})
    orders.batch_write_item(RequestItems={"orders": [{"PutRequest": {"Item": ITEM}}]})
    other = {"orders": [{"PutRequest": {"Item": ITEM}}], "other": [{"PutRequest": {"Item": ITEM}}]}
    assert code_of(orders.batch_write_item, RequestItems=other) == "AccessDeniedException"
    with pytest.raises(ClientError, match="dynamodb:PutItem"):
        orders.transact_write_items(TransactItems=[put])
    orders.transact_write_items(TransactItems=[{"Delete": {"TableName": "orders", "Key": ITEM}}])
    with pytest.raises(ClientError, match="dynamodb:PartiQLSelect"):
        orders.execute_statement(Statement="SELECT * FROM \"orders\" WHERE id='a'")


def test_items_of_ones_own_by_leading_keys(aws: Aws, keys: Document, table: str, client_of: ClientOf) -> None:
    """amazondynamodb/latest/developerguide/specifying-conditions.html"""
    condition = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}
    give(aws, {"Action": ["dynamodb:GetItem", "dynamodb:Query"], "Resource": table, "Condition": condition})
    orders = client_of("dynamodb", keys)
    orders.get_item(TableName="orders", Key={"id": {"S": "bob"}})
    assert code_of(orders.get_item, TableName="orders", Key={"id": {"S": "eve"}}) == "AccessDeniedException"
    asked = {"KeyConditionExpression": "id = :i", "ExpressionAttributeValues": {":i": {"S": "bob"}}}
    orders.query(TableName="orders", **asked)


def test_a_session_policy_limits(aws: Aws, keys: Document, table: str, account: str, client_of: ClientOf) -> None:
    """IAM/latest/UserGuide/access_policies.html#policies_session; that a trust policy which names the user is enough:
    IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html"""
    iam, sts = aws.client("iam"), client_of("sts", keys)
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trusting(AWS=f"arn:aws:iam::{account}:user/bob"))[
        "Role"
    ]["Arn"]
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy({"Action": "dynamodb:*", "Resource": "*"}))
    narrow = policy({"Action": "dynamodb:PutItem", "Resource": "*"})
    session = sts.assume_role(RoleArn=role, RoleSessionName="sess", Policy=narrow)["Credentials"]
    orders = client_of("dynamodb", session)
    orders.put_item(TableName="orders", Item=ITEM)
    with pytest.raises(ClientError, match="because no session policy allows the dynamodb:GetItem action"):
        orders.get_item(TableName="orders", Key=ITEM)
    whole = sts.assume_role(RoleArn=role, RoleSessionName="sess")["Credentials"]
    client_of("dynamodb", whole).get_item(TableName="orders", Key=ITEM)
    assert client_of("sts", whole).get_caller_identity()["Arn"] == f"arn:aws:sts::{account}:assumed-role/r/sess"
    without_token = {name: value for name, value in whole.items() if name != "SessionToken"}
    assert code_of(client_of("dynamodb", without_token).list_tables) == "UnrecognizedClientException"


def test_a_role_trusts_whom_it_names(aws: Aws, keys: Document, account: str, client_of: ClientOf) -> None:
    """IAM/latest/UserGuide/reference_policies_elements_principal.html; STS/latest/APIReference/API_AssumeRole.html"""
    iam, sts = aws.client("iam"), client_of("sts", keys)
    give(aws, {"Action": "sts:AssumeRole", "Resource": "*"})
    for name, trust in (
        ("lambda-only", trusting(Service="lambda.amazonaws.com")),
        (
            "by-id",
            policy(
                {
                    "Action": "sts:AssumeRole",
                    "Principal": {"AWS": account},
                    "Condition": {"StringEquals": {"sts:ExternalId": "42"}},
                }
            ),
        ),
    ):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    arn = f"arn:aws:iam::{account}:role"
    assert code_of(sts.assume_role, RoleArn=f"{arn}/lambda-only", RoleSessionName="sess") == "AccessDenied"
    assert code_of(sts.assume_role, RoleArn=f"{arn}/by-id", RoleSessionName="sess") == "AccessDenied"
    sts.assume_role(RoleArn=f"{arn}/by-id", RoleSessionName="sess", ExternalId="42")


def test_passing_a_role_needs_passrole(aws: Aws, keys: Document, account: str, client_of: ClientOf) -> None:
    """IAM/latest/UserGuide/id_roles_use_passrole.html"""
    role = aws.client("iam").create_role(
        RoleName="fn", AssumeRolePolicyDocument=trusting(Service="lambda.amazonaws.com")
    )["Role"]["Arn"]
    make = {"FunctionName": "f", "Runtime": "python3.12", "Handler": "a.b", "Role": role, "Code": {"ZipFile": b"x"}}
    give(aws, {"Action": "lambda:CreateFunction", "Resource": "*"})
    with pytest.raises(ClientError, match=f"not authorized to perform: iam:PassRole on resource: {role}"):
        client_of("lambda", keys).create_function(**make)
    elsewhere = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    allowed = {"Action": "lambda:CreateFunction", "Resource": "*"}
    give(aws, allowed, {"Action": "iam:PassRole", "Resource": role, "Condition": elsewhere})
    assert code_of(client_of("lambda", keys).create_function, **make) == "AccessDeniedException"
    give(aws, allowed, {"Action": "iam:PassRole", "Resource": role})
    assert code_of(client_of("lambda", keys).create_function, **make) != "AccessDeniedException"


def test_a_buckets_deny_beats_every_allow(aws: Aws, keys: Document, bucket: str, client_of: ClientOf) -> None:
    """AmazonS3/latest/userguide/access-policy-language-overview.html"""
    give(aws, {"Action": "s3:*", "Resource": "*"})
    s3 = client_of("s3", keys)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"hello"
    deny = policy(
        {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    )
    aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=deny)
    with pytest.raises(ClientError, match="with an explicit deny in a resource-based policy"):
        s3.get_object(Bucket=bucket, Key="k")


def test_a_bucket_lets_a_user_in_by_itself(
    aws: Aws, keys: Document, bucket: str, account: str, client_of: ClientOf
) -> None:
    """AmazonS3/latest/userguide/example-bucket-policies.html; listing is s3:ListBucket on the bucket, the prefix
    a condition key: AmazonS3/latest/userguide/amazon-s3-policy-keys.html"""
    whom = {"Principal": {"AWS": f"arn:aws:iam::{account}:user/bob"}}
    document = policy(
        {**whom, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"},
        {
            **whom,
            "Action": "s3:ListBucket",
            "Resource": f"arn:aws:s3:::{bucket}",
            "Condition": {"StringEquals": {"s3:prefix": "public/"}},
        },
    )
    aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=document)
    s3 = client_of("s3", keys)
    s3.get_object(Bucket=bucket, Key="k")
    s3.head_object(Bucket=bucket, Key="k")
    s3.list_objects_v2(Bucket=bucket, Prefix="public/")
    assert code_of(s3.list_objects_v2, Bucket=bucket) == "AccessDenied"
    assert code_of(s3.put_object, Bucket=bucket, Key="k", Body=b"") == "AccessDenied"


def test_a_buckets_deny_binds_the_root_user(aws: Aws, bucket: str, account: str, cloud: Cloud) -> None:
    """AmazonS3/latest/API/API_PutBucketPolicy.html: "the root principal in a bucket owner's AWS account can perform the
    GetBucketPolicy, PutBucketPolicy, and DeleteBucketPolicy API actions, even if their bucket policy explicitly denies
    the root principal's access". Of other statements it needs none: IAM/latest/UserGuide/
    reference_policies_evaluation-logic_policy-eval-basics-single-account.html"""
    s3 = aws.client("s3")
    everything = {"Action": "s3:*", "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}
    nobody = {"Effect": "Deny", "Principal": "*", **everything}
    insecure = {**nobody, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(insecure))
    assert code_of(s3.get_object, Bucket=bucket, Key="k") == ""
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(nobody))
    with pytest.raises(ClientError, match="with an explicit deny in a resource-based policy"):
        s3.get_object(Bucket=bucket, Key="k")
    assert code_of(s3.put_object, Bucket=bucket, Key="k", Body=b"") == "AccessDenied"
    asked = {"denied": "1", "principal": f"{account}:root"}
    denied = cloud.control("/iam/decisions", params=asked).json()["decisions"]
    assert denied[0]["remedies"][0]["remove"] is True
    assert "Statement" in s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    assert code_of(s3.get_object, Bucket=bucket, Key="k") == ""


def test_copying_reads_the_source(aws: Aws, keys: Document, bucket: str, client_of: ClientOf) -> None:
    """AmazonS3/latest/API/API_CopyObject.html"""
    give(aws, {"Action": "s3:PutObject", "Resource": "*"})
    s3 = client_of("s3", keys)
    with pytest.raises(ClientError, match="s3:GetObject"):
        s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})
    give(aws, {"Action": ["s3:PutObject", "s3:GetObject"], "Resource": "*"})
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k"})


def test_a_queues_policy_lets_a_user_in(aws: Aws, keys: Document, account: str, client_of: ClientOf) -> None:
    """AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-examples-of-sqs-policies.html"""
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    sqs = client_of("sqs", keys)
    with pytest.raises(ClientError, match="no identity-based policy allows the sqs:sendmessage action"):
        sqs.send_message(QueueUrl=url, MessageBody="m")
    whom = {"Principal": {"AWS": f"arn:aws:iam::{account}:user/bob"}}
    document = policy({**whom, "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:us-east-1:{account}:q"})
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    sqs.send_message(QueueUrl=url, MessageBody="m")
    assert code_of(sqs.receive_message, QueueUrl=url) == "AccessDenied"


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("dynamodb", "list_tables", "InvalidSignatureException"),
        ("s3", "list_buckets", "SignatureDoesNotMatch"),
        ("iam", "list_users", "SignatureDoesNotMatch"),
        ("lambda", "list_functions", "InvalidSignatureException"),
    ],
)
def test_a_wrong_secret_is_refused(
    keys: Document, client_of: ClientOf, service: str, operation: str, code: str
) -> None:
    """IAM/latest/UserGuide/reference_sigv-troubleshooting.html"""
    assert code_of(getattr(client_of(service, {**keys, "SecretAccessKey": "wrong"}), operation)) == code


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("dynamodb", "list_tables", "UnrecognizedClientException"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("sqs", "list_queues", "InvalidClientTokenId"),
        ("iam", "list_users", "InvalidClientTokenId"),
        ("lambda", "list_functions", "UnrecognizedClientException"),
        ("ec2", "describe_instances", "AuthFailure"),
    ],
)
def test_nobodys_key_is_refused(client_of: ClientOf, service: str, operation: str, code: str) -> None:
    """…/CommonErrors.html of each service's API reference; AmazonS3/latest/API/ErrorResponses.html"""
    unknown = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x"}
    assert code_of(getattr(client_of(service, unknown), operation)) == code


def test_a_deleted_or_inactive_key_is_nobodys(aws: Aws, keys: Document, client_of: ClientOf) -> None:
    """IAM/latest/UserGuide/id_credentials_access-keys.html"""
    iam = aws.client("iam")
    give(aws, {"Action": "*", "Resource": "*"})
    named = {"UserName": "bob", "AccessKeyId": keys["AccessKeyId"]}
    assert code_of(client_of("dynamodb", keys).list_tables) == ""
    iam.update_access_key(**named, Status="Inactive")
    assert code_of(client_of("dynamodb", keys).list_tables) == "UnrecognizedClientException"
    iam.update_access_key(**named, Status="Active")
    assert code_of(client_of("dynamodb", keys).list_tables) == ""
    iam.delete_access_key(**named)
    assert code_of(client_of("dynamodb", keys).list_tables) == "UnrecognizedClientException"


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_url_does_what_its_signer_may(
    aws: Aws, keys: Document, bucket: str, client_of: ClientOf, http: httpx.Client, version: str
) -> None:
    """AmazonS3/latest/userguide/using-presigned-url.html; Signature Version 2:
    AmazonS3/latest/API/RESTAuthentication.html"""
    asked = {"Bucket": bucket, "Key": "k"}
    url = client_of("s3", keys, signature_version=version).generate_presigned_url("get_object", Params=asked)
    assert http.get(url).status_code == 403
    give(aws, {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/k"})
    assert http.get(url).text == "hello"
    tampered = http.get(url.replace("/k?", "/other?"))
    assert tampered.status_code == 403 and "SignatureDoesNotMatch" in tampered.text
    wrong = client_of("s3", {**keys, "SecretAccessKey": "wrong"}, signature_version=version)
    forged = http.get(wrong.generate_presigned_url("get_object", Params=asked))
    assert forged.status_code == 403 and "SignatureDoesNotMatch" in forged.text
    expired = client_of("s3", keys, signature_version=version).generate_presigned_url(
        "get_object", Params=asked, ExpiresIn=-10
    )
    late = http.get(expired)
    assert late.status_code in (400, 403) and "hello" not in late.text


def test_nobody_reads_what_no_policy_opens(aws: Aws, bucket: str, cloud: Cloud, http: httpx.Client) -> None:
    """AmazonS3/latest/userguide/example-bucket-policies.html#example-bucket-policies-anonymous-user"""
    url = f"{cloud.endpoint}/{bucket}/k"
    assert http.get(url).status_code == 403
    s3 = aws.client("s3")
    s3.delete_public_access_block(Bucket=bucket)
    opened = policy({"Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"})
    s3.put_bucket_policy(Bucket=bucket, Policy=opened)
    assert http.get(url).text == "hello"


def test_nobody_makes_buckets_or_lists_them_unsigned(aws: Aws, cloud: Cloud, http: httpx.Client) -> None:
    """AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList"""
    listed, made = http.get(cloud.endpoint), http.put(f"{cloud.endpoint}/nobodys-{uuid4().hex[:12]}")
    assert (listed.status_code, made.status_code) == (403, 403)
    assert "<Code>AccessDenied</Code>" in listed.text and "<Code>AccessDenied</Code>" in made.text


def test_a_federated_user_has_what_was_passed(aws: Aws, keys: Document, table: str, client_of: ClientOf) -> None:
    """IAM/latest/UserGuide/id_credentials_temp_control-access_getfederationtoken.html"""
    give(aws, {"Action": ["dynamodb:*", "sts:GetFederationToken"], "Resource": "*"})
    sts = client_of("sts", keys)
    passed = policy({"Action": "dynamodb:GetItem", "Resource": "*"})
    session = sts.get_federation_token(Name="fed", Policy=passed)["Credentials"]
    orders = client_of("dynamodb", session)
    orders.get_item(TableName="orders", Key=ITEM)
    assert code_of(orders.put_item, TableName="orders", Item=ITEM) == "AccessDeniedException"


def test_conditions_on_the_request(aws: Aws, keys: Document, table: str, client_of: ClientOf) -> None:
    """IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    orders = client_of("dynamodb", keys)
    for condition, is_allowed in (
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, True),
        ({"StringEquals": {"aws:username": "bob"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
    ):
        give(aws, {"Action": "dynamodb:GetItem", "Resource": table, "Condition": condition})
        code = code_of(orders.get_item, TableName="orders", Key=ITEM)
        assert (code == "") is is_allowed, condition


NO_SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential={key}/20000101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=" + ("0" * 64)
)
SCOPE = "{key}/20000101/us-east-1/s3/aws4_request"


@pytest.mark.parametrize(
    ("query", "authorization"),
    [
        ("", NO_SIGNATURE),
        ("", NO_SIGNATURE.lower()),
        ("", NO_SIGNATURE.replace("HMAC", "ECDSA-P256")),
        ("", f"Bearer Credential={SCOPE}"),
        ("", "AWS {key}:c2lnbmVk"),
        (f"?X-Amz-Credential={SCOPE}", ""),
        (f"?x-amz-credential={SCOPE}&x-amz-algorithm=AWS4-HMAC-SHA256&x-amz-signature=0", ""),
        (f"?X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential={SCOPE}&X-Amz-Signature=0", ""),
        ("?AWSAccessKeyId={key}&Signature=x&Expires=99999999999", ""),
        ("?AWSAccessKeyId={key}", ""),
    ],
)
def test_a_root_key_is_worth_nothing_without_its_signature(
    bucket: str, account: str, cloud: Cloud, http: httpx.Client, query: str, authorization: str
) -> None:
    """AmazonS3/latest/API/sig-v4-authenticating-requests.html"""
    headers = {"Authorization": authorization.format(key=account)} if authorization else {}
    headers["x-amz-region-set"] = "*"
    answer = http.get(f"{cloud.endpoint}/{bucket}/k{query.format(key=account)}", headers=headers)
    assert answer.status_code in (400, 403) and "hello" not in answer.text


def test_an_instances_profile_passes_its_role(aws: Aws, keys: Document, account: str, client_of: ClientOf) -> None:
    """IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html: who launches an instance with a profile
    needs iam:PassRole for the role in it"""
    iam = aws.client("iam")
    role = iam.create_role(RoleName="web-role", AssumeRolePolicyDocument=trusting(Service="ec2.amazonaws.com"))
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web-role")
    give(aws, {"Action": "ec2:RunInstances", "Resource": "*"})
    launch = {"ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1, "IamInstanceProfile": {"Name": "web"}}
    with pytest.raises(ClientError, match=f"iam:PassRole on resource: {role['Role']['Arn']}"):
        client_of("ec2", keys).run_instances(**launch)
