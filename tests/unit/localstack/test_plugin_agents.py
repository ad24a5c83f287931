"""Java agents whose jar is not there."""

from __future__ import annotations

from pathlib import Path

from groundcloud_localstack.agents import without_missing_agents

COMMAND = ["java", "-Xmx256m", "-javaagent:/x/loader.jar", "-jar", "/x/DynamoDBLocal.jar"]


def test_an_agent_without_its_jar_is_dropped() -> None:
    assert without_missing_agents(COMMAND, lambda jar: False) == ["java", "-Xmx256m", "-jar", "/x/DynamoDBLocal.jar"]


def test_an_agent_with_its_jar_stays() -> None:
    assert without_missing_agents(COMMAND, lambda jar: jar == "/x/loader.jar") == COMMAND


def test_a_path_is_a_word_too() -> None:
    command = ["node", Path("/x/kinesis-local/main.js")]
    assert without_missing_agents(command, lambda jar: False) == command


def test_its_options_are_no_part_of_its_file() -> None:
    command = ["java", "-javaagent:/x/a.jar=level=1"]
    assert without_missing_agents(command, lambda jar: jar == "/x/a.jar") == command
