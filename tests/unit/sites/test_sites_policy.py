from __future__ import annotations

from typing import Any

import pytest

from groundcloud.sites.bucket_policy import ANYBODY, Reader, allows, distribution_reader, identity_reader

ARN = "arn:aws:cloudfront::111111111111:distribution/E1"
OBJECT = "arn:aws:s3:::shop/a.html"
OAC = distribution_reader(ARN, "111111111111")
OAI = identity_reader("E127")
SERVICE = {"Service": "cloudfront.amazonaws.com"}


def statement(**changed: Any) -> dict[str, Any]:
    base = {"Effect": "Allow", "Principal": SERVICE, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/*"}
    return {**base, **changed}


@pytest.mark.parametrize(
    ("reader", "statements", "allowed"),
    [
        (OAC, [], False),
        (OAC, [statement()], True),
        (OAC, [statement(Action=["s3:Get*"], Resource=["arn:aws:s3:::shop/*.html"])], True),
        (OAC, [statement(Action="S3:getobject")], True),
        (OAC, [statement(Action="s3:PutObject")], False),
        (OAC, [statement(Resource="arn:aws:s3:::shop")], False),
        (OAC, [statement(Resource="arn:aws:s3:::SHOP/*")], False),
        (OAC, [statement(Condition={"StringEquals": {"AWS:SourceArn": ARN}})], True),
        (OAC, [statement(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::111111111111:*"}})], True),
        (OAC, [statement(Condition={"StringEquals": {"AWS:SourceArn": ARN + "X"}})], False),
        (OAC, [statement(Condition={"StringEquals": {"AWS:SourceAccount": ["2", "111111111111"]}})], True),
        (OAC, [statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], False),
        (OAC, [statement(), statement(Effect="Deny", Principal="*")], False),
        (OAC, [statement(Principal={"AWS": "*"})], True),
        (OAI, [statement()], False),
        (OAI, [statement(Principal={"AWS": OAI.identity})], True),
        (OAI, [statement(Principal={"AWS": [OAI.identity + "X"]})], False),
        (ANYBODY, [statement()], False),
        (ANYBODY, [statement(Principal={"AWS": OAI.identity})], False),
        (ANYBODY, [statement(Principal={"AWS": ""})], False),
        (ANYBODY, [statement(Principal={"Service": ""})], False),
        (ANYBODY, [statement(Principal="*")], True),
        (ANYBODY, [statement(Principal=None)], False),
    ],
)
def test_who_may_read(reader: Reader, statements: list[dict[str, Any]], allowed: bool) -> None:
    assert allows({"Statement": statements}, reader, "s3:GetObject", OBJECT) is allowed


def test_a_single_statement_needs_no_list() -> None:
    assert allows({"Statement": statement()}, OAC, "s3:GetObject", OBJECT)
    assert not allows({}, OAC, "s3:GetObject", OBJECT)
