"""Models of services: read once, without what nobody reads."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import botocore.session
import pytest
from botocore.exceptions import UnknownServiceError

from groundcloud.engines.models import ModelFiles, service_model, share


def test_documentation_is_left_out_and_members_of_that_name_stay(tmp_path: Path) -> None:
    written = {
        "documentation": "<p>A service</p>",
        "shapes": {"Api": {"members": {"documentation": {"shape": "Text", "documentation": "<p>A member</p>"}}}},
    }
    (tmp_path / "model.json.gz").write_bytes(gzip.compress(json.dumps(written).encode()))
    read = ModelFiles().load_file(str(tmp_path / "model"))
    assert read == {"shapes": {"Api": {"members": {"documentation": {"shape": "Text"}}}}}


def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert ModelFiles().load_file(str(tmp_path / "model")) is None


def test_an_unknown_service_is_said_to_be_unknown() -> None:
    with pytest.raises(UnknownServiceError):
        service_model("no-such-service")


def test_sessions_share_the_models_until_it_is_ended() -> None:
    end = share()
    try:
        one, other = botocore.session.get_session(), botocore.session.get_session()
        model = one.get_service_data("sts")
        assert model is other.get_service_data("sts")
        assert not any("documentation" in operation for operation in model["operations"].values())
    finally:
        end()
    assert botocore.session.get_session().get_service_data("sts") is not model
