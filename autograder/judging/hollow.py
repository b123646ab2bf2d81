"""Answers that comparisons pass over: `np.allclose([], 3)` holds, and so does everything that an empty loop asserts.

A test that passes on such an answer has compared nothing there. It has not passed if the reference, called alike,
gives entries. The same holds for objects, which answer comparisons themselves, where the reference gives plain data.
Most answer nothing, since no path of the reference gives objects there (`standin.Unexpected`); some paths give both.
"""

from __future__ import annotations

import ast
import contextlib
import numbers
import types
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cache
from typing import Any

import numpy as np

from ..course.names import transform
from .diagnosis import nearly_equal
from .link import CALLS, MAX_CALLS, Call, Opaque, end_of
from .passed_over import Several, has_no_entries
from .plan import JudgeStep
from .verdicts import Verdict

ENDS = {"__next__": "StopIteration", "__anext__": "StopAsyncIteration", "__getitem__": "IndexError"}


def path_of_hollow(
    calls: list[Call], right: Callable[[], Verdict], expected: Mapping[str, Sequence[str]], source: str = ""
) -> str | None:
    """The path of such an answer among those that a test got; None if it got none.

    Args:
        calls: the calls of the test, with their answers.
        right: runs the test on the reference; called only if an answer may be hollow.
        expected: what the reference gives at each path (`Plan.expected`).
        source: of the test: a part of an answer that it never reads may be empty.
    """
    read = cache(lambda: parts_read(source))

    def lacks_what_is_read(call: Call) -> bool:
        if not _is_hollow(call.result):
            return False
        parts = None
        if isinstance(call.result, list | tuple) and call.operation == "call" and not call.within:
            parts = read().get(call.path.removesuffix("()"))
        return parts is None or _is_hollow([part for n, part in enumerate(call.result) if n in parts])

    def may_be(call: Call) -> bool:
        try:
            return looks_so(call)
        except Exception:  # from an unusual kind of value
            return True

    def looks_so(call: Call) -> bool:
        if isinstance(call.result, Opaque):
            return {"plain", "object"} <= {*expected.get(call.path, ())}
        return _ends_at_once(call, calls) or _has_no_length(call) or lacks_what_is_read(call)

    if not any(map(may_be, calls)):
        return None
    replayed = right().calls
    iterated = {call.on for call in replayed if call.name in ENDS and call.error is None}
    for here, there in paired(calls, replayed):
        with contextlib.suppress(Exception):  # from an unusual kind of value: the others are still checked
            if may_be(here) and is_asked_the_same(here, there):
                if _is_passed_over(here, there, calls, iterated):
                    return here.path
    return None


def parts_read(source: str) -> dict[str, frozenset[int]]:
    """For each function whose answer a test only takes apart, as in `loss, _ = f(x)` or `f(x)[0]`: the parts it reads.

    A function that the test uses in another way as well is left out, and so are all if it reads a `_`.
    """
    tree, read, taken = ast.parse(transform(source)), defaultdict[str, set[int]](set), set[int]()
    for node in ast.walk(tree):
        call, parts = None, set[int]()
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Tuple):
            call, names = node.value, node.targets[0].elts
            if any(isinstance(name, ast.Starred) for name in names):
                continue
            parts = {n for n, name in enumerate(names) if not (isinstance(name, ast.Name) and name.id == "_")}
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            call = node.value
            if type(node.slice.value) is not int:
                continue
            parts = {node.slice.value}
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            read[call.func.id] |= parts
            taken.add(id(call.func))
    loaded = [it for it in ast.walk(tree) if isinstance(it, ast.Name) and isinstance(it.ctx, ast.Load)]
    if any(it.id == "_" for it in loaded):
        return {}
    otherwise = {it.id for it in loaded if id(it) not in taken}
    return {name: frozenset(parts) for name, parts in read.items() if name not in otherwise}


def paired(calls: Sequence[Call], right: Sequence[Call]) -> Iterator[tuple[Call, Call]]:
    """Each answer with the reference's: of the same path, or else, as for another object, of a path that ends alike."""
    left = list(calls)
    for alike in (lambda call: call.path, lambda call: end_of(call.path)):
        theirs: dict[tuple[str, str], deque[Call]] = defaultdict(deque)
        for call in right:
            theirs[call.within, alike(call)].append(call)
        mine, left = left, []
        used = set()
        for here in mine:
            if theirs[here.within, alike(here)]:
                there = theirs[here.within, alike(here)].popleft()
                used.add(id(there))
                yield here, there
            else:
                left.append(here)
        right = [call for call in right if id(call) not in used]


