"""nbgrader's meaning is kept: partial credit, manual cells, penalties, notebooks, files, locked cells, autotests."""

import json
import shutil
import sqlite3
from pathlib import Path

import nbformat
import nbgrader
import pytest
from nbformat import v4
from small_course import CONFIG, meta, run, small_notebook

PARTIAL = "n = sum(double(x) == 2 * x for x in (1, 2, 3, 4))\nnp.float64(n / 4 * 2)"
READS = "assert read() == 'from the instructor'"


def rich_course(root: Path) -> Path:
    """Two notebooks, a data file, partial credit, a cell that can only be graded in the worker."""
    first, second = small_notebook(), small_notebook()
    first.cells += [
        v4.new_code_cell(PARTIAL, metadata=meta("test_partial", 2, grade=True)),
        v4.new_code_cell("assert double.__globals__['double'] is double", metadata=meta("test_code", 1, grade=True)),
    ]
    second.cells[1:] = [
        v4.new_code_cell(
            "def read():\n    ### BEGIN SOLUTION\n    return open('data.txt').read()\n    ### END SOLUTION",
            metadata=meta("read", solution=True),
        ),
        v4.new_code_cell(READS, metadata=meta("test_read", 4, grade=True)),
    ]
    folder = root / "source" / "ps"
    folder.mkdir(parents=True)
    nbformat.write(first, folder / "one.ipynb")
    nbformat.write(second, folder / "two.ipynb")
    (folder / "data.txt").write_text("from the instructor")
    penalty = "c.LateSubmissionPlugin.penalty_method = 'zero'\n"
    (root / "nbgrader_config.py").write_text(CONFIG + penalty)
    made = run("nbgrader", "generate_assignment", "ps", cwd=root)
    assert made.returncode == 0, made.stderr
    made = run("nbgrader", "db", "assignment", "add", "ps", "--duedate=2026-01-01 12:00:00 UTC", cwd=root)
    assert made.returncode == 0, made.stderr
    return root


def hand_in(root: Path, student: str, double="return 2 * x", edit=lambda name, nb: None, late=False) -> Path:
    folder = root / "submitted" / student / "ps"
    shutil.copytree(root / "release" / "ps", folder)
    for path in folder.glob("*.ipynb"):
        nb = nbformat.read(path, as_version=4)
        for cell in nb.cells:
            cell.source = cell.source.replace("# YOUR CODE HERE\n    raise NotImplementedError()", "pass")
            if "def double" in cell.source:
                cell.source = f"def double(x):\n    {double}"
            elif "def read" in cell.source:
                cell.source = "def read():\n    return open('data.txt').read()"
        edit(path.stem, nb)
        nbformat.write(nb, path)
    (folder / "timestamp.txt").write_text("2026-01-0" + ("3" if late else "1") + " 11:00:00 UTC")
    return folder


def tamper(name, nb):
    """Raises the points, empties a test, doubles another, turns a third to text."""
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in nb.cells}
    if name == "one":
        cells["test_double"].metadata["nbgrader"]["points"] = 300
        cells["test_double"].source = "assert True"
        nb.cells.append(v4.new_code_cell("2.0", metadata=cells["test_partial"].metadata))
        cells["test_code"]["cell_type"] = "markdown"
        for key in ("outputs", "execution_count"):
            cells["test_code"].pop(key, None)


