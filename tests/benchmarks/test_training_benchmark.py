"""The benchmark of training measures one net, twice. How fast they are is left to the benchmark itself."""

from __future__ import annotations

import numpy as np
import training

TINY = ["--examples", "50", "--repeats", "2", "--threads", "1", "--widths", "6", "5", "3", "--batch-size", "16"]


def test_it_prints_a_row_for_each_and_last_the_ratio_that_decides_the_exit_code(capsys):
    code = training.main(TINY)
    lines = capsys.readouterr().out.strip().split("\n")
    medians = [float(line.split("|")[2]) for line in lines if line.startswith(("| NumPy", "| PyTorch"))]
    name, ratio = lines[-1].split()
    assert len(medians) == 2 and name == "ratio" and float(ratio) > 0
    assert code == (float(ratio) > 1) or float(ratio) == 1


def test_both_nets_end_at_the_same_float32_weights_and_those_are_not_where_they_began():
    X, y = training.made_up(50, inputs=6, classes=3)
    rng = np.random.default_rng(0)
    start = (
        [rng.normal(size=shape).astype(np.float32) for shape in ((6, 5), (5, 3))],
        [np.zeros(width, dtype=np.float32) for width in (5, 3)],
    )
    ours, theirs = (make(start, X, y, 16)() for make in (training.numpy_epoch, training.torch_epoch))
    assert training.agree(start, ours, theirs)
    assert not training.agree(start, ours, start)


def test_a_learning_rate_that_is_a_twentieth_off_is_noticed(monkeypatch):
    X, y = training.made_up(50, inputs=6, classes=3)
    start = [np.ones((6, 3), dtype=np.float32)], [np.zeros(3, dtype=np.float32)]
    ours = training.numpy_epoch(start, X, y, 16)()
    monkeypatch.setattr(training, "LEARNING_RATE", 0.105)
    assert not training.agree(start, ours, training.torch_epoch(start, X, y, 16)())


def test_nets_that_differ_are_not_timed(capsys, monkeypatch):
    monkeypatch.setattr(training, "torch_epoch", lambda start, *_: lambda: start)
    assert training.main(TINY) == 1
    said = capsys.readouterr()
    assert "ratio" not in said.out and "not end at the same weights" in said.err
