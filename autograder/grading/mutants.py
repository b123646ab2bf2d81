"""Whether an assignment's tests find small mistakes: each changed reference is graded like a student's work.

A change that keeps full marks is tried further, on the grader's own calls. If it then differs from the reference, the
tests have a gap: a *survivor*. If nothing differs it is *equivalent*, as far as was tried.
"""

from __future__ import annotations

import base64
import difflib
import json
import queue
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum

import msgspec
import nbformat

from ..course.assignment import SOLUTION, TEST, Assignment, SourceCell, SourceNotebook, Variant, leading_to
from ..course.limits import Limits
from ..course.names import transform
from ..course.submission import MergedCell, Submission
from ..engine.grade import grade
from ..engine.planning import plan_for
from ..engine.results import GradedSubmission
from ..engine.slot import Slot
from ..judging.mutations import Mutation, mutations
from ..judging.plan import JudgeStep
from ..judging.varied import Apart, Spec
from .verify import concerned_by, reference_submission

SECONDS = 5.0  # for trying a survivor further
AT_ONCE = 8  # survivors of one cell that are tried in one process
NEAREST = 2  # test cells whose calls are varied
_PROBE = "from autograder.judging.varied import print_apart\n\nprint_apart({text!r})"


class Fate(StrEnum):
    """The result for a mutant."""

    KILLED = "killed"
    EQUIVALENT = "equivalent"
    CHOICE = "choice"  # it binds another value, which the tests accept
    UNTRIED = "not tried further"  # it keeps full marks, and no calls could be varied
    ALLOWED = "allowed"  # according to the file of variants
    SURVIVOR = "survivor"


@dataclass(frozen=True)
class Mutant:
    """A solution cell with one change, and its result.

    ``input`` says which calls distinguish a survivor from the reference, ``test`` is a test that would catch it.
    """

    cell: str
    mutation: Mutation
    original: str
    fate: Fate = Fate.KILLED
    input: str = ""
    test: str = ""

    @property
    def diff(self) -> str:
        """The change as a unified diff."""
        lines = difflib.unified_diff(
            self.original.splitlines(), self.mutation.code.splitlines(), self.cell, self.mutation.kind, n=1, lineterm=""
        )
        return "\n".join(lines)

    @property
    def changed_lines(self) -> list[str]:
        """The lines that it has and the reference does not, without their indentation."""
        return [line[1:].strip() for line in self.diff.splitlines()[3:] if line.startswith("+") and line[1:].strip()]

    def as_json(self) -> dict[str, str | int]:
        """All of it as plain data."""
        return {
            "cell": self.cell, "kind": self.mutation.kind, "line": self.mutation.line, "fate": self.fate.value,
            "diff": self.diff, "input": self.input, "test": self.test,
        }  # fmt: skip


def limits_for_mutants(limits: Limits, assignment: Assignment, slot: Slot) -> Limits:
    """Shorter limits: an endless changed loop should not take as long as a student's training may."""
    started = time.monotonic()
    grade(replace(assignment, variants=()), reference_submission(assignment), slot)
    whole = time.monotonic() - started
    return replace(limits, cell_seconds=min(limits.cell_seconds, 3 + 2 * whole))


def mutants_of(assignment: Assignment) -> list[Mutant]:
    """Every solution cell of the assignment that a test depends on, with each single change."""
    found = []
    for notebook in assignment.notebooks:
        needed = {name for test in notebook.tests() for name in test.needs}
        for cell in notebook.cells:
            if cell.kind == SOLUTION and cell.name in needed:
                code, lines = _solved(assignment, cell)
                found += [Mutant(cell.name, mutation, code) for mutation in mutations(code, lines)]
    return found


def _solved(assignment: Assignment, cell: SourceCell) -> tuple[str, set[int] | None]:
    """A solution cell without its marks, and the numbers of the lines that students have to write."""
    marks, kept, lines, inside = assignment.marks, [], set(), False
    for line in transform(cell.source).split("\n"):
        if marks.begin_solution in line or marks.end_solution in line:
            inside = marks.begin_solution in line
            continue
        kept.append(line)
        if inside:
            lines.add(len(kept))
    return "\n".join(kept), lines or None


