"""Replaces a template's local folders and files by S3 addresses named by their content.

What `aws cloudformation package` does, decided without making or sending anything:
https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from groundcloud.deploy.artifacts import Artifact
from groundcloud.deploy.build import Builder, Recipe, recipe_for
from groundcloud.deploy.folder import digest_of, files_in
from groundcloud.deploy.local_paths import LAYERS, LOCAL_PATHS, LocalPath
from groundcloud.deploy.template import Template, load_template
from groundcloud.errors import UserError

FUNCTIONS = ("AWS::Serverless::Function", "AWS::Lambda::Function")
_BUILDS = {"python": "pip", "nodejs": "npm"}
DEFAULT_ARCHITECTURE = "x86_64"


@dataclass(frozen=True)
class FunctionSource:
    """Where a function's code lives. `stacks` are the logical ids of the nested stacks it is in, outermost first;
    `build` is ``none``, ``pip`` or ``npm``, `digest` names the content that was packaged."""

    logical_id: str
    folder: Path
    handler: str
    build: str
    stacks: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True)
class Packaged:
    """A template ready for CloudFormation, and what S3 must hold for it."""

    template: Template
    body: dict[str, Any]
    artifacts: tuple[Artifact, ...]
    functions: tuple[FunctionSource, ...]

    @property
    def text(self) -> str:
        """The template as sent: JSON, so that CloudFormation hands back data that can be compared."""
        return json.dumps(self.body, ensure_ascii=False)


def package(template: Template, bucket: str, region: str, builder: Builder) -> Packaged:
    """Work out the packaged form of `template`. Raises `UserError` for a folder that does not exist."""
    packer = _Packer(template, bucket, region, builder)
    return packer.run()


@dataclass
class _Packer:
    """The work on one template; a nested one gets its own, with the `stacks` that lead to it."""

    template: Template
    bucket: str
    region: str
    builder: Builder
    stacks: tuple[str, ...] = ()
    artifacts: list[Artifact] = field(default_factory=list)
    functions: list[FunctionSource] = field(default_factory=list)
    shared: dict[str, Any] = field(default_factory=dict)

    def run(self) -> Packaged:
        body = copy.deepcopy(self.template.body)
        self.shared = _shared_by_functions(body)
        _move_code_uri(body, self.shared)
        for logical_id, resource in body["Resources"].items():
            if not isinstance(resource, dict):
                continue
            for place in LOCAL_PATHS.get(resource.get("Type", ""), ()):
                self._place(logical_id, resource, place)
        self._includes(body)
        return Packaged(self.template, body, tuple(self.artifacts), tuple(self.functions))

    def _place(self, logical_id: str, resource: dict[str, Any], place: LocalPath) -> None:
        properties = resource.setdefault("Properties", {})
        if not isinstance(properties, dict):
            return
        holder = place.holder(properties)
        if holder is None:
            return
        value = holder.get(place.key)
        if value is None and place.folder_by_default and not _has_no_code(properties):
            value = "."
        if not isinstance(value, str) or not _is_local(value):
            return
        source = (self.template.folder / value).resolve()
        owner = "/".join((*self.stacks, logical_id))
        if not source.exists():
            raise UserError(
                f"{owner}: {place.name} names {value}, but there is no {source}",
                f"Correct {place.name} in {self.template.path}; it is relative to the template",
            )
        key = self._nested(logical_id, source) if place.nested else self._artifact(owner, resource, source, place)
        holder[place.key] = place.address(self.bucket, key, self.region)
        if resource["Type"] in FUNCTIONS:
            self._remember_function(logical_id, resource, source)

    def _artifact(self, owner: str, resource: dict[str, Any], source: Path, place: LocalPath) -> str:
        recipe = self._recipe(resource, source, owner) if place.zipped else None
        zipped = place.zipped and source.suffix not in (".zip", ".jar")
        digest = self._digest(source, recipe, zipped)
        key = digest if zipped else digest + source.suffix
        self.artifacts.append(Artifact(key, source, recipe=recipe, zipped=zipped, owner=owner))
        return key

    def _digest(self, source: Path, recipe: Recipe | None, zipped: bool) -> str:
        """Functions often share a folder, which is then read once."""
        for known in self.artifacts:
            if (known.source, known.recipe, known.zipped) == (source, recipe, zipped):
                return known.key.partition(".")[0]
        if recipe is not None:
            return self.builder.digest(source, recipe)
        return digest_of(files_in(source), "zip" if zipped else "file")

    def _recipe(self, resource: dict[str, Any], source: Path, owner: str) -> Recipe | None:
        if resource["Type"] in LAYERS:
            return _layer_recipe(resource, source, owner)
        if resource["Type"] not in FUNCTIONS:
            return None
        runtime = self._value(resource, "Runtime")
        architectures = self._value(resource, "Architectures")
        architecture = architectures[0] if isinstance(architectures, list) and architectures else DEFAULT_ARCHITECTURE
        if not isinstance(runtime, str) or not isinstance(architecture, str):
            return None
        return recipe_for(source, runtime, architecture, owner)

    def _value(self, resource: dict[str, Any], name: str) -> Any:
        """A function's own property, else the one that `Globals` gives it."""
        shared = self.shared if resource["Type"] == "AWS::Serverless::Function" else {}
        return resource["Properties"].get(name, shared.get(name))

    def _nested(self, logical_id: str, source: Path) -> str:
        inner = _Packer(
            load_template(source),
            self.bucket,
            self.region,
            self.builder,
            (*self.stacks, logical_id),
            self.artifacts,
            self.functions,
        )
        if len(inner.stacks) > 20:
            raise UserError(f"{source} nests itself", "Remove the loop of nested stacks")
        text = inner.run().text
        return self._text_artifact(text, ".template", "/".join(inner.stacks))

    def _text_artifact(self, text: str, suffix: str, owner: str) -> str:
        key = digest_of([], "text", text) + suffix
        self.artifacts.append(Artifact(key, None, text=text, zipped=False, owner=owner))
        return key

    def _remember_function(self, logical_id: str, resource: dict[str, Any], source: Path) -> None:
        """Only what can be run from its folder is remembered: no archive."""
        handler = self._value(resource, "Handler")
        recipe = self.artifacts[-1].recipe
        if source.is_dir() and isinstance(handler, str):
            build = _BUILDS[recipe.language] if recipe else "none"
            digest = digest_of(files_in(source))
            self.functions.append(FunctionSource(logical_id, source, handler, build, self.stacks, digest))

    def _includes(self, node: Any) -> None:
        """`Fn::Transform` of `AWS::Include` may stand anywhere, and its Location may be a local file."""
        if isinstance(node, list):
            for item in node:
                self._includes(item)
        if not isinstance(node, dict):
            return
        include = node.get("Fn::Transform")
        if isinstance(include, dict) and include.get("Name") == "AWS::Include":
            self._include(include.get("Parameters", {}))
        for item in node.values():
            self._includes(item)

    def _include(self, parameters: dict[str, Any]) -> None:
        value = parameters.get("Location")
        if not _is_local(value):
            return
        source = (self.template.folder / str(value)).resolve()
        if not source.is_file():
            raise UserError(f"AWS::Include names {value}, but there is no {source}", "Correct its Location")
        text = source.read_text(encoding="utf-8")
        parameters["Location"] = f"s3://{self.bucket}/{self._text_artifact(text, source.suffix, source.name)}"


