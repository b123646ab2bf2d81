"""What one submission may use."""

from __future__ import annotations

from dataclasses import dataclass

WAITS = 0.1  # of the time that passes; who works for less of it waits for something, and not for the processor


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Times in seconds (see `used`), sizes in bytes."""

    cell_seconds: float = 30.0
    total_seconds: float = 300.0
    memory: int = 2 << 30  # on top of what the warm template holds
    file_size: int = 64 << 20
    scratch: int = 256 << 20
    output: int = 1 << 20


def used(passed: float, worked: float) -> float:
    """The seconds that count against a limit: those of the processor, so that a busy machine costs nobody points.

    Of code that sleeps, or waits for what never comes, all the time that passes counts.

    Args:
        passed: seconds of the clock.
        worked: seconds of the processor in that time.
    """
    return worked if worked > WAITS * passed else passed
