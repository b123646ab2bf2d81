"""What a command does before it has imported nbgrader: its template imports the libraries of the assignment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from autograder.cli import _probably_imported

EARLY = """\
import sys
from pathlib import Path
from autograder.engine import template

template.begin_early(["sqlite3", "of_the_course", "nowhere.at_all"])
early = template._early[0][0][1]
warm = template.Template([])
assert warm.process is early, "the process that was started early is not used"
warm._receive()  # it is warm
print("_sqlite3" in Path(f"/proc/{early.pid}/maps").read_text())
warm.close()
"""


def notebook(folder: Path, *cells: str) -> Path:
    nb = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells])
    nbformat.write(nb, folder / "ps.ipynb")
    return folder


@pytest.mark.parametrize("cell, found", [
    ("import numpy as np\nimport pandas", ["numpy", "pandas"]),
    ("def f():\n    from scipy import special\n    import matplotlib.cm as cm  # here", ["scipy", "matplotlib.cm"]),
    ("x = 1; print('import this')", []),
    ("# import json", []),
    ("'''\nimport this is what the text says, from here on\n'''", []),
])  # fmt: skip
def test_the_imports_of_an_assignment_are_found_in_its_text(tmp_path, cell, found):
    assert _probably_imported(notebook(tmp_path, cell)) == found


def test_a_notebook_in_one_line_of_json_is_read_too(tmp_path):
    (tmp_path / "ps.ipynb").write_text('{"cells": [{"source": "import numpy as np\\nimport torch"}]}')
    assert _probably_imported(tmp_path) == ["numpy", "torch"]


def test_there_need_be_no_such_folder(tmp_path):
    assert _probably_imported(tmp_path / "source" / "ps") == []


@pytest.mark.skipif(sys.platform != "linux", reason="notebooks run on Linux only")
def test_early_as_later_only_what_students_code_may_read_is_imported(tmp_path):
    (tmp_path / "of_the_course.py").write_text("open('imported', 'w').close()\n")
    run = subprocess.run([sys.executable, "-c", EARLY], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (run.stdout, run.stderr) == ("True\n", "")
    assert not (tmp_path / "imported").exists()
