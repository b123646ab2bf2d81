"""Each mistake is blamed once: a failed test is repeated with the reference's answers for exercises that failed before.

In a copy of the worker, the functions of those exercises are bound to functions in the judge that compute what the
reference does: the student's own code calls them over the wire, and no solution enters the worker. If the test then
passes, the student's work is right in itself.
"""

from __future__ import annotations

import ast
import functools
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ..course.names import names_of, statements_of, transform
from .compiling import run_reference
from .diagnosis import ended
from .judge import Judge
from .link import Link
from .outcome import Outcome
from .plan import JudgeStep, Plan, StudentStep
from .randomness import random_state, random_stream, set_environment, set_random_state
from .verdicts import Verdict

SECONDS = 5.0  # that a repeated test may take
MOST_NAMES = 4  # that a message lists


@dataclass(frozen=True)
class Failed:
    """An exercise whose test failed: its cell, all names that it binds, the functions among them, its test.

    ``unwritten``: the student left it as it was released.
    """

    cell: str
    names: tuple[str, ...]
    functions: tuple[str, ...]
    test: JudgeStep
    unwritten: bool


@dataclass
class Again:
    """A repeated test: the verdict, and the functions of the reference that it used."""

    verdict: Verdict
    called: set[str] = field(default_factory=set)

    @property
    def passed(self) -> bool:
        """Whether the student's work is right in itself."""
        return self.verdict.outcome is Outcome.PASSED and bool(self.called)

    @property
    def decided(self) -> bool:
        """Whether the test finished: functions that the reference answers for are slower than the student's own."""
        return self.verdict.outcome in (Outcome.PASSED, Outcome.FAILED, Outcome.RAISED, Outcome.PARTIAL)


def exercise_of(test: JudgeStep) -> str:
    """The solution cell that a test checks: the last of those that it depends on."""
    return test.needs[-1] if test.needs else ""


def failed(test: JudgeStep, outcome: Outcome) -> Failed | None:
    """The exercise of a test that did not pass."""
    cell = exercise_of(test)
    source = next((source for name, source in test.reference if cell and name == cell), None)
    if source is None or not test.isolated:
        return None
    functions, classes, values = _bound(source)
    return Failed(cell, (*functions, *classes, *values), functions, test, outcome is Outcome.NOT_ATTEMPTED)


