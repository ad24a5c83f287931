"""The parent of environments: imports once what every function needs, and forks a process for each.

Run as ``python -I -S zygote.py SOCKET SETTINGS``: the number of a connected SOCK_SEQPACKET socket, and JSON:
``client`` ("awslambdaric", "pure", or "" for commands only), ``sandbox`` (whether to try), ``runtime_dir``,
``folders``, ``processes`` (and threads, that an environment may have), ``spare_mb`` (/tmp of a spare,
0 for no spare).
It answers ``{"sandbox", "error", "modules"}`` when it is ready, then serves requests, one packet each, until the socket
closes:

    the members of `Birth` (isolation/zygotes.py) + output, status, lifeline    →    {"pid"} + a pidfd, or {"error"}

When nothing has been asked for a while, a *spare* environment is forked ahead (sandbox and client only): it has
rehearsed what functions do first, and becomes the next one's. Once there are many requests, most are forked.

Each environment is two processes. The *init* waits for the other and writes its exit status (``S<number>``) to the
status socket; when it is killed the whole environment is gone. The *main* process runs the function, after it has told
its pid (``P``, with credentials). ``F<reason>``: there is no environment, it could not be made.

Single-threaded, standard library only.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import socket
import sys
import time
import types
from importlib.util import module_from_spec, spec_from_file_location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


HERE = os.path.dirname(os.path.abspath(__file__))
RUNTIME = "/var/runtime"
LIFELINE = 3
OPEN_FILES = 1024
"""AWS: file descriptors of one environment."""

QUIET_SECONDS = 0.3
"""After so long without a request a spare is made: it takes a processor for some 30 ms."""

_PACKET = 1 << 18
_PDEATHSIG = 1


def load(name: str) -> Any:
    """A module beside this one, under no name that a function could import."""
    spec = spec_from_file_location("lambda_" + name, os.path.join(HERE, name + ".py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Spare:
    """The zygote's end of an environment that waits for what it is to be."""

    def __init__(self, pid: int, door: socket.socket) -> None:
        self.pid = pid
        self.pidfd = os.pidfd_open(pid)
        self._door = door

    def take(self, packet: bytes, fds: list[int]) -> bool:
        """Let it become what was asked for; False when it is gone."""
        try:
            if select.select([self.pidfd], [], [], 0)[0]:
                return False
            socket.send_fds(self._door, [packet], fds)
        except OSError:
            return False
        return True

    def close(self) -> None:
        os.close(self.pidfd)
        self._door.close()


