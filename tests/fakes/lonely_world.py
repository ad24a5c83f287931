"""A world in a process of its own: ``python lonely_world.py FOLDER MARK [stay] [plain]`` prints what its functions saw.

With ``stay`` it then waits to be killed, a function's child still running; ``plain`` does without sandboxes. MARK is in
the command line of that child.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from groundcloud.runtime.isolation.isolation import Isolation
from tests.fakes.lambda_world import LambdaWorld

PROBE = """
import os, subprocess, threading, time
def refused(path):
    try:
        open(path, "w")
    except OSError as error:
        return type(error).__name__
def threads():
    try:
        for number in range(3000):
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    except RuntimeError:
        return number
def handler(event, context):
    if event.get("threads"):
        return threads()
    script = f"setsid sleep {event['mark']} & sleep 0.1"
    subprocess.Popen(["sh", "-c", script], start_new_session=True).wait()
    if event.get("exit"):
        os._exit(1)
    return {"folder": os.getcwd(), "user": os.getuid(), "refused": refused("/etc/x")}
"""


def main() -> None:
    folder, mark, *rest = sys.argv[1:]
    world = LambdaWorld(Path(folder), pure=False, isolation=Isolation(namespaces="plain" not in rest))
    world.deploy("probe", PROBE, Timeout=120, MemorySize=3008)
    try:
        seen = {
            "error": world.error("probe", {"mark": mark, "exit": True}),
            "seen": world.value("probe", {"mark": mark}),
            "threads": world.value("probe", {"threads": True}) if "stay" not in rest else 0,
            "user": os.getuid(),
        }
        print(json.dumps(seen), flush=True)  # noqa: T201
        if "stay" in rest:
            threading.Event().wait()
    finally:
        world.close()


if __name__ == "__main__":
    main()
