"""Names of functions and modules to which a student's code has given another value: ``list = [1, 2]``.

Then a right line further down fails, with a message such as that a list is not callable.
"""

from __future__ import annotations

import ast
import builtins
import math
import re
from collections.abc import Iterable, Iterator

import numpy as np

from ..course.names import transform

_WORDS = re.compile(r"(?<![.\w])[^\W\d]\w*")
_STAR = re.compile(r"^[ \t]*from[ \t]+(numpy|math)[ \t]+import[ \t]+\*", re.MULTILINE)
_OF_SUCH = re.compile(r"not callable|has no attribute")
_STARS = {"numpy": ("NumPy", np.__all__), "math": ("the module math", dir(math))}
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = _FUNCTIONS | ast.ClassDef | ast.Lambda | ast.comprehension
LONGEST = 60  # characters of a line that is quoted


def shadowed(line: str, said: str, cells: Iterable[str]) -> str:
    """What a cell has done to a name in a line that raised an error; empty if the line has no such name.

    Args:
        line: the line that raised it.
        said: the error's message.
        cells: what was run before, in order.
    """
    names, cells = list(dict.fromkeys(_WORDS.findall(line))), list(cells)
    called = {name for name in names if re.search(rf"(?<![.\w]){name}\(", line)} if "not callable" in said else set()
    if _OF_SUCH.search(said):
        trees = [tree for source in cells if (tree := _parsed(source))]
        known = {it.asname or it.name for tree in trees for node in tree.body for it in _imported(node)}
        known |= called & {node.name for tree in trees for node in tree.body if isinstance(node, _FUNCTIONS)}
        names = [name for name in names if hasattr(builtins, name) or name in known]
        bodies = [(f"`{it.name}`", it.body) for tree in trees for it in _functions_with(line, tree)]
        bodies += [("One of your cells", tree.body) for tree in trees]
        for whose, body in bodies:
            for name in names:
                if found := next((it for it in _statements(body) if name in set(_stored(it))), None):
                    text = _first_line(found)
                    how = f": `{text}`" if 0 < len(text) <= LONGEST and "`" not in text else ""
                    return f"{whose} gives `{name}` another value{how}. Choose another name there."
    return next(iter(starred(line, cells).values()), "")


def starred(text: str, cells: Iterable[str]) -> dict[str, str]:
    """The built-in functions that a text calls and that ``import *`` has replaced, each with a message that says so.

    Args:
        text: lines of the student's code.
        cells: what was run before, in order.
    """
    stars = [module for source in cells for module in _STAR.findall(source)]
    found: dict[str, str] = {}
    for name in dict.fromkeys(_WORDS.findall(text)) if stars else ():
        owner = next((module for module in reversed(stars) if name in _STARS[module][1]), None)
        if owner and hasattr(builtins, name) and re.search(rf"(?<![.\w]){name}\(", text):
            whose = _STARS[owner][0]
            found[name] = f"`{name}` is that of {whose} here, not Python's: `from {owner} import *` took its place."
    return found


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(transform(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: from too deep nesting
        return None


def _functions_with(line: str, tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions that have such a line, the innermost first."""
    code = _parsed(line.strip().rstrip(":") + (":\n    pass" if line.strip().endswith(":") else ""))
    wanted = {_first_line(it) for it in code.body} - {""} if code else set()
    functions = [it for it in ast.walk(tree) if isinstance(it, _FUNCTIONS)]
    return [it for it in reversed(functions) if wanted.intersection(map(_first_line, _statements(it.body)))]


def _first_line(statement: ast.stmt) -> str:
    """A statement as Python writes it; empty if it is nested too deeply, or has a number with too many digits."""
    try:
        return ast.unparse(statement).split("\n")[0]
    except (ValueError, RecursionError):
        return ""


def _imported(node: ast.stmt) -> list[ast.alias]:
    return node.names if isinstance(node, ast.Import | ast.ImportFrom) else []


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a cell or a function, also inside loops and conditions, but not inside further functions."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.stmt) and not isinstance(node, _SCOPES):
            yield node
            waiting.extend(it for it in ast.iter_child_nodes(node) if isinstance(it, ast.stmt | ast.ExceptHandler))
        elif isinstance(node, ast.ExceptHandler):
            waiting.extend(node.body)


def _stored(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement itself gives values to."""
    waiting: list[ast.AST] = list(ast.iter_child_nodes(statement))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt | ast.ExceptHandler | _SCOPES):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        waiting.extend(ast.iter_child_nodes(node))
