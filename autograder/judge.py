"""The trusted side: runs the test cells of the instructor's notebook and reaches the verdict.

A test cell runs here, in a namespace of the judge's own, with its own NumPy. A name that the student was to
define is looked up in the worker: data comes by value, functions and classes as stand-ins. Verdict,
expected values, tests and seeds never leave this process.
"""

from __future__ import annotations

import ast
import base64
import builtins
import contextlib
import copy
import ctypes
import functools
import io
import json
import marshal
import math
import random
import re
import signal
import socket
import sys
import time
import tokenize
import traceback
import types
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from IPython.core.inputtransformer2 import TransformerManager

from . import wire
from .results import Outcome
from .standin import NotPlain, Standin, StudentError, exception_class, standin_class
from .worker import MAX_WARNINGS

_MEASURING = re.compile(r"\A\s*%%(time|capture)[^\S\n]*\n")
GRACE = 3.0  # seconds after the soft limit until a silent worker is given up
MAX_REMEMBERED = 4 << 20  # bytes of one result kept for the diagnosis
MAX_CALLS = 200  # results kept for the diagnosis of one cell


class WorkerLost(BaseException):
    """The worker died, broke the rules of the wire, or did not come back in time; ``outcome`` says which.

    No ``except Exception`` of a test catches it, which would take it for an error of the student's.
    """

    def __init__(self, outcome: Outcome, message: str):
        super().__init__(message)
        self.outcome = outcome


class OutOfTime(BaseException):
    """The test cell itself, not the student's code, ran for too long."""


class Opaque:
    """What is kept for the diagnosis in place of an object of the student's: the name of its type."""


@dataclass
class Call:
    """One answer of the student's code, as the test saw it."""

    path: str
    result: Any = None
    error: str | None = None
    args: tuple = ()
    kwargs: dict = field(default_factory=dict)


