"""The page that students get back: what was lost first, in words, and nothing in it that runs."""

from __future__ import annotations

import json
import shutil

import nbformat
import pytest
from nbformat import v4
from small_course import RIGHT, SmallCourse, meta

from autograder.course.folders import Course
from autograder.engine.clerk_link import Clerk, ClerkLost
from autograder.grading.classes import grade_class
from autograder.reporting import feedback
from autograder.reporting.class_report import class_data
from autograder.reporting.feedback import feedback_page, page, plain
from autograder.reporting.pages import write_feedback
from autograder.reporting.sheets import Given, Sheet

ABOUT = {"assignment": "ps", "notebook": "ps", "score": 5.0, "max_score": 14.0, "late_penalty": 0}


def graded(name: str, score: float, points: float, **more) -> dict:
    about = meta(name, points, grade=True)
    about["nbgrader"] |= {"score": score, **more}
    return about


def failed(name: str, text: str) -> list:
    return [v4.new_output("error", ename=name, evalue=text, traceback=[text])]


@pytest.fixture
def notebook():
    """Four exercises: one lost in part, one lost whole, one right, one in words that nobody has read."""
    return v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# The set\n\n## 1. Sums (2 points)\n\nWith $\\frac{a}{b}$ and\n\n$$\\sum_i x_i$$"),
            v4.new_code_cell("def add(x):\n    return 2", metadata=meta("add", solution=True)),
            v4.new_code_cell(
                "assert add(1) == 2", metadata=graded("t1", 0, 1), outputs=failed("Not passed", "Add `x` <1>.")
            ),
            v4.new_code_cell("assert add(2) == 3", metadata=graded("t2", 1, 1)),
            v4.new_markdown_cell("## 2. `numpy` (6 points)"),
            v4.new_code_cell("assert f()", metadata=graded("t3", 0, 6), outputs=failed("Out of time", "It ran on.")),
            v4.new_markdown_cell("## 3. Easy (4 points)"),
            v4.new_code_cell("assert g()", metadata=graded("t4", 4, 4)),
            v4.new_markdown_cell("## 4. In words (2 points)"),
            v4.new_markdown_cell("My *answer*.", metadata=graded("w", 0, 2, waiting=True, solution=True)),
        ]
    )  # fmt: skip


def section(page: str, name: str) -> str:
    return page.split(f'id="{name}"')[1].split("</section>")[0] if f'id="{name}"' in page else ""


def test_what_was_lost_comes_first_the_most_costly_on_top_by_headings_and_words(notebook):
    lost = section(feedback_page(notebook, ABOUT), "lost")
    assert lost.index("2. numpy") < lost.index("1. Sums") and "3. Easy" not in lost and "4. In words" not in lost
    assert "−6 of 6 points" in lost and "−1 of 2 points" in lost and "points)" not in lost
    assert "Add <code>x</code> &lt;1&gt;." in lost and "Out of time. It ran on." in lost


def test_what_nobody_has_graded_is_waited_for_and_is_no_zero(notebook):
    page = feedback_page(notebook, ABOUT)
    assert "<strong>5 of 12 points</strong> so far; 2 of 14 points are not graded yet" in page
    assert "4. In words" in section(page, "waits") and "2 points, not graded yet" in page
    notebook.cells[-1].metadata.nbgrader |= {"waiting": False, "score": 2, "comment": "Well <put>"}
    page = feedback_page(notebook, ABOUT | {"score": 7.0})
    assert not section(page, "waits") and "4. In words" in section(page, "full")
    assert "<strong>7 of 14 points</strong></p>" in page and "Well &lt;put&gt;" in section(page, "said")


def test_every_line_of_the_summary_leads_to_a_cell(notebook):
    page = feedback_page(notebook, ABOUT)
    for number in (2, 5, 7, 9):
        assert f'href="#cell-{number}"' in page and f'id="cell-{number}"' in page


def test_formulas_are_set_without_a_network(notebook):
    page = feedback_page(notebook, ABOUT)
    assert page.count("<math") == 2 and "<mfrac>" in page and 'display="block"' in page
    assert "http://" not in page.replace("http://www.w3.org", "") and "src=" not in page and "<script" not in page


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>x</script>",
        "<img src=x onerror=alert(1)>",
        "</pre><iframe>",
        "\x1b[31m\u202e\u061c",
        "{{ 7 * 7 }}",
        "a" + "\u0301" * 50,
    ],
)
def test_what_students_write_in_code_outputs_and_words_is_shown_as_text(notebook, hostile):
    notebook.cells[1].source = hostile
    notebook.cells[1].outputs = [v4.new_output("stream", text=hostile), *failed(hostile, hostile)]
    notebook.cells[2].outputs = failed("Not passed", hostile)
    page = feedback_page(notebook, ABOUT)
    assert not any(
        bad in page for bad in ("<script", "<img", "<iframe", "\x1b", "\u202e", "\u061c", "49", "\u0301" * 4)
    )
    assert "default-src 'none'" in page


@pytest.mark.parametrize(
    "formula", ["\\frac{", "{" * 3000, "\\href{javascript:x}{y}", "\\begin{bmatrix} 1", "x" * 5000]
)
def test_a_formula_that_is_none_is_shown_as_it_was_written(notebook, formula):
    notebook.cells[-1].source = f"see ${formula}$ here"
    page = feedback_page(notebook, ABOUT)
    assert "see " in page and '<a href="javascript' not in page and "My" not in page.split('id="work"')[1]


def test_a_late_penalty_and_parts_of_points_are_said(notebook):
    page = feedback_page(notebook, ABOUT | {"score": 3.75, "late_penalty": 1.25})
    assert "3.75 of 12 points" in page and "1.25 points are deducted" in page


