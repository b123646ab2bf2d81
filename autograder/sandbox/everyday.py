"""What everyday code does and the sandbox refuses, done in another way: processes, modes of files, commands.

A process of `multiprocessing` becomes a thread, and so do those of a pool; torch's loader reads its batches itself
whatever number of workers it has. They give what they would have given, but for a process that changes a global
variable: the change is seen. The mode and the times of a file stay as they are. A command of `os.system` fails.
"""

from __future__ import annotations

import concurrent.futures
import errno
import importlib.abc
import importlib.util
import multiprocessing
import multiprocessing.context
import multiprocessing.heap
import multiprocessing.pool
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_LOADING = "torch.utils.data.dataloader"
_ABOUT_FILES = ("chmod", "fchmod", "chown", "fchown", "lchown", "utime")


def allow() -> None:
    """Has such code work in this process and in its forks."""
    for name in _ABOUT_FILES:
        setattr(os, name, _in_vain(getattr(os, name)))
    for name, made in _OF_PROCESSES.items():
        setattr(multiprocessing, name, made)
        for kind in _CONTEXTS:
            setattr(kind, name, staticmethod(made))
    # Of Value and Array: the folder for temporary files.
    multiprocessing.heap.Arena._dir_candidates = []  # type: ignore[attr-defined]
    os.truncate = _truncate
    os.system = _system
    concurrent.futures.ProcessPoolExecutor = _Executor  # type: ignore[assignment,misc]
    if loading := sys.modules.get(_LOADING):
        _without_workers(loading)
    else:
        sys.meta_path.insert(0, _OnceImported())


def _in_vain(change: Callable) -> Callable:
    """A change of what is noted of a file, which the sandbox refuses: without effect where the file is the student's.

    So `shutil.copy`, which gives the copy the mode of the original, makes a copy.
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
    """`os.truncate` by way of an open file: of a path, not every kernel can say whose it is."""
    if isinstance(path, int):
        return os.ftruncate(path, length)
    with open(path, "r+b") as file:
        os.ftruncate(file.fileno(), length)


def _system(command: Any) -> int:
    """`os.system`, as from a command that failed."""
    print(f"(not run, since no program can be started while grading: {os.fsdecode(command).strip()[:200]})")
    return 1 << 8


class _Process(threading.Thread):
    """A thread with what a process has."""

    exitcode: int | None = None

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
            self.exitcode = 1
            run()
            self.exitcode = 0

        self.run = noted  # type: ignore[method-assign]
        super().start()

    def close(self) -> None:
        """Has nothing to free."""

    def terminate(self) -> None:
        """Raises PermissionError where there is something to stop, which a thread cannot be."""
        if self.is_alive():
            raise PermissionError(errno.EPERM, "a process that was started cannot be stopped while grading")

    kill = terminate


class _Queue(queue.Queue):
    """A queue with what one between processes has."""

    def close(self) -> None:
        """Has nothing to free, as the next two."""

    join_thread = cancel_join_thread = close


class _Pool(multiprocessing.pool.ThreadPool):
    """Threads in the place of processes, which are gone when the pool is: a process with threads cannot be copied."""

    def terminate(self) -> None:
        super().terminate()
        for thread in self._pool:  # type: ignore[attr-defined]
            thread.join()


def _pool(
    processes: int | None = None,
    initializer: Callable | None = None,
    initargs: Iterable = (),
    maxtasksperchild: int | None = None,
) -> _Pool:
    return _Pool(processes, initializer, initargs)


_OF_PROCESSES: dict[str, Callable] = {
    "Process": _Process,
    "Pool": _pool,
    **dict.fromkeys(("Queue", "JoinableQueue"), _Queue),
    **{
        name: getattr(threading, name)
        for name in ("Lock", "RLock", "Event", "Condition", "Semaphore", "BoundedSemaphore", "Barrier")
    },
}
_CONTEXTS = [
    getattr(multiprocessing.context, f"{name}Context") for name in ("Base", "Default", "Fork", "Spawn", "ForkServer")
]


class _Executor(concurrent.futures.ThreadPoolExecutor):
    """Threads in the place of processes."""

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
    """Sees to torch's loader when it is imported."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name != _LOADING:
            return None
        sys.meta_path.remove(self)
        if (spec := importlib.util.find_spec(name)) and (loader := spec.loader):
            run = loader.exec_module

            def exec_module(module: ModuleType) -> None:
                run(module)
                _without_workers(module)

            loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _without_workers(loading: Any) -> None:
    """Has the process itself make the batches of torch's DataLoader, in the same order, one after the other."""

    def iterator(loader: Any) -> Any:
        settings, alone = vars(loader), {"num_workers": 0, "timeout": 0, "prefetch_factor": None}
        kept = {name: settings[name] for name in alone}
        settings.update(alone)
        try:
            return loading._SingleProcessDataLoaderIter(loader)
        finally:
            settings.update(kept)

    loading.DataLoader._get_iterator = iterator
