"""What students hand in for the problem set mlp: named mistakes, and right solutions unlike ours.

Each block takes the place of the whole solution cell `replaces`. A mistake must lose the points of
exactly the test cells in `costs`, its own and those that build on it; an alternative must lose none. The
message is what a student reads.
"""
# Cells of a notebook, not a module: names repeat, and come from cells that are not here.
# ruff: noqa: B007, B905, E402, F811, F821, I001


# %% mistake: sigmoid_overflows_on_the_left
# replaces: sigmoid
# costs: test_sigmoid, test_sigmoid_derivative
# message: Your sigmoid overflows for a very negative z: e to the power −z becomes too large. Exponentiate
#   −|z| and treat the two signs of z apart.
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# %% mistake: sigmoid_overflows_on_the_right
# replaces: sigmoid
# costs: test_sigmoid, test_sigmoid_derivative
# message: Your sigmoid overflows for a very positive z: e to the power z becomes too large. If you choose
#   between two forms with np.where, mind that it computes both of them: make the exponent −|z| in each.
def sigmoid(z):
    return np.exp(z) / (1 + np.exp(z))


# %% mistake: sigmoid_clipped_early
# replaces: sigmoid
# costs: test_sigmoid, test_sigmoid_derivative
# message: Clipping z does stop the overflow, but your limit is so small that it changes values that float64
#   can hold. Choose a form that needs no clipping.
def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -10, 10)))


# %% mistake: sigmoid_falls
# replaces: sigmoid
# costs: test_sigmoid, test_neural_unit, test_mlp_forward
# message: Your sigmoid falls where it should rise: the sign of the exponent is turned round.
def sigmoid(z):
    return np.exp(-np.logaddexp(0, z))


# %% mistake: sigmoid_float32
# replaces: sigmoid
# costs: test_sigmoid, test_neural_unit, test_sigmoid_derivative, test_mlp_forward
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
# costs: test_linear_layer, test_two_layer_forward, test_mlp_forward, test_mlp_predict
# message: The biases do not reach your layer: add b to every row of X @ W.
def linear_layer(X, W, b):
    return X @ W


# %% mistake: linear_layer_transposed
# replaces: linear_layer
# costs: test_linear_layer, test_two_layer_forward, test_mlp_forward, test_mlp_predict, test_digit_net
# message: You use W the other way round. Here its shape is (inputs, outputs), so the product is X @ W,
#   without `.T`. With as many inputs as outputs nothing breaks, and the numbers are still wrong.
def linear_layer(X, W, b):
    return X @ W.T + b


# %% mistake: linear_layer_bias_per_example
# replaces: linear_layer
# costs: test_linear_layer, test_two_layer_forward, test_mlp_forward, test_mlp_predict, test_digit_net
# message: You add one bias to each example, a row. There is one bias for each unit, a column: `+ b`
#   broadcasts it down the rows by itself.
def linear_layer(X, W, b):
    return X @ W + b[:, None]


# %% mistake: linear_layer_integer_sum
# replaces: linear_layer
# costs: test_linear_layer
# message: With integer X and W your result is an integer array, and `+=` cannot put fractions into it.
#   Write `Z = X @ W + b`, which makes a new array of floats.
def linear_layer(X, W, b):
    Z = X @ W
    Z += b
    return Z


# %% mistake: linear_layer_squeezed
# replaces: linear_layer
# costs: test_linear_layer, test_two_layer_forward, test_mlp_forward
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


# %% mistake: relu_absolute
# replaces: relu
# costs: test_relu, test_two_layer_forward, test_mlp_forward
# message: Your ReLU turns negative numbers positive. It should set them to 0.
def relu(z):
    return np.abs(z)


# %% mistake: relu_mask
# replaces: relu
# costs: test_relu, test_two_layer_forward, test_mlp_forward, test_digit_net
# message: You return where z is positive (0 or 1), which is the slope of the ReLU. Return z itself there.
def relu(z):
    return (z > 0).astype(float)


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


