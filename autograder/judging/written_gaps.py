"""The student's files that lack values (NaN, for example) where the reference's have some: see `gaps`.

A test that has passed on such a file is run on the reference, with the student's files in place of the reference's,
and a wrong number, or text, for each missing value.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from .diagnosis import replay
from .gaps import IN_ORDER, NAMED, _Played, other_letters
from .plan import JudgeStep
from .verdicts import Verdict

Written = Mapping[str, Sequence[bytes]]  # each version written into a file
_NPY = b"\x93NUMPY"
# What readers do not accept as a number; in a table some only as a whole field. Empty fields and lists are filled.
_IN_JSON = re.compile(r"(?<![\w\"])(?:NaN|-?Infinity|null)(?![\w\"])|(?<=\[)(?=\s*\])")
_IN_TABLE = re.compile(
    r"(?i)(?<![^\s,;])[-+]?(?:nan|inf|infinity)(?![^\s,;])|(?<![^,;\t\n])(?:#?n/?a|<na>|none|nat|null)(?![^,;\t\r\n])"
    r"|(?<=[,;\t])(?=[,;\t\r\n]|$)|(?m:^)(?=[,;\t])"
)


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
    score = right().score or 0
    for wrong in (False, True):
        files = _Instead(written, Path(folder), wrong)
        if (replay(step, "", "", [], files=files).score or 0) < score:
            return files.path  # None if the student's own files already give something else
    return None


class _Instead:
    """Gives the student's files in a replay; replaces `lending.Files`.

    Args:
        wrong: whether to put wrong values in place of missing ones.
    """

    def __init__(self, written: Written, folder: Path, wrong: bool):
        self.given, self.folder, self.wrong = written, folder, wrong
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
        if self.wrong:
            with contextlib.suppress(Exception):  # from bytes that are not an array, or not text
                made = _filled_array(given, right) if given.startswith(_NPY) else _filled_text(given, right)
        if made != given:
            self.path = self.path or path
        (self.folder / path).write_bytes(made)
        return made


def _may_lack_some(content: bytes) -> bool:
    if content.startswith(_NPY):
        return True
    with contextlib.suppress(UnicodeDecodeError):
        text = content.decode()
        return not text.strip() or bool(_no_value(text).search(text))
    return False


def _filled_text(given: bytes, right: bytes) -> bytes:
    text, other = given.decode(), right.decode()
    if not text.strip():
        return other_letters(other).encode()
    no_value = _no_value(text)
    lacks_more = len(no_value.findall(text)) > len(no_value.findall(other))
    return no_value.sub("1e6", text).encode() if lacks_more else given


def _no_value(text: str) -> re.Pattern[str]:
    return _IN_JSON if text.lstrip().startswith(("{", "[")) else _IN_TABLE


def _filled_array(given: bytes, right: bytes) -> bytes:
    mine, other = (np.load(io.BytesIO(content), allow_pickle=False) for content in (given, right))
    made = _Played([], [], IN_ORDER)._filled(mine, other)
    if made is mine:
        return given
    file = io.BytesIO()
    np.save(file, made)
    return file.getvalue()
