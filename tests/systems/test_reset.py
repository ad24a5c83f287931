"""A cloud that was used and reset is as one that was just started."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.engines import Clouds
from tests.support.mailbox import Mailbox
from tests.support.packages import archive
from tests.support.systems import CloudTask, resource_of
from tests.support.users import trust

SECONDS = 120.0
"""Far above what a reset takes, over LocalStack too, where an account's is made of hundreds of calls."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, clouds: Clouds) -> Iterator[Cloud]:
    """A cloud that nobody else uses: it is reset."""
    with clouds(tmp_path_factory.mktemp("reset")) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def fresh(own: Cloud) -> dict[str, Any]:
    """What the cloud answered before anybody had used it."""
    return answers(own)


def answers(cloud: Cloud) -> dict[str, Any]:
    """What an account finds, by every part that keeps something."""
    names = {"cloudformation": "Stacks", "dynamodb": "TableNames", "lambda": "Functions", "logs": "logGroups"}
    lists = {"cloudformation": "describe_stacks", "dynamodb": "list_tables", "logs": "describe_log_groups"}
    found: dict[str, Any] = {
        service: getattr(cloud.client(service), lists.get(service, "list_functions"))()[key]
        for service, key in names.items()
    }
    found["buckets"] = cloud.client("s3").list_buckets()["Buckets"]
    found["pools"] = cloud.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]
    found["roles"] = cloud.client("iam").list_roles()["Roles"]
    found["metrics"] = cloud.client("cloudwatch").list_metrics()["Metrics"]
    found["distributions"] = cloud.client("cloudfront").list_distributions()["DistributionList"]["Quantity"]
    found["mail"] = cloud.control("/mail").json()["messages"]
    found["sources"] = cloud.control("/functions/sources").json()["sources"]
    found["decisions"] = cloud.control("/iam/decisions").json()["decisions"]
    found["scopes"] = cloud.control("/status").json()["scopes"]
    return found


def test_a_reset_cloud_answers_as_a_fresh_one(own: Cloud, fresh: dict[str, Any]) -> None:
    cloudtask = CloudTask(own)
    user = cloudtask.new_user(Mailbox(own))
    assert user.post("/tasks", {"title": "Buy milk"}).status_code == 201
    assert own.http.get(cloudtask.site).status_code == 200
    own.client("sqs", new_account()).create_queue(QueueName="elsewhere")
    own.client("logs").describe_log_groups()
    assert answers(own) != fresh

    answer = own.control("/reset", "POST", timeout=SECONDS)
    assert (answer.status_code, answer.json()["what"]) == (200, ["everything"])
    assert answers(own) == fresh
    assert user.get("/tasks").status_code == 403, "the API is gone"
    assert own.http.get(cloudtask.site).status_code == 403, "the distribution is gone"

    again = CloudTask(own)
    assert again.new_user(Mailbox(own), user.email).get("/tasks").json()["tasks"] == []


