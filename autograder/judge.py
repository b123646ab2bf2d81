"""The trusted side: runs the test cells of the instructor's notebook and reaches the verdict.

A test cell runs here, in a namespace of the judge's own, with its own NumPy. A name that the student was to
define is looked up in the worker: data comes by value, functions and classes as stand-ins. Verdict,
expected values, tests and seeds never leave this process.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import copy
import io
import json
import math
import random
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from IPython.core.inputtransformer2 import TransformerManager

from . import wire
from .results import Outcome
from .standin import NotPlain, Standin, StudentError, exception_class, standin_class

GRACE = 3.0  # seconds after the soft limit until a silent worker is given up
MAX_REMEMBERED = 4 << 20  # bytes of one result kept for the diagnosis
MAX_CALLS = 200  # results kept for the diagnosis of one cell


class WorkerLost(Exception):
    """The worker died, broke the rules of the wire, or never came back; ``outcome`` says which."""

    def __init__(self, outcome: Outcome, message: str):
        super().__init__(message)
        self.outcome = outcome


class OutOfTime(BaseException):
    """The test cell itself, not the student's code, ran for too long."""


@dataclass
class Call:
    """One answer of the student's code, as the test saw it."""

    path: str
    result: Any = None
    error: str | None = None
    args: tuple = ()


@dataclass
class Verdict:
    """What a test cell came to."""

    outcome: Outcome
    score: float | None
    message: str = ""
    line: int | None = None  # of the test cell, where it failed
    seconds: float = 0.0
    calls: list[Call] = field(default_factory=list)
    error: dict | None = None  # the student's exception, if one ended the cell
    mutates: bool = False  # whether the student's code changed an argument in place


class Link:
    """The judge's end of the wire: asks the worker, and turns its answers into plain data and stand-ins.

    Args:
        sock: the socket to the worker.
        expected: what the reference gave at each path: ``{"softmax()": ["plain"], "MLP()": ["object", "__len__"]}``.
            None while the reference itself is being recorded.
    """

    def __init__(self, sock: socket.socket, expected: dict[str, list[str]] | None = None):
        self.channel = wire.Channel(sock, 0, self._stand_in, self._resolve)
        self.expected = expected
        self.recorded: dict[str, set[str]] = {}
        self.standins: dict[int, Any] = {}
        self.callbacks: list[Any] = []
        self.calls: list[Call] = []
        self.deadline: float | None = None
        self.path = ""
        self.lost: WorkerLost | None = None
        self.take_back = False
        self.soft_limit = True  # have the worker stop itself, too
        self.pushed = random_state()

    def ask(self, operation: str, path: str = "", **arguments: Any) -> Any:
        """Has the worker do one thing and returns the answer; an exception there is raised here."""
        if self.lost:
            raise self.lost
        message = {"op": operation, **arguments}
        if self.deadline is not None and self.soft_limit:
            message["limit"] = max(self.deadline - time.monotonic(), 0.01)
        if state := self._new_random_state():
            message["random"] = state
        self.path = path
        try:
            self.channel.send(message)
            reply = self._receive()
            while "callback" in reply:
                self.channel.send(self._called_back(reply))
                self.path = path
                reply = self._receive()
        except wire.PeerGone:
            self.lost = WorkerLost(Outcome.RAISED, "The Python process ended in the middle of the work.")
            raise self.lost from None
        except wire.WireError as error:
            self.lost = WorkerLost(Outcome.BREACH, f"The submission broke the rules of the wire: {error}.")
            raise self.lost from None
        except TimeoutError:
            self.lost = WorkerLost(Outcome.TIMEOUT, "The code did not come back within the time limit.")
            raise self.lost from None
        if self.take_back:
            self.channel.undo_changes()
        if printed := reply.get("printed"):
            sys.stdout.write(str(printed))
        if "raised" in reply:
            error = self._error(reply["raised"])
            if path:
                self._remember(Call(path, error=error.info["name"]))
            raise error
        value = reply.get("value")
        if path:
            self._remember(Call(path, _keep(value), args=_keep(tuple(arguments.get("args", ())))))
            self.recorded.setdefault(path, set()).add("plain" if not isinstance(value, Standin) else "object")
            if isinstance(value, Standin) and self.expected is not None and self.expected.get(path) == ["plain"]:
                raise NotPlain(f"{path} gives an object of type {value._name} where plain data was expected")
        return value

    def _receive(self) -> dict:
        reply = self.channel.receive(None if self.deadline is None else self.deadline + GRACE)
        if not reply.keys() & {"value", "raised", "callback"}:
            raise wire.WireError("an answer without content")
        return reply

    def _called_back(self, message: dict) -> dict:
        """Runs a function of the test's that the student's code called."""
        try:
            number, args, kwargs = message["callback"], message["args"], message["kwargs"]
            if type(number) is not int or not 0 <= number < len(self.callbacks):
                raise wire.WireError("unknown callback")
            if type(args) is not list or type(kwargs) is not dict:
                raise wire.WireError("malformed callback")
            return {"value": self.callbacks[number](*args, **kwargs)}
        except (wire.WireError, TimeoutError, WorkerLost):
            raise
        except Exception as error:
            return {"raised": [type(error).__name__, str(error)[:500]]}

    def _stand_in(self, value: Any) -> list:
        if isinstance(value, Standin):
            return ["h", value._number]
        if isinstance(value, type) and issubclass(value, StudentError) and "number" in value.info:
            return ["h", value.info["number"]]
        if isinstance(value, np.random.Generator):
            return ["G", json.dumps(value.bit_generator.state, default=np.ndarray.tolist)]
        if named := wire.by_name(value):
            return named
        if callable(value) and not isinstance(value, type):
            self.callbacks.append(value)
            return ["f", len(self.callbacks) - 1]
        raise wire.CannotCross(f"a {type(value).__name__} cannot be handed to the submission")

    def _resolve(self, node: list) -> Any:
        tag, number, kind, name, methods = node
        if tag == "f" or tag != "h" or type(number) is not int or type(name) is not str:
            raise wire.WireError("unknown tag")
        if number in self.standins:
            return self.standins[number]
        if kind == "exception":
            value: Any = exception_class(name, ["Exception"], {"number": number})
        else:
            value = standin_class(self._lent(methods))(self, number, name, self.path or name)
        self.standins[number] = value
        return value

    def _lent(self, methods: Any) -> frozenset[str]:
        """The special methods of an object at this path: the reference's, or those it has while that is recorded."""
        if self.expected is not None:
            return frozenset(self.expected.get(self.path, ()))
        names = frozenset(str(name) for name in methods)
        self.recorded.setdefault(self.path, set()).update(names)
        return names

    def _error(self, info: Any) -> StudentError:
        if type(info) is not dict or type(info.get("bases")) is not list or type(info.get("name")) is not str:
            raise wire.WireError("malformed error")
        info["bases"] = [str(base) for base in info["bases"]][:20]
        info["text"] = str(info.get("text", ""))
        own = info.pop("class", None)
        if isinstance(own, type) and issubclass(own, StudentError):
            own = type(info["name"], (own,), {"info": info})
        else:
            own = exception_class(info["name"], info["bases"], info)
        return own(info["text"])

    def _remember(self, call: Call) -> None:
        if len(self.calls) < MAX_CALLS:
            self.calls.append(call)

    def _new_random_state(self) -> dict:
        state = random_state()
        changed = {name: value for name, value in state.items() if not _same_state(value, self.pushed.get(name))}
        self.pushed = state
        return changed


