"""Stand-ins: what the judge holds in place of the student's functions, classes and objects.

A stand-in passes calls and attribute look-ups on to the worker and returns plain data. It takes part in no
comparison, arithmetic or conversion, except by special methods that the *reference's*
object had at the same place: otherwise the student's object could answer the test's questions itself.
"""

from __future__ import annotations

import dis
import inspect
import sys
import types
from collections.abc import Callable, Generator
from typing import Any

import numpy as np

from ..sandbox.library import is_named_tuple
from ..sandbox.wire import READS_ENTRIES, SPECIAL, exception_bases


class NotPlain(BaseException):
    """The student's code returned an object where the reference returns plain data.

    No ``except Exception`` of a test catches it, which would take it for an error of the student's.
    """

    def __init__(self, path: str, kind: str):
        super().__init__(f"`{path}` gives an object of type `{kind}`: a number, text, a list or an array is expected")


class Swallowed(NotPlain):
    """The student's context manager ends an exception where the reference's does not."""

    def __init__(self, path: str, error: BaseException):
        BaseException.__init__(self, f"`{path}` ends a {type(error).__name__}, which should come through")


class StudentError(Exception):
    """An exception that the student's code raised; its class has the original's name and built-in base.

    ``info["object"]`` is a stand-in for the exception itself if its class is the student's own.
    """

    info: dict = {}
    __class__ = property(lambda self: kind_of(self))

    def __str__(self) -> str:
        return self.info["text"] if "text" in self.info else super().__str__()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not isinstance(self.info.get("object"), Standin):
            raise AttributeError(name)
        return getattr(self.info["object"], name)


def kind_of(error: StudentError) -> type:
    """What ``type()`` returns: the built-in class if the student's code raised exactly that."""
    built_in = exception_bases(error.info.get("name", ""))
    return built_in if built_in.__name__ in error.info.get("bases", ())[:1] else type(error)


# Attributes that Python itself gives to functions and classes, and that a test may look at.
_ATTRIBUTES = frozenset(
    f"__{name}__"
    for name in (
        "name qualname doc module annotations defaults kwdefaults code closure wrapped dict base bases mro "
        "subclasses abstractmethods"
    ).split()
)


