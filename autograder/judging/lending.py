"""What the worker lends to a test, if the reference would have a different result without it.

**Pictures.** A figure exists where it is drawn. In such a test, matplotlib and what builds on it are the worker's:
``plt`` is a stand-in, and so is the Axes that it gives, which can be handed to the student's functions.

**Files.** Regular files that the student's code writes are copied to the judge's folder, and those that the test writes
to the worker's, around each call. A file that the judge had before the test is never replaced, and nothing is copied
that Python could import. A file that the test has written stays as it is, unless the reference changes it there, too:
otherwise the test would compare with what the student's code made of it. A path in one of the two folders crosses
as one in the other (`wire.Channel.folders`).

**Objects.** The classes of given cells, and the objects that these cells make and that cannot cross by value, are the
worker's: objects that a test creates from such a class can be handed to the student's functions. Records (see
`sandbox.records`) need none of this.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import os
import secrets
import tempfile
import types
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ..sandbox.wire import DRAWING, WireError

PICTURES, FILES, OBJECTS = "pictures", "files", "objects"
MAX_FILES, MAX_BYTES = 200, 4 << 20  # that cross at once
MAX_PATH = 300
_ROUTINES = types.FunctionType | types.BuiltinFunctionType | types.MethodType
# Modules whose objects cross by value, or concern only the judge.
_BY_VALUE = frozenset(
    "builtins numpy pandas torch collections datetime decimal fractions pathlib random functools typing types unittest "
    "autograder matplotlib mpl_toolkits seaborn IPython".split()
)
Signature = tuple[int, int]  # the time of the last change, and the size


def draws(module: str) -> bool:
    """Whether a module belongs to matplotlib, or to a library that draws with it."""
    return module.partition(".")[0] in DRAWING


class Pictures:
    """The names of a namespace that refer to the worker's objects while a test runs."""

    def __init__(self, link: Any, namespace: dict[str, Any]):
        self.link = link
        self.instead = {name: value for name, value in namespace.items() if _is_drawn(value)}
        self.students = frozenset(name for name, value in self.instead.items() if _address(value) is None)

    def of(self, name: str, value: Any) -> Any:
        """What to bind in place of a value: the worker's own module, class or function of that name."""
        if (address := _address(value)) is None:
            return value
        self.instead.setdefault(name, value)
        return self.link.ask("library", path=".".join(filter(None, address)), module=address[0], name=address[1])


def _is_drawn(value: Any) -> bool:
    if isinstance(value, np.ndarray) and value.dtype.kind == "O":  # from plt.subplots(2)
        return value.size > 0 and draws(str(type(value.flat[0]).__module__))
    return _address(value) is not None or draws(str(type(value).__module__))


def _address(value: Any) -> tuple[str, str] | None:
    """The module, and the name in it, of a plotting module, class or function; None for any other value."""
    if isinstance(value, types.ModuleType):
        return (value.__name__, "") if draws(value.__name__) else None
    known = isinstance(value, type | types.FunctionType) and draws(str(value.__module__))
    return (value.__module__, value.__qualname__) if known else None


def objects_of(namespace: dict[str, Any]) -> frozenset[str]:
    """The names that are bound to the notebook's classes, and to objects that cannot cross by value."""
    return frozenset(name for name, value in namespace.items() if not name.startswith("__") and _is_object(value))


def _is_object(value: Any) -> bool:
    if isinstance(value, type):
        return value.__module__ == "__main__"
    if isinstance(value, _ROUTINES):
        return False
    return str(type(value).__module__).partition(".")[0] not in _BY_VALUE and not isinstance(value, types.ModuleType)


class _Names:
    """Names for `tempfile` that nobody can guess. In a test's record, each is known by its number."""

    def __init__(self) -> None:
        self.drawn: list[str] = []

    def __next__(self) -> str:
        self.drawn.append(secrets.token_hex(4))
        return self.drawn[-1]

    def numbered(self, path: str) -> str:
        """The path, the same in each run of a test."""
        for number, name in enumerate(self.drawn):
            path = path.replace(name, f"*{number}")
        return path


