"""Why a call has a wrong answer, found by calling the student's code and the reference again.

Each function changes one thing about a call that went wrong: it is made before all others, without something special
about its arguments, with an explicit default, with another value of one argument. What is reported was observed, not
guessed.
"""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..course.names import transform
from .again import Reference, Student, TooLong, leading_to, other
from .link import Call, Opaque, WorkerLost
from .standin import NotPlain

MOST_TRAITS = 4  # of a call that no earlier call had; if there are more, any may be the reason
MOST_ARGUMENTS = 8  # that are varied
MOST_WORDS = 8  # words that are tried in place of another
MOST_MAKERS = 3  # calls leading to an answer whose arguments are varied
SILENT = object()  # no answer: unequal to any other

_QUOTED = re.compile(r"""["'](\w+)["']""")

Close = Callable[[Any, Any], bool]
Cells = Sequence[tuple[str | None, str]]


@dataclass(frozen=True)
class Inquiry:
    """A wrong answer, with the student's code and the reference to call again.

    ``here`` is the call as the student answered it, ``there`` as the reference did, ``calls`` all calls of the test.
    """

    here: Call
    there: Call
    calls: list[Call]
    cells: Cells
    reference: Reference
    student: Student
    close: Close

    @property
    def chain(self) -> list[Call]:
        """The calls that the answer depends on, and the call itself."""
        return leading_to(self.here, self.calls)

    def theirs(self, calls: Sequence[Call]) -> Any:
        """The student's answer; SILENT if there is none."""
        with contextlib.suppress(Exception, NotPlain, WorkerLost):
            return self.student.answer(calls)
        return SILENT

    def right(self, calls: Sequence[Call]) -> Any:
        """The reference's answer; SILENT if there is none."""
        with contextlib.suppress(Exception, NotPlain, TooLong):
            return self.reference.answer(calls)
        return SILENT

    def known(self) -> bool:
        """Whether the reference answers these calls alone as it did in the test."""
        return self.close(self.right(self.chain), self.there.result)


def remembers(inquiry: Inquiry) -> bool:
    """Whether the call is right when it comes first: then something is left over from other calls."""
    if inquiry.student.fresh() is None:
        return False
    chain = inquiry.chain
    return inquiry.known() and inquiry.close(inquiry.theirs(chain), inquiry.there.result)


def replaced(inquiry: Inquiry, names: Iterable[str]) -> str:
    """The name whose built-in function of Python makes the answer right; empty if no name does."""
    if inquiry.student.fresh() is None or not inquiry.known():
        return ""
    for name in names:
        with contextlib.suppress(Exception, NotPlain, WorkerLost), inquiry.student.without(name):
            if inquiry.close(inquiry.theirs(inquiry.chain), inquiry.there.result):
                return name
    return ""


def ignored(inquiry: Inquiry) -> list[str]:
    """The arguments that the answer should depend on and does not: some of them, not all.

    A function that depends on none may instead remember a result.
    """
    if inquiry.student.fresh() is None or not inquiry.known():
        return []
    if not inquiry.close(inquiry.theirs(inquiry.chain), inquiry.here.result):
        return []
    found: dict[str, bool] = {}
    for calls, names, place in _makers(inquiry):
        for key in (*range(len(calls[place].args)), *calls[place].kwargs):
            name = key if isinstance(key, str) else names[key] if key < len(names) else ""
            if name and name not in found and len(found) < MOST_ARGUMENTS:
                others = [[*calls[:place], call, *calls[place + 1 :]] for call in _with_others(calls[place], key)]
                telling = [calls for calls in others if not _tells_nothing(inquiry.right(calls), inquiry)]
                if telling:
                    found[name] = all(inquiry.close(inquiry.theirs(calls), inquiry.here.result) for calls in telling)
    return [name for name in found if found[name]] if not all(found.values()) else []


def _tells_nothing(right: Any, inquiry: Inquiry) -> bool:
    return right is SILENT or holds_objects(right) or inquiry.close(right, inquiry.there.result)


def default(inquiry: Inquiry) -> list[str]:
    """The arguments that were left out and whose explicit default makes the answer right."""
    if not inquiry.known():
        return []
    for calls, names, place in _makers(inquiry):
        call = calls[place]
        values = _defaults(call, inquiry.cells)
        for name in values.keys() - {*names[: len(call.args)], *call.kwargs}:
            spelt = [*calls[:place], _with(call, name, values[name]), *calls[place + 1 :]]
            if inquiry.close(inquiry.theirs(spelt), inquiry.there.result):
                return [name]
    return []


