"""The lectures are written as the course promises. That they run, and how, is for tests/browser/test_lab.py."""

from __future__ import annotations

import ast
import dis
import json
import re
import subprocess
import sys
from pathlib import Path
from types import CodeType

import nbformat
import pytest
import rows

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
# The lectures that serve all their rows of the curriculum; others are on their way.
COMPLETE: list[str] = [
    "01_linear_limits",
    "02_xor",
    "03_activations",
    "04_backprop",
    "05_universal_approximation",
    "06_convexity",
    "07_depth",
    "08_word_vectors",
]

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code_of(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def test_there_are_lectures_to_test():
    assert {path.stem for path in NOTEBOOKS} >= {"02_xor", *COMPLETE}


@each_notebook
def test_nothing_that_running_leaves_behind_is_committed(path):
    for cell in code_of(path):
        assert cell.outputs == [] and cell.execution_count is None, f"cell {cell.id}: clear the outputs"
    assert set(read(path).metadata) <= {"kernelspec", "language_info"}


@each_notebook
def test_it_is_a_valid_notebook_of_format_4_5_for_any_python_kernel(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert "version" not in notebook.metadata.language_info


@each_notebook
def test_cell_ids_are_names_and_are_unique(path):
    ids = [cell["id"] for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    assert len(set(ids)) == len(ids)
    unnamed = [id_ for id_ in ids if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", id_)]
    assert not unnamed, f"{unnamed}: an id says what the cell is for, as x1-picture does"


@each_notebook
def test_it_begins_with_what_the_reader_will_be_able_to_do_and_how_long_it_takes(path):
    first = read(path).cells[0]
    assert first.cell_type == "markdown" and first.source.startswith("# ")
    assert "you can" in first.source and re.search(r"\d+ minutes", first.source)
    assert "make lab" in first.source, "opened alone, it has to say what it needs"


@each_notebook
def test_it_ends_with_three_things_to_remember_and_where_to_go_next(path):
    last = read(path).cells[-1].source
    assert last.lower().startswith("## three things to remember") and "\nNext: " in last
    assert len(re.findall(r"^\d\. ", last, flags=re.MULTILINE)) == 3


@each_notebook
def test_no_cell_is_empty_and_none_is_long(path):
    for cell in read(path).cells:
        assert cell.source.strip(), f"cell {cell.id} is empty"
        if cell.cell_type == "code":
            most = 40 if "hide-input" in cell.metadata.get("tags", []) else 30
            assert len(cell.source.splitlines()) <= most, f"cell {cell.id}: move what it does to utils"


@each_notebook
def test_the_plotting_library_stays_in_utils(path):
    assert not [cell.id for cell in code_of(path) if "matplotlib" in cell.source]


@each_notebook
def test_no_later_cell_takes_a_name_from_a_picture_that_still_moves(path):
    """A picture looks its names up when a slider moves: one given away since then moves another picture."""
    cells = [(cell.id, compile(cell.source, cell.id, "exec")) for cell in code_of(path)]
    for i, (id_, cell) in enumerate(cells):
        for move in (code for code in cell.co_consts if getattr(code, "co_name", "") == "move"):
            for later, other in cells[i + 1 :]:
                taken = names(move, "LOAD_GLOBAL") & names(other, "STORE_NAME")
                assert not taken, f"{path.name}: cell {later} takes {taken} from the picture of {id_}"


def names(code: CodeType, operation: str) -> set[str]:
    """The names that an operation is applied to, in this code and in the functions it defines."""
    here = {step.argval for step in dis.get_instructions(code) if step.opname == operation}
    inside = (names(const, operation) for const in code.co_consts if isinstance(const, CodeType))
    return here.union(*inside)


CLOCKS = {"default_timer", "monotonic", "perf_counter", "process_time", "thread_time", "time", "timeit", "Timer"}


@each_notebook
def test_the_clock_is_read_only_in_what_timing_measures(path):
    """What else is measured is another time on each page that is built."""
    code = ast.parse("\n".join(cell.source for cell in code_of(path)))
    assert not clock_readings(code.body), f"{path.name}: measure it by timing.measured(name, …)"


def test_a_time_that_is_shown_without_timing_is_found():
    function = "from time import perf_counter\ndef seconds(job):\n    begin = perf_counter()\n    job()\n"
    for wrong in ("print(seconds(f))", "show(lambda n: seconds(f))", "def move(n): return seconds(f)\nshow(move)"):
        assert clock_readings(ast.parse(function + wrong).body)
    assert clock_readings(ast.parse("import time\nprint(time.process_time())").body)
    assert not clock_readings(ast.parse(function + 'print(timing.measured("f", lambda: seconds(f)))').body)


def clock_readings(code: list[ast.stmt]) -> list[str]:
    """Where cells read the clock outside `timing.measured`, themselves or by a function of theirs."""
    functions = [one for one in code if isinstance(one, ast.FunctionDef)]
    clocks = set(CLOCKS)
    while more := {one.name for one in functions if reads(one, clocks)} - clocks:
        clocks |= more
    return [text for one in code if one not in functions for text in reads(one, clocks)]


def reads(node: ast.AST, clocks: set[str]) -> list[str]:
    """The clocks that code names, but for what `timing.measured` measures."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "timing.measured":
        return []
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None
    below = [text for child in ast.iter_child_nodes(node) for text in reads(child, clocks)]
    return below + [ast.unparse(node)] * (name in clocks)


def test_complete_lectures_serve_every_row_of_the_curriculum_with_a_claim_and_where_it_moves_a_picture():
    command = [sys.executable, ROOT / "docs" / "rows.py", *(["--require", *COMPLETE] if COMPLETE else [])]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr


@each_notebook
def test_tags_name_rows_that_there_are(path):
    known = {row.tag for row in rows.rows()} | {"hide-input", "answer"}
    for cell in read(path).cells:
        unknown = [tag for tag in cell.metadata.get("tags", []) if tag not in known]
        assert not unknown, f"cell {cell.id}: {unknown} is in neither docs/curriculum.csv nor docs/errata.csv"


@pytest.mark.parametrize("stem", COMPLETE)
def test_each_section_names_its_decks_asks_checks_and_leaves_something_to_write_and_to_try(stem):
    sections: list[list[nbformat.NotebookNode]] = []
    for cell in read(ROOT / "notebooks" / f"{stem}.ipynb").cells[:-1]:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            sections.append([])
        if sections:
            sections[-1].append(cell)
    assert sections
    for section in sections:
        code = "\n".join(cell.source for cell in section if cell.cell_type == "code")
        text = "\n".join(cell.source for cell in section if cell.cell_type == "markdown")
        for needed, where in [("quiz.ask(", code), ("assert ", code)]:
            assert needed in where, f"{text.splitlines()[0]}: has no {needed}"
        for needed in ("**Claim.**", "**Write one line.**", "**Try this.**", "*Deck"):
            assert needed in text, f"{text.splitlines()[0]}: has no {needed}"
