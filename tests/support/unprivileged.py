"""Runs a program as a user who is not root, who may make user namespaces or may not: with the tools of util-linux."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

NOBODY = 65534
_FORBID = "echo 0 > /proc/sys/user/max_user_namespaces && exec "
_PATH = "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
_DROP = ["setpriv", "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all"]


def command(program: list[str], home: Path, *, namespaces: bool) -> list[str]:
    """What runs `program` so; `home` becomes that user's. Without `namespaces` it runs in a user namespace in which no
    further one may be made."""
    environ = ["env", "-i", _PATH, f"HOME={home}", "PYTHONDONTWRITEBYTECODE=1"]
    inner = [*environ, *program]
    if not namespaces:
        forbidden = _FORBID + shlex.join([*_DROP, *program])
        inner = [*environ, "unshare", "-U", "--map-user=1000", "--keep-caps", "sh", "-c", forbidden]
    if os.geteuid() != 0:
        return inner
    os.chown(home, NOBODY, NOBODY)
    as_nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *inner]
    return ["unshare", "-m", "sh", "-ec", f"{_opened(home)}\nexec {shlex.join(as_nobody)}"]


def reason_not_to() -> str:
    """Why this host cannot do so; "" when it can."""
    if sys.platform != "linux":
        return "only Linux has namespaces"
    if not shutil.which("unshare") or not shutil.which("setpriv"):
        return "this host has no util-linux"
    tried = subprocess.run(["unshare", "-m" if os.geteuid() == 0 else "-U", "true"], capture_output=True, check=False)
    return tried.stderr.decode()


def _opened(home: Path) -> str:
    """Commands that let anyone through to the interpreter, below a home folder that is closed to others, in a mount
    namespace of our own: nothing changes on the host."""
    prefix = Path(sys.base_prefix)
    closed = [folder for folder in reversed(prefix.parents) if not folder.stat().st_mode & 0o001]
    if not closed:
        return ""
    top, kept = closed[0], home / ".closed"
    kept.mkdir()
    seen, inside = shlex.quote(str(prefix)), shlex.quote(str(kept / prefix.relative_to(top)))
    return (
        f"mount --bind {top} {kept}\nmount -t tmpfs -o mode=755 tmpfs {top}\n"
        f"mkdir -p {seen}\nmount --bind {inside} {seen}"
    )
