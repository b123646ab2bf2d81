"""The worker's cage: layers of the Linux kernel, each used where the system offers it.

`enter` is called once, in a freshly forked process, before any of the student's code. Its restrictions
cannot be removed again. Nothing here needs root; if the grader runs as root, the worker gives that up.

| layer | stops |
|---|---|
| Landlock | reading outside Python and the scratch folder, writing outside scratch, TCP, signals to others |
| seccomp | all system calls except a list: no sockets, programs, processes, tracing, metadata of files |
| rlimits | memory, CPU time, file size, open files, core dumps |
| namespaces | the network, System V memory; used where they are allowed |
| fixed scratch | filling the disk, also by files without a name; used where namespaces are |
| own uid | what the other layers miss; only where the grader is root and everyone may read Python |
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import shutil
import signal
import struct
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from ..course.limits import Limits

if sys.platform == "linux":  # elsewhere this is only imported, never entered
    import fcntl
    import resource

    _libc = ctypes.CDLL(None, use_errno=True)
    _syscall = _libc.syscall
    _syscall.restype = ctypes.c_long

CORE = ("Landlock", "seccomp")  # without these, grading is refused unless the caller says ``unsafe``


@dataclass
class Cage:
    """What `enter` builds: which folders may be read, which one written, and how much may be used."""

    scratch: str
    readable: list[str]
    limits: Limits
    uid: int | None = None  # the slot's own uid; None keeps the grader's
    unsafe: bool = False  # continue if a core layer is missing
    layers: list[str] = field(default_factory=list)
    listener: int | None = None  # from `enter`: the descriptor by which another process permits forks, one at a time

    def as_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict) -> Cage:
        return cls(**{**data, "limits": Limits(**data["limits"])})


class SandboxUnavailable(RuntimeError):
    """A core layer is missing on this system, and the caller did not say ``unsafe``."""


def enter(cage: Cage, copies: bool = False) -> list[str]:
    """Confines the calling process permanently. Returns the names of the layers that are on.

    Args:
        copies: whether the process may be copied, each time with the permission of the holder of `cage.listener`.

    Raises SandboxUnavailable if Landlock or seccomp is missing and `cage.unsafe` is false.
    """
    layers = []
    _limit_resources(cage.limits)
    layers.append("rlimits")
    if cage.uid is not None:
        os.setgroups([])
        os.setresgid(cage.uid, cage.uid, cage.uid)
        os.setresuid(cage.uid, cage.uid, cage.uid)
        resource.setrlimit(resource.RLIMIT_NPROC, (128, 128))
        die_with_parent()  # the kernel forgets it when the uid changes
        layers.append("own uid")
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    owner = os.getuid(), os.getgid()  # unmapped in the namespace at first
    for more in (CLONE_NEWNS, 0):
        if _libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | more) == 0:
            layers.append("namespaces")
            if more and _fix_scratch(cage, *owner):
                layers.append("fixed scratch")
            break
    _drop_capabilities()
    _prctl(PR_SET_DUMPABLE, 0)
    for name, put_on in (("Landlock", partial(_landlock, cage)), ("seccomp", partial(_seccomp, copies))):
        try:
            cage.listener = put_on()
            layers.append(name)
        except OSError as error:
            if not cage.unsafe:
                raise SandboxUnavailable(
                    f"{name} is not available here ({error.strerror}); see `autograder doctor`, or grade with --unsafe"
                ) from None
    return layers


def confine(folder: str, readable: list[str]) -> None:
    """Lets the calling process read what students' code may read, and use one folder; no programs, no network.

    For the judge, which runs no student code: if it were tricked into that, there would be little to gain.
    """
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    _drop_capabilities()
    for put_on in (lambda: _landlock(Cage(folder, readable, Limits())), _seccomp):
        with contextlib.suppress(OSError):  # if a layer is missing, `enter` refuses, or was told to continue
            put_on()


def missing_core() -> list[str]:
    """The core layers that this system does not offer."""
    return [name for name in CORE if not available()[name]]


def readable_paths(packages: list[str]) -> list[str]:
    """What Python itself needs to read, and the folders of the course's own importable packages.

    Not all folders on ``sys.path`` are readable: a course installed in place would expose its own root.
    """
    import importlib.util
    import sysconfig

    prefixes = {sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")}
    prefixes |= {path for path in sys.path if path.endswith(("site-packages", "dist-packages"))}
    system = [
        "/usr/lib",
        "/usr/lib64",
        "/lib",
        "/lib64",
        "/usr/local/lib",
        "/usr/share/fonts",
        "/usr/share/zoneinfo",
    ]
    files = ["/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat"]
    paths = [*prefixes, *system, *files, "/sys/devices/system/cpu"]
    for name in packages:
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise ModuleNotFoundError(f"the package {name!r} of Autograder.packages cannot be imported here")
        paths += spec.submodule_search_locations or [spec.origin or ""]
    return sorted({str(Path(path).resolve()) for path in paths if path and os.path.exists(path)})


def available() -> dict[str, bool]:
    """Which layers this system offers, found by trying each in a separate process."""
    if sys.platform != "linux":
        return dict.fromkeys(("Landlock", "seccomp", "rlimits", "namespaces", "own uid"), False)
    return {
        "Landlock": landlock_abi() > 0,
        "seccomp": _in_child(_seccomp),
        "rlimits": True,
        "namespaces": _in_child(lambda: _check(_libc.unshare(CLONE_NEWUSER | CLONE_NEWNET))),
        "own uid": os.geteuid() == 0 and uid_can_read(60000, readable_paths([])),
    }


def uid_can_read(uid: int, paths: list[str]) -> bool:
    """Whether a process of that uid could read Python itself (it cannot if Python is in a private home)."""

    def look() -> None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        for path in (sys.prefix, sys.base_prefix, os.__file__, *paths):
            os.stat(path)
        with open(os.__file__, "rb") as file:
            file.read(1)

    return _in_child(look)


def _in_child(action: Callable[[], object]) -> bool:
    pid = os.fork()
    if pid == 0:
        try:
            action()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


# -- resource limits, privileges ----------------------------------------------------------------------

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 24, 38
CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWNET = 0x04000000, 0x08000000, 0x10000000, 0x40000000
CLONE_NEWNS, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 0x00020000, 2, 4, 8, 0x4000, 0x40000


def _check(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, value, 0, 0, 0))


def die_with_parent(how: int = signal.SIGKILL) -> None:
    """Makes the kernel send this process a signal when its parent ends."""
    _prctl(PR_SET_PDEATHSIG, how)


def _fix_scratch(cage: Cage, uid: int, gid: int) -> bool:
    """Mounts a file system of fixed size, which ends with this process, over the scratch folder."""
    folder = os.open(cage.scratch, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _prctl(PR_SET_DUMPABLE, 1)  # otherwise the next three belong to root
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            Path("/proc/self", name).write_text(text)
        options = f"size={cage.limits.scratch},nr_inodes={cage.limits.scratch // 4096},mode=700"
        _check(_libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))
        kind, flags = b"tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC
        _check(_libc.mount(kind, os.fsencode(cage.scratch), kind, flags, options.encode()))
        shutil.copytree(f"/proc/self/fd/{folder}", cage.scratch, symlinks=True, dirs_exist_ok=True)
        return True
    except OSError:
        return False
    finally:
        os.close(folder)
        os.chdir(cage.scratch)  # the same path, now the new file system


def held_memory() -> int:
    """Bytes of address space that this process already uses."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _limit_resources(limits: Limits) -> None:
    cpu = int(limits.total_seconds) + 5
    for kind, value in (
        (resource.RLIMIT_AS, held_memory() + limits.memory),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def _drop_capabilities() -> None:
    for capability in range(64):
        if _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 and ctypes.get_errno() == errno.EINVAL:
            break
    header = struct.pack("II", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this thread
    _check(_libc.capset(header, bytes(24)))


# -- Landlock ---------------------------------------------------------------------------------------------

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446  # the same on every architecture
_FS_EXECUTE, _FS_WRITE_FILE, _FS_READ_FILE, _FS_READ_DIR = 1, 2, 4, 8
_FS_MAKE_DEVICES = 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11  # character and block devices, sockets, fifos
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # ABI version -> number of file access rights it knows


def landlock_abi() -> int:
    """The version of Landlock that the kernel offers; 0 if it has none."""
    return max(0, _syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1))


def _landlock(cage: Cage) -> None:
    abi = landlock_abi()
    if abi == 0:
        raise OSError(errno.ENOSYS, "the kernel offers no Landlock")
    everything = (1 << _FS_BITS.get(abi, 16)) - 1
    network = 3 if abi >= 4 else 0  # bind and connect over TCP
    scoped = 3 if abi >= 6 else 0  # abstract unix sockets, signals
    attributes = struct.pack("QQQ", everything, network, scoped)[: 8 if abi < 4 else 16 if abi < 6 else 24]
    ruleset = _check(_syscall(_LANDLOCK_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0))
    read = _FS_EXECUTE | _FS_READ_FILE | _FS_READ_DIR
    for path in cage.readable:
        _landlock_allow(ruleset, path, read)
    _landlock_allow(ruleset, "/proc/self/task", _FS_READ_DIR)  # the number of its threads,
    _landlock_allow(ruleset, "/proc/self/statm", _FS_READ_FILE)  # and its memory
    for device in ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"):
        _landlock_allow(ruleset, device, _FS_READ_FILE | (_FS_WRITE_FILE if device == "/dev/null" else 0))
    _landlock_allow(ruleset, cage.scratch, everything & ~_FS_MAKE_DEVICES & ~_FS_EXECUTE & ~(1 << 15))
    _check(_syscall(_LANDLOCK_RESTRICT, ruleset, 0))
    os.close(ruleset)


def _landlock_allow(ruleset: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):  # what this user cannot reach needs no permission
        return
    try:
        if not os.path.isdir(path):
            rights &= _FS_EXECUTE | _FS_READ_FILE | _FS_WRITE_FILE
        _check(_syscall(_LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", rights, fd), 0))
    finally:
        os.close(fd)


# -- seccomp ----------------------------------------------------------------------------------------------

# What Python, NumPy, torch and matplotlib were seen to use, and similar calls: name: (number on x86_64, on aarch64);
# None if the architecture has no such call. Everything else is refused, and so are calls that future kernels add.
_ALLOWED: dict[str, tuple[int | None, int | None]] = {
    # reading and writing open files
    "read": (0, 63), "write": (1, 64), "pread64": (17, 67), "pwrite64": (18, 68), "readv": (19, 65),
    "writev": (20, 66), "preadv": (295, 69), "pwritev": (296, 70), "preadv2": (327, 286), "pwritev2": (328, 287),
    "lseek": (8, 62), "sendfile": (40, 71), "splice": (275, 76), "copy_file_range": (326, 285),
    "fsync": (74, 82), "fdatasync": (75, 83), "ftruncate": (77, 46), "fallocate": (285, 47),
    "fadvise64": (221, 223), "readahead": (187, 213), "flock": (73, 32), "dup": (32, 23), "dup2": (33, None),
    "dup3": (292, 24), "close": (3, 57), "close_range": (436, 436), "pipe": (22, None), "pipe2": (293, 59),
    "poll": (7, None), "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72), "eventfd2": (290, 19),
    "epoll_create": (213, None), "epoll_create1": (291, 20), "epoll_ctl": (233, 21), "epoll_wait": (232, None),
    "epoll_pwait": (281, 22), "timerfd_create": (283, 85), "timerfd_settime": (286, 86), "timerfd_gettime": (287, 87),
    "sendto": (44, 206), "recvfrom": (45, 207), "sendmsg": (46, 211), "recvmsg": (47, 212), "shutdown": (48, 210),
    "getsockname": (51, 204), "getpeername": (52, 205), "setsockopt": (54, 208), "getsockopt": (55, 209),
    # files, which Landlock guards
    "open": (2, None), "openat": (257, 56), "openat2": (437, 437), "creat": (85, None), "stat": (4, None),
    "fstat": (5, 80), "lstat": (6, None), "newfstatat": (262, 79), "statx": (332, 291), "statfs": (137, 43),
    "fstatfs": (138, 44), "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439),
    "readlink": (89, None), "readlinkat": (267, 78), "getdents": (78, None), "getdents64": (217, 61),
    "getcwd": (79, 17), "chdir": (80, 49), "fchdir": (81, 50), "mkdir": (83, None), "mkdirat": (258, 34),
    "rmdir": (84, None), "unlink": (87, None), "unlinkat": (263, 35), "rename": (82, None), "renameat": (264, 38),
    "renameat2": (316, 276), "link": (86, None), "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36),
    "umask": (95, 166), "getxattr": (191, 8), "lgetxattr": (192, 9), "fgetxattr": (193, 10), "listxattr": (194, 11),
    "llistxattr": (195, 12), "flistxattr": (196, 13),
    # memory
    "mmap": (9, 222), "munmap": (11, 215), "mprotect": (10, 226), "mremap": (25, 216), "madvise": (28, 233),
    "msync": (26, 227), "mincore": (27, 232), "brk": (12, 214), "mlock": (149, 228), "munlock": (150, 229),
    "get_mempolicy": (239, 236), "membarrier": (324, 283),
    # threads, signals and clocks of this process
    "futex": (202, 98), "set_robust_list": (273, 99), "get_robust_list": (274, 100), "rseq": (334, 293),
    "set_tid_address": (218, 96), "arch_prctl": (158, None), "sched_yield": (24, 124), "gettid": (186, 178),
    "sched_getaffinity": (204, 123), "sched_getparam": (143, 121), "sched_getscheduler": (145, 120),
    "sched_get_priority_max": (146, 125), "sched_get_priority_min": (147, 126), "sched_getattr": (315, 275),
    "getcpu": (309, 168), "getpriority": (140, 141), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139), "rt_sigpending": (127, 136), "rt_sigtimedwait": (128, 137), "rt_sigsuspend": (130, 133),
    "sigaltstack": (131, 132), "signalfd4": (289, 74), "restart_syscall": (219, 128), "pause": (34, None),
    "alarm": (37, None), "getitimer": (36, 102), "setitimer": (38, 103), "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115), "clock_gettime": (228, 113), "clock_getres": (229, 114), "gettimeofday": (96, 169),
    "time": (201, None), "times": (100, 153), "wait4": (61, 260), "waitid": (247, 95), "exit": (60, 93),
    "exit_group": (231, 94),
    # identity and location
    "getpid": (39, 172), "getppid": (110, 173), "getpgrp": (111, None), "getpgid": (121, 155), "getsid": (124, 156),
    "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177), "getgroups": (115, 158),
    "getresuid": (118, 148), "getresgid": (120, 150), "capget": (125, 90), "uname": (63, 160), "sysinfo": (99, 179),
    "getrlimit": (97, 163), "setrlimit": (160, 164), "getrusage": (98, 165), "getrandom": (318, 278),
}  # fmt: skip
_KILL, _TGKILL, _PRLIMIT, _CLONE, _CLONE3, _PRCTL, _FCNTL, _IOCTL, _SOCKETPAIR = (
    (62, 129), (234, 131), (302, 261), (56, 220), (435, 435), (157, 167), (72, 25), (16, 29), (53, 199),
)  # fmt: skip
_PRCTL_ALLOWED = (2, 3, 15, 16, 21, 39, 0x53564D41)  # read a setting, name a thread, name a mapping
_FCNTL_ALLOWED = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032)  # copies, flags and locks of open files
_PAIRS_ALLOWED = (1, 1 | 0o4000, 1 | 0o2000000, 1 | 0o2004000)  # streams; a datagram could be sent to anybody
_SECCOMP = (317, 277)
CLONE_THREAD, COPY = 0x00010000, 0x8000 | 17  # CLONE_PARENT | SIGCHLD: a sibling, which the template can reap
_NOTICE_RECEIVE, _NOTICE_ANSWER = 0xC0502100, 0xC0182101  # useful only to the holder of a listener
# Is it a terminal, how much is there, blocking; permission for copies.
_IOCTL_ALLOWED = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, _NOTICE_RECEIVE, _NOTICE_ANSWER)
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_LOAD, _JEQ, _JGE, _JSET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ASK, _KILL_PROCESS = 0x7FFF0000, 0x7FC00000, 0x80000000


