"""Starts a Python function: lays out `sys.path` as Lambda does and hands over to the runtime client.

Run as ``python -I -S launch.py CLIENT LIFELINE BEFORE AFTER``: the client's name, the number of the lifeline descriptor
(empty: somebody else holds it), and what comes before and after the standard library on `sys.path`. Uses the standard
library only, and little of it: this is on the way of every cold start.
"""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_F_SETSIG = 10


def hold_lifeline(descriptor: int) -> None:
    """Die with the cloud: when the other end of the pipe closes, this process group is killed."""
    try:
        import fcntl

        if sys.platform != "linux":
            raise OSError("only Linux lets the kernel choose the signal")
        fcntl.fcntl(descriptor, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(descriptor, _F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_ASYNC)
    except OSError:
        import _thread

        _thread.start_new_thread(_wait_for_the_end, (descriptor,))


def _wait_for_the_end(descriptor: int) -> None:
    os.read(descriptor, 1)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def finish_site() -> None:
    """Give builtins what `site` gives (`exit`, `quit`, `help`), which ``-S`` has left out."""
    import site

    site.setquit()
    site.setcopyright()
    site.sethelper()


def _folders(text: str) -> list[str]:
    return [folder for folder in text.split(os.pathsep) if folder]


def main() -> None:
    client, lifeline, before, after = sys.argv[1:5]
    if lifeline:
        hold_lifeline(int(lifeline))
    handler = os.environ["_HANDLER"]
    last = _folders(after)
    own = [folder for folder in _folders(os.environ.get("PYTHONPATH", "")) if folder not in last]
    sys.path[:] = [*_folders(before), *own, *sys.path, *last]
    sys.argv = ["bootstrap"]
    if os.environ.get("LC_CTYPE") == "C.UTF-8":
        # Python put it there itself, because this host does not have the locale that Lambda has (PEP 538).
        del os.environ["LC_CTYPE"]
    finish_site()
    # Log records go to the same pipe as print, but framed: their order stays, and a record stays in one piece.
    os.environ["_LAMBDA_TELEMETRY_LOG_FD"] = str(os.dup(1))
    api = _load("api_client")
    runtime = api.RuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"])
    if client == "pure":
        _load("pure_client").main(handler, runtime)
    else:
        sys.modules["runtime_client"] = api.stand_in(runtime)
        from awslambdaric.__main__ import main as run

        # A function that imports it finds the compiled one, as on AWS.
        del sys.modules["runtime_client"]
        run(["bootstrap", handler])


def _load(name: str) -> Any:
    """A module beside this one, under no name that a function could import."""
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("lambda_" + name, os.path.join(os.path.dirname(__file__), name + ".py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
