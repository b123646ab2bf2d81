"""A test's calls, repeated with other numbers: where does changed code answer differently from the reference?

`told_apart` runs in a worker, like a student's code, since changed code may do anything. It runs a test on the
reference and records its calls. Then it makes the same calls with varied arguments (another sign, scale, size,
integers, zeros, ties) on the reference and on the changed code, until one answer differs.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import copy
import math
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from ..course.names import transform
from ..sandbox.worker import TooSlow
from .again import pair
from .compiling import run_reference
from .diagnosis import REPLAY_SECONDS, _Reference
from .judge import Judge
from .link import Link
from .plan import JudgeStep
from .randomness import random_state, random_stream
from .standin import Standin

MOST_CALLS = 600  # of one test that are repeated
LONGEST = 2000  # characters of a suggested test
ROUNDED = 2  # decimals of arguments in a suggested test, if that many suffice

Array = np.ndarray[Any, Any]


class Apart(msgspec.Struct, frozen=True):
    """The result for one change. ``input`` and ``test`` are empty if no call distinguishes it from the reference.

    ``choice``: it differs, but only in a value that the cell binds, which the test accepts. Not ``tried``: there were
    no calls that could be repeated.
    """

    number: int
    input: str = ""
    test: str = ""
    choice: bool = False
    tried: bool = True


class Spec(msgspec.Struct, frozen=True):
    """What to try: the tests of a cell, and for each change its number and the changed cell."""

    cell: str
    steps: tuple[JudgeStep, ...]
    changes: tuple[tuple[int, str], ...]
    seconds: float  # for each change


@dataclass(frozen=True)
class Ref:
    """One of the submission's objects, by its number in the record."""

    number: int


@dataclass(frozen=True)
class Opaque:
    """A part of an answer that is not plain data: the name of its type."""

    name: str


@dataclass
class Op:
    """One request of a test to the reference, with its result."""

    kind: str
    given: dict[str, Any]
    result: Any = None
    failed: bool = False
    number: int = 0  # among the calls of the same thing


def told_apart(spec: Spec) -> Iterator[Apart]:
    """For each change: the shortest test that distinguishes it from the reference, if one is found."""
    records = [(step, ops) for step in spec.steps if (ops := _recorded(step))]
    right: dict[tuple[int, str], list[Any]] = {}
    for number, code in spec.changes:
        yield _apart(number, code, spec, records, right)


def print_apart(text: str) -> None:
    """Runs in a worker: reads a `Spec`, as JSON in base64, and prints each `Apart` as a line of JSON."""
    spec = msgspec.json.decode(base64.b64decode(text), type=Spec)
    for apart in told_apart(spec):
        print(msgspec.json.encode(apart).decode(), flush=True)


def _apart(number: int, code: str, spec: Spec, records: list, right: dict) -> Apart:
    found, choice, deadline = [], False, time.monotonic() + spec.seconds
    for place, (step, ops) in enumerate(records):
        for name, vary in VARIATIONS.items():
            if time.monotonic() > deadline:
                break
            if (place, name) not in right:
                right[place, name] = _replayed(ops, step, vary, "", "", spec.seconds)
            answers = _replayed(ops, step, vary, spec.cell, code, spec.seconds)
            at = _first_difference(right[place, name], answers)
            if at is None:
                continue
            if ops[at].kind == "name" or not _defines(code):
                choice = True
                continue
            expected, actual = right[place, name][at], answers[at] if at < len(answers) else Failed("")
            found.append((name, _as_test(ops, at, vary, expected, actual)))
        if found:
            name, test = min(found, key=lambda pair: len(pair[1]))
            return Apart(number, name, test)
    return Apart(number, choice=choice, tried=bool(records))


def _defines(code: str) -> bool:
    """Whether a cell defines a function or class, and not only values."""
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in ast.parse(transform(code)).body)


# -- the calls of a test ----------------------------------------------------------------------------------------------


class _Recorder(Link):
    """The judge's end of the wire, which records all requests."""

    def __init__(self, sock: socket.socket):
        super().__init__(sock)
        self.joins = False
        self.ops: list[Op] = []
        self.depth = 0

    def ask(self, operation: str, path: str = "", **arguments: Any) -> Any:
        op = Op(operation, {key: _kept(value) for key, value in arguments.items()}, number=self.counts[path])
        if not self.depth:
            self.ops.append(op)
        self.depth += 1
        try:
            result = super().ask(operation, path, **arguments)
            op.result = _kept(result)
            return result
        except BaseException:
            op.failed = True
            raise
        finally:
            self.depth -= 1


