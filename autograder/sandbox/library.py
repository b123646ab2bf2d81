"""Values of the standard and other libraries that cross by value: taken apart on one side, rebuilt from checked parts.

`parts_of` gives ``[tag, kind, ...]`` for what it knows; `made_of` is the reverse and trusts nothing: it calls no class
that the other side names, and passes to pandas only arrays, lists of plain values and checked names.
"""

from __future__ import annotations

import collections
import contextlib
import datetime
import decimal
import fractions
import functools
import importlib
import keyword
import pathlib
import re
import sys
import zoneinfo
from collections.abc import Callable
from typing import Any

import numpy as np

from .formulas import formula_of, parts_of_formula

MAX_FIELDS = 100  # of a named tuple
MAX_DIGITS = 300_000  # or letters of a path
MAX_SPARSE = 10_000_000  # rows, or columns
TABLES = frozenset({"DataFrame", "Series", "Index", "MultiIndex", "array"})
_SPARSE = ("coo", "csc", "csr")
_TEXTS: dict[str, tuple[type, Callable[[str], Any], Callable[[Any], str]]] = {
    "decimal": (decimal.Decimal, decimal.Decimal, str),
    "date": (datetime.date, datetime.date.fromisoformat, datetime.date.isoformat),
    "time": (datetime.time, datetime.time.fromisoformat, datetime.time.isoformat),
    "datetime": (datetime.datetime, datetime.datetime.fromisoformat, datetime.datetime.isoformat),
    "path": (pathlib.PosixPath, pathlib.PosixPath, str),
    "pure path": (pathlib.PurePosixPath, pathlib.PurePosixPath, str),
}
_TEXT_KINDS = {kind: name for name, (kind, _, _) in _TEXTS.items()}
_OF_NAMED_TUPLES = vars(collections.namedtuple("_Any", ())).keys() | {
    *("__annotations__", "__orig_bases__"),
    "__slotnames__",  # which `copy` adds to the class of what it copies
}
_named_tuples: dict[tuple[str, tuple[str, ...]], type] = {}  # those that this process was sent, by name and fields
_VIEWS = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}
# What pandas keeps in its own arrays, by the name of the dtype.
_EXTENSIONS = re.compile(r"object|str|string|boolean|U?Int(8|16|32|64)|Float(32|64)")
_ZONES = (datetime.tzinfo, type(None))
_ZONE = re.compile(r"[A-Za-z0-9_+:/-]{1,40}")
_UNITS = ("s", "ms", "us", "ns")
_LABELS: tuple[type, ...] = (
    *(str, int, float, complex, bytes, tuple, frozenset, type(None), np.generic),
    *(datetime.date, datetime.time, datetime.timedelta, decimal.Decimal, fractions.Fraction),
)
_FREQUENCY = re.compile(r"-?[0-9]{0,6}[A-Za-z]{1,5}(-[A-Z]{3})?")


def is_named_tuple(value: Any) -> bool:
    """Whether a value's class was made by `collections.namedtuple` itself, without added methods."""
    kind = type(value)
    fields = getattr(kind, "_fields", None)
    if kind.__base__ is not tuple or not isinstance(fields, tuple) or hasattr(value, "__dict__"):
        return False
    return not vars(kind).keys() - _OF_NAMED_TUPLES - {*fields} and _may_name(kind.__name__, fields)


def _may_name(name: Any, fields: tuple) -> bool:
    """Whether a named tuple can be made with these names, or with the names that it gives to unnamed fields."""
    if len(fields) > MAX_FIELDS or len({*fields}) != len(fields):
        return False
    words = [name, *(field for n, field in enumerate(fields) if field != f"_{n}")]
    if any(type(word) is not str or not word.isidentifier() or len(word) > 100 for word in (name, *fields)):
        return False
    return not any(map(keyword.iskeyword, words)) and not any(word.startswith("_") for word in words[1:])


