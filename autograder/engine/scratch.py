"""The scratch folder of a submission: filled, monitored, and removed with everything in it."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from ..course.limits import Limits

MAX_THREADS = 256  # of one worker; the kernel itself has no limit for root
MEMORY_SHARES = 3  # of its limit: for the cells, for the waiting copies, for the running test
MAX_NESTING = 100  # folders within folders
BLOCK = 4096  # bytes that even the smallest file occupies


def fill(scratch: Path, given: dict[str, bytes], handed_in: dict[str, bytes], uid: int | None) -> None:
    """Copies the assignment's own files, then the files handed in beside the notebook as far as they can be placed."""
    for name, content in given.items():
        path = scratch / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, content in handed_in.items():
        path = scratch / name
        if name in given or ".." in path.parts or scratch not in path.parents:
            continue
        with contextlib.suppress(OSError, ValueError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    if uid is not None:
        for path in (scratch, *scratch.rglob("*")):
            os.chown(path, uid, uid)


def remove(folder: Path) -> None:
    """Removes a folder with everything in it: also folders too deep to walk, or closed to their owner."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for command in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
            subprocess.run([*command, str(folder)], stderr=subprocess.DEVNULL)


def remove_leftovers() -> None:
    """Removes the scratch folders of graders that were killed."""
    for folder in Path(tempfile.gettempdir()).glob("grading-*-*"):
        if has_ended(folder.name.split("-")[1]) and os.access(folder, os.W_OK):
            remove(folder)


def has_ended(process: str) -> bool:
    """Whether this is a process id of this machine, and that process is gone."""
    return process.isdigit() and not Path(f"/proc/{process}").exists()


def excess(scratch: Path, worker: int, limits: Limits, held: int) -> str:
    """Which resource the submission uses too much of, among those that the kernel itself does not limit.

    Args:
        worker: the id of its process group.
        held: bytes of memory that each of its processes had from the start.
    """
    threads, memory = _used_by(worker, held)
    if threads > MAX_THREADS:
        return f"it started more than {MAX_THREADS} threads"
    if memory > MEMORY_SHARES * limits.memory:
        return "its processes used too much memory together"
    total, folders = 0, [(str(scratch), 0)]
    while folders and total <= limits.scratch:
        folder, depth = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    total += max(entry.stat(follow_symlinks=False).st_size, BLOCK)
                    if entry.is_dir(follow_symlinks=False):
                        folders.append((entry.path, depth + 1))
        except OSError as error:
            if error.errno == errno.EACCES and os.path.lexists(folder):
                return "it closed a folder, so that nobody can see its content"
            depth = MAX_NESTING + 1 if error.errno == errno.ENAMETOOLONG else depth
        if depth > MAX_NESTING:
            return "it nested folders too deeply"
    return "it filled its scratch folder" if total > limits.scratch else ""


def _used_by(group: int, held: int) -> tuple[int, int]:
    """The threads of a process group besides the first of each process, and its memory beyond what each `held`."""
    threads = memory = 0
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError, ValueError, IndexError):  # not a process, or it has ended meanwhile
            fields = _read(f"/proc/{name}/stat").rsplit(b")", 1)[1].split() if name.isdigit() else []
            if int(fields[2]) == group:
                threads += int(fields[17]) - 1
                memory += max(memory_of(int(name)) - held, 0)
    return threads, memory


def memory_of(process: int) -> int:
    """Bytes of memory of a process that no file backs; 0 if the system does not say."""
    with contextlib.suppress(OSError):
        lines = (line.split() for line in _read(f"/proc/{process}/status").splitlines())
        return sum(int(line[1]) << 10 for line in lines if line[0] in (b"RssAnon:", b"RssShmem:", b"VmSwap:"))
    return 0


def _read(path: str) -> bytes:
    """The start of a system file about one process: hundreds are read many times a second."""
    file = os.open(path, os.O_RDONLY)
    try:
        return os.read(file, 1 << 14)
    finally:
        os.close(file)
