"""What students hand in for the problem set mlp: named mistakes, and right solutions unlike ours.

Each block takes the place of the whole solution cell `replaces`. A mistake must lose the points of
exactly the test cells in `costs`, its own and those that build on it; an alternative must lose none. The
message is what a student reads.
"""
# Cells of a notebook, not a module: names repeat, and come from cells that are not here.
# ruff: noqa: B007, B905, E402, F811, F821, I001


# %% mistake: sigmoid_overflows_on_the_left
# replaces: sigmoid
# costs: test_sigmoid, test_smooth_derivatives, test_softplus, test_neural_unit
# message: Your sigmoid overflows for a very negative z: e to the power −z becomes too large. Exponentiate
#   −|z| and treat the two signs of z apart.
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# %% mistake: sigmoid_overflows_on_the_right
# replaces: sigmoid
# costs: test_sigmoid, test_smooth_derivatives, test_softplus, test_neural_unit
# message: Your sigmoid overflows for a very positive z: e to the power z becomes too large. If you choose
#   between two forms with np.where, mind that it computes both of them: make the exponent −|z| in each.
def sigmoid(z):
    return np.exp(z) / (1 + np.exp(z))


# %% mistake: sigmoid_clipped_early
# replaces: sigmoid
# costs: test_sigmoid, test_smooth_derivatives, test_softplus, test_neural_unit
# message: Clipping z does stop the overflow, but your limit is so small that it changes values that float64
#   can hold. Choose a form that needs no clipping.
def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -10, 10)))


# %% mistake: sigmoid_falls
# replaces: sigmoid
# costs: test_sigmoid, test_neural_unit, test_mlp_forward, test_softplus
# message: Your sigmoid falls where it should rise: the sign of the exponent is turned round.
def sigmoid(z):
    return np.exp(-np.logaddexp(0, z))


# %% mistake: sigmoid_float32
# replaces: sigmoid
# costs: test_sigmoid, test_neural_unit, test_smooth_derivatives, test_mlp_forward, test_softplus
# message: The result is right to seven digits only: somewhere you convert to float32. Stay in float64.
def sigmoid(z):
    z = np.asarray(z, dtype=np.float32)
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, small) / (1 + small)


# %% mistake: neural_unit_without_bias
# replaces: neural_unit
# costs: test_neural_unit
# message: The bias does not reach your unit: add b to the weighted sum before the sigmoid.
def neural_unit(x, w, b):
    return sigmoid(np.dot(w, x))


# %% mistake: neural_unit_bias_outside
# replaces: neural_unit
# costs: test_neural_unit
# message: You add the bias to the unit's output. It belongs to z, inside the sigmoid.
def neural_unit(x, w, b):
    return sigmoid(np.dot(w, x)) + b


# %% mistake: neural_unit_without_sum
# replaces: neural_unit
# costs: test_neural_unit
# message: You return one number per input. The unit sums the products of weights and inputs to a single
#   number: `w * x` only multiplies, `w @ x` sums too.
def neural_unit(x, w, b):
    return sigmoid(w * x + b)


# %% mistake: neural_unit_without_sigmoid
# replaces: neural_unit
# costs: test_neural_unit
# message: You return z, the weighted sum. Pass it through the sigmoid.
def neural_unit(x, w, b):
    return np.dot(w, x) + b


# %% mistake: neural_unit_in_place
# replaces: neural_unit
# costs: test_neural_unit
# message: `*=` writes the products into the caller's weights. Make a new array: `w * x`.
def neural_unit(x, w, b):
    w *= x
    return sigmoid(w.sum() + b)


# %% mistake: linear_layer_without_bias
# replaces: linear_layer
# costs: test_linear_layer, test_two_layer_forward, test_mlp_forward, test_mlp_activations
# message: The biases do not reach your layer: add b to every row of X @ W.
def linear_layer(X, W, b):
    return X @ W


# %% mistake: linear_layer_transposed
# replaces: linear_layer
# costs: test_linear_layer, test_two_layer_forward, test_mlp_forward, test_mlp_activations,
#   test_digit_net
# message: You use W the other way round. Here its shape is (inputs, outputs), so the product is X @ W,
#   without `.T`. With as many inputs as outputs nothing breaks, and the numbers are still wrong.
def linear_layer(X, W, b):
    return X @ W.T + b


# %% mistake: linear_layer_bias_per_example
# replaces: linear_layer
# costs: test_linear_layer, test_two_layer_forward, test_mlp_forward, test_mlp_activations,
#   test_digit_net
# message: You add one bias to each example, a row. There is one bias for each unit, a column: `+ b`
#   broadcasts it down the rows by itself.
def linear_layer(X, W, b):
    return X @ W + b[:, None]


# %% mistake: linear_layer_integer_sum
# replaces: linear_layer
# costs: test_linear_layer, test_two_layer_forward, test_mlp_forward
# message: With integer X and W your result is an integer array, and `+=` cannot put fractions into it.
#   Write `Z = X @ W + b`, which makes a new array of floats.
def linear_layer(X, W, b):
    Z = X @ W
    Z += b
    return Z


# %% mistake: linear_layer_squeezed
# replaces: linear_layer
# costs: test_linear_layer, test_two_layer_forward, test_mlp_forward, test_mlp_activations
# message: A batch of one example, or a layer of one unit, loses an axis in your layer. Keep the shape (N,
#   M) whatever N and M are: no squeeze or ravel.
def linear_layer(X, W, b):
    return np.squeeze(X @ W + b)


# %% mistake: relu_in_place
# replaces: relu
# costs: test_relu
# message: Assigning to `z[...]` changes the array of the caller. Make a new one, for example with
#   np.maximum.
def relu(z):
    z[z < 0] = 0
    return z


def relu_derivative(z):
    return np.where(z > 0, 1.0, 0.0)


# %% mistake: relu_absolute
# replaces: relu
# costs: test_relu, test_two_layer_forward, test_mlp_forward
# message: Your ReLU turns negative numbers positive. It should set them to 0.
def relu(z):
    return np.abs(z)


def relu_derivative(z):
    return np.where(z > 0, 1.0, 0.0)


# %% mistake: relu_mask
# replaces: relu
# costs: test_relu, test_two_layer_forward, test_mlp_forward, test_digit_net
# message: You return where z is positive (0 or 1), which is the slope of the ReLU. Return z itself there.
def relu(z):
    return (z > 0).astype(float)


def relu_derivative(z):
    return np.where(z > 0, 1.0, 0.0)


# %% mistake: leaky_relu_truncated
# replaces: leaky_relu
# costs: test_leaky_relu
# message: With integer input your result is an integer array as well, and the small numbers are cut to 0.
#   Make the result an array of floats.
def leaky_relu(z, slope=0.1):
    result = np.zeros_like(z)
    result[z > 0] = z[z > 0]
    result[z <= 0] = slope * z[z <= 0]
    return result


def leaky_relu_derivative(z, slope=0.1):
    return np.where(z > 0, 1.0, slope)


# %% mistake: leaky_relu_wrong_sign
# replaces: leaky_relu
# costs: test_leaky_relu, test_mlp_activations
# message: Your leaky ReLU rises again on the left of 0. For negative z it is slope · z, a small negative
#   number.
def leaky_relu(z, slope=0.1):
    return np.where(z > 0, z, -slope * z)


def leaky_relu_derivative(z, slope=0.1):
    return np.where(z > 0, 1.0, slope)


# %% mistake: leaky_relu_fixed_slope
# replaces: leaky_relu
# costs: test_leaky_relu
# message: Your function ignores its argument `slope` and always takes the default. Use the name, not the
#   number.
def leaky_relu(z, slope=0.1):
    return np.where(z > 0, z, 0.1 * z)


def leaky_relu_derivative(z, slope=0.1):
    return np.where(z > 0, 1.0, slope)


# %% mistake: leaky_relu_floor
# replaces: leaky_relu
# costs: test_leaky_relu, test_mlp_activations
# message: You compare z with the slope itself. The other candidate is slope · z.
def leaky_relu(z, slope=0.1):
    return np.maximum(slope, z)


def leaky_relu_derivative(z, slope=0.1):
    return np.where(z > 0, 1.0, slope)


# %% mistake: sigmoid_derivative_of_output
# replaces: smooth_derivatives
# costs: test_smooth_derivatives
# message: s (1 − s) wants s = σ(z), but you put z itself into it. Compute σ(z) first.
def sigmoid_derivative(z):
    return z * (1 - z)


def tanh_derivative(z):
    return 1 - np.tanh(z) ** 2


# %% mistake: sigmoid_derivative_overflows
# replaces: smooth_derivatives
# costs: test_smooth_derivatives
# message: Your slope overflows for a very negative z. Write it with your own stable sigmoid: σ(z) (1 −
#   σ(z)).
def sigmoid_derivative(z):
    return np.exp(-z) / (1 + np.exp(-z)) ** 2


def tanh_derivative(z):
    return 1 - np.tanh(z) ** 2


# %% mistake: sigmoid_derivative_twice
# replaces: smooth_derivatives
# costs: test_smooth_derivatives
# message: You apply the sigmoid twice. Compute s = σ(z) once, then s (1 − s).
def sigmoid_derivative(z):
    s = sigmoid(z)
    return sigmoid(s) * (1 - sigmoid(s))


def tanh_derivative(z):
    return 1 - np.tanh(z) ** 2


# %% mistake: tanh_derivative_of_output
# replaces: smooth_derivatives
# costs: test_smooth_derivatives
# message: 1 − h² wants h = tanh(z), but you put z itself into it. Compute tanh(z) first.
def sigmoid_derivative(z):
    return sigmoid(z) * (1 - sigmoid(z))


def tanh_derivative(z):
    return 1 - z**2


# %% mistake: tanh_derivative_overflows
# replaces: smooth_derivatives
# costs: test_smooth_derivatives
# message: cosh grows like an exponential and overflows for a large |z|. Use 1 − tanh², which never does.
def sigmoid_derivative(z):
    return sigmoid(z) * (1 - sigmoid(z))


def tanh_derivative(z):
    return 1 / np.cosh(z) ** 2


# %% mistake: relu_derivative_at_zero
# replaces: relu
# costs: test_relu
# message: At z = 0 you give the slope of the right side. By our convention the unit counts as off there:
#   use `>`, not `>=`.
def relu(z):
    return np.maximum(0, z)


def relu_derivative(z):
    return np.where(z >= 0, 1.0, 0.0)


# %% mistake: relu_derivative_boolean
# replaces: relu
# costs: test_relu
# message: You return True and False. Turn them into 1.0 and 0.0, for example with `.astype(float)`.
def relu(z):
    return np.maximum(0, z)


def relu_derivative(z):
    return z > 0


# %% mistake: relu_derivative_is_relu
# replaces: relu
# costs: test_relu
# message: You return the ReLU, not its slope. Where z is positive the slope is 1, whatever z is.
def relu(z):
    return np.maximum(0, z)


def relu_derivative(z):
    return np.maximum(z, 0.0)


# %% mistake: leaky_relu_derivative_wrong_sign
# replaces: leaky_relu
# costs: test_leaky_relu
# message: The leaky ReLU rises on the left of 0 too, so its slope there is positive: slope, not −slope.
def leaky_relu(z, slope=0.1):
    return np.where(z > 0, z, slope * z)


def leaky_relu_derivative(z, slope=0.1):
    return np.where(z > 0, 1.0, -slope)


# %% mistake: leaky_relu_derivative_at_zero
# replaces: leaky_relu
# costs: test_leaky_relu
# message: At z = 0 you give the slope of the right side. By our convention the unit counts as off there:
#   use `>`, not `>=`.
def leaky_relu(z, slope=0.1):
    return np.where(z > 0, z, slope * z)


def leaky_relu_derivative(z, slope=0.1):
    return np.where(z >= 0, 1.0, slope)


# %% mistake: leaky_relu_derivative_times_z
# replaces: leaky_relu
# costs: test_leaky_relu
# message: On the left you return the value slope · z. Its derivative with respect to z is slope alone.
def leaky_relu(z, slope=0.1):
    return np.where(z > 0, z, slope * z)


def leaky_relu_derivative(z, slope=0.1):
    return np.where(z > 0, 1.0, slope * z)


# %% mistake: elu_overflows
# replaces: elu
# costs: test_elu
# message: Your ELU overflows for a very positive z. np.where computes both branches for every element: let
#   the exponent be np.minimum(z, 0).
def elu(z, alpha=1.0):
    return np.where(z > 0, z, alpha * (np.exp(z) - 1))


def elu_derivative(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))


# %% mistake: elu_fixed_alpha
# replaces: elu
# costs: test_elu
# message: Your ELU ignores its argument `alpha` and always levels off at −1. Multiply the left branch by it.
def elu(z, alpha=1.0):
    return np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


def elu_derivative(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))


# %% mistake: elu_without_minus_one
# replaces: elu
# costs: test_elu, test_mlp_activations
# message: Your ELU jumps at 0: the left branch is alpha · (e^z − 1), and you left out the −1.
def elu(z, alpha=1.0):
    return np.where(z > 0, z, alpha * np.exp(np.minimum(z, 0)))


def elu_derivative(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))


# %% mistake: elu_minus_one_outside
# replaces: elu
# costs: test_elu
# message: You multiply by alpha before you subtract 1, so your ELU jumps at 0. The 1 belongs inside the
#   bracket: alpha · (e^z − 1).
def elu(z, alpha=1.0):
    return np.where(z > 0, z, alpha * np.exp(np.minimum(z, 0)) - 1)


def elu_derivative(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))


# %% mistake: elu_wrong_sign
# replaces: elu
# costs: test_elu, test_mlp_activations
# message: Your ELU is positive on the left of 0. There e^z is smaller than 1, and e^z − 1 is negative.
def elu(z, alpha=1.0):
    return np.where(z > 0, z, alpha * (1 - np.exp(np.minimum(z, 0))))


def elu_derivative(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))


# %% mistake: elu_truncated
# replaces: elu
# costs: test_elu
# message: With integer input your ELU is an integer array, and everything between −1 and 0 is cut to 0.
#   Make the result an array of floats.
def elu(z, alpha=1.0):
    result = np.zeros_like(z)
    result[z > 0] = z[z > 0]
    result[z <= 0] = alpha * (np.exp(z[z <= 0]) - 1)
    return result


def elu_derivative(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))


# %% mistake: elu_in_place
# replaces: elu
# costs: test_elu
# message: Assigning to `z[...]` changes the array of the caller. Make a new one.
def elu(z, alpha=1.0):
    left = z <= 0
    z[left] = alpha * np.expm1(z[left])
    return z


def elu_derivative(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))


