"""The untrusted side: runs the student's cells in an IPython shell, then answers the judge's calls.

Nothing that this process says can be trusted. It holds nothing of the instructor's: no test,
no expected value, no other submission. Its answers are plain data; an object that is not plain
stays here and is referred to by a number.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # the module under `signal`
import ast
import builtins
import codeop
import collections.abc
import contextlib
import copy
import ctypes
import dataclasses
import fnmatch
import gc
import hashlib
import importlib
import inspect
import io
import itertools
import json
import linecache
import math
import operator
import os
import pickle
import platform
import re
import resource
import signal
import socket
import stat
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from IPython.core.async_helpers import get_asyncio_loop
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell
from IPython.extensions import storemagic
from IPython.utils.text import SList
from traitlets import Type

from ..course.limits import used
from . import wire
from .definitions import class_at, definitions_in, words_of
from .records import is_record

_libc = ctypes.PyDLL(None)  # which holds Python's lock while it forks
_COPY = 0x8000 | 17  # CLONE_PARENT | SIGCHLD, as the sandbox knows it
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
MOST_ITEMS = 100_000  # read from an iterator as data
MAX_FILES, MAX_FILE_BYTES = 200, 4 << 20  # that cross at once
_TALK = {"input": input, "print": print}
_PLAIN_BASES = (object, type, BaseException, Exception)
# What a library's object may lend to its stand-in: the judge checks the answer to each step itself.
_PROTOCOL = {"__call__", "__iter__", "__next__", "__enter__", "__exit__"}
_PROTOCOL |= {"__await__", "__aiter__", "__anext__", "__aenter__", "__aexit__", "__getitem__"}


def _operations() -> dict[str, Callable[..., Any]]:
    """Each operation that is a Python function, by the special method that it looks up first."""
    built_in = "len iter next reversed bool float int complex str bytes repr hash format round pow divmod aiter anext"
    found = {f"__{name}__": getattr(builtins, name) for name in built_in.split()}
    found |= {f"__{name}__": getattr(math, name) for name in ("trunc", "floor", "ceil")}
    found |= {name: getattr(operator, name) for name in wire.SPECIAL - found.keys() if hasattr(operator, name)}
    for name in wire.SPECIAL - found.keys():
        if name.startswith("__r") and (operation := found.get(f"__{name[3:]}")):
            found[name] = partial(_swapped, operation)
    return found


def _swapped(operation: Callable[..., Any], right: Any, left: Any) -> Any:
    return operation(left, right)


_OPERATIONS = _operations()


class TooSlow(BaseException):
    """Raised by the alarm inside the student's code; no ``except Exception`` catches it."""


class _Publisher(DisplayPublisher):
    shell: Any

    def publish(self, data: dict, metadata: dict | None = None, *args: Any, **kwargs: Any) -> None:
        self.shell.outputs.append({"output_type": "display_data", "data": data, "metadata": metadata or {}})

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear()


class _Hook(DisplayHook):
    shell: Any

    def __call__(self, result: Any = None) -> None:
        if result is None or self.quiet():
            return
        data, metadata = self.compute_format_data(result)
        self.update_user_ns(result)
        self.shell.outputs.append(
            {"output_type": "execute_result", "data": data, "metadata": metadata, "execution_count": None}
        )

    def quiet(self) -> bool:
        return bool(getattr(self.shell, "source", "").rstrip().endswith(";"))


