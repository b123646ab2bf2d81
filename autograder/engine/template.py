"""The template: a warm Python from which workers and judges are forked in milliseconds.

It has imported what the assignment needs, and it never runs anyone's code: no student's, no test. All that it knows
about an assignment are the names of the modules to import, so a fork of it has no secrets. A module may define a
function `_autograder_warm_up`, which does once for a class what every submission needs, such as reading data.

    parent  ──{"import": […], …}──▶  template  ──▶  {"modules": …}
            ──{"fork": "worker", "cage": …} + socket──▶  {"pid": …}
            ──{"reap": pid}──▶  kills the whole process group, waits  ──▶  {"status": …, "memory": …}
            ──{"twin": true} + socket──▶  forks a template as warm as itself, for another slot  ──▶  {"pid": …}
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
import gc
import importlib.util
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
import warnings
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from ..sandbox.worker import Shell

WARM_UP = "_autograder_warm_up"
_REQUEST = 1 << 20
PATIENCE = 2.0  # seconds that a process may take to end after closing its connection
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


class TemplateLost(RuntimeError):
    """The template process ended."""


class Template:
    """The parent's handle on one template process.

    Args:
        modules: names of modules to import before the first fork.
        shell: whether workers and judges are forked, which need IPython's shell; clerks do not.
        readable: the paths that students' code may read: for a shell, nothing outside them is imported.
    """

    def __init__(self, modules: list[str], shell: bool = True, readable: Sequence[str] = ()):
        self._lock = threading.Lock()  # slots share the template of their clerks
        self.process: subprocess.Popen[bytes] | _Apart
        self.socket, self.process = (_taken_early() if shell else None) or _begin(_environment())
        path = [place for place in sys.path if place]
        self._send({"import": modules, "shell": shell, "readable": list(readable), "path": path})
        self._warm, self.modules = False, 0  # other templates may warm up meanwhile

    def twin(self) -> Template:
        """A template as warm as this one, in milliseconds. It ends with this one."""
        other = object.__new__(type(self))
        other._lock = threading.Lock()
        other.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            other.process = _Apart(self._ask({"twin": True}, [theirs.fileno()])["pid"])
        other._warm, other.modules = True, self.modules
        return other

    def fork(self, kind: str, sockets: list[socket.socket], **arguments: Any) -> int:
        """Forks a "worker", a "judge" or a "clerk" that holds the sockets; returns its process id."""
        pid = self._ask({"fork": kind, **arguments}, [s.fileno() for s in sockets])["pid"]
        for s in sockets:
            s.close()
        return pid

    def reap(self, pid: int, gone: bool = False) -> dict:
        """Kills the process group of `pid`; returns its wait status and the group's peak memory in bytes.

        Args:
            gone: as for `end`.
        """
        return self._ask({"reap": pid, "gone": gone})

    def end(self, pid: int, group: int, gone: bool) -> int | None:
        """Kills one process if it is in this group, to be reaped with it; returns the wait status if it ended itself.

        Args:
            gone: whether it seems to have ended by itself, which is awaited briefly.
        """
        return self._ask({"end": pid, "group": group, "gone": gone})["status"]

    def pin(self, core: int) -> None:
        """Keeps the template, and its later forks, on one core."""
        with contextlib.suppress(OSError):
            os.sched_setaffinity(self.process.pid, {core})

    def close(self) -> None:
        """Ends the template and its forks."""
        self.socket.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        self.process.kill()
        self.process.wait()

    def _ask(self, request: dict, fds: list[int] | None = None) -> dict:
        with self._lock:
            if not self._warm:
                self.modules = self._receive()["modules"]
                self._warm = True
            self._send(request, fds)
            return self._receive()

    def _send(self, request: dict, fds: list[int] | None = None) -> None:
        try:
            socket.send_fds(self.socket, [json.dumps(request).encode()], fds or [])
        except OSError as error:
            raise TemplateLost(f"the template process ended: {error}") from None

    def _receive(self) -> dict:
        try:
            reply = json.loads(self.socket.recv(_REQUEST) or b"{}")
        except OSError as error:
            raise TemplateLost(f"the template process ended: {error}") from None
        if not reply:
            raise TemplateLost("the template process ended")
        if "error" in reply:
            raise RuntimeError(reply["error"])
        return reply


class _Apart:
    """A process that another process started, with the interface that a template needs."""

    def __init__(self, pid: int):
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)
        weakref.finalize(self, os.close, self._descriptor)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> None:
        """Raises TimeoutExpired."""
        if not select.select([self._descriptor], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)


_Begun = tuple[socket.socket, subprocess.Popen[bytes]]
_early: list[tuple[_Begun, dict[str, str]]] = []  # at most one, with its environment


def begin_early(modules: Sequence[str] = ()) -> None:
    """Starts the process of the next template with a shell, which meanwhile imports what all of them need.

    A command calls this before its own imports, which take as long.

    Args:
        modules: names of libraries that it will probably be asked to import; others are ignored.
    """
    if sys.platform == "linux" and not _early:
        begun = _begin(environment := _environment())
        begun[0].send(json.dumps({"early": modules}).encode())
        _early.append((begun, environment))
        atexit.register(_leave_early)


def _taken_early() -> _Begun | None:
    """The process that was started early, if its environment is still the right one."""
    if _early and {**_early[0][1], "PYTHONPATH": ""} == {**_environment(), "PYTHONPATH": ""}:
        return _early.pop()[0]
    return None


def _leave_early() -> None:
    for (control, process), _ in _early:
        control.close()
        process.kill()
        process.wait()
    _early.clear()


def _begin(environment: dict[str, str]) -> _Begun:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", "autograder.engine.template", str(theirs.fileno())]
        return ours, subprocess.Popen(
            command, env=environment, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, process_group=0
        )


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ} | {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(place for place in sys.path if place),
        "NBGRADER_EXECUTION": "autograde",
        "USER": "student",  # some notebooks read it; not the grading account
        "LOGNAME": "student",
    }


def main(fd: int) -> None:
    """The template process: warms up, then forks on request until the parent closes the connection."""
    from ..sandbox import cage

    cage.die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    parent = socket.socket(fileno=fd)
    shell, groups = None, set[int]()
    while True:
        try:
            data, fds, _, _ = socket.recv_fds(parent, _REQUEST, 4)
        except ConnectionError:  # the parent ended before reading the last reply
            data = b""
        if not data:
            _end_all(groups)
        request = json.loads(data)
        reply: dict[str, Any]
        try:
            if "early" in request:
                _import_own()
                _import(request["early"], cage.readable_paths([]))
                continue
            if "import" in request:
                sys.path += [place for place in request["path"] if place not in sys.path]
                shell = _warm_up(request["import"], request["shell"], request["readable"])
                signal.signal(signal.SIGTERM, lambda *_: _end_all(groups))
                cage.die_with_parent(signal.SIGTERM)  # no longer immediately: others have to be ended first
                reply = {"modules": len(sys.modules)}
            elif "fork" in request:
                groups.add(pid := _fork(request, fds, parent, shell))
                reply = {"pid": pid}
            elif "twin" in request:
                if not (pid := os.fork()):
                    parent.close()
                    parent = _as_twin(fds[0], groups)
                    continue
                reply = {"pid": pid}
            elif "end" in request:
                reply = {"status": _end(request["end"], request["group"], request["gone"])}
            else:
                groups.discard(request["reap"])
                reply = _reap(request["reap"], request["gone"])
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        for descriptor in fds:
            os.close(descriptor)
        with contextlib.suppress(BrokenPipeError):  # the parent has closed the connection, which the next read shows
            parent.send(json.dumps(reply).encode())


def _as_twin(fd: int, groups: set[int]) -> socket.socket:
    """Makes a fork of a template an independent template; returns the socket of its parent."""
    from ..sandbox import cage

    groups.clear()  # the other template ends them
    os.setpgid(0, 0)
    cage.die_with_parent(signal.SIGTERM)
    _into_huge_pages()
    return socket.socket(fileno=fd)


@functools.cache  # the reference may import hundreds of modules of a few packages
def _is_readable(package: str, readable: tuple[str, ...]) -> bool:
    """Whether a top-level module is under one of these paths, or part of the interpreter."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin in ("built-in", "frozen"):
        return spec is not None
    places = [*(spec.submodule_search_locations or []), *([spec.origin] if spec.origin else [])]
    return bool(places) and all(any(Path(place).resolve().is_relative_to(r) for r in readable) for place in places)