def _recorded(step: JudgeStep) -> list[Op]:
    """The requests of the test to the reference; empty if it cannot be run here."""
    with random_stream(random_state()), contextlib.suppress(Exception, TooSlow), _at_most(2 * REPLAY_SECONDS):
        namespace = run_reference(step.reference)
        ours, theirs = socket.socketpair()
        thread = threading.Thread(target=_Reference(theirs, namespace).serve, daemon=True)
        thread.start()
        try:
            recorder = _Recorder(ours)
            judge = Judge(recorder, REPLAY_SECONDS)
            recorder.soft_limit = False
            for given in step.given:
                judge.run_given(given)
            judge.run_test(step.name, step.code, step.points, step.students, None)
            return recorder.ops[:MOST_CALLS]
        finally:
            ours.close()
            thread.join(1)
    return []


def _kept(value: Any) -> Any:
    """A copy in which stand-ins are references."""
    if isinstance(value, Standin):
        return Ref(value._number)
    if isinstance(value, list | tuple):
        items = [_kept(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        return {key: _kept(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.random.Generator | np.random.RandomState):
        return copy.deepcopy(value)
    return value


# -- repeated ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raises TooSlow in the code inside when the time is up; an earlier alarm continues."""

    def ring(signum: int, frame: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.5)  # again, in case the code inside has caught it
        raise TooSlow("the time for these calls is up")

    started = time.monotonic()
    before, (left, _) = signal.signal(signal.SIGALRM, ring), signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - started), 0.01))


@dataclass(frozen=True)
class Failed:
    """The answer was an exception of this name."""

    name: str


def _replayed(ops: list[Op], step: JudgeStep, vary: Vary, cell: str, code: str, seconds: float) -> list[Any]:
    """The answers to the calls with varied arguments, as far as they arrive in time."""
    answers: list[Any] = []
    with contextlib.suppress(Exception, TooSlow), random_stream(random_state()), _at_most(seconds):
        np.random.seed(0)
        try:
            namespace = run_reference(step.reference, cell, code)
        except Exception as error:
            return [Failed(type(error).__name__)]
        objects: dict[int, Any] = {}
        for op in ops:
            try:
                answer = _done(op, namespace, objects, vary)
                pair(op.result, answer, objects, Ref)
                answers.append(_seen(answer))
            except Exception as error:
                answers.append(Failed(type(error).__name__))
    return answers


def _done(op: Op, namespace: dict[str, Any], objects: dict[int, Any], vary: Vary) -> Any:
    given = {key: _resolved(value, objects) for key, value in varied(op, vary).items()}
    on: Any = given.get("on")
    match op.kind:
        case "name":
            return namespace[given["name"]]
        case "attribute":
            return getattr(on, given["name"])
        case "set_attribute":
            return setattr(on, given["name"], given["value"])
        case "call":
            return on(*given["args"], **dict(given["kwargs"]))
        case "special":
            return getattr(type(on), given["name"])(on, *given["args"])
    return None


