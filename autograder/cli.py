"""The command line: ``autograder init | new | verify | release | grade | report | export | doctor …``; see `main`."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SAWarning
from traitlets import TraitError

from . import __version__
from .course.errors import CourseError, on_terminal

SHOWN_TIMES = 5  # tests of the reference
# A line of a cell in a notebook's JSON: its first or second group is the module.
IMPORT = re.compile(r"""(?:"|\\n)\s*(?:import ([\w.]+)(?=(?: as \w+)?\s*(?:[,#;"]|\\n))|from ([\w.]+) import )""")
Command = Callable[[argparse.Namespace], tuple[bool, Any]]


def main(argv: list[str] | None = None) -> None:
    """Runs a command and exits: 0 only if it did all that was asked."""
    for stream in (sys.stdout, sys.stderr):  # characters that the terminal's encoding lacks are escaped
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    arguments = _parser().parse_args(argv)
    if arguments.run in (_verify, _release, _grade, _demo):
        _begin_early(arguments)
    warnings.filterwarnings("ignore", category=SAWarning)  # from nbgrader's own use of its tables
    try:
        ok, data = arguments.run(arguments)
    except CourseError as error:
        sys.exit(f"autograder {arguments.command}: {on_terminal(str(error))}")
    except TraitError as error:  # an option of the configuration has an invalid value
        sys.exit(f"autograder {arguments.command}: nbgrader_config.py: {on_terminal(str(error))}")
    except KeyboardInterrupt:
        sys.exit("\nautograder: stopped; what was graded is in the gradebook, and the same command goes on from there")
    if arguments.json:
        _write_json(arguments.json, data)
    sys.exit(0 if ok else 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="autograder", description="Grades nbgrader assignments: isolated, fast, explained."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Command, help: str, assignment: bool = True) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(run=run)
        if assignment:
            sub.add_argument("assignment", metavar="PS", help="name of the assignment, e.g. mlp")
        sub.add_argument("--course", type=Path, default=Path("."), metavar="DIR", help="course directory (default: .)")
        sub.add_argument(
            "--db", metavar="URL", help="the gradebook, if it is not the course's own (any SQLAlchemy URL)"
        )
        sub.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON, too")
        return sub

    sub = command("init", _init, "make a folder a course: its configuration, explained", assignment=False)
    sub.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="default: the folder of --course")
    command("new", _new, "write a first notebook and a first file of named mistakes")
    for name, run, help in (
        ("verify", _verify, "check an assignment: reference, release, named mistakes, alternatives"),
        ("release", _release, "make release/PS with nbgrader's generate_assignment, and check it"),
        ("grade", _grade, "grade a class"),
    ):
        sub = command(name, run, help)
        sub.add_argument("--unsafe", action="store_true", help="continue if the system offers no sandbox")
        if name == "verify":
            sub.add_argument(
                "--repeat", type=int, default=1, metavar="N",
                help="grade each N times, from the second on with other seeds in the tests (default: 1)",
            )  # fmt: skip
            sub.add_argument(
                "--mutants", action="store_true",
                help="change the reference in one place at a time, and print changes that pass, with a test for each",
            )  # fmt: skip
            sub.add_argument("--watch", action="store_true", help="check again whenever a file is saved, until Ctrl-C")
        if name == "release":
            sub.add_argument(
                "--drop", action="append", default=[], metavar="CELL",
                help="remove a question that the source no longer has from the gradebook, with its manual points",
            )  # fmt: skip
            sub.add_argument(
                "--rename", action="append", default=[], metavar="OLD=NEW", type=_old_and_new,
                help="a question was renamed in the source: keep its manual points",
            )  # fmt: skip
            sub.add_argument(
                "--zip", action="store_true",
                help="also make exports/PS.zip: the release and everything it imports, for students without the course",
            )  # fmt: skip
        if name != "release":
            sub.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="submissions at a time")
        if name == "grade":
            sub.add_argument("--student", metavar="GLOB", help="only these students (default: all)")
            sub.add_argument("--force", action="store_true", help="grade unchanged submissions again")
            sub.add_argument("--cluster", metavar="ADDRESS", help="grade on a Dask cluster, e.g. tcp://scheduler:8786")
            sub.add_argument("--no-feedback", action="store_true", help="leave out the feedback pages")
    sub = command("report", _report, "write the class report, one HTML page")
    sub.add_argument("--output", type=Path, metavar="FILE", help="output file (default: reports/PS.html in the course)")
    sub.add_argument(
        "--compare", type=Path, metavar="JSON",
        help="show the means of another class beside this one's, from its `report --json` file",
    )  # fmt: skip
    sub = command("answers", _answers, "grade answers in words: one page a question, in the browser")
    sub.add_argument("--port", type=int, default=0, metavar="N", help="port to listen on (default: a free one)")
    sub.add_argument("--no-browser", action="store_true", help="only print the address")
    sub = command("export", _export, "write the grades in another product's import format")
    sub.add_argument(
        "--to", required=True, metavar="FORMAT",
        help="canvas, moodle, gradescope, csv, or the name of an exporter that an installed package adds",
    )  # fmt: skip
    sub.add_argument("--output", type=Path, metavar="FILE", help="output file (default: one in the course's exports/)")
    sub.add_argument("--column", metavar="HEADING", help="the assignment's heading in Canvas or Moodle (default: PS)")
    sub = command("gradescope", _gradescope, "make the zip that Gradescope builds an autograder from")
    sub.add_argument("--output", type=Path, metavar="FILE", help="output file (default: exports/PS-autograder.zip)")
    sub.add_argument("--unsafe", action="store_true", help="grade even if Gradescope offers no sandbox")
    command("doctor", _doctor, "show which sandbox layers this machine offers", assignment=False)
    command("settings", _settings, "list all settings of a course's configuration", assignment=False)
    sub = command("demo", _demo, "make, release, grade and report a whole class", assignment=False)
    sub.add_argument(
        "folder", nargs="?", type=Path, default=Path("build/demo"), metavar="DIR", help="default: build/demo"
    )
    sub.add_argument("--assignment", metavar="PS", help="the assignment of the class (default: the first by name)")
    sub.add_argument("--students", type=int, default=24, metavar="N", help="size of the class (default: 24)")
    sub.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="submissions at a time")
    return parser


def _old_and_new(text: str) -> tuple[str, str]:
    old, sign, new = text.partition("=")
    if not (old and sign and new):
        raise argparse.ArgumentTypeError(f"{text!r} is not OLD=NEW, the old and the new name of a cell")
    return old, new


def _begin_early(arguments: argparse.Namespace) -> None:
    """Starts the processes that will run notebooks while this one imports nbgrader, which takes as long."""
    from .engine.slot import clerk_template
    from .engine.template import begin_early

    if sys.platform == "linux":
        begin_early(_probably_imported(arguments.course / "source" / (arguments.assignment or "")))
        clerk_template()


def _probably_imported(folder: Path) -> list[str]:
    """The modules in lines of a folder's notebooks that look like an import; none if there is no such folder."""
    names: dict[str, None] = {}
    for path in sorted(folder.glob("*.ipynb")):
        with suppress(OSError):
            names |= dict.fromkeys(name for pair in IMPORT.findall(path.read_text(errors="replace")) for name in pair)
    return list(filter(None, names))


