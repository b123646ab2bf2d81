"""Answers that comparisons pass over: NaN is never too far off, and under other labels pandas compares nothing.

The same holds for values that are infinite, or so large that their square is infinite or negative, for imaginary parts,
for a text or list without entries, for what JSON or a table in a text lacks, and for an index that selects nothing. A
test that passes on such an answer has not passed if it looks at what is missing. To find out, the test is run on the
reference with the student's answers in place of the reference's, and wrong values where they have none. A test that
looks only at shapes still passes; one that compares fails. Printed text, changed arguments, and the arguments of the
test's own functions, if these give no answer, count as answers, too. An imaginary part counts as an error of its size,
so that the rounding errors of a transform pass, False counts as 0, and a number of few bits as the same one in 64.
Numbers that have a power which does not fit into their bits are handed over as floats, if the test also accepts the
reference's answers as floats.
"""

from __future__ import annotations

import contextlib
import copy
import datetime
import io
import numbers
import re
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from itertools import starmap
from typing import Any

import numpy as np

from ..sandbox import wire
from .diagnosis import replay
from .hollow import ENDS, is_asked_the_same, paired
from .link import DOES, Call, Opaque
from .passed_over import (
    Several,
    array_of,
    default_of,
    fields_of,
    gaps_in,
    has_gaps_of,
    has_large_powers,
    has_no_entries,
    in_floats,
    is_gap,
    is_imaginary,
    is_index,
    is_narrow,
    is_of_none,
    is_ordinary,
    is_sparse,
    is_table,
    is_tensor,
    is_too_large,
    tells_no_place,
    text_of,
    widened,
)
from .plan import JudgeStep
from .texts import filled_text, gaps_in_answer, gaps_in_text, is_header, with_rows_of
from .verdicts import Verdict

IN_ORDER, BY_LABEL = "in order", "by label"  # how an answer under other labels is read
# A test that mentions NaN by name may intend to pass over some entries, but not over all.
NAMED = re.compile(r"is_?nan|isnat|isfinite|isna\b|notna|isnull|notnull|dropna|fillna|nan_to_num")
_FAR, _DAYS = 1e6, 1000
_TIMES = np.datetime64 | np.timedelta64


def path_of_gap(
    calls: Sequence[Call], right: Callable[[], Verdict], step: JudgeStep, expected: Mapping[str, Sequence[str]]
) -> str | None:
    """The path of such an answer among those that a test got; None if it got none.

    Args:
        calls: the calls of the test, with their answers.
        right: runs the test on the reference.
        expected: what the reference gives at each path (`Plan.expected`).
    """

    def may_be(call: Call) -> bool:
        try:
            marks, theirs = call.marks(), set(expected.get(call.path, ()))
            return bool(tells_no_place(marks) or marks - theirs or DOES & theirs - call.does())
        except Exception:  # for example, a label that cannot be written: then it is tried
            return True

    if not any(map(may_be, calls)):
        return None
    played = right()
    if not any(may_be(here) and _may_lack_more(here, there) for here, there in paired(calls, played.calls)):
        return None
    plain = _Played(calls, played.calls)
    if (replay(step, "", "", [], plain, began=played.began).score or 0) < (played.score or 0):
        return None  # with these answers alone the result differs, so that this shows nothing
    if path := _path_of_large_powers(calls, played, step) or _path_of_header(calls, played, step):
        return path
    found = None
    named = bool(NAMED.search(step.source))
    for way in (IN_ORDER, BY_LABEL):
        for sign in (1, -1):
            play = _Played(calls, played.calls, way, sign, named, plain.drawn)
            score = replay(step, "", "", [], play, began=played.began).score or 0
            if play.path is None:
                return None
            if score < (played.score or 0) or not play.possible:
                break
        else:
            return None
        found = play.path if play.possible else found
        if not play.relabelled:
            break
    return found