def options(inquiry: Inquiry, may_be_told: Callable[[str], bool]) -> tuple[str, str, list[str]] | None:
    """An argument that names one of several options, its value, and the other options that make the answer right."""
    if not inquiry.known():
        return None
    for calls, names, place in _makers(inquiry):
        call = calls[place]
        for name, value in {**dict(zip(names, call.args, strict=False)), **call.kwargs}.items():
            if not isinstance(value, str) or not may_be_told(value):
                continue
            words = dict.fromkeys(word for _, source in inquiry.cells for word in _QUOTED.findall(source))
            others = [word for word in words if word != value and may_be_told(word)][:MOST_WORDS]
            if right := [word for word in others if _is_right_with(word, name, names, calls, place, inquiry)]:
                return name, value, right
    return None


def _is_right_with(word: str, name: str, names: list[str], calls: list[Call], place: int, inquiry: Inquiry) -> bool:
    """Whether this value of an argument gives a right answer and a different one, also with other numbers."""
    call = calls[place]
    key = names.index(name) if name in names[: len(call.args)] else name
    for one in (call, _with_other_numbers(call)):
        asked_so = [*calls[:place], _with(one, key, word), *calls[place + 1 :]]
        right = inquiry.right(asked_so)
        if _tells_nothing(right, inquiry) or not inquiry.close(inquiry.theirs(asked_so), right):
            return False
    return True


def _makers(inquiry: Inquiry) -> Iterator[tuple[list[Call], list[str], int]]:
    """The last calls with arguments that the answer depends on: all calls, the argument names, the position."""
    chain = inquiry.chain
    made = [place for place, call in enumerate(chain) if call.operation in ("call", "method")]
    for place in made[::-1][:MOST_MAKERS]:
        yield chain, list(parameters(chain[place], inquiry.cells)), place


