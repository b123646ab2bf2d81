"""Keeps the judge from running what a student's code has said.

Text and bytes of a student's are data, until a test hands them to `eval`, `exec` or `pickle`. In the judge these
refuse: such a test gives the reference another result than in the worker, so it is graded there.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

_OURS = str(Path(__file__).resolve().parents[1])
# Modules that run text of their own making, of checked names only; `ast` reads text and runs none.
_LIBRARY = {"ast", "collections", "dataclasses", "typing"}
_PLAIN_CLASSES = {
    "builtins": {"bytearray", "complex", "frozenset", "list", "range", "set", "slice", "tuple", "dict", "object"},
    "collections": {"Counter", "OrderedDict", "defaultdict", "deque"},
    "copyreg": {"_reconstructor"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "fractions": {"Fraction"},
    "numpy": {"dtype", "ndarray"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
}
_STARTS_A_PROGRAM = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.", "os.startfile")


class Refused(RuntimeError):
    """A test would have run what may be a student's."""


def watch() -> None:
    """Refuses from now on, in this process and for good, to run text, bytes or programs."""
    sys.addaudithook(_look)


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "compile" and arguments[0] is not None or event == "marshal.loads":
        if not _is_known(sys._getframe(1)):
            raise Refused("text that may be a student's is not run in the judge")
    elif event == "pickle.find_class":
        module, name = arguments
        if name not in _PLAIN_CLASSES.get(module, ()):
            raise Refused(f"{module}.{name} is not unpickled in the judge")
    elif event.startswith(_STARTS_A_PROGRAM):
        raise Refused("no program is started in the judge")


def _is_known(frame: FrameType | None) -> bool:
    """Whether the judge's own code, a module that runs only text of its own, or an import is at work."""
    if frame is None or frame.f_code.co_filename.startswith(_OURS):
        return True
    if frame.f_globals.get("__name__") in _LIBRARY and frame.f_code.co_filename.startswith(sys.base_prefix):
        return True
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
