"""Properties that a function must have for all arguments, checked on arguments that a test already has.

    from autograder.judging.promises import takes_integers

    assert takes_integers(affine, X, W, b), "affine must take integers without rounding."
    assert takes_any_shape(relu, z), "relu must take arrays of any shape."
    assert leaves_its_arguments(relu, z), "relu changed its input."

Each check compares a function with itself, so it needs no second solution.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from .explain import explain

MOST = 5  # up to so many places are tried in all combinations, more in fewer


def takes_integers(function: Callable[..., Any], *args: Any, rtol: float = 1e-9, atol: float = 1e-12) -> bool:
    """Whether integers give the same result as equal floats, whichever of the arguments contain them.

    Each array of floats in the arguments, alone or in a list or dict, is made whole: if it is not whole already, it is
    multiplied by 4 and rounded. Whole Python floats are also used. Each set of them is then passed as integers.

    Args:
        function: is called as ``function(*args)``.
        rtol, atol: tolerances for comparing both results.
    """
    places = list(_places(args))
    for chosen in _choices(len(places)):
        whole = dict(zip(places, chosen, strict=True))
        integers, floats = (_made(args, whole, as_integers) for as_integers in (True, False))
        if explain(function(*integers), function(*floats), rtol=rtol, atol=atol):
            return False
    return True


def takes_any_shape(function: Callable[..., Any], *args: Any, rtol: float = 1e-9, atol: float = 1e-12) -> bool:
    """Whether an elementwise function gives the same numbers, in the shape of its argument, for every shape.

    The first argument is an array; others may be arrays of the same shape. Their elements are passed in arrays of
    one, two and three axes, some of length 1, as a single element, and in reverse order: a function that caches its
    results by shape would then return earlier ones.
    """
    shape, size = np.shape(args[0]), np.size(args[0])
    expected = np.asarray(function(*_copies(args)))
    if expected.shape != shape:
        return False
    half = size // 2
    for elements, wanted in (
        (size, (size,)), (size, (1, size)), (size, (size, 1)), (2 * half, (2, 1, half)), (1, (1,)), (1, (1, 1)),
    ):  # fmt: skip
        reshaped = [_of_shape(value, shape, elements, wanted) for value in args]
        if explain(np.asarray(function(*reshaped)), expected.ravel()[:elements].reshape(wanted), rtol=rtol, atol=atol):
            return False
    turned = [_of_shape(value, shape, size, (size,)) for value in args]
    turned = [value[::-1].copy() if np.shape(value) == (size,) else value for value in turned]
    return not explain(np.asarray(function(*turned)), expected.ravel()[::-1], rtol=rtol, atol=atol)


def leaves_its_arguments(function: Callable[..., Any], *args: Any) -> bool:
    """Whether the arrays passed to a function, also in lists and dicts, have the same numbers after the call."""
    given = copy.deepcopy(args)
    function(*given)
    return not explain(given, args, rtol=0, atol=0)


def _copies(args: tuple[Any, ...]) -> list[Any]:
    return [value.copy() if isinstance(value, np.ndarray) else value for value in args]


def _of_shape(value: Any, shape: tuple[int, ...], elements: int, wanted: tuple[int, ...]) -> Any:
    """The first elements of an array of this shape, in another shape; anything else as it is."""
    if isinstance(value, np.ndarray) and value.shape == shape:
        return value.ravel()[:elements].reshape(wanted).copy()
    return value


def _choices(count: int) -> Iterator[tuple[bool, ...]]:
    """Nonempty sets of so many things: all such sets, or each thing alone, all but one, and the whole."""
    if count <= MOST:
        yield from (chosen for chosen in product((True, False), repeat=count) if any(chosen))
        return
    yield (True,) * count
    for one in range(count):
        alone = tuple(place == one for place in range(count))
        yield alone
        yield tuple(not chosen for chosen in alone)


def _places(value: Any, place: tuple = ()) -> Iterator[tuple]:
    """Where the arguments contain numbers that can be made whole."""
    if isinstance(value, list | tuple | dict):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(item, (*place, key))
    elif _is_floats(value):
        yield place


def _is_floats(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind == "f" and bool(value.size)
    return type(value) is float and value.is_integer()


def _made(value: Any, whole: dict[tuple, bool], as_integers: bool, place: tuple = ()) -> Any:
    """A copy of the arguments, with whole numbers where `whole` says so."""
    if isinstance(value, dict):
        return {key: _made(item, whole, as_integers, (*place, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        made = [_made(item, whole, as_integers, (*place, number)) for number, item in enumerate(value)]
        return made if isinstance(value, list) else tuple(made)
    if not isinstance(value, np.ndarray):
        return int(value) if whole.get(place) and as_integers else value
    if not whole.get(place):
        return value.copy()
    rounded = value if np.array_equal(value, np.rint(value)) else np.rint(4 * value)
    return rounded.astype(np.int64) if as_integers else rounded.copy()
