"""The commands of README.md and docs/testing.md work: a page's `sh test` blocks run as one shell session, `python test`
blocks as scripts.

They run as they stand there, against CloudTask deployed in a cloud under test; only the ports differ.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.prepare import aws_command
from tests.support.cloud import Cloud
from tests.support.docs import blocks, pages
from tests.support.processes import clean_environ, search_path
from tests.support.systems import CloudTask

README, TESTING = Path("README.md"), Path("docs/testing.md")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud of its own: the page's users must not meet those of other tests."""
    cloud = Cloud(tmp_path_factory.mktemp("readme")).start()
    CloudTask(cloud)
    yield cloud
    cloud.close()


def in_this_cloud(text: str, cloud: Cloud) -> str:
    return text.replace("127.0.0.1:4566", f"127.0.0.1:{cloud.port}").replace(
        "localhost:4566", f"localhost:{cloud.port}"
    )


def run(command: list[str], script: str, cloud: Cloud) -> str:
    tools = aws_command()
    assert tools, "no AWS CLI: run `.venv/bin/python tests/prepare.py` (`make test` does)"
    environ = clean_environ(
        PATH=search_path(tools.parent),
        AWS_CONFIG_FILE="/dev/null",
        AWS_SHARED_CREDENTIALS_FILE="/dev/null",
        AWS_PAGER="",
    )
    done = subprocess.run(
        command,
        input=in_this_cloud(script, cloud),
        env=environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_readme_walks_through_the_story(fresh: Cloud) -> None:
    shell = "".join(each.body for each in blocks(README) if each.info == ("sh", "test"))
    shown = run(["bash", "-euo", "pipefail", "-s"], shell, fresh)
    assert '"Buy milk"' in shown
    assert "401" in shown
    assert '{"message":"Unauthorized"}' in shown
    scripts = [each.body for each in blocks(README) if each.info == ("python", "test")]
    exports = [each.body for each in blocks(README) if each.info == ("sh", "test") and "AWS_ENDPOINT_URL=" in each.body]
    for script in scripts:
        shown = run(["bash", "-euo", "pipefail", "-s"], f"{exports[0]}\npython - <<'END'\n{script}END\n", fresh)
        assert "Buy milk" not in shown


def test_a_reset_by_curl(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path).start()
    try:
        cloud.client("sqs").create_queue(QueueName="left")
        shell = "".join(each.body for each in blocks(TESTING) if each.info == ("sh", "test"))
        shown = run(["bash", "-euo", "pipefail", "-s"], shell, cloud)
        assert '"everything"' in shown
        assert cloud.client("sqs").list_queues().get("QueueUrls", []) == []
    finally:
        cloud.close()


def test_other_pages_promise_no_run_that_nobody_makes() -> None:
    """Only these pages' `test` blocks are run here; elsewhere the word would be a lie."""
    others = [page for page in pages() if page not in (README, TESTING)]
    elsewhere = [str(page) for page in others for each in blocks(page) if each.info[1:] == ("test",)]
    assert elsewhere == []
