"""Small data sets: made from a formula and a seed, or bundled with scikit-learn. Nothing is downloaded.

Every function returns points `X`, float64 (N, D), and labels `y`, int64 (N,). Equal seeds give equal arrays.
"""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from .memory import apart

Points = tuple[np.ndarray, np.ndarray]

_INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
_GATES = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "NAND": (1, 1, 1, 0), "XOR": (0, 1, 1, 0)}


def gate(name: str) -> Points:
    """The truth table of a logic gate with two inputs.

    Args:
        name: "AND", "OR", "NAND" or "XOR".

    Returns:
        X (4, 2) with the rows 00, 01, 10, 11, and y (4,) with the gate's outputs, 0 or 1.

    Raises:
        ValueError: for any other name.
    """
    if name not in _GATES:
        raise ValueError(f"there is no gate {name!r}; choose one of {', '.join(_GATES)}")
    return _INPUTS.copy(), np.array(_GATES[name], dtype=np.int64)


def xor(points: int = 200, noise: float = 0.15, seed: int = 0) -> Points:
    """Four clouds around the corners of the unit square, labelled by exclusive or.

    Args:
        points: how many, N; each corner gets N/4 of them, give or take one.
        noise: standard deviation of a cloud, in units of the square's side. With 0, only the corners remain.
        seed: of the noise.

    Returns:
        X (N, 2) and y (N,), 1 where exactly one of the corner's coordinates is 1.
    """
    corner = np.arange(points) % 4
    X, y = gate("XOR")
    rng = np.random.default_rng(seed)
    return X[corner] + noise * rng.standard_normal((points, 2)), y[corner]


def checkerboard(points: int = 400, squares: int = 4, seed: int = 0) -> Points:
    """Points spread evenly over [0, 1]², labelled by the colour of the square they fall on.

    Args:
        points: how many, N.
        squares: squares along each side of the board.
        seed: of the points.

    Returns:
        X (N, 2) in [0, 1) and y (N,), 0 on the square at the origin and alternating from there.
    """
    X = np.random.default_rng(seed).random((points, 2))
    return X, (X * squares).astype(np.int64).sum(axis=1) % 2


