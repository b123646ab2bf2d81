"""What everyday code does and the sandbox refuses, done in another way: pools of processes, modes of files.

A pool of processes becomes one of threads, and torch's loader reads its batches itself whatever number of workers it
has: both give what they would have given. The mode and the times of a file stay as they are.
"""

from __future__ import annotations

import concurrent.futures
import importlib.abc
import importlib.util
import multiprocessing
import multiprocessing.context
import multiprocessing.pool
import os
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
    for name, made in ("Pool", _pool), ("Lock", threading.Lock), ("RLock", threading.RLock):
        setattr(multiprocessing, name, made)
        setattr(multiprocessing.context.BaseContext, name, staticmethod(made))
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
