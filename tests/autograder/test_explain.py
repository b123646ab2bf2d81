"""What the explainer says to the mistakes that beginners make, and what it never says."""

import enum
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.judging.explain import SHAPES, VALUES, Case, assert_close, explain

RNG = np.random.default_rng(0)
N, D, C = 7, 5, 3  # batch size, inputs, classes: all different, so that a mix-up shows
SIZES = {"batch size": N, "inputs": D, "classes": C}
X, Y = RNG.normal(size=(N, D)), RNG.integers(C, size=N)
W, B = RNG.normal(size=(D, C)), RNG.normal(size=C)
LOGITS = X @ W + B


def softmax(z, axis=-1):
    powers = np.exp(z - z.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


PROBABILITIES = softmax(LOGITS)
DELTA = (PROBABILITIES - np.eye(C)[Y]) / N
LOSS = -np.log(PROBABILITIES[np.arange(N), Y]).mean()

# A phrase of each relation. A message must hold its own and none of the others.
RELATIONS = [
    "forget `return`", "forget to call", "is text, but", "makes an array", "comma too many", "has length",
    "lacks", "in reverse order", "In element", "Under the key", "upper and lower case", "spaces and line",
    "not the right one", "not the right text", "right words, but", "right characters, but", "backwards",
    "too many at", "missing at", "neither letters", "of the expected elements", "Is it clipped", "running total",
    "right except where", "one entry", "length 1 too many", "lost a dimension", "is broadcasting",
    "looks transposed", "but transposed", "axes are in another order", "not over axis", "still to be taken",
    "of what is expected. Look at", "over the wrong axis: the", "that counts the", "too many in front",
    "a single number, but", "has one", "right number of entries", "It holds complex", "Python objects",
    "It holds text", "NaN", "infinit", "exp overflows", "an integer type", "True and False, but",
    "rounded to whole", "a few decimals", "add up to 1, but", "have mean 0, but", "All its entries",
    "all zeros", "Every entry is the same", "Every row is the same", "Every column is the same",
    "itself, unchanged", "the opposite",
    "it is flipped", "have the wrong sign.", "too large by a factor", "too small by a factor",
    "its sign is flipped", "Look for `ddof`", "the logarithm of", "does not transpose", "shifted by one",
    "but in another order", "or in another order", "right except in the", "would be right: a step", "a step too many",
    "should be zero and are not", "are zero and should not", "constant factor", ", which is missing",
    "is missing or too little", "is too much", "Apart from", "the right way", "the wrong way", "broadcasting gives",
    "off by the same amount", "off by one.", "common amount", "common factor", "a scale and a shift",
    "float16 precision", "float32 precision", "largest relative error", "It differs in",
    "It is too large,", "It is too large.", "It is too small,", "It is too small.", "wrong sign, and",
    "cannot be compared", "nested too deeply", "rounded to 0", "from there is wrong.",
]  # fmt: skip


def says(words, *phrases):
    """Whether the words hold these relations and no other."""
    assert words is not None, f"nothing said, but {phrases} is expected"
    assert set(phrases) <= set(RELATIONS), phrases
    assert [phrase for phrase in RELATIONS if phrase in words] == sorted(phrases, key=RELATIONS.index), words
    assert words[0].isupper() and words.endswith((".", "?")), words
    return True


# ---- equal things ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 0.5, "softmax", X, X[0], np.float32(2), [], [1.0, 2.0], (X, 0.5), {"b": [B, None]},
     np.array([np.nan, np.inf, 1]), np.zeros((0, 3)), np.array(["a", "b"]), np.array([1 + 2j]), abs, 10**400],
    ids=str,
)  # fmt: skip
def test_a_value_does_not_differ_from_itself(value):
    assert explain(value, value) is None


def test_a_difference_within_the_tolerance_is_none():
    assert explain(X * (1 + 1e-7), X) is None
    assert explain(X * (1 + 1e-7), X, rtol=1e-9) is not None


def test_a_dtype_alone_is_no_difference():
    assert explain(np.array([1, 2]), np.array([1.0, 2.0])) is None
    assert explain(np.float32(0.5), 0.5) is None


def test_a_list_and_a_tuple_of_equal_things_are_equal():
    assert explain([X, 1.0], (X, 1.0)) is None
    assert explain((1.0, 2.0), [1.0, 2.0]) is None


def test_a_tensor_is_compared_as_an_array_whatever_its_dtype_and_gradient():
    torch = pytest.importorskip("torch")
    assert explain(torch.tensor(X, requires_grad=True), X) is None
    assert explain(torch.tensor([1.0, 2.0], dtype=torch.bfloat16), torch.tensor([1.0, 2.0])) is None
    assert says(explain(torch.tensor(-X), torch.tensor(X)), "it is flipped")


def test_whole_numbers_must_agree_exactly():
    assert says(explain(np.array([7, 100000, 5, 9]), np.array([7, 100001, 6, 9])), "It differs in")


# ---- kinds of things ---------------------------------------------------------------------------------------


def test_a_function_without_return_gives_none():
    assert says(explain(None, X), "forget `return`")


def test_a_string_where_a_number_is_expected():
    assert says(explain("0.5", 0.5), "is text, but")


def test_a_list_where_an_array_is_expected():
    assert says(explain(X.tolist(), X), "makes an array")


def test_a_function_that_was_not_called():
    assert says(explain(X.sum, 1.0), "forget to call")


def test_a_comma_too_many_makes_a_tuple():
    assert says(explain((X,), X), "comma too many")


def person(**attributes):
    made = type("Person", (), {"__module__": "__main__"})()
    vars(made).update(attributes)
    return made