def test_one_account_is_emptied_and_its_environments_end(own: Cloud) -> None:
    kept, account = new_account(), new_account()
    own.client("dynamodb", kept).create_table(
        TableName="Kept",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    aws = Aws(own.endpoint, account)
    aws.client("s3").create_bucket(Bucket=f"files-{account}")
    aws.client("s3").put_object(Bucket=f"files-{account}", Key="a", Body=b"a")
    aws.client("iam").create_role(RoleName="Any", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    aws.client("sqs").create_queue(QueueName="orders")

    done = own.control("/reset", "POST", json={"account": account, "service": "s3"}, timeout=SECONDS)
    assert (done.status_code, done.json()["what"]) == (200, [f"s3 files-{account}"])
    done = own.control("/reset", "POST", json={"account": account}, timeout=SECONDS)
    assert {one.partition(" ")[0] for one in done.json()["what"]} == {"sqs", "iam"}
    assert aws.client("s3").list_buckets()["Buckets"] == []
    assert aws.client("iam").list_roles()["Roles"] == []
    assert own.client("dynamodb", kept).list_tables()["TableNames"] == ["Kept"]
    aws.close()


def test_what_an_accounts_reset_leaves_is_said(own: Cloud) -> None:
    """What the engine makes in every account by itself is nothing that was left."""
    account, other = new_account(), new_account()
    aws, others = Aws(own.endpoint, account), Aws(own.endpoint, other)
    for one in (aws, others):
        one.client("ec2").describe_vpcs()
        one.client("athena").list_work_groups()
        one.client("elasticache").describe_cache_clusters()
        one.client("organizations").list_roots()
        one.client("sqs").create_queue(QueueName="orders")
    aws.client("ec2").create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["example.com"]}])
    key = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    aws.client("cloudwatch").put_metric_data(Namespace="Orders", MetricData=[{"MetricName": "Late", "Value": 1}])
    text = {"Data": "Late"}
    aws.client("ses").verify_email_identity(EmailAddress="shop@example.com")
    aws.client("ses").send_email(
        Source="shop@example.com",
        Destination={"ToAddresses": ["ann@example.com"]},
        Message={"Subject": text, "Body": {"Text": text}},
    )
    aws.client("ecr").create_repository(repositoryName="images")

    done = own.control("/reset", "POST", json={"account": account}, timeout=SECONDS).json()
    assert done["left"] == ["cloudwatch", "ec2", "kms", "ses"]
    assert aws.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert aws.client("ecr").describe_repositories()["repositories"] == []
    assert own.reset(other) == []
    for one in (aws, others):
        one.close()


def test_what_has_to_be_emptied_or_switched_off_first_goes_too(own: Cloud) -> None:
    """A composite alarm holds another, a bucket an upload that was not ended, a user a password and a device."""
    account = new_account()
    aws = Aws(own.endpoint, account)
    fill(aws, account, f"files-{account}")
    done = own.control("/reset", "POST", json={"account": account}, timeout=SECONDS)
    assert done.status_code == 200, done.text
    gone = {one.partition(" ")[0] for one in done.json()["what"]}
    assert gone == {"lambda", "cloudwatch", "cloudfront", "route53", "s3", "iam", "events", "logs"}
    assert aws.client("lambda").list_layer_versions(LayerName="shared")["LayerVersions"] == []
    assert aws.client("route53").list_hosted_zones()["HostedZones"] == []
    assert aws.client("cloudfront").list_distributions()["DistributionList"]["Quantity"] == 0
    assert aws.client("iam").list_users()["Users"] == []
    assert aws.client("cloudwatch").list_dashboards()["DashboardEntries"] == []
    assert own.control("/reset", "POST", json={"account": account}, timeout=SECONDS).json()["what"] == []
    aws.close()


def test_networks_machines_keys_and_devices_go(own: Cloud) -> None:
    """What an account has from the start stays: its default network."""
    account = new_account()
    aws = Aws(own.endpoint, account)
    before = network_of(aws)
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    routes = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=routes, SubnetId=subnet)
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", SubnetId=subnet, SecurityGroupIds=[group]
    )
    ec2.create_key_pair(KeyName="mine")
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    aws.client("iam").create_virtual_mfa_device(VirtualMFADeviceName="phone")

    done = own.control("/reset", "POST", json={"account": account}, timeout=SECONDS)
    assert done.status_code == 200, done.text
    assert {one.partition(" ")[0] for one in done.json()["what"]} == {"ec2", "kms", "iam"}
    assert network_of(aws) == before
    states = {one["State"]["Name"] for each in ec2.describe_instances()["Reservations"] for one in each["Instances"]}
    assert states <= {"shutting-down", "terminated"}
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert [each for each in kms.list_aliases()["Aliases"] if each.get("TargetKeyId") == key] == []
    assert own.control("/reset", "POST", json={"account": account}, timeout=SECONDS).json()["what"] == []
    aws.close()


def network_of(aws: Aws) -> dict[str, list[str]]:
    ec2 = aws.client("ec2")
    asked = {"vpcs": "VpcId", "subnets": "SubnetId", "security_groups": "GroupId", "key_pairs": "KeyName"}
    found = {name: (getattr(ec2, f"describe_{name}")(), key) for name, key in asked.items()}
    return {
        name: sorted(one[key] for one in answer["".join(map(str.capitalize, name.split("_")))])
        for name, (answer, key) in found.items()
    }


