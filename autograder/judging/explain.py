"""How two values differ, in words.

`explain(actual, expected)` names the relation between a wrong result and the right one: the sign is flipped,
there is an extra factor of the batch size, the softmax ran over the wrong axis. It says what to look for, never
what the right numbers are, unless it is told that these are not secret. Lectures, visible tests and the grader all
use it, so their messages agree.

The file is a list of small detectors. They are tried in the order of `SHAPES` and `VALUES`; the first that
recognises its mistake gives the message. A relation counts only if it explains the whole difference. Installed
packages may add detectors, which are tried before these (`added`).
"""

from __future__ import annotations

import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache, cached_property
from importlib.metadata import entry_points
from itertools import combinations, permutations, product
from math import comb
from typing import Any

import numpy as np

from ..sandbox.records import attributes_of, member

DETECTORS = "autograder.detectors"  # the entry points of packages that add some
DEEPEST = 8  # lists within lists
RETURNS_EARLY = "Is there a `return` inside a loop?"
MOST_RESULTS = 8  # of a function that are looked for in another order
LARGEST = 10**7  # entries; relations between larger arrays take too long to look for


@dataclass(frozen=True)
class Case:
    """One comparison: the actual and the expected value, and the names that may be used to say how they differ."""

    actual: Any
    expected: Any
    sizes: Mapping[str, int] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    rtol: float = 1e-5
    atol: float = 1e-8
    shown: bool = False  # whether the message may contain numbers or text of both
    free: bool = False  # whether any value of the right form will do
    plain: bool = False  # whether not to look for any relation

    @cached_property
    def a(self) -> np.ndarray:
        return self.actual.astype(np.float64)

    @cached_property
    def e(self) -> np.ndarray:
        return self.expected.astype(np.float64)

    @cached_property
    def wrong(self) -> np.ndarray:
        """Which entries differ; whole numbers must agree exactly."""
        if self.actual.dtype.kind in "biu" and self.expected.dtype.kind in "biu":
            return self.actual != self.expected
        return ~np.isclose(self.actual, self.expected, rtol=self.rtol, atol=self.atol, equal_nan=True)

    @cached_property
    def gap(self) -> float:
        """The largest absolute difference; infinite if the shapes do not allow one."""
        return float(np.abs(self.a - self.e).max()) if self.a.shape == self.e.shape else np.inf

    @cached_property
    def epsilon(self) -> float:
        """The precision of the coarser of the two dtypes, with some allowance for summation."""
        dtypes = [self.actual.dtype, self.expected.dtype]
        return 8 * max(float(np.finfo(dtype if dtype.kind == "f" else float).eps) for dtype in dtypes)

    @cached_property
    def rounding(self) -> float:
        """The largest difference that rounding alone may cause between two numbers of this size."""
        return self.epsilon * max(np.abs(self.a).max(initial=0.0), np.abs(self.e).max(initial=0.0))

    @cached_property
    def named(self) -> dict[str, np.ndarray]:
        """The inputs that are finite numbers; a list of arrays gives `Ws[0]`, `Ws[1]` and so on."""
        flat: dict[str, Any] = {}
        for name, value in self.inputs.items():
            several = isinstance(value, list | tuple) and _as_array(value) is None
            flat |= {f"{name}[{i}]": v for i, v in enumerate(value[:50])} if several else {name: value}
        arrays = {name: array for name, value in flat.items() if (array := _as_array(value)) is not None}
        numbers = {name: x for name, x in arrays.items() if x.dtype.kind in "iuf" and 0 < x.size <= LARGEST}
        return {name: x.astype(float) for name, x in numbers.items() if np.isfinite(x).all()}

    def accounts(self, left: Any, right: Any) -> bool:
        """Whether `left` is so close to `right` that no difference remains to be explained.

        The second half matters: any relation nearly holds between two values that are nearly equal.
        """
        left, right = np.asarray(left), np.asarray(right)
        if left.shape != right.shape or not left.size or not self.gap:
            return False
        top = float(np.abs(right).max())
        rounding = min(max(self.rounding, self.epsilon * top), 1e-3 * top)  # one huge number excuses no other
        rtol, atol = min(max(self.rtol, 1e-6), 1e-3), 1e-10 * top + rounding
        some = slice(None, None, max(1, left.size // 100))  # most relations fail early: fail cheaply
        for x, y in (left.reshape(-1)[some], right.reshape(-1)[some]), (left, right):
            error = np.abs(x - y)
            if not ((error <= rtol * np.abs(y) + atol).all() and error.max() <= self.gap / 1e3):
                return False
        return True


Detector = Callable[[Case], "str | None"]


def explain(
    actual: Any,
    expected: Any,
    *,
    sizes: Mapping[str, int] | None = None,
    inputs: Mapping[str, Any] | None = None,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    shown: bool = False,
    free: bool = False,
    plain: bool = False,
) -> str | None:
    """Say in a sentence or two how `actual` differs from `expected`.

    Args:
        actual: the result of a function: a number, array, tensor, string, or a list, tuple or dict of them.
        expected: the right result.
        sizes: lengths that a factor or a shape may be named after, such as `{"batch size": 7}`.
        inputs: the arguments of the call, by name; a term of the result may be named after one.
        rtol, atol: tolerances, as in `np.allclose`. Whole numbers must agree exactly; NaN equals NaN.
        shown: whether `expected` is not secret: then the message also shows an entry that differs.
        free: whether any value of the right shape will do: then for numbers only the shape is compared.
        plain: whether to say only how many entries differ, without looking for a relation.

    Returns:
        None if both are equal up to the tolerance (a dtype alone is no difference), else the message.
        Unless `shown` it contains no value of `expected` or `inputs`, only shapes, dtypes, names, counts and ratios.
    """
    try:
        with np.errstate(all="ignore"):
            case = Case(actual, expected, dict(sizes or {}), dict(inputs or {}), rtol, atol, shown, free, plain)
            return _words(case)
    except Exception:  # an object may raise when it is inspected; then it is wrong, but must not crash this
        return "It cannot be compared with what is expected."


def assert_close(actual: Any, expected: Any, what: str = "your result", **kwargs: Any) -> None:
    """Raise an AssertionError that says how `actual` differs from `expected`.

    Args:
        actual, expected: as in `explain`.
        what: the name of the value in the message.
        kwargs: further arguments of `explain`.

    Raises:
        AssertionError: `what`, a colon, and the message of `explain`, with an entry that differs.
    """
    __tracebackhide__ = True
    if words := explain(actual, expected, **{"shown": True, **kwargs}):
        raise AssertionError(f"{what}: {_continued(words)}")


def _words(case: Case, depth: int = 0) -> str | None:
    """Pass a comparison to the functions for its kind: containers, arrays and numbers, or anything else."""
    if case.actual is case.expected:
        return None
    if depth > DEEPEST:
        return "It is nested too deeply to be compared."
    if isinstance(case.actual, deque) or isinstance(case.expected, deque):
        actual, expected = (list(x) if isinstance(x, deque) else x for x in (case.actual, case.expected))
        return _words(replace(case, actual=actual, expected=expected), depth + 1)
    if words := wrong_kind(case):
        return words
    if isinstance(case.expected, dict):
        return different_dict(case, depth)
    if (attributes := attributes_of(case.actual)) is not None:
        return different_record(replace(case, actual=attributes, expected=attributes_of(case.expected)), depth)
    given, wanted = _as_array(case.actual), _as_array(case.expected)
    if given is None or wanted is None:
        both_lists = isinstance(case.actual, list | tuple) and isinstance(case.expected, list | tuple)
        return different_list(case, depth) if both_lists else different_object(case)
    listed = (case.actual, case.expected) if isinstance(case.actual, list) and isinstance(case.expected, list) else None
    case = replace(case, actual=given, expected=wanted)
    if max(given.size, wanted.size) > LARGEST:
        return other_shape(case) if given.shape != wanted.shape else None if _equal(case) else not_right(case)
    if given.shape != wanted.shape:
        if listed and given.ndim == wanted.ndim == 1:
            return f"It has length {len(given)}, but {len(wanted)} is expected.{_what_is_too_much(*listed)}"
        return _first(SHAPES, case)
    if _equal(case):
        return None
    words = _first(PLAIN if case.plain else VALUES, case)
    told = case.shown and words and not words.endswith("is expected.")
    return f"{words} {_an_entry(case)}" if told else words


def _first(detectors: Iterable[Detector], case: Case) -> str | None:
    return next((words for detector in (*added(), *detectors) if (words := detector(case))), None)


@cache
def added() -> tuple[Detector, ...]:
    """The detectors of installed packages: their entry points in the group ``autograder.detectors``, by name.

    A package whose detector cannot be loaded is left out with a warning, and one that raises recognises nothing.
    """
    found: list[Detector] = []
    for entry in sorted(entry_points(group=DETECTORS), key=lambda entry: (entry.name, entry.value)):
        try:
            found.append(_harmless(entry.load()))
        except Exception as error:
            warnings.warn(f"{DETECTORS}: {entry.name} = {entry.value} cannot be loaded: {error}", stacklevel=2)
    return tuple(found)


def _harmless(detector: Detector) -> Detector:
    def asked(case: Case) -> str | None:
        try:
            words = detector(case)
        except Exception:
            return None
        return words if isinstance(words, str) else None

    return asked


# ---- kinds of things ---------------------------------------------------------------------------------------


def wrong_kind(case: Case) -> str | None:
    """Not the expected kind of thing: nothing returned, a string, a list where an array is expected."""
    given, wanted = _kind(case.actual), _kind(case.expected)
    numbers, lists = ("a number", "True or False", "an array"), ("a list", "a tuple")
    if given == wanted or any({given, wanted} <= set(alike) for alike in (numbers, lists)):
        return None
    if given == "an array" and wanted in lists and _as_array(case.expected) is not None:
        return None
    if wanted in lists:
        wanted = f"{wanted} of length {len(case.expected)}"
    hint = {
        "None": " Did you forget `return`, or to set it? Or is it not reached, in a loop or branch?",
        "a function": " Did you forget to call it, with `()`?",
        "a tuple": " Is there a comma too many?" if wanted in (*numbers, "text") else "",
        "a list": " `np.array` or `torch.tensor` makes an array of it." if wanted == "an array" else "",
    }
    return f"It is {given}, but {wanted} is expected.{hint.get(given, '')}"


def different_dict(case: Case, depth: int) -> str | None:
    """A dictionary that lacks a key, has one too many, or differs under one."""
    missing = sum(key not in case.actual for key in case.expected)
    extra = sum(key not in case.expected for key in case.actual)
    if missing or extra:
        lost, more = (
            [f"{key!r:.40}" for key in ours if key not in theirs][:3] if case.shown else []
            for ours, theirs in ((case.expected, case.actual), (case.actual, case.expected))
        )
        which = (f" It lacks {', '.join(lost)}." if lost else "") + (f" It has {', '.join(more)}." if more else "")
        if not missing:
            return f"It has the expected keys, and {extra} more{': ' * bool(more)}{', '.join(more)}."
        others = f" and has {extra} other{'s' * (extra > 1)}. Compare their names" if extra else ""
        return f"It lacks {missing} of the expected keys{others}.{which}"
    for key, wanted in case.expected.items():
        if words := _words(replace(case, actual=case.actual[key], expected=wanted), depth + 1):
            return f"Under the key {key!r:.40}: {_continued(words)}" if isinstance(key, str | int) else words
    return None


def different_record(case: Case, depth: int) -> str | None:
    """Attributes of an object, one of which is missing or differs; the private ones of its class are left out."""
    for name, wanted in case.expected.items():
        if name.startswith("_"):
            continue
        if name not in case.actual:
            return f"It has no attribute `{name}`."
        if words := _words(replace(case, actual=case.actual[name], expected=wanted), depth + 1):
            return f"Its attribute `{name}`: {_continued(words)}"
    return None


_IN_ELEMENT = "In element "


def different_list(case: Case, depth: int) -> str | None:
    """A list or tuple that is too long or short, in reverse order, or different in one of its elements."""
    given, wanted, n = case.actual, case.expected, len(case.expected)
    if len(given) != n:
        return f"It has length {len(given)}, but {n} is expected.{_what_is_too_much(given, wanted)}"
    pairs = [replace(case, actual=x, expected=y) for x, y in zip(given, wanted, strict=True)]
    for i, pair in enumerate(pairs):
        if words := _words(pair, depth + 1):
            reverse = [replace(case, actual=x, expected=y) for x, y in zip(given[::-1], wanted, strict=True)]
            if depth == 0 and n > 1 and not any(_words(pair, depth + 1) for pair in reverse):
                return "It holds the right values, but in reverse order."
            if depth == 0 and n > 2 and _counts(given) is not None and _counts(given) == _counts(wanted):
                return "It holds the right values, but in another order."
            if depth == 0 and 2 < n <= MOST_RESULTS and _in_another_order(pairs, depth):
                return "It holds the right values, but in another order."
            if n == 1:
                return words
            if words.startswith(_IN_ELEMENT):
                return f"{_IN_ELEMENT}{i} of {n}, and of that in element {words.removeprefix(_IN_ELEMENT)}"
            return f"{_IN_ELEMENT}{i} of {n} (counted from 0): {_continued(words)}"
    return None


def _in_another_order(pairs: list[Case], depth: int) -> bool:
    """Whether each of several results is expected at another position, and none twice."""
    left = list(pairs)
    for pair in pairs:
        found = next((it for it in left if not _words(replace(pair, expected=it.expected), depth + 1)), None)
        if found is None:
            return False
        left = [it for it in left if it is not found]
    return True


def _what_is_too_much(given: Any, wanted: Any) -> str:
    """Where a list that is too long or short agrees with the expected one."""
    longer, shorter = (given, wanted) if len(given) > len(wanted) else (wanted, given)
    ours, n = longer is given, len(shorter)

    def agree(one: Any, other: Any) -> bool:
        return all(explain(x, y, atol=0.0) is None for x, y in zip(one, other, strict=True))

    at_first, at_last = n > 0 and agree(longer[:n], shorter), n > 0 and agree(longer[-n:], shorter)
    if at_first and not at_last:
        return f" Up to there it is right: it {'goes on too long' if ours else 'ends too early'}."
    if at_last and not at_first:
        return f" Its end is right: it begins too {'early' if ours else 'late'}."
    counts = _counts(given)
    if ours and counts and max(counts.values()) > 1 and counts.keys() == (_counts(wanted) or {}).keys():
        return " It holds the right values, but some more often than once."
    return ""


def _counts(values: Any) -> Counter[Any] | None:
    """How often each value is in a list of hashable values; None for other lists."""
    try:
        return Counter(values)
    except TypeError:
        return None


def different_object(case: Case) -> str | None:
    """Text, a set or a table that differs, or any other object that does not say it is equal."""
    given, wanted = case.actual, case.expected
    if all(hasattr(table, "index") and hasattr(table, "iloc") for table in (given, wanted)):
        return different_table(case)
    if given is wanted or (type(given) is type(wanted) and bool(given == wanted)):
        return None
    if isinstance(given, Enum) and isinstance(wanted, Enum):
        told = f"`{member(wanted)}`" if case.shown else "another one"
        return None if member(given) == member(wanted) else f"It is `{member(given)}`, but {told} is expected."
    if isinstance(given, str) and isinstance(wanted, str):
        example = f" It is {given!r}, but {wanted!r} is expected."
        return different_text(given, wanted) + (example if case.shown and len(example) < 200 else "")
    if isinstance(given, set | frozenset) and isinstance(wanted, set | frozenset):
        return f"It lacks {len(wanted - given)} of the expected elements, and has {len(given - wanted)} others."
    return f"It is {_kind(given)}, as it should be, but not the right one."


def different_text(given: str, wanted: str) -> str:
    """Text that differs in spaces, case, the order of letters or words, or from some character on."""
    if given.split() == wanted.split():
        return "It is the right text except for its spaces and line breaks."
    if given.casefold() == wanted.casefold():
        return "It is the right text except for upper and lower case."
    if given == wanted[::-1]:
        return "It is the right text, but backwards."
    if sorted(given.split()) == sorted(wanted.split()):
        return "It has the right words, but in another order."
    if not given:
        return "It is empty text, and should not be."
    if len(wanted) <= 3:
        return "It is not the right text."
    letters = ["".join(filter(str.isalnum, text)) for text in (given, wanted)]
    if letters[0] and letters[0] == letters[1]:
        return "It is the right text except for characters that are neither letters nor digits."
    long, short = (given, wanted) if len(given) > len(wanted) else (wanted, given)
    for whole, where in (long.startswith(short), "at its end"), (long.endswith(short), "at its beginning"):
        if short and whole:
            n = len(long) - len(short)
            much = "too many" if long is given else "missing"
            return f"It is the right text, but {n} character{'s are' if n > 1 else ' is'} {much} {where}."
    if sorted(given) == sorted(wanted):
        return "It has the right characters, but in another order."
    same = next((i for i, (x, y) in enumerate(zip(given, wanted, strict=False)) if x != y), len(short))
    if not same and len(wanted) <= 12 and wanted.isalpha() and given.isalpha():
        return "It is not the right text."  # another word
    lengths = "" if len(given) == len(wanted) else f" It has {len(given)} characters, but {len(wanted)} are expected."
    begins = f"Its first {same} character{'s are' if same > 1 else ' is'} right" if same else "It begins differently"
    wrong = sum(x != y for x, y in zip(given, wanted, strict=False))
    here = f", and {wrong} of {len(given)} characters differ" if not lengths else ""
    return f"{begins}, but it is not the right text{here}.{lengths}"


def different_table(case: Case) -> str | None:
    """A pandas table or column with other columns, rows, labels or values."""
    given, wanted = case.actual, case.expected
    same_name = getattr(given, "name", None) == getattr(wanted, "name", None)
    if type(given) is type(wanted) and given.equals(wanted) and same_name:
        return None
    ours, right = (list(getattr(table, "columns", [])) for table in (given, wanted))
    if ours != right:
        if sorted(map(str, ours)) == sorted(map(str, right)):
            return "Its columns are the right ones, but in another order."
        missing, extra = len(set(right) - set(ours)), len(set(ours) - set(right))
        return f"It lacks {missing} of the expected columns and has {extra} others."
    if len(given) != len(wanted):
        return f"It has {len(given)} rows, but {len(wanted)} are expected."
    labels = [list(table.index) for table in (given, wanted)]
    rows = [table.values.tolist() for table in (given, wanted)]
    if explain(rows[0], rows[1]) is not None and Counter(map(repr, rows[0])) == Counter(map(repr, rows[1])):
        return "Its rows are right, but in another order."
    if labels[0] != labels[1]:
        if explain(given.values.tolist(), wanted.values.tolist()) is None:
            return "Its values are right, but the labels of its rows (its index) are not. Look at `reset_index`."
        return "The labels of its rows (its index) are not the expected ones."
    for name in sorted(right, key=lambda name: wanted[name].dtype.kind not in "biuf") or [None]:
        one, other = (table if name is None else table[name] for table in (given, wanted))
        if words := _words(replace(case, actual=one.tolist(), expected=other.tolist()), 1):
            return f"In column {name!r:.40}: {_continued(words)}" if name is not None else words
    if not same_name:
        return "Its values are right, but its name is not the expected one."
    return "Its values are right, but not their types (`dtypes`)."


# ---- shapes: both are arrays, and their shapes differ ------------------------------------------------------


def kept_or_lost_dimension(case: Case) -> str | None:
    """A dimension of length 1 too many or too few: (N, 1) for (N,), or the reverse."""
    a, e = case.actual, case.expected
    if np.squeeze(a).shape != np.squeeze(e).shape or a.ndim == e.ndim:
        return None
    flat = replace(case, actual=a.ravel(), expected=e.ravel())
    right = bool(a.size) and _equal(flat)
    if a.size == e.size == 1 and not right:
        return f"It has another shape{'' if case.free else ', and another value'}. {_shapes(case)}"
    verdict = "The values are right, but it" if right else "It"
    if e.ndim == 0:
        return f"{verdict} is an array of one entry, but a single number is expected. {_shapes(case)}"
    if a.ndim > e.ndim:
        made = "`keepdims=True`, `reshape`, `None` in an index, or the shape given to a function such as `np.zeros`"
        words = f"{verdict} has a dimension of length 1 too many. {_shapes(case)}"
        return f"{words} It may come from {made}." if right else words
    kept = "A sum or mean keeps it with `keepdims=True`; otherwise use `reshape`, or make the array with it"
    words = f"{verdict} lost a dimension of length 1. {_shapes(case)}"
    return f"{words} {kept}." if right else words  # else something different may be returned


def broadcast_to_a_square(case: Case) -> str | None:
    """An (N, N) array where N numbers are expected: (N, 1) met (N,)."""
    n = case.expected.size
    if n < 2 or case.actual.shape != (n, n) or n not in case.expected.shape:
        return None
    if not _comes_of_a_row_and_a_column(case.actual):
        return None
    return f"{_shapes(case)} That is broadcasting: an array of shape ({n}, 1) met one of shape ({n},)."


def _comes_of_a_row_and_a_column(table: np.ndarray) -> bool:
    """Whether a table may contain the sums, products or squared differences of a number per row and one per column.

    Their ranks are 2, 1 and 3; so up to three rows and columns of numbers show nothing.
    """
    if table.dtype.kind not in "iuf" or not np.isfinite(table).all():
        return True
    table = table.astype(float)
    if len(table) > 3:
        return bool(np.linalg.matrix_rank(table) <= 3)
    slack = 1e-9 * np.abs(table).max()
    sums = np.abs(table - table[:, :1] - table[:1] + table[0, 0]).max() <= slack
    return bool(sums) or np.linalg.matrix_rank(table) <= 1


def transposed_shape(case: Case) -> str | None:
    """Rows and columns are swapped, or the axes are in another order."""
    a, e = case.actual, case.expected
    if a.ndim != e.ndim or a.ndim < 2 or sorted(a.shape) != sorted(e.shape):
        return None
    if a.ndim > 2:
        return f"Its axes are in another order. {_shapes(case)}"
    if _equal(replace(case, actual=a.T)):
        return f"The values are right, but transposed: rows and columns are swapped. {_shapes(case)}"
    return f"It looks transposed: rows and columns are swapped. {_shapes(case)}"


def over_another_axis(case: Case) -> str | None:
    """The sum, mean or maximum of an input over the wrong axis."""
    for name, x in case.named.items():
        for how, reduce in REDUCTIONS.items() if 2 <= x.ndim <= 4 and _numeric(case) else ():
            along = [reduce(x, axis=axis) for axis in range(x.ndim)]
            right = [i for i, values in enumerate(along) if case.accounts(values, np.squeeze(case.e))]
            wrong = [i for i, values in enumerate(along) if case.accounts(values, np.squeeze(case.a))]
            if right and wrong and right != wrong:
                return f"It is the {how} of `{name}` over axis {wrong[0]}, not over axis {right[0]}."
    return None


def not_reduced(case: Case) -> str | None:
    """An array whose sum or mean along some axis is expected, or vice versa."""
    if not _numeric(case) or not case.a.size or not case.e.size:
        return None
    more, less = (case.a, case.e) if case.a.size > case.e.size else (case.e, case.a)
    if more.size == less.size or (less.size < 3 and np.isin(less, range(-1, 10)).all()):
        return None  # small whole numbers have many causes
    kept = case.e[case.e != 0]
    if 1 < kept.size < case.e.size and case.accounts(case.a, kept):
        words = "It holds the entries that are not 0, and no others."
        return f"{words} A mask as an index leaves entries out: multiply by it."
    for axis, (name, reduce) in product([None, *range(more.ndim)], REDUCTIONS.items()):
        if case.accounts(reduce(more, axis=axis), np.squeeze(less)):
            if words := next(
                (words for words, part in _first_and_last(more) if case.accounts(part, np.squeeze(less))), ""
            ):
                if less is case.e:
                    return f"Its {words} would be right, and it holds more than that."
                why = "Is it overwritten in each round of a loop?" if words.startswith("last") else RETURNS_EARLY
                return f"It is only the {words} of what is expected. {why}"
            where = "everything" if axis is None else f"axis {axis}"
            if less is case.e:
                return f"Its {name} over {where} would be right: the {name} is still to be taken."
            return f"It is the {name} over {where} of what is expected. Look at `axis`."
    return None


def _first_and_last(x: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """The first and the last row, column or entry of an array that has several, with its name."""
    for axis, (thing, _) in enumerate(_things(x)):
        if x.shape[axis] > 1:
            yield from ((f"{end} {thing}", np.squeeze(np.take(x, i, axis))) for end, i in (("first", 0), ("last", -1)))


def summed_over_the_wrong_axis(case: Case) -> str | None:
    """Vectors of different lengths with the same total: one table, summed along different axes."""
    a, e = np.squeeze(case.actual), np.squeeze(case.expected)
    if not _numeric(case) or not (a.ndim == e.ndim == 1) or min(a.size, e.size) < 2:
        return None
    for verb, total in ("summed", np.sum), ("averaged", np.mean):
        if total(e) != np.rint(total(e)) and case.accounts(total(a), total(e)):
            right = f"the {total.__name__} of all its entries is right"
            return f"It is {verb} over the wrong axis: {right}. {_shapes(case)}"
    return None


def batch_dimension(case: Case) -> str | None:
    """The first dimension is missing, or there is one too many in front."""
    a, e = case.actual.shape, case.expected.shape
    if len(e) >= 2 and a == e[1:]:
        return f"The first dimension is missing, the one that counts the examples. {_shapes(case)}"
    if len(a) >= 2 and e and a[1:] == e:
        return f"There is a dimension too many in front. {_shapes(case)}"
    return None


def other_shape(case: Case) -> str | None:
    """Any other difference in shape: one row or column too many, a single number, or a plain mismatch."""
    a, e = case.actual, case.expected
    off = [i for i in range(e.ndim) if a.shape[i] != e.shape[i]] if a.ndim == e.ndim else []
    if a.ndim == 0:
        return f"It is a single number, but an array is expected. {_shapes(case)}"
    if len(off) == 1 and abs(a.shape[off[0]] - e.shape[off[0]]) == 1:
        thing = _things(e)[off[0]][0] if off[0] < 2 else f"entry along axis {off[0]}"
        where = _what_is_too_much(a.tolist(), e.tolist()) if a.ndim == 1 and a.size < 1000 else ""
        return f"It has one {thing} too {'many' if a.size > e.size else 'few'}.{where} {_shapes(case)}"
    if a.size == e.size > 1:
        return f"It has the right number of entries, but another shape. {_shapes(case)}"
    return _shapes(case)


# ---- values: both are arrays of one shape, and not equal ---------------------------------------------------


def not_numbers(case: Case) -> str | None:
    """Text or Python objects where numbers are expected, complex where real."""
    given, wanted = case.actual.dtype, case.expected.dtype
    if _numeric(case):
        return None
    if wanted.kind in "biuf":
        what = {"c": "complex numbers", "O": "Python objects", "U": "text"}
        things = what.get(given.kind, "something else")
        return f"It holds {things}, but numbers of dtype {wanted.name} are expected."
    return f"It differs in {np.sum(case.actual != case.expected)} of {case.expected.size} entries."


def nan_or_infinite(case: Case) -> str | None:
    """NaN or infinity where a number is expected: how many, where first, and whether an input is so large."""
    bad = case.wrong & ~np.isfinite(case.a)
    if not bad.any():
        expected_too = not np.isfinite(case.e).all()  # intended: log 0, a mask of -inf
        return f"It differs in {case.wrong.sum()} of {bad.size} entries." if expected_too else None
    nan = np.isnan(case.a[bad])
    words = f"It is {'NaN' if nan.any() else 'infinite'}."
    if case.a.ndim:
        some = f"in {bad.sum()} of {bad.size} entries, first in {_place(bad)}"
        where = "in every entry" if bad.all() else some
        words = f"It holds {'NaN' if nan.all() else 'NaN and infinity' if nan.any() else 'infinity'} {where}."
    limit = 88 if case.actual.dtype.itemsize <= 4 else 709  # exp of more is infinite
    if large := [name for name, x in case.named.items() if np.abs(x).max() > limit]:
        return f"{words} `{large[0]}` holds numbers so large that exp overflows: subtract the maximum first."
    look = "0/0, the log or root of a negative number" if nan.any() else "a division by 0, the log of 0"
    return f"{words} Look for {look}, or an exp that overflows."


def fractions_lost(case: Case) -> str | None:
    """Whole numbers where fractions are expected: an integer dtype, a floor division, a rounding."""
    a, e, dtype = case.a, case.e, case.actual.dtype
    if (e == np.trunc(e)).all():
        return None
    if dtype.kind == "b":
        return "It holds True and False, but numbers are expected."
    lost = any(case.accounts(a, cut(e)) for cut in (np.trunc, np.floor, np.rint))
    if dtype.kind in "iu" and (a.size > 1 or a.any()):  # a single 0 may have any reason
        cut = "the digits after the decimal point are cut off" if lost else "fractions are expected"
        return f"Its dtype is {dtype.name}, an integer type, but {cut}. Use a float dtype."
    cut_off = a[e != np.trunc(e)]  # one number may be whole by chance; a measured one is whole up to its error
    if lost and (cut_off == np.trunc(cut_off)).all() and len(np.unique(cut_off)) > 1:
        if term := a_term_of_an_input(case):  # of a half, for example, where all fractions are halves
            return term
        return "It is rounded to whole numbers. Look for `//`, `int` or `round`."
    several = len(np.unique(a)) > 3
    if several and any((a == np.round(a, n)).all() and case.accounts(a, np.round(e, n)) for n in range(1, 7)):
        return "It is rounded to a few decimals. Round only when printing."
    return None


def normalised_over_the_wrong_axis(case: Case) -> str | None:
    """The columns add up to 1 (or have mean 0) where the rows should, or the reverse, or everything does."""
    if case.a.ndim < 2 or not case.e.any() or not case.a.any():
        return None

    def adds_up(values: np.ndarray, axis: int | None, total: int) -> bool:
        slack = 1e-5 * (total or np.abs(values).max())
        return bool(np.abs(values.sum(axis=axis) - total).max() < slack)

    for total, does in (1, "add up to 1"), (0, "have mean 0"):
        for right, axis, wrong, other in ("rows", -1, "columns", -2), ("columns", -2, "rows", -1):
            if not adds_up(case.e, axis, total) or adds_up(case.a, axis, total):
                continue
            if adds_up(case.a, other, total):
                return f"Its {wrong} {does}, but its {right} should: it was taken over the wrong axis."
            several = np.count_nonzero(case.a.any(axis=axis)) > 1
            if total and several and adds_up(case.a, None, total):
                return f"All its entries together {does}; each of its {right} should. Is an `axis` missing?"
    return None


def nothing_in_it(case: Case) -> str | None:
    """All zeros, or all entries the same, where the expected ones are not."""
    a, e = case.a, case.e
    if not a.any() and a.size > 1 and 0 < np.abs(e).max() < 1e-5:
        return "It is all zeros, but numbers close to 0 are expected. Is something cut off, or rounded to 0?"
    if not a.any() and e.any():
        return "It is all zeros. Was it ever filled in?" if a.size > 1 else "It is zero, and should not be."
    if a.size > 2 and np.ptp(a) == 0 < np.ptp(e):
        return "Every entry is the same, but they should differ."
    for axis, (thing, _) in enumerate(_things(a)) if a.ndim == 2 else ():
        first = np.take(a, [0], axis), np.take(e, [0], axis)
        if a.shape[axis] > 2 and (a == first[0]).all() and not (e == first[1]).all():
            return f"Every {thing} is the same, but they should differ."
    return None


def an_input_unchanged(case: Case) -> str | None:
    """One of the arguments was returned unchanged."""
    names = (name for name, x in case.named.items() if x.size > 1 and case.accounts(case.a, x))
    return next((f"It is `{name}` itself, unchanged." for name in names), None)


def flipped_sign(case: Case) -> str | None:
    """The right size with the wrong sign, or True for False, everywhere or in some entries."""
    a, e, every = case.a, case.e, "It" if case.a.size == 1 else "Every entry"
    if case.actual.dtype.kind == case.expected.dtype.kind == "b":
        return f"{every} is the opposite of what is expected." if (a != e).all() else None
    if case.accounts(-a, e):
        return f"{every} has the wrong sign: it is flipped."
    if a.size > 2 and case.accounts(np.abs(a), np.abs(e)):
        return f"Every entry has the right size, but {case.wrong.sum()} of {a.size} have the wrong sign."
    return None


def named_factor(case: Case) -> str | None:
    """A constant factor with a name: the batch size, a layer size, 2, and the like."""
    if case.a.size == 1 and case.expected.dtype.kind in "biu":
        return None  # between two whole numbers a factor of 2 means little
    if case.a.size == 1 and _is_round(case.a.item()) and _is_round(case.e.item()):
        return None  # a pair of round numbers has many relations
    ratio = _ratio(case.a, case.e)
    for factor, words in _factors(case):
        if abs(ratio / factor - 1) < 1e-3 and case.accounts(case.a, factor * case.e):
            return f"{'It' if case.a.size == 1 else 'Every entry'} is {words}"
    return None


def reordered(case: Case) -> str | None:
    """The right values in the wrong places: transposed, reversed, shifted, permuted."""
    a, e = case.a, case.e
    if a.ndim == 2 and case.accounts(a.T, e):
        return "The values are right, but transposed: rows and columns are swapped."
    if len(np.unique(e)) < max(3, e.size / 2):
        return None  # a few labels agree in some other order by chance
    if a.ndim == 2 and case.accounts(a.ravel(), e.T.ravel()):
        return "The values are right, but in the wrong places: `reshape` does not transpose."
    for axis, (_, things) in enumerate(_things(a)):
        if case.accounts(np.flip(a, axis), e):
            return f"The {things} are right, but in reverse order."
        ordered = np.sort(e, axis)
        if case.accounts(a, ordered) or case.accounts(a, np.flip(ordered, axis)):
            return f"The {things} are right, but sorted."
        if a.shape[axis] > 3 and any(case.accounts(np.roll(a, by, axis), e) for by in (1, -1)):
            return f"The {things} are right, but shifted by one."
        mine, right = np.moveaxis(a, axis, 0), np.moveaxis(e, axis, 0)
        mark = np.cos(np.arange(1, mine[0].size + 1)).reshape(mine[0].shape)  # distinguishes almost all rows
        ranks = [np.argsort((rows * mark).sum(axis=tuple(range(1, a.ndim)))) for rows in (mine, right)]
        if case.accounts(mine[ranks[0]], right[ranks[1]]):
            return f"The {things} are right, but in another order."
    if case.accounts(np.sort(a, axis=None), np.sort(e, axis=None)):
        return "It holds the right values, but in another order."
    return None


def other_rows_of_an_input(case: Case) -> str | None:
    """Rows or entries of an input are expected, and the result has others of them, or another order."""
    if not case.e.ndim or len(case.e) < 2 or len(np.unique(case.e)) < max(3, case.e.size / 2):
        return None  # many inputs contain the same few labels
    for name, x in case.named.items():
        if x.ndim == case.e.ndim and x.shape[1:] == case.e.shape[1:] and len(x) >= len(case.e):
            rows = {row.tobytes() for row in x}
            if all(row.tobytes() in rows for some in (case.a, case.e) for row in some):
                return f"It holds {_things(x)[0][1]} of `{name}`, but not those that are expected, or in another order."
    return None


def wrong_at_an_edge(case: Case) -> str | None:
    """Right except in the whole first or last row or column, or in the first or last of many entries."""
    for axis, (thing, _) in enumerate(_things(case.a)):
        along = tuple(i for i in range(case.a.ndim) if i != axis)
        wrong, whole = np.asarray(case.wrong.any(axis=along)), np.asarray(case.wrong.all(axis=along))
        several = case.a.shape[axis] >= 4 if along and case.a.size > case.a.shape[axis] else case.a.shape[axis] >= 8
        if several and np.sum(~wrong) >= 2 and not wrong[1:-1].any() and np.array_equal(wrong, whole):
            which = " and the ".join(end for end, off in (("first", wrong[0]), ("last", wrong[-1])) if off)
            return f"It is right except in the {which} {thing}. Where does a loop or slice begin and end?"
    return None


def a_function_of_it(case: Case) -> str | None:
    """A known function is missing or applied in addition: a softmax, a square, a logarithm."""
    a, e = case.a, case.e
    if len(np.unique(e)) < (3 if e.size > 1 else 1):
        return None
    if e.size == 1 and any(abs(x) < 1e-6 or _is_round(x) for x in (a.item(), e.item())):
        return None  # e to the 0, the sigmoid of 0: such numbers have many causes
    for name, function in FUNCTIONS.items():
        if name == "softmax" and e.shape[-1:] in ((), (1,)):
            continue  # for one number it is 1
        if case.accounts(function(a), e):
            return f"Its {name} would be right: a step is missing."
        if case.accounts(a, function(e)):
            return f"It is the {name} of what is expected: a step too many."
    return None


def missing_mask(case: Case) -> str | None:
    """Right wherever it should not be zero, but not zero where it should be."""
    wrong = case.wrong
    if case.e[wrong].any() or np.count_nonzero(case.e) < 2:
        return None
    these = f"{wrong.sum()} of {wrong.size} entries"
    return f"It is right except in {these}, which should be zero and are not. Is a mask missing?"


def masked_too_much(case: Case) -> str | None:
    """Right wherever it is not zero, but zero where it should not be."""
    wrong = case.wrong
    if case.a[wrong].any() or np.count_nonzero(case.a) < 2:
        return None
    words = f"It is right except in {wrong.sum()} of {wrong.size} entries, which are zero and should not be."
    rows = wrong.reshape(len(wrong), -1)
    only_first = wrong.ndim > 1 and len(wrong) > 1 and not rows[0].any() and not case.a[1:].any()
    return f"{words} Only its first row is filled in. {RETURNS_EARLY}" if only_first else words


def constant_factor(case: Case) -> str | None:
    """A constant factor without a name."""
    a, e, ratio = case.a, case.e, _ratio(case.a, case.e)
    if np.count_nonzero(e) < 3 or len(np.unique(np.abs(e))) < 2 or not case.accounts(a, ratio * e):
        return None
    if not 1e-6 < abs(ratio) < 1e6:  # rounding errors are not a relation
        return None
    size = f"about {ratio:.2g} times" if abs(ratio - 1) > 0.05 else "by one and the same ratio away from"
    return f"Every entry is {size} what is expected. Look for a constant factor."


def a_term_of_an_input(case: Case) -> str | None:
    """Right except for a multiple of an input, with or without a named factor: a bias, a regularisation."""
    scalars = {f"`{name}` · ": float(x.ravel()[0]) for name, x in case.named.items() if x.size == 1}
    halves = (1, ""), (2, "twice "), (1 / 2, "half of ")
    units = {"": 1.0, **scalars}.items()
    amounts = [(k * s, f"{half}{name}") for name, s in units for k, half in halves if s]
    if case.a.size == 1 or case.expected.dtype.kind != "f":
        return None
    for factor, besides in [(1, ""), *_factors(case, compound=False)]:
        rest = case.a - factor * case.e
        for name, x in case.named.items():
            if not x.any() or not _broadcasts(x.shape, rest.shape):
                continue
            wide, many = np.broadcast_to(x, rest.shape), np.count_nonzero(x) > 2 and np.ptp(x) > 0
            c = _ratio(rest, wide)
            amount = next((words for value, words in amounts if abs(abs(c / value) - 1) < 1e-4), None)
            if amount is None and abs(c) < 1e-4:
                continue  # more likely an approximation error than a term
            evidence = many or (amount is not None and not besides and np.count_nonzero(wide) > 1)
            if not evidence or (besides and rest.size < 4) or not case.accounts(rest, c * wide):
                continue
            if besides and abs(c - (1 - factor)) < 1e-4:
                continue  # a step from this input that is too long or too short
            if besides:
                return f"Apart from a multiple of `{name}`, every entry is {besides}"
            term = f"a multiple of `{name}`" if amount is None else f"{amount}`{name}`"
            about = {"w": " Look at the regularisation.", "b": " Look at the bias."}.get(name[0].lower(), "")
            much = "too much" if c > 0 else "missing, or subtracted and should not be" if amount is None else "missing"
            return f"It is right except for {term}, which is {much}.{about}"
    return None


def a_step_from_an_input(case: Case) -> str | None:
    """An input to be updated moved in the right or the opposite direction, but not by the right amount.

    Tiny steps of a nonlinear loss agree only to some digits, so three suffice.
    """
    lengths = {f"a factor of the {name}": n for name, n in case.sizes.items() if n > 1}
    for name, x in case.named.items():
        if x.shape != case.e.shape:
            continue
        step, right = case.a - x, case.e - x
        if np.ptp(x) and np.count_nonzero(right) > 1 and case.accounts(step, -right):  # such as two steps of one length
            return f"The step from `{name}` goes the wrong way, and is as long as it should be."
        ratio = _how_often(step, right)
        if not ratio or len(np.unique(right)) < 3 or np.abs(right).max() < 1e3 * case.rounding:
            continue
        explained = np.abs(step - ratio * right).max() <= 1e-3 * np.abs(step - right).max()
        if not explained or _how_often(right, x * (right != 0)):
            continue  # a part of the input is not a step from it, but for example another slope
        times = abs(ratio)
        named = next((n for n, length in lengths.items() if abs(max(times, 1 / times) / length - 1) < 1e-3), "")
        way = "right way, but" if ratio > 0 else "wrong way, and"
        if named:
            return f"The step from `{name}` goes the {way} is too {'long' if times > 1 else 'short'} by {named}."
        times_as = "" if abs(times - 1) < 1e-3 else f"{times:.3g} times "
        return f"The step from `{name}` goes the {way} is {times_as}as long as it should be."
    return None


def a_penalty_on_an_input(case: Case) -> str | None:
    """A loss that is right except for its penalty, a strength times the squares of some weights."""
    if case.a.size != 1:
        return None
    strengths = {name: x.item() for name, x in case.named.items() if x.size == 1 and x.any()}
    weights = {name: x for name, x in case.named.items() if name[0].lower() == "w" or (x != np.rint(x)).any()}
    arrays = {name: float((x**2).sum()) for name, x in weights.items() if x.size > 1}  # labels are not regularised
    groups = [(name,) for name in arrays] + [tuple(name for name in arrays if name[0].lower() == "w")]
    for factor, besides in [(1, ""), *_factors(case, compound=False)]:
        multiples = (1, -1, 0.5, -0.5, 0.25, -0.25) if factor == 1 else (1 - factor, (1 - factor) / 2)
        for strength, group in ((s, g) for s in strengths for g in groups if g):
            whole = strengths[strength] * sum(arrays[name] for name in group)
            rest = (case.a - factor * case.e).ravel()
            k = next((k for k in multiples if case.accounts(rest, [k * whole])), 0)
            term = f"`{strength}` times the squares of {' and '.join(f'`{name}`' for name in group)}"
            if k and besides:
                return f"Apart from {term}, it is {besides}"
            if k:
                much = "is missing or too little" if k < 0 else "is too much"
                return f"It is right except for the regularisation: {term} {much}."
    return None


def broadcast_inside(case: Case) -> str | None:
    """A mean of squares over (N, N) differences, since one input is (N, 1) and another (N,)."""
    vectors = [(name, y) for name, y in case.named.items() if y.ndim == 1 and 1 < y.size <= 2000]
    for (tall, x), (flat, y) in product(case.named.items(), vectors) if case.a.size == 1 else ():
        n = y.size
        mean = ((x - y) ** 2).mean() if x.shape == (n, 1) else 0.0
        if mean and any(case.accounts(case.a.ravel(), [mean * n**k / h]) for k in (0, 1, 2) for h in (1, 2)):
            shapes = f"`{tall}` has shape ({n}, 1) and `{flat}` ({n},), their difference ({n}, {n})"
            return f"It is what broadcasting gives: {shapes}."
    return None


def shifted_or_scaled(case: Case) -> str | None:
    """Shifted, scaled, or both, by the same amount everywhere or by one amount per row or column."""
    a, e, whole, distinct = case.a, case.e, case.expected.dtype.kind in "biu", len(np.unique(case.e))
    groups = [("all entries", None), ("each row", -1), ("each column", -2)]
    groups = groups if e.ndim > 1 and not whole else groups[:1]
    nearly = case.gap < 1e-5 * np.abs(e).max()  # for example, the effect of a small constant
    for where, axis in groups if e.size > 2 and distinct > 1 else ():
        mean_a, mean_e = a.mean(axis=axis, keepdims=True), e.mean(axis=axis, keepdims=True)
        if distinct < 2 * mean_e.size:
            continue  # too few numbers to tell a relation from chance
        if e.size - mean_e.size >= 2 and np.ptp(e - mean_e) > 0 and case.accounts(a - mean_a, e - mean_e):
            if axis is not None:
                return f"The entries of {where} are off by a common amount, a different one for {where}."
            if whole and case.gap == 1:
                return "Every entry is off by one. Does the count begin at 0 or at 1?"
            return "Every entry is off by the same amount: a constant is added or missing."
        scale = (a * e).sum(axis=axis, keepdims=True) / (e * e).sum(axis=axis, keepdims=True)
        if nearly:
            continue
        if axis is not None and np.count_nonzero(e) - scale.size >= 2 and case.accounts(a, scale * e):
            sums_to_one = np.abs(e.sum(axis=axis) - 1).max() < 1e-5
            hint = f" {where.capitalize()} should add up to 1: normalise." if sums_to_one else ""
            return f"The entries of {where} are off by a common factor, a different one for {where}.{hint}"
    for where, axis in groups if not nearly else ():
        da, de = (v - v.mean(axis=axis, keepdims=True) for v in (a, e))
        slope = (da * de).sum(axis=axis, keepdims=True) / (de * de).sum(axis=axis, keepdims=True)
        if distinct >= 2 * slope.size + 4 and slope.all() and case.accounts(da, slope * de):
            return f"It is right up to a scale and a shift of {where}. Is it standardised as asked?"
    return None


def cut_off(case: Case) -> str | None:
    """Right except for a limit: everything beyond it is the limit itself."""
    a, e, wrong = case.a, case.e, case.wrong
    if wrong.sum() < 2 or wrong.all() or case.expected.dtype.kind != "f":
        return None
    if len(np.unique(e[wrong])) < 2 or len(np.unique(e[~wrong])) < 2:
        return None  # one number in place of another, or too few within the limit
    for limit, beyond, where in (a.max(), e > a.max(), "above"), (a.min(), e < a.min(), "below"):
        if np.array_equal(wrong, beyond) and (a[wrong] == limit).all():
            return f"It is right except that no entry goes {where} a limit. Is it clipped?"
    return None


def running_total(case: Case) -> str | None:
    """Running sums where the entries are expected, or the reverse."""
    if len(np.unique(case.e)) < 3:
        return None
    for axis in range(case.a.ndim):
        if case.accounts(case.a, np.cumsum(case.e, axis)):
            return "It is the running total of what is expected. Is something not reset, or `+=` where `=` is meant?"
        if case.accounts(np.cumsum(case.a, axis), case.e):
            return "Its running total would be right: the steps are to be added up."
    return None


def wrong_where(case: Case) -> str | None:
    """Right except where an argument, or the expected value, has one sign, or is beyond some size."""
    wrong, n = case.wrong, case.wrong.size
    if not 0 < wrong.sum() < n or n < 4:
        return None
    several = min(int(wrong.sum()), int(n - wrong.sum())) >= 2
    arrays = {f"`{name}`": x for name, x in case.named.items() if x.shape == wrong.shape}
    for name, x in {**arrays, "the expected value": case.e}.items():
        signs = [
            (x < 0, "is negative"), (x > 0, "is positive"), (x <= 0, "is 0 or negative"),
            (x >= 0, "is 0 or positive"), (x != 0, "is not 0"),
        ]  # fmt: skip
        for region, words in signs if several else ():
            if np.array_equal(wrong, region):
                return f"It is right except where {name} {words}."
        if np.array_equal(wrong, x == 0):
            return f"It is right except where {name} is 0."
    for name, x in arrays.items() if several and comb(n, int(wrong.sum())) >= 1000 else ():
        for sizes, most, least in (np.abs(x), "large", "close to 0"), (x, "largest", "smallest"):
            if sizes[wrong].min() > sizes[~wrong].max():
                return f"It is right except where {name} is {most}."
            if sizes[wrong].max() < sizes[~wrong].min():
                return f"It is right except where {name} is {least}."
    return None


def another_small_step(case: Case) -> str | None:
    """An input to be updated by very little is nearly right wherever it moved."""
    for name, x in case.named.items():
        if x.shape == case.e.shape and x.any():
            moved, size = np.abs(case.e - x).max(), np.abs(x).max()
            if 0 < moved < min(1e3 * case.gap, 1e-3 * size) and case.gap < 1e-3 * size:
                return f"It is close to `{name}`, as it should be, but the step from there is wrong."
    return None


def close_but_not_enough(case: Case) -> str | None:
    """Nearly right: computed with fewer digits than asked, or an approximation."""
    error, given, wanted = case.gap / np.abs(case.e).max(), case.actual.dtype, case.expected.dtype
    if given == np.float16 != wanted and error < 2e-3:
        return "It is right up to float16 precision, but more is asked. Where does the dtype become float16?"
    if error < 5e-7 and (given == np.float32 or (case.a == case.a.astype(np.float32)).all()) and wanted != np.float32:
        return "It is right up to float32 precision, but more is asked. Where does the dtype become float32?"
    if given.kind == "f" and case.rounding < case.gap and error < 1e-5:
        return (
            f"It is right to about {max(int(-np.log10(error)), 1)} digits, and more are asked. Look for float32, "
            "a clip, a small constant such as 1e-8, or an approximation such as a one-sided difference."
        )
    wrong, off = case.wrong, np.abs(case.a - case.e)
    each = 2 * wrong.sum() > wrong.size and (off[wrong] <= 1e-2 * np.abs(case.e)[wrong]).all()
    if each and error < 1e-2 and given.kind + wanted.kind not in ("ii", "iu", "ui", "uu"):
        return f"It is close, but not close enough: the largest relative error is {error:.0e}."
    return None


_SIGNS = "negative", "positive"


def not_right(case: Case) -> str | None:
    """Anything else: how many entries differ, where they differ most, and roughly by how much."""
    off, wrong = np.abs(case.a - case.e), case.wrong
    error = case.gap / np.abs(case.e).max() if case.e.any() else np.inf
    percent = next((limit for limit in (10, 30, 100) if error * 100 <= limit), None)
    whole = case.expected.dtype.kind in "biu"
    if case.shown and off.size == 1:
        return _an_entry(case)
    if off.size == 1:
        a, e = case.a.item(), case.e.item()
        if a * e < 0:
            return f"It is {_SIGNS[a > 0]}, but it should be {_SIGNS[e > 0]}."
        much = "by one" if whole and case.gap == 1 else f"by less than {percent} %" if error < 0.3 else ""
        return f"It is too {'large' if abs(a) > abs(e) else 'small'}{f', {much}' if much else ''}."
    some = f"It differs in {wrong.sum()} of {wrong.size} entries"
    if whole or case.shown:
        return f"{some}, first in {_place(wrong)}." if whole else f"{some}."
    much = f"by less than {percent} % of the largest entry" if percent else "by more than the largest entry"
    return f"{some}, most in {_place(off == off.max())}, {much}."


def _an_entry(case: Case) -> str:
    """The entry that differs most, or all if there are few, as it is and as it should be."""
    if case.a.ndim == 0:
        given, wanted = _told_apart([case.actual.item()], [case.expected.item()])
        return f"It is {given[0]}, but {wanted[0]} is expected."
    if case.a.ndim == 1 and case.a.size <= 5:
        given, wanted = _told_apart(case.actual.tolist(), case.expected.tolist())
        return f"It is [{', '.join(given)}], but [{', '.join(wanted)}] is expected."
    off = (
        np.where(case.wrong, np.nan_to_num(np.abs(case.a - case.e), nan=np.inf), -1.0) if _numeric(case) else case.wrong
    )
    at = tuple(int(i) for i in np.unravel_index(np.argmax(off), case.a.shape))
    given, wanted = _told_apart([case.actual[at].item()], [case.expected[at].item()])
    return f"Entry [{', '.join(map(str, at))}] is {given[0]}, but {wanted[0]} is expected."


def _told_apart(given: list[Any], wanted: list[Any]) -> tuple[list[str], list[str]]:
    """Numbers with enough digits to show the difference."""
    for digits in 4, 8, 17:
        texts = [[f"{x:.{digits}g}" if isinstance(x, float) else str(x) for x in some] for some in (given, wanted)]
        if texts[0] != texts[1]:
            break
    return texts[0], texts[1]


SHAPES: list[Detector] = [
    kept_or_lost_dimension, broadcast_to_a_square, transposed_shape, over_another_axis, not_reduced,
    summed_over_the_wrong_axis, batch_dimension, other_shape,
]  # fmt: skip
VALUES: list[Detector] = [
    not_numbers, nan_or_infinite, fractions_lost, normalised_over_the_wrong_axis, nothing_in_it,
    an_input_unchanged, flipped_sign, named_factor, reordered, other_rows_of_an_input, over_another_axis,
    a_function_of_it, missing_mask, wrong_at_an_edge, masked_too_much, constant_factor, a_term_of_an_input,
    a_step_from_an_input, a_penalty_on_an_input, broadcast_inside, running_total, shifted_or_scaled, cut_off,
    wrong_where, another_small_step, close_but_not_enough, not_right,
]  # fmt: skip
PLAIN: list[Detector] = [not_numbers, nan_or_infinite, not_right]


# ---- what the detectors share ------------------------------------------------------------------------------


def _softmax(z: np.ndarray) -> np.ndarray:
    powers = np.exp(z - z.max(axis=-1, keepdims=True)) if z.ndim else np.full((), np.nan)
    return powers / powers.sum(axis=-1, keepdims=True) if z.ndim else powers


REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": np.sum, "mean": np.mean, "maximum": np.max, "position of the maximum": np.argmax,
}  # fmt: skip
FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "ReLU": lambda z: np.maximum(z, 0),
    "softmax": _softmax,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "exponential": np.exp,
    "square": np.square,
    "absolute value": np.abs,
    "reciprocal": lambda z: 1 / z,
    "complement to 1": lambda z: 1 - z,
}


def _factors(case: Case, compound: bool = True) -> Iterator[tuple[float, str]]:
    """The factors that have a name, and the message for a value that is so many times the expected one."""
    sizes = {f"the {name}": float(n) for name, n in case.sizes.items() if n > 1}
    counts = [("2", 2.0), *sizes.items()]
    products = [(f"{p} times {q}", n * m) for (p, n), (q, m) in combinations(counts, 2)] if compound else []
    names: dict[float, list[str]] = {}
    for name, n in counts + products:
        names.setdefault(n, []).append(name)
    for n, known in names.items():
        which = " or ".join(known)
        many, few = "Was a sum taken where a mean is asked?", "Is it divided twice, or a mean and not a sum?"
        if which == "2":
            few = "Look for the 2 or the ½ that comes with a square."
            many = f"Was it added twice, like a gradient that was not reset? If not: {few[0].lower()}{few[1:]}"
        for sign, flipped in (1, ""), (-1, ", and its sign is flipped"):
            yield sign * n, f"too large by a factor of {which}{flipped}. {many}"
            yield sign / n, f"too small by a factor of {which}{flipped}. {few}"
    if not compound:
        yield -1, "of the wrong sign: it is flipped."
        return
    for (p, n), (q, m) in permutations(sizes.items(), 2):
        yield n / m, f"as it would be if it were divided by {q}, but it should be by {p}."
    for name, n in ((name, n) for name, n in sizes.items() if n > 4 and case.a.size > 1):
        for power, what in (1, "variance"), (0.5, "standard deviation"):
            words = f"the {what} with n − 1 in place of n, or the reverse, n being {name}. Look for `ddof`."
            yield from [((n / (n - 1)) ** power, words), ((n / (n - 1)) ** -power, words)]
    for base in 2, 10:
        words = f"off by the logarithm of {base}: a logarithm to base {base}, or the natural one for it."
        yield from [(np.log(base), words), (1 / np.log(base), words)]


def _is_round(number: float) -> bool:
    """Whether a number is a small fraction, as in a test computed by hand: 2, −0.5, 4⅔."""
    return abs(number) < 1000 and abs(number * 60 - round(number * 60)) < 1e-9


def _ratio(a: np.ndarray, e: np.ndarray) -> float:
    """The ratio of `a` to `e`, taken where `e` is largest."""
    at = np.unravel_index(np.argmax(np.abs(e)), e.shape)
    return float(a[at] / e[at])


def _how_often(a: np.ndarray, e: np.ndarray) -> float:
    """The factor that gives `a` from `e` to three digits; 0 if there is none."""
    ratio = float((a * e).sum() / (e * e).sum())
    return ratio if np.abs(a - ratio * e).max() <= 1e-3 * np.abs(a).max() and abs(ratio) > 1e-6 else 0.0


def _equal(case: Case) -> bool:
    """Equal up to the tolerance; whole numbers and text exactly."""
    kinds = set(case.actual.dtype.kind + case.expected.dtype.kind)
    return not case.wrong.any() if kinds <= set("biufc") else np.array_equal(case.actual, case.expected)


def _numeric(case: Case) -> bool:
    """Whether both contain real numbers."""
    return case.actual.dtype.kind in "biuf" and case.expected.dtype.kind in "biuf"


def _kind(value: Any) -> str:
    """A beginner's name for the type of a value."""
    kinds: dict[str, Any] = {
        "True or False": (bool, np.bool_), "a number": (int, float, complex, np.number), "text": (str, bytes),
        "a list": list, "a tuple": tuple, "a dictionary": dict, "None": type(None), "a class": type,
    }  # fmt: skip
    if isinstance(value, np.ndarray) or hasattr(value, "detach"):
        return "an array" if len(value.shape) else "a number"
    if name := next((name for name, types in kinds.items() if isinstance(value, types)), None):
        return name
    own = type(value).__name__
    named = f"a `{own}`" if own.isidentifier() and len(own) < 40 else "something else"
    return "a function" if callable(value) else named


def _as_array(value: Any) -> np.ndarray | None:
    """The value as a plain array, if it is one, a tensor, a number, or a list of numbers; None if not."""
    if hasattr(value, "detach"):  # a torch tensor, recognised by its interface: this file does not load torch
        tensor = value.detach().cpu()
        return np.asarray(tensor.float() if "bfloat16" in str(tensor.dtype) else tensor)
    if isinstance(value, np.ndarray | np.generic | bool | int | float | complex):
        return np.asarray(value)
    # A short tuple is several results, each compared separately; a list of numbers is an array.
    if isinstance(value, list) or (isinstance(value, tuple) and len(value) > 8):
        try:
            return np.array(value) if _holds_numbers(value) else None
        except ValueError:  # rows of different lengths
            return None
    return None


def _holds_numbers(value: Any, depth: int = 4) -> bool:
    if isinstance(value, list | tuple):
        return depth > 0 and len(value) > 0 and all(_holds_numbers(element, depth - 1) for element in value)
    return isinstance(value, bool | int | float | np.number | np.bool_)


def _shapes(case: Case) -> str:
    """Both shapes; the expected one with the names of its sizes, if each has a name of its own and is unambiguous."""
    lengths = list(case.sizes.values())
    names = {n: name for name, n in case.sizes.items() if lengths.count(n) == 1}
    shape, meaning = case.expected.shape, ""
    if shape and 1 not in shape and len(set(shape)) == len(shape) and set(shape) <= set(names):
        meaning = f", that is ({', '.join(names[n] for n in shape)}),"
    return f"Its shape is {case.actual.shape}, but {shape}{meaning} is expected."


def _things(array: np.ndarray) -> list[tuple[str, str]]:
    """The singular and plural names along each of the first two axes."""
    several = [("row", "rows"), ("column", "columns")]
    return [("entry", "entries")] if array.ndim == 1 else several[: array.ndim]


def _broadcasts(shape: tuple[int, ...], wider: tuple[int, ...]) -> bool:
    pairs = zip(shape[::-1], wider[::-1], strict=False)
    return len(shape) <= len(wider) and all(n in (1, m) for n, m in pairs)


def _place(mask: np.ndarray) -> str:
    """Where the first True is."""
    at = np.unravel_index(np.argmax(mask), mask.shape)
    return f"{_things(mask)[0][0]} {at[0]} (counted from 0)"


def _continued(words: str) -> str:
    """The sentence as it continues after a colon."""
    return words[0].lower() + words[1:]