def _path_of_large_powers(calls: Sequence[Call], right: Verdict, step: JudgeStep) -> str | None:
    """The path of an answer with which a test passes only because a power, or a sum, does not fit into its bits."""
    if not any(has_large_powers([call.result, *call.told, *call.left]) for call in calls):
        return None
    for disguised in (False, True):
        for own in (True, False):  # the reference's own answers as floats are the control
            play = _InFloats(calls, right.calls, own, disguised)
            if (replay(step, "", "", [], play, began=right.began).score or 0) < (right.score or 0):
                if own:  # the test wants another dtype
                    break
                return play.path
        else:
            return None
    return None


def _path_of_header(calls: Sequence[Call], right: Verdict, step: JudgeStep) -> str | None:
    """The path of a text that ends after the header of a table, if the test accepts the reference's rows after it but
    no wrong ones."""
    answers = [value for call in calls for value in (call.result, call.printed, *call.told, *call.left)]
    if not any(is_header(text_of(answer)) for answer in answers):
        return None
    for off in (0, 1, -1):
        play = _WithRows(calls, right.calls, off)
        lost = (replay(step, "", "", [], play, began=right.began).score or 0) < (right.score or 0)
        if play.path is None or lost and not off:
            return None
        if lost:
            return play.path
    return None


def _may_lack_more(here: Call, there: Call) -> bool:
    """Whether the reference, called alike in the same run, may have a value where an answer has none."""
    pairs = [(here.result, there.result), (here.printed, there.printed)]
    pairs += [*zip(here.told, there.told, strict=False), *zip(here.left, there.left, strict=False)]
    try:
        does_less = there.does() - here.does() or len(here.told) < len(there.told)
        return bool(does_less) or not all(starmap(has_gaps_of, pairs))
    except Exception:
        return True


