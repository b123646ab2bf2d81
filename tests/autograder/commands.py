"""The commands `autograder` and `nbgrader`, run by forks of a process that has imported them.

To start one of them takes longer than most of them work. This file is that process. Each run is a fork with folder,
environment, arguments and standard streams of its own, which ends as any Python does.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import nursery

BIN = Path(sys.executable).parent
MAINS = {"autograder": "autograder.cli", "nbgrader": "nbgrader.apps.nbgraderapp"}
MODULES = [
    *MAINS.values(), "nbgrader.converters", "autograder.nbgrader_plugin", "autograder.course.converting",
    "autograder.grading.classes", "autograder.grading.verify", "autograder.reporting.class_report",
    "autograder.reporting.exports", "autograder.reporting.report",
]  # fmt: skip
_AT_THE_START = ("PYTHON", "LANG", "LC_")  # of the environment, what Python itself reads, once


def run(*command: str | Path, cwd: Path | None = None, env: Mapping[str, str] = {}) -> subprocess.CompletedProcess:
    """Runs a command of the environment and returns what it said; `env` is added to the variables."""
    program, *arguments = map(str, command)
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"} | env
    if program not in MAINS or not _as_at_the_start(environment):
        return subprocess.run(
            [BIN / program, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=1500
        )
    with tempfile.TemporaryDirectory() as folder:
        said = [Path(folder, name) for name in ("stdout", "stderr")]
        request = {"command": [program, *arguments], "cwd": str(cwd or Path.cwd()), "env": environment}
        server = _server()
        server.stdin.write(json.dumps(request | {"said": list(map(str, said))}) + "\n")
        server.stdin.flush()
        code = json.loads(server.stdout.readline())
        return subprocess.CompletedProcess([program, *arguments], code, *(path.read_text() for path in said))


@cache
def _environment() -> dict[str, str]:
    """The variables with which the warm process is started."""
    return dict(os.environ)


def _as_at_the_start(environment: Mapping[str, str]) -> bool:
    """Whether Python would start the same with these variables, but for more folders of modules, which a fork adds."""

    def read(variables: Mapping[str, str]) -> dict[str, str]:
        return {name: value for name, value in variables.items() if name.startswith(_AT_THE_START)}

    ours, theirs = read(_environment()), read(environment)
    return ours | {"PYTHONPATH": ""} == theirs | {"PYTHONPATH": ""} and set(_places(ours)) <= set(_places(theirs))


def _places(environment: Mapping[str, str]) -> list[str]:
    return [place for place in environment.get("PYTHONPATH", "").split(os.pathsep) if place]


@cache
def _server() -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment()
    )
    atexit.register(process.communicate)
    return process


def serve() -> Callable[[], object] | None:
    """Answers each request with the exit code of a fork. In the fork, returns what it has to call."""
    sys.path[0] = str(BIN)  # as for a command
    for name in MODULES:
        importlib.import_module(name)
    nursery.warm_up()
    gc.freeze()  # a fork that ends looks through all that it holds, and would copy what it looks at
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    for line in requests:
        request = json.loads(line)
        if pid := os.fork():
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), file=answers, flush=True)
            continue
        streams = [os.open(os.devnull, os.O_RDONLY), *(os.open(p, os.O_WRONLY | os.O_CREAT) for p in request["said"])]
        for standard, stream in enumerate(streams):
            os.dup2(stream, standard)
        os.chdir(request["cwd"])
        sys.path[1:1] = [place for place in _places(request["env"]) if place not in sys.path]
        os.environ.clear()
        os.environ.update(request["env"])
        program, *arguments = request["command"]
        sys.argv = [str(BIN / program), *arguments]
        return nursery.templates_from_nurseries()(importlib.import_module(MAINS[program]).main)
    return None


if __name__ == "__main__":
    if command := serve():
        sys.exit(command())
