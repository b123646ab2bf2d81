"""The values in a failed line of a test: both sides of a comparison, as the test computes them.

Only expressions without side effects are evaluated again: names, numbers, operators, elements, a few functions and
methods that are known to change nothing, and the test's or the student's functions.
"""

from __future__ import annotations

import ast
import itertools
import re
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..course.names import transform
from .explain import explain
from .standin import Standin

HARMLESS = {"abs", "all", "any", "bool", "dict", "float", "int", "len", "list", "max", "min", "round", "set", "sorted"}
HARMLESS |= {"str", "sum", "tuple", "type", "zip", "range", "enumerate", "map"}
METHODS = {"all", "any", "astype", "copy", "count", "get", "index", "item", "items", "keys", "lower", "max", "mean"}
METHODS |= {"min", "ravel", "reshape", "round", "split", "std", "strip", "sum", "tolist", "upper", "values", "var"}
PARTS = ast.expr_context | ast.operator | ast.unaryop | ast.cmpop | ast.boolop | ast.comprehension
READ = ast.Constant | ast.BinOp | ast.UnaryOp | ast.BoolOp | ast.Compare | ast.IfExp | ast.Subscript | ast.Slice
READ |= ast.List | ast.Tuple | ast.Dict | ast.Set | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
ORDER = ast.Lt | ast.LtE | ast.Gt | ast.GtE
LONGEST, MOST = 60, 5  # characters of an expression, entries of an array that are shown
MOST_RESULTS = 9  # of a function, of which a test may use one

Value = Callable[[ast.expr], Any]  # the value of one of the test's expressions; raises what that raises


def compared(test: ast.expr, value: Value, names: Mapping[str, Any]) -> str:
    """How two values differ that a failed condition requires to be equal.

    Args:
        test: of the form ``a == b``, or ``close(a, b)`` with a function of such a name; or several, joined by ``and``.
        names: the values of the names in it.
    """
    one = _not_met(test, value, names)
    pair = _pair(one) if one else None
    if pair is None:
        return ""
    given, wanted = (_steady(side, value) for side in pair)
    is_data = not isinstance(given, Standin) and not isinstance(wanted, Standin)  # an object alone shows nothing
    return in_both(ast.unparse(pair[0]), given, wanted) if is_data else ""


def told(test: ast.expr, value: Value, names: Mapping[str, Any]) -> str:
    """The values on both sides of a failed comparison such as ``<``: ``Here `np.std(W)` is 0.03.``"""
    one = _not_met(test, value, names)
    if not isinstance(one, ast.Compare) or len(one.ops) != 1 or not isinstance(one.ops[0], ORDER):
        return ""
    parts = [part for side in (one.left, *one.comparators) if (part := _in_words(_inner(side), value))]
    return f"Here {' and '.join(dict.fromkeys(parts))}." if parts else ""


def in_both(text: str, given: Any, wanted: Any) -> str:
    """How two values differ, with both; ``text`` is the expression of the first."""
    if re.search(r"\b(shape|len|size|ndim|dtype|type)\b", text):  # properties of a value, not results
        both = f"{given!r}, but {wanted!r} is expected."
        return f"`{text}` is {both}" if max(len(text), len(both)) <= LONGEST else ""
    if isinstance(given, np.ndarray) and given.ndim and isinstance(wanted, int | float | np.number):
        wanted = np.full(given.shape, wanted)  # as NumPy compares them: each entry with the number
    close, closer = (explain(given, wanted, rtol=r, atol=a, shown=True) for r, a in ((1e-5, 1e-8), (1e-9, 1e-12)))
    words = close or closer or ""
    return f"`{text}`: {words[:1].lower()}{words[1:]}" if words and len(text) <= LONGEST else words


def _not_met(test: ast.expr, value: Value, names: Mapping[str, Any]) -> ast.expr | None:
    """The first condition that fails; None if one before it cannot be computed again."""
    if not (isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And)):
        return test if is_harmless(test, names) else None
    harmless = list(itertools.takewhile(lambda one: is_harmless(one, names), test.values))
    return next((one for one in harmless if not np.all(value(one))), None)


