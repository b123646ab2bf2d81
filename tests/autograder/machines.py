"""A Dask cluster of real processes, and a real PostgreSQL server, for tests and benchmarks."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from glob import glob
from pathlib import Path

from small_course import ROOT

PROGRAMS = Path(shutil.which("initdb") or max(glob("/usr/lib/postgresql/*/bin/initdb"), default="none")).parent


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Cluster:
    """A scheduler and workers, each a process of its own, in folders of their own, that speak over TCP."""

    def __init__(self, folder: Path):
        self.folder, self.workers, self.address = folder, [], f"tcp://127.0.0.1:{free_port()}"
        self.scheduler = self._start("scheduler", "--host", self.address, "--no-dashboard")

    def add_worker(self) -> subprocess.Popen:
        """Starts one more worker, with one thread."""
        process = self._start("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard")
        self.workers.append(process)
        return process

    def _start(self, kind: str, *arguments: str) -> subprocess.Popen:
        home = Path(tempfile.mkdtemp(dir=self.folder))
        log = (home / "log").open("w")
        environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(home)}
        command = [sys.executable, "-m", "distributed.cli.dask_" + kind, *arguments]
        return subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)

    def close(self) -> None:
        """Kills whatever still runs."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


def has_postgresql() -> bool:
    """Whether PostgreSQL's programs are on this machine; ``.ci/postgresql`` installs them."""
    return (PROGRAMS / "initdb").exists()


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """Starts a PostgreSQL server; gives its address, and ends it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    who = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to be root
        user = pwd.getpwnam("postgres")
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        os.chown(folder, user.pw_uid, user.pw_gid)
    port, data = free_port(), f"{folder}/data"

    def call(program: str, *arguments: str) -> None:
        command = [PROGRAMS / program, "-D", data, *arguments]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **who)

    call("initdb", "-U", "course", "-A", "trust", "--no-sync")
    call("pg_ctl", "-l", f"{folder}/log", "-w", "-o", f"-h 127.0.0.1 -p {port} -k {folder}", "start")
    try:
        yield f"postgresql+psycopg://course@127.0.0.1:{port}/postgres"
    finally:
        call("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)
