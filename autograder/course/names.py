"""A cell's source as Python, and the global names that it binds, changes, reads and imports."""

from __future__ import annotations

import ast
import contextlib
import re
import symtable
from dataclasses import dataclass
from functools import cache

from IPython.core.inputtransformer2 import TransformerManager

_MEASURING = re.compile(r"\A\s*%%(?:time|capture|timeit|prun)(?:[^\S\n]+-[-\w]+(?:[^\S\n]+\d+)?)*[^\S\n]*\n")
_CONTINUED = re.compile(r"^[^\S\n]*[!%](?:[^\n]*\\\n)+[^\n]*", re.MULTILINE)
_PYLAB = re.compile(r"^%pylab\b([^\n]*)", re.MULTILINE)
_SCRIPT = re.compile(r"\s*(?:\./)?(\w[\w.-]*(?:/[\w.-]+)*\.py)\s*")
_TIMED = re.compile(r"^([^\S\n]*)%time[^\S\n]+(?=[^\s-])", re.MULTILINE)


def transform(source: str) -> str:
    """Notebook source (with magics) as Python of as many lines; a magic that only measures is left out."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError):
        ast.parse(source)
        return source  # the usual case, in a tenth of the time
    above = source[: re.match(r"\s*\n|", source).end()]  # type: ignore[union-attr]  # which IPython would remove
    plain = _CONTINUED.sub(_on_one_line, source.removeprefix(above))
    plain = _TIMED.sub(r"\1", _MEASURING.sub("#\n", plain, count=1))
    plain = _PYLAB.sub(_imports_of_pylab, plain)
    return "\n" * above.count("\n") + TransformerManager().transform_cell(plain)


def _on_one_line(command: re.Match) -> str:
    return command[0].replace("\\\n", " ") + "\n" * command[0].count("\\\n")


def _imports_of_pylab(magic: re.Match) -> str:
    """The imports that ``%pylab`` makes, as in `IPython.core.pylabtools.import_pylab`."""
    modules = "import numpy, matplotlib, numpy as np; from matplotlib import pylab, mlab, pyplot, pyplot as plt"
    return modules + ("" if "--no-import-all" in magic[1] else "; from pylab import *; from numpy import *")


def script_of(magic: str, line: str) -> str:
    """The file that a line magic runs in a namespace of its own; empty for another magic, or another way of running."""
    found = _SCRIPT.fullmatch(line) if magic == "run" else None
    return found[1] if found else ""


def scripts_of(source: str) -> set[str]:
    """The files that a cell runs by ``%run``, those of `script_of`."""
    if "%run" not in source and "run_line_magic" not in source:
        return set()
    calls = (node for node in ast.walk(ast.parse(transform(source))) if isinstance(node, ast.Call))
    texts = (
        [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "run_line_magic"
    )
    return {script for text in texts if len(text) == 2 and (script := script_of(*text))}


_METER_MODULES = {"tracemalloc", "resource", "psutil", "cProfile", "profile", "trace", "memory_profiler"}
_METER_CALLS = {"process_time", "process_time_ns", "thread_time", "thread_time_ns", "get_traced_memory"}
_METER_CALLS |= {"take_snapshot", "getrusage", "memory_info", "active_count", "setprofile", "settrace"}


def meters_of(source: str) -> set[str]:
    """What a cell uses to measure its own process: processor time, memory, threads, or function calls."""
    modules = {module.partition(".")[0] for module in imported_modules(source)}
    words = set()
    for node in ast.walk(ast.parse(transform(source))):
        if isinstance(node, ast.Attribute):
            words.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            words.update(alias.name for alias in node.names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            words.add(node.func.id)
    return words & _METER_CALLS | modules & _METER_MODULES


@dataclass
class Names:
    """The global names that a cell binds, changes in place, reads and imports.

    ``defined`` are the functions and classes among the bound names; ``at_once`` are the names that are read when the
    cell runs, not only when its functions are called.
    """

    bound: set[str]
    changed: set[str]
    loaded: set[str]
    imported: set[str]
    defined: set[str]
    at_once: set[str]


@cache
def names_of(source: str) -> Names:
    """Finds the names by reading the syntax tree. Raises SyntaxError."""
    code = transform(source)
    tree = ast.parse(code)
    table = symtable.symtable(code, "<cell>", "exec")
    names = Names(set(), set(), _globals_read(table), set(), set(), _globals_read(table, at_once=True))
    for statement in tree.body:
        _bindings(statement, names)
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.defined.add(statement.name)
    added: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            names.bound.update(node.names)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            added.add(node.target.id)
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            _change(node, names)
        elif (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Attribute)
        ):
            _change(node.value.func, names)
    names.loaded |= added & names.bound  # in a function that declares them global
    names.changed &= names.loaded
    return names


@cache
def statements_of(source: str) -> tuple[str, ...]:
    """The top-level statements of a cell, each as its own source."""
    return tuple(map(ast.unparse, ast.parse(transform(source)).body))


def class_in(source: str, name: str) -> str:
    """The source of a cell's top-level class of this name, with the classes that it names; else "".

    The cell's imports come before it.
    """
    classes = {s.name: s for s in ast.parse(transform(source)).body if isinstance(s, ast.ClassDef)}
    found: set[str] = set()
    wanted = [name]
    while wanted:
        if (one := wanted.pop()) in classes.keys() - found:
            found.add(one)
            wanted += [node.id for node in ast.walk(classes[one]) if isinstance(node, ast.Name)]
    return (
        "\n".join([imports_of(source), *(ast.unparse(classes[it]) for it in classes if it in found)]) if found else ""
    )


def _globals_read(table: symtable.SymbolTable, at_once: bool = False) -> set[str]:
    top = table.get_type() == "module"
    read = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    inner = [
        t for t in table.get_children() if not at_once or t.get_type() == "class" or t.get_name() in _COMPREHENSIONS
    ]
    return read.union(*(_globals_read(t, at_once) for t in inner))


_COMPREHENSIONS = ("listcomp", "setcomp", "dictcomp", "genexpr")


def _bindings(node: ast.AST, names: Names) -> None:
    """Collects what a statement binds at module level, without entering functions and classes."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        names.bound.add(node.name)
        return
    if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return
    if isinstance(node, ast.Import | ast.ImportFrom):
        found = {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        names.bound |= found
        names.imported |= found
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        names.bound.add(node.id)
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):  # also reads
        names.loaded.add(node.target.id)
        names.at_once.add(node.target.id)
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        names.bound.add(node.name)
    for child in ast.iter_child_nodes(node):
        _bindings(child, names)


