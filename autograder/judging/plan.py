"""All messages between the engine and a judge.

The engine sends one `Plan`. The judge works through it and streams back one line per step, so that nothing is lost if
a later step never ends. Both are JSON on a socket between two trusted processes; a missing or unknown field is an error
that names it.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from .outcome import Outcome

REPLACES = "the test#0 replaces "  # in `VerdictLine.changes`, prefix of the name of a function that a test has replaced


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A frozen dataclass that is validated when it is read."""


# -- to the judge ----------------------------------------------------------------------------------------------------


class StudentStep(Struct, frozen=True, tag="student"):
    """Make the worker run one of the student's cells.

    ``binds`` are the names that it binds, or should have bound. ``watch``, for the reference: the names whose values
    are compared before and after.
    """

    index: int
    source: str
    binds: tuple[str, ...]
    watch: tuple[str, ...] = ()


class GivenStep(Struct, frozen=True, tag="given"):
    """Run one of the instructor's cells in the judge; ``code`` is the result of `compiling.compiled`."""

    source: str
    code: str


class JudgeStep(Struct, frozen=True, tag="judge"):
    """Judge a test cell.

    ``students`` are the names that belong to the student there, ``down`` those that the cell binds or deletes and the
    student's functions read, ``borrowed`` imports of solution cells that the student must have made, too,
    ``changes`` what the reference changes in place (`Link.changed`), ``needs`` the solution cells it depends on,
    ``unwritten`` those of them that the student left as released, ``hidden`` the numbers of the lines that the student
    may not see. ``apart``: run after all of the student's cells, against a copy of the worker as it was here.
    ``lent`` says what the worker lends to the test (see `lending`), ``classes`` are (name, source) of the test cells'
    classes that the worker gets for this test, since it hands their objects to the student's code.
    ``reference`` has (grade_id, source) of the instructor's cells that the test builds on, ``given`` the judge's own
    share of them, compiled: with these the test is repeated on the reference.
    """

    index: int
    name: str
    source: str
    code: str
    points: float
    students: frozenset[str]
    isolated: bool
    changes: frozenset[str] | None
    hidden: frozenset[int]
    needs: tuple[str, ...]
    unwritten: tuple[str, ...]
    reference: tuple[tuple[str | None, str], ...]
    given: tuple[str, ...]
    apart: bool = True
    down: frozenset[str] = frozenset()
    borrowed: frozenset[str] = frozenset()
    lent: frozenset[str] = frozenset()
    classes: tuple[tuple[str, str], ...] = ()

    @property
    def untouched(self) -> bool:
        """Whether the student left a cell that this test needs as it was released."""
        return bool(self.unwritten)


Step = StudentStep | GivenStep | JudgeStep


class Mistake(Struct, frozen=True):
    """A named mistake: the solution cell it replaces, its code, the test cells it costs, what to tell the student."""

    name: str
    replaces: str
    code: str
    message: str
    costs: tuple[str, ...]


class Plan(Struct, frozen=True):
    """The whole task of one judge.

    ``expected`` says what the reference gave at each path of a call: ``{"MLP()": ["object", "__len__"]}``. It is None,
    and ``recording`` is true, while the reference itself is run. ``alternatives`` are other right solutions, each with
    the name of the cell that it replaces: where one of them differs from the reference, students may choose.
    ``follow_through``: a test that fails only because of an exercise that failed before gets its points.
    """

    cell_seconds: float
    total_seconds: float
    expected: dict[str, tuple[str, ...]] | None
    recording: bool
    steps: tuple[Step, ...]
    mistakes: tuple[Mistake, ...]
    alternatives: tuple[tuple[str, str], ...] = ()
    follow_through: bool = False


# -- from the judge --------------------------------------------------------------------------------------------------


class CellError(Struct, frozen=True):
    """The exception that ended a student's cell, cut to a bounded length."""

    name: str
    text: str
    traceback: tuple[str, ...]
    outcome: Outcome


class Started(Struct, frozen=True, tag="started"):
    """The worker answers; ``layers`` of the sandbox are on."""

    layers: tuple[str, ...]


class CellLine(Struct, frozen=True, tag="cell"):
    """A student's cell has run; ``outputs`` in nbformat's form, of built-in types and bounded length.

    ``touched`` are the names under watch whose values changed.
    """

    index: int
    outputs: tuple[dict[str, Any], ...]
    error: CellError | None
    touched: tuple[str, ...] = ()


class GivenLine(Struct, frozen=True, tag="given"):
    """One of the instructor's cells could not be run in the judge."""

    source: str
    error: str


class VerdictLine(Struct, frozen=True, tag="verdict"):
    """A test cell is judged. ``changes``, while recording: what the reference changed in place there.

    ``shared`` says why it was not judged apart as planned, ``asks`` whether it used anything of the student's,
    ``followed`` whether it passed only with earlier exercises answered by the reference.
    """

    index: int
    outcome: Outcome
    score: float | None
    message: str
    mistake: str | None
    changes: frozenset[str]
    seconds: float
    shared: str = ""
    asks: bool = True
    followed: bool = False


class Over(Struct, frozen=True, tag="over"):
    """One of the worker's processes, given by its number (0: the first), is no longer needed: end it.

    ``index`` is the test that it answered, if any; ``gone`` whether it seems to have ended by itself.
    """

    process: int
    index: int | None
    gone: bool


class Fault(Struct, frozen=True, tag="fault"):
    """The judge cannot go on, through no fault of the student."""

    why: str


class Done(Struct, frozen=True, tag="done"):
    """Every step is done, or the time of the submission is up and ``in_time`` is false.

    While recording: what the reference gave at each path, and the modules it imported.
    """

    recorded: dict[str, tuple[str, ...]]
    modules: tuple[str, ...]
    in_time: bool = True


Line = Started | CellLine | GivenLine | VerdictLine | Over | Fault | Done

# -- written and read ------------------------------------------------------------------------------------------------

_encode = msgspec.json.Encoder().encode
_read_plan: msgspec.json.Decoder[Plan] = msgspec.json.Decoder(Plan)
_read_line: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


def written(message: Plan | Line) -> bytes:
    """A message as one line of JSON, with its line feed."""
    try:
        return _encode(message) + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair in a student's text
        return json.dumps(msgspec.to_builtins(message), ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def read_plan(data: bytes) -> Plan:
    """The reverse of `written`. Raises msgspec.ValidationError, which names the field."""
    return _read_plan.decode(data)


def read_line(data: bytes) -> Line:
    """The reverse of `written`. Raises msgspec.ValidationError, which names the field."""
    return _read_line.decode(data)
