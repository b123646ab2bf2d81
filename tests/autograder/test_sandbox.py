"""Each layer of the worker's cage stops what its row in `autograder.sandbox` says, and closes where it cannot."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import platform
import resource
import signal
import socket
import struct
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
     ("prctl", (4, 1, 0, 0, 0)), ("prctl", (1, 0, 0, 0, 0)), ("setsid", ()),
     ("shmget", (0, 4096, 0o1600)), ("chroot", (b"/tmp",))],
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


def verdict_of_filter(machine: str, number: int, *arguments: int, me: int = 77) -> int:
    """What the filter says to a system call, by working it off as the kernel does."""
    column, audit = sandbox._ARCHITECTURES[machine]
    data = struct.pack("<IIQ6Q", number, audit, 0, *arguments, *[0] * (6 - len(arguments)))
    program, at, value = sandbox._program(machine, me), 0, 0
    while True:
        code, if_true, if_not, operand = program[at]
        at += 1
        if code == sandbox._RETURN:
            return operand
        if code == sandbox._LOAD:
            (value,) = struct.unpack_from("<I", data, operand)
        else:
            true = {sandbox._JEQ: value == operand, sandbox._JGE: value >= operand, sandbox._JSET: value & operand}[
                code
            ]
            at += if_true if true else if_not


NEWEST = 470  # system calls that some kernel has
REFUSED, ALLOWED = 0x00050001, sandbox._ALLOW  # EPERM


@pytest.mark.parametrize("machine", sandbox._ARCHITECTURES)
def test_no_system_call_is_allowed_that_is_not_known_today(machine):
    assert {verdict_of_filter(machine, number) for number in range(NEWEST, 0x3FFF)} == {REFUSED}
    assert verdict_of_filter(machine, 0x3FFFFFFF) == REFUSED


@pytest.mark.parametrize("machine, numbers", [
    ("x86_64", {"shmat": 30, "shmctl": 31, "io_setup": 206, "setxattr": 188, "setxattrat": 463, "file_setattr": 469,
                "socket": 41, "execve": 59, "fork": 57, "ptrace": 101, "unshare": 272, "chmod": 90, "bpf": 321}),
    ("aarch64", {"shmat": 196, "shmctl": 195, "io_setup": 0, "setxattr": 5, "setxattrat": 463, "file_setattr": 469,
                 "socket": 198, "execve": 221, "ptrace": 117, "unshare": 97, "fchmodat": 53, "bpf": 280}),
])  # fmt: skip
def test_system_calls_that_reach_outside_are_refused(machine, numbers):
    assert {name: verdict_of_filter(machine, number) for name, number in numbers.items()} == dict.fromkeys(
        numbers, REFUSED
    )


@pytest.mark.parametrize("machine", sandbox._ARCHITECTURES)
def test_arguments_are_looked_at_where_they_matter(machine):
    column = sandbox._ARCHITECTURES[machine][0]

    def said(call, *arguments):
        return verdict_of_filter(machine, call[column], *arguments)

    assert said(sandbox._CLONE, 0x00010000) == ALLOWED and said(sandbox._CLONE, 17) == REFUSED  # a thread; a process
    assert said(sandbox._KILL, 77) == ALLOWED and said(sandbox._KILL, 1) == REFUSED
    assert (
        said(sandbox._IOCTL, 3, 0x5401) == ALLOWED and said(sandbox._IOCTL, 3, 0x40086602) == REFUSED
    )  # FS_IOC_SETFLAGS
    assert said(sandbox._FCNTL, 3, 1) == ALLOWED and said(sandbox._FCNTL, 3, 8) == REFUSED  # F_SETOWN
    assert said(sandbox._SOCKETPAIR, 1, 1) == ALLOWED and said(sandbox._SOCKETPAIR, 1, 2) == REFUSED


def test_attributes_of_files_stay_as_they_are(cage):
    path = Path(cage.scratch, "mine")
    path.write_text("1")

    def set_flags():
        with open(path) as file:
            fcntl.ioctl(file.fileno(), 0x40086602, struct.pack("l", 0))

    for action in (set_flags, lambda: os.setxattr(path, "user.mark", b"1"), lambda: os.chmod(path, 0o777)):
        assert in_child(lambda action=action: (sandbox._seccomp(), action())[1]) == "PermissionError"


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
