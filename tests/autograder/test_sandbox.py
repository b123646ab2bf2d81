"""Each layer of the worker's cage stops what its row in `autograder.sandbox` says, and closes where it cannot."""

from __future__ import annotations

import ctypes
import json
import os
import platform
import resource
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from autograder.course.limits import Limits
from autograder.sandbox import cage as sandbox
from autograder.sandbox.cage import Cage

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(bool(sandbox.missing_core()), reason="needs Landlock and seccomp"),
]
LIMITS = Limits(cell_seconds=1, total_seconds=5, memory=256 << 20, file_size=1 << 20, scratch=4 << 20)
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def cage():
    with tempfile.TemporaryDirectory() as scratch:
        os.chmod(scratch, 0o777)
        yield Cage(scratch, sandbox.readable_paths([]), LIMITS)


def in_child(action):
    """What `action` returned, or the name of what it raised, in a process of its own."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            answer = action()
        except BaseException as error:
            answer = type(error).__name__
        os.write(write, json.dumps(answer).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as file:
        answer = file.read()
    status = os.waitpid(pid, 0)[1]
    return json.loads(answer) if answer else f"killed by {signal.Signals(os.WTERMSIG(status)).name}"


def caged(cage: Cage, action, before=lambda: None):
    """What `action` comes to once the cage is closed."""

    def shut_in():
        before()
        sandbox.enter(cage)
        return action()

    return in_child(shut_in)


def read(path: str):
    return lambda: Path(path).read_text()[:0]


def write(path: str):
    return lambda: Path(path).write_text("x")


def call(name: str, *args):
    """Whether a system call succeeds."""

    def do():
        libc = ctypes.CDLL(None, use_errno=True)
        return getattr(libc, name)(*args) >= 0

    return do


def do_fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


FORBIDDEN = {
    "read outside": read("/etc/passwd"),
    "read of itself": read("/proc/self/maps"),
    "list outside": lambda: len(os.listdir("/")),
    "write outside": write("/dev/shm/planted"),
    "link outside": lambda: os.link("/etc/passwd", "link"),
    "socket": lambda: socket.socket().close(),
    "datagrams from a pair": lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].close(),
    "fork": do_fork,
    "program": lambda: os.execv("/bin/true", ["true"]),
    "subprocess": lambda: subprocess.run(["true"]).returncode,
    "signal to the parent": lambda: os.kill(os.getppid(), 0),
    "signal to all": lambda: os.kill(-1, 0),
    "mode of a file": lambda: os.chmod("/etc/passwd", 0o644),
    "length of a file": lambda: os.truncate("/etc/passwd", 10**6),
    "limits of the parent": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU),
    "memory without a name": lambda: os.memfd_create("x"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_forbidden(cage, what):
    assert caged(cage, FORBIDDEN[what]) in ("PermissionError", "OSError")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_forbidden_without_namespaces(cage, what):
    """As in a container whose profile refuses them."""
    assert caged(cage, FORBIDDEN[what], refuse_unshare) in ("PermissionError", "OSError")


@as_root
@pytest.mark.parametrize("what", FORBIDDEN)
def test_forbidden_to_plain_users(cage, what):
    assert caged(cage, FORBIDDEN[what], lambda: become(NOBODY)) in ("PermissionError", "OSError")


def refuse_unshare() -> None:
    class NoUnshare:
        def __getattr__(self, name):
            return (lambda flags: -1) if name == "unshare" else getattr(real, name)

    real, sandbox._libc = sandbox._libc, NoUnshare()


def become(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


@pytest.mark.parametrize(
    "name, args",
    [("ptrace", (16, 1, 0, 0)), ("unshare", (0x10000000,)), ("mount", (b"x", b"/tmp", b"tmpfs", 0, 0)),
     ("prctl", (4, 1, 0, 0, 0)), ("setsid", ()), ("shmget", (0, 4096, 0o1600)), ("chroot", (b"/tmp",))],
)  # fmt: skip
def test_forbidden_system_calls(cage, name, args):
    assert caged(cage, call(name, *args)) is False


def test_work_goes_on_inside(cage):
    def work():
        os.chdir(cage.scratch)
        Path("data").mkdir()
        Path("data/x.txt").write_text("x")
        os.rename("data/x.txt", "data/y.txt")
        import threading

        thread = threading.Thread(target=lambda: Path("t.txt").write_text("from a thread"))
        thread.start()
        thread.join()
        a, b = socket.socketpair()
        a.send(b"x")
        os.kill(os.getpid(), 0)
        return [sorted(os.listdir()), b.recv(1).decode(), bool(os.__file__ and Path(os.__file__).read_text())]

    assert caged(cage, work) == [["data", "t.txt"], "x", True]


# -- each layer by itself ---------------------------------------------------------------------------------


def test_landlock_alone_keeps_files(cage):
    def alone(action):
        def do():
            sandbox._prctl(sandbox.PR_SET_NO_NEW_PRIVS, 1)
            sandbox._landlock(cage)
            return action()

        return in_child(do)

    assert alone(read("/etc/passwd")) == "PermissionError"
    assert alone(write("/dev/shm/planted")) == "PermissionError"
    assert alone(write(f"{cage.scratch}/mine")) == 1
    if sandbox.landlock_abi() >= 4:
        assert alone(lambda: socket.create_server(("127.0.0.1", 0))) == "PermissionError"
    if sandbox.landlock_abi() >= 6:
        assert alone(lambda: os.kill(os.getppid(), 0)) == "PermissionError"


def test_seccomp_alone_keeps_processes_and_sockets():
    def alone(action):
        return in_child(lambda: (sandbox._seccomp(), action())[1])

    assert alone(lambda: socket.socket()) == "PermissionError"
    assert alone(do_fork) == "PermissionError"
    assert alone(lambda: os.execv("/bin/true", ["true"])) == "PermissionError"
    assert alone(lambda: os.kill(os.getppid(), 0)) == "PermissionError"
    assert alone(read("/etc/passwd")) == ""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the other numbering exists on x86_64 only")
def test_seccomp_kills_another_numbering_of_system_calls():
    other = in_child(lambda: (sandbox._seccomp(), ctypes.CDLL(None).syscall(0x40000000 + 39))[1])
    assert other == "killed by SIGSYS"


def test_rlimits_bound_memory_and_files(cage):
    def alone(action):
        return in_child(lambda: (sandbox._limit_resources(LIMITS), action())[1])

    os.chdir(cage.scratch)
    assert alone(lambda: len(bytearray(LIMITS.memory + (64 << 20)))) == "MemoryError"
    assert alone(lambda: Path("big").write_bytes(bytes(2 << 20))) in ("OSError", "killed by SIGXFSZ")
    assert alone(lambda: [os.dup(1) for _ in range(300)][:0]) == "OSError"
    assert alone(lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0))) is None
    os.chdir("/")


@pytest.mark.skipif(not sandbox.available()["namespaces"], reason="user namespaces are not allowed here")
def test_namespaces_alone_take_the_network_away():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()

        def call_home():
            sandbox._check(sandbox._libc.unshare(sandbox.CLONE_NEWUSER | sandbox.CLONE_NEWNET))
            socket.create_connection(address, timeout=1)

        assert in_child(call_home) == "OSError"


@as_root
def test_own_uid_is_taken_and_kept(cage):
    cage.uid = NOBODY
    assert caged(cage, lambda: [os.getuid() == 0, os.geteuid() == 0]) == [False, False]
    assert caged(cage, lambda: os.setuid(0)) in ("PermissionError", "OSError")
    assert caged(cage, lambda: resource.getrlimit(resource.RLIMIT_NPROC)[1]) == 128


def test_root_has_no_capabilities_left(cage):
    def effective():
        data = ctypes.create_string_buffer(24)
        ctypes.CDLL(None).capget(b"\x22\x05\x08\x20" + bytes(4), data)
        return sum(data.raw)

    assert caged(cage, effective) == 0


# -- where a layer is missing ------------------------------------------------------------------------------


def without_landlock() -> None:
    sandbox.landlock_abi = lambda: 0


def without_seccomp() -> None:
    platform.machine = lambda: "riscv64"


@pytest.mark.parametrize("missing, rest", [(without_landlock, "seccomp"), (without_seccomp, "Landlock")])
def test_a_missing_core_layer_is_refused_unless_unsafe(cage, missing, rest):
    assert caged(cage, lambda: "went on", missing) == "SandboxUnavailable"
    cage.unsafe = True

    def layers():
        missing()
        return sandbox.enter(cage)

    found = in_child(layers)
    assert rest in found and not {"Landlock", "seccomp"} <= set(found)


def test_all_layers_are_reported(cage):
    found = in_child(lambda: sandbox.enter(cage))
    assert {"rlimits", "Landlock", "seccomp"} <= set(found)
