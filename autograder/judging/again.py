"""The calls of a test, repeated: on the reference or a changed version of it, or on the student's code.

A call may involve an object that earlier calls made, changed, or passed to others. `leading_to` finds these calls, so
that an answer has the same history wherever it is computed.
"""

from __future__ import annotations

import contextlib
import copy
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from .compiling import REFERENCE, of_reference, run_reference
from .link import Call, Link, Opaque

MOST_LINES = 100_000  # that changed code may run: it may contain an endless loop

Ask = Callable[[str], Any]  # code for a cell of the reference -> its answer to the last of some calls
Chain = Sequence[Call]


class TooLong(BaseException):
    """Stops changed code that runs for too long."""


def leading_to(here: Call, calls: Chain) -> list[Call]:
    """The calls that an answer depends on, in order, and the call itself.

    They are the calls that made the objects involved, and earlier calls on these objects.
    """
    before = calls[: next(n for n, call in enumerate(calls) if call is here)]
    by_name = {number for call in calls if call.operation == "name" for number in _numbers(call.result)}
    needed = {id(here)}
    objects: set[int] = set()
    while True:
        chosen = [here, *(call for call in before if id(call) in needed)]
        objects = {n for call in chosen for n in (call.on, *_numbers([call.args, call.kwargs]))} - {-1}
        made = objects - by_name  # using a function or class does not change it
        more = {
            id(call)
            for call in before
            if objects.intersection(_numbers(call.result))
            or made.intersection((call.on, *_numbers([call.args, call.kwargs])))
        }
        if more <= needed:
            return [*(call for call in before if id(call) in needed), here]
        needed |= more


def _numbers(value: Any) -> Iterator[int]:
    """The numbers of the student's objects in a value."""
    if isinstance(value, Opaque):
        yield value.number
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, dict):
        yield from _numbers(list(value.values()))


def made_again(calls: Chain, named: Callable[[str], Any]) -> Any:
    """The answer to the last of these calls; raises what the code raises, and LookupError if a call cannot be made.

    Args:
        named: the value of a global name.
    """
    objects: dict[int, Any] = {}
    answer = None
    for call in calls:
        answer = _made(call, named, objects)
        pair(call.result, answer, objects)
    return answer


def _made(call: Call, named: Callable[[str], Any], objects: dict[int, Any]) -> Any:
    args, kwargs = (_with_objects(copy.deepcopy(part), objects) for part in (list(call.args), call.kwargs))
    if call.operation == "name":
        return named(call.name)
    on = objects[call.on] if call.on >= 0 else named(call.path.removesuffix("()"))
    match call.operation:
        case "attribute":
            return getattr(on, call.name)
        case "set_attribute":
            return setattr(on, call.name, args[0])
        case "method":
            return getattr(on, call.name)(*args, **kwargs)
        case "special":
            return getattr(type(on), call.name)(on, *args)
        case "call":
            return on(*args, **kwargs)
    raise LookupError(call.operation)


def _with_objects(value: Any, objects: dict[int, Any]) -> Any:
    if isinstance(value, Opaque):
        return objects[value.number]
    if type(value) in (list, tuple):
        return type(value)(_with_objects(item, objects) for item in value)
    if type(value) is dict:
        return {key: _with_objects(item, objects) for key, item in value.items()}
    return value


def pair(recorded: Any, answer: Any, objects: dict[int, Any], kind: Any = Opaque) -> None:
    """Notes which object of this run corresponds to each recorded object of this kind, by its `number`."""
    if isinstance(recorded, kind):
        objects.setdefault(recorded.number, answer)
    elif isinstance(recorded, list | tuple) and isinstance(answer, list | tuple):
        for one, other in zip(recorded, answer, strict=False):
            pair(one, other, objects, kind)
    elif isinstance(recorded, dict) and isinstance(answer, dict):
        for key in recorded.keys() & answer.keys():
            pair(recorded[key], answer[key], objects, kind)