# %% mistake: leaky_relu_wrong_sign
# replaces: leaky_relu
# costs: test_leaky_relu
# message: Your leaky ReLU rises again on the left of 0. For negative z it is slope · z, a small negative
#   number.
def leaky_relu(z, slope=0.1):
    return np.where(z > 0, z, -slope * z)


# %% mistake: leaky_relu_fixed_slope
# replaces: leaky_relu
# costs: test_leaky_relu
# message: Your function ignores its argument `slope` and always takes the default. Use the name, not the
#   number.
def leaky_relu(z, slope=0.1):
    return np.where(z > 0, z, 0.1 * z)


# %% mistake: leaky_relu_floor
# replaces: leaky_relu
# costs: test_leaky_relu
# message: You compare z with the slope itself. The other candidate is slope · z.
def leaky_relu(z, slope=0.1):
    return np.maximum(slope, z)


# %% mistake: sigmoid_derivative_of_output
# replaces: sigmoid_derivative
# costs: test_sigmoid_derivative
# message: s (1 − s) wants s = σ(z), but you put z itself into it. Compute σ(z) first.
def sigmoid_derivative(z):
    return z * (1 - z)


# %% mistake: sigmoid_derivative_overflows
# replaces: sigmoid_derivative
# costs: test_sigmoid_derivative
# message: Your slope overflows for a very negative z. Write it with your own stable sigmoid: σ(z) (1 −
#   σ(z)).
def sigmoid_derivative(z):
    return np.exp(-z) / (1 + np.exp(-z)) ** 2


# %% mistake: sigmoid_derivative_twice
# replaces: sigmoid_derivative
# costs: test_sigmoid_derivative
# message: You apply the sigmoid twice. Compute s = σ(z) once, then s (1 − s).
def sigmoid_derivative(z):
    s = sigmoid(z)
    return sigmoid(s) * (1 - sigmoid(s))


# %% mistake: tanh_derivative_of_output
# replaces: tanh_derivative
# costs: test_tanh_derivative
# message: 1 − h² wants h = tanh(z), but you put z itself into it. Compute tanh(z) first.
def tanh_derivative(z):
    return 1 - z**2


# %% mistake: tanh_derivative_overflows
# replaces: tanh_derivative
# costs: test_tanh_derivative
# message: cosh grows like an exponential and overflows for a large |z|. Use 1 − tanh², which never does.
def tanh_derivative(z):
    return 1 / np.cosh(z) ** 2


# %% mistake: relu_derivative_at_zero
# replaces: relu_derivative
# costs: test_relu_derivative
# message: At z = 0 you give the slope of the right side. By our convention the unit counts as off there:
#   use `>`, not `>=`.
def relu_derivative(z):
    return np.where(z >= 0, 1.0, 0.0)


# %% mistake: relu_derivative_boolean
# replaces: relu_derivative
# costs: test_relu_derivative
# message: You return True and False. Turn them into 1.0 and 0.0, for example with `.astype(float)`.
def relu_derivative(z):
    return z > 0


# %% mistake: relu_derivative_is_relu
# replaces: relu_derivative
# costs: test_relu_derivative
# message: You return the ReLU, not its slope. Where z is positive the slope is 1, whatever z is.
def relu_derivative(z):
    return np.maximum(z, 0.0)


# %% mistake: leaky_relu_derivative_wrong_sign
# replaces: leaky_relu_derivative
# costs: test_leaky_relu_derivative
# message: The leaky ReLU rises on the left of 0 too, so its slope there is positive: slope, not −slope.
def leaky_relu_derivative(z, slope=0.1):
    return np.where(z > 0, 1.0, -slope)


# %% mistake: leaky_relu_derivative_at_zero
# replaces: leaky_relu_derivative
# costs: test_leaky_relu_derivative
# message: At z = 0 you give the slope of the right side. By our convention the unit counts as off there:
#   use `>`, not `>=`.
def leaky_relu_derivative(z, slope=0.1):
    return np.where(z >= 0, 1.0, slope)