class _Played:
    """Gives the student's answers in a replay, with wrong values where the reference has some and they have none.

    Args:
        way: how answers under other labels are read; empty: all answers are given as they are.
        sign: whether the wrong values are too large or too small.
        named: whether the test mentions NaN: then only an answer without any other value is changed.
        drawn: the answers, by id, from which on the test makes different calls in each run, for example with random
            numbers. In their place the reference's stay, with wrong values where the student's have none.
    """

    def __init__(
        self,
        calls: Sequence[Call],
        right: Sequence[Call],
        way: str = "",
        sign: int = 1,
        named: bool = False,
        drawn: Set[int] = frozenset(),
    ):
        self.way, self.sign, self.named = way, sign, named
        self.drawn = {*drawn}
        self._is_drawn = False
        self.path: str | None = None  # of the first answer that was changed
        self.relabelled = False  # whether one was under other labels,
        self.possible = True  # and whether all could be read this way
        self._changed = False
        self._pairs: dict[tuple[str, str], deque[tuple[Call, Call]]] = defaultdict(deque)
        self._items: dict[int, list[Any]] = defaultdict(list)  # the reference's objects that it gave one by one
        self._told = 0  # how often the current call has called one of the test's functions
        for call in right:
            if call.name in ENDS and call.error is None:
                self._items[call.on].append(call.result)
        for here, there in paired(calls, right):
            self._pairs[there.within, there.path].append((here, there))

    def told(self, asked: Call, told: tuple) -> tuple | None:
        """The arguments that one of the test's functions gets; None if the student's code does not call it."""
        if (here := self._at_work(asked)) is None:
            return told
        _, there = self._pairs[asked.within, asked.path][0]
        if there.asks:  # then its answers matter, not how often it is called
            return told
        self._told += 1
        if self._told > len(here.told):
            self._changed = self.way != "" and not here.told
            self._note(asked)
            return tuple(map(self._wrong_ones, told)) if self._changed else None
        given = here.told[self._told - 1]
        made = _with_objects(self._filled(given, told), told) if len(given) == len(told) else told
        self._note(asked)
        return tuple(made)

    def printed(self, asked: Call, text: str) -> str:
        """The text to print in place of the reference's."""
        if (here := self._at_work(asked)) is None or not text.strip():
            return text
        made = self._filled(here.printed, text)
        self._note(asked)
        return str(made)

    def _at_work(self, asked: Call) -> Call | None:
        """The student's call that replaces the reference's current one."""
        self._changed = False
        pairs = self._pairs[asked.within, asked.path]
        if not pairs:
            return None
        here, _ = pairs[0]
        if not self.way and (self.drawn or not is_asked_the_same(here, asked)):
            self.drawn.add(id(here))
        self._is_drawn = id(here) in self.drawn
        return here

    def _note(self, asked: Call) -> None:
        if self._changed:
            self.path = self.path or asked.path

    def __call__(self, asked: Call, answer: Any, args: Sequence[Any]) -> Any:
        """The answer in place of the reference's; also changes arguments as the student's call did."""
        self._told = 0
        if self._at_work(asked) is None:
            return answer
        here, there = self._pairs[asked.within, asked.path].popleft()
        try:
            answer = self._in_place_of(answer, here, there, args, is_asked_the_same(here, asked))
        except BaseException as error:  # from a value that cannot be inspected, or not in time: it counts as none
            self.path = self.path or asked.path
            if not isinstance(error, Exception):
                raise
            answer = self._wrong_ones(answer) if self.way else answer
        self._note(asked)
        return answer

    def _in_place_of(self, answer: Any, here: Call, there: Call, args: Sequence[Any], alike: bool) -> Any:
        for value, given, right in zip(args, here.left or here.args, there.left, strict=False):
            if type(value) is type(given):
                filled = self._filled(given, value if self._is_drawn else right)
                _rewrite(value, _with_objects(filled, value))
        if not (here.error or there.error or isinstance(here.result, Opaque) or here.result is there.result is None):
            result = answer if there.result is None or self._is_drawn else there.result  # None: too large to be kept
            right = self._items[result.number] if isinstance(result, Opaque) else result
            if self.way and (alike or is_asked_the_same(here, there)):  # `alike`: after the student's earlier answers
                given = self._with_labels(here.result, answer if alike and not isinstance(answer, Opaque) else right)
            else:
                given = here.result
            answer = _with_objects(self._filled(given, right), answer)
        return answer

    def _with_labels(self, given: Any, right: Any) -> Any:
        if isinstance(given, dict) and isinstance(right, Mapping) and given and right:
            if given.keys().isdisjoint(right):
                self._changed = self.relabelled = True
                if self.way == BY_LABEL:
                    return {**given, **self._wrong_ones(right)}
                self.possible &= len(given) == len(right)
                return dict(zip(right, given.values(), strict=False))
            made = copy.copy(given)
            made.update({key: self._with_labels(item, right.get(key)) for key, item in given.items()})
            return made
        if type(given) in (list, tuple) and isinstance(right, list | tuple) and len(given) == len(right):
            return type(given)(map(self._with_labels, given, right))
        if not is_table(given):
            return given
        if type(given) is not type(right):
            return self._of_its_kind(given, right)
        if all(ours.isin(theirs).all() for ours, theirs in zip(right.axes, given.axes, strict=True)):
            return given
        self._changed = self.relabelled = True
        if self.way == BY_LABEL:
            return self._by_label(given, right)
        self.possible &= given.shape == right.shape
        if given.shape == right.shape:
            for axis, labels in enumerate(right.axes):
                given = given.set_axis(labels, axis=axis)
        return given

    def _of_its_kind(self, given: Any, right: Any) -> Any:
        """A table or series in place of a column, a table, a dict or an array: read as one of these."""
        if is_table(right):
            self._changed = self.relabelled = True
        if given.ndim == 2 and is_table(right):
            return self._with_labels(given[right.name] if right.name in given else given.iloc[:, 0], right)
        if is_table(right):
            return self._with_labels(given.to_frame(right.columns[0] if len(right.columns) == 1 else given.name), right)
        if given.ndim == 1 and isinstance(right, Mapping):
            return self._with_labels(dict(given), right)
        there = array_of(right)
        if there is None or there.ndim != given.ndim or is_index(right) or _is_numbered(given):
            return given
        self._changed = self.relabelled = True
        if self.way == IN_ORDER:
            self.possible &= there.shape == given.shape
            return given.to_numpy()
        pandas = sys.modules["pandas"]
        labelled = pandas.Series(there) if given.ndim == 1 else pandas.DataFrame(there, columns=[*given.columns])
        return self._by_label(given, labelled).to_numpy()

    def _by_label(self, given: Any, right: Any) -> Any:
        """A table or series with the reference's labels, and wrong values for labels that it does not have itself."""
        if given.ndim == 2:
            columns = given.loc[:, ~given.columns.duplicated()]
            none = right.iloc[:, 0].iloc[:0]
            made = [
                self._by_label(columns[name] if name in columns else none, right.iloc[:, n])
                for n, name in enumerate(right.columns)
            ]
            return type(right)({n: column for n, column in enumerate(made)}).set_axis(right.columns, axis=1)
        known = given[~given.index.duplicated()]
        values = [
            known[label] if label in known.index else self._wrong(right.iloc[n]) for n, label in enumerate(right.index)
        ]
        return type(right)(values, index=right.index, name=given.name)

    # -- wrong values for missing ones -----------------------------------------------------------------------

    def _filled(self, given: Any, right: Any) -> Any:
        """An answer with wrong values where it has none and the reference has some."""
        if not self.way or right is None or is_ordinary(given) and given is not None:
            return right if self._is_drawn else given
        before, self._changed = self._changed, False
        try:
            made = self._with_wrong(given, right)
            return right if self._is_drawn and not self._changed else made
        except Exception:  # an unusual kind: it stays as it is, and its neighbours do not
            return right if self._is_drawn else given
        finally:
            self._changed |= before

    def _with_wrong(self, given: Any, right: Any) -> Any:
        if given is None:
            return self._filled_scalar(np.nan, right) if _is_of_numbers(right) else given
        if isinstance(given, io.StringIO | io.BytesIO):
            made: Any = type(given)(self._filled(given.getvalue(), right.getvalue()))
            made.seek(0, io.SEEK_END)
            return made
        if not self.named and gaps_in_answer(text := text_of(given)) > gaps_in_text(text_of(right)):
            self._changed = True
            return _text_like(given, filled_text(text))
        if isinstance(given, str) and isinstance(right, str) and len(given.split()) > 1 and is_gap(given):
            self._changed = not is_gap(right)
            return given if is_gap(right) else " ".join("1e6" if is_gap(word) else word for word in given.split(" "))
        if _lacks_letters(given, right):
            self._changed = True
            return other_letters(right)
        if has_no_entries(given) and _has_entries(right) or isinstance(given, slice) and _selects_nothing(given, right):
            self._changed = True
            return self._wrong_ones(right)
        if isinstance(given, bool | np.bool_) and (type(right) is int or isinstance(right, np.integer)):
            self._changed = True
            return int(given)
        if is_of_none(given) and (labels := array_of(right)) is not None and labels.dtype.kind in "iuOUST":
            self._changed = True
            if labels.dtype.kind not in "iu":
                return np.full(len(given), "no such text", object)
            return [0] * len(given) if isinstance(given, list) else widened(given)
        if is_narrow(given) and not (is_narrow(right) and right.dtype == given.dtype):
            self._changed = True
            given = widened(given)
        kind: Any = type(given)
        if is_table(given):
            return self._filled_table(given, right)
        if isinstance(given, Mapping) or fields_of(given):
            made = copy.copy(given)
            for key in given if isinstance(given, Mapping) else fields_of(given):
                made[key] = self._filled(given[key], _part(right, key))
            if (default := default_of(given)) is not None and isinstance(right, Mapping):
                made.update({key: self._filled(default, right[key]) for key in right.keys() - given.keys()})
            return made
        if isinstance(given, Several):
            items = list(right) if _is_sequence(right) and len(right) == len(given) else [right] * len(given)
            if isinstance(right, Set):  # whose order means nothing
                items = [next(iter(right), None)] * len(given)
            filled = [self._filled(one, other) for one, other in zip(given, items, strict=True)]
            return kind(*filled) if hasattr(given, "_fields") else kind(filled)
        if is_index(given):
            return kind(self._filled_array(given.to_numpy(), right), name=given.name)
        if is_sparse(given):
            dense = self._filled_array(given.toarray(), right.toarray() if is_sparse(right) else right)
            return kind(dense)
        if is_tensor(given):
            array = array_of(given)
            made = None if array is None else self._filled_array(array, right)
            if made is array:
                return given
            torch = sys.modules["torch"]
            if not given.is_floating_point():
                return torch.as_tensor(made, dtype=given.dtype)
            made = _within(made, torch.finfo(given.dtype))
            return torch.as_tensor(made, dtype=torch.promote_types(given.dtype, torch.float32))
        if isinstance(given, np.ndarray):
            return self._filled_array(given, right)
        return self._filled_scalar(given, right) if is_gap(given) or is_imaginary(given) else given

    def _filled_scalar(self, given: Any, right: Any) -> Any:
        if isinstance(right, str):
            with contextlib.suppress(ValueError):
                right = float(right)
        values = np.array([np.nan if isinstance(given, str | bytes | bytearray | int) else given])
        if isinstance(given, int) and isinstance(right, int | float | np.number) and is_too_large(np.asarray(right)):
            return given
        (value,) = self._filled_array(values, [right] if np.ndim(right) == 0 else right)
        if isinstance(given, str | int) and is_gap(value):
            return given
        plain = isinstance(given, str | int | float | complex | np.generic) and not isinstance(given, _TIMES)
        return type(given)(value) if plain else value

    def _filled_array(self, given: np.ndarray, right: Any) -> np.ndarray:
        if given.dtype.kind == "O" and not all(map(np.isscalar, given.flat)):
            given = self._filled_items(given, right)
        gaps, there = gaps_in(given), array_of(right)
        if there is None or not there.size:
            return given
        if there.dtype.kind in "biuf" and is_imaginary(given):
            given = self._without_imaginary(given)
        if not gaps.any():
            return given
        if there.dtype.kind == "O" and given.dtype.kind in "fc":  # for example, fractions
            there = there.astype(float)
        alike = gaps_in(there)
        if given.dtype.kind in "iu" and there.dtype.kind in "iuf":
            alike = alike | is_too_large(there, given.itemsize)
        if there.shape == given.shape:
            gaps &= ~alike
        elif alike.any():
            return given
        if not gaps.any() or self.named and not gaps.all():
            return given
        base = there[gaps] if there.shape == given.shape else np.broadcast_to(there.flat[0], gaps.sum())
        made = there.astype(given.dtype) if self._is_drawn and there.shape == given.shape else given.copy()
        if given.dtype.kind in "SU":
            made = made.astype(object)
        if given.dtype.kind in "fc" and base.dtype.kind in "biufc":
            base = base if given.dtype.kind == "c" else base.real.astype(float)
            wrong = base + self.sign * _FAR * (1 + np.abs(base))
            made = made.astype(np.promote_types(made.dtype, np.float32))  # the square of such an error needs 32 bits
            made[gaps] = wrong if given.dtype.kind == "c" else _within(wrong, np.finfo(given.dtype))
        elif given.dtype.kind in "iumM" and base.dtype.kind in "biuf":
            made = given.astype("i8").astype(float)
            made[gaps] = base + self.sign * _FAR * (1 + np.abs(base))
        elif given.dtype.kind == base.dtype.kind and base.dtype.kind in "mM":
            made = made.astype(base.dtype)
            made[gaps] = base + self.sign * np.timedelta64(_DAYS, "D")
        elif given.dtype.kind in "OSU":
            made[gaps] = _objects(map(self._wrong, base.tolist() if base.dtype.kind != "M" else base))
        else:
            return given
        self._changed = True
        return made

    def _without_imaginary(self, given: np.ndarray) -> np.ndarray:
        """Numbers that are off by their former imaginary part."""
        self._changed = True
        if given.dtype.kind == "c":
            return (given.real + self.sign * np.abs(given.imag)).astype(given.dtype)
        items = [n.real + self.sign * abs(n.imag) if isinstance(n, complex) else n for n in given.flat]
        return _objects(items).reshape(given.shape)

    def _filled_items(self, given: np.ndarray, right: Any) -> np.ndarray:
        """An array of objects, some of which contain answers themselves."""
        same = isinstance(right, np.ndarray) and right.shape == given.shape
        made = given.copy()
        for place, item in np.ndenumerate(given):
            if isinstance(item, Mapping | Several | np.ndarray):
                made[place] = self._filled(item, right[place] if same else right)
        return made

    def _filled_table(self, given: Any, right: Any) -> Any:
        """A pandas series or table: column by column, under the same names if both have them."""
        if given.ndim == 1:
            if is_table(right) and right.ndim == 1 and right.index.is_unique and set(right.index) == set(given.index):
                right = right.reindex(given.index)
            values = given.to_numpy()
            filled = self._filled_array(values, right)
            dtype = None if str(given.dtype) == "category" else given.dtype  # which a wrong value does not belong to
            return given if filled is values else type(given)(filled, given.index, dtype, given.name)
        made = given.copy()
        named = is_table(right) and right.ndim == 2 and right.columns.is_unique
        for n, name in enumerate(given.columns):
            other = _part(right, name) if named or fields_of(right) else right if not is_table(right) else None
            made.isetitem(n, self._filled(given.iloc[:, n], other))
        return made

    def _wrong_ones(self, right: Any) -> Any:
        """A list or dict with wrong values, or one such value, wherever the reference has some."""
        if isinstance(right, Mapping):
            return {key: self._wrong_ones(item) for key, item in right.items()}
        if isinstance(right, Several) or getattr(right, "shape", ()) != ():
            return [self._wrong_ones(item) for item in right]
        return self._wrong(right)

    def _wrong(self, right: Any) -> Any:
        """Another value of the same kind, far off."""
        if isinstance(right, bool | np.bool_):
            return not right
        if isinstance(right, numbers.Number):
            number = right if isinstance(right, complex) else float(right)  # type: ignore[arg-type]
            return number + self.sign * _FAR * (1 + abs(number))
        if isinstance(right, np.datetime64 | np.timedelta64):
            return right + self.sign * np.timedelta64(_DAYS, "D")
        if isinstance(right, datetime.date | datetime.timedelta):
            return right + self.sign * datetime.timedelta(_DAYS)
        return "no such text"