def test_of_an_object_that_is_no_more_than_its_attributes_the_one_that_differs_is_told():
    right = person(name="Bob", age=40, friends=[person(name="Ann")], _seen=3)
    assert explain(person(name="Bob", age=40, friends=[person(name="Ann")], _seen=4), right) is None
    words = explain(person(name="Bob", age=4, friends=[]), right)
    assert words == "Its attribute `age`: it is too small."
    words = explain(person(name="Bob", age=40, friends=[person(name="Eve")]), right, shown=True)
    assert words.startswith("Its attribute `friends`: its attribute `name`:") and "'Ann'" in words
    assert explain(person(name="Bob"), right) == "It has no attribute `age`."


def test_a_member_of_an_enum_is_told_by_its_name():
    red, blue = enum.Enum("Color", "RED BLUE")
    assert explain(red, enum.Enum("Color", "RED BLUE").RED) is None
    assert explain(red, blue) == "It is `Color.RED`, but another one is expected."
    assert explain(red, blue, shown=True) == "It is `Color.RED`, but `Color.BLUE` is expected."


def test_an_object_is_called_by_its_type():
    assert "a `range`, but an array" in explain(range(3), X)


def test_two_results_are_expected_and_one_is_given():
    assert "is an array, but a tuple of length 2" in explain(X, (X, B))
    assert says(explain((X,), (X, B)), "has length")


def test_two_results_in_the_wrong_order():
    assert says(explain((B, W), (W, B)), "in reverse order")


def test_the_first_wrong_element_is_named():
    words = explain([W, -B], [W, B])
    assert says(words, "In element", "it is flipped") and "element 1 of 2" in words


def test_an_element_of_an_element_is_named_once():
    words = explain([(W, B), (W, -B)], [(W, B), (W, B)])
    assert words.startswith("In element 1 of 2, and of that in element 1 of 2 (counted from 0): every")


def test_the_wrong_entry_of_a_dictionary_is_named():
    words = explain({"W1": W, "b1": None}, {"W1": W, "b1": B})
    assert says(words, "Under the key", "forget `return`") and "'b1'" in words


def test_a_key_that_is_spelt_otherwise():
    assert says(explain({"w1": W}, {"W1": W}), "lacks")


def test_text_that_differs_in_its_letters_only():
    assert says(explain("relu", "ReLU"), "upper and lower case")
    assert says(explain("a  b\n", "a b"), "spaces and line")
    assert says(explain("tanh", "ReLU"), "not the right text")


# ---- shapes ------------------------------------------------------------------------------------------------


def test_weights_stored_the_other_way_round():
    assert says(explain(W.T, W, sizes=SIZES), "but transposed")
    assert says(explain(W.T + X[:C], W, sizes=SIZES), "looks transposed")


def test_a_shape_is_told_with_the_names_of_its_sizes():
    words = explain(LOGITS.T, LOGITS, sizes=SIZES)
    assert "but (7, 3), that is (batch size, classes), is expected" in words


def test_predictions_that_keep_a_dimension():
    words = explain(X[:, :1], X[:, 0])
    assert says(words, "length 1 too many") and "The values are right" in words
    assert says(explain(X[:, 1:2], X[:, 0]), "length 1 too many")


def test_a_sum_that_lost_its_dimension():
    assert says(explain(X.sum(axis=1), X.sum(axis=1, keepdims=True)), "lost a dimension")


def test_what_makes_a_dimension_of_length_1_is_not_told_to_be_keepdims_alone():
    assert "`np.zeros`" in explain(np.zeros((1, 4)), np.zeros(4))
    assert "make the array with it" in explain(np.zeros(4), np.zeros((1, 4)))


def test_of_a_value_that_may_be_chosen_only_the_shape_is_told():
    assert explain(np.array([0.75]), 0.5).startswith("It has another shape, and another value.")
    assert explain(np.array([0.75]), 0.5, free=True) == "It has another shape. Its shape is (1,), but () is expected."


def test_a_loss_that_is_still_an_array():
    assert says(explain(np.array([LOSS]), LOSS), "one entry")


def test_a_column_that_met_a_row_broadcasts_to_a_square():
    prediction, target = X[:, :1], X[:, 1]
    assert says(explain(prediction - target, prediction[:, 0] - target), "is broadcasting")


def test_axes_in_another_order():
    images = RNG.normal(size=(2, 3, 4))
    assert says(explain(np.moveaxis(images, 0, -1), images), "axes are in another order")


def test_a_bias_gradient_summed_over_the_wrong_axis():
    gradient = RNG.normal(size=(N, C))
    words = explain(gradient.sum(axis=1), gradient.sum(axis=0), sizes=SIZES)
    assert says(words, "over the wrong axis: the")
    assert says(explain(gradient.mean(axis=1), gradient.mean(axis=0)), "over the wrong axis: the")


def test_a_reduction_of_an_input_along_another_axis():
    words = explain(X.max(axis=0), X.max(axis=1), inputs={"X": X})
    assert says(words, "not over axis") and "maximum of `X` over axis 0, not over axis 1" in words
    square = RNG.normal(size=(4, 4))
    assert says(explain(square.sum(axis=0), square.sum(axis=1), inputs={"A": square}), "not over axis")


def test_a_loss_that_was_never_averaged():
    losses = -np.log(PROBABILITIES[np.arange(N), Y])
    words = explain(losses, losses.mean())
    assert says(words, "still to be taken") and "Its mean" in words


def test_probabilities_where_labels_are_expected():
    words = explain(PROBABILITIES, PROBABILITIES.argmax(axis=1))
    assert says(words, "still to be taken") and "position of the maximum over axis 1" in words


def test_everything_summed_where_one_axis_is_asked():
    assert says(explain(X.sum(), X.sum(axis=0)), "of what is expected. Look at")
    assert says(explain(X.mean(axis=0), X), "of what is expected. Look at")


