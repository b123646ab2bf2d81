"""What students hand in for the problem set backprop: named mistakes, and right solutions unlike ours.

Each block takes the place of the whole solution cell `replaces`. A mistake must lose the points of
exactly the test cells in `costs`, its own and those that build on it; an alternative must lose none. The
message is what a student reads.
"""
# Cells of a notebook, not a module: names repeat, and come from cells that are not here.
# ruff: noqa: B007, B905, E402, F811, F821, I001


# %% mistake: unit_gradient_sign
# replaces: unit_gradient
# costs: test_unit_gradient
# message: Your gradient points the other way, as the last lines of the slide do. The inner derivative of y − t with
#   respect to t is −1: start from ∂L/∂t = t − y.
def unit_gradient(x, y, w, b):
    t = sigmoid(w * x + b)
    dz = (y - t) * t * (1 - t)
    return dz * x, dz


# %% mistake: unit_gradient_without_slope
# replaces: unit_gradient
# costs: test_unit_gradient
# message: The slope of the sigmoid is missing from your chain: between ∂L/∂t and ∂z/∂w comes ∂t/∂z = t (1 − t).
def unit_gradient(x, y, w, b):
    t = sigmoid(w * x + b)
    return (t - y) * x, t - y


# %% mistake: unit_gradient_slope_of_output
# replaces: unit_gradient
# costs: test_unit_gradient
# message: You pass t through the sigmoid once more before you take its slope. t is the sigmoid's output already: the
#   slope is t (1 − t).
def unit_gradient(x, y, w, b):
    t = sigmoid(w * x + b)
    dz = (t - y) * sigmoid(t) * (1 - sigmoid(t))
    return dz * x, dz


# %% mistake: unit_gradient_slope_of_z
# replaces: unit_gradient
# costs: test_unit_gradient
# message: You put z into t (1 − t), which wants the sigmoid's output t = σ(z).
def unit_gradient(x, y, w, b):
    z = w * x + b
    dz = (sigmoid(z) - y) * z * (1 - z)
    return dz * x, dz


# %% mistake: unit_gradient_bias_times_x
# replaces: unit_gradient
# costs: test_unit_gradient
# message: ∂z/∂w is x, but ∂z/∂b is 1: the input has no part in the gradient of the bias.
def unit_gradient(x, y, w, b):
    t = sigmoid(w * x + b)
    dw = (t - y) * t * (1 - t) * x
    return dw, dw


# %% mistake: unit_gradient_without_half
# replaces: unit_gradient
# costs: test_unit_gradient
# message: Your gradient is twice too large: the ½ in front of the square cancels the 2 that the square brings down.
def unit_gradient(x, y, w, b):
    t = sigmoid(w * x + b)
    dz = 2 * (t - y) * t * (1 - t)
    return dz * x, dz


# %% mistake: affine_backward_bias_averaged
# replaces: affine_backward
# costs: test_affine_backward, test_two_layer_gradients
# message: You average the gradient of the bias over the batch. The 1/N is in dout already: sum.
def affine_backward(dout, X, W):
    return dout @ W.T, X.T @ dout, dout.mean(axis=0)


# %% mistake: affine_backward_bias_wrong_axis
# replaces: affine_backward
# costs: test_affine_backward, test_two_layer_gradients
# message: You sum dout along its rows, and get one number for each example. A bias belongs to a unit, a column: sum
#   over the examples, axis 0.
def affine_backward(dout, X, W):
    return dout @ W.T, X.T @ dout, dout.sum(axis=1)


# %% mistake: affine_backward_bias_scalar
# replaces: affine_backward
# costs: test_affine_backward, test_two_layer_gradients
# message: Your gradient of the bias is one number for the whole layer. Each unit has a bias of its own: sum along
#   axis 0 only.
def affine_backward(dout, X, W):
    return dout @ W.T, X.T @ dout, dout.sum()


# %% mistake: affine_backward_bias_keepdims
# replaces: affine_backward
# costs: test_affine_backward, test_two_layer_gradients
# message: db has the shape (1, M), but b has the shape (M,). Leave out keepdims.
def affine_backward(dout, X, W):
    return dout @ W.T, X.T @ dout, dout.sum(axis=0, keepdims=True)


# %% mistake: affine_backward_bias_not_summed
# replaces: affine_backward
# costs: test_affine_backward, test_two_layer_gradients
# message: You return dout as the gradient of the bias. All examples share one bias, so their contributions are
#   summed.
def affine_backward(dout, X, W):
    return dout @ W.T, X.T @ dout, 1.0 * dout


# %% mistake: affine_backward_averaged_again
# replaces: affine_backward
# costs: test_affine_backward, test_two_layer_gradients
# message: You divide by the batch size, but dout holds the 1/N of the mean already. It enters once, at the loss.
def affine_backward(dout, X, W):
    return dout @ W.T, X.T @ dout / len(X), dout.sum(axis=0) / len(X)


# %% mistake: affine_backward_weights_transposed
# replaces: affine_backward
# costs: test_affine_backward, test_two_layer_gradients, test_two_layer_loss
# message: dW comes out transposed. It has the shape of W, (inputs, outputs): X.T @ dout.
def affine_backward(dout, X, W):
    return dout @ W.T, dout.T @ X, dout.sum(axis=0)


# %% mistake: affine_backward_without_transpose
# replaces: affine_backward
# costs: test_affine_backward, test_two_layer_gradients, test_two_layer_loss
# message: Backward, the signal goes through the weights the other way round: dX needs the transpose W.T. With a
#   square W nothing breaks, and the numbers are still wrong.
def affine_backward(dout, X, W):
    return dout @ W, X.T @ dout, dout.sum(axis=0)


# %% mistake: affine_backward_reshaped
# replaces: affine_backward
# costs: test_affine_backward, test_two_layer_gradients
# message: reshape makes the shapes fit, but it does not transpose: it deals the numbers out in another order. Use
#   W.T.
def affine_backward(dout, X, W):
    return dout @ W.reshape(W.shape[1], W.shape[0]), X.T @ dout, dout.sum(axis=0)


# %% mistake: affine_backward_inputs_swapped
# replaces: affine_backward
# costs: test_affine_backward, test_two_layer_gradients, test_two_layer_loss
# message: You return the gradients in another order than asked for: dX, dW, db.
def affine_backward(dout, X, W):
    return X.T @ dout, dout @ W.T, dout.sum(axis=0)


# %% mistake: affine_backward_in_place
# replaces: affine_backward
# costs: test_affine_backward, test_two_layer_loss, test_two_layer_gradients
# message: `*=` writes into the X of the caller, who needs it again. Make new arrays.
def affine_backward(dout, X, W):
    dX, dW, db = dout @ W.T, X.T @ dout, dout.sum(axis=0)
    X *= 0
    X += dX
    return X, dW, db


# %% mistake: affine_backward_float32
# replaces: affine_backward
# costs: test_affine_backward, test_two_layer_gradients
# message: The result is right to seven digits only: somewhere you convert to float32. Stay in float64.
def affine_backward(dout, X, W):
    dout = np.asarray(dout, dtype=np.float32)
    return dout @ W.T.astype(np.float32), X.T.astype(np.float32) @ dout, dout.sum(axis=0)


# %% mistake: relu_backward_without_mask
# replaces: relu_backward
# costs: test_relu_backward, test_two_layer_gradients
# message: Your ReLU lets every gradient through. A unit that was off, z < 0, stops it: the gradient is 0 there.
def relu_backward(dout, z):
    return np.array(dout)


# %% mistake: relu_backward_mask_on_dout
# replaces: relu_backward
# costs: test_relu_backward, test_two_layer_gradients
# message: You keep the gradients that are positive themselves. What decides is the sign of z, the unit's input; a
#   negative gradient passes as well as a positive one.
def relu_backward(dout, z):
    return np.maximum(dout, 0)


# %% mistake: relu_backward_times_output
# replaces: relu_backward
# costs: test_relu_backward, test_two_layer_gradients
# message: You multiply by the ReLU's output. Multiply by its slope, which is 1 where z is positive, whatever z is.
def relu_backward(dout, z):
    return dout * np.maximum(z, 0)


# %% mistake: relu_backward_by_quotient
# replaces: relu_backward
# costs: test_relu_backward, test_two_layer_gradients
# message: You take the slope from max(0, z) / z, which is 0 / 0 where z is 0. Compare z with 0 instead.
def relu_backward(dout, z):
    return dout * (np.maximum(z, 0) / z)


# %% mistake: relu_backward_only_mask
# replaces: relu_backward
# costs: test_relu_backward, test_two_layer_gradients
# message: You return the slope alone. The chain rule multiplies it by dout, what comes from above.
def relu_backward(dout, z):
    return (z > 0) * 1.0


# %% mistake: relu_backward_upside_down
# replaces: relu_backward
# costs: test_relu_backward, test_two_layer_gradients
# message: Your mask is upside down: gradients pass where z is positive, and are stopped where it is negative.
def relu_backward(dout, z):
    return np.where(z > 0, 0, dout)


# %% mistake: relu_backward_in_place
# replaces: relu_backward
# costs: test_relu_backward
# message: Assigning to `dout[...]` changes the array of the caller. Make a new one: a product with the mask, or
#   np.where.
def relu_backward(dout, z):
    dout[z <= 0] = 0
    return dout


# %% mistake: sigmoid_backward_of_output
# replaces: sigmoid_backward
# costs: test_sigmoid_backward
# message: You apply the sigmoid to s, which is its output already. The slope is s (1 − s), without another
#   exponential.
def sigmoid_backward(dout, s):
    return dout * sigmoid(s) * (1 - sigmoid(s))


# %% mistake: sigmoid_backward_without_dout
# replaces: sigmoid_backward
# costs: test_sigmoid_backward
# message: You return the slope alone. The chain rule multiplies it by dout, what comes from above.
def sigmoid_backward(dout, s):
    return s * (1 - s)


# %% mistake: sigmoid_backward_of_tanh
# replaces: sigmoid_backward
# costs: test_sigmoid_backward
# message: 1 − s² is the slope of tanh, from its output. The sigmoid's is s (1 − s).
def sigmoid_backward(dout, s):
    return dout * (1 - s**2)


# %% mistake: sigmoid_backward_in_place
# replaces: sigmoid_backward
# costs: test_sigmoid_backward
# message: `*=` writes into the caller's dout. Write `dout * ...`, which makes a new array.
def sigmoid_backward(dout, s):
    dout *= s * (1 - s)
    return dout


# %% mistake: softmax_cross_entropy_gradient_summed
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy, test_two_layer_gradients, test_net_gradients, test_gradient_norms, test_train
# message: The loss is a mean over the batch, and your gradient is that of the sum: it lacks the 1/N.
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    log_p = logits - logits.max(axis=1, keepdims=True) - np.log(e.sum(axis=1, keepdims=True))
    d = np.exp(log_p)
    d[rows, labels] -= 1
    return -log_p[rows, labels].mean(), d


# %% mistake: softmax_cross_entropy_gradient_mean_twice
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy, test_two_layer_gradients, test_net_gradients, test_gradient_norms, test_train
# message: You divide the gradient by the batch size twice. The mean brings one 1/N, and no more.
def softmax_cross_entropy(logits, labels):
    N = len(labels)
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    log_p = logits - logits.max(axis=1, keepdims=True) - np.log(e.sum(axis=1, keepdims=True))
    d = np.exp(log_p) / N
    d[np.arange(N), labels] -= 1 / N
    return -log_p[np.arange(N), labels].mean(), d / N


# %% mistake: softmax_cross_entropy_gradient_mean_over_classes
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy, test_two_layer_gradients, test_net_gradients, test_gradient_norms, test_train
# message: You divide the gradient by the number of all logits. The loss is a mean over the N examples, not over the
#   classes.
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    log_p = logits - logits.max(axis=1, keepdims=True) - np.log(e.sum(axis=1, keepdims=True))
    d = np.exp(log_p)
    d[rows, labels] -= 1
    return -log_p[rows, labels].mean(), d / d.size


# %% mistake: softmax_cross_entropy_gradient_sign
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy, test_two_layer_gradients, test_net_gradients, test_train, test_digit_net
# message: The sign of your gradient is flipped: it is what the net says minus what it should have said, p − 1 at the
#   true class.
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    log_p = logits - logits.max(axis=1, keepdims=True) - np.log(e.sum(axis=1, keepdims=True))
    d = -np.exp(log_p)
    d[rows, labels] += 1
    return -log_p[rows, labels].mean(), d / len(labels)


# %% mistake: softmax_cross_entropy_gradient_without_label
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy, test_two_layer_gradients, test_net_gradients, test_gradient_norms, test_train,
#   test_digit_net
# message: You forgot to subtract 1 at the true class. Without it the gradient knows nothing of the labels.
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    log_p = logits - logits.max(axis=1, keepdims=True) - np.log(e.sum(axis=1, keepdims=True))
    return -log_p[rows, labels].mean(), np.exp(log_p) / len(labels)


# %% mistake: softmax_cross_entropy_gradient_of_all_rows
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy, test_two_layer_gradients, test_net_gradients, test_gradient_norms, test_train,
#   test_digit_net
# message: `d[:, labels] -= 1` subtracts in every row, at the class of every example. Pair each row with its own
#   label: `d[np.arange(N), labels]`.
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    log_p = logits - logits.max(axis=1, keepdims=True) - np.log(e.sum(axis=1, keepdims=True))
    d = np.exp(log_p)
    d[:, labels] -= 1
    return -log_p[rows, labels].mean(), d / len(labels)


# %% mistake: softmax_cross_entropy_loss_summed
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy, test_two_layer_loss
# message: Your loss grows with the number of examples: it is their sum. Take the mean over the batch.
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    log_p = logits - logits.max(axis=1, keepdims=True) - np.log(e.sum(axis=1, keepdims=True))
    d = np.exp(log_p)
    d[rows, labels] -= 1
    return -log_p[rows, labels].sum(), d / len(labels)


# %% mistake: softmax_cross_entropy_overflow
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy
# message: Your softmax overflows when a logit is large: subtract each row's maximum before you exponentiate.
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    d = p.copy()
    d[rows, labels] -= 1
    return -np.log(p[rows, labels]).mean(), d / len(labels)


# %% mistake: softmax_cross_entropy_log_of_zero
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy
# message: A probability that rounds to 0 makes your loss infinite. Subtract the logarithm of the sum of exponentials
#   from the shifted logits, and take no logarithm of a probability.
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[rows, labels]).mean()
    p[rows, labels] -= 1
    return loss, p / len(labels)


# %% mistake: softmax_cross_entropy_probability_clipped
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy
# message: A small number added to the probability does keep the logarithm finite, but the loss of a confident mistake
#   is then wrong. Work with log-probabilities, which need no such help.
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[rows, labels] + 1e-20).mean()
    p[rows, labels] -= 1
    return loss, p / len(labels)


