"""The resources that a generated policy names."""

from __future__ import annotations

import pytest

from groundcloud.iam.least_privilege import policy_for
from groundcloud.iam.seen import Seen

BUCKET = "arn:aws:s3:::b"


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        (["config.json"], ["config.json"]),
        (["site/index.html", "site/style.css"], ["site/index.html", "site/style.css"]),
        (["processed/9f6b2c1e-7a2d-4a1e-9c55-0d6f6b1f1a2b/01J8ZQ6X5YV7N3K2.json"], ["processed/*/*.json"]),
        (["logs/2026/11/21/part-0001.gz"], ["logs/*/*/*/*.gz"]),
        (["thumb-640x480.png", "users/alice/avatar.png"], ["thumb-640x480.png", "users/alice/avatar.png"]),
        ([f"page{letter}" for letter in "abcdefghijkl"], ["*"]),
    ],
    ids=["a name", "names", "ids", "a date", "small numbers", "many"],
)  # fmt: skip
def test_objects(keys: list[str], named: list[str]) -> None:
    """docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege: what was seen, and what is of
    its kind"""
    (statement,) = policy_for(Seen("s3:PutObject", f"{BUCKET}/{key}") for key in keys)["Statement"]
    found = statement["Resource"]
    assert ([found] if isinstance(found, str) else found) == [f"{BUCKET}/{key}" for key in named]
