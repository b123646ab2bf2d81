"""Folders that are made beside their place, and put there whole: by whoever else is at it, or was killed at it."""

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
    """How the names of this machine's temporary folders beside `final` begin; the number of the process follows."""
    return f".{final.name}-{socket.gethostname()}-"


def remove_leftovers(final: Path) -> None:
    """Removes what a run of this machine left behind that was killed."""
    for folder in final.parent.glob(f"{glob.escape(_beside(final))}*"):
        if has_ended(folder.name.removeprefix(_beside(final)).split("-")[0]):
            shutil.rmtree(folder, ignore_errors=True)


def temporary(final: Path) -> Path:
    """A new folder beside `final`, named after this process."""
    return Path(tempfile.mkdtemp(dir=final.parent, prefix=f"{_beside(final)}{os.getpid()}-"))


def replace_folder(made: Path, final: Path) -> None:
    """Puts a finished folder in the place of an old one (if any), whoever else does the same just now."""
    while True:
        try:
            made.rename(final)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        old = temporary(final)
        with contextlib.suppress(FileNotFoundError):  # the other one was first
            final.rename(old / "folder")
        for path in (old, *old.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(old, ignore_errors=True)


def share(made: Path, permissions: str | int | None, group: bool) -> None:
    """Gives a made folder the permissions that nbgrader's configuration asks for.

    Args:
        permissions: of each file, in octal digits; None leaves them.
        group: whether the folders, and those above them, are to be the group's too.
    """
    if permissions is None:
        return
    for path in (made, *made.rglob("*")):
        path.chmod(path.stat().st_mode | (0o2770 if group else 0) if path.is_dir() else int(str(permissions), 8))
    for folder in (made.parent, made.parent.parent) if group else ():
        with contextlib.suppress(PermissionError):  # another instructor's, who has shared it
            folder.chmod(folder.stat().st_mode | 0o2770)