# %% mistake: leaky_relu_derivative_times_z
# replaces: leaky_relu_derivative
# costs: test_leaky_relu_derivative
# message: On the left you return the value slope · z. Its derivative with respect to z is slope alone.
def leaky_relu_derivative(z, slope=0.1):
    return np.where(z > 0, 1.0, slope * z)


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
    variance = 2 / fan_in if activation == "relu" else 2 / (fan_in + fan_out)
    return np.random.default_rng(seed).normal(0, variance, (fan_in, fan_out))


# %% mistake: initial_weights_by_outputs
# replaces: initial_weights
# costs: test_initial_weights, test_mlp_parameters
# message: Your He weights are scaled by the number of units. A unit sums over its inputs, so it is their
#   number that counts.
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    variance = 2 / fan_out if activation == "relu" else 2 / (fan_in + fan_out)
    return np.random.default_rng(seed).normal(0, np.sqrt(variance), (fan_in, fan_out))


# %% mistake: initial_weights_half_variance
# replaces: initial_weights
# costs: test_initial_weights, test_mlp_parameters
# message: Your weights are too small by a factor √2: the variance has a 2 on top, for He and for Xavier.
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    variance = 1 / fan_in if activation == "relu" else 1 / (fan_in + fan_out)
    return np.random.default_rng(seed).normal(0, np.sqrt(variance), (fan_in, fan_out))


# %% mistake: initial_weights_always_he
# replaces: initial_weights
# costs: test_initial_weights, test_mlp_parameters
# message: You ignore the argument `activation`. For tanh and sigmoid use Xavier's formula, with inputs and
#   outputs.
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    return np.random.default_rng(seed).normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))


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
    variance = 2 / fan_in if activation == "relu" else 2 / (fan_in + fan_out)
    return np.abs(np.random.default_rng(seed).normal(0, np.sqrt(variance), (fan_in, fan_out)))


# %% mistake: initial_weights_ignore_seed
# replaces: initial_weights
# costs: test_initial_weights, test_mlp_parameters
# message: Your weights do not depend on the seed: every seed gives the same ones. Hand it on:
#   np.random.default_rng(seed).
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    variance = 2 / fan_in if activation == "relu" else 2 / (fan_in + fan_out)
    return np.random.default_rng(0).normal(0, np.sqrt(variance), (fan_in, fan_out))


# %% mistake: mlp_twin_layers
# replaces: mlp
# costs: test_mlp_parameters
# message: Two layers of one shape start with the same numbers, because both use the same seed. Give each
#   layer its own.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        self.activation = activation
        self.weights = [initial_weights(m, n, activation, seed) for m, n in zip(widths, widths[1:])]
        self.biases = [np.zeros(n) for n in widths[1:]]

    def load(self, weights, biases):
        self.weights, self.biases = list(weights), list(biases)

    def forward(self, X):
        g = {"relu": relu, "tanh": np.tanh, "sigmoid": sigmoid}[self.activation]
        for W, b in zip(self.weights[:-1], self.biases[:-1]):
            X = g(X @ W + b)
        return X @ self.weights[-1] + self.biases[-1]

    def predict(self, X):
        return self.forward(X).argmax(axis=1)

    def parameter_count(self):
        return sum(p.size for p in self.weights + self.biases)


# %% mistake: mlp_activation_on_output
# replaces: mlp
# costs: test_mlp_forward
# message: You apply the activation after the last layer as well. Logits may be negative: stop before it.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        self.activation = activation
        self.weights = [
            initial_weights(m, n, activation, seed + l) for l, (m, n) in enumerate(zip(widths, widths[1:]))
        ]
        self.biases = [np.zeros(n) for n in widths[1:]]

    def load(self, weights, biases):
        self.weights, self.biases = list(weights), list(biases)

    def forward(self, X):
        g = {"relu": relu, "tanh": np.tanh, "sigmoid": sigmoid}[self.activation]
        for W, b in zip(self.weights, self.biases):
            X = g(X @ W + b)
        return X

    def predict(self, X):
        return self.forward(X).argmax(axis=1)

    def parameter_count(self):
        return sum(p.size for p in self.weights + self.biases)