def _refuse(code: int) -> int:
    return 0x00050000 | code


def _seccomp(copies: bool = False) -> int | None:
    """Loads the filter. A call that the table does not list fails with EPERM; a foreign architecture is killed.

    Returns the descriptor by which each copy is permitted, if copies are wanted and the kernel supports that. Without
    it there are no copies.
    """
    program = _program(platform.machine(), os.getpid())
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(buffer))
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    if copies and (listener := _syscall(_SECCOMP[_ARCHITECTURES[platform.machine()][0]], 1, 8, header)) >= 0:
        return listener
    _check(_libc.prctl(PR_SET_SECCOMP, 2, header, 0, 0))
    return None


def give_leave(listener: int) -> None:
    """Lets one process that waits for permission to be copied continue. Raises OSError if none is waiting any more."""
    notice = bytearray(80)  # struct seccomp_notif
    fcntl.ioctl(listener, _NOTICE_RECEIVE, notice)
    fcntl.ioctl(listener, _NOTICE_ANSWER, notice[:8] + struct.pack("qiI", 0, 0, 1))  # SECCOMP_USER_NOTIF_FLAG_CONTINUE


def _program(machine: str, me: int) -> list[tuple[int, int, int, int]]:
    """The filter for an architecture and the process `me`, as steps (code, jump if true, jump if not, value)."""
    if machine not in _ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no system-call table for {machine}")
    column, audit = _ARCHITECTURES[machine]
    program = [(_LOAD, 0, 0, 4), (_JEQ, 1, 0, audit), (_RETURN, 0, 0, _KILL_PROCESS), (_LOAD, 0, 0, 0)]
    if machine == "x86_64":  # the x32 numbering would bypass the table
        program += [(_JGE, 0, 1, 0x40000000), (_RETURN, 0, 0, _KILL_PROCESS)]
    for numbers in _ALLOWED.values():
        if (number := numbers[column]) is not None:
            program += [(_JEQ, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    program += [(_JEQ, 0, 1, _CLONE3[column]), (_RETURN, 0, 0, _refuse(errno.ENOSYS))]  # libc then uses clone
    program += _argument_rule(_CLONE[column], 0, [(_JSET, CLONE_THREAD), (_JEQ, COPY, _ASK)])
    for call in (_KILL, _TGKILL):
        program += _argument_rule(call[column], 0, [(_JEQ, me)])
    program += _argument_rule(_PRLIMIT[column], 0, [(_JEQ, 0), (_JEQ, me)])
    program += [  # dying with the parent can be requested, but not undone
        (_JEQ, 0, 6, _PRCTL[column]), (_LOAD, 0, 0, 16), (_JEQ, 0, 3, PR_SET_PDEATHSIG), (_LOAD, 0, 0, 24),
        (_JEQ, 0, 1, signal.SIGKILL), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, 0),
    ]  # fmt: skip
    program += _argument_rule(_PRCTL[column], 0, [(_JEQ, option) for option in _PRCTL_ALLOWED])
    program += _argument_rule(_SOCKETPAIR[column], 1, [(_JEQ, kind) for kind in _PAIRS_ALLOWED])
    program += _argument_rule(_FCNTL[column], 1, [(_JEQ, command) for command in _FCNTL_ALLOWED])
    program += _argument_rule(_IOCTL[column], 1, [(_JEQ, command) for command in _IOCTL_ALLOWED])
    return [*program, (_RETURN, 0, 0, _refuse(errno.EPERM))]


def _argument_rule(number: int, argument: int, tests: list[tuple[int, ...]]) -> list[tuple[int, int, int, int]]:
    """Steps: allow system call `number` only if the argument's low half meets one of `tests`.

    A test is (code, value), or (code, value, action) with its own action.
    """
    body = [(_LOAD, 0, 0, 16 + 8 * argument)]
    for code, value, *action in tests:
        body += [(code, 0, 1, value & 0xFFFFFFFF), (_RETURN, 0, 0, action[0] if action else _ALLOW)]
    body += [(_RETURN, 0, 0, _refuse(errno.EPERM))]
    return [(_JEQ, 0, len(body), number), *body]
