"""Cells that only define names: after them, earlier code behaves as if they had not been run yet.

So a test before such a cell can use the worker as it is after the cell. See `judging.runner`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

WORD = re.compile(r"\w+")
# With these, code can find names that it does not mention, or act when something is only defined.
LOOKS_AROUND = frozenset(
    "globals locals vars dir eval exec compile __main__ __dict__ __globals__ __builtins__ builtins get_ipython In Out "
    "_ih _oh _dh _i _ii _iii gc inspect sys currentframe _getframe unittest doctest pickle display exit quit __ ___ "
    "metaclass __init_subclass__ __class_getitem__ __prepare__ __mro_entries__ __set_name__ __getattr__".split()
)
_NEVER_NEW = LOOKS_AROUND | {"_"}  # the usual name for an unused value
_METHOD_KINDS = {"property", "staticmethod", "classmethod"}
_QUIET = (
    ast.Constant, ast.Name, ast.Load, ast.Attribute, ast.Subscript, ast.Tuple, ast.List, ast.Dict,
    ast.UnaryOp, ast.unaryop, ast.BinOp, ast.operator,
)  # fmt: skip


def words_of(source: str) -> set[str]:
    """Everything in a text that may be a name."""
    return set(WORD.findall(source))


def class_at(module: str, name: str) -> type | None:
    """The class of that name, which may have dots, of a module that was imported here; None if there is none."""
    found: Any = sys.modules.get(module) if module != "__main__" else None
    for part in name.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) else None


def definitions_in(source: str, words: set[str], namespace: dict[str, Any]) -> tuple[str, ...] | None:
    """The names that a cell defines, if it does nothing else and no code before it mentions them; else None.

    Args:
        words: the words of all cells that have run.
        namespace: what these cells have bound.
    """
    if not words.isdisjoint(LOOKS_AROUND):
        return None
    try:
        names = set(_defined(ast.parse(source).body, namespace))
    except (_DoesMore, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return None if names & (words | _NEVER_NEW) else tuple(names)


class _DoesMore(Exception):
    """A statement does more than define."""


def _defined(body: list[ast.stmt], namespace: dict[str, Any]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name, decorator_list=[]) | ast.AsyncFunctionDef(name=name, decorator_list=[]):
                _check(_when_defined(node.args, node.returns))
                yield name
            case ast.ClassDef(name=name, decorator_list=[], keywords=[]):
                _check(node.bases)
                _check_class(node.body)
                yield name
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                _check([value])
                yield name
            case ast.Import() | ast.ImportFrom():
                if not all(_is_there_already(node, alias, namespace) for alias in node.names):
                    raise _DoesMore
            case ast.Expr(value=ast.Constant()) if node is not body[-1]:  # the last one is displayed
                pass
            case ast.Pass():
                pass
            case _:
                raise _DoesMore


def _check_class(body: list[ast.stmt]) -> None:
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if not all(isinstance(it, ast.Name) and it.id in _METHOD_KINDS for it in node.decorator_list):
                    raise _DoesMore
                _check(_when_defined(node.args, node.returns))
            case ast.Assign(targets=[ast.Name()], value=value):
                _check([value])
            case ast.AnnAssign(target=ast.Name(), annotation=annotation, value=value):
                _check([annotation, value])
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case _:
                raise _DoesMore


def _when_defined(args: ast.arguments, returns: ast.expr | None) -> list[ast.expr | None]:
    """What Python evaluates when it executes a ``def``: default values and annotations."""
    each = [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg))]
    return [*args.defaults, *args.kw_defaults, *(arg.annotation for arg in each), returns]


def _check(expressions: Iterable[ast.expr | None]) -> None:
    """Raises _DoesMore if an expression may call something."""
    for expression in filter(None, expressions):
        if not all(isinstance(node, _QUIET) for node in ast.walk(expression)):
            raise _DoesMore


def _is_there_already(node: ast.Import | ast.ImportFrom, alias: ast.alias, namespace: dict[str, Any]) -> bool:
    """Whether an import binds a name to what it is already bound to."""
    if isinstance(node, ast.Import):
        module = alias.name if alias.asname else alias.name.partition(".")[0]
        found = sys.modules.get(module) if alias.name in sys.modules else None
    else:
        module = alias.asname or alias.name
        found = getattr(sys.modules.get(node.module or ""), alias.name, None) if not node.level else None
    return found is not None and namespace.get(alias.asname or module) is found