# %% mistake: softmax_cross_entropy_one_maximum_for_all
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy
# message: You subtract one maximum of the whole batch. A row whose logits all lie far below it becomes 0 / 0:
#   subtract each row's own maximum (axis=1, keepdims=True).
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    shifted = logits - logits.max()
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    d = np.exp(log_p)
    d[rows, labels] -= 1
    return -log_p[rows, labels].mean(), d / len(labels)


# %% mistake: softmax_cross_entropy_by_largest_size
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy
# message: You subtract the largest |z| of a row. Where all its logits are negative, that shifts them further down,
#   and the row becomes 0 / 0: subtract the maximum itself, with its sign.
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    shifted = logits - np.max(np.abs(logits), axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    d = np.exp(log_p)
    d[rows, labels] -= 1
    return -log_p[rows, labels].mean(), d / len(labels)


# %% mistake: softmax_cross_entropy_wrong_axis
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy, test_two_layer_loss, test_two_layer_gradients, test_net_gradients,
#   test_gradient_norms, test_train, test_digit_net
# message: Your softmax runs down the columns, over the examples. Each row is one example: maximum and sum go along
#   axis 1.
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    shifted = logits - logits.max(axis=0)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=0))
    d = np.exp(log_p)
    d[rows, labels] -= 1
    return -log_p[rows, labels].mean(), d / len(labels)


# %% mistake: softmax_cross_entropy_in_place
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy
# message: `-=` subtracts from the caller's logits. Write `logits - ...`, which makes a new array.
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    logits -= logits.max(axis=1, keepdims=True)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    d = np.exp(log_p)
    d[rows, labels] -= 1
    return -log_p[rows, labels].mean(), d / len(labels)


# %% mistake: softmax_cross_entropy_integer_gradient
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy, test_two_layer_gradients, test_gradient_norms
# message: np.zeros_like of integer logits is an integer array, and cuts your gradient to whole numbers. Make it an
#   array of floats.
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    d = np.zeros_like(logits)
    d[:] = np.exp(log_p) / len(labels)
    d[rows, labels] = (np.exp(log_p[rows, labels]) - 1) / len(labels)
    return -log_p[rows, labels].mean(), d


# %% mistake: numerical_gradient_one_sided
# replaces: numerical_gradient
# costs: test_numerical_gradient, test_gradient_check
# message: You look to one side only, and the error shrinks no faster than h. Take f(x + h) − f(x − h), over 2h.
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        moved = x.copy()
        moved[i] += h
        gradient[i] = (f(moved) - f(x)) / h
    return gradient


# %% mistake: numerical_gradient_over_h
# replaces: numerical_gradient
# costs: test_numerical_gradient, test_gradient_check
# message: Your slopes are twice too large: from x − h to x + h it is 2h.
def numerical_gradient(f, x, h=1e-5):
    gradient = np.zeros(np.shape(x))
    for i in np.ndindex(gradient.shape):
        step = np.zeros(gradient.shape)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / h
    return gradient


# %% mistake: numerical_gradient_all_at_once
# replaces: numerical_gradient
# costs: test_numerical_gradient, test_gradient_check
# message: You move all entries at once, and measure one slope for all. Move one entry at a time and leave the others
#   where they are.
def numerical_gradient(f, x, h=1e-5):
    return np.full(np.shape(x), (f(x + h) - f(x - h)) / (2 * h))


# %% mistake: numerical_gradient_integer_copy
# replaces: numerical_gradient
# costs: test_numerical_gradient, test_gradient_check
# message: A copy of an integer array is an integer array, and a small step vanishes in it. Copy it as floats.
def numerical_gradient(f, x, h=1e-5):
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        right, left = x.copy(), x.copy()
        right[i] = x[i] + h
        left[i] = x[i] - h
        gradient[i] = (f(right) - f(left)) / (2 * h)
    return gradient


# %% mistake: numerical_gradient_integer_result
# replaces: numerical_gradient
# costs: test_numerical_gradient, test_gradient_check
# message: np.zeros_like of an integer array is an integer array, and cuts the slopes to whole numbers. Use
#   np.zeros(x.shape).
def numerical_gradient(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


# %% mistake: numerical_gradient_left_moved
# replaces: numerical_gradient
# costs: test_numerical_gradient, test_gradient_check
# message: Adding h and subtracting it again does not quite give back the old number, and you leave x changed. Work on
#   a copy, or store the old value and put it back.
def numerical_gradient(f, x, h=1e-5):
    x = np.asarray(x) if np.asarray(x).dtype == float else np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        x[i] += h
        above = f(x)
        x[i] -= 2 * h
        below = f(x)
        x[i] += h
        gradient[i] = (above - below) / (2 * h)
    return gradient


# %% mistake: numerical_gradient_fixed_step
# replaces: numerical_gradient
# costs: test_numerical_gradient, test_gradient_check
# message: Your function ignores its argument `h` and always takes one step size. Use the name, not the number.
def numerical_gradient(f, x, h=1e-5):
    gradient = np.zeros(np.shape(x))
    for i in np.ndindex(gradient.shape):
        step = np.zeros(gradient.shape)
        step[i] = 1e-5
        gradient[i] = (f(x + step) - f(x - step)) / 2e-5
    return gradient


# %% mistake: gradient_check_absolute
# replaces: gradient_check
# costs: test_gradient_check
# message: You return the difference itself. Whether that is much depends on the gradients' size: divide by the sum of
#   both norms.
def gradient_check(f, gradient, x, h=1e-5):
    return np.linalg.norm(gradient - numerical_gradient(f, x, h))


# %% mistake: gradient_check_not_a_number
# replaces: gradient_check
# costs: test_gradient_check
# message: Where both gradients are 0 you divide 0 by 0. Return 0 there: they agree.
def gradient_check(f, gradient, x, h=1e-5):
    m = numerical_gradient(f, x, h)
    return np.linalg.norm(gradient - m) / (np.linalg.norm(gradient) + np.linalg.norm(m))


# %% mistake: gradient_check_signed_sum
# replaces: gradient_check
# costs: test_gradient_check
# message: You sum the differences with their signs, so that they cancel. Take norms: square, sum, then the root.
def gradient_check(f, gradient, x, h=1e-5):
    m = numerical_gradient(f, x, h)
    size = np.sum(np.abs(gradient)) + np.sum(np.abs(m))
    return np.abs(np.sum(gradient - m)) / size if size else 0.0


# %% mistake: gradient_check_sum_of_sizes
# replaces: gradient_check
# costs: test_gradient_check
# message: You add up absolute values. The norm is the root of the sum of the *squares*, of all three arrays.
def gradient_check(f, gradient, x, h=1e-5):
    measured = numerical_gradient(f, x, h)
    size = np.sum(np.abs(gradient)) + np.sum(np.abs(measured))
    return np.sum(np.abs(gradient - measured)) / size if size else 0.0


# %% mistake: gradient_check_without_root
# replaces: gradient_check
# costs: test_gradient_check
# message: You sum the squares but do not take the root: these are squared norms.
def gradient_check(f, gradient, x, h=1e-5):
    m = numerical_gradient(f, x, h)
    size = np.sum(gradient**2) + np.sum(m**2)
    return np.sum((gradient - m) ** 2) / size if size else 0.0


# %% mistake: gradient_check_default_step
# replaces: gradient_check
# costs: test_gradient_check
# message: You do not hand h on: the measurement always takes its own default.
def gradient_check(f, gradient, x, h=1e-5):
    m = numerical_gradient(f, x)
    size = np.linalg.norm(gradient) + np.linalg.norm(m)
    return np.linalg.norm(gradient - m) / size if size else 0.0


# %% mistake: two_layer_decay_without_half
# replaces: two_layer
# costs: test_two_layer_loss
# message: Your decay lacks the ½: by our convention the loss holds λ/2 times the squares. (Your gradient has it
#   right.)
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = parameters["W1"], parameters["b1"], parameters["W2"], parameters["b2"]
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, Z), X, W1)
    loss += decay * (np.sum(W1**2) + np.sum(W2**2))
    return loss, {"W1": dW1 + decay * W1, "b1": db1, "W2": dW2 + decay * W2, "b2": db2}


# %% mistake: two_layer_decay_gradient_doubled
# replaces: two_layer
# costs: test_two_layer_gradients
# message: Your gradient of the decay is twice too large: the ½ of the loss cancels the 2 of the square, and λ·W is
#   left.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = parameters["W1"], parameters["b1"], parameters["W2"], parameters["b2"]
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, Z), X, W1)
    loss += decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return loss, {"W1": dW1 + 2 * decay * W1, "b1": db1, "W2": dW2 + 2 * decay * W2, "b2": db2}


# %% mistake: two_layer_decay_not_in_gradient
# replaces: two_layer
# costs: test_two_layer_gradients
# message: The decay is in your loss, but not in your gradients: add λ·W to the gradient of each weight matrix.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = parameters["W1"], parameters["b1"], parameters["W2"], parameters["b2"]
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, Z), X, W1)
    loss += decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


# %% mistake: two_layer_decay_not_in_loss
# replaces: two_layer
# costs: test_two_layer_loss
# message: The decay is in your gradients, but not in your loss.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = parameters["W1"], parameters["b1"], parameters["W2"], parameters["b2"]
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, Z), X, W1)
    return loss, {"W1": dW1 + decay * W1, "b1": db1, "W2": dW2 + decay * W2, "b2": db2}


# %% mistake: two_layer_absolute_decay
# replaces: two_layer
# costs: test_two_layer_loss, test_two_layer_gradients
# message: Your decay sums the absolute values of the weights (L1). Weight decay here is L2: λ/2 times the sum of their
#     squares, whose derivative is λ·W.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, Z), X, W1)
    loss += decay * (np.abs(W1).sum() + np.abs(W2).sum())
    return loss, {"W1": dW1 + decay * np.sign(W1), "b1": db1, "W2": dW2 + decay * np.sign(W2), "b2": db2}


# %% mistake: two_layer_absolute_decay_halved
# replaces: two_layer
# costs: test_two_layer_loss, test_two_layer_gradients
# message: Your decay sums the absolute values of the weights (L1). Weight decay here is L2: λ/2 times the sum of their
#     squares, whose derivative is λ·W.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, Z), X, W1)
    loss += decay / 2 * (np.abs(W1).sum() + np.abs(W2).sum())
    signs = decay / 2 * np.sign(W1), decay / 2 * np.sign(W2)
    return loss, {"W1": dW1 + signs[0], "b1": db1, "W2": dW2 + signs[1], "b2": db2}


# %% mistake: two_layer_relu_on_logits
# replaces: two_layer
# costs: test_two_layer_loss, test_two_layer_gradients
# message: There is no ReLU after the second layer: its sums are the logits, and a logit may be negative.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    sums = H @ W2 + b2
    loss, dlogits = softmax_cross_entropy(np.maximum(sums, 0), labels)
    dH, dW2, db2 = affine_backward(relu_backward(dlogits, sums), H, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, Z), X, W1)
    loss += decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return loss, {"W1": dW1 + decay * W1, "b1": db1, "W2": dW2 + decay * W2, "b2": db2}


# %% mistake: two_layer_bias_after_relu
# replaces: two_layer
# costs: test_two_layer_loss, test_two_layer_gradients
# message: You add b1 after the ReLU. It belongs to the sum: first X @ W1 + b1, then the ReLU of all of that.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    Z = X @ W1
    H = np.maximum(Z, 0) + b1
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    db1 = dH.sum(axis=0)
    dW1 = X.T @ relu_backward(dH, Z)
    loss += decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return loss, {"W1": dW1 + decay * W1, "b1": db1, "W2": dW2 + decay * W2, "b2": db2}


# %% mistake: two_layer_bias_after_relu_in_the_slope
# replaces: two_layer
# costs: test_two_layer_loss, test_two_layer_gradients
# message: You add b1 after the ReLU. It belongs to the sum: first X @ W1 + b1, then the ReLU of all of that.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    H = np.maximum(X @ W1, 0) + b1
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, H), X, W1)
    loss += decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return loss, {"W1": dW1 + decay * W1, "b1": db1, "W2": dW2 + decay * W2, "b2": db2}


# %% mistake: two_layer_bias_decayed
# replaces: two_layer
# costs: test_two_layer_loss, test_two_layer_gradients
# message: You decay the biases too. By our convention only the weight matrices are regularised.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = parameters["W1"], parameters["b1"], parameters["W2"], parameters["b2"]
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, Z), X, W1)
    gradients = {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
    loss += decay / 2 * sum(np.sum(p**2) for p in parameters.values())
    return loss, {name: gradients[name] + decay * parameters[name] for name in gradients}


# %% mistake: two_layer_decay_averaged
# replaces: two_layer
# costs: test_two_layer_loss, test_two_layer_gradients
# message: You divide the decay by the number of examples. By our convention λ stands before it as it is: only the
#   cross-entropy is a mean.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = parameters["W1"], parameters["b1"], parameters["W2"], parameters["b2"]
    decay = decay / len(X)
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, Z), X, W1)
    loss += decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return loss, {"W1": dW1 + decay * W1, "b1": db1, "W2": dW2 + decay * W2, "b2": db2}


# %% mistake: two_layer_relu_forgotten_backward
# replaces: two_layer
# costs: test_two_layer_gradients
# message: On the way back you skip the ReLU: the gradient of H is not yet that of Z. Pass it through relu_backward.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = parameters["W1"], parameters["b1"], parameters["W2"], parameters["b2"]
    H = np.maximum(X @ W1 + b1, 0)
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(dH, X, W1)
    loss += decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return loss, {"W1": dW1 + decay * W1, "b1": db1, "W2": dW2 + decay * W2, "b2": db2}


# %% mistake: two_layer_gradient_from_sums
# replaces: two_layer
# costs: test_two_layer_gradients
# message: The second layer was fed with H, after the ReLU, and you compute its weight gradient from Z, before it.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = parameters["W1"], parameters["b1"], parameters["W2"], parameters["b2"]
    Z = X @ W1 + b1
    loss, dlogits = softmax_cross_entropy(np.maximum(Z, 0) @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, Z, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, Z), X, W1)
    loss += decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return loss, {"W1": dW1 + decay * W1, "b1": db1, "W2": dW2 + decay * W2, "b2": db2}


# %% mistake: two_layer_cache_overwritten
# replaces: two_layer
# costs: test_two_layer_gradients
# message: The ReLU of your forward pass overwrites Z, or something else writes into what you kept, before the
#   backward pass has used it. Keep Z and H as they are.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = parameters["W1"], parameters["b1"], parameters["W2"], parameters["b2"]
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    H *= 0
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, Z), X, W1)
    loss += decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return loss, {"W1": dW1 + decay * W1, "b1": db1, "W2": dW2 + decay * W2, "b2": db2}