def _course(arguments: argparse.Namespace) -> Any:
    from .course.folders import Course

    return Course(arguments.course, db_url=arguments.db)


def _init(arguments: argparse.Namespace) -> tuple[bool, Any]:
    from .course.starting import begin_course

    folder = arguments.folder or arguments.course
    said = begin_course(folder)
    print(*said, sep="\n")
    return True, {"folder": str(folder), "said": said}


def _new(arguments: argparse.Namespace) -> tuple[bool, Any]:
    from .course.starting import begin_assignment

    said = begin_assignment(_course(arguments), arguments.assignment)
    print(*said, sep="\n")
    return True, {"assignment": arguments.assignment, "said": said}


def _print_notes(course: Any) -> None:
    for line in course.notes:
        print(f"note: {line}")


def _verify(arguments: argparse.Namespace) -> tuple[bool, Any]:
    from .grading.preparation import more_slots, prepared
    from .grading.verify import verify
    from .reporting.progress import Bar

    if arguments.watch:
        return _verify_again_and_again(arguments)
    course = _course(arguments)
    print(f"{arguments.assignment}: running the reference …", flush=True)
    assignment, slot = prepared(course, arguments.assignment, arguments.unsafe)
    if arguments.mutants:
        return _verify_mutants(course, assignment, slot, max(1, arguments.jobs))
    with ExitStack() as stack, Bar(2 + len(assignment.variants), "verify") as bar:
        slots = [stack.enter_context(slot)]
        slots += map(stack.enter_context, more_slots(course, assignment, slot, arguments.jobs))
        findings = verify(course, assignment, slots, bar.step, max(1, arguments.repeat))
    return _tell_findings(course, assignment, findings)