def try_mutants(
    assignment: Assignment, slots: Sequence[Slot], progress: Callable[[str], None], mutants: Sequence[Mutant]
) -> list[Mutant]:
    """Grades the mutants, as many at a time as there are slots; returns them with their results."""
    plain = replace(assignment, variants=())
    free: queue.SimpleQueue[Slot] = queue.SimpleQueue()
    for slot in slots:
        free.put(slot)

    def graded(mutant: Mutant) -> Mutant:
        slot = free.get()
        try:
            return replace(mutant, fate=_graded(plain, assignment, mutant, slot))
        finally:
            free.put(slot)
            progress(f"{mutant.cell}: {mutant.mutation.kind}")

    def tried(group: list[Mutant]) -> list[Mutant]:
        slot = free.get()
        try:
            return _tried_further(plain, group, slot)
        finally:
            free.put(slot)

    with ThreadPoolExecutor(len(slots)) as pool:
        done = list(pool.map(graded, mutants))
        doubtful = [mutant for mutant in done if mutant.fate is Fate.SURVIVOR]
        settled = {
            id(before.mutation): after
            for group, answers in _in_groups(doubtful, lambda groups: pool.map(tried, groups))
            for before, after in zip(group, answers, strict=True)
        }
    return [settled.get(id(mutant.mutation), mutant) for mutant in done]


def _in_groups(
    mutants: list[Mutant], tried: Callable[[list[list[Mutant]]], Iterator[list[Mutant]]]
) -> Iterator[tuple[list[Mutant], list[Mutant]]]:
    by_cell: defaultdict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        by_cell[mutant.cell].append(mutant)
    groups = [some[n : n + AT_ONCE] for some in by_cell.values() for n in range(0, len(some), AT_ONCE)]
    yield from zip(groups, tried(groups), strict=True)


def _graded(plain: Assignment, assignment: Assignment, mutant: Mutant, slot: Slot) -> Fate:
    """Killed if a test that needs the cell fails; the nearest test runs first, since it nearly always does."""
    variant = Variant("mistake", "mutant", mutant.cell, mutant.mutation.code)
    part = concerned_by(variant, plain)
    first = _only_nearest(part, variant)
    for asked in [first, part] if first != part else [part]:
        result = grade(asked, reference_submission(asked, variant), slot)
        if any(cell.score is not None and cell.score < cell.max_score for cell in result.cells):
            return Fate.KILLED
    return Fate.ALLOWED if _is_allowed(assignment, mutant) else Fate.SURVIVOR


def _only_nearest(part: Assignment, variant: Variant) -> Assignment:
    """The assignment with only the first of its tests."""
    notebooks = []
    for notebook in part.notebooks:
        if tests := notebook.tests():
            used = leading_to(tests[0], notebook.cells[: notebook.cells.index(tests[0])], [variant])
            kept = {id(tests[0]), *map(id, used)}
            notebooks.append(replace(notebook, cells=tuple(cell for cell in notebook.cells if id(cell) in kept)))
    return replace(part, notebooks=tuple(notebooks))


def _is_allowed(assignment: Assignment, mutant: Mutant) -> bool:
    """Whether the file of variants says that this change is also right."""
    for variant in assignment.allowed:
        if variant.replaces == mutant.cell:
            lines = [line.strip() for line in variant.code.splitlines() if line.strip()]
            if not lines or lines == mutant.changed_lines:
                return True
    return False


# -- the grader's own calls ------------------------------------------------------------------------------------------


def _tried_further(assignment: Assignment, group: list[Mutant], slot: Slot) -> list[Mutant]:
    """Mutants of one cell that kept full marks, with the results of varied calls, which run in a sandboxed worker."""
    cell = group[0].cell
    steps, limits = _steps_for(assignment, cell, slot.limits), slot.limits
    slot.limits = replace(limits, cell_seconds=60 + len(group) * SECONDS, total_seconds=120 + len(group) * SECONDS)
    left = dict(enumerate(group))
    answers: dict[int, Apart] = {}
    while left:
        changes = tuple((number, mutant.mutation.code) for number, mutant in left.items())
        found = _asked(assignment, Spec(cell, steps, changes, SECONDS), slot)
        answers |= {apart.number: apart for apart in found}
        if not found:  # the first of them ended the process
            answers[next(iter(left))] = Apart(next(iter(left)), tried=False)
        left = {number: mutant for number, mutant in left.items() if number not in answers}
    slot.limits = limits
    return [_settled(mutant, answers[number]) for number, mutant in enumerate(group)]


