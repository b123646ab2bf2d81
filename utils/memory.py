"""Keeps a notebook's kernel small: memory that a cell has freed goes back to the system, and a large library that is
needed only once is loaded in a separate process."""

from __future__ import annotations

import ctypes
import functools
import inspect
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any


def is_a_notebook() -> bool:
    """Whether this runs in a Jupyter kernel."""
    ipython = sys.modules.get("IPython")  # not imported here: data sets are also read without it
    return hasattr(ipython and ipython.get_ipython(), "kernel")


def give_back(_result: object = None) -> None:
    """Returns freed memory to the system. The C library of Linux would keep it for later use: a kernel that trained
    sixty nets would stay at its largest size. On other systems this does nothing."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # not in every C library
        if trim:
            trim(0)


def give_back_after_cells() -> None:
    """Returns freed memory after each cell, from now on; outside a notebook it does nothing."""
    if is_a_notebook():
        events = sys.modules["IPython"].get_ipython().events
        if give_back not in events.callbacks["post_run_cell"]:
            events.register("post_run_cell", give_back)


class _Apart:
    """What `apart` turns a function into."""

    def __init__(self, function: Callable[..., Any], library: str):
        functools.update_wrapper(self, function)
        self._library = library
        self._known: dict[str, bytes] = {}  # by the call, pickled: each caller gets its own copy

    def __call__(self, *args: object, **named: object) -> Any:
        if is_a_notebook() and self._library not in sys.modules:
            module, name = self.__wrapped__.__module__, self.__wrapped__.__qualname__
            call = f"m.{name}(*{args!r}, **{named!r})"
            code = f"import pickle, sys, {module} as m\n"
            if module == "__main__":  # defined in a cell: `m` is then what runs there
                source = inspect.getsource(self.__wrapped__)
                code += source[source.index("def ") :]
            code += f"\npickle.dump({call}, sys.stdout.buffer)"
            place = os.environ | {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
            try:
                if call not in self._known:
                    done = subprocess.run([sys.executable, "-c", code], env=place, capture_output=True, check=True)
                    self._known[call] = done.stdout
                return pickle.loads(self._known[call])
            except (OSError, subprocess.CalledProcessError, pickle.UnpicklingError, EOFError):
                pass  # the error is clearer when it is raised here
        return self.__wrapped__(*args, **named)

    def __fingerprint__(self) -> Callable[..., Any]:
        """Where a function runs does not change its result."""
        return self.__wrapped__


def apart(library: str) -> Callable[[Callable[..., Any]], _Apart]:
    """Runs a function in a separate process when it is called in a notebook, unless the notebook has already imported a
    library that only this function needs: scikit-learn takes 80 MB just to read a file.

    Args:
        library: its name.

    Returns:
        a decorator for functions whose arguments are numbers and text, and whose results are numbers and arrays. A
        function defined in a cell has to import everything it needs itself.
    """
    return lambda function: _Apart(function, library)