def parts_of(value: Any, encode: Callable[[Any], Any]) -> list | None:
    """What a value is rebuilt from, or None if its kind is not known here; `encode` does that for its contents."""
    kind = type(value)
    if name := _TEXT_KINDS.get(kind):
        if isinstance(value, datetime.datetime | datetime.time) and (value.tzinfo is not None or value.fold):
            zone = None if value.tzinfo is None else parts_of(value.tzinfo, encode)
            known = zone is not None or value.tzinfo is None
            return ["D", "moment", encode(value.replace(tzinfo=None, fold=0)), value.fold, zone] if known else None
        text = _TEXTS[name][2](value)
        return ["D", name, encode(text)] if len(text) <= MAX_DIGITS else None
    if kind is datetime.timedelta:
        return ["D", "timedelta", value.days, value.seconds, value.microseconds]
    if kind is datetime.timezone and len(value.tzname(None)) <= MAX_DIGITS:
        return ["D", "offset", encode(value.utcoffset(None)), value.tzname(None)]
    if kind is zoneinfo.ZoneInfo and _is_known(value.key):
        return ["D", "zone", value.key]
    if kind is fractions.Fraction:
        return ["D", "fraction", encode(value.numerator), encode(value.denominator)]
    if name := _VIEWS.get(kind):
        return ["D", name, [encode(item) for item in value]]
    if is_named_tuple(value):
        _named_tuples[kind.__name__, kind._fields] = kind
        return ["N", kind.__name__, list(kind._fields), [encode(item) for item in value]]
    if kind is np.ma.MaskedArray:
        return [
            "D",
            "masked",
            encode(np.asarray(value.data)),
            encode(np.ma.getmaskarray(value)),
            encode(value.fill_value),
        ]
    if "sympy" in sys.modules and (parts := parts_of_formula(value, encode)):
        return ["D", "sympy", *parts]
    if "pandas" in sys.modules and str(kind.__module__).split(".")[0] == "pandas":
        return _of_pandas(value, encode)
    if "scipy" in sys.modules and str(kind.__module__).split(".")[0] == "scipy":
        return _of_scipy(value, encode)
    return None