class Files:
    """The judge's folder while a test is lent the worker's files."""

    def __init__(self, link: Any, folder: str):
        self.link, self.folder = link, Path(folder)
        self.kept = set(_signatures(self.folder))  # the judge's own earlier files
        self.mine = _signatures(self.folder)  # as the worker knows them
        self.theirs: dict[str, Signature] = {}  # as the worker last reported them
        self.folders = _folders(self.folder)  # that the worker has, too
        self.copied: set[str] = set()
        self.given: dict[str, list[bytes]] = {}  # each version that the student's code has written
        self.versions: Counter[str] = Counter()  # how often the test has written a file,
        self.tests: set[str] = set()  # and files that are still as it wrote them
        self.names = self._name_anew()

    @staticmethod
    def _name_anew() -> _Names:
        names = vars(tempfile)["_name_sequence"] = _Names()
        return names

    def exchange(self, call: str = "") -> None:
        """Synchronises both folders, except for the judge's own files.

        ``call``: the path of the call that the student's code has answered, or is about to answer.
        """
        now, folders = _signatures(self.folder), _folders(self.folder)
        given: list[tuple[str, bytes | None]] = [(f"{path}/", b"") for path in sorted(folders - self.folders)]
        self.folders |= folders
        for path in now.keys() | self.mine.keys():
            if now.get(path) != self.mine.get(path):
                if now.get(path, (0, 0))[1] <= MAX_BYTES:
                    given.append((path, (self.folder / path).read_bytes() if path in now else None))
                self._note_written(path, path in now)
        self.mine = now
        known = tuple((path, *signature) for path, signature in self.theirs.items())
        changed, gone = self._checked(self.link.ask("files", given=tuple(given), known=known))
        for path, signature, content in changed:
            self.theirs[path] = signature
            if content is not None and _is_harmless(path) and self._may_change(path, call, content):
                self._write(path, content)
                self.given.setdefault(path, []).append(content)
                self.tests.discard(path)
        for path in gone:
            self.theirs.pop(path, None)
            if path in self.mine and self._may_change(path, call, None):
                self.tests.discard(path)
                with contextlib.suppress(OSError):
                    (self.folder / path).unlink()
        self.mine = _signatures(self.folder)

    def _note_written(self, path: str, there: bool) -> None:
        """Notes that the test has written or removed a file."""
        if there and not self.versions[path] and path not in self.theirs:
            self.link.note_file(self.names.numbered(path))
        self.versions[path] += 1
        if there:
            self.tests.add(path)
        else:
            self.tests.discard(path)

    def _may_change(self, path: str, call: str, content: bytes | None) -> bool:
        """Whether the judge's copy of a file takes on the student's version of it; None: the file is gone."""
        if path in self.kept:
            return False
        if path not in self.tests:  # except one that the test has yet to make
            known = path in self.versions or path in self.mine
            return known or not self.link.makes_file(self.names.numbered(path))
        if content is not None:
            with contextlib.suppress(OSError):
                if (self.folder / path).read_bytes() == content:
                    return False
        return bool(self.link.may_change_file(self.names.numbered(path), self.versions[path], call))

    def begin_again(self) -> None:
        """Removes what the test has made, before it is run once more."""
        for path in self.versions.keys() - self.kept:
            with contextlib.suppress(OSError):
                (self.folder / path).unlink()
        with contextlib.suppress(BaseException):
            self.exchange()
        self.versions.clear()
        self.tests.clear()
        self.given = {}
        self.names = self._name_anew()

    def end(self) -> None:
        """Removes what was copied."""
        for path in self.copied:
            with contextlib.suppress(OSError):
                (self.folder / path).unlink()

    def _write(self, path: str, content: bytes) -> None:
        target = self.folder / path
        with contextlib.suppress(OSError):
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.is_symlink():
                target.write_bytes(content)
                self.copied.add(path)

    @staticmethod
    def _checked(answer: Any) -> tuple[list[tuple[str, Signature, bytes | None]], list[str]]:
        """The worker's answer, of exact built-in types. Raises WireError."""
        try:
            changed, gone = answer
            rows = [(path, (time, size), content) for path, time, size, content in changed]
            kinds = [(str, int, int, bytes if content is not None else type(None)) for *_, content in rows]
            for (path, (time, size), content), expected in zip(rows, kinds, strict=True):
                if tuple(map(type, (path, time, size, content))) != expected:
                    raise TypeError
            if len(rows) > MAX_FILES or any(type(path) is not str for path in gone):
                raise TypeError
        except (TypeError, ValueError):
            raise WireError("malformed files") from None
        return rows, list(gone)


def _is_harmless(path: str) -> bool:
    """Whether a path leads into the folder, to a file that neither Python nor a library runs or takes settings from."""
    parts = PurePosixPath(path).parts
    return (
        len(path) <= MAX_PATH
        and "\0" not in path
        and not path.startswith("/")
        and bool(parts)
        and not any(part.startswith(".") or part == "__pycache__" for part in parts)
        and not path.endswith((*importlib.machinery.all_suffixes(), ".pth", "matplotlibrc"))
    )


def _signatures(folder: Path) -> dict[str, Signature]:
    """The regular files below a folder, by path."""
    found: dict[str, Signature] = {}
    for path in _regular(folder):
        with contextlib.suppress(OSError):
            status = path.stat()
            found[str(path.relative_to(folder))] = status.st_mtime_ns, status.st_size
    return found


def _folders(folder: Path) -> set[str]:
    return {os.path.relpath(parent, folder) for parent, _, _ in os.walk(folder)}


def _regular(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            if path.is_file() and not path.is_symlink():
                yield path


@contextlib.contextmanager
def nothing_left(folder: str, wanted: bool) -> Iterator[None]:
    """A context after which files that were made in it are gone."""
    before = set(_signatures(Path(folder))) if wanted else set()
    try:
        yield
    finally:
        for path in _signatures(Path(folder)).keys() - before if wanted else ():
            with contextlib.suppress(OSError):
                Path(folder, path).unlink()
