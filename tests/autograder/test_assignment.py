"""Who owns a name, how a submission is laid over the source, and what becomes of work that is oddly handed in."""

import ast

import nbformat
import pytest
from nbformat import v4
from small_course import meta

from autograder.course.assignment import read_assignment
from autograder.course.errors import CourseError, Unreadable
from autograder.course.names import names_of, transform
from autograder.course.submission import Submission, find_notebook, merge, parse_notebook, untouched


@pytest.fixture
def read(tmp_path):
    """Reads a notebook of (kind, source); the n-th cell of a kind is named after both."""

    def made(*cells: tuple[str, str]):
        nb = v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
        for number, (kind, source) in enumerate(cells):
            data = {"given": meta(f"given{number}"), "text": {}}.get(kind)
            if kind in ("solution", "test"):
                points = 1 if kind == "test" else None
                data = meta(f"{kind}{number}", points, grade=kind == "test", solution=kind == "solution")
            if kind == "given":
                data["nbgrader"]["locked"] = True
            new = v4.new_markdown_cell if kind == "text" else v4.new_code_cell
            nb.cells.append(new(source, metadata=data))
        folder = tmp_path / "ps"
        folder.mkdir(exist_ok=True)
        nbformat.write(nb, folder / "ps.ipynb")
        return read_assignment(folder, "ps").notebooks[0]

    return made


def students(notebook, name: str) -> set[str]:
    return set(notebook.cell(name).students)


# -- names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source, bound",
    [
        ("a = b.c = 1; d: int = 2", {"a", "d"}),
        ("for i, (j, k) in x: pass\nwith y as z: pass", {"i", "j", "k", "z"}),
        ("def f(p):\n    q = 1\n    global r\n    r = 2", {"f", "r"}),
        ("class A:\n    b = 1\nlambda c: (d := 1)", {"A"}),
        ("import m.n, o as p\nfrom s import t", {"m", "p", "t"}),
        ("try:\n    pass\nexcept E as e:\n    pass", {"e"}),
        ("match x:\n    case [a, *b]:\n        pass", {"a", "b"}),
        ("if (n := 3): pass\n[m for m in n]", {"n"}),
        ("%matplotlib inline\nx = 1", {"x"}),
        ("%%time\nx = 1", {"x"}),
    ],
)
def test_finds_what_a_cell_binds(source, bound):
    assert names_of(source).bound == bound


def test_finds_what_a_cell_changes_in_place():
    names = names_of("x[0] = 1\ny.z = 2\nw.append(3)\ndel v[0]\nprint(u)\nlocal = []\nlocal.sort()")
    assert names.changed == {"x", "y", "w", "v", "local"}


def test_tells_what_is_read_at_once_from_what_functions_read():
    names = names_of("@deco\ndef f(x=default):\n    return later\n[c for _ in xs]\nclass A(Base):\n    y = now")
    assert names.at_once == {"deco", "default", "c", "xs", "Base", "now"}
    assert names.loaded == names.at_once | {"later"} and names.defined == {"f", "A"}


# -- owners -------------------------------------------------------------------------------------------------


def test_what_a_solution_binds_is_the_students(read):
    nb = read(("given", "x = 1"), ("solution", "def f():\n    return x"), ("test", "assert f() == 1"))
    assert students(nb, "test2") == {"f"} and nb.cell("test2").needs == ("solution1",)


def test_imports_are_the_instructors_even_where_a_solution_calls_them(read):
    nb = read(
        ("given", "import numpy as np"),
        ("solution", "import math\nnp.random.seed(0)\nmath.floor(1)\ny = 1"),
        ("test", "assert y"),
    )
    assert students(nb, "test2") == {"y"}


def test_given_data_that_a_solution_changes_is_the_students(read):
    nb = read(("given", "answers, kept = {}, 1"), ("solution", "answers['a'] = 1"), ("test", "assert answers"))
    assert students(nb, "test2") == {"answers"}


