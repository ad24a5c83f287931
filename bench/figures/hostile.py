"""How calls of a quiet function fare while another one misbehaves: ours alone, before and beside it.

Both share the machine's cores, so a neighbour that computes takes its part; the figure says what else it takes.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from bench.functions import make_functions
from bench.subject import Subject

QUIET = "def handler(event, context): return event"
KINDS = {
    "fork bomb": "import os\ndef handler(event, context):\n    while True: os.fork()",
    "writer to /tmp": (
        "def handler(event, context):\n    while True:\n        try:\n"
        "            with open('/tmp/x', 'wb', buffering=0) as file:\n"
        "                while True: file.write(bytes(1 << 20))\n        except OSError: pass"
    ),
    "memory hog": "def handler(event, context):\n    x = []\n    while True: x.append(bytearray(1 << 20))",
    "flood of the log": "def handler(event, context):\n    while True: print('x' * 1000)",
    "endless loop": "def handler(event, context):\n    while True: pass",
}
ALONE = "invoke, alone"


def beside(kind: str) -> str:
    """The figure's name."""
    return f"invoke, beside a {kind}" if kind[0] not in "aeiou" else f"invoke, beside an {kind}"


def measure(subject: Subject, role: str, table: str, count: int) -> dict[str, list[float]]:
    """Milliseconds of calls of the quiet function. A neighbour is called again as often as its call has ended."""
    make_functions(subject, role, ["quiet"], table, QUIET)
    call = _caller(subject, "quiet")
    for _ in range(10):
        call()
    found = {ALONE: [call() for _ in range(count)]}
    for number, (kind, source) in enumerate(KINDS.items()):
        name = f"hostile-{number}"
        make_functions(subject, role, [name], table, source)
        found[beside(kind)] = _beside(_caller(subject, name), call, count)
    return found


def _beside(hostile: Any, call: Any, count: int) -> list[float]:
    over = threading.Event()

    def keep_on() -> None:
        while not over.is_set():
            hostile()

    thread = threading.Thread(target=keep_on)
    thread.start()
    try:
        time.sleep(0.5)
        return [call() for _ in range(count)]
    finally:
        over.set()
        thread.join()


def _caller(subject: Subject, name: str) -> Any:
    """Calls the function; the milliseconds it took. Whether the call failed is not looked at."""
    client = subject.client("lambda")

    def call() -> float:
        began = time.perf_counter()
        client.invoke(FunctionName=name, Payload=b"{}")["Payload"].read()
        return (time.perf_counter() - began) * 1000

    return call
