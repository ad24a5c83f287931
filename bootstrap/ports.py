"""Who listens on a port: for the sentence that a busy one deserves."""

from __future__ import annotations

import contextlib
import errno
import shutil
import socket
import subprocess
from pathlib import Path

_LISTEN = "0A"
"""TCP_LISTEN in /proc/net/tcp: proc_net_tcp(5)."""


def is_free(host: str, port: int) -> bool:
    """Whether `port` can be listened on. True when only trying will tell, for instance without the right to."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True


def holder(port: int) -> str:
    """For instance ``python3 -m http.server (pid 1234)``; "" when it cannot be known."""
    if Path("/proc/net/tcp").exists():
        pid = _holder_from_proc(port)
        return f"{_command(pid)} (pid {pid})" if pid else ""
    return _holder_from_lsof(port)


def _holder_from_proc(port: int) -> int | None:
    sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
    if not sockets:
        return None
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _open_files(entry) & sockets:
            return int(entry.name)
    return None


def _open_files(process: Path) -> set[str]:
    """What the descriptors of a process lead to; nothing for another user's process or one that has just ended."""
    found = set()
    with contextlib.suppress(OSError):
        for link in (process / "fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                found.add(str(link.readlink()))
    return found


def _inodes(port: int) -> list[str]:
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        path = Path(table)
        lines = path.read_text(encoding="ascii").splitlines()[1:] if path.exists() else []
        for fields in (line.split() for line in lines):
            if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                found.append(fields[9])
    return found


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return "a process"
    text = " ".join(word.decode(errors="replace") for word in words if word)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _holder_from_lsof(port: int) -> str:
    tool = shutil.which("lsof")
    if tool is None:
        return ""
    asked = subprocess.run(
        [tool, "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"], capture_output=True, text=True, check=False
    )
    found = {line[0]: line[1:] for line in asked.stdout.splitlines() if line}
    return f"{found.get('c', 'a process')} (pid {found['p']})" if "p" in found else ""
