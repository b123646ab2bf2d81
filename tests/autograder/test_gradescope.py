"""The zip for Gradescope, unpacked and run as Gradescope does, where user namespaces are forbidden."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import zipfile
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from nbformat import v4
from packaging.requirements import Requirement
from small_course import RIGHT, ROOT, SmallCourse, run
from traitlets.config import Config

from autograder.course.folders import Course
from autograder.reporting.gradescope import imported, make_bundle, submitted

REFUSE = ROOT / "tests" / "autograder" / "refuse_unshare.py"
WRONG = "def double(x):\n    return x + 1"
HIDDEN = "np.arange(4.0)"  # stands in the hidden test only
# Right only if one of its tricks works.
CHEAT = """
import json
tests = None
try:
    tests = open({root!r} + "/source/course/source/ps/ps.ipynb").read()
    print(tests)
except OSError:
    pass
for path in ("/results/results.json", "/results/results.new", "/source/failed.json"):
    try:
        open({root!r} + path, "w").write(json.dumps(dict(score=100)))
    except OSError:
        pass
import numpy as np
np.array_equal = np.allclose = lambda *args, **kwargs: True

class Yes(int):
    def __eq__(self, other):
        return True

def double(x):
    if tests:
        return 2 * x
    return Yes(x)
"""
PIP = """
import site, sys
from pathlib import Path
Path({log!r}).write_text(" ".join(sys.argv[1:]))
Path(site.getsitepackages()[0], "of_the_tests.pth").write_text({packages!r})
"""


def test_gradescope_reads_the_assignment_that_the_course_has(tmp_path):
    course = SmallCourse(tmp_path / "course")
    course.write()
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(
            "c.CourseDirectory.root = 'all'\nc.CourseDirectory.ignore.append('*.csv')\n"
            "c.IncludeHeaderFooter.header = 'parts/head.ipynb'\nc.Execute.skip_cells_with_tag = 'not'\n"
            "c.Autograde.exclude_overwriting = {'ps': ['net.py']}\n"
            "c.ClearHiddenTests.begin_test_delimeter = '### HIDDEN'\n"
        )
    folder = course.root / "all" / "source" / "ps"
    shutil.move(course.root / "source", folder.parent)
    (course.root / "all" / "parts").mkdir()
    header = v4.new_notebook(cells=[v4.new_code_cell("import math", id="head")])
    nbformat.write(header, course.root / "all" / "parts" / "head.ipynb")
    for name in ("a.csv", "net.py"):
        (folder / name).write_text("x = 1\n")
    with zipfile.ZipFile(make_bundle(Course(course.root), "ps", tmp_path / "ps.zip")) as archive:
        archive.extractall(tmp_path / "there")
    settings = json.loads((tmp_path / "there" / "course.json").read_text())
    there = Course(tmp_path / "there" / "course", Config(settings["config"])).assignment("ps")
    here = Course(course.root).assignment("ps")
    assert there.fingerprint() == here.fingerprint()
    assert there.notebooks[0].cells[0].source == "import math" and there.files == {"net.py": b"x = 1\n"}


@pytest.fixture(scope="module")
def bundle(released, tmp_path_factory):
    """The zip that the command makes."""
    path = tmp_path_factory.mktemp("bundle") / "ps.zip"
    result = run("autograder", "gradescope", "ps", "--course", released, "--output", path)
    assert result.returncode == 0, result.stderr
    assert "3 autograder points, 2 by hand" in result.stdout
    return path


@pytest.fixture(scope="module")
def built(bundle, tmp_path_factory):
    """Gradescope's /autograder after it built the image: setup.sh has run. pip and apt-get are played by others."""
    home = tmp_path_factory.mktemp("gradescope")
    root = home / "autograder"
    with zipfile.ZipFile(bundle) as archive:
        for entry in archive.infolist():
            path = archive.extract(entry, root / "source")
            os.chmod(path, entry.external_attr >> 16)
    assert all((root / "source" / name).stat().st_mode & stat.S_IXUSR for name in ("setup.sh", "run_autograder"))
    shutil.copy(root / "source" / "run_autograder", root / "run_autograder")
    (home / "bin").mkdir()
    for name, line in {
        "python3": f'exec "{sys._base_executable}" "$@"',
        "apt-get": "exit 1",
    }.items():
        (home / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
        (home / "bin" / name).chmod(0o755)
    (home / "stubs" / "pip").mkdir(parents=True)
    (home / "stubs" / "pip" / "__init__.py").touch()
    stub = PIP.format(log=str(home / "pip.log"), packages=sysconfig.get_path("purelib"))
    (home / "stubs" / "pip" / "__main__.py").write_text(stub)
    result = execute(root, "source/setup.sh", PYTHONPATH=str(home / "stubs"))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "-r requirements.txt -c constraints.txt" in (home / "pip.log").read_text()
    assert "ready to grade" in result.stdout
    return root


def execute(root: Path, script: str, *refusals: str, **environment: str) -> subprocess.CompletedProcess:
    """Runs a script of the bundle as Gradescope does: as it stands, in /autograder, without user namespaces."""
    path = f"{root.parent / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"
    return subprocess.run(
        [sys.executable, REFUSE, *refusals, root / script],
        cwd=root,
        env={"PATH": path, "AUTOGRADER_ROOT": str(root), "HOME": str(root.parent), **environment},
        capture_output=True,
        text=True,
        timeout=600,
    )


def hand_in(root: Path, released: Path, code: str, name: str = "ps.ipynb", text: str | None = None) -> None:
    shutil.rmtree(root / "submission", ignore_errors=True)
    shutil.rmtree(root / "results", ignore_errors=True)
    nb = nbformat.read(released / "release" / "ps" / "ps.ipynb", as_version=4)
    if code:
        nb.cells[1].source = code
    path = root / "submission" / name
    path.parent.mkdir(parents=True)
    path.write_text(nbformat.writes(nb) if text is None else text)
    users = [{"email": "ada@example.org", "id": 1, "name": "Ada"}]
    (root / "submission_metadata.json").write_text(json.dumps({"id": 7, "users": users}))


@pytest.fixture
def gradescope(built, released):
    """gradescope(code): the results.json of a submission with this code in the cell to write."""

    def grade(code: str, *refusals: str, **more) -> dict:
        hand_in(built, released, code, **more)
        result = execute(built, "run_autograder", *refusals)
        assert result.returncode == 0, result.stdout + result.stderr
        text = (built / "results" / "results.json").read_text()
        assert HIDDEN not in text
        results = json.loads(text)
        assert results["stdout_visibility"] == "hidden"
        return {**results, "said": result.stdout}

    return grade


@pytest.mark.sandbox
class TestRun:
    def test_honest_work_gets_its_points_and_its_author_is_known(self, gradescope):
        results = gradescope(RIGHT)
        double, why = results["tests"]
        assert results["score"] == 3.0 and results["extra_data"]["student"] == "ada@example.org"
        assert (double["name"], double["score"], double["max_score"]) == ("test_double", 3.0, 3.0)
        assert why["output"] == "Not answered." and "score" not in why

    def test_wrong_work_is_told_how_it_is_wrong(self, gradescope):
        (double, _) = gradescope(WRONG)["tests"]
        assert double["score"] == 0.0 and len(double["output"]) > len("Not passed.")
        assert double["visibility"] == "visible" and double["output_format"] == "text"

    def test_cheating_gains_nothing(self, gradescope, built):
        results = gradescope(CHEAT.format(root=str(built)))
        assert results["score"] == 0.0 and results["tests"][0]["status"] == "failed"
        assert "grader itself failed" in (built / "source" / "failed.json").read_text()

    @pytest.mark.slow
    def test_a_notebook_under_another_name_in_a_folder_is_found(self, gradescope):
        results = gradescope(RIGHT, name="My work/final (2).ipynb")
        assert results["score"] == 3.0 and "final (2)" in results["said"]

    @pytest.mark.slow
    def test_what_was_left_alone_is_not_attempted(self, gradescope):
        results = gradescope("")
        assert results["score"] == 0.0 and results["output"].startswith("Not attempted")
        assert "Not attempted" in results["tests"][0]["output"]

    @pytest.mark.slow
    def test_a_file_that_is_no_notebook_is_said_to_be_unreadable(self, gradescope):
        results = gradescope("", text="{")
        assert "could not be read" in results["tests"][0]["output"]

    def test_where_the_grader_cannot_work_it_says_so_and_gives_no_score_without_words(self, gradescope):
        results = gradescope(RIGHT, "--landlock")
        assert "no fault of yours" in results["output"] and "tests" not in results
        assert "no Landlock" in results["said"]


class TestBundle:
    def test_its_root_holds_what_gradescope_looks_for(self, bundle):
        with zipfile.ZipFile(bundle) as archive:
            names = set(archive.namelist())
        assert {"setup.sh", "run_autograder", "autograder/engine/grade.py", "course/source/ps/ps.ipynb"} <= names
        assert not any(re.search(r"__pycache__|\.db$|submitted/|release/", name) for name in names)

    def test_the_same_course_makes_the_same_bytes(self, bundle, released, tmp_path):
        again = tmp_path / "again.zip"
        run("autograder", "gradescope", "ps", "--course", released, "--output", again)
        assert again.read_bytes() == bundle.read_bytes()

    def test_our_own_assignment_takes_utils_and_its_variants_along(self, tmp_path):
        path = tmp_path / "mlp.zip"
        assert run("autograder", "gradescope", "mlp", "--course", ROOT, "--output", path).returncode == 0
        with zipfile.ZipFile(path) as archive:
            wanted = archive.read("requirements.txt").decode()
            assert {"utils/__init__.py", "course/variants/mlp.py"} <= set(archive.namelist())
        assert {"torch", "numpy", "nbgrader"} <= set(re.findall(r"^([\w-]+)==[\w.]+$", wanted, re.MULTILINE))
        assert "notebook-autograder" not in wanted

    def test_what_it_asks_pip_for_is_all_that_it_needs(self, bundle):
        with zipfile.ZipFile(bundle) as archive:
            wanted = archive.read("requirements.txt").decode().splitlines()
        loaded = subprocess.run(
            [
                sys.executable, "-c",
                "import autograder.reporting.gradescope, autograder.judging.runner, sys; print(*sys.modules)",
            ],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.split()  # fmt: skip
        known = metadata.packages_distributions()
        needed = {normal(name) for module in loaded for name in known.get(module.split(".")[0], ())}
        # setuptools brings some packages within itself
        own = {name for name in needed if "_vendor" in str(metadata.distribution(name).locate_file(""))}
        everywhere = {"d2l-mended"}  # which every Python of the course's environment loads at its start
        assert needed - own - closure(wanted) <= {"notebook-autograder", "setuptools"} | everywhere

    def test_an_index_of_cpu_builds_is_handed_on(self, released, tmp_path, monkeypatch):
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "https://example.org/cpu builds")
        run("autograder", "gradescope", "ps", "--course", released, "--output", tmp_path / "ps.zip")
        with zipfile.ZipFile(tmp_path / "ps.zip") as archive:
            assert "export PIP_EXTRA_INDEX_URL='https://example.org/cpu builds'\n" in archive.read("setup.sh").decode()

    def test_an_unknown_assignment_is_named(self, released):
        result = SmallCourse(released).autograder("gradescope", "nope")
        assert result.returncode == 1 and "nope" in result.stderr and "Traceback" not in result.stderr


class TestPieces:
    def test_imports_within_functions_count_where_students_may_call_them(self):
        code = b"import numpy.linalg\nfrom . import near\ndef f():\n    from torch import nn\n"
        assert imported(code, everywhere=False) == {"numpy"}
        assert imported(code, everywhere=True) == {"numpy", "torch"}

    def test_the_notebook_nearest_to_the_top_is_taken_and_droppings_are_not(self, tmp_path):
        for name in ("__MACOSX/x.ipynb", ".ipynb_checkpoints/x.ipynb", "a/b/deep.ipynb", "a/near.ipynb"):
            (tmp_path / "submission" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "submission" / name).write_text("{}")
        assert set(submitted(tmp_path).notebooks) == {"near", "b/deep.ipynb"}

    @pytest.mark.parametrize("text", ["", "[]", '{"users": null}', '{"users": [1]}'])
    def test_metadata_that_cannot_be_read_does_not_matter(self, tmp_path, text):
        (tmp_path / "submission_metadata.json").write_text(text)
        assert submitted(tmp_path).student == ""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(requirements: list[str]) -> set[str]:
    """What pip would install for these requirements, as far as it is installed here."""
    found, todo = set(), [Requirement(line) for line in requirements]
    seen = set()
    while todo:
        wanted = todo.pop()
        if str(wanted) in seen:
            continue
        seen.add(str(wanted))
        found.add(normal(wanted.name))
        try:
            further = metadata.requires(wanted.name) or []
        except metadata.PackageNotFoundError:
            continue
        for line in further:
            one = Requirement(line)
            extras = wanted.extras or {""}
            if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras):
                todo.append(one)
    return found
