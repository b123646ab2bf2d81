"""The judge's end of the wire: asks the worker, and turns its answers into plain data and stand-ins."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import copy
import functools
import io
import json
import math
import os
import random
import re
import select
import socket
import sqlite3
import sys
import threading
import types
import warnings
from collections import Counter, deque, namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, MappingView, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

import numpy as np

from ..sandbox import cage, wire
from ..sandbox.definitions import class_at
from ..sandbox.library import is_named_tuple
from ..sandbox.records import attributes_of, record_of
from .clock import Budget, Clock
from .lending import Files, draws
from .outcome import Outcome, outcome_of_student_error
from .passed_over import Several, marks_of
from .randomness import random_marks, random_state, same_state, seedings, settings
from .replaced import Functions, replaced
from .standin import NotPlain, Standin, StudentError, Unexpected, exception_class, standin_class

GRACE = 3.0  # seconds after the soft limit before a silent worker is given up
MAX_REMEMBERED = 4 << 20  # bytes of one result kept for the diagnosis
NO_COPY = {1: "it left a thread running", 2: "it holds much memory"}  # why a worker cannot be copied, by its reply
MAX_WORDS = 10_000  # characters of an exception's message
MAX_PARTS, MAX_NESTED = 50, 3  # of a container that are distinguished, and how deep
IN_ARRAY = "an object in an array"  # or in a table, where they count if the reference has them
ANY = "[*]"  # in `Link.expected`, the place of every part of a container
MAX_CALLS = 200  # results kept for the diagnosis of one cell, and as many that the test's functions ask for
ENTRIES = "entries"  # in `Link.expected`, for what can be read like a list,
FIELDS = "fields "  # and, before their names, for named tuples
OF_CLASS = "of class "  # and, before its address, if ``type()`` gave a library's class
TELLS = "tells objects"  # if the student's code calls one of the test's functions with objects
DOES = frozenset({"prints", "tells", "changes"})  # see `Call.does`
SETTLES = frozenset(f"__{name}__" for name in "eq ne lt le gt ge contains bool".split())
WAY = "lent "  # prefix of the paths of tests that are lent `OBJECTS`
CALLS = "the test#0 calls "  # prefix in the record of the reference's calls: see `Link.changed`


# As the student's code has them, unless a test replaces them.
_TALK: dict[str, Any] = {"input": builtins.input, "print": builtins.print}
_STDIN = sys.stdin


def _talk() -> dict[str, Any]:
    """``input`` and ``print`` as the test has them now; ``input`` reads the test's replacement of stdin, if any."""
    reads: Any = builtins.input
    if reads is _TALK["input"] and sys.stdin is not _STDIN:
        reads = _read_line
    return {"input": reads, "print": builtins.print}


def _read_line(prompt: Any = "") -> str:
    return _TALK["input"](prompt)


class WorkerLost(BaseException):
    """The worker died, broke the rules of the wire, or did not answer in time; ``outcome`` says which.

    A test's ``except Exception`` does not catch it, since that would take it for the student's error.
    """

    def __init__(self, outcome: Outcome, message: str, info: dict | None = None):
        super().__init__(message)
        self.outcome = outcome
        self.info = info  # about the exception with which the worker stopped itself


class OutOfTime(BaseException):
    """The test cell itself, not the student's code, ran for too long."""


class Opaque:
    """What is kept for the diagnosis in place of a student's object: its number, and the name of its type."""

    number = -1

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


@dataclass
class Call:
    """One answer of the student's code, as the test saw it; ``said`` is the text of its error.

    ``operation`` is the request to the worker, ``on`` the number of the object involved, ``name`` the name of the
    attribute; ``left`` has the arguments that were changed in place, ``told`` the arguments with which the test's
    functions were called meanwhile, and ``asks`` says whether these gave an answer; ``within`` is the path of the call
    that called such a function, if this function made the request, ``printed`` what was printed.
    """

    path: str
    result: Any = None
    error: str | None = None
    args: tuple = ()
    kwargs: dict = field(default_factory=dict)
    said: str = ""
    operation: str = "call"
    on: int = -1
    name: str = ""
    left: tuple = ()
    told: tuple = ()
    within: str = ""
    printed: str = ""
    asks: bool = False

    def does(self) -> set[str]:
        """What the call did besides its answer: if the reference does so, too, a test may look only at that."""
        done = {"prints": self.printed.strip(), "tells": self.told and not self.asks, "changes": self.left}
        return {name for name, what in done.items() if what}

    def marks(self) -> set[str]:
        """What a comparison may pass over in the answer and in the changed arguments: see `marks_of`."""
        if self.operation == "set_attribute":  # which has no answer
            return set()
        seen = *self.told, *self.left, *([self.printed] if self.printed else [])
        return marks_of(self.result).union(*map(marks_of, seen))