@functools.cache
def _is_known(zone: str | None) -> bool:
    """Whether there is a time zone of this name: one that was read from a file may have any name."""
    with contextlib.suppress(zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return bool(zone and _ZONE.fullmatch(zone) and zoneinfo.ZoneInfo(zone))
    return False


def _of_scipy(value: Any, encode: Callable[[Any], Any]) -> list | None:
    if isinstance(value, dict) and any(base.__name__ == "OptimizeResult" for base in type(value).__mro__):
        return ["D", "result", [[key, encode(item)] for key, item in value.items() if type(key) is str]]
    sparse = sys.modules.get("scipy.sparse")
    if not (sparse and sparse.issparse(value)) or value.ndim != 2 or max(value.shape) > MAX_SPARSE:
        return None
    if value.format in _SPARSE and value.dtype.kind in "biufc":
        parts = value.tocoo()
        arrays = [encode(np.array(array)) for array in (parts.data, parts.row, parts.col)]
        return ["D", "sparse", value.format, isinstance(value, sparse.sparray), list(value.shape), *arrays]
    return None


def made_of(node: list, decode: Callable[[Any], Any], takes: Callable[[str], bool] = lambda kind: True) -> Any:
    """The reverse of `parts_of`. Raises ValueError, or what hostile parts make raise.

    Args:
        takes: asked whether a value may have what makes a comparison skip entries, or decides it. "gaps" are masked
            entries, and NA in a pandas array: if it says no, masked entries become the values below the mask, and NA
            becomes NaN, which equals nothing. "an order" is that of categories: if it says no, they are sorted.
    """
    tag, kind, *parts = node
    if tag == "N":
        names, items = parts
        if len(names) != len(items):
            raise ValueError("a named tuple of a different length")
        made = _named_tuples.get((kind, tuple(names))) or _named_tuple(kind, tuple(names))
        return tuple.__new__(made, map(decode, items))
    if kind in _TEXTS:
        (text,) = map(decode, parts)
        if type(text) is not str or len(text) > MAX_DIGITS:
            raise ValueError("text expected")
        return _TEXTS[kind][1](text)
    if kind == "timedelta":
        return datetime.timedelta(*map(_int, parts))
    if kind == "moment":
        return _moment(decode(parts[0]), _int(parts[1]), decode(parts[2]))
    if kind == "offset":
        offset, name = decode(parts[0]), parts[1]
        if type(name) is not str or len(name) > MAX_DIGITS:
            raise ValueError("a name expected")
        zone = datetime.timezone(offset)
        return zone if zone.tzname(None) == name else datetime.timezone(offset, name)
    if kind == "zone":
        if not _ZONE.fullmatch(parts[0]):
            raise ValueError("the name of a time zone expected")
        return zoneinfo.ZoneInfo(parts[0])
    if kind == "fraction":
        return fractions.Fraction(*(_int(decode(part)) for part in parts))
    if kind in ("keys", "values", "items"):
        items = [decode(part) for part in parts[0]]
        table = dict(items) if kind == "items" else dict.fromkeys(items) if kind == "keys" else dict(enumerate(items))
        return getattr(table, kind)()
    if kind == "masked":
        data, mask, fill = map(decode, parts)
        if type(data) is not np.ndarray or type(mask) is not np.ndarray or mask.dtype != _bools(data.dtype):
            raise ValueError("arrays expected")
        return np.ma.MaskedArray(data, mask, fill_value=fill) if takes("gaps") else data
    if kind == "sympy":
        return formula_of(parts, decode)
    if kind == "result":
        made = importlib.import_module("scipy.optimize").OptimizeResult()
        for key, item in parts[0]:
            if type(key) is not str:
                raise ValueError("the name of an entry expected")
            made[key] = decode(item)
        return made
    if kind == "sparse":
        return _sparse(parts, decode)
    return _pandas(kind, parts, decode, takes)


def _moment(plain: Any, fold: int, zone: Any) -> Any:
    """A time, or a date and a time, in a time zone."""
    if not isinstance(plain, datetime.datetime | datetime.time) or not isinstance(zone, _ZONES):
        raise ValueError("a time in a time zone expected")
    return plain.replace(tzinfo=zone, fold=fold)


def _sparse(parts: list, decode: Callable[[Any], Any]) -> Any:
    """A sparse matrix from its coordinates; SciPy checks that they are within its shape."""
    form, is_array, shape, *arrays = parts
    data, row, column = map(decode, arrays)
    if form not in _SPARSE or len(shape) != 2:
        raise ValueError("unknown form")
    if any(type(array) is not np.ndarray or array.ndim != 1 for array in (data, row, column)):
        raise ValueError("arrays of one dimension expected")
    if row.dtype.kind not in "iu" or column.dtype.kind not in "iu" or max(map(_int, shape)) > MAX_SPARSE:
        raise ValueError("coordinates expected")
    sparse = importlib.import_module("scipy.sparse")
    coordinates = sparse.coo_array if is_array is True else sparse.coo_matrix
    return coordinates((data, (row, column)), shape=tuple(shape)).asformat(form)


def _bools(dtype: np.dtype) -> np.dtype:
    return np.ma.make_mask_descr(dtype)


def _int(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("a whole number expected")
    return value


@functools.lru_cache(200)
def _named_tuple(name: str, fields: tuple[str, ...]) -> type:
    """Our own class with these fields; they are checked, since `collections.namedtuple` evaluates text with them."""
    if not _may_name(name, fields):
        raise ValueError("not the names of fields")
    return collections.namedtuple(name, fields, rename=True)


# -- pandas ----------------------------------------------------------------------------------------------------------


def _of_pandas(value: Any, encode: Callable[[Any], Any]) -> list | None:
    import pandas as pd

    kind = type(value)
    if value is pd.NaT or value is pd.NA:
        return ["D", "missing", str(value)]
    if isinstance(value, pd.Series | pd.Index) and not all(map(_is_label, (value.name, *getattr(value, "names", ())))):
        return None
    if kind in (pd.Timestamp, pd.Timedelta):
        zone, plain = _zone(value) if kind is pd.Timestamp else "", value.asm8
        return None if zone is None else ["D", kind.__name__, int(plain.astype(int)), np.datetime_data(plain)[0], zone]
    if kind is pd.DataFrame:
        columns = [_column(value.iloc[:, n], encode) for n in range(value.shape[1])]
        axes = [_of_pandas(value.index, encode), _of_pandas(value.columns, encode)]
        return None if None in columns or None in axes else ["D", "DataFrame", *axes, columns]
    if kind is pd.Series:
        column, index = _column(value, encode), _of_pandas(value.index, encode)
        return None if column is None or index is None else ["D", "Series", index, column, encode(value.name)]
    if kind is pd.RangeIndex:
        return ["D", "RangeIndex", value.start, value.stop, value.step, encode(value.name)]
    if kind is pd.MultiIndex:
        levels = [_of_pandas(value.get_level_values(n), encode) for n in range(value.nlevels)]
        return None if None in levels else ["D", "MultiIndex", levels]
    if isinstance(value, pd.Index) and kind.__name__ in (
        "Index",
        "DatetimeIndex",
        "TimedeltaIndex",
        "CategoricalIndex",
    ):
        column, frequency = _column(value, encode), getattr(value, "freqstr", None)
        return None if column is None else ["D", "Index", column, encode(value.name), frequency]
    if isinstance(value, pd.api.extensions.ExtensionArray):
        column = _column(pd.Series(value), encode)
        return None if column is None else ["D", "array", column]
    return None


def _zone(value: Any) -> str | None:
    if value.tzinfo is None:
        return ""
    return name if _ZONE.fullmatch(name := str(value.tzinfo)) else None


def _column(values: Any, encode: Callable[[Any], Any]) -> list | None:
    """``[kind, ...]`` of the values of a series or an index."""
    import pandas as pd

    dtype = values.dtype
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        return ["numpy", encode(np.array(values))]
    if isinstance(dtype, pd.CategoricalDtype):
        categories = _of_pandas(dtype.categories, encode)
        codes = np.array(values.cat.codes if isinstance(values, pd.Series) else values.codes)
        return None if categories is None else ["categories", encode(codes), categories, bool(dtype.ordered)]
    if isinstance(dtype, pd.DatetimeTZDtype):
        plain = values.dt.tz_convert("UTC").dt.tz_localize(None) if isinstance(values, pd.Series) else None
        plain = values.tz_convert("UTC").tz_localize(None) if plain is None else plain
        return ["zone", encode(np.array(plain)), zone] if _ZONE.fullmatch(zone := str(dtype.tz)) else None
    if _EXTENSIONS.fullmatch(str(dtype)):
        plain = str(dtype) == "object"
        return ["list", str(dtype), [encode(item if plain or not pd.isna(item) else None) for item in values]]
    return None


def _values(column: list, decode: Callable[[Any], Any], takes: Callable[[str], bool]) -> Any:
    pd = importlib.import_module("pandas")
    kind, *parts = column
    if kind == "list":
        dtype, items = parts
        if not _EXTENSIONS.fullmatch(dtype):
            raise ValueError("unknown dtype")
        items = [decode(item) for item in items]
        if dtype != "object":
            values = pd.array(items, dtype=dtype)
            if values.dtype.na_value is not pd.NA or not values.isna().any() or takes("gaps"):
                return values
            return values.to_numpy(object if dtype in ("string", "boolean") else float, na_value=np.nan)
        array = np.empty(len(items), object)
        array[:] = [None] * len(items)
        for n, item in enumerate(items):
            array[n] = item
        return array
    array = decode(parts[0])
    if type(array) is not np.ndarray or array.ndim != 1:
        raise ValueError("an array of one dimension expected")
    if kind == "numpy":
        return array
    if kind == "categories":
        categories = decode(parts[1])
        if not isinstance(categories, pd.Index):
            raise ValueError("an index expected")
        made = pd.Categorical.from_codes(array, categories, ordered=parts[2] is True)
        return made if takes("an order") else _in_sorted_order(made)
    if kind == "zone" and array.dtype.kind == "M" and _ZONE.fullmatch(parts[1]):
        return pd.DatetimeIndex(array).tz_localize("UTC").tz_convert(parts[1])
    raise ValueError("unknown kind of column")


def _in_sorted_order(made: Any) -> Any:
    """The same values, compared by value; without categories if these have no order."""
    try:
        return made.reorder_categories(sorted(made.categories))
    except TypeError:
        return np.asarray(made)


def _pandas(kind: str, parts: list, decode: Callable[[Any], Any], takes: Callable[[str], bool]) -> Any:
    pd = importlib.import_module("pandas")
    if kind == "missing":
        return {"NaT": pd.NaT, "<NA>": pd.NA}[parts[0]]
    if kind in ("Timestamp", "Timedelta"):
        number, unit, zone = _int(parts[0]), parts[1], parts[2]
        if unit not in _UNITS:
            raise ValueError("unknown unit")
        if kind == "Timedelta":
            return pd.Timedelta(np.timedelta64(number, unit))
        moment = pd.Timestamp(np.datetime64(number, unit))
        return moment.tz_localize("UTC").tz_convert(zone) if zone and _ZONE.fullmatch(zone) else moment
    if kind == "DataFrame":
        index, columns = decode(parts[0]), decode(parts[1])
        data = [_values(column, decode, takes) for column in parts[2]]
        _check_index(pd, index, len(data[0]) if data else None), _check_index(pd, columns, len(data))
        frame = pd.DataFrame(dict(enumerate(data)), index=index, columns=range(len(data)))
        frame.columns = columns
        return frame
    if kind == "Series":
        values = _values(parts[1], decode, takes)
        return pd.Series(values, index=_check_index(pd, decode(parts[0]), len(values)), name=_label(decode(parts[2])))
    if kind == "RangeIndex":
        return pd.RangeIndex(*map(_int, parts[:3]), name=_label(decode(parts[3])))
    if kind == "MultiIndex":
        levels = [decode(part) for part in parts[0]]
        for level in levels:
            _check_index(pd, level, len(levels[0]))
        return pd.MultiIndex.from_arrays(levels, names=[level.name for level in levels])
    if kind == "Index":
        values, name, frequency = _values(parts[0], decode, takes), _label(decode(parts[1])), parts[2]
        index = pd.Index(values, dtype=values.dtype, name=name)
        if frequency and isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex) and _FREQUENCY.fullmatch(frequency):
            with contextlib.suppress(ValueError):  # for example, with its own holidays
                return type(index)(index, freq=frequency)
        return index
    if kind == "array":
        values = _values(parts[0], decode, takes)
        return values if parts[0][:2] != ["list", "object"] else pd.array(values)
    raise ValueError("unknown kind")


def _check_index(pd: Any, index: Any, length: int | None) -> Any:
    if not isinstance(index, pd.Index) or length is not None and len(index) != length:
        raise ValueError("an index of that length expected")
    return index


def _label(value: Any) -> Any:
    """A name of a series or an index."""
    if not _is_label(value):
        raise ValueError("not a label")
    return value


def _is_label(value: Any) -> bool:
    return isinstance(value, _LABELS) or type(value).__name__ == "NAType"
