"""The student's files that lack values (NaN, for example) where the reference's have some: see `gaps`.

A test that has passed on such a file is run on the reference, with the student's files in place of the reference's,
and a wrong number, or text, for each missing value. A table that ends after its header gets wrong rows, if the test
accepts the reference's rows after that header.
"""

from __future__ import annotations

import contextlib
import io
import pickle
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .diagnosis import replay
from .gaps import IN_ORDER, NAMED, _Played, other_letters
from .plan import JudgeStep
from .texts import filled_text, gaps_in_text, has_no_rows, with_rows_of
from .verdicts import Verdict

Written = Mapping[str, Sequence[bytes]]  # each version written into a file
_NPY, _NPZ, _PICKLE = b"\x93NUMPY", b"PK\x03\x04", b"\x80"  # how these files begin
_MOST = 64 << 20  # bytes of the arrays in one file
_GIVEN, _LONGER, _WRONG = range(3)  # what a replay gets: the student's files, with the right rows, with wrong values


def path_of_written_gap(written: Written, right: Callable[[], Verdict], step: JudgeStep, folder: str) -> str | None:
    """The path of such a file; None if there is none, or if the test mentions NaN by name.

    Args:
        written: the student's files that the test was given.
        right: runs the test on the reference.
        folder: where the test runs.
    """
    if NAMED.search(step.source) or not any(
        _may_lack_some(content) for contents in written.values() for content in contents
    ):
        return None
    played, with_rows = right(), True
    for way, sign in ((_GIVEN, 1), (_LONGER, 1), (_WRONG, 1), (_WRONG, -1)):
        files = _Instead(written, Path(folder), _Way(way, sign, with_rows, "pickle" in step.source))
        if (replay(step, "", "", [], files=files, began=played.began).score or 0) < (played.score or 0):
            if way != _LONGER:
                return files.path  # None if the student's own files already give something else
            with_rows = False
    return None


@dataclass(frozen=True)
class _Way:
    """What a replay puts in place of the student's files.

    ``with_rows``: whether a table without rows gets some; ``pickles``: whether the test itself reads pickles.
    """

    way: int
    sign: int
    with_rows: bool
    pickles: bool


class _Instead:
    """Gives the student's files in a replay; replaces `lending.Files`."""

    def __init__(self, written: Written, folder: Path, way: _Way):
        self.given, self.folder, self.way = written, folder, way
        self.path: str | None = None  # of the first file that was changed
        self.known: dict[str, bytes | None] = {}  # their last content
        self.times: Counter[str] = Counter()
        self.calls: list[str] = [""]  # currently running
        for path in written:
            with contextlib.suppress(OSError):
                (folder / path).unlink()

    def exchange(self, call: str = "") -> None:
        """Runs before and after each call: what has changed after it was written by the reference."""
        ends = self.calls[-1:] == [call]
        for path, contents in self.given.items():
            now = self._read(path)
            if ends and now is not None and now != self.known.get(path):
                now = self._in_place_of(now, path, contents[min(self.times[path], len(contents) - 1)])
                self.times[path] += 1
            self.known[path] = now
        if ends:
            self.calls.pop()
        else:
            self.calls.append(call)

    def begin_again(self) -> None:
        """Does nothing: the replay is not judged a second time."""

    def end(self) -> None:
        """Does nothing: the caller clears the folder."""

    def _read(self, path: str) -> bytes | None:
        with contextlib.suppress(OSError):
            return (self.folder / path).read_bytes()
        return None

    def _in_place_of(self, right: bytes, path: str, given: bytes) -> bytes:
        made = given
        with contextlib.suppress(Exception):  # from bytes that are not what they begin like
            if self.way.way != _GIVEN and self.way.with_rows and has_no_rows(given.decode("utf-8", "replace")):
                off = self.way.sign if self.way.way == _WRONG else 0
                made = with_rows_of(given.decode(), right.decode(), off).encode()
            if self.way.way == _WRONG and made == given:
                made = _filled(given, right, self.way)
        if made != given:
            self.path = self.path or path
        (self.folder / path).write_bytes(made)
        return made


def _may_lack_some(content: bytes) -> bool:
    if content.startswith((_NPY, _NPZ, _PICKLE)):
        return True
    with contextlib.suppress(UnicodeDecodeError):
        text = content.decode()
        return has_no_rows(text) or gaps_in_text(text) > 0
    return False


def _filled(given: bytes, right: bytes, way: _Way) -> bytes:
    if given.startswith(_NPY):
        return _filled_array(given, right)
    if given.startswith(_NPZ):
        return _filled_arrays(given, right)
    if given.startswith(_PICKLE):
        return _filled_pickle(given, right, way.sign) if way.pickles else given
    return _filled_text(given, right)


def _filled_text(given: bytes, right: bytes) -> bytes:
    text, other = given.decode(), right.decode()
    if not text.strip():
        return other_letters(other).encode()
    return filled_text(text).encode() if gaps_in_text(text) > gaps_in_text(other) else given


def _filled_array(given: bytes, right: bytes) -> bytes:
    mine, other = (np.load(io.BytesIO(content), allow_pickle=False) for content in (given, right))
    made = _Played([], [], IN_ORDER)._filled(mine, other)
    if made is mine:
        return given
    file = io.BytesIO()
    np.save(file, made)
    return file.getvalue()


def _filled_arrays(given: bytes, right: bytes) -> bytes:
    files = [zipfile.ZipFile(io.BytesIO(content)) for content in (given, right)]
    if sum(info.file_size for file in files for info in file.infolist()) > _MOST:
        return given
    others = set(files[1].namelist())
    arrays = {name: files[0].read(name) for name in files[0].namelist()}
    filled = {name: _filled_array(one, files[1].read(name)) if name in others else one for name, one in arrays.items()}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, array in filled.items():
            archive.writestr(name, array)
    return given if filled == arrays else made.getvalue()


def _filled_pickle(given: bytes, right: bytes, sign: int) -> bytes:
    """Filled plain data: `guard` refuses everything else that a pickle may contain."""
    play = _Played([], [], IN_ORDER, sign)
    made = play._filled(pickle.loads(given), pickle.loads(right))
    return pickle.dumps(made) if play._changed else given