class Zygote:
    """Prepared → serving; in a child, `serve` returns what that child is to run."""

    def __init__(self, control: socket.socket, settings: dict[str, Any]) -> None:
        self._control = control
        self._settings = settings
        self._sandbox: Any = None
        self._reaper: Any = None
        self._preload: Any = None
        self._client: Any = None
        self._spare: Spare | None = None
        self._filling: list[object] = []

    def prepare(self) -> None:
        error = ""
        if not self._settings["sandbox"]:
            self._reaper = load("reaper")
        else:
            module: Any = load("sandbox")
            try:
                module.enter(self._runtime(), [*self._settings["folders"], HERE])
                self._sandbox = module
            except OSError as failure:
                error = str(failure)
        if error:
            # Half a sandbox is none: whoever asked starts another without.
            self._control.send(json.dumps({"sandbox": False, "error": error, "modules": []}).encode())
            return
        if self._settings["client"]:
            sys.path.append(RUNTIME if self._sandbox else self._settings["runtime_dir"])
            self._preload = load("preload")
            self._client = self._preload.preload(self._settings["client"], load)
            if self._sandbox:
                sys.path.remove(RUNTIME)
            else:
                sys.path.remove(self._settings["runtime_dir"])
        # The children of inits that end are nobody's to wait for.
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        self._filling = load("compact").compact()
        modules = sorted({name.partition(".")[0] for name in sys.modules})
        ready = {"sandbox": self._sandbox is not None, "error": "", "modules": modules}
        self._control.send(json.dumps(ready).encode())

    def _runtime(self) -> dict[str, str]:
        folder = self._settings["runtime_dir"]
        if not folder:
            return {}
        return {name: os.path.realpath(os.path.join(folder, name)) for name in os.listdir(folder)}

    def serve(self) -> tuple[dict[str, Any], Any]:
        """Fork on request; only children return, with their request and the runtime client."""
        while True:
            if self._is_quiet():
                request = self._make_spare()
                if request is not None:
                    return request, self._client
            packet, fds, _, _ = socket.recv_fds(self._control, _PACKET, 3)
            if not packet:
                os._exit(0)
            request = json.loads(packet)
            if self._take_spare(request, packet, fds):
                continue
            try:
                pid = self._sandbox.clone() if self._sandbox else os.fork()
            except OSError as error:
                self._control.send(json.dumps({"error": str(error)}).encode())
            else:
                if not pid:
                    self._init(request, *fds)
                    return request, self._client
                descriptor = os.pidfd_open(pid)
                self._tell(pid, descriptor)
                os.close(descriptor)
            for descriptor in fds:
                os.close(descriptor)

    def _tell(self, pid: int, descriptor: int) -> None:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))]
        self._control.sendmsg([json.dumps({"pid": pid}).encode()], rights)

    # what is forked ahead

    def _is_quiet(self) -> bool:
        """Whether a spare is wanted, and nobody asks for anything meanwhile."""
        if self._client is None or self._sandbox is None or self._spare is not None or not self._settings["spare_mb"]:
            return False
        return not select.select([self._control], [], [], QUIET_SECONDS)[0]

    def _take_spare(self, request: dict[str, Any], packet: bytes, fds: list[int]) -> bool:
        """Give the request to the spare; False when there is none, or it will not do."""
        if self._spare is None or request["command"] or request["tmp_mb"] != self._settings["spare_mb"]:
            return False
        spare, self._spare = self._spare, None
        taken = spare.take(packet, fds)
        if taken:
            self._tell(spare.pid, spare.pidfd)
            for descriptor in fds:
                os.close(descriptor)
        spare.close()
        return taken

    def _make_spare(self) -> dict[str, Any] | None:
        """In the spare's second process: what it is to be, once it has become that. None in the zygote."""
        door, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            pid = self._sandbox.clone()
        except OSError:
            # There is no room for it; who needs an environment is told.
            pid = -1
        if not pid:
            door.close()
            return self._wait_as_spare(other)
        other.close()
        if pid < 0:
            door.close()
        else:
            self._spare = Spare(pid, door)
        return None

    def _wait_as_spare(self, door: socket.socket) -> dict[str, Any]:
        """The first process of a spare hands on to the second what it is asked for. Returns in the second only."""
        self._begin()
        self._sandbox.prepare(self._settings["spare_mb"], self._settings["processes"])
        inner, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        main = os.fork()
        if not main:
            door.close()
            inner.close()
            return self._rehearse(other)
        other.close()
        packet, fds, _, _ = socket.recv_fds(door, _PACKET, 3)
        if not packet:
            os._exit(0)
        output, status, lifeline = fds
        pipe = socket.socket(fileno=status)
        try:
            self._sandbox.furnish(json.loads(packet))
            socket.send_fds(inner, [packet], fds)
        except OSError as error:
            pipe.send(f"F{error}".encode())
            os._exit(1)
        door.close()
        inner.close()
        os.close(output)
        os.close(lifeline)
        _wait_for(main, pipe, None)

    def _rehearse(self, door: socket.socket) -> dict[str, Any]:
        sys.path.append(RUNTIME)
        self._preload.rehearse()
        sys.path.remove(RUNTIME)
        packet, fds, _, _ = socket.recv_fds(door, _PACKET, 3)
        if not packet:
            os._exit(0)
        request: dict[str, Any] = json.loads(packet)
        output, status, lifeline = fds
        _become(
            request, output, lifeline, socket.socket(fileno=status), self._settings["processes"], self._sandbox, None
        )
        return request

    # what is forked when it is asked for

    def _begin(self) -> None:
        """The first process of an environment leaves the zygote."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._control.close()
        if self._spare is not None:
            self._spare.close()
        os.setsid()
        if self._sandbox:
            _die_with_parent()
        else:
            self._reaper.adopt()

    def _init(self, request: dict[str, Any], output: int, status: int, lifeline: int) -> None:
        """In the first process of an environment: returns in the second only."""
        self._begin()
        pipe = socket.socket(fileno=status)
        try:
            if self._sandbox:
                self._sandbox.prepare(request["tmp_mb"], self._settings["processes"])
                self._sandbox.furnish(request)
            main = os.fork()
        except OSError as error:
            pipe.send(f"F{error}".encode())
            os._exit(1)
        if main:
            os.close(output)
            os.close(lifeline)
            _wait_for(main, pipe, self._reaper)
        _become(request, output, lifeline, pipe, self._settings["processes"], self._sandbox, self._reaper)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _wait_for(main: int, pipe: socket.socket, reaper: Any) -> NoReturn:
    """Collect every child until `main` ends; all others end with this process: in a sandbox the kernel sees to that,
    else the `reaper`."""
    while True:
        pid, status = os.wait()
        if pid == main:
            with contextlib.suppress(OSError):
                # Nobody may be there any more to be told.
                pipe.send(f"S{os.waitstatus_to_exitcode(status)}".encode())
            if reaper is not None:
                reaper.sweep()
            os._exit(0)


def _become(
    request: dict[str, Any],
    output: int,
    lifeline: int,
    pipe: socket.socket,
    processes: int,
    sandbox: Any,
    reaper: Any,
) -> None:
    """Turn this process into the function's: its descriptors, limits, user, folder and variables, nothing else's."""
    try:
        null = os.open("/dev/null", os.O_RDONLY)
        for source, target in ((null, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        if sandbox:
            sandbox.drop(processes)
        else:
            reaper.forget()
            _die_with_parent()
            reaper.bound(processes)
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.umask(0o022)
        os.chdir(request["task_root"])
        pipe.send(b"P")
    except OSError as error:
        pipe.send(f"F{error}".encode())
        os._exit(1)
    pipe.detach()
    # A command guards itself by the lifeline; a function's init has promised to die with the zygote.
    kept = 3
    if request["command"]:
        os.dup2(lifeline, LIFELINE)
        kept = LIFELINE + 1
    os.closerange(kept, OPEN_FILES)
    os.environ.clear()
    os.environ.update(request["environ"])


def _run_command(command: list[str], refusal: Any) -> NoReturn:
    # As exec leaves them: Python ignores SIGPIPE, and children of Python would too.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execve(command[0], command, os.environ)
    except OSError as error:
        # What commands we make ourselves are there: it is the function's own `bootstrap`.
        refusal.refuse(refusal.why(error, command[0]))
        os._exit(1)


def _run_function(request: dict[str, Any], client: Any) -> None:
    """Hand over to the runtime client, with the modules and paths that a fresh interpreter would have."""
    time.tzset()
    sys.argv = ["bootstrap"]
    sys.path[:] = [*request["before"], *sys.path, *request["after"]]
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = __builtins__
    for name in ("__main__", "__mp_main__"):
        # The second is what multiprocessing calls the first, where something has loaded it.
        if name in sys.modules:
            sys.modules[name] = main
    sys.path_importer_cache.clear()
    os.environ["_LAMBDA_TELEMETRY_LOG_FD"] = str(os.dup(1))
    client(request["handler"])


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = json.loads(sys.argv[2])
    zygote = Zygote(control, settings)
    refusal = None if settings["client"] else load("invalid_entrypoint")
    zygote.prepare()
    request, client = zygote.serve()
    if request["command"]:
        _run_command(request["command"], refusal)
    _run_function(request, client)


if __name__ == "__main__":
    main()