@dataclass
class Verdict:
    """What a test cell came to."""

    outcome: Outcome
    score: float | None
    message: str = ""
    line: int | None = None  # of the test cell, where it failed
    lines: tuple[int, ...] = ()  # of the test cell, on the way there
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
        self.met_object = False  # whether the last answer held an object that is not plain data
        self.thrown: list[Exception] = []  # by the test's own functions, through the student's code
        self.names: dict[str, Any] = {}  # the student's, with the values they are bound to as far as we know
        self.generators: dict[int, tuple[Any, int, str]] = {}  # id -> (generator, number, state known to the worker)
        self.in_step()

    def in_step(self) -> None:
        """Notes that the worker has the judge's random state and settings, by having done the same."""
        self.pushed, self.seeded, self.settings = random_state(), _seeded, settings()
        self.marks = random_marks(self.pushed)

    def name(self, name: str) -> Any:
        """The value of a global name of the student's: asked for again only when a name was bound anew since.

        That is the worker's word, as the value is: were it a lie, the student would be judged by the older value.
        """
        if name in self.names and not self.lost:
            self._remember(Call(name, _keep(self.names[name])))
        else:
            self.names[name] = self.ask("name", name=name, path=name)
        return self.names[name]

    def forget(self) -> None:
        """Lets go of the values that came from the worker: from here on they may differ."""
        self.channel.forget_all()
        self.names.clear()

    def ask(self, operation: str, path: str = "", **arguments: Any) -> Any:
        """Has the worker do one thing and returns the answer; an exception there is raised here.

        Arguments of our own making are tuples: a list or a dict would be shared, and watched for changes ever after.
        """
        if self.lost:
            raise self.lost
        message = {"op": operation, **arguments}
        if self.deadline is not None and self.soft_limit:
            message["limit"] = max(self.deadline - time.monotonic(), 0.01)
        if state := self._new_random_state():
            message["random"] = tuple(state.items())
        if (now := settings()) != self.settings:
            self.settings = message["settings"] = now
        self.path, self.met_object = path, False
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
        except MemoryError:
            self.lost = WorkerLost(Outcome.MEMORY, "The results did not fit into memory.")
            raise self.lost from None
        except wire.CannotCross:
            self.generators = {key: (value, n, "") for key, (value, n, _) in self.generators.items()}  # not heard of
            raise
        if "rebound" in reply:
            self.names.clear()
        if self.take_back:
            self.channel.undo_changes()
        for stream, key in (sys.stdout, "printed"), (sys.stderr, "complained"):
            if printed := reply.get(key):
                stream.write(str(printed))
        if error := self._complaint(reply, path):
            if isinstance(error, StudentError) and outcome_of_student_error(error.info) is Outcome.TIMEOUT:
                raise WorkerLost(Outcome.TIMEOUT, "")
            if path:
                self._remember(Call(path, error=type(error).__name__))
            raise error
        value = reply.get("value")
        if path:
            given = _keep((arguments.get("args", ()), dict(arguments.get("kwargs", ())))) or ((), {})
            self._remember(Call(path, _keep(value), None, *given))
            found = {"object"} if isinstance(value, Standin) else {"plain", "inside"} if self.met_object else {"plain"}
            self.recorded.setdefault(path, set()).update(found)
            wanted = ["object"] if self.expected is None else self.expected.get(path, ["object"])
            if isinstance(value, Standin) and "object" not in wanted:
                raise NotPlain(path, value._name)
        return value

    def _receive(self) -> dict:
        reply = self.channel.receive(None if self.deadline is None else self.deadline + GRACE)
        if not reply.keys() & {"value", "raised", "callback"}:
            raise wire.WireError("an answer without content")
        if type(reply.get("raised", {})) is not dict:
            raise wire.WireError("malformed error")
        return reply

    def _called_back(self, message: dict) -> dict:
        """Runs a function of the test's that the student's code called."""
        self.names.clear()  # by which the student's code may have bound some of them anew
        try:
            number, args, kwargs = message["callback"], message["args"], message["kwargs"]
            if type(number) is not int or not 0 <= number < len(self.callbacks):
                raise wire.WireError("unknown callback")
            if type(args) is not tuple or type(kwargs) is not tuple:
                raise wire.WireError("malformed callback")
            return {"value": self.callbacks[number](*args, **dict(kwargs))}
        except (wire.WireError, TimeoutError, WorkerLost):
            raise
        except Exception as error:
            self.thrown.append(error)
            return {"raised": [type(error).__name__, str(error)[:500], len(self.thrown) - 1]}

    def _stand_in(self, value: Any) -> list:
        if isinstance(value, Standin):
            return ["h", value._number]
        if isinstance(value, type) and issubclass(value, StudentError) and "number" in value.info:
            return ["h", value.info["number"]]
        if isinstance(value, np.random.Generator | np.random.RandomState | random.Random):
            return self._generator(value)
        if isinstance(value, type) and wire.exception_bases(value.__name__) is value:
            return ["x", value.__name__]
        if isinstance(value, Exception) and wire.exception_bases(type(value).__name__) is type(value):
            return ["X", type(value).__name__, str(value)[:500]]
        if isinstance(value, types.TracebackType):
            return None  # of use to nobody, and it would show the test
        if named := wire.by_name(value):
            return named
        if callable(value) and not isinstance(value, type):
            self.callbacks.append(value)
            return ["f", len(self.callbacks) - 1, str(getattr(value, "__name__", "function"))]
        raise wire.CannotCross(f"a {type(value).__name__} cannot be handed to the submission")

    def _generator(self, value: Any) -> list:
        """A generator of random numbers: its state travels whenever it has moved here; never back."""
        kind = "Random" if isinstance(value, random.Random) else type(value).__name__
        if kind == "Random":
            state: Any = value.getstate()
        else:
            state = value.bit_generator.state if kind == "Generator" else value.get_state(legacy=False)
        text = json.dumps(state, default=np.ndarray.tolist)
        _, number, known = self.generators.get(id(value), (None, len(self.generators), ""))
        self.generators[id(value)] = value, number, text
        return ["G", number, kind, "" if known == text else text]

    def _resolve(self, node: list) -> Any:
        tag, number, kind, name, methods = node
        if tag == "f" or tag != "h" or type(number) is not int or type(name) is not str:
            raise wire.WireError("unknown tag")
        if number in self.standins:
            return self.standins[number]
        if kind == "exception":
            bases = [self._resolve(base) if type(base) is list else str(base) for base in methods]
            value: Any = exception_class(name, bases, {"number": number})
        else:
            known = self.expected is None or {"object", "inside"} & set(self.expected.get(self.path, ()))
            value = standin_class(self._lent(methods), not known)(self, number, name, self.path or name)
            self.met_object = True
        self.standins[number] = value
        return value

    def _lent(self, methods: Any) -> frozenset[str]:
        """The special methods of an object at this path: the reference's, or those it has while that is recorded."""
        if self.expected is not None:
            return frozenset(self.expected.get(self.path, ()))
        names = frozenset(str(name) for name in methods)
        self.recorded.setdefault(self.path, set()).update(names)
        return names

    def _complaint(self, reply: dict, path: str) -> Exception | None:
        """The exception that an answer brings: an error, or a warning that the test's filters make one."""
        try:
            _warn(reply.get("warned"))
        except Warning as warned:
            bases = [base.__name__ for base in type(warned).__mro__]
            return self._error({"name": bases[0], "bases": bases, "text": str(warned)}, path)
        return self._error(reply["raised"], path) if "raised" in reply else None

    def _error(self, said: Any, path: str) -> Exception:
        """The exception that an answer speaks of: one of the student's, or one that the test itself threw."""
        said = said if type(said) is dict else {}
        info: dict[str, Any] = {
            "name": _text(said.get("name"))[:200],
            "text": _text(said.get("text"))[:2000],
            "bases": [_text(base) for base in _list(said.get("bases"))][:20],
            "traceback": [_text(line) for line in _list(said.get("traceback"))][:40],
            "object": said.get("object"),
        }
        thrown = said.get("in_test")
        if type(thrown) is int and 0 <= thrown < len(self.thrown):
            return self.thrown[thrown]
        kind = said.get("class")
        if not (isinstance(kind, type) and issubclass(kind, StudentError)):
            kind = exception_class(info["name"], info["bases"])
        if issubclass(kind, StopIteration):
            # It would end the test's own loop in silence: it may only where the reference ends one, too.
            if self.expected is None:
                self.recorded.setdefault(path, set()).add("ends")
            elif "ends" not in self.expected.get(path, ()):
                kind = exception_class(info["name"], [])
        args = said.get("args")
        error = kind(*args) if type(args) is list else kind(info["text"])
        error.info = info
        return error

    def _remember(self, call: Call) -> None:
        if len(self.calls) < MAX_CALLS:
            self.calls.append(call)

    def _new_random_state(self) -> dict:
        if self.seeded == _seeded and random_marks(self.pushed) == self.marks:
            return {}
        state, before = random_state(), self.pushed if self.seeded == _seeded else {}
        changed = {name: value for name, value in state.items() if not _same_state(value, before.get(name))}
        self.pushed, self.seeded, self.marks = state, _seeded, random_marks(state)
        return changed


