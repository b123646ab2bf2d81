"""Real courses, graded by stock nbgrader and by us: does every cell get the same score, and how much is isolated?

    python benchmarks/courses.py FOLDER                 each entry of FOLDER is a course: a folder of assignments
    python benchmarks/courses.py FOLDER --only 'phys*'  only the courses whose names match
    python benchmarks/courses.py FOLDER --isolation     only how much is isolated, which takes a tenth of the time
    python benchmarks/courses.py FOLDER --store         write the tables into docs/courses.md

An entry of FOLDER is what nbgrader calls `source`, or a link to it: one folder per assignment. For each assignment
these are handed in: the reference; the release, untouched; broken work, made from the reference by rules (functions
that return nothing, other numbers, other operators, every second answer missing); and the work of a sloppy student, who
is right but leaves failing scratch cells behind, edits tests and deletes one. Both graders run by their real commands,
each in its own course with an nbgrader_config.py that sets only the kernel, and the autotests.yml of nbgrader's guide.
An assignment is skipped, with the reason, if stock nbgrader's own reference run gets no points at all, for example
because a package or a data set is missing.

Strangers' code runs here, by stock nbgrader without protection: use a container, or a machine with nothing of value on
it.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatch
from pathlib import Path

import nbformat
import nbgrader

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
for variable, first in ("PYTHONPATH", ROOT), ("PATH", Path(sys.executable).parent):
    os.environ[variable] = os.pathsep.join(filter(None, [str(first), os.environ.get(variable)]))
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
os.environ |= {"MPLBACKEND": "agg", "PYTHONHASHSEED": "0"}

from stored import machine, put  # noqa: E402

from autograder.course.assignment import SOLUTION, TEST, Assignment  # noqa: E402
from autograder.course.errors import CourseError  # noqa: E402
from autograder.course.folders import CONFIG_FILE, Course  # noqa: E402
from autograder.course.names import transform  # noqa: E402
from autograder.grading.preparation import prepared  # noqa: E402
from autograder.grading.verify import reference_submission  # noqa: E402

PAGE = ROOT / "docs" / "courses.md"
AUTOTESTS = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide" / "autotests.yml"  # nbgrader's own
LEAST_ISOLATED = 0.97
REFERENCE, UNTOUCHED, SLOPPY = "reference", "untouched", "sloppy"
Rewrite = Callable[[str, int], str]


@dataclass
class Compared:
    """One assignment, graded both ways.

    Attributes:
        skipped: why it was not graded; nothing else is filled in then.
        cells: scores that were compared, one for each test cell and student.
        tests, isolated: how many test cells there are, and how many of them are judged in isolation.
        why: test cell -> why it is not isolated.
        lost: tests in which the reference itself loses points here because a package or data is missing, and why. Their
            notebooks are not counted.
        differences: cells with different scores, as ``student/cell: stock 1, ours 0 (message)``.
    """

    course: str
    assignment: str
    skipped: str = ""
    students: int = 0
    cells: int = 0
    tests: int = 0
    isolated: int = 0
    why: dict[str, str] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


# -- students ---------------------------------------------------------------------------------------------------


class _ReturnNothing(ast.NodeTransformer):
    def visit_Return(self, node: ast.Return) -> ast.AST:
        return ast.Return(None)


class _OtherNumbers(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant(node.value + 1) if type(node.value) in (int, float) else node


class _OtherOperators(ast.NodeTransformer):
    SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Lt: ast.GtE, ast.Gt: ast.LtE, ast.Eq: ast.NotEq}

    def visit(self, node: ast.AST) -> ast.AST:
        node = self.generic_visit(node)
        if isinstance(node, ast.BinOp):
            node.op = self.SWAPS.get(type(node.op), type(node.op))()
        elif isinstance(node, ast.Compare):
            node.ops = [self.SWAPS.get(type(op), type(op))() for op in node.ops]
        return node


def rewritten(by: type[ast.NodeTransformer]) -> Rewrite:
    """A student whose solution cells are all changed by a rule; cells that are not plain Python stay as they are."""

    def rewrite(source: str, _: int) -> str:
        try:
            return ast.unparse(ast.fix_missing_locations(by().visit(ast.parse(transform(source)))))
        except (SyntaxError, ValueError, RecursionError):
            return source

    return rewrite


def hand_in(course: Path, assignment: Assignment) -> list[str]:
    """Fills ``submitted/``; returns the students."""
    solutions = {
        (nb.name, cell.name): cell for nb in assignment.notebooks for cell in nb.cells if cell.kind == SOLUTION
    }
    broken: dict[str, Rewrite | None] = {
        REFERENCE: None,
        "returns_nothing": rewritten(_ReturnNothing),
        "other_numbers": rewritten(_OtherNumbers),
        "other_operators": rewritten(_OtherOperators),
        "every_second_missing": lambda source, number: "" if number % 2 else source,
        "no_function_left": lambda source, number: "x = 1" if number % 3 == 0 else source,
    }
    reference = reference_submission(assignment).notebooks
    for student, rewrite in broken.items():
        for name, text in reference.items():
            nb, number = nbformat.reads(text, as_version=4), 0
            for cell in nb.cells:
                if rewrite and (name, cell.metadata.get("nbgrader", {}).get("grade_id")) in solutions:
                    cell.source, number = rewrite(cell.source, number), number + 1
            _write(course, student, assignment.name, name, nb)
    for name, text in reference.items():
        _write(course, SLOPPY, assignment.name, name, _sloppy(nbformat.reads(text, as_version=4)))
        released = course / "release" / assignment.name / f"{name}.ipynb"
        _write(course, UNTOUCHED, assignment.name, name, nbformat.read(released, as_version=4))
    return [*broken, SLOPPY, UNTOUCHED]


def _sloppy(nb: nbformat.NotebookNode) -> nbformat.NotebookNode:
    tests = [c for c in nb.cells if _marks(c).get("grade") and not _marks(c).get("solution") and c.cell_type == "code"]
    for test in tests[1::2]:
        test.source = "# I had a look at this\nassert True\n" + test.source
    if len(tests) > 2:
        nb.cells.remove(tests[2])
    new = nbformat.v4.new_code_cell
    middle = len(nb.cells) // 2
    scratch = [new("# todo: ask\n1 / 0", id="scratch-1"), new("def unfinished(:", id="scratch-2")]
    nb.cells[middle:middle] = [*scratch, new("print('here')\nundefined_name", id="scratch-3")]
    return nb


def _marks(cell: nbformat.NotebookNode) -> dict:
    return cell.metadata.get("nbgrader") or {}


def _write(course: Path, student: str, assignment: str, name: str, nb: nbformat.NotebookNode) -> None:
    folder = course / "submitted" / student / assignment
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, folder / f"{name}.ipynb")


# -- two graders ------------------------------------------------------------------------------------------------


def compare(course: str, source: Path, seconds: int = 900, only_isolation: bool = False) -> Compared:
    """Grades one assignment both ways, in two separate courses; or only prepares it."""
    with tempfile.TemporaryDirectory(prefix="courses-") as top:
        stock, ours = Path(top, "stock"), Path(top, "ours")
        found = Compared(course, source.name)
        ignored = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")
        shutil.copytree(source, stock / "source" / source.name, ignore=ignored)
        (stock / CONFIG_FILE).write_text("c = get_config()\nc.Execute.kernel_name = 'python3'\n")  # any kernel
        shutil.copy(AUTOTESTS, stock)
        try:
            _run(stock, "nbgrader", "update", ".", seconds=seconds)  # metadata of older versions
            if said := _run(stock, "nbgrader", "generate_assignment", source.name, seconds=seconds):
                return _skip(found, f"nbgrader makes no release of it: {said}")
            shutil.copytree(stock, ours)
            assignment, slot = prepared(Course(ours), source.name)
            slot.close()
            found.lost = [
                f"{nb.name}: {' '.join(said.split())[:150]}" for nb in assignment.notebooks for said in nb.lost
            ]
            tests = [cell for nb in assignment.notebooks if not nb.lost for cell in nb.cells if cell.kind == TEST]
            if not tests:
                return _skip(found, found.lost[0] if found.lost else "it has no test cell")
            found.tests, found.isolated = len(tests), sum(cell.isolated for cell in tests)
            found.why = {cell.name: " ".join(cell.why.split())[:200] for cell in tests if not cell.isolated}
            if only_isolation:
                return found
            found.students = len(hand_in(ours, assignment))
            shutil.copytree(ours / "submitted", stock / "submitted")
            _run(stock, "nbgrader", "autograde", source.name, seconds=seconds)
            options = "--no-feedback", "--json", "grade.json"
            said = _run(ours, "autograder", "grade", source.name, *options, seconds=seconds)
        except CourseError as error:
            return _skip(found, f"refused by us: {error}")
        except subprocess.TimeoutExpired:
            return _skip(found, f"not done in {seconds} s")
        theirs, mine = scores(stock, source.name), scores(ours, source.name)
        if not any(score for (student, _), score in theirs.items() if student == REFERENCE):
            return _skip(found, "its reference gets no points from stock nbgrader here")
        if not mine:
            return _skip(found, f"refused by us: {said}")
        messages = _messages(ours / "grade.json")
        found.cells = len(theirs)
        for key in sorted(theirs):
            if theirs[key] != mine.get(key):
                student, cell = key
                said = " ".join(messages.get(key, "").split())[:160]
                found.differences.append(f"{student}/{cell}: stock {theirs[key]}, ours {mine.get(key)} ({said})")
        return found


def _skip(found: Compared, why: str) -> Compared:
    found.skipped = " ".join(why.split())[:300]
    return found


def scores(course: Path, assignment: str) -> dict[tuple[str, str], float | None]:
    """(student, test cell) -> points from the tests, from nbgrader's gradebook; manually graded cells are left out."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        return {
            (submission.student.id, grade.name): grade.auto_score
            for submission in book.assignment_submissions(assignment)
            for notebook in submission.notebooks
            for grade in notebook.grades
            if grade.cell.cell_type == "code" and not _by_hand(notebook.notebook, grade.name)
        }


