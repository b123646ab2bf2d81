"""Whether an assignment can be trusted: the grader graded by its own false accepts and false rejects."""

from __future__ import annotations

import hashlib
import queue
import re
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat

from ..course.assignment import TEST, Assignment, SourceCell, SourceNotebook, Variant, leading_to
from ..course.converting import generate_assignment
from ..course.folders import Course
from ..course.nbgraders import steps_left_out
from ..course.submission import Submission
from ..engine.grade import grade
from ..engine.results import GradedSubmission
from ..engine.slot import Slot
from ..judging.outcome import Outcome

_MIN_LEAK = 12  # characters; a shorter line of a solution is no evidence
_SEED = re.compile(r"(\bdefault_rng\()(\d+)(?=\))")


@dataclass(frozen=True)
class Finding:
    """One check: its subject, whether it holds, and what is wrong if it does not.

    ``seconds`` are those of each test, if the reference was checked.
    """

    what: str
    holds: bool
    detail: str = ""
    seconds: tuple[tuple[str, float], ...] = ()


def check_release(course: Course, assignment: Assignment, slot: Slot, release: Path) -> list[Finding]:
    """The release leaks no solution or hidden test, and scores nothing."""
    leaks = find_leaks(assignment, release)
    causes = steps_left_out(course.config)
    findings = [Finding("the release leaks nothing", not leaks, "; ".join([*causes, *leaks[:3]]))]
    notebooks = {path.stem: path.read_text(encoding="utf-8") for path in sorted(release.glob("*.ipynb"))}
    graded = grade(assignment, Submission("release", notebooks), slot)
    given = [f"{cell.cell} ({cell.score:g})" for cell in graded.cells if cell.score]
    gifts = f"points for nothing in {', '.join(given)}"
    findings.append(Finding("the release scores 0", not given, "; ".join([*causes, gifts])))
    return findings


def verify(
    course: Course,
    assignment: Assignment,
    slots: Sequence[Slot],
    progress: Callable[[str], None],
    repeat: int = 1,
    known: dict[str, Finding] | None = None,
) -> list[Finding]:
    """Every check of an assignment, as many at a time as there are slots; `progress` gets the name of each when done.

    Args:
        known: findings of earlier calls, by their subject. They are not checked again, and new ones are added.

    The reference and each variant are graded `repeat` times, from the second time on with other seeds in the tests:
    the score must not change. In these repetitions only those tests of a variant run that need the cell it replaces;
    the others see the reference's own work, and are repeated as often with that.
    """
    with tempfile.TemporaryDirectory() as folder:
        released = generate_assignment(course, assignment.name, Path(folder))
        findings = check_release(course, assignment, slots[0], released)
    progress("release")

    free: queue.SimpleQueue = queue.SimpleQueue()
    for slot in slots:
        free.put(slot)

    def in_every_round(variant: Variant | None) -> Finding:
        submission = reference_submission(assignment, *filter(None, [variant]))
        slot = free.get()
        try:
            graded = grade(assignment, submission, slot)
            found = _variant_finding(variant, graded) if variant else _reference_finding(graded)
            part = concerned_by(variant, assignment) if variant else assignment
            again = reference_submission(part, *filter(None, [variant]))
            for number in range(1, repeat):
                if found.holds:
                    found = _same_score(found, graded, grade(reseeded(part, number), again, slot))
            return found
        finally:
            free.put(slot)

    with ThreadPoolExecutor(len(slots)) as pool:
        todo = [None, *assignment.variants]
        found = dict(known or {})
        keys = [_about(variant, assignment) for variant in todo]
        fresh = [(key, variant) for key, variant in zip(keys, todo, strict=True) if key not in found]
        for (key, variant), finding in zip(fresh, pool.map(in_every_round, [v for _, v in fresh]), strict=True):
            found[key] = finding
            progress(variant.name if variant else "reference")
    if known is not None:
        known |= found
    return findings + [found[key] for key in keys]


def _about(variant: Variant | None, assignment: Assignment) -> str:
    """Changes with what a finding depends on: for a variant, the cells that it affects, and the others of its cell."""
    part = concerned_by(variant, assignment) if variant else assignment
    rivals = tuple(v for v in assignment.variants if variant and v.replaces == variant.replaces)
    return hashlib.sha256(f"{replace(part, variants=rivals).fingerprint()} {variant}".encode()).hexdigest()


def concerned_by(variant: Variant, assignment: Assignment) -> Assignment:
    """The part of an assignment where a variant makes a difference: the tests that need its cell, and what they use."""

    def part(notebook: SourceNotebook) -> SourceNotebook:
        kept: set[int] = set()
        for number, cell in enumerate(notebook.cells):
            used = leading_to(cell, notebook.cells[:number], [variant]) if cell.kind == TEST else []
            if variant.replaces in [it.name for it in used]:
                kept |= {id(cell), *map(id, used)}
        return replace(notebook, cells=tuple(cell for cell in notebook.cells if id(cell) in kept))

    parts = tuple(part for part in map(part, assignment.notebooks) if part.cells)
    return replace(assignment, notebooks=parts)


def reseeded(assignment: Assignment, number: int) -> Assignment:
    """The assignment with other random numbers in its tests: each seed in ``default_rng(…)`` is changed.

    All students are graded with the seeds in the tests. Other seeds only show whether a verdict depends on them, so the
    reasons for a verdict are not searched again.
    """

    def move(cell: SourceCell) -> SourceCell:
        if cell.kind != TEST:
            return cell
        return replace(cell, source=_SEED.sub(lambda found: f"{found[1]}{int(found[2]) + 1000 * number}", cell.source))

    notebooks = (replace(notebook, cells=tuple(map(move, notebook.cells))) for notebook in assignment.notebooks)
    return replace(assignment, notebooks=tuple(notebooks), variants=())


