"""From saving a source file to the first new answer: by hot reload here, by UpdateFunctionCode there."""

from __future__ import annotations

import json
import time
import urllib.request

from bench.functions import make_functions, package
from bench.subject import Groundcloud, Subject

NAME = "reloaded"
SAVES = 20
SOURCE = "import boto3\nclient = boto3.client('dynamodb')\ndef handler(event, context):\n    return {number}\n"
DEADLINE_SECONDS = 20


def measure(subject: Subject, role: str, table: str) -> dict[str, list[float]]:
    """Milliseconds from the save to the new answer, `SAVES` times."""
    make_functions(subject, role, [NAME], table, SOURCE.format(number=0))
    folder = subject.home / "source"
    folder.mkdir()
    (folder / "index.py").write_text(SOURCE.format(number=0))
    client = subject.client("lambda")
    if isinstance(subject, Groundcloud):
        _register(subject, client.get_function(FunctionName=NAME)["Configuration"]["FunctionArn"])
    samples = []
    for number in range(1, SAVES + 1):
        source = SOURCE.format(number=number)
        began = time.perf_counter()
        if isinstance(subject, Groundcloud):
            (folder / "index.py").write_text(source)
        else:
            client.update_function_code(FunctionName=NAME, ZipFile=package(source))
        while json.load(client.invoke(FunctionName=NAME)["Payload"]) != number:
            if time.perf_counter() - began > DEADLINE_SECONDS:
                raise RuntimeError(f"{subject.name} still runs the old code {DEADLINE_SECONDS} s after the save")
        samples.append((time.perf_counter() - began) * 1000)
    return {"save to new answer": samples}


def _register(subject: Subject, arn: str) -> None:
    source = {"functionArn": arn, "folder": str(subject.home / "source"), "handler": "index.handler", "build": "none"}
    request = urllib.request.Request(
        f"{subject.endpoint}/_groundcloud/v1/functions/sources",
        json.dumps({"sources": [source]}).encode(),
        {"Content-Type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(request) as answer:
        answer.read()
