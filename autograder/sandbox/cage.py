"""The worker's cage: layers of the Linux kernel, each used where the system offers it.

`enter` is called once, in a freshly forked process, before any of the student's code. What it puts
on cannot be taken off again. Nothing here needs root; where there is root, the worker loses it.

| layer | stops |
|---|---|
| Landlock | reading outside Python and the scratch folder, writing outside scratch, TCP, signals to others |
| seccomp | sockets, new programs, new processes, tracing, mounting, metadata of other files |
| rlimits | memory, CPU time, file size, open files, core dumps |
| namespaces | the network, System V memory; used where they are allowed |
| fixed scratch | filling the disk, by files without a name too; used where namespaces are |
| own uid | what the other layers forget; only where the grader is root and Python is readable for all |
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import shutil
import struct
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from ..course.limits import Limits

CORE = ("Landlock", "seccomp")  # without these, grading is refused unless the caller says ``unsafe``
_libc = ctypes.CDLL(None, use_errno=True)
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long


@dataclass
class Cage:
    """What `enter` is to build: which folders may be read, which one written, and how much may be used."""

    scratch: str
    readable: list[str]
    limits: Limits
    uid: int | None = None  # the slot's own uid; None keeps the grader's
    unsafe: bool = False  # go on where a core layer is missing
    layers: list[str] = field(default_factory=list)

    def as_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict) -> Cage:
        return cls(**{**data, "limits": Limits(**data["limits"])})


class SandboxUnavailable(RuntimeError):
    """A core layer is missing on this system, and the caller did not say ``unsafe``."""


def enter(cage: Cage) -> list[str]:
    """Shuts the calling process in, for good. Returns the names of the layers that are on.

    Raises SandboxUnavailable where Landlock or seccomp is missing and `cage.unsafe` is false.
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
    owner = os.getuid(), os.getgid()  # within the namespace they have no names at first
    for more in (CLONE_NEWNS, 0):
        if _libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | more) == 0:
            layers.append("namespaces")
            if more and _fix_scratch(cage, *owner):
                layers.append("fixed scratch")
            break
    _drop_capabilities()
    _prctl(PR_SET_DUMPABLE, 0)
    for name, put_on in (("Landlock", partial(_landlock, cage)), ("seccomp", _seccomp)):
        try:
            put_on()
            layers.append(name)
        except OSError as error:
            if not cage.unsafe:
                raise SandboxUnavailable(
                    f"{name} is not available here ({error.strerror}); see `autograder doctor`, or grade with --unsafe"
                ) from None
    return layers


def missing_core() -> list[str]:
    """The core layers that this system does not offer."""
    return [name for name in CORE if not available()[name]]


