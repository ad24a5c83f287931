"""Lets a debugger in before a Python function starts: listens, waits, and hands over to what would have run.

Run as ``python -I -S debug.py PORT MODULES MAPPINGS SCRIPT ARGUMENTS…``: the port of 127.0.0.1, the folder that holds
debugpy and nothing else, the developer's folder and the one that runs as JSON ``[[folder, code]]``, and the script with
its arguments. debugpy's adapter runs inside this process, so that nothing outlives it.
"""

# The environment and its paths are the function's, not the cloud's.

import os
import runpy
import sys

_MAPPINGS = "PATHS_FROM_ECLIPSE_TO_PYTHON"
"""pydevd reads it once: breakpoints set in the developer's folder hold in the copy that runs."""


def main() -> None:
    port, modules, mappings, script = sys.argv[1:5]
    sys.path.append(modules)
    os.environ[_MAPPINGS] = mappings
    import debugpy

    debugpy.listen(("127.0.0.1", int(port)), in_process_debug_adapter=True)
    del os.environ[_MAPPINGS]
    print(f"Waiting for a debugger on 127.0.0.1:{port}", flush=True)  # noqa: T201 - the function's log
    debugpy.wait_for_client()
    sys.argv[:] = sys.argv[4:]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
