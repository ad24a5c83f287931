"""Replaces itself by a command that dies with the cloud: ``python -I -S guard.py LIFELINE COMMAND…``.

On Linux the kernel watches the lifeline, whatever program runs (see `launch.py`); elsewhere a process beside the
command does, in the same group. Standard library only.
"""

# The environment is the function's, not the cloud's.

import os
import signal
import sys

_F_SETSIG = 10


def hold(lifeline: int) -> None:
    if sys.platform == "linux":
        import fcntl

        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(lifeline, _F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
        os.set_inheritable(lifeline, True)
    elif os.fork() == 0:
        # Not the function's output: nobody would see the end of it.
        os.closerange(0, lifeline)
        os.read(lifeline, 1)
        os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    lifeline, *command = sys.argv[1:]
    hold(int(lifeline))
    if os.environ.get("LC_CTYPE") == "C.UTF-8":
        # Python put it there itself, because this host does not have the locale that Lambda has (PEP 538).
        del os.environ["LC_CTYPE"]
    # As a shell leaves it: Python ignores SIGPIPE, and its children would too.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execv(command[0], command)
    except OSError as error:
        # What commands we make ourselves are there: it is the function's own `bootstrap`.
        import runpy

        refusal = runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), "invalid_entrypoint.py"))
        refusal["refuse"](refusal["why"](error, command[0]))
        sys.exit(1)


if __name__ == "__main__":
    main()
