"""Replacements for what everyday code does and the sandbox refuses: processes, modes of files, commands.

A process of `multiprocessing` becomes a thread, and so do those of a pool; the content of a manager or of shared memory
is in this process; torch's loader reads its batches itself, however many workers it has. Their results are the same,
except for a process that changes a global variable: the change is seen. The mode and the times of a file stay
as they are. A command of `os.system` fails. `threadpoolctl`, with which scikit-learn limits threads, asks the linker
instead of `/proc` which libraries are loaded.
"""

from __future__ import annotations

import concurrent.futures.process
import ctypes
import errno
import importlib.abc
import importlib.util
import multiprocessing
import multiprocessing.context
import multiprocessing.heap
import multiprocessing.managers
import multiprocessing.pool
import multiprocessing.process
import multiprocessing.shared_memory
import os
import queue
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_ABOUT_FILES = ("chmod", "fchmod", "chown", "fchown", "lchown", "utime")
_TO_STOP = 1.0  # seconds that a thread has to end when its process is stopped


def allow() -> None:
    """Makes such code work in this process and in its forks."""
    for name in _ABOUT_FILES:
        setattr(os, name, _in_vain(getattr(os, name)))
    for name, made in _OF_PROCESSES.items():
        setattr(multiprocessing, name, made)
        for kind in _CONTEXTS:
            setattr(kind, name, staticmethod(made))
    # For Value and Array: the folder for temporary files.
    multiprocessing.heap.Arena._dir_candidates = []  # type: ignore[attr-defined]
    os.truncate = _truncate
    os.system = _system
    concurrent.futures.ProcessPoolExecutor = _Executor  # type: ignore[assignment,misc]
    concurrent.futures.process.ProcessPoolExecutor = _Executor  # type: ignore[assignment,misc]
    multiprocessing.pool.Pool.__new__ = _new_pool  # type: ignore[method-assign,assignment]
    multiprocessing.managers.SyncManager = _Manager  # type: ignore[assignment,misc]
    multiprocessing.managers.BaseManager.start = _no_server  # type: ignore[method-assign]
    multiprocessing.shared_memory.SharedMemory = _SharedMemory  # type: ignore[assignment,misc]
    for name, change in ("torch.utils.data.dataloader", _without_workers), ("threadpoolctl", _without_proc):
        if module := sys.modules.get(name):
            change(module)
        else:
            sys.meta_path.insert(0, _OnceImported(name, change))


def _in_vain(change: Callable) -> Callable:
    """A change of a file's metadata, which the sandbox refuses: without effect if the file is the student's.

    So `shutil.copy`, which also copies the mode, works.
    """

    def tried(file: Any, *args: Any, **kwargs: Any) -> None:
        try:
            change(file, *args, **kwargs)
        except PermissionError:
            if not (isinstance(file, int) or os.access(file, os.W_OK)):
                raise

    tried.__name__ = change.__name__
    return tried


def _truncate(path: Any, length: int) -> None:
    """`os.truncate` through an open file: not every kernel can check a path's owner."""
    if isinstance(path, int):
        return os.ftruncate(path, length)
    with open(path, "r+b") as file:
        os.ftruncate(file.fileno(), length)


def _system(command: Any) -> int:
    """`os.system`, as if the command had failed."""
    print(f"(not run, since no program can be started while grading: {os.fsdecode(command).strip()[:200]})")
    return 1 << 8


class _Process(threading.Thread):
    """A thread with the interface of a process."""

    exitcode: int | None = None
    _stopped = False

    def __init__(
        self,
        group: None = None,
        target: Callable | None = None,
        name: str | None = None,
        args: Iterable = (),
        kwargs: dict | None = None,
        *,
        daemon: bool | None = None,
    ):
        super().__init__(group, target, name, args, kwargs, daemon=daemon)

    @property
    def pid(self) -> int | None:
        return self.native_id

    def start(self) -> None:
        run = self.run

        def noted() -> None:
            code = 1
            try:
                run()
                code = 0
            except SystemExit as error:
                code = error.code if isinstance(error.code, int) else int(error.code is not None)
            finally:
                self.exitcode = -signal.SIGTERM if self._stopped else code

        self.run = noted  # type: ignore[method-assign]
        super().start()

    def close(self) -> None:
        """Has nothing to free."""

    def terminate(self) -> None:
        """Ends the thread between two lines of Python. Raises PermissionError if it does not reach the next one."""
        if self.is_alive():
            self._stopped = True
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.ident or 0), ctypes.py_object(SystemExit))
            self.join(_TO_STOP)
        if self.is_alive():
            self._stopped = False
            raise PermissionError(errno.EPERM, "a process that is waiting or computing cannot be stopped while grading")

    kill = terminate


def _current_process() -> Any:
    """The process that this thread replaces, or the only one there is."""
    thread = threading.current_thread()
    return thread if isinstance(thread, _Process) else multiprocessing.process.current_process()


def _active_children() -> list[_Process]:
    return [thread for thread in threading.enumerate() if isinstance(thread, _Process)]


class _Lock:
    """A lock for threads, with the arguments of a lock for processes."""

    made: Callable = threading.Lock

    def __init__(self) -> None:
        self._lock = type(self).made()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lock, name)

    def __enter__(self) -> bool:
        return self._lock.__enter__()

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Whether the lock was free, or became free within `timeout` seconds."""
        return self._lock.acquire(block, -1 if timeout is None or not block else max(timeout, 0))


class _RLock(_Lock):
    made = threading.RLock


class _Semaphore(threading.Semaphore):
    """A semaphore for threads, with the arguments and the value of one for processes."""

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Whether it was free, or became free within `timeout` seconds."""
        return super().acquire(block, timeout if block else None)

    __enter__ = acquire

    def get_value(self) -> int:
        """How many more may acquire it now."""
        return self._value