def spirals(points: int = 200, classes: int = 2, turns: float = 1.5, noise: float = 0.02, seed: int = 0) -> Points:
    """Interleaved spiral arms, one per class, from the origin to the unit circle.

    Args:
        points: how many, N, divided as evenly as possible among the arms.
        classes: how many arms.
        turns: how often each arm winds around the origin.
        noise: standard deviation added to both coordinates; the outer radius is 1.
        seed: of the noise.

    Returns:
        X (N, 2) and y (N,) with labels 0 … classes - 1.
    """
    y = np.arange(points, dtype=np.int64) % classes
    along = np.linspace(0.1, 1, points)
    angle = 2 * np.pi * (turns * along + y / classes)
    X = along[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return X + noise * np.random.default_rng(seed).standard_normal(X.shape), y


def rosenbrock(X: np.ndarray) -> np.ndarray:
    """Rosenbrock's valley 100(x₂ - x₁²)² + (1 - x₁)², with its minimum 0 at (1, 1).

    Args:
        X: points, (..., 2).

    Returns:
        its height at each point, (...).
    """
    x1, x2 = X[..., 0], X[..., 1]
    return 100 * (x2 - x1**2) ** 2 + (1 - x1) ** 2


def rosenbrock_region(points: int = 1000, inside: float = 0.5, seed: int = 0) -> Points:
    """Points labelled 1 where Rosenbrock's function is below 0.5: a thin banana on a wide field.

    The banana covers less than 2 % of the field, so a share of the points is drawn from it on purpose: with u = 1 - x₁
    and v = 10(x₂ - x₁²) it is the disc u² + v² < 0.5, and points uniform there are uniform here.

    Args:
        points: how many, N.
        inside: the share of points drawn from the banana; the others come from the whole field.
        seed: of the points.

    Returns:
        X (N, 2) in [-0.5, 2] × [-0.5, 3], and y (N,).

    Source: the region 100(x₂ - x₁²)² + (1 - x₁)² < 0.5 of EPFL's deck, "Multi-Layer Perceptrons".
    """
    rng = np.random.default_rng(seed)
    banana = round(inside * points)
    radius, angle = np.sqrt(0.5 * rng.random(banana)), 2 * np.pi * rng.random(banana)
    x1 = 1 - radius * np.cos(angle)
    x2 = x1**2 + radius * np.sin(angle) / 10
    field = rng.uniform([-0.5, -0.5], [2, 3], (points - banana, 2))
    X = rng.permutation(np.concatenate([np.column_stack([x1, x2]), field]))
    return X, (rosenbrock(X) < 0.5).astype(np.int64)


def fish(points: int = 120, kinds: int = 2, seed: int = 0) -> Points:
    """Salmon, sea bass and sturgeon on a conveyor belt: made up, and easier to tell apart than real ones.

    Args:
        points: how many fish, N, divided as evenly as possible among the kinds.
        kinds: 2 leaves out the sturgeon.
        seed: of the fish.

    Returns:
        X (N, 2), length in metres and brightness from 0 to 1, and y (N,): 0 salmon, 1 sea bass, 2 sturgeon.

    Source: the example of salmon and sea bass is that of Duda, Hart and Stork, "Pattern Classification" (2001).
    """
    y = np.arange(points, dtype=np.int64) % kinds
    typical = np.array([[0.4, 0.4], [0.65, 0.65], [1.0, 0.35]])
    return typical[y] + 0.12 * np.random.default_rng(seed).standard_normal((points, 2)), y


def rings(points: int = 200, seed: int = 0) -> Points:
    """A disc of class 0 inside a ring of class 1, with a gap between them.

    Args:
        points: how many, N; the classes share them evenly, to within one.
        seed: of the points.

    Returns:
        X (N, 2) and y (N,): class 0 has radius below 0.5, class 1 from 0.8 to 1.2.
    """
    rng = np.random.default_rng(seed)
    y = np.arange(points, dtype=np.int64) % 2
    low, high = np.where(y == 1, 0.8, 0.0), np.where(y == 1, 1.2, 0.5)
    radius = np.sqrt(low**2 + (high**2 - low**2) * rng.random(points))
    angle = 2 * np.pi * rng.random(points)
    return radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), y


@apart("sklearn")
def sample_picture(name: str = "china") -> np.ndarray:
    """A photograph that comes with scikit-learn, cropped and scaled to 320 × 240 pixels.

    Args:
        name: "china" (a palace) or "flower".

    Returns:
        red, green and blue from 0 to 1, float64 (240, 320, 3).

    Source: scikit-learn's `load_sample_image`; the photographers are named in its documentation.
    """
    from scipy.ndimage import zoom
    from sklearn.datasets import load_sample_image

    picture = load_sample_image(f"{name}.jpg")[:, 36:604] / 255  # 427 × 568, as 240 × 320
    return zoom(picture, (240 / 427, 320 / 568, 1), order=1)


def digits(test_fraction: float = 0.25, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Handwritten digits, 1797 pictures of 8 × 8 pixels, split into training and test data.

    Args:
        test_fraction: the share kept for testing, between 0 and 1; every digit is split in this proportion.
        seed: of the split.

    Returns:
        X_train (N, 64), y_train (N,), X_test (M, 64), y_test (M,): float64 pixels from 0 (paper) to 1 (ink),
        row after row, and int64 labels 0 … 9.

    Source: scikit-learn's `load_digits`, the test half of "Optical Recognition of Handwritten Digits"
    (E. Alpaydin and C. Kaynak, 1998, UCI repository).
    """
    X_train, y_train, X_test, y_test = map(np.copy, _split_digits(test_fraction, seed))
    return X_train, y_train, X_test, y_test


@cache
@apart("sklearn")
def _split_digits(test_fraction: float, seed: int) -> tuple[np.ndarray, ...]:
    """Read and split once per process: a grader asks for them again and again."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X / 16, y.astype(np.int64), test_size=test_fraction, stratify=y, random_state=seed
    )
    return X_train, y_train, X_test, y_test