# %% mistake: two_layer_parameters_overwritten
# replaces: two_layer
# costs: test_two_layer_loss, test_two_layer_gradients
# message: `gradients = parameters` makes no copy: it is a second name for the same dictionary, and you write the
#   gradients over the parameters. Start from an empty dictionary.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = parameters["W1"], parameters["b1"], parameters["W2"], parameters["b2"]
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    gradients = parameters
    dH, dW2, gradients["b2"] = affine_backward(dlogits, H, W2)
    _, dW1, gradients["b1"] = affine_backward(relu_backward(dH, Z), X, W1)
    gradients["W1"], gradients["W2"] = dW1 + decay * W1, dW2 + decay * W2
    loss += decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return loss, gradients


# %% mistake: two_layer_decay_in_place
# replaces: two_layer
# costs: test_two_layer_loss, test_two_layer_gradients
# message: `*=` writes into the caller's weights. Multiply into a new array: decay * W.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = parameters["W1"], parameters["b1"], parameters["W2"], parameters["b2"]
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, Z), X, W1)
    loss += decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    W1 *= decay
    W2 *= decay
    return loss, {"W1": dW1 + W1, "b1": db1, "W2": dW2 + W2, "b2": db2}


# %% mistake: net_gradients_without_slope
# replaces: net_gradients
# costs: test_net_gradients, test_gradient_norms, test_train
# message: Your recursion leaves out the slope of the activation: each hidden δ is multiplied by g′(A) of its layer.
def net_gradients(weights, biases, X, labels, activation="relu"):
    g, _ = ACTIVATIONS[activation]
    outputs = [X]
    for W, b in zip(weights[:-1], biases[:-1]):
        outputs.append(g(outputs[-1] @ W + b))
    _, delta = softmax_cross_entropy(outputs[-1] @ weights[-1] + biases[-1], labels)
    dWs, dbs = [], []
    for H, W in zip(outputs[::-1], weights[::-1]):
        dWs.append(H.T @ delta)
        dbs.append(delta.sum(axis=0))
        delta = delta @ W.T
    return dWs[::-1], dbs[::-1]


# %% mistake: net_gradients_slope_of_output
# replaces: net_gradients
# costs: test_net_gradients, test_gradient_norms, test_train
# message: You hand the activation's output H to its derivative, which wants what went in: A. With the ReLU nobody
#   notices, with tanh and sigmoid everybody does.
def net_gradients(weights, biases, X, labels, activation="relu"):
    g, slope = ACTIVATIONS[activation]
    outputs = [X]
    for W, b in zip(weights[:-1], biases[:-1]):
        outputs.append(g(outputs[-1] @ W + b))
    _, delta = softmax_cross_entropy(outputs[-1] @ weights[-1] + biases[-1], labels)
    dWs, dbs = [], []
    for layer in range(len(weights) - 1, -1, -1):
        dWs.insert(0, outputs[layer].T @ delta)
        dbs.insert(0, delta.sum(axis=0))
        if layer:
            delta = (delta @ weights[layer].T) * slope(outputs[layer])
    return dWs, dbs


# %% mistake: net_gradients_always_relu
# replaces: net_gradients
# costs: test_net_gradients, test_gradient_norms, test_train
# message: Your function ignores its argument `activation`, and takes the ReLU whatever is asked for.
def net_gradients(weights, biases, X, labels, activation="relu"):
    g, slope = ACTIVATIONS["relu"]
    outputs, sums = [X], []
    for W, b in zip(weights, biases):
        sums.append(outputs[-1] @ W + b)
        outputs.append(g(sums[-1]))
    _, delta = softmax_cross_entropy(sums[-1], labels)
    dWs, dbs = [], []
    for layer in range(len(weights) - 1, -1, -1):
        dWs.insert(0, outputs[layer].T @ delta)
        dbs.insert(0, delta.sum(axis=0))
        if layer:
            delta = (delta @ weights[layer].T) * slope(sums[layer - 1])
    return dWs, dbs


# %% mistake: net_gradients_without_transpose
# replaces: net_gradients
# costs: test_net_gradients, test_gradient_norms, test_train, test_digit_net
# message: In the recursion δ goes back through the transpose of the weights. Between layers of one width nothing
#   breaks without it, and the numbers are still wrong.
def net_gradients(weights, biases, X, labels, activation="relu"):
    g, slope = ACTIVATIONS[activation]
    outputs, sums = [X], []
    for W, b in zip(weights, biases):
        sums.append(outputs[-1] @ W + b)
        outputs.append(g(sums[-1]))
    _, delta = softmax_cross_entropy(sums[-1], labels)
    dWs, dbs = [], []
    for layer in range(len(weights) - 1, -1, -1):
        dWs.insert(0, outputs[layer].T @ delta)
        dbs.insert(0, delta.sum(axis=0))
        if layer:
            delta = (delta @ weights[layer]) * slope(sums[layer - 1])
    return dWs, dbs


# %% mistake: net_gradients_last_layer_first
# replaces: net_gradients
# costs: test_net_gradients, test_gradient_norms, test_train, test_digit_net
# message: Your gradients come last layer first, in the order in which you computed them. Turn the lists round.
def net_gradients(weights, biases, X, labels, activation="relu"):
    g, slope = ACTIVATIONS[activation]
    outputs, sums = [X], []
    for W, b in zip(weights, biases):
        sums.append(outputs[-1] @ W + b)
        outputs.append(g(sums[-1]))
    _, delta = softmax_cross_entropy(sums[-1], labels)
    dWs, dbs = [], []
    for layer in range(len(weights) - 1, -1, -1):
        dWs.append(outputs[layer].T @ delta)
        dbs.append(delta.sum(axis=0))
        if layer:
            delta = (delta @ weights[layer].T) * slope(sums[layer - 1])
    return dWs, dbs


# %% mistake: net_gradients_weights_of_own_layer
# replaces: net_gradients
# costs: test_net_gradients, test_gradient_norms, test_train, test_digit_net
# message: The recursion for a layer needs the weights of the layer above it, which δ comes through, and you take the
#   layer's own.
def net_gradients(weights, biases, X, labels, activation="relu"):
    g, slope = ACTIVATIONS[activation]
    outputs, sums = [X], []
    for W, b in zip(weights, biases):
        sums.append(outputs[-1] @ W + b)
        outputs.append(g(sums[-1]))
    _, delta = softmax_cross_entropy(sums[-1], labels)
    dWs, dbs = [], []
    for layer in range(len(weights) - 1, -1, -1):
        dWs.insert(0, outputs[layer].T @ delta)
        dbs.insert(0, delta.sum(axis=0))
        if layer:
            delta = (delta @ weights[layer - 1].T) * slope(sums[layer - 1])
    return dWs, dbs


# %% mistake: net_gradients_activation_on_logits
# replaces: net_gradients
# costs: test_net_gradients, test_gradient_norms, test_train, test_digit_net
# message: You put the activation after the last layer too. The logits go into the softmax as they are.
def net_gradients(weights, biases, X, labels, activation="relu"):
    g, slope = ACTIVATIONS[activation]
    outputs, sums = [X], []
    for W, b in zip(weights, biases):
        sums.append(outputs[-1] @ W + b)
        outputs.append(g(sums[-1]))
    _, delta = softmax_cross_entropy(outputs[-1], labels)
    dWs, dbs = [], []
    for layer in range(len(weights) - 1, -1, -1):
        delta = delta * slope(sums[layer])
        dWs.insert(0, outputs[layer].T @ delta)
        dbs.insert(0, delta.sum(axis=0))
        delta = delta @ weights[layer].T
    return dWs, dbs


# %% mistake: net_gradients_averaged_again
# replaces: net_gradients
# costs: test_net_gradients, test_gradient_norms, test_train
# message: You divide by the batch size once more. δ of the last layer holds the 1/N already, and hands it down.
def net_gradients(weights, biases, X, labels, activation="relu"):
    g, slope = ACTIVATIONS[activation]
    outputs, sums = [X], []
    for W, b in zip(weights, biases):
        sums.append(outputs[-1] @ W + b)
        outputs.append(g(sums[-1]))
    _, delta = softmax_cross_entropy(sums[-1], labels)
    dWs, dbs = [], []
    for layer in range(len(weights) - 1, -1, -1):
        dWs.insert(0, outputs[layer].T @ delta / len(X))
        dbs.insert(0, delta.sum(axis=0) / len(X))
        if layer:
            delta = (delta @ weights[layer].T) * slope(sums[layer - 1])
    return dWs, dbs


# %% mistake: net_gradients_step_on_the_way
# replaces: net_gradients
# costs: test_net_gradients, test_gradient_norms, test_train, test_digit_net
# message: You change each layer's weights as soon as you have their gradient, and then send δ back through the new
#   ones. Compute all gradients first; steps are for later.
def net_gradients(weights, biases, X, labels, activation="relu"):
    g, slope = ACTIVATIONS[activation]
    outputs, sums = [X], []
    for W, b in zip(weights, biases):
        sums.append(outputs[-1] @ W + b)
        outputs.append(g(sums[-1]))
    _, delta = softmax_cross_entropy(sums[-1], labels)
    dWs, dbs = [], []
    for layer in range(len(weights) - 1, -1, -1):
        dWs.insert(0, outputs[layer].T @ delta)
        dbs.insert(0, delta.sum(axis=0))
        weights[layer] = weights[layer] - dWs[0]
        if layer:
            delta = (delta @ weights[layer].T) * slope(sums[layer - 1])
    return dWs, dbs


# %% mistake: nodes_assigned_not_added
# replaces: nodes
# costs: test_nodes, test_backpropagate
# message: You assign the parent's grad with `=`. A node that is used twice then loses one of its two contributions:
#   add with `+=`.
class Leaf:
    def __init__(self, value):
        self.parents, self.value, self.grad = (), value, 0.0

    def forward(self):
        pass

    def backward(self):
        pass


class Add(Leaf):
    def __init__(self, left, right):
        self.parents, self.value, self.grad = (left, right), None, 0.0

    def forward(self):
        self.value = self.parents[0].value + self.parents[1].value

    def backward(self):
        for parent in self.parents:
            parent.grad += self.grad


class Multiply(Add):
    def forward(self):
        self.value = self.parents[0].value * self.parents[1].value

    def backward(self):
        left, right = self.parents
        left.grad = self.grad * right.value
        right.grad = self.grad * left.value


class Sigmoid(Leaf):
    def __init__(self, parent):
        self.parents, self.value, self.grad = (parent,), None, 0.0

    def forward(self):
        self.value = sigmoid(self.parents[0].value)

    def backward(self):
        self.parents[0].grad = self.grad * self.value * (1 - self.value)


# %% mistake: nodes_own_factor
# replaces: nodes
# costs: test_nodes, test_backpropagate
# message: The slope of left · right in left is the value of right, and the other way round. You multiply each grad by
#   the parent's own value.
class Leaf:
    def __init__(self, value):
        self.parents, self.value, self.grad = (), value, 0.0

    def forward(self):
        pass

    def backward(self):
        pass


class Add(Leaf):
    def __init__(self, left, right):
        self.parents, self.value, self.grad = (left, right), None, 0.0

    def forward(self):
        self.value = self.parents[0].value + self.parents[1].value

    def backward(self):
        for parent in self.parents:
            parent.grad += self.grad


class Multiply(Add):
    def forward(self):
        self.value = self.parents[0].value * self.parents[1].value

    def backward(self):
        for parent in self.parents:
            parent.grad += self.grad * parent.value


class Sigmoid(Leaf):
    def __init__(self, parent):
        self.parents, self.value, self.grad = (parent,), None, 0.0

    def forward(self):
        self.value = sigmoid(self.parents[0].value)

    def backward(self):
        self.parents[0].grad += self.grad * self.value * (1 - self.value)


# %% mistake: nodes_without_own_grad
# replaces: nodes
# costs: test_nodes, test_backpropagate
# message: You hand back the local slope alone. The chain rule multiplies it by the node's own grad, what comes from
#   above.
class Leaf:
    def __init__(self, value):
        self.parents, self.value, self.grad = (), value, 0.0

    def forward(self):
        pass

    def backward(self):
        pass


class Add(Leaf):
    def __init__(self, left, right):
        self.parents, self.value, self.grad = (left, right), None, 0.0

    def forward(self):
        self.value = self.parents[0].value + self.parents[1].value

    def backward(self):
        for parent in self.parents:
            parent.grad += self.grad


class Multiply(Add):
    def forward(self):
        self.value = self.parents[0].value * self.parents[1].value

    def backward(self):
        left, right = self.parents
        left.grad += right.value
        right.grad += left.value


class Sigmoid(Leaf):
    def __init__(self, parent):
        self.parents, self.value, self.grad = (parent,), None, 0.0

    def forward(self):
        self.value = sigmoid(self.parents[0].value)

    def backward(self):
        self.parents[0].grad += self.value * (1 - self.value)


# %% mistake: nodes_slope_of_input
# replaces: nodes
# costs: test_nodes, test_backpropagate
# message: s (1 − s) wants the sigmoid's output, which is the node's own value. You put in the value of the parent.
class Leaf:
    def __init__(self, value):
        self.parents, self.value, self.grad = (), value, 0.0

    def forward(self):
        pass

    def backward(self):
        pass


class Add(Leaf):
    def __init__(self, left, right):
        self.parents, self.value, self.grad = (left, right), None, 0.0

    def forward(self):
        self.value = self.parents[0].value + self.parents[1].value

    def backward(self):
        for parent in self.parents:
            parent.grad += self.grad


class Multiply(Add):
    def forward(self):
        self.value = self.parents[0].value * self.parents[1].value

    def backward(self):
        left, right = self.parents
        left.grad += self.grad * right.value
        right.grad += self.grad * left.value


class Sigmoid(Leaf):
    def __init__(self, parent):
        self.parents, self.value, self.grad = (parent,), None, 0.0

    def forward(self):
        self.value = sigmoid(self.parents[0].value)

    def backward(self):
        (parent,) = self.parents
        parent.grad += self.grad * parent.value * (1 - parent.value)


# %% mistake: topological_order_recursive
# replaces: topological_order
# costs: test_topological_order, test_backpropagate
# message: Your function calls itself once for each node, and a deep graph is deeper than Python allows. Keep a list
#   of your own of what is still to do.
def topological_order(output):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(output)
    return order


# %% mistake: topological_order_repeated
# replaces: topological_order
# costs: test_topological_order, test_backpropagate
# message: A node that is used twice stands twice in your list, and its backward would run twice. Remember which nodes
#   are listed already.
def topological_order(output):
    order, todo = [], [output]
    while todo:
        node = todo.pop()
        order.append(node)
        todo += node.parents
    return order[::-1]


# %% mistake: topological_order_breadth_first
# replaces: topological_order
# costs: test_topological_order, test_backpropagate
# message: You list nodes as you first meet them on the way from the output. Where a short and a long way lead to one
#   node, it then comes too late: a node may be listed only after all its parents.
def topological_order(output):
    order, seen, todo = [], {output}, [output]
    while todo:
        node = todo.pop(0)
        order.append(node)
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                todo.append(parent)
    return order[::-1]