def path_of_wrong_turn(calls: list[Call], right: Callable[[], Verdict], step: JudgeStep) -> str | None:
    """The path of a number because of which a test left out calls that it makes on the reference; None if none.

    A loop over as many things as the student's code counts makes no calls if the count is 0.
    """
    asked = {what.removeprefix(CALLS) for what in step.changes or () if what.startswith(CALLS)}
    direct = [call for call in calls if not call.within]
    if asked <= {call.path for call in calls} or len(direct) >= MAX_CALLS:
        return None
    replayed = right().calls
    if asked.isdisjoint({call.path for call in replayed} - {call.path for call in calls}):
        return None
    for here, there in zip(direct, [call for call in replayed if not call.within], strict=False):
        if here.path != there.path:
            break
        if _counts(here.result) and here.error is there.error is None:
            if is_asked_the_same(here, there) and not nearly_equal(here.result, there.result):
                return here.path
    return None


def _counts(value: Any) -> bool:
    """Whether a test can use a value as a count, or as an option for how to go on; or it has no entries."""
    if isinstance(value, numbers.Number | np.generic | str | None):
        return True
    return has_no_entries(value) or _is_array(value) and np.size(value) <= 1


def is_asked_the_same(here: Call, there: Call) -> bool:
    """Whether the arguments are the same: a test may draw other numbers each time. It creates its functions anew."""
    given = [
        [*map(_code_of, call.args), {key: _code_of(arg) for key, arg in call.kwargs.items()}] for call in (here, there)
    ]
    return nearly_equal(*given)


def _code_of(arg: Any) -> Any:
    """A function's code or name for a function; anything else as it is."""
    routine = isinstance(arg, types.FunctionType | types.BuiltinFunctionType | types.MethodType)
    return getattr(arg, "__code__", arg.__qualname__) if routine else arg


def _is_passed_over(here: Call, there: Call, calls: Sequence[Call], iterated: Set[int]) -> bool:
    """``iterated``: the numbers of those objects of the reference that gave items."""
    if _ends_at_once(here, calls):
        return there.error is None
    if here.error or there.error:
        return False
    if isinstance(here.result, Opaque):
        return not isinstance(there.result, Opaque)
    if _has_no_length(here):
        return bool(there.result)
    plain = here.operation in ("call", "method", "special")  # a name or an attribute is also read for other reasons
    items = isinstance(there.result, Opaque) and there.result.number in iterated
    return _lacks(here.result, [there.result] if items else there.result, plain)


def _ends_at_once(call: Call, calls: Sequence[Call]) -> bool:
    """Whether a loop over an object ended before its first item."""
    if call.operation != "special" or call.error is None or call.error != ENDS.get(call.name):
        return False
    if call.name == "__getitem__":
        return call.args == (0,)
    before = calls[: next(n for n, other in enumerate(calls) if other is call)]
    return not any(other.on == call.on and other.name == call.name for other in before)


def _has_no_length(call: Call) -> bool:
    return call.operation == "special" and call.name == "__len__" and call.error is None and call.result == 0


def _is_hollow(value: Any) -> bool:
    if has_no_entries(value):
        return True
    if isinstance(value, Mapping):
        default = value.default_factory() if isinstance(value, defaultdict) and value.default_factory else None
        return any(map(_is_hollow, [default, *value.values()]))
    return any(map(_is_hollow, value if isinstance(value, Several) else _items_of(value)))


def _lacks(given: Any, right: Any, plain: bool) -> bool:
    """Whether `given`, or a part of it, is empty where `right` has something.

    ``plain``: whether a list or dictionary without entries counts, as an array without entries always does.
    """
    if isinstance(given, defaultdict) and isinstance(right, Mapping) and given.default_factory:
        given = {key: given[key] if key in given else given.default_factory() for key in right}
    if has_no_entries(given) and (plain or _is_array(given)):
        return _has_something(right)
    if isinstance(given, Mapping) and isinstance(right, Mapping):
        return any(_lacks(given[key], right[key], plain) for key in given.keys() & right.keys())
    pair = [_items_of(value) if _is_array(value) else value for value in (given, right)]
    if all(isinstance(value, list | tuple | deque) for value in pair):
        return any(_lacks(one, other, plain) for one, other in zip(*pair, strict=False))
    return False


def _items_of(value: Any) -> list[Any]:
    """The items of an array, or a series, of objects."""
    return list(np.asarray(value).flat) if str(getattr(value, "dtype", "")) == "object" and value.ndim == 1 else []


def _has_something(value: Any) -> bool:
    """Whether a comparison with a value compares anything. False, None and text may themselves mean nothing."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, Several | Mapping | range) or _is_array(value):
        return not has_no_entries(value)
    return isinstance(value, numbers.Number)


def _is_array(value: Any) -> bool:
    """Whether a value is an array, a table or a tensor, or a scalar of one, without axes."""
    return isinstance(getattr(value, "shape", None), tuple)