class _InFloats(_Played):
    """Gives numbers that have a power which does not fit into their bits as floats.

    ``own``: whether they are the reference's own, in the places of the student's such numbers. ``disguised``: whether
    arrays of them still say that they have the former dtype.
    """

    def __init__(self, calls: Sequence[Call], right: Sequence[Call], own: bool, disguised: bool):
        super().__init__(calls, right)
        self.own, self.disguised = own, disguised

    def _filled(self, given: Any, right: Any) -> Any:
        if self._is_drawn or right is None:
            return right if self._is_drawn else given
        self._changed |= has_large_powers(given)
        return in_floats(right if self.own else given, given, self.disguised)


class _WithRows(_Played):
    """Gives texts that end after the header of a table with the reference's rows, or with wrong ones if ``off``."""

    def __init__(self, calls: Sequence[Call], right: Sequence[Call], off: int):
        super().__init__(calls, right)
        self.off = off

    def _filled(self, given: Any, right: Any) -> Any:
        if self._is_drawn or right is None:
            return right if self._is_drawn else given
        text = text_of(given)
        if not is_header(text) or (made := with_rows_of(text, text_of(right), self.off)) == text:
            return given
        self._changed = True
        return _text_like(given, made)


def _part(right: Any, key: Any) -> Any:
    """The reference's value under a key, or in a field or column of that name; None if it has none."""
    if isinstance(right, Mapping):
        return right.get(key, next(iter(right.values()), None))
    if is_table(right):
        return right.get(key)
    return right[key] if key in fields_of(right) else None