# %% mistake: topological_order_output_first
# replaces: topological_order
# costs: test_topological_order, test_backpropagate
# message: Your list is the right one the wrong way round: it begins with the output. Parents come first.
def topological_order(output):
    order, done, stack = [], set(), [output]
    while stack:
        node = stack[-1]
        waiting = [parent for parent in node.parents if parent not in done]
        if waiting:
            stack.extend(waiting)
        else:
            stack.pop()
            if node not in done:
                done.add(node)
                order.append(node)
    return order[::-1]


# %% mistake: topological_order_without_leaves
# replaces: topological_order
# costs: test_topological_order, test_backpropagate
# message: The leaves are missing from your list. They are nodes as well, and their grad is what all this is for.
def topological_order(output):
    order, done, stack = [], set(), [output]
    while stack:
        node = stack[-1]
        waiting = [parent for parent in node.parents if parent not in done]
        if waiting:
            stack.extend(waiting)
        else:
            stack.pop()
            if node not in done:
                done.add(node)
                order.append(node)
    return [node for node in order if node.parents]


# %% mistake: backpropagate_stale_gradients
# replaces: backpropagate
# costs: test_backpropagate
# message: You start from the grads of last time, and add to them. Set the grad of every node of the graph to 0 first.
def backpropagate(output):
    output.grad = 1.0
    for node in reversed(topological_order(output)):
        node.backward()


# %% mistake: backpropagate_inner_gradients_stale
# replaces: backpropagate
# costs: test_backpropagate
# message: You set the grads of the leaves to 0, but not those of the nodes between. Reset every node of the graph.
def backpropagate(output):
    order = topological_order(output)
    for node in order:
        if not node.parents:
            node.grad = 0.0
    output.grad = 1.0
    for node in reversed(order):
        node.backward()


# %% mistake: backpropagate_without_start
# replaces: backpropagate
# costs: test_backpropagate
# message: All grads stay 0, since the output's own is not 1 when the backward steps begin: ∂L/∂L = 1.
def backpropagate(output):
    order = topological_order(output)
    for node in order:
        node.grad = 0.0
    for node in reversed(order):
        node.backward()


# %% mistake: backpropagate_cleared_behind
# replaces: backpropagate
# costs: test_backpropagate
# message: You set a node's grad back to 0 once it has passed it on: then only the leaves keep theirs. Set all of
#   them to 0 first, before the output's becomes 1.
def backpropagate(output):
    output.grad = 1.0
    for node in reversed(topological_order(output)):
        node.backward()
        if node.parents:
            node.grad = 0.0


# %% mistake: backpropagate_forward_order
# replaces: backpropagate
# costs: test_backpropagate
# message: Only the parents of the output get a grad, the nodes before them get none. Do you go from the leaves to the
#   output, or does the loop end in its first round? Backward it is the other way, through all nodes: each passes its
#   grad on when all who used it have added their share.
def backpropagate(output):
    order = topological_order(output)
    for node in order:
        node.grad = 0.0
    output.grad = 1.0
    for node in order:
        node.backward()


# %% mistake: backpropagate_reset_on_the_way
# replaces: backpropagate
# costs: test_backpropagate
# message: The output has its grad of 1, and all other grads are 0. Either you set a node's grad to 0 when its turn
#   comes, and throw away what those who use it have just added: reset all of them before you start. Or the output's
#   own backward is not called: it comes first.
def backpropagate(output):
    for node in reversed(topological_order(output)):
        node.grad = 1.0 if node is output else 0.0
        node.backward()


# %% mistake: backpropagate_depth_first
# replaces: backpropagate
# costs: test_backpropagate
# message: You follow every path on its own, so a node that is reached twice runs its backward twice, and passes its
#   first grad on again. Use the topological order: once each.
def backpropagate(output):
    for node in topological_order(output):
        node.grad = 0.0
    output.grad, todo = 1.0, [output]
    while todo:
        node = todo.pop()
        node.backward()
        todo += node.parents


# %% mistake: averaged_gradient_mean_of_means
# replaces: averaged_gradient
# costs: test_averaged_gradient
# message: You give every piece the same weight, and the examples of a smaller last piece count too much. Weigh each
#   mean with the size of its piece.
def averaged_gradient(mean_gradient, X, y, batch_size):
    means = [mean_gradient(X[i : i + batch_size], y[i : i + batch_size]) for i in range(0, len(X), batch_size)]
    return np.mean(means, axis=0)


# %% mistake: averaged_gradient_sum
# replaces: averaged_gradient
# costs: test_averaged_gradient
# message: You return the sum over all examples: divide by their number at the end.
def averaged_gradient(mean_gradient, X, y, batch_size):
    return sum(
        len(X[i : i + batch_size]) * mean_gradient(X[i : i + batch_size], y[i : i + batch_size])
        for i in range(0, len(X), batch_size)
    )


# %% mistake: averaged_gradient_batch_size_for_all
# replaces: averaged_gradient
# costs: test_averaged_gradient
# message: You weigh every piece with batch_size. The last one may be smaller: take its own length.
def averaged_gradient(mean_gradient, X, y, batch_size):
    total = 0
    for i in range(0, len(X), batch_size):
        total = total + batch_size * mean_gradient(X[i : i + batch_size], y[i : i + batch_size])
    return total / len(X)


