"""The judge's random numbers and settings: what a worker has to be told about them, and separate random streams."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import random
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np


def settings() -> dict[str, Any]:
    """A test's settings of Python, NumPy, torch and the environment: what overflow does, gradients, recursion depth."""
    found: dict[str, Any] = {"numpy": np.geterr()}
    if (limit := sys.getrecursionlimit()) != _recursion:
        found["recursion"] = limit
    if _set or os.environ._data != _environment:  # type: ignore[attr-defined]  # compared directly, in a microsecond
        found["environment"] = _environment_set()
    if torch := sys.modules.get("torch"):
        found["torch"] = [torch.is_grad_enabled(), torch.get_default_dtype()]
    return found


_environment: dict[bytes, bytes] = {}  # as the judge found it
_set: set[bytes] = set()  # its names that a test has set or deleted
_recursion = sys.getrecursionlimit()  # as the judge found it


def watch_environment() -> None:
    """Records the environment variables and the recursion limit as they are before the tests."""
    global _recursion
    _recursion = sys.getrecursionlimit()
    _environment.update(os.environ._data)  # type: ignore[attr-defined]


def _environment_set() -> dict[str, str | None]:
    """The current values of the variables that tests have changed; None for a deleted one."""
    now: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]
    _set.update(name for name in now.keys() | _environment.keys() if now.get(name) != _environment.get(name))
    return {os.fsdecode(name): os.environ.get(os.fsdecode(name)) for name in sorted(_set)}


@contextlib.contextmanager
def environment_kept() -> Iterator[None]:
    """A context after which the environment variables are as before."""
    before = dict(os.environ)
    try:
        yield
    finally:
        set_environment(before)


def set_environment(wanted: dict[str, str]) -> None:
    """Makes these the environment variables."""
    if dict(os.environ) != wanted:
        os.environ.clear()
        os.environ.update(wanted)


_seeded = 0  # how often a global generator was seeded in this process


def seedings() -> int:
    """How often a global generator was seeded in this process."""
    return _seeded


_entropy = random.Random()


def watch_seeds() -> None:
    """Makes seeding noticed even if it restores exactly the state that the worker was last told.

    Generators of NumPy's without a seed are also repeatable from now on: see `all_random_state`.
    """
    modules = [(np.random, "seed"), (np.random, "set_state"), (random, "seed"), (random, "setstate")]
    if torch := sys.modules.get("torch"):
        modules += [(torch, "manual_seed"), (torch.random, "manual_seed")]
    for module, name in modules:
        setattr(module, name, _watched(getattr(module, name)))
    _entropy.seed(os.urandom(32))
    vars(np.random.bit_generator)["randbits"] = _entropy.getrandbits  # what a generator without a seed starts from


def _watched(seed: Any) -> Any:
    @functools.wraps(seed)
    def watched(*args: Any, **kwargs: Any) -> Any:
        global _seeded
        _seeded += 1
        return seed(*args, **kwargs)

    return watched


def random_state() -> dict[str, Any]:
    """The state of the global generators (torch's only if torch is in use)."""
    state = {"numpy": np.random.get_state(), "python": random.getstate()}
    if torch := sys.modules.get("torch"):
        state["torch"] = torch.get_rng_state()
    return state


def random_marks(state: dict[str, Any]) -> tuple:
    """What differs once a global generator has advanced from `state`; takes a tenth of the time that a state takes.

    NumPy's and Python's are read in memory: the position in their 624 words, and the first of these, which are new
    when all have been used. In NumPy's, that does not show whether it still has the second of two normal numbers, which
    are drawn together; while it does, the whole state is the mark.
    """
    generator = np.random.get_bit_generator()  # type: ignore[attr-defined]  # NumPy's stubs lack it
    if type(generator) is np.random.MT19937 and not state["numpy"][3]:
        address = generator.ctypes.state_address
        numpys: Any = ctypes.string_at(address, 4 * 8), ctypes.string_at(address + 4 * 624, 4)
    else:
        numpys = [part.tobytes() if isinstance(part, np.ndarray) else part for part in np.random.get_state()]
    torch = sys.modules.get("torch")
    return numpys, _pythons_mark(), torch and torch.get_rng_state().numpy().tobytes()


_pythons: Any = random.seed.__self__  # type: ignore[attr-defined]  # the generator behind the functions of `random`
_PLACE = id(_pythons) + object.__basicsize__  # where CPython keeps an index, and then the words


def _pythons_mark() -> tuple:
    return ctypes.string_at(_PLACE, 8), _pythons.gauss_next


def _is_read_right() -> bool:
    """Whether this Python stores its generator as CPython 3.11 to 3.14 do."""
    _, (first, *_, index), _ = _pythons.getstate()
    return bool(ctypes.string_at(_PLACE, 8) == index.to_bytes(4, sys.byteorder) + first.to_bytes(4, sys.byteorder))


if not _is_read_right():
    _pythons_mark = random.getstate


def all_random_state() -> dict[str, Any]:
    """The state of the global generators, and of what generators without a seed start from."""
    return random_state() | {"entropy": _entropy.getstate()}


def set_random_state(state: dict[str, Any]) -> None:
    """The reverse of `random_state`, and of `all_random_state`."""
    if "entropy" in state:
        _entropy.setstate(state["entropy"])
    np.random.set_state(state["numpy"])
    random.setstate(state["python"])
    if "torch" in state:
        sys.modules["torch"].set_rng_state(state["torch"])


@contextlib.contextmanager
def random_stream(state: dict[str, Any]) -> Iterator[None]:
    """A context in which the global generators have this state, which is kept up to date; the judge's is unchanged."""
    global _seeded
    before, seeded = random_state(), _seeded
    set_random_state(state)
    try:
        yield
    finally:
        state.update(random_state())
        set_random_state(before)
        _seeded = seeded


def same_state(a: Any, b: Any) -> bool:
    if b is None or isinstance(a, tuple) and isinstance(a[0], str):
        return b is not None and a[2:] == b[2:] and np.array_equal(a[1], b[1])
    return bool((a == b).all()) if hasattr(a, "all") else a == b
