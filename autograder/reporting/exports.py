"""Grades in the import formats of other products: Canvas, Moodle, Gradescope's results.json, and a plain table.

Each format is also an exporter of nbgrader's own: ``nbgrader export --exporter=autograder.exports.Canvas``. Installed
packages may add formats (`added`).

Sources of the columns: Canvas's ``lib/gradebook_importer.rb``, Moodle's ``grade/import/csv`` and the headings of its
own grade export, nbgrader's ``CsvExportPlugin``, Gradescope's autograder specification.
"""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from nbgrader.plugins import ExportPlugin

from ..course.errors import CourseError
from ..course.folders import Course
from ..engine.graded_notebook import NAMES
from ..engine.results import plain_text
from ..judging.outcome import Outcome
from .class_report import class_data

Table = list[list[str]]
EXPORTERS = "autograder.exporters"  # the entry points of packages that add some

_NO_FOLDER = re.compile(r"[/\\]|^[.]")
# What a spreadsheet treats as the start of a formula, at the start of a cell or after a semicolon, which separates
# cells in half of Europe's spreadsheets.
_FORMULA = re.compile(r"(^|;)(\s*)(?=[=+\-@＝＋－＠|%])")


def export(
    course: Course,
    name: str,
    to: str,
    output: Path | None = None,
    students: list[str] | None = None,
    column: str | None = None,
) -> tuple[Path, dict[str, Any]]:
    """Writes the grades of an assignment for another product.

    Args:
        to: a key of `FORMATS`, or the name of an exporter that a package adds.
        output: the file to write; for "gradescope" a name that does not end in .zip is a folder. If None, a file in
            the course's ``exports/``.
        students: ids of the students to export; if None, the whole class.
        column: heading of the assignment's column, for a product that has one already; if None, the course's setting
            ``c.Autograder.columns``, else the assignment's name.

    Returns:
        The path written, and the class data in it.

    Raises:
        CourseError: there is no such format, nobody is graded yet, or the file cannot be written.
    """
    ending, write = _format(to)
    data = class_data(course, name, students)
    if students is not None:
        data["missing"] = [person for person in data["missing"] if person["student"] in students]
    data["column"] = column or course.settings.columns.get(name) or name
    path = output or course.root / "exports" / f"{name}{ending}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, data)
    except OSError as error:
        raise CourseError(
            f"{path}: the grades cannot be written ({error.strerror}); name another file with --output"
        ) from None
    return path, data


def remarks(data: dict[str, Any]) -> list[str]:
    """Remarks to read before the grades are used: what is missing in them."""
    rows = data["submissions"]
    waiting = sum(_waits(cell) for row in rows for cell in row["cells"])
    broken = [row["student"] for row in rows if _broken(row)]
    lines = []
    if waiting:
        answers = "1 answer still has" if waiting == 1 else f"{waiting} answers still have"
        lines.append(f"{answers} to be graded by a person, so far without points; export again after that")
    if broken:
        lines.append(f"the grader broke on {', '.join(broken)}: left without a score; grade and export again")
    if missing := [person["student"] for person in data["missing"]]:
        lines.append(
            f"handed in nothing: {', '.join(missing)} (0 in the plain table; Canvas and Moodle keep what they have)"
        )
    if data["unsafe"]:
        lines.append("UNSAFE: a core layer of the sandbox was missing, so these scores can be forged")
    return lines


# -- formats -------------------------------------------------------------------------------------------------


def canvas(data: dict[str, Any]) -> Table:
    """Canvas's gradebook, for Grades > Import.

    A student is found by the Canvas ID (digits) or SIS user id, both from nbgrader's ``lms_user_id``, by the login,
    which is nbgrader's student id, or by the name. An empty score leaves a student without a score unchanged.
    """
    title = harmless(data.get("column") or data["assignment"])
    table = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title],
        ["    Points Possible", "", "", "", "", number(data["max_score"])],
    ]
    for row in (*data["submissions"], *data.get("missing", ())):
        lms = row["lms_user_id"]
        name = ", ".join(part for part in (row["last_name"], row["first_name"]) if part) or row["student"]
        # Canvas treats a row whose first cell contains these words as the row of points
        name = name.replace("Points Possible", "Points-Possible")
        ids = [lms, ""] if lms.isdecimal() else ["", lms]
        table.append([*map(harmless, [name, *ids, row["student"], ""]), final_score(row)])
    return table


