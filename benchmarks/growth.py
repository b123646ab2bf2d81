"""Whether a very large class takes as long per submission as a small one.

    python benchmarks/growth.py                          10,000 light submissions, in each of two ways
    python benchmarks/growth.py --students 1000          fewer
    python benchmarks/growth.py --store                  also writes the section of docs/benchmarks.md

The real commands grade the class and write its pages: once on this machine, with a slot for each core and the course's
own SQLite file, and once through a Dask cluster of three workers, one of which is killed, with a PostgreSQL server.
Everybody's points have to be right in the end. Afterwards the report is written and opened in Chromium, and
formgrader's queries are run on the gradebook. Exits with 1 if time or memory grows from the first tenth to the last.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, STDOUT, Popen

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "autograder"), str(ROOT / "tests" / "browser")]
for variable, first in ("PYTHONPATH", ROOT), ("PATH", Path(sys.executable).parent):
    os.environ[variable] = os.pathsep.join(filter(None, [str(first), os.environ.get(variable)]))

from machines import Cluster, postgresql  # noqa: E402
from nbgrader.api import Gradebook  # noqa: E402
from nbgrader.apps import NbGraderAPI  # noqa: E402
from nbgrader.coursedir import CourseDirectory  # noqa: E402
from real_lab import running_chromium  # noqa: E402
from small_course import SmallCourse  # noqa: E402
from stored import machine, put  # noqa: E402
from traitlets.config import Config  # noqa: E402

PARTS = 10  # of a class; their times are compared
MOST_GROWTH = 1.25  # of the seconds per submission, and of memory, from the first part to the last
WORKERS = 3
WRONG_EACH = 4  # every fourth student has a wrong function
POINTS = {True: 0.0, False: 3.0}  # by whether it is wrong
HERE, THERE = "this machine, SQLite", "Dask, PostgreSQL"


@dataclass
class Way:
    """Measurements of one way to grade the class: seconds per submission and memory in MB, by part of the class."""

    name: str
    seconds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    pages: float = 0.0  # seconds for each
    after: dict[str, float] = field(default_factory=dict)  # queries about the whole class, in seconds

    def grown(self) -> list[str]:
        """The missed targets."""
        both = {"seconds": self.seconds, "memory": self.memory}
        factors = {what: parts[-1] / parts[0] for what, parts in both.items()}
        return [f"{self.name}: {by:.2f} times the {what}" for what, by in factors.items() if by > MOST_GROWTH]


def make_class(root: Path, students: int, *arguments: str) -> SmallCourse:
    """A small course, released, and a class that has handed in."""
    course = SmallCourse(root)
    course.write()
    with (root / "nbgrader_config.py").open("a") as config:
        config.write("c.CourseDirectory.course_id = 'growth'\n")
    command(course, "release", "ps", *arguments)
    for number in range(students):
        course.submit(student(number), *["def double(x):\n    return 3 * x"] * is_wrong(number))
    return course


def student(number: int) -> str:
    return f"student{number:06}"


def is_wrong(number: int) -> bool:
    return number % WRONG_EACH == 1


def command(course: SmallCourse, *arguments: str) -> float:
    """Runs a command of the grader; returns the seconds it took. Raises SystemExit if it fails."""
    started = time.perf_counter()
    done = course.autograder(*arguments)
    if done.returncode:
        raise SystemExit((done.stdout + done.stderr)[-2000:])
    return time.perf_counter() - started


def graded(course: SmallCourse, way: Way, students: int, *arguments: str, cluster: Cluster | None = None) -> None:
    """Grades the class with the command, and records time and memory part by part."""
    log = course.root / "log"
    line = [sys.executable, "-m", "autograder", "grade", "ps", "--course", str(course.root), *arguments]
    with log.open("w") as said, Popen(line, stdout=said, stderr=STDOUT, stdin=DEVNULL) as process:
        await_graded(course, 1, process)
        since, before = time.perf_counter(), 1
        for part in range(1, PARTS + 1):
            done = await_graded(course, part * students // PARTS, process)
            way.seconds.append((time.perf_counter() - since) / (done - before))
            way.memory.append(memory_of(process.pid))
            since, before = time.perf_counter(), done
            if cluster and part == PARTS // 3:
                cluster.workers[0].kill()
                cluster.add_worker()
        process.wait()
    if process.returncode:
        raise SystemExit(log.read_text()[-2000:])
    way.pages = (time.perf_counter() - since) / students


def await_graded(course: SmallCourse, count: int, process: Popen) -> int:
    """Waits until at least this many submissions are graded; returns how many are."""
    folder = course.root / "autograded"
    while (done := len(os.listdir(folder)) if folder.is_dir() else 0) < count:
        if process.poll() is not None:
            raise SystemExit((course.root / "log").read_text()[-2000:])
        time.sleep(0.05)
    return done


def memory_of(process: int) -> float:
    """The memory that a process uses now, in MB."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def check(course: SmallCourse, students: int, db: str) -> None:
    """Raises SystemExit unless everybody has the right points in the gradebook."""
    with Gradebook(db, "growth") as book:
        scores = {one["student"]: one["score"] for one in book.submission_dicts("ps")}
    wanted = {student(number): POINTS[is_wrong(number)] for number in range(students)}
    if scores != wanted:
        raise SystemExit(f"{sum(scores.get(one) != points for one, points in wanted.items())} scores are wrong")