def _verify_again_and_again(arguments: argparse.Namespace) -> tuple[bool, Any]:
    from .grading.watching import Watcher
    from .reporting.progress import Bar

    result: tuple[bool, Any] = (False, None)
    with Watcher(lambda: _course(arguments), arguments.assignment, arguments.unsafe, max(1, arguments.jobs)) as watcher:
        try:
            while True:
                started = time.monotonic()
                try:
                    with Bar(2, "verify") as bar:
                        assignment, findings, fresh = watcher.verify(bar.step)
                    print(f"\n{time.strftime('%H:%M:%S')}, {fresh} of {len(findings)} checked")
                    result = _tell_findings(watcher.course, assignment, findings, briefly=True)
                    print(
                        f"{time.monotonic() - started:.1f} s; waiting until a file is saved (Ctrl-C ends)", flush=True
                    )
                except CourseError as error:
                    print(f"\n{time.strftime('%H:%M:%S')} {error}\nwaiting until it is fixed (Ctrl-C ends)", flush=True)
                watcher.wait()
        except KeyboardInterrupt:
            print()
    return result


def _tell_findings(course: Any, assignment: Any, findings: list[Any], briefly: bool = False) -> tuple[bool, Any]:
    """Prints the findings of `verify`; if `briefly`, only those that fail."""
    from .grading.verify import not_apart, not_isolated, students_given

    for finding in findings:
        if not (briefly and finding.holds):
            _print_finding(finding)
    slowest = sorted((pair for f in findings for pair in f.seconds), key=lambda pair: -pair[1])[:SHOWN_TIMES]
    if slowest:
        print("  slowest tests of the reference: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in slowest))
    for line in [] if briefly else not_isolated(assignment) + not_apart(assignment) + students_given(assignment):
        print(f"  note {line}")
    if not assignment.variants:
        file = course.root / course.settings.variants / f"{assignment.name}.py"
        print(f"  note no named mistakes, so it was not checked whether the tests find any: write {file}")
        print("       (`autograder new` writes such a file for a new assignment, with the format at the top)")
    if not briefly:
        _print_notes(course)
    accepts = sum("false accept" in f.detail for f in findings if not f.holds)
    rejects = sum("false reject" in f.detail for f in findings if not f.holds)
    mistakes = sum(v.kind == "mistake" for v in assignment.variants)
    alternatives = len(assignment.variants) - mistakes
    ok = all(f.holds for f in findings)
    verdict = "all checks pass" if mistakes else "the reference and the release pass, and no mistake was tried"
    verdict = verdict if ok else "NOT to be trusted yet"
    print(
        f"{assignment.name}: {assignment.max_score:g} points; false accepts {accepts} of {mistakes} mistakes, "
        f"false rejects {rejects} of {alternatives} alternatives; {verdict}"
    )
    data = {
        "assignment": assignment.name,
        "max_score": assignment.max_score,
        "false_accepts": accepts,
        "false_rejects": rejects,
        "findings": [{"what": f.what, "holds": f.holds, "detail": f.detail} for f in findings],
        "seconds": {name: round(seconds, 3) for f in findings for name, seconds in f.seconds},
        "not_isolated": not_isolated(assignment),
        "not_apart": not_apart(assignment),
        "students_given": students_given(assignment),
    }
    return ok, data


def _print_finding(finding: Any) -> None:
    print(f"  {'ok  ' if finding.holds else 'FAIL'} {finding.what}" + ("" if finding.holds else f": {finding.detail}"))


def _verify_mutants(course: Any, assignment: Any, slot: Any, jobs: int) -> tuple[bool, Any]:
    from .grading.mutants import Fate, limits_for_mutants, mutants_of, summary, told, try_mutants
    from .grading.preparation import more_slots
    from .reporting.progress import Bar

    mutants = mutants_of(assignment)
    started = time.monotonic()
    with ExitStack() as stack, Bar(len(mutants), "mutants") as bar:
        slots = [stack.enter_context(slot)]
        slots += map(stack.enter_context, more_slots(course, assignment, slot, jobs))
        limits = limits_for_mutants(slot.limits, assignment, slot)
        for each in slots:
            each.limits = limits
        done = try_mutants(assignment, slots, bar.step, mutants)
    seconds = time.monotonic() - started
    survivors = [mutant for mutant in done if mutant.fate is Fate.SURVIVOR]
    print(*map(told, survivors), sep="\n\n", end="\n\n" if survivors else "")
    print(f"{assignment.name}: {summary(done, seconds)}")
    data = {"assignment": assignment.name, "seconds": round(seconds, 1), "mutants": [m.as_json() for m in done]}
    return not survivors, data


def _release(arguments: argparse.Namespace) -> tuple[bool, Any]:
    from .course.converting import generate_assignment
    from .grading.preparation import prepared
    from .grading.questions import follow_source
    from .grading.verify import check_release

    course = _course(arguments)
    renamed = dict(arguments.rename)
    for line in follow_source(course, course.assignment(arguments.assignment), arguments.drop, renamed):
        print(line)
    folder = generate_assignment(course, arguments.assignment)
    print(f"made {folder}; checking it …", flush=True)
    assignment, slot = prepared(course, arguments.assignment, arguments.unsafe)
    with slot:
        findings = check_release(course, assignment, slot, folder)
    for finding in findings:
        _print_finding(finding)
    ok = all(f.holds for f in findings)
    path = None
    if ok and arguments.zip:
        from .reporting.student_zip import make_student_zip

        print("packing it, and running the reference in the zip's files …", flush=True)
        path = make_student_zip(course, assignment, folder)
    if ok:
        print(f"released {arguments.assignment}: hand out {path or folder}")
    return ok, {"assignment": assignment.name, "folder": str(folder), "zip": str(path) if path else None, "ok": ok}


def _grade(arguments: argparse.Namespace) -> tuple[bool, Any]:
    from .engine.results import plain_text
    from .grading.classes import grade_class, unreadable_lines
    from .reporting.class_report import class_data, print_table, remarks_on
    from .reporting.pages import write_feedback
    from .reporting.progress import Bar

    course = _course(arguments)
    course.assignment(arguments.assignment)
    arguments.student = arguments.student or course.folders.student_id
    folders = course.submissions(arguments.assignment, arguments.student)
    if arguments.json:
        _check_writable(arguments.json)
    print(f"{arguments.assignment}: {len(folders)} submissions; running the reference …", flush=True)
    with Bar(len(folders), "grade") as bar:
        assignment, graded = grade_class(
            course, arguments.assignment, arguments.student, max(1, arguments.jobs), arguments.force, arguments.unsafe,
            cluster=arguments.cluster, progress=bar.graded, say=bar.say,
        )  # fmt: skip
    data = class_data(course, assignment.name, [g.student for g in graded])
    data["missing"] = [person for person in data["missing"] if course.is_meant(person["student"], arguments.student)]
    data["gone"] = [student for student in data["gone"] if course.is_meant(student, arguments.student)]
    problems: list[str] = []
    if not arguments.no_feedback:
        with Bar(len(graded), "feedback") as bar:
            problems = write_feedback(course, data, bar.step, max(1, arguments.jobs), arguments.unsafe)
    print_table(data)
    for line in remarks_on(course, data, arguments.student):
        print(f"note: {line}")
    _print_notes(course)
    problems += unreadable_lines(folders, graded)
    broken = [
        f"{g.student}: the grader broke: {next(c.message for c in g.cells if c.outcome == 'grader_error')}"
        for g in graded
        if g.broken
    ]
    for line in problems + broken:
        print(f"autograder grade: {plain_text(line)}", file=sys.stderr)
    print(f"graded {len(graded)} submissions; next: autograder report {assignment.name}")
    return not problems and not broken, data


def _report(arguments: argparse.Namespace) -> tuple[bool, Any]:
    from .reporting.class_report import class_data, earlier_class, write_report

    course = _course(arguments)
    course.assignment(arguments.assignment)
    earlier = earlier_class(arguments.compare) if arguments.compare else []
    data = class_data(course, arguments.assignment)
    path = write_report(course, data, arguments.output, earlier)
    print(f"wrote {path}")
    return True, data


def _answers(arguments: argparse.Namespace) -> tuple[bool, Any]:
    import webbrowser

    from .reporting.answers import Server

    with Server(_course(arguments), arguments.assignment, arguments.port) as server:
        for question in server.questions:
            open_ = sum(answer.score is None for answer in question.answers)
            print(f"{question.title}: {len(question.answers)} answers, {open_} not graded yet")
        print(f"open {server.address}\n(Ctrl-C ends it; everything that was graded is in the gradebook)", flush=True)
        if not arguments.no_browser:
            webbrowser.open(server.address)
        try:
            server.wait()
        except KeyboardInterrupt:
            print()
    print(f"next: autograder grade {arguments.assignment} makes the feedback that changed")
    return True, {"assignment": arguments.assignment}


def _export(arguments: argparse.Namespace) -> tuple[bool, Any]:
    from .reporting.exports import export, remarks

    path, data = export(
        _course(arguments), arguments.assignment, arguments.to, arguments.output, column=arguments.column
    )
    print(f"wrote {path}: {len(data['submissions'])} students")
    for line in remarks(data):
        print(f"note: {line}")
    return True, data


def _gradescope(arguments: argparse.Namespace) -> tuple[bool, Any]:
    from .reporting.gradescope import make_bundle, points

    course = _course(arguments)
    path = make_bundle(course, arguments.assignment, arguments.output, arguments.unsafe)
    by_tests, by_people = points(course.assignment(arguments.assignment))
    print(f"wrote {path}: upload it under Configure Autograder; it contains the solution, so keep it private")
    print(f"in Gradescope's settings: {by_tests:g} autograder points" + f", {by_people:g} by hand" * (by_people > 0))
    return True, {"file": str(path), "autograder_points": by_tests, "manual_points": by_people}


def _doctor(arguments: argparse.Namespace) -> tuple[bool, Any]:
    from .course.folders import has_configuration
    from .course.nbgraders import protected
    from .sandbox.cage import available

    stops = {
        "Landlock": "reading outside Python and the scratch folder, writing outside scratch, signals to others",
        "seccomp": "the network, new programs and processes, tracing, mounting, metadata of other files",
        "rlimits": "memory, CPU time, file size, open files",
        "namespaces": "the network and shared memory once more (optional)",
        "own uid": "what the other layers miss (optional; needs root and a Python that everyone may read)",
    }
    layers = available()
    for name, on in layers.items():
        print(f"  {'on     ' if on else 'missing'} {name:<11} stops {stops[name]}")
    ok = layers["Landlock"] and layers["seccomp"]
    if ok:
        print("This machine can grade in isolation.")
    elif sys.platform == "linux":
        print("A core layer is missing: grade on Linux with kernel 5.13 or later, or with --unsafe.")
    else:
        print("Notebook code runs only on Linux: on Windows use WSL, elsewhere a Linux container.")
    if has_configuration(arguments.course):
        course = _course(arguments)
        if ok and protected(course.config):
            print("In this course `nbgrader autograde` and formgrader's button grade in isolation, too.")
        _print_notes(course)
    return ok, layers


def _settings(arguments: argparse.Namespace) -> tuple[bool, Any]:
    from .course.folders import Autograder
    from .course.nbgraders import FOLLOWED, NOTES

    ours = {name: trait for name, trait in sorted(Autograder.class_own_traits(config=True).items())}
    print("The grader's own, with their defaults:")
    for name, trait in ours.items():
        print(f"  c.Autograder.{name} = {trait.default()!r}  # {trait.help}")
    print("nbgrader's, followed:")
    for name, how in FOLLOWED:
        print(f"  {name}: {how}")
    print("nbgrader's, without effect here:")
    for section, option, instead in NOTES:
        print(f"  {section}.{option}: {instead}")
    return True, {name: trait.default() for name, trait in ours.items()}


def _demo(arguments: argparse.Namespace) -> tuple[bool, Any]:
    from .demo import run_demo

    return run_demo(
        arguments.course, arguments.folder, arguments.students, max(1, arguments.jobs), arguments.assignment
    )


def _check_writable(path: Path) -> None:
    if not path.parent.is_dir() or path.is_dir() or not os.access(path.parent, os.W_OK):
        raise CourseError(f"--json {path}: cannot be written; name a file in an existing folder that you may write to")


def _write_json(path: Path, data: Any) -> None:
    _check_writable(path)
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", errors="replace")


if __name__ == "__main__":
    main()