_PACKED = """

@cache
def _split_digits(test_fraction: float, seed: int) -> tuple[np.ndarray, ...]:
    \"\"\"As they lie beside this module: this copy needs no scikit-learn.\"\"\"
    if (test_fraction, seed) != (0.25, 0):
        raise ValueError("these digits are split already: digits(test_fraction=0.25, seed=0)")
    return tuple(np.load(Path(__file__).with_name("digits.npz")).values())
"""


def _autograder_pack(folder: Path) -> None:
    """`autograder release --zip` calls this to put the digits beside the module's copy, which reads them there.

    The function that reads them here stays as it is, since the stored sweeps depend on its code.
    """
    np.savez_compressed(folder / "digits.npz", *_split_digits(0.25, 0))
    with (folder / "data.py").open("a", encoding="utf-8") as copy:
        copy.write(_PACKED)


def _autograder_warm_up() -> None:
    """The grader calls this once per class, so that for all submissions the digits are already read and split.

    They are read in a separate process: with scikit-learn and everything that it imports, this one would be three times
    as slow to fork.
    """
    global _split_digits
    code = "import sys, numpy, utils.data as d; numpy.savez(sys.stdout.buffer, *d._split_digits(0.25, 0))"
    read = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True).stdout
    known, split = tuple(np.load(io.BytesIO(read)).values()), _split_digits
    _split_digits = lambda *wanted: known if wanted == (0.25, 0) else split(*wanted)  # noqa: E731


@dataclass(frozen=True)
class Images:
    """Pictures of 28 × 28 pixels in ten classes.

    Attributes:
        name: of the set, for a lecture's text about its results.
        X_train: (N, 784) float32, row after row, from 0 to 1.
        y_train: (N,) int64, 0 … 9.
        X_test: (M, 784).
        y_test: (M,).
    """

    name: str
    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