class Shell(InteractiveShell):
    """IPython without a terminal, a history or a kernel: what it displays is kept as nbformat outputs."""

    outputs: list[dict[str, Any]]
    source: str
    usual: list
    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)

    def init_history(self) -> None:
        self.history_manager = HistoryManager(shell=self, parent=self, enabled=False)

    def init_virtualenv(self) -> None:
        pass

    def transform_cell(self, raw_cell: str) -> str:
        """Leaves several lines of Python as they are; IPython does the same, but much more slowly.

        If the student has added a transformation, IPython does everything.
        """
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            if "\n" in raw_cell.strip() and self.transformations() == self.usual:
                ast.parse(raw_cell)
                return raw_cell if raw_cell.endswith("\n") else raw_cell + "\n"
        return super().transform_cell(raw_cell)

    def transformations(self) -> list:
        """Everything that IPython does to a cell's text before Python reads it."""
        manager = self.input_transformer_manager
        lists = manager.cleanup_transforms, manager.line_transforms, manager.token_transformers
        return [*sum(lists, []), *self.input_transformers_post]

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """Shows nothing, and spends no time on formatting: the error itself is handed to the judge."""

    showsyntaxerror = showtraceback

    def system(self, cmd: str) -> None:
        """Says that ``!command``, and so ``%pip``, is not run; the cell continues as if the command had failed."""
        print(f"(not run, since no program can be started while grading: {cmd.strip()[:200]})")
        self.user_ns["_exit_code"] = 1

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> list[str] | str:
        """What ``lines = !command`` gives: nothing, as if the command had failed."""
        self.system(cmd)
        return SList() if split else ""

    def enable_matplotlib(self, gui: str | None = None) -> Any:
        """Draws for the page, whatever ``%matplotlib`` asks for: there is no window and no browser."""
        return super().enable_matplotlib("inline")

    def enable_gui(self, gui: str | None = None) -> None:
        """Accepts ``%matplotlib inline`` and similar commands."""


class _Stream(io.TextIOBase):
    """stdout or stderr of a cell: appends to the cell's outputs up to a limit."""

    def __init__(self, shell: Shell, name: str, limit: int):
        self.shell, self.stream_name, self.left = shell, name, limit

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        text, cut = str(text)[: max(self.left, 0)], len(text) > self.left
        self.left -= len(text)
        outputs = self.shell.outputs
        if outputs and outputs[-1].get("name") == self.stream_name:
            outputs[-1]["text"] += text
        elif text:
            outputs.append({"output_type": "stream", "name": self.stream_name, "text": text})
        if cut and self.left == 0:
            self.left = -1
            self.write_note()
        return len(text)

    def write_note(self) -> None:
        self.shell.outputs.append({"output_type": "stream", "name": "stdout", "text": "\n[output cut here]\n"})


def make_shell() -> Shell:
    """A shell as in a new notebook; made once in the template, before any fork."""
    shell = Shell.instance()
    shell.outputs = []
    shell.usual = shell.transformations()
    shell.colors = "nocolor"
    # An unclosed bracket is an error as in a file, not input that may continue (a separate error on Python 3.13).
    shell.compile.flags &= ~getattr(codeop, "PyCF_ALLOW_INCOMPLETE_INPUT", 0)
    with contextlib.suppress(ModuleNotFoundError):  # without matplotlib, nothing is drawn
        shell.run_line_magic("matplotlib", "inline")
    shell.user_ns.pop("exit", None), shell.user_ns.pop("quit", None)
    shell.db = _Kept()
    storemagic.load_ipython_extension(shell)  # as in a kernel
    for name in ("pip", "conda", "mamba", "micromamba", "uv"):
        shell.magics_manager.magics["line"][name] = partial(_not_run, shell, name)
    return shell


def _not_run(shell: Shell, name: str, line: str) -> None:
    shell.system(f"{name} {line}")


class _Kept(dict):
    """What IPython keeps between sessions, for ``%cd`` and ``%store``; here it ends with this session."""

    def keys(self, pattern: str = "*") -> Any:
        return fnmatch.filter(super().keys(), pattern)