def fill(aws: Aws, account: str, bucket: str) -> None:
    for code in (b"a = 1", b"a = 2"):
        aws.client("lambda").publish_layer_version(LayerName="shared", Content={"ZipFile": archive({"a.py": code})})
    watch = aws.client("cloudwatch")
    alarm: dict[str, Any] = {"Namespace": "Orders", "MetricName": "Late", "Period": 60, "EvaluationPeriods": 1}
    watch.put_metric_alarm(
        AlarmName="late", **alarm, Threshold=1, Statistic="Sum", ComparisonOperator="GreaterThanThreshold"
    )
    watch.put_composite_alarm(AlarmName="any", AlarmRule='ALARM("late")')
    watch.put_dashboard(DashboardName="orders", DashboardBody='{"widgets": []}')
    aws.client("s3").create_bucket(Bucket=bucket)
    aws.client("s3").create_multipart_upload(Bucket=bucket, Key="half")
    iam = aws.client("iam")
    iam.create_user(UserName="ann")
    iam.create_login_profile(UserName="ann", Password="Correct-Horse-1")
    iam.create_open_id_connect_provider(Url="https://tokens.example.com", ThumbprintList=["a" * 40])
    bus = f"arn:aws:events:us-east-1:{account}:event-bus/default"
    aws.client("events").create_archive(ArchiveName="all", EventSourceArn=bus)
    aws.client("logs").put_resource_policy(policyName="any", policyDocument="{}")
    zone = aws.client("route53").create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    record = {"Name": "a.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    changes = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    aws.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)
    origin = {"Id": "o", "DomainName": f"{bucket}.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    distribution = {
        "CallerReference": "1",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "o",
            "ViewerProtocolPolicy": "allow-all",
            "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
            "MinTTL": 0,
        },
    }
    aws.client("cloudfront").create_distribution(DistributionConfig=distribution)


def test_a_reset_from_a_foreign_page_is_refused(own: Cloud) -> None:
    own.client("sqs").create_queue(QueueName="precious")
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        assert own.control("/reset", "POST", headers=headers).status_code == 403
    assert own.control("/reset", "POST", json={"acount": "111122223333"}).status_code == 400
    assert len(own.client("sqs").list_queues()["QueueUrls"]) == 1


def test_functions_that_wait_for_their_next_call_end(own: Cloud) -> None:
    cloudtask = CloudTask(own)
    function = resource_of(own, cloudtask.stack, "GetTasks")
    own.client("lambda").invoke(FunctionName=function, Payload=b"{}")
    assert own.control("/reset", "POST", timeout=SECONDS).status_code == 200
    with pytest.raises(own.client("lambda").exceptions.ResourceNotFoundException):
        own.client("lambda").invoke(FunctionName=function, Payload=b"{}")


def test_time_passes_at_once_and_a_reset_brings_it_back(own: Cloud) -> None:
    """What is lent for a quarter of an hour ends in a moment; who signs by the machine's clock is still believed."""
    lent = own.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    guest = Aws(own.endpoint, lent["AccessKeyId"], secret=lent["SecretAccessKey"], token=lent["SessionToken"])
    before = own.control("/clock").json()
    assert before["ahead"] == 0
    guest.client("sqs").list_queues()
    after = own.control("/clock", "POST", json={"seconds": 1000}).json()
    assert after["ahead"] == 1000
    assert after["now"] - before["now"] >= 1000
    with pytest.raises(guest.client("sqs").exceptions.ClientError, match="expired"):
        guest.client("sqs").list_queues()
    own.client("sqs").list_queues()
    guest.close()
    assert own.control("/reset", "POST", timeout=SECONDS).status_code == 200
    assert own.control("/clock").json()["ahead"] == 0
    assert own.control("/clock", "POST", json={"seconds": "1"}).status_code == 400