class Reference:
    """The instructor's cells, run once, to be called with one of them changed.

    That takes a hundredth of the time of the whole test.
    """

    def __init__(self, cells: Sequence[tuple[str | None, str]]):
        self.names = run_reference(cells)

    def answer(self, calls: Chain, code: str = "") -> Any:
        """The answer to the last of some calls, with this code run after the cells; raises what the code raises."""
        kept = dict(self.names)
        try:
            with contextlib.redirect_stdout(io.StringIO()), never_too_long():
                exec(of_reference(code), self.names)
                return made_again(calls, self.names.__getitem__)
        finally:
            self.names.clear()
            self.names.update(kept)


@contextmanager
def never_too_long() -> Iterator[None]:
    """Stops reference code that runs more than `MOST_LINES` lines in this thread: TooLong."""
    left = MOST_LINES

    def count(frame: Any, event: str, argument: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename != REFERENCE:
            return None
        left -= 1
        if left < 0:
            raise TooLong
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        yield
    finally:
        sys.settrace(before)


# -- with other numbers -----------------------------------------------------------------------------------------------


def varied(calls: Chain) -> list[Call] | None:
    """The same calls with other numbers and text of the same kind and size; None if they have no numbers or text."""
    others = [replace(call, args=other(call.args), kwargs=other(call.kwargs)) for call in calls]
    same = all(repr((a.args, a.kwargs)) == repr((b.args, b.kwargs)) for a, b in zip(calls, others, strict=True))
    return None if same else others


def single_rows(call: Call) -> list[Call]:
    """The same call for each single row of its first array; arrays with as many rows are reduced alike."""
    given = [*call.args, *call.kwargs.values()]
    rows = next((len(x) for x in given if isinstance(x, np.ndarray) and x.ndim), 0)

    def only(number: int, value: Any) -> Any:
        fits = isinstance(value, np.ndarray) and value.ndim and len(value) == rows
        return value[number : number + 1] if fits else value

    return [
        replace(
            call,
            args=tuple(only(number, value) for value in call.args),
            kwargs={name: only(number, value) for name, value in call.kwargs.items()},
        )
        for number in range(rows if rows > 1 else 0)
    ]


def other(value: Any) -> Any:
    """Other floats, whole numbers and text. Arrays and lists of whole numbers stay: they may be labels or indices."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return (1.25 * value + 0.1 * np.cos(np.arange(value.size)).reshape(value.shape)).astype(value.dtype)
    if isinstance(value, float):
        return 1.25 * value + 0.1
    if type(value) is int:
        return value + 1
    if isinstance(value, str):
        return value[::-1] + value[:1]
    if isinstance(value, tuple) or (isinstance(value, list) and not any(type(item) is int for item in value)):
        return type(value)(map(other, value))
    if isinstance(value, dict):
        return {key: other(item) for key, item in value.items()}
    return value


# -- the student's code, called once more -----------------------------------------------------------------------------

SECONDS = 3.0  # for one more answer of the student's
ALTOGETHER = 6.0  # for all of them about one test


class Student:
    """The student's code, for calls beyond those of the test, where that does no harm.

    Args:
        used: the link to the worker that has answered the test.
        fresh: gives a link to one that has not; None if there can be none. It is called at most once.
    """

    def __init__(self, used: Link, fresh: Callable[[], Link | None]):
        self._used, self._make = used, fresh
        self._fresh: Link | None = None
        self._left = ALTOGETHER
        self._asked = False

    def fresh(self) -> Link | None:
        """A worker in which no call of the test has been made."""
        if not self._asked:
            self._asked = True
            self._fresh = self._make()
        return self._fresh

    def as_it_was(self) -> Student:
        """The same, with only the worker that has answered the test."""
        return Student(self._used, lambda: None)

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Removes a global name of the code, so that it finds Python's built-in of that name."""
        link = self.fresh() or self._used
        value = link.name(name)
        link.down[name] = ()
        try:
            yield
        finally:
            link.down[name] = (value,)

    def answer(self, calls: Chain) -> Any:
        """The answer to the last of some calls; raises what the code raises, or WorkerLost."""
        link = self.fresh() or self._used
        if self._left <= 0:
            raise TimeoutError("enough was asked")
        link.begin(None)  # the calls of the test are recorded, and stay as they are
        clock = link.allow(min(SECONDS, self._left))
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                return made_again(calls, link.name)
        finally:
            self._left -= clock.used()
