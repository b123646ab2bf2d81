"""A fingerprint of a function: of its code, and of everything in its own package that it uses.

The fingerprint follows names wherever they lead: to functions and classes (through decorators, caches, closures,
partial functions and methods), and to constants (numbers, containers, arrays, objects). It is the same in every folder
and on every Python. Comments, docstrings, layout and the annotations of functions are not part of it. For other
packages, only the names count, not the code.

It cannot see what a function finds only at run time: files, and names that are built from strings.
"""

from __future__ import annotations

import ast
import copy
import copyreg
import dis
import enum
import functools
import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.util import resolve_name
from pathlib import Path, PurePath
from types import BuiltinFunctionType, CodeType, EllipsisType, FunctionType, MappingProxyType, ModuleType, NoneType
from typing import Any

PACKAGE = __name__.partition(".")[0]
ROOT = str(Path(__file__).resolve().parents[1])

Chain = tuple[str, ...]  # a name and its attributes: `module.f` is ("module", "f")
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


def fingerprint(function: Callable, *values: Any, without: tuple[Callable, ...] = ()) -> str:
    """The fingerprint of a function, and of further values.

    Args:
        function: from this package, or from another, which then counts as the function's own package.
        *values: further values to include in the fingerprint.
        without: functions that do not affect results, such as one that shows progress: their code is not part of it. As
            decorators, they are left out with their arguments.

    Returns:
        16 hexadecimal digits.

    Raises:
        TypeError: if the function uses an object that cannot be compared, such as an open file.
        OSError: if there is no source, or it has changed since it was imported.
    """
    reader = _Reader({PACKAGE, _top(inspect.unwrap(function).__module__)}, without)
    reader.read((function, *values))
    return reader.digest()