def _by_hand(notebook, cell: str) -> bool:  # noqa: ANN001  (a row of nbgrader's)
    return cell in {it.name for it in notebook.solution_cells} | {it.name for it in notebook.task_cells}


def _messages(path: Path) -> dict[tuple[str, str], str]:
    data = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"submissions": []}
    return {
        (submission["student"], cell["cell"]): f"{cell['outcome']}: {cell['message']}"
        for submission in data["submissions"]
        for cell in submission["cells"]
    }


def _run(course: Path, program: str, *arguments: str, seconds: int) -> str:
    """The last lines of output of a command that failed, otherwise nothing."""
    command = [sys.executable, "-m", program, *arguments]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, errors="replace", timeout=seconds)
    return (done.stderr.strip() or done.stdout.strip())[-300:] if done.returncode else ""


# -- the page ---------------------------------------------------------------------------------------------------


def table(found: list[Compared]) -> str:
    """The results by course: what falls back and why, what differs, and what was skipped."""
    done = [one for one in found if not one.skipped]
    lines = [
        "| course | assignments | scores compared | differ | without the sloppy student | test cells | isolated |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    courses = list(dict.fromkeys(one.course for one in done))
    for name, part in [*((c, [one for one in done if one.course == c]) for c in courses), ("all", done)]:
        differ = [line for one in part for line in one.differences]
        serious = [line for line in differ if not line.startswith(f"{SLOPPY}/")]
        tests, isolated = sum(one.tests for one in part), sum(one.isolated for one in part)
        lines.append(
            f"| {name} | {len(part)} | {sum(one.cells for one in part)} | {len(differ)} | {len(serious)} | {tests} | "
            f"{isolated} ({100 * isolated / max(tests, 1):.0f} %) |"
        )
    for title, rows in (
        ("Not isolated", [f"{o.course}, {o.assignment}, `{cell}`: {why}" for o in done for cell, why in o.why.items()]),
        ("Other scores", [f"{o.course}, {o.assignment}: {line}" for o in done for line in o.differences]),
        (
            "Skipped",
            [f"{o.course}, {o.assignment}: {o.skipped}" for o in found if o.skipped]
            + [f"{o.course}, {o.assignment}, the notebook of {text}" for o in done for text in o.lost[:1]],
        ),
    ):
        lines += ["", f"### {title}", "", *(f"- {row}" for row in rows or ["nothing"])]
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="has a folder, or a link to one, for each course")
    parser.add_argument("--only", default="*", metavar="GLOB", help="only these courses, or course/assignment")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all results; existing ones are kept")
    parser.add_argument("--isolation", action="store_true", help="leave out the comparison with stock nbgrader")
    parser.add_argument("--seconds", type=int, default=900, help="time limit of one command (default 900)")
    parser.add_argument("--store", action="store_true", help=f"write the tables into docs/{PAGE.name}")
    arguments = parser.parse_args(argv)
    found: list[Compared] = []
    if arguments.json and arguments.json.exists():
        found = [Compared(**one) for one in json.loads(arguments.json.read_text(encoding="utf-8"))]
    known = {(one.course, one.assignment) for one in found}
    for course in sorted(path for path in arguments.folder.iterdir() if path.is_dir()):
        for source in sorted(path for path in course.iterdir() if path.is_dir() and [*path.glob("*.ipynb")]):
            named = fnmatch(course.name, arguments.only) or fnmatch(f"{course.name}/{source.name}", arguments.only)
            if not named or (course.name, source.name) in known:
                continue
            found.append(one := compare(course.name, source, arguments.seconds, arguments.isolation))
            print(f"{course.name}/{source.name}: {one.skipped or _line(one)}", *one.differences, sep="\n  ", flush=True)
            if arguments.json:
                arguments.json.write_text(json.dumps([asdict(one) for one in found], indent=1), encoding="utf-8")
    text = table(found)
    print(text)
    if arguments.store:
        put("Results", f"Measured on {machine()}.\n\n{text}", PAGE)
    done = [one for one in found if not one.skipped]
    share = sum(one.isolated for one in done) / max(sum(one.tests for one in done), 1)
    serious = Counter(line.split("/")[0] for one in done for line in one.differences)
    serious.pop(SLOPPY, None)
    if share < LEAST_ISOLATED or serious:
        sys.exit(f"{100 * share:.1f} % isolated, target {100 * LEAST_ISOLATED:.0f} %; other scores: {dict(serious)}")


def _line(one: Compared) -> str:
    return f"{one.cells} scores, {len(one.differences)} differ; {one.isolated} of {one.tests} isolated"


if __name__ == "__main__":
    main()
