"""The attacks, as data: what a student hands in, and what it achieves where nothing protects the grader."""

from . import files, lying, network, notebooks, output, patching, processes, reading, resources, wire_frames, writing
from .attack import Attack

ALL: list[Attack] = [
    attack
    for module in (
        patching, lying, wire_frames, reading, writing, network, processes, resources, files, notebooks, output
    )
    for attack in module.ATTACKS
]  # fmt: skip
