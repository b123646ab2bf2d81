"""The closed set of outcomes."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The outcome of one graded cell. The set is closed: readers may rely on it."""

    PASSED = "passed"
    FAILED = "failed"  # an assertion did not hold
    PARTIAL = "partial"  # the cell's last value was a number below full marks
    NOT_ATTEMPTED = "not_attempted"  # the cell to write was left as released
    RAISED = "raised"  # the student's code raised an exception
    TIMEOUT = "timeout"
    MEMORY = "memory"
    BREACH = "breach"  # stopped by the sandbox, or broke the wire's rules
    MANUAL = "manual"  # left for a person
    GRADER_ERROR = "grader_error"  # our fault: never scored, graded again by the next run


def outcome_of_student_error(info: dict) -> Outcome:
    """The outcome that corresponds to an exception in the student's own code."""
    bases = info.get("bases", ())  # none if the test itself has raised it
    if "NotImplementedError" in bases:
        return Outcome.NOT_ATTEMPTED
    if info.get("name") == "TooSlow":
        return Outcome.TIMEOUT
    if "MemoryError" in bases:
        return Outcome.MEMORY
    # The sandbox's errors have a number; one that the student's code raises itself, as for a locked account, has none.
    if "PermissionError" in bases and str(info.get("text")).startswith("[Errno "):
        return Outcome.BREACH
    return Outcome.RAISED
