"""A course as others have them: own marks, odd names, pictures in the text, files that students edit."""

import json
import os
import subprocess

import nbformat
import pytest
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import v4
from small_course import BIN, CONFIG, meta, small_notebook
from traitlets.config import Config

from autograder.course.assignment import read_assignment
from autograder.course.attachments import pictures, without_missing
from autograder.course.errors import CourseError
from autograder.course.folders import Course
from autograder.course.limits import Limits
from autograder.course.submission import Submission
from autograder.engine.grade import grade
from autograder.engine.reference import prepare
from autograder.engine.slot import Slot
from autograder.grading.verify import find_leaks, reference_submission

GIF = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
SVG = "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="
ASSIGNMENT, STUDENT = "Übung 2 [neu] (a)", "ødegård [gast]"
OWN = """
c.ClearSolutions.begin_solution_delimeter = "<<< LÖSUNG"
c.ClearSolutions.end_solution_delimeter = "LÖSUNG >>>"
c.ClearHiddenTests.begin_test_delimeter = "<<< GEHEIM"
c.ClearHiddenTests.end_test_delimeter = "GEHEIM >>>"
c.Autograde.exclude_overwriting = {"Übung 2 [neu] (a)": ["netz.py"]}
"""


def source_notebook():
    """A function to write, a module to edit, an answer in words below a drawing, in a course with marks of its own."""
    nb = small_notebook()
    nb.cells[1].source = "def double(x):\n    # <<< LÖSUNG\n    zweimal = 2 * x\n    return zweimal\n    # LÖSUNG >>>"
    nb.cells[2].source = "assert double(3) == 6\n# <<< GEHEIM\nassert double(7.25) == 14.5\n# GEHEIM >>>"
    nb.cells[3].source = "<<< LÖSUNG\nDarum.\nLÖSUNG >>>"
    layers = v4.new_code_cell(
        "from netz import vorwärts\nassert vorwärts(2) == 5", metadata=meta("test_netz", 2, grade=True), id="netz"
    )
    drawing = v4.new_markdown_cell("![](attachment:mein%20netz.svg)", id="drawing")
    drawing["attachments"] = {"mein netz.svg": {"image/svg+xml": SVG}}
    nb.cells += [layers, drawing]
    return nb


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """A course with odd names all over, released and graded in a terminal that knows ASCII alone."""
    root = tmp_path_factory.mktemp("odd") / "kurs [2026] *"
    source = root / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(CONFIG + OWN, encoding="utf-8")
    nbformat.write(source_notebook(), source / "Blatt [1].ipynb")
    (source / "netz.py").write_text("def vorwärts(x):\n    return 0\n", encoding="utf-8")
    assert "Traceback" not in command(root, "release", ASSIGNMENT).stderr
    released = nbformat.read(root / "release" / ASSIGNMENT / "Blatt [1].ipynb", as_version=4)
    for student, netz in ((STUDENT, "2 * x + 1"), ("zoe", "x")):
        folder = root / "submitted" / student / ASSIGNMENT
        (folder / "bilder").mkdir(parents=True)
        (folder / "netz.py").write_text(f"def vorwärts(x):\n    return {netz}\n", encoding="utf-8")
        (folder / "bilder" / "skizze.png").write_bytes(b"\x89PNG")
        (folder / "evil.html").write_text("<script>")
        nb = nbformat.from_dict(released)
        nb.cells[1].source = "def double(x):\n    return int(2 * x)"
        nb.cells[3].source = "So: ![](attachment:mine.gif) ![](attachment:lost.png)"
        nb.cells[3]["attachments"] = {"mine.gif": {"image/gif": GIF}, "x": {"text/html": "<script>"}}
        nbformat.write(nb, folder / "Blatt [1].ipynb")
    graded = command(root, "grade", ASSIGNMENT, "--json", str(root / "out.json"), "--jobs", "1")
    assert graded.returncode == 0, graded.stdout + graded.stderr
    return root


def command(root, *arguments):
    return subprocess.run(
        [BIN / "autograder", *arguments, "--course", root],
        env=os.environ | {"PYTHONIOENCODING": "ascii"}, capture_output=True, text=True, timeout=600,
    )  # fmt: skip


def cells_of(root, student):
    rows = json.loads((root / "out.json").read_text(encoding="utf-8"))["submissions"]
    return {cell["cell"]: cell for row in rows if row["student"] == student for cell in row["cells"]}


def test_whatever_course_assignment_notebook_and_student_are_called_there_are_marks_and_pages(odd):
    for student in (STUDENT, "zoe"):
        assert cells_of(odd, student)["test_double"]["score"] == 0
        assert (odd / "feedback" / student / ASSIGNMENT / "Blatt [1].html").is_file()


def test_a_student_is_found_by_an_id_with_brackets_and_by_a_pattern(odd):
    course = Course(odd)
    assert list(course.submissions(ASSIGNMENT, STUDENT)) == [STUDENT]
    assert list(course.submissions(ASSIGNMENT, "z*")) == ["zoe"]


@pytest.mark.parametrize("name", ["Charge+Fall", " hw", "a/b"])
def test_a_name_that_nbgrader_does_not_take_is_refused_in_a_sentence(odd, name):
    with pytest.raises(CourseError, match="is not a valid name for an assignment"):
        Course(odd).assignment(name)


def test_a_module_that_students_edit_counts_as_they_handed_it_in(odd):
    assert cells_of(odd, STUDENT)["test_netz"]["score"] == 2
    assert cells_of(odd, "zoe")["test_netz"]["score"] == 0
    handed_in = odd / "autograded" / "zoe" / ASSIGNMENT / "netz.py"
    assert "return x" in handed_in.read_text(encoding="utf-8")


