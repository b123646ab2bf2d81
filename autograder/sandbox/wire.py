"""The wire between worker and judge: only plain data in length-capped frames.

A frame is a msgpack structure followed by raw buffers. In the structure None, booleans, small
integers, floats, strings and bytes are themselves; every other value is a list
``[tag, ...]``. Array bytes travel beside the structure, with a dtype and a shape that are checked
before NumPy sees them. There is no pickle. The only classes that a tag can name are *records*: classes of the
instructor's cells, which both sides have, and whose objects consist only of their attributes. Each side creates them
from its own class, so their methods are the instructor's wherever they are called.

Values that can change in place (arrays, tensors, lists, dicts, sets, bytearrays, files in memory) are
*shared*: the first crossing gives them a number, later ones send only the number, and each frame begins
with the shared values that changed since the last. So ``x[0] = 1`` inside a student's function is seen by
the test, and ``net.weights[0] += h`` in a test is seen by the student's object.

Each shared value has a *place*: the message in which it first crossed, and where in it
(``net.params#1.value['W']``). The judge uses it to decide whether to accept a change by the worker.
"""

from __future__ import annotations

import builtins
import collections
import contextlib
import enum
import importlib
import io
import math
import operator
import re
import select
import socket
import struct
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import FrozenInstanceError, dataclass
from typing import Any

import msgpack
import numpy as np

from . import library
from .records import attributes_of, hidden_by, is_record, record_of

MAX_STRUCTURE = 8 << 20  # bytes of msgpack in one frame
MAX_BUFFERS = 20_000  # arrays in one frame
MAX_DATA = 512 << 20  # bytes of array data in one frame
MAX_DEPTH = 50  # nested containers
MAX_BITS = 1 << 20  # of a whole number
MAX_NDIM = 64  # NumPy's own limit
MAX_WARNINGS = 50  # given by the student's code in one call
AT_ONCE = 1 << 18  # bytes that are sent, or read, with one system call

# Special methods that a worker's object may lend to its stand-in (only those that its own class defines).
SPECIAL = frozenset(
    f"__{name}__"
    for name in (
        "call len getitem setitem delitem contains iter next reversed enter exit eq ne lt le gt ge add radd iadd sub "
        "rsub isub mul rmul imul matmul rmatmul imatmul truediv rtruediv itruediv floordiv rfloordiv ifloordiv mod "
        "rmod imod divmod rdivmod pow rpow ipow lshift rlshift ilshift rshift rrshift irshift and rand iand or ror "
        "ior xor rxor ixor neg pos abs invert round trunc floor ceil bool float int complex index str bytes repr "
        "hash format await aiter anext aenter aexit"
    ).split()
)
# How a list, or an object in its place, gives its entries.
READS_ENTRIES = ("__iter__", "__len__", "__getitem__", "__contains__", "__reversed__")
# Functions of `inspect` and `dataclasses` that a test may apply to what is the student's.
INSPECTED = frozenset(
    "getsource getsourcelines getdoc isfunction isclass ismethod isroutine isgenerator isgeneratorfunction iscoroutine "
    "iscoroutinefunction isabstract isbuiltin".split()
)
OF_DATACLASSES = frozenset({"is_dataclass", "fields", "asdict", "astuple", "replace"})
# Plotting libraries: their modules, classes and functions can be requested by name.
DRAWING = frozenset({"matplotlib", "mpl_toolkits", "pylab", "seaborn"})
_ERRORS = {"LinAlgError": np.linalg.LinAlgError, "FrozenInstanceError": FrozenInstanceError}
_HEADER = struct.Struct("<II")
_DTYPE = re.compile(r"[<>|=]([biufcSUMm]\d{1,9}(\[[\w/]{1,8}\])?)")
_PLAIN_TYPES = (
    {
        f"builtins.{t.__name__}": t
        for t in (
            bool,
            int,
            float,
            complex,
            str,
            bytes,
            bytearray,
            list,
            tuple,
            dict,
            set,
            frozenset,
            type(None),
            object,
        )
    }
    | {
        f"numpy.{np.dtype(code).type.__name__}": np.dtype(code).type
        for code in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
    }
    | {"numpy.ndarray": np.ndarray}
)
_TYPE_NAMES = {t: name for name, t in _PLAIN_TYPES.items()}
_TENSORS = frozenset("bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128".split())
_TEXTS = (np.str_, np.bytes_)
_BY_NAME = {"builtins", "math", "operator", "numpy", "torch", "torch.nn.functional"}


class WireError(Exception):
    """The other side sent something that is not in the wire's format."""


class PeerGone(WireError):
    """The other side closed the connection, or was killed."""


class CannotCross(TypeError):
    """A value to be sent is not plain data."""


@dataclass(slots=True)
class _Shared:
    """A value that both sides hold: ``get()`` is this side's, ``seen`` is its content as the other side knows it."""

    held: Any  # the value itself, unless it is held weakly
    weak: weakref.ref | None
    mine: bool
    place: str
    seen: bytes | list = b""
    form: tuple = ()  # dtype and shape of an array or a tensor, which must not change
    owner: Any = None  # the record whose attributes these are

    def get(self) -> Any:
        return self.held if self.weak is None else self.weak()

    def is_let_go(self) -> bool:
        """Whether this is the only reference to a value that cannot be referenced weakly, such as a list."""
        if self.owner is None:
            return self.weak is None and sys.getrefcount(self.held) <= 2
        return sys.getrefcount(self.owner) <= 2 and sys.getrefcount(self.held) <= 3


def _torch() -> Any:
    return sys.modules.get("torch")


def _wait_for(sock: socket.socket, left: Callable[[], float], to_write: bool = False) -> None:
    """Waits until there is something to read, or room to write. Raises TimeoutError when no seconds are left."""
    socks = [sock]
    while (wait := left()) > 0:
        if any(select.select([] if to_write else socks, socks if to_write else [], [], max(wait, 0.01))):
            return
    raise TimeoutError


