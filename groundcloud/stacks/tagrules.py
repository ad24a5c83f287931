"""What Lambda refuses of tags, by API and by template alike: pure.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html (at most 50 for a resource; keys do not begin with
``aws:``). The sentence about their number as recorded of AWS in LocalStack's
tests/aws/services/lambda_/test_lambda_api.snapshot.json (tags), the other as CloudFormation has it.
"""

from __future__ import annotations

from collections.abc import Collection

from groundcloud.stacks.limits import FUNCTION_TAGS

_RESERVED = "aws:"


def tags_problem(keys: Collection[str]) -> str | None:
    """Lambda's message about a resource that would have tags with these keys."""
    if len(keys) > FUNCTION_TAGS:
        return "Number of tags exceeds resource tag limit."
    if any(key.lower().startswith(_RESERVED) for key in keys):
        return f"{_RESERVED} prefixed tag key names are not allowed for external use."
    return None