def _is_numbered(table: Any) -> bool:
    """Whether the rows of a table or series are labelled by their numbers."""
    return bool(np.array_equal(table.index, range(len(table))))


def _within(values: np.ndarray, limits: Any) -> np.ndarray:
    """The numbers, limited so that none would be infinite in a dtype with these limits."""
    return np.clip(values, -limits.max / 2, limits.max / 2)


def _text_like(given: str | bytes | bytearray, text: str) -> Any:
    """A text in bytes if the given one is."""
    return text if isinstance(given, str) else type(given)(text.encode())


def _lacks_letters(given: Any, right: Any) -> bool:
    """Whether an answer without entries is in place of a text, or a text without letters in place of entries."""
    if isinstance(given, str | bytes):
        return not given.strip() and isinstance(right, str | bytes | Several) and len(right) > 0
    return isinstance(given, Several | range) and not given and isinstance(right, str | bytes) and len(right) > 0


def _has_entries(value: Any) -> bool:
    return (isinstance(value, Mapping | Several) or getattr(value, "shape", ()) != ()) and not has_no_entries(value)


def _selects_nothing(given: slice, right: Any) -> bool:
    """Whether a slice in place of one or several indices of the reference selects nothing that these reach."""
    there = array_of(right)
    if there is None or there.dtype.kind not in "iu" or not there.size:
        return False
    return not range(*given.indices(1 + int(np.abs(there).max())))