def after(course: SmallCourse, db: str, *arguments: str) -> dict[str, float]:
    """How long queries about a graded class take, in seconds."""
    took = {"a second run, nothing changed": command(course, "grade", "ps", "--no-feedback", *arguments)}
    took["`autograder report`"] = command(course, "report", "ps", *arguments)
    page = next((course.root / "reports").rglob("*.html"))
    with running_chromium() as browser:
        tab = browser.new_page()
        started = time.perf_counter()
        tab.goto(page.as_uri(), timeout=300_000)
        tab.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        took["the report opened in Chromium"] = time.perf_counter() - started
    config = Config({"CourseDirectory": {"root": str(course.root), "db_url": db, "course_id": "growth"}})
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    for what, ask in (
        ("formgrader's page of assignments", api.get_assignments),
        ("formgrader's page of submissions", lambda: api.get_submissions("ps")),
        ("formgrader's page of students", api.get_students),
    ):
        started = time.perf_counter()
        ask()
        took[what] = time.perf_counter() - started
    return took


def here(students: int) -> Way:
    """Grades the class on this machine, with the course's own file."""
    way = Way(HERE)
    with tempfile.TemporaryDirectory() as folder:
        course = make_class(Path(folder, "course"), students)
        graded(course, way, students)
        db = f"sqlite:///{course.root}/gradebook.db"
        check(course, students, db)
        way.after = after(course, db)
        way.after["the gradebook, MB"] = (course.root / "gradebook.db").stat().st_size / 1e6
    return way


def there(students: int) -> Way:
    """Grades the class through a cluster, with a server."""
    way = Way(THERE)
    with tempfile.TemporaryDirectory() as folder, postgresql() as db:
        cluster = Cluster(Path(folder))
        try:
            for _ in range(WORKERS):
                cluster.add_worker()
            course = make_class(Path(folder, "course"), students, "--db", db)
            graded(course, way, students, "--db", db, "--cluster", cluster.address, cluster=cluster)
            check(course, students, db)
            way.after = after(course, db, "--db", db)
        finally:
            cluster.close()
    return way


def told(ways: list[Way], students: int) -> str:
    """The tables, as Markdown."""
    lines = ["| submissions | " + " | ".join(f"{way.name}: s each | MB" for way in ways) + " |"]
    lines.append("| ---: |" + " ---: | ---: |" * len(ways))
    for part in range(PARTS):
        cells = " | ".join(f"{way.seconds[part]:.4f} | {way.memory[part]:.0f}" for way in ways)
        lines.append(f"| {(part + 1) * students // PARTS:,} | {cells} |")
    lines += ["", "| afterwards | " + " | ".join(way.name for way in ways) + " |", "| --- |" + " ---: |" * len(ways)]
    lines.append("| a feedback page, s each | " + " | ".join(f"{way.pages:.4f}" for way in ways) + " |")
    for what in dict.fromkeys(what for way in ways for what in way.after):
        unit = "" if what.endswith("MB") else ", s"
        values = (f"{way.after[what]:.1f}" if what in way.after else "–" for way in ways)
        lines.append(f"| {what}{unit} | {' | '.join(values)} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--students", type=int, default=10_000)
    parser.add_argument("--store", action="store_true", help="write the section of docs/benchmarks.md")
    arguments = parser.parse_args()
    ways: list[Way] = []
    for measure in (here, there):
        ways.append(measure(arguments.students))
        print(told(ways[-1:], arguments.students), flush=True)  # it may take an hour until the other is done
    missed = [aim for way in ways for aim in way.grown()]
    text = TEXT.format(
        students=f"{arguments.students:,}", machine=machine(), table=told(ways, arguments.students),
        verdict=f"Not flat: {'; '.join(missed)}." if missed else "Flat from the first tenth to the last.",
    )  # fmt: skip
    print(text)
    if arguments.store:
        put("Grading, a very large class", text)
    return 1 if missed else 0


TEXT = """\
{students} light submissions (one function with one test) by the real commands, with all points compared;
`python benchmarks/growth.py --store` writes this section. *Here*: a slot for each core and the course's SQLite file;
*there*: a Dask cluster of three workers on the same machine, one of which is killed and replaced after a third of the
class, with a PostgreSQL server. Memory is that of the command itself. Formgrader's queries for a page are run through
nbgrader's own API. Measured on {machine}.

{table}

{verdict}
"""

if __name__ == "__main__":
    sys.exit(main())