class _BoundedSemaphore(threading.BoundedSemaphore, _Semaphore):
    pass


class _Queue(queue.Queue):
    """A queue with the interface of one for processes."""

    def close(self) -> None:
        """Has nothing to free, as the next two."""

    join_thread = cancel_join_thread = close


class _Pool(multiprocessing.pool.ThreadPool):
    """Threads instead of processes; they end with the pool, since a process with threads cannot be copied."""

    def __init__(
        self,
        processes: int | None = None,
        initializer: Callable | None = None,
        initargs: Iterable = (),
        maxtasksperchild: int | None = None,
        context: Any = None,
    ):
        super().__init__(processes, initializer, initargs)

    def terminate(self) -> None:
        super().terminate()
        for thread in self._pool:  # type: ignore[attr-defined]
            thread.join()


def _new_pool(kind: type, *_: Any, **__: Any) -> Any:
    """A pool of threads where the class of a pool of processes is instantiated."""
    return object.__new__(_Pool if kind is multiprocessing.pool.Pool else kind)


_COMMON: dict[str, Callable] = {
    "Pool": _Pool,
    **dict.fromkeys(("Queue", "JoinableQueue"), _Queue),
    "Lock": _Lock,
    "RLock": _RLock,
    "Semaphore": _Semaphore,
    "BoundedSemaphore": _BoundedSemaphore,
    **{name: getattr(threading, name) for name in ("Event", "Condition", "Barrier")},
}


class _Manager:
    """A manager without a server: what it creates is in this process."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Accepts a manager's arguments and ignores them."""

    def __getattr__(self, name: str) -> Any:
        try:
            return _MANAGED[name]
        except KeyError:
            raise AttributeError(f"a manager makes no {name!r} while grading") from None

    def __enter__(self) -> _Manager:
        return self

    def __exit__(self, *error: object) -> None:
        """Has nothing to end, as the next two."""

    def start(self, *_: Any) -> None:
        """Has nothing to begin."""

    def shutdown(self) -> None:
        """Has nothing to end."""

    join = shutdown


_MANAGED: dict[str, Callable] = {
    **_COMMON,
    "dict": dict,
    "list": list,
    "Namespace": multiprocessing.managers.Namespace,
    "Value": multiprocessing.managers.Value,  # type: ignore[attr-defined]
    "Array": multiprocessing.managers.Array,  # type: ignore[attr-defined]
}


def _no_server(*_: Any, **__: Any) -> None:
    """Replaces the start of a manager with its own classes."""
    raise PermissionError(errno.EPERM, "a manager's process cannot be started while grading")


class _SharedMemory:
    """A block of shared memory that only this process has."""

    _blocks: dict[str, bytearray] = {}

    def __init__(self, name: str | None = None, create: bool = False, size: int = 0, *, track: bool = True):
        if create and size <= 0:
            raise ValueError("'size' must be a positive number different from zero")
        if create and name in self._blocks:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
        self.name = name or f"psm_{secrets.token_hex(4)}"
        if create:
            self._blocks[self.name] = bytearray(size)
        elif self.name not in self._blocks:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.name)
        self.buf = memoryview(self._blocks[self.name])
        self.size = len(self.buf)

    def close(self) -> None:
        """Ends this view of the block. Raises BufferError if an array still uses it."""
        self.buf.release()

    def unlink(self) -> None:
        """Frees the block for all."""
        self._blocks.pop(self.name, None)


_OF_PROCESSES: dict[str, Callable] = {
    **_COMMON,
    "Process": _Process,
    "Manager": _Manager,
    "current_process": _current_process,
    "active_children": _active_children,
}
_CONTEXTS = [
    getattr(multiprocessing.context, f"{name}Context") for name in ("Base", "Default", "Fork", "Spawn", "ForkServer")
]


class _Executor(concurrent.futures.ThreadPoolExecutor):
    """Threads instead of processes."""

    def __init__(
        self,
        max_workers: int | None = None,
        mp_context: Any = None,
        initializer: Callable | None = None,
        initargs: tuple = (),
        **_: Any,
    ):
        super().__init__(max_workers, "", initializer, initargs)


class _OnceImported(importlib.abc.MetaPathFinder):
    """Changes a module when it is imported."""

    def __init__(self, name: str, change: Callable[[Any], None]):
        self.name, self.change = name, change

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        if (spec := importlib.util.find_spec(name)) and (loader := spec.loader):
            run = loader.exec_module

            def exec_module(module: ModuleType) -> None:
                run(module)
                self.change(module)

            loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _without_proc(threads: Any) -> None:
    """Finds the loaded libraries by the linker's own list, since the sandbox does not let `/proc` be read."""
    threads._HAS_PROCFS = False


def _without_workers(loading: Any) -> None:
    """Makes the process itself load the batches of torch's DataLoader, in the same order, one after the other."""

    def iterator(loader: Any) -> Any:
        settings, alone = vars(loader), {"num_workers": 0, "timeout": 0, "prefetch_factor": None}
        kept = {name: settings[name] for name in alone}
        settings.update(alone)
        try:
            return loading._SingleProcessDataLoaderIter(loader)
        finally:
            settings.update(kept)

    loading.DataLoader._get_iterator = iterator
