"""The data sets are what their docstrings say, and the same every time."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from utils import data

ROOT = Path(__file__).parents[2]
MADE = [data.xor, data.checkerboard, data.spirals, data.rosenbrock_region]


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
def test_a_made_set_has_the_documented_shapes_and_types(make):
    X, y = make(points=101)
    assert X.shape == (101, 2) and X.dtype == np.float64
    assert y.shape == (101,) and y.dtype == np.int64
    assert set(y) == {0, 1}


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
def test_a_made_set_depends_on_its_seed_and_on_nothing_else(make):
    np.random.seed(1)
    X, y = make(seed=3)
    np.random.seed(2)
    again, labels = make(seed=3)
    assert np.array_equal(X, again) and np.array_equal(y, labels)
    assert not np.array_equal(X, make(seed=4)[0])


@pytest.mark.parametrize(
    "name, rule",
    [
        ("AND", lambda a, b: a and b),
        ("OR", lambda a, b: a or b),
        ("NAND", lambda a, b: not (a and b)),
        ("XOR", lambda a, b: a != b),
    ],
)
def test_a_gate_is_its_truth_table(name, rule):
    X, y = data.gate(name)
    assert X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert [rule(bool(a), bool(b)) for a, b in X] == y.astype(bool).tolist()


def test_a_gate_handed_out_can_be_changed_without_spoiling_the_next():
    data.gate("OR")[0][:] = 7
    assert data.gate("OR")[0].max() == 1


def test_an_unknown_gate_names_those_there_are():
    with pytest.raises(ValueError, match="NOR.*AND, OR, NAND, XOR"):
        data.gate("NOR")


def test_xor_without_noise_is_the_truth_table_over_and_over():
    X, y = data.xor(points=40, noise=0)
    assert sorted(map(tuple, np.unique(X, axis=0))) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert np.array_equal(y, (X[:, 0] != X[:, 1]))


@pytest.mark.parametrize("column, row", [(0, 0), (1, 0), (0, 1), (1, 1), (3, 0), (3, 3)])
def test_a_square_of_the_checkerboard_has_one_colour_and_its_neighbours_the_other(column, row):
    X, y = data.checkerboard(points=2000, squares=4)
    here = (np.floor(X * 4) == [column, row]).all(axis=1)
    assert here.sum() > 50
    assert set(y[here]) == {(column + row) % 2}


def test_a_spiral_arm_is_the_other_one_turned():
    X, y = data.spirals(points=400, noise=0, classes=2)
    assert np.allclose(X[y == 0][1:], -X[y == 1][:-1], atol=0.05)
    assert np.hypot(*X.T).max() == pytest.approx(1)


def test_rosenbrocks_function_is_least_at_one_one():
    assert data.rosenbrock(np.array([1.0, 1.0])) == 0
    assert data.rosenbrock(np.array([[0.0, 0.0], [-1.0, 2.0]])).tolist() == [1, 104]


def test_the_rosenbrock_region_is_labelled_by_its_formula_and_is_not_lost_in_the_field():
    X, y = data.rosenbrock_region(points=4000, inside=0.4)
    x1, x2 = X.T
    assert np.array_equal(y == 1, 100 * (x2 - x1**2) ** 2 + (1 - x1) ** 2 < 0.5)
    assert 0.39 < y.mean() < 0.44
    assert (X >= [-0.5, -0.5]).all() and (X <= [2, 3]).all()


def test_points_of_the_banana_are_spread_evenly():
    x1 = data.rosenbrock_region(points=20000, inside=1)[0][:, 0]
    assert np.mean(x1) == pytest.approx(1, abs=0.01)
    assert np.std(x1) == pytest.approx(np.sqrt(0.5) / 2, abs=0.01)  # of an even disc: radius / 2


def test_digits_are_ink_between_zero_and_one_with_every_digit_in_both_halves():
    X_train, y_train, X_test, y_test = data.digits()
    assert X_train.shape == (1347, 64) and X_test.shape == (450, 64)
    assert X_train.dtype == X_test.dtype == np.float64 and y_train.dtype == y_test.dtype == np.int64
    assert X_train.min() == X_test.min() == 0 and X_train.max() == X_test.max() == 1
    assert set(y_train) == set(y_test) == set(range(10))


def test_warmed_up_for_a_class_the_digits_are_the_same_and_scikit_learn_is_not_loaded():
    code = "import sys; from utils import data; data._autograder_warm_up(); arrays = data.digits(); "
    code += "print(*(array.sum() for array in arrays), 'sklearn' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert told.split() == [*(str(array.sum()) for array in data.digits()), "False"]


def test_the_split_of_the_digits_follows_its_seed_and_loses_no_picture():
    first, again, other = data.digits(seed=1), data.digits(seed=1), data.digits(seed=2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])
    whole = np.concatenate([first[0], first[2]])
    assert np.allclose(np.sort(whole.sum(axis=1)), np.sort(np.concatenate([other[0], other[2]]).sum(axis=1)))


def test_the_test_fraction_is_the_share_kept_for_testing():
    _, y_train, _, y_test = data.digits(test_fraction=0.1)
    assert len(y_test) / (len(y_test) + len(y_train)) == pytest.approx(0.1, abs=0.001)


@pytest.mark.parametrize("line", ["import utils", "from utils import data; data.xor()"])
def test_reading_made_data_loads_no_heavy_library(line):
    heavy = "{'torch', 'sklearn', 'matplotlib', 'd2l', 'ipywidgets'}"
    code = f"import sys; {line}; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_kinds_of_fish_are_those_asked_for_and_differ_in_both_measures():
    X, y = data.fish(300, kinds=3)
    assert X.shape == (300, 2) and set(y) == {0, 1, 2} and set(data.fish(10)[1]) == {0, 1}
    length, brightness = np.array([X[y == kind].mean(axis=0) for kind in range(3)]).T
    assert length[0] < length[1] < length[2] and brightness[1] == brightness.max()


def test_the_ring_lies_around_the_disc_with_room_between():
    X, y = data.rings(400)
    radius = np.hypot(*X.T)
    assert radius[y == 0].max() < 0.5 and 0.8 < radius[y == 1].min() and radius.max() < 1.2


@pytest.mark.parametrize("name", ["china", "flower"])
def test_a_sample_picture_has_320_by_240_pixels_of_colours_from_0_to_1(name):
    picture = data.sample_picture(name)
    assert picture.shape == (240, 320, 3) and picture.min() >= 0 and 0.9 < picture.max() <= 1


def test_a_small_picture_is_the_middle_of_the_large_one_in_grey():
    large, small = data.sample_picture("flower"), data.small_picture("flower", side=60)
    assert small.shape == (60, 60) and 0 <= small.min() < small.max() <= 1
    middle = large[:, 40:280] @ [0.299, 0.587, 0.114]
    assert small[3, 5] == pytest.approx(middle[12:16, 20:24].mean())
    assert data.small_picture("flower").shape == (51, 51)


def write_idx(path, array, packed):
    """An array of bytes as a file of the format that MNIST is published in."""
    head = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    content = head + array.astype(np.uint8).tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_name(path.name + ".gz" * packed).write_bytes(gzip.compress(content) if packed else content)


@pytest.mark.parametrize("packed", [False, True])
def test_the_real_set_is_read_where_its_files_are(tmp_path, packed):
    pictures, labels = np.arange(2 * 28 * 28).reshape(2, 28, 28) % 256, np.array([3, 9])
    for part, name in data.FILES.items():
        array = pictures if part.startswith("X") else labels
        write_idx(tmp_path / "FashionMNIST" / "raw" / name, array, packed)
    found = data.images("FashionMNIST", tmp_path)
    assert found.name == "FashionMNIST" and found.y_train.tolist() == [3, 9]
    assert found.X_test.dtype == np.float32 and found.y_test.dtype == np.int64
    np.testing.assert_allclose(found.X_train, pictures.reshape(2, 784) / 255, rtol=1e-6)


def test_digits_stand_in_for_it_in_the_same_form_and_say_so(tmp_path):
    found = data.images("MNIST", tmp_path)
    X_train, y_train, _, _ = data.digits()
    assert "digits" in found.name and found.X_train.shape == (len(X_train), 784)
    middle = found.X_train.reshape(-1, 28, 28)[:, 2:-2, 2:-2]
    np.testing.assert_array_equal(middle[:, ::3, ::3].reshape(-1, 64), X_train.astype(np.float32))
    assert found.X_train.sum() == pytest.approx(9 * X_train.sum(), rel=1e-5)  # the frame is empty
    np.testing.assert_array_equal(found.y_train, y_train)


def test_signals_like_mnist_1d_are_of_ten_kinds_as_often_and_are_scaled():
    X, y = data.mnist_1d(200, seed=1)
    assert X.shape == (200, 40) and X.dtype == np.float64 and y.dtype == np.int64
    assert np.bincount(y).tolist() == [20] * 10
    assert X.mean() == pytest.approx(0, abs=1e-12) and X.std() == pytest.approx(1)
    assert np.array_equal(X, data.mnist_1d(200, seed=1)[0]) and not np.array_equal(X, data.mnist_1d(200, seed=2)[0])


def test_signals_like_mnist_1d_are_hard_for_a_line_and_tell_their_digit_to_a_neighbour():
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    (X, y), new = data.mnist_1d(2000, seed=1), data.mnist_1d(500, seed=2)
    by_line, by_neighbours = (model.fit(X, y).score(*new) for model in (LogisticRegression(), KNeighborsClassifier(5)))
    assert 0.2 < by_line < 0.4 < by_neighbours < 0.7  # in the paper 0.32 and 0.60, of 4000 signals
