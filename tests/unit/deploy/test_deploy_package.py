"""Local folders of a template become addresses in S3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from groundcloud.deploy.build import Builder, Recipe
from groundcloud.deploy.folder import digest_of, files_in
from groundcloud.deploy.package import Packaged, package
from groundcloud.deploy.template import Template
from groundcloud.errors import UserError


class FakeBuilder(Builder):
    def digest(self, source: Path, recipe: Recipe) -> str:
        return f"built-{source.name}"

    def build(self, source: Path, recipe: Recipe, owner: str) -> Path:
        raise AssertionError("packaging builds nothing")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("def handler(event, context): return 1\n")
    return tmp_path


def packaged(folder: Path, resources: dict[str, Any], **sections: Any) -> Packaged:
    body = {"Resources": resources, **sections}
    return package(Template(folder / "template.yaml", body), "bucket", "eu-west-1", FakeBuilder())


def function(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Serverless::Function", "Properties": {"Runtime": "python3.11", **properties}}


def test_each_property_gets_the_form_it_wants(app: Path) -> None:
    found = packaged(
        app,
        {
            "Sam": function(CodeUri="src", Handler="app.handler"),
            "Plain": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "src", "Handler": "app.handler"}},
            "Layer": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": "src"}},
            "Api": {"Type": "AWS::Serverless::Api", "Properties": {"DefinitionUri": "src/app.py"}},
        },
    )
    key = found.artifacts[0].key
    resources = found.body["Resources"]
    assert resources["Sam"]["Properties"]["CodeUri"] == f"s3://bucket/{key}"
    assert resources["Plain"]["Properties"]["Code"] == {"S3Bucket": "bucket", "S3Key": key}
    assert resources["Layer"]["Properties"]["Content"] == {"S3Bucket": "bucket", "S3Key": key}
    assert resources["Api"]["Properties"]["DefinitionUri"].endswith(".py")
    assert [artifact.zipped for artifact in found.artifacts] == [True, True, True, False]


def test_the_template_itself_is_not_touched(app: Path) -> None:
    body = {"Resources": {"F": function(CodeUri="src", Handler="app.handler")}}
    before = json.dumps(body)
    package(Template(app / "template.yaml", body), "bucket", "us-east-1", FakeBuilder())
    assert json.dumps(body) == before


def test_what_is_no_local_path_stays_as_it_is(app: Path) -> None:
    resources = {
        "Remote": function(CodeUri="s3://their/key.zip"),
        "Parts": function(CodeUri={"Bucket": "their", "Key": "key.zip"}),
        "Inline": function(InlineCode="def handler(e, c): pass"),
        "Image": {"Type": "AWS::Serverless::Function", "Properties": {"PackageType": "Image", "ImageUri": "x"}},
        "Zip": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": "x"}}},
        "Loop": {"Fn::ForEach": ["X", ["a"], {}]},
        "Stack": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://there/x"}},
    }
    found = packaged(app, resources)
    assert found.body["Resources"] == resources
    assert found.artifacts == ()


def test_a_function_without_code_uri_is_the_templates_folder(app: Path) -> None:
    found = packaged(app, {"F": function(Handler="src.app.handler")})
    assert found.functions[0].folder == app.resolve()


def test_globals_reach_the_functions_and_lose_their_local_path(app: Path) -> None:
    found = packaged(
        app,
        {
            "A": {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "app.handler"}},
            "B": {"Type": "AWS::Serverless::Function", "Properties": {"InlineCode": "x"}},
        },
        Globals={"Function": {"CodeUri": "src", "Runtime": "python3.11", "Architectures": ["arm64"]}},
    )
    assert found.body["Globals"] == {"Function": {"Runtime": "python3.11", "Architectures": ["arm64"]}}
    assert "CodeUri" in found.body["Resources"]["A"]["Properties"]
    # Lists of Globals are added to those of a function, so nothing else may be copied.
    assert set(found.body["Resources"]["A"]["Properties"]) == {"Handler", "CodeUri"}
    assert set(found.body["Resources"]["B"]["Properties"]) == {"InlineCode"}


def test_requirements_ask_for_a_build(app: Path) -> None:
    (app / "src" / "requirements.txt").write_text("# nothing\n\nidna==3.10\n")
    found = packaged(app, {"F": function(CodeUri="src", Handler="app.handler", Architectures=["arm64"])})
    assert found.artifacts[0].recipe == Recipe("python", "python3.11", "arm64")
    assert found.body["Resources"]["F"]["Properties"]["CodeUri"] == "s3://bucket/built-src"
    assert found.functions[0].build == "pip"


def test_a_file_of_comments_asks_for_nothing(app: Path) -> None:
    (app / "src" / "requirements.txt").write_text("# boto3 is there already\n")
    assert packaged(app, {"F": function(CodeUri="src", Handler="app.handler")}).artifacts[0].recipe is None


def test_node_functions_are_built_unless_their_modules_are_there(app: Path) -> None:
    (app / "src" / "package.json").write_text('{"dependencies": {"left-pad": "1"}}')
    node = {"Runtime": "nodejs22.x", "CodeUri": "src", "Handler": "app.handler"}
    found = packaged(app, {"F": function(**node)})
    assert found.artifacts[0].recipe == Recipe("nodejs", "nodejs22.x", "x86_64")
    assert found.functions[0].build == "npm"
    assert found.functions[0].digest == digest_of(files_in(app / "src"))
    (app / "src" / "node_modules").mkdir()
    assert packaged(app, {"F": function(**node)}).artifacts[0].recipe is None


def test_a_layer_is_built_below_its_language(app: Path) -> None:
    (app / "src" / "requirements.txt").write_text("idna\n")
    layer = {
        "Type": "AWS::Serverless::LayerVersion",
        "Metadata": {"BuildMethod": "python3.11"},
        "Properties": {"ContentUri": "src"},
    }
    assert packaged(app, {"L": layer}).artifacts[0].recipe == Recipe("python", "python3.11", "x86_64", "python")
    del layer["Metadata"]
    assert packaged(app, {"L": layer}).artifacts[0].recipe is None


def test_source_code_that_needs_a_compiler_is_refused(app: Path) -> None:
    (app / "src" / "pom.xml").write_text("<project/>")
    with pytest.raises(UserError, match=r"F \(java21\) must be compiled first") as caught:
        packaged(app, {"F": function(CodeUri="src", Runtime="java21")})
    assert "sam build" in caught.value.hint


def test_a_missing_folder_names_resource_and_path(app: Path) -> None:
    with pytest.raises(UserError, match="F: CodeUri names nope, but there is no") as caught:
        packaged(app, {"F": function(CodeUri="nope")})
    assert str(app / "nope") in caught.value.message


def test_an_archive_is_sent_as_it_is(app: Path) -> None:
    (app / "code.zip").write_bytes(b"PK")
    found = packaged(app, {"F": function(CodeUri="code.zip", Handler="app.handler")})
    assert found.artifacts[0].key.endswith(".zip")
    assert not found.artifacts[0].zipped
    assert found.functions == ()


def test_nested_stacks_are_packaged_from_the_inside(app: Path) -> None:
    child = app / "child"
    child.mkdir()
    (child / "code").mkdir()
    (child / "code" / "app.py").write_text("x")
    inner = {"Resources": {"F": function(CodeUri="code", Handler="app.handler")}}
    (child / "stack.yaml").write_text(json.dumps(inner))
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "child/stack.yaml"}}
    found = packaged(app, {"Child": stack})
    code, template = found.artifacts
    url = found.body["Resources"]["Child"]["Properties"]["TemplateURL"]
    assert url == f"https://s3.eu-west-1.amazonaws.com/bucket/{template.key}"
    assert json.loads(template.text)["Resources"]["F"]["Properties"]["CodeUri"] == f"s3://bucket/{code.key}"
    assert found.functions[0].stacks == ("Child",)
    assert code.owner == "Child/F"


def test_stacks_that_nest_themselves_are_refused(app: Path) -> None:
    stack = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "template.yaml"}}
    (app / "template.yaml").write_text(json.dumps({"Resources": {"Child": stack}}))
    with pytest.raises(UserError, match="nests itself"):
        packaged(app, {"Child": stack})


def test_included_files_are_sent_wherever_they_are_named(app: Path) -> None:
    (app / "api.yaml").write_text("openapi: 3.0.1\n")
    include = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "api.yaml"}}}
    found = packaged(app, {"A": {"Type": "AWS::Serverless::Api", "Properties": {"DefinitionBody": include}}})
    body = found.body["Resources"]["A"]["Properties"]["DefinitionBody"]
    assert body["Fn::Transform"]["Parameters"]["Location"] == f"s3://bucket/{found.artifacts[0].key}"
    assert found.artifacts[0].text == "openapi: 3.0.1\n"


def test_the_same_content_gives_the_same_text(app: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("elsewhere")
    (other / "src").mkdir()
    (other / "src" / "app.py").write_text((app / "src" / "app.py").read_text())
    resources = {"F": function(CodeUri="src", Handler="app.handler")}
    assert packaged(app, resources).text == packaged(other, resources).text