def answer(name, nb):
    if name == "one":
        next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "why").source = "I think so."


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(root, {student: {cell: result}}) of a class graded by us."""
    root = rich_course(tmp_path_factory.mktemp("rich"))
    hand_in(root, "good")
    hand_in(root, "half", "return 2 * x if np.ndim(x) == 0 and x < 3 else x")
    hand_in(root, "late", late=True)
    hand_in(root, "tampered", "return x", edit=tamper)
    (hand_in(root, "own_data") / "data.txt").write_text("from the student")
    hand_in(root, "answers", edit=answer)
    shutil.copytree(root / "release" / "ps", root / "submitted" / "untouched" / "ps")
    result = run("autograder", "grade", "ps", "--course", root, "--jobs", "1", "--json", root / "out.json")
    assert result.returncode == 0, result.stdout + result.stderr
    rows = json.loads((root / "out.json").read_text())["submissions"]
    return root, {row["student"]: row for row in rows}


def cells(graded, student):
    return {cell["cell"]: cell for cell in graded[1][student]["cells"]}


def test_several_notebooks_add_up(graded):
    assert {c["notebook"] for c in graded[1]["good"]["cells"]} == {"one", "two"}
    assert graded[1]["good"]["score"] == 3 + 2 + 1 + 4 and graded[1]["good"]["max_score"] == 12


def test_a_numpy_scalar_as_last_value_is_partial_credit(graded):
    assert cells(graded, "half")["test_partial"]["score"] == 1
    assert cells(graded, "half")["test_partial"]["outcome"] == "partial"


def test_a_cell_that_cannot_be_judged_is_labelled_everywhere(graded):
    root, rows = graded
    assert cells(graded, "good")["test_code"]["isolated"] is False
    assert cells(graded, "good")["test_double"]["isolated"] is True
    assert rows["good"]["isolated"] is False
    assert "not isolated" in (root / "feedback" / "good" / "ps" / "one.html").read_text()
    report = run("autograder", "report", "ps", "--course", root)
    assert report.returncode == 0 and "test_code" in (root / "reports" / "ps.html").read_text()
    assert "one/test_code: not isolated" in run("autograder", "verify", "ps", "--course", root, "--jobs", "1").stdout


def test_an_answer_waits_for_a_person_and_an_untouched_one_scores_zero(graded):
    assert (cells(graded, "good")["why"]["outcome"], cells(graded, "good")["why"]["score"]) == ("not_attempted", 0)
    assert (cells(graded, "answers")["why"]["outcome"], cells(graded, "answers")["why"]["score"]) == ("manual", None)


def test_the_late_penalty_is_nbgraders_own(graded):
    assert graded[1]["late"]["late_penalty"] == graded[1]["late"]["score"] == 10
    assert graded[1]["good"]["late_penalty"] == 0


def test_the_instructors_files_replace_the_students(graded):
    assert cells(graded, "own_data")["test_read"]["outcome"] == "passed"


def test_tampered_cells_are_the_instructors_again(graded):
    found = cells(graded, "tampered")
    assert (found["test_double"]["score"], found["test_double"]["max_score"]) == (0, 3)
    assert found["test_partial"]["score"] == 0
    assert found["test_code"]["outcome"] == "passed"


def test_nbgrader_reads_the_same_scores_out_of_the_graded_notebooks(graded):
    from nbgrader.utils import determine_grade, is_grade

    root, rows = graded
    for student, row in rows.items():
        for name in ("one", "two"):
            nb = nbformat.read(root / "autograded" / student / "ps" / f"{name}.ipynb", as_version=4)
            found = {c.metadata.nbgrader.grade_id: determine_grade(c)[0] for c in nb.cells if is_grade(c)}
            ours = {c["cell"]: c["score"] for c in row["cells"] if c["notebook"] == name and c["cell"] != "why"}
            assert {cell: found[cell] for cell in ours} == ours


def test_the_same_class_through_nbgrader_autograde(graded, tmp_path):
    root, rows = graded
    copy = tmp_path / "copy"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns("autograded", "feedback"))
    result = run("nbgrader", "autograde", "ps", "--force", cwd=copy)
    assert result.returncode == 0, result.stderr[-2000:]
    with sqlite3.connect(root / "gradebook.db") as ours, sqlite3.connect(copy / "gradebook.db") as theirs:
        for query in ("SELECT auto_score FROM grade ORDER BY id", "SELECT auto_comment FROM comment ORDER BY id"):
            assert ours.execute(query).fetchall() == theirs.execute(query).fetchall()
        empty = "SELECT name FROM comment JOIN base_cell ON cell_id = base_cell.id WHERE auto_comment = 'No response.'"
        assert {name for (name,) in ours.execute(empty)} == {"double", "read", "why"}


def test_autotests_are_graded_as_nbgrader_instantiates_them(tmp_path):
    guide = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
    nb = small_notebook()
    (tmp_path / "source" / "ps").mkdir(parents=True)
    nb.cells[2].source = "# AUTOTEST double(3); double(5)"
    nb.cells.pop()
    nbformat.write(nb, tmp_path / "source" / "ps" / "ps.ipynb")
    shutil.copy(guide / "autotests.yml", tmp_path)
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    made = run("autograder", "release", "ps", "--course", tmp_path)
    assert made.returncode == 0, made.stdout + made.stderr
    for student, factor in (("right", 2), ("wrong", 3)):
        folder = tmp_path / "submitted" / student / "ps"
        folder.mkdir(parents=True)
        handed = nbformat.read(tmp_path / "release" / "ps" / "ps.ipynb", as_version=4)
        handed.cells[1].source = f"def double(x):\n    return {factor} * x"
        nbformat.write(handed, folder / "ps.ipynb")
    run("autograder", "grade", "ps", "--course", tmp_path, "--jobs", "1", "--json", tmp_path / "out.json")
    rows = json.loads((tmp_path / "out.json").read_text())["submissions"]
    assert {row["student"]: row["score"] for row in rows} == {"right": 3, "wrong": 0}