def test_only_one_example_where_a_batch_is_expected():
    assert says(explain(LOGITS[0], LOGITS), "that counts the")


def test_a_dimension_too_many_in_front():
    assert says(explain(np.stack([W, -W, 2 * W]), W), "too many in front")


def test_a_number_where_an_array_is_expected():
    assert says(explain(0.25, X), "a single number, but")


def test_a_column_of_ones_left_in():
    assert says(explain(np.c_[X, np.ones(N)], X), "has one")


def test_an_image_that_was_flattened():
    assert says(explain(X.ravel(), X), "right number of entries")


def test_any_other_shape():
    assert says(explain(X[:2], X)) and "(2, 5), but (7, 5) is expected" in explain(X[:2], X)


# ---- values ------------------------------------------------------------------------------------------------


def test_things_that_are_not_numbers():
    assert says(explain(np.array([1.0, None, 2.0]), B), "Python objects")
    assert says(explain(np.array(["a", "b", "c"]), B), "It holds text")
    assert says(explain(B + 1j, B), "It holds complex")


def test_a_softmax_that_overflows():
    z = np.array([[1.0, 2.0], [3.0, 4.0], [0.0, 1234.5]])
    with np.errstate(all="ignore"):
        naive = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    words = explain(naive, softmax(z), inputs={"logits": z})
    assert says(words, "NaN", "exp overflows")
    assert "1 of 6 entries, first in row 2" in words and "`logits`" in words


def test_the_logarithm_of_zero():
    with np.errstate(all="ignore"):
        assert says(explain(np.log(np.array([0.0, 0.5, 0.25])), np.log([1e-12, 0.5, 0.25])), "infinit")
    assert says(explain(float("nan"), 0.5), "NaN")


def test_infinity_that_is_meant():
    masked = np.array([-np.inf, 0.5, 0.25])
    assert says(explain(np.array([0.0, 0.5, 0.25]), masked), "It differs in")


def test_an_array_of_whole_numbers_cuts_fractions_off():
    out = np.zeros(N, dtype=int)
    out[:] = 10 * X[:, 0]
    words = explain(out, 10 * X[:, 0])
    assert says(words, "an integer type") and "cut off" in words and "int64" in words


def test_a_single_0_is_no_sign_of_whole_numbers():
    assert explain(0, 0.25) == "It is zero, and should not be."
    assert says(explain(2, 2.25), "an integer type")