def moodle(data: dict[str, Any]) -> Table:
    """Moodle's grade table, with the headings of its own export, for Grades > Import > CSV file.

    On its page of mappings choose to find students by *Username* (nbgrader's student id), *ID number* (its
    ``lms_user_id``) or *Email address*, and map both the grade and the feedback: Moodle clears a grade if only its
    feedback is imported.
    """
    name = data["assignment"]
    column = data.get("column", name)
    item = harmless(f"Assignment: {name}" if column == name else column)
    table = [
        ["First name", "Last name", "Username", "ID number", "Email address", f"{item} (Real)", f"{item} (Feedback)"]
    ]
    for row in data["submissions"]:
        person = [row[key] for key in ("first_name", "last_name", "student", "lms_user_id", "email")]
        table.append([*map(harmless, person), final_score(row), harmless(_feedback(row))])
    for row in data.get("missing", ()):
        person = [row[key] for key in ("first_name", "last_name", "student", "lms_user_id", "email")]
        table.append([*map(harmless, person), "", ""])
    return table


def table(data: dict[str, Any]) -> Table:
    """A plain table: nbgrader's own columns, then one for each question. An empty score is not graded yet."""
    questions = list(dict.fromkeys((c["notebook"], c["cell"]) for row in data["submissions"] for c in row["cells"]))
    several = len({notebook for notebook, _ in questions}) > 1
    heads = [harmless(f"{notebook}/{cell}" if several else cell) for notebook, cell in questions]
    rows = [
        ["assignment", "timestamp", "student_id", "last_name", "first_name", "email",
         "raw_score", "late_submission_penalty", "score", "max_score", *heads]
    ]  # fmt: skip
    for row in data["submissions"]:
        scores = {(cell["notebook"], cell["cell"]): cell["score"] for cell in row["cells"]}
        person = [row[key] for key in ("timestamp", "student", "last_name", "first_name", "email")]
        rows.append([
            *map(harmless, [data["assignment"], *person]),
            "" if _broken(row) else number(row["score"]),
            number(row["late_penalty"]),
            final_score(row),
            number(data["max_score"]),
            *(number(scores.get(question)) for question in questions),
        ])  # fmt: skip
    for row in data.get("missing", ()):  # nbgrader's own table lists them with 0
        person = [row[key] for key in ("student", "last_name", "first_name", "email")]
        points = ["0", "0", "0", number(data["max_score"])]
        rows.append([*map(harmless, [data["assignment"], "", *person]), *points, *[""] * len(questions)])
    return rows


def gradescope_results(row: dict[str, Any]) -> dict[str, Any]:
    """One student's results as Gradescope's results.json, from an entry of the class data.

    A question that a person has to grade has no points, since Gradescope adds those itself. A question on which the
    grader itself failed has none either, and the result says so first.
    """
    several = len({cell["notebook"] for cell in row["cells"]}) > 1
    said = []
    if _broken(row):
        said.append(
            "The grader itself failed on part of this, through no fault of yours. The score is not final; "
            "your instructors can have it graded again."
        )
    if row["cells"] and all(cell["outcome"] == Outcome.NOT_ATTEMPTED for cell in row["cells"]):
        said.append("Not attempted: every question is as it was handed out, or could not be read.")
    if row["late_penalty"]:
        said.append(f"A late penalty of {number(row['late_penalty'])} points is deducted.")
    if row["unsafe"]:
        said.append("Graded without a sandbox.")
    if not row["isolated"]:
        said.append("Tests marked 'not isolated' ran together with the submitted code.")
    return {
        "score": max(0.0, row["score"] - row["late_penalty"]),
        "execution_time": round(row["seconds"]),
        "output": "\n".join(said),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [_gradescope_test(cell, several) for cell in row["cells"]],
        "extra_data": {"student": plain_text(row["student"]), "notes": [plain_text(note) for note in row["notes"]]},
    }


def _gradescope_test(cell: dict[str, Any], several: bool) -> dict[str, Any]:
    name = f"{cell['notebook']}: {cell['cell']}" if several else cell["cell"]
    outcome, message = NAMES.get(cell["outcome"], ""), plain_text(cell["message"])
    title = f"{outcome}. " if outcome and not message.startswith(outcome.split()[0]) else ""
    test = {
        "name": plain_text(name if cell["isolated"] else f"{name} (not isolated)"),
        "output": title + message,
        "output_format": "text",
        "visibility": "visible",
        "extra_data": {"outcome": cell["outcome"]},
    }
    if cell["score"] is not None:
        full = cell["score"] >= cell["max_score"]
        test |= {"score": cell["score"], "max_score": cell["max_score"], "status": "passed" if full else "failed"}
    return test


def _write_table(make: Callable[[dict[str, Any]], Table]) -> Callable[[Path, dict[str, Any]], None]:
    def write(path: Path, data: dict[str, Any]) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(make(data))

    return write


