"""The trusted side: runs the test cells of the instructor's notebook and reaches the verdict.

A test cell runs here, in the judge's own namespace, with its own NumPy. A name that the student had to
define is looked up in the worker: data comes by value, functions and classes as stand-ins. Verdict,
expected values, tests and seeds never leave this process.
"""

from __future__ import annotations

import asyncio
import base64
import builtins
import contextlib
import inspect
import io
import marshal
import os
import signal
import time
import types
from collections.abc import Iterator
from typing import Any

from ..sandbox.records import is_record
from . import guard, questions
from .clock import Clock
from .lending import FILES, OBJECTS, PICTURES, Files, Pictures, objects_of
from .link import GRACE, Link, OutOfTime, WorkerLost
from .outcome import Outcome
from .randomness import all_random_state, random_state, set_random_state
from .shell import Shell
from .standin import NotPlain, StudentError, super_
from .verdicts import Verdict, is_number, lines_in, verdict_of_error, verdict_of_value

CHANGES = "It changes values in place, or returns one that it was given, and the test only passes because of that."

_bind = dict.__setitem__  # called for every assignment in a loop of a test


class Namespace(dict):
    """The globals of the test cells: the judge's own names, and the student's, fetched on demand."""

    def __init__(self, link: Link):
        super().__init__(
            __name__="__main__",
            get_ipython=lambda: Shell(self),
            display=lambda *args, **kwargs: None,
            isinstance=questions.isinstance_,
            issubclass=questions.issubclass_,
            type=questions.type_,
            super=super_,
        )
        self.link = link
        self.students: frozenset[str] = frozenset()
        self.down: frozenset[str] = frozenset()  # names that the student's code also reads: see `__setitem__`
        self.pictures: Pictures | None = None  # if the test is lent the worker's
        self.classes: dict[str, Any] = {}  # the judge's own, if the test has the worker's

    def __setitem__(self, name: str, value: Any) -> None:
        """Binds a name; if the reference's functions read it, the worker is told before its next request.

        For a built-in name of Python, it is told only if the name is now a function: ``sum = 0`` concerns only the
        test, while ``sorted = refuse`` forbids it to the student's code.
        """
        if name in self.classes:
            self.classes[name] = value
            return
        _bind(self, name, self.pictures.of(name, value) if self.pictures else value)
        if name in self.down:
            forbids = callable(value) and not isinstance(value, type)
            if forbids or not hasattr(builtins, name):
                self.link.down[name] = (value,)

    def bound_anew(self, name: str) -> None:
        """Drops what the test bound to a student's name that a function of the student's has bound since."""
        if name in self.down & self.students:
            super().pop(name, None)

    def __delitem__(self, name: str) -> None:
        if super().__contains__(name) or name not in self.students:
            super().__delitem__(name)
        if name in self.down:
            self.link.down[name] = ()

    def __missing__(self, name: str) -> Any:
        if name not in self.students:
            raise KeyError(name)
        try:
            return self.link.name(name)
        except StudentError as error:
            if "NameError" in error.info["bases"]:
                error.info["undefined"] = name
            raise

    def __contains__(self, name: Any) -> bool:
        with contextlib.suppress(KeyError, NameError):
            self[name]
            return True
        return False

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default

    def keys(self) -> Any:
        """The names for ``dir()``: the judge's own, and the student's that exist."""
        there = self.link.ask("names", path="dir()") if self.students else ()
        return dict.fromkeys([*super().keys(), *(name for name in there if name in self.students)]).keys()


