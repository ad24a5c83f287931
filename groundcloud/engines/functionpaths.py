"""Functions whose names begin with ``url``, by the path by which the embedded engine finds them: pure.

It takes ``/functions/url-shortener`` for the URL of a function without a name. AWS takes an ARN in the place of a name
in these paths, and so does the engine, which then looks no further
(https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestParameters).
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from groundcloud.ports import Scope

_NAMED_URL = re.compile(r"(/\d{4}-\d\d-\d\d/functions/)(url[^/]*)(.*)")


def engine_path(service: str, path: str, scope: Scope) -> str:
    """The path of a request for `service` in `scope`, decoded, with the ARN in the place of such a name; empty for
    every other, which is found by its own `path`."""
    if service != "lambda" or "/functions/url" not in path:
        return ""
    found = _NAMED_URL.fullmatch(unquote(path))
    if found is None:
        return ""
    return f"{found[1]}arn:aws:lambda:{scope.region}:{scope.account}:function:{found[2]}{found[3]}"
