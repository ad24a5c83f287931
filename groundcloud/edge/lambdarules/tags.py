"""What Lambda refuses of tags by what the account has.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html; recordings: those of tags (`refusals`).
"""

from __future__ import annotations

from groundcloud.edge.lambdarules.asked import Asked
from groundcloud.edge.lambdarules.look import Look
from groundcloud.edge.lambdarules.refusals import invalid
from groundcloud.stacks.tagrules import tags_problem

_FUNCTION = ":function:"


async def add(asked: Asked, look: Look) -> None:
    await known(asked, look)
    added = asked.inner("Tags")
    problem = tags_problem(added) or tags_problem({**await look.tags(asked.text("Resource"), asked.scope), **added})
    if problem is not None:
        raise invalid(problem)


async def known(asked: Asked, look: Look) -> None:
    """Functions have tags, their versions and aliases have none."""
    _, is_function, name = asked.text("Resource").partition(_FUNCTION)
    if is_function and ":" in name:
        raise invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