class Namespace(dict):
    """The globals of the test cells: the judge's own names first, then the student's, fetched when asked for."""

    def __init__(self, link: Link):
        super().__init__(__name__="__main__", get_ipython=lambda: _Shell(), display=lambda *args, **kwargs: None)
        self.link = link
        self.students: frozenset[str] = frozenset()

    def __missing__(self, name: str) -> Any:
        if type(name) is not str or name.startswith("__"):
            raise KeyError(name)
        if name not in self.students and hasattr(builtins, name):
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


class _Shell:
    """What ``get_ipython()`` gives in the judge: it does nothing for magics that set things up, and no others."""

    def run_line_magic(self, name: str, line: str, *args: Any) -> None:
        if name not in ("matplotlib", "config", "load_ext", "reload_ext", "autoreload"):
            raise NotImplementedError(f"%{name} is not for the judge")

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(f"{name} of IPython is not for the judge")


class Judge:
    """Runs the judge's share of one notebook: given cells and test cells, in the order it is told."""

    def __init__(self, link: Link, cell_seconds: float):
        self.link = link
        self.namespace = Namespace(link)
        self.cell_seconds = cell_seconds

    def run_given(self, code: str) -> None:
        """Runs one of the instructor's own cells (imports, data), as `compiled` made it. Errors are raised."""
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            self._value_of(code)
        self.link.in_step()

    def run_test(self, name: str, code: str, points: float, students: frozenset[str], mutates: bool | None) -> Verdict:
        """Runs a test cell and says what it came to.

        Args:
            name: the cell's grade_id.
            code: what `compiled` made of it, under the file name ``<name>``.
            students: the names that belong to the student at this point of the notebook.
            mutates: whether the reference changes arguments in place here; None while that is being found out.

        Where the student's code changed an argument in place and the reference does not, the cell is
        run once more with such changes taken back: work that only passes by changing the test's inputs fails.
        """
        self.link.thrown = []
        for student_name in students:
            self.namespace.pop(student_name, None)
        self.namespace.students = students
        before = dict(self.namespace)
        state = random_state()
        verdict, changed = self._run(name, code, points)
        verdict.mutates = changed
        if changed and mutates is False:
            self.link.channel.undo_changes()
        self.link.forget()
        if changed and mutates is False and verdict.outcome in (Outcome.PASSED, Outcome.PARTIAL):
            self.namespace.clear()
            self.namespace.update(before)
            set_random_state(state)
            again, _ = self._run(name, code, points, take_back=True)
            self.link.forget()
            if (again.score or 0) < (verdict.score or 0):
                again.message = "It changes its arguments in place, and the test only passes because of that."
                verdict = again
        return verdict

    def _run(self, name: str, code: str, points: float, take_back: bool = False) -> tuple[Verdict, bool]:
        link, started = self.link, time.monotonic()
        link.calls = []
        link.deadline = started + self.cell_seconds
        link.take_back = take_back
        try:
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
                _clock(link.deadline),
            ):
                value = self._value_of(code)
            verdict = self._value(name, value, points)
        except BaseException as error:
            verdict = verdict_of_error(error, name)
            verdict.lines = tuple(_lines_in(error, name))
        verdict.calls = link.calls
        verdict.seconds = time.monotonic() - started
        link.deadline = None
        return verdict, bool(link.channel.changed_by_peer)

    def _value_of(self, code: str) -> Any:
        """Runs a cell in the judge's namespace; returns its last value."""
        if not code:
            raise SyntaxError("only IPython can run this cell")
        body, last = marshal.loads(base64.b64decode(code))
        exec(body, self.namespace)
        return eval(last, self.namespace) if last else None

    def _value(self, name: str, value: Any, points: float) -> Verdict:
        """The verdict by the cell's last value: where the reference gave a number, nothing else is full marks."""
        path = f"the value of {name}"
        kind = "number" if is_number(value) else "other"
        wanted = (self.link.expected or {}).get(path)
        self.link.recorded[path] = {kind}
        if wanted == ["number"] and kind != "number":
            message = "the points of this test are computed from your results, and they do not give a number"
            return Verdict(Outcome.FAILED, 0.0, message, error={"refused": True})
        return verdict_of_value(value, points)


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
    """Notebook source (with magics) to Python, of as many lines; a cell magic that only measures is left out."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError):
        ast.parse(source)
        return source  # as nearly always, and in a tenth of the time
    return TransformerManager().transform_cell(_MEASURING.sub("\n", source, count=1))


@functools.cache
def compiled(source: str, filename: str) -> str:
    """A cell of the instructor's as it stands in a judge's plan: compiled once for a class, not by every judge.

    Two code objects, marshalled, in base64: all but the last expression, and that expression, or None. Empty where it
    is not Python, as with `await` outside of a function.
    """
    source, last = transform(source), None
    with contextlib.suppress(SyntaxError):
        tree = ast.parse(source, filename)
        if tree.body and isinstance(tree.body[-1], ast.Expr) and not _is_silenced(source):
            last = compile(ast.Expression(tree.body.pop().value), filename, "eval")
        return base64.b64encode(marshal.dumps((compile(tree, filename, "exec"), last))).decode()
    return ""


def _is_silenced(source: str) -> bool:
    """Whether the last thing but comments is a semicolon: IPython shows no value then."""
    if ";" not in source:
        return False
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    blank = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER)
    return [token.string for token in tokens if token.type not in blank][-1:] == [";"]


def is_number(value: Any) -> bool:
    """Whether a cell's last value is points, by nbgrader's rule; a truth value is none."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def verdict_of_value(value: Any, points: float) -> Verdict:
    """nbgrader's rule: a number as the last value is the score, anything else is full marks.

    A NumPy scalar is a number too. What is below 0 or not finite counts as 0, what is above the maximum as the maximum.
    """
    if not is_number(value):
        return Verdict(Outcome.PASSED, points)
    score = float(value)
    score = min(max(score, 0.0), points) if math.isfinite(score) else 0.0
    outcome = Outcome.PASSED if score == points else Outcome.PARTIAL if score > 0 else Outcome.FAILED
    return Verdict(outcome, score, "" if score == points else f"Partial credit: {score:g} of {points:g} points.")


