"""A line for the student to write, checked at once, with the messages of the grader's explainer::

    mine = ...  # the derivative of σ at z, from its output h
    blanks.check(mine, by_autograd)

The right value is computed in a different way from the one asked for: by autograd, by a loop, by counting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .explain import explain

EMPTY = "Nothing is written yet: put your line in place of the three dots, and run this cell."


@dataclass(frozen=True)
class Verdict:
    """The result of a check; true if the line is right. A cell that ends with it shows its message."""

    words: str
    right: bool

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return self.words


def check(written: Any, right: Any, by: Callable[[Any], Any] | None = None, rtol: float = 1e-5) -> Verdict:
    """Compares the result of the student's line with the expected result.

    Args:
        written: the result of the line; `...` as long as nothing is written.
        right: the expected result: a number, array, tensor or text.
        by: a function to apply to the student's value before it is compared, if many values are right: `right` is then
            what all of them have in common.
        rtol: relative tolerance, as in `np.allclose`.

    Returns:
        the verdict: make it the cell's last line.
    """
    if written is ...:
        return Verdict(EMPTY, right=False)
    try:
        value = by(written) if by else written
    except Exception as error:  # whatever the student wrote, the check gives an answer
        return Verdict(f"Not quite. It is not of the form that is asked for ({error}).", right=False)
    difference = explain(value, right, rtol=rtol)
    return Verdict("Right." if difference is None else f"Not quite. {difference}", difference is None)
