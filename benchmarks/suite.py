"""How long `make test` takes, and its slowest tests; ``--store`` writes that into docs/benchmarks.md.

Run it on an idle machine. Unknown arguments are passed to pytest: ``python benchmarks/suite.py tests/utils``.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import time

from stored import machine, put

SLOWEST = 20


def table(said: str) -> list[str]:
    """The rows of pytest's list of the slowest tests, from pytest's output."""
    rows = re.findall(r"^([\d.]+)s (call|setup|teardown) +(\S.*)$", said, flags=re.MULTILINE)
    whole = {"call": "", "setup": " (what it shares with others)", "teardown": " (its end)"}
    return [f"| `{name.strip().replace('|', '/')}`{whole[phase]} | {seconds} |" for seconds, phase, name in rows]


def main(arguments: list[str] | None = None) -> int:
    """Runs the tests and prints how long they took. Returns pytest's exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--store", action="store_true", help="write the section of docs/benchmarks.md")
    options, others = parser.parse_known_args(arguments)

    command = [sys.executable, "-m", "pytest", "-m", "not slow", f"--durations={SLOWEST}", *others]
    where, started = machine(), time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    minutes = (time.monotonic() - started) / 60
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = (used.ru_utime + used.ru_stime) / 60
    last = done.stdout.strip().rpartition("\n")[2]
    count = (re.search(r"(\d+) passed", last) or ["", "0"])[1]
    text = "\n".join(
        [
            "`make test` from end to end; `python benchmarks/suite.py --store` writes this section.",
            f"{int(count):,} tests took {minutes:.1f} minutes, and {busy:.1f} minutes of processor time.",
            f"Measured on {where}. The slowest, in seconds:",
            "",
            "| test | seconds |",
            "| --- | ---: |",
            *table(done.stdout),
        ]
    )
    print(done.stdout if done.returncode else "", text, last, sep="\n")
    if options.store and done.returncode == 0:
        put("Tests", text)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
