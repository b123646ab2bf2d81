"""How long it takes to grade a class: with stock nbgrader, with otter, with this grader, and with no grader at all.

    python benchmarks/grading.py                         the classes of mlp and of backprop, and a small course
    python benchmarks/grading.py --assignment mlp        only this one
    python benchmarks/grading.py --store                 write the table into docs/benchmarks.md
    python benchmarks/grading.py --sweep                 whether 2,000 submissions cost as much each as 10

Each way grades the same few submissions in turn, the reference and variants of it, and has to give them the same
points: otherwise the times are meaningless. An instructor waits for grades and feedback pages: nbgrader's `autograde`
and `generate_feedback`, our `grade`. Start-up is not counted here. The floor runs the same cells by plain `exec` in one
process that has imported everything: no isolation, no time limit, no gradebook, no page. The small course is timed
differently: from the first command to the last page, including start-up and the runs of the reference; and with it, how
long the command takes to start. The last line is the smallest ratio of nbgrader's time to ours with two slots; exits
with 1 if a target is missed. Needs the requirements `benchmarks`.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest import mock

import nbformat

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "autograder")]
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # for every way
for variable, first in ("PYTHONPATH", ROOT), ("PATH", Path(sys.executable).parent):  # nbgrader starts `alembic`
    os.environ[variable] = os.pathsep.join(filter(None, [str(first), os.environ.get(variable)]))
os.environ |= THREADS

import bikes  # noqa: E402
from stored import machine, put  # noqa: E402

from autograder.course.assignment import Assignment  # noqa: E402
from autograder.course.folders import CONFIG_FILE, Course  # noqa: E402
from autograder.course.submission import Submission  # noqa: E402
from autograder.engine import slot as slots  # noqa: E402
from autograder.engine.grade import grade  # noqa: E402
from autograder.engine.slot import Slot  # noqa: E402
from autograder.engine.template import Template  # noqa: E402
from autograder.grading import classes as grading  # noqa: E402
from autograder.grading.gradebook import GradebookWriter  # noqa: E402
from autograder.grading.verify import reference_submission  # noqa: E402
from autograder.reporting.class_report import class_data  # noqa: E402
from autograder.reporting.pages import write_feedback  # noqa: E402

LEAST_RATIO = 25  # of nbgrader's time to ours with two slots, for grades and pages
LEAST_FIRST_RATIO = 5  # the same for the first run of a small course, start-up included
LONGEST_START = 1.0  # seconds until the first submission is run, if nothing about the assignment has changed
MOST_GROWTH = 1.25  # of time and memory from the smallest class to the largest
SIZES = (10, 200, 2000)
WARM_UP = "000-warm-up"
STOCK, OTTER, FLOOR = "nbgrader autograde, generate_feedback", "otter run, local", "plain exec, the floor"
# Runs a command that says when it starts the first process for a submission; its clock is that of all processes.
TIMED = """\
import runpy, sys, time
from autograder.engine.template import Template

fork, started = Template.fork, float(sys.argv.pop(1))

def noting(self, kind, *args, **more):
    pid = fork(self, kind, *args, **more)
    if kind == "worker":
        print("started after", time.monotonic() - started)
    return pid

Template.fork = noting
runpy.run_module("autograder", run_name="__main__")
"""
TEST_FILE = """\
from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points!r}


@test_case()
def test(env):
    exec({source!r}, env)