class Standin:
    """One of the student's functions or objects. ``_path`` says how the test reached it, e.g. ``MLP().forward``."""

    __slots__ = ("_link", "_number", "_name", "_path", "__weakref__")
    __doc__ = property(lambda self: self._link.ask("attribute", on=self, name="__doc__", path=f"{self._path}.__doc__"))

    def __init__(self, link: Any, number: int, name: str, path: str):
        for slot, value in zip(Standin.__slots__, (link, number, name, path), strict=False):
            object.__setattr__(self, slot, value)

    def __getattr__(self, name: str) -> Any:
        if name == "__signature__":
            return _signature(self._link.ask("signature", on=self))
        if name.startswith("__") and name not in _ATTRIBUTES:
            raise AttributeError(name)
        if self._link.joins and _is_called_next(sys._getframe(1)):
            return _Method(self, name)
        return self._link.ask("attribute", on=self, name=name, path=f"{self._path}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        self._link.ask("set_attribute", on=self, name=name, value=value)

    def __dir__(self) -> list[str]:
        return [name for name in self._link.ask("dir", on=self) if type(name) is str]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._link.ask("call", on=self, args=args, kwargs=tuple(kwargs.items()), path=f"{self._path}()")

    def __instancecheck__(self, value: Any) -> bool:
        known = isinstance(value, Standin) or is_named_tuple(value)
        return known and self._link.ask("isinstance", value=value, of=self) is True

    def __subclasscheck__(self, value: Any) -> bool:
        return isinstance(value, Standin) and self._link.ask("issubclass", value=value, of=self) is True

    def __eq__(self, other: Any) -> bool:
        return self is other or isinstance(other, type) and self._link.is_class(self, other)

    def __hash__(self) -> int:
        return self._number

    def __mro_entries__(self, bases: tuple) -> tuple[type]:
        return (_Derived,)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotPlain(self._path, self._name)

    def __repr__(self) -> str:
        return f"<{self._name} of the submission>"


class _Deriving(type):
    """Creates a class that a test derives from the student's: it exists in the worker, with the test's methods."""

    def __new__(mcs, name: str, bases: tuple, body: dict[str, Any], **more: Any) -> Any:
        if not bases:
            return super().__new__(mcs, name, bases, body)
        bases, cell = body.pop("__orig_bases__"), body.pop("__classcell__", None)
        own = ((key, *_kind_and_parts(value)) for key, value in body.items() if key not in _OF_CLASS_STATEMENTS)
        link = next(base._link for base in bases if isinstance(base, Standin))
        made = link.ask("derive", path=name, name=name, bases=bases, body=tuple(own), **more)
        if cell is not None:  # used by `super()` and `__class__` in its methods
            cell.cell_contents = made
        return made


class _Derived(metaclass=_Deriving):
    """Replaces the student's classes in a test's class statement."""


_OF_CLASS_STATEMENTS = frozenset({"__module__", "__qualname__", "__firstlineno__", "__static_attributes__"})


def _kind_and_parts(value: Any) -> tuple[str, Any]:
    """How the worker creates a value of a class's body: from the test's functions, or by value."""
    if isinstance(value, staticmethod | classmethod):
        return type(value).__name__, (value.__func__,)
    if isinstance(value, property):
        return "property", (value.fget, value.fset, value.fdel)
    return "", value


class _Super:
    """``super()`` in a method of a class that a test derived from the student's."""

    def __init__(self, of: Any, on: Standin):
        object.__setattr__(self, "_pair", (of, on))

    def __getattribute__(self, name: str) -> Any:
        of, on = object.__getattribute__(self, "_pair")
        return on._link.ask("super", of=of, on=on, name=name, path=f"super().{name}")


def super_(*of_and_on: Any) -> Any:
    """The tests' ``super``."""
    if not of_and_on:
        frame = sys._getframe(1)
        of_and_on = frame.f_locals["__class__"], frame.f_locals[frame.f_code.co_varnames[0]]
    return _Super(*of_and_on) if isinstance(of_and_on[-1], Standin) else super(*of_and_on)


class _Method:
    """The value of ``a.b`` in ``a.b(...)``: looking it up and calling it is one request to the worker."""

    __slots__ = ("_on", "_name")

    def __init__(self, on: Standin, name: str):
        self._on, self._name = on, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        on, path = self._on, f"{self._on._path}.{self._name}()"
        return on._link.ask("method", on=on, name=self._name, args=args, kwargs=tuple(kwargs.items()), path=path)


_LOADS = dis.opmap["LOAD_METHOD" if sys.version_info < (3, 12) else "LOAD_ATTR"]
_bytecode: dict[int, tuple[types.CodeType, bytes]] = {}  # by the id of the code, which is kept with it


def _is_called_next(frame: types.FrameType) -> bool:
    """Whether the attribute that a frame looks up is called immediately, as in ``a.b(...)``, and not used otherwise."""
    code, at = frame.f_code, frame.f_lasti
    if id(code) not in _bytecode:
        _bytecode[id(code)] = code, code.co_code
    operation, argument = _bytecode[id(code)][1][at : at + 2]
    return operation == _LOADS and (sys.version_info < (3, 12) or bool(argument & 1))


def _signature(rows: list) -> inspect.Signature:
    empty = inspect.Parameter.empty
    return inspect.Signature(
        [
            inspect.Parameter(str(name), inspect._ParameterKind(kind), default=default if known else empty)
            for name, kind, known, default in rows
        ],
        __validate_parameters__=False,
    )


def _forward(name: str) -> Callable[..., Any]:
    def method(self: Standin, *args: Any) -> Any:
        path = f"{self._path}{name}"
        answer = self._link.ask("special", on=self, name=name, args=args, path=path)
        return _ends(self._link, path, answer, args[1]) if name == "__exit__" else answer

    method.__name__ = name
    return method


class _Awaited:
    """Lets a stand-in be awaited: the worker runs its own event loop until there is a result."""

    __slots__ = ()
    _link: Any
    _path: str

    def __await__(self) -> Generator[None, None, Any]:
        return self._link.ask("await", on=self, path=f"await {self._path}")
        yield  # makes it an iterator, which has nothing to wait for


class _Coroutine(_Awaited):
    """What else `asyncio` needs of a coroutine."""

    __slots__ = ()

    def send(self, value: None) -> None:
        """Runs it to its end."""
        raise StopIteration(self._link.ask("await", on=self, path=f"await {self._path}"))

    def throw(self, error: BaseException, *_: Any) -> None:
        """Ends it."""
        raise error

    def close(self) -> None:
        """Drops it."""


async def _leave(self: Any, *args: Any) -> bool:
    """``__aexit__``."""
    path = f"{self._path}__aexit__"
    answer = await self._link.ask("special", on=self, name="__aexit__", args=args, path=path)
    return _ends(self._link, path, answer, args[1])


def _ends(link: Any, path: str, answer: Any, error: BaseException | None) -> bool:
    """Whether the answer of an ``__exit__`` ends what its block raised, as the reference's did in the same place.

    A failed assertion is raised anyway. Raises Swallowed for any other exception: the test may go on to check whether
    it was raised.
    """
    if error is None or not answer or link.may_swallow(path, error):
        return error is not None and bool(answer)
    if isinstance(error, AssertionError):
        return False
    raise Swallowed(path, error)


def _refuse(self: Standin, *_: object) -> bool:
    raise NotPlain(self._path, self._name)


def _refuse_attribute(self: Standin, name: str, *_: object) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise NotPlain(self._path, self._name)


class Unexpected(Standin):
    """A student's object where the reference gave plain data, as from a method that returns ``self`` instead of None.

    A test may ignore it, pass it back to the student's code, and ask whether it is true. If it comes in place of a
    list or a named tuple, a test may read its entries or its fields. All this is determined when the object arrives.
    Any other use in a test is refused, so what the object would answer does not count.

    Args:
        stand_in: the usual stand-in for the object.
        truth: None if the object does not say whether it is true.
        data: the entries, or the fields as a named tuple; None if a test may read neither.
        methods: the object's methods, out of `wire.READS_ENTRIES`, by which a test may read the data.
    """

    __slots__ = ("_truth", "_data", "_methods")
    _truth: bool | None
    _data: Any
    _methods: frozenset[str]
    __doc__ = None
    __setattr__ = __delattr__ = _refuse_attribute  # type: ignore[assignment]
    __dir__ = __call__ = __instancecheck__ = __subclasscheck__ = _refuse  # type: ignore[assignment]
    __hash__ = Standin.__hash__

    def __init__(
        self, stand_in: Standin, path: str, truth: bool | None, data: Any = None, methods: frozenset[str] = frozenset()
    ):
        super().__init__(stand_in._link, stand_in._number, stand_in._name, path)
        for slot, value in zip(Unexpected.__slots__, (truth, data, methods), strict=True):
            object.__setattr__(self, slot, value)

    def __getattr__(self, name: str) -> Any:
        is_field = name in getattr(self._data, "_fields", ())
        return getattr(self._data, name) if is_field else _refuse_attribute(self, name)

    def __bool__(self) -> bool:
        return self._truth if type(self._truth) is bool else _refuse(self)


def _readable(on: Unexpected, method: str) -> Any:
    """The data of an object that has this method.

    Raises TypeError if it has no such method, as Python does: `list` asks for a length, but does not need it.
    """
    if on._data is None:
        _refuse(on)
    if method not in on._methods:
        raise TypeError(f"an object of type `{on._name}` has no `{method}`")
    return on._data


def _of_entries(name: str) -> Callable[..., Any]:
    def method(self: Unexpected, *args: Any) -> Any:
        data = _readable(self, name)
        if name == "__getitem__" and not (isinstance(args[0], slice) or hasattr(args[0], "__index__")):
            _refuse(self)
        return reversed(data) if name == "__reversed__" else getattr(data, name)(*args)

    method.__name__ = name
    return method


def _as_array(self: Unexpected, *args: Any, **kwargs: Any) -> Any:
    _readable(self, "__len__")
    return np.asarray(_readable(self, "__getitem__"), *args, **kwargs)


for _special in SPECIAL - {"__bool__", "__call__", "__hash__", "__repr__", "__str__"}:
    setattr(Unexpected, _special, _of_entries(_special) if _special in READS_ENTRIES else _refuse)
Unexpected.__array__ = _as_array  # type: ignore[assignment]

_classes: dict[tuple[frozenset, bool, bool], type] = {}


def standin_class(methods: frozenset[str], for_plain: bool = False, coroutine: bool = False) -> type[Standin]:
    """The stand-in class that forwards these special methods; a coroutine's only if its objects can be awaited.

    In place of plain data (for example, as an item of a list) it is unusable.
    """
    if (methods, for_plain, coroutine) not in _classes:
        forwarded = (methods & SPECIAL) - {"__call__", "__await__", "__aexit__"}
        if "__getitem__" in forwarded:
            forwarded |= {"__iter__"}  # what can be read by index can also be iterated over
        body: dict[str, Any] = {name: _forward(name) for name in forwarded}
        body |= {"__aexit__": _leave} if "__aexit__" in methods else {}
        bases = (_Coroutine if coroutine else _Awaited, Standin) if "__await__" in methods else (Standin,)
        body |= {"__slots__": (), "__doc__": vars(Standin)["__doc__"]}
        if for_plain:
            body |= dict.fromkeys(SPECIAL - {"__call__", "__hash__", "__repr__", "__str__"}, _refuse)
        if "__eq__" in body and "__hash__" not in body:
            body["__hash__"] = Standin.__hash__
        _classes[methods, for_plain, coroutine] = type("Standin", bases, body)
    return _classes[methods, for_plain, coroutine]


def exception_class(name: str, bases: list, info: dict | None = None) -> type[Exception]:
    """The judge's own exception class for one of the student's.

    Args:
        bases: names of built-in classes, the nearest first, and the judge's own classes for the student's.
    """
    own = tuple(base for base in bases if isinstance(base, type)) or (StudentError,)
    named = (exception_bases(base) for base in bases if isinstance(base, str))
    base = next((found for found in named if found is not Exception), Exception)
    if issubclass(base, UnicodeError):  # its subclasses want five arguments
        base = ValueError
    if issubclass(base, BaseExceptionGroup):  # which requires the exceptions that it groups
        base = Exception
    known = exception_bases(name)
    body = {"info": info or {}, "__module__": known.__module__ if known.__name__ == name else "__main__"}
    try:
        return type(name, (*own, base), body)
    except TypeError:  # no order of inheritance, or no common layout
        return type(name, own[:1], body)
