"""Runtimes of which Lambda makes and changes no functions any more: pure.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html says since when; those whose time AWS has put off
(nodejs16.x, python3.8 and later ones) are not among them. Functions of nodejs18.x and nodejs20.x run here with a
WARNING in their log. The sentence as AWS's clients report it today; in 2018 it named another runtime
(https://github.com/SWO-GS/auto-tag/issues/41).
"""

from __future__ import annotations

_WITHDRAWN = frozenset(
    {
        "dotnetcore1.0",
        "dotnetcore2.0",
        "dotnetcore2.1",
        "dotnetcore3.1",
        "go1.x",
        "java8",
        "nodejs",
        "nodejs4.3",
        "nodejs4.3-edge",
        "nodejs6.10",
        "nodejs8.10",
        "nodejs10.x",
        "nodejs12.x",
        "nodejs14.x",
        "provided",
        "python2.7",
        "python3.6",
        "python3.7",
        "ruby2.5",
        "ruby2.7",
    }
)


def withdrawn_problem(runtime: object) -> str | None:
    """Lambda's message when it takes the runtime for no function."""
    if runtime not in _WITHDRAWN:
        return None
    return (
        f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
        "We recommend you use a supported runtime while creating or updating functions."
    )
