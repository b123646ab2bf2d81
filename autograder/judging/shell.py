"""What ``get_ipython()`` gives when the instructor's cells run outside IPython."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from ..course.names import script_of

_NOT_FOR_US = "IPython's {} is not available in the judge"
_SETTING = re.compile(r"\s*(\w+)(?:\s*=\s*|\s+)(.*?)\s*")  # a variable, as ``NAME=value`` or ``NAME value``


class Shell:
    """Line magics and commands do nothing and return nothing, except those that later lines often depend on.

    These are ``%run`` of a file, which binds the file's names, ``%cd``, ``%env`` of a variable and its value, and
    ``%%writefile``. Whether a test may be judged without the others is found by trying: see `engine.reference.prepare`.

    Args:
        namespace: the globals of the cells.
    """

    def __init__(self, namespace: MutableMapping[str, Any]):
        self._namespace = namespace

    def run_line_magic(self, name: str, line: str, *args: Any) -> None:
        """``%name``, such as ``%matplotlib inline`` or ``%run helpers.py``."""
        if name == "cd" and line.strip():
            with contextlib.suppress(OSError):
                os.chdir(line.strip().strip("'\""))
        elif name in ("env", "set_env") and (setting := _SETTING.fullmatch(line)):
            os.environ[setting[1]] = setting[2]
        if not (script := Path(script_of(name, line) or ".")).is_file():  # another magic, or the worker's file
            return
        made: dict[str, Any] = {"__name__": "__main__", "__file__": str(script)}
        hidden = {*made, "__builtins__"}
        with contextlib.suppress(SystemExit):
            exec(compile(script.read_bytes(), str(script), "exec"), made)
        for bound in made.keys() - hidden:
            self._namespace[bound] = made[bound]

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """``%%writefile`` of a file, or ``%%writefile -a``; no other cell magic."""
        if name not in ("writefile", "file"):
            raise NotImplementedError(_NOT_FOR_US.format("run_cell_magic"))
        *options, path = shlex.split(line)
        with open(path, "a" if {"-a", "--append"} & {*options} else "w", encoding="utf-8") as file:
            file.write(cell)

    def system(self, command: str) -> None:
        """``!command``."""

    def getoutput(self, command: str) -> list[str]:
        """``lines = !command``."""
        return []

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(_NOT_FOR_US.format(name))