class Link:
    """The judge's end of the wire: asks the worker, and turns its answers into plain data and stand-ins.

    Args:
        sock: the socket to the worker.
        expected: what the reference gave at each path: ``{"softmax()": ("plain",), "MLP()": ("object", "__len__")}``.
            None while the reference itself is being recorded.
        process: the worker's process id; 0 if it is not known.
        budget: the time of the whole submission; None means no limit.
    """

    def __init__(
        self,
        sock: socket.socket,
        expected: dict[str, tuple[str, ...]] | None = None,
        process: int = 0,
        budget: Budget | None = None,
    ):
        self.channel = wire.Channel(sock, 0, self._stand_in, self._resolve)
        self.expected = expected
        self.recorded: dict[str, set[str]] = {}
        self.standins: dict[tuple[int, bool], Any] = {}  # by number, and whether objects are accepted at its place
        self.callbacks: list[Any] = []
        self.calls: list[Call] = []
        self.kept: Counter[bool] = Counter()  # how many of these were requested by one of the test's functions, and not
        self.within = ""  # the path of the call that called such a function
        self.clock: Clock | None = None  # for the worker's current task; None if that has no limit
        self.path = ""
        self.lost: WorkerLost | None = None
        self.turn = threading.RLock()
        self.listener: int | None = None  # through which the worker is permitted to be copied
        self.process = process
        self.budget = budget or Budget(math.inf)
        self.no_copy = "the system does not allow copies of it"
        self.changes: set[tuple[str, int, str]] = set()  # in place: what, from which call, and by which
        self.modules: Functions = {}  # as they were before the test, where it may change them
        self.counts: Counter[str] = Counter()  # of the calls in this cell, by path
        self.permitted: frozenset[str] | None = None  # changes that the reference made in this cell; None: all
        self.strayed = False  # whether there were others
        self.mutated = False  # whether an argument was changed
        self.hidden: tuple[str, frozenset[int]] = "", frozenset()  # the cell's file name, and its hidden lines
        self.hidden_called = False  # whether one of these has called the student's code
        self.channel.may_change = self._may_change
        self.channel.may_return = self._may_return
        self.channel.takes_objects = self._takes_objects
        self.channel.takes = self._takes
        self.joins = True  # ask for a method and its call in one request
        self.soft_limit = True  # also make the worker stop itself
        self.met_object = False  # whether the last answer contained an object that is not plain data,
        self.met: set[str] = set()  # or an array with masked entries or NA, or categories
        self.told: list[Any] = []  # what the student's code called the test's own functions with
        self.thrown: list[Exception] = []  # by the test's own functions, through the student's code
        self.down: dict[str, tuple] = {}  # names that the test has bound since, (value,), or deleted, ()
        self.names: dict[str, Any] = {}  # the student's, with their values as far as we know
        self.bound_anew: Callable[[str], None] = lambda name: None  # called with a name that was bound again
        self.talk: dict[str, Any] = dict(_TALK)  # what the worker has for ``input`` and ``print``
        self.files: Files | None = None  # if the test is lent the worker's
        self.records: frozenset[str] = frozenset()  # the classes of this test's records (see `records`),
        self.told_records: frozenset[str] = frozenset()  # as far as the worker has been told
        self.given: frozenset[str] = frozenset()  # the instructor's classes whose objects are the worker's here
        self.way, self.expected_here = "", expected_by(False, expected or {})  # see `gets_objects`
        self.instead: Any = None  # replaces answers, printed text and arguments: see `gaps`
        self.generators: dict[int, tuple[Any, int, str]] = {}  # id -> (generator, number, state known to the worker)
        self.in_step()

    def in_step(self) -> None:
        """Notes that the worker has the judge's random state and settings, since it has done the same."""
        self.pushed, self.seeded, self.settings = random_state(), seedings(), settings()
        self.marks = random_marks(self.pushed)

    def in_step_as(self, other: Link) -> None:
        """Notes that the worker has the same state as another one: it ran the same given cells."""
        self.pushed, self.seeded, self.settings, self.marks = other.pushed, other.seeded, other.settings, other.marks

    def copy(self, seconds: float) -> Link | None:
        """Makes the worker fork a copy of itself, and returns a link to it; None if it cannot: see `no_copy`.

        One process is permitted to fork, once, and only here. A worker that uses this in another way, or only claims
        that it was copied, is judged by what answers at the other end.
        """
        if self.lost or self.listener is None:
            return None
        ours, theirs = socket.socketpair()
        self.allow(seconds)
        self.path, process = "", None
        with theirs, contextlib.suppress(WorkerLost), self._watching():
            self._send({"op": "copy"})
            why = self._receive().get("value")
            if type(why) is not int or why:
                self.no_copy = NO_COPY.get(why if type(why) is int else -1, "it refused")
                return None
            if not select.select([], [self.channel.sock], [], seconds)[1]:  # it no longer reads
                raise TimeoutError
            socket.send_fds(self.channel.sock, [b"."], [theirs.fileno()])
            if self.listener in select.select([self.listener, self.channel.sock], [], [], seconds)[0]:
                with contextlib.suppress(OSError):  # it no longer waits for permission
                    cage.give_leave(self.listener)
            process = self._receive().get("value")
        if type(process) is not int or not 0 < process < 1 << 31 or not self._is_of_our_group(process):
            return None
        made = Link(ours, self.expected, process, self.budget)
        made.listener, made.channel.folders = self.listener, self.channel.folders
        return made

    def _is_of_our_group(self, process: int) -> bool:
        """Whether a process is a copy of the worker, and not another whose work would count as the worker's."""
        with contextlib.suppress(OSError):
            return not self.process or os.getpgid(process) == os.getpgid(self.process)
        return False

    def allow(self, seconds: float) -> Clock:
        """Sets the time limit for the worker's requests from now on."""
        self.clock = self.budget.clock(seconds, self.process)
        return self.clock

    def end(self) -> None:
        """Closes the connection: objects from this worker are no longer usable."""
        self.channel.sock.close()
        self.lost = self.lost or WorkerLost(Outcome.RAISED, "An object that an earlier test made is used here.")

    def name(self, name: str) -> Any:
        """The value of one of the student's global names: requested again only if a name was bound again since.

        That is the worker's word, as the value is: if it lied, the student would be judged by the older value.
        """
        if name in self.names and not self.lost:
            self._remember(Call(name, _keep(self.names[name]), operation="name", name=name, within=self.within))
        else:
            self.names[name] = self.ask("name", name=name, path=name)
        return self.names[name]

    def forget(self) -> None:
        """Drops the values that came from the worker: from here on they may differ."""
        self.channel.forget_all()
        self.names.clear()
        self.down.clear()

    def ask(self, operation: str, path: str = "", **arguments: Any) -> Any:
        """Makes the worker do one thing and returns the answer; an exception there is raised here.

        Arguments that we create ourselves are tuples: a list or a dict would be shared, and watched for changes from
        then on.
        """
        with self.turn:  # a test may call the student's code from several threads
            if self.lost:
                raise self.lost
            if self.files and path:
                self.files.exchange(path)
                try:
                    return self._ask(operation, path, **arguments)
                finally:
                    if not self.lost:
                        self.files.exchange(path)
            return self._ask(operation, path, **arguments)

    def _ask(self, operation: str, path: str, **arguments: Any) -> Any:
        self.send_down()
        message = {"op": operation, **arguments}
        if self.clock and self.soft_limit:
            message["limit"] = max(self.clock.left(), 0.01)
        if state := self._new_random_state():
            message["random"] = tuple(state.items())
        if (now := settings()) != self.settings:
            self.settings = message["settings"] = now
        if self.records != self.told_records:
            self.told_records, message["records"] = self.records, tuple(self.records)
        if not self.hidden_called and self.hidden[1]:
            self.hidden_called = _is_called_from(*self.hidden)
        self.counts[path] += 1
        if self.expected is None and path.endswith(("()", "__")):
            self.changes.add(("the test", 0, f" calls {path}"))
            self.changes.update(("the test", 0, f" replaces {name}") for name in replaced(self.modules))
        place = f"{path}#{self.counts[path]}"
        self.path, self.channel.place, self.met_object, self.met = path, place, False, set()
        thrown, told = len(self.thrown), len(self.told)
        called = _call(path, operation, arguments) if path else None  # before its arguments can be changed
        if called:
            called.within = self.within
        mutated, self.mutated = self.mutated, False
        try:
            with self._watching():
                self._send(message)
                reply = self._receive()
                while "callback" in reply:
                    met, within = (self.met_object, self.met), self.within
                    self.within = path
                    answer = self._called_back(reply, called, told)
                    self.within = within
                    self._send(answer)
                    self.path, self.channel.place = path, place
                    self.met_object, self.met = met
                    reply = self._receive()
        except wire.CannotCross:
            self.generators = {key: (value, n, "") for key, (value, n, _) in self.generators.items()}  # unknown to it
            raise
        args: tuple = arguments.get("args", ())
        left: Any = _keep(args) if self.mutated else ()
        self.mutated |= mutated
        if "rebound" in reply:
            self.names.clear()
            for name in filter(None, map(_text, _tuple(reply["rebound"]))):
                if self._note_change(f"{path}#{self.counts[path]} binds {name}"):
                    self.bound_anew(name)
        printed = _text(reply.get("printed"))
        if called:
            called.printed = printed[:MAX_WORDS]
            if self.instead:
                printed = self.instead.printed(called, printed)
        sys.stdout.write(printed)
        sys.stderr.write(_text(reply.get("complained")))
        if complaint := self._complaint(reply, path):
            if isinstance(complaint, StudentError) and outcome_of_student_error(complaint.info) is Outcome.TIMEOUT:
                raise WorkerLost(Outcome.TIMEOUT, "", complaint.info)
            if called:
                self._remember(replace(called, error=type(complaint).__name__, said=words_of(complaint)))
            raise complaint
        for error in self.thrown[thrown:]:
            if type(error) is AssertionError and not self._note_change(f"{place} swallows AssertionError"):
                raise error  # from the test's own function, and the student's code went on
        if operation == "set_attribute":
            on, name = arguments["on"], arguments["name"]
            given = (_keep(arguments["value"]),)
            self._remember(
                Call(f"{on._path}.{name}=", None, None, given, operation=operation, on=on._number, name=name)
            )
        value: Any = reply.get("value")
        wanted = ("object",) if self.expected is None else self._kinds(path) or ("object",)
        streamed = False
        if path and isinstance(value, Standin) and "object" not in wanted:
            made, truth = value, None
            with contextlib.suppress(StudentError):  # for example, a generator where the reference has a list
                value, streamed = self.ask("items", on=made), True
            if not streamed:
                with contextlib.suppress(StudentError):
                    truth = self.ask("truth", on=made)
                value = Unexpected(made, path, truth, *self._read(made, wanted))
            self.path, self.channel.place = path, place
        if called:
            read = value._data if isinstance(value, Unexpected) else None
            kept: Any = _keep(value if read is None else read)
            heard = tuple(self.told[told:])
            answered = replace(called, result=kept, left=left, told=heard)
            self._remember(answered)
            found = {"object"} if isinstance(value, Standin) else {"plain", "inside"} if self.met_object else {"plain"}
            found |= self.met | ({ENTRIES} if isinstance(value, Several | np.ndarray) else set())
            fields = value._fields if is_named_tuple(value) else attributes_of(value)
            found |= {FIELDS + " ".join(fields)} if fields else set()
            if self.met_object and self.expected is None:
                found |= _kinds_of_parts(value)
            elif self.met_object and "inside" in wanted:
                value = self._with_plain_parts(value, wanted)
            self._record(path, found | (answered.marks() | answered.does() if self.expected is None else set()))
            if self.instead:
                value = self.instead(called, value, args)
        if isinstance(value, Standin) and not isinstance(value, Unexpected) and (not path or self._takes_objects()):
            value = self.standins.get((value._number, True), value)
        return iter(value) if streamed else value

    def _read(self, made: Standin, wanted: Sequence[str]) -> tuple[Any, frozenset[str]]:
        """What a test may read from an object in place of a list, a named tuple or a record, and by which methods."""
        fields = next((tuple(kind.split()[1:]) for kind in wanted if kind.startswith(FIELDS)), ())
        if not fields and ENTRIES not in wanted:
            return None, frozenset()
        with contextlib.suppress(StudentError, TypeError, ValueError):
            data, methods = self.ask("entries", on=made, fields=fields)
            if type(data) in (list, tuple) and not any(isinstance(entry, Standin) for entry in data):
                return namedtuple("Fields", fields)(*data) if type(data) is tuple else data, frozenset(methods)
        return None, frozenset()

    def type_of(self, on: Standin) -> Any:
        """What ``type()`` returns for an object: the judge's own library class if that is the reference's.

        Which class it is, is the worker's word, as for `isinstance`; a class other than the reference's is a stand-in.
        """
        path = f"type({on._path})"
        kind = self.ask("type", on=on, path=path)
        address = self.ask("address", on=kind) if isinstance(kind, Standin) else ""
        module, _, name = address.partition(":") if type(address) is str else ("", "", "")
        own = None if draws(module) else class_at(module, name)
        if own is None or self.expected is not None and OF_CLASS + address not in self._kinds(path):
            return kind
        self._record(path, {OF_CLASS + address})
        return own

    def is_class(self, kind: Standin, own: type) -> bool:
        """Whether what ``type()`` returned for an object is this library class."""
        address = f"{own.__module__}:{own.__qualname__}"
        asked = kind._path.startswith("type(") and own is class_at(own.__module__, own.__qualname__)
        return asked and self.ask("address", on=kind) == address

    def _record(self, path: str, kinds: Iterable[str]) -> None:
        self.recorded.setdefault(self.way + path, set()).update(kinds)

    def _kinds(self, path: str) -> tuple[str, ...]:
        """What the reference gave at a path; if the student's object came by another path, at those that end alike."""
        expected = self.expected_here
        if path in expected or (end := end_of(path)) == path:
            return expected.get(path, ())
        return tuple({kind for known, kinds in expected.items() if known.endswith(end) for kind in kinds})

    def _with_plain_parts(self, value: Any, wanted: Sequence[str], at: str = "") -> Any:
        """An answer whose objects are unusable where the reference has none, for example beside its objects.

        A part under a key, or in a position, that the reference lacks is treated like any of its other parts.
        """
        if "inside" + at not in wanted:
            return self._of_no_use(value)
        if at.count("[") > MAX_NESTED:
            return value

        def place(key: Any) -> str:
            here = f"{at}[{key!r}]"
            return here if {"plain" + here, "inside" + here}.intersection(wanted) else at + ANY

        return _made_of_parts(value, lambda key, part: self._with_plain_parts(part, wanted, place(key)))

    def _of_no_use(self, value: Any) -> Any:
        """A value, with unusable stand-ins."""
        if isinstance(value, Standin):
            return standin_class(frozenset(), for_plain=True)(self, value._number, value._name, value._path)
        return _made_of_parts(value, lambda _, part: self._of_no_use(part))

    @contextlib.contextmanager
    def _watching(self) -> Iterator[None]:
        """A context in which a worker that ends, breaks the rules or is late is lost permanently."""
        try:
            yield
        except (wire.PeerGone, ConnectionError):
            lost = WorkerLost(Outcome.RAISED, "The Python process ended in the middle of the work.")
        except wire.WireError as error:
            lost = WorkerLost(Outcome.BREACH, f"The submission broke the rules of the wire: {error}.")
        except TimeoutError:
            lost = WorkerLost(Outcome.TIMEOUT, "The code did not come back within the time limit.")
        except MemoryError:
            lost = WorkerLost(Outcome.MEMORY, "The results did not fit into memory.")
        except NotPlain:  # for example, two keys of a dict were compared: no test has asked for that
            if self.path:
                raise
            lost = WorkerLost(Outcome.BREACH, "The submission broke the rules of the wire: an object is not plain.")
        else:
            return
        self.lost = lost
        raise lost

    def send_down(self) -> None:
        """Makes the worker bind and delete what the test has since the last request."""
        for name, value in _talk().items():
            if value is not self.talk[name]:
                self.talk[name] = value
                self.ask("builtin", name=name, bound=() if value is _TALK[name] else (value,))
        while self.down:
            name, bound = self.down.popitem()
            with contextlib.suppress(wire.CannotCross):  # then the worker keeps what it has
                self.ask("bind", name=name, bound=bound)

    def gets_objects(self, records: frozenset[str], given: frozenset[str], lent: bool) -> None:
        """Sets for a test cell how it gets objects of the instructor's classes.

        What the reference gives is recorded separately for tests that have the worker's objects: if there were one
        record for both, the student's own object could come in place of a record.

        Args:
            records: the classes whose objects cross by their attributes (see `records`).
            given: the instructor's other classes, whose objects are the worker's.
            lent: whether the test uses the worker's objects from given cells.
        """
        self.records, self.given, self.way = records, given, WAY if lent else ""
        self.expected_here = expected_by(lent, self.expected or {})

    def begin(self, permitted: frozenset[str] | None, refusing: bool = False) -> None:
        """Starts a test cell: see `changed`."""
        self.calls, self.kept, self.changes, self.counts = [], Counter(), set(), Counter()
        self.permitted, self.strayed, self.mutated = permitted, False, False
        self.channel.refusing = refusing

    def changed(self) -> frozenset[str]:
        """What the student's code changed in place in this cell: ``"accuracy()#1.args[0]|accuracy()"``.

        A value is named by the call with which it first crossed, and the number of that call. If the change happened
        in all calls of that path, the number is ``*``.
        """
        times: dict[tuple[str, str], set[int]] = {}
        for before, number, after in self.changes:
            times.setdefault((before, after), set()).add(number)
        always = {key for key, numbers in times.items() if len(numbers) == self.counts[key[0]]}
        found = {f"{before}#*{after}" for before, after in always}
        return frozenset(found | {f"{b}#{n}{a}" for b, n, a in self.changes if (b, a) not in always})

    def _note_change(self, what: str) -> bool:
        """Notes a change; returns whether the reference made it, too."""
        path, _, rest = what.partition("#")
        digits = re.match(r"\d+", rest)
        number, rest = (int(digits[0]), rest[digits.end() :]) if digits else (0, rest)
        self.changes.add((path, number, rest))
        permitted = self.permitted
        return permitted is None or what in permitted or f"{path}#*{rest}" in permitted

    def _may_change(self, place: str, mine: bool) -> bool:
        """Whether a change in place by the student's code is allowed: the reference made it, or changed its holder."""
        self.mutated |= mine
        known = self._note_change(f"{place}|{self.path}")
        changes, self.changes = self.changes, set()
        while not known and (place := place.rpartition("[")[0]):
            known = self._note_change(f"{place}|{self.path}")
        self.changes = changes
        self.strayed |= not known
        return known

    def _may_return(self, place: str) -> bool:
        """Whether an answer may be, or contain, a value of the test's own, as the reference's does there.

        What the test then does to its own value would happen to the answer, too.
        """
        whole, inside, _ = place.partition("[")
        known = self._note_change(f"{whole} {'contains' if inside else 'is'} the test's own")
        self.strayed |= not known
        return known or not self.channel.refusing

    def note_file(self, path: str) -> None:
        """Notes that a file was first created by the test, not by the student's code."""
        self.changes.add(("the test", 0, f" makes {path}"))

    def makes_file(self, path: str) -> bool:
        """Whether the test creates this file first, with the reference."""
        return self.permitted is not None and f"the test#0 makes {path}" in self.permitted

    def may_change_file(self, path: str, version: int, call: str) -> bool:
        """Whether the student's code may change this version of a test's file: the reference did so, too.

        It did so in the same call of the same function, or by any use of the same object. A file whose name differs in
        each run may be any of those that the reference changed and whose names end alike.
        """
        thing = re.sub(r"\W.*", "", call)
        by = f"{call}#{self.counts[call]}" if call == f"{thing}()" else f"{thing}#0"
        names = [path]
        if self.permitted is not None and not self.makes_file(path):
            made = (what.partition("the test#0 makes ")[2] for what in self.permitted)
            names = [name for name in made if name and PurePath(name).suffix == PurePath(path).suffix]
        return any(self._note_change(f"{by} changes {name} ({version})") for name in names)

    def may_swallow(self, path: str, error: BaseException) -> bool:
        """Whether the student's ``__exit__`` may end an exception: the reference's did, in the same place."""
        return self._note_change(f"{path}#{self.counts[path]} swallows {type(error).__name__}")

    def _left(self) -> Callable[[], float] | None:
        clock = self.clock
        return (lambda: clock.left(GRACE)) if clock else None

    def _send(self, message: dict) -> None:
        self.channel.send(message, self._left())

    def _receive(self) -> dict:
        try:
            reply = self.channel.receive(self._left())
        except (wire.WireError, TimeoutError, MemoryError, NotPlain, WorkerLost):
            raise
        except BaseException:  # from the test's alarm: the late answer would be taken for the next request's
            self.lost = WorkerLost(Outcome.TIMEOUT, "The test went on before the code had come back.")
            raise
        if not reply.keys() & {"value", "raised", "callback"}:
            raise wire.WireError("an answer without content")
        if type(reply.get("raised", {})) is not dict:
            raise wire.WireError("malformed error")
        return reply

    def _called_back(self, message: dict, called: Call | None, before: int) -> dict:
        """Runs one of the test's functions that the student's code called; ``before``: the length of `told` before."""
        self.names.clear()  # since the student's code may have bound some of them again
        try:
            number, args, kwargs = message["callback"], message["args"], message["kwargs"]
            if type(number) is not int or not 0 <= number < len(self.callbacks):
                raise wire.WireError("unknown callback")
            if type(args) is not tuple or type(kwargs) is not tuple:
                raise wire.WireError("malformed callback")
            named = dict(kwargs)
            told: Any = *args, *named.values()
            if len(self.told) - before < MAX_CALLS:
                self.told.append(_keep(told))
            if self.expected is None and _holds_object(told):
                self._record(self.path, {TELLS} | _kinds_of_parts(told, TELLS))
            elif self.expected is not None:
                told = self._with_plain_parts(told, self._kinds(self.path), TELLS)
            if self.instead and called and (told := self.instead.told(called, told)) is None:
                return {"value": None}
            named = dict(zip(named, told[len(args) :], strict=True))
            value = self.callbacks[number](*told[: len(args)], **named)
            if called and value is not None:
                called.asks = True
            return {"value": value}
        except (wire.WireError, WorkerLost):
            raise
        except Exception as error:  # also the test's own TimeoutError: the wire's is a WorkerLost by now
            self.thrown.append(error)
            kind = type(error)
            own, args = (kind, error.args) if issubclass(kind, StudentError) and "number" in kind.info else (None, ())
            return {"raised": [kind.__name__, str(error)[:500], len(self.thrown) - 1, own, args]}

    def _stand_in(self, value: Any) -> list | None:
        if isinstance(value, Standin):
            if value._link is not self:
                raise wire.CannotCross("an object that an earlier test made is used here")
            return ["h", value._number]
        if isinstance(value, type) and issubclass(value, StudentError) and "number" in value.info:
            return ["h", value.info["number"]]
        if isinstance(value, np.random.Generator | np.random.RandomState | random.Random):
            return self._generator(value)
        if isinstance(value, type) and issubclass(value, Exception) and (name := _built_in_name(value)):
            return ["x", name]
        if isinstance(value, Exception) and (name := _built_in_name(type(value))):
            return ["X", name, str(value)[:500]]
        if isinstance(value, types.TracebackType):
            return None  # useless, and it would show the test
        if named := wire.by_name(value):
            return named
        if isinstance(value, types.ModuleType):
            return ["M", value.__name__]
        if isinstance(value, re.Pattern):
            return ["pattern", value.pattern, value.flags]
        if isinstance(value, io.TextIOWrapper | io.BufferedReader) and value.seekable() and not value.writable():
            return ["file", _rest_of(value)]
        if isinstance(value, Iterator) and not callable(value) and not isinstance(value, io.IOBase):
            self.callbacks.append(value.__next__)
            return ["next", len(self.callbacks) - 1]
        if callable(value) and not isinstance(value, type | sqlite3.Connection):
            self.callbacks.append(value)
            doc = getattr(value, "__doc__", None)
            called = str(getattr(value, "__name__", "function"))
            return ["f", len(self.callbacks) - 1, called, doc if type(doc) is str else None]
        raise wire.CannotCross(f"a {type(value).__name__} cannot be handed to the submission")

    def _generator(self, value: Any) -> list:
        """A random generator: its state is sent whenever it has advanced here; it never comes back."""
        kind = "Random" if isinstance(value, random.Random) else type(value).__name__
        if kind == "Random":
            state: Any = value.getstate()
        else:
            state = value.bit_generator.state if kind == "Generator" else value.get_state(legacy=False)
        text = json.dumps(state, default=np.ndarray.tolist)
        _, number, known = self.generators.get(id(value), (None, len(self.generators), ""))
        self.generators[id(value)] = value, number, text
        return ["G", number, kind, "" if known == text else text]

    def _resolve(self, node: list) -> Any:
        tag, number, kind, name, methods = node
        if tag == "f" or tag != "h" or type(number) is not int or type(name) is not str:
            raise wire.WireError("unknown tag")
        takes = kind == "exception" or self._takes_objects() and (not self.channel.in_array or self._takes(IN_ARRAY))
        self.met_object |= kind != "exception"
        if (number, takes) in self.standins:
            if self.expected is None and kind != "exception":
                self._lent(methods, name)  # a different solution may give a new object here
            return self.standins[number, takes]
        if kind == "exception":
            bases = [self._resolve(base) if type(base) is list else str(base) for base in methods]
            value: Any = exception_class(name, bases, {"number": number})
        else:
            made = standin_class(self._lent(methods, name), not takes, kind == "coroutine")
            value = made(self, number, name, self.path or name)
        self.standins[number, takes] = value
        return value

    def _takes_objects(self) -> bool:
        """Whether the reference gave an object, or data that contains objects, at this path."""
        return self.expected is None or not {"object", "inside", TELLS}.isdisjoint(self._kinds(self.path))

    def _takes(self, kind: str) -> bool:
        """Whether the reference gave an array with masked entries or NA ("gaps"), or "an order", at this path."""
        self.met.add(kind)
        return self.expected is None or kind in self._kinds(self.path)

    def _lent(self, methods: Any, kind: str) -> frozenset[str]:
        """The special methods of an object at this path: the reference's, or its own while the reference is recorded.

        An object of the instructor's class lends none that decides a test's question: is it equal, is it larger? In its
        place, an object of the student's own class could say so.
        """
        if self.expected is not None:
            return frozenset(self._kinds(self.path))
        names = frozenset(str(name) for name in methods).difference(SETTLES if kind in self.given else ())
        self._record(self.path, names)
        return names

    def _complaint(self, reply: dict, path: str) -> Exception | None:
        """The exception in an answer: an error, or a warning that the test's filters turn into one."""
        try:
            _warn(reply.get("warned"))
        except Warning as warned:
            bases, text = [base.__name__ for base in type(warned).__mro__], str(warned)
            line = next((line for said, line in map(_warning, _list(reply.get("warned"))) if said == text), "")
            said = {"name": bases[0], "bases": bases, "text": text, "traceback": [f"\n{line}"]}
            return self._error(said, path)
        return self._error(reply["raised"], path) if "raised" in reply else None

    def _error(self, said: Any, path: str, depth: int = 0) -> Exception:
        """The exception that an answer describes: the student's, or one that the test itself raised."""
        said = said if type(said) is dict else {}
        info: dict[str, Any] = {
            "name": _text(said.get("name"))[:200],
            "text": _text(said.get("text"))[:2000],
            "bases": [_text(base) for base in _list(said.get("bases"))][:20],
            "traceback": [_text(line) for line in _list(said.get("traceback"))][:40],
            "object": said.get("object"),
        }
        number = said.get("in_test")
        thrown = self.thrown[number] if type(number) is int and 0 <= number < len(self.thrown) else None
        if thrown and not isinstance(thrown, StopIteration):
            return thrown
        kind = said.get("class")
        if not (isinstance(kind, type) and issubclass(kind, StudentError)):
            kind = exception_class(info["name"], info["bases"])
        if issubclass(kind, StopIteration | StopAsyncIteration) and depth == 0:
            # It would silently end the test's own loop: allowed only where the reference ends one, too.
            if self.expected is None:
                self._record(path, {"ends"})
            elif "ends" not in self._kinds(path):
                kind = exception_class(info["name"], [])
        args = said.get("args")
        error = kind(*args) if type(args) is list else kind(info["text"])
        error.info = info
        if type(cause := said.get("cause")) is dict and depth < 3:
            error.__cause__ = self._error(cause, path, depth + 1)
        return error

    def _remember(self, call: Call) -> None:
        nested = bool(call.within)
        self.kept[nested] += 1
        if self.kept[nested] <= MAX_CALLS:
            self.calls.append(call)

    def _new_random_state(self) -> dict:
        if self.seeded == seedings() and random_marks(self.pushed) == self.marks:
            return {}
        state, before = random_state(), self.pushed if self.seeded == seedings() else {}
        changed = {name: value for name, value in state.items() if not same_state(value, before.get(name))}
        self.pushed, self.seeded, self.marks = state, seedings(), random_marks(state)
        return changed


