"""What stock grading does: the student's cells and then the tests, in one plain Python process without walls.

This file is a process of its own. It reads one request per line and runs each in a fork that is killed in the end, so
that an attack shows what it can do and yet does no more than that. Only limits keep the machine from harm.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

LIMITS = {resource.RLIMIT_CPU: 8, resource.RLIMIT_FSIZE: 64 << 20, resource.RLIMIT_CORE: 0}
MEMORY = 600 << 20
MOST = 3_500_000  # characters that are handed on


class Unprotected:
    """The caller's handle on that process."""

    def __init__(self):
        here = Path(__file__)
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, str(here)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def run(self, cells: list[dict], folder: str, seconds: float) -> dict:
        """Runs cells (``{"source": …, "points": … or None}``) in `folder`; returns what came out of it.

        Returns:
            ``score``, ``output`` (text of all outputs), ``displays`` (their nbformat JSON) and ``finished``.
        """
        self.process.stdin.write(json.dumps({"cells": cells, "folder": folder, "seconds": seconds}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def serve() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    from autograder.sandbox.worker import make_shell

    shell = make_shell()  # IPython without a kernel, as the grader's own; no judge, no sandbox
    for name in ("showtraceback", "transform_cell", "system", "getoutput"):  # as in a kernel, with all that it does
        setattr(type(shell), name, getattr(InteractiveShell, name))
    type(shell)._showtraceback = lambda *_: None
    for source in ("import numpy.testing, IPython.display; display(1)", "1 / 0"):  # what these import is warm in forks
        shell.outputs = []
        shell.run_cell(source)
    gc.freeze()  # what is there from the start is not looked through, and copied, in each fork
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line), shell)), flush=True)


def run(request: dict, shell) -> dict:
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read)
            be_stock(request, shell, write)
        finally:
            os._exit(1)
    os.close(write)
    result = {"score": 0.0, "output": "", "displays": [], "finished": False}
    for line in _lines(read, time.monotonic() + request["seconds"]):
        report = json.loads(line)
        result["score"] += report.get("score", 0.0)
        result["output"] += report.get("output", "")
        result["displays"] += report.get("displays", [])
        result["finished"] = result["finished"] or "finished" in report
    os.close(read)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    result["memory"] = os.wait4(pid, 0)[2].ru_maxrss * 1024
    return result


def _lines(fd: int, deadline: float):
    pending = b""
    while (left := deadline - time.monotonic()) > 0 and select.select([fd], [], [], left)[0]:
        data = os.read(fd, 1 << 16)
        if not data:
            return
        *lines, pending = (pending + data).split(b"\n")
        yield from lines


def be_stock(request: dict, shell, write: int) -> None:
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for kind, value in {**LIMITS, resource.RLIMIT_AS: held + MEMORY}.items():
        resource.setrlimit(kind, (value, value))
    os.chdir(request["folder"])
    sys.path.insert(0, request["folder"])
    sys.modules.pop("fractions", None)  # a new process would have to look for it, and would look here first

    def report(**line) -> None:
        data = json.dumps(line).encode() + b"\n"
        while data:
            data = data[os.write(write, data) :]

    for cell in request["cells"]:
        shell.outputs = []
        text = _Text(shell)
        with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
            result = shell.run_cell(cell["source"])
        failed = result.error_before_exec or result.error_in_exec
        shown = [output for output in shell.outputs if "data" in output]
        values = [output["data"].get("text/plain", "") for output in shown if output["output_type"] == "execute_result"]
        if cell["points"] is None:
            output = text.said + "".join(str(output["data"]) for output in shown) + (str(failed) if failed else "")
            report(output=output[:MOST], displays=_plain(shown))
        elif not failed:
            report(score=grade_of(values, cell["points"]))
    report(finished=True)


class _Text:
    def __init__(self, shell):
        self.shell, self.parts, self.left = shell, [], MOST

    def write(self, text: str) -> int:
        self.parts.append(text[: self.left])
        self.left -= len(self.parts[-1])
        return len(text)

    @property
    def said(self) -> str:
        return "".join(self.parts)

    def flush(self) -> None:
        pass


def grade_of(values: list[str], points: float) -> float:
    """nbgrader's rule: the number that the cell shows, else full marks."""
    for value in values:
        with contextlib.suppress(ValueError):
            return min(float(value), points)
    return points


def _plain(outputs: list[dict]) -> list[dict]:
    return [{**o, "data": {str(k): str(v)[:MOST] for k, v in o["data"].items()}, "metadata": {}} for o in outputs]


if __name__ == "__main__":
    serve()