def readable_paths(packages: list[str]) -> list[str]:
    """What Python itself needs to read, and the folders of the course's own importable packages.

    The folders on ``sys.path`` are not all readable: a course installed in place would hand out its own root.
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
    files = ["/etc/ld.so.cache", "/etc/localtime", "/etc/fonts", "/proc/cpuinfo", "/proc/meminfo"]
    paths = [*prefixes, *system, *files, "/sys/devices/system/cpu"]
    for name in packages:
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise ModuleNotFoundError(f"the package {name!r} of Autograder.packages cannot be imported here")
        paths += spec.submodule_search_locations or [spec.origin or ""]
    return sorted({str(Path(path).resolve()) for path in paths if path and os.path.exists(path)})


def available() -> dict[str, bool]:
    """Which layers this system offers, found by trying each in a process of its own."""
    return {
        "Landlock": landlock_abi() > 0,
        "seccomp": _in_child(_seccomp),
        "rlimits": True,
        "namespaces": _in_child(lambda: _check(_libc.unshare(CLONE_NEWUSER | CLONE_NEWNET))),
        "own uid": os.geteuid() == 0 and uid_can_read(60000, readable_paths([])),
    }


def uid_can_read(uid: int, paths: list[str]) -> bool:
    """Whether a process of that uid could read Python itself (it cannot, where Python lies in a private home)."""

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


def die_with_parent() -> None:
    """Has the kernel kill this process when the one that forked it ends."""
    _prctl(PR_SET_PDEATHSIG, 9)


def _fix_scratch(cage: Cage, uid: int, gid: int) -> bool:
    """Puts a file system of fixed size, which ends with this process, in the place of the scratch folder."""
    folder = os.open(cage.scratch, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _prctl(PR_SET_DUMPABLE, 1)  # else the next three belong to root
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
        os.chdir(cage.scratch)  # the same path, but what lies there now


def held_memory() -> int:
    """Bytes of address space that this process has already."""
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
    """The version of Landlock that the kernel offers; 0 where there is none."""
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
    for device in ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"):
        _landlock_allow(ruleset, device, _FS_READ_FILE | (_FS_WRITE_FILE if device == "/dev/null" else 0))
    _landlock_allow(ruleset, cage.scratch, everything & ~_FS_MAKE_DEVICES & ~_FS_EXECUTE & ~(1 << 15))
    _check(_syscall(_LANDLOCK_RESTRICT, ruleset, 0))
    os.close(ruleset)


def _landlock_allow(ruleset: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):  # what this user cannot reach needs no leave
        return
    try:
        if not os.path.isdir(path):
            rights &= _FS_EXECUTE | _FS_READ_FILE | _FS_WRITE_FILE
        _check(_syscall(_LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", rights, fd), 0))
    finally:
        os.close(fd)


# -- seccomp ----------------------------------------------------------------------------------------------

# name: (number on x86_64, number on aarch64); None where the architecture has no such call
_DENIED = {
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242), "execve": (59, 221), "execveat": (322, 281), "fork": (57, None), "vfork": (58, None),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "setsid": (112, 157), "setpgid": (109, 154),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "setns": (308, 268),
    "unshare": (272, 97), "move_mount": (429, 429), "fsopen": (430, 430), "fsmount": (432, 432),
    "open_tree": (428, 428), "mount_setattr": (442, 442), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225),
    "acct": (163, 89), "quotactl": (179, 60), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "clock_adjtime": (305, 266), "adjtimex": (159, 171), "sethostname": (170, 161), "setdomainname": (171, 162),
    "syslog": (103, 116), "vhangup": (153, 58), "iopl": (172, None), "ioperm": (173, None),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "lchown": (94, None), "fchown": (93, 55), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "mknod": (133, None), "mknodat": (259, 33), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    "sched_setaffinity": (203, 122), "sched_setparam": (142, 118), "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274), "setpriority": (141, 140), "ioprio_set": (251, 30), "migrate_pages": (256, 238),
    "move_pages": (279, 239), "fanotify_init": (300, 262), "inotify_add_watch": (254, 27),
    "landlock_create_ruleset": (444, 444), "seccomp": (317, 277), "truncate": (76, 45),
}  # fmt: skip
_KILL, _TGKILL, _PRLIMIT, _CLONE, _CLONE3, _PRCTL, _FCNTL, _IOCTL, _SOCKETPAIR = (
    (62, 129), (234, 131), (302, 261), (56, 220), (435, 435), (157, 167), (72, 25), (16, 29), (53, 199),
)  # fmt: skip
_PRCTL_ALLOWED = (2, 3, 15, 16, 21, 39, 0x53564D41)  # read a setting, name a thread, name a mapping
_FCNTL_DENIED = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX: would send signals to others
_PAIRS_ALLOWED = (1, 1 | 0o4000, 1 | 0o2000000, 1 | 0o2004000)  # streams; a datagram could be sent to anybody
_IOCTL_DENIED = (0x8901, 0x8902, 0x5412)  # FIOSETOWN, SIOCSPGRP, TIOCSTI
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_LOAD, _JEQ, _JGE, _JSET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL_PROCESS = 0x7FFF0000, 0x80000000


def _refuse(code: int) -> int:
    return 0x00050000 | code


def _seccomp() -> None:
    """Loads the filter. System calls of the table fail with EPERM; a foreign architecture is killed."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no system-call table for {machine}")
    column, audit = _ARCHITECTURES[machine]
    program = [(_LOAD, 0, 0, 4), (_JEQ, 1, 0, audit), (_RETURN, 0, 0, _KILL_PROCESS), (_LOAD, 0, 0, 0)]
    if machine == "x86_64":  # the x32 numbering would walk around the table
        program += [(_JGE, 0, 1, 0x40000000), (_RETURN, 0, 0, _KILL_PROCESS)]
    for numbers in _DENIED.values():
        if (number := numbers[column]) is not None:
            program += [(_JEQ, 0, 1, number), (_RETURN, 0, 0, _refuse(errno.EPERM))]
    program += [(_JEQ, 0, 1, _CLONE3[column]), (_RETURN, 0, 0, _refuse(errno.ENOSYS))]  # libc then uses clone
    me = os.getpid()
    program += _argument_rule(_CLONE[column], 0, [(_JSET, 0x00010000)], allow=True)  # CLONE_THREAD
    for call in (_KILL, _TGKILL):
        program += _argument_rule(call[column], 0, [(_JEQ, me)], allow=True)
    program += _argument_rule(_PRLIMIT[column], 0, [(_JEQ, 0), (_JEQ, me)], allow=True)
    program += _argument_rule(_PRCTL[column], 0, [(_JEQ, option) for option in _PRCTL_ALLOWED], allow=True)
    program += _argument_rule(_SOCKETPAIR[column], 1, [(_JEQ, kind) for kind in _PAIRS_ALLOWED], allow=True)
    program += _argument_rule(_FCNTL[column], 1, [(_JEQ, command) for command in _FCNTL_DENIED], allow=False)
    program += _argument_rule(_IOCTL[column], 1, [(_JEQ, command) for command in _IOCTL_DENIED], allow=False)
    program += [(_RETURN, 0, 0, _ALLOW)]
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(buffer))
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    _check(_libc.prctl(PR_SET_SECCOMP, 2, header, 0, 0))


def _argument_rule(number: int, argument: int, tests: list[tuple[int, int]], allow: bool) -> list[tuple]:
    """Steps: for system call `number`, allow (or refuse) it only if the argument's low half meets one of `tests`."""
    met, other = (_ALLOW, _refuse(errno.EPERM)) if allow else (_refuse(errno.EPERM), _ALLOW)
    body: list[tuple] = [(_LOAD, 0, 0, 16 + 8 * argument)]
    for code, value in tests:
        body += [(code, 0, 1, value & 0xFFFFFFFF), (_RETURN, 0, 0, met)]
    body += [(_RETURN, 0, 0, other)]
    return [(_JEQ, 0, len(body), number), *body]