def test_what_a_given_cell_makes_of_the_students_names_is_the_students(read):
    nb = read(("solution", "def f(x): return x"), ("given", "y = f(2)\nz = y"), ("test", "assert y == z"))
    assert students(nb, "test2") == {"f", "y", "z"} and not nb.cell("given1").own
    assert nb.cell("test2").needs == ("solution0",)


def test_a_given_function_that_calls_the_students_stays_the_instructors(read):
    nb = read(
        ("solution", "def f(x): return x"),
        ("given", "def check(x):\n    return f(x) == x"),
        ("test", "assert check(1)"),
    )
    assert students(nb, "test2") == {"f"} and nb.cell("given1").own
    assert nb.cell("test2").needs == ("solution0",)


def test_a_given_cell_that_calls_such_a_function_is_the_students(read):
    nb = read(
        ("solution", "def f(x): return x"),
        ("given", "def helper():\n    return f(1)"),
        ("given", "y = helper()"),
        ("test", "assert y == 1"),
    )
    assert nb.cell("given1").own and not nb.cell("given2").own and students(nb, "test3") == {"f", "y"}


def test_a_name_bound_anew_by_the_instructor_is_the_instructors_again(read):
    nb = read(("solution", "x = 1"), ("given", "x = 2"), ("test", "assert x"), ("test", "assert x"))
    assert students(nb, "test2") == set()
    nb = read(("solution", "x = 1"), ("test", "x = 2\nassert x"), ("test", "assert x"))
    assert students(nb, "test1") == {"x"} and students(nb, "test2") == set()


def test_lines_of_hidden_tests_are_known(read):
    nb = read(("test", "a\n### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS\nc"))
    assert nb.cell("test0").hidden == {2, 3, 4} and "b" not in nb.cell("test0").release.split()


def test_a_reference_that_is_not_python_is_the_instructors_error(read):
    with pytest.raises(CourseError, match="solution0.*not valid Python"):
        read(("solution", "def f(:"), ("test", "1"))


def test_a_function_that_students_are_given_without_a_body_is_no_part_of_the_reference(read):
    solution = "### BEGIN SOLUTION\ndef cube(x):\n    return x**3\n### END SOLUTION"
    nb = read(("solution", f"{solution}\ndef cube(x):"), ("test", "assert cube(2) == 8"))
    assert nb.cell("solution0").source == solution and nb.cell("solution0").release.endswith("def cube(x):")
    assert students(nb, "test1") == {"cube"}
    nb = read(("solution", f"def cube(x):\n{solution}"), ("test", "assert cube(2) == 8"))
    assert nb.cell("solution0").source == solution


# -- laying a submission over the source ---------------------------------------------------------------------


@pytest.fixture
def source(read):
    return read(
        ("given", "x = 1"), ("solution", "### BEGIN SOLUTION\ny = 2\n### END SOLUTION"), ("test", "assert y == 2")
    )


def handed_in(source, change):
    """The merged (name, source) after `change` was made to the released notebook."""
    nb = v4.new_notebook()
    nb.cells = [v4.new_code_cell(cell.release, metadata=cell.metadata) for cell in source.cells]
    change(nb.cells)
    return merge(source, nb)


def sources(merged) -> list[str]:
    return [cell.source for cell in merged]


def test_cells_that_are_locked_come_from_the_source(source):
    def cheat(cells):
        cells[0].source, cells[1].source, cells[2].source = "x = 0", "y = 3", "pass"

    assert sources(handed_in(source, cheat)) == ["x = 1", "y = 3", "assert y == 2"]


def test_of_a_doubled_cell_the_last_counts(source):
    def double(cells):
        cells.insert(2, v4.new_code_cell("y = 5", metadata=cells[1].metadata))

    merged = handed_in(source, double)
    assert [(c.source, c.origin is not None) for c in merged][2] == ("y = 5", True)
    assert merged[1].origin is None and "nbgrader" not in merged[1].metadata


