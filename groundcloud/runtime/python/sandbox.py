"""What a function sees of a Linux host: a file system, processes and a user of its own, as on Lambda.

    zygote, once:        enter()      a root of its own: /usr, /etc, … read-only, six devices, empty /tmp and /opt
    each environment:    clone()      new mount, process and IPC namespaces; the first process in it is pid 1
                         prepare()    /tmp of its own, /proc of its own
                         furnish()    /var/task and /opt read-only, nothing of the host any more
                         drop()       another user, who may not undo any of it

Works as root and, where the host allows user namespaces, as anyone. Runs inside a function's process, on any Python
from 3.10: standard library only, and of that little. https://man7.org/linux/man-pages/man7/user_namespaces.7.html
"""

from __future__ import annotations

# A sandbox is made of plain paths and descriptors; pathlib would cost each start some ms.
import ctypes
import os
import resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NEWNS, _NEWIPC, _NEWUSER, _NEWPID = 0x00020000, 0x08000000, 0x10000000, 0x20000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_DETACH = 2
_SET_DUMPABLE, _NO_NEW_PRIVS = 4, 38
_SIGCHLD = 17
_CLONE_CALL = {"x86_64": 56, "aarch64": 220}
_PIVOT_CALL = {"x86_64": 155, "aarch64": 41}

HOST = "/.host"
"""Where the host's file system is until `furnish` has taken what it needs."""

USER, GROUP = 993, 990
"""Lambda's: sbx_user1051."""

_SHARED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "nix", "gnu")
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    arguments = (source.encode(), target.encode(), kind.encode() if kind else None)
    _check(_libc.mount(*arguments, ctypes.c_ulong(flags), data.encode() or None), f"mount {target}")


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _new_user(uid: int, gid: int, more: int = 0) -> None:
    """Become `uid` in a user namespace of its own, which outside is the same user as before."""
    outer, group = os.getuid(), os.getgid()
    _check(_libc.unshare(_NEWUSER | more), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {outer} 1")
    _write("/proc/self/gid_map", f"{gid} {group} 1")


def _read_only(target: str) -> None:
    # What is locked (nosuid, nodev, …) must be kept; the kernel refuses otherwise.
    flags = os.statvfs(target).f_flag & (_NOSUID | _NODEV | _NOEXEC)
    _mount("none", target, None, _REMOUNT | _BIND | _RDONLY | flags)


def bind(source: str, target: str) -> None:
    """Show `source` of the host at `target`, read-only."""
    source = HOST + source
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_RDONLY, 0o444))
    _mount(source, target, None, _BIND | _REC)
    _read_only(target)


def enter(runtime: dict[str, str], folders: list[str]) -> None:
    """Leave the host's file system for one of our own. Raises `OSError` where the host does not allow it.

    `runtime` are names in /var/runtime and what they are on the host; `folders` are shown where they are.
    """
    machine = os.uname().machine
    if machine not in _CLONE_CALL:
        raise OSError(f"no sandbox on {machine}")
    resolver = os.path.realpath("/etc/resolv.conf")
    _new_user(0, 0, _NEWNS)
    _mount("none", "/", None, _REC | _PRIVATE)
    # Any folder that is always there will do; what was in it is back once the root has moved.
    _mount("root", "/sys", "tmpfs", _NOSUID | _NODEV, "mode=755,size=16m")
    os.mkdir("/sys" + HOST)
    os.chdir("/sys")
    _check(_libc.syscall(_PIVOT_CALL[machine], b".", b"." + HOST.encode()), "pivot_root")
    os.chdir("/")
    _fill_root()
    for name, source in runtime.items():
        bind(source, "/var/runtime/" + name)
    for folder in folders:
        show(folder)
    if os.path.exists(HOST + resolver):
        show(os.path.dirname(resolver))


