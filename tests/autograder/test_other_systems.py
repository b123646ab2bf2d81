"""Windows and macOS, as far as Linux can play them: authoring and reporting work there, and running code is refused."""

import json
import subprocess
import sys

import pytest
from small_course import RIGHT, SmallCourse

# What each system lacks is taken away once the libraries are imported, which have files of their own for each system.
PLAY = """
import asyncio, concurrent.futures, contextlib, io, json, multiprocessing, os, subprocess, sys
import jupyter_client, nbclient, nbconvert, nbgrader.api, nbgrader.apps, nbgrader.converters, numpy, sqlalchemy

system, *commands = json.loads(sys.argv[1])
gone = ["memfd_create", "pidfd_open", "sched_getaffinity", "setns", "unshare"]
if system == "win32":
    for name in ("fcntl", "grp", "pwd", "resource", "termios", "tty"):
        sys.modules[name] = None
    gone += ["O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "fork", "geteuid", "getgid", "getpgid", "getuid", "killpg"]
    gone += ["mkfifo", "O_NOCTTY", "setsid", "sysconf"]
for name in gone:
    if hasattr(os, name):
        delattr(os, name)
sys.platform = system

from autograder.cli import main

for command in commands:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            main(command)
        except SystemExit as end:
            print(end.code)
    print(json.dumps(said.getvalue()))
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = SmallCourse(tmp_path_factory.mktemp("elsewhere") / "course")
    course.write()
    assert course.autograder("release", "ps").returncode == 0
    course.submit("ada", RIGHT)
    assert course.autograder("grade", "ps", "--no-feedback").returncode == 0
    return course


@pytest.mark.parametrize("system", ["win32", pytest.param("darwin", marks=pytest.mark.slow)])  # it lacks less
def test_a_course_is_written_and_reported_elsewhere_and_refuses_to_run_code(course, system):
    works = [["new", f"on_{system}"], ["settings"], ["report", "ps"], ["export", "ps", "--to", "csv"]]
    needs_linux = [["doctor"], ["verify", "ps"], ["release", "ps"], ["grade", "ps", "--unsafe", "--force"]]
    asked = json.dumps([system, *works, *needs_linux])
    done = subprocess.run([sys.executable, "-c", PLAY, asked], cwd=course.root, capture_output=True, text=True)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(said) == len(works) + len(needs_linux)
    for command, text in zip(works, said, strict=False):
        assert text.endswith("0\n"), (command, text)
    assert (course.root / "source" / f"on_{system}").is_dir()
    assert "Linux" in said[len(works)] and said[len(works)].endswith("1\n")
    for command, text in zip(needs_linux[1:], said[len(works) + 1 :], strict=True):
        assert "WSL" in text and "Linux container" in text, (command, text)