def _bound(source: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The functions, the classes and the values that a cell binds. Its text is read, not compiled: see `guard`."""
    body = ast.parse(transform(source)).body
    functions = tuple(it.name for it in body if isinstance(it, ast.FunctionDef))
    classes = tuple(it.name for it in body if isinstance(it, ast.ClassDef))
    targets = [it for one in body if isinstance(one, ast.Assign) for it in one.targets]
    targets += [one.target for one in body if isinstance(one, ast.AnnAssign)]
    nodes = (node for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))
    return functions, classes, tuple(dict.fromkeys(it.id for it in nodes if isinstance(it.ctx, ast.Store)))


def concerned(test: JudgeStep, earlier: Iterable[Failed], plan: Plan) -> list[Failed]:
    """The failed exercises that a test may use, through the student's code or directly."""
    own = exercise_of(test)
    if own in test.unwritten:
        return []
    others = [one for one in earlier if one.cell != own]
    return [one for one in others if one.cell in test.needs or any(_is_used(name, plan) for name in one.names)]


def _is_used(name: str, plan: Plan) -> bool:
    """Whether the student's cells mention a name elsewhere than where it is defined or bound."""
    use = re.compile(rf"(?<!def )(?<!class )\b{re.escape(name)}\b(?! *=(?!=))")
    return any(use.search(step.source) for step in plan.steps if isinstance(step, StudentStep))


Before = tuple[dict[str, Any], dict[str, Any], dict[str, str]]


def before_a_test(judge: Judge) -> Before:
    """The judge's names, random state and environment, to repeat a test from where it began."""
    return dict(judge.namespace), random_state(), dict(os.environ)


def try_again(
    judge: Judge,
    link: Link,
    test: JudgeStep,
    others: list[Failed],
    before: Before,
    seconds: float = SECONDS,
    undefined: str = "",
) -> Again | None:
    """Runs a test against a fresh copy of the worker, with the others' functions answered by the reference.

    None if there are no functions to answer for, or it fails otherwise. Afterwards the judge is as it was.

    Args:
        undefined: the name that stopped the test, since it had no value: it is used even if it is never called.
    """
    called = {name for one in others for name in one.functions if name == undefined}
    after, usual = before_a_test(judge), judge.cell_seconds
    try:
        link.down.update({name: (function,) for one in others for name, function in _answers(one, called).items()})
        if not link.down:
            return None
        _go_back(judge, before)
        judge.cell_seconds = min(usual, seconds)
        with judge.against(link, in_step=False):
            names = test.students, test.changes, test.hidden, test.down, test.borrowed, test.lent, test.classes
            verdict = judge.run_test(test.name, test.code, test.points, *names)
        return Again(verdict, called)
    except BaseException:  # finding a message never costs a verdict
        return None
    finally:
        judge.cell_seconds = usual
        _go_back(judge, after)


def _go_back(judge: Judge, moment: Before) -> None:
    names, state, environment = moment
    judge.namespace.clear()
    judge.namespace.update(names)
    set_random_state(state)
    set_environment(environment)


def _answers(one: Failed, called: set[str]) -> dict[str, Callable[..., Any]]:
    """The reference's versions of an exercise's functions; ``called`` gets the names of those that are used."""
    with random_stream(random_state()):
        namespace = run_reference(one.test.reference)
    return {name: _noted(name, namespace[name], called) for name in one.functions}


def _noted(name: str, function: Callable[..., Any], called: set[str]) -> Callable[..., Any]:
    @functools.wraps(function)
    def answer(*args: Any, **kwargs: Any) -> Any:
        called.add(name)
        return function(*args, **kwargs)

    return answer


# -- in words ---------------------------------------------------------------------------------------------------------


GIVEN = "It has its points, since it is right in itself. As it stands it fails, because "


def told(
    test: JudgeStep, own_words: str, again: Again | None, others: list[Failed], plan: Plan, mistake: str | None = None
) -> str:
    """The message for a test that did not pass when earlier exercises failed, too.

    Args:
        own_words: the test's own message, which is that of a mistake if one was named.
    """
    if again and again.passed:
        begin = GIVEN if plan.follow_through else "Right in itself: it fails only because "
        return begin + _uses(again.called, others)
    if again and again.called and again.verdict.outcome is Outcome.PARTIAL:
        uses = _uses(again.called, others)
        reached = f"{again.verdict.score or 0:g} of {test.points:g} points"
        return f"{uses[:1].upper()}{uses[1:]} With that it would have {reached}."
    if again and again.called and again.decided:
        return f"{ended(own_words)} Besides, {_uses(again.called, others)}"
    if direct := again.called if again and again.called else _used_directly(test, others, plan):
        first = _uses(direct, [one for one in others if direct.intersection(one.names)])
        first = f"{first[:1].upper()}{first[1:]}"
        # The result of other exercises' mistakes may look like a named mistake of this one.
        return first if mistake else f"{first} If it fails then, too: {own_words}"
    return own_words


def _used_directly(test: JudgeStep, others: list[Failed], plan: Plan) -> set[str]:
    """The names of other exercises that the test or the student's cell mentions, if none could be answered for.

    That is so for classes, and for values that the student's cell computed before any test ran.
    """
    source = next(source for name, source in test.reference if name == exercise_of(test))
    functions, classes, values = _bound(source)
    only_values = not (functions or classes)
    names = {name for one in others if only_values or not one.functions for name in one.names}
    return names & (_read_by(test.source) | _read_for({*functions, *classes, *values}, plan))


def _read_for(names: set[str], plan: Plan) -> set[str]:
    """What the student's cells that bind these names read, what the cells that bind those read, and so on."""
    cells = {step.source: step.binds for step in plan.steps if isinstance(step, StudentStep)}
    found: dict[str, set[str]] = {}
    while new := [source for source, binds in cells.items() if source not in found and names.intersection(binds)]:
        found.update((source, _read_by(source)) for source in new)
        names = names.union(*found.values())
    return set().union(*found.values())


def _read_by(source: str) -> set[str]:
    """The global names that a cell reads before it binds them itself; none if it cannot be parsed."""
    read: set[str] = set()
    bound: set[str] = set()
    try:
        for statement in statements_of(source):
            names = names_of(statement)
            takes = isinstance(ast.parse(statement).body[0], ast.Assign | ast.AugAssign | ast.AnnAssign)
            read |= names.loaded - bound - (set() if takes else names.bound)
            bound |= names.bound
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: from too deep nesting
        return set()
    return read


def _uses(names: Iterable[str], others: list[Failed]) -> str:
    words = [f"`{name}`" for name in sorted(names)]
    listed = ", ".join(words[:MOST_NAMES]) + (" and others" if len(words) > MOST_NAMES else "")
    one = len(words) == 1
    if all(other.unwritten for other in others if set(other.names).intersection(names)):
        return f"it uses {listed}, and {'that is' if one else 'these are'} not written yet."
    its = "does not pass its own test" if one else "do not pass their own test"
    return f"it uses your {listed}, which {its}: fix {'that' if one else 'these'} first."