def verdict_of_error(error: BaseException, name: str) -> Verdict:
    """The outcome that an exception in a test cell stands for; the caller leaves out hidden assertions."""
    line = next(reversed(_lines_in(error, name)), None)
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


def _lines_in(error: BaseException, name: str) -> list[int]:
    """The lines of a test cell that an exception came through, the outermost first."""
    through = traceback.walk_tb(error.__traceback__)  # reads no file, as extract_tb does
    return [line for frame, line in through if frame.f_code.co_filename == f"<{name}>" and line]


def _text(value: Any) -> str:
    return value if type(value) is str else ""


def _list(value: Any) -> list:
    return value if type(value) is list else []


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


def settings() -> dict[str, Any]:
    """How a test has set NumPy and torch: what overflow does, whether gradients are kept, the default dtype."""
    found: dict[str, Any] = {"numpy": np.geterr()}
    if torch := sys.modules.get("torch"):
        found["torch"] = [torch.is_grad_enabled(), torch.get_default_dtype()]
    return found


_seeded = 0  # how often a global generator was seeded in this process


def watch_seeds() -> None:
    """Has seeding noticed even where it brings back the very state that the worker was told last."""
    modules = [(np.random, "seed"), (np.random, "set_state"), (random, "seed"), (random, "setstate")]
    if torch := sys.modules.get("torch"):
        modules += [(torch, "manual_seed"), (torch.random, "manual_seed")]
    for module, name in modules:
        setattr(module, name, _watched(getattr(module, name)))


