"""What Lambda refuses of function URLs by what the account has.

https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html; recording: test_url_config_exceptions
(`refusals`). AWS says that a second one is a conflict; the sentence is as its clients report it.
"""

from __future__ import annotations

from groundcloud.edge.lambdarules.asked import Asked
from groundcloud.edge.lambdarules.look import Look
from groundcloud.edge.lambdarules.refusals import NO_RESOURCE, conflict, not_found


async def create(asked: Asked, look: Look) -> None:
    await _check_function(asked, look)
    if await look.url(asked.function) is not None:
        raise conflict(
            f"Failed to create function url config for [functionArn = {asked.function.arn}]. "
            "Error message:  FunctionUrlConfig exists for this Lambda function"
        )


async def update(asked: Asked, look: Look) -> None:
    await _check_function(asked, look)
    await known(asked, look)


async def known(asked: Asked, look: Look) -> None:
    if await look.url(asked.function) is None:
        raise not_found(NO_RESOURCE)


async def _check_function(asked: Asked, look: Look) -> None:
    if await look.function(asked.function) is None:
        raise not_found("Function does not exist")
