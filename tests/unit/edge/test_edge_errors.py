"""An `AwsError` as each protocol's own client reads it: botocore's parsers are the judges."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from botocore.parsers import create_parser

from groundcloud.edge.errors import error_response
from groundcloud.edge.exchange import Identity
from groundcloud.errors import AwsError
from groundcloud.ports import Scope
from tests.support.edge import exchange

PROTOCOLS = ["json", "rest-json", "query", "ec2", "rest-xml", "smithy-rpc-v2-cbor"]


def answer(error, protocol, service="service", target="/"):
    one = exchange("POST", target)
    if protocol:
        one.identity = Identity(service, "Op", protocol, Scope("0" * 12, "us-east-1"))
    return error_response(error, one)


def parsed(response, protocol):
    headers = {name.lower(): value for name, value in response.headers.items}
    raw = {"status_code": response.status, "headers": headers, "body": response.body}
    return create_parser(protocol).parse(raw, None)["Error"]


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_botocore_reads_code_and_message(protocol, status):
    response = answer(AwsError("ThingNotFound", 'No "thing" <é> & more', status), protocol)
    assert response.status == status
    error = parsed(response, protocol)
    assert (error["Code"], error["Message"]) == ("ThingNotFound", 'No "thing" <é> & more')


def test_s3s_error_names_resource_and_request():
    response = answer(AwsError("NoSuchKey", "The key", 404), "rest-xml", "s3", "/b/a%20<&b")
    root = ElementTree.fromstring(response.body)
    assert root.tag == "Error"
    assert root.findtext("Resource") == "/b/a%20<&b"
    assert root.findtext("RequestId") == response.headers.get("x-amz-request-id") == "request-1"


@pytest.mark.parametrize("protocol", ["query", "ec2", "rest-xml"])
def test_xml_stays_well_formed_whatever_the_message(protocol):
    response = answer(AwsError("Bad", "a\x00b\x1bc\ud800]]>", 400), protocol)
    assert "a\ufffdb" in ElementTree.tostring(ElementTree.fromstring(response.body), encoding="unicode")


@pytest.mark.parametrize("protocol", ["json", "rest-json", "smithy-rpc-v2-cbor"])
def test_further_members_are_part_of_the_answer(protocol):
    error = AwsError("TooManyRequestsException", "Rate exceeded", 429, Reason="CallerRateLimitExceeded")
    assert b"CallerRateLimitExceeded" in answer(error, protocol).body


def test_whose_fault_it_was():
    assert b"<Type>Sender</Type>" in answer(AwsError("A", "b", 400), "query").body
    assert b"<Type>Receiver</Type>" in answer(AwsError("A", "b", 500), "query").body


def test_an_unknown_service_is_answered_in_json():
    response = answer(AwsError("A", "b", 413), None)
    assert response.headers.get("content-type") == "application/json"
    assert response.headers.get("x-amzn-errortype") == "A"
