"""SymPy formulas that cross by value: taken apart on one side, rebuilt on the other from checked parts.

`parts_of_formula` gives ``[kind, ...]``, and `formula_of` is the reverse. Nothing is read from text, and nothing is
evaluated on the way: ``2**10**10`` stays that formula until a test computes with it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

# Classes built from their arguments as they are; those in the second row could evaluate them, and are told not to.
_MADE = frozenset("Tuple Interval Derivative Integral Sum Product Limit Lambda Subs ExprCondPair".split())
_TOLD = frozenset("Add Mul Pow Max Min FiniteSet Union Intersection Complement And Or Not Xor Implies".split())
_MATRICES = frozenset({"MutableDenseMatrix", "ImmutableDenseMatrix"})
MAX_BITS = 100_000  # of a number
MAX_NAME = 1000  # letters
MAX_ENTRIES = 1_000_000  # of a matrix


def parts_of_formula(value: Any, encode: Callable[[Any], Any]) -> list | None:
    """What a formula is rebuilt from, or None if its kind is not known here; `encode` does that for its contents."""
    sympy = sys.modules.get("sympy")
    if sympy is None or not isinstance(value, sympy.Basic | sympy.MatrixBase):
        return None
    kind = type(value)
    name = kind.__name__
    if isinstance(value, sympy.MatrixBase):
        entries = [encode(item) for item in value] if name in _MATRICES and len(value) <= MAX_ENTRIES else None
        return entries and ["matrix", name, *value.shape, entries]
    if getattr(sympy.S, name, None) is value:
        return ["constant", name]
    if kind in (sympy.Integer, sympy.Rational):
        parts = [int(value.p), int(value.q)]
        return ["rational", *map(encode, parts)] if all(map(_is_short, parts)) else None
    if kind is sympy.Float:
        sign, digits, exponent, _ = value._mpf_
        short = _is_short(int(digits)) and abs(exponent) <= MAX_BITS and value._prec <= MAX_BITS
        return ["float", int(sign), encode(int(digits)), int(exponent), int(value._prec)] if short else None
    if kind in (sympy.Symbol, sympy.Dummy):
        if len(value.name) > MAX_NAME:
            return None
        (_, *index), said = value.__getnewargs_ex__()
        return ["symbol", str(value.name), [[key, truth] for key, truth in said.items()], index]
    arguments = [encode(item) for item in value.args]
    if isinstance(value, sympy.core.function.AppliedUndef) and len(name) <= MAX_NAME:
        return ["unknown", name, arguments]
    return ["formula", name, arguments] if _maker(sympy, name) is kind else None


def _maker(sympy: Any, name: str) -> Any:
    """The SymPy class of that name, if it makes formulas."""
    if name == "ExprCondPair":  # of a Piecewise
        return sympy.functions.elementary.piecewise.ExprCondPair
    kind = getattr(sympy, name, None)
    if not isinstance(kind, type) or name == "betainc_regularized":  # which cannot be told not to evaluate
        return None
    known = name in _MADE | _TOLD or issubclass(kind, sympy.Function | sympy.core.relational.Relational)
    return kind if known else None


def formula_of(parts: list, decode: Callable[[Any], Any]) -> Any:
    """The reverse of `parts_of_formula`. Raises ValueError, or what hostile parts make raise."""
    sympy = importlib.import_module("sympy")
    kind, *parts = parts
    if kind == "constant":
        found = getattr(sympy.S, _text(parts[0]), None)
        if type(found).__name__ != parts[0] or not isinstance(found, sympy.Basic):
            raise ValueError("not a SymPy constant")
        return found
    if kind == "rational":
        return sympy.Rational(*(_number(decode(part)) for part in parts))
    if kind == "float":
        sign, digits, exponent, precision = parts[0], _number(decode(parts[1])), *map(_number, parts[2:])
        if sign not in (0, 1) or not 0 < precision <= MAX_BITS or abs(exponent) > MAX_BITS:
            raise ValueError("not a SymPy number")
        number = (sign, digits, exponent, digits.bit_length()) if digits else 0
        return sympy.Float(number, precision=precision)
    if kind == "symbol":
        name, (said, index) = _text(parts[0]), parts[1:]
        assumptions = {_text(key): truth for key, truth in said if type(truth) is bool}
        return sympy.Dummy(name, *map(_number, index), **assumptions) if index else sympy.Symbol(name, **assumptions)
    name, *parts = parts
    if kind == "matrix":
        rows, columns, entries = parts
        if name not in _MATRICES or not 0 < len(entries) <= MAX_ENTRIES:
            raise ValueError("not a SymPy matrix")
        return getattr(sympy, name)(_number(rows), _number(columns), _formulas(sympy, entries, decode))
    arguments = _formulas(sympy, parts[0], decode)
    if kind == "unknown":
        return sympy.Function(_text(name))(*arguments)
    maker = _maker(sympy, _text(name))
    if kind != "formula" or maker is None:
        raise ValueError("not a SymPy formula")
    return maker(*arguments) if name in _MADE else maker(*arguments, evaluate=False)


def _formulas(sympy: Any, parts: list, decode: Callable[[Any], Any]) -> list:
    made = [decode(part) for part in parts]
    if not all(isinstance(one, sympy.Basic) for one in made):
        raise ValueError("formulas expected")
    return made


def _text(value: Any) -> str:
    if type(value) is not str or len(value) > MAX_NAME:
        raise ValueError("a name expected")
    return value


def _number(value: Any) -> int:
    if type(value) is not int or not _is_short(value):
        raise ValueError("a whole number expected")
    return value


def _is_short(number: int) -> bool:
    return number.bit_length() <= MAX_BITS