# %% mistake: mlp_without_activation
# replaces: mlp
# costs: test_mlp_forward, test_mlp_predict
# message: Your net has no activation at all, so it is one linear layer however deep it is. Bend every layer
#   but the last.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        self.activation = activation
        self.weights = [
            initial_weights(m, n, activation, seed + l) for l, (m, n) in enumerate(zip(widths, widths[1:]))
        ]
        self.biases = [np.zeros(n) for n in widths[1:]]

    def load(self, weights, biases):
        self.weights, self.biases = list(weights), list(biases)

    def forward(self, X):
        for W, b in zip(self.weights, self.biases):
            X = X @ W + b
        return X

    def predict(self, X):
        return self.forward(X).argmax(axis=1)

    def parameter_count(self):
        return sum(p.size for p in self.weights + self.biases)


# %% mistake: mlp_always_relu
# replaces: mlp
# costs: test_mlp_forward, test_mlp_predict
# message: Your net uses the ReLU whatever `activation` says. Keep the argument and look it up in forward.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        self.weights = [
            initial_weights(m, n, activation, seed + l) for l, (m, n) in enumerate(zip(widths, widths[1:]))
        ]
        self.biases = [np.zeros(n) for n in widths[1:]]

    def load(self, weights, biases):
        self.weights, self.biases = list(weights), list(biases)

    def forward(self, X):
        for W, b in zip(self.weights[:-1], self.biases[:-1]):
            X = np.maximum(0, X @ W + b)
        return X @ self.weights[-1] + self.biases[-1]

    def predict(self, X):
        return self.forward(X).argmax(axis=1)

    def parameter_count(self):
        return sum(p.size for p in self.weights + self.biases)


# %% mistake: mlp_two_layers_only
# replaces: mlp
# costs: test_mlp_forward, test_mlp_predict
# message: Your forward pass handles one hidden layer only. Loop over all layers but the last, then apply
#   the last.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        self.activation = activation
        self.weights = [
            initial_weights(m, n, activation, seed + l) for l, (m, n) in enumerate(zip(widths, widths[1:]))
        ]
        self.biases = [np.zeros(n) for n in widths[1:]]

    def load(self, weights, biases):
        self.weights, self.biases = list(weights), list(biases)

    def forward(self, X):
        g = {"relu": relu, "tanh": np.tanh, "sigmoid": sigmoid}[self.activation]
        H = g(X @ self.weights[0] + self.biases[0])
        return H @ self.weights[1] + self.biases[1]

    def predict(self, X):
        return self.forward(X).argmax(axis=1)

    def parameter_count(self):
        return sum(p.size for p in self.weights + self.biases)


# %% mistake: mlp_forgets_last_bias
# replaces: mlp
# costs: test_mlp_forward, test_mlp_predict
# message: The bias of the last layer does not reach the logits. Every layer adds its bias, the last one
#   too.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        self.activation = activation
        self.weights = [
            initial_weights(m, n, activation, seed + l) for l, (m, n) in enumerate(zip(widths, widths[1:]))
        ]
        self.biases = [np.zeros(n) for n in widths[1:]]

    def load(self, weights, biases):
        self.weights, self.biases = list(weights), list(biases)

    def forward(self, X):
        g = {"relu": relu, "tanh": np.tanh, "sigmoid": sigmoid}[self.activation]
        for W, b in zip(self.weights[:-1], self.biases[:-1]):
            X = g(X @ W + b)
        return X @ self.weights[-1]

    def predict(self, X):
        return self.forward(X).argmax(axis=1)

    def parameter_count(self):
        return sum(p.size for p in self.weights + self.biases)


# %% mistake: mlp_counts_weights_only
# replaces: mlp
# costs: test_mlp_parameters
# message: You count the weights and leave out the biases. They are parameters too: one for each unit.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        self.activation = activation
        self.weights = [
            initial_weights(m, n, activation, seed + l) for l, (m, n) in enumerate(zip(widths, widths[1:]))
        ]
        self.biases = [np.zeros(n) for n in widths[1:]]

    def load(self, weights, biases):
        self.weights, self.biases = list(weights), list(biases)

    def forward(self, X):
        g = {"relu": relu, "tanh": np.tanh, "sigmoid": sigmoid}[self.activation]
        for W, b in zip(self.weights[:-1], self.biases[:-1]):
            X = g(X @ W + b)
        return X @ self.weights[-1] + self.biases[-1]

    def predict(self, X):
        return self.forward(X).argmax(axis=1)

    def parameter_count(self):
        return sum(W.size for W in self.weights)