def expected_by(lent: bool, expected: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """What the reference gave at each path, in the tests that are lent objects or in the others: see `gets_objects`."""
    return {path.removeprefix(WAY): kinds for path, kinds in expected.items() if path.startswith(WAY) == lent}


def end_of(path: str) -> str:
    """The last request of a path, such as ``.forward()``; the whole path if it is the only one."""
    end = re.search(r"(\.\w+(\(\))?|__[a-z]+__)$", path)
    return end[0] if end else path


def words_of(error: BaseException) -> str:
    """An exception's message. It may contain a student's value, which cannot be relied on to have a text."""
    try:
        return str(error)[:MAX_WORDS]
    except BaseException:
        return ""


def _rest_of(file: Any) -> str | bytes:
    """The rest of a file from its current position, which does not change."""
    before = file.tell()
    rest = file.read()
    file.seek(before)
    return rest


def _is_called_from(file: str, lines: frozenset[int]) -> bool:
    """Whether any of these lines of a cell is being executed; in a task of an event loop, it may be."""
    frame: Any = sys._getframe(1)
    found = False
    while frame is not None:
        if frame.f_code.co_filename == file:
            if frame.f_lineno in lines:
                return True
            found = True
        frame = frame.f_back
    return not found and asyncio._get_running_loop() is not None


def _built_in_name(kind: type[Exception]) -> str | None:
    """The name of a built-in exception class, or of the one that the judge replaces with its own class."""
    if issubclass(kind, StudentError):
        kind = kind.__mro__[2] if len(kind.__mro__) > 2 else kind
    return kind.__name__ if wire.exception_bases(kind.__name__) is kind else None


def _text(value: Any) -> str:
    return value if type(value) is str else ""


def _tuple(value: Any) -> tuple:
    return value if type(value) is tuple else ()


def _list(value: Any) -> list:
    return value if type(value) is list else []


def _warning(one: Any) -> tuple[str, str]:
    """The text of a student's warning, and the student's line that it came from."""
    _, text, line = (*_list(one), None, None, None)[:3]
    return _text(text), _text(line)


def _warn(warned: Any) -> None:
    """Issues the student's warnings again, under the test's filters."""
    for one in _list(warned)[: wire.MAX_WARNINGS]:
        bases, text = (*_list(one), None, None)[:2]
        kinds = [getattr(builtins, _text(base), None) for base in _list(bases)]
        known = (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Warning))
        warnings.warn(_text(text), next(known, UserWarning), stacklevel=5)


