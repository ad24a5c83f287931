"""The SAM transform, by AWS's own translator (the `aws-sam-translator` package that CloudFormation and `sam` use).

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-serverless.html
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from threading import Lock
from typing import Any

from groundcloud.stacks.errors import sam_error
from groundcloud.stacks.parse import Template

_translating = Lock()  # the translator keeps the region it works for on one of its classes


def transform(template: Template, parameters: Mapping[str, Any], region: str) -> Template:
    """`template` with every `AWS::Serverless::*` resource translated, for these parameter values and this region.

    Raises `ValidationError` in AWS's words when the document is no valid SAM template. Slow the first time (half a
    second of imports): call it in a thread.
    """
    from boto3.session import Session
    from samtranslator.public.exceptions import InvalidDocumentException
    from samtranslator.public.parser import Parser
    from samtranslator.public.translator import Translator
    from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template

    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # its warnings speak of metrics that AWS collects
    _refuse_repository_applications(template)
    document, values = plain(template), dict(parameters)
    with _translating:
        try:
            # The marking gives deployments the logical ids that they have on AWS, where the hash is Python 2's.
            to_py27_compatible_template(document, values)
            translator = Translator({}, Parser(), boto_session=Session(region_name=region))
            translated = translator.translate(document, parameter_values=values)
        except InvalidDocumentException as error:
            raise sam_error(" ".join([error.message, *sorted(cause.message for cause in error.causes)])) from error
    result: Template = plain(undo_mark_unicode_str_in_template(translated))
    return result


def _refuse_repository_applications(template: Template) -> None:
    """An application of the Serverless Application Repository lives on the internet: say so, rather than time out."""
    resources = template.get("Resources")
    for logical_id, resource in (resources if isinstance(resources, dict) else {}).items():
        if not isinstance(resource, dict) or resource.get("Type") != "AWS::Serverless::Application":
            continue
        if isinstance((resource.get("Properties") or {}).get("Location"), dict):
            raise sam_error(
                f"Resource with id [{logical_id}] is invalid. Applications of the AWS Serverless Application "
                "Repository cannot be fetched here; name a template (Location: ./template.yaml) instead."
            )


def plain(node: Any) -> Any:
    """A deep copy of plain dicts, lists and strings, in which a YAML alias is a value of its own.

    The translator writes into what it is given, and returns subclasses that hash as Python 2 did.
    """
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    return str(node) if isinstance(node, str) else node
