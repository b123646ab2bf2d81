"""The page that students get back: what was lost first, in words, and nothing in it that runs."""

from __future__ import annotations

import pytest
from nbformat import v4
from small_course import meta

from autograder.reporting.feedback import feedback_page, plain

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
    assert "<strong>5 of 12 points</strong> so far; 2 of 14 points wait for a person" in page
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
    "hostile", ["<script>x</script>", "<img src=x onerror=alert(1)>", "</pre><iframe>", "\x1b[31m\u202e", "{{ 7 * 7 }}"]
)
def test_what_students_write_in_code_outputs_and_words_is_shown_as_text(notebook, hostile):
    notebook.cells[1].source = hostile
    notebook.cells[1].outputs = [v4.new_output("stream", text=hostile), *failed(hostile, hostile)]
    notebook.cells[2].outputs = failed("Not passed", hostile)
    page = feedback_page(notebook, ABOUT)
    assert not any(bad in page for bad in ("<script", "<img", "<iframe", "\x1b", "\u202e", "49"))
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
    assert "3.75 of 12 points" in page and "1.25 points are taken off" in page


def test_a_notebook_without_headings_names_its_cells():
    test = v4.new_code_cell("assert 0", metadata=graded("test_it", 0, 3), outputs=failed("Not passed", "no"))
    notebook = v4.new_notebook(cells=[test])
    page = feedback_page(notebook, ABOUT)
    assert "test_it</a>" in section(page, "lost") and "<title>ps: feedback</title>" in page


def test_headings_lose_their_signs():
    assert plain("2.1 *The* `MLP` and [a link](x.md) (3 points)") == "2.1 The MLP and a link"