def test_what_was_handed_in_beside_the_notebook_reaches_grader_and_student_unless_a_browser_would_run_it(odd):
    for step in ("autograded", "feedback"):
        folder = odd / step / "zoe" / ASSIGNMENT
        assert (folder / "bilder" / "skizze.png").read_bytes() == b"\x89PNG"
        assert not (folder / "evil.html").exists()


def test_lines_within_a_courses_own_marks_are_quoted_nowhere(odd):
    page = (odd / "feedback" / "zoe" / ASSIGNMENT / "Blatt [1].html").read_text(encoding="utf-8")
    for text in (page, (odd / "out.json").read_text(encoding="utf-8")):
        assert "7.25" not in text and "14.5" not in text


def test_a_release_with_a_line_from_within_a_courses_own_marks_leaks(odd, tmp_path):
    assignment = Course(odd).assignment(ASSIGNMENT)
    assert find_leaks(assignment, odd / "release" / ASSIGNMENT) == []
    for text in ("x = 1\nassert double(7.25) == 14.5", "    return zweimal", "# <<< GEHEIM"):
        nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(text)]), tmp_path / "ps.ipynb")
        assert find_leaks(assignment, tmp_path), text


def test_the_reference_is_handed_in_without_a_courses_own_marks(odd):
    assignment = Course(odd).assignment(ASSIGNMENT)
    assert "LÖSUNG" not in assignment.marks.unmarked(assignment.notebooks[0].cell("double").source)


def test_pictures_of_students_and_instructors_are_in_the_feedback(odd):
    page = (odd / "feedback" / "zoe" / ASSIGNMENT / "Blatt [1].html").read_text(encoding="utf-8")
    assert f"data:image/gif;base64,{GIF}" in page and f"data:image/svg+xml;base64,{SVG}" in page


def test_of_a_students_attachments_pictures_remain_that_can_run_nothing():
    found = pictures({
        "a": {"image/png": [GIF[:10] + "\n", GIF[10:]]}, "b": {"image/svg+xml": "<svg>"}, "c": {"text/html": "x"},
        "d": {"image/png": '"><script>'}, "e": "text", 5: {"image/png": GIF}, "": {"image/png": GIF},
    })  # fmt: skip
    assert found == {"a": {"image/png": GIF}}
    assert pictures(None) == pictures([1]) == {}


THERE = [
    "![](attachment:a.png)", "![](<attachment:a.png>)", "![](attachment:a.png 'title')",
    "![][r]\n\n[r]: attachment:a.png",
    "![](<attachment:ü b.png>)", "![](attachment:%C3%BC%20b.png)",
]  # fmt: skip
MISSING = [
    "![](attachment:missing)", "![](attachment\\:missing)", "![](<attachment:a.png).png>)", "![](attachment:)",
    "![][r]\n\n[r]: attachment:a.png)", "![](attachment:a.pngx)", "![](attachment:ü b.png)", "![](attachment:a.png(1))",
]  # fmt: skip


@pytest.mark.parametrize("text", THERE + MISSING)
def test_a_page_is_made_of_any_text_with_pictures_that_are_there_or_not(text):
    there = pictures({"a.png": {"image/png": GIF}, "ü b.png": {"image/png": GIF}})
    render = MarkdownWithMath(renderer=IPythonRenderer(escape=False, attachments=there))
    assert (GIF in render.render(without_missing(text, there))) == (text in THERE)


def test_a_solution_in_a_cell_that_nbgrader_does_not_know_is_the_students_to_write(tmp_path):
    nb = small_notebook()
    nb.cells[0].source = "import numpy as np\n### BEGIN SOLUTION\ndef half(x):\n    return x / 2\n### END SOLUTION"
    nb.cells[2].source = "assert double(half(6)) == 6"
    (tmp_path / "ps").mkdir()
    nbformat.write(nb, tmp_path / "ps" / "ps.ipynb")
    with pytest.raises(CourseError, match="non-solution cell"):
        read_assignment(tmp_path / "ps", "ps")
    config = Config({"ClearSolutions": {"enforce_metadata": False}})
    assignment = read_assignment(tmp_path / "ps", "ps", config)
    (test,) = assignment.notebooks[0].tests()
    assert test.students == {"half", "double"}
    with Slot(["numpy"], [], Limits()) as slot:
        assignment = prepare(assignment, slot)
        assert assignment.notebooks[0].lost == ()
        handed_in = nbformat.reads(reference_submission(assignment).notebooks["ps"], as_version=4)
        for returned, score in (("0.5 * x", 3), ("x", 0)):
            handed_in.cells[0].source = f"def half(x):\n    return {returned}"
            graded = grade(assignment, Submission("ada", {"ps": nbformat.writes(handed_in)}), slot)
            assert {cell.cell: cell.score for cell in graded.cells}["test_double"] == score


def test_a_marking_scheme_in_a_release_is_a_leak(tmp_path):
    nb = small_notebook()
    scheme = "Draw it.\n=== BEGIN MARK SCHEME ===\nTwo points for both axes.\n=== END MARK SCHEME ==="
    nb.cells[3] = v4.new_markdown_cell(scheme, id="task")
    nb.cells[3].metadata["nbgrader"] = meta("draw", 2)["nbgrader"] | {"task": True, "locked": True}
    (tmp_path / "source").mkdir()
    nbformat.write(nb, tmp_path / "source" / "ps.ipynb")
    assignment = read_assignment(tmp_path / "source", "ps")
    assert len(find_leaks(assignment, tmp_path / "source")) >= 2