def _watched(seed: Any) -> Any:
    @functools.wraps(seed)
    def watched(*args: Any, **kwargs: Any) -> Any:
        global _seeded
        _seeded += 1
        return seed(*args, **kwargs)

    return watched


def _warn(warned: Any) -> None:
    """Gives the student's warnings once more, under the test's filters."""
    for one in _list(warned)[:MAX_WARNINGS]:
        bases, text = (*_list(one), None, None)[:2]
        kinds = [getattr(builtins, _text(base), None) for base in _list(bases)]
        known = (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Warning))
        warnings.warn(_text(text), next(known, UserWarning), stacklevel=5)


def random_state() -> dict[str, Any]:
    """The state of the global generators (torch's only where torch is in use)."""
    state = {"numpy": np.random.get_state(), "python": random.getstate()}
    if torch := sys.modules.get("torch"):
        state["torch"] = torch.get_rng_state()
    return state


def random_marks(state: dict[str, Any]) -> tuple:
    """What differs once a global generator has moved on from `state`; takes a tenth of the time that a state takes.

    NumPy's is read where it lies: the position in its 624 words, and the first of these, which are new when all have
    been used. That does not show whether it still has the second of two normal numbers, which are drawn together; while
    it has, the whole state is the mark.
    """
    generator = np.random.get_bit_generator()
    if type(generator) is np.random.MT19937 and not state["numpy"][3]:
        address = generator.ctypes.state_address
        numpys: Any = ctypes.string_at(address, 4 * 8), ctypes.string_at(address + 4 * 624, 4)
    else:
        numpys = [part.tobytes() if isinstance(part, np.ndarray) else part for part in np.random.get_state()]
    torch = sys.modules.get("torch")
    return numpys, random.getstate(), torch and torch.get_rng_state().numpy().tobytes()


def set_random_state(state: dict[str, Any]) -> None:
    """The reverse of `random_state`."""
    np.random.set_state(state["numpy"])
    random.setstate(state["python"])
    if "torch" in state:
        sys.modules["torch"].set_rng_state(state["torch"])


@contextlib.contextmanager
def random_stream(state: dict[str, Any]):
    """Inside, the global generators have this state, which is kept up to date; to the judge nothing has happened."""
    global _seeded
    before, seeded = random_state(), _seeded
    set_random_state(state)
    try:
        yield
    finally:
        state.update(random_state())
        set_random_state(before)
        _seeded = seeded


def _same_state(a: Any, b: Any) -> bool:
    if b is None or isinstance(a, tuple) and isinstance(a[0], str):
        return b is not None and a[2:] == b[2:] and np.array_equal(a[1], b[1])
    return bool((a == b).all()) if hasattr(a, "all") else a == b


@functools.cache
def _opaque(name: str) -> Opaque:
    return type(name, (Opaque,), {})()


def _keep(value: Any) -> Any:
    """A copy of a result for the diagnosis, objects named only; None for what is too large or cannot be copied."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is np.ndarray:
        return value.copy() if value.nbytes <= MAX_REMEMBERED else None
    if isinstance(value, Standin):
        return _opaque(value._name)
    if type(value) in (list, tuple):
        return type(value)(map(_keep, value))
    if type(value) is dict:
        return {key: _keep(item) for key, item in value.items() if not isinstance(key, Standin)}
    try:
        return copy.deepcopy(value)
    except Exception:
        return None