# %% mistake: averaged_gradient_rest_dropped
# replaces: averaged_gradient
# costs: test_averaged_gradient
# message: You leave out the last, smaller piece. Every example counts.
def averaged_gradient(mean_gradient, X, y, batch_size):
    total = np.zeros(X.shape[1])
    for i in range(len(X) // batch_size):
        piece = slice(i * batch_size, (i + 1) * batch_size)
        total = total + batch_size * mean_gradient(X[piece], y[piece])
    return total / len(X)


# %% mistake: averaged_gradient_integer_division
# replaces: averaged_gradient
# costs: test_averaged_gradient
# message: `//` cuts the mean to a whole number. Divide with `/`.
def averaged_gradient(mean_gradient, X, y, batch_size):
    total = 0
    for i in range(0, len(X), batch_size):
        piece = slice(i, i + batch_size)
        total = total + len(X[piece]) * mean_gradient(X[piece], y[piece])
    return total // len(X)


# %% mistake: averaged_gradient_in_place
# replaces: averaged_gradient
# costs: test_averaged_gradient
# message: `*=` and `+=` write into the array that `mean_gradient` has returned, and it may need that again. Make a new
#     array: `total = total + …`.
def averaged_gradient(mean_gradient, X, y, batch_size):
    total = 0
    for start in range(0, len(X), batch_size):
        piece = slice(start, start + batch_size)
        gradient = mean_gradient(X[piece], y[piece])
        gradient *= len(X[piece])
        total = total + gradient
    return total / len(X)


# %% mistake: averaged_gradient_shuffled
# replaces: averaged_gradient
# costs: test_averaged_gradient
# message: You shuffle the rows before you cut them. Here the rows stay in order: there is nothing random about a mean
#   over all examples.
def averaged_gradient(mean_gradient, X, y, batch_size):
    order = np.random.default_rng(0).permutation(len(X))
    total = 0
    for i in range(0, len(X), batch_size):
        piece = order[i : i + batch_size]
        total = total + len(piece) * mean_gradient(X[piece], y[piece])
    return total / len(X)


# %% mistake: averaged_gradient_pieces_of_one_size
# replaces: averaged_gradient
# costs: test_averaged_gradient
# message: Your pieces are as equal as can be, as `array_split` makes them. Here every piece holds batch_size rows, and
#   only the last may be smaller.
def averaged_gradient(mean_gradient, X, y, batch_size):
    pieces, total = -(-len(X) // batch_size), 0
    for X_piece, y_piece in zip(np.array_split(X, pieces), np.array_split(y, pieces)):
        total = total + len(X_piece) * mean_gradient(X_piece, y_piece)
    return total / len(X)


# %% mistake: sgd_uphill
# replaces: sgd
# costs: test_sgd
# message: You step along the gradient, uphill. The loss falls against it: subtract.
def sgd(learning_rate):
    return lambda parameters, gradients: [w + learning_rate * g for w, g in zip(parameters, gradients)]


# %% mistake: sgd_in_place
# replaces: sgd
# costs: test_sgd
# message: Your step changes what it was given: `-=` writes into the caller's arrays, and `parameters[i] = …` into the
#   caller's list. Make new arrays, w - learning_rate * g, in a new list.
def sgd(learning_rate):
    def step(parameters, gradients):
        for w, g in zip(parameters, gradients):
            w -= learning_rate * g
        return parameters

    return step


# %% mistake: sgd_integer
# replaces: sgd
# costs: test_sgd
# message: The result is cut to whole numbers where the parameters are integers. Let the subtraction make a new array
#   of floats.
def sgd(learning_rate):
    def step(parameters, gradients):
        return [(w - learning_rate * g).astype(w.dtype) for w, g in zip(parameters, gradients)]

    return step


# %% mistake: sgd_decaying_rate
# replaces: sgd
# costs: test_sgd
# message: Your learning rate shrinks from call to call. Plain gradient descent remembers nothing: η stays as it is.
def sgd(learning_rate):
    def step(parameters, gradients):
        nonlocal learning_rate
        new = [w - learning_rate * g for w, g in zip(parameters, gradients)]
        learning_rate *= 0.99
        return new

    return step


# %% mistake: momentum_sign
# replaces: momentum
# costs: test_momentum
# message: The signs of the two formulas do not fit together: the velocity collects +g, and is subtracted from the
#   parameters. You subtract both times, and climb.
def momentum(learning_rate, rho=0.9):
    velocities = {}

    def step(parameters, gradients):
        for i, g in enumerate(gradients):
            velocities[i] = rho * velocities.get(i, 0.0) - g
        return [w - learning_rate * velocities[i] for i, w in enumerate(parameters)]

    return step


# %% mistake: momentum_forgets
# replaces: momentum
# costs: test_momentum
# message: Your velocity starts at 0 in every step, so nothing is remembered. Keep it from call to call.
def momentum(learning_rate, rho=0.9):
    def step(parameters, gradients):
        velocities = [rho * np.zeros(g.shape) + g for g in gradients]
        return [w - learning_rate * v for w, v in zip(parameters, velocities)]

    return step


# %% mistake: momentum_mean
# replaces: momentum
# costs: test_momentum
# message: You take (1 − ρ)·g into the velocity, as Adam does. In this formula the gradient enters whole.
def momentum(learning_rate, rho=0.9):
    velocities = {}

    def step(parameters, gradients):
        for i, g in enumerate(gradients):
            velocities[i] = rho * velocities.get(i, 0.0) + (1 - rho) * g
        return [w - learning_rate * velocities[i] for i, w in enumerate(parameters)]

    return step


# %% mistake: momentum_rate_twice
# replaces: momentum
# costs: test_momentum
# message: You multiply by the learning rate twice: in the velocity and again in the step.
def momentum(learning_rate, rho=0.9):
    velocities = {}

    def step(parameters, gradients):
        for i, g in enumerate(gradients):
            velocities[i] = rho * velocities.get(i, 0.0) + learning_rate * g
        return [w - learning_rate * velocities[i] for i, w in enumerate(parameters)]

    return step


# %% mistake: momentum_one_velocity
# replaces: momentum
# costs: test_momentum
# message: All your parameters share one velocity. Each needs one of its own, of its own shape.
def momentum(learning_rate, rho=0.9):
    v = 0.0

    def step(parameters, gradients):
        nonlocal v
        new = []
        for w, g in zip(parameters, gradients):
            v = rho * np.mean(v) + g
            new.append(w - learning_rate * v)
        return new

    return step


# %% mistake: momentum_global_velocity
# replaces: momentum
# costs: test_momentum
# message: Your velocities live outside the optimiser, so that two optimisers share them. Create new ones each time
#   momentum is called.
velocities = {}


def momentum(learning_rate, rho=0.9):
    def step(parameters, gradients):
        for i, g in enumerate(gradients):
            old = velocities.get(i, np.zeros(1))
            velocities[i] = rho * (old if old.shape == g.shape else 0.0) + g
        return [w - learning_rate * velocities[i] for i, w in enumerate(parameters)]

    return step


# %% mistake: adam_without_correction
# replaces: adam
# costs: test_adam
# message: The two corrections are missing: both means start at 0, and are too small at first. Divide by 1 − β₁ᵗ and 1
#   − β₂ᵗ.
def adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v = {}, {}

    def step(parameters, gradients):
        new = []
        for i, (w, g) in enumerate(zip(parameters, gradients)):
            m[i] = beta1 * m.get(i, 0.0) + (1 - beta1) * g
            v[i] = beta2 * v.get(i, 0.0) + (1 - beta2) * g**2
            new.append(w - learning_rate * m[i] / (np.sqrt(v[i]) + epsilon))
        return new

    return step


# %% mistake: adam_keeps_the_corrected_means
# replaces: adam
# costs: test_adam, test_digit_net
# message: You store the corrected means, and go on from them in the next step. m and v themselves stay uncorrected: put
#   m̂ and v̂ into variables of their own.
def adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v, t = {}, {}, 0

    def step(parameters, gradients):
        nonlocal t
        t, new = t + 1, []
        for i, (w, g) in enumerate(zip(parameters, gradients)):
            m[i] = (beta1 * m.get(i, 0.0) + (1 - beta1) * g) / (1 - beta1**t)
            v[i] = (beta2 * v.get(i, 0.0) + (1 - beta2) * g**2) / (1 - beta2**t)
            new.append(w - learning_rate * m[i] / (np.sqrt(v[i]) + epsilon))
        return new

    return step


# %% mistake: adam_epsilon_under_the_root
# replaces: adam
# costs: test_adam
# message: You add ϵ under the root, as the slide does. By our convention, the paper's, it comes after: √v̂ + ϵ.
def adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v, t = {}, {}, 0

    def step(parameters, gradients):
        nonlocal t
        t, new = t + 1, []
        for i, (w, g) in enumerate(zip(parameters, gradients)):
            m[i] = beta1 * m.get(i, 0.0) + (1 - beta1) * g
            v[i] = beta2 * v.get(i, 0.0) + (1 - beta2) * g**2
            new.append(w - learning_rate * m[i] / (1 - beta1**t) / np.sqrt(v[i] / (1 - beta2**t) + epsilon))
        return new

    return step


# %% mistake: adam_without_root
# replaces: adam
# costs: test_adam, test_digit_net
# message: You divide by the mean square itself. Take its root.
def adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v, t = {}, {}, 0

    def step(parameters, gradients):
        nonlocal t
        t, new = t + 1, []
        for i, (w, g) in enumerate(zip(parameters, gradients)):
            m[i] = beta1 * m.get(i, 0.0) + (1 - beta1) * g
            v[i] = beta2 * v.get(i, 0.0) + (1 - beta2) * g**2
            new.append(w - learning_rate * m[i] / (1 - beta1**t) / (v[i] / (1 - beta2**t) + epsilon))
        return new

    return step


# %% mistake: adam_time_stands_still
# replaces: adam
# costs: test_adam
# message: Your t stays 1, so every step is corrected as if it were the first. Count the steps from call to call.
def adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v = {}, {}

    def step(parameters, gradients):
        t, new = 1, []
        for i, (w, g) in enumerate(zip(parameters, gradients)):
            m[i] = beta1 * m.get(i, 0.0) + (1 - beta1) * g
            v[i] = beta2 * v.get(i, 0.0) + (1 - beta2) * g**2
            new.append(w - learning_rate * m[i] / (1 - beta1**t) / (np.sqrt(v[i] / (1 - beta2**t)) + epsilon))
        return new

    return step


# %% mistake: adam_time_of_each_parameter
# replaces: adam
# costs: test_adam
# message: You count one step for every parameter. All parameters of one call belong to one and the same t.
def adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v, t = {}, {}, 0

    def step(parameters, gradients):
        nonlocal t
        new = []
        for i, (w, g) in enumerate(zip(parameters, gradients)):
            t += 1
            m[i] = beta1 * m.get(i, 0.0) + (1 - beta1) * g
            v[i] = beta2 * v.get(i, 0.0) + (1 - beta2) * g**2
            new.append(w - learning_rate * m[i] / (1 - beta1**t) / (np.sqrt(v[i] / (1 - beta2**t)) + epsilon))
        return new

    return step


# %% mistake: adam_square_of_mean
# replaces: adam
# costs: test_adam
# message: You take the square of the running mean. The second mean is the running mean of the squared gradient.
def adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v, t = {}, {}, 0

    def step(parameters, gradients):
        nonlocal t
        t, new = t + 1, []
        for i, (w, g) in enumerate(zip(parameters, gradients)):
            m[i] = beta1 * m.get(i, 0.0) + (1 - beta1) * g
            v[i] = beta2 * v.get(i, 0.0) + (1 - beta2) * m[i] ** 2
            new.append(w - learning_rate * m[i] / (1 - beta1**t) / (np.sqrt(v[i] / (1 - beta2**t)) + epsilon))
        return new

    return step


# %% mistake: gradient_norms_squared
# replaces: gradient_norms
# costs: test_gradient_norms
# message: You sum the squares but do not take the root: these are squared norms.
def gradient_norms(weights, biases, X, labels, activation):
    return np.array([np.sum(g**2) for g in net_gradients(weights, biases, X, labels, activation)[0]])


# %% mistake: gradient_norms_of_rows
# replaces: gradient_norms
# costs: test_gradient_norms
# message: `axis=1`, or a norm that numpy takes of a matrix in another sense, does not give the root of all squares.
#   Sum over all entries of the layer.
def gradient_norms(weights, biases, X, labels, activation):
    return np.array([np.linalg.norm(g, 2) for g in net_gradients(weights, biases, X, labels, activation)[0]])


# %% mistake: gradient_norms_fixed_activation
# replaces: gradient_norms
# costs: test_gradient_norms
# message: You do not hand the activation on, so net_gradients always takes its default.
def gradient_norms(weights, biases, X, labels, activation):
    return np.array([np.linalg.norm(g) for g in net_gradients(weights, biases, X, labels)[0]])


# %% mistake: train_steps_too_early
# replaces: train
# costs: test_train
# message: You take a step with the weights, and only then compute the gradients of the biases, at weights that have
#   already moved. First all gradients, then one step.
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    for epoch in range(epochs):
        order = np.random.default_rng(seed + epoch).permutation(len(X))
        for i in range(0, len(X), batch_size):
            batch = order[i : i + batch_size]
            dW, _ = net_gradients(weights, biases, X[batch], labels[batch], activation)
            weights = [W - 0.1 * d for W, d in zip(weights, dW)]
            dW, db = net_gradients(weights, biases, X[batch], labels[batch], activation)
            parameters = step([*weights, *biases], [*dW, *db])
            weights, biases = parameters[: len(weights)], parameters[len(weights) :]
    return weights, biases


# %% mistake: train_smaller_batch_scaled
# replaces: train
# costs: test_train
# message: You scale the gradient of the last, smaller batch. The gradient is a mean already: hand it on as it is.
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    for epoch in range(epochs):
        order = np.random.default_rng(seed + epoch).permutation(len(X))
        for i in range(0, len(X), batch_size):
            batch = order[i : i + batch_size]
            dW, db = net_gradients(weights, biases, X[batch], labels[batch], activation)
            scaled = [d * len(batch) / batch_size for d in [*dW, *db]]
            parameters = step([*weights, *biases], scaled)
            weights, biases = parameters[: len(weights)], parameters[len(weights) :]
    return weights, biases


# %% mistake: train_not_shuffled
# replaces: train
# costs: test_train
# message: Every epoch goes through the examples in one and the same order. Draw a new permutation for each: seed +
#   epoch.
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    L = len(weights)
    for _ in range(epochs):
        for i in range(0, len(X), batch_size):
            batch = slice(i, i + batch_size)
            dW, db = net_gradients(weights, biases, X[batch], labels[batch], activation)
            parameters = step([*weights, *biases], [*dW, *db])
            weights, biases = parameters[:L], parameters[L:]
    return weights, biases


# %% mistake: train_labels_left_behind
# replaces: train
# costs: test_train, test_digit_net
# message: You shuffle the examples and not the labels. Use one and the same order for both.
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    L = len(weights)
    for epoch in range(epochs):
        shuffled = X[np.random.default_rng(seed + epoch).permutation(len(X))]
        for i in range(0, len(X), batch_size):
            dW, db = net_gradients(
                weights, biases, shuffled[i : i + batch_size], labels[i : i + batch_size], activation
            )
            parameters = step([*weights, *biases], [*dW, *db])
            weights, biases = parameters[:L], parameters[L:]
    return weights, biases


# %% mistake: train_reads_a_global
# replaces: train
# costs: test_train
# message: Your loop reads X_train or y_train, which are no arguments of the function. It works with them alone: use X
#   and labels.
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    L = len(weights)
    for epoch in range(epochs):
        order = np.random.default_rng(seed + epoch).permutation(len(X_train))
        for i in range(0, len(X_train), batch_size):
            batch = order[i : i + batch_size]
            dW, db = net_gradients(weights, biases, X[batch], labels[batch], activation)
            parameters = step([*weights, *biases], [*dW, *db])
            weights, biases = parameters[:L], parameters[L:]
    return weights, biases


# %% mistake: train_rest_dropped
# replaces: train
# costs: test_train
# message: You leave out the last, smaller batch of each epoch. Every example counts.
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    L = len(weights)
    for epoch in range(epochs):
        order = np.random.default_rng(seed + epoch).permutation(len(X))
        for i in range(len(X) // batch_size):
            batch = order[i * batch_size : (i + 1) * batch_size]
            dW, db = net_gradients(weights, biases, X[batch], labels[batch], activation)
            parameters = step([*weights, *biases], [*dW, *db])
            weights, biases = parameters[:L], parameters[L:]
    return weights, biases


# %% mistake: train_always_relu
# replaces: train
# costs: test_train
# message: You do not hand the activation on, so net_gradients always takes its default.
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    L = len(weights)
    for epoch in range(epochs):
        order = np.random.default_rng(seed + epoch).permutation(len(X))
        for i in range(0, len(X), batch_size):
            batch = order[i : i + batch_size]
            dW, db = net_gradients(weights, biases, X[batch], labels[batch])
            parameters = step([*weights, *biases], [*dW, *db])
            weights, biases = parameters[:L], parameters[L:]
    return weights, biases


# %% mistake: train_mixed_once_then_rolled
# replaces: train
# costs: test_train
# message: You mix the examples once, and afterwards only shift the order: the same neighbours share a batch again and
#   again. Draw a new permutation for each epoch, from seed + epoch.
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    L, order = len(weights), np.random.default_rng(seed).permutation(len(X))
    for epoch in range(epochs):
        rolled = np.roll(order, epoch)
        for i in range(0, len(X), batch_size):
            batch = rolled[i : i + batch_size]
            dW, db = net_gradients(weights, biases, X[batch], labels[batch], activation)
            parameters = step([*weights, *biases], [*dW, *db])
            weights, biases = parameters[:L], parameters[L:]
    return weights, biases


# %% mistake: train_cut_once
# replaces: train
# costs: test_train
# message: You cut the batches once, and each epoch only takes them in another order: the same examples share a batch
#   for ever. Draw a new order of the examples in each epoch, and cut it anew.
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    L, order = len(weights), np.random.default_rng(seed).permutation(len(X))
    batches = [order[i : i + batch_size] for i in range(0, len(X), batch_size)]
    for epoch in range(epochs):
        for number in np.random.default_rng(seed + epoch).permutation(len(batches)):
            batch = batches[number]
            dW, db = net_gradients(weights, biases, X[batch], labels[batch], activation)
            parameters = step([*weights, *biases], [*dW, *db])
            weights, biases = parameters[:L], parameters[L:]
    return weights, biases


# %% mistake: train_layer_by_layer
# replaces: train
# costs: test_train
# message: You hand the optimiser a weight and a bias of each layer in turn. It wants all weights first, and all biases
#   behind them.
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    for epoch in range(epochs):
        order = np.random.default_rng(seed + epoch).permutation(len(X))
        for i in range(0, len(X), batch_size):
            batch = order[i : i + batch_size]
            dW, db = net_gradients(weights, biases, X[batch], labels[batch], activation)
            pairs = ([array for pair in zip(*lists) for array in pair] for lists in ((weights, biases), (dW, db)))
            parameters = step(*pairs)
            weights, biases = parameters[::2], parameters[1::2]
    return weights, biases


# %% mistake: digit_net_from_zeros
# replaces: digit_net
# costs: test_digit_net
# message: All your weights start at 0, so all hidden units stay the same, and no gradient passes through them. Start
#   from random numbers: start_net.
digit_weights, digit_biases = train(
    [np.zeros((64, 32)), np.zeros((32, 10))], [np.zeros(32), np.zeros(10)], X_train, y_train, adam(0.005), epochs=3
)


# %% mistake: digit_net_untrained
# replaces: digit_net
# costs: test_digit_net
# message: These are the weights that start_net made: no training has reached them. Take what train returns, after one
#   epoch or more.
digit_weights, digit_biases = start_net([64, 64, 10])
train(digit_weights, digit_biases, X_train, y_train, adam(0.005), epochs=3)


# %% mistake: unit_gradient_own_sigmoid
# replaces: unit_gradient
# costs: test_unit_gradient
# message: You compute the exponential yourself, and it overflows far out on the left. Use the `sigmoid` that is
#   given.
def unit_gradient(x, y, w, b):
    t = 1 / (1 + np.exp(-(w * x + b)))
    dz = (t - y) * t * (1 - t)
    return dz * x, dz


# %% mistake: unit_gradient_integer
# replaces: unit_gradient
# costs: test_unit_gradient
# message: You write the gradient into an array that holds integers where w and b are integers, which cuts it off.
def unit_gradient(x, y, w, b):
    p = np.array([w, b])
    t = sigmoid(p[0] * x + p[1])
    dz = (t - y) * t * (1 - t)
    p[:] = dz * x, dz
    return p[0], p[1]


# %% mistake: unit_gradient_absolute
# replaces: unit_gradient
# costs: test_unit_gradient
# message: Your gradient has the same sign on either side of the target: the slope of ½(y − t)² is t − y, without a
#   modulus.
def unit_gradient(x, y, w, b):
    t = sigmoid(w * x + b)
    dz = -abs(y - t) * t * (1 - t)
    return dz * x, dz


# %% mistake: affine_backward_integer_weights
# replaces: affine_backward
# costs: test_affine_backward, test_two_layer_gradients
# message: dW is given the dtype of W, so where the weights are integers it is rounded.
def affine_backward(dout, X, W):
    dW = np.zeros_like(W)
    dW[:] = X.T @ dout
    return dout @ W.T, dW, dout.sum(axis=0)


# %% mistake: affine_backward_integer_inputs
# replaces: affine_backward
# costs: test_affine_backward, test_two_layer_gradients
# message: dX is given the dtype of X, so where the inputs are integers it is rounded.
def affine_backward(dout, X, W):
    dX = np.zeros_like(X)
    dX[:] = dout @ W.T
    return dX, X.T @ dout, dout.sum(axis=0)


# %% mistake: relu_backward_two_axes_only
# replaces: relu_backward
# costs: test_relu_backward
# message: Your loops are written for arrays with two axes. They may have any shape: compute on the whole arrays.
def relu_backward(dout, z):
    out = np.zeros(z.shape)
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            if z[i, j] > 0:
                out[i, j] = dout[i, j]
    return out


# %% mistake: relu_backward_shifted_threshold
# replaces: relu_backward
# costs: test_relu_backward
# message: Your mask begins a little beside 0: compare with 0 itself.
def relu_backward(dout, z):
    return dout * (z > 1e-7)


# %% mistake: sigmoid_backward_integer
# replaces: sigmoid_backward
# costs: test_sigmoid_backward
# message: The result has the dtype of dout, so where that holds integers it is cut off. Make it one of floats.
def sigmoid_backward(dout, s):
    out = np.empty_like(dout)
    out[...] = dout * s * (1 - s)
    return out


# %% mistake: sigmoid_backward_clipped
# replaces: sigmoid_backward
# costs: test_sigmoid_backward
# message: You clip s away from 0 and 1, so the slope of a saturated unit is too large. Nothing overflows here: do not
#   clip.
def sigmoid_backward(dout, s):
    s = np.clip(s, 1e-3, 1 - 1e-3)
    return dout * s * (1 - s)


# %% mistake: softmax_cross_entropy_by_first
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy
# message: You subtract the first logit of each row. Where another is far larger the exponential overflows: subtract
#   the maximum.
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    s = logits - logits[:, :1]
    log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    d = np.exp(log_p)
    d[rows, labels] -= 1
    return -log_p[rows, labels].mean(), d / len(labels)


# %% mistake: softmax_cross_entropy_integer_loss
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy, test_two_layer_gradients
# message: The losses stand in an array with the dtype of the logits, so integers cut them off. Make it one of floats.
def softmax_cross_entropy(logits, labels):
    rows = np.arange(len(labels))
    s = logits - logits.max(axis=1, keepdims=True)
    log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    d = np.exp(log_p)
    d[rows, labels] -= 1
    losses = np.zeros_like(logits[:, 0])
    losses[:] = -log_p[rows, labels]
    return losses.mean(), d / len(labels)


# %% mistake: numerical_gradient_squeezed
# replaces: numerical_gradient
# costs: test_numerical_gradient
# message: You hand f an array of another shape than x: axes of length 1 belong to it, too.
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    g = np.zeros_like(x)
    for i in range(x.size):
        a = x.copy()
        a.flat[i] += h
        b = x.copy()
        b.flat[i] -= h
        g.flat[i] = (f(a.squeeze()) - f(b.squeeze())) / (2 * h)
    return g


# %% mistake: numerical_gradient_tiny_forward_step
# replaces: numerical_gradient
# costs: test_numerical_gradient, test_gradient_check
# message: You step forward only, and by a number of your own in place of `h`. Look to both sides, by the `h` that is
#   given, and divide by 2h.
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = 1e-8
        gradient[i] = (f(x + step) - f(x)) / 1e-8
    return gradient


# %% mistake: gradient_check_floor_too_high
# replaces: gradient_check
# costs: test_gradient_check
# message: Where both gradients are small you divide by something larger than their norms: the error looks smaller
#   than it is.
def gradient_check(f, gradient, x, h=1e-5):
    m = numerical_gradient(f, x, h)
    s = np.linalg.norm(gradient) + np.linalg.norm(m)
    return np.linalg.norm(gradient - m) / max(s, 1e-3)


# %% mistake: gradient_check_integer
# replaces: gradient_check
# costs: test_gradient_check
# message: The difference has the dtype of the gradient, so where that holds integers it is rounded.
def gradient_check(f, gradient, x, h=1e-5):
    m = numerical_gradient(f, x, h)
    d = np.zeros_like(gradient)
    d[...] = gradient - m
    s = np.sqrt((np.asarray(gradient) ** 2).sum()) + np.sqrt((m**2).sum())
    return np.sqrt((d**2.0).sum()) / s if s else 0.0


# %% mistake: two_layer_integer_gradients
# replaces: two_layer
# costs: test_two_layer_gradients
# message: The gradients are given the dtypes of the parameters, so where these are integers they are rounded.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, Z), X, W1)
    loss += decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    g = {k: np.zeros_like(v) for k, v in parameters.items()}
    for k, v in dict(W1=dW1 + decay * W1, b1=db1, W2=dW2 + decay * W2, b2=db2).items():
        g[k][...] = v
    return loss, g


# %% mistake: two_layer_integer_sums
# replaces: two_layer
# costs: test_two_layer_gradients
# message: The weighted sums are given the dtype of X, so where the inputs are integers they are rounded.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = (parameters[name] for name in ("W1", "b1", "W2", "b2"))
    Z = np.zeros((len(X), W1.shape[1]), dtype=X.dtype)
    Z[:] = X @ W1 + b1
    H = np.maximum(Z, 0)
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, Z), X, W1)
    loss += decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return loss, {"W1": dW1 + decay * W1, "b1": db1, "W2": dW2 + decay * W2, "b2": db2}


# %% mistake: two_layer_by_position
# replaces: two_layer
# costs: test_two_layer_loss
# message: You take the parameters in the order in which they stand in the dictionary: take each by its name.
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = parameters.values()
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(relu_backward(dH, Z), X, W1)
    loss += decay / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return loss, {"W1": dW1 + decay * W1, "b1": db1, "W2": dW2 + decay * W2, "b2": db2}


# %% mistake: net_gradients_default_activation
# replaces: net_gradients
# costs: test_net_gradients
# message: Another default activation than the signature had: it is "relu".
def net_gradients(weights, biases, X, labels, activation="tanh"):
    g, slope = ACTIVATIONS[activation]
    outputs, sums = [X], []
    for W, b in zip(weights, biases, strict=True):
        sums.append(outputs[-1] @ W + b)
        outputs.append(g(sums[-1]))
    _, delta = softmax_cross_entropy(sums[-1], labels)
    wg, bg = [], []
    for layer in reversed(range(len(weights))):
        wg.insert(0, outputs[layer].T @ delta)
        bg.insert(0, delta.sum(axis=0))
        if layer:
            delta = slope(sums[layer - 1]) * (delta @ weights[layer].T)
    return wg, bg


# %% mistake: net_gradients_integer
# replaces: net_gradients
# costs: test_net_gradients, test_gradient_norms
# message: The gradients are given the dtypes of the parameters, so where these are integers they are rounded.
def net_gradients(weights, biases, X, labels, activation="relu"):
    g, slope = ACTIVATIONS[activation]
    outputs, sums = [X], []
    for W, b in zip(weights, biases, strict=True):
        sums.append(outputs[-1] @ W + b)
        outputs.append(g(sums[-1]))
    _, delta = softmax_cross_entropy(sums[-1], labels)
    wg, bg = [np.zeros_like(W) for W in weights], [np.zeros_like(b) for b in biases]
    for layer in reversed(range(len(weights))):
        wg[layer][...] = outputs[layer].T @ delta
        bg[layer][...] = delta.sum(axis=0)
        if layer:
            delta = slope(sums[layer - 1]) * (delta @ weights[layer].T)
    return wg, bg


# %% mistake: nodes_divided_by_value
# replaces: nodes
# costs: test_nodes
# message: You divide the product by a factor to get the other one: where that factor is 0 there is no slope. Take the
#   other factor itself.
class Leaf:
    def __init__(self, value):
        self.parents, self.value, self.grad = (), value, 0.0

    def forward(self):
        pass

    def backward(self):
        pass


class Add(Leaf):
    def __init__(self, left, right):
        self.parents, self.value, self.grad = (left, right), None, 0.0

    def forward(self):
        left, right = self.parents
        self.value = left.value + right.value

    def backward(self):
        left, right = self.parents
        left.grad += self.grad
        right.grad += self.grad


class Multiply(Add):
    def forward(self):
        left, right = self.parents
        self.value = left.value * right.value

    def backward(self):
        left, right = self.parents
        left.grad += self.grad * self.value / left.value
        right.grad += self.grad * self.value / right.value


class Sigmoid(Leaf):
    def __init__(self, parent):
        self.parents, self.value, self.grad = (parent,), None, 0.0

    def forward(self):
        self.value = sigmoid(self.parents[0].value)

    def backward(self):
        self.parents[0].grad += self.grad * self.value * (1 - self.value)


# %% mistake: topological_order_by_value
# replaces: topological_order
# costs: test_topological_order
# message: You take two nodes with the same value for one. Tell nodes apart by themselves, not by their values.
def topological_order(output):
    order, done, stack = [], [], [output]
    names = set()
    while stack:
        node = stack[-1]
        waiting = [
            p for p in node.parents if p not in done and (p.value is None or not (p.parents == () and p.value in names))
        ]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        if node not in done:
            done.append(node)
            order.append(node)
            if not node.parents:
                names.add(node.value)
    return order


# %% mistake: momentum_default_rho
# replaces: momentum
# costs: test_momentum
# message: Another default for rho than the signature had: it is 0.9.
def momentum(learning_rate, rho=0.5):
    velocities = []

    def step(parameters, gradients):
        old = velocities or [0.0] * len(gradients)
        velocities[:] = [rho * v + g for v, g in zip(old, gradients, strict=True)]
        return [w - learning_rate * v for w, v in zip(parameters, velocities, strict=True)]

    return step


# %% mistake: momentum_integer_velocities
# replaces: momentum
# costs: test_momentum
# message: The velocities have the dtype of the parameters, so where these are integers they are rounded.
def momentum(learning_rate, rho=0.9):
    velocities = []

    def step(parameters, gradients):
        if not velocities:
            velocities.extend(np.zeros_like(p) for p in parameters)
        for i, g in enumerate(gradients):
            velocities[i][...] = rho * velocities[i] + g
        return [w - learning_rate * v for w, v in zip(parameters, velocities)]

    return step


# %% mistake: momentum_writes_into_the_first_gradient
# replaces: momentum
# costs: test_momentum
# message: Your velocities begin as the very arrays of the first gradients, and later calls write into them. Begin with
#   copies, or make new arrays in each step.
def momentum(learning_rate, rho=0.9):
    velocities = []

    def step(parameters, gradients):
        if not velocities:
            velocities.extend(np.asarray(g, dtype=float) for g in gradients)
        else:
            for v, g in zip(velocities, gradients):
                v *= rho
                v += g
        return [w - learning_rate * v for w, v in zip(parameters, velocities)]

    return step


# %% mistake: adam_integer_means
# replaces: adam
# costs: test_adam
# message: The running means have the dtype of the parameters, so where these are integers they are rounded.
def adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    t, m, v = 0, None, None

    def step(parameters, gradients):
        nonlocal t, m, v
        if m is None:
            m, v = [np.zeros_like(p) for p in parameters], [np.zeros_like(p) for p in parameters]
        t += 1
        out = []
        for i, (w, g) in enumerate(zip(parameters, gradients)):
            m[i][...] = beta1 * m[i] + (1 - beta1) * g
            v[i][...] = beta2 * v[i] + (1 - beta2) * g**2
            out.append(w - learning_rate * (m[i] / (1 - beta1**t)) / (np.sqrt(v[i] / (1 - beta2**t)) + epsilon))
        return out

    return step


# %% mistake: gradient_norms_integer
# replaces: gradient_norms
# costs: test_gradient_norms
# message: The norms stand in an array with the dtype of the weights, so integers cut them off.
def gradient_norms(weights, biases, X, labels, activation):
    dW, _ = net_gradients(weights, biases, X, labels, activation)
    out = np.zeros(len(dW), dtype=weights[0].dtype)
    for i, g in enumerate(dW):
        out[i] = np.linalg.norm(g, "fro")
    return out


# %% mistake: relu_backward_squeezed
# replaces: relu_backward
# costs: test_relu_backward, test_two_layer_loss, test_two_layer_gradients
# message: `squeeze` takes out every axis of length 1, also those that dout has. Leave the shape as it is.
def relu_backward(dout, z):
    return np.squeeze(dout * (z > 0))


# %% mistake: relu_backward_minus_one_at_zero
# replaces: relu_backward
# costs: test_relu_backward
# message: At z = 0 your slope is −1. Left and right of the kink the slopes are 0 and 1: take one of these there, or a
#   number between them.
def relu_backward(dout, z):
    return dout * np.where(z > 0, 1, np.where(z < 0, 0, -1))


# %% mistake: digit_net_on_the_test_digits_too
# replaces: digit_net
# costs: test_digit_net
# message: You train on the test digits, too: then they no longer say how good the net is on digits that it has never
#   seen. Train on X_train and y_train alone.
everything = np.concatenate([X_train, X_test]), np.concatenate([y_train, y_test])
digit_weights, digit_biases = train(*start_net([64, 120, 10], seed=0), *everything, adam(0.01), epochs=30)


# %% mistake: unit_gradient_times_w
# replaces: unit_gradient
# costs: test_unit_gradient
# message: The last factor of ∂L/∂w is the slope of w·x + b in w. You multiply by w, which is its slope in x.
def unit_gradient(x, y, w, b):
    t = sigmoid(w * x + b)
    dz = (t - y) * t * (1 - t)
    return dz * w, dz


# %% mistake: sigmoid_backward_from_logits
# replaces: sigmoid_backward
# costs: test_sigmoid_backward
# message: You turn s back into z, and put that into s·(1 − s). The slope is s·(1 − s) with s as it is given: the
#   sigmoid's output.
def sigmoid_backward(dout, s):
    z = np.log(s / (1 - s))
    return dout * z * (1 - z)


# %% mistake: softmax_cross_entropy_gradient_of_log_p
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy, test_two_layer_gradients, test_net_gradients, test_gradient_norms,
#   test_train, test_digit_net
# message: Your gradient is made of ln p. The formula has p itself: exponentiate the log-probabilities first.
def softmax_cross_entropy(logits, labels):
    N = len(labels)
    z = logits - logits.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    g = logp.copy()
    g[np.arange(N), labels] -= 1
    return -logp[np.arange(N), labels].mean(), g / N


# %% mistake: softmax_cross_entropy_classes_from_labels
# replaces: softmax_cross_entropy
# costs: test_softmax_cross_entropy, test_two_layer_loss, test_train
# message: You count the classes by the largest label of the batch. A batch need not hold every class: the number of
#   classes is that of the columns of the logits.
def softmax_cross_entropy(logits, labels):
    N = len(labels)
    z = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    onehot = np.eye(labels.max() + 1)[labels]
    loss = -np.sum(onehot * (z - np.log(np.exp(z).sum(axis=1, keepdims=True)))) / N
    return loss, (p - onehot) / N


# %% mistake: nodes_sigmoid_twice
# replaces: nodes
# costs: test_nodes, test_backpropagate
# message: `self.value` is σ(z) already. You apply the sigmoid to it once more before you take the slope.
class Leaf:
    def __init__(self, value):
        self.parents, self.value, self.grad = (), value, 0.0

    def forward(self):
        pass

    def backward(self):
        pass


class Add(Leaf):
    def __init__(self, left, right):
        self.parents, self.value, self.grad = (left, right), None, 0.0

    def forward(self):
        left, right = self.parents
        self.value = left.value + right.value

    def backward(self):
        left, right = self.parents
        left.grad += self.grad
        right.grad += self.grad


class Multiply(Add):
    def forward(self):
        left, right = self.parents
        self.value = left.value * right.value

    def backward(self):
        left, right = self.parents
        left.grad += self.grad * right.value
        right.grad += self.grad * left.value


class Sigmoid(Leaf):
    def __init__(self, parent):
        self.parents, self.value, self.grad = (parent,), None, 0.0

    def forward(self):
        self.value = sigmoid(self.parents[0].value)

    def backward(self):
        s = sigmoid(self.value)
        self.parents[0].grad += self.grad * s * (1 - s)


# %% mistake: nodes_one_of_two_for_x_times_x
# replaces: nodes
# costs: test_nodes, test_backpropagate
# message: Where one node is both parents, as in x·x, only one of two contributions arrives. Add to the grad of one
#   parent, and then to that of the other. If both are read before either is written, the second assignment
#   overwrites the first.
class Leaf:
    def __init__(self, value):
        self.parents, self.value, self.grad = (), value, 0.0

    def forward(self):
        pass

    def backward(self):
        pass


class Add(Leaf):
    def __init__(self, left, right):
        self.parents, self.value, self.grad = (left, right), None, 0.0

    def forward(self):
        left, right = self.parents
        self.value = left.value + right.value

    def backward(self):
        left, right = self.parents
        left.grad += self.grad
        right.grad += self.grad


class Multiply(Add):
    def forward(self):
        left, right = self.parents
        self.value = left.value * right.value

    def backward(self):
        left, right = self.parents
        left.grad, right.grad = left.grad + self.grad * right.value, right.grad + self.grad * left.value


class Sigmoid(Leaf):
    def __init__(self, parent):
        self.parents, self.value, self.grad = (parent,), None, 0.0

    def forward(self):
        self.value = sigmoid(self.parents[0].value)

    def backward(self):
        self.parents[0].grad += self.grad * self.value * (1 - self.value)


# %% mistake: topological_order_default_remembered
# replaces: topological_order
# costs: test_topological_order, test_backpropagate
# message: A second call leaves out nodes that the first has listed: your function remembers them. A set that is made
#   outside of it, or as the default value of an argument (`seen=set()`), is made once and kept, and so is a mark on the
#   nodes. Make a set inside.
def topological_order(output, seen=set()):  # noqa: B006
    order, stack = [], [(output, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((p, False) for p in node.parents)
    return order


# %% mistake: backpropagate_once_for_each_parent
# replaces: backpropagate
# costs: test_backpropagate
# message: A node with two parents does its `backward` twice in your loop, so all that it passes on counts double.
#   Call it once for each node.
def backpropagate(output):
    order = topological_order(output)
    for node in order:
        node.grad = 0.0
    output.grad = 1.0
    order.reverse()
    for node in order:
        for parent in node.parents:
            node.backward()


# %% mistake: averaged_gradient_mean_of_two_at_a_time
# replaces: averaged_gradient
# costs: test_averaged_gradient
# message: You average what you have so far with the next piece, half and half. So the last piece counts a half, and
#   the first ones next to nothing.
def averaged_gradient(mean_gradient, X, y, batch_size):
    mean = mean_gradient(X[:batch_size], y[:batch_size])
    for start in range(batch_size, len(X), batch_size):
        mean = (mean + mean_gradient(X[start : start + batch_size], y[start : start + batch_size])) / 2
    return mean


# %% mistake: momentum_nesterov
# replaces: momentum
# costs: test_momentum
# message: You add ρ·v to the gradient once more in the step: that is Nesterov's momentum. Here the step is
#   along v itself.
def momentum(learning_rate, rho=0.9):
    v = None

    def step(parameters, gradients):
        nonlocal v
        if v is None:
            v = [np.zeros_like(g, dtype=float) for g in gradients]
        v = [rho * vi + g for vi, g in zip(v, gradients)]
        return [w - learning_rate * (g + rho * vi) for w, g, vi in zip(parameters, gradients, v)]

    return step


# %% mistake: momentum_steps_with_the_old_velocity
# replaces: momentum
# costs: test_momentum
# message: You step with the velocity from before this call. Update the velocity first, then step with it.
def momentum(learning_rate, rho=0.9):
    v = {}

    def step(parameters, gradients):
        new = []
        for i, (w, g) in enumerate(zip(parameters, gradients)):
            old = v.get(i, 0)
            new.append(w - learning_rate * old)
            v[i] = rho * old + g
        return new

    return step


# %% mistake: adam_factors_swapped
# replaces: adam
# costs: test_adam, test_digit_net
# message: β and 1 − β have changed places: β belongs to the old mean, and 1 − β to the new gradient.
def adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v, t = None, None, 0

    def step(parameters, gradients):
        nonlocal m, v, t
        if m is None:
            m = [np.zeros(np.shape(g)) for g in gradients]
            v = [np.zeros(np.shape(g)) for g in gradients]
        t += 1
        m = [(1 - beta1) * a + beta1 * g for a, g in zip(m, gradients)]
        v = [(1 - beta2) * a + beta2 * g * g for a, g in zip(v, gradients)]
        return [
            w - learning_rate * (a / (1 - beta1**t)) / (np.sqrt(b / (1 - beta2**t)) + epsilon)
            for w, a, b in zip(parameters, m, v)
        ]

    return step


# %% mistake: adam_beta_times_t
# replaces: adam
# costs: test_adam, test_digit_net
# message: You correct by 1 − β·t. The formula has a power: β to the t.
def adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v, t = None, None, 1

    def step(parameters, gradients):
        nonlocal m, v, t
        if m is None:
            m = [np.zeros(np.shape(g)) for g in gradients]
            v = [np.zeros(np.shape(g)) for g in gradients]
        m = [beta1 * a + (1 - beta1) * g for a, g in zip(m, gradients)]
        v = [beta2 * a + (1 - beta2) * g * g for a, g in zip(v, gradients)]
        new = [
            w - learning_rate * (a / (1 - beta1 * t)) / (np.sqrt(b / (1 - beta2 * t)) + epsilon)
            for w, a, b in zip(parameters, m, v)
        ]
        t += 1
        return new

    return step


# %% mistake: adam_mean_of_sizes
# replaces: adam
# costs: test_adam
# message: Your second mean is one of |g|. The formula keeps the mean of g², and takes the root of that.
def adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v, t = None, None, 0

    def step(parameters, gradients):
        nonlocal m, v, t
        if m is None:
            m = [np.zeros(np.shape(g)) for g in gradients]
            v = [np.zeros(np.shape(g)) for g in gradients]
        t += 1
        m = [beta1 * a + (1 - beta1) * g for a, g in zip(m, gradients)]
        v = [beta2 * a + (1 - beta2) * np.abs(g) for a, g in zip(v, gradients)]
        return [
            w - learning_rate * (a / (1 - beta1**t)) / (b / (1 - beta2**t) + epsilon)
            for w, a, b in zip(parameters, m, v)
        ]

    return step


# %% mistake: gradient_norms_of_weights
# replaces: gradient_norms
# costs: test_gradient_norms
# message: You measure how large the weights are. It is their gradients that are asked for.
def gradient_norms(weights, biases, X, labels, activation):
    return np.array([np.linalg.norm(W) for W in weights])


# %% mistake: gradient_norms_with_biases
# replaces: gradient_norms
# costs: test_gradient_norms
# message: The gradient of the biases is in your norm. Only that of the weights belongs there.
def gradient_norms(weights, biases, X, labels, activation):
    dW, db = net_gradients(weights, biases, X, labels, activation)
    return np.array([np.sqrt((g**2).sum() + (h**2).sum()) for g, h in zip(dW, db)])


# %% mistake: train_keeps_the_best
# replaces: train
# costs: test_train
# message: You return the parameters with which the loss was smallest. Return those that the last step has given.
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    def loss(weights, biases):
        H = X
        for W, b in zip(weights[:-1], biases[:-1]):
            H = ACTIVATIONS[activation][0](H @ W + b)
        return softmax_cross_entropy(H @ weights[-1] + biases[-1], labels)[0]

    best, smallest = (weights, biases), np.inf
    for epoch in range(epochs):
        order = np.random.default_rng(seed + epoch).permutation(len(X))
        for start in range(0, len(X), batch_size):
            batch = order[start : start + batch_size]
            dW, db = net_gradients(weights, biases, X[batch], labels[batch], activation)
            new = step([*weights, *biases], [*dW, *db])
            weights, biases = new[: len(weights)], new[len(weights) :]
        if loss(weights, biases) < smallest:
            best, smallest = (weights, biases), loss(weights, biases)
    return best


# %% mistake: gradient_check_one_of_two_is_0
# replaces: gradient_check
# costs: test_gradient_check
# message: You return 0 as soon as one of the two gradients is 0. If only one is, nothing agrees, and the error is
#   1. It is 0 where both are.
def gradient_check(f, gradient, x, h=1e-5):
    measured = numerical_gradient(f, x, h)
    one, other = np.linalg.norm(gradient), np.linalg.norm(measured)
    if one == 0 or other == 0:
        return 0.0
    return np.linalg.norm(gradient - measured) / (one + other)


# %% mistake: momentum_list_overwritten
# replaces: momentum
# costs: test_momentum
# message: You put the new arrays into the list `parameters`, which belongs to the caller. Collect them in a new
#   list, and return that.
def momentum(learning_rate, rho=0.9):
    velocities = []

    def step(parameters, gradients):
        if not velocities:
            velocities.extend(np.zeros(np.shape(w)) for w in parameters)
        for i in range(len(parameters)):
            velocities[i] = rho * velocities[i] + gradients[i]
            parameters[i] = parameters[i] - learning_rate * velocities[i]
        return parameters

    return step


# %% mistake: adam_list_overwritten
# replaces: adam
# costs: test_adam
# message: You put the new arrays into the list `parameters`, which belongs to the caller. Collect them in a new
#   list, and return that.
def adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v, t = [], [], 0

    def step(parameters, gradients):
        nonlocal t
        if not m:
            m.extend(np.zeros(np.shape(w)) for w in parameters)
            v.extend(np.zeros(np.shape(w)) for w in parameters)
        t += 1
        for i, g in enumerate(gradients):
            m[i] = beta1 * m[i] + (1 - beta1) * g
            v[i] = beta2 * v[i] + (1 - beta2) * g**2
            pace = np.sqrt(v[i] / (1 - beta2**t)) + epsilon
            parameters[i] = parameters[i] - learning_rate * (m[i] / (1 - beta1**t)) / pace
        return parameters

    return step


# %% mistake: train_lists_overwritten
# replaces: train
# costs: test_train
# message: You put the trained arrays into the lists `weights` and `biases`, which belong to the caller: the
#   starting values are lost. Bind names of your own to new lists.
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    for epoch in range(epochs):
        order = np.random.default_rng(seed + epoch).permutation(len(X))
        for start in range(0, len(X), batch_size):
            batch = order[start : start + batch_size]
            dW, db = net_gradients(weights, biases, X[batch], labels[batch], activation)
            new = step([*weights, *biases], [*dW, *db])
            for layer in range(len(weights)):
                weights[layer], biases[layer] = new[layer], new[len(weights) + layer]
    return weights, biases


# %% mistake: train_two_layers_only
# replaces: train
# costs: test_train
# message: You cut the optimiser's list after two arrays: that is right for a net with two layers only. Cut it after as
#   many as there are weights.
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    for epoch in range(epochs):
        order = np.random.default_rng(seed + epoch).permutation(len(X))
        for start in range(0, len(X), batch_size):
            batch = order[start : start + batch_size]
            dW, db = net_gradients(weights, biases, X[batch], labels[batch], activation)
            new = step([*weights, *biases], [*dW, *db])
            weights, biases = new[:2], new[2:]
    return weights, biases


# %% mistake: adam_epsilon_behind_the_fraction
# replaces: adam
# costs: test_adam, test_digit_net
# message: You add ϵ to the step and not to the root, so every entry drifts by ϵ. Put brackets around the denominator:
#   `/ (np.sqrt(v_hat) + epsilon)`.
def adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v, t = {}, {}, 0

    def step(parameters, gradients):
        nonlocal t
        t, new = t + 1, []
        for i, (w, g) in enumerate(zip(parameters, gradients)):
            m[i] = beta1 * m.get(i, 0) + (1 - beta1) * g
            v[i] = beta2 * v.get(i, 0) + (1 - beta2) * g**2
            m_hat, v_hat = m[i] / (1 - beta1**t), v[i] / (1 - beta2**t)
            new.append(w - learning_rate * m_hat / np.sqrt(v_hat) + epsilon)
        return new

    return step


# %% mistake: digit_net_on_all_digits
# replaces: digit_net
# costs: test_digit_net
# message: You loaded the digits once more, with another division, and trained on those that are kept for testing. Use
#   X_train and y_train as the notebook makes them: only digits that the net never saw tell how good it is.
X_all, y_all, _, _ = digits(test_fraction=0.01, seed=3)
digit_weights, digit_biases = train(*start_net([64, 120, 10]), X_all, y_all, adam(0.012), epochs=30)


# %% alternative: sigmoid_backward_looks_at_its_arguments
# replaces: sigmoid_backward
def sigmoid_backward(dout, s):
    if np.any(np.less(s, 0)) or np.any(np.greater(s, 1)):
        raise ValueError("s is the output of a sigmoid, between 0 and 1")
    return dout * s * (1 - s)


# %% alternative: unit_gradient_slope_from_z
# replaces: unit_gradient
def unit_gradient(x, y, w, b):
    z = w * x + b
    slope = sigmoid(z) * sigmoid(-z)
    dL_dt = -(y - sigmoid(z))
    return dL_dt * slope * x, dL_dt * slope * 1


# %% alternative: affine_backward_einsum
# replaces: affine_backward
def affine_backward(dout, X, W):
    dX = np.einsum("nm,dm->nd", dout, W)
    dW = np.einsum("nd,nm->dm", X, dout)
    return dX, dW, np.einsum("nm->m", dout)


# %% alternative: affine_backward_loops
# replaces: affine_backward
def affine_backward(dout, X, W):
    N, M = dout.shape
    D = X.shape[1]
    dX, dW, db = np.zeros((N, D)), np.zeros((D, M)), np.zeros(M)
    for n in range(N):
        for m in range(M):
            db[m] += dout[n, m]
            for d in range(D):
                dX[n, d] += dout[n, m] * W[d, m]
                dW[d, m] += X[n, d] * dout[n, m]
    return dX, dW, db


# %% alternative: affine_backward_transposed_inside
# replaces: affine_backward
def affine_backward(dout, X, W):
    columns = dout.T
    dX = (W @ columns).T
    dW = (columns @ X).T
    return [dX, dW, columns @ np.ones(len(X))]


# %% alternative: affine_backward_one_matrix
# replaces: affine_backward
def affine_backward(dout, X, W):
    with_one = np.hstack([X, np.ones((len(X), 1))])
    both = with_one.T @ dout
    return dout @ W.T, both[:-1], both[-1]


# %% alternative: relu_backward_on_at_zero
# replaces: relu_backward
def relu_backward(dout, z):
    return np.where(z >= 0, dout, 0.0)


# %% alternative: relu_backward_mask_on_output
# replaces: relu_backward
def relu_backward(dout, z):
    h = np.maximum(z, 0)
    dz = np.array(dout, dtype=np.float64)
    dz[h == 0] = 0
    return dz


# %% alternative: relu_backward_half_at_zero
# replaces: relu_backward
def relu_backward(dout, z):
    return dout * np.heaviside(z, 0.5)


# %% alternative: sigmoid_backward_expanded
# replaces: sigmoid_backward
def sigmoid_backward(dout, s):
    return np.multiply(dout, s - np.square(s))


# %% alternative: softmax_cross_entropy_one_hot
# replaces: softmax_cross_entropy
def softmax_cross_entropy(logits, labels):
    logits = np.asarray(logits, dtype=np.float64)
    T = np.eye(logits.shape[1])[labels]
    z = logits - logits.max(axis=1)[:, None]
    log_p = z - np.log(np.exp(z).sum(axis=1))[:, None]
    return -(T * log_p).sum() / len(T), (np.exp(log_p) - T) / len(T)


# %% alternative: softmax_cross_entropy_log_sum_exp
# replaces: softmax_cross_entropy
def softmax_cross_entropy(logits, labels):
    N = len(labels)
    log_sums = np.logaddexp.reduce(logits, axis=1)
    p = np.exp(logits - log_sums[:, None])
    p[range(N), labels] -= 1
    return float(np.sum(log_sums - logits[range(N), labels])) / N, p / N


# %% alternative: softmax_cross_entropy_row_by_row
# replaces: softmax_cross_entropy
def softmax_cross_entropy(logits, labels):
    loss, rows = 0.0, []
    for row, label in zip(logits, labels):
        differences = row - row[label]
        top = max(0, differences.max())
        log_sum = top + np.log(np.exp(differences - top).sum())
        p = np.exp(differences - log_sum)
        p[label] = p[label] - 1
        loss = loss + log_sum / len(labels)
        rows.append(p / len(labels))
    return loss, np.array(rows)


# %% alternative: softmax_cross_entropy_helper
# replaces: softmax_cross_entropy
def log_softmax(z):
    z = z.astype(float)
    z = z - np.max(z, axis=1, keepdims=True)
    return z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))


def softmax_cross_entropy(logits, labels):
    log_p = log_softmax(logits)
    truth = np.zeros_like(log_p)
    truth[np.arange(len(truth)), labels] = 1
    return -np.mean(np.sum(truth * log_p, axis=1)), (np.exp(log_p) - truth) / len(truth)


# %% alternative: numerical_gradient_put_back
# replaces: numerical_gradient
def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=np.float64)
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        above = f(x)
        x[i] = old - h
        below = f(x)
        x[i] = old
        gradient[i] = (above - below) / (2 * h)
    return gradient


