"""`autograder release --zip`: what students take home runs where nothing of the course is, and shows no solution."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient
from packaging.requirements import Requirement
from small_course import CONFIG, ROOT, SmallCourse, run, small_notebook

from autograder.course.errors import CourseError
from autograder.course.folders import Course
from autograder.reporting.student_zip import make_student_zip


@pytest.fixture
def helped(tmp_path) -> Iterator[SmallCourse]:
    """A course whose notebook imports from packages of the course; not released yet."""
    course = SmallCourse(tmp_path / "course")
    course.write()
    (course.root / "nbgrader_config.py").write_text(CONFIG + "c.Autograder.packages = ['helpers_of_zip']\n")
    package = course.root / "helpers_of_zip"
    (package / "deep").mkdir(parents=True)
    for name, text in {
        "__init__.py": "",
        "a.py": "from .deep import b\nfrom . import c\n\ndef twice(x):\n    return b.add(x, x)\n",
        "c.py": "import csv\nfrom pathlib import Path\n\nTABLE = Path(__file__).with_name('table.csv').read_text()\n",
        "unused.py": "import torch\n",
        "later.py": "def draw():\n    import matplotlib\n",
        "table.csv": "1,2\n",
        "secret.csv": "3,4\n",
        "deep/__init__.py": "",
        "deep/b.py": "import numpy as np\nimport single_of_zip\n\ndef add(x, y):\n    return np.add(x, y)\n",
    }.items():
        (package / name).write_text(text)
    (course.root / "single_of_zip.py").write_text("ONE = 1\n")
    yield course
    for name in [name for name in sys.modules if name.split(".")[0] in ("helpers_of_zip", "single_of_zip")]:
        del sys.modules[name]
    sys.path.remove(str(course.root)) if str(course.root) in sys.path else None


def packed(course: SmallCourse, given: str, text: str = "") -> dict[str, str]:
    """The zip of a course whose notebook begins with `given` and a text: path in it -> content."""
    nb = small_notebook()
    nb.cells[0].source = given
    nb.cells.insert(0, nbformat.v4.new_markdown_cell(text, id="text"))
    nbformat.write(nb, course.root / "source" / "ps" / "ps.ipynb")
    release = course.root / "release" / "ps"
    release.mkdir(parents=True, exist_ok=True)
    for cell in nb.cells:
        cell.source = re.sub(r"### BEGIN.*?### END \w+( \w+)?", "raise NotImplementedError()", cell.source, flags=re.S)
    nbformat.write(nb, release / "ps.ipynb")
    opened = Course(course.root)
    with zipfile.ZipFile(make_student_zip(opened, opened.assignment("ps"), release)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_only_the_modules_that_the_notebook_imports_and_what_these_import_are_in_it(helped):
    files = packed(helped, "import numpy as np\nfrom helpers_of_zip.a import twice")
    assert set(files) == {
        f"ps/{name}"
        for name in (
            "ps.ipynb", "START.html", "requirements.txt", "single_of_zip.py", "helpers_of_zip/__init__.py",
            "helpers_of_zip/a.py", "helpers_of_zip/c.py", "helpers_of_zip/table.csv", "helpers_of_zip/deep/__init__.py",
            "helpers_of_zip/deep/b.py",
        )
    }  # fmt: skip
    assert files["ps/requirements.txt"].split() == ["jupyterlab", "numpy"]


def test_what_is_imported_only_where_it_is_needed_is_required_only_if_the_reference_needs_it(helped):
    loads = "import numpy as np\nfrom helpers_of_zip import later"
    assert packed(helped, loads)["ps/requirements.txt"].split() == ["jupyterlab", "numpy"]
    assert packed(helped, loads + "\nlater.draw()")["ps/requirements.txt"].split() == [
        "jupyterlab",
        "matplotlib",
        "numpy",
    ]


def test_what_the_text_suggests_to_run_is_required_too(helped):
    files = packed(helped, "import numpy as np", "Try this:\n\n```python\nimport matplotlib.pyplot as plt\n```")
    assert files["ps/requirements.txt"].split() == ["jupyterlab", "matplotlib", "numpy"]


def test_links_that_lead_out_of_the_zip_become_words(helped):
    text = "See [lecture 1](../../notebooks/01.ipynb#cell-id=a) and [the web](https://example.org) and ![a](../a.png)"
    (cell,) = [
        cell
        for cell in nbformat.reads(packed(helped, "import numpy as np", text)["ps/ps.ipynb"], 4).cells
        if cell.id == "text"
    ]
    assert cell.source == "See lecture 1 and [the web](https://example.org) and ![a](../a.png)"


def test_a_helper_that_shows_a_solution_is_not_handed_out(helped):
    (helped.root / "helpers_of_zip" / "later.py").write_text(
        "def check(np, double):\n    assert np.array_equal(double(np.arange(4.0)), 2 * np.arange(4.0))\n"
    )
    with pytest.raises(CourseError, match=r"would show later.py: a line of test_double"):
        packed(helped, "import numpy as np\nfrom helpers_of_zip import later")


def test_a_module_that_was_not_seen_is_named_instead_of_a_zip_that_does_not_run(helped):
    with pytest.raises(CourseError, match="does not run with only the zip: .*helpers_of_zip.c"):
        packed(helped, "import importlib\nimport numpy as np\nimport helpers_of_zip.later\n"
               "c = importlib.import_module('helpers_of_zip.c')")  # fmt: skip


def test_the_page_to_start_from_names_the_notebook_and_escapes_the_title(helped):
    page = packed(helped, "import numpy as np", "# <b>Problem</b> & set")["ps/START.html"]
    assert "&lt;b&gt;Problem&lt;/b&gt; &amp; set</h1>" in page and "jupyter lab ps.ipynb" in page
    assert "!unzip -oq ps.zip" in page


# -- this course's own -----------------------------------------------------------------------------------------


def needed_by(*names: str) -> set[str]:
    """These distributions and all that they need, as they are installed here."""
    found, todo = set(), list(names)
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        for line in metadata.requires(name) or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                todo.append(re.sub(r"[-_.]+", "-", requirement.name).lower())
    return found


@pytest.fixture(scope="module")
def empty_python(tmp_path_factory) -> Path:
    """The Python of an environment with NumPy and Jupyter's kernel and nothing else."""
    folder = tmp_path_factory.mktemp("empty") / "env"
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    where = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True
    ).stdout.strip()
    for name in needed_by("numpy", "ipykernel"):
        distribution = metadata.distribution(name)
        for top in {file.parts[0] for file in distribution.files or [] if file.parts[0] not in ("..", "__pycache__")}:
            link = Path(where, top)
            if not link.exists():
                link.symlink_to(distribution.locate_file(top))
    return python