"""


@dataclass
class Measured:
    """The time that one way of grading took.

    Attributes:
        seconds: wall-clock time per submission, of which `pages` for feedback.
        points: of each of the few submissions, as graded this way.
        split: how these seconds were spent.
    """

    way: str
    assignment: str
    seconds: float
    points: list[float]
    split: dict[str, float] = field(default_factory=dict)
    pages: float = 0.0


# -- what is graded -------------------------------------------------------------------------------------------


def few_submissions(assignment: Assignment, count: int = 4) -> list[Submission]:
    """The reference and, evenly from the list, variants of it; fewer if there are not enough."""
    step = max(1, len(assignment.variants) // (count - 1))
    variants = [None, *assignment.variants[::step][: count - 1]]
    return [reference_submission(assignment, *filter(None, [variant])) for variant in variants]


def hand_in(course: Path, name: str, submissions: list[Submission], students: int, warm_up: bool = False) -> None:
    """Fills ``submitted/`` with the given number of students, who hand in the few submissions in turn."""
    shutil.rmtree(course / "submitted", ignore_errors=True)
    ids = [WARM_UP] * warm_up + [f"student{number:05}" for number in range(students)]
    for number, student in enumerate(ids):
        folder = course / "submitted" / student / name
        folder.mkdir(parents=True)
        for notebook, text in submissions[max(number - warm_up, 0) % len(submissions)].notebooks.items():
            (folder / f"{notebook}.ipynb").write_text(text, encoding="utf-8")


def make_course(home: Path, name: str, root: Path) -> Path:
    """A stock course: plain nbgrader, nothing of ours in its configuration; released."""
    shutil.copytree(home / "source" / name, root / "source" / name)
    (root / CONFIG_FILE).write_text("c = get_config()\nc.CourseDirectory.course_id = 'benchmark'\n")
    nbgrader(root, "generate_assignment", name)
    return root


def make_ours(home: Path, stock: Path, root: Path) -> Path:
    """The same course with our configuration, named mistakes included."""
    shutil.copytree(stock, root, ignore=shutil.ignore_patterns("autograded", "submitted", CONFIG_FILE))
    config = (home / CONFIG_FILE).read_text(encoding="utf-8") + "\nc.CourseDirectory.course_id = 'benchmark'\n"
    (root / CONFIG_FILE).write_text(config, encoding="utf-8")
    variants = Course(home).settings.variants
    if (home / variants).is_dir():
        shutil.copytree(home / variants, root / variants)
    return root


def nbgrader(course: Path, *arguments: str) -> None:
    """Runs nbgrader's own command. Raises SystemExit with its last output if it fails."""
    run_python(course, "nbgrader", *arguments)


def run_python(course: Path, *arguments: str, how: str = "-m") -> str:
    """Runs a module, or a text with ``how="-c"``, as a command in a course; returns its output.

    Raises SystemExit with the last of it if the command fails.
    """
    command = [sys.executable, how, *arguments]
    done = subprocess.run(command, cwd=course, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stdout[-2000:]}")
    return done.stdout


# -- the ways of grading --------------------------------------------------------------------------------------


def by_nbgrader(course: Path, assignment: Assignment, submissions: list[Submission]) -> Measured:
    """The real commands, once for all submissions; timing starts when the warm-up submission is done."""
    name, count = assignment.name, len(submissions)
    hand_in(course, name, submissions, count, warm_up=True)
    seconds = {}
    for command, made in ("autograde", "autograded/*/*/*.ipynb"), ("generate_feedback", "feedback/*/*/*.html"):
        nbgrader(course, command, name)
        ended: dict[str, float] = {}
        for path in course.glob(made):
            ended[path.parts[-3]] = max(ended.get(path.parts[-3], 0.0), path.stat().st_mtime)
        seconds[command] = (max(ended.values()) - min(ended.values())) / count
    points = points_of(course, name, [f"student{number:05}" for number in range(count)])
    return Measured(STOCK, name, sum(seconds.values()), points, pages=seconds["generate_feedback"])


def points_of(course: Path, name: str, students: list[str]) -> list[float]:
    """Their points in a gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        return [book.find_submission(name, student).score for student in students]


def by_otter(folder: Path, assignment: Assignment, submissions: list[Submission]) -> Measured:
    """otter's grading without containers, in one process that has imported it; the tests are otter files."""
    folder.mkdir()
    with zipfile.ZipFile(folder / "autograder.zip", "w") as bundle:
        bundle.writestr("otter_config.json", "{}")
        for test in (test for notebook in assignment.notebooks for test in notebook.tests()):
            text = TEST_FILE.format(name=test.name, points=test.points, source=test.source)
            bundle.writestr(f"tests/{test.name}.py", text)
    paths = []
    for number, submission in enumerate([submissions[0], *submissions]):
        (text,) = submission.notebooks.values()
        notebook = nbformat.reads(text, as_version=4)
        notebook.cells = [cell for cell in notebook.cells if not cell.metadata.get("nbgrader", {}).get("grade")]
        paths.append(str(folder / f"{number}.ipynb"))
        nbformat.write(notebook, paths[-1])
    with one_process() as process:
        seconds, points = process.submit(_otter, str(folder / "autograder.zip"), paths).result()
    return Measured(OTTER, assignment.name, sum(seconds[1:]) / len(submissions), points[1:])


