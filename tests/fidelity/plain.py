"""Plain nbgrader without a kernel: all cells in one namespace of one IPython shell, scores by nbgrader's rule.

This file is a process of its own, from which each run is forked. It knows nothing of the grader. It differs from
nbgrader's `determine_grade` in what the grader promises to do better: text on stderr costs nothing, ``np.float64(0.5)``
is half a point, a score outside 0 … maximum is moved into it.
"""

from __future__ import annotations

import gc
import importlib
import json
import math
import os
import re
import subprocess
import sys
import traceback

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

_NUMPY = re.compile(r"np\.(?:float|int|uint)\d+\((.*)\)")


class Plain:
    """The caller's handle on that process; a context manager.

    Args:
        modules: what is imported before the first run.
    """

    def __init__(self, modules: list[str]):
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, __file__, *modules],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def __enter__(self) -> Plain:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def scores(self, cells: list[tuple[str, str, str]], points: float, folder: object) -> dict[str, float]:
        """The score of each test cell of (kind, name, source), run in `folder` by a process of its own."""
        self._process.stdin.write(json.dumps([cells, points, str(folder)]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def serve(modules: list[str]) -> None:
    """Answers each line of standard input with one."""
    for name in modules:
        importlib.import_module(name)
    # Of an exception IPython shows what it says, and no traceback: that of an endless recursion takes it a minute.
    config = {"HistoryManager": {"enabled": False}, "InteractiveShell": {"xmode": "Minimal"}}
    shell = InteractiveShell(config=Config(config))
    shell.enable_gui = lambda gui=None: None
    shell.run_line_magic("matplotlib", "inline")
    sys.path.insert(0, "")  # the folder of the notebook, as in a kernel
    gc.collect()
    gc.freeze()
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    for standard in (0, 1):  # what cells read and print is none of these
        os.dup2(os.open(os.devnull, os.O_RDWR), standard)
    for line in requests:
        print(_in_a_fork(shell, *json.loads(line)), file=answers, flush=True)


def _in_a_fork(shell: InteractiveShell, cells: list[list[str]], points: float, folder: str) -> str:
    reader, writer = os.pipe()
    if not (pid := os.fork()):
        try:
            os.chdir(folder)
            os.write(writer, json.dumps(_run(shell, cells, points)).encode())
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    os.waitpid(pid, 0)
    return text


def _run(shell: InteractiveShell, cells: list[list[str]], points: float) -> dict[str, float]:
    scores = {}
    for kind, name, source in cells:
        result = shell.run_cell(source, store_history=True)
        if kind == "test":
            scores[name] = _grade(shell, result, points)
    return scores


def _grade(shell: InteractiveShell, result, points: float) -> float:
    if not result.success:
        return 0.0
    if result.result is None:
        return points
    text = shell.display_formatter.format(result.result)[0]["text/plain"].strip()
    if number := _NUMPY.fullmatch(text):
        text = number.group(1)
    try:
        score = float(text)
    except ValueError:
        return points
    return min(max(score, 0.0), points) if math.isfinite(score) else 0.0


if __name__ == "__main__":
    serve(sys.argv[1:])