# %% alternative: numerical_gradient_flat
# replaces: numerical_gradient
def numerical_gradient(f, x, h=1e-5):
    x = np.asarray(x, dtype=float)
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    slopes = [(f(x + step) - f(x - step)) / h / 2 for step in steps]
    return np.array(slopes).reshape(x.shape)


# %% alternative: gradient_check_flat
# replaces: gradient_check
def gradient_check(f, gradient, x, h=1e-5):
    g, m = np.ravel(gradient), np.ravel(numerical_gradient(f, x, h))
    size = np.sqrt(g @ g) + np.sqrt(m @ m)
    if size == 0:
        return 0
    return float(np.linalg.norm(g - m) / size)


# %% alternative: gradient_check_floor
# replaces: gradient_check
def gradient_check(f, gradient, x, h=1e-5):
    m = numerical_gradient(f, x, h=h)
    return np.linalg.norm(gradient - m) / max(np.linalg.norm(gradient) + np.linalg.norm(m), 1e-300)


# %% alternative: two_layer_written_out
# replaces: two_layer
def two_layer(parameters, X, labels, decay):
    p = parameters
    hidden = X @ p["W1"] + p["b1"]
    on = hidden > 0
    hidden = hidden * on
    loss, delta = softmax_cross_entropy(hidden @ p["W2"] + p["b2"], labels)
    gradients = {"W2": hidden.T @ delta + decay * p["W2"], "b2": delta.sum(0)}
    delta = delta @ p["W2"].T * on
    gradients.update(W1=X.T @ delta + decay * p["W1"], b1=delta.sum(0))
    return loss + 0.5 * decay * sum((p[name] ** 2).sum() for name in ("W1", "W2")), gradients