def _with_others(call: Call, key: int | str) -> Iterator[Call]:
    """A call with other values of one argument: slightly off, and far off, so that no rounding can hide it."""
    value = call.kwargs[key] if isinstance(key, str) else call.args[key]
    changed = other(value)
    if repr(changed) == repr(value):
        return
    for one in (changed, other(_far(changed)), *([value // 2] if type(value) is int else [])):
        yield _with(call, key, one)


def _with_other_numbers(call: Call) -> Call:
    """A call with other numbers and the same words."""
    args = tuple(value if isinstance(value, str) else other(value) for value in call.args)
    return replace(call, args=args, kwargs={k: v if isinstance(v, str) else other(v) for k, v in call.kwargs.items()})


def _with(call: Call, key: int | str, value: Any) -> Call:
    """A call with another value of one argument, given by its position or its name."""
    if isinstance(key, str):
        return replace(call, kwargs=call.kwargs | {key: value})
    return replace(call, args=(*call.args[:key], value, *call.args[key + 1 :]))


def _far(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.ndim:
        signs = np.where(np.arange(value.size) % 2, 37.0, -37.0)  # a ReLU may not notice a shift of one sign
        return signs.reshape(value.shape) * value
    if isinstance(value, np.ndarray | float) and np.asarray(value).dtype.kind == "f":
        return 37 * value
    if type(value) is int:
        return 3 * value
    if type(value) in (list, tuple):
        return type(value)(map(_far, value))
    return value


def holds_objects(value: Any) -> bool:
    """Whether a value contains something that is not plain data, and cannot be compared."""
    if isinstance(value, list | tuple):
        return any(map(holds_objects, value))
    return isinstance(value, Opaque) or callable(value)


# -- a case of the grader's own ---------------------------------------------------------------------------------------

TRIES = 6
FEW = 2  # rows of a table, if so few show it


def example(
    inquiry: Inquiry, alternatives: Sequence[str], short: Callable[[Call], bool]
) -> tuple[Call, Any, Any] | None:
    """A call like the one that went wrong, with other numbers; the student's answer, and the right one.

    Args:
        alternatives: other right solutions of the cell, which must give the reference's answer.
        short: whether a call is short enough to be shown.
    """
    here = inquiry.here
    if here.operation != "call" or not here.path.removesuffix("()").isidentifier():
        return None
    for number in range(2 * TRIES):
        numbers = np.random.default_rng(number)
        table = next((x for x in here.args if isinstance(x, np.ndarray) and x.ndim == 2), None)
        rows = len(table) if table is not None else 0
        few = FEW if number % 2 == 0 and rows > FEW else rows
        args = tuple(like(value, numbers, rows, few) for value in here.args)
        call = replace(
            here, args=args, kwargs={key: like(value, numbers, rows, few) for key, value in here.kwargs.items()}
        )
        if repr(call.args) == repr(here.args) or not short(call):
            continue
        calls = [*inquiry.chain[:-1], call]
        right = inquiry.right(calls)
        if right is SILENT or holds_objects(right) or not _is_finite(right):
            continue
        if not all(inquiry.close(asked(inquiry.reference, calls, code), right) for code in alternatives):
            continue
        theirs = inquiry.theirs(calls)
        if theirs is not SILENT and not holds_objects(theirs) and not inquiry.close(theirs, right):
            return call, theirs, right
    return None


def asked(reference: Reference, calls: Sequence[Call], code: str) -> Any:
    """The answer of changed reference code; SILENT if there is none."""
    with contextlib.suppress(Exception, NotPlain, TooLong):
        return reference.answer(calls, code)
    return SILENT


def _is_finite(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_finite, value))
    return not isinstance(value, np.ndarray | float) or bool(np.isfinite(value).all())


def like(value: Any, numbers: np.random.Generator, rows: int = 0, few: int = 0) -> Any:
    """Another value of the same kind: of the same sign, size and order, with whole numbers where these are whole.

    Args:
        rows, few: arrays with ``rows`` rows get ``few``.
    """
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
        shape = (few, *value.shape[1:]) if value.ndim and len(value) == rows else value.shape
        return _numbers_like(value, numbers, shape)
    if type(value) is int:
        return int(numbers.integers(min(value // 2, 2 * value), max(value // 2, 2 * value) + 2)) if value else value
    if type(value) is float:
        return float(_numbers_like(np.array(value), numbers, ()))
    if type(value) in (list, tuple):
        return type(value)(like(item, numbers, rows, few) for item in value)
    if type(value) is dict:
        return {key: like(item, numbers, rows, few) for key, item in value.items()}
    return value


def _numbers_like(x: np.ndarray, numbers: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    if not x.size or not np.isfinite(x).all():
        return x
    low, high = float(x.min()), float(x.max())
    if x.dtype.kind in "iu":
        return numbers.integers(int(low), int(high) + 1, size=shape).astype(x.dtype)
    step = 10.0 ** np.floor(np.log10(max(abs(low), abs(high), 1e-300)) - 1)  # two digits of the largest
    step = max(step, 1.0) if np.array_equal(x, np.rint(x)) else step
    drawn = numbers.uniform(low, high, size=shape) if high > low else np.full(shape, 0.8 * low)
    if drawn.size > 2 and numbers.random() < 0.5:  # slightly beyond both ends: it may go wrong only there
        drawn.flat[:2] = 1.05 * low, 1.05 * high
    made = np.round(np.rint(drawn / step) * step, 12)
    ordered = x.ndim == 1 and x.size > 2 and bool(np.all(np.diff(x) >= 0))
    return np.sort(made).astype(x.dtype) if ordered else made.astype(x.dtype)


# -- the reference's source -------------------------------------------------------------------------------------------


def _definition(call: Call, cells: Cells) -> ast.FunctionDef | None:
    """The function or method that a call calls, by its name; the constructor of a class."""
    name = call.path.removesuffix("()").rpartition(".")[2]
    for _, source in cells:
        for node in ast.walk(ast.parse(transform(source))):
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return node
            if isinstance(node, ast.ClassDef) and node.name == name:
                inside = (it for it in node.body if isinstance(it, ast.FunctionDef))
                return next((it for it in inside if it.name == "__init__"), None)
    return None


def parameters(call: Call, cells: Cells) -> list[str]:
    """The reference's names of a call's arguments."""
    node = _definition(call, cells)
    return [argument.arg for argument in node.args.args if argument.arg != "self"] if node else []


def inputs_of(call: Call, cells: Cells) -> dict[str, Any]:
    """The arguments of a call, by the reference's names."""
    return dict(zip(parameters(call, cells), call.args, strict=False)) | call.kwargs


def _defaults(call: Call, cells: Cells) -> dict[str, Any]:
    """The reference's default values of arguments that are left out, if they are constants."""
    node = _definition(call, cells)
    if node is None:
        return {}
    last = node.args.args[len(node.args.args) - len(node.args.defaults) :]
    pairs = [
        *zip(last, node.args.defaults, strict=True),
        *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
    ]
    return {one.arg: value.value for one, value in pairs if isinstance(value, ast.Constant)}


# -- what is special about a call -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trait:
    """Something special about an argument, as text, and the argument without it."""

    rank: int
    name: str
    words: str
    plain: Any


def first_of_its_kind(inquiry: Inquiry) -> str:
    """What the first wrong call has and the right ones before it do not: one row, whole numbers, zeros, …

    It is reported only if the call is right without that.
    """
    here, calls = inquiry.here, inquiry.calls
    place = next(n for n, call in enumerate(calls) if call is here)
    earlier = [call for call in calls[:place] if call.path == here.path]
    if not earlier or here.operation != "call":
        return ""
    inputs = inputs_of(here, inquiry.cells)
    seen = {trait.words for call in earlier for trait in traits(inputs_of(call, inquiry.cells))}
    new = [trait for trait in traits(inputs) if trait.words not in seen]
    if not (cause := _cause(inquiry, inputs, new)):
        return ""
    what = " and ".join(trait.words for trait in cause)
    before = f"The {len(earlier)} calls before it are right" if len(earlier) > 1 else "The call before it is right"
    return f"{before}: this is the first where {what}."


def _cause(inquiry: Inquiry, inputs: dict[str, Any], new: list[Trait]) -> list[Trait]:
    """The trait without which the answer is right, or all of them if only together they are the reason."""
    for some in [*([trait] for trait in new), new if 1 < len(new) <= MOST_TRAITS else []]:
        if some and _is_right_without(inquiry, inputs, some):
            return some
    return []


def _is_right_without(inquiry: Inquiry, inputs: dict[str, Any], some: list[Trait]) -> bool:
    names = parameters(inquiry.here, inquiry.cells)
    plain = inputs | {trait.name: trait.plain for trait in some}
    args = tuple(plain[name] for name in names[: len(inquiry.here.args)])
    kwargs = {name: plain[name] for name in inquiry.here.kwargs}
    calls = [*inquiry.chain[:-1], replace(inquiry.here, args=args, kwargs=kwargs)]
    right = inquiry.right(calls)
    return right is not SILENT and inquiry.close(inquiry.theirs(calls), right)


def traits(inputs: dict[str, Any]) -> list[Trait]:
    """What is special about the arguments of a call, the most informative first."""
    found = [trait for name, value in inputs.items() for trait in _traits_of(name, value)]
    return sorted(found, key=lambda trait: trait.rank)


def _traits_of(name: str, value: Any) -> Iterator[Trait]:
    it = f"`{name}`"
    if isinstance(value, list | tuple) and value:
        if len(value) == 1:
            yield Trait(1, name, f"{it} has one element", value * 2)
        if isinstance(value, list) and len(set(map(repr, value))) < len(value):
            once = list({repr(item): item for item in value}.values())
            yield Trait(6, name, f"{it} holds something twice", once)
    if not isinstance(value, np.ndarray | int | float | np.generic) or isinstance(value, bool):
        return
    x = np.asarray(value)
    if x.dtype.kind not in "iuf" or not x.size:
        return

    def like(y: np.ndarray) -> Any:
        """The same numbers in the argument's form."""
        return y if x.ndim or isinstance(value, np.ndarray) else type(value)(y)

    whole, many = x.dtype.kind in "iu", "is" if x.ndim == 0 else "holds a number that is"
    if x.ndim and len(x) == 1:
        yield Trait(1, name, f"{it} has only one {'row' if x.ndim > 1 else 'entry'}", np.concatenate([x, x]))
    if whole and isinstance(value, np.ndarray):
        yield Trait(2, name, f"{it} holds whole numbers (its dtype is an integer type)", x.astype(float))
    if x.dtype == np.float32:
        yield Trait(2, name, f"{it} is of float32", x.astype(float))
    with np.errstate(all="ignore"):
        if not np.isfinite(x).all():
            yield Trait(1, name, f"{it} {many} infinite or NaN", like(np.nan_to_num(x, nan=0.5, posinf=2, neginf=-2)))
        elif np.abs(x).max() > 500:
            yield Trait(2, name, f"{it} {many} as large as hundreds", like(x // 500 if whole else x / 500))
        elif not whole and 0 < np.abs(x).max() < 1e-3:
            words = f"{it} {'is' if x.ndim == 0 else 'holds only numbers'} close to 0"
            yield Trait(4, name, words, like(x / np.abs(x).max()))
    if (x < 0).any():
        yield Trait(5, name, f"{it} {many} negative", like(np.abs(x)))
    if (x == 0).any():
        yield Trait(4, name, f"{it} {many} 0", like(np.where(x == 0, x.dtype.type(1), x)))
    if x.ndim > 1:
        yield Trait(7, name, f"{it} has {x.ndim} axes", x.ravel())
    if x.ndim and not whole and 1 < x.size < 1000 and len(np.unique(x)) < x.size:
        yield Trait(6, name, f"{it} holds equal numbers", x + np.arange(x.size).reshape(x.shape) / 64)
