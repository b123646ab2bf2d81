"""Runs a command where the system refuses user namespaces (as Docker's default profile does) or Landlock.

refuse_unshare.py [--landlock] PYTHON -m autograder …
refuse_unshare.py [--landlock] -m autograder …      (with this Python)
"""

import ctypes
import errno
import os
import struct
import sys

UNSHARE, CLONE, SETNS, LANDLOCK = 272, 56, 308, 444  # x86_64
LOAD, JEQ, RETURN = 0x20, 0x15, 0x06


def forbid(numbers: list[int], code: int) -> None:
    """Makes these system calls fail with an errno, for this process and all that it starts."""
    steps = [(LOAD, 0, 0, 0)]
    for number in numbers:
        steps += [(JEQ, 0, 1, number), (RETURN, 0, 0, 0x00050000 | code)]
    steps += [(RETURN, 0, 0, 0x7FFF0000)]
    program = b"".join(struct.pack("HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(program, len(program))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)
    if libc.prctl(22, 2, struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(buffer)), 0, 0):
        sys.exit(f"no filter: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[0] == "--landlock":
        arguments.pop(0)
        forbid([LANDLOCK], errno.ENOSYS)
    else:
        forbid([UNSHARE, SETNS], errno.EPERM)
    program = sys.executable if arguments[0].startswith("-") else arguments.pop(0)
    os.execv(program, [program, *arguments])
