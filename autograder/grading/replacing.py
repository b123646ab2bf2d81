"""Folders made beside their final place and moved there as a whole, even if other runs do so or are killed."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import shutil
import socket
import tempfile
from pathlib import Path

from ..engine.scratch import has_ended


def _beside(final: Path) -> str:
    """The prefix of the names of this machine's temporary folders beside `final`; the process id follows."""
    return f".{final.name}-{socket.gethostname()}-"


def remove_leftovers(final: Path) -> None:
    """Removes what a killed run on this machine left behind."""
    for folder in final.parent.glob(f"{glob.escape(_beside(final))}*"):
        if has_ended(folder.name.removeprefix(_beside(final)).split("-")[0]):
            shutil.rmtree(folder, ignore_errors=True)


def temporary(final: Path) -> Path:
    """A new folder beside `final`, named after this process."""
    return Path(tempfile.mkdtemp(dir=final.parent, prefix=f"{_beside(final)}{os.getpid()}-"))


def replace_folder(made: Path, final: Path) -> None:
    """Replaces an old folder (if any) with a finished one, even if another process does the same now."""
    while True:
        try:
            made.rename(final)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        old = temporary(final)
        with contextlib.suppress(FileNotFoundError):  # the other process was first
            final.rename(old / "folder")
        for path in (old, *old.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(old, ignore_errors=True)


def share(made: Path, permissions: str | int | None, group: bool) -> None:
    """Gives a new folder the permissions of nbgrader's configuration.

    Args:
        permissions: of each file, in octal digits; None leaves them unchanged.
        group: whether the group also gets the folders, and those above them.
    """
    if permissions is None:
        return
    for path in (made, *made.rglob("*")):
        path.chmod(path.stat().st_mode | (0o2770 if group else 0) if path.is_dir() else int(str(permissions), 8))
    for folder in (made.parent, made.parent.parent) if group else ():
        with contextlib.suppress(PermissionError):  # it belongs to another instructor, who has shared it
            folder.chmod(folder.stat().st_mode | 0o2770)