def _holds_object(value: Any, within: tuple[Any, ...] = ()) -> bool:
    if isinstance(value, Standin) or any(value is one for one in within):
        return isinstance(value, Standin)
    keys = [*value.keys()] if isinstance(value, dict) else []
    return any(_holds_object(item, (*within, value)) for item in [*keys, *(part for _, part in _parts(value))])


def _parts(value: Any) -> Iterable[tuple[Any, Any]]:
    """The parts of a container, or of a record, by their keys, positions or names."""
    if (attributes := attributes_of(value)) is not None:
        return attributes.items()
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, Several) else ()


def _kinds_of_parts(value: Any, at: str = "") -> set[str]:
    """Where a value contains objects, and where it does not: under each key, in each position, and under any."""
    found = {("inside" if _holds_object(value) else "plain") + at}
    if at.count("[") > MAX_NESTED:
        return found
    parts = list(_parts(value))
    apart = not isinstance(value, Set) and len(parts) <= MAX_PARTS
    places = [(at + ANY, part) for _, part in parts] + [(f"{at}[{key!r}]", part) for key, part in parts if apart]
    return found.union(*(_kinds_of_parts(part, place) for place, part in places))


def _made_of_parts(value: Any, made: Callable[[Any, Any], Any]) -> Any:
    """A value that contains objects, with other parts; shared values stay the same objects."""
    if not _holds_object(value) or isinstance(value, Standin):
        return value
    if (attributes := attributes_of(value)) is not None:
        _made_of_parts(attributes, made)
        return value
    if isinstance(value, dict | list | deque):
        for key, part in list(_parts(value)):
            value[key] = made(key, part)
        return value
    parts = [made(key, part) for key, part in _parts(value)]
    return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)


