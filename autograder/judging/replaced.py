"""Module functions that a test has replaced: ``np.linalg.inv = refuse``, or with `unittest.mock.patch`.

The worker has its own modules, which do not have the replacement: such a test is graded in the worker.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

from ..course.names import transform
from ..sandbox.wire import DRAWING

Functions = dict[str, dict[str, Callable]]  # public ones, and classes, by module and name
_REPLACING = frozenset({"patch", "setattr", "delattr", "monkeypatch"})
# Those of the test itself, those that only show pictures, and what `catch_warnings` replaces.
_LEFT_OUT = DRAWING | {"__main__", "autograder", "warnings"}
_FOLLOWED = frozenset({"builtins.input", "builtins.print"})  # see `Link.send_down`


def may_replace(source: str) -> bool:
    """Whether a test cell sets or deletes any attribute."""
    try:
        nodes = list(ast.walk(ast.parse(transform(source))))
    except (SyntaxError, ValueError):
        return True
    return any(
        isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
        or (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")) in _REPLACING
        for node in nodes
    )  # fmt: skip


def functions_of_modules() -> Functions:
    """The current functions of the modules that could be replaced."""
    return {
        name: {key: value for key, value in vars(module).items() if callable(value) and not key.startswith("_")}
        for name, module in list(sys.modules.items())
        if isinstance(module, ModuleType) and name.partition(".")[0] not in _LEFT_OUT
    }


def replaced(before: Functions) -> Iterator[str]:
    """The full names of the functions that have changed."""
    for module, functions in before.items():
        now = vars(sys.modules[module]) if module in sys.modules else functions
        for name, value in functions.items():
            if now.get(name) is not value and f"{module}.{name}" not in _FOLLOWED:
                yield f"{module}.{name}"