def _resolved(value: Any, objects: dict[int, Any]) -> Any:
    if isinstance(value, Ref):
        return objects[value.number]
    if isinstance(value, list | tuple):
        items = [_resolved(item, objects) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        return {key: _resolved(item, objects) for key, item in value.items()}
    return (
        copy.deepcopy(value) if isinstance(value, np.ndarray | np.random.Generator | np.random.RandomState) else value
    )


def _seen(value: Any) -> Any:
    """An answer as a test can compare it: plain data, copied; for any other object only its type."""
    if isinstance(value, list | tuple):
        items = [_seen(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        return {key: _seen(item) for key, item in value.items()}
    if hasattr(value, "detach"):
        return np.array(value.detach())
    if isinstance(value, np.ndarray):
        return value.copy()
    if value is None or isinstance(value, bool | int | float | complex | str | bytes | np.generic):
        return value
    return Opaque("object")


def _first_difference(right: list[Any], answers: list[Any]) -> int | None:
    """The first call that the reference answers with data, and the changed code with different data or not at all."""
    for number, expected in enumerate(right):
        if isinstance(expected, Failed):
            continue
        actual = answers[number] if number < len(answers) else Failed("")
        if _where(expected, actual) is not None:
            return number
    return None


Path = tuple[Any, ...]


def _where(expected: Any, actual: Any) -> Path | None:
    """The path to the first part that differs; None if none does."""
    if isinstance(expected, list | tuple):
        if not isinstance(actual, list | tuple) or len(actual) != len(expected):
            return ()
        pairs: Any = enumerate(zip(expected, actual, strict=True))
    elif isinstance(expected, dict):
        if not isinstance(actual, dict) or actual.keys() != expected.keys():
            return ()
        pairs = ((key, (expected[key], actual[key])) for key in expected)
    else:
        return None if _alike(expected, actual) else ()
    for key, (one, other) in pairs:
        if (rest := _where(one, other)) is not None:
            return (key, *rest)
    return None


def _alike(expected: Any, actual: Any) -> bool:
    if isinstance(expected, Opaque) or expected is None:
        return type(actual) is type(expected)
    if isinstance(expected, str | bytes):
        return bool(expected == actual)
    with contextlib.suppress(Exception), np.errstate(all="ignore"):
        one, other = np.asarray(expected), np.asarray(actual)
        if one.dtype.kind == "f" and not np.isfinite(one).all():
            return True  # beyond what the reference can do
        if one.shape != other.shape:
            return False
        return bool(np.allclose(one, other, rtol=1e-6, atol=1e-9 * max(1e-6, float(np.abs(one).max(initial=0)))))
    return False


# -- other arguments --------------------------------------------------------------------------------------------------

Vary = Callable[[Any], Any]


def _floats(change: Callable[[Array], Array]) -> Vary:
    def vary(value: Any) -> Any:
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            return change(value)
        return value

    return vary


def _rows(pick: Callable[[Array], Array]) -> Vary:
    def vary(value: Any) -> Any:
        return pick(value) if isinstance(value, np.ndarray) and value.ndim else value

    vary.rows = True  # type: ignore[attr-defined]
    return vary


def _by_turns(change: Callable[[Array], Array]) -> Vary:
    vary = _floats(change)
    vary.by_turns = True  # type: ignore[attr-defined]
    return vary


def _rounded(x: Array) -> Array:
    return np.round(x, ROUNDED)


VARIATIONS: dict[str, Vary] = {
    "the test's own numbers, rounded": _floats(_rounded),
    "the test's own numbers": lambda value: value,
    "integers": _floats(lambda x: np.rint(4 * x).astype(np.int64)),
    "the opposite sign": _floats(lambda x: -_rounded(x)),
    "a thousand times as large": _floats(lambda x: 1000 * _rounded(x)),
    "a thousandth as large": _floats(lambda x: _rounded(x) / 1000),
    "whole numbers, with ties and zeros": _floats(np.rint),
    "zeros": _floats(np.zeros_like),
    "the opposite sign in every second call": _by_turns(lambda x: -_rounded(x)),
    "a single example": _rows(lambda x: x[:1]),
    "two examples": _rows(lambda x: x[:2]),
    "three times as many examples": _rows(lambda x: np.concatenate([x, x, x])),
    "Fortran order": _floats(np.asfortranarray),
}


def varied(op: Op, vary: Vary) -> dict[str, Any]:
    """The arguments of a call, varied. Rows are those of the arrays with the length of the first table, or array."""
    if op.kind not in ("call", "special") or (getattr(vary, "by_turns", False) and op.number % 2):
        return op.given
    arrays = sorted(filter(np.ndim, _arrays(op.given["args"])), key=lambda array: array.ndim != 2)
    rows = [len(array) for array in arrays]

    def part(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            apart = getattr(vary, "rows", False) and value.ndim and rows and len(value) != rows[0]
            return value if apart else vary(value)
        if isinstance(value, list | tuple):
            items = [part(item) for item in value]
            return items if isinstance(value, list) else tuple(items)
        if isinstance(value, dict):
            return {key: part(item) for key, item in value.items()}
        return value

    return {key: part(value) if key in ("args", "kwargs") else value for key, value in op.given.items()}


def _arrays(value: Any) -> Iterator[Array]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _arrays(item)


# -- in words ---------------------------------------------------------------------------------------------------------


@dataclass
class _Script:
    """Lines of Python that repeat some calls of a record."""

    ops: list[Op]
    vary: Vary
    lines: list[str] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)

    def name(self, ref: Ref) -> str:
        """A variable or an expression for an object; the lines that create it are added before."""
        if ref.number not in self.names:
            maker = next((op for op in self.ops if isinstance(op.result, Ref) and op.result == ref), None)
            if maker is None:
                return "..."
            text = self.expression(maker)
            if maker.kind == "call":
                made = f"made_{sum(name.startswith('made_') for name in self.names.values()) + 1}"
                self.lines.append(f"{made} = {text}")
                text = made
            self.names[ref.number] = text
        return self.names[ref.number]

    def expression(self, op: Op) -> str:
        """The call as Python code."""
        given = varied(op, self.vary)
        match op.kind:
            case "name":
                return str(given["name"])
            case "attribute":
                return f"{self.name(given['on'])}.{given['name']}"
            case "special":
                return f"{self.name(given['on'])}.{given['name']}({', '.join(map(self.literal, given['args']))})"
        parts = [*map(self.literal, given["args"]), *(f"{key}={self.literal(v)}" for key, v in given["kwargs"])]
        return f"{self.name(given['on'])}({', '.join(parts)})"

    def literal(self, value: Any) -> str:
        """A value as Python code."""
        if isinstance(value, Ref):
            return self.name(value)
        if isinstance(value, np.ndarray):
            return f"np.array({value.tolist()!r})"
        if isinstance(value, list):
            return f"[{', '.join(map(self.literal, value))}]"
        if isinstance(value, tuple):
            return f"({', '.join(map(self.literal, value))}{',' * (len(value) == 1)})"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key!r}: {self.literal(item)}" for key, item in value.items()) + "}"
        if isinstance(value, np.generic):
            return repr(value.item())
        if callable(value):
            name = getattr(value, "__name__", "")
            return name if name.isidentifier() else "..."
        return repr(value) if isinstance(value, bool | int | float | complex | str | bytes | None) else "..."


def _as_test(ops: list[Op], at: int, vary: Vary, expected: Any, actual: Any) -> str:
    """The calls that a differing call depends on, the call itself, and the assertion that the changed code fails."""
    op, script = ops[at], _Script(ops[: at + 1], vary)
    last = script.expression(op) if op.kind != "set_attribute" else "..."
    needed = _same_targets(ops, at, script)
    path = _where(expected, actual) or ()
    while isinstance(expected, list | tuple | dict) and path:
        key, *path = path  # type: ignore[assignment]
        expected, actual = expected[key], actual[key]
        last += f"[{key!r}]"
    return "\n".join([*script.lines, *needed, _assertion(last, expected, actual)])[:LONGEST]


def _same_targets(ops: list[Op], at: int, script: _Script) -> list[str]:
    """The earlier calls on the same object, if the test created it: it may remember them."""
    on = ops[at].given.get("on")
    if not isinstance(on, Ref) or not script.names.get(on.number, "").startswith("made_"):
        return []
    return [script.expression(op) for op in ops[:at] if op.kind == "call" and op.given.get("on") == on]


def _assertion(text: str, expected: Any, actual: Any) -> str:
    if isinstance(expected, list | tuple):
        return f"assert len({text}) == {len(expected)}"
    if isinstance(expected, dict):
        return f"assert set({text}) == {set(expected)!r}"
    if isinstance(expected, str | bytes | bool | None):
        return f"assert {text} == {expected!r}"
    if isinstance(expected, Opaque):
        return f"assert {text} is not None"
    if np.shape(expected) != np.shape(actual):
        return f"assert np.shape({text}) == {np.shape(expected)!r}"
    return f"assert np.allclose({text}, {_digits(np.asarray(expected).tolist())!r}, rtol=1e-6, atol=1e-12)"


def _digits(value: Any) -> Any:
    if isinstance(value, list):
        return [_digits(item) for item in value]
    return float(f"{value:.10g}") if isinstance(value, float) and math.isfinite(value) else value