def _call(path: str, operation: str, arguments: dict[str, Any]) -> Call:
    """The record of a request to the worker, without an answer."""
    given: Any = _keep((arguments.get("args", ()), dict(arguments.get("kwargs", ())))) or ((), {})
    on = arguments.get("on")
    number = on._number if isinstance(on, Standin) else -1
    return Call(
        path, args=given[0], kwargs=given[1], operation=operation, on=number, name=str(arguments.get("name", ""))
    )


def _opaque(standin: Standin) -> Opaque:
    made = _opaque_class(standin._name)()
    made.number = standin._number
    return made


@functools.cache
def _opaque_class(name: str) -> type[Opaque]:
    return type(name, (Opaque,), {})


def _keep(value: Any, within: tuple[Any, ...] = ()) -> Any:
    """A copy of a result for the diagnosis, with objects only named; None for what cannot be copied.

    It is also None for what is too large, unless a comparison passes over some of it, and for a container inside itself
    (`within`).
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is np.ndarray and value.dtype != object:
        return value.copy() if value.nbytes <= MAX_REMEMBERED or marks_of(value) else None
    if isinstance(value, Standin):
        return _opaque(value)
    if isinstance(value, MappingView):
        value = [*value]  # type: ignore[misc]
    if (attributes := attributes_of(value)) is not None:
        kept = _keep(attributes, within)
        return None if kept is None else record_of(type(value), kept)
    try:
        holds = isinstance(value, dict | Several) or isinstance(value, np.ndarray) and value.dtype == object
        return _kept_by_parts(value, within) if holds else copy.deepcopy(value)
    except Exception:  # from an unusual kind of value
        return None


def _kept_by_parts(value: Any, within: tuple[Any, ...]) -> Any:
    if any(value is one for one in within):
        return None
    within = *within, value
    if type(value) is dict:
        return {key: _keep(item, within) for key, item in value.items() if not isinstance(key, Standin)}
    if isinstance(value, dict):
        made = copy.copy(value)
        dict.update(made, {key: _keep(item, within) for key, item in value.items()})
        return made
    if isinstance(value, np.ndarray):
        array = value.copy()
        for place, item in np.ndenumerate(value):
            array[place] = _keep(item, within)
        return array
    items = [_keep(item, within) for item in value]
    return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