# %% mistake: elu_derivative_overflows
# replaces: elu
# costs: test_elu
# message: The slope of your ELU overflows for a very positive z. np.where computes both branches for every
#   element: let the exponent be np.minimum(z, 0).
def elu(z, alpha=1.0):
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def elu_derivative(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(z))


# %% mistake: elu_derivative_without_alpha
# replaces: elu
# costs: test_elu
# message: On the left the slope is alpha · e^z: the factor alpha stays when you differentiate.
def elu(z, alpha=1.0):
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def elu_derivative(z, alpha=1.0):
    return np.where(z > 0, 1.0, np.exp(np.minimum(z, 0)))


# %% mistake: elu_derivative_keeps_minus_one
# replaces: elu
# costs: test_elu
# message: On the left you return the ELU itself. The −1 is a constant: it goes when you differentiate.
def elu(z, alpha=1.0):
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def elu_derivative(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.expm1(np.minimum(z, 0)))


# %% mistake: elu_derivative_like_leaky
# replaces: elu
# costs: test_elu
# message: On the left your slope is alpha everywhere, as for a leaky ReLU. The ELU bends: its slope there is
#   alpha · e^z.
def elu(z, alpha=1.0):
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def elu_derivative(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha)


# %% mistake: elu_derivative_at_zero
# replaces: elu
# costs: test_elu
# message: At z = 0 you give the slope of the right side. By our convention the left side counts there: use
#   `>`, not `>=`.
def elu(z, alpha=1.0):
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def elu_derivative(z, alpha=1.0):
    return np.where(z >= 0, 1.0, alpha * np.exp(np.minimum(z, 0)))


# %% mistake: softplus_overflows
# replaces: softplus
# costs: test_softplus
# message: Your softplus overflows for a very positive z. Pull the larger exponent out: max(z, 0) + ln(1 +
#   e^(−|z|)).
def softplus(z):
    return np.log(1 + np.exp(z))


def softplus_derivative(z):
    return sigmoid(z)


# %% mistake: softplus_clipped
# replaces: softplus
# costs: test_softplus
# message: Clipping z does stop the overflow, but beyond your limit softplus no longer grows. Pull the larger
#   exponent out: max(z, 0) + ln(1 + e^(−|z|)).
def softplus(z):
    return np.log1p(np.exp(np.clip(z, -500, 500)))


def softplus_derivative(z):
    return sigmoid(z)


# %% mistake: softplus_cut_early
# replaces: softplus
# costs: test_softplus
# message: You replace softplus by z too early: at your limit the rest, ln(1 + e^(−z)), still shows in
#   float64. Keep it: max(z, 0) + ln(1 + e^(−|z|)).
def softplus(z):
    return np.where(z > 10, z, np.log1p(np.exp(np.minimum(z, 10))))


def softplus_derivative(z):
    return sigmoid(z)


# %% mistake: softplus_without_maximum
# replaces: softplus
# costs: test_softplus, test_mlp_activations
# message: Your softplus falls on the right of 0: you pulled the larger exponent out of the logarithm, and
#   then lost it. Add max(z, 0).
def softplus(z):
    return np.log1p(np.exp(-np.abs(z)))


def softplus_derivative(z):
    return sigmoid(z)


# %% mistake: softplus_mirrored
# replaces: softplus
# costs: test_softplus, test_mlp_activations
# message: Your softplus falls where it should rise: the sign of the exponent is turned round.
def softplus(z):
    return np.logaddexp(0, -z)


def softplus_derivative(z):
    return sigmoid(z)


# %% mistake: softplus_derivative_mirrored
# replaces: softplus
# costs: test_softplus
# message: The slope of your softplus is turned round: it should be nearly 0 far out on the left, and nearly 1
#   on the right. The chain rule multiplies 1 / (1 + e^z) by the inner derivative, e^z.
def softplus(z):
    return np.logaddexp(0, z)


def softplus_derivative(z):
    return sigmoid(-z)


# %% mistake: softplus_derivative_of_relu
# replaces: softplus
# costs: test_softplus
# message: This is the slope of the ReLU, with a jump at 0. Softplus has no kink: differentiate ln(1 + e^z).
def softplus(z):
    return np.logaddexp(0, z)


def softplus_derivative(z):
    return np.where(z > 0, 1.0, 0.0)


# %% mistake: softplus_derivative_overflows
# replaces: softplus
# costs: test_softplus
# message: The slope of your softplus overflows for a very positive z. It is a function that you have written
#   already, in a stable form: the sigmoid.
def softplus(z):
    return np.logaddexp(0, z)


def softplus_derivative(z):
    return np.exp(z) / (1 + np.exp(z))


# %% mistake: softmax_without_shift
# replaces: softmax
# costs: test_softmax
# message: Your softmax overflows when a logit is large: subtract each row's maximum before exponentiating.
def softmax(logits):
    e = np.exp(logits)
    return e / e.sum(axis=1, keepdims=True)


# %% mistake: softmax_one_maximum_for_all
# replaces: softmax
# costs: test_softmax
# message: You subtract one maximum of the whole batch. A row whose logits all lie far below it becomes 0 /
#   0: subtract each row's own maximum (axis=1, keepdims=True).
def softmax(logits):
    e = np.exp(logits - np.max(logits))
    return e / e.sum(axis=1, keepdims=True)