def _otter(bundle: str, paths: list[str]) -> tuple[list[float], list[float]]:
    from otter.api import grade_submission

    seconds, points = [], []
    for path in paths:
        started = time.perf_counter()
        with contextlib.redirect_stderr(io.StringIO()):
            graded = grade_submission(path, bundle, quiet=True)
        seconds.append(time.perf_counter() - started)
        points.append(graded.total)
    return seconds, points


def by_exec(assignment: Assignment, submissions: list[Submission], repeats: int = 3) -> Measured:
    """The same cells in one warm process, with the instructor's version of the tests."""
    with one_process() as process:
        work = [_cells(assignment, submission) for submission in submissions]
        seconds, points = process.submit(_exec, assignment.imports, work, repeats).result()
    return Measured(FLOOR, assignment.name, seconds, points)


def _cells(assignment: Assignment, submission: Submission) -> list[tuple[str, float | None]]:
    """The source of each code cell, and the points of each test."""
    cells = []
    for source in assignment.notebooks:
        tests = {test.name: test for test in source.tests()}
        for cell in nbformat.reads(submission.notebooks[source.name], as_version=4).cells:
            test = tests.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if cell.cell_type == "code":
                cells.append((test.source, test.points) if test else (cell.source, None))
    return cells


def _exec(imports: list[str], work: list[list[tuple[str, float | None]]], repeats: int) -> tuple[float, list[float]]:
    for name in imports:
        importlib.import_module(name)
    started, points = 0.0, []
    for turn in range(repeats + 1):  # the first warms up
        if turn == 1:
            started = time.perf_counter()
        points = []
        for cells in work:
            namespace: dict = {"__name__": "__main__"}
            total = 0.0
            for source, worth in cells:
                with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
                    exec(compile(source, "cell", "exec"), namespace)
                    total += worth or 0.0
            points.append(total)
    return (time.perf_counter() - started) / (repeats * len(work)), points