# %% mistake: mlp_predicts_probabilities
# replaces: mlp
# costs: test_mlp_predict, test_digit_net
# message: predict returns a row of probabilities for each example. Return the number of the class with the
#   largest one.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        self.activation = activation
        self.weights = [
            initial_weights(m, n, activation, seed + l) for l, (m, n) in enumerate(zip(widths, widths[1:]))
        ]
        self.biases = [np.zeros(n) for n in widths[1:]]

    def load(self, weights, biases):
        self.weights, self.biases = list(weights), list(biases)

    def forward(self, X):
        g = {"relu": relu, "tanh": np.tanh, "sigmoid": sigmoid}[self.activation]
        for W, b in zip(self.weights[:-1], self.biases[:-1]):
            X = g(X @ W + b)
        return X @ self.weights[-1] + self.biases[-1]

    def predict(self, X):
        return softmax(self.forward(X))

    def parameter_count(self):
        return sum(p.size for p in self.weights + self.biases)


# %% mistake: mlp_predicts_along_examples
# replaces: mlp
# costs: test_mlp_predict, test_digit_net
# message: predict looks for the largest logit in each column. Each example is a row: argmax along axis 1.
class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        self.activation = activation
        self.weights = [
            initial_weights(m, n, activation, seed + l) for l, (m, n) in enumerate(zip(widths, widths[1:]))
        ]
        self.biases = [np.zeros(n) for n in widths[1:]]

    def load(self, weights, biases):
        self.weights, self.biases = list(weights), list(biases)

    def forward(self, X):
        g = {"relu": relu, "tanh": np.tanh, "sigmoid": sigmoid}[self.activation]
        for W, b in zip(self.weights[:-1], self.biases[:-1]):
            X = g(X @ W + b)
        return X @ self.weights[-1] + self.biases[-1]

    def predict(self, X):
        return self.forward(X).argmax(axis=0)

    def parameter_count(self):
        return sum(p.size for p in self.weights + self.biases)


# %% mistake: minibatches_drop_the_rest
# replaces: minibatches
# costs: test_minibatches
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
def train(weights, biases, X, y, epochs=20, batch_size=50, learning_rate=0.1, seed=0):
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
def train(weights, biases, X, y, epochs=20, batch_size=50, learning_rate=0.1, seed=0):
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
def train(weights, biases, X, y, epochs=20, batch_size=50, learning_rate=0.1, seed=0):
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
def train(weights, biases, X, y, epochs=20, batch_size=50, learning_rate=0.1, seed=0):
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
def train(weights, biases, X, y, epochs=20, batch_size=50, learning_rate=0.1, seed=0):
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
def train(weights, biases, X, y, epochs=20, batch_size=50, learning_rate=0.1, seed=0):
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
def train(weights, biases, X, y, epochs=20, batch_size=50, learning_rate=0.1, seed=0):
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
def train(weights, biases, X, y, epochs=20, batch_size=50, learning_rate=0.1, seed=0):
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
def train(weights, biases, X, y, epochs=20, batch_size=50, learning_rate=0.1, seed=0):
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
def train(weights, biases, X, y, epochs=20, batch_size=50, learning_rate=0.1, seed=0):
    for epoch in range(epochs):
        for X_batch, y_batch in minibatches(X, y, batch_size, seed + epoch):
            _, gW, gb = loss_gradients(weights, biases, X_batch, y_batch)
            weights = [W - learning_rate * g for W, g in zip(weights, gW)]
            biases = [b - learning_rate * g for b, g in zip(biases, gb)]
        return weights, biases