class Namespace(dict):
    """The globals of the test cells: the judge's own names first, then the student's, fetched when asked for."""

    def __init__(self, link: Link):
        super().__init__(__name__="__main__", get_ipython=lambda: _Silent())
        self.link = link
        self.students: frozenset[str] = frozenset()

    def __missing__(self, name: str) -> Any:
        if name.startswith("__") or (name not in self.students and hasattr(builtins, name)):
            raise KeyError(name)
        try:
            return self.link.ask("name", name=name, path=name)
        except StudentError as error:
            if "NameError" in error.info["bases"]:
                error.info["undefined"] = name
            raise


class _Silent:
    """What ``get_ipython()`` gives in the judge: magics have nothing to do here."""

    def __getattr__(self, name: str):
        return lambda *args, **kwargs: None


class Judge:
    """Runs the judge's share of one notebook: given cells and test cells, in the order it is told."""

    def __init__(self, link: Link, cell_seconds: float):
        self.link = link
        self.namespace = Namespace(link)
        self.cell_seconds = cell_seconds

    def run_given(self, source: str) -> None:
        """Runs one of the instructor's own cells (imports, data). Errors are raised."""
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(transform(source), "<given>", "exec"), self.namespace)
        self.link.pushed = random_state()

    def run_test(
        self, name: str, source: str, points: float, students: frozenset[str], mutates: bool | None
    ) -> Verdict:
        """Runs a test cell and says what it came to.

        Args:
            name: the cell's grade_id.
            students: the names that belong to the student at this point of the notebook.
            mutates: whether the reference changes arguments in place here; None while that is being found out.

        Where the student's code changed an argument in place and the reference does not, the cell is
        run once more with such changes taken back: work that only passes by changing the test's inputs fails.
        """
        for student_name in students:
            self.namespace.pop(student_name, None)
        self.namespace.students = students
        before = dict(self.namespace)
        state = random_state()
        verdict, changed = self._run(name, source, points)
        verdict.mutates = changed
        if changed and mutates is False:
            self.link.channel.undo_changes()
        self.link.channel.forget_all()
        if changed and mutates is False and verdict.outcome in (Outcome.PASSED, Outcome.PARTIAL):
            self.namespace.clear()
            self.namespace.update(before)
            set_random_state(state)
            again, _ = self._run(name, source, points, take_back=True)
            self.link.channel.forget_all()
            if (again.score or 0) < (verdict.score or 0):
                again.message = "It changes its arguments in place, and the test only passes because of that."
                verdict = again
        return verdict

    def _run(self, name: str, source: str, points: float, take_back: bool = False) -> tuple[Verdict, bool]:
        link, started = self.link, time.monotonic()
        link.calls = []
        link.deadline = started + self.cell_seconds
        link.take_back = take_back
        try:
            body, last = split_last(transform(source), f"<{name}>")
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
                _clock(link.deadline),
            ):
                exec(body, self.namespace)
                value = eval(last, self.namespace) if last else None
            verdict = verdict_of_value(value, points)
        except BaseException as error:
            verdict = verdict_of_error(error, name)
        verdict.calls = link.calls
        verdict.seconds = time.monotonic() - started
        link.deadline = None
        return verdict, bool(link.channel.changed_by_peer)