def test_a_notebook_without_headings_names_its_cells():
    test = v4.new_code_cell("assert 0", metadata=graded("test_it", 0, 3), outputs=failed("Not passed", "no"))
    notebook = v4.new_notebook(cells=[test])
    page = feedback_page(notebook, ABOUT)
    assert "test_it</a>" in section(page, "lost") and "<title>ps: feedback</title>" in page


def test_headings_lose_their_signs():
    assert plain("2.1 *The* `MLP` and [a link](x.md) (3 points)") == "2.1 The MLP and a link"


@pytest.fixture(scope="module")
def graded_class(released, tmp_path_factory) -> SmallCourse:
    """Ada's work beside Eve's, which takes long to render, asks for a script, and has a file beside it."""
    course = SmallCourse(tmp_path_factory.mktemp("pages") / "course")
    course.root.parent.mkdir(exist_ok=True)
    shutil.copytree(released, course.root)
    course.submit("ada")
    nb = nbformat.read(course.root / "release" / "ps" / "ps.ipynb", as_version=4)
    nb.cells[1].source = RIGHT
    nb.cells += [v4.new_markdown_cell("[" * 100_000), v4.new_markdown_cell("<script>alert(1)</script> my own words")]
    (course.submit("eve", text=nbformat.writes(nb)) / "plot.txt").write_text("a file of eve's")
    grade_class(Course(course.root), "ps", jobs=1)
    return course


def pages(course: SmallCourse, **more) -> tuple[list[str], dict[str, str]]:
    """What is told of pages that are all made anew, and the pages."""
    (course.root / ".autograder" / "feedback-ps.json").unlink(missing_ok=True)
    of = Course(course.root)
    told = write_feedback(of, class_data(of, "ps"), **more)
    return told, {path.parts[-3]: path.read_text() for path in course.root.glob("feedback/*/ps/ps.html")}


@pytest.mark.sandbox
def test_nothing_of_a_students_is_rendered_in_the_graders_own_process(graded_class, monkeypatch):
    for name in ("feedback_page", "highlight", "MarkdownWithMath", "convert"):
        monkeypatch.setattr(feedback, name, None)  # here; clerks are no children of this process
    told, made = pages(graded_class, jobs=2)
    assert not told and made.keys() == {"ada", "eve"}
    assert "my own words" in made["eve"] and "<script>alert" not in made["eve"]
    assert '<span class="k">def</span>' in made["ada"]
    assert (graded_class.root / "feedback" / "eve" / "ps" / "plot.txt").read_text() == "a file of eve's"
    assert not [*graded_class.root.glob("feedback/*/.*")] and not [*graded_class.root.glob("feedback/*/ps/*.ipynb")]


@pytest.mark.sandbox
def test_a_page_that_no_clerk_can_make_is_made_in_short_and_the_others_as_ever(graded_class, monkeypatch):
    call = Clerk.call

    def lose(self, function, *arguments):
        if function is page and b"my own words" in arguments[0] and not arguments[-1]:
            raise ClerkLost("it takes too long")
        return call(self, function, *arguments)

    monkeypatch.setattr(Clerk, "call", lose)
    told, made = pages(graded_class)
    assert not told and "my own words" in made["eve"] and "<strong>3 of 5 points</strong>" in made["eve"]
    assert '<span class="k">def</span>' in made["ada"] and '<span class="k">def</span>' not in made["eve"]


@pytest.mark.sandbox
def test_the_permissions_that_the_configuration_asks_for_are_those_of_the_pages(graded_class):
    config = graded_class.root / "nbgrader_config.py"
    before = config.read_text()
    config.write_text(before + "c.GenerateFeedback.permissions = 640\n")
    pages(graded_class)
    config.write_text(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in graded_class.root.glob("feedback/eve/ps/*")}
    assert modes == {"ps.html": 0o640, "plot.txt": 0o640}


@pytest.mark.sandbox
def test_where_the_configuration_asks_for_preprocessors_nbgrader_makes_the_pages_and_clerks_render_them(graded_class):
    config = graded_class.root / "nbgrader_config.py"
    before = config.read_text()
    config.write_text(
        before + "c.GenerateFeedback.preprocessors = ['nbgrader.preprocessors.GetGrades', "
        "'nbconvert.preprocessors.TagRemovePreprocessor']\n"
    )
    told, made = pages(graded_class)
    config.write_text(before)
    assert not told and "my own words" in made["eve"] and "3 of 5 points" in made["ada"]


def test_a_page_in_short_shows_given_cells_as_ever_and_others_as_text(notebook):
    sheet = Sheet("ps", 0.5, {"t1": Given(0, 1, False), "w": Given(0, 2, True)}, {"w": "Read <me>"})
    given = ("markdown", notebook.cells[4].source)
    notebook.cells[1].outputs = [v4.new_output("stream", text="printed")]
    made = page(json.dumps(notebook).encode(), sheet, {given: "<h2>known</h2>"}, short=True).decode()
    assert "<h2>known</h2>" in made and "<pre>def add(x):" in made and "printed" not in made
    assert "Read &lt;me&gt;" in made and "0.5 points are deducted" in made
    assert "−1 of 1 points" in section(made, "lost")


def test_a_cell_that_is_known_reads_as_if_it_were_rendered_on_the_page(notebook):
    cells = [(cell.cell_type, cell.source) for cell in notebook.cells]
    known = dict(zip(cells, json.loads(feedback.bodies(cells)), strict=True))
    assert feedback_page(notebook, ABOUT, known) == feedback_page(notebook, ABOUT)
