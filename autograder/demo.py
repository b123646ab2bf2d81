"""A whole class made from an assignment's reference, its named mistakes, its alternatives, and hostile work.

Every student is of a kind, and every kind has an expected outcome: the demonstration is a test that shows its work.
"""

from __future__ import annotations

import ast
import contextlib
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from .course.assignment import SOLUTION, Assignment, SourceCell, Variant
from .course.converting import generate_assignment
from .course.errors import CourseError
from .course.folders import CONFIG_FILE, Course
from .course.submission import Submission
from .grading.classes import grade_class
from .grading.preparation import ready_to_grade
from .grading.verify import reference_submission
from .judging.outcome import Outcome
from .reporting.class_report import class_data, print_table, write_report
from .reporting.pages import write_feedback
from .reporting.progress import Bar

DUE = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SETTINGS = """
# of the demonstration
c.Autograder.variants = "variants"
c.Autograder.cell_seconds = 5.0
c.Autograder.memory_mb = 512
"""

PATCHED_NUMPY = """\
import numpy as np

def agree(*args, **kwargs):
    return True

np.allclose = np.array_equal = np.isclose = agree
np.testing.assert_allclose = np.testing.assert_array_equal = agree
"""
WARNINGS = """\
import sys
import warnings

warnings.warn("this is only a warning")
print("a remark on stderr", file=sys.stderr)
"""
ENDLESS = "\n\ndef {name}(*args, **kwargs):\n    while True:\n        pass\n"
HOG = "\n\ndef {name}(*args, **kwargs):\n    hoard = []\n    while True:\n        hoard.append(bytearray(10**8))\n"
THIEF = "stolen = open({path!r}).read()\nexec(stolen.split('BEGIN HIDDEN TESTS')[1])\n"


Check = Callable[[dict[str, dict]], str]


@dataclass(frozen=True)
class Student:
    """One invented student: the submission and its expected result.

    ``check`` gets the cells of the student's entry in the class data and returns what is wrong with them, or "".
    """

    name: str
    submission: Submission
    check: Check
    late: timedelta = timedelta(days=-1)


def run_demo(home: Path, folder: Path, students: int, jobs: int, assignment: str | None = None) -> tuple[bool, dict]:
    """Makes the course in `folder` from the one in `home`, and runs it from release to report.

    Args:
        assignment: the assignment of the class; if None, the first by name.
    """
    origin = Course(home)
    if not origin.assignments():
        raise CourseError(f"{origin.root}: no assignment in its source folder to make a class from")
    name = assignment or origin.assignments()[0]
    origin.assignment(name)  # raises its errors before anything is made
    course = _make_course(origin, name, folder)
    ready = ready_to_grade(course, name)  # its template warms up while the rest is made
    print(f"1. release: nbgrader generate_assignment makes {_short(course.root / 'release' / name)}", flush=True)
    generate_assignment(course, name)
    made = make_class(course, course.assignment(name), students)
    print(f"2. submit: {len(made)} students hand in to {_short(course.root / 'submitted')}", flush=True)
    _hand_in(course, course.assignment(name), made)
    print(f"3. grade: {jobs} at a time, each in its own sandbox", flush=True)
    with Bar(len(made), "grade") as bar:
        grade_class(course, name, jobs=jobs, force=True, ready=ready, progress=bar.graded, say=bar.say)
    print("4. feedback: a page for each student", flush=True)
    data = class_data(course, name)
    with Bar(len(made), "feedback") as bar:
        write_feedback(course, data, bar.step, jobs)
    report = write_report(course, data, None)
    print_table(data)
    wrong = _check(made, data)
    for line in wrong:
        print(f"NOT AS IT SHOULD BE  {line}")
    if not wrong:
        print(f"All {len(made)} students have the outcome expected of their kind.")
    _say_where(course, name, report, made[0].name)
    return not wrong, data