@contextlib.contextmanager
def one_process() -> Iterator[ProcessPoolExecutor]:
    """A new Python process, not a fork."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        yield process


def by_us(root: Path, name: str, few: list[Submission], students: int, jobs: int) -> Measured:
    """What `autograder grade` does, including the gradebook, autograded/ and feedback/, from warm slots."""
    hand_in(root, name, few, students)
    course = Course(root)
    took: dict[str, float] = defaultdict(float)
    with (
        mock.patch.object(slots, "Template", noting_template(took)),
        timed(took, "write", GradebookWriter, "write"),
        timed(took, "write", GradebookWriter, "__exit__"),
    ):
        assignment, first = grading.prepared(course, name)
        others = grading.more_slots(course, assignment, first, jobs)
        for slot in (first, *others):
            grade(assignment, few[0], slot)
        took.clear()
        empty = grade_nothing(assignment, first, 20)
        nothing = {part: seconds / 20 for part, seconds in took.items()}
        took.clear()
        with mock.patch.object(grading, "more_slots", lambda *_: others):
            started = time.perf_counter()
            _, graded = grading.grade_class(course, name, jobs=jobs, force=True, ready=(assignment, first))
            seconds = (time.perf_counter() - started) / students
        parts = dict(took)
        started = time.perf_counter()
        if problems := write_feedback(course, class_data(course, name), jobs=jobs):
            raise SystemExit(f"no feedback: {problems[0]}")
        pages = (time.perf_counter() - started) / students
    split = {part: total / students for part, total in parts.items()}
    split |= {part: split.get(part, 0.0) - nothing.get(part, 0.0) for part in ("student", "judge", "clerk")}
    split["sandbox"] = empty - nothing.get("fork", 0.0)
    split["rest"] = seconds - sum(split.values())
    split["pages"] = pages
    return Measured(ours(jobs), name, seconds + pages, [g.score for g in graded[: len(few)]], split, pages)


def ours(jobs: int) -> str:
    return f"autograder grade, {jobs} slot{'s' * (jobs > 1)}"


def grade_nothing(assignment: Assignment, slot: Slot, repeats: int) -> float:
    """Seconds to grade a notebook without a cell: forks, sandbox and start of both processes."""
    bare = replace(assignment, notebooks=tuple(replace(nb, cells=()) for nb in assignment.notebooks))
    blank = nbformat.writes(nbformat.v4.new_notebook())
    submission = Submission("nobody", {notebook.name: blank for notebook in bare.notebooks})
    started = time.perf_counter()
    for _ in range(repeats):
        grade(bare, submission, slot)
    return (time.perf_counter() - started) / repeats


def noting_template(took: dict[str, float]) -> type[Template]:
    """A template that records how long its forks take, and the processor time of the forked processes."""

    class Noting(Template):
        def fork(self, kind: str, *args, **more) -> int:
            with clocked(took, "fork"):
                pid = super().fork(kind, *args, **more)
            vars(self).setdefault("kinds", {})[pid] = {"worker": "student"}.get(kind, kind)
            return pid

        def reap(self, pid: int, gone: bool = False) -> dict:
            with clocked(took, "fork"):
                ended = super().reap(pid, gone)
            took[self.kinds.pop(pid)] += ended["cpu"]
            return ended

    return Noting


@contextlib.contextmanager
def clocked(took: dict[str, float], part: str) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        took[part] += time.perf_counter() - started


@contextlib.contextmanager
def timed(took: dict[str, float], part: str, owner: type, method: str) -> Iterator[None]:
    """Adds the time that a method takes to a part."""
    call = getattr(owner, method)

    def noting(*args, **kwargs):
        with clocked(took, part):
            return call(*args, **kwargs)

    with mock.patch.object(owner, method, noting):
        yield


# -- the benchmark --------------------------------------------------------------------------------------------


def run(home: Path, name: str, students: int, tell: Callable[[Measured], None]) -> list[Measured]:
    """Grades the class in every way, one after the other, and prints each result at once."""
    results: list[Measured] = []

    def add(measured: Measured) -> None:
        results.append(measured)
        tell(measured)

    assignment = Course(home).assignment(name)
    few = few_submissions(assignment)
    students = -(-students // len(few)) * len(few)  # each of the few equally often
    with tempfile.TemporaryDirectory() as folder:
        stock = make_course(home, name, Path(folder, "stock"))
        our_course = make_ours(home, stock, Path(folder, "ours"))
        add(by_exec(assignment, few))
        for jobs in (1, 2):
            add(by_us(our_course, name, few, students, jobs))
        add(by_nbgrader(stock, assignment, few))
        if importlib.util.find_spec("otter"):
            add(by_otter(Path(folder, "otter"), assignment, few))
        else:
            add(Measured(OTTER, name, float("nan"), []))
    return results


def missed(results: list[Measured]) -> list[str]:
    """The missed targets, a sentence each."""
    by_way = {result.way: result for result in results}
    name, floor = results[0].assignment, by_way[FLOOR]
    told = [
        f"{name}: {result.way} gives {result.points} points, plain exec {floor.points}"
        for result in results
        if result.points and result.points != floor.points
    ]
    ratio = by_way[STOCK].seconds / by_way[ours(2)].seconds
    if not ratio >= LEAST_RATIO:
        told.append(f"{name}: {ratio:.1f} times nbgrader's throughput, less than {LEAST_RATIO}")
    return told


HEADINGS = ["assignment", "way", "grades", "pages", "together", "nbgrader = 1", "floor = 1"]
PARTS = ["fork", "sandbox", "student", "judge", "clerk", "write", "rest", "pages"]


def row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def table(results: list[Measured]) -> str:
    """The seconds that each way took, and how they compare, for each assignment."""
    seconds = {(result.assignment, result.way): result.seconds for result in results}
    lines = [row(HEADINGS), row(["---", "---", *["---:"] * 5])]
    for result in results:
        stock, floor = seconds[result.assignment, STOCK], seconds[result.assignment, FLOOR]
        grades = result.seconds - result.pages
        figures = [f"{grades:.3f}", f"{result.pages:.3f}" if result.pages else "–", f"{result.seconds:.3f}"]
        figures += [f"{stock / result.seconds:.1f}", f"{grades / floor:.2f}"]
        missing = ["otter is missing", "", "", "", ""]
        lines.append(row([result.assignment, result.way, *(figures if result.points else missing)]))
    return "\n".join(lines)


def split_table(results: list[Measured]) -> str:
    """How our time with one slot is spent, in milliseconds per submission."""
    lines = [row(["ms, with 1 slot", *PARTS]), row(["---", *["---:"] * len(PARTS)])]
    for result in results:
        if result.way == ours(1):
            lines.append(row([result.assignment, *(f"{1000 * result.split.get(part, 0.0):.0f}" for part in PARTS)]))
    return "\n".join(lines)


# -- the first run of a small course --------------------------------------------------------------------------


def first_run(tell: Callable[[str], None]) -> tuple[float, float, float, float]:
    """Seconds that nbgrader's two commands and our one command take for a small class that has not been graded before,
    that ours takes to start the second time, and that it takes to import nbgrader.

    Raises SystemExit if they give different points.
    """
    with tempfile.TemporaryDirectory() as folder:
        courses = {way: Path(folder, way) for way in ("stock", "ours")}
        seconds, points = {}, {}
        for way, root in courses.items():
            bikes.write_source(root / "source" / bikes.NAME)
            (root / CONFIG_FILE).write_text("c = get_config()\nc.CourseDirectory.course_id = 'benchmark'\n")
            nbgrader(root, "generate_assignment", bikes.NAME)
            bikes.hand_in(root)
            started = time.perf_counter()
            if way == "stock":
                nbgrader(root, "autograde", bikes.NAME)
                nbgrader(root, "generate_feedback", bikes.NAME)
            else:
                run_python(root, "autograder", "grade", bikes.NAME, "--jobs", "2")
            seconds[way] = time.perf_counter() - started
            pages = len([*root.glob(f"feedback/*/{bikes.NAME}/*.html")])
            points[way] = [pages, *points_of(root, bikes.NAME, [f"student{n}" for n in range(bikes.STUDENTS)])]
            tell(f"{bikes.NAME}: {way}, {seconds[way]:.1f} s for {bikes.STUDENTS} submissions")
        if points["stock"] != points["ours"]:
            raise SystemExit(f"{bikes.NAME}: pages and points {points}")
        starts = [start_up(courses["ours"]) for _ in range(5)]
        return seconds["stock"], seconds["ours"], *map(statistics.median, zip(*starts, strict=True))


def start_up(root: Path) -> tuple[float, float]:
    """Seconds until `autograder grade` runs the small course's first submission, and until nbgrader is imported."""
    said = run_python(root, TIMED, str(time.monotonic()), "grade", bikes.NAME, "--force", "--jobs", "2", how="-c")
    first = next(line for line in said.splitlines() if line.startswith("started after"))
    begun = time.perf_counter()
    run_python(root, "import nbgrader.api", how="-c")
    return float(first.split()[-1]), time.perf_counter() - begun