# %% mistake: softmax_by_largest_size
# replaces: softmax
# costs: test_softmax
# message: You subtract the largest |z| of a row. Where all its logits are negative, that shifts them further down,
#   and the row becomes 0 / 0: subtract the maximum itself, with its sign.
def softmax(logits):
    e = np.exp(logits - np.max(np.abs(logits), axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% mistake: softmax_over_examples
# replaces: softmax
# costs: test_softmax
# message: Your columns sum to 1, but each row is one example: maximum and sum go along axis 1.
def softmax(logits):
    e = np.exp(logits - logits.max(axis=0))
    return e / e.sum(axis=0)


# %% mistake: softmax_over_everything
# replaces: softmax
# costs: test_softmax
# message: All your probabilities together sum to 1. Each row must sum to 1 by itself: sum along axis 1 and
#   keep the axis.
def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum()


# %% mistake: softmax_without_keepdims
# replaces: softmax
# costs: test_softmax
# message: A sum along axis 1 has shape (N,), and NumPy lines it up with the columns, not with the rows.
#   Keep the axis: keepdims=True.
def softmax(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return e / e.sum(axis=1)


# %% mistake: softmax_in_place
# replaces: softmax
# costs: test_softmax
# message: `-=` subtracts from the caller's logits. Write `logits - ...`, which makes a new array.
def softmax(logits):
    logits -= logits.max(axis=1, keepdims=True)
    e = np.exp(logits)
    return e / e.sum(axis=1, keepdims=True)


# %% mistake: softmax_by_minimum
# replaces: softmax
# costs: test_softmax
# message: You subtract the smallest logit of each row, and the largest one still overflows. Subtract the
#   maximum.
def softmax(logits):
    e = np.exp(logits - logits.min(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% mistake: softmax_float32
# replaces: softmax
# costs: test_softmax
# message: The result is right to seven digits only: somewhere you convert to float32. Stay in float64.
def softmax(logits):
    z = logits.astype(np.float32)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% mistake: cross_entropy_sum
# replaces: cross_entropy
# costs: test_cross_entropy
# message: Your loss grows with the number of examples: it is their sum. Take the mean over the batch.
def cross_entropy(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(labels)), labels].sum()


# %% mistake: cross_entropy_mean_twice
# replaces: cross_entropy
# costs: test_cross_entropy
# message: You divide by the number of examples twice: np.mean has already done it.
def cross_entropy(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels]) / len(labels)


# %% mistake: cross_entropy_mean_over_classes
# replaces: cross_entropy
# costs: test_cross_entropy
# message: You take the mean over examples and classes. Only the true class of each example counts: divide
#   by N, not by N times the number of classes.
def cross_entropy(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.mean(np.eye(logits.shape[1])[labels] * log_p)


# %% mistake: cross_entropy_without_minus
# replaces: cross_entropy
# costs: test_cross_entropy
# message: Your loss is negative: the logarithm of a probability is, and the loss is minus its mean.
def cross_entropy(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return np.mean(log_p[np.arange(len(labels)), labels])


# %% mistake: cross_entropy_softmax_twice
# replaces: cross_entropy
# costs: test_cross_entropy
# message: You pass the probabilities through softmax once more, as if they were logits. Apply it once.
def cross_entropy(logits, labels):
    p = softmax(logits)
    log_p = p - np.log(np.exp(p).sum(axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


# %% mistake: cross_entropy_of_zero
# replaces: cross_entropy
# costs: test_cross_entropy
# message: A probability that rounds to 0 makes your loss infinite. Do not take the logarithm of softmax:
#   subtract the logarithm of the sum of exponentials from the logits.
def cross_entropy(logits, labels):
    return -np.mean(np.log(softmax(logits)[np.arange(len(labels)), labels]))


# %% mistake: cross_entropy_epsilon
# replaces: cross_entropy
# costs: test_cross_entropy
# message: A small constant inside the logarithm hides ln 0 but caps the loss and bends every value a
#   little. Work with the logits, and no constant is needed.
def cross_entropy(logits, labels):
    return -np.mean(np.log(softmax(logits)[np.arange(len(labels)), labels] + 1e-12))


# %% mistake: cross_entropy_all_pairs
# replaces: cross_entropy
# costs: test_cross_entropy
# message: `[:, labels]` picks, for every example, the classes of all examples. Pair them off:
#   `[np.arange(N), labels]`.
def cross_entropy(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.mean(log_p[:, labels])


# %% mistake: cross_entropy_without_shift
# replaces: cross_entropy
# costs: test_cross_entropy
# message: The exponentials in your sum overflow for large logits. Subtract each row's maximum from the
#   logits first.
def cross_entropy(logits, labels):
    return np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels])


# %% mistake: binary_cross_entropy_of_zero
# replaces: binary_cross_entropy
# costs: test_binary_cross_entropy
# message: Where the sigmoid rounds to 0 or 1 you take the logarithm of 0. Never form the probability: use
#   −ln σ(z) = ln(1 + e^(−z)) with np.logaddexp.
def binary_cross_entropy(logits, targets):
    y = sigmoid(logits)
    return -np.mean(targets * np.log(y) + (1 - targets) * np.log(1 - y))


# %% mistake: binary_cross_entropy_clipped
# replaces: binary_cross_entropy
# costs: test_binary_cross_entropy
# message: Clipping the probability hides ln 0 but caps the loss. Compute from the logits, and nothing needs
#   clipping.
def binary_cross_entropy(logits, targets):
    y = np.clip(sigmoid(logits), 1e-12, 1 - 1e-12)
    return -np.mean(targets * np.log(y) + (1 - targets) * np.log(1 - y))


# %% mistake: binary_cross_entropy_one_class
# replaces: binary_cross_entropy
# costs: test_binary_cross_entropy
# message: Examples with target 0 do not count in your loss: the term (1 − t) ln(1 − y) is missing.
def binary_cross_entropy(logits, targets):
    return np.mean(targets * np.logaddexp(0, -logits))


# %% mistake: binary_cross_entropy_swapped
# replaces: binary_cross_entropy
# costs: test_binary_cross_entropy
# message: The two targets have changed places: t goes with ln y, and 1 − t with ln(1 − y).
def binary_cross_entropy(logits, targets):
    return np.mean(np.logaddexp(0, logits) - (1 - targets) * logits)


# %% mistake: binary_cross_entropy_sum
# replaces: binary_cross_entropy
# costs: test_binary_cross_entropy
# message: Your loss grows with the number of examples: it is their sum. Take the mean over the batch.
def binary_cross_entropy(logits, targets):
    return np.sum(np.logaddexp(0, logits) - targets * logits)


# %% mistake: binary_cross_entropy_sigmoid_twice
# replaces: binary_cross_entropy
# costs: test_binary_cross_entropy
# message: You apply the sigmoid first and then compute as if its result were still a logit. Apply it once.
def binary_cross_entropy(logits, targets):
    y = sigmoid(logits)
    return np.mean(np.logaddexp(0, y) - targets * y)


# %% mistake: xor_is_or
# replaces: xor
# costs: test_xor
# message: Your output unit fires as soon as one hidden unit does. AND needs a bias low enough that a single
#   one is not enough.
xor_W1 = np.array([[1.0, -1.0], [1.0, -1.0]])
xor_b1 = np.array([-0.5, 1.5])
xor_w2 = np.array([1.0, 1.0])
xor_b2 = -0.5


# %% mistake: xor_rows_for_columns
# replaces: xor
# costs: test_xor
# message: You gave each hidden unit a row of xor_W1. Column j belongs to unit j: transpose the matrix.
xor_W1 = np.array([[1.0, 1.0], [-1.0, -1.0]])
xor_b1 = np.array([-0.5, 1.5])
xor_w2 = np.array([1.0, 1.0])
xor_b2 = -1.5


# %% mistake: xor_bias_sign
# replaces: xor
# costs: test_xor
# message: The biases have the wrong sign. A unit fires when w·x + b > 0, so a threshold of θ means the bias
#   −θ.
xor_W1 = np.array([[1.0, -1.0], [1.0, -1.0]])
xor_b1 = np.array([0.5, -1.5])
xor_w2 = np.array([1.0, 1.0])
xor_b2 = 1.5


# %% mistake: xor_on_the_edge
# replaces: xor
# costs: test_xor
# message: Your net is right on the four corners, but a line passes through one of them: a small change of
#   the input flips the answer. Move the lines to the middle between the corners.
xor_W1 = np.array([[1, -1], [1, -1]])
xor_b1 = np.array([0, 2])
xor_w2 = np.array([1, 1])
xor_b2 = -1


# %% mistake: two_layer_linear
# replaces: two_layer_forward
# costs: test_two_layer_forward
# message: There is no activation between your two layers, so together they are one linear layer. Pass the
#   hidden layer through the ReLU.
def two_layer_forward(X, W1, b1, W2, b2):
    return (X @ W1 + b1) @ W2 + b2


# %% mistake: two_layer_relu_on_output
# replaces: two_layer_forward
# costs: test_two_layer_forward
# message: You apply the ReLU to the output too. Logits may be negative: no activation after the last layer.
def two_layer_forward(X, W1, b1, W2, b2):
    return np.maximum(0, np.maximum(0, X @ W1 + b1) @ W2 + b2)


# %% mistake: two_layer_softmax_on_output
# replaces: two_layer_forward
# costs: test_two_layer_forward
# message: You return probabilities. The function should return logits: leave out the softmax.
def two_layer_forward(X, W1, b1, W2, b2):
    return softmax(np.maximum(0, X @ W1 + b1) @ W2 + b2)


# %% mistake: two_layer_sigmoid
# replaces: two_layer_forward
# costs: test_two_layer_forward
# message: Your hidden layer uses the sigmoid. This net has a ReLU there.
def two_layer_forward(X, W1, b1, W2, b2):
    return sigmoid(X @ W1 + b1) @ W2 + b2


# %% mistake: two_layer_mask
# replaces: two_layer_forward
# costs: test_two_layer_forward
# message: You pass on which hidden units are on (0 or 1), not how strongly. The ReLU keeps the value of a
#   positive z.
def two_layer_forward(X, W1, b1, W2, b2):
    H = X @ W1 + b1 > 0
    return H @ W2 + b2


# %% mistake: two_layer_relu_before_bias
# replaces: two_layer_forward
# costs: test_two_layer_forward
# message: You add the hidden layer's bias after its ReLU. It belongs to the sum, before the ReLU.
def two_layer_forward(X, W1, b1, W2, b2):
    return (np.maximum(0, X @ W1) + b1) @ W2 + b2


# %% mistake: collapse_sums_biases
# replaces: collapse
# costs: test_collapse
# message: You add the biases as they are. A bias passes through every later layer: multiply what you have by
#   the next W, and then add the next b.
def collapse(weights, biases):
    W, b = weights[0], biases[0].sum()
    for next_W, next_b in zip(weights[1:], biases[1:]):
        W, b = W @ next_W, b + next_b
    return W, b + np.zeros(W.shape[1])


# %% mistake: collapse_last_bias_only
# replaces: collapse
# costs: test_collapse
# message: Only the last bias reaches your b. The earlier ones count too, multiplied by all later W.
def collapse(weights, biases):
    W = weights[0]
    for next_W in weights[1:]:
        W = W @ next_W
    return W, biases[-1]


# %% mistake: collapse_bias_through_all
# replaces: collapse
# costs: test_collapse
# message: The last layer's bias has no part in your b. In H W + b each layer's bias comes after the product with its
#   own W, the last one, too: b becomes b W + its bias.
def collapse(weights, biases):
    W, b = weights[0], np.zeros(len(weights[0]))
    b = b @ W
    for next_W, next_b in zip(weights[1:], biases[:-1]):
        W, b = W @ next_W, (b + next_b) @ next_W
    return W, b


# %% mistake: collapse_reversed
# replaces: collapse
# costs: test_collapse
# message: You multiply the matrices in the wrong order. X meets the first W first: W1 @ W2 @ W3.
def collapse(weights, biases):
    W, b = weights[0], biases[0]
    for next_W, next_b in zip(weights[1:], biases[1:]):
        W, b = next_W @ W, b @ next_W + next_b
    return W, b


# %% mistake: collapse_two_layers_only
# replaces: collapse
# costs: test_collapse
# message: You multiply out two layers, whatever the number of layers is. Loop over all that come after the
#   first.
def collapse(weights, biases):
    return weights[0] @ weights[1], biases[0] @ weights[1] + biases[1]


# %% mistake: collapse_empties_the_lists
# replaces: collapse
# costs: test_collapse
# message: `pop` takes the layers out of the caller's own lists. Read them with an index or a loop.
def collapse(weights, biases):
    W, b = weights.pop(0), biases.pop(0)
    while weights:
        next_W = weights.pop(0)
        W, b = W @ next_W, b @ next_W + biases.pop(0)
    return W, b


# %% mistake: collapse_with_relu
# replaces: collapse
# costs: test_collapse
# message: You bend the biases on their way. There is no activation in this stack: only products and sums.
def collapse(weights, biases):
    W, b = weights[0], biases[0]
    for next_W, next_b in zip(weights[1:], biases[1:]):
        W, b = W @ next_W, np.maximum(0, b) @ next_W + next_b
    return W, b


# %% mistake: bump_corners_for_biases
# replaces: bump
# costs: test_bump, test_bump_net
# message: Your joints are on the wrong side of 0. A unit starts to rise where w x + b = 0: with w = 1 the bias
#   is −s.
def bump(corners, height):
    s1, s2, s3, s4 = corners
    up, down = height / (s2 - s1), height / (s4 - s3)
    return np.ones((1, 4)), np.array(corners), np.array([[up], [-up], [-down], [down]]), np.zeros(1)


# %% mistake: bump_slope_upside_down
# replaces: bump
# costs: test_bump, test_bump_net
# message: Your sides are not as steep as they should be: a slope is the height divided by the width of the
#   side, not the other way round.
def bump(corners, height):
    s1, s2, s3, s4 = corners
    up, down = (s2 - s1) / height, (s4 - s3) / height
    return np.ones((1, 4)), -np.array(corners), np.array([[up], [-up], [-down], [down]]), np.zeros(1)


# %% mistake: bump_height_for_slope
# replaces: bump
# costs: test_bump, test_bump_net
# message: You use the height as the slope, which is right only for a side of width 1. Divide it by the width.
def bump(corners, height):
    return np.ones((1, 4)), -np.array(corners), height * np.array([[1.0], [-1.0], [-1.0], [1.0]]), np.zeros(1)


# %% mistake: bump_sides_alike
# replaces: bump
# costs: test_bump
# message: Both sides of your bump have the slope of the left one. The right side has a width of its own.
def bump(corners, height):
    up = height / (corners[1] - corners[0])
    return np.ones((1, 4)), -np.array(corners), up * np.array([[1.0], [-1.0], [-1.0], [1.0]]), np.zeros(1)


# %% mistake: bump_never_ends
# replaces: bump
# costs: test_bump, test_bump_net
# message: After its last corner your bump goes on falling below 0. The fourth unit has to stop it: its weight
#   is the opposite of the third one's.
def bump(corners, height):
    s1, s2, s3, s4 = corners
    up, down = height / (s2 - s1), height / (s4 - s3)
    return np.ones((1, 4)), -np.array(corners), np.array([[up], [-up], [-down], [-down]]), np.zeros(1)


# %% mistake: bump_two_steps_up
# replaces: bump
# costs: test_bump, test_bump_net
# message: Where it should come down, your curve climbs to twice the height. The third unit must have a weight
#   of the opposite sign to the first one's.
def bump(corners, height):
    s1, s2, s3, s4 = corners
    up, down = height / (s2 - s1), height / (s4 - s3)
    return np.ones((1, 4)), -np.array(corners), np.array([[up], [-up], [down], [-down]]), np.zeros(1)


# %% mistake: bump_height_inside
# replaces: bump
# costs: test_bump, test_bump_net
# message: You put the slopes into W1, inside the ReLU. With a negative height they turn the units round. The
#   sign belongs to the output weights, W2.
def bump(corners, height):
    s1, s2, s3, s4 = corners
    up, down = height / (s2 - s1), height / (s4 - s3)
    W1 = np.array([[up, up, down, down]])
    return W1, -W1[0] * corners, np.array([[1.0], [-1.0], [-1.0], [1.0]]), np.zeros(1)


# %% mistake: bump_on_the_height
# replaces: bump
# costs: test_bump, test_bump_net
# message: Your bump stands on a floor of its own height: the output bias lifts the whole curve. It is 0 here.
def bump(corners, height):
    s1, s2, s3, s4 = corners
    up, down = height / (s2 - s1), height / (s4 - s3)
    W2 = np.array([[up], [-up], [-down], [down]])
    return np.ones((1, 4)), -np.array(corners), W2, np.array([float(height)])


# %% mistake: bump_net_leaves_gaps
# replaces: bump_net
# costs: test_bump_net
# message: Between two of your bumps the curve drops to 0, and more bumps only make more such holes. Let the
#   side of each overlap that of its neighbour, so that they cross in the middle.
def bump_net(f, low, high, K):
    places = np.linspace(low, high, K)
    corners = (places[1] - places[0]) * np.array([-0.5, -0.25, 0.25, 0.5])
    W1, b1, W2, b2 = zip(*(bump(place + corners, t) for place, t in zip(places, f(places))))
    return np.hstack(W1), np.hstack(b1), np.vstack(W2), sum(b2)


# %% mistake: bump_net_piles_up
# replaces: bump_net
# costs: test_bump_net
# message: Your bumps reach too far into their neighbours: where two of them overlap their heights add up to
#   more than f. Their sides should cross at half of the height.
def bump_net(f, low, high, K):
    places = np.linspace(low, high, K)
    corners = (places[1] - places[0]) * np.array([-0.75, -0.5, 0.5, 0.75])
    W1, b1, W2, b2 = zip(*(bump(place + corners, t) for place, t in zip(places, f(places))))
    return np.hstack(W1), np.hstack(b1), np.vstack(W2), sum(b2)


# %% mistake: bump_net_one_height
# replaces: bump_net
# costs: test_bump_net
# message: All your bumps have the same height. Each one is as high as f is where it stands.
def bump_net(f, low, high, K):
    places = np.linspace(low, high, K)
    corners = (places[1] - places[0]) * np.array([-0.75, -0.25, 0.25, 0.75])
    height = np.mean(f(places))
    W1, b1, W2, b2 = zip(*(bump(place + corners, height) for place in places))
    return np.hstack(W1), np.hstack(b1), np.vstack(W2), sum(b2)


# %% mistake: bump_net_starts_at_zero
# replaces: bump_net
# costs: test_bump_net
# message: Your bumps start at 0 whatever `low` is. Spread them from low to high.
def bump_net(f, low, high, K):
    width = (high - low) / (K - 1)
    places = width * np.arange(K)
    corners = width * np.array([-0.75, -0.25, 0.25, 0.75])
    W1, b1, W2, b2 = zip(*(bump(place + corners, t) for place, t in zip(places, f(places))))
    return np.hstack(W1), np.hstack(b1), np.vstack(W2), sum(b2)


# %% mistake: bump_net_asks_f_elsewhere
# replaces: bump_net
# costs: test_bump_net
# message: You ask f for the number of the bump, 0, 1, 2 and so on, and not for the place where it stands.
def bump_net(f, low, high, K):
    places = np.linspace(low, high, K)
    corners = (places[1] - places[0]) * np.array([-0.75, -0.25, 0.25, 0.75])
    W1, b1, W2, b2 = zip(*(bump(places[k] + corners, t) for k, t in enumerate(f(np.arange(K) * 1.0))))
    return np.hstack(W1), np.hstack(b1), np.vstack(W2), sum(b2)


# %% mistake: bump_net_forgets_K
# replaces: bump_net
# costs: test_bump_net
# message: Your net has the same number of bumps whatever K is. Use the argument, no number of your own or of a call
#   before.
def bump_net(f, low, high, K):
    places = np.linspace(low, high, 8)
    corners = (places[1] - places[0]) * np.array([-0.75, -0.25, 0.25, 0.75])
    W1, b1, W2, b2 = zip(*(bump(place + corners, t) for place, t in zip(places, f(places))))
    return np.hstack(W1), np.hstack(b1), np.vstack(W2), sum(b2)


# %% mistake: bump_net_last_bump_only
# replaces: bump_net
# costs: test_bump_net
# message: You return the parameters of a single bump: each round of the loop throws away the one before.
#   Collect them, and join them at the end.
def bump_net(f, low, high, K):
    places = np.linspace(low, high, K)
    corners = (places[1] - places[0]) * np.array([-0.75, -0.25, 0.25, 0.75])
    for place, height in zip(places, f(places)):
        W1, b1, W2, b2 = bump(place + corners, height)
    return W1, b1, W2, b2


# %% mistake: bump_net_half_left_out
# replaces: bump_net
# costs: test_bump_net
# message: One end of the interval has no bump, so the curve falls to 0 there. Spread the places from low to
#   high with both ends included.
def bump_net(f, low, high, K):
    places = np.linspace(low, (low + high) / 2, K)
    corners = (places[1] - places[0]) * np.array([-0.75, -0.25, 0.25, 0.75])
    W1, b1, W2, b2 = zip(*(bump(place + corners, t) for place, t in zip(places, f(places))))
    return np.hstack(W1), np.hstack(b1), np.vstack(W2), sum(b2)


# %% mistake: bump_net_one_step_too_many
# replaces: bump_net
# costs: test_bump_net
# message: Between K places there are K − 1 steps. You divide the interval by K, so your bumps are a little too narrow
#   for the distance of their neighbours.
def bump_net(f, low, high, K):
    places = np.linspace(low, high, K)
    corners = (high - low) / K * np.array([-0.75, -0.25, 0.25, 0.75])
    W1, b1, W2, b2 = zip(*(bump(place + corners, height) for place, height in zip(places, f(places))))
    return np.hstack(W1), np.hstack(b1), np.vstack(W2), sum(b2)


# %% mistake: bump_net_without_the_right_end
# replaces: bump_net
# costs: test_bump_net
# message: Your places end one step before `high`, so no bump stands at the right end of the interval, and the net is 0
#     there. The places go from `low` to `high`, both included, and lie (high − low) / (K − 1) apart.
def bump_net(f, low, high, K):
    d = (high - low) / K
    places = low + d * np.arange(K)
    corners = d * np.array([-0.75, -0.25, 0.25, 0.75])
    W1, b1, W2, b2 = zip(*[bump(place + corners, height) for place, height in zip(places, f(places))])
    return np.hstack(W1), np.hstack(b1), np.vstack(W2), sum(b2)


# %% mistake: initial_weights_zero
# replaces: initial_weights
# costs: test_initial_weights, test_mlp_parameters, test_digit_net
# message: All your weights start at 0, so all hidden units compute and learn the same for ever. Draw them
#   at random.
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    return np.zeros((fan_in, fan_out))


# %% mistake: initial_weights_variance_for_std
# replaces: initial_weights
# costs: test_initial_weights, test_mlp_parameters
# message: You use the variance where the standard deviation belongs: take its square root.
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    variance = 2 / (fan_in + fan_out) if activation in ("tanh", "sigmoid") else 2 / fan_in
    return np.random.default_rng(seed).normal(0, variance, (fan_in, fan_out))


# %% mistake: initial_weights_by_outputs
# replaces: initial_weights
# costs: test_initial_weights, test_mlp_parameters
# message: Your He weights are scaled by the number of units. A unit sums over its inputs, so it is their
#   number that counts.
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    variance = 2 / (fan_in + fan_out) if activation in ("tanh", "sigmoid") else 2 / fan_out
    return np.random.default_rng(seed).normal(0, np.sqrt(variance), (fan_in, fan_out))


# %% mistake: initial_weights_two_seeds
# replaces: initial_weights
# costs: test_initial_weights, test_mlp_parameters
# message: Every second seed gives the same weights. Hand the seed itself to `default_rng`.
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    variance = 2 / (fan_in + fan_out) if activation in ("tanh", "sigmoid") else 2 / fan_in
    return np.random.default_rng(seed % 2).normal(0, np.sqrt(variance), (fan_in, fan_out))


# %% mistake: initial_weights_half_variance
# replaces: initial_weights
# costs: test_initial_weights, test_mlp_parameters
# message: Your weights are too small by a factor √2: the variance has a 2 on top, for He and for Xavier.
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    variance = 1 / (fan_in + fan_out) if activation in ("tanh", "sigmoid") else 1 / fan_in
    return np.random.default_rng(seed).normal(0, np.sqrt(variance), (fan_in, fan_out))


# %% mistake: initial_weights_always_he
# replaces: initial_weights
# costs: test_initial_weights, test_mlp_parameters
# message: You ignore the argument `activation`. For tanh and sigmoid use Xavier's formula, with inputs and
#   outputs.
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    return np.random.default_rng(seed).normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))


# %% mistake: initial_weights_he_for_relu_only
# replaces: initial_weights
# costs: test_initial_weights
# message: You use He's formula for the ReLU alone. Its kin, the leaky ReLU, ELU and softplus, start with it
#   too; Xavier's is for tanh and sigmoid.
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    variance = 2 / fan_in if activation == "relu" else 2 / (fan_in + fan_out)
    return np.random.default_rng(seed).normal(0, np.sqrt(variance), (fan_in, fan_out))


# %% mistake: initial_weights_xavier_for_elu_and_softplus
# replaces: initial_weights
# costs: test_initial_weights
# message: Your ELU and softplus start with Xavier's formula. They are kin of the ReLU, as the leaky ReLU is, and
#   start with He's; Xavier's is for tanh and sigmoid.
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    variance = 2 / fan_in if activation in ("relu", "leaky_relu") else 2 / (fan_in + fan_out)
    return np.random.default_rng(seed).normal(0, np.sqrt(variance), (fan_in, fan_out))


# %% mistake: initial_weights_he_for_sigmoid
# replaces: initial_weights
# costs: test_initial_weights, test_mlp_parameters
# message: Your sigmoid starts with He's formula, which is for the ReLU and its kin. Xavier's is for tanh and sigmoid.
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    variance = 2 / (fan_in + fan_out) if activation == "tanh" else 2 / fan_in
    return np.random.default_rng(seed).normal(0, np.sqrt(variance), (fan_in, fan_out))


# %% mistake: initial_weights_identical_columns
# replaces: initial_weights
# costs: test_initial_weights, test_digit_net
# message: All units of your layer start with the same weights, so they get the same gradients and stay the same. Draw
#   every weight by itself: the size of the draw is (fan_in, fan_out).
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    std = np.sqrt(2 / (fan_in + fan_out) if activation in ("tanh", "sigmoid") else 2 / fan_in)
    column = np.random.default_rng(seed).normal(size=(fan_in, 1))
    return np.tile((column - column.mean()) / column.std() * std, (1, fan_out))


# %% mistake: initial_weights_one_size
# replaces: initial_weights
# costs: test_initial_weights, test_mlp_parameters
# message: Your weights have the same spread whatever the width of the layer. Multiply standard normal
#   numbers by the std of the formula.
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    return 0.1 * np.random.default_rng(seed).standard_normal((fan_in, fan_out))


# %% mistake: initial_weights_positive
# replaces: initial_weights
# costs: test_initial_weights, test_mlp_parameters
# message: All your weights are positive. Their mean should be 0: draw from a distribution that is symmetric
#   about 0.
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    variance = 2 / (fan_in + fan_out) if activation in ("tanh", "sigmoid") else 2 / fan_in
    return np.abs(np.random.default_rng(seed).normal(0, np.sqrt(variance), (fan_in, fan_out)))


# %% mistake: initial_weights_ignore_seed
# replaces: initial_weights
# costs: test_initial_weights, test_mlp_parameters
# message: Your weights do not depend on the seed: every seed gives the same ones. Hand it on:
#   np.random.default_rng(seed).
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    variance = 2 / (fan_in + fan_out) if activation in ("tanh", "sigmoid") else 2 / fan_in
    return np.random.default_rng(0).normal(0, np.sqrt(variance), (fan_in, fan_out))


# %% mistake: start_net_twin_layers
# replaces: mlp_parameters
# costs: test_mlp_parameters
# message: Two layers of one shape start with the same numbers, because both use the same seed. Give each
#   layer its own.
def start_net(widths, activation="relu", seed=0):
    weights = [initial_weights(m, n, activation, seed) for m, n in zip(widths, widths[1:])]
    return weights, [np.zeros(n) for n in widths[1:]]


def parameter_count(weights, biases):
    return sum(W.size + b.size for W, b in zip(weights, biases))


# %% mistake: start_net_last_layer_by_another_rule
# replaces: mlp_parameters
# costs: test_mlp_parameters
# message: Your last layer starts with another spread than the hidden layers. It has no ReLU, but here one rule, that of
#   `activation`, holds for all layers of a net.
def start_net(widths, activation="relu", seed=0):
    weights = []
    for l, (m, n) in enumerate(zip(widths, widths[1:])):
        rule = activation if l < len(widths) - 2 else "tanh"
        weights.append(initial_weights(m, n, rule, seed + l))
    return weights, [np.zeros(n) for n in widths[1:]]


def parameter_count(weights, biases):
    return sum(W.size + b.size for W, b in zip(weights, biases))


# %% mistake: net_logits_activation_on_output
# replaces: mlp_forward
# costs: test_mlp_forward, test_mlp_activations
# message: You apply the activation after the last layer as well. Logits may be negative: stop before it.
def net_logits(weights, biases, X, activation="relu"):
    curves = {
        "sigmoid": sigmoid,
        "tanh": np.tanh,
        "relu": relu,
        "leaky_relu": leaky_relu,
        "elu": elu,
        "softplus": softplus,
    }
    g = curves[activation]
    for W, b in zip(weights, biases):
        X = g(X @ W + b)
    return X


# %% mistake: net_logits_bias_after_activation
# replaces: mlp_forward
# costs: test_mlp_forward, test_mlp_activations
# message: You add the bias after the activation. It belongs to the sum: first H @ W + b, then g of all of that.
def net_logits(weights, biases, X, activation="relu"):
    smooth = {"sigmoid": sigmoid, "tanh": np.tanh, "softplus": softplus}
    g = (smooth | {"relu": relu, "leaky_relu": leaky_relu, "elu": elu})[activation]
    H = X
    for W, b in zip(weights[:-1], biases[:-1]):
        H = g(H @ W) + b
    return H @ weights[-1] + biases[-1]


# %% mistake: net_logits_without_activation
# replaces: mlp_forward
# costs: test_mlp_forward, test_mlp_activations, test_digit_net
# message: No activation stands between your first layer and your last one, so with one hidden layer your net is linear.
#   Bend every layer but the last.
def net_logits(weights, biases, X, activation="relu"):
    for W, b in zip(weights, biases):
        X = X @ W + b
    return X


# %% mistake: net_logits_always_relu
# replaces: mlp_forward
# costs: test_mlp_forward, test_mlp_activations
# message: Your net uses the ReLU whatever `activation` says. Look up the function that has this name.
def net_logits(weights, biases, X, activation="relu"):
    for W, b in zip(weights[:-1], biases[:-1]):
        X = np.maximum(0, X @ W + b)
    return X @ weights[-1] + biases[-1]


# %% mistake: net_logits_three_activations_only
# replaces: mlp_forward
# costs: test_mlp_activations
# message: Your net takes any activation that it does not know for the ReLU. It should know leaky_relu, elu and
#   softplus by their names too.
def net_logits(weights, biases, X, activation="relu"):
    g = {"tanh": np.tanh, "sigmoid": sigmoid}.get(activation, relu)
    for W, b in zip(weights[:-1], biases[:-1]):
        X = g(X @ W + b)
    return X @ weights[-1] + biases[-1]


# %% mistake: net_logits_misspelt_activation
# replaces: mlp_forward
# costs: test_mlp_activations
# message: Your net does not know one of the names leaky_relu, elu and softplus. Compare the names in your code
#   with those of the docstring, letter for letter.
def net_logits(weights, biases, X, activation="relu"):
    curves = {"leaky-relu": leaky_relu, "elu": elu, "softplus": softplus, "tanh": np.tanh, "relu": relu}
    g = curves.get(activation) or {"sigmoid": sigmoid}[activation]
    for W, b in zip(weights[:-1], biases[:-1]):
        X = g(X @ W + b)
    return X @ weights[-1] + biases[-1]


# %% mistake: net_logits_two_layers_only
# replaces: mlp_forward
# costs: test_mlp_forward
# message: Your forward pass handles one hidden layer only. Loop over all layers but the last, then apply
#   the last.
def net_logits(weights, biases, X, activation="relu"):
    curves = {
        "sigmoid": sigmoid,
        "tanh": np.tanh,
        "relu": relu,
        "leaky_relu": leaky_relu,
        "elu": elu,
        "softplus": softplus,
    }
    g = curves[activation]
    H = g(X @ weights[0] + biases[0])
    return H @ weights[1] + biases[1]


# %% mistake: net_logits_forgets_last_bias
# replaces: mlp_forward
# costs: test_mlp_forward, test_mlp_activations
# message: The bias of the last layer does not reach the logits. Every layer adds its bias, the last one
#   too.
def net_logits(weights, biases, X, activation="relu"):
    curves = {
        "sigmoid": sigmoid,
        "tanh": np.tanh,
        "relu": relu,
        "leaky_relu": leaky_relu,
        "elu": elu,
        "softplus": softplus,
    }
    g = curves[activation]
    for W, b in zip(weights[:-1], biases[:-1]):
        X = g(X @ W + b)
    return X @ weights[-1]


# %% mistake: parameter_count_weights_only
# replaces: mlp_parameters
# costs: test_mlp_parameters
# message: You count the weights and leave out the biases. They are parameters too: one for each unit.
def start_net(widths, activation="relu", seed=0):
    pairs = enumerate(zip(widths, widths[1:]))
    return [initial_weights(m, n, activation, seed + l) for l, (m, n) in pairs], [np.zeros(n) for n in widths[1:]]


def parameter_count(weights, biases):
    return sum(W.size for W in weights)


# %% mistake: predict_probabilities
# replaces: mlp_predict
# costs: test_mlp_predict, test_digit_net
# message: predict returns a row of probabilities for each example. Return the number of the class with the
#   largest one.
def predict(logits):
    return softmax(logits)


# %% mistake: predict_along_examples
# replaces: mlp_predict
# costs: test_mlp_predict, test_digit_net
# message: predict looks for the largest logit in each column. Each example is a row: argmax along axis 1.
def predict(logits):
    return np.argmax(logits, axis=0)


# %% mistake: predict_one_for_all
# replaces: mlp_predict
# costs: test_mlp_predict, test_digit_net
# message: Without an axis, argmax counts through the whole array and names one place for all examples. Each example
#   is a row: argmax along axis 1.
def predict(logits):
    return np.argmax(logits)


# %% mistake: predict_largest_logit
# replaces: mlp_predict
# costs: test_mlp_predict, test_digit_net
# message: predict returns the largest logit of each example. Asked for is its place, the number of the class.
def predict(logits):
    return np.max(logits, axis=1)


# %% mistake: predict_largest_size
# replaces: mlp_predict
# costs: test_mlp_predict, test_digit_net
# message: You compare the logits by their size, without the sign. A very negative logit says "surely not this class".
def predict(logits):
    return np.argmax(np.abs(logits), axis=1)


# %% mistake: minibatches_drop_the_rest
# replaces: minibatches
# costs: test_minibatches, test_train
# message: The examples that do not fill a whole batch are left out. Let the last batch be smaller.
def minibatches(X, y, batch_size, seed=0):
    order = np.random.default_rng(seed).permutation(len(X))
    batches = []
    for i in range(len(X) // batch_size):
        rows = order[i * batch_size : (i + 1) * batch_size]
        batches.append((X[rows], y[rows]))
    return batches


# %% mistake: minibatches_empty_batch
# replaces: minibatches
# costs: test_minibatches
# message: Where the batch size divides the number of examples you append an empty batch. Step with range(0,
#   N, batch_size), which stops in time.
def minibatches(X, y, batch_size, seed=0):
    order = np.random.default_rng(seed).permutation(len(X))
    starts = [i * batch_size for i in range(len(X) // batch_size + 1)]
    return [(X[order[s : s + batch_size]], y[order[s : s + batch_size]]) for s in starts]


# %% mistake: minibatches_in_order
# replaces: minibatches
# costs: test_minibatches, test_train
# message: The examples come in the order in which they were given. Cut up a random permutation of the row
#   numbers.
def minibatches(X, y, batch_size, seed=0):
    return [(X[i : i + batch_size], y[i : i + batch_size]) for i in range(0, len(X), batch_size)]


# %% mistake: minibatches_last_example_stays
# replaces: minibatches
# costs: test_minibatches
# message: The last example never moves: `permutation(len(X) - 1)` mixes all but one.
def minibatches(X, y, batch_size, seed=0):
    order = np.append(np.random.default_rng(seed).permutation(len(X) - 1), len(X) - 1)
    return [(X[order[s : s + batch_size]], y[order[s : s + batch_size]]) for s in range(0, len(X), batch_size)]


# %% mistake: minibatches_lose_labels
# replaces: minibatches
# costs: test_minibatches, test_train, test_digit_net
# message: You shuffle examples and labels apart, so they no longer belong together. Use one permutation for
#   both.
def minibatches(X, y, batch_size, seed=0):
    rng = np.random.default_rng(seed)
    X, y = rng.permutation(X), rng.permutation(y)
    return [(X[i : i + batch_size], y[i : i + batch_size]) for i in range(0, len(X), batch_size)]


# %% mistake: minibatches_shuffle_in_place
# replaces: minibatches
# costs: test_minibatches, test_train
# message: `rng.shuffle` reorders the caller's own arrays. Permute row numbers, and index with them.
def minibatches(X, y, batch_size, seed=0):
    np.random.default_rng(seed).shuffle(X)
    np.random.default_rng(seed).shuffle(y)
    return [(X[i : i + batch_size], y[i : i + batch_size]) for i in range(0, len(X), batch_size)]


# %% mistake: minibatches_with_replacement
# replaces: minibatches
# costs: test_minibatches, test_train
# message: Some examples come twice in an epoch and others never: you draw row numbers with replacement. Use
#   a permutation.
def minibatches(X, y, batch_size, seed=0):
    order = np.random.default_rng(seed).integers(len(X), size=len(X))
    pieces = [order[i : i + batch_size] for i in range(0, len(X), batch_size)]
    return [(X[rows], y[rows]) for rows in pieces]


# %% mistake: train_uphill
# replaces: train
# costs: test_train, test_digit_net
# message: Your steps go uphill: the loss grows. Subtract the gradient.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    for epoch in range(epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size, seed + epoch):
            _, gW, gb = loss_gradients(weights, biases, X_batch, y_batch)
            weights = [W + learning_rate * g for W, g in zip(weights, gW)]
            biases = [b + learning_rate * g for b, g in zip(biases, gb)]
    return weights, biases


# %% mistake: train_forgets_biases
# replaces: train
# costs: test_train
# message: Your biases stay as they were. They learn as the weights do, with their own gradients.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    for epoch in range(epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size, seed + epoch):
            _, gW, gb = loss_gradients(weights, biases, X_batch, y_batch)
            weights = [W - learning_rate * g for W, g in zip(weights, gW)]
    return weights, biases


# %% mistake: train_in_place
# replaces: train
# costs: test_train
# message: `-=` changes the arrays that were handed to you. Make new ones: `W - learning_rate * gradient`,
#   or copy them first.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    for epoch in range(epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size, seed + epoch):
            _, gW, gb = loss_gradients(weights, biases, X_batch, y_batch)
            for W, g in zip(weights, gW):
                W -= learning_rate * g
            for b, g in zip(biases, gb):
                b -= learning_rate * g
    return weights, biases


# %% mistake: train_mean_twice
# replaces: train
# costs: test_train, test_digit_net
# message: You divide the gradient by the batch size, but the loss is a mean already. Use the gradient as it
#   comes.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    for epoch in range(epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size, seed + epoch):
            _, gW, gb = loss_gradients(weights, biases, X_batch, y_batch)
            weights = [W - learning_rate * g / len(y_batch) for W, g in zip(weights, gW)]
            biases = [b - learning_rate * g / len(y_batch) for b, g in zip(biases, gb)]
    return weights, biases


# %% mistake: train_first_batch_only
# replaces: train
# costs: test_train, test_digit_net
# message: Each epoch uses its first batch only. Step once for every batch of the list.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    for epoch in range(epochs):
        X_batch, y_batch = minibatches(X, y, batch_size, seed + epoch)[0]
        _, gW, gb = loss_gradients(weights, biases, X_batch, y_batch)
        weights = [W - learning_rate * g for W, g in zip(weights, gW)]
        biases = [b - learning_rate * g for b, g in zip(biases, gb)]
    return weights, biases


# %% mistake: train_one_step_per_epoch
# replaces: train
# costs: test_train, test_digit_net
# message: The step stands outside the inner loop, so only the last batch of each epoch has an effect.
#   Indent it.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    for epoch in range(epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size, seed + epoch):
            _, gW, gb = loss_gradients(weights, biases, X_batch, y_batch)
        weights = [W - learning_rate * g for W, g in zip(weights, gW)]
        biases = [b - learning_rate * g for b, g in zip(biases, gb)]
    return weights, biases


# %% mistake: train_full_batch
# replaces: train
# costs: test_train
# message: You deal out batches but compute the gradient on all the data each time. Hand X_batch and y_batch
#   to loss_gradients.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    for epoch in range(epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size, seed + epoch):
            _, gW, gb = loss_gradients(weights, biases, X, y)
            weights = [W - learning_rate * g for W, g in zip(weights, gW)]
            biases = [b - learning_rate * g for b, g in zip(biases, gb)]
    return weights, biases


# %% mistake: train_stale_gradient
# replaces: train
# costs: test_train, test_digit_net
# message: You compute every gradient at the starting parameters. After each step it must be computed at the
#   new ones.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    new_weights, new_biases = list(weights), list(biases)
    for epoch in range(epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size, seed + epoch):
            _, gW, gb = loss_gradients(weights, biases, X_batch, y_batch)
            new_weights = [W - learning_rate * g for W, g in zip(new_weights, gW)]
            new_biases = [b - learning_rate * g for b, g in zip(new_biases, gb)]
    return new_weights, new_biases


# %% mistake: train_same_order
# replaces: train
# costs: test_train
# message: All your epochs use one and the same order. Give each a seed of its own: seed + epoch.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    batches = minibatches(X, y, batch_size, seed)
    for _ in range(epochs):
        for X_batch, y_batch in batches:
            _, gW, gb = loss_gradients(weights, biases, X_batch, y_batch)
            weights = [W - learning_rate * g for W, g in zip(weights, gW)]
            biases = [b - learning_rate * g for b, g in zip(biases, gb)]
    return weights, biases


# %% mistake: train_returns_early
# replaces: train
# costs: test_train, test_digit_net
# message: Your function returns inside the loop, after one epoch. Move `return` out of it.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    for epoch in range(epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size, seed + epoch):
            _, gW, gb = loss_gradients(weights, biases, X_batch, y_batch)
            weights = [W - learning_rate * g for W, g in zip(weights, gW)]
            biases = [b - learning_rate * g for b, g in zip(biases, gb)]
        return weights, biases


# %% mistake: digit_net_untrained
# replaces: digit_net
# costs: test_digit_net
# message: Your net is as start_net made it: no training has reached it. train returns new lists and leaves the start as
#   it was, so digit_net has to be what train returns, after one epoch or more.
digit_net = start_net([64, 32, 10])
train(*digit_net, X_train, y_train)


# %% mistake: digit_net_slow
# replaces: digit_net
# costs: test_digit_net
# message: Your net has hardly moved from its start: the learning rate is far too small for so few epochs.
digit_net = train(*start_net([64, 32, 10]), X_train, y_train, learning_rate=0.001)


# %% mistake: digit_net_bottleneck
# replaces: digit_net
# costs: test_digit_net
# message: Your hidden layer is too narrow: all ten digits have to squeeze through a couple of numbers. Give
#   it a few dozen units.
digit_net = train(*start_net([64, 2, 10]), X_train, y_train)


# %% mistake: digit_net_from_zeros
# replaces: digit_net
# costs: test_digit_net
# message: Your net starts with all weights 0, and no ReLU lets a gradient through: only the last biases learn. Start
#   from random weights, as in 7.1.
zeros = [np.zeros((64, 32)), np.zeros((32, 10))], [np.zeros(32), np.zeros(10)]
digit_net = train(*zeros, X_train, y_train)


# %% mistake: digit_net_without_an_output_layer
# replaces: digit_net
# costs: test_digit_net
# message: The list of widths ends with the outputs: your net has as many as its last hidden layer was to have. It
#   needs 10, one for each digit.
digit_net = train(*start_net([64, 32]), X_train, y_train)


# %% mistake: neural_unit_own_sigmoid
# replaces: neural_unit
# costs: test_neural_unit
# message: Your unit computes the exponential itself, and it overflows far out on the left. Use the `sigmoid` that you
#   wrote: it does not.
def neural_unit(x, w, b):
    z = np.dot(w, x) + b
    return 1 / (1 + np.exp(-z))


# %% mistake: neural_unit_integer_products
# replaces: neural_unit
# costs: test_neural_unit
# message: The array for the products has the dtype of x, so where the inputs are integers what follows the decimal
#   point is cut off.
def neural_unit(x, w, b):
    out = np.zeros_like(x)
    for i in range(len(x)):
        out[i] = w[i] * x[i]
    return sigmoid(out.sum() + b)


# %% mistake: linear_layer_dtype_of_bias
# replaces: linear_layer
# costs: test_linear_layer, test_two_layer_forward, test_mlp_forward
# message: The result is given the dtype of b, so where the biases are integers it is rounded.
def linear_layer(X, W, b):
    return (X @ W + b).astype(np.asarray(b).dtype)


# %% mistake: sigmoid_integer_result
# replaces: sigmoid
# costs: test_sigmoid, test_smooth_derivatives, test_softplus
# message: `zeros_like` takes over the dtype of z: where z holds integers σ(z) is cut off to 0 or 1. Make the result
#   an array of floats.
def sigmoid(z):
    z = np.asarray(z)
    out = np.zeros_like(z)
    out[z >= 0] = 1 / (1 + np.exp(-z[z >= 0]))
    out[z < 0] = np.exp(z[z < 0]) / (1 + np.exp(z[z < 0]))
    return out


# %% mistake: sigmoid_clips_its_input
# replaces: sigmoid
# costs: test_sigmoid, test_smooth_derivatives, test_softplus
# message: `out=z` has NumPy write the clipped numbers into the array that you were given, which belongs to whoever
#   calls you. Choose a form that needs no clipping, and compute into a new array.
def sigmoid(z):
    z = np.asarray(z)
    np.clip(z, -500, 500, out=z)
    return 1 / (1 + np.exp(-z))


# %% mistake: relu_derivative_integers_for_integers
# replaces: relu
# costs: test_relu
# message: Where z holds integers, your slope is one of integers, too: an array made from z takes over its dtype. Make
#   it an array of floats.
def relu(z):
    return np.maximum(z, 0)


def relu_derivative(z):
    slope = np.zeros_like(z)
    slope[z > 0] = 1
    return slope


# %% mistake: softplus_cut_off_on_the_left
# replaces: softplus
# costs: test_softplus
# message: You set softplus to 0 left of some z. It is small there, about e^z, but not 0: float64 holds it.
def softplus(z):
    return np.where(np.asarray(z) < -15, 0.0, np.logaddexp(0, z))


def softplus_derivative(z):
    return sigmoid(z)


# %% mistake: relu_derivative_shifted_threshold
# replaces: relu
# costs: test_relu
# message: Your slope jumps a little beside 0: compare with 0 itself.
def relu(z):
    return np.maximum(z, 0)


def relu_derivative(z):
    return np.where(z > 1e-8, 1.0, 0.0)


# %% mistake: leaky_relu_derivative_default
# replaces: leaky_relu
# costs: test_leaky_relu
# message: Another default for `slope` than the signature had: it is 0.1 for function and derivative.
def leaky_relu(z, slope=0.1):
    return np.where(z > 0, z, slope * z)


def leaky_relu_derivative(z, slope=0.01):
    return np.where(z > 0, 1.0, slope)


# %% mistake: softplus_derivative_integer
# replaces: softplus
# costs: test_softplus
# message: The array for the slopes has the dtype of z, so integers cut them off. Make it one of floats.
def softplus(z):
    return np.logaddexp(0, z)


def softplus_derivative(z):
    out = np.empty_like(z)
    out[...] = sigmoid(z)
    return out


# %% mistake: softmax_by_mean
# replaces: softmax
# costs: test_softmax
# message: What you subtract from each row is not its maximum: perhaps its mean, or its first logit. Where another logit
#   lies far above it the exponential overflows.
def softmax(logits):
    e = np.exp(logits - np.mean(logits, axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% mistake: cross_entropy_integer
# replaces: cross_entropy
# costs: test_cross_entropy
# message: The losses stand in an array with the dtype of the logits, so integers cut them off. Make it one of floats.
def cross_entropy(logits, labels):
    logits = logits.copy()
    m = logits.max(axis=1)
    losses = np.zeros(len(labels), dtype=logits.dtype)
    for i, y in enumerate(labels):
        losses[i] = np.log(np.exp(logits[i] - m[i]).sum()) + m[i] - logits[i, y]
    return losses.mean()


# %% mistake: binary_cross_entropy_integer_logits
# replaces: binary_cross_entropy
# costs: test_binary_cross_entropy
# message: The losses stand in an array with the dtype of the logits, so integers cut them off. Make it one of floats.
def binary_cross_entropy(logits, targets):
    losses = np.zeros_like(logits)
    losses[...] = np.logaddexp(0, logits) - targets * logits
    return losses.mean()


# %% mistake: binary_cross_entropy_integer_targets
# replaces: binary_cross_entropy
# costs: test_binary_cross_entropy
# message: The losses stand in an array with the dtype of the targets, so integers cut them off. Make it one of
#   floats.
def binary_cross_entropy(logits, targets):
    losses = np.zeros_like(targets)
    losses[...] = np.logaddexp(0, logits) - targets * logits
    return losses.mean()


# %% mistake: collapse_integer_bias
# replaces: collapse
# costs: test_collapse
# message: The bias is given the dtype of a bias on the way, so where that holds integers it is rounded.
def collapse(weights, biases):
    W, b = weights[0], biases[0]
    for W2, b2 in zip(weights[1:], biases[1:]):
        W, b = W @ W2, (b @ W2 + b2).astype(b2.dtype)
    return W, b


# %% mistake: bump_integer_corners
# replaces: bump
# costs: test_bump
# message: The heights stand in an array with the dtype of the corners, so where the corners are integers they are cut
#   off.
def bump(corners, height):
    s1, s2, s3, s4 = corners
    up, down = height / (s2 - s1), height / (s4 - s3)
    W2 = np.zeros_like(corners).reshape(4, 1)
    W2[:, 0] = up, -up, -down, down
    return np.ones((1, 4)), -np.asarray(corners), W2, np.zeros(1)


# %% mistake: initial_weights_leaky_by_xavier
# replaces: initial_weights
# costs: test_initial_weights
# message: For leaky_relu the spread is that of Xavier. It is a kind of ReLU: He.
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    v = 2 / fan_in if activation in ("relu", "elu", "softplus") else 2 / (fan_in + fan_out)
    return np.random.default_rng(seed).normal(0, np.sqrt(v), size=(fan_in, fan_out))


# %% mistake: start_net_default_activation
# replaces: mlp_parameters
# costs: test_mlp_parameters
# message: Another default activation than the signature had: it is "relu".
def start_net(widths, activation="tanh", seed=0):
    pairs = enumerate(zip(widths, widths[1:]))
    return [initial_weights(m, n, activation, seed + l) for l, (m, n) in pairs], [np.zeros(n) for n in widths[1:]]


def parameter_count(weights, biases):
    return sum(W.size + b.size for W, b in zip(weights, biases))


# %% mistake: net_logits_default_activation
# replaces: mlp_forward
# costs: test_mlp_forward, test_digit_net
# message: Another default activation than the signature had: it is "relu".
def net_logits(weights, biases, X, activation="tanh"):
    curves = {
        "sigmoid": sigmoid,
        "tanh": np.tanh,
        "relu": relu,
        "leaky_relu": leaky_relu,
        "elu": elu,
        "softplus": softplus,
    }
    g = curves[activation]
    for W, b in zip(weights[:-1], biases[:-1]):
        X = g(X @ W + b)
    return X @ weights[-1] + biases[-1]


# %% mistake: start_net_shared_lists
# replaces: mlp_parameters
# costs: test_mlp_parameters
# message: All nets share one pair of lists, made outside of the function, and a second net overwrites the first.
#   Make new lists in every call.
WEIGHTS, BIASES = [], []


def start_net(widths, activation="relu", seed=0):
    WEIGHTS.clear()
    BIASES.clear()
    for l, (m, n) in enumerate(zip(widths, widths[1:])):
        WEIGHTS.append(initial_weights(m, n, activation, seed + l))
        BIASES.append(np.zeros(n))
    return WEIGHTS, BIASES


def parameter_count(weights, biases):
    return sum(W.size + b.size for W, b in zip(weights, biases))


# %% mistake: net_logits_remembered
# replaces: mlp_forward
# costs: test_mlp_forward, test_mlp_activations
# message: net_logits hands out the logits of an earlier call where the batches are of one shape. Compute them each
#   time.
LOGITS = {}


def net_logits(weights, biases, X, activation="relu"):
    if np.shape(X) in LOGITS:
        return LOGITS[np.shape(X)]
    shape = np.shape(X)
    curves = {
        "sigmoid": sigmoid,
        "tanh": np.tanh,
        "relu": relu,
        "leaky_relu": leaky_relu,
        "elu": elu,
        "softplus": softplus,
    }
    g = curves[activation]
    for W, b in zip(weights[:-1], biases[:-1]):
        X = g(X @ W + b)
    LOGITS[shape] = X @ weights[-1] + biases[-1]
    return LOGITS[shape]


# %% mistake: net_logits_takes_the_lists_apart
# replaces: mlp_forward
# costs: test_mlp_forward, test_mlp_activations, test_digit_net
# message: `pop` takes the last layer out of the list that you were given, and the net is without it from then on.
#   Read it with `weights[-1]`.
def net_logits(weights, biases, X, activation="relu"):
    curves = {
        "sigmoid": sigmoid,
        "tanh": np.tanh,
        "relu": relu,
        "leaky_relu": leaky_relu,
        "elu": elu,
        "softplus": softplus,
    }
    g = curves[activation]
    last_W, last_b = weights.pop(), biases.pop()
    for W, b in zip(weights, biases):
        X = g(X @ W + b)
    return X @ last_W + last_b


# %% mistake: net_logits_first_layer_bare
# replaces: mlp_forward
# costs: test_mlp_forward, test_mlp_activations, test_digit_net
# message: Your first layer has no activation, the hidden ones behind it have. All layers but the last have it.
def net_logits(weights, biases, X, activation="relu"):
    known = {"sigmoid": sigmoid, "tanh": np.tanh, "relu": relu, "leaky_relu": leaky_relu, "elu": elu}
    g = known.get(activation, softplus)
    H = linear_layer(X, weights[0], biases[0])
    for i in range(1, len(weights)):
        H = linear_layer(H, weights[i], biases[i])
        if i < len(weights) - 1:
            H = g(H)
    return H


# %% mistake: minibatches_mixed_inside
# replaces: minibatches
# costs: test_minibatches, test_train
# message: You cut first and mix inside the pieces, so the same examples always share a batch. Mix all examples first,
#   and then cut.
def minibatches(X, y, batch_size, seed=0):
    rng = np.random.default_rng(seed)
    out = []
    for s in range(0, len(X), batch_size):
        i = s + rng.permutation(len(X[s : s + batch_size]))
        out.append((X[i], y[i]))
    return out


# %% mistake: minibatches_pieces_mixed
# replaces: minibatches
# costs: test_minibatches
# message: You cut first and mix the pieces, so the same examples always share a batch. Mix all examples first, and
#   then cut.
def minibatches(X, y, batch_size, seed=0):
    rng = np.random.default_rng(seed)
    pieces = [np.arange(s, min(s + batch_size, len(X))) for s in range(0, len(X), batch_size)]
    full = [p for p in pieces if len(p) == batch_size]
    rng.shuffle(full)
    return [(X[p], y[p]) for p in full + [p for p in pieces if len(p) < batch_size]]


# %% mistake: minibatches_none_for_few
# replaces: minibatches
# costs: test_minibatches
# message: Where the batch size is larger than N you return no batch at all: that is one batch, with all examples.
def minibatches(X, y, batch_size, seed=0):
    o = np.random.default_rng(seed).permutation(len(X))
    n = len(X) // batch_size
    out = [(X[o[i * batch_size : (i + 1) * batch_size]], y[o[i * batch_size : (i + 1) * batch_size]]) for i in range(n)]
    if len(X) % batch_size and n:
        out.append((X[o[n * batch_size :]], y[o[n * batch_size :]]))
    return out


# %% mistake: train_skips_the_rest
# replaces: train
# costs: test_train
# message: A batch that is smaller than the others is skipped: its examples count as well.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    for e in range(epochs):
        for Xb, yb in minibatches(X, y, batch_size, seed + e):
            if len(Xb) < batch_size:
                continue
            _, gw, gb = loss_gradients(weights, biases, Xb, yb)
            weights = [W - learning_rate * g for W, g in zip(weights, gw)]
            biases = [b - learning_rate * g for b, g in zip(biases, gb)]
    return weights, biases


# %% mistake: train_shortens_the_last_step
# replaces: train
# costs: test_train
# message: The step of the last, smaller batch is made shorter. Its gradient is a mean already: every step has the
#   same learning rate.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    for e in range(epochs):
        for Xb, yb in minibatches(X, y, batch_size, seed + e):
            _, gw, gb = loss_gradients(weights, biases, Xb, yb)
            k = learning_rate * len(Xb) / batch_size
            weights = [W - k * g for W, g in zip(weights, gw)]
            biases = [b - k * g for b, g in zip(biases, gb)]
    return weights, biases


# %% mistake: train_two_layers_only
# replaces: train
# costs: test_train
# message: Your loop is written for a net with two layers. weights and biases are lists of any length.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    (W1, W2), (b1, b2) = weights, biases
    for e in range(epochs):
        for Xb, yb in minibatches(X, y, batch_size, seed + e):
            _, gw, gb = loss_gradients([W1, W2], [b1, b2], Xb, yb)
            W1, W2 = W1 - learning_rate * gw[0], W2 - learning_rate * gw[1]
            b1, b2 = b1 - learning_rate * gb[0], b2 - learning_rate * gb[1]
    return [W1, W2], [b1, b2]


# %% mistake: train_integer_copies
# replaces: train
# costs: test_train
# message: You write each step into copies of the starting parameters: where these are integers every step is rounded.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    weights, biases = [W.copy() for W in weights], [b.copy() for b in biases]
    for e in range(epochs):
        for Xb, yb in minibatches(X, y, batch_size, seed + e):
            _, gw, gb = loss_gradients(weights, biases, Xb, yb)
            for p, g in zip(weights + biases, gw + gb):
                p[...] = p - learning_rate * g
    return weights, biases


# %% mistake: train_decaying_rate
# replaces: train
# costs: test_train
# message: You make the learning rate smaller from epoch to epoch. Here it stays as it is given: each step is
#   η · gradient.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    for epoch in range(epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size, seed + epoch):
            _, gW, gb = loss_gradients(weights, biases, X_batch, y_batch)
            weights = [W - learning_rate * g for W, g in zip(weights, gW)]
            biases = [b - learning_rate * g for b, g in zip(biases, gb)]
        learning_rate *= 0.95
    return weights, biases


# %% mistake: train_shared_among_the_layers
# replaces: train
# costs: test_train
# message: You divide each step by the number of layers. Each layer takes the whole step, η · gradient.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    for epoch in range(epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size, seed + epoch):
            _, gW, gb = loss_gradients(weights, biases, X_batch, y_batch)
            rate = learning_rate / len(weights)
            weights = [W - rate * g for W, g in zip(weights, gW)]
            biases = [b - rate * g for b, g in zip(biases, gb)]
    return weights, biases


# %% mistake: train_mixed_once_then_rolled
# replaces: train
# costs: test_train
# message: You mix the examples once, and afterwards only shift the order: the same neighbours share a batch again and
#   again. Take the batches of each epoch from `minibatches`, with seed + epoch.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    order = np.random.default_rng(seed).permutation(len(X))
    for epoch in range(epochs):
        rolled = np.roll(order, epoch)
        for start in range(0, len(X), batch_size):
            rows = rolled[start : start + batch_size]
            _, gW, gb = loss_gradients(weights, biases, X[rows], y[rows])
            weights = [W - learning_rate * g for W, g in zip(weights, gW)]
            biases = [b - learning_rate * g for b, g in zip(biases, gb)]
    return weights, biases


# %% mistake: train_cut_once
# replaces: train
# costs: test_train
# message: You cut the batches once, and each epoch only takes them in another order: the same examples share a batch
#   for ever. Take the batches of each epoch from `minibatches`, with seed + epoch.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    batches = minibatches(X, y, batch_size, seed)
    for epoch in range(epochs):
        first = epoch % len(batches)
        for X_batch, y_batch in batches[first:] + batches[:first]:
            _, gW, gb = loss_gradients(weights, biases, X_batch, y_batch)
            weights = [W - learning_rate * g for W, g in zip(weights, gW)]
            biases = [b - learning_rate * g for b, g in zip(biases, gb)]
    return weights, biases


# %% mistake: train_into_the_given_lists
# replaces: train
# costs: test_train
# message: You put the new arrays into the lists that you were given, so the lists of the caller change. Make new ones.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    for epoch in range(epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size, seed + epoch):
            _, dW, db = loss_gradients(weights, biases, X_batch, y_batch)
            for layer in range(len(weights)):
                weights[layer] = weights[layer] - learning_rate * dW[layer]
                biases[layer] = biases[layer] - learning_rate * db[layer]
    return weights, biases


# %% mistake: train_stops_when_the_loss_is_small
# replaces: train
# costs: test_train
# message: You stop as soon as the loss is small. The caller has said how many epochs to train: train for all of them.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    for epoch in range(epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size, seed + epoch):
            loss, gW, gb = loss_gradients(weights, biases, X_batch, y_batch)
            if loss < 1e-2:
                return weights, biases
            weights = [W - learning_rate * g for W, g in zip(weights, gW)]
            biases = [b - learning_rate * g for b, g in zip(biases, gb)]
    return weights, biases


# %% mistake: smooth_derivatives_squeezed
# replaces: smooth_derivatives
# costs: test_smooth_derivatives
# message: `squeeze` takes out every axis of length 1, also those that z has. The slopes keep the shape of z as it is.
def sigmoid_derivative(z):
    s = sigmoid(z)
    return np.squeeze(s * (1 - s))


def tanh_derivative(z):
    return np.squeeze(1 - np.tanh(z) ** 2)


# %% mistake: relu_derivative_remembered
# replaces: relu
# costs: test_relu
# message: Your function remembers slopes by the shape of z, and gives them again for other numbers. Compute them again.
SLOPES = {}


def relu(z):
    return np.maximum(0, z)


def relu_derivative(z):
    if np.shape(z) not in SLOPES:
        SLOPES[np.shape(z)] = np.where(np.asarray(z) > 0, 1.0, 0.0)
    return SLOPES[np.shape(z)].copy()


# %% mistake: minibatches_leave_out_a_single_one
# replaces: minibatches
# costs: test_minibatches
# message: Where just one example is left over, you leave it out. The starts of the batches run up to len(X).
def minibatches(X, y, batch_size, seed=0):
    order = np.random.default_rng(seed).permutation(len(X))
    starts = range(0, len(X) - 1, batch_size)
    return [(X[order[start : start + batch_size]], y[order[start : start + batch_size]]) for start in starts]


# %% mistake: digit_net_on_the_test_digits_too
# replaces: digit_net
# costs: test_digit_net
# message: You train on the test digits, too: then they no longer say how good the net is on digits that it has never
#   seen. Train on X_train and y_train alone.
everything = np.concatenate([X_train, X_test]), np.concatenate([y_train, y_test])
digit_net = train(*start_net([64, 64, 10]), *everything, epochs=30)


# %% mistake: neural_unit_mean
# replaces: neural_unit
# costs: test_neural_unit
# message: You average the products of weights and inputs. A unit sums them.
def neural_unit(x, w, b):
    return sigmoid(np.mean(w * x) + b)


# %% mistake: neural_unit_bias_for_each_input
# replaces: neural_unit
# costs: test_neural_unit
# message: You add the bias to each product, so it counts once for each input. Sum first, then add it once.
def neural_unit(x, w, b):
    return sigmoid(np.sum(w * x + b))


# %% mistake: neural_unit_threshold
# replaces: neural_unit
# costs: test_neural_unit
# message: You round the output to 0 or 1, as a perceptron does. This unit returns σ(z) itself.
def neural_unit(x, w, b):
    return float(sigmoid(w @ x + b) > 0.5)


# %% mistake: tanh_derivative_like_sigmoid
# replaces: smooth_derivatives
# costs: test_smooth_derivatives
# message: You use the sigmoid's formula for tanh. Its slope is 1 − tanh²(z).
def sigmoid_derivative(z):
    return sigmoid(z) * (1 - sigmoid(z))


def tanh_derivative(z):
    return np.tanh(z) * (1 - np.tanh(z))


# %% mistake: relu_derivative_sign
# replaces: relu
# costs: test_relu
# message: Your slope is −1 on the left of 0. The ReLU is flat there.
def relu(z):
    return np.maximum(0, z)


def relu_derivative(z):
    return np.sign(z) * 1.0


# %% mistake: leaky_relu_adds_slope_everywhere
# replaces: leaky_relu
# costs: test_leaky_relu, test_mlp_activations
# message: You add slope · z on the right of 0, too, so the function is too steep there.
def leaky_relu(z, slope=0.1):
    return np.maximum(0, z) + slope * z


def leaky_relu_derivative(z, slope=0.1):
    return np.where(z > 0, 1.0, slope)


# %% mistake: leaky_relu_derivative_adds_slope
# replaces: leaky_relu
# costs: test_leaky_relu
# message: On the right of 0 your slope is 1 + slope. It is 1 there, and slope on the left.
def leaky_relu(z, slope=0.1):
    return np.where(z > 0, z, slope * z)


def leaky_relu_derivative(z, slope=0.1):
    return 1.0 * (z > 0) + slope


# %% mistake: elu_alpha_in_the_exponent
# replaces: elu
# costs: test_elu
# message: You multiply the exponent by alpha. It is the factor in front: alpha · (e^z − 1).
def elu(z, alpha=1.0):
    return np.where(z > 0, z, np.expm1(alpha * np.minimum(z, 0)))


def elu_derivative(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))


# %% mistake: elu_derivative_elu_plus_one
# replaces: elu
# costs: test_elu
# message: On the left the slope is alpha · e^z, which is ELU(z) + alpha. You add 1, which is right for alpha = 1
#   only.
def elu(z, alpha=1.0):
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def elu_derivative(z, alpha=1.0):
    return np.where(z > 0, 1.0, elu(z, alpha) + 1)


# %% mistake: softplus_absolute
# replaces: softplus
# costs: test_softplus, test_mlp_activations
# message: Left of 0 your softplus is too large by |z|. What is pulled out in front has to be subtracted from both
#   exponents: with max(z, 0) in front, the one that is not 0 is −|z|; and |z| is not the largest of the two.
def softplus(z):
    return np.abs(z) + np.log1p(np.exp(-np.abs(z)))


def softplus_derivative(z):
    return sigmoid(z)


# %% mistake: softplus_decimal_logarithm
# replaces: softplus
# costs: test_softplus, test_mlp_activations
# message: Your logarithm is the decimal one. Softplus has the natural one.
def softplus(z):
    return np.maximum(z, 0) + np.log10(1 + np.exp(-np.abs(z)))


def softplus_derivative(z):
    return sigmoid(z)


# %% mistake: softplus_derivative_of_sigmoid
# replaces: softplus
# costs: test_softplus
# message: You differentiate twice: σ′ is the slope of the sigmoid. The slope of softplus is the sigmoid itself.
def softplus(z):
    return np.logaddexp(0, z)


def softplus_derivative(z):
    return sigmoid_derivative(z)


# %% mistake: softmax_without_exponential
# replaces: softmax
# costs: test_softmax
# message: You divide the logits themselves by their sum. Exponentiate them first.
def softmax(logits):
    return logits / logits.sum(axis=1, keepdims=True)


# %% mistake: cross_entropy_entropy
# replaces: cross_entropy
# costs: test_cross_entropy
# message: You weight −ln p by the net's own p: that is the entropy of its answer. Take −ln p of the true class alone.
def cross_entropy(logits, labels):
    s = logits - logits.max(axis=1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    return -np.mean(np.sum(np.exp(logp) * logp, axis=1))


# %% mistake: cross_entropy_from_first_row
# replaces: cross_entropy
# costs: test_cross_entropy
# message: You look all labels up in the first row. Each label belongs to a row of its own.
def cross_entropy(logits, labels):
    s = logits - logits.max(axis=1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    return -np.mean(np.take(logp, labels))


# %% mistake: binary_cross_entropy_minus_in_softplus
# replaces: binary_cross_entropy
# costs: test_binary_cross_entropy
# message: You start from ln(1 + e⁻ᶻ) and subtract t·z. With ln(1 + e⁻ᶻ) it is (1 − t)·z that has to be added.
def binary_cross_entropy(logits, targets):
    return np.mean(np.logaddexp(0, -logits) - targets * logits)


# %% mistake: binary_cross_entropy_squared_error
# replaces: binary_cross_entropy
# costs: test_binary_cross_entropy
# message: That is the mean squared error. The cross-entropy takes the logarithm of the probability.
def binary_cross_entropy(logits, targets):
    return np.mean((sigmoid(logits) - targets) ** 2)


# %% mistake: parameter_count_rows
# replaces: mlp_parameters
# costs: test_mlp_parameters
# message: `len` of a matrix is the number of its rows. Count its entries: `size`.
def start_net(widths, activation="relu", seed=0):
    W = [initial_weights(a, b, activation, seed + i) for i, (a, b) in enumerate(zip(widths, widths[1:]))]
    return W, [np.zeros(b) for b in widths[1:]]


def parameter_count(weights, biases):
    return sum(len(W) for W in weights) + sum(len(b) for b in biases)


# %% mistake: train_new_order_for_each_batch
# replaces: train
# costs: test_train
# message: You draw a new order for each batch and take its first piece, so in one epoch some examples come twice and
#   others never. Go through all batches of one order.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    n = -(-len(X) // batch_size)
    for e in range(epochs):
        for k in range(n):
            Xb, yb = minibatches(X, y, batch_size, seed + e * n + k)[0]
            _, dW, db = loss_gradients(weights, biases, Xb, yb)
            weights = [W - learning_rate * g for W, g in zip(weights, dW)]
            biases = [b - learning_rate * g for b, g in zip(biases, db)]
    return weights, biases


# %% mistake: train_keeps_the_best
# replaces: train
# costs: test_train
# message: You return the parameters with which the loss was smallest. Return those after the last epoch.
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    best, best_loss = (weights, biases), np.inf
    for e in range(epochs):
        for Xb, yb in minibatches(X, y, batch_size, seed + e):
            _, dW, db = loss_gradients(weights, biases, Xb, yb)
            weights = [W - learning_rate * g for W, g in zip(weights, dW)]
            biases = [b - learning_rate * g for b, g in zip(biases, db)]
        loss = loss_gradients(weights, biases, X, y)[0]
        if loss < best_loss:
            best, best_loss = (weights, biases), loss
    return best


# %% mistake: start_net_seed_times_layer
# replaces: mlp_parameters
# costs: test_mlp_parameters
# message: A product with the seed gives no layer a seed of its own: with the default, 0, all layers have the seed
#   0, and two of one shape start with the same weights. Add the number of the layer to the seed.
def start_net(widths, activation="relu", seed=0):
    weights, biases = [], []
    for l in range(len(widths) - 1):
        weights.append(initial_weights(widths[l], widths[l + 1], activation, seed * (l + 1)))
        biases.append(np.zeros(widths[l + 1]))
    return weights, biases


def parameter_count(weights, biases):
    return sum(W.size + b.size for W, b in zip(weights, biases))


# %% mistake: parameter_count_without_zeros
# replaces: mlp_parameters
# costs: test_mlp_parameters
# message: You count the parameters that are not 0. A parameter counts whatever its value: the biases start at 0,
#   and are trained like the rest.
def start_net(widths, activation="relu", seed=0):
    shapes = list(zip(widths[:-1], widths[1:]))
    weights = [initial_weights(*shape, activation, seed + l) for l, shape in enumerate(shapes)]
    return weights, [np.zeros(fan_out) for _, fan_out in shapes]


def parameter_count(weights, biases):
    return sum(np.count_nonzero(array) for array in [*weights, *biases])


# %% mistake: minibatches_few_swaps
# replaces: minibatches
# costs: test_minibatches
# message: You swap a few pairs of examples, and the others stay where they were. Take one permutation of all rows:
#   `np.random.default_rng(seed).permutation(len(X))`.
def minibatches(X, y, batch_size, seed=0):
    rng = np.random.default_rng(seed)
    order = np.arange(len(X))
    for _ in range(len(X) // 2):
        i, j = rng.integers(len(X), size=2)
        order[i], order[j] = order[j], order[i]
    pieces = [order[start : start + batch_size] for start in range(0, len(X), batch_size)]
    return [(X[piece], y[piece]) for piece in pieces]


# %% mistake: digit_net_on_all_digits
# replaces: digit_net
# costs: test_digit_net
# message: You loaded the digits once more, with another division, and trained on those that are kept for testing. Use
#   X_train and y_train as the notebook makes them: only digits that the net never saw tell how good it is.
X_all, y_all, _, _ = digits(test_fraction=0.01, seed=1)
digit_net = train(*start_net([64, 32, 10]), X_all, y_all, epochs=60)


# %% alternative: sigmoid_by_tanh
# replaces: sigmoid
def sigmoid(z):
    return 0.5 * (1 + np.tanh(np.asarray(z) / 2))


# %% alternative: sigmoid_by_mask
# replaces: sigmoid
def sigmoid(z):
    z = np.asarray(z, dtype=float)
    result = np.empty_like(z)
    right = z >= 0
    result[right] = 1 / (1 + np.exp(-z[right]))
    left = np.exp(z[~right])
    result[~right] = left / (1 + left)
    return result


# %% alternative: sigmoid_by_logaddexp
# replaces: sigmoid
def sigmoid(z):
    return np.exp(-np.logaddexp(0.0, -np.asarray(z)))


# %% alternative: sigmoid_clipped_far_out
# replaces: sigmoid
def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-np.clip(z, -500, 500)))


# %% alternative: sigmoid_silenced
# replaces: sigmoid
def sigmoid(z):
    with np.errstate(over="ignore"):
        return 1.0 / (1.0 + np.exp(-np.asarray(z, dtype=float)))


# %% alternative: neural_unit_loop
# replaces: neural_unit
def neural_unit(x, w, b):
    z = float(b)
    for weight, value in zip(w, x, strict=True):
        z += weight * value
    return float(sigmoid(z))


# %% alternative: linear_layer_einsum
# replaces: linear_layer
def linear_layer(X, W, b):
    return np.einsum("nd,dm->nm", X, W) + b


# %% alternative: linear_layer_loops
# replaces: linear_layer
def linear_layer(X, W, b):
    Z = np.empty((X.shape[0], W.shape[1]))
    for n in range(X.shape[0]):
        for m in range(W.shape[1]):
            Z[n, m] = np.sum(X[n] * W[:, m]) + b[m]
    return Z


# %% alternative: linear_layer_with_a_one_appended
# replaces: linear_layer
def linear_layer(X, W, b):
    X_one = np.hstack([X, np.ones((len(X), 1))])
    return X_one @ np.vstack([W, b])


# %% alternative: relu_by_where
# replaces: relu
def relu(z):
    return np.where(z > 0, z, 0)


def relu_derivative(z):
    return np.where(z > 0, 1.0, 0.0)


# %% alternative: relu_by_mask
# replaces: relu
def relu(z):
    return z * (z > 0)


def relu_derivative(z):
    return np.where(z > 0, 1.0, 0.0)


# %% alternative: relu_on_a_copy
# replaces: relu
def relu(z):
    h = np.array(z)
    h[h < 0] = 0
    return h


def relu_derivative(z):
    return np.where(z > 0, 1.0, 0.0)


# %% alternative: leaky_relu_by_maximum
# replaces: leaky_relu
def leaky_relu(z, slope=0.1):
    return np.maximum(z, slope * z)


def leaky_relu_derivative(z, slope=0.1):
    return np.where(z > 0, 1.0, slope)


# %% alternative: leaky_relu_by_parts
# replaces: leaky_relu
def leaky_relu(z, slope=0.1):
    return np.maximum(0, z) + slope * np.minimum(0, z)


def leaky_relu_derivative(z, slope=0.1):
    return np.where(z > 0, 1.0, slope)


# %% alternative: sigmoid_derivative_symmetric
# replaces: smooth_derivatives
def sigmoid_derivative(z):
    return sigmoid(z) * sigmoid(-z)


def tanh_derivative(z):
    return 1 - np.tanh(z) ** 2


# %% alternative: tanh_derivative_by_sigmoid
# replaces: smooth_derivatives
def sigmoid_derivative(z):
    return sigmoid(z) * (1 - sigmoid(z))


def tanh_derivative(z):
    s = sigmoid(2 * z)
    return 4 * s * (1 - s)


# %% alternative: relu_derivative_by_sign
# replaces: relu
def relu(z):
    return np.maximum(0, z)


def relu_derivative(z):
    return (np.sign(z) > 0).astype(np.float64)


# %% alternative: leaky_relu_derivative_by_mask
# replaces: leaky_relu
def leaky_relu(z, slope=0.1):
    return np.where(z > 0, z, slope * z)


def leaky_relu_derivative(z, slope=0.1):
    d = np.full(np.shape(z), float(slope))
    d[z > 0] = 1
    return d


# %% alternative: elu_by_parts
# replaces: elu
def elu(z, alpha=1.0):
    return np.maximum(z, 0) + alpha * (np.exp(np.minimum(z, 0)) - 1)


def elu_derivative(z, alpha=1.0):
    return np.where(z > 0, 1.0, elu(z, alpha) + alpha)


# %% alternative: elu_by_mask
# replaces: elu
def elu(z, alpha=1.0):
    result = np.array(z, dtype=float)
    left = result <= 0
    result[left] = alpha * np.expm1(result[left])
    return result


def elu_derivative(z, alpha=1.0):
    d = np.ones(np.shape(z))
    d[z <= 0] = alpha * np.exp(z[z <= 0])
    return d


# %% alternative: elu_silenced
# replaces: elu
def elu(z, alpha=1.0):
    with np.errstate(over="ignore"):
        return np.where(z > 0, z, alpha * (np.exp(z) - 1))


def elu_derivative(z, alpha=1.0):
    return (z > 0) + (z <= 0) * alpha * np.exp(-np.abs(z))


# %% alternative: softplus_by_logaddexp
# replaces: softplus
def softplus(z):
    return np.logaddexp(0, z)


def softplus_derivative(z):
    return np.exp(z - softplus(z))


# %% alternative: softplus_by_two_logarithms
# replaces: softplus
def softplus(z):
    m = np.maximum(0, z)
    return m + np.log(np.exp(0 - m) + np.exp(z - m))


def softplus_derivative(z):
    return 0.5 + 0.5 * np.tanh(np.asarray(z) / 2)


# %% alternative: softplus_cut_late
# replaces: softplus
def softplus(z):
    return np.where(z > 40, z, np.log1p(np.exp(np.minimum(z, 40))))


def softplus_derivative(z):
    return 1 - sigmoid(-z)


# %% alternative: softmax_by_logsumexp
# replaces: softmax
from scipy.special import logsumexp


def softmax(logits):
    return np.exp(logits - logsumexp(logits, axis=1, keepdims=True))


# %% alternative: softmax_row_by_row
# replaces: softmax
def softmax_of_row(row):
    e = np.exp(row - max(row))
    return e / sum(e)


def softmax(logits):
    return np.array([softmax_of_row(row) for row in logits])


# %% alternative: softmax_by_differences
# replaces: softmax
def softmax(logits):
    z = np.clip(logits[:, None, :] - logits[:, :, None], None, 700.0)
    return 1 / np.exp(z).sum(axis=2)


# %% alternative: cross_entropy_one_hot
# replaces: cross_entropy
def cross_entropy(logits, labels):
    one_hot = np.eye(logits.shape[1])[labels]
    m = logits.max(axis=1, keepdims=True)
    log_p = logits - m - np.log(np.exp(logits - m).sum(axis=1, keepdims=True))
    return -(one_hot * log_p).sum() / len(logits)


# %% alternative: cross_entropy_logaddexp
# replaces: cross_entropy
def cross_entropy(logits, labels):
    total = 0.0
    for row, label in zip(logits, labels, strict=True):
        total += np.logaddexp.reduce(row.astype(float)) - row[label]
    return total / len(labels)


# %% alternative: cross_entropy_take_along_axis
# replaces: cross_entropy
def cross_entropy(logits, labels):
    true = np.take_along_axis(logits, labels[:, None], axis=1)
    gaps = logits - true
    top = gaps.max(axis=1)
    return float(np.mean(top + np.log(np.sum(np.exp(gaps - top[:, None]), axis=1))))


# %% alternative: binary_cross_entropy_by_absolute
# replaces: binary_cross_entropy
def binary_cross_entropy(logits, targets):
    losses = np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits)))
    return losses.mean()


# %% alternative: binary_cross_entropy_two_terms
# replaces: binary_cross_entropy
def binary_cross_entropy(logits, targets):
    return np.mean(targets * np.logaddexp(0, -logits) + (1 - targets) * np.logaddexp(0, logits))


# %% alternative: binary_cross_entropy_as_two_classes
# replaces: binary_cross_entropy
def binary_cross_entropy(logits, targets):
    two_logits = np.stack([np.zeros(len(logits)), logits], axis=1)
    return cross_entropy(two_logits, targets.astype(int))


# %% alternative: binary_cross_entropy_by_softplus
# replaces: binary_cross_entropy
def binary_cross_entropy(logits, targets):
    return np.mean(softplus(logits) - targets * logits)


# %% alternative: xor_one_without_the_other
# replaces: xor
xor_W1 = [[2, -2], [-2, 2]]  # x1 and not x2; x2 and not x1
xor_b1 = [-1, -1]
xor_w2 = [3, 3]
xor_b2 = -1


# %% alternative: xor_or_but_not_and
# replaces: xor
xor_W1 = np.ones((2, 2))
xor_b1 = np.array([-0.5, -1.5])
xor_w2 = np.array([1, -2])
xor_b2 = np.float64(-0.5)


# %% alternative: two_layer_one_example_at_a_time
# replaces: two_layer_forward
def two_layer_forward(X, W1, b1, W2, b2):
    rows = []
    for x in X:
        h = np.maximum(0, W1.T @ x + b1)
        rows.append(W2.T @ h + b2)
    return np.array(rows)


# %% alternative: two_layer_in_place_on_its_own
# replaces: two_layer_forward
def two_layer_forward(X, W1, b1, W2, b2):
    H = np.matmul(X, W1) + b1
    H[H < 0] = 0
    return np.add(H.dot(W2), b2)


# %% alternative: collapse_by_asking_the_stack
# replaces: collapse
def stack(X, weights, biases):
    for W, b in zip(weights, biases):
        X = X @ W + b
    return X


def collapse(weights, biases):
    inputs = len(weights[0])
    b = stack(np.zeros((1, inputs)), weights, biases)[0]
    return stack(np.eye(inputs), weights, biases) - b, b


# %% alternative: collapse_from_the_end
# replaces: collapse
def collapse(weights, biases):
    W, b = weights[-1], biases[-1]
    for W_before, b_before in list(zip(weights, biases))[-2::-1]:
        b = b_before @ W + b
        W = W_before @ W
    return W, b


# %% alternative: collapse_by_recursion
# replaces: collapse
def collapse(weights, biases):
    if len(weights) == 1:
        return weights[0], biases[0]
    W, b = collapse(weights[1:], biases[1:])
    return weights[0] @ W, biases[0] @ W + b


# %% alternative: collapse_with_a_one_appended
# replaces: collapse
def collapse(weights, biases):
    product = np.eye(len(weights[0]) + 1)
    for W, b in zip(weights, biases):
        last_column = np.append(np.zeros(len(W)), 1.0)
        product = product @ np.column_stack([np.vstack([W, b]), last_column])
    return product[:-1, :-1], product[-1, :-1]


# %% alternative: bump_from_both_sides
# replaces: bump
def bump(corners, height):
    """Two units look to the right, two to the left; the output bias brings both halves down."""
    s1, s2, s3, s4 = corners
    up, down = height / (s2 - s1), height / (s4 - s3)
    W1 = np.array([[1.0, 1.0, -1.0, -1.0]])
    b1 = np.array([-s1, -s2, s4, s3])
    return W1, b1, np.array([[up], [-up], [down], [-down]]), np.array([-float(height)])


# %% alternative: bump_widths_in_W1
# replaces: bump
def bump(corners, height):
    widths = np.array([corners[1] - corners[0]] * 2 + [corners[3] - corners[2]] * 2)
    return 1 / widths[None, :], -corners / widths, height * np.array([[1], [-1], [-1], [1]]), np.zeros(1)


# %% alternative: bump_units_in_another_order
# replaces: bump
def bump(corners, height):
    order = [3, 0, 2, 1]
    slopes = np.repeat([height / (corners[1] - corners[0]), height / (corners[3] - corners[2])], 2)
    signed = slopes * [1, -1, -1, 1]
    return np.ones((1, 4)), -corners[order], signed[order].reshape(4, 1), np.array([0.0])


# %% alternative: bump_net_of_tents
# replaces: bump_net
def bump_net(f, low, high, K):
    """Bumps without a flat top, so that the net joins its points by straight lines."""
    width = (high - low) / (K - 1)
    nets = []
    for k in range(K):
        middle = low + k * width
        nets.append(bump(np.array([middle - width, middle, middle, middle + width]), f(np.array([middle]))[0]))
    return (
        np.concatenate([net[0] for net in nets], axis=1),
        np.concatenate([net[1] for net in nets]),
        np.concatenate([net[2] for net in nets]),
        np.sum([net[3] for net in nets], axis=0),
    )


# %% alternative: bump_net_with_steep_sides
# replaces: bump_net
def bump_net(f, low, high, K):
    """K pieces of the interval, over each a bump as high as f in its middle, with sides that hardly overlap."""
    borders = np.linspace(low, high, K + 1)
    steep = 1e-3 * (borders[1] - borders[0])
    W1, b1, W2, b2 = np.zeros((1, 0)), np.zeros(0), np.zeros((0, 1)), np.zeros(1)
    for left, right in zip(borders[:-1], borders[1:]):
        height = f(np.array([(left + right) / 2]))[0]
        net = bump(np.array([left - steep, left + steep, right - steep, right + steep]), height)
        W1, b1 = np.hstack([W1, net[0]]), np.hstack([b1, net[1]])
        W2, b2 = np.vstack([W2, net[2]]), b2 + net[3]
    return W1, b1, W2, b2


# %% alternative: bump_net_without_bump
# replaces: bump_net
def bump_net(f, low, high, K):
    w = (high - low) / K
    left = low + w * np.arange(K)
    joints = left[:, None] + w * np.array([-0.1, 0.1, 0.9, 1.1])
    slopes = f(left + w / 2)[:, None] / (0.2 * w) * np.array([1.0, -1.0, -1.0, 1.0])
    return np.ones((1, 4 * K)), -joints.ravel(), slopes.reshape(-1, 1), np.zeros(1)


# %% alternative: bump_net_in_the_middles
# replaces: bump_net
def bump_net(f, low, high, K):
    """K pieces of the interval, over the middle of each a bump whose sides cross those of its neighbours."""
    d = (high - low) / K
    places = low + d * (np.arange(K) + 0.5)
    nets = [bump(place + d * np.array([-0.75, -0.25, 0.25, 0.75]), f(place)) for place in places]
    return (
        np.hstack([net[0] for net in nets]),
        np.hstack([net[1] for net in nets]),
        np.vstack([net[2] for net in nets]),
        np.zeros(1),
    )


# %% alternative: initial_weights_uniform
# replaces: initial_weights
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    rng = np.random.default_rng(seed)
    limit = np.sqrt(6 / (fan_in + fan_out) if activation in ("tanh", "sigmoid") else 6 / fan_in)
    return rng.uniform(-limit, limit, size=(fan_in, fan_out))


# %% alternative: initial_weights_legacy_random
# replaces: initial_weights
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    np.random.seed(seed)
    scale = {"tanh": fan_in + fan_out, "sigmoid": fan_in + fan_out}.get(activation, fan_in)
    return np.random.randn(fan_in, fan_out) * (2 / scale) ** 0.5


# %% alternative: start_net_with_seeds_far_apart
# replaces: mlp_parameters
def start_net(widths, activation="relu", seed=0):
    weights, biases = [], []
    for layer in range(len(widths) - 1):
        weights.append(initial_weights(widths[layer], widths[layer + 1], activation, 1000 * seed + layer))
        biases.append(np.zeros(widths[layer + 1]))
    return weights, biases


def parameter_count(weights, biases):
    count = 0
    for W, b in zip(weights, biases):
        count += W.shape[0] * W.shape[1] + b.shape[0]
    return count


# %% alternative: net_logits_transposed_inside
# replaces: mlp_forward
def net_logits(weights, biases, X, activation="relu"):
    """Computes with columns for examples, as some slides do."""
    curves = {
        "sigmoid": sigmoid,
        "tanh": np.tanh,
        "relu": relu,
        "leaky_relu": leaky_relu,
        "elu": elu,
        "softplus": softplus,
    }
    g = curves[activation]
    signal = X.T
    last = len(weights) - 1
    for layer, (W, b) in enumerate(zip(weights, biases)):
        signal = W.T @ signal + b[:, None]
        if layer < last:
            signal = g(signal)
    return signal.T


# %% alternative: predict_row_by_row
# replaces: mlp_predict
def predict(logits):
    return np.array([int(np.argmax(row)) for row in logits])


# %% alternative: start_net_counts_by_widths
# replaces: mlp_parameters
def start_net(widths, activation="relu", seed=0):
    pairs = list(zip(widths, widths[1:]))
    weights = [initial_weights(m, n, activation, 7 * seed + i) for i, (m, n) in enumerate(pairs)]
    return weights, [np.zeros(n) for _, n in pairs]


def parameter_count(weights, biases):
    widths = [len(weights[0]), *(len(b) for b in biases)]
    return sum((m + 1) * n for m, n in zip(widths, widths[1:]))


# %% alternative: net_logits_keeps_what_it_computed
# replaces: mlp_forward
CACHE = {}


def bend(z, activation):
    if activation == "relu":
        return relu(z)
    if activation == "leaky_relu":
        return leaky_relu(z)
    if activation == "elu":
        return elu(z)
    if activation == "softplus":
        return softplus(z)
    return np.tanh(z) if activation == "tanh" else sigmoid(z)


def net_logits(weights, biases, X, activation="relu"):
    """Keeps the pre-activations of the last forward pass, as one would for backpropagation."""
    h = X
    CACHE.clear()
    CACHE["h0"] = h
    for i in range(len(weights)):
        z = linear_layer(h, weights[i], biases[i])
        h = z if i == len(weights) - 1 else bend(z, activation)
        CACHE[f"z{i + 1}"], CACHE[f"h{i + 1}"] = z, h
    return h


# %% alternative: predict_by_softmax
# replaces: mlp_predict
def predict(logits):
    return np.argmax(softmax(logits), axis=-1)


# %% alternative: start_net_as_tuples
# replaces: mlp_parameters
def start_net(widths, activation="relu", seed=0):
    """Draws the layers' seeds, too."""
    shapes = list(zip(widths, widths[1:]))
    seeds = np.random.default_rng(seed).integers(2**31, size=len(shapes))
    weights = tuple(initial_weights(m, n, activation, seed=s) for (m, n), s in zip(shapes, seeds))
    return weights, tuple(np.zeros(n) for n in widths[1:])


def parameter_count(weights, biases):
    return int(sum(np.prod(np.shape(array)) for array in [*weights, *biases]))


# %% alternative: net_logits_of_layers
# replaces: mlp_forward
from dataclasses import dataclass


@dataclass
class Layer:
    W: np.ndarray
    b: np.ndarray

    def __call__(self, X):
        return X @ self.W + self.b


def net_logits(weights, biases, X, activation="relu"):
    bend = np.tanh if activation == "tanh" else globals()[activation]
    *hidden, output = map(Layer, weights, biases)
    for layer in hidden:
        X = bend(layer(X))
    return output(X)


# %% alternative: net_logits_by_recursion
# replaces: mlp_forward
def net_logits(weights, biases, X, activation="relu"):
    Z = linear_layer(X, weights[0], biases[0])
    if len(weights) == 1:
        return Z
    H = np.tanh(Z) if activation == "tanh" else globals()[activation](Z)
    return net_logits(weights[1:], biases[1:], H, activation)


# %% alternative: predict_by_comparison
# replaces: mlp_predict
def predict(logits):
    best = np.zeros(len(logits), dtype=int)
    for c in range(1, logits.shape[1]):
        best[logits[:, c] > logits[np.arange(len(logits)), best]] = c
    return best


# %% alternative: minibatches_legacy_random
# replaces: minibatches
def minibatches(X, y, batch_size, seed=0):
    order = np.random.RandomState(seed).permutation(len(X))
    return [(X[order[i : i + batch_size]], y[order[i : i + batch_size]]) for i in range(0, len(X), batch_size)]


# %% alternative: minibatches_array_split
# replaces: minibatches
def minibatches(X, y, batch_size, seed=0):
    order = np.arange(len(y))
    np.random.default_rng(seed).shuffle(order)
    pieces = np.split(order, range(batch_size, len(y), batch_size))
    return [(X[piece], y[piece]) for piece in pieces]


# %% alternative: minibatches_on_shuffled_copies
# replaces: minibatches
def minibatches(X, y, batch_size, seed=0):
    X, y = X.copy(), y.copy()
    np.random.default_rng(seed).shuffle(X)
    np.random.default_rng(seed).shuffle(y)
    batches = []
    start = 0
    while start < len(X):
        batches.append((X[start : start + batch_size], y[start : start + batch_size]))
        start += batch_size
    return batches


# %% alternative: train_in_place_on_copies
# replaces: train
def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    weights, biases = [W.copy() for W in weights], [b.copy() for b in biases]
    for epoch in range(epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size, seed + epoch):
            _, gW, gb = loss_gradients(weights, biases, X_batch, y_batch)
            for parameter, gradient in zip(weights + biases, gW + gb):
                parameter -= learning_rate * gradient
    return weights, biases


# %% alternative: train_with_its_own_shuffling
# replaces: train
def sgd_step(parameters, gradients, learning_rate):
    return [p - learning_rate * g for p, g in zip(parameters, gradients)]


def train(weights, biases, X, y, epochs=10, batch_size=50, learning_rate=0.5, seed=0):
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        order = rng.permutation(len(y))
        for start in range(0, len(y), batch_size):
            rows = order[start : start + batch_size]
            _, gW, gb = loss_gradients(weights, biases, X[rows], y[rows])
            weights, biases = sgd_step(weights, gW, learning_rate), sgd_step(biases, gb, learning_rate)
    return weights, biases


# %% alternative: digit_net_deeper
# replaces: digit_net
weights, biases = start_net([64, 40, 20, 10], seed=3)
digit_net = train(weights, biases, X_train, y_train, epochs=12, learning_rate=0.3, seed=9)


# %% alternative: digit_net_in_two_stages
# replaces: digit_net
digit_net = start_net([64, 48, 10], activation="relu", seed=1)
for stage, learning_rate in enumerate([0.3, 0.05]):
    digit_net = train(*digit_net, X_train, y_train, 4, 25, learning_rate, seed=100 * stage)
digit_net = list(digit_net)
