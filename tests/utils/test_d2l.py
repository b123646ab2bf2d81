"""d2l 0.17.0 works with today's libraries, and nothing of the mending leaks."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest
import torch
from contrast import contrast
from small_course import assignment_of

matplotlib.use("agg")

from autograder.course.limits import Limits  # noqa: E402
from autograder.engine.grade import grade  # noqa: E402
from autograder.engine.reference import prepare  # noqa: E402
from autograder.engine.slot import Slot  # noqa: E402
from autograder.grading.verify import reference_submission  # noqa: E402
from utils import d2l  # noqa: E402
from utils.d2l import d2l_mended  # noqa: E402

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    d2l.plt.close("all")


def test_plot_draws_the_curve_and_its_labels():
    x = torch.arange(-3.0, 3.0, 0.1)
    d2l.plot(x, torch.tanh(x), "x", "tanh(x)", figsize=(5, 2.5))
    ax = d2l.plt.gca()
    assert ax.get_ylabel() == "tanh(x)"
    assert torch.allclose(torch.tensor(ax.lines[0].get_ydata()), torch.tanh(x))


def test_train_ch3_trains():
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(200, 2, generator=generator)
    y = (X[:, 0] > 0).long()
    batches = [(X[i : i + 20], y[i : i + 20]) for i in range(0, 200, 20)]
    net = torch.nn.Linear(2, 2)
    updater = torch.optim.SGD(net.parameters(), lr=0.5)
    d2l.train_ch3(net, batches, batches, torch.nn.CrossEntropyLoss(), 5, updater)
    assert d2l.evaluate_accuracy(net, batches) > 0.9


def test_no_curve_of_a_training_leaves_its_axes():
    animator = d2l.Animator(xlim=[1, 2], ylim=[0.3, 0.9])
    for epoch, values in [(1, (2.3, 0.1)), (2, (0.05, 0.99))]:
        animator.add(epoch, values)
    low, high = animator.axes[0].get_ylim()
    assert low < 0.05 and high > 2.3


def _plotted() -> None:
    x = torch.arange(-1.0, 1.0, 0.1)
    d2l.plot(x, [x, x**2, -x], "x", "y", legend=["a", "b", "c"])


def _animated() -> None:
    animator = d2l.Animator(xlabel="epoch", legend=["a", "b"])
    animator.add(1, (2.0, 0.5))
    animator.add(2, (1.0, 0.8))


@pytest.mark.parametrize("draw", [_plotted, _animated])
@pytest.mark.parametrize("page", ["#FFFFFF", "#111111"], ids=["light", "dark"])
def test_a_figure_is_transparent_and_readable_in_either_theme(draw, page):
    draw()
    ax = d2l.plt.gca()
    legend = ax.get_legend()
    for patch in (ax.figure.patch, ax.patch, legend.get_frame()):
        assert patch.get_alpha() == 0
    words = [ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels(), *ax.get_yticklabels(), *legend.get_texts()]
    assert min(contrast(word.get_color(), page) for word in words) > 4.2
    assert min(contrast(line.get_color(), page) for line in ax.lines) > 3


TRAINING = """
import matplotlib; matplotlib.use("agg")
import sys, torch
from utils import d2l
net, batch = torch.nn.Linear(2, 2), (torch.ones(4, 2), torch.tensor([0, 1, 0, 1]))
d2l.train_epoch_ch3(net, [batch], torch.nn.CrossEntropyLoss(), torch.optim.SGD(net.parameters(), lr=0.1))
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def training() -> subprocess.CompletedProcess:
    """A process that has trained for a step and named its modules."""
    return subprocess.run([sys.executable, "-W", "error", "-c", TRAINING], capture_output=True, text=True, cwd=ROOT)


def test_a_training_step_of_the_book_warns_of_nothing(training):
    assert training.stderr == "" and training.returncode == 0


def test_pandas_and_requests_are_imported_only_when_they_are_used():
    code = """
import sys
sys.path.insert(0, "utils/d2l")
sys.modules.pop("d2l_mended", None)
import d2l_mended
sys.meta_path[:] = [it for it in sys.meta_path if not hasattr(it, "mends")]  # one installed, of another version
d2l_mended.install()
from d2l import torch as d2l
assert not {"pandas", "requests"} & {*sys.modules}
assert d2l.pd.DataFrame({"x": [1]}).shape == (1, 1) and d2l.requests.get
import pandas, requests
assert pandas.DataFrame is d2l.pd.DataFrame and requests.get is d2l.requests.get
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr


def test_the_rest_is_the_book_s_own():
    import d2l.torch as original

    assert d2l.train_ch3 is original.train_ch3 and d2l.Accumulator is original.Accumulator
    assert "plot" in dir(d2l)


@pytest.mark.skipif(importlib.util.find_spec("torchvision") is not None, reason="torchvision is installed")
def test_what_needs_torchvision_says_so():
    with pytest.raises(ModuleNotFoundError, match="pip install torchvision"):
        d2l.load_data_fashion_mnist(8)


@pytest.mark.skipif(importlib.util.find_spec("torchvision") is not None, reason="torchvision is installed")
def test_the_stand_in_for_torchvision_is_gone_after_loading(training):
    assert "d2l.torch" in training.stdout and "torchvision" not in training.stdout
    with pytest.raises(ModuleNotFoundError):
        import torchvision  # noqa: F401


BOOK = """
from d2l import torch as d2l
import matplotlib; matplotlib.use("agg")
d2l.plot([1.0, 2.0], [[1.0, 4.0]])
twice = int(d2l.tensor([2]) * 3)
"""
INSTALLED = importlib.util.find_spec("d2l_mended") is not None


@pytest.mark.skipif(not INSTALLED, reason="the set-up did not install d2l-mended")
def test_the_book_s_own_line_works_in_any_folder_once_installed(tmp_path):
    ran = subprocess.run([sys.executable, "-I", "-c", BOOK], capture_output=True, text=True, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.slow
@pytest.mark.sandbox
@pytest.mark.skipif(not INSTALLED, reason="the set-up did not install d2l-mended")
def test_the_book_s_own_line_works_in_a_student_s_notebook_while_it_is_graded(tmp_path):
    cells = [("book", BOOK), ("test_book", "assert twice == 6")]
    with Slot([], [], Limits(cell_seconds=120, total_seconds=240)) as slot:
        course = prepare(assignment_of(tmp_path, cells), slot)
        graded = grade(course, reference_submission(course), slot)
    assert [(cell.score, cell.apart) for cell in graded.cells] == [(1, True)], graded.notes


def test_what_is_mended_is_mended_once_however_often_it_is_asked_for(monkeypatch):
    before = list(sys.meta_path)
    monkeypatch.setattr(sys, "meta_path", [*before])
    d2l_mended.install()
    d2l_mended.install()
    assert sum(getattr(it, "mends", "") == "d2l.torch" for it in sys.meta_path) == 1
    assert sys.meta_path[1:] == [it for it in before if getattr(it, "mends", "") != "d2l.torch"]
