"""How Python's own introspection works on the student's functions, classes and objects in a test.

``isinstance``, ``issubclass``, ``type`` and `inspect` look at real functions and classes. For a stand-in, they
pass the question on to the worker; for anything else, they work as usual.
"""

from __future__ import annotations

import builtins
import dataclasses
import functools
import inspect
import sys
import types
from typing import Any

from ..sandbox.wire import INSPECTED, OF_DATACLASSES
from .standin import Standin, StudentError, kind_of

_PLAIN = {bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset}  # these cross by value


def is_standin(value: Any) -> bool:
    """Whether a value is a stand-in for something of the student's."""
    return Standin in type(value).__mro__


def isinstance_(value: Any, of: Any) -> bool:
    """The tests' ``isinstance``."""
    return builtins.isinstance(value, of) or _asked("isinstance", value, of)


def issubclass_(value: Any, of: Any) -> bool:
    """The tests' ``issubclass``."""
    if is_standin(value):
        return any(value is one for one in _each(of)) or _asked("issubclass", value, of)
    return builtins.issubclass(value, of)


class _TypeOf(type):
    """Makes ``type_`` pass for `type` itself."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs and is_standin(args[0]):
            return args[0]._link.type_of(args[0])
        if len(args) == 1 and not kwargs and builtins.isinstance(args[0], StudentError):
            return kind_of(args[0])
        return type(*args, **kwargs)

    def __instancecheck__(cls, value: Any) -> bool:
        return builtins.isinstance(value, type)

    def __subclasscheck__(cls, value: Any) -> bool:
        return builtins.issubclass(value, type)

    def __eq__(cls, other: Any) -> bool:
        return other is cls or other is type

    def __hash__(cls) -> int:
        return hash(type)


class type_(metaclass=_TypeOf):  # noqa: N801
    """The tests' ``type``."""


def watch() -> None:
    """From now on, permanently in this process, `inspect` and `dataclasses` also work for stand-ins."""
    for module, names in (inspect, INSPECTED), (dataclasses, OF_DATACLASSES):
        for name in names:
            setattr(module, name, _passed_on(name, getattr(module, name)))


def _passed_on(name: str, usual: Any) -> Any:
    @functools.wraps(usual)
    def ask(value: Any, *args: Any, **kwargs: Any) -> Any:
        owner: Any = getattr(value, "__self__", None) if builtins.isinstance(value, types.MethodType) else None
        if is_standin(owner):  # such as __init__
            value = owner._link.ask("attribute", on=owner, name=value.__name__)
        if not is_standin(value):
            return usual(value, *args, **kwargs)
        more = {"more": tuple(kwargs.items())} if name == "replace" else {}
        return value._link.ask("inspect", name=name, on=value, **more, path=f"{name}({value._path})")

    return ask


def _asked(question: str, value: Any, of: Any) -> bool:
    """The worker's answer about a stand-in and classes that it also has: the notebook's own, or a library's."""
    if not is_standin(value):
        return False
    for one in _each(of):
        if builtins.isinstance(one, Standin):
            if value._link.ask(question, value=value, of=one) is True:
                return True
        elif builtins.isinstance(one, type) and one not in _PLAIN and (address := _address(one)):
            module, name = address
            path = f"{question}({value._path}, {name})"
            if value._link.ask("is_a", question=question, value=value, module=module, name=name, path=path) is True:
                return True
    return False


def _each(of: Any) -> list[Any]:
    if builtins.isinstance(of, tuple):
        return [one for part in of for one in _each(part)]
    return list(of.__args__) if builtins.isinstance(of, types.UnionType) else [of]


def _address(kind: type) -> tuple[str, str] | None:
    """The module and the name by which the worker finds the same class; None if it has none."""
    for name, value in vars(types).items():
        if value is kind:
            return "types", name
    module: Any = sys.modules.get(kind.__module__)
    found = module
    for part in kind.__qualname__.split("."):
        found = getattr(found, part, None)
    return (kind.__module__, kind.__qualname__) if found is kind else None