def _write_results(path: Path, data: dict[str, Any]) -> None:
    """``<student>/results.json`` for each student, in a zip or a folder."""
    results = {
        f"{_NO_FOLDER.sub('_', row['student'])}/results.json": json.dumps(gradescope_results(row), indent=1)
        for row in data["submissions"]
    }
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in results.items():
                archive.writestr(name, text)
        return
    for name, text in results.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")


FORMATS = {
    "canvas": ("-canvas.csv", _write_table(canvas)),
    "moodle": ("-moodle.csv", _write_table(moodle)),
    "gradescope": ("-gradescope.zip", _write_results),
    "csv": (".csv", _write_table(table)),
}


def added() -> dict[str, EntryPoint]:
    """The exporters of installed packages: their entry points in the group ``autograder.exporters``, by name.

    Each is a function of the class data that returns what to write: rows of a table, text, or bytes. Its attribute
    ``ending``, if it has one, is the extension of the file: ``.xml`` instead of ``.csv``.
    """
    return {entry.name: entry for entry in entry_points(group=EXPORTERS)}


def _format(to: str) -> tuple[str, Callable[[Path, dict[str, Any]], None]]:
    """The file's extension, and the function that writes the file."""
    if to in FORMATS:
        return FORMATS[to]
    packages = added()
    if to not in packages:
        raise CourseError(f"--to {to}: there is no such format; there are {', '.join([*FORMATS, *sorted(packages)])}")
    try:
        make = packages[to].load()
    except Exception as error:
        raise CourseError(f"--to {to}: {packages[to].value} cannot be loaded: {error}") from error

    def write(path: Path, data: dict[str, Any]) -> None:
        try:
            made = make(data)
            rows = None if isinstance(made, str | bytes) else [[str(cell) for cell in row] for row in made]
        except Exception as error:
            raise CourseError(f"--to {to}: {packages[to].value} failed: {type(error).__name__}: {error}") from error
        if rows is not None:
            _write_table(lambda _: rows)(path, data)
        else:
            path.write_bytes(made.encode() if isinstance(made, str) else made)

    return f"-{to}{getattr(make, 'ending', '.csv')}", write


# -- cells ---------------------------------------------------------------------------------------------------


def harmless(text: str) -> str:
    """Text for a cell: one printable line that no spreadsheet runs as a formula (it gets a leading apostrophe)."""
    return _FORMULA.sub(r"\1'\2", plain_text(text))


def number(value: float | None) -> str:
    """A number of points in a form that every product reads: 3, 2.5, 0.333333; empty for None."""
    return "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")


def final_score(row: dict[str, Any]) -> str:
    """The score after the late penalty; empty, not zero, if the grader failed or nothing was handed in."""
    handed_in = "score" in row
    return number(max(0.0, row["score"] - row["late_penalty"])) if handed_in and not _broken(row) else ""


def _feedback(row: dict[str, Any]) -> str:
    lines = [
        f"{cell['cell']}: {cell['message']}"
        for cell in row["cells"]
        if cell["message"] and cell["outcome"] not in (Outcome.PASSED, Outcome.MANUAL)
    ]
    if row["late_penalty"]:
        lines.append(f"Late: {number(row['late_penalty'])} points deducted")
    return " / ".join(lines)


def _waits(cell: dict[str, Any]) -> bool:
    return cell["score"] is None and cell["outcome"] != Outcome.GRADER_ERROR


def _broken(row: dict[str, Any]) -> bool:
    return any(cell["outcome"] == Outcome.GRADER_ERROR for cell in row["cells"])


# -- nbgrader export -----------------------------------------------------------------------------------------


class _Exporter(ExportPlugin):
    """``nbgrader export --exporter=autograder.exports.<name> [--assignment "['ps']"] [--student …] [--to FILE]``."""

    format = ""

    def export(self, gradebook: Any) -> None:
        """Writes one file for each assignment; ``--to`` names it if there is only one."""
        course = Course(self.parent.coursedir.root, self.parent.config)
        names = [str(name) for name in self.assignment] or [known.name for known in gradebook.assignments]
        if self.to and len(names) > 1:
            raise CourseError(f"--to names one file, but there are {len(names)} assignments; choose with --assignment")
        for name in names:
            students = [str(student) for student in self.student] or None
            path, data = export(course, name, self.format, Path(self.to) if self.to else None, students)
            self.log.info("Wrote %s", path)
            for line in remarks(data):
                self.log.warning("%s: %s", name, line)


class Canvas(_Exporter):
    """nbgrader's exporter for Canvas."""

    format = "canvas"


class Moodle(_Exporter):
    """nbgrader's exporter for Moodle."""

    format = "moodle"


class Gradescope(_Exporter):
    """nbgrader's exporter of Gradescope's results.json, one for each student."""

    format = "gradescope"


class Csv(_Exporter):
    """nbgrader's exporter of a plain table with a column for each question."""

    format = "csv"
