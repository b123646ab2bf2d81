"""Records: objects of the notebook's own classes that consist only of their attributes, or members of an Enum."""

from __future__ import annotations

import abc
import enum
import inspect
from typing import Any

_HAVE_MORE = ("__slots__", "__new__", "__del__", "__getattribute__")  # if the class defines one of these


def is_record(kind: Any) -> bool:
    """Whether objects of this class are records, which can be made from their attributes, or found by their names."""
    if issubclass(type(kind), enum.EnumMeta):
        return bool(kind.__module__ == "__main__")
    return (
        type(kind) in (type, abc.ABCMeta)
        and kind.__module__ == "__main__"
        and not getattr(kind, "__abstractmethods__", ())
        and all(
            base.__module__ in ("abc", "typing")
            or (base.__module__ == "__main__" and vars(base).keys().isdisjoint(_HAVE_MORE))
            for base in kind.__mro__[:-1]
        )
    )


def attributes_of(value: Any) -> dict[str, Any] | None:
    """The attributes of a record, as they are; None for any other value, and for a member of an Enum."""
    if type(value).__module__ != "__main__" or isinstance(value, enum.Enum):
        return None
    return vars(value) if is_record(type(value)) else None


def hidden_by(attributes: dict[str, Any], kind: type) -> list[str]:
    """The attributes in whose place the class has a method, a property or the like, which they would hide."""
    return [name for name in attributes if hasattr(inspect.getattr_static(kind, name, None), "__get__")]


def record_of(kind: type, attributes: dict[str, Any]) -> Any:
    """A record of this class that uses the dictionary itself for its attributes."""
    made: Any = object.__new__(kind)
    object.__setattr__(made, "__dict__", attributes)
    return made


def member(value: enum.Enum) -> str:
    """A member of an Enum as it is written in code: ``Color.RED``."""
    return f"{type(value).__name__}.{value.name}"
