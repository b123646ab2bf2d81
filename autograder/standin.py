"""Stand-ins: what the judge holds in place of the student's functions, classes and objects.

A stand-in passes calls and attribute look-ups on to the worker and hands back plain data. It takes part in no
comparison, arithmetic or conversion of its own, except by special methods that the *reference's*
object had at the same place: otherwise the student's object could answer the test's questions itself.
"""

from __future__ import annotations

import inspect
from typing import Any

from .wire import exception_bases
from .worker import SPECIAL


class NotPlain(TypeError):
    """The student's code returned an object where the reference returns plain data."""


class StudentError(Exception):
    """An exception that the student's code raised; its class has the original's name and built-in base."""

    info: dict = {}


class Standin:
    """A function or object of the student's. ``_path`` says how the test reached it, e.g. ``MLP().forward``."""

    __slots__ = ("_link", "_number", "_name", "_path", "__weakref__")

    def __init__(self, link, number: int, name: str, path: str):
        for slot, value in zip(Standin.__slots__, (link, number, name, path), strict=False):
            object.__setattr__(self, slot, value)

    def __getattr__(self, name: str) -> Any:
        if name == "__signature__":
            return _signature(self._link.ask("signature", on=self))
        if name.startswith("__") and name not in ("__name__", "__qualname__", "__doc__"):
            raise AttributeError(name)
        return self._link.ask("attribute", on=self, name=name, path=f"{self._path}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        self._link.ask("set_attribute", on=self, name=name, value=value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._link.ask("call", on=self, args=list(args), kwargs=kwargs, path=f"{self._path}()")

    def __instancecheck__(self, value: Any) -> bool:
        return isinstance(value, Standin) and self._link.ask("isinstance", value=value, of=self) is True

    def __subclasscheck__(self, value: Any) -> bool:
        return isinstance(value, Standin) and self._link.ask("issubclass", value=value, of=self) is True

    def __eq__(self, other: Any) -> bool:
        if isinstance(other, Standin):
            return self is other
        raise _refuse(self, "compared")

    def __hash__(self) -> int:
        return self._number

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise _refuse(self, "turned into an array")

    def __repr__(self) -> str:
        return f"<{self._name} of the submission>"


def _refuse(standin: Standin, what: str) -> NotPlain:
    return NotPlain(
        f"{standin._path} gives an object of type {standin._name}, which cannot be {what}: return plain data"
    )


def _signature(rows: list) -> inspect.Signature:
    empty = inspect.Parameter.empty
    return inspect.Signature(
        [
            inspect.Parameter(str(name), inspect._ParameterKind(kind), default=default if known else empty)
            for name, kind, known, default in rows
        ],
        __validate_parameters__=False,
    )


def _forward(name: str):
    def method(self, *args):
        return self._link.ask("special", on=self, name=name, args=list(args), path=f"{self._path}{name}")

    method.__name__ = name
    return method


_classes: dict[frozenset, type] = {}


def standin_class(methods: frozenset[str]) -> type[Standin]:
    """The stand-in class that forwards these special methods."""
    if methods not in _classes:
        body = {name: _forward(name) for name in methods & SPECIAL if name != "__call__"}
        body["__slots__"] = ()
        if "__eq__" in body and "__hash__" not in body:
            body["__hash__"] = Standin.__hash__
        _classes[methods] = type("Standin", (Standin,), body)
    return _classes[methods]


def exception_class(name: str, bases: list[str], info: dict | None = None) -> type[Exception]:
    """An exception class of the judge's own for one of the student's: a StudentError and its built-in base."""
    base = next((found for found in map(exception_bases, bases) if found is not Exception), Exception)
    if issubclass(base, UnicodeError):  # its subclasses want five arguments
        base = ValueError
    return type(name, (StudentError, base), {"info": info or {}})