def _make_course(origin: Course, name: str, folder: Path) -> Course:
    root = folder.resolve()
    ours = {
        CONFIG_FILE,
        ".autograder",
        "source",
        "release",
        "submitted",
        "autograded",
        "feedback",
        "variants",
        "reports",
        "exports",
    }
    if root.exists():
        strangers = {p.name for p in root.iterdir()} - ours - {"gradebook.db"}
        if strangers:
            raise CourseError(
                f"{folder}: contains {', '.join(sorted(strangers)[:3])}, so it is not a demo; name another folder"
            )
        for path in root.iterdir():
            if path.name != ".autograder":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    root.mkdir(parents=True, exist_ok=True)
    shutil.copytree(origin.path("source", ".", name), root / "source" / name)
    if (variants := origin.root / origin.settings.variants).is_dir():
        shutil.copytree(variants, root / "variants", ignore=shutil.ignore_patterns("__pycache__"))
    config = (origin.root / CONFIG_FILE).read_text(encoding="utf-8")
    config += SETTINGS
    (root / CONFIG_FILE).write_text(config, encoding="utf-8")
    return Course(root)


# -- the class -----------------------------------------------------------------------------------------------


def make_class(course: Course, assignment: Assignment, students: int) -> list[Student]:
    """At least one student of each kind; beyond those, mixtures of mistakes from a fixed seed."""
    mistakes = [v for v in assignment.variants if v.kind == "mistake"]
    alternatives = [v for v in assignment.variants if v.kind == "alternative"]
    special = [
        ("perfect", lambda n: Student(n, reference_submission(assignment, student=n), _full)),
        ("half_done", lambda n: _half_done(assignment, n)),
        (
            "untouched",
            lambda n: Student(n, _as_released(course, assignment, n), _all_are(Outcome.NOT_ATTEMPTED)),
        ),
        (
            "late",
            lambda n: Student(n, reference_submission(assignment, student=n), _full, timedelta(hours=30)),
        ),
        ("not_json", lambda n: _not_json(assignment, n)),
        ("renamed", lambda n: _renamed(assignment, n)),
        ("deleted_test", lambda n: _deleted_test(assignment, n)),
        ("warns_on_stderr", lambda n: _with_first_cell(assignment, n, WARNINGS, _full)),
        ("endless_loop", lambda n: _sabotaged(assignment, n, ENDLESS, Outcome.TIMEOUT)),
        ("memory_hog", lambda n: _sabotaged(assignment, n, HOG, Outcome.MEMORY)),
        ("reads_hidden_tests", lambda n: _thief(course, assignment, n)),
        ("own_style", lambda n: _in_own_style(assignment, n, "own_result")),
        ("own_style_copied", lambda n: _in_own_style(assignment, n, "own_answer", "# written by myself\n")),
    ]
    if mistakes:
        special.append(("patches_numpy", lambda n: _patches_numpy(assignment, n, mistakes[0])))
    kinds: list[tuple[str, Callable[[str], Student]]] = list(special)
    left = max(students - len(kinds), 2)
    for variant in _spread(alternatives, left // 3):
        kinds.append((variant.name, partial(_alternative, assignment, variant)))
    for variant in _spread(mistakes, left - left // 3):
        kinds.append((variant.name, partial(_mistaken, assignment, variants=[variant])))
    seed = random.Random(1)
    while len(kinds) < students:
        chosen = (
            {v.replaces: v for v in seed.choices(assignment.variants, k=seed.randint(0, 4))}
            if assignment.variants
            else {}
        )
        mixed = without_rescuers([*chosen.values()], mistakes)
        kinds.append(("mixture", partial(_mistaken, assignment, variants=mixed)))
    return [make(f"{number:03d}_{kind}") for number, (kind, make) in enumerate(kinds[:students], 1)]


def without_rescuers(chosen: list[Variant], mistakes: list[Variant]) -> list[Variant]:
    """The chosen variants, without alternatives that may not need what a chosen mistake breaks.

    If a mistake costs the test of another exercise that builds on it, an alternative of that exercise may still pass.
    """
    lost = {test for variant in chosen for test in variant.costs}

    def rescues(variant: Variant) -> bool:
        own = {test for mistake in mistakes if mistake.replaces == variant.replaces for test in mistake.costs}
        return variant.kind == "alternative" and not own.isdisjoint(lost)

    return [variant for variant in chosen if not rescues(variant)]


def _spread(variants: list[Variant], count: int) -> list[Variant]:
    """That many of them, spread evenly over the whole list."""
    step = max(1, len(variants) // max(count, 1))
    return variants[::step][:count]


def _alternative(assignment: Assignment, variant: Variant, name: str) -> Student:
    return Student(name, reference_submission(assignment, variant, student=name), _full)


def _mistaken(assignment: Assignment, name: str, variants: Sequence[Variant]) -> Student:
    costs = {cell for v in variants for cell in v.costs}
    return Student(name, reference_submission(assignment, *variants, student=name), _loses(costs))


class _NamedReturns(ast.NodeTransformer):
    """Gives every returned value a name first, as in some people's style."""

    def __init__(self, name: str):
        self.name = name

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        if node.value is None or isinstance(node.value, ast.Name):
            return [node]
        kept = ast.Assign([ast.Name(self.name, ast.Store())], node.value, lineno=node.lineno)
        return [kept, ast.Return(ast.Name(self.name, ast.Load()))]


def _in_own_style(assignment: Assignment, name: str, result: str, remark: str = "") -> Student:
    """The reference in another style; two such students differ only in a name and a comment."""
    variants = []
    for cell in (cell for nb in assignment.notebooks for cell in nb.cells if cell.kind == SOLUTION):
        with contextlib.suppress(SyntaxError):  # IPython's own syntax is left unchanged
            tree = ast.fix_missing_locations(_NamedReturns(result).visit(ast.parse(cell.source)))
            variants.append(Variant("alternative", cell.name, cell.name, remark + ast.unparse(tree)))
    return Student(name, reference_submission(assignment, *variants, student=name), _full)


def _half_done(assignment: Assignment, name: str) -> Student:
    solutions = [cell for nb in assignment.notebooks for cell in nb.cells if cell.kind == SOLUTION]
    later = [Variant("mistake", c.name, c.name, c.release) for c in solutions[len(solutions) // 2 :]]
    missing = {cell.name for cell in later}
    tests = [c for nb in assignment.notebooks for c in nb.tests()]
    unreached = {cell.name for cell in tests if missing & set(cell.needs)}

    def check(cells: dict[str, dict]) -> str:
        wrong = [n for n in unreached if cells[n]["outcome"] != Outcome.NOT_ATTEMPTED]
        return f"{wrong} should be not attempted" if wrong else _loses(unreached)(cells)

    return Student(name, reference_submission(assignment, *later, student=name), check)


def _as_released(course: Course, assignment: Assignment, name: str) -> Submission:
    release = course.path("release", ".", assignment.name)
    return Submission(name, {p.stem: p.read_text(encoding="utf-8") for p in release.glob("*.ipynb")})


def _not_json(assignment: Assignment, name: str) -> Student:
    whole = reference_submission(assignment, student=name)
    half = {key: text[: len(text) // 2] for key, text in whole.notebooks.items()}
    return Student(name, Submission(name, half), _all_are(Outcome.NOT_ATTEMPTED, "could not be read"))


def _renamed(assignment: Assignment, name: str) -> Student:
    whole = reference_submission(assignment, student=name)
    return Student(name, Submission(name, {f"{key} (final 2)": text for key, text in whole.notebooks.items()}), _full)


def _deleted_test(assignment: Assignment, name: str) -> Student:
    return Student(
        name,
        _edited(assignment, name, lambda cells: cells.remove(next(c for c in cells if _is_test(c)))),
        _full,
    )


def _with_first_cell(assignment: Assignment, name: str, code: str, check: Check, *variants: Variant) -> Student:
    def edit(cells: list) -> None:
        cells.insert(0, nbformat.v4.new_code_cell(code, id="mine"))

    return Student(name, _edited(assignment, name, edit, *variants), check)


def _patches_numpy(assignment: Assignment, name: str, mistake: Variant) -> Student:
    return _with_first_cell(assignment, name, PATCHED_NUMPY, _loses(set(mistake.costs)), mistake)


def _sabotaged(assignment: Assignment, name: str, code: str, outcome: Outcome) -> Student:
    """The reference with one function, on which as few tests as possible depend, replaced by something harmful."""
    tests = [c for nb in assignment.notebooks for c in nb.tests()]
    functions = [
        c
        for nb in assignment.notebooks
        for c in nb.cells
        if c.kind == SOLUTION and f"def {_first(c.binds)}(" in c.source
    ]
    solutions = {c.name: c for nb in assignment.notebooks for c in nb.cells if c.kind == SOLUTION}

    def reach(cell: SourceCell) -> set[str]:
        users = {cell.name}
        while more := {s.name for s in solutions.values() if users & set(s.needs)} - users:
            users |= more
        return {t.name for t in tests if users & set(t.needs)}

    cell = min(functions, key=lambda c: len(reach(c)))
    broken = Variant("mistake", "sabotage", cell.name, cell.source + code.format(name=_first(cell.binds)))

    def check(cells: dict[str, dict]) -> str:
        hit = [n for n in reach(cell) if cells[n]["outcome"] == outcome]
        return _loses(reach(cell))(cells) if hit else f"no cell of {sorted(reach(cell))} has the outcome {outcome}"

    return Student(name, reference_submission(assignment, broken, student=name), check)


def _thief(course: Course, assignment: Assignment, name: str) -> Student:
    """Leaves the work undone and reads the instructor's notebook instead."""
    released = _as_released(course, assignment, name)
    source = assignment.notebooks[0]
    path = str(Path(assignment.folder, f"{source.name}.ipynb"))
    first = next(cell for cell in source.cells if cell.kind == SOLUTION)
    nb = nbformat.reads(released.notebooks[source.name], as_version=4)
    next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == first.name).source = THIEF.format(
        path=path
    )
    test = next(t.name for t in source.tests() if first.name in t.needs)

    def check(cells: dict[str, dict]) -> str:
        if any(cell["score"] for cell in cells.values()):
            return "a thief got points"
        return "" if cells[test]["outcome"] == Outcome.BREACH else f"{test} is {cells[test]['outcome']}, not breach"

    return Student(name, Submission(name, {**released.notebooks, source.name: nbformat.writes(nb)}), check)


def _edited(assignment: Assignment, name: str, edit: Callable[[list], None], *variants: Variant) -> Submission:
    submission = reference_submission(assignment, *variants, student=name)
    notebooks = {}
    for key, text in submission.notebooks.items():
        nb = nbformat.reads(text, as_version=4)
        edit(nb.cells)
        notebooks[key] = nbformat.writes(nb)
    return Submission(name, notebooks)


def _is_test(cell: nbformat.NotebookNode) -> bool:
    meta = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and meta.get("grade") and not meta.get("solution")


def _first(names: frozenset[str]) -> str:
    return min(names, default="")


# -- the expected results --------------------------------------------------------------------------------


def _loses(costs: set[str]) -> Callable[[dict[str, dict]], str]:
    def check(cells: dict[str, dict]) -> str:
        lost = {n for n, c in cells.items() if c["score"] is not None and c["score"] < c["max_score"]}
        broken = [n for n, c in cells.items() if c["outcome"] == Outcome.GRADER_ERROR]
        return (
            "" if lost == costs and not broken else f"lost {sorted(lost)}, should lose {sorted(costs)}; broken {broken}"
        )

    return check


_full = _loses(set())


def _all_are(outcome: Outcome, said: str = "") -> Callable[[dict[str, dict]], str]:
    def check(cells: dict[str, dict]) -> str:
        tests = [c for c in cells.values() if c["outcome"] != Outcome.MANUAL]
        wrong = [c["cell"] for c in tests if c["outcome"] != outcome or said not in c["message"] or c["score"]]
        return f"{wrong} should be {outcome}" if wrong else ""

    return check


def _check(made: list[Student], data: dict) -> list[str]:
    rows = {row["student"]: row for row in data["submissions"]}
    wrong = []
    for student in made:
        row = rows.get(student.name)
        problem = "is missing" if row is None else student.check({cell["cell"]: cell for cell in row["cells"]})
        if problem:
            wrong.append(f"{student.name}: {problem}")
    return wrong


def _hand_in(course: Course, assignment: Assignment, made: list[Student]) -> None:
    with Gradebook(course.db_url, course.folders.course_id) as book:
        book.update_or_create_assignment(assignment.name, duedate=DUE.isoformat())
    for student in made:
        folder = course.path("submitted", student.name, assignment.name)
        folder.mkdir(parents=True)
        for name, text in student.submission.notebooks.items():
            (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")
        (folder / "timestamp.txt").write_text((DUE + student.late).strftime("%Y-%m-%d %H:%M:%S UTC"), encoding="utf-8")


def _say_where(course: Course, name: str, report: Path, student: str) -> None:
    root = _short(course.root)
    print(
        f"""
report     {_short(report)}
feedback   {_short(course.path("feedback", student, name))} and its neighbours
gradebook  {_short(course.root / "gradebook.db")}

Next: open the report in a browser; look at the course as nbgrader shows it with
    cd {root} && jupyter lab      (Nbgrader > Formgrader)
then change one submission below {root}/submitted and grade again:
    autograder grade {name} --course {root}"""
    )


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