# The files of MNIST and Fashion-MNIST, as named by Y. LeCun, C. Cortes and C. Burges.
FILES = {
    "X_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "X_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


def images(name: str = "MNIST", folder: Path | None = None) -> Images:
    """MNIST or Fashion-MNIST if its files are there, and otherwise scikit-learn's digits in the same form.

    Args:
        name: "MNIST" or "FashionMNIST".
        folder: where to look for `NAME/raw/`, with the four files as published or unpacked; torchvision and d2l put
            them there. By default the folder `data` beside `notebooks`.

    Returns:
        the set; its name says which it is. The digits are those of `digits()`, each pixel as 3 × 3, in a frame.
    """
    raw = (folder or Path(__file__).parents[1] / "data") / name / "raw"
    try:
        arrays = {part: _idx(raw / file) for part, file in FILES.items()}
    except FileNotFoundError:
        X_train, y_train, X_test, y_test = digits()
        X_train, X_test = (_enlarged(X.astype(np.float32)) for X in (X_train, X_test))
        return Images("scikit-learn's digits", X_train, y_train, X_test, y_test)
    for part, array in arrays.items():
        is_label = part.startswith("y")
        arrays[part] = array.astype(np.int64) if is_label else np.float32(array.reshape(len(array), -1)) / 255
    return Images(name, **arrays)


def _enlarged(X: np.ndarray) -> np.ndarray:
    """Pictures of 8 × 8 pixels, (N, 64), in the middle of 28 × 28, (N, 784)."""
    large = X.reshape(-1, 8, 8).repeat(3, axis=1).repeat(3, axis=2)
    return np.pad(large, [(0, 0), (2, 2), (2, 2)]).reshape(len(X), -1)


def _idx(path: Path) -> np.ndarray:
    """The array of bytes in an IDX file, compressed or not: a header of 4 + 4·dimensions bytes, then the data."""
    packed = path.with_name(path.name + ".gz")
    content = gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
    dimensions = content[3]
    shape = np.frombuffer(content, ">u4", dimensions, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def small_picture(name: str = "china", side: int = 51) -> np.ndarray:
    """The middle of `sample_picture`, in grey and small: a surface over the plane that a small net can learn.

    Args:
        name: "china" (a palace) or "flower".
        side: of the picture, in pixels, up to 120.

    Returns:
        grey from 0 (black) to 1 (white), float64 (side, side), each pixel the mean of a square of 240 // side.
    """
    picture = sample_picture(name)
    step = picture.shape[0] // side
    top, left = ((length - step * side) // 2 for length in picture.shape[:2])
    middle = picture[top : top + step * side, left : left + step * side] @ [0.299, 0.587, 0.114]  # ITU-R BT.601
    return middle.reshape(side, step, side, step).mean(axis=(1, 3))


# One stroke for each digit, drawn from top to bottom: the horizontal position of the pen at twelve heights.
_STROKES = np.array(
    [
        [0.0, 0.5, 0.8, 1.0, 1.1, 1.1, 1.1, 1.1, 1.0, 0.8, 0.5, 0.0],
        [0.0, -0.9, -0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 0.4, 0.0],
        [0.0, 0.6, 1.0, 1.0, 0.7, 0.3, -0.1, -0.5, -0.9, -1.1, -0.6, 0.0],
        [0.0, 0.6, 1.0, 1.0, 0.5, 0.0, 0.0, 0.5, 1.0, 1.0, 0.6, 0.0],
        [0.0, -0.3, -0.6, -0.9, -1.2, -1.2, 0.2, 0.2, 0.2, 0.2, 0.1, 0.0],
        [0.0, -1.1, -1.1, -1.1, -0.9, 0.1, 0.6, 0.9, 1.0, 0.8, 0.3, 0.0],
        [0.0, -0.6, -0.9, -1.1, -1.2, -1.2, -1.2, -1.1, -0.9, -0.7, -0.4, 0.0],
        [0.0, 1.1, 1.1, 0.9, 0.7, 0.5, 0.2, 0.0, -0.2, -0.5, -0.3, 0.0],
        [0.0, -0.6, -0.9, -0.8, -0.4, 0.0, 0.0, -0.4, -0.8, -0.9, -0.6, 0.0],
        [0.0, -0.7, -1.0, -0.8, -0.2, 0.1, 0.2, 0.2, 0.1, 0.0, -0.2, 0.0],
    ]
)


def mnist_1d(points: int = 4000, seed: int = 0) -> Points:
    """Signals like those of MNIST-1D: each a digit's stroke, stretched, shifted, tilted and hidden in noise.

    The strokes are our own; they are processed by the paper's recipe, with its numbers. A stroke of 12 numbers is
    followed by 36 … 60 zeros and stretched to 72, scaled by 0.8 … 1.2, and shifted cyclically by up to 47; smooth noise
    fills the zeros, a little noise is added everywhere, a slope of up to ±0.375 is subtracted, and 40 numbers are kept.

    Args:
        points: how many, N, divided as evenly as possible among the digits, in random order.
        seed: of the signals.

    Returns:
        X (N, 40) with mean 0 and variance 1 over all, and y (N,) with labels 0 … 9.

    Source: S. Greydanus and D. Kobak, "Scaling down deep learning with MNIST-1D" (2024).
    """
    from scipy.ndimage import gaussian_filter1d

    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(points, dtype=np.int64) % 10)
    strokes = (_STROKES - _STROKES.mean(axis=1, keepdims=True)) / _STROKES.std(axis=1, keepdims=True)
    strokes = (strokes - strokes[:, :1]) / 6
    X = np.empty((points, 40))
    for i, digit in enumerate(y):
        padded = np.concatenate([strokes[digit], np.zeros(rng.integers(36, 61))])
        signal = np.interp(np.linspace(0, len(padded) - 1, 72), np.arange(len(padded)), padded)
        signal = np.roll(signal * rng.uniform(0.8, 1.2), rng.integers(48))
        signal = np.where(signal == 0, gaussian_filter1d(0.25 * rng.standard_normal(72), 2), signal)
        signal += 0.02 * rng.standard_normal(72) - rng.uniform(-0.375, 0.375) * np.linspace(-0.5, 0.5, 72)
        X[i] = np.interp(np.linspace(0, 71, 40), np.arange(72), signal)
    return (X - X.mean()) / X.std(), y
