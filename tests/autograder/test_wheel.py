"""What `pip install` of the wheel brings is enough for a course of somebody else's, and is the grader alone."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat import v4
from small_course import ROOT, meta

HEAVY = ("torch", "torchvision", "d2l", "sklearn", "scipy", "matplotlib", "ipywidgets", "anywidget")
# Loaded by Python itself at its start: the modules that the wheel does not ask for cannot be had.
WITHOUT = f"""
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {HEAVY!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
"""
LOAD = "import pandas as pd\n\ndef load():\n    return pd.DataFrame({'kind': list('aba'), 'n': [1, 2, 3]})\n"
SOLUTION = (
    "def totals(table):\n    ### BEGIN SOLUTION\n"
    "    return {k: int(n) for k, n in table.groupby('kind')['n'].sum().items()}\n    ### END SOLUTION"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, ROOT]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


def test_it_holds_the_grader_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"autograder"}
    assert {"autograder/py.typed", "autograder/reporting/templates/report.html.j2"} <= set(names)


def test_it_asks_for_nothing_that_only_the_course_needs(wheel):
    archive = zipfile.ZipFile(wheel)
    (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    wanted = [line for line in archive.read(metadata).decode().splitlines() if line.startswith("Requires-Dist:")]
    plain = [line.split()[1].lower() for line in wanted if "extra ==" not in line]
    heavy = ("torch", "d2l", "scikit", "jupyterlab", "matplotlib")
    assert plain and not [line for line in plain if line.startswith(heavy)]


@pytest.mark.slow  # three commands are started as programs of their own
def test_a_pandas_course_with_a_utils_of_its_own_is_verified_and_graded(wheel, tmp_path):
    pytest.importorskip("pandas")
    installed, root = tmp_path / "installed", tmp_path / "course"
    zipfile.ZipFile(wheel).extractall(installed)
    (installed / "sitecustomize.py").write_text(WITHOUT)
    source = root / "source" / "ps"
    source.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'pandas'\n")
    (source / "utils.py").write_text(LOAD)
    nb = v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    nb.cells = [
        v4.new_code_cell("import pandas as pd\nimport utils\n\ntable = utils.load()"),
        v4.new_code_cell(SOLUTION, metadata=meta("totals", solution=True)),
        v4.new_code_cell("assert totals(table) == {'a': 4, 'b': 2}", metadata=meta("test_totals", 3, grade=True)),
    ]
    nbformat.write(nb, source / "ps.ipynb")

    def autograder(*arguments: str) -> subprocess.CompletedProcess:
        environment = os.environ | {"PYTHONPATH": str(installed)}
        command = [sys.executable, "-m", "autograder", *arguments]
        return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=600)

    verified = autograder("verify", "ps")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert autograder("release", "ps").returncode == 0
    released = nbformat.read(root / "release" / "ps" / "ps.ipynb", as_version=4)
    for student, code in {"ada": "return table.groupby('kind').n.sum().to_dict()", "bob": "return {}"}.items():
        released.cells[1].source = f"def totals(table):\n    {code}"
        folder = root / "submitted" / student / "ps"
        folder.mkdir(parents=True)
        nbformat.write(released, folder / "ps.ipynb")
    graded = autograder("grade", "ps", "--no-feedback")
    assert graded.returncode == 0, graded.stderr
    rows = [line.split() for line in graded.stdout.splitlines()]
    assert {row[0]: row[1] for row in rows if row[:1] in (["ada"], ["bob"])} == {"ada": "3.0", "bob": "0.0"}