def _warm_up(modules: list[str], wanted: bool, readable: list[str]) -> Shell | None:
    """Imports the modules, and creates IPython's shell if it is wanted."""
    if not wanted:
        for name in modules:
            getattr(importlib.import_module(name), WARM_UP, lambda: None)()
        gc.collect()
        gc.freeze()
        return None
    _import_own()
    from ..judging import explain
    from ..sandbox import everyday
    from ..sandbox.worker import make_shell

    _import(modules, readable)
    with _in_silence():
        explain.added()
        shell = make_shell()
        everyday.allow()
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
        torch.ones(1, requires_grad=True).sum().backward()  # imports some 480 modules at its first call
    if utils := sys.modules.get("sklearn.utils"):
        utils.check_array([[0.0]])  # reads the entry points of every installed package at its first call
    gc.collect()
    gc.freeze()
    _into_huge_pages()
    return shell


def _import(modules: list[str], readable: list[str]) -> None:
    """Imports those modules that students' code may read, and leaves out any that cannot be imported."""
    with _in_silence():
        for name in modules:
            with contextlib.suppress(Exception):
                if _is_readable(name.partition(".")[0], tuple(readable)):
                    getattr(importlib.import_module(name), WARM_UP, lambda: None)()


@contextlib.contextmanager
def _in_silence() -> Iterator[None]:
    with warnings.catch_warnings(), open(os.devnull, "w") as null, contextlib.redirect_stderr(null):
        warnings.simplefilter("ignore")
        yield