def test_a_floor_division():
    assert says(explain((10 * X) // 1, 10 * X), "rounded to whole")


def test_whole_numbers_that_result_from_a_bias_of_a_half_are_not_called_rounded():
    halves, bias = np.array([[2.5, -3.0], [-0.5, 0.0], [1.5, 2.0]]), np.array([-0.5, 0.0])
    words = explain(halves + bias, halves, inputs={"b": bias})
    assert "`b`, which is too much" in words and "rounded" not in words


def test_what_is_nearly_whole_was_not_rounded():
    measured = np.array([3, 12]) + 1e-8  # slopes, measured over so small a step that they are those of theory
    assert "rounded" not in explain(measured, measured + 0.0625)
    assert "rounded" not in explain(np.array([12.0000002]), np.array([12.25]))
    assert "rounded" not in explain(np.array([12.0]), np.array([12.25]))


def test_a_result_that_was_rounded():
    assert says(explain(np.round(X, 2), X), "a few decimals")


def test_a_mask_where_its_values_are_expected():
    assert says(explain(X > 0, X), "True and False, but")


def test_a_softmax_over_the_wrong_axis():
    words = explain(softmax(LOGITS, axis=0), PROBABILITIES)
    assert says(words, "add up to 1, but") and "columns add up to 1, but its rows should" in words
    words = explain(PROBABILITIES, softmax(LOGITS, axis=0))
    assert says(words, "add up to 1, but") and "rows add up to 1, but its columns should" in words


def test_a_softmax_over_everything():
    assert says(explain(np.exp(LOGITS) / np.exp(LOGITS).sum(), PROBABILITIES), "All its entries")


def test_features_centred_over_the_wrong_axis():
    rows, columns = X - X.mean(axis=1, keepdims=True), X - X.mean(axis=0)
    words = explain(rows, columns)
    assert says(words, "have mean 0, but") and "rows have mean 0, but its columns should" in words


def test_a_result_that_was_never_filled_in():
    assert says(explain(np.zeros_like(X), X), "all zeros")
    assert says(explain(np.full_like(X, 0.5), X), "Every entry is the same")
    assert says(explain(np.tile(X[0], (N, 1)), X), "Every row is the same")
    assert says(explain(np.tile(X[:, :1], (1, X.shape[1])), X), "Every column is the same")


def test_a_mask_that_was_used_as_an_index():
    masked = np.array([[0.0, 7.5], [-3.25, 0.0]])  # what is left is the sum of each row, too
    assert "A mask as an index leaves entries out" in explain(masked[masked != 0], masked)
    assert "sum over axis 1" in explain(X.sum(axis=1), X)


def test_an_update_that_did_nothing():
    words = explain(W, W - 0.1 * X[:D, :C], inputs={"W": W, "lr": 0.1})
    assert says(words, "itself, unchanged") and "`W`" in words


def test_a_flipped_sign():
    assert says(explain(-DELTA, DELTA, sizes=SIZES), "it is flipped")
    assert says(explain(-LOSS, LOSS, sizes=SIZES), "it is flipped")


def test_some_signs_wrong():
    assert says(explain(np.abs(X), X), "have the wrong sign.")


def test_a_condition_the_wrong_way_round():
    assert says(explain(X <= 0, X > 0), "the opposite")
    assert says(explain(True, False), "the opposite")


def test_a_gradient_that_is_not_divided_by_the_batch_size():
    words = explain(X.T @ DELTA * N, X.T @ DELTA, sizes=SIZES)
    assert says(words, "too large by a factor") and "of the batch size. Was a sum" in words


def test_a_gradient_that_is_divided_twice():
    words = explain(X.T @ DELTA / N, X.T @ DELTA, sizes=SIZES)
    assert says(words, "too small by a factor") and "of the batch size." in words


def test_a_loss_averaged_over_the_classes_too():
    words = explain(LOSS / C, LOSS, sizes=SIZES)
    assert says(words, "too small by a factor") and "of the classes." in words


def test_a_factor_of_a_size_with_the_sign_flipped():
    words = explain(-N * DELTA, DELTA, sizes=SIZES)
    assert says(words, "too large by a factor", "its sign is flipped") and "of the batch size, and" in words


def test_a_product_of_two_sizes():
    assert "the batch size times the classes" in explain(X / (N * C), X, sizes=SIZES)


def test_the_two_of_a_square():
    words = explain(2 * X, X, sizes=SIZES)
    assert says(words, "too large by a factor") and "added twice" in words and "the 2 or the ½" in words
    assert "factor of 2. Look for the 2 or the ½" in explain(X / 2, X)
    assert "factor of 2 or the classes" in explain(2 * X, X, sizes={"classes": 2})


def test_the_variance_with_the_other_denominator():
    words = explain(X.std(axis=0, ddof=1), X.std(axis=0), sizes=SIZES)
    assert says(words, "Look for `ddof`") and "standard deviation" in words


def test_a_logarithm_to_base_two():
    p = PROBABILITIES
    assert says(explain(-(p * np.log2(p)).sum(axis=1), -(p * np.log(p)).sum(axis=1)), "the logarithm of")


def test_a_transposed_square():
    square = X[:D] @ W @ W.T
    assert says(explain(square.T, square), "but transposed")


def test_reshape_is_not_transpose():
    assert says(explain(X.reshape(D, N), X.T), "does not transpose")


def test_rows_or_columns_in_another_order():
    assert says(explain(X[::-1], X), "in reverse order")
    assert says(explain(X[:, ::-1], X), "in reverse order")
    assert says(explain(np.roll(X, 1, axis=0), X), "shifted by one")
    assert says(explain(X[[0, 3, 1, 2, 4, 6, 5]], X), "but in another order")
    assert says(explain(np.sort(X, axis=None).reshape(X.shape), X), "but in another order")
    words = explain(X[[5, 0]], X[[2, 6]], inputs={"table": X})
    assert says(words, "or in another order") and "rows of `table`" in words
    pairs = np.arange(20.0).reshape(10, 2)  # any two of these rows differ by a common amount
    assert says(explain(pairs[[7, 1, 4]], pairs[[0, 2, 9]], inputs={"pairs": pairs}), "or in another order")


def test_labels_that_agree_by_chance_are_not_called_reordered():
    assert says(explain(np.array([0, 1, 1, 0, 1, 1]), np.array([1, 1, 0, 1, 1, 0])), "It differs in")


def test_a_loop_that_ends_too_early():
    wrong = X.copy()
    wrong[-1] = 0
    words = explain(wrong, X)
    assert says(words, "right except in the") and "in the last row" in words
    wrong[0] = 9
    assert "in the first and the last row" in explain(wrong, X)


def test_a_missing_softmax():
    words = explain(LOGITS, PROBABILITIES)
    assert says(words, "would be right: a step") and "softmax" in words


def test_a_softmax_taken_twice():
    words = explain(softmax(PROBABILITIES), PROBABILITIES)
    assert says(words, "a step too many") and "softmax" in words


@pytest.mark.parametrize(
    ("step", "function"),
    [("ReLU", lambda z: np.maximum(z, 0)), ("sigmoid", lambda z: 1 / (1 + np.exp(-z))), ("tanh", np.tanh),
     ("square", np.square), ("exponential", np.exp), ("reciprocal", lambda z: 1 / z)],
)  # fmt: skip
def test_a_step_that_was_left_out(step, function):
    words = explain(LOGITS, function(LOGITS))
    assert says(words, "would be right: a step") and step in words


def test_a_variance_where_its_root_is_asked():
    assert "square of what is expected: a step too many" in explain(X.var(), X.std())


def test_a_gradient_without_its_relu_mask():
    z, upstream = RNG.normal(size=(N, D)), RNG.normal(size=(N, D))
    assert says(explain(upstream, upstream * (z > 0)), "should be zero and are not")


def test_a_mask_that_takes_too_much():
    z, upstream = RNG.normal(size=(N, D)), RNG.normal(size=(N, D))
    assert says(explain(upstream * (z > 0.5), upstream * (z > 0)), "are zero and should not")


def test_a_constant_factor_without_a_name():
    words = explain(1.7 * X, X, sizes=SIZES)
    assert says(words, "constant factor") and "about 1.7 times" in words


def test_a_missing_bias():
    words = explain(X @ W, LOGITS, inputs={"X": X, "W": W, "b": B})
    assert says(words, ", which is missing") and "`b`, which is missing. Look at the bias." in words


def test_a_regularisation_gradient_with_a_factor_of_two():
    gradient, lam = X.T @ DELTA, 0.3
    words = explain(gradient + 2 * lam * W, gradient + lam * W, inputs={"X": X, "W": W, "lam": lam})
    assert says(words, "is too much") and "except for `lam` · `W`, which" in words
    assert "regularisation" in words
    words = explain(gradient + lam / 2 * W, gradient + lam * W, inputs={"W": W, "lam": lam})
    assert says(words, ", which is missing") and "half of `lam` · `W`" in words
    assert "a multiple of `W`, which is missing" in explain(gradient, gradient + lam * W, inputs={"W": W})
    assert "missing, or subtracted and should not be" in explain(gradient - lam * W, gradient, inputs={"W": W})


def test_a_step_that_is_too_long_or_goes_the_wrong_way():
    gradient = X.T @ DELTA
    stepped = W - 0.3 * gradient
    given = {"inputs": {"w": W}, "sizes": SIZES}
    for rate, words in [
        (0.12, "The step from `w` goes the right way, but is 0.4 times as long as it should be."),
        (0.3 / N, "The step from `w` goes the right way, but is too short by a factor of the batch size."),
        (0.3 * N, "The step from `w` goes the right way, but is too long by a factor of the batch size."),
    ]:
        assert explain(W - rate * gradient, stepped, **given) == words
        assert says(words, "the right way")
    assert explain([W - 0.15 * gradient], [stepped], **given).startswith("The step from `w` goes the right way")
    words = explain(W + 0.3 * gradient, stepped, **given)
    assert says(words, "the wrong way") and words.endswith("is as long as it should be.")
    assert "0.5 times as long" in explain(W - 5e-7 * gradient, W - 1e-6 * gradient, **given)
    few = {"inputs": {"w": np.array([1.0, 0.5])}}  # two steps of one length, as of Adam's first
    assert says(explain(np.array([1.1, 0.4]), np.array([0.9, 0.6]), **few), "the wrong way")
    assert "step" not in explain(np.array([1.1, 0.5]), np.array([0.9, 0.5]), **few)
    assert "step" not in explain(W - 0.3 * DELTA[:D], stepped, **given)
    z = RNG.normal(size=(N, D))
    assert "step" not in explain(np.where(z > 0, z, 0.1 * z), np.where(z > 0, z, 0.02 * z), inputs={"z": z})


def test_a_tiny_step_in_another_direction_is_no_loss_of_digits():
    gradient, other = X.T @ DELTA, RNG.normal(size=W.shape)
    words = explain(W - 1e-6 * other, W - 1e-6 * gradient, inputs={"w": W}, rtol=1e-9, atol=1e-12)
    assert says(words, "from there is wrong.") and "`w`" in words


def test_a_huge_number_is_in_no_relation_to_a_small_one():
    words = explain(np.finfo(float).max / 4, 500.4, rtol=1e-9, atol=1e-12)
    assert says(words, "It is too large.")


def test_zeros_where_small_numbers_are_expected():
    words = explain(np.zeros(4), np.exp(-np.arange(15.0, 19.0)), rtol=1e-9, atol=1e-12)
    assert says(words, "all zeros", "rounded to 0")


def test_a_bias_that_is_regularised():
    gradient = DELTA.sum(axis=0)
    words = explain(gradient + 0.3 * B, gradient, inputs={"b": B, "lam": 0.3})
    assert says(words, "is too much") and "`lam` · `b`" in words


def test_a_missing_mean_beside_a_regularisation_that_is_right():
    gradient, penalty, inputs = X.T @ DELTA, 0.3 * W, {"X": X, "W": W, "lam": 0.3}
    words = explain(N * gradient + penalty, gradient + penalty, sizes=SIZES, inputs=inputs)
    assert says(words, "Apart from", "too large by a factor") and "factor of the batch size" in words


def test_a_loss_without_its_penalty():
    inputs, penalty = {"X": X, "W": W, "lam": 0.3}, 0.3 / 2 * (W**2).sum()
    words = explain(LOSS, LOSS + penalty, sizes=SIZES, inputs=inputs)
    assert says(words, "is missing or too little") and "`lam` times the squares of `W`" in words
    assert says(explain(LOSS + 2 * penalty, LOSS + penalty, sizes=SIZES, inputs=inputs), "is too much")
    words = explain(N * LOSS + penalty, LOSS + penalty, sizes=SIZES, inputs=inputs)
    assert says(words, "Apart from", "too large by a factor")


def test_the_same_relations_hold_in_single_precision():
    single = np.float32
    gradient, penalty, inputs = X.T @ DELTA, 0.03 * W, {"W": W.astype(single), "b": B, "lam": 0.03}
    words = explain((N * gradient).astype(single), gradient.astype(single), sizes=SIZES)
    assert says(words, "too large by a factor")
    words = explain(gradient.astype(single), (gradient + penalty).astype(single), inputs=inputs)
    assert says(words, ", which is missing") and "`W`" in words
    words = explain(single(LOSS), single(LOSS + 0.015 * (W**2).sum()), inputs=inputs)
    assert says(words, "is missing or too little") and "squares of `W`" in words
    assert says(explain(softmax(LOGITS.astype(single), axis=0), PROBABILITIES), "add up to 1, but")


def test_a_penalty_on_two_layers():
    inputs = {"W1": W, "W2": X, "lam": 0.3}
    words = explain(LOSS, LOSS + 0.15 * ((W**2).sum() + (X**2).sum()), inputs=inputs)
    assert says(words, "is missing or too little") and "`W1` and `W2`" in words


def test_a_step_uphill():
    gradient, lr = X.T @ DELTA, 0.1
    words = explain(W + lr * gradient, W - lr * gradient, inputs={"params": W, "grad": gradient, "lr": lr})
    assert says(words, "is too much") and "twice `lr` · `grad`" in words


def test_a_mean_squared_error_that_broadcasts_inside():
    prediction, target = X[:, :1], X[:, 1]
    wrong, right = ((prediction - target) ** 2).mean(), ((prediction[:, 0] - target) ** 2).mean()
    words = explain(wrong, right, inputs={"y_hat": prediction, "y": target})
    assert says(words, "broadcasting gives") and "`y_hat` has shape (7, 1)" in words


def test_a_constant_that_is_added():
    assert says(explain(X + 0.37, X), "off by the same amount")


def test_labels_that_count_from_one():
    assert says(explain(Y + 1, Y), "off by one.")


def test_logits_shifted_in_each_row():
    shifted = LOGITS - LOGITS.max(axis=1, keepdims=True)
    words = explain(shifted, np.log(PROBABILITIES))
    assert says(words, "common amount") and "each row" in words


def test_a_softmax_that_is_not_normalised():
    powers = np.exp(LOGITS - LOGITS.max(axis=1, keepdims=True))
    words = explain(powers, PROBABILITIES)
    assert says(words, "common factor") and "Each row should add up to 1" in words


def test_features_scaled_to_a_range_where_they_should_be_standardised():
    span = X.max(axis=0) - X.min(axis=0)
    words = explain((X - X.min(axis=0)) / span, (X - X.mean(axis=0)) / X.std(axis=0))
    assert says(words, "a scale and a shift") and "each column" in words


def test_single_precision_where_double_is_asked():
    assert says(explain(X.astype(np.float32), X, rtol=1e-12), "float32 precision")
    assert says(explain(X.astype(np.float32).astype(float), X, rtol=1e-12), "float32 precision")
    assert says(explain(X.astype(np.float16), X), "float16 precision")


def test_an_approximation_is_close():
    words = explain(X + 3e-4 * RNG.choice([-1, 1], size=X.shape), X)
    assert says(words, "largest relative error") and "e-04" in words


def test_anything_else_says_how_many_and_where_most():
    wrong = X.copy()
    wrong[2, 1] += 4.0
    wrong[4, 3] -= 0.5
    words = explain(wrong, X)
    assert says(words, "It differs in") and "2 of 35 entries, most in row 2 (counted from 0)" in words
    assert says(explain(0.5, 0.7), "It is too small,")
    assert says(explain(0.7, 0.123), "It is too large.")


# ---- what must not be said ---------------------------------------------------------------------------------


def test_two_unrelated_arrays_are_related_in_no_way():
    rng = np.random.default_rng(1)
    for shape in [(1,), (2,), (3,), (2, 2), (3, 2), (4, 5), (2, 3, 4)] * 40:
        a, e, w = rng.normal(size=(3, *shape))
        words = explain(a, 2 + np.abs(e), sizes=SIZES, inputs={"W": w, "b": w[..., :1], "lam": rng.random()})
        if shape != (1,):
            assert says(words, "It differs in")
        else:
            assert words.startswith(("It is too", "It is negative, but", "It is positive, but"))


def test_nearly_equal_arrays_are_related_only_by_being_close():
    rng = np.random.default_rng(2)
    for shape in [(), (3,), (3, 3), (4, 5)] * 40:
        e = rng.normal(size=shape)
        a = e * (1 + 1e-3 * rng.normal(size=shape))
        words = explain(a, e, sizes=SIZES, inputs={"W": rng.normal(size=shape)})
        assert says(words, "largest relative error")


def test_zeros_have_no_sign_to_flip():
    assert explain(-np.zeros(3), np.zeros(3)) is None
    assert says(explain(np.array([0.0, 0.4, 0.9]), np.zeros(3)), "It differs in")


def distinctive(shape):
    """Numbers whose digits do not turn up by themselves."""
    numbers = RNG.choice([8642.9753, 97531.8642, 0.86427531], size=shape)
    return numbers * RNG.choice([1.0, 1.5, 2.5], size=shape)


MISTAKES = {
    "sign": lambda v: -v, "mean": lambda v: v * N, "half": lambda v: v / 2, "transposed": lambda v: v.T,
    "summed": lambda v: v.sum(axis=0), "offset": lambda v: v + 1, "zeros": np.zeros_like, "text": str,
    "reversed": lambda v: v[::-1], "integers": lambda v: v.astype(int), "softmax": softmax,
    "close": lambda v: v * (1 + 1e-4 * np.cos(np.arange(v.size).reshape(v.shape))), "ones": np.ones_like,
    "nothing": lambda v: None, "list": lambda v: v.tolist(), "sorted": lambda v: np.sort(v, axis=0),
    "square": np.square, "huge": lambda v: v * 0 + 1e9, "term": lambda v: v + 0.25 * distinctive(v.shape),
    "not a number": lambda v: v * np.nan,
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_no_expected_value_and_no_input_is_told(mistake):
    for shape in (N, D), (N, 1), (1, D), (1, 1):
        expected = distinctive(shape)
        inputs = {"X": distinctive(shape), "W": distinctive(shape), "lam": 0.86427}
        words = explain(MISTAKES[mistake](expected), expected, sizes=SIZES, inputs=inputs) or ""
        for value in [*expected.ravel(), *(v for x in inputs.values() for v in np.ravel(x))]:
            digits = f"{value:.12g}".replace(".", "").lstrip("0")
            assert digits[:3] not in words.replace(".", ""), words


def test_the_expected_text_and_keys_are_not_told():
    assert "tangens" not in explain("sinus", "tangens")
    assert "secret" not in explain({"W": 1}, {"secret": 1})
    assert "tangens" not in explain(["sinus"], ["tangens"])


# ---- assert_close ------------------------------------------------------------------------------------------


def test_assert_close_is_silent_about_equal_things():
    assert assert_close(X, X.copy()) is None


def test_assert_close_says_the_same_words_of_what_it_is_given():
    with pytest.raises(AssertionError) as error:
        assert_close(-DELTA, DELTA, "the gradient", sizes=SIZES)
    words, example = str(error.value).split(" Entry ")
    assert words == "the gradient: every entry has the wrong sign: it is flipped."
    assert example == "[6, 0] is 0.141, but -0.141 is expected."
    with pytest.raises(AssertionError, match="^your result: it is None"):
        assert_close(None, DELTA)


# ---- hostile values ----------------------------------------------------------------------------------------


class Hostile:
    """Raises whenever it is looked at."""

    def __getattr__(self, name):
        raise AttributeError(name) if name.startswith("__array") else RuntimeError(name)

    def __eq__(self, other):
        raise RuntimeError("eq")

    __hash__ = None
    __len__ = __bool__ = __iter__ = __float__ = __eq__


def endless():
    knot = []
    knot.extend([knot, knot])
    return knot


HOSTILE = [
    Hostile(), endless(), [Hostile()], {"a": endless()}, np.array([Hostile(), 1], dtype=object), ..., type,
    np.broadcast_to(0.0, (10**6, 10**6)), np.array(["2020-01-01"], dtype="M8"), np.zeros(3, dtype="i4,f8"),
    np.ma.masked, 10**400, -(2**63), np.longdouble("1e4000"), b"\xff", float("inf"), np.array([]), {1: 2},
    np.array(np.nan), "x" * 10**6, np.array([1e308, -1e308, 1e-320]), np.uint8(255), [[1, 2], [3]],
]  # fmt: skip
ORDINARY = [X, 0.5, True, None, "text", [1.0, 2.0], (X, B), {"W": W}, np.zeros(3), endless(), Hostile()]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: type(value).__name__)
def test_hostile_values_are_explained_and_never_raise(value):
    for other in ORDINARY:
        for words in explain(value, other, inputs={"v": value}, sizes=SIZES), explain(other, value):
            assert isinstance(words, str) and len(words) < 500 or other is value


@pytest.mark.parametrize("mistake", [lambda v: v + RNG.normal(size=v.shape), lambda v: v * 7.1, lambda v: v.T])
def test_a_million_entries_take_seconds_at_most(mistake):
    big = RNG.normal(size=(1000, 1000))
    start = time.process_time()
    assert explain(mistake(big), big, sizes=SIZES, inputs={"X": big * big, "W": big[0], "lam": 0.1})
    assert time.process_time() - start < 20


def test_torch_is_not_loaded_for_it():
    code = "import sys, utils.explain; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# ---- for any value -----------------------------------------------------------------------------------------

NUMBERS = st.booleans() | st.integers() | st.floats() | st.complex_numbers()
DTYPES = hnp.scalar_dtypes() | hnp.array_dtypes(max_size=2)
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
ANYTHING = st.recursive(
    st.none() | NUMBERS | st.text() | st.binary() | ARRAYS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(ANYTHING, ANYTHING, st.dictionaries(st.text(), ANYTHING, max_size=2))
def test_it_never_raises(actual, expected, inputs):
    words = explain(actual, expected, inputs=inputs, sizes=SIZES)
    assert words is None or isinstance(words, str)
    assert explain(actual, actual) is None


@st.composite
def two_float_arrays(draw):
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    near = st.sampled_from([0.0, -1.0, 1.0, 2.0, 0.5, 1 + 1e-6, 1e-9, np.nan, np.inf])
    elements = near | st.floats(width=32)
    return [draw(hnp.arrays(dtype, shape, elements=elements)) for _ in range(2)]


@settings(max_examples=200, deadline=None)
@given(two_float_arrays(), st.sampled_from([1e-5, 1e-9, 0.0]))
def test_none_means_allclose_and_no_detector_raises(pair, rtol):
    actual, expected = pair
    with np.errstate(all="ignore"):
        close = np.allclose(actual, expected, rtol=rtol, equal_nan=True)
        assert (explain(actual, expected, rtol=rtol) is None) == close
        for detector in VALUES if not close else ():
            detector(Case(actual, expected, SIZES, {"W": expected}, rtol))


@settings(max_examples=100, deadline=None)
@given(*[hnp.arrays(float, hnp.array_shapes(min_dims=0, min_side=0, max_side=4)) for _ in range(2)])
def test_no_shape_detector_raises(actual, expected):
    with np.errstate(all="ignore"):
        for detector in SHAPES if actual.shape != expected.shape else ():
            detector(Case(actual, expected, SIZES, {"X": expected}))


class TestNoRelationIsSeenWhereNoneIs:
    """A relation needs several values, or values that no hand would write; rounding noise is none."""

    @pytest.mark.parametrize("actual, expected", [(5.0, 4.0), (2.0, 4.0), (14 / 3, 3.5), (np.array([1.0]), [0.5])])
    def test_one_pair_of_round_numbers_is_called_wrong_and_nothing_else(self, actual, expected):
        words = explain(actual, expected, sizes={"number of examples": 5})
        assert words and "factor" not in words and "ddof" not in words and "logarithm" not in words

    def test_a_single_number_is_never_told_as_a_variance(self):
        words = explain(1.234567 * 5 / 4, 1.234567, sizes={"number of examples": 5})
        assert words and "ddof" not in words

    def test_a_single_number_that_no_hand_would_write_may_still_be_a_factor_off(self):
        assert "factor of the batch size" in (explain(7 * 1.234567, 1.234567, sizes={"batch size": 7}) or "")

    def test_rounding_noise_is_no_constant_factor(self):
        expected = np.array([[2.0], [-1.0], [1.0]])
        assert "constant factor" not in (explain(expected * 1.1e-16, expected) or "")

    def test_a_forgotten_return_is_asked_after(self):
        assert "`return`" in (explain(None, 0.5) or "") and "`return`" in (explain(None, np.zeros(3)) or "")


# ---- text, lists and tables of other courses ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "wanted", "words"),
    [
        ("olleh dear", "raed hello", "backwards"),
        ("two one", "one two", "right words, but"),
        ("hello,-world", "hello-world", "neither letters"),
        ("hello worl", "hello world", "1 character is missing at its end"),
        ("ahello", "hello", "1 character is too many at its beginning"),
        ("listne", "listen", "right characters, but"),
        ("Helpo there", "Hello there", "Its first 3 characters are right"),
        ([2, 3, 5], [2, 3, 5, 7], "it ends too early"),
        ([1, 2, 3, 5], [2, 3, 5], "it begins too early"),
        (["a", "b", "a"], ["a", "b"], "goes on too long"),
        (["b", "a", "b", "c"], ["a", "b", "c"], "begins too early"),
        (["a", "a", "c", "b"], ["a", "b", "c"], "some more often than once"),
        (["c", "a", "b"], ["a", "b", "c"], "in another order"),
        ({"a", "x"}, {"a", "b"}, "It lacks 1 of the expected elements, and has 1 others"),
        ({"a": 1, "b": 2}, {"a": 1}, "It has the expected keys, and 1 more."),
    ],
)
def test_text_lists_and_sets_are_told_by_what_is_wrong_with_them(given, wanted, words):
    assert words in explain(given, wanted)


def test_tables_of_pandas_are_told_by_their_columns_rows_and_labels():
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame({"city": ["Rom", "Bern", "Oslo"], "sum": [1.5, 2.25, 4.0]})
    assert explain(table.copy(), table) is None
    assert "columns are the right ones" in explain(table[["sum", "city"]], table)
    assert "lacks 1 of the expected columns" in explain(table[["sum"]], table)
    assert "rows are right, but in another order" in explain(table[::-1].reset_index(drop=True), table)
    assert "labels of its rows" in explain(table.set_axis([4, 5, 6]), table)
    assert "In column 'sum': every entry" in explain(table.assign(sum=2 * table["sum"]), table)
    assert (
        explain(table["sum"], table["sum"].rename("total"))
        == "Its values are right, but its name is not the expected one."
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda z, right: np.where(z < 0, right + 1, right), "It is right except where `z` is negative."),
        (lambda z, right: np.where(np.abs(z) > 1, 0.5 * right, right), "It is right except where `z` is large."),
        (lambda z, right: np.minimum(right, 1.3), "Is it clipped?"),
        (lambda z, right: np.cumsum(right), "running total"),
    ],
)
def test_where_a_result_is_wrong_is_told_by_its_argument(change, words):
    z = np.linspace(-2.3, 2.4, 24)
    right = np.exp(z / 2) + 0.1 * np.cos(5 * z)
    assert words in explain(change(z, right), right, inputs={"z": z})