# %% mistake: digit_net_not_loaded
# replaces: digit_net
# costs: test_digit_net
# message: The trained parameters go nowhere: train returns them and leaves the net as it was. Hand them to
#   digit_net.load.
digit_net = MLP([64, 32, 10])
train(digit_net.weights, digit_net.biases, X_train, y_train, learning_rate=0.2)

# %% mistake: digit_net_slow
# replaces: digit_net
# costs: test_digit_net
# message: Your net has hardly moved from its start: the learning rate is far too small for so few epochs.
digit_net = MLP([64, 32, 10])
digit_net.load(*train(digit_net.weights, digit_net.biases, X_train, y_train, learning_rate=0.001))

# %% mistake: digit_net_bottleneck
# replaces: digit_net
# costs: test_digit_net
# message: Your hidden layer is too narrow: all ten digits have to squeeze through a couple of numbers. Give
#   it a few dozen units.
digit_net = MLP([64, 2, 10])
digit_net.load(*train(digit_net.weights, digit_net.biases, X_train, y_train, learning_rate=0.2))

# %% mistake: digit_net_wrong_activation
# replaces: digit_net
# costs: test_digit_net
# message: loss_gradients gives the gradients of a ReLU net, but yours has another activation. Build it with
#   activation="relu".
digit_net = MLP([64, 32, 10], activation="sigmoid")
digit_net.load(*train(digit_net.weights, digit_net.biases, X_train, y_train, learning_rate=0.2))


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


# %% alternative: relu_by_mask
# replaces: relu
def relu(z):
    return z * (z > 0)


# %% alternative: relu_on_a_copy
# replaces: relu
def relu(z):
    h = np.array(z)
    h[h < 0] = 0
    return h


# %% alternative: leaky_relu_by_maximum
# replaces: leaky_relu
def leaky_relu(z, slope=0.1):
    return np.maximum(z, slope * z)


# %% alternative: leaky_relu_by_parts
# replaces: leaky_relu
def leaky_relu(z, slope=0.1):
    return np.maximum(0, z) + slope * np.minimum(0, z)


# %% alternative: sigmoid_derivative_symmetric
# replaces: sigmoid_derivative
def sigmoid_derivative(z):
    return sigmoid(z) * sigmoid(-z)


# %% alternative: tanh_derivative_by_sigmoid
# replaces: tanh_derivative
def tanh_derivative(z):
    s = sigmoid(2 * z)
    return 4 * s * (1 - s)


# %% alternative: relu_derivative_by_sign
# replaces: relu_derivative
def relu_derivative(z):
    return (np.sign(z) > 0).astype(np.float64)


# %% alternative: leaky_relu_derivative_by_mask
# replaces: leaky_relu_derivative
def leaky_relu_derivative(z, slope=0.1):
    d = np.full(np.shape(z), float(slope))
    d[z > 0] = 1
    return d


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


# %% alternative: initial_weights_uniform
# replaces: initial_weights
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    rng = np.random.default_rng(seed)
    limit = np.sqrt(6 / fan_in) if activation == "relu" else np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, size=(fan_in, fan_out))


# %% alternative: initial_weights_legacy_random
# replaces: initial_weights
def initial_weights(fan_in, fan_out, activation="relu", seed=0):
    np.random.seed(seed)
    scale = {"relu": fan_in, "tanh": fan_in + fan_out, "sigmoid": fan_in + fan_out}[activation]
    return np.random.randn(fan_in, fan_out) * (2 / scale) ** 0.5


# %% alternative: mlp_transposed_inside
# replaces: mlp
class MLP:
    """Keeps its matrices as (outputs, inputs), as some slides do, and shows them the other way round."""

    def __init__(self, widths, activation="relu", seed=0):
        self.g = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": sigmoid}[activation]
        self._matrices, self._biases = [], []
        for layer in range(len(widths) - 1):
            W = initial_weights(widths[layer], widths[layer + 1], activation, 1000 * seed + layer)
            self._matrices.append(W.T)
            self._biases.append(np.zeros(widths[layer + 1]))

    @property
    def weights(self):
        return [W.T for W in self._matrices]

    @property
    def biases(self):
        return self._biases

    def load(self, weights, biases):
        self._matrices = [np.array(W).T for W in weights]
        self._biases = [np.array(b) for b in biases]

    def forward(self, X):
        signal = X.T
        last = len(self._matrices) - 1
        for layer, (W, b) in enumerate(zip(self._matrices, self._biases)):
            signal = W @ signal + b[:, None]
            if layer < last:
                signal = self.g(signal)
        return signal.T

    def predict(self, X):
        return np.array([int(np.argmax(row)) for row in self.forward(X)])

    def parameter_count(self):
        count = 0
        for W, b in zip(self._matrices, self._biases):
            count += W.shape[0] * W.shape[1] + b.shape[0]
        return count