# -- from 10 to 2,000 -----------------------------------------------------------------------------------------


def sweep(sizes: tuple[int, ...], tell: Callable[[str], None]) -> list[str]:
    """Grades classes of a light assignment, each in its own process; returns the missed targets."""
    found = []
    tell(row(["submissions", "seconds each", "memory of the parent, MB"]) + "\n" + row(["---:"] * 3))
    for students in sizes:
        with one_process() as process:
            found.append(process.submit(_light_class, students).result())
        tell(row([f"{students:,}", f"{found[-1][0]:.4f}", f"{found[-1][1]:.0f}"]))
    return growth(found[0], found[-1])


def growth(small: tuple[float, float], large: tuple[float, float]) -> list[str]:
    """The missed targets, from seconds and memory of the smallest and of the largest class."""
    grown = {what: more / less for what, less, more in zip(("seconds each", "memory"), small, large, strict=True)}
    return [f"{by:.2f} times the {what}, more than {MOST_GROWTH}" for what, by in grown.items() if by > MOST_GROWTH]


def _light_class(students: int) -> tuple[float, float]:
    """Seconds for each submission of an assignment with one small function, and the peak memory of the grader in MB."""
    from small_course import SmallCourse

    with tempfile.TemporaryDirectory() as folder:
        course = SmallCourse(Path(folder, "course"))
        course.write()
        nbgrader(course.root, "generate_assignment", "ps")
        few = few_submissions(Course(course.root).assignment("ps"))
        measured = by_us(course.root, "ps", few, students, jobs=1)
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return measured.seconds, int(peak.split()[1]) / 1024