class _Reader:
    """Writes lines about the objects it is given: equal objects give equal lines."""

    def __init__(self, packages: set[str], without: tuple[Callable, ...] = ()):
        self.packages, self.without = packages, without
        self.lines: list[str] = []
        self.known: dict[int, tuple[int, Any]] = {}  # functions, classes and modules, by identity
        self.open: list[Any] = []  # the containers and objects currently being read

    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()[:16]

    def write(self, *words: Any) -> None:
        self.lines.append(" ".join(map(str, words)))

    def read(self, thing: Any) -> None:
        """Writes about any object."""
        kind = type(thing)
        if kind in (bool, float, complex, NoneType, EllipsisType):
            self.write(repr(thing))
        elif kind is int:
            self.write(hex(thing))
        elif kind is str:
            self.write(ascii(thing.replace(ROOT, "")))
        elif kind in (bytes, bytearray):
            self.write(kind.__name__, thing.hex())
        elif isinstance(thing, ModuleType):
            self.once(thing, self.module)
        elif isinstance(thing, FunctionType):
            self.once(thing, self.function if self.is_own(thing) else self.wrapper)
        elif isinstance(thing, type):
            self.once(thing, self.own_class if self.is_own(thing) else self.name)
        elif isinstance(thing, BuiltinFunctionType) and isinstance(thing.__self__, ModuleType | None):
            self.name(thing)
        elif any(thing is one for one in self.open):
            self.write("itself")
        else:
            self.open.append(thing)
            self.contents(thing, kind)
            self.open.pop()

    # values

    def contents(self, thing: Any, kind: type) -> None:
        """Writes about a container, an array, a descriptor, or any other object."""
        numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
        if hasattr(kind, "__fingerprint__"):
            self.read(thing.__fingerprint__())
        elif kind in (list, tuple):
            self.write(kind.__name__, len(thing))
            for item in thing:
                self.read(item)
        elif kind in (dict, MappingProxyType):
            self.write("dict")
            self.read(list(thing.items()))
        elif kind in (set, frozenset):
            self.write(kind.__name__, *sorted(self.apart(item) for item in thing))
        elif numpy and (kind is numpy.ndarray or isinstance(thing, numpy.generic)):
            self.array(thing)
        elif numpy and isinstance(thing, numpy.random.Generator):
            self.read((kind, thing.bit_generator.state))
        elif torch and isinstance(thing, torch.Tensor):
            self.write(thing.dtype, tuple(thing.shape))
            self.array(thing.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
        elif isinstance(thing, PurePath):
            self.read(thing.as_posix())
        elif isinstance(thing, enum.Enum):
            self.read((kind, thing.name, thing.value))
        elif isinstance(thing, property | staticmethod | classmethod | functools.cached_property):
            self.read((kind, _functions_of(thing)))
        elif hasattr(thing, "__wrapped__") and not self.is_own(kind):  # as left by functools.cache
            self.read((kind, thing.__wrapped__))
        elif kind.__module__ == "_thread":  # a lock has no content
            self.name(kind)
        else:
            self.object(thing)

    def apart(self, thing: Any) -> str:
        reader = _Reader(self.packages, self.without)
        reader.read(thing)
        return reader.digest()

    def array(self, array: Any) -> None:
        array = array.astype(array.dtype.newbyteorder("<"))
        self.write("array", array.dtype.descr, array.shape)
        if array.dtype.hasobject:
            self.read(array.tolist())
        else:
            self.write(hashlib.sha256(array.tobytes()).hexdigest())

    def object(self, thing: Any) -> None:
        """Splits an object as pickle does: into how it is made, and its state."""
        try:
            registered = copyreg.dispatch_table.get(type(thing))
            parts = registered(thing) if registered else thing.__reduce_ex__(4)
        except Exception as error:
            kind = f"{type(thing).__module__}.{type(thing).__qualname__}"
            raise TypeError(f"a {kind} cannot be compared: make it inside the function that uses it") from error
        if isinstance(parts, str):
            self.write(_top(type(thing).__module__), parts)
            return
        make, arguments, state, items, pairs = (*parts, None, None, None)[:5]
        state = {key: state[key] for key in state if _counts(key)} if isinstance(state, dict) else state
        self.read((make, arguments, state, items and list(items), pairs and list(pairs)))

    # code

    def once(self, thing: Any, write: Callable[[Any], None]) -> None:
        """Writes about a function, class or module the first time that it occurs."""
        if id(thing) in self.known:
            self.write("known", self.known[id(thing)][0])
        else:
            self.known[id(thing)] = (len(self.known), thing)
            write(thing)

    def is_own(self, thing: FunctionType | type | ModuleType) -> bool:
        """Whether it belongs to the package. (A wrapper's `__module__` is that of the function it wraps.)"""
        if isinstance(thing, FunctionType):
            return _top(thing.__globals__.get("__name__", "")) in self.packages
        return _top(thing.__name__ if isinstance(thing, ModuleType) else thing.__module__) in self.packages

    def name(self, thing: Any) -> None:
        """A foreign object counts by name, without the modules inside its package: those change with the version."""
        self.write(_top(thing.__module__ or ""), thing.__qualname__)

    def module(self, module: ModuleType) -> None:
        """A module that is used for more than an attribute counts with everything in it."""
        if not self.is_own(module):
            self.write("module", _top(module.__name__))
            return
        held = sorted(vars(module).items())
        self.read({name: value for name, value in held if _counts(name) and not isinstance(value, ModuleType)})

    def wrapper(self, function: FunctionType) -> None:
        """A foreign function counts by name, and by what it holds of the package: what it wraps or chooses from."""
        self.name(function)
        for value in (*vars(function).values(), *_closure(function).values()):
            inner = value.values() if isinstance(value, dict | MappingProxyType) else ()
            for one in (value, *inner):
                if isinstance(one, FunctionType | type) and self.is_own(one) or hasattr(type(one), "__fingerprint__"):
                    self.read(one)

    def function(self, function: FunctionType) -> None:
        self.write("function", function.__name__)
        source = _source_of(function.__code__)
        for tree in source.of_function(function.__code__):
            self.code(tree, source, {**function.__globals__, **_closure(function)})
        self.read({name: value for name, value in sorted(vars(function).items()) if _counts(name)})

    def own_class(self, cls: type) -> None:
        self.write("class", cls.__name__)
        self.read([base for base in (type(cls), *cls.__mro__[1:]) if self.is_own(base)])
        module = sys.modules[cls.__module__]
        source = _source_of(module)
        trees = source.of_class(cls)
        functions = [function for value in vars(cls).values() for function in _functions_of(value)]
        closures = {name: value for function in functions for name, value in _closure(function).items()}
        for tree in trees:
            self.code(tree, source, {**vars(module), **closures})
        assigned, defined = _assigned_and_defined(trees)
        held = cls.__members__ if issubclass(cls, enum.Enum) else vars(cls)
        for name, value in sorted(held.items()):
            is_added = _counts(name) and name not in defined and (_functions_of(value) or not trees and _is_data(value))
            if name in assigned or is_added:
                self.read((name, value))

    def code(self, tree: ast.AST, source: _Source, names: Mapping[str, Any]) -> None:
        """Writes about a piece of code, and everything that it names.

        Args:
            tree: the piece.
            source: the module that it is from.
            names: what names mean there.
        """
        tree = copy.deepcopy(tree)
        if isinstance(tree, Definition):
            tree.decorator_list = [one for one in tree.decorator_list if not self.is_left_out(one, names)]
        tree = _Bare().visit(tree)
        self.write(_text(tree))
        names = {**names, **self.imported_inside(tree, names.get("__package__") or "")}
        chains = {self.owner(chain, names) for chain in _names(tree) if chain[0] in names and _counts(chain[0])}
        for chain in sorted(chains):
            origins = [origin for origin in source.origins.get(chain[0], ()) if not self.is_own_origin(origin[0])]
            if origins:  # an import from elsewhere counts by its origin
                self.read((chain[0], sorted(origins)))
            elif not self.is_without(_value_of(chain, names)):
                self.read((".".join(chain), _value_of(chain, names)))

    def owner(self, chain: Chain, names: Mapping[str, Any]) -> Chain:
        """The part of `module.f.attribute` that leads to an object of the package: `module.f`."""
        value = names[chain[0]]
        for i, attribute in enumerate(chain[1:], 1):
            if not (isinstance(value, ModuleType) and self.is_own(value) and hasattr(value, attribute)):
                return chain[:i]
            value = getattr(value, attribute)
        return chain

    def is_left_out(self, decorator: ast.expr, names: Mapping[str, Any]) -> bool:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        chain = _chain(called)
        return bool(chain) and self.is_without(_value_of(chain, names))

    def is_without(self, thing: Any) -> bool:
        return any(thing is one for one in self.without)

    def is_own_origin(self, origin: str) -> bool:
        return origin.startswith(".") or _top(origin) in self.packages

    def imported_inside(self, tree: ast.AST, package: str) -> dict[str, Any]:
        """What code imports from its own package at run time."""
        found = {}
        for node in ast.walk(tree):
            for name, origin, attribute in _imports(node):
                if self.is_own_origin(origin):
                    try:
                        found[name] = _imported(name, resolve_name(origin, package), attribute)
                    except ImportError:  # which the code may expect
                        continue
        return found


class _Source:
    """The source of a module: its definitions, and the origins of its imported names.

    A function's node has an additional attribute: `uses`, the names that it takes from outside.
    """

    def __init__(self, text: str):
        tree = ast.parse(text)
        self.statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
        self.definitions = list(_definitions(tree))
        codes = _nested(compile(text, "<source>", "exec", dont_inherit=True))
        by_place = {(code.co_qualname, code.co_firstlineno): code for code in codes}
        for name, node in self.definitions:
            if isinstance(node, Function):
                imported = {name for inner in ast.walk(node) for name, _, _ in _imports(inner)}
                node.uses = imported | _used_by(by_place[name, _first_line(node)])  # type: ignore[union-attr]
        self.origins: dict[str, set[tuple[str, str]]] = {}
        for node in _outside_functions(tree):
            for name, module, attribute in _imports(node):
                self.origins.setdefault(name, set()).add((module, attribute or ""))

    def of_function(self, code: CodeType) -> list[ast.AST]:
        """Where a function is defined; for a lambda, the whole statement that contains it."""
        line = code.co_firstlineno
        if code.co_name == "<lambda>":
            around = [node for node in self.statements if _first_line(node) <= line <= _last_line(node)]
            found: list[ast.AST] = sorted(around, key=lambda node: _last_line(node) - _first_line(node))[:1]
        else:
            name = code.co_qualname
            found = [node for defined, node in self.definitions if (defined, _first_line(node)) == (name, line)]
        if not found:
            raise OSError(f"{code.co_filename} has changed since it was imported")
        return found

    def of_class(self, cls: type) -> list[ast.ClassDef]:
        """Where a class of that name is defined: in two places if a condition decides, in none if a call created it."""
        name = cls.__qualname__
        return [node for defined, node in self.definitions if defined == name and isinstance(node, ast.ClassDef)]


def _source_of(thing: CodeType | ModuleType) -> _Source:
    return _parsed("".join(inspect.findsource(thing)[0]))


_parsed = functools.lru_cache(maxsize=64)(_Source)


class _Bare(ast.NodeTransformer):
    """Removes docstrings and the annotations of functions, and makes f-strings the same on all Pythons."""

    in_class = False

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self.definition(node, in_class=True)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.definition(node, in_class=False)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.definition(node, in_class=False)

    def definition(self, node: Definition, in_class: bool) -> ast.AST:
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        before, self.in_class = self.in_class, in_class
        self.generic_visit(node)
        self.in_class = before
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        if self.in_class:  # because annotations define the fields of a dataclass
            return node
        return ast.Assign([node.target], node.value) if node.value else None

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        self.generic_visit(node)
        values: list[ast.expr] = []
        for part in node.values:
            if isinstance(part, ast.Constant) and values and isinstance(values[-1], ast.Constant):
                values[-1] = ast.Constant(values[-1].value + part.value)
            elif not isinstance(part, ast.Constant) or part.value:
                values.append(part)
        return ast.JoinedStr(values)


def _text(node: Any) -> str:
    """A syntax tree as text, without the empty fields, which differ between Pythons."""
    if isinstance(node, list):
        return f"[{', '.join(map(_text, node))}]"
    if not isinstance(node, ast.AST):
        return ascii(node)
    fields = [
        f"{name}={_text(value)}"
        for name, value in ast.iter_fields(node)
        if name not in ("ctx", "kind", "type_comment") and (value not in (None, []) or isinstance(node, ast.Constant))
    ]
    return f"{type(node).__name__}({', '.join(fields)})"


def _names(node: ast.AST) -> Iterator[Chain]:
    """The names that code uses, without those known only to a function inside it."""
    chain = _chain(node)
    if chain:
        yield chain
    elif isinstance(node, Function):
        for part in (*node.decorator_list, node.args):
            yield from _names(part)
        for part in node.body:
            yield from (chain for chain in _names(part) if chain[0] in node.uses)  # type: ignore[union-attr]
    else:
        for part in ast.iter_child_nodes(node):
            yield from _names(part)


def _chain(node: ast.AST) -> Chain:
    """The names in `a.b.c`; for anything else, none."""
    if isinstance(node, ast.Attribute):
        owner = _chain(node.value)
        return (*owner, node.attr) if owner else ()
    return (node.id,) if isinstance(node, ast.Name) else ()


def _value_of(chain: Chain, names: Mapping[str, Any]) -> Any:
    """The object that a chain of names refers to; None if there is none."""
    return functools.reduce(lambda owner, name: getattr(owner, name, None), chain[1:], names.get(chain[0]))


def _imports(node: ast.AST) -> Iterator[tuple[str, str, str | None]]:
    """What an import statement binds: the name, the module as written, and the member; None for the module itself."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.asname or _top(alias.name), alias.name, None
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, "." * node.level + (node.module or ""), alias.name


def _imported(name: str, module: str, attribute: str | None) -> Any:
    owner = importlib.import_module(module)
    if attribute is None:  # `import a.b` binds a, `import a.b as c` binds b
        return sys.modules[name] if name == _top(module) else owner
    return getattr(owner, attribute) if hasattr(owner, attribute) else importlib.import_module(f"{module}.{attribute}")


def _definitions(node: ast.AST, inside: str = "") -> Iterator[tuple[str, Definition]]:
    """The functions and classes in a tree, by their qualified names."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            yield inside + child.name, child
            yield from _definitions(child, f"{inside}{child.name}.{'<locals>.' if isinstance(child, Function) else ''}")
        else:
            yield from _definitions(child, inside)


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Definition):
            yield child
            yield from _outside_functions(child)