def _shared_by_functions(body: dict[str, Any]) -> dict[str, Any]:
    """What `Globals` gives every AWS::Serverless::Function.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
    """
    section = body.get("Globals")
    shared = section.get("Function") if isinstance(section, dict) else None
    return shared if isinstance(shared, dict) else {}


def _move_code_uri(body: dict[str, Any], shared: dict[str, Any]) -> None:
    """Write the local CodeUri of `Globals` into each function that takes it from there."""
    code = shared.get("CodeUri")
    if not _is_local(code):
        return
    del shared["CodeUri"]
    for resource in body["Resources"].values():
        if isinstance(resource, dict) and resource.get("Type") == "AWS::Serverless::Function":
            properties = resource.setdefault("Properties", {})
            if not _has_no_code(properties):
                properties.setdefault("CodeUri", code)


def _layer_recipe(resource: dict[str, Any], source: Path, owner: str) -> Recipe | None:
    """A layer is built only when its Metadata asks for it, as with the AWS SAM CLI."""
    metadata = resource.get("Metadata") or {}
    method = metadata.get("BuildMethod")
    if not isinstance(method, str):
        return None
    recipe = recipe_for(source, method, metadata.get("BuildArchitecture", DEFAULT_ARCHITECTURE), owner)
    if recipe is None:
        raise UserError(
            f"{owner}: BuildMethod {method} cannot be built here",
            "python3.x and nodejs layers with dependencies can; else run `sam build` and deploy its template",
        )
    prefix = "python" if recipe.language == "python" else "nodejs"
    return Recipe(recipe.language, recipe.runtime, recipe.architecture, prefix)


def _has_no_code(properties: dict[str, Any]) -> bool:
    """Whether a function's code is not a folder: inline, or an image."""
    return "InlineCode" in properties or "ImageUri" in properties or properties.get("PackageType") == "Image"


def _is_local(value: Any) -> bool:
    return isinstance(value, str) and not value.startswith(("s3://", "https://", "http://", "arn:"))
