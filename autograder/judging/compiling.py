"""The instructor's cells, compiled once for a class instead of by every judge."""

from __future__ import annotations

import ast
import base64
import contextlib
import functools
import io
import marshal
import tokenize
from collections.abc import Iterable
from types import CodeType
from typing import Any

from ..course.names import transform
from .shell import Shell

REFERENCE = "<reference>"  # the file name of reference code that is run to find a message


@functools.cache
def compiled(source: str, filename: str) -> str:
    """An instructor's cell as it is in a judge's plan: compiled once for a class, not by every judge.

    Two code objects, marshalled, in base64: everything except the last expression, and that expression, or None. Each
    is a coroutine's if it awaits something. Empty if the cell is not Python.
    """
    source, last, flags = transform(source), None, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with contextlib.suppress(SyntaxError):
        tree = ast.parse(source, filename)
        if tree.body and isinstance(ending := tree.body[-1], ast.Expr) and not _is_silenced(source):
            del tree.body[-1]
            last = compile(ast.Expression(ending.value), filename, "eval", flags)
        return base64.b64encode(marshal.dumps((compile(tree, filename, "exec", flags), last))).decode()
    return ""


@functools.cache
def of_reference(source: str) -> CodeType:
    """A cell of the reference, or a replacement, compiled for the judge to find messages."""
    return compile(transform(source), REFERENCE, "exec")


def run_reference(cells: Iterable[tuple[str | None, str]], cell: str = "", code: str = "") -> dict[str, Any]:
    """Runs instructor's cells, with ``code`` in place of the one named ``cell``; returns what they bind."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    namespace["get_ipython"] = lambda: Shell(namespace)
    for name, source in cells:
        exec(of_reference(code if cell and name == cell else source), namespace)
    return namespace


def _is_silenced(source: str) -> bool:
    """Whether a cell ends in a semicolon, apart from comments: IPython then shows no value."""
    if ";" not in source:
        return False
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    blank = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER)
    return [token.string for token in tokens if token.type not in blank][-1:] == [";"]