def _change(node: ast.AST, names: Names) -> None:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        names.changed.add(node.id)


def parses(source: str) -> bool:
    """Whether a cell, with its magics, is Python at all."""
    try:
        names_of(source)
    except (SyntaxError, ValueError):
        return False
    return True


@cache
def imports_of(source: str) -> str:
    """The source of the import statements at a cell's top level."""
    return "\n".join(
        ast.unparse(s) for s in ast.parse(transform(source)).body if isinstance(s, ast.Import | ast.ImportFrom)
    )


def imported_from(source: str, modules: frozenset[str]) -> set[str]:
    """The names that a cell binds by imports from these top-level modules, and their files that it runs."""
    scripts = scripts_of(source) if modules else ()
    found = {script for script in scripts if script.split("/")[0].removesuffix(".py") in modules}
    for node in ast.walk(ast.parse(transform(source))) if modules else ():
        if isinstance(node, ast.Import):
            ours = [alias for alias in node.names if alias.name.split(".")[0] in modules]
            found.update((alias.asname or alias.name).split(".")[0] for alias in ours)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in modules:
            found.update(alias.asname or alias.name for alias in node.names)
    return found


def imported_modules(source: str) -> set[str]:
    modules: set[str] = set()
    try:
        tree = ast.parse(transform(source))
    except SyntaxError:
        return modules
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module)
    return modules