def _settled(mutant: Mutant, apart: Apart) -> Mutant:
    if apart.test:
        return replace(mutant, input=apart.input, test=apart.test)
    fate = Fate.CHOICE if apart.choice else Fate.EQUIVALENT if apart.tried else Fate.UNTRIED
    return replace(mutant, fate=fate)


def _steps_for(assignment: Assignment, cell: str, limits: Limits) -> tuple[JudgeStep, ...]:
    """The nearest tests that need a cell, as steps for the judge."""
    for source in assignment.notebooks:
        if any(it.name == cell for it in source.cells):
            merged = [MergedCell(c.cell_type, c.source, c.metadata, c if c.name else None) for c in source.cells]
            plan = plan_for(source, merged, assignment, limits, False, {})
            found = [step for step in plan.steps if isinstance(step, JudgeStep) and cell in step.needs]
            return tuple(found[:NEAREST])
    return ()


def _asked(assignment: Assignment, spec: Spec, slot: Slot) -> list[Apart]:
    """Makes a worker try the changes; returns the answers for those that it reached."""
    text = base64.b64encode(msgspec.json.encode(spec)).decode()
    test = SourceCell(
        TEST, "done", "code", "assert True", "assert True", {"nbgrader": dict(_META)}, 1.0, isolated=True, needs=()
    )
    nb = nbformat.v4.new_notebook()
    nb.cells = [
        nbformat.v4.new_code_cell(_PROBE.format(text=text), id="probe"),
        nbformat.v4.new_code_cell("assert True", id="done", metadata=test.metadata),
    ]
    name = assignment.notebooks[0].name
    source = SourceNotebook(name, (test,), dict(assignment.notebooks[0].metadata), expected={})
    probe = replace(assignment, notebooks=(source,), variants=())
    graded = grade(probe, Submission("mutants", {name: nbformat.writes(nb)}), slot)
    return _answers(graded)


_META = {"schema_version": 3, "grade_id": "done", "grade": True, "solution": False, "locked": True, "points": 1}


def _answers(graded: GradedSubmission) -> list[Apart]:
    found = []
    for nb in graded.notebooks.values():
        for cell in json.loads(nb)["cells"]:
            for output in cell.get("outputs", []):
                text = output.get("text", "")
                for line in ("".join(text) if isinstance(text, list) else text).splitlines():
                    if line.startswith('{"number"'):
                        found.append(msgspec.json.decode(line, type=Apart))
    return found


# -- in words --------------------------------------------------------------------------------------------------------


def summary(mutants: Sequence[Mutant], seconds: float) -> str:
    """The number of mutants and their results, in a line."""
    counts = {fate: sum(mutant.fate is fate for mutant in mutants) for fate in Fate}
    parts = [f"{counts[Fate.KILLED]} killed", f"{counts[Fate.EQUIVALENT]} equivalent"]
    if counts[Fate.CHOICE]:
        parts.append(f"{counts[Fate.CHOICE]} another choice of a value")
    if counts[Fate.UNTRIED]:
        parts.append(f"{counts[Fate.UNTRIED]} not tried further")
    if counts[Fate.ALLOWED]:
        parts.append(f"{counts[Fate.ALLOWED]} allowed")
    survivors = counts[Fate.SURVIVOR]
    return (
        f"{len(mutants)} mutants in {seconds:.0f} s: {', '.join(parts)}, {survivors} survivor{'s' * (survivors != 1)}"
    )


def told(mutant: Mutant) -> str:
    """A survivor: the change, which calls show it, and a test that would catch it."""
    return "\n".join(
        [
            f"survivor in {mutant.cell}: {mutant.mutation.kind}",
            *(f"    {line}" for line in mutant.diff.splitlines()),
            f"  differs for: {mutant.input}",
            "  a test that would catch it:",
            *(f"    {line}" for line in mutant.test.splitlines()),
        ]
    )
