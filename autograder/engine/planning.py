"""A judge's plan for one submission, step by step."""

from __future__ import annotations

import re

from ..course.assignment import (
    GIVEN,
    SOLUTION,
    TEST,
    Assignment,
    SourceCell,
    SourceNotebook,
    is_run,
    is_tagged,
    leading_to,
)
from ..course.limits import Limits
from ..course.names import imported_from, imports_of
from ..course.submission import MergedCell, untouched
from ..judging.compiling import compiled
from ..judging.plan import GivenStep, JudgeStep, Mistake, Plan, Step, StudentStep


def plan_for(
    source: SourceNotebook,
    merged: list[MergedCell],
    assignment: Assignment,
    limits: Limits,
    recording: bool,
    watch: dict[int, tuple[str, ...]],
) -> Plan:
    """The judge's plan, step by step.

    The student's cells run in the order of the submission, the instructor's in the order of the source: a test that is
    too far up waits for those before it, and given cells come before the test that they precede.

    Args:
        watch: by the position of a cell, names whose values are compared before and after it.
    """
    steps: list[Step] = []
    judged = 0  # source cells up to here are in the judge's plan
    to_come = [cell.name for cell in source.cells if cell.kind == TEST and cell.isolated]
    waiting: dict[str | None, int] = {}  # tests that were reached, with their positions
    order = {cell.name: position for position, cell in enumerate(source.cells) if cell.name}
    left_alone = {
        cell.origin.name for cell in merged if cell.origin and cell.origin.kind == SOLUTION and untouched(cell)
    }

    def judged_step(origin: SourceCell, index: int) -> JudgeStep:
        tried = [v for v in assignment.variants if origin.name in v.costs or v.replaces in origin.needs]
        earlier = leading_to(origin, source.cells[: order[origin.name]], tried)
        return JudgeStep(
            index=index,
            name=origin.name,
            source=origin.source,
            code=compiled(origin.source, f"<{origin.name}>"),
            points=origin.points,
            students=origin.students,
            down=origin.down,
            borrowed=origin.borrowed,
            lent=origin.lent,
            classes=origin.classes,
            isolated=origin.isolated,
            apart=origin.apart,
            changes=origin.changes,
            hidden=origin.hidden,
            needs=origin.needs,
            unwritten=tuple(sorted(left_alone & set(origin.needs))),
            reference=tuple((c.name, c.source) for c in earlier),
            given=tuple(compiled(code, "<given>") for c in earlier if (code := _for_the_judge(c))),
        )

    for index, cell in enumerate(merged):
        if cell.cell_type != "code" or is_tagged(cell.metadata, source.skipped_tag) and not _is_test(cell):
            continue
        origin = cell.origin
        if origin is None or origin.kind != TEST:
            steps.append(StudentStep(index=index, source=cell.source, binds=_binds(cell), watch=watch.get(index, ())))
        elif not origin.isolated:
            steps.append(judged_step(origin, index))
        else:
            waiting[origin.name] = index
        while to_come and to_come[0] in waiting:
            name = to_come.pop(0)
            for given in source.cells[judged : order[name]]:
                if code := _for_the_judge(given, source.students_modules):
                    steps.append(GivenStep(source=code, code=compiled(code, "<given>")))
            judged = order[name]
            steps.append(judged_step(source.cells[judged], waiting[name]))
    named = (
        Mistake(name=v.name, replaces=v.replaces, code=v.code, message=v.message, costs=v.costs)
        for v in assignment.variants
        if v.kind == "mistake"
    )
    return Plan(
        cell_seconds=limits.cell_seconds,
        total_seconds=limits.total_seconds,
        expected=None if recording else source.expected,
        recording=recording,
        steps=tuple(steps),
        mistakes=tuple(named),
        alternatives=tuple((v.replaces, v.code) for v in assignment.variants if v.kind == "alternative"),
        follow_through=assignment.follow_through and not recording,
    )


def _is_test(cell: MergedCell) -> bool:
    return cell.origin is not None and cell.origin.kind == TEST


def _for_the_judge(cell: SourceCell, students_modules: frozenset[str] = frozenset()) -> str:
    if cell.kind == GIVEN:
        return cell.own
    if cell.kind == TEST and not cell.isolated:  # later tests may use what it imports
        return "" if imported_from(cell.source, students_modules) else imports_of(cell.source)
    return imports_of(cell.source) if cell.kind == SOLUTION and is_run(cell) else ""


def _binds(cell: MergedCell) -> tuple[str, ...]:
    """The names that a student's cell binds, or should have bound.

    They are used only in messages, so a simple search is enough: parsing a hostile cell can take minutes.
    """
    wanted = cell.origin.binds if cell.origin else frozenset()
    return tuple(sorted(wanted.union(*map(re.Match.groups, _BINDING.finditer(cell.source))) - {None}))


_BINDING = re.compile(r"^(?:(?:async +)?def|class) +(\w+)|^(\w+) *=(?!=)", re.MULTILINE)
