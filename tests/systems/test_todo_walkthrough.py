"""The to-do list made by hand with the aws CLI: the same script that runs on AWS."""

from __future__ import annotations

import subprocess

from tests.prepare import aws_command
from tests.support.aws import Aws
from tests.support.processes import ROOT, clean_environ, search_path

SCRIPT = ROOT / "services" / "todo" / "walkthrough.sh"


def test_the_walkthrough_runs_to_its_end_and_leaves_nothing(aws: Aws) -> None:
    command = aws_command()
    assert command is not None, "`python tests/prepare.py` installs the aws CLI"
    environ = clean_environ(**aws.environ(), PATH=search_path(command.parent), NAME="walkthrough")
    done = subprocess.run(
        [str(SCRIPT)], env=environ, capture_output=True, text=True, timeout=280, stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout
    assert said.index('"title":"Buy milk"') < said.index("ValidationError") < said.index("Threshold Crossed")
    assert said.rindex("\nALARM\n") < said.index("== Done") < said.index("== Remove everything")
    assert done.stderr.splitlines() == ["FunctionError: Unhandled"] * 2

    assert aws.client("lambda").list_functions()["Functions"] == []
    assert aws.client("dynamodb").list_tables()["TableNames"] == []
    assert aws.client("iam").list_roles()["Roles"] == []
    assert aws.client("logs").describe_log_groups()["logGroups"] == []
    assert aws.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_the_script_lets_cloudwatch_do_its_work_by_itself() -> None:
    text = SCRIPT.read_text()
    assert "put-metric-data" not in text
    assert "set-alarm-state" not in text