class Worker:
    """Answers the judge over one socket, until it closes."""

    def __init__(
        self,
        sock: socket.socket,
        shell: Shell | None,
        namespace: dict | None = None,
        output: int = 1 << 20,
        memory: int = 0,  # that all copies together may take
    ):
        self.shell = shell
        self.memory, self.held, self.taken = memory, _memory(), 0  # bytes: used at the start, and taken since
        self.namespace: dict[str, Any] = shell.user_ns if shell else {} if namespace is None else namespace
        self.output = output
        self.words: set[str] = set()  # of the cells that have run
        self.folder = os.getcwd()
        self.given_files = _files_in(self.folder)
        self._begin(sock)

    def _begin(self, sock: socket.socket) -> None:
        """Begins to serve a judge that has not talked to this process yet."""
        self.objects: list[Any] = []
        self.numbers: dict[int, int] = {}
        self.channel = wire.Channel(sock, 1, self._stand_in, self._resolve, trusted=True)
        self.names: dict[str, Any] = {}  # requested by the judge, with the values that it last saw
        self.generators: dict[int, Any] = {}  # the test's random generators, by number
        self.records: frozenset[str] = frozenset()  # the classes whose objects cross by their attributes
        self.channel.record_class = self._record_class
        self.layers: list[str] | Exception = []
        self.copying = False
        self.clock = _Clock()

    def serve(self) -> None:
        """Answers until the judge hangs up."""
        with contextlib.suppress(wire.PeerGone):
            while True:
                message = self.channel.receive()
                operation = message["op"]
                self.answer(message)
                if operation == "copy" and self.copying:
                    self._fork()

    def _fork(self) -> None:
        """Continues as two processes: the copy answers on its own socket, which the judge sends now."""
        _, descriptors, _, _ = socket.recv_fds(self.channel.sock, 1, 1)
        process = fork_sibling()
        if process == 0:
            self.channel.sock.close()
            self.held, self.taken = self.held + self.taken, 0
            self._begin(socket.socket(fileno=descriptors[0]))
            gc.freeze()  # collecting what exists already would copy its pages
        else:
            os.close(descriptors[0])
            self.channel.send({"value": max(process, 0)})

    def answer(self, message: dict) -> None:
        """Does what one message asks and sends the reply."""
        reply = self.reply_to(message)
        names = self._names_bound_anew()
        rebound = {"rebound": names} if names else {}
        try:
            self.channel.send(reply | rebound)
        except (wire.CannotCross, MemoryError) as error:  # of a view that repeats a few numbers very often, for example
            self.channel.send({"raised": self._describe_error(error)} | rebound)

    def _names_bound_anew(self) -> tuple[str, ...]:
        """The names that the judge knows and that now refer to other objects."""
        anew = {name: self.namespace.get(name) for name in self.names}
        changed = tuple(name for name, value in self.names.items() if anew[name] is not value)
        self.names = anew
        return changed

    def reply_to(self, message: dict) -> dict:
        """Does what one message asks; an exception becomes part of the reply."""
        operation, limit = message.pop("op"), message.pop("limit", None)
        state, settings = message.pop("random", None), message.pop("settings", None)
        self.records = frozenset(message.pop("records", self.records))
        out, err = io.StringIO(), io.StringIO()
        with _warnings_noted(operation != "cell") as warned:
            try:
                if state:
                    set_random_state(dict(state))
                if settings:
                    set_settings(settings)
                clock = self.clock.until(limit)
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), clock:
                    reply = {"value": getattr(self, f"do_{operation}")(**message)}
            except BaseException as error:
                reply = {"raised": self._describe_error(error)}
        printed = {"printed": out.getvalue(), "complained": err.getvalue()}
        reply |= {key: text[: self.output] for key, text in printed.items() if text}
        if warned:
            reply["warned"] = warned
        return reply

    # -- operations: each is named after the message's "op" ----------------------------------------------

    def do_start(self) -> list[str]:
        """The sandbox layers that are on; raises the error that prevented the sandbox."""
        if isinstance(self.layers, Exception):
            raise self.layers
        return self.layers

    def do_copy(self) -> int:
        """Why this process cannot be copied (see `Link.copy`); 0 if it can, and will be after this reply."""
        if tqdm := sys.modules.get("tqdm"):  # a copy does not need its thread; the next progress bar starts it again
            with contextlib.suppress(Exception):
                tqdm.tqdm.monitor.exit()
        with contextlib.suppress(Exception):  # nor that of %%bash
            scripts = self.shell.magics_manager.registry["ScriptMagics"] if self.shell else None
            if scripts and scripts.event_loop is not None:
                scripts._event_loop_finalizer()
                scripts.event_loop = None
        self.taken = max(_memory() - self.held, 0)
        why = 1 if _threads() > 1 else 2 if self.taken > self.memory else 0
        self.copying = why == 0
        self.memory -= self.taken if self.copying else 0
        return why

    def do_cell(self, source: str) -> dict:
        """Runs a cell of the notebook; returns its outputs, and the error that ended it if any."""
        shell = self.shell
        if shell is None:
            raise RuntimeError("there is no shell to run a cell in")
        shell.outputs, shell.source = [], source
        self.words |= words_of(source)
        streams = [_Stream(shell, name, self.output) for name in ("stdout", "stderr")]
        error = None
        with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
            result = shell.run_cell(source, store_history=True)  # so that there is `In`
            failure = result.error_before_exec or result.error_in_exec
            if failure is not None:
                error = self._describe_error(failure)
        outputs, shell.outputs = shell.outputs, []
        return {"outputs": _plain(outputs), "error": error}

    def do_defines(self, source: str) -> tuple[str, ...] | None:
        """The names that a cell would define, if running it changes nothing for the code before it; else None."""
        return definitions_in(source, self.words, self.namespace)

    def do_name(self, name: str) -> Any:
        """The value of one of the student's global names."""
        if name not in self.namespace:
            raise NameError(f"name {name!r} is not defined")
        self.names[name] = self.namespace[name]
        return self.names[name]

    def do_bind(self, name: str, bound: tuple) -> None:
        """Binds a global name, as a test did, or deletes it: ``bound`` contains its value or nothing."""
        if bound:
            self.names[name] = self.namespace[name] = bound[0]
        else:
            self.namespace.pop(name, None)

    def do_define(self, name: str, source: str) -> None:
        """Defines a test cell's class here, since the test hands its objects to the student's code."""
        exec(source, self.namespace)
        self.names[name] = self.namespace[name]

    def do_builtin(self, name: str, bound: tuple) -> None:
        """Replaces ``input`` or ``print`` as a test did; with nothing, restores it."""
        if name in _TALK:
            setattr(builtins, name, bound[0] if bound else _TALK[name])

    def do_names(self) -> tuple[str, ...]:
        """The student's global names, for ``dir()``."""
        return tuple(name for name in self.namespace if type(name) is str)

    def do_dir(self, on: Any) -> tuple[str, ...]:
        return tuple(dir(on))

    def do_attribute(self, on: Any, name: str) -> Any:
        return getattr(on, name)

    def do_set_attribute(self, on: Any, name: str, value: Any) -> None:
        setattr(on, name, value)

    def do_call(self, on: Any, args: tuple, kwargs: tuple) -> Any:
        return on(*args, **dict(kwargs))

    def do_method(self, on: Any, name: str, args: tuple, kwargs: tuple) -> Any:
        return getattr(on, name)(*args, **dict(kwargs))

    def do_special(self, on: Any, name: str, args: tuple) -> Any:
        """Performs the operation of a special method: ``len(on)``, ``on[args]``, ``on + args``.

        It is the operation itself, since a class may support it by other methods: ``iter`` by index, ``+=`` by ``+``.
        """
        if name not in wire.SPECIAL:
            raise TypeError(f"{name} is not lent out")
        operation = _OPERATIONS.get(name)
        return operation(on, *args) if operation else getattr(type(on), name)(on, *args)

    def do_derive(self, name: str, bases: tuple, body: tuple) -> Any:
        """A class that a test derives; its methods, (name, kind, function), are the test's own and run in the judge."""
        kinds: dict[str, Any] = {"staticmethod": staticmethod, "classmethod": classmethod, "property": property}
        made = {key: kinds[kind](*value) if kind in kinds else value for key, kind, value in body}
        return type(bases[0])(name, bases, {"__module__": "__main__", **made})

    def do_super(self, of: Any, on: Any, name: str) -> Any:
        """The attribute of ``super(of, on)`` of that name."""
        return getattr(super(of, on), name)

    def do_await(self, on: Any) -> Any:
        """The result of a coroutine, in the event loop in which cells run."""

        async def awaited() -> Any:
            return await on

        return get_asyncio_loop().run_until_complete(awaited())

    def do_items(self, on: Any) -> list:
        """The remaining items of an iterator: the test reads it as data."""
        if not isinstance(on, collections.abc.Iterator):
            raise TypeError("not an iterator")
        return _items_of(on)

    def do_entries(self, on: Any, fields: tuple[str, ...]) -> tuple[list | tuple | None, tuple[str, ...]]:
        """The entries of an object that comes in place of a list, or of a named tuple with these fields, and how to
        read them.

        None if it is like neither.
        """
        kind = type(on)
        methods = {name for name in wire.READS_ENTRIES if getattr(kind, name, None)}
        if "__getitem__" in methods:
            methods |= {"__iter__"} | ({"__reversed__"} if "__len__" in methods else set())
        if "__iter__" in methods:
            methods.add("__contains__")
        if fields and all(hasattr(on, name) for name in fields):
            return tuple(getattr(on, name) for name in fields), tuple(methods)
        if "__iter__" not in methods or hasattr(kind, "keys"):  # a mapping is not a list
            return None, ()
        return _items_of(on), tuple(methods)

    def do_truth(self, on: Any) -> bool:
        """Whether an object is true."""
        return bool(on)

    def do_isinstance(self, value: Any, of: Any) -> bool:
        return isinstance(value, of)

    def do_issubclass(self, value: Any, of: Any) -> bool:
        return issubclass(value, of)

    def do_is_a(self, question: str, value: Any, module: str, name: str) -> bool:
        """Whether something is an instance, or a subclass, of a class of this name."""
        found: Any = self.namespace.get(name) if module == "__main__" else class_at(module, name)
        return isinstance(found, type) and {"isinstance": isinstance, "issubclass": issubclass}[question](value, found)

    def do_type(self, on: Any) -> Any:
        return type(on)

    def do_address(self, on: Any) -> str:
        """Where a library's class is found; "" for any other class."""
        module, name = on.__module__, on.__qualname__
        return f"{module}:{name}" if class_at(module, name) is on else ""

    def do_inspect(self, name: str, on: Any, more: tuple = ()) -> Any:
        if name not in wire.INSPECTED | wire.OF_DATACLASSES:
            raise TypeError(f"{name} is not lent out")
        return getattr(inspect if name in wire.INSPECTED else dataclasses, name)(on, **dict(more))

    def do_signature(self, on: Any) -> list:
        """``[[name, kind, has a default, the default if plain]]`` of a function's parameters."""
        rows = []
        for parameter in inspect.signature(on).parameters.values():
            default = parameter.default
            known = default is not parameter.empty
            plain = default if type(default) in (bool, int, float, str, type(None)) else None
            rows.append([parameter.name, int(parameter.kind), known, plain])
        return rows

    def do_digests(self, names: tuple[str, ...]) -> tuple[bytes | None, ...]:
        """What shows whether a value has changed; None if that cannot be determined. Used only for the reference."""
        return tuple(_digest(self.namespace.get(name)) for name in names)

    def do_library(self, module: str, name: str) -> Any:
        """A plotting module, or its attribute of that name."""
        if module.partition(".")[0] not in wire.DRAWING:
            raise ImportError(f"{module} is not lent out")
        found = importlib.import_module(module)
        for part in filter(None, name.split(".")):
            found = getattr(found, part)
        return found

    def do_files(self, given: tuple, known: tuple) -> tuple:
        """Takes files from the test, and returns those that are new since then: see `lending.Files`.

        Args:
            given: pairs of a path (ending in a slash for a folder) and its content, None for a file that is gone.
            known: (path, time of the last change, size) of what was given before.

        Returns ((path, time, size, content or None), …) and the paths that are gone.
        """
        for path, content in given:
            target = os.path.join(self.folder, path)
            with contextlib.suppress(OSError):
                if content is None:
                    os.remove(target)
                    continue
                os.makedirs(os.path.dirname(target), exist_ok=True)
                if path.endswith("/"):
                    continue
                with open(target, "wb") as file:
                    file.write(content)
        theirs = {path for path, _ in given}
        before = {path: (when, size) for path, when, size in known}
        now, left = _files_in(self.folder), MAX_FILE_BYTES
        changed: list[tuple[str, int, int, bytes | None]] = []
        for path, (when, size) in now.items():
            if (when, size) in (before.get(path), self.given_files.get(path)) or len(changed) == MAX_FILES:
                continue
            if path in theirs:
                changed.append((path, when, size, None))
            elif size <= left:
                with open(os.path.join(self.folder, path), "rb") as file:
                    changed.append((path, when, size, file.read(size)))
                left -= size
        return tuple(changed), tuple(path for path in before if path not in now)

    def do_modules(self) -> list[str]:
        """What has been imported so far; used only for the reference, to warm up the template."""
        return sorted(name for name in list(sys.modules) if type(name) is str)

    # -- objects that cross, and those that stay here -----------------------------------------------------

    def _record_class(self, name: str) -> type | None:
        """The notebook's class of a record; a class without methods if the student has none of that name."""
        kind = self.namespace.get(name)
        if name not in self.records:
            return None
        return kind if is_record(kind) else type(name, (), {})

    def _stand_in(self, value: Any) -> list:
        number = self.numbers.get(id(value))
        if number is None:
            number = self.numbers[id(value)] = len(self.objects)
            self.objects.append(value)
        has_name = isinstance(value, type) or inspect.isroutine(value) or inspect.ismodule(value)
        name = str(getattr(value if has_name else type(value), "__name__", ""))[:200]
        if isinstance(value, type) and issubclass(value, BaseException):
            parents = [self._stand_in(base) for base in value.__bases__ if _is_own_error(base)]
            return ["h", number, "exception", name, parents + _built_in_bases(value)]
        if isinstance(value, type):
            generic = ["__getitem__"] if value.__module__ == "__main__" and hasattr(value, "__class_getitem__") else []
            return ["h", number, "class", name, _methods(type(value), value) + generic]
        if inspect.isroutine(value):
            return ["h", number, "function", name, []]
        kind = "coroutine" if inspect.iscoroutine(value) else "object"
        handle = ["h", number, kind, name, _methods(type(value), type(value))]
        plain = _at_heart(value)
        return handle if plain is None else ["p", handle if type(value).__module__ == "__main__" else None, plain]

    def _resolve(self, node: list) -> Any:
        tag, number, *rest = node
        if tag == "G":
            kind, state = rest
            if state:
                self.generators[number] = _set_generator(self.generators.get(number), kind, json.loads(state))
            return self.generators[number]
        if tag == "h":
            return self.objects[number]
        if tag == "f":

            def callback(*args: Any, **kwargs: Any) -> Any:
                return self._call_back(number, args, kwargs)

            callback.__name__ = callback.__qualname__ = rest[0]
            callback.__doc__ = rest[1]
            return callback
        if tag == "next":
            return self._items(number)
        if tag == "M":
            return importlib.import_module(number)
        if tag == "pattern":
            return re.compile(number, *rest)
        if tag == "file":
            return io.StringIO(number) if type(number) is str else io.BytesIO(number)
        if tag == "x":
            return wire.exception_bases(number)
        if tag == "X":
            return wire.exception_bases(number)(*rest)
        raise wire.WireError(f"unknown tag {tag!r}")

    def _items(self, number: int) -> Iterator[Any]:
        """The items of one of the test's iterators."""
        while True:
            try:
                yield self._call_back(number, (), {})
            except StopIteration:
                return

    def _call_back(self, number: int, args: tuple, kwargs: dict) -> Any:
        """Calls a function that the test passed as an argument; it runs in the judge."""
        self.channel.send({"callback": number, "args": args, "kwargs": tuple(kwargs.items())})
        while True:
            message = self.channel.receive()
            if "op" in message:  # the judge's function calls the student's
                self.answer(message)
            elif "raised" in message:
                name, text, number, own, args = message["raised"]
                if own is not None:  # the student's own class, raised by the test
                    error = own(*args)
                    error.number_in_test = number
                    raise error
                base = wire.exception_bases(name)
                raise base(text) if base.__name__ == name else type(name, (base,), {"number_in_test": number})(text)
            else:
                return message["value"]

    def _describe_error(self, error: BaseException, depth: int = 0) -> dict:
        kind = type(error)
        try:
            text, args = str(error)[:2000], list(error.args)[:20]
        except Exception:
            text, args = "", []
        own = _is_own_error(kind)
        return {
            "name": kind.__name__[:200],
            "bases": _built_in_bases(kind),
            "text": text,
            "args": args if all(type(a) in (bool, int, float, str, type(None)) for a in args) else [text],
            "class": kind if own else None,
            "object": error if own else None,
            "in_test": getattr(error, "number_in_test", None),
            "traceback": _traceback_lines(error),
            "cause": self._describe_error(error.__cause__, depth + 1) if error.__cause__ and depth < 3 else None,
        }


