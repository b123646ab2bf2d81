"""The result of a test cell: the verdict, and the rules by which a value or an exception becomes one."""

from __future__ import annotations

import math
import traceback
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..sandbox import wire
from .link import Call, OutOfTime, WorkerLost, words_of
from .outcome import Outcome, outcome_of_student_error
from .standin import NotPlain, StudentError, Swallowed


@dataclass
class Verdict:
    """The result of a test cell."""

    outcome: Outcome
    score: float | None
    message: str = ""
    line: int | None = None  # of the test cell, where it failed
    lines: tuple[int, ...] = ()  # of the test cell, on the way there
    seconds: float = 0.0
    calls: list[Call] = field(default_factory=list)
    files: dict[str, list[bytes]] = field(default_factory=dict)  # the student's: see `lending.Files.given`
    error: dict | None = None  # the student's exception, if one ended the cell
    mutates: bool = False  # whether the student's code changed an argument in place
    hidden_called: bool = False  # whether a hidden line has called the student's code
    changes: frozenset[str] = frozenset()  # everything that it changed in place: see `Link.changed`
    began: dict[str, Any] = field(default_factory=dict)  # the random state before the test: see `all_random_state`


def is_number(value: Any) -> bool:
    """Whether a cell's last value counts as points, by nbgrader's rule; a truth value does not."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def verdict_of_value(value: Any, points: float) -> Verdict:
    """nbgrader's rule: a number as the last value is the score, anything else is full marks.

    A NumPy scalar is a number, too. A score below 0 or not finite counts as 0, one above the maximum as the maximum.
    """
    if not is_number(value):
        return Verdict(Outcome.PASSED, points)
    score = float(value)
    score = min(max(score, 0.0), points) if math.isfinite(score) else 0.0
    outcome = Outcome.PASSED if score == points else Outcome.PARTIAL if score > 0 else Outcome.FAILED
    return Verdict(outcome, score, "" if score == points else f"Partial credit: {score:g} of {points:g} points.")


def verdict_of_error(error: BaseException, name: str) -> Verdict:
    """The outcome that corresponds to an exception in a test cell; the caller leaves out hidden assertions."""
    line, words = next(reversed(lines_in(error, name)), None), words_of(error)
    if isinstance(error, WorkerLost):
        return Verdict(error.outcome, 0.0, words, line, error=error.info)
    if isinstance(error, StudentError):
        return Verdict(outcome_of_student_error(error.info), 0.0, "", line, error=error.info)
    if isinstance(error, Swallowed):
        return Verdict(Outcome.FAILED, 0.0, f"{words}.", line, error={"said": True})
    if isinstance(error, NotPlain):
        return Verdict(Outcome.FAILED, 0.0, words, line, error={"refused": True})
    if isinstance(error, AssertionError) or type(error).__module__ == "_pytest.outcomes":  # as from pytest.raises
        return Verdict(Outcome.FAILED, 0.0, words, line, error={"assertion": True})
    if isinstance(error, OutOfTime):
        return Verdict(Outcome.TIMEOUT, 0.0, "The test did not finish within the time limit.", line)
    if isinstance(error, wire.CannotCross):
        return Verdict(Outcome.FAILED, 0.0, words, line, error={"unusable": "TypeError"})
    if isinstance(error, NameError) and type(error.name) is str:
        message = f"`{error.name}` is made by an earlier test, which did not get that far."
        return Verdict(Outcome.FAILED, 0.0, message, line, error={"said": True})
    if isinstance(error, MemoryError):
        return Verdict(Outcome.MEMORY, 0.0, "The results did not fit into memory.", line)
    return Verdict(
        Outcome.FAILED,
        0.0,
        f"{type(error).__name__}: {words}",
        line,
        error={"unusable": type(error).__name__},
    )


def lines_in(error: BaseException, name: str) -> list[int]:
    """The lines of a test cell in an exception's traceback, the outermost first."""
    through = traceback.walk_tb(error.__traceback__)  # unlike extract_tb, reads no file
    return [line for frame, line in through if frame.f_code.co_filename == f"<{name}>" and line]