class Main(types.ModuleType):
    """``__main__`` of the test cells, for `unittest.main`, `patch("__main__.f")` and the like: the namespace."""

    def __init__(self, namespace: Namespace):
        super().__init__("__main__")
        object.__setattr__(self, "_namespace", namespace)

    def __getattribute__(self, name: str) -> Any:
        namespace = object.__getattribute__(self, "_namespace")
        if name == "__dict__":
            return namespace
        if name.startswith("__") and not dict.__contains__(namespace, name):
            return object.__getattribute__(self, name)
        try:
            return namespace[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        namespace = object.__getattribute__(self, "_namespace")
        namespace[name] = value
        if name in namespace.students:
            namespace.link.down[name] = (value,)

    def __delattr__(self, name: str) -> None:
        namespace = object.__getattribute__(self, "_namespace")
        del namespace[name]
        if name in namespace.students:
            namespace.link.down[name] = ()

    def __dir__(self) -> list[str]:
        return list(object.__getattribute__(self, "_namespace").keys())


def _is_own_class(value: Any) -> bool:
    return isinstance(value, type) and value.__module__ == "__main__"


class Judge:
    """Runs the judge's share of one notebook: given cells and test cells, in the order of the plan."""

    def __init__(self, link: Link, cell_seconds: float):
        self.link = link
        self.namespace = Namespace(link)
        link.channel.record_class = self._record_class
        self.cell_seconds = cell_seconds
        self.folder = os.getcwd()
        self.classes: frozenset[str] = frozenset()  # defined by given cells
        self.loop: asyncio.AbstractEventLoop | None = None  # created for the first cell that awaits something

    @contextlib.contextmanager
    def against(self, link: Link, in_step: bool = True) -> Iterator[None]:
        """A context in which the student's names are looked up over this link.

        ``in_step``: the worker there has run the same given cells as the usual one.
        """
        usual = self.link
        if in_step and link is not usual:
            link.in_step_as(usual)
        self.link = self.namespace.link = link
        link.channel.record_class = self._record_class
        try:
            yield
        finally:
            self.link = self.namespace.link = usual

    def _record_class(self, name: str) -> type | None:
        """The judge's own class of a record, if such objects cross in this test."""
        kind = dict.get(self.namespace, name) if name in self.link.records else None
        return kind if is_record(kind) else None

    def run_given(self, code: str) -> None:
        """Runs one of the instructor's own cells (imports, data), compiled by `compiled`. Errors are raised."""
        before = dict(self.namespace)
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            guard.of_the_instructor(),
        ):
            self._value_of(code)
        bound = {name for name, value in dict.items(self.namespace) if value is not before.get(name)}
        self.classes |= {name for name in bound if _is_own_class(self.namespace[name])}
        self.link.in_step()

    def run_test(
        self,
        name: str,
        code: str,
        points: float,
        students: frozenset[str],
        changes: frozenset[str] | None,
        hidden: frozenset[int] = frozenset(),
        down: frozenset[str] = frozenset(),
        borrowed: frozenset[str] = frozenset(),
        lent: frozenset[str] = frozenset(),
        classes: tuple[tuple[str, str], ...] = (),
    ) -> Verdict:
        """Runs a test cell and returns the verdict.

        Args:
            name: the cell's grade_id.
            code: the cell, compiled by `compiled` under the file name ``<name>``.
            students: the names that belong to the student at this point of the notebook.
            hidden: the numbers of the lines that the student may not see.
            down: the names that the cell binds or deletes, and that the student's functions read.
            borrowed: modules, imported here, that only solution cells import: without that import the name is missing.
            changes: what the reference changes in place here (`Link.changed`); None while that is being recorded.
            lent: what the worker lends to the test (see `lending`).
            classes: (name, source) of classes of the test cells that are also defined in the worker, since their
                objects are handed to the student's code.

        If the student's code changes anything else in place, such changes are kept out, and the cell is run once more
        with them: it has to pass both ways.
        """
        link, self.link.thrown = self.link, []
        link.hidden, link.hidden_called = (f"<{name}>", hidden), False
        for student_name in students:
            self.namespace.pop(student_name, None)
        missing = self._not_there(borrowed)
        away = {module: dict.pop(self.namespace, module) for module in missing if module in self.namespace}
        self.namespace.students, self.namespace.down = students | missing, down
        link.begin(changes)
        with self._lending(lent), self._handing(classes) as records:
            records |= {kind for kind in self.classes if is_record(dict.get(self.namespace, kind))}
            link.gets_objects(records, (self.classes | self.namespace.classes.keys()) - records, OBJECTS in lent)
            began = all_random_state()
            verdict = self._run_twice(name, code, points, changes)
        self.namespace.down = frozenset()
        self.namespace.update(away)
        verdict.hidden_called, verdict.began = link.hidden_called, began
        return verdict

    def _run_twice(self, name: str, code: str, points: float, changes: frozenset[str] | None) -> Verdict:
        """Runs a test cell; a second time if the student's code changed in place what the reference did not.

        Such changes are kept out the first time: the second time, the code may know what the test compares with.
        """
        link, before = self.link, dict(self.namespace)
        state = random_state()
        link.begin(changes, refusing=True)
        link.bound_anew = self.namespace.bound_anew
        careful = self._run(name, code, points)
        doubtful = link.strayed and not link.lost
        undone = link.channel.undo_changes(all_of_them=doubtful)
        link.forget()
        if not doubtful:
            return careful
        if not undone:
            careful.outcome, careful.score, careful.message = Outcome.FAILED, 0.0, CHANGES
            return careful
        self.namespace.clear()
        self.namespace.update(before)
        set_random_state(state)
        link.begin(changes)
        if link.files:
            link.files.begin_again()
        verdict = self._run(name, code, points)
        link.channel.undo_changes(all_of_them=False)
        link.forget()
        if (careful.score or 0) < (verdict.score or 0):
            careful.message = CHANGES
            return careful
        return verdict

    @contextlib.contextmanager
    def _lending(self, lent: frozenset[str]) -> Iterator[None]:
        """A context in which the worker lends the test these things; what it cannot give, the test has itself."""
        link, namespace, away = self.link, self.namespace, {}
        link.allow(self.cell_seconds)
        with contextlib.suppress(WorkerLost, NotPlain, Exception):
            if PICTURES in lent:
                pictures = Pictures(link, dict(namespace))
                stand_ins = {name: pictures.of(name, value) for name, value in pictures.instead.items()}
                namespace.pictures = pictures
                for name in pictures.students:
                    dict.pop(namespace, name)
                namespace.students |= pictures.students
                dict.update(namespace, {n: value for n, value in stand_ins.items() if n not in pictures.students})
            if OBJECTS in lent:
                objects = objects_of(namespace) & frozenset(link.ask("names"))
                away = {name: dict.pop(namespace, name) for name in objects}
                namespace.students |= objects
            if FILES in lent:
                link.files = Files(link, self.folder)
                link.files.exchange()
        try:
            yield
        finally:
            dict.update(namespace, away | (namespace.pictures.instead if namespace.pictures else {}))
            if link.files:
                link.files.end()
            namespace.pictures, link.files = None, None

    @contextlib.contextmanager
    def _handing(self, classes: tuple[tuple[str, str], ...]) -> Iterator[frozenset[str]]:
        """A context in which the worker also has these classes of the test cells; gives the names of record classes.

        Only the worker has the others: the judge's own, which the cell may define meanwhile, are set aside.
        """
        namespace = self.namespace
        records = frozenset(name for name, source in classes if self._makes_record(name, source))
        namespace.classes = {name: dict.pop(namespace, name, None) for name, _ in classes if name not in records}
        self.link.allow(self.cell_seconds)
        with contextlib.suppress(WorkerLost, NotPlain, Exception):
            for name, source in classes:
                self.link.ask("define", name=name, source=source)
        namespace.students |= frozenset(namespace.classes)
        try:
            yield records
        finally:
            own, namespace.classes = namespace.classes, {}
            dict.update(namespace, {name: value for name, value in own.items() if value is not None})

    def _makes_record(self, name: str, source: str) -> bool:
        """Whether a class statement defines a class of records."""
        scratch = dict(self.namespace)
        with contextlib.suppress(Exception):
            exec(source, scratch)
        return is_record(scratch.get(name))

    def _not_there(self, names: frozenset[str]) -> frozenset[str]:
        """Which of these names the student has not bound; none if the worker cannot say."""
        self.link.allow(self.cell_seconds)
        with contextlib.suppress(WorkerLost, Exception):
            return names.difference(self.link.ask("names")) if names else names
        return frozenset()

    def _run(self, name: str, code: str, points: float) -> Verdict:
        link, started = self.link, time.monotonic()
        try:
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
                _clock(link.allow(self.cell_seconds)),
            ):
                value = self._value_of(code)
            verdict = self._value(name, value, points)
        except BaseException as error:
            verdict = verdict_of_error(error, name)
            verdict.lines = tuple(lines_in(error, name))
        verdict.calls, verdict.changes, verdict.mutates = link.calls, link.changed(), link.mutated
        verdict.files = link.files.given if link.files else {}
        verdict.seconds = time.monotonic() - started
        link.allow(self.cell_seconds)
        with contextlib.suppress(WorkerLost, Exception):  # what the test put back is there for later tests
            link.send_down()
        link.clock = None
        return verdict

    def _value_of(self, code: str) -> Any:
        """Runs a cell in the judge's namespace; returns its last value."""
        if not code:
            raise SyntaxError("only IPython can run this cell")
        body, last = marshal.loads(base64.b64decode(code))
        self._run_code(body)
        return self._run_code(last) if last else None

    def _run_code(self, code: types.CodeType) -> Any:
        """Runs a part of a cell; if it awaits something, in the event loop that all cells share."""
        value = eval(code, self.namespace)
        if not code.co_flags & inspect.CO_COROUTINE:
            return value
        self.loop = self.loop or asyncio.new_event_loop()
        return self.loop.run_until_complete(value)

    def _value(self, name: str, value: Any, points: float) -> Verdict:
        """The verdict from the cell's last value: if the reference gave a number, nothing else is full marks."""
        path = f"the value of {name}"
        kind = "number" if is_number(value) else "other"
        wanted = (self.link.expected or {}).get(path)
        self.link.recorded[path] = {kind}
        if wanted == ("number",) and kind != "number":
            message = "the points of this test are computed from your results, which do not give a number"
            return Verdict(Outcome.FAILED, 0.0, message, error={"refused": True})
        return verdict_of_value(value, points)


@contextlib.contextmanager
def _clock(clock: Clock) -> Iterator[None]:
    """Stops the judge's own code a little after the worker's time is up, in case the test cell never ends."""

    def ring(signum: int, frame: object) -> None:
        if (left := clock.left(2 * GRACE)) <= 0:
            raise OutOfTime
        signal.setitimer(signal.ITIMER_REAL, max(left, 0.01))

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, clock.left(2 * GRACE))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