def reference_submission(assignment: Assignment, *variants: Variant, student: str = "reference") -> Submission:
    """The instructor's own notebooks as a submission, with the variants in place of their cells."""
    code = {variant.replaces: variant.code for variant in variants}
    notebooks = {}
    for source in assignment.notebooks:
        nb = nbformat.v4.new_notebook(metadata=source.metadata)
        for number, cell in enumerate(source.cells):
            make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}.get(
                cell.cell_type, nbformat.v4.new_raw_cell
            )
            text = code.get(cell.name, assignment.marks.unmarked(cell.source) if cell.kind != TEST else cell.release)
            nb.cells.append(make(text, metadata=cell.metadata, id=f"cell-{number}"))
        notebooks[source.name] = nbformat.writes(nb)
    return Submission(student, notebooks)


def _reference_finding(graded: GradedSubmission) -> Finding:
    lost = [
        f"{c.cell}: {c.outcome} ({c.message})" for c in graded.cells if c.score is not None and c.score < c.max_score
    ]
    lost += [f"{c.cell}: {c.message}" for c in graded.cells if c.outcome == "grader_error"]
    seconds = tuple((c.cell, c.seconds) for c in graded.cells if c.outcome is not Outcome.MANUAL)
    return Finding("the reference scores full marks", not lost, "; ".join(lost), seconds)


def _variant_finding(variant: Variant, graded: GradedSubmission) -> Finding:
    lost = {cell.cell: cell for cell in graded.cells if cell.score is not None and cell.score < cell.max_score}
    broken = [cell.cell for cell in graded.cells if cell.outcome == "grader_error"]
    title = f"{variant.kind} {variant.name}"
    problems = [f"grader broke in {cell}" for cell in broken]
    if variant.kind == "alternative":
        problems += [f"false reject in {cell.cell}: {cell.message}" for cell in lost.values()]
        return Finding(title, not problems, "; ".join(problems))
    problems += [f"false accept in {cell}" for cell in variant.costs if cell not in lost]
    problems += [f"costs {cell} too: {found.message}" for cell, found in lost.items() if cell not in variant.costs]
    if lost and not any(cell.mistake == variant.name for cell in lost.values()):
        said = next(iter(lost.values()))
        problems.append(f"not named; the message was: {said.mistake or ''} {said.message}")
    return Finding(title, not problems, "; ".join(problems))


def _same_score(finding: Finding, first: GradedSubmission, again: GradedSubmission) -> Finding:
    """The finding, or that grading the same work again gave another score."""
    scores = {cell.cell: cell.score for cell in first.cells}
    other = [
        f"with other seeds: {cell.cell} scores {cell.score:g}, not {scores[cell.cell]:g} ({cell.message})"
        for cell in again.cells
        if cell.score is not None and cell.score != scores[cell.cell]
    ]
    return replace(finding, holds=False, detail="; ".join(other)) if other else finding


def find_leaks(assignment: Assignment, release: Path) -> list[str]:
    """Lines of solutions and hidden tests in the release; empty if there are none."""
    plainly: set[str] = set()
    secret: dict[str, str] = {}
    for notebook in assignment.notebooks:
        for cell in notebook.cells:
            shown, kept = assignment.marks.split(cell.source)
            plainly.update(map(_bare, shown))
            secret.update(dict.fromkeys(map(_bare, kept), cell.name or "a cell"))
    wanted = {line: cell for line, cell in secret.items() if len(line) >= _MIN_LEAK}
    leaks = []
    for path in sorted(release.rglob("*")):
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        handed_out = _lines(path, text)
        lines = set(map(_bare, handed_out))
        for line in sorted(lines & wanted.keys() - plainly):
            leaks.append(f"{path.name}: a line of {wanted[line]} ({line[:40]})")
        for mark in assignment.marks.begins:
            if any(mark in line for line in handed_out):
                leaks.append(f"{path.name}: contains '{mark}'")
    return leaks


def _lines(path: Path, text: str) -> list[str]:
    if path.suffix != ".ipynb":
        return text.splitlines()
    nb = nbformat.reads(text, as_version=4)
    outputs = [str(output) for cell in nb.cells for output in cell.get("outputs", [])]
    return [line for cell in nb.cells for line in cell.source.split("\n")] + outputs


def _bare(line: str) -> str:
    return re.sub(r"\s+", "", line)


def not_apart(assignment: Assignment) -> list[str]:
    """One line for each test cell that is judged in one process with others, with the reason."""
    return [
        f"{notebook.name}/{cell.name}: judged at its place, not after all cells: {cell.shared}"
        for notebook in assignment.notebooks
        for cell in notebook.tests()
        if not cell.apart
    ]


def not_isolated(assignment: Assignment) -> list[str]:
    """One line for each test cell that is graded inside the submission's process, with the reason."""
    return [
        f"{notebook.name}/{cell.name}: not isolated: {cell.why}"
        for notebook in assignment.notebooks
        for cell in notebook.tests()
        if not cell.isolated
    ]


def students_given(assignment: Assignment) -> list[str]:
    """One line for each given name that counts as the student's, since a cell of the reference changes its value."""
    return [
        f"{notebook.name}: {name} is given, and the student's from cell {int(place.partition('.')[0]) + 1} on, "
        "where the reference changes its value: a test that reads it uses the student's version"
        for notebook in assignment.notebooks
        for place, names in sorted((notebook.touched or {}).items())
        for name in names
    ]
