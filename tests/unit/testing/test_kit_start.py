"""Which cloud a session gets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from groundcloud.errors import UserError
from groundcloud.testing.start import started
from tests.support.processes import quiet_port


class Asked:
    """pytest's configuration, as far as it is read."""

    def __init__(self, cloud: str) -> None:
        self._options = {"--cloud": cloud, "--cloud-python": ""}
        self.rootpath = Path("/")

    def getoption(self, name: str) -> str:
        return self._options[name]


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("http://127.0.0.1:{port}", "No cloud answers at http://127.0.0.1:"),
        ("https://example.com", "https://example.com is no address of a cloud"),
        ("azure", "--cloud=azure is not known"),
    ],
    ids=["nobody there", "no cloud", "unknown"],
)
def test_what_cannot_be_had_is_said(kind: str, why: str, tmp_path: Path) -> None:
    config: Any = Asked(kind.format(port=quiet_port()))
    with pytest.raises(UserError, match=why), started(config, tmp_path, {}):
        raise AssertionError("it was started")
