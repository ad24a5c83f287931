"""What of a REST API's properties LocalStack can change."""

import pytest
from groundcloud_localstack.apichanges import (
    document,
    plain,
    stage_patches,
    unchangeable_of_api,
    unchangeable_of_stage,
    unescaped,
)

BEFORE = {"Name": "n", "RestApiId": "a", "RootResourceId": "r", "Body": {"paths": {}}, "Tags": [{"Key": "k"}]}


def test_what_update_rest_api_sets():
    assert plain({**BEFORE, "Policy": {}, "EndpointConfiguration": {}}) == {"Name": "n", "Policy": {}}


def test_what_nobody_changes_is_named():
    assert unchangeable_of_api(BEFORE, {"Name": "m", "Body": {"paths": {"/a": {}}}, "Tags": [{"Key": "k"}]}) == []
    edge = {"EndpointConfiguration": {"Types": ["EDGE"]}}
    assert unchangeable_of_api(BEFORE, edge) == ["EndpointConfiguration", "Tags"]


@pytest.mark.parametrize("text", ['{"paths": {}}', b"paths: {}\n"], ids=["json", "yaml"])
def test_a_definition_is_read(text):
    assert document(text) == {"paths": {}}


@pytest.mark.parametrize("text", ["a: [", "words"])
def test_what_is_no_definition_is_said(text):
    with pytest.raises(ValueError, match="definition"):
        document(text)


def test_media_types_are_written_with_slashes():
    assert unescaped({"BinaryMediaTypes": ["image~1png"], "Name": "n"}) == {
        "BinaryMediaTypes": ["image/png"],
        "Name": "n",
    }
    assert unescaped({"Name": "n"}) == {"Name": "n"}


def test_a_stage_gets_what_its_template_has_now():
    before = {"StageName": "s", "DeploymentId": "a", "Description": "d", "Variables": {"old": "1", "kept": "2"}}
    after = {"StageName": "s", "DeploymentId": "b", "TracingEnabled": True, "Variables": {"kept": "3"}}
    assert stage_patches(before, after) == [
        {"op": "replace", "path": "/deploymentId", "value": "b"},
        {"op": "replace", "path": "/description", "value": ""},
        {"op": "replace", "path": "/tracingEnabled", "value": "true"},
        {"op": "remove", "path": "/variables/old"},
        {"op": "replace", "path": "/variables/kept", "value": "3"},
    ]
    assert stage_patches(before, before) == []
    assert unchangeable_of_stage(before, after) == []
    assert unchangeable_of_stage(before, {**after, "StageName": "t", "Tags": []}) == ["StageName", "Tags"]