def fork_sibling() -> int:
    """Forks like `os.fork`, but as a child of this process's parent, the only way that the sandbox allows.

    Returns the number of the new process, 0 in that process itself, and -1 if there is none.
    """
    import random

    state = random.getstate()  # which Python reseeds in a new process
    ctypes.pythonapi.PyOS_BeforeFork()
    process = _libc.syscall({"x86_64": 56, "aarch64": 220}[platform.machine()], _COPY, 0, 0, 0, 0)
    if process == 0:
        _libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)  # which is not inherited
        ctypes.pythonapi.PyOS_AfterFork_Child()
        random.setstate(state)
    else:
        ctypes.pythonapi.PyOS_AfterFork_Parent()
    return process


def _files_in(folder: str) -> dict[str, tuple[int, int]]:
    """The regular files below a folder: path -> time of the last change, and size."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            with contextlib.suppress(OSError):
                status = os.lstat(path)
                if stat.S_ISREG(status.st_mode):
                    found[os.path.relpath(path, folder)] = status.st_mtime_ns, status.st_size
    return found


def _threads() -> int:
    """The number of threads of this process, including those of libraries."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


def _memory() -> int:
    """Bytes of memory that this process does not share with files; an estimate where it may not look."""
    try:
        with open("/proc/self/statm") as file:
            pages = [int(number) for number in file.read().split()]
        return (pages[1] - pages[2]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _is_own_error(kind: type) -> bool:
    """Whether an exception class was written by the student."""
    return (
        issubclass(kind, Exception)
        and kind.__module__ in ("__main__", "builtins")
        and kind.__name__ not in vars(builtins)
        and not hasattr(kind, "number_in_test")
    )


def _built_in_bases(kind: type) -> list[str]:
    return [base.__name__ for base in kind.__mro__ if base.__module__ in ("builtins", "numpy.linalg", "dataclasses")]


@contextlib.contextmanager
def _warnings_noted(wanted: bool) -> Iterator[list[list]]:
    """The warnings given inside, each as its bases, its text, and the student's line that was running.

    The judge's filters decide what happens to them.
    """
    noted: list[list] = []
    if not wanted:
        yield noted
        return

    def note(message: Any, category: Any, *where: Any, **more: Any) -> None:
        if len(noted) < wire.MAX_WARNINGS:
            try:
                noted.append([_built_in_bases(category), str(message)[:500], _line_at_work(sys._getframe())])
            except Exception:
                noted.append([["Warning"], "", ""])

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = note
        yield noted


def _is_students(file: str) -> bool:
    """Whether code is in a cell of the notebook."""
    return "ipykernel" in file or file.startswith("<ipython")


def _line_at_work(frame: Any) -> str:
    """The line of the student's cells that is running, as far as it can be determined."""
    while frame and not _is_students(frame.f_code.co_filename):
        frame = frame.f_back
    return linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()[:500] if frame else ""


class _Clock:
    """Raises TooSlow in the student's code when its time is up (`course.limits.used`). The judge has its own clock.

    The timer is left running from one answer to the next, since all have to end with their test and setting it takes
    longer than most answers.
    """

    def __init__(self) -> None:
        self.ends = 0.0  # when the timer first fires; 0 while it is not set
        self.began = self.worked = self.seconds = 0.0  # when it was set, by both clocks, and for how long
        self.depth = 0  # of nested answers: each may wait for another
        self.ringing = False
        self.handler = self.ring

    def until(self, seconds: float | None) -> contextlib.AbstractContextManager:
        """A context in which the timer runs; without a limit, only if it is running already."""
        if not seconds:
            return contextlib.nullcontext()
        ends = time.monotonic() + seconds
        if abs(ends - self.ends) > 0.02 or _signal.getsignal(signal.SIGALRM) is not self.handler:
            self.ends, self.seconds = ends, seconds
            self.began, self.worked = ends - seconds, time.process_time()
            _signal.signal(signal.SIGALRM, self.handler)  # ten times as fast as `signal.signal`
            _signal.setitimer(signal.ITIMER_REAL, seconds)
        return self

    def __enter__(self) -> None:
        self.depth += 1

    def __exit__(self, *_: object) -> None:
        self.depth -= 1
        if self.ringing and not self.depth or _signal.getsignal(signal.SIGALRM) is not self.handler:
            _signal.setitimer(signal.ITIMER_REAL, 0)
            self.ends, self.ringing = 0.0, False

    def ring(self, signum: int, frame: object) -> None:
        if not self.depth:
            self.ends = 0.0
            return
        left = self.seconds - used(time.monotonic() - self.began, time.process_time() - self.worked)
        if left > 0 and not self.ringing:
            _signal.setitimer(signal.ITIMER_REAL, max(left, 0.01))
            return
        self.ringing = True
        _signal.setitimer(signal.ITIMER_REAL, 0.5)  # again, in case the code inside has caught it
        raise TooSlow("the time for this cell is up")


def set_random_state(state: dict) -> None:
    """Sets the global generators of NumPy, ``random`` and torch to the judge's state, as in a shared process."""
    if "numpy" in state:
        import numpy as np

        np.random.set_state(state["numpy"])
    if "python" in state:
        import random

        random.setstate(state["python"])
    if "torch" in state:
        import torch

        torch.set_rng_state(state["torch"])


_recursion: list[int] = []  # the student's own limit, while a test's is in force


def set_settings(settings: dict) -> None:
    """Gives Python, NumPy, torch and the environment the test's settings: ``np.errstate``, ``no_grad``, …"""
    import numpy as np

    if limit := settings.get("recursion"):
        _recursion[:] = _recursion or [sys.getrecursionlimit()]
        sys.setrecursionlimit(limit)
    elif _recursion:
        sys.setrecursionlimit(_recursion.pop())

    for name, value in settings.get("environment", {}).items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value

    np.seterr(**settings["numpy"])
    if (torch := sys.modules.get("torch")) and "torch" in settings:
        grad, dtype = settings["torch"]
        torch.set_grad_enabled(grad)
        torch.set_default_dtype(dtype)


def _set_generator(known: Any, kind: str, state: Any) -> Any:
    """A random generator in the state of the test's generator; it is independent until that one advances."""
    import random

    import numpy as np

    if kind == "Random":
        known = known or random.Random()
        known.setstate((state[0], tuple(state[1]), state[2]))
    elif kind == "RandomState":
        known = known or np.random.RandomState()
        known.set_state(state)
    else:
        known = known or np.random.Generator(getattr(np.random, state["bit_generator"])())
        known.bit_generator.state = state
    return known


def _methods(kind: type, own: type) -> list[str]:
    """Special methods that an object lends to its stand-in: all that it has if the class `own` is the notebook's.

    A library's object lends none by which it could answer a test's question: is it equal, how long is it?
    """
    names: set[str] = set()
    for base in kind.__mro__:
        if base not in _PLAIN_BASES:
            names |= wire.SPECIAL & vars(base).keys()
    return sorted(names if own.__module__ == "__main__" else names & _PROTOCOL)


def _items_of(iterable: Any) -> list:
    """All items of an iterable. Raises ValueError if there are too many."""
    items = list(itertools.islice(iterable, MOST_ITEMS + 1))
    if len(items) > MOST_ITEMS:
        raise ValueError("an iterator that does not end")
    return items


def _digest(value: Any) -> bytes | None:
    try:
        return hashlib.sha256(pickle.dumps(value)).digest()
    except Exception:
        return None


# A derived class comes before its base.
_PLAIN_KINDS: tuple[Any, ...] = (int, float, complex, str, bytes, bytearray, list, tuple, set, frozenset)
_PLAIN_KINDS += (collections.Counter, collections.OrderedDict, dict)


def _at_heart(value: Any) -> Any:
    """The underlying plain value of an object whose class is derived from a plain type; None for any other object."""
    if isinstance(value, collections.UserDict | collections.UserList | collections.UserString):
        return copy.copy(value.data)
    if isinstance(value, collections.abc.Mapping) and type(value).__module__ != "__main__":
        return dict(value)
    if isinstance(value, collections.abc.Sequence) and type(value).__module__ != "__main__":
        return list(value) if isinstance(value, collections.abc.MutableSequence) else tuple(value)
    np = sys.modules.get("numpy")
    if np and isinstance(value, np.ndarray):
        return value.view(np.ndarray)
    if isinstance(value, collections.defaultdict):
        return collections.defaultdict(value.default_factory, value)
    if isinstance(value, collections.deque):
        return collections.deque(value, value.maxlen)
    for kind in _PLAIN_KINDS:
        if isinstance(value, kind):
            with contextlib.suppress(Exception):  # an object whose entries cannot be read has no plain value
                return kind(value)
    return None


def _plain(value: Any) -> Any:
    """Display outputs as exact built-in types, whatever classes the student's code put into them."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        import base64

        return base64.b64encode(value).decode()
    return value if value is None or type(value) in (bool, int, float) else str(value)


def _traceback_lines(error: BaseException) -> list[str]:
    """The student's part of a traceback: frames of their own cells, then the error."""
    try:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if _is_students(f.filename)]
        lines = traceback.format_list(frames[-8:]) + traceback.format_exception_only(error)
        return [line.rstrip("\n")[:2000] for line in lines]
    except Exception:
        return [type(error).__name__]
