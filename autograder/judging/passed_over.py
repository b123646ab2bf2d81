"""What comparisons pass over in an answer: entries without a value, and everything under other labels.

An imaginary part is passed over, too: the square of 1e9j is less than any tolerance, since NumPy compares real parts
first. So is what ``zip`` compares with an empty text, what False or an empty slice selects where an index is expected,
and the square of a number of few bits, such as 16: in eight bits it is 0. So is the fourth power of 65536 in 64 bits.
"""

from __future__ import annotations

import contextlib
import copy
import datetime
import decimal
import hashlib
import io
import math
import sys
from collections import deque
from collections.abc import Mapping, Set
from typing import Any

import numpy as np

from ..sandbox.wire import Constant
from .texts import gaps_in_answer, is_header

HUGE = 1e18  # nothing larger can be squared in 32 bits
_FEW_BITS = frozenset("float16 bfloat16 int8 int16 int32 uint8 uint16 uint32".split())
_LARGEST = {4: 46340.0, 8: 3.037e9}  # whole numbers that can be squared in so many bytes
# Marks of what else may be passed over.
IMAGINARY, NOTHING, TRUTH, SLICE, NARROW = "imaginary", "nothing", "a truth value", "a slice", "few bits"
NONE = "None"
HEADER = "a header"
NO_VALUES = "no values"  # prefix of the mark of places without one
_SECONDS = {"Y": 3.2e7, "M": 2.7e6, "W": 604800, "D": 86400, "h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6}
_MOST_SECONDS = 9.2e9  # from 1970 that nanoseconds can count: other dates overflow
POWERS = "powers"  # prefix of the mark of numbers with a power that does not fit into their bits
_HIGHEST = 8  # power to which a test raises a difference
_ROOTS = {kind: float(np.iinfo(kind).max) ** (1 / _HIGHEST) for kind in "int8 int16 int32 int64".split()}
_ROOTS |= {f"u{kind}": root for kind, root in _ROOTS.items()}
_ROOTS |= {kind: float(np.finfo(kind).max) ** (1 / _HIGHEST) for kind in ("float16", "float32")}
_WIDE = frozenset(map(np.dtype, ("f8", "i8")))
Several = list | tuple | deque | Set  # containers of answers without names


def is_ordinary(value: Any) -> bool:
    """Whether a quick look shows that a value is not passed over: a list may have millions of such values."""
    return value is None or type(value) is int and -_LARGEST[4] < value < _LARGEST[4]


def _is_in_range(value: Any) -> bool:
    """Whether a quick look shows that a value has no marks: numbers that are finite, of 64 bits, and not too large."""
    kind = type(value)
    if kind is int or kind is float or kind is np.float64:
        least = greatest = value
    elif kind is np.ndarray and value.dtype in _WIDE and value.size:
        kind, least, greatest = value.dtype.type, value.min(), value.max()  # NaN if there is one
    else:
        return False
    most = HUGE if kind in (float, np.float64) else _ROOTS["int64"]
    return bool(-most < least and greatest < most)


def is_table(value: Any) -> bool:
    """Whether a value is a pandas series or table."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.Series | pandas.DataFrame)


def is_index(value: Any) -> bool:
    """Whether a value is a pandas index."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.Index)


def is_sparse(value: Any) -> bool:
    """Whether a value is a sparse matrix."""
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and sparse.issparse(value)


def fields_of(value: Any) -> tuple[str, ...]:
    """The names of the fields of a structured array, or of an entry of one."""
    return value.dtype.names or () if isinstance(value, np.ndarray | np.void) else ()


def marks_of(value: Any) -> set[str]:
    """Marks that identify the places without a value in a result, and the labels of tables; empty for most results.

    The order of labels does not matter.
    """
    if _is_in_range(value):
        return set()
    large = _with_large_powers(value)
    return _other_marks(value) | ({_mark(POWERS, large)} if large else set())


def _other_marks(value: Any) -> set[str]:
    if value is None:
        return {NONE}
    if isinstance(value, io.StringIO | io.BytesIO):
        return set() if value.closed else marks_of(value.getvalue())
    if is_ordinary(value):
        return set()
    if isinstance(value, bool | np.bool_) or is_of_none(value):
        return {TRUTH}
    if isinstance(value, slice):
        return {SLICE}
    if has_no_entries(value) or isinstance(value, str | bytes | bytearray) and not value.strip():
        return {NOTHING}
    if isinstance(value, str | bytes | bytearray) and (marks := _marks_of_text(value)):
        return marks
    if isinstance(value, Mapping | tuple):  # whose parts are marked separately
        parts = list(value.items() if isinstance(value, Mapping) else enumerate(value))
        found = {
            f"{TRUTH} at {key!r}" if mark == TRUTH else mark for key, item in parts for mark in _marks_of_part(item)
        }
        if isinstance(value, Mapping):
            found.add(_mark("labels", repr(sorted(map(repr, value))).encode("utf-8", "replace")))
        return found.union(marks_of(default_of(value)))
    if isinstance(value, Several):
        return set().union(*map(_marks_of_part, value))
    if names := fields_of(value):
        return set().union(*(marks_of(value[name]) for name in names))
    if is_sparse(value):
        return marks_of(value.tocoo().data)
    found = {IMAGINARY} if is_imaginary(value) else {f"{NARROW} {value.dtype}"} if is_narrow(value) else set()
    if is_table(value):
        text = repr([sorted(map(repr, axis)) for axis in value.axes])
        found.add(_mark("labels", text.encode("utf-8", "replace")))
        gaps = np.asarray(value.isna())
    elif is_index(value):
        gaps = np.asarray(value.isna())
    elif isinstance(value, np.ndarray) or is_tensor(value):
        array = array_of(value)
        gaps = np.zeros(()) if array is None else gaps_in(array)
        if array is not None and array.dtype.kind == "O":
            found |= marks_of([item for item in array.flat if isinstance(item, Mapping | Several | np.ndarray)])
    elif is_gap(value):
        gaps = np.array(True)
    else:
        return found
    if gaps.any():
        found.add(_mark(NO_VALUES, repr(gaps.shape).encode() + np.packbits(gaps.astype(bool)).tobytes()))
    return found


def _marks_of_text(value: str | bytes | bytearray) -> set[str]:
    text = text_of(value)
    if not text or not (gaps := gaps_in_answer(text)):
        return {HEADER} if is_header(text) else set()
    return {_mark(NO_VALUES, f"{gaps} in a text".encode())}


def text_of(value: Any) -> str:
    """A text, also one in bytes; empty for anything else."""
    with contextlib.suppress(UnicodeDecodeError):
        return value.decode() if isinstance(value, bytes | bytearray) else value if isinstance(value, str) else ""
    return ""


def _marks_of_part(item: Any) -> set[str]:
    return _other_marks(item) if type(item) is int else marks_of(item)  # whole numbers share one mark


def _with_large_powers(value: Any) -> bytes:
    """The numbers with a power that does not fit into their bits, of a value itself and its entries."""
    if isinstance(value, Mapping | Several | int):
        items = value.values() if isinstance(value, Mapping) else [value] if isinstance(value, int) else value
        large = [item for item in items if type(item) is int and abs(item) > _ROOTS["int64"]]
        return repr(large).encode() if large else b""
    if is_table(value) and value.ndim == 2:
        return b"".join(_with_large_powers(value.iloc[:, n]) for n in range(value.shape[1]))
    if not (isinstance(value, np.ndarray | np.generic) or is_tensor(value) or is_table(value)):
        return b""
    root, array = _ROOTS.get(str(value.dtype).removeprefix("torch.").lower()), array_of(value)
    if root is None or array is None or not ((array > root) | (array < -root)).any():
        return b""
    return array.tobytes()


def has_large_powers(value: Any) -> bool:
    """Whether a value has numbers with a power that does not fit into their bits."""
    with contextlib.suppress(Exception):  # from an unusual kind of value
        return any(mark.startswith(POWERS) for mark in marks_of(value))
    return False


def in_floats(value: Any, given: Any, disguised: bool = False) -> Any:
    """A value with floats of 64 bits where `given` has numbers with a power that does not fit into their bits.

    ``disguised``: arrays still say that they have the former dtype.
    """
    if isinstance(value, Mapping) and isinstance(given, Mapping):
        made = copy.copy(value)
        made.update({key: in_floats(item, given.get(key), disguised) for key, item in value.items()})  # type: ignore[attr-defined]
        return made
    if isinstance(value, list | tuple) and isinstance(given, list | tuple) and len(given) == len(value):
        items = [in_floats(item, other, disguised) for item, other in zip(value, given, strict=True)]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if disguised and isinstance(value, np.ndarray) and has_large_powers(given):
        made = _floats(value).view(_Disguised)
        made.told = value.dtype
        return made
    return _floats(value) if has_large_powers(given) else value


class _Disguised(np.ndarray):
    """Floats in an array that tells Python code of another dtype."""

    told: np.dtype | None = None

    @property
    def dtype(self) -> np.dtype:
        """The dtype that is told; what is computed from the array has its own."""
        return self.told or np.asarray(self).dtype


def _floats(value: Any) -> Any:
    if isinstance(value, list | tuple | set | frozenset):
        return type(value)(map(_floats, value))
    if type(value) is int:
        return float(value)
    if is_table(value) and value.ndim == 2:
        made = value.copy()
        for n in range(value.shape[1]):
            made.isetitem(n, _floats(value.iloc[:, n]))
        return made
    if str(getattr(value, "dtype", "")).removeprefix("torch.").lower() not in _ROOTS:
        return value
    return value.double() if is_tensor(value) else value.astype(float)


def tells_no_place(marks: Set[str]) -> bool:
    """Whether marks do not say where a value lacks parts."""
    return bool(marks & {IMAGINARY, NOTHING}) or any(mark.startswith(NO_VALUES) for mark in marks)


def has_gaps_of(given: Any, right: Any) -> bool:
    """Whether comparisons pass over nothing in one value that they do not also pass over in the other, by marks."""
    if has_no_entries(given) and has_no_entries(right):
        return True
    marks = marks_of(given)
    has_parts = isinstance(given, Mapping | Several) or is_table(given) or is_sparse(given) or fields_of(given)
    if (has_parts or str(getattr(given, "dtype", "")) == "object") and tells_no_place(marks):
        return False
    return marks <= marks_of(right)


def _mark(kind: str, told: bytes) -> str:
    return f"{kind} {hashlib.sha256(told).hexdigest()[:16]}"


def has_no_entries(value: Any) -> bool:
    """Whether a value is an empty container."""
    if isinstance(value, Mapping | Several | range):
        return not value
    return 0 in shape if isinstance(shape := getattr(value, "shape", None), tuple) else False


def default_of(value: Any) -> Any:
    """The number or text that a dictionary gives for a missing key; None if it has none."""
    factory = getattr(value, "default_factory", None)
    return factory() if isinstance(factory, Constant) else None


def is_of_none(value: Any) -> bool:
    """Whether a value contains only False: as an index, it selects nothing."""
    if isinstance(value, list) and value:
        return all(item is False or isinstance(item, np.bool_) and not item for item in value)
    if not (isinstance(value, np.ndarray) or is_tensor(value) or is_table(value) and value.ndim == 1):
        return False
    return str(value.dtype) in ("bool", "torch.bool", "boolean") and not value.any()


def is_narrow(value: Any) -> bool:
    """Whether numbers have so few bits that a difference, or its square, can overflow to 0 or below."""
    if not (isinstance(value, np.ndarray | np.generic) or is_tensor(value) or is_table(value) and value.ndim == 1):
        return False
    return str(value.dtype).removeprefix("torch.").lower() in _FEW_BITS


def widened(value: Any) -> Any:
    """The same numbers in 64 bits."""
    is_float = "float" in str(value.dtype).lower()
    if is_tensor(value):
        return value.double() if is_float else value.long()
    return value.astype("f8" if is_float else "i8")


def is_imaginary(value: Any) -> bool:
    """Whether a number, or one in an array or a table, has an imaginary part."""
    if isinstance(value, complex):
        return value.imag != 0
    if not (isinstance(value, np.ndarray | np.generic) or is_tensor(value) or is_table(value) or is_index(value)):
        return False
    array = array_of(value)
    if array is None or array.dtype.kind not in "cO":
        return False
    if array.dtype.kind == "O":
        return any(item.imag != 0 for item in array.flat if isinstance(item, complex))
    return bool(array.imag.any())


def is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def array_of(value: Any) -> np.ndarray | None:
    """A value as an array; None if it is not one, or of a kind that NumPy does not have."""
    with contextlib.suppress(Exception):
        if is_tensor(value):
            value = value.detach()
            return np.asarray(value.double() if value.is_floating_point() else value)
        if isinstance(value, np.ma.MaskedArray):
            return value
        return None if isinstance(value, Mapping) or value is None else np.asarray(value)
    return None


def is_gap(value: Any) -> bool:
    """Whether a scalar, or its text, is NaN, NaT, NA, or so large that results computed from it become NaN."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and value is pandas.NA:
        return True
    with contextlib.suppress(Exception):
        if isinstance(value, str):
            return any(map(_is_no_number, value.split()))
        if isinstance(value, bytes | bytearray):
            return _is_no_number(value)
        if isinstance(value, int):
            return is_too_large(value)
        if isinstance(value, float | complex):
            return not abs(value) < HUGE
        if isinstance(value, decimal.Decimal):
            return not value.is_finite() or abs(value) >= decimal.Decimal(HUGE)
        if isinstance(value, np.generic):
            return bool(gaps_in(np.asarray(value)))
        if isinstance(value, datetime.date):
            return not bool(value == value)
        if (sympy := sys.modules.get("sympy")) and isinstance(value, sympy.Basic):
            return value is sympy.nan or value in (sympy.zoo, sympy.oo, -sympy.oo)
    return False


def _is_no_number(word: Any) -> bool:
    with contextlib.suppress(ValueError):
        return not math.isfinite(float(word))
    return False


def is_too_large(numbers: Any, bytes_each: int = 8) -> Any:
    """Which numbers have a square that does not fit into an integer of so many bytes."""
    limit = _LARGEST.get(bytes_each)
    if isinstance(numbers, int):  # of any length
        return limit is not None and abs(numbers) > limit
    if limit is None or not numbers.size or numbers.max() <= limit and numbers.min() >= -limit:
        return np.zeros(numbers.shape, bool)
    return np.abs(numbers.astype(float)) > limit


def gaps_in(array: np.ndarray) -> np.ndarray:
    """Where an array has no value, or one that is too large to compute with, or one that is masked."""
    if isinstance(array, np.ma.MaskedArray):
        return np.ma.getmaskarray(array) | gaps_in(array.data)
    if array.dtype.kind in "iu":
        return np.asarray(is_too_large(array, array.itemsize))
    if array.dtype.kind in "fc":
        with np.errstate(all="ignore"):
            return np.asarray(~(np.abs(array) < np.float64(HUGE)))
    if array.dtype.kind in "mM":
        unit, count = np.datetime_data(array.dtype)
        return np.isnat(array) | (
            np.abs(array.astype("i8").astype(float)) * count * _SECONDS.get(unit, 0) > _MOST_SECONDS
        )
    if array.dtype.kind in "OSU":
        flat = [item is None or is_gap(item) for item in array.flat]
        return np.array(flat, bool).reshape(array.shape)
    return np.zeros(array.shape, bool)
