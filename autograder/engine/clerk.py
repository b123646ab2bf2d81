"""The clerk: reads what a student handed in, and makes it safe to show, in a process with limits that can do no harm.

Notebooks are parsed, and HTML and Markdown cleaned, by libraries that were not written for hostile input: a few bytes
can cost them minutes, or gigabytes. So a clerk is forked for each notebook, confined like a worker, with its own limits
on time and memory. It runs nobody's code, and sends back bytes that are read as plain data.

Requests call functions of this package, such as `read` and `graded`: each takes plain data from the grader and texts
from the student, and returns bytes.
"""

from __future__ import annotations

import json
import pickle
import socket
import struct
import time
from typing import Any

from ..course.assignment import SourceNotebook
from ..course.errors import Unreadable
from ..course.submission import MergedCell, parse_notebook
from ..judging.plan import CellLine
from .graded_notebook import graded_notebook

_LENGTH = struct.Struct("<Q")


def serve(sock: socket.socket) -> None:
    """Answers until the grader closes the connection."""
    while True:
        try:
            function, arguments = pickle.loads(receive(sock, 1 << 40))
        except OSError:
            return
        send(sock, function(*arguments))


def read(text: str, name: str) -> bytes:
    """A submitted notebook, with the relevant parts of its cells, as JSON; or "!" and a message for the student."""
    try:
        cells = parse_notebook(text, name).cells
    except Unreadable as error:
        return b"!" + str(error).encode("utf-8", "replace")
    return json.dumps(cells).encode()


def graded(*arguments: Any) -> bytes:
    """`graded_notebook` with these arguments, as JSON."""
    return json.dumps(graded_notebook(*arguments), ensure_ascii=False).encode("utf-8", "replace")


def _autograder_warm_up() -> None:
    """Reads and creates a small notebook: the libraries compile schemas and patterns when they are first called."""
    cells = [MergedCell("markdown", "*x* `y`: $z$ \n\n- <b>1</b>", {}), MergedCell("code", "x", {})]
    outputs = tuple({"output_type": "display_data", "data": {kind: "<b>1</b>"}} for kind in ("text/plain", "text/html"))
    lines = {1: CellLine(index=1, outputs=outputs, error=None)}
    read(graded(SourceNotebook("warm", (), {}), cells, lines, {}).decode(), "warm")


def send(sock: socket.socket, data: bytes) -> None:
    sock.sendall(_LENGTH.pack(len(data)))
    sock.sendall(data)


def receive(sock: socket.socket, most: int, deadline: float | None = None) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(sock, _LENGTH.size, deadline))
    if length > most:
        raise ConnectionError("a reply that is too long")
    return _exactly(sock, length, deadline)


def _exactly(sock: socket.socket, length: int, deadline: float | None) -> bytes:
    parts: list[bytes] = []
    while length:
        if deadline is not None:
            sock.settimeout(max(deadline - time.monotonic(), 0.001))
        part = sock.recv(min(length, 1 << 20))
        if not part:
            raise ConnectionError("the other side hung up")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