def other_letters(right: Any) -> Any:
    """A text, or bytes, as long as the right one, and different in each place."""
    if isinstance(right, bytes):
        return bytes(letter ^ 1 for letter in right)
    return "".join("?" if letter != "?" else "!" for letter in right)


def _objects(values: Iterable[Any]) -> np.ndarray:
    items = list(values)
    made = np.empty(len(items), object)
    made[:] = items
    return made


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Several) or is_table(value) or getattr(value, "ndim", 0) > 0


def _is_of_numbers(value: Any) -> bool:
    """Whether a value is a number or contains numbers; not 0, which is as false as None."""
    array = array_of(value)
    return array is not None and array.dtype.kind in "iufc" and (array.ndim > 0 or bool(array))


def _rewrite(value: Any, new: Any) -> None:
    """Changes an argument as the student's code did; the objects in it stay, with other content."""
    if isinstance(value, list | dict) and len(value) == len(new):
        keys = list(value) if isinstance(value, dict) else range(len(value))
        if not isinstance(value, dict) or value.keys() == new.keys():
            for key in keys:
                if type(value[key]) is type(new[key]) and isinstance(value[key], list | dict | np.ndarray):
                    _rewrite(value[key], new[key])
                else:
                    value[key] = new[key]
            return
    if is_tensor(value):
        value = value.detach()
    if getattr(value, "shape", None) == getattr(new, "shape", None) and (is_tensor(value) or hasattr(value, "shape")):
        value[...] = new
    elif isinstance(value, list | dict | set | deque | bytearray | io.StringIO | io.BytesIO):
        wire._write(value, new)


def _with_objects(value: Any, live: Any) -> Any:
    """A recorded answer, with the objects that the reference gives now in place of those that were only named."""
    if not _has_object(value):
        return value
    if isinstance(value, Mapping):
        there = live if isinstance(live, Mapping) else {}
        return {key: _with_objects(item, there.get(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        same = isinstance(live, list | tuple) and len(live) == len(value)
        items = map(_with_objects, value, live if same else [None] * len(value))
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return live


def _has_object(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_object, value.values()))
    return any(map(_has_object, value)) if isinstance(value, list | tuple) else isinstance(value, Opaque)
