"""An epoch of the course's NumPy net against the same net in eager PyTorch: how much does plain NumPy cost?

    python benchmarks/training.py

Both train the net 784-256-10 in float32, in batches of 256, from the same weights, on the same batches in the same
order, with as many threads. They take turns, and after the first turn their weights must agree. The NumPy code is
taken from the solution cells of the problem set on backpropagation. The last line is the ratio of the medians, NumPy
over PyTorch; the exit code is 0 if it is at most 1.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import nbformat
import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import nn

ROOT = Path(__file__).resolve().parents[1]
LEARNING_RATE = 0.1
Parameters = tuple[list[np.ndarray], list[np.ndarray]]


def reference(problem_set: str, last: str) -> dict:
    """What the solution cells and the given cells of a problem set define, up to the cell `last`."""
    notebook = nbformat.read(ROOT / "source" / problem_set / f"{problem_set}.ipynb", as_version=4)
    namespace: dict = {"__name__": problem_set}
    # The problem set turns warnings into errors, which PyTorch should not have to pass, and prints about its data.
    with warnings.catch_warnings(), contextlib.redirect_stdout(None):
        for cell in notebook.cells:
            about = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code" and not about.get("grade"):
                exec(compile(cell.source, f"{problem_set}:{cell.id}", "exec"), namespace)
            if about.get("grade_id") == last:
                return namespace
    raise ValueError(f"the problem set {problem_set} has no cell '{last}'")


def made_up(examples: int, inputs: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Random inputs, float32 (N, D), and their classes by a random linear map, int64 (N,)."""
    rng = np.random.default_rng(0)
    X = rng.random((examples, inputs), dtype=np.float32)
    return X, np.argmax(X @ rng.standard_normal((inputs, classes), dtype=np.float32), axis=1)


def numpy_epoch(start: Parameters, X: np.ndarray, y: np.ndarray, batch_size: int) -> Callable[[], Parameters]:
    """A function that trains the reference for one epoch from `start` and returns its weights and biases."""
    ours = reference("backprop", last="train")
    step = ours["sgd"](LEARNING_RATE)
    return lambda: ours["train"](*start, X, y, step, epochs=1, batch_size=batch_size)


def torch_epoch(start: Parameters, X: np.ndarray, y: np.ndarray, batch_size: int) -> Callable[[], Parameters]:
    """The same in PyTorch, written as in its tutorials: modules, a loss, an optimiser."""
    inputs, labels = torch.from_numpy(X), torch.from_numpy(y)

    def epoch() -> Parameters:
        layers: list[nn.Module] = []
        for W, b in zip(*start, strict=True):
            layer = nn.Linear(*W.shape)
            layer.weight.data.copy_(torch.from_numpy(W.T))
            layer.bias.data.copy_(torch.from_numpy(b))
            layers += [layer, nn.ReLU()]
        net = nn.Sequential(*layers[:-1])
        optimiser = torch.optim.SGD(net.parameters(), lr=LEARNING_RATE)
        order = torch.from_numpy(np.random.default_rng(0).permutation(len(X)))
        for batch in order.split(batch_size):
            optimiser.zero_grad()
            nn.functional.cross_entropy(net(inputs[batch]), labels[batch]).backward()
            optimiser.step()
        linear = net[::2]
        return [layer.weight.data.numpy().T for layer in linear], [layer.bias.data.numpy() for layer in linear]

    return epoch


def agree(start: Parameters, one: Parameters, other: Parameters) -> bool:
    """Whether both runs ended at the same weights, up to float32 precision and a different order of summation.

    After 234 steps they differ by 1 % of the distance from `start`; with a learning rate that is 1 % off, by 9 %.
    """
    triples = zip(*([*weights, *biases] for weights, biases in (start, one, other)), strict=True)
    return all(
        a.dtype == b.dtype == np.float32 and np.linalg.norm(a - b) < 0.03 * np.linalg.norm(a - s) for s, a, b in triples
    )


def seconds(epoch: Callable[[], Parameters]) -> float:
    """How long one epoch takes."""
    started = time.perf_counter()
    epoch()
    return time.perf_counter() - started


def main(arguments: list[str] | None = None) -> int:
    """Runs the benchmark and prints its table. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--examples", type=int, default=60_000, help="in an epoch (default %(default)s)")
    parser.add_argument("--repeats", type=int, default=7, help="turns for each of the two (default %(default)s)")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="default: one a core")
    parser.add_argument("--widths", type=int, nargs="+", default=[784, 256, 10], help="default: 784 256 10")
    parser.add_argument("--batch-size", type=int, default=256, help="default: %(default)s")
    options = parser.parse_args(arguments)

    X, y = made_up(options.examples, options.widths[0], options.widths[-1])
    rng = np.random.default_rng(1)
    shapes = list(zip(options.widths[:-1], options.widths[1:], strict=True))
    weights = [(rng.standard_normal(shape) * np.sqrt(2 / shape[0])).astype(np.float32) for shape in shapes]
    start = weights, [np.zeros(width, dtype=np.float32) for width in options.widths[1:]]
    epochs = {make: make(start, X, y, options.batch_size) for make in (numpy_epoch, torch_epoch)}

    torch.set_num_threads(options.threads)
    with threadpool_limits(options.threads):
        if not agree(start, *(epoch() for epoch in epochs.values())):  # also warms both up
            print("The two did not end at the same weights, so their times are meaningless.", file=sys.stderr)
            return 1
        turns = [[seconds(epoch) for epoch in epochs.values()] for _ in range(options.repeats)]

    ours, theirs = zip(*turns, strict=True)
    net = "-".join(map(str, options.widths))
    print(f"An epoch of {options.examples:,} examples: {net}, batches of {options.batch_size}, float32,")
    print(f"{options.threads} threads, {options.repeats} turns each;", end=" ")
    print(f"NumPy {np.__version__}, PyTorch {torch.__version__}\n")
    print("| seconds | median | fastest | slowest |\n|---|---|---|---|")
    for name, times in (("NumPy, the reference", ours), ("PyTorch, eager", theirs)):
        print(f"| {name} | {statistics.median(times):.3f} | {min(times):.3f} | {max(times):.3f} |")
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"\nratio {ratio:.2f}")
    return 0 if ratio <= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