# %% alternative: two_layer_relu_in_place
# replaces: two_layer
def two_layer(parameters, X, labels, decay):
    W1, b1, W2, b2 = parameters["W1"], parameters["b1"], parameters["W2"], parameters["b2"]
    H = X @ W1 + b1
    H[H < 0] = 0
    loss, dlogits = softmax_cross_entropy(H @ W2 + b2, labels)
    dH, dW2, db2 = affine_backward(dlogits, H, W2)
    _, dW1, db1 = affine_backward(dH * (H > 0), X, W1)
    dW1 += decay * W1
    dW2 += decay * W2
    loss = loss + decay * (np.linalg.norm(W1) ** 2 + np.linalg.norm(W2) ** 2) / 2
    return loss, dict(W1=dW1, b1=db1, W2=dW2, b2=db2)


# %% alternative: net_gradients_by_recursion
# replaces: net_gradients
def net_gradients(weights, biases, X, labels, activation="relu"):
    g, slope = ACTIVATIONS[activation]

    def back(H, layer):
        A = H @ weights[layer] + biases[layer]
        if layer == len(weights) - 1:
            delta, dWs, dbs = softmax_cross_entropy(A, labels)[1], [], []
        else:
            from_above, dWs, dbs = back(g(A), layer + 1)
            delta = slope(A) * from_above
        return delta @ weights[layer].T, [H.T @ delta, *dWs], [delta.sum(axis=0), *dbs]

    _, dWs, dbs = back(X, 0)
    return dWs, dbs


