"""The door to processes, on both ways of noticing an end."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from groundcloud.runtime.process import FunctionProcess


@pytest.mark.parametrize("pidfd", [sys.platform == "linux", False])
def test_output_and_status(tmp_path: Path, pidfd: bool) -> None:
    async def run() -> tuple[bytes, int]:
        output = bytearray()
        ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        process = FunctionProcess.spawn(["/bin/sh", "-c", "pwd; echo $ONLY >&2; exit 3"], {"ONLY": "this"}, tmp_path)
        process.watch(output.extend, ended.set_result, pidfd=pidfd)
        status = await asyncio.wait_for(ended, 60)
        return bytes(output), status

    output, status = asyncio.run(run())
    assert output == f"{tmp_path}\nthis\n".encode()
    assert status == 3


def test_output_that_is_left_in_the_pipe_is_read_when_it_is_wanted_and_after_a_while(tmp_path: Path) -> None:
    async def run() -> tuple[bytes, bytes]:
        output = bytearray()
        ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        process = FunctionProcess.spawn(["/bin/sh", "-c", "echo first; echo last"], {}, tmp_path)
        process.watch(output.extend, ended.set_result)
        process.look_later()
        while not output:
            process.drain()
            await asyncio.sleep(0)
        drained = bytes(output)
        process.look_later()
        await asyncio.wait_for(ended, 60)
        return drained, bytes(output)

    drained, everything = asyncio.run(run())
    assert drained.startswith(b"first\n")
    assert everything == b"first\nlast\n"


@pytest.mark.parametrize("pidfd", [sys.platform == "linux", False])
def test_kill(tmp_path: Path, pidfd: bool) -> None:
    async def run() -> int:
        ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        process = FunctionProcess.spawn(["/bin/sh", "-c", "trap '' TERM; sleep 60 & wait"], {}, tmp_path)
        process.watch(lambda data: None, ended.set_result, pidfd=pidfd)
        process.kill()
        status = await asyncio.wait_for(ended, 60)
        process.kill()
        return status

    assert asyncio.run(run()) == -9


def test_what_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FunctionProcess.spawn([str(tmp_path / "nothing")], {}, tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_peak_memory_is_told_while_there_is_a_process_and_its_file_is_let_go_with_it(tmp_path: Path) -> None:
    async def run() -> tuple[list[int | None], set[str], set[str]]:
        ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        process = FunctionProcess.spawn(["/bin/sh", "-c", "sleep 60"], {}, tmp_path)
        process.watch(lambda data: None, ended.set_result)
        peaks = [process.peak_memory(), process.peak_memory()]
        opened = _open_files(f"/proc/{process.pid}/status")
        process.kill()
        await asyncio.wait_for(ended, 30)
        return [*peaks, process.peak_memory()], opened, _open_files(f"/proc/{process.pid}/status")

    (first, second, after), opened, left = asyncio.run(run())
    assert first
    assert second
    assert after is None
    assert len(opened) == 1
    assert not left


def _open_files(name: str) -> set[str]:
    links = Path("/proc/self/fd")
    return {link.name for link in links.iterdir() if link.is_symlink() and str(_target(link)) == name}


def _target(link: Path) -> Path:
    try:
        return link.readlink()
    except FileNotFoundError:
        return link