@contextlib.contextmanager
def _clock(deadline: float):
    """Ends the judge's own code a little after the worker's deadline, should the test cell never end."""

    def ring(signum, frame):
        raise OutOfTime

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, max(deadline - time.monotonic(), 0) + 2 * GRACE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def transform(source: str) -> str:
    """Notebook source (with magics) to Python."""
    return TransformerManager().transform_cell(source)


def split_last(source: str, filename: str):
    """Code objects for all but the last expression, and for that expression (None where there is none)."""
    tree = ast.parse(source, filename)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
        last = compile(ast.Expression(tree.body.pop().value), filename, "eval")
    return compile(tree, filename, "exec"), last


def verdict_of_value(value: Any, points: float) -> Verdict:
    """nbgrader's rule: a number as the last value is the score, anything else is full marks.

    A NumPy scalar is a number too. What is below 0 or not finite counts as 0, what is above the maximum as the maximum.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
        return Verdict(Outcome.PASSED, points)
    score = float(value)
    score = 0.0 if math.isnan(score) else min(max(score, 0.0), points)
    outcome = Outcome.PASSED if score == points else Outcome.PARTIAL if score > 0 else Outcome.FAILED
    return Verdict(outcome, score, "" if score == points else f"Partial credit: {score:g} of {points:g} points.")


def verdict_of_error(error: BaseException, name: str) -> Verdict:
    """The outcome that an exception in a test cell stands for; the caller leaves out hidden assertions."""
    line = next(
        (f.lineno for f in reversed(traceback.extract_tb(error.__traceback__)) if f.filename == f"<{name}>"),
        None,
    )
    if isinstance(error, WorkerLost):
        return Verdict(error.outcome, 0.0, str(error), line)
    if isinstance(error, StudentError):
        return Verdict(outcome_of_student_error(error.info), 0.0, "", line, error=error.info)
    if isinstance(error, NotPlain):
        return Verdict(Outcome.FAILED, 0.0, str(error), line, error={"refused": True})
    if isinstance(error, AssertionError):
        return Verdict(Outcome.FAILED, 0.0, str(error), line, error={"assertion": True})
    if isinstance(error, OutOfTime):
        return Verdict(Outcome.TIMEOUT, 0.0, "The test did not finish within the time limit.", line)
    if isinstance(error, wire.CannotCross):
        return Verdict(Outcome.GRADER_ERROR, None, str(error), line)
    if isinstance(error, MemoryError):
        return Verdict(Outcome.MEMORY, 0.0, "The results did not fit into memory.", line)
    return Verdict(
        Outcome.FAILED,
        0.0,
        f"{type(error).__name__}: {error}",
        line,
        error={"unusable": type(error).__name__},
    )


def outcome_of_student_error(info: dict) -> Outcome:
    """The outcome that an exception in the student's own code stands for."""
    bases = info["bases"]
    if "NotImplementedError" in bases:
        return Outcome.NOT_ATTEMPTED
    if info["name"] == "TooSlow":
        return Outcome.TIMEOUT
    if "MemoryError" in bases:
        return Outcome.MEMORY
    if "PermissionError" in bases:
        return Outcome.BREACH
    return Outcome.RAISED


def random_state() -> dict[str, Any]:
    """The state of the global generators (torch's only where torch is in use)."""
    state = {"numpy": np.random.get_state(), "python": random.getstate()}
    if torch := sys.modules.get("torch"):
        state["torch"] = torch.get_rng_state()
    return state


def set_random_state(state: dict[str, Any]) -> None:
    """The reverse of `random_state`."""
    np.random.set_state(state["numpy"])
    random.setstate(state["python"])
    if "torch" in state:
        sys.modules["torch"].set_rng_state(state["torch"])


def _same_state(a: Any, b: Any) -> bool:
    if b is None or isinstance(a, tuple) and isinstance(a[0], str):
        return b is not None and a[2:] == b[2:] and np.array_equal(a[1], b[1])
    return bool((a == b).all()) if hasattr(a, "all") else a == b


def _keep(value: Any) -> Any:
    """A copy of a plain result for the diagnosis; None for what is too large to keep."""
    if isinstance(value, np.ndarray) and value.nbytes > MAX_REMEMBERED:
        return None
    try:
        return value if isinstance(value, Standin) else copy.deepcopy(value)
    except Exception:
        return None