def test_a_deleted_test_comes_back_where_it_stood(source):
    merged = handed_in(source, lambda cells: cells.pop(2))
    assert [c.origin.name for c in merged] == ["given0", "solution1", "test2"] and merged[2].missing


def test_a_deleted_test_comes_back_after_the_cells_that_its_solution_was_split_into(source):
    def split(cells):
        cells[2:3] = [v4.new_code_cell("half = 1"), v4.new_code_cell("rest = 2"), v4.new_markdown_cell("What next?")]

    merged = handed_in(source, split)
    assert [c.source for c in merged][2:] == ["half = 1", "rest = 2", "assert y == 2", "What next?"]


def test_a_deleted_solution_stays_deleted(source):
    assert [c.origin.name for c in handed_in(source, lambda cells: cells.pop(1))] == ["given0", "test2"]


def test_a_retyped_test_is_code_again(source):
    def retype(cells):
        cells[2] = v4.new_markdown_cell("no test", metadata=cells[2].metadata)

    assert handed_in(source, retype)[2].cell_type == "code"


def test_metadata_of_another_kind_makes_a_cell_the_students_own(source):
    def garble(cells):
        for cell, value in zip(cells, (None, "text", {"grade_id": ["no"]}), strict=True):
            cell.metadata = {"nbgrader": value}

    merged = handed_in(source, garble)
    assert [c.origin is None for c in merged[:3]] == [True] * 3
    assert [c.origin.name for c in merged[3:]] == ["given0", "test2"]


def test_nothing_handed_in_leaves_the_locked_cells(source):
    assert [c.origin.name for c in merge(source, None)] == ["given0", "test2"]


def test_white_space_does_not_count_as_work(source):
    def space(cells):
        cells[1].source = cells[1].source.replace("\n", "\n\n  ")

    merged = handed_in(source, space)
    assert untouched(merged[1]) and not untouched(handed_in(source, lambda c: c[1].update(source="y = 2"))[1])


# -- finding and reading --------------------------------------------------------------------------------------


def test_a_renamed_notebook_is_found_by_its_cells(source):
    mine = nbformat.writes(
        v4.new_notebook(cells=[v4.new_code_cell(c.source, metadata=c.metadata) for c in source.cells])
    )
    other = nbformat.writes(v4.new_notebook())
    assert find_notebook(source, Submission("ada", {"notes": other, "ps (1)": mine}))[:2] == ("ps (1)", mine)
    assert find_notebook(source, Submission("ada", {"ps": other, "ps (1)": mine}))[:2] == ("ps (1)", mine)
    assert find_notebook(source, Submission("ada", {"notes": other})) is None


@pytest.mark.parametrize(
    "text, where",
    [
        ("", "not JSON: line 1"),
        ("not a notebook", "not JSON: line 1, column 1"),
        ('{"cells": [', "line 1"),
        ("[1, 2]", ""),
        ('{"cells": [{"cell_type": "video", "source": "", "metadata": {}}], "nbformat": 4, "nbformat_minor": 4}', ""),
        ('{"cells": [{"cell_type": "code", "source": 3, "metadata": {}}], "nbformat": 4, "nbformat_minor": 4}', ""),
        ("[" * 100_000, ""),
    ],
    ids=["empty", "text", "cut off", "a list", "another type of cell", "a number for source", "deeply nested"],
)
def test_says_what_is_wrong_with_a_file_and_what_to_do(text, where):
    with pytest.raises(Unreadable, match=r"^ps\.ipynb could not be read.*Open it in JupyterLab") as caught:
        parse_notebook(text, "ps")
    assert where in str(caught.value)