# %% alternative: mlp_keeps_what_it_computed
# replaces: mlp
class MLP:
    """Keeps the pre-activations of the last forward pass, as one would for backpropagation."""

    def __init__(self, widths, activation="relu", seed=0):
        self.widths = tuple(widths)
        self.activation = activation
        pairs = list(zip(self.widths, self.widths[1:]))
        self.weights = [initial_weights(m, n, activation, 7 * seed + i) for i, (m, n) in enumerate(pairs)]
        self.biases = [np.zeros(n) for _, n in pairs]
        self.cache = {}

    def load(self, weights, biases):
        self.weights, self.biases = list(weights), list(biases)

    def _bend(self, z):
        if self.activation == "relu":
            return relu(z)
        if self.activation == "tanh":
            return np.tanh(z)
        return sigmoid(z)

    def forward(self, X):
        h = X
        self.cache = {"h0": h}
        for i in range(len(self.weights)):
            z = linear_layer(h, self.weights[i], self.biases[i])
            h = z if i == len(self.weights) - 1 else self._bend(z)
            self.cache[f"z{i + 1}"], self.cache[f"h{i + 1}"] = z, h
        return h

    def predict(self, X):
        return np.argmax(softmax(self.forward(X)), axis=-1)

    def parameter_count(self):
        return sum((m + 1) * n for m, n in zip(self.widths, self.widths[1:]))


# %% alternative: mlp_of_layers
# replaces: mlp
from dataclasses import dataclass


@dataclass
class Layer:
    W: np.ndarray
    b: np.ndarray

    def __call__(self, X):
        return X @ self.W + self.b


class MLP:
    def __init__(self, widths, activation="relu", seed=0):
        self.activation = activation
        self.layers = []
        for i, (m, n) in enumerate(zip(widths, widths[1:])):
            self.layers.append(Layer(initial_weights(m, n, activation, seed=seed + 17 * i), np.zeros(n)))

    weights = property(lambda self: [layer.W for layer in self.layers])
    biases = property(lambda self: [layer.b for layer in self.layers])

    def load(self, weights, biases):
        self.layers = [Layer(W, b) for W, b in zip(weights, biases)]

    def forward(self, X):
        *hidden, output = self.layers
        for layer in hidden:
            X = {"relu": relu, "tanh": np.tanh, "sigmoid": sigmoid}[self.activation](layer(X))
        return output(X)

    def predict(self, X):
        return self.forward(X).argmax(1)

    def parameter_count(self):
        return int(sum(layer.W.size + layer.b.size for layer in self.layers))


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
def train(weights, biases, X, y, epochs=20, batch_size=50, learning_rate=0.1, seed=0):
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


def train(weights, biases, X, y, epochs=20, batch_size=50, learning_rate=0.1, seed=0):
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
digit_net = MLP([64, 40, 20, 10], seed=3)
trained_weights, trained_biases = train(
    digit_net.weights, digit_net.biases, X_train, y_train, epochs=25, learning_rate=0.15, seed=9
)
digit_net.load(trained_weights, trained_biases)

# %% alternative: digit_net_in_two_stages
# replaces: digit_net
digit_net = MLP([64, 48, 10], activation="relu", seed=1)
for stage, learning_rate in enumerate([0.3, 0.05]):
    parameters = train(
        digit_net.weights, digit_net.biases, X_train, y_train, 12, 25, learning_rate, seed=100 * stage
    )
    digit_net.load(*parameters)