def _steady(side: ast.expr, value: Value) -> Any:
    """The value of an expression; raises ValueError if it changes each time."""
    first, second = value(side), value(side)
    if repr(first) != repr(second):
        raise ValueError("a different value each time")
    return first


def _pair(test: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        return test.left, test.comparators[0]
    if isinstance(test, ast.Call) and len(test.args) >= 2 and re.search("close|equal", ast.unparse(test.func).lower()):
        return test.args[0], test.args[1]
    return None


def _inner(side: ast.expr) -> ast.expr:
    """The part of a side that is worth showing: for ``abs(a - 1)`` it is ``a``."""
    if isinstance(side, ast.Call) and ast.unparse(side.func) in ("abs", "np.abs") and len(side.args) == 1:
        return _inner(side.args[0])
    if isinstance(side, ast.BinOp) and isinstance(side.right, ast.Constant):
        return _inner(side.left)
    return side


def _in_words(side: ast.expr, value: Value) -> str:
    text = ast.unparse(side)
    if isinstance(side, ast.Constant) or len(text) > LONGEST:
        return ""
    found = _steady(side, value)
    if isinstance(found, np.ndarray) and 0 < found.size <= MOST and found.ndim <= 1 and found.dtype.kind in "iuf":
        numbers = ", ".join(map(_number, found.ravel().tolist()))
        return f"`{text}` is {f'[{numbers}]' if found.ndim else numbers}"
    plain = isinstance(found, int | float | np.integer | np.floating) and not isinstance(found, bool)
    return f"`{text}` is {_number(found)}" if plain else ""


def _number(x: Any) -> str:
    return f"{x:.4g}"


def is_harmless(node: ast.AST, names: Mapping[str, Any]) -> bool:
    """Whether an expression can be computed again without side effects."""
    if isinstance(node, ast.Call):
        parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        return _may_be_called(node.func, names) and all(is_harmless(part, names) for part in parts)
    if isinstance(node, ast.Attribute):
        return is_harmless(node.value, names)
    if isinstance(node, ast.Name):
        return not hasattr(type(names.get(node.id)), "__next__")  # reading it would exhaust it
    return isinstance(node, READ | PARTS) and all(is_harmless(part, names) for part in ast.iter_child_nodes(node))


def _may_be_called(function: ast.expr, names: Mapping[str, Any]) -> bool:
    if isinstance(function, ast.Name):
        known = names.get(function.id)
        return isinstance(known, types.FunctionType | Standin) or (known is None and function.id in HARMLESS)
    if not isinstance(function, ast.Attribute):
        return False
    path = ast.unparse(function)
    if isinstance(names.get(path.split(".")[0]), types.ModuleType):
        return path.startswith(("np.", "numpy.", "math.")) and ".random" not in path
    return function.attr in METHODS and is_harmless(function.value, names)


def thrown_away(source: str, path: str, line: int | None) -> frozenset[int]:
    """The positions in a function's results that a test discards up to a line, as in ``loss, _ = f(x)``.

    Args:
        path: the path of the call, such as ``"f()"``.
    """
    tree = ast.parse(transform(source))
    read = [it for it in ast.walk(tree) if isinstance(it, ast.Name) and f"{it.id}()" == path]
    read = [it for it in read if it.lineno <= (line or it.lineno)]
    thrown: dict[ast.expr, frozenset[int]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Tuple):
            names = node.targets[0].elts
            if not any(isinstance(name, ast.Starred) for name in names):
                idle = (at for at, name in enumerate(names) if isinstance(name, ast.Name) and name.id == "_")
                thrown[node.value.func] = frozenset(idle)
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call):
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int) and node.slice.value >= 0:
                thrown[node.value.func] = frozenset(range(MOST_RESULTS)) - {node.slice.value}
    return frozenset.intersection(*(thrown.get(name, frozenset()) for name in read)) if read else frozenset()