def _import_own() -> None:
    """Imports what a worker or a judge needs from the grader, and what NumPy imports lazily."""
    with _in_silence():
        import numpy.ma
        import numpy.random  # noqa: F401

        from ..judging import explain, runner  # noqa: F401
        from ..sandbox import everyday, worker  # noqa: F401


def _into_huge_pages() -> None:
    """Makes the kernel collect the memory of this process in pages of 2 MB, if it can (Linux 6.1 and later).

    The time to fork a process, and to end it, grows with the number of its pages.
    """
    huge, collapse = 1 << 21, 25  # MADV_COLLAPSE
    libc = ctypes.CDLL(None)
    with contextlib.suppress(OSError, AttributeError), open("/proc/self/maps") as maps:
        for span, rights, _, _, inode, *_ in (line.split() for line in maps.readlines()):
            first, end = (int(address, 16) for address in span.split("-"))
            first, end = -(-first // huge) * huge, end // huge * huge
            if rights == "rw-p" and inode == "0" and first < end:
                libc.madvise(ctypes.c_void_p(first), ctypes.c_size_t(end - first), collapse)


def _fork(request: dict, fds: list[int], parent: socket.socket, shell: Shell | None) -> int:
    pid = os.fork()
    if pid:
        return pid
    sockets: list[socket.socket] = []
    try:
        from ..sandbox import cage

        parent.close()
        os.setsid()
        cage.die_with_parent()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        terminal, null = os.dup(2), os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):  # also the judge's: what a worker makes it print is the student's
            os.dup2(null, standard)
        sockets = [socket.socket(fileno=os.dup(f)) for f in fds]
        for f in (*fds, null, *(() if request["fork"] == "judge" else (terminal,))):
            os.close(f)
        {"worker": _be_worker, "judge": _be_judge, "clerk": _be_clerk}[request["fork"]](request, sockets, shell)
    except BaseException:
        if request["fork"] == "judge" and not (sockets and _has_hung_up(sockets[0])):
            os.write(terminal, _traceback().encode())
        os._exit(1)
    os._exit(0)


