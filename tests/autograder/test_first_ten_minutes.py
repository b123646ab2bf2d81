"""The first ten minutes with the grader: from an empty environment to the graded class of an independent course.

    python tests/autograder/test_first_ten_minutes.py      runs it and writes docs/ten-minutes.md

The test runs the same commands and holds the page to what they say now. It is skipped where pip reaches no index.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "ten-minutes.md"
HEAD = """\
# The first ten minutes

This is the output of a terminal session, from an empty environment to the graded class of an independent course: an
nbgrader course as it is on an instructor's disk, with one assignment on orbits, a class list and three submissions. One
student is right, one uses the wrong power, one handed the notebook in under another name, and one handed in nothing.
`python tests/autograder/test_first_ten_minutes.py` wrote this page, and a test runs the same commands again.

"""
COMMANDS = (
    ("An empty environment, and the grader:",
     "python -m venv venv", "source venv/bin/activate", "pip install -q {wheel}"),
    ("The course, as it is:", "cd orbits", "cat nbgrader_config.py students.csv", "find . -name '*.ipynb' | sort"),
    ("Does this machine protect me, and is this course configured correctly?", "autograder doctor"),
    ("Can the assignment be trusted?", "autograder verify kepler"),
    ("Release it, and import the class list:",
     "autograder release kepler", "nbgrader db student import students.csv"),
    ("Grade the class:", "autograder grade kepler --jobs 1"),
    ("The results:", "autograder report kepler", "autograder export kepler --to csv", "cat exports/kepler.csv",
     "find feedback -name '*.html' | sort"),
)  # fmt: skip
SOLUTION = """\
def period(a):
    \"\"\"The period in years of an orbit with semi-major axis `a` in astronomical units.\"\"\"
    ### BEGIN SOLUTION
    return a**1.5
    ### END SOLUTION"""
TEST = """\
assert period(1) == 1
### BEGIN HIDDEN TESTS
assert abs(period(5.204) - 11.87) < 0.01
### END HIDDEN TESTS"""
CLASS = (
    "id,first_name,last_name\nada,Ada,Byron\njohannes,Johannes,Kepler\ntycho,Tycho,Brahe\nwilliam,William,Herschel\n"
)


def write_course(root: Path) -> None:
    """A course of somebody's, with three hand-ins."""

    def cell(make, source: str, name: str, points: float | None = None, **marks: bool):
        meta = {
            "schema_version": 3,
            "grade_id": name,
            "grade": False,
            "solution": False,
            "locked": False,
            "task": False,
        }
        meta |= marks | ({} if points is None else {"points": points})
        return make(source, metadata={"nbgrader": meta}, id=name)

    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nb = v4.new_notebook(metadata=kernel)
    nb.cells = [
        v4.new_markdown_cell("# Kepler's third law\n\nWrite `period`.", id="text"),
        cell(v4.new_code_cell, SOLUTION, "period", solution=True),
        cell(v4.new_code_cell, TEST, "test-period", 4, grade=True, locked=True),
    ]
    source = root / "source" / "kepler"
    source.mkdir(parents=True)
    nbformat.write(nb, source / "kepler.ipynb")
    (root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'orbits'\n")
    (root / "students.csv").write_text(CLASS)
    stub = SOLUTION.partition("    ###")[0]
    for student, line, name in (
        ("ada", "a**1.5", "kepler"),
        ("tycho", "a**2", "kepler"),
        ("johannes", "a * a**0.5", "kepler (1)"),
    ):
        nb.cells[1].source = f"{stub}    return {line}"
        nb.cells[2].source = "assert period(1) == 1"
        folder = root / "submitted" / student / "kepler"
        folder.mkdir(parents=True)
        nbformat.write(nb, folder / f"{name}.ipynb")


def transcript(folder: Path) -> str:
    """Runs all commands in one shell; returns the page. Raises RuntimeError with what was said where one fails."""
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (path.name for path in folder.glob("*.whl"))
    write_course(folder / "orbits")
    lines, script = [HEAD.rstrip()], ["set -e", "exec 2>&1"]
    for title, *commands in COMMANDS:
        script.append(f"echo; echo {_quoted(title)}; echo; echo '```console'")
        for command in commands:
            told = command.format(wheel=wheel)
            script += [f"echo {_quoted('$ ' + told)}", told]
        script.append("echo '```'")
    kept = {
        name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "SSL_", "REQUESTS_", "LANG", "HOME"))
    }
    environment = kept | {
        "PATH": f"{folder / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_QUIET": "2",  # what an index has to say differs from place to place
        "LC_ALL": "C.UTF-8",
    }
    (folder / "bin").mkdir()
    (folder / "bin" / "python").symlink_to(venv.sys._base_executable)  # a Python with nothing installed
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)], cwd=folder, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stdout[-3000:])
    lines.append(plain(done.stdout, folder))
    return "\n".join(lines).rstrip() + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def plain(said: str, folder: Path) -> str:
    """What was said without what differs from machine to machine."""
    said = said.replace(str(folder), "~")
    said = "\n".join(line.rpartition("\r")[2].rstrip() for line in said.splitlines())
    return re.sub(r"\[\w+ \| (?:INFO|WARNING)\] ", "", said)


def _same(page: str) -> list[str]:
    """The lines of a page by which two runs are compared: times, progress and what machines offer left out."""
    lines = [re.sub(r"\d+(\.\d+)?", "0", " ".join(line.split())) for line in page.splitlines()]
    passing = re.compile(r"(on|missing)\b|0/0, |.* a (second|minute|hour), ")
    return [line for line in lines if line and not passing.match(line)]


@pytest.mark.slow
@pytest.mark.sandbox
def test_an_empty_environment_comes_to_the_graded_class_as_the_page_says(tmp_path):
    try:
        made = transcript(tmp_path)
    except RuntimeError as error:
        if "No matching distribution" in str(error) or "Could not find a version" in str(error):
            pytest.skip("pip reaches no index")
        raise
    assert _same(made) == _same(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(transcript(Path(folder).resolve()), encoding="utf-8")