# -- the command ----------------------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--assignment", nargs="+", metavar="PS", help="default: mlp and backprop, and a small course")
    parser.add_argument("--course", type=Path, default=ROOT, metavar="DIR", help="whose assignments (default: ours)")
    parser.add_argument("--students", type=int, default=80, metavar="N", help="in our class (default: 80)")
    parser.add_argument("--sweep", action="store_true", help=f"only classes of {SIZES}, of a light assignment")
    parser.add_argument("--store", action="store_true", help="write docs/benchmarks.md")
    arguments = parser.parse_args()

    if arguments.sweep:
        lines: list[str] = []
        told = sweep(SIZES, lambda line: (lines.append(line), print(line, flush=True)))
        verdict = "Flat from 10 to 2,000 submissions." if not told else f"Not flat: {'; '.join(told)}."
        if arguments.store:
            put("Grading, large classes", SWEEP_TEXT.format(machine=machine(), table="\n".join(lines), verdict=verdict))
        print(verdict)
        return 1 if told else 0

    if not importlib.util.find_spec("otter"):
        print("otter is missing (pip install -e '.[benchmarks]'); going on without it", file=sys.stderr)
    results: list[Measured] = []
    told = []
    for name in arguments.assignment or ["mlp", "backprop"]:
        tell = lambda result: print(f"{result.assignment}: {result.way}, {result.seconds:.3f} s", flush=True)  # noqa: E731
        found = run(arguments.course, name, arguments.students, tell)
        told += missed(found)
        results += found
    first = "" if arguments.assignment else small_course(told)
    print(f"\n{table(results)}\n\n{split_table(results)}\n\n{first}\n")
    ratios = [one.seconds / two.seconds for one in results if one.way == STOCK for two in results
              if two.way == ours(2) and two.assignment == one.assignment]  # fmt: skip
    verdict = f"ratio {min(ratios):.1f}"
    if arguments.store:
        aims = f"Missed targets: {'; '.join(told)}." if told else "All targets are met."
        text = TEXT.format(
            machine=machine(), aims=aims, table=table(results), split=split_table(results), verdict=verdict, first=first
        )
        put("Grading", text)
    for aim in told:
        print(f"missed: {aim}")
    print(verdict)
    return 1 if told else 0


def small_course(told: list[str]) -> str:
    """The first run of the small course in a sentence; records the target if it is missed."""
    stock, ours, start, importing = first_run(lambda line: print(line, flush=True))
    if stock / ours < LEAST_FIRST_RATIO:
        told.append(f"{bikes.NAME}: {stock / ours:.1f} times nbgrader's speed, less than {LEAST_FIRST_RATIO}")
    if start > LONGEST_START:
        told.append(f"{bikes.NAME}: {start:.1f} s to start, more than {LONGEST_START:.1f}")
    return (
        f"The first run of a small course (pandas, plots, a loop; {bikes.STUDENTS} submissions), from the first "
        f"command to the last page: nbgrader {stock:.1f} s, `autograder grade` {ours:.1f} s with two slots, "
        f"{stock / ours:.1f} times as fast, start-up and the runs of the reference included. When the assignment has "
        f"not changed since, the command runs the first submission after {start:.2f} s, {start / importing:.1f} times "
        "what Python alone needs to import nbgrader (medians of five)."
    )


TEXT = """
Seconds per submission, including writing the gradebook and the feedback pages; `python benchmarks/grading.py --store`
writes this section. Each way grades the reference and three variants of it in turn, with one thread per process, and
gives the same points; start-up is not counted. The floor, the same cells run by plain `exec` in one warm process, is
for the grades alone. Measured on {machine}. On a busy machine only the ratios are meaningful.

{table}

Where our time goes. *Student*, *judge* and *clerk* are the processor time of these processes during grading, *sandbox*
is the time they take to start on an empty notebook, *pages* is the whole time for the feedback.

{split}

{first}

With two slots, nbgrader's time for grades and pages divided by ours: {verdict}. {aims}
"""
SWEEP_TEXT = """
A light assignment, one function with one test, and one slot; `python benchmarks/grading.py --sweep --store` writes
this section. Measured on {machine}.

{table}

{verdict}
"""

if __name__ == "__main__":
    sys.exit(main())