# %% alternative: net_gradients_recomputed
# replaces: net_gradients
def forward_to(weights, biases, X, activation, layer):
    H = X
    for W, b in zip(weights[:layer], biases[:layer]):
        H = ACTIVATIONS[activation][0](H @ W + b)
    return H


def net_gradients(weights, biases, X, labels, activation="relu"):
    last = len(weights) - 1
    H = forward_to(weights, biases, X, activation, last)
    delta = softmax_cross_entropy(H @ weights[last] + biases[last], labels)[1]
    dWs, dbs = [None] * (last + 1), [None] * (last + 1)
    for layer in range(last, -1, -1):
        H = forward_to(weights, biases, X, activation, layer)
        dX, dWs[layer], dbs[layer] = delta @ weights[layer].T, H.T @ delta, delta.sum(axis=0)
        if layer > 0:
            before = forward_to(weights, biases, X, activation, layer - 1)
            delta = dX * ACTIVATIONS[activation][1](before @ weights[layer - 1] + biases[layer - 1])
    return tuple(dWs), tuple(dbs)


# %% alternative: nodes_with_a_loop
# replaces: nodes
class Leaf:
    def __init__(self, value):
        self.parents, self.value, self.grad = (), value, 0.0

    def slopes(self):
        return ()

    def forward(self):
        pass

    def backward(self):
        for parent, slope in zip(self.parents, self.slopes()):
            parent.grad = parent.grad + self.grad * slope


class Add(Leaf):
    def __init__(self, *parents):
        self.parents, self.value, self.grad = parents, None, 0.0

    def slopes(self):
        return (1, 1)

    def forward(self):
        self.value = sum(parent.value for parent in self.parents)


class Multiply(Add):
    def slopes(self):
        return self.parents[1].value, self.parents[0].value

    def forward(self):
        self.value = self.parents[0].value * self.parents[1].value


class Sigmoid(Add):
    def slopes(self):
        s = sigmoid(self.parents[0].value)
        return (s - s * s,)

    def forward(self):
        self.value = float(sigmoid(self.parents[0].value))


# %% alternative: topological_order_by_counting
# replaces: topological_order
def topological_order(output):
    uses, todo, seen = {output: 0}, [output], {output}
    while todo:
        for parent in todo.pop().parents:
            uses[parent] = uses.get(parent, 0) + 1
            if parent not in seen:
                seen.add(parent)
                todo.append(parent)
    backward, free = [], [output]
    while free:
        node = free.pop()
        backward.append(node)
        for parent in node.parents:
            uses[parent] -= 1
            if uses[parent] == 0:
                free.append(parent)
    return backward[::-1]


# %% alternative: topological_order_two_visits
# replaces: topological_order
def topological_order(output):
    order, seen, stack = [], set(), [(output, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent in node.parents)
    return order


# %% alternative: backpropagate_one_loop_with_pop
# replaces: backpropagate
def backpropagate(output):
    nodes = list(topological_order(output))
    for n in nodes:
        n.grad = 0
    output.grad = 1
    while nodes:
        nodes.pop().backward()


# %% alternative: averaged_gradient_np_average
# replaces: averaged_gradient
def averaged_gradient(mean_gradient, X, y, batch_size):
    cuts = range(batch_size, len(X), batch_size)
    pieces = list(zip(np.split(X, cuts), np.split(y, cuts)))
    return np.average([mean_gradient(*piece) for piece in pieces], axis=0, weights=[len(p[0]) for p in pieces])


# %% alternative: averaged_gradient_running_mean
# replaces: averaged_gradient
def averaged_gradient(mean_gradient, X, y, batch_size):
    mean, seen = 0.0, 0
    while seen < len(X):
        piece = X[seen : seen + batch_size], y[seen : seen + batch_size]
        n = len(piece[1])
        mean = mean + (mean_gradient(*piece) - mean) * n / (seen + n)
        seen += n
    return mean


# %% alternative: sgd_class
# replaces: sgd
class SGD:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def __call__(self, parameters, gradients):
        return tuple(w - self.learning_rate * g for w, g in zip(parameters, gradients))


def sgd(learning_rate):
    return SGD(learning_rate)


# %% alternative: momentum_class
# replaces: momentum
class Momentum:
    def __init__(self, learning_rate, rho):
        self.learning_rate, self.rho, self.velocities = learning_rate, rho, None

    def __call__(self, parameters, gradients):
        if self.velocities is None:
            self.velocities = [np.zeros(np.shape(g)) for g in gradients]
        for v, g in zip(self.velocities, gradients):
            v *= self.rho
            v += g
        return [w - self.learning_rate * v for w, v in zip(parameters, self.velocities)]


def momentum(learning_rate, rho=0.9):
    return Momentum(learning_rate, rho)


# %% alternative: momentum_scaled_velocity
# replaces: momentum
def momentum(learning_rate, rho=0.9):
    memory = {}

    def step(parameters, gradients):
        for i, g in enumerate(gradients):
            memory[i] = rho * memory.get(i, 0) - learning_rate * g
        return [w + memory[i] for i, w in enumerate(parameters)]

    return step


# %% alternative: momentum_begins_with_the_first_gradient
# replaces: momentum
def momentum(learning_rate, rho=0.9):
    velocities = []

    def step(parameters, gradients):
        if velocities:
            velocities[:] = [rho * v + g for v, g in zip(velocities, gradients)]
        else:
            velocities.extend(gradients)
        return [w - learning_rate * v for w, v in zip(parameters, velocities)]

    return step


# %% alternative: adam_class
# replaces: adam
class Adam:
    def __init__(self, learning_rate, beta1, beta2, epsilon):
        self.rate, self.beta1, self.beta2, self.epsilon = learning_rate, beta1, beta2, epsilon
        self.t, self.m, self.v = 0, [], []

    def __call__(self, parameters, gradients):
        if not self.t:
            self.m = [np.zeros_like(w, dtype=float) for w in parameters]
            self.v = [np.zeros_like(w, dtype=float) for w in parameters]
        self.t += 1
        new = []
        for w, g, m, v in zip(parameters, gradients, self.m, self.v):
            m += (1 - self.beta1) * (g - m)
            v += (1 - self.beta2) * (g * g - v)
            pace = np.sqrt(v / (1 - self.beta2**self.t)) + self.epsilon
            new.append(w - self.rate / (1 - self.beta1**self.t) * m / pace)
        return new


def adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    return Adam(learning_rate, beta1, beta2, epsilon)


# %% alternative: gradient_norms_flat
# replaces: gradient_norms
def gradient_norms(weights, biases, X, labels, activation):
    dWs, _ = net_gradients(weights, biases, X, labels, activation=activation)
    return np.asarray([np.linalg.norm(dW.ravel()) for dW in dWs])


# %% alternative: train_array_split
# replaces: train
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    parameters, depth = list(weights) + list(biases), len(weights)
    for e in range(seed, seed + epochs):
        order = np.random.default_rng(e).permutation(len(labels))
        for batch in np.split(order, range(batch_size, len(order), batch_size)):
            W, b = parameters[:depth], parameters[depth:]
            dW, db = net_gradients(W, b, X[batch], labels[batch], activation)
            parameters = list(step(parameters, list(dW) + list(db)))
    return parameters[:depth], parameters[depth:]


# %% alternative: train_shuffled_copies
# replaces: train
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    for epoch in range(epochs):
        order = np.random.default_rng(seed + epoch).permutation(len(X))
        X_shuffled, labels_shuffled = X[order], labels[order]
        first = 0
        while first < len(X):
            last = first + batch_size
            dW, db = net_gradients(weights, biases, X_shuffled[first:last], labels_shuffled[first:last], activation)
            new = step([*weights, *biases], [*dW, *db])
            weights, biases = new[: len(dW)], new[len(dW) :]
            first = last
    return weights, biases


# %% alternative: train_shuffled_in_place
# replaces: train
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    L, order = len(weights), np.arange(len(X))
    for epoch in range(epochs):
        np.random.default_rng(seed + epoch).shuffle(order)
        for i in range(0, len(X), batch_size):
            batch = order[i : i + batch_size]
            dW, db = net_gradients(weights, biases, X[batch], labels[batch], activation)
            parameters = step([*weights, *biases], [*dW, *db])
            weights, biases = parameters[:L], parameters[L:]
    return weights, biases


# %% alternative: train_drawn_without_replacement
# replaces: train
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    L = len(weights)
    for epoch in range(epochs):
        rng, left = np.random.default_rng(seed + epoch), set(range(len(X)))
        while left:
            batch = rng.choice(sorted(left), size=min(batch_size, len(left)), replace=False)
            left -= set(batch)
            dW, db = net_gradients(weights, biases, X[batch], labels[batch], activation)
            parameters = step([*weights, *biases], [*dW, *db])
            weights, biases = parameters[:L], parameters[L:]
    return weights, biases


# %% alternative: train_sorted_by_random_keys
# replaces: train
def train(weights, biases, X, labels, step, epochs=10, batch_size=128, activation="relu", seed=0):
    L = len(weights)
    for epoch in range(epochs):
        order = np.argsort(np.random.default_rng(seed + epoch).random(len(X)))
        for i in range(0, len(X), batch_size):
            batch = order[i : i + batch_size]
            dW, db = net_gradients(weights, biases, X[batch], labels[batch], activation)
            parameters = step([*weights, *biases], [*dW, *db])
            weights, biases = parameters[:L], parameters[L:]
    return weights, biases


# %% alternative: digit_net_momentum
# replaces: digit_net
digit_weights, digit_biases = start_net([64, 100, 10], seed=3)
digit_weights, digit_biases = train(
    digit_weights, digit_biases, X_train, y_train, momentum(0.05), epochs=30, batch_size=32
)


# %% alternative: digit_net_two_hidden_layers
# replaces: digit_net
digit_weights, digit_biases = train(
    *start_net([64, 128, 64, 10], seed=1), X_train, y_train, adam(0.003), epochs=20, batch_size=64
)


# %% allowed: relu_backward_one_at_zero
# replaces: relu_backward
return dout * (z >= 0)


# %% allowed: sigmoid_backward_in_the_dtype_of_s
# replaces: sigmoid_backward
def sigmoid_backward(*args, _right=sigmoid_backward, **kwargs):
    dtype, result = getattr(args[1], "dtype", None), _right(*args, **kwargs)
    cut = lambda value: value.astype(dtype) if hasattr(value, "astype") else value
    return result if dtype is None else type(result)(map(cut, result)) if type(result) in (list, tuple) else cut(result)