def show(folder: str) -> None:
    """Show a folder of the host where it is, unless it is seen already.

    An empty one is not: all environments share the root's own files, so another may have left a place to mount on.
    """
    if not os.path.exists(folder) or (os.path.isdir(folder) and not os.listdir(folder)):
        bind(folder, folder)


def _fill_root() -> None:
    for name in _SHARED:
        if os.path.islink(f"{HOST}/{name}"):
            os.symlink(os.readlink(f"{HOST}/{name}"), "/" + name)
        elif os.path.isdir(f"{HOST}/{name}"):
            bind("/" + name, "/" + name)
    os.mkdir("/proc")
    _mount(HOST + "/proc", "/proc", None, _BIND | _REC)
    os.mkdir("/dev")
    for name in _DEVICES:
        if os.path.exists(f"{HOST}/dev/{name}"):
            os.close(os.open(f"/dev/{name}", os.O_CREAT))
            _mount(f"{HOST}/dev/{name}", f"/dev/{name}", None, _BIND)
    for name, aim in _LINKS.items():
        os.symlink(aim, f"/dev/{name}")
    if os.path.isdir(HOST + "/sys/devices/system/cpu"):
        bind("/sys/devices/system/cpu", "/sys/devices/system/cpu")
    # The folders for libraries must be there when the loader first looks, or it never looks again.
    for folder in ("/var/task/lib", "/var/runtime", "/opt/lib", "/opt/bin", "/tmp"):
        os.makedirs(folder)
    if os.path.exists("/etc/passwd"):
        with open("/.passwd", "w") as file:
            file.write(f"sbx_user1051:x:{USER}:{GROUP}::/home/sbx_user1051:/sbin/nologin\n")
        _mount("/.passwd", "/etc/passwd", None, _BIND)
        _read_only("/etc/passwd")


def clone() -> int:
    """Like fork; the child is the first process in namespaces of its own."""
    number = _CLONE_CALL[os.uname().machine]
    flags = _NEWNS | _NEWIPC | _NEWPID | _SIGCHLD
    return _check(int(_libc.syscall(number, ctypes.c_ulong(flags), 0, 0, 0, 0)), "clone")


def prepare(tmp_mb: int, processes: int) -> None:
    """Give the environment its /tmp and /proc: what need not know yet whose it will be."""
    _mount("tmp", "/tmp", "tmpfs", _NOSUID | _NODEV, f"mode=1777,size={tmp_mb}m")
    try:
        _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
        # Since Linux 6.14 each process namespace has its own; root is not bound by RLIMIT_NPROC.
        _write("/proc/sys/kernel/pid_max", str(processes))
    except OSError:
        # Where parts of /proc are hidden (in a container) it cannot be mounted anew: the host's is seen.
        pass


def furnish(birth: dict[str, Any]) -> None:
    """Give the environment its code and layers, and take the host's file system away. After `prepare`: what is shown
    may itself be below the host's /tmp, and would be covered by a later mount."""
    for name, source in birth["runtime"].items():
        bind(source, "/var/runtime/" + name)
    for folder in birth["folders"]:
        show(folder)
    bind(birth["code"], "/var/task")
    if birth["opt"] is not None:
        bind(birth["opt"], "/opt")
    _check(_libc.umount2(HOST.encode(), _DETACH), "umount")
    _read_only("/")


def drop(processes: int) -> None:
    """Become Lambda's user, without any right over the sandbox."""
    _new_user(USER, GROUP)
    resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    # Changing the user makes a process undumpable, and what is in its /proc unreadable to itself.
    _libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0)
    _libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)


def main() -> None:
    """Try: make a sandbox for a process that does nothing. The exit status tells; the reason is on stderr."""
    folder = os.getcwd()
    enter({}, [])
    pid = clone()
    if not pid:
        prepare(1, 1024)
        furnish({"runtime": {}, "folders": [], "code": folder, "opt": None})
        main_pid = os.fork()
        if not main_pid:
            drop(1024)
            os._exit(0)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(main_pid, 0)[1]) != 0)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0)


if __name__ == "__main__":
    main()
