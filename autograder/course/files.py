"""Files that a student may have made: read without following links, without waiting, and up to a size.

A submitted folder may contain a link to the grader's own files, a pipe that nobody writes to, a file that may not be
read, or a million files. Every file of a submission that the grader opens is opened here.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

# Without following links, without waiting; Windows has only the last.
_OPEN_ONLY = ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
_READ = os.O_RDONLY | sum(getattr(os, name, 0) for name in _OPEN_ONLY)
MAX_ENTRIES, MAX_NESTING = 10_000, 50  # files and folders of one submission, folders within folders


class NotRegular(OSError):
    """A link, a folder, a pipe or a device where a file should be."""


class TooLarge(OSError):
    """The file is larger than the reader's limit."""


def read_regular(path: Path, limit: int) -> bytes:
    """The content of a regular file.

    Args:
        limit: its largest size in bytes.

    Raises:
        NotRegular, TooLarge: as their names say.
        OSError: it does not exist, or may not be read.
    """
    try:
        if not hasattr(os, "O_NOFOLLOW") and path.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        descriptor = os.open(path, _READ)
    except OSError as error:
        if path.is_symlink():
            raise NotRegular(error.errno, "is a link", str(path)) from None
        raise
    with open(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise NotRegular(0, "is not a regular file", str(path))
        content = file.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(0, f"is larger than {_size(limit)}", str(path))
    return content


def regular_files(folder: Path, links: bool = False) -> Iterator[tuple[str, os.stat_result]]:
    """The regular files below a folder in order, as paths within it, with their status; links are left out.

    Args:
        links: whether a link to a regular file counts as that file. Only for the instructor's own folders.

    Raises OSError if there are too many, or folders are nested too deeply.
    """
    left = MAX_ENTRIES
    waiting = [("", 0)]
    while waiting:
        inside, depth = waiting.pop()
        entries = []
        with contextlib.suppress(PermissionError), os.scandir(folder / inside) as found:
            for entry in found:
                left -= 1
                if left < 0:
                    raise OSError(0, f"holds more than {MAX_ENTRIES:,} files", str(folder))
                entries.append(entry)
        folders = []
        for entry in sorted(entries, key=lambda entry: entry.name):
            path = f"{inside}/{entry.name}" if inside else entry.name
            if entry.is_dir(follow_symlinks=False):
                if depth >= MAX_NESTING:
                    raise OSError(0, "nests folders too deeply", str(folder))
                folders.append((path, depth + 1))
            elif entry.is_file(follow_symlinks=links):
                yield path, entry.stat(follow_symlinks=links)
        waiting.extend(reversed(folders))


def is_ignored(path: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns matches the name of a file, or of a folder that it is in, by nbgrader's rule.

    That is the shell's rule: a pattern that contains a folder matches nothing, and a pattern matches a hidden name only
    if it begins with a dot itself.
    """
    return any(
        fnmatchcase(name, pattern) and (name[0] != "." or pattern[0] == ".")
        for name in path.split("/")
        for pattern in patterns
    )


def _size(limit: int) -> str:
    return f"{limit >> 20} MB" if limit >= 1 << 20 else f"{limit:,} bytes"
