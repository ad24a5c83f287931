"""The path by which the embedded engine finds a function."""

from __future__ import annotations

import pytest

from groundcloud.engines.functionpaths import engine_path
from groundcloud.ports import Scope

ARN = "arn:aws:lambda:eu-west-1:111111111111:function:"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/2015-03-31/functions/name/url", ""),
        ("/2015-03-31/functions/a%3Ab", ""),
        ("/2015-03-31/functions/url-x", f"/2015-03-31/functions/{ARN}url-x"),
        ("/2015-03-31/functions/url%3Alive/invocations", f"/2015-03-31/functions/{ARN}url:live/invocations"),
        ("/2021-10-31/functions/urls/url", f"/2021-10-31/functions/{ARN}urls/url"),
    ],
    ids=["another", "encoded", "named", "qualified", "below"],
)
def test_names_that_begin_with_url_become_arns(path, found) -> None:
    scope = Scope("111111111111", "eu-west-1")
    assert engine_path("lambda", path, scope) == found
    assert engine_path("s3", path, scope) == ""
