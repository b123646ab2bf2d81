"""What one submission may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Times in seconds, sizes in bytes."""

    cell_seconds: float = 30.0
    total_seconds: float = 300.0
    memory: int = 2 << 30  # on top of what the warm template holds
    file_size: int = 64 << 20
    scratch: int = 256 << 20
    output: int = 1 << 20