def _given_course(tmp_path):
    nb = nbformat.v4.new_notebook()
    nb.cells = [
        nbformat.v4.new_code_cell("import math", metadata=meta("setup"), id="setup"),
        nbformat.v4.new_code_cell("f = 1", metadata=meta("answer", solution=True), id="answer"),
        nbformat.v4.new_code_cell("assert f", metadata=meta("test", 1, grade=True), id="test"),
    ]
    nb.cells[0].metadata["nbgrader"]["locked"] = True
    (tmp_path / "ps").mkdir()
    nbformat.write(nb, tmp_path / "ps" / "ps.ipynb")
    return read_assignment(tmp_path / "ps", "ps").notebooks[0], nb


def test_a_first_given_cell_that_was_deleted_comes_back_first(tmp_path):
    source, nb = _given_course(tmp_path)
    del nb.cells[0]
    assert [cell.origin.name for cell in merge(source, nb)] == ["setup", "answer", "test"]


def test_imports_added_to_a_given_cell_run_and_nothing_else_does(tmp_path):
    source, nb = _given_course(tmp_path)
    nb.cells[0].source = "import math\nimport os.path as p\nfrom math import exp\nmath.pi = 3\nimport x; x.y()"
    texts = [cell.source for cell in merge(source, nb)]
    assert texts == [
        "import math",
        "# added to the cell above\nimport os.path as p\nfrom math import exp",
        "f = 1",
        "assert f",
    ]


@pytest.mark.parametrize(
    "above",
    [
        "%%time\n",
        "\n \n",
        "%%capture\n\n",
        "\n%time x = 1\n",
        "!ls\n",
        "!ls \\\n -l\n",
        "\n\n%%time\n\n",
        "%pip install \\\n a \\\n b\n",
    ],
)
def test_a_line_keeps_its_number_whatever_magic_stands_above_it(above):
    """By its number a line is known to be hidden, and quoted."""
    source = f"{above}!true\nassert 1 == 2"
    (failing,) = (node for node in ast.walk(ast.parse(transform(source))) if isinstance(node, ast.Assert))
    assert source.split("\n")[failing.lineno - 1] == "assert 1 == 2"


# -- answers whose cell is not there by its name -------------------------------------------------------------


@pytest.fixture
def answers(tmp_path):
    """A test, an answer in words, another test."""
    nb = v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    nb.cells = [
        v4.new_code_cell("assert 1", metadata=meta("first", 1, grade=True)),
        v4.new_markdown_cell("Say why."),
        v4.new_markdown_cell("YOUR ANSWER", metadata=meta("because", 1, grade=True, solution=True)),
        v4.new_code_cell("assert 1", metadata=meta("last", 1, grade=True)),
    ]
    (tmp_path / "ps").mkdir()
    nbformat.write(nb, tmp_path / "ps" / "ps.ipynb")
    return read_assignment(tmp_path / "ps", "ps").notebooks[0], nb


def answer_in(source, nb):
    (found,) = (cell for cell in merge(source, nb) if cell.origin and cell.origin.name == "because")
    return found


def test_an_answer_is_found_in_its_place_after_its_cell_was_renamed(answers):
    source, nb = answers
    nb.cells[2].source, nb.cells[2].metadata["nbgrader"]["grade_id"] = "It is so.", "why"
    found = answer_in(source, nb)
    assert found.source == "It is so." and not found.missing
    assert sum(cell.source == "It is so." for cell in merge(source, nb)) == 1


@pytest.mark.parametrize(
    "around, elsewhere",
    [
        ([("markdown", "It is so.", "")], True),
        ([("markdown", "It is so.", "why"), ("markdown", "And so.", "why2")], True),
        ([("code", "scratch = 1", "")], False),
        ([], False),
    ],
)
def test_an_answer_may_stand_elsewhere_only_where_cells_of_the_students_own_stand_in_its_place(
    answers, around, elsewhere
):
    source, nb = answers
    new = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell}
    nb.cells[2:3] = [new[kind](text, metadata=meta(name) if name else {}) for kind, text, name in around]
    found = answer_in(source, nb)
    assert found.missing and found.elsewhere is elsewhere
