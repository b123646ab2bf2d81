"""Template processes for tests, forked from processes that have imported what every template imports.

To start a template from nothing takes longer than to grade a small class, and nearly every run of a command starts two:
one for workers and judges, one for clerks. `templates_from_nurseries` has this process, and its forks, get them here.
Whatever begins as a program of its own, as `BIN / "autograder"` does, still starts them as everywhere.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any

from autograder.engine import template
from autograder.engine.template import Template

FOR_STUDENTS = (
    "autograder.judging.runner", "autograder.sandbox.worker", "numpy.random", "IPython.core.magics",
    "matplotlib_inline.backend_inline", "matplotlib_inline.config",
)  # fmt: skip
FOR_CLERKS = ("autograder.engine.clerk", "autograder.reporting.feedback")
_NURSERIES: dict[tuple[str, ...], Nursery] = {}
_ANY_TIME = {"PATH", "PYTHONPATH", "TZ"}  # of a template's variables, those that count when it is started from here


class Nursery:
    """The handle on a process that forks templates. It ends when nobody holds the handle any more."""

    def __init__(self, modules: Sequence[str], environment: dict[str, str], fd: int | None = None):
        self.environment = environment
        if fd is not None:  # another process started it
            self.socket = socket.socket(fileno=fd)
            atexit.register(self.socket.close)
            return
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, __file__, str(theirs.fileno()), *modules]
            self.process = subprocess.Popen(
                command, env=environment, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, process_group=0
            )
        atexit.register(self.close)

    def close(self) -> None:
        """Gives the handle back; the process ends where nobody else has it."""
        self.socket.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(1)

    def has(self, environment: dict[str, str]) -> bool:
        """Whether a process with these variables may come from here."""
        changed = dict(environment.items() ^ self.environment.items())
        return changed.keys() <= _ANY_TIME

    def fork(self, fd: int, environment: dict[str, str]) -> template._Apart:
        """A new template that hears of its parent over `fd`."""
        answer, theirs = socket.socketpair()
        request = json.dumps({"environment": environment, "folder": os.getcwd()}).encode()
        with answer, theirs:
            socket.send_fds(self.socket, [request], [theirs.fileno(), 1, 2, fd])
            theirs.close()
            return template._Apart(int(answer.recv(100)))


def lend(asking: socket.socket) -> None:
    """Hands both nurseries of this process to another one."""
    handed = [_NURSERIES[modules] for modules in (FOR_STUDENTS, FOR_CLERKS)]
    environment = json.dumps(handed[0].environment).encode()
    socket.send_fds(asking, [environment], [nursery.socket.fileno() for nursery in handed])


def borrow(asked: socket.socket) -> None:
    """Takes both nurseries of another process."""
    environment, descriptors, _, _ = socket.recv_fds(asked, 1 << 20, 2)
    for modules, fd in zip((FOR_STUDENTS, FOR_CLERKS), descriptors, strict=True):
        _NURSERIES[modules] = Nursery(modules, json.loads(environment), fd)


def warm_up() -> None:
    """Starts both nurseries, so that this process and its forks share them."""
    with templates_from_nurseries():
        for shell in (True, False):
            Template([], shell).close()


@contextmanager
def templates_from_nurseries() -> Iterator[None]:
    """Has templates of this process, and of its forks, come from nurseries."""
    begin, lock = Template.__init__, threading.Lock()
    wanted = FOR_STUDENTS  # as a template that is begun early, before there is a `Template`

    def popen(command: list[str], *, env: dict[str, str], pass_fds: Sequence[int], **more: Any) -> Any:
        nursery = _NURSERIES.get(wanted) or _NURSERIES.setdefault(wanted, Nursery(wanted, env))
        if nursery.has(env):
            return nursery.fork(pass_fds[0], env)
        return subprocess.Popen(command, env=env, pass_fds=pass_fds, **more)

    def begin_here(self: Template, modules: list[str], shell: bool = True, readable: Sequence[str] = ()) -> None:
        nonlocal wanted
        with lock:
            wanted = FOR_STUDENTS if shell else FOR_CLERKS
            begin(self, modules, shell, readable)
            wanted = FOR_STUDENTS

    template.subprocess = SimpleNamespace(**vars(subprocess) | {"Popen": popen})
    Template.__init__ = begin_here
    try:
        yield
    finally:
        template.subprocess, Template.__init__ = subprocess, begin


def serve(fd: int, modules: list[str]) -> None:
    """Forks a template for each request, until nobody can ask any more."""
    del sys.path[0]  # the folder of this file
    usual = [place for place in sys.path if place not in os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    for name in modules:
        with suppress(ImportError):  # a grader without the course's needs has no Matplotlib
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them here
    requests = socket.socket(fileno=fd)
    while True:
        data, descriptors, _, _ = socket.recv_fds(requests, 1 << 20, 4)
        if not data:
            return
        answer, out, err, parent = descriptors
        if pid := os.fork():
            os.write(answer, b"%d" % pid)
            for descriptor in descriptors:
                os.close(descriptor)
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        requests.close()
        os.setpgid(0, 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        for descriptor in (answer, out, err):
            os.close(descriptor)
        request = json.loads(data)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.path[:] = dict.fromkeys([os.getcwd(), *os.environ["PYTHONPATH"].split(os.pathsep), *usual])
        template.main(parent)


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2:])