def test_values_are_told_only_where_they_are_no_secret():
    assert "0.37" not in explain(0.11, 0.37)
    assert explain(0.11, 0.37, shown=True) == "It is 0.11, but 0.37 is expected."
    assert "Entry [1, 0] is 9, but 3 is expected." in explain(
        np.array([[1, 2], [9, 4]]), np.array([[1, 2], [3, 4]]), shown=True
    )


def test_the_only_row_or_column_that_is_there_is_not_taken_for_a_reduction():
    rising = np.array([[11.5, 22.25], [13.0, 24.5], [14.75, 26.0]])
    says_last = explain(rising[:, 1:], rising)
    assert says_last == "It is only the last column of what is expected. Is it overwritten in each round of a loop?"
    assert "would be right, and it holds more" in explain(rising, rising[:, 1])
    mixed = np.array([[11.5, 22.25], [13.0, 24.5], [26.0, 14.75]])
    assert "maximum over axis 1" in explain(mixed.max(axis=1), mixed)
    first_only = PROBABILITIES * (np.arange(N) == 0)[:, None]
    words = explain(first_only, PROBABILITIES)
    assert "Only its first row is filled in. Is there a `return` inside a loop?" in words and "`axis`" not in words


def test_one_name_is_not_given_to_two_axes():
    assert "number of" not in explain(np.ones((1, 2)), np.eye(2), sizes={"number of columns of `X`": 2})


