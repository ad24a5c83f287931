"""Reads a SAM or CloudFormation template, YAML or JSON, into plain data.

Short intrinsics (``!Sub``) become their long form (``Fn::Sub``). Dates stay text, as ``Version: 2012-10-17`` is meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from groundcloud.deploy.limits import STACK_NAME_CHARS
from groundcloud.errors import UserError

TEMPLATE_NAMES = ("template.yaml", "template.yml", "template.json")

_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_PLAIN_TAGS = ("Ref", "Condition")


@dataclass(frozen=True)
class Template:
    """A parsed template. `body` is never changed in place; relative paths in it are relative to `folder`."""

    path: Path
    body: dict[str, Any]

    @property
    def folder(self) -> Path:
        return self.path.parent

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.body["Resources"]
        return found


def find_template(path: Path) -> Path:
    """The template that `path` means: the file itself, or a folder's template.yaml, template.yml or template.json."""
    if not path.is_dir():
        return path.resolve()
    for name in TEMPLATE_NAMES:
        if (path / name).is_file():
            return (path / name).resolve()
    raise UserError(f"There is no template in {path}", f"It is looked for as {', '.join(TEMPLATE_NAMES)}")


def load_template(path: Path) -> Template:
    """The template at `path`. Raises `UserError` naming file, line and column where it cannot be read."""
    path = find_template(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UserError(f"There is no template at {path}", "Name it: `make up APP=path/to/template.yaml`") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read as text: {error}", "A template is a UTF-8 text file") from error
    body = parse_template_text(path, text)
    _check_shape(path, body)
    return Template(path, body)


def stack_name_for(path: Path) -> str:
    """A stack name made of the template's file name, or of its folder's when the file is just called template."""
    stem = path.resolve().name.split(".")[0]
    word = path.resolve().parent.name if stem.lower() in ("template", "packaged", "main", "stack") else stem
    name = re.sub(r"[^A-Za-z0-9]+", "-", word).strip("-")
    if not name:
        return "stack"
    return name if name[0].isalpha() else f"stack-{name}"


def check_stack_name(name: str) -> str:
    """`name`, if CloudFormation accepts it (letters, digits, hyphens, a letter first, at most 128)."""
    if not _STACK_NAME.fullmatch(name) or len(name) > STACK_NAME_CHARS:
        raise UserError(f"{name!r} is not a stack name", "Letters, digits and hyphens, a letter first, at most 128")
    return name


def parse_template_text(path: Path, text: str) -> Any:
    """The data that `text` holds; `path` names it in messages."""
    try:
        return yaml.load(text, Loader=_TemplateLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise UserError(
            f"{path}{where}: not readable as YAML: {error.problem or error.context}",
            "Indentation, a missing quote or a stray tab on that line or the one above is the usual cause",
        ) from error
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not readable as YAML: {error}", "Save the file as UTF-8 text") from error


def _check_shape(path: Path, body: Any) -> None:
    if not isinstance(body, dict) or not isinstance(body.get("Resources"), dict) or not body["Resources"]:
        raise UserError(f"{path}: a template needs a Resources section with at least one resource", "Is it a template?")
    for logical_id, resource in body["Resources"].items():
        if str(logical_id).startswith("Fn::"):
            continue
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise UserError(f"{path}: resource {logical_id} has no Type", "For instance `Type: AWS::S3::Bucket`")


class _TemplateLoader(yaml.SafeLoader):
    """YAML as CloudFormation means it. Keys given twice are refused: the first would be lost without a word."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _intrinsic(loader: _TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    key = suffix if suffix in _PLAIN_TAGS else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        text: Any = loader.construct_scalar(node)
        return {key: text.split(".", 1) if suffix == "GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {key: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {key: loader.construct_mapping(node, deep=True)}
    raise yaml.constructor.ConstructorError(None, None, f"!{suffix} cannot be used here", node.start_mark)


def _mapping(loader: _TemplateLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key_node, _ in node.value:
        if key_node.value in seen and key_node.tag != "tag:yaml.org,2002:merge":
            raise yaml.constructor.ConstructorError(None, None, f"{key_node.value} is given twice", key_node.start_mark)
        if isinstance(key_node, yaml.ScalarNode):
            seen.add(key_node.value)
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


_TemplateLoader.add_multi_constructor("!", _intrinsic)
_TemplateLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
