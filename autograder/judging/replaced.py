"""Module functions that a test has replaced: ``np.linalg.inv = refuse``, or with `unittest.mock.patch`.

The worker has its own modules, which do not have the replacement: such a test is graded in the worker.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from operator import is_
from types import ModuleType

from ..course.names import transform
from ..sandbox.wire import DRAWING

Functions = dict[str, dict[str, Callable]]  # public ones, and classes, by module and name
_ANY = frozenset({"patch", "setattr", "delattr", "monkeypatch", "reload"})  # they may replace an attribute of any name
# Those of the test itself, those that only show pictures, and what `catch_warnings` replaces.
_LEFT_OUT = DRAWING | {"__main__", "autograder", "warnings"}
_FOLLOWED = frozenset({"builtins.input", "builtins.print"})  # see `Link.send_down`


def may_be_replaced(source: str) -> frozenset[str] | None:
    """The names of the attributes that a test cell sets or deletes; None if they cannot be told from its source."""
    try:
        nodes = list(ast.walk(ast.parse(transform(source))))
    except (SyntaxError, ValueError):
        return None
    if any(getattr(node, field, None) in _ANY for node in nodes for field in ("attr", "id", "name")):
        return None
    return frozenset(
        node.attr for node in nodes if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
    )


def functions_of_modules(names: frozenset[str] | None) -> Functions:
    """The current functions of these names, or of all, in the modules that could be changed; only modules with any."""
    found = {}
    for module_name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType) and module_name.partition(".")[0] not in _LEFT_OUT:
            there = vars(module)
            public = [n for n in there if not n.startswith("_")] if names is None else names & there.keys()
            if functions := {name: there[name] for name in public if callable(there[name])}:
                found[module_name] = functions
    return found


def replaced(before: Functions) -> Iterator[str]:
    """The full names of the functions that have changed."""
    for module, functions in before.items():
        now = vars(sys.modules[module]) if module in sys.modules else functions
        if not all(map(is_, map(now.get, functions), functions.values())):
            for name, value in functions.items():
                if now.get(name) is not value and f"{module}.{name}" not in _FOLLOWED:
                    yield f"{module}.{name}"