class Channel:
    """One end of the wire. ``stand_in`` turns what is not plain into a structure, ``resolve`` turns it back.

    Args:
        sock: a connected stream socket.
        first_id: 0 on one side, 1 on the other, so that the numbers of shared values never collide.
        stand_in: called for a value that is not plain data; returns ``[tag, ...]`` or raises CannotCross.
        resolve: called for an unknown ``[tag, ...]``; returns the value or raises WireError.
        trusted: whether names of functions ("numpy.tanh") may be looked up; never true for the judge.

    ``place`` names the message that is sent or received next. ``may_change``, if it is set, is called with each place
    that the other side changed, and whether the value is this side's own. While ``refusing``, a change that it does
    not allow is kept out of the values that were handed out before. ``may_return`` is called with the place where the
    other side gives back a value of this side's own; if it says no, each side has its own copy from then on.
    """

    def __init__(
        self,
        sock: socket.socket | None,
        first_id: int,
        stand_in: Callable[[Any], list | None],
        resolve: Callable[[list], Any],
        trusted: bool = False,
    ):
        self.sock: Any = sock  # None if frames are only packed and unpacked
        self._packer = msgpack.Packer(unicode_errors="surrogatepass")
        self._inbox = bytearray()  # was read, but not yet requested
        self.stand_in, self.resolve, self.trusted = stand_in, resolve, trusted
        self._next_id = first_id
        self._shared: dict[int, _Shared] = {}
        self._ids: dict[int, int] = {}  # id(object) -> number
        self._dropped: list[int] = []
        self._fresh: list[Any] = []  # arrived with the last frame
        self._held: list[Any] = []
        self._by_memory: dict[int, int] = {}  # id(array that owns the memory) -> number
        self.place = ""
        self.may_change: Callable[[str, bool], bool] | None = None
        self.may_return: Callable[[str], bool] = lambda place: True
        self.refusing = False
        self.folders: tuple[str, str] | None = None  # this side's and the other's: each has paths in its own
        self.in_array = False  # whether the value being decoded is in an array or a table
        self.takes_objects: Callable[[], bool] = lambda: True  # else a subclass of a plain type arrives as that type
        self.takes: Callable[[str], bool] = lambda kind: True  # what comparisons depend on: see `library.made_of`
        self.record_class: Callable[[str], type | None] = lambda name: None  # this side's class of a record
        self.changed_by_peer: dict[int, tuple[Any, Any, bool]] = {}  # number -> (mine, its value before, was allowed)

    # -- frames -----------------------------------------------------------------------------------

    def send(self, message: dict, left: Callable[[], float] | None = None) -> None:
        """Sends one message (string keys), with the shared values that changed before it.

        Raises TimeoutError when no seconds are `left` (the other side need not read), CannotCross, PeerGone.
        """
        parts = self.pack(message)
        for part in [b"".join(parts)] if sum(map(len, parts)) < AT_ONCE else parts:
            self._send_all(part, left)

    def receive(self, left: Callable[[], float] | None = None) -> dict:
        """The next message. Raises TimeoutError when no seconds are `left`, WireError, PeerGone."""
        size, count = _HEADER.unpack(self._read(_HEADER.size, left))
        if size > MAX_STRUCTURE or count > MAX_BUFFERS:
            raise WireError(f"a frame of {size} bytes and {count} arrays is too large")
        lengths = struct.unpack(f"<{count}Q", self._read(8 * count, left)) if count else ()
        if sum(lengths) > MAX_DATA:
            raise WireError("too much array data in one frame")
        structure = self._read(size, left)
        return self.unpack(structure, [self._read(n, left) for n in lengths])

    def pack(self, message: dict) -> list[bytes]:
        """The frame of a message, as pieces to be sent one after the other.

        Raises CannotCross for what the other side would not accept, and for what cannot be inspected.
        """
        buffers: list[bytes] = []
        known: dict[int, bytes | list] = {}
        first = self._next_id
        try:
            frame = {"updates": self._updates(buffers, known)}
            self._hold()
            frame["dropped"] = list(self._dropped)
            frame["body"] = [
                [key, self.encode(value, buffers, 0, self._place_of(key))] for key, value in message.items()
            ]
            structure = self._packer.pack(frame)
            if len(structure) > MAX_STRUCTURE or len(buffers) > MAX_BUFFERS or sum(map(len, buffers)) > MAX_DATA:
                raise CannotCross("the value is too large to be handed over")
        except BaseException as error:
            self._unsay(first, known)
            if isinstance(error, CannotCross | MemoryError) or not isinstance(error, Exception):
                raise
            # raised by a library, or by an object that cannot be inspected
            raise CannotCross(f"the value cannot be handed over ({type(error).__name__})") from None
        self._dropped.clear()
        lengths = struct.pack(f"<{len(buffers)}Q", *map(len, buffers))
        return [_HEADER.pack(len(structure), len(buffers)) + lengths + structure, *buffers]

    def _unsay(self, first: int, known: dict[int, bytes | list]) -> None:
        """Forgets the numbers given in a frame that was never sent."""
        for number, shared in list(self._shared.items()):
            if number >= first and number % 2 == first % 2:
                self._forget(number)
            else:
                shared.seen = known.get(number, shared.seen)

    def unpack(self, structure: bytes | bytearray, buffers: list[Any]) -> dict:
        """The message of a frame. Raises WireError for everything that is not in the wire's format."""
        try:
            frame = msgpack.unpackb(structure, unicode_errors="surrogatepass", strict_map_key=True)
            for number, payload in _list(frame["updates"]):
                self._apply(number, payload, buffers)
            for number in _list(frame["dropped"]):
                self._forget(number)
            body = _list(frame["body"])
            return {_str(key): self.decode(node, buffers, 0, self._place_of(key)) for key, node in body}
        except WireError:
            raise
        except Exception as error:  # treat anything else that hostile bytes can cause the same way
            raise WireError(f"malformed message ({type(error).__name__})") from None

    def _place_of(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else ""

    def _send_all(self, data: bytes, left: Callable[[], float] | None) -> None:
        rest = memoryview(data)
        try:
            while left is not None and rest:
                with contextlib.suppress(BlockingIOError):
                    rest = rest[self.sock.send(rest, socket.MSG_DONTWAIT) :]
                if rest:
                    _wait_for(self.sock, left, to_write=True)
            self.sock.sendall(rest)
        except TimeoutError:
            raise
        except OSError as error:
            raise PeerGone(str(error)) from None

    def _read(self, size: int, left: Callable[[], float] | None) -> bytearray:
        """So many bytes, read in large pieces as they arrive; announcing much and sending little takes no memory."""
        data = self._inbox[:size]
        del self._inbox[:size]
        while len(data) < size:
            if left is not None:
                _wait_for(self.sock, left)
            try:
                part = self.sock.recv(AT_ONCE)
            except OSError as error:
                raise PeerGone(str(error)) from None
            if not part:
                raise PeerGone("the connection was closed")
            data += part
        self._inbox += data[size:]
        del data[size:]
        return data

    # -- values -----------------------------------------------------------------------------------

    def encode(self, value: Any, buffers: list[bytes], depth: int = 0, place: str = "") -> Any:
        """Value to structure; array bytes are appended to `buffers`. Raises CannotCross."""
        if depth > MAX_DEPTH:
            raise CannotCross("the value is nested too deeply to be handed over")
        kind = type(value)
        if kind is str:
            return value.replace(*self.folders) if self.folders else value
        if value is None or kind in (bool, float, bytes):
            return value
        if kind is int:
            if -(2**63) <= value < 2**63:
                return value
            if value.bit_length() > MAX_BITS:
                raise CannotCross("a number has too many digits to be handed over")
            return ["i", f"{value:x}"]
        if kind is tuple:
            return ["t", self._encode_all(value, buffers, depth, place)]
        if kind in _TAGS and (kind is not np.ndarray or _is_plain_dtype(value.dtype)):
            return self._share(value, buffers, depth, place)
        if isinstance(value, np.generic) and (_is_plain_dtype(value.dtype) or kind in _TEXTS and not value):
            return ["s", _dtype_node(value.dtype), value.tobytes()]
        if kind is np.ndarray and value.dtype == object:
            return ["o", list(value.shape), self._encode_all(value.ravel().tolist(), buffers, depth, place)]
        if kind is complex:
            return ["c", value.real, value.imag]
        if kind is frozenset:
            return ["z", [self.encode(item, buffers, depth + 1) for item in value]]
        if kind is slice:
            return ["S", [self.encode(x, buffers, depth + 1) for x in (value.start, value.stop, value.step)]]
        if kind is range:
            return ["R", [self.encode(n, buffers, depth + 1) for n in (value.start, value.stop, value.step)]]
        if value is Ellipsis:
            return ["E"]
        if isinstance(value, np.dtype) and _is_plain_dtype(value):
            return ["y", _dtype_node(value)]
        if isinstance(value, type) and value in _TYPE_NAMES:
            return ["n", _TYPE_NAMES[value]]
        if torch := _torch():
            if kind in (torch.Tensor, torch.nn.Parameter) and value.layout is torch.strided and _is_known(value.dtype):
                if value.ndim > MAX_NDIM:
                    raise CannotCross("a tensor has too many axes to be handed over")
                return self._share(value, buffers, depth, place)
            if kind is torch.Size:
                return ["q", list(value)]
            if kind is torch.dtype and _is_known(value):
                return ["Y", str(value).removeprefix("torch.")]
        if kind.__module__ == "__main__" and (name := self._record_name(kind)):
            if isinstance(value, enum.Enum):
                return ["K", name, value.name] if type(value.name) is str else self.stand_in(value)
            node = ["K", name, self._share(vars(value), buffers, depth, place)]
            self._shared[node[2][1]].owner = value
            return node if name == kind.__name__ else ["p", self.stand_in(value), node]
        parts = library.parts_of(value, lambda item: self.encode(item, buffers, depth + 1, place))
        if parts is None and (parts := self.stand_in(value)) and parts[0] == "p":  # an object, and its plain value
            plain = self.encode(parts[2], buffers, depth + 1, place)
            return ["p", parts[1], plain] if parts[1] else plain
        return parts

    def _encode_all(self, items: Any, buffers: list[bytes], depth: int, place: str) -> list:
        return [
            item if type(item) is float else self.encode(item, buffers, depth + 1, _within(place, n, item))
            for n, item in enumerate(items)
        ]

    def decode(self, node: Any, buffers: list[bytes], depth: int = 0, place: str = "") -> Any:
        """Structure to value, of exact built-in types. Raises WireError (or what hostile data makes raise)."""
        if depth > MAX_DEPTH:
            raise WireError("nested too deeply")
        if type(node) is str and self.folders:
            return node.replace(*self.folders[::-1])
        if type(node) is not list:
            return _plain(node)
        tag, *rest = node
        if tag == "t":
            return tuple(self._decode_all(rest[0], buffers, depth, place))
        if tag == "m":
            return self._adopt(rest[0], rest[1], buffers, depth, place)
        if tag == "r":
            shared = self._shared.get(_int(rest[0]))
            if shared is None or (value := shared.get()) is None:
                raise WireError("unknown shared value")
            if shared.mine and not self.may_return(place):
                self._detach(value)
                value = self._shared[rest[0]].get()
            self._fresh.append(value)
            return value
        if tag == "v":
            shared = self._shared.get(_int(rest[1]))
            if shared and shared.mine and not self.may_return(place):
                self._detach(shared.get())
            return self._view(*rest)
        if tag == "s":
            dtype = _dtype(rest[0])  # an empty text's has no length, which no array has
            return _array(_bytes(rest[1]), dtype, [1])[0] if dtype.itemsize else dtype.type()
        if tag == "o":
            with self._within_array():
                return _object_array(_shape(rest[0]), self._decode_all(rest[1], buffers, depth, place))
        if tag in ("D", "N"):
            with self._within_array() if rest[0] in library.TABLES else contextlib.nullcontext():
                return library.made_of(node, lambda part: self.decode(part, buffers, depth + 1, place), self.takes)
        if tag == "K":
            return self._record(_str(rest[0]), self.decode(rest[1], buffers, depth, place))
        if tag == "p":
            wanted = rest[0] if self.takes_objects() else rest[1]
            return self.decode(wanted, buffers, depth + 1, place)
        if tag == "i":
            if len(_str(rest[0])) > MAX_BITS // 4 + 1:  # and a sign
                raise WireError("integer too long")
            return int(rest[0], 16)
        if tag == "c":
            return complex(_float(rest[0]), _float(rest[1]))
        if tag == "z":
            return frozenset(self.decode(item, buffers, depth + 1) for item in _list(rest[0]))
        if tag == "S":
            start, stop, step = (self.decode(item, buffers, depth + 1) for item in rest[0])
            return slice(start, stop, step)
        if tag == "R":
            start, stop, step = (self.decode(item, buffers, depth + 1) for item in rest[0])
            return range(_int(start), _int(stop), _int(step))
        if tag == "E":
            return Ellipsis
        if tag == "y":
            return _dtype(rest[0])
        if tag == "n":
            return self._named(_str(rest[0]))
        if tag == "q":
            return importlib.import_module("torch").Size(map(_int, _list(rest[0])))
        if tag == "Y":
            return _torch_dtype(rest[0])
        return self.resolve(node)

    @contextlib.contextmanager
    def _within_array(self) -> Iterator[None]:
        """A context in which the entries of an array or a table are decoded."""
        before, self.in_array = self.in_array, True
        try:
            yield
        finally:
            self.in_array = before

    def _decode_all(self, nodes: Any, buffers: list[bytes], depth: int, place: str) -> list:
        return [
            node if type(node) is float else self.decode(node, buffers, depth + 1, _within(place, n, node))
            for n, node in enumerate(_list(nodes))
        ]

    def _named(self, name: str) -> Any:
        if name in _PLAIN_TYPES:
            return _PLAIN_TYPES[name]
        module, _, attribute = name.rpartition(".")
        if not self.trusted or module not in _BY_NAME:
            raise WireError(f"the name {name!r} may not be used here")
        return getattr(importlib.import_module(module), attribute)

    # -- shared values ----------------------------------------------------------------------------

    def _share(self, value: Any, buffers: list[bytes], depth: int, place: str) -> list:
        number = self._ids.get(id(value))
        if number is not None and self._shared[number].get() is value:
            return ["r", number]
        number, self._next_id = self._next_id, self._next_id + 2
        if type(value) is np.ndarray and (part := self._part_of(value)):
            owner = self._shared[part[0]]
            self._remember(number, value, owner.mine, owner.place)
            self._shared[number].seen = self._snapshot(value)
            return ["v", number, *part]
        self._remember(number, value, True, place)
        payload = self._payload(value, buffers, depth, place)
        self._shared[number].seen = self._snapshot(value)
        return ["m", number, payload]

    def _record_name(self, kind: type) -> str:
        """The name by which an object of this class crosses as a record; "" if it does not.

        An object of a class that the student derived from a record's class can arrive as that record.
        """
        for base in kind.__mro__ if self.trusted else [kind]:
            if (known := self.record_class(base.__name__)) and (base is known or self.trusted and is_record(base)):
                return base.__name__
        return ""

    def _record(self, name: str, attributes: Any) -> Any:
        """The record with these attributes, the same one each time; or the member of an Enum by its name."""
        if (kind := self.record_class(name)) is None:
            raise WireError("a record of no class")
        if isinstance(kind, enum.EnumMeta):
            return kind[_str(attributes)]
        number = self._ids.get(id(attributes))
        if number is None or type(attributes) is not dict or any(type(key) is not str for key in attributes):
            raise WireError("a record without attributes")
        shared = self._shared[number]
        if shared.owner is None:
            if not self.trusted and (hidden := hidden_by(attributes, kind)):
                for name in hidden:
                    del attributes[name]
                shared.seen = self._snapshot(attributes)
            shared.owner = record_of(kind, attributes)
        return shared.owner

    def _payload(self, value: Any, buffers: list[bytes], depth: int, place: str) -> list:
        kind = type(value)
        if kind is np.ndarray:
            buffers.append(value.tobytes())
            flags = value.flags
            return ["a", _dtype_node(value.dtype), list(value.shape), len(buffers) - 1, flags.writeable, flags.fnc]
        if isinstance(value, dict):
            pairs = [
                [self.encode(k, buffers, depth + 1), self.encode(v, buffers, depth + 1, _within(place, k, v))]
                for k, v in value.items()
            ]
            return [_TAGS[kind], pairs, self.encode(_default_of(value), buffers, depth + 1)]
        if kind in _MEMORY_FILES:
            held = _held_by(value)
            if held[-1] > MAX_STRUCTURE:
                raise CannotCross("a position in a file in memory is too far past its end to be handed over")
            return [_TAGS[kind], *held]
        if kind is bytearray:
            return [_TAGS[kind], bytes(value)]
        if kind in _TAGS:
            return [_TAGS[kind], self._encode_all(value, buffers, depth, place), getattr(value, "maxlen", None)]
        data = _settled(value)
        buffers.append(_tensor_bytes(data))
        return [
            "T",
            str(value.dtype).removeprefix("torch."),
            list(value.shape),
            len(buffers) - 1,
            value.requires_grad,
        ]

    def _adopt(self, number: Any, payload: Any, buffers: list[bytes], depth: int, place: str) -> Any:
        if not self._is_free(number):
            raise WireError("a shared value with a number that is not free")
        tag, *rest = payload
        if tag in _CONTAINERS:  # registered before its items, which may contain it
            value = _CONTAINERS[tag](*_first_argument(tag, self.decode(rest[1], buffers, depth + 1)))
            self._remember(number, value, False, place)
            _write(value, self._made(tag, rest, buffers, depth, place))
        else:
            value = self._made(tag, rest, buffers, depth, place)
            self._remember(number, value, False, place)
        self._shared[number].seen = self._snapshot(value)
        return value

    def _made(self, tag: str, rest: list, buffers: list[bytes], depth: int, place: str) -> Any:
        """A new value from checked parts."""
        if tag in ("l", "e", "lq"):
            items = self._decode_all(rest[0], buffers, depth, place)
            return set(items) if tag == "e" else items
        if tag in _CONTAINERS:
            pairs = ((self.decode(key, buffers, depth + 1), node) for key, node in _list(rest[0]))
            return {key: self.decode(node, buffers, depth + 1, _within(place, key, node)) for key, node in pairs}
        if tag == "a":
            dtype, shape, data = _array_parts(rest, buffers)
            array = _array(data, dtype, shape).copy("F" if rest[4] is True else "C")  # BLAS rounds by the order
            array.flags.writeable = not self.trusted or rest[3] is True
            return array
        if tag == "T":
            return _tensor(rest, buffers)
        if tag in ("is", "ib"):
            return _memory_file(tag, *rest)
        if tag == "ba":
            return bytearray(_bytes(rest[0]))
        raise WireError("unknown kind of shared value")

    def _remember(self, number: int, value: Any, mine: bool, place: str) -> None:
        key = id(value)

        def gone(_: object) -> None:
            if self._shared.get(number) is shared:
                del self._shared[number]
                self._dropped.append(number)
            if self._ids.get(key) == number:
                del self._ids[key]

        strong = self.trusted or type(value) in _TAGS and type(value) is not np.ndarray
        held, weak = (value, None) if strong else (None, weakref.ref(value, gone))
        self._shared[number] = shared = _Shared(held, weak, mine, place, form=_form(value))
        self._ids[id(value)] = number
        self._fresh.append(value)
        if type(value) is np.ndarray:
            memory = id(_memory_of(value))
            known = self._shared.get(self._by_memory.get(memory, number))
            if known is None or known.get() is None or known.get() is value:
                self._by_memory[memory] = number

    def _hold(self) -> None:
        """Keeps what is shared until the next frame is sent, whatever the code on this side releases meanwhile.

        Otherwise ``net.W[0] += h`` would be lost with the array that only this line held; and an answer could refer to
        a value that is gone. What nobody has held since the last frame is dropped; the untrusted side never drops
        anything on its own.
        """
        self._held, self._fresh = [], []
        if not self.trusted:
            for number in [n for n, shared in self._shared.items() if shared.is_let_go()]:
                self._forget(number)
                self._dropped.append(number)
        self._held = [shared.get() for shared in self._shared.values()]

    def _part_of(self, value: np.ndarray) -> list | None:
        """``[number, dtype, shape, strides, offset]`` in a shared array whose memory this one uses."""
        number = self._by_memory.get(id(_memory_of(value)))
        owner = self._shared[number].get() if number in self._shared else None
        if owner is None or _memory_of(owner) is not _memory_of(value) or not owner.flags.c_contiguous:
            return None
        offset = value.ctypes.data - owner.ctypes.data
        steps = [(n - 1) * stride for n, stride in zip(value.shape, value.strides, strict=True)]
        first, last = offset + sum(min(s, 0) for s in steps), offset + sum(max(s, 0) for s in steps)
        if first < 0 or last + value.itemsize > owner.nbytes or not 0 < value.size <= owner.size:
            return None
        if value.dtype != owner.dtype:
            return None
        strides = [stride if n > 1 else 0 for n, stride in zip(value.shape, value.strides, strict=True)]
        return [number, _dtype_node(value.dtype), list(value.shape), strides, offset]

    def _view(self, number: Any, of: Any, dtype: Any, shape: Any, strides: Any, offset: Any) -> np.ndarray:
        """An array in the memory of a shared one; NumPy itself refuses what would reach beyond that."""
        shared = self._shared.get(_int(of))
        owner = shared.get() if shared else None
        if shared is None or type(owner) is not np.ndarray or _dtype(dtype) != owner.dtype or not self._is_free(number):
            raise WireError("a view of nothing")
        shape, strides = _shape(shape), [_int(n) for n in _list(strides)]
        if math.prod(shape) > owner.size or any(abs(n) > owner.nbytes for n in (*strides, _int(offset))):
            raise WireError("a view larger than its array")  # NumPy's own check overflows with huge strides
        memory = np.ascontiguousarray(owner)  # the array itself if it is contiguous, else the alias is lost
        value = np.ndarray(shape, owner.dtype, memory, _int(offset), strides)  # read-only if its owner is
        self._remember(number, value, shared.mine, shared.place)
        self._shared[number].seen = self._snapshot(value)
        return value

    def _is_free(self, number: Any) -> bool:
        """Whether the other side may give this number to a new shared value."""
        return type(number) is int and number not in self._shared and number % 2 != self._next_id % 2

    def _forget(self, number: Any) -> None:
        shared = self._shared.pop(_int(number), None)
        if shared and (value := shared.get()) is not None:
            self._ids.pop(id(value), None)

    def forget_all(self) -> None:
        """Ends the sharing of all values: what is sent from now on is new to the other side."""
        self._dropped.extend(self._shared)
        self._shared.clear()
        self._ids.clear()
        self._by_memory.clear()
        self._held, self._fresh = [], []
        self.changed_by_peer.clear()

    def _snapshot(self, value: Any) -> bytes | list:
        """The current content of a shared value: the bytes of an array, the items of a container themselves."""
        kind = type(value)
        if kind is np.ndarray:
            return value.tobytes()
        if kind is bytearray:
            return bytes(value)
        if isinstance(value, dict):
            return [*value.keys(), *value.values()]
        if kind in _MEMORY_FILES:
            return _held_by(value)
        return list(value) if kind in _TAGS else _tensor_bytes(_settled(value))

    def _is_as_seen(self, now: bytes | list, seen: bytes | list) -> bool:
        if isinstance(now, bytes):
            return now == seen
        if len(now) == len(seen) and all(map(operator.is_, now, seen)):
            return True
        return self._prints(now) == self._prints(seen)

    def _prints(self, items: Sequence[Any]) -> bytes:
        return msgpack.packb([self._print_of(x) for x in items], unicode_errors="surrogatepass")

    def _print_of(self, item: Any) -> Any:
        if item is None or type(item) in (bool, float, str, bytes):
            return item
        number = self._ids.get(id(item))
        return (
            [number] if number is not None else [type(item).__name__, id(item) if type(item) is not int else hex(item)]
        )

    def _updates(self, buffers: list[bytes], known: dict[int, bytes | list]) -> list:
        """The shared values that changed since the last frame; `known` gets what the other side has had until now."""
        updates = []
        now: bytes | list
        for number, shared in list(self._shared.items()):
            value = shared.get()
            if type(value) is np.ndarray:  # inlined: runs for every value of a test, with every message
                if (now := value.tobytes()) == shared.seen:
                    continue
            elif value is None or self._is_as_seen(now := self._snapshot(value), shared.seen):
                continue
            if _form(value) != shared.form:
                self._forget(number)  # the other side keeps what it has
                self._dropped.append(number)
                raise CannotCross("an array that was handed over was given another shape, or dtype, in place")
            known[number], shared.seen = shared.seen, now
            updates.append([number, self._payload(value, buffers, 0, shared.place)])
        return updates

    def _apply(self, number: Any, payload: Any, buffers: list[bytes]) -> None:
        shared = self._shared.get(_int(number))
        value = shared.get() if shared else None
        if shared is None or value is None:  # dropped here while the other side was writing: no longer visible
            return
        tag, *rest = payload
        if tag != _TAGS.get(type(value), "T"):
            raise WireError("a shared value changed its kind")
        new = self._made(tag, rest, buffers, 0, shared.place)
        if shared.owner is not None and not self.trusted:
            hidden = hidden_by(new, type(shared.owner))
            new = {name: item for name, item in new.items() if name not in hidden}
        if tag in "aT" and (new.dtype, new.shape) != (value.dtype, value.shape):
            raise WireError("a shared array changed its shape")
        keys, may_change = _changed_keys(value, new), self.may_change or (lambda *_: True)
        places = [shared.place] if keys is None else [_within(shared.place, key, []) for key in keys]
        allowed = [may_change(place, shared.mine) for place in places]
        before = _copy(value) if shared.mine else None
        if all(allowed) or not self.refusing:
            with _unlocked(value) if self.trusted else contextlib.nullcontext():
                _write(value, new)  # fails for what is read-only here
        if shared.mine:
            self.changed_by_peer.setdefault(number, (value, before, all(allowed)))
        if all(allowed) or not self.refusing:
            shared.seen = self._snapshot(value)
            return
        for key in [key for key, may in zip(keys or [], allowed, strict=bool(keys)) if may and isinstance(value, dict)]:
            if key in new:
                value[key] = new[key]
            else:
                del value[key]
        self._replace(number, value, new)

    def _replace(self, number: int, old: Any, new: Any, done: frozenset[int] = frozenset()) -> None:
        """Detaches a value, and what holds it, as if the other side had copied it: its number now means `new`."""
        place, owner = self._shared[number].place, self._shared[number].owner
        self._ids.pop(id(old), None)
        self._remember(number, new, False, place)
        self._shared[number].seen = self._snapshot(new)
        if owner is not None:
            self._shared[number].owner = record_of(type(owner), new)
            old, new = owner, self._shared[number].owner
        done |= {number}
        for holder, shared in list(self._shared.items()):
            held = shared.get()
            if holder in done or not isinstance(held, list | dict):
                continue
            if (twin := _with_instead(held, old, new)) is not None:
                self._replace(holder, held, twin, done)

    def _detach(self, value: Any, within: tuple[Any, ...] = ()) -> None:
        """Detaches a value of this side's own, and those in it, as if the other side had copied them."""
        value = value if (attributes := attributes_of(value)) is None else attributes
        if any(value is one for one in within):
            return
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else ()
        for part in list(parts):
            self._detach(part, (*within, value))
        number = self._ids.get(id(value), -1)
        if (shared := self._shared.get(number)) and shared.mine and shared.get() is value:
            self._replace(number, value, _copy(value))

    def undo_changes(self, all_of_them: bool = True) -> bool:
        """Restores this side's own values that the other side changed in place (without permission).

        Returns False if that is impossible: this side has since made one read-only, for example, or reshaped it.
        """
        undone = True
        for value, before, allowed in reversed(self.changed_by_peer.values()):
            if all_of_them or not allowed:
                try:
                    _write(value, before)
                except Exception:  # from NumPy, torch or a file in memory, for any reason
                    undone = False
        self.changed_by_peer.clear()
        return undone


def _within(place: str, key: Any, item: Any) -> str:
    """The place of an item; needed only for what can change, or contain what can."""
    if not place or item is None or type(item) in (bool, int, float, str, bytes):
        return place
    name = repr(key) if type(key) in (int, str, bool, float, bytes) else type(key).__name__
    return f"{place}[{name}]" if len(name) < 200 else f"{place}[{hash(name)}]"


class Constant:
    """The default of a dictionary that is the same for every key."""

    def __init__(self, value: Any):
        self.value = value

    def __call__(self) -> Any:
        return self.value


def _default_of(mapping: dict) -> type | tuple | None:
    """How a dictionary creates a missing entry: from a plain type, or as a number or text, ``(value,)``.

    None if it creates none, or something else by its own function: that does not cross.
    """
    factory = getattr(mapping, "default_factory", None)
    if factory is None or isinstance(factory, type):
        return factory if factory in _FACTORIES else None
    with contextlib.suppress(Exception):
        if type(value := factory()) in _SCALARS:
            return (value,)
    return None


def _first_argument(tag: str, given: Any) -> tuple:
    """What a container is made with: the default of a dictionary, the maximum length of a queue."""
    if tag == "lq" and given is not None:
        return [], _int(given)
    if tag != "dd" or given is None:
        return ()
    if isinstance(given, type) and given in _FACTORIES:
        return (given,)
    (value,) = given
    if type(value) not in _SCALARS:
        raise WireError("a dictionary whose default is not a plain value")
    return (Constant(value),)


def _write(value: Any, new: Any) -> None:
    """Gives a value the content of another of its kind."""
    if isinstance(value, dict):
        value.clear()
        for key, item in new.items():
            value[key] = item
    elif type(value) in (list, collections.deque, set):
        value.clear()
        value.update(new) if type(value) is set else value.extend(new)
    elif type(value) is np.ndarray:
        value[...] = new
    elif type(value) is bytearray:
        value[:] = new
    elif type(value) in _MEMORY_FILES:
        with contextlib.suppress(ValueError):  # it is closed permanently
            value.close() if new.closed else value.__setstate__(new.__getstate__())
    else:
        value.data.copy_(new.data)


@contextlib.contextmanager
def _unlocked(value: Any) -> Iterator[None]:
    """A context in which an array that is read-only for others can be written."""
    locked = [a for a in (_memory_of(value), value) if not a.flags.writeable] if type(value) is np.ndarray else []
    for array in locked:
        array.flags.writeable = True
    yield
    for array in locked:
        array.flags.writeable = False


def _changed_keys(old: Any, new: Any) -> list | None:
    """The keys by which two dicts differ, or the parts of files in memory; None for any other value, which changed."""
    if type(old) in _MEMORY_FILES:
        parts = zip(("content", "newline", "position"), _held_by(old), _held_by(new), strict=True)
        return [part for part, before, after in parts if before != after]
    if not isinstance(old, dict):
        return None
    return [key for key in {**old, **new} if key not in old or key not in new or not _is_same(old[key], new[key])]


def _is_same(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if type(a) is tuple:
        return len(a) == len(b) and all(map(_is_same, a, b))
    if isinstance(a, np.generic):
        return a.dtype == b.dtype and a.tobytes() == b.tobytes()
    return type(a) in (bool, int, float, complex, str, bytes) and (a == b or a != a and b != b)


def _with_instead(held: Any, old: Any, new: Any) -> Any:
    """A copy of a list or dict with `new` for `old`, also inside tuples; None if it does not contain `old`."""
    found = False

    def exchanged(item: Any) -> Any:
        nonlocal found
        if item is old:
            found = True
            return new
        return tuple(map(exchanged, item)) if type(item) is tuple else item

    twin = held.copy()
    items = ((key, exchanged(value)) for key, value in (held.items() if isinstance(held, dict) else enumerate(held)))
    for key, item in items:
        twin[key] = item
    return twin if found else None


_CONTAINERS: dict[str, type] = {
    "l": list,
    "lq": collections.deque,
    "e": set,
    "d": dict,
    "do": collections.OrderedDict,
    "dc": collections.Counter,
    "dd": collections.defaultdict,
}
_SCALARS = (bool, int, float, complex, str)
_FACTORIES = _TYPE_NAMES.keys() - {np.ndarray}  # which needs an argument
_MEMORY_FILES: dict[type, str] = {io.StringIO: "is", io.BytesIO: "ib"}
_TAGS: dict[type, str] = {kind: tag for tag, kind in _CONTAINERS.items()} | _MEMORY_FILES
_TAGS |= {np.ndarray: "a", bytearray: "ba"}
_NEWLINES = (None, "", "\n", "\r", "\r\n")


def _held_by(file: Any) -> list:
    """``[content, newline, position]`` of a file in memory; ``[None, None, 0]`` for a closed one."""
    if file.closed:
        return [None, None, 0]
    content, *newline, position, _ = file.__getstate__()
    return [content, *(newline or [None]), position]


def _memory_file(tag: str, content: Any, newline: Any, position: Any) -> Any:
    """A file in memory, from checked parts."""
    if newline not in _NEWLINES or not 0 <= _int(position) <= MAX_STRUCTURE:
        raise WireError("malformed file in memory")
    file: Any = io.StringIO() if tag == "is" else io.BytesIO()
    if content is None:
        file.close()
    elif tag == "is":
        file.__setstate__((_str(content), newline, position, None))
    else:
        file.__setstate__((_bytes(content), position, None))
    return file


def _form(value: Any) -> tuple:
    """The dtype and the shape of an array or a tensor; nothing for any other value."""
    return () if type(value) is not np.ndarray and type(value) in _TAGS else (value.dtype, tuple(value.shape))


def _memory_of(array: np.ndarray) -> np.ndarray:
    """The array that owns the memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _copy(value: Any) -> Any:
    if type(value) in _MEMORY_FILES:
        return _memory_file(_TAGS[type(value)], *_held_by(value))
    return value.detach().clone() if type(value) not in _TAGS else value.copy()


def by_name(value: Any) -> list | None:
    """``["n", "numpy.tanh"]`` for a public function of the standard libraries, else None."""
    module = getattr(value, "__module__", None)
    name = getattr(value, "__name__", "")
    if isinstance(value, np.ufunc):
        module = "numpy"
    if module in _BY_NAME and getattr(sys.modules.get(module), name, None) is value:
        return ["n", f"{module}.{name}"]
    return None


def exception_bases(name: str) -> type[Exception]:
    """The built-in exception class of that name; Exception itself for anything else."""
    found = getattr(builtins, name, None)
    if name in _ERRORS:
        return _ERRORS[name]
    return found if isinstance(found, type) and issubclass(found, Exception) else Exception


def _array_parts(rest: list, buffers: list[bytes]) -> tuple[np.dtype, list[int], bytes]:
    dtype, shape = _dtype(rest[0]), _shape(rest[1])
    data = buffers[_int(rest[2])]
    if len(data) != dtype.itemsize * math.prod(shape):
        raise WireError("array data does not fit its shape")
    return dtype, shape, data


def _array(data: bytes, dtype: np.dtype, shape: list[int]) -> np.ndarray:
    """The array from checked parts. A truth value is 0 or 1: any other byte would be both true and false."""
    flat = np.frombuffer(data, dtype if dtype.kind != "b" else np.uint8)
    for name in dtype.names or ():
        if dtype[name].base.kind == "b":
            flat = flat if flat.flags.writeable else flat.copy()
            bytes_of = flat[name].view(np.uint8)
            bytes_of[...] = bytes_of != 0
    return (flat if dtype.kind != "b" else flat != 0).reshape(shape)


def _object_array(shape: list[int], items: list) -> np.ndarray:
    if math.prod(shape) != len(items):
        raise WireError("items do not fit their shape")
    array = np.empty(len(items), object)
    for n, item in enumerate(items):
        array[n] = item
    return array.reshape(shape)


def _tensor(rest: list, buffers: list[bytes]) -> Any:
    torch = importlib.import_module("torch")
    dtype, shape = _torch_dtype(rest[0]), _shape(rest[1])
    data = buffers[_int(rest[2])]
    if len(data) != dtype.itemsize * math.prod(shape):
        raise WireError("tensor data does not fit its shape")
    if dtype is torch.bool:
        data = _array(data, np.dtype(bool), [len(data)]).tobytes()
    tensor = torch.frombuffer(bytearray(data), dtype=dtype).reshape(shape) if data else torch.empty(shape, dtype=dtype)
    return tensor.requires_grad_() if rest[3] is True and dtype.is_floating_point else tensor


def _settled(tensor: Any) -> Any:
    """The numbers of a tensor as they are in memory: those of a conjugate, for example, are computed only now."""
    return tensor.detach().cpu().resolve_conj().resolve_neg().contiguous()


def _tensor_bytes(data: Any) -> bytes:
    if not data.numel():
        return b""
    flat = data.as_strided([data.numel()], [1])  # a single number counts as contiguous with any stride
    return flat.view(_torch().uint8).numpy().tobytes()


def _torch_dtype(name: Any) -> Any:
    if _str(name) not in _TENSORS:  # torch itself ends the process when it compares some of the others
        raise WireError("unknown tensor dtype")
    return getattr(importlib.import_module("torch"), name)


def _is_known(dtype: Any) -> bool:
    return str(dtype).removeprefix("torch.") in _TENSORS


def _is_plain_dtype(dtype: np.dtype) -> bool:
    """Whether it is a dtype of numbers, texts or times, or has such fields."""
    if not 0 < dtype.itemsize <= MAX_DATA:
        return False
    fields = [dtype[name].base for name in dtype.names or ()] or [dtype]
    return len(fields) <= library.MAX_FIELDS and all(field.kind in "biufcSUMm" for field in fields)


def _dtype_node(dtype: np.dtype) -> Any:
    if dtype.names is None:
        return dtype.str
    offsets = {name: field[1] for name, field in (dtype.fields or {}).items()}
    fields = [[name, dtype[name].base.str, list(dtype[name].shape), offsets[name]] for name in dtype.names]
    return [fields, dtype.itemsize]


def _dtype(text: Any) -> np.dtype:
    if type(text) is list:
        fields, size = text
        if not 0 < len(_list(fields)) <= library.MAX_FIELDS or not 0 < _int(size) <= MAX_DATA:
            raise WireError("dtype not allowed")
        names, codes, shapes, places = zip(*fields, strict=True)
        formats = [(_dtype(_str(code)), tuple(_shape(shape))) for code, shape in zip(codes, shapes, strict=True)]
        offsets = [*map(_int, places)]
        if any(not 0 <= n <= size for n in offsets):
            raise WireError("dtype not allowed")
        return np.dtype({"names": [*map(_str, names)], "formats": formats, "offsets": offsets, "itemsize": size})
    if not _DTYPE.fullmatch(_str(text)):
        raise WireError("dtype not allowed")
    return np.dtype(text)


def _plain(value: Any) -> Any:
    if value is not None and type(value) not in (bool, int, float, str, bytes):
        raise WireError("a value of no known kind")
    return value


def _shape(value: Any) -> list[int]:
    shape = [_int(n) for n in _list(value)]
    if len(shape) > MAX_NDIM or any(n < 0 for n in shape):
        raise WireError("impossible shape")
    return shape


def _expect(kind: type) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if type(value) is not kind:
            raise WireError(f"expected {kind.__name__}")
        return value

    return check


_int, _float, _str, _list, _bytes = map(_expect, (int, float, str, list, bytes))