@pytest.fixture(scope="module")
def mlp_zip(tmp_path_factory) -> Path:
    """mlp.zip, made by the real command from a copy of the course."""
    root = tmp_path_factory.mktemp("course")
    for name in ("source/mlp", "utils", "tests/variants"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    made = run("autograder", "release", "mlp", "--zip", "--course", root)
    assert made.returncode == 0, made.stdout + made.stderr
    return root / "exports" / "mlp.zip"


def solved(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The student's notebook with the reference's answers in it."""
    source = nbformat.read(ROOT / "source" / "mlp" / "mlp.ipynb", as_version=4)
    answers = {cell.id: cell.source for cell in source.cells if cell.metadata.get("nbgrader", {}).get("solution")}
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook


def executed(notebook: nbformat.NotebookNode, python: Path, folder: Path) -> nbformat.NotebookNode:
    """Runs a notebook with this Python's kernel, in this folder."""
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}})
    arguments = ["-s", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    client.create_kernel_manager()._kernel_spec = KernelSpec(
        argv=[str(python), *arguments], env={"PYTHONPATH": ""}, language="python"
    )
    return client.execute()


@pytest.mark.slow
@pytest.mark.parametrize("at", ["home", "home beside a utils.py of one's own", "Colab"])
def test_the_problem_set_runs_with_numpy_and_jupyter_alone(mlp_zip, empty_python, tmp_path, at):
    name = mlp_zip.name
    if at == "Colab":  # the notebook is opened from elsewhere, the zip uploaded beside it
        shutil.copy(mlp_zip, tmp_path)
        with zipfile.ZipFile(mlp_zip) as archive:
            notebook = solved(nbformat.reads(archive.read("mlp/mlp.ipynb").decode(), as_version=4))
            page = archive.read("mlp/START.html").decode()
        told = re.search(r"Add a cell at the top.*?<code>(.*?)</code>", page, re.DOTALL)[1]
        notebook.cells.insert(
            0,
            nbformat.v4.new_code_cell(told.replace("!unzip -oq", "!python3 -m zipfile -e").replace(name, f"{name} .")),
        )
        folder = tmp_path
    else:
        with zipfile.ZipFile(mlp_zip) as archive:
            archive.extractall(tmp_path)
        folder = tmp_path / "mlp"
        notebook = solved(nbformat.read(folder / "mlp.ipynb", as_version=4))
        if "utils.py" in at:
            (folder / "utils.py").write_text("raise RuntimeError('this is mine')\n")
    done = executed(notebook, empty_python, folder)
    said = next("".join(o.get("text", "") for o in cell.outputs) for cell in done.cells if cell.id == "how_far")
    assert said.startswith("24 of 24 visible tests pass. They account for 96 of 96 points")


@pytest.mark.slow
def test_the_notebook_alone_says_what_it_lacks(empty_python, tmp_path):
    notebook = nbformat.read(ROOT / "release" / "mlp" / "mlp.ipynb", as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id == "setup"]
    notebook.cells[0].metadata.tags = ["raises-exception"]
    (output,) = executed(notebook, empty_python, tmp_path).cells[0].outputs
    assert output.ename == "ImportError" and "Unpack all of mlp.zip" in output.evalue


@pytest.mark.slow
def test_nothing_in_the_zip_shows_a_solution_or_a_hidden_test(mlp_zip):
    from autograder.course.assignment import read_assignment

    secret = set()
    for cell in read_assignment(ROOT / "source" / "mlp", "mlp").notebooks[0].cells:
        inside = re.findall(r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END", cell.source, re.DOTALL)
        secret.update(line.strip() for part in inside for line in part.split("\n") if len(line.strip()) > 30)
    with zipfile.ZipFile(mlp_zip) as archive:
        for name in archive.namelist():
            shown = archive.read(name).decode(errors="replace").replace('\\"', '"')
            assert not [line for line in secret if line in shown], name
            assert "### BEGIN" not in shown or name.endswith(".py")
