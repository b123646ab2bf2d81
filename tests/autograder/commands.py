"""The commands `autograder` and `nbgrader`, run by forks of a process that has imported them.

To start one of them takes longer than most of them work. This file is that process: one for all workers of a test run,
which ends with the last of them. Each command is a fork with folder, environment, arguments and standard streams of its
own, which ends as any Python does.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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
        with _asked(json.dumps(request | {"said": list(map(str, said))})) as asking:
            code = json.loads(asking.makefile().readline())
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


def _address() -> Path:
    """Where the warm process listens that the workers of this test run share."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    return Path(tempfile.gettempdir(), f"commands-{os.geteuid()}-{run[:12]}")


@cache
def share_nurseries() -> None:
    """Has this process take its templates from where the commands take theirs."""
    with _asked("nurseries") as asking:
        nursery.borrow(asking)


@contextmanager
def _asked(line: str) -> Iterator[socket.socket]:
    """A connection to the warm process, on which it gets a line and answers."""
    _server()
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(str(_address()))
        asking.sendall(line.encode() + b"\n")
        yield asking


@cache
def _server() -> socket.socket:
    """A connection that keeps the warm process alive. Whoever needs it first starts it."""
    address, alive = _address(), socket.socket(socket.AF_UNIX)
    with open(f"{address}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            alive.connect(str(address))
        except OSError:
            with socket.socket(socket.AF_UNIX) as listening:
                address.unlink(missing_ok=True)
                listening.bind(str(address))
                listening.listen(100)
                listening.set_inheritable(True)
                command = [sys.executable, __file__, str(listening.fileno())]
                no_input = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
                os.posix_spawn(sys.executable, command, _environment(), file_actions=[no_input])
            alive.connect(str(address))
        alive.sendall(b"stay\n")
    atexit.register(alive.close)
    return alive


def serve(listening: socket.socket) -> Callable[[], object] | None:
    """Answers each request with the exit code of a fork, until no process of the test run is left.

    In the fork, returns what it has to call.
    """
    sys.path[0] = str(BIN)  # as for a command
    for name in MODULES:
        importlib.import_module(name)
    nursery.warm_up()
    gc.freeze()  # a fork that ends looks through all that it holds, and would copy what it looks at
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here
    alive: set[socket.socket] = set()
    while not _is_over(listening, alive):
        ready = select.select([listening, *alive], [], [])[0]
        alive.difference_update(ready)  # they never send anything: they have ended
        if listening not in ready:
            continue
        asking = listening.accept()[0]
        line = asking.makefile().readline()
        if line == "stay\n":
            alive.add(asking)
        elif line == "nurseries\n":
            nursery.lend(asking)
        elif line and not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for inherited in (listening, *alive):
                inherited.close()
            if pid := os.fork():
                asking.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                os._exit(0)
            asking.close()
            return _as_command(json.loads(line))
    return None


def _is_over(listening: socket.socket, alive: set[socket.socket]) -> bool:
    """Whether nobody is left to ask; then nobody finds this process any more."""
    if alive:
        return False
    address = listening.getsockname()
    with open(f"{address}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if select.select([listening], [], [], 0)[0]:
            return False
        os.unlink(address)
        os.unlink(lock.name)
    return True


def _as_command(request: dict) -> Callable[[], object]:
    """Makes this process the one that a shell would have started; returns what is left to call."""
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


if __name__ == "__main__":
    if command := serve(socket.socket(fileno=int(sys.argv[1]))):
        sys.exit(command())
