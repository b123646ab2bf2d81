"""What one submission may use."""

from __future__ import annotations

from dataclasses import dataclass

WAITS = 0.1  # share of the elapsed time; code that works for less is waiting for something other than the processor


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Times in seconds (see `used`), sizes in bytes."""

    cell_seconds: float = 30.0
    total_seconds: float = 300.0
    memory: int = 2 << 30  # on top of what the warm template uses
    file_size: int = 64 << 20
    scratch: int = 256 << 20
    output: int = 1 << 20


def used(passed: float, worked: float) -> float:
    """The seconds that count against a limit: processor time, so that a busy machine costs nobody points.

    For code that sleeps, or waits for what never comes, all the elapsed time counts.

    Args:
        passed: elapsed seconds.
        worked: seconds of processor time in them.
    """
    return worked if worked > WAITS * passed else passed