def _end_all(groups: set[int]) -> NoReturn:
    """Ends the template after its forks: a worker's copies get no signal when its parent ends."""
    for pid in list(groups):
        _kill(pid)
    os._exit(0)


def _has_hung_up(control: socket.socket) -> bool:
    """Whether the grader at the other end is gone: then a judge fails for that reason, which needs no report."""
    try:
        return control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _traceback() -> str:
    """The traceback of the grader's own failure, in printable characters: it may quote what a student wrote."""
    text = "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in traceback.format_exc()[-4000:])
    return text.encode("utf-8", "replace").decode()


def _be_worker(request: dict, sockets: list[socket.socket], shell: Shell | None) -> None:
    from ..sandbox.cage import Cage, enter
    from ..sandbox.worker import Worker

    cage = Cage.from_json(request["cage"])
    for name in ("HOME", "TMPDIR", "MPLCONFIGDIR", "IPYTHONDIR", "XDG_CACHE_HOME"):
        os.environ[name] = cage.scratch
    os.chdir(cage.scratch)
    sys.path[:] = [cage.scratch, *(p for p in sys.path if p and p != os.getcwd())]  # as beside a notebook
    worker = Worker(sockets[0], shell, output=cage.limits.output, memory=cage.limits.memory)
    try:
        worker.layers = enter(cage, copies=True)
    except Exception as error:
        worker.layers = error
    leave = [] if cage.listener is None else [cage.listener]
    socket.send_fds(sockets[0], [b"."], leave)  # the judge's, before any student code
    for descriptor in leave:
        os.close(descriptor)
    worker.serve()


def _be_clerk(request: dict, sockets: list[socket.socket], shell: Shell | None) -> None:
    from ..sandbox.cage import Cage, enter
    from .clerk import serve

    cage = Cage.from_json(request["cage"])
    os.chdir(cage.scratch)
    enter(cage)
    serve(sockets[0])


def _be_judge(request: dict, sockets: list[socket.socket], shell: Shell | None) -> None:
    import resource

    from ..judging.runner import run
    from ..sandbox.cage import confine, held_memory

    # What the worker sends must not cost the machine its memory: twice for each value and its last known state.
    most = held_memory() + 4 * request["memory"]
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))
    seconds = int(request["seconds"]) + 5  # a judge that is busy in a library cannot end itself
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    os.chdir(request["folder"])
    os.environ["TMPDIR"] = request["folder"]
    sys.path.insert(0, request["folder"])
    confine(request["folder"], request["readable"])
    control, worker = sockets
    run(control, worker, request["worker"], (request["folder"], request["workers"]))


def _reap(pid: int, gone: bool) -> dict:
    status = _own_death(pid, gone)
    _kill(pid)
    usages = [os.wait4(pid, 0)[2]]
    with contextlib.suppress(ChildProcessError):
        while True:  # the copies of a worker are also children of this process
            usages.append(os.wait4(-pid, 0)[2])
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    return {"status": status, "memory": max(usage.ru_maxrss for usage in usages) * 1024, "cpu": cpu}


def _end(pid: int, group: int, gone: bool) -> int | None:
    with contextlib.suppress(OSError, OverflowError):  # a worker may name any number
        if os.getpgid(pid) == group:
            status = _own_death(pid, gone)
            os.kill(pid, signal.SIGKILL)
            return status
    return None


def _own_death(pid: int, gone: bool) -> int | None:
    """The wait status of a process that has ended by itself, None for one that lives; it can still be waited for.

    One that is `gone` has closed its connection, which happens shortly before a process has ended.
    """
    deadline = time.monotonic() + (PATIENCE if gone else 0)
    while (ended := os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is None:
        if time.monotonic() >= deadline:
            return None
        time.sleep(0.002)
    return ended.si_status << 8 if ended.si_code == os.CLD_EXITED else ended.si_status


def _kill(pid: int) -> None:
    """Kills a process and its group, which it may not have created yet."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]))