# ---- what is no relation -----------------------------------------------------------------------------------


def test_a_table_in_the_place_of_a_vector_is_broadcasting_only_if_it_can_be():
    column, row = np.arange(3.0)[:, None], np.array([0.5, -2.0, 7.0])
    assert "is broadcasting" in explain(column - row, row)
    assert "is broadcasting" not in explain(np.cos(np.arange(9.0)).reshape(3, 3), row)
    assert "is broadcasting" not in explain(np.cos(np.arange(49.0) ** 2).reshape(7, 7), np.arange(7.0))


def test_two_numbers_at_a_limit_are_not_clipped_where_only_one_is_within():
    assert "clipped" not in explain(np.array([0.5, -0.5, 0.5]), np.array([2.5, -0.5, 1.5]))


def test_a_small_constant_in_the_denominator_is_no_factor_of_each_row():
    powers = np.exp(LOGITS)
    nearly = powers / (powers.sum(axis=1, keepdims=True) + 1e-7)
    assert "digits" in explain(nearly, PROBABILITIES, rtol=1e-9, atol=1e-12)


def test_several_results_in_another_order():
    results = (W, B, X)
    assert explain((W, X, B), results) == "It holds the right values, but in another order."
    assert "another order" not in explain((W, B, B), results)


def test_one_size_in_the_place_of_another():
    sizes = {"batch size": N, "number of classes": C}
    words = explain(LOSS * N / C, LOSS, sizes=sizes)
    assert "divided by the number of classes, but it should be by the batch size" in words


def test_a_shape_is_named_after_no_length_of_one():
    words = explain(np.zeros((3, 2)), np.ones((3, 1)), sizes={"batch size": 3, "number of columns of `X`": 1})
    assert "`X`" not in words


def test_no_relation_is_looked_for_where_none_is_wanted():
    assert says(explain(2 * PROBABILITIES, PROBABILITIES, plain=True), "It differs in")