def _assigned_and_defined(trees: list[ast.ClassDef]) -> tuple[set[str], set[str]]:
    """The names that classes assign in their bodies, and those that they define there."""
    inside = [node for tree in trees for line in tree.body for node in (line, *_outside_functions(line))]
    assigned = {node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return assigned, {node.name for node in inside if isinstance(node, Definition)}


def _first_line(node: Any) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])


def _last_line(node: Any) -> int:
    return node.end_lineno or node.lineno


def _nested(code: CodeType) -> Iterator[CodeType]:
    """A piece of code and everything inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def _used_by(code: CodeType) -> set[str]:
    """The names that a function takes from outside."""
    steps = [step for inner in _nested(code) for step in dis.get_instructions(inner)]
    return {step.argval for step in steps if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")} | set(code.co_freevars)


def _closure(function: FunctionType) -> dict[str, Any]:
    """The variables that a function takes from its enclosing function."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    return found


def _functions_of(value: Any) -> list[FunctionType]:
    """The functions behind a class attribute."""
    if isinstance(value, property):
        parts = [value.fget, value.fset, value.fdel]
    elif isinstance(value, functools.cached_property):
        parts = [value.func]
    else:
        parts = [inspect.unwrap(value.__func__ if isinstance(value, staticmethod | classmethod) else value)]
    return [part for part in parts if isinstance(part, FunctionType)]


def _counts(name: Any) -> bool:
    """Whether an attribute was set by somebody, not by Python or a decorator."""
    return not (isinstance(name, str) and name.startswith("__") and name.endswith("__")) or name == "__wrapped__"


def _is_data(value: Any) -> bool:
    return isinstance(value, bool | int | float | complex | str | bytes | list | tuple | dict | set | frozenset | None)


def _top(name: str) -> str:
    return name.partition(".")[0]
