"""From float32 to int8: smoothing and rounding. Pure functions on arrays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from encoder.graph import HEAD_WIDTH, LAYERS, POSITIONS, WIDTH, Floats, Int8Linear, Linear, Model
from encoder.weights import Weights

ALPHA = 0.8  # of SmoothQuant: how much of the inputs' outliers goes to the weights
REACH_AFTER_GELU = 4.0  # what one channel may reach before it is divided
DAMPING = 0.01  # of GPTQ, the paper's
LARGEST = 127
LARGEST_PAIR = 128

Doubles = NDArray[np.float64]


def float_model(weights: Weights) -> Model:
    """The official weights in the graph's layout: q, k and v joined, 1/sqrt(32) within q."""
    norms = {"embeddings": _official_norm(weights, "embeddings.LayerNorm")}
    linears: dict[str, Linear | Int8Linear] = {}
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        q, k, v = (_dense(weights, f"{at}.attention.self.{p}") for p in ("query", "key", "value"))
        shrink = np.float32(HEAD_WIDTH**-0.5)
        linears[f"{layer}.qkv"] = Linear(
            np.concatenate([q.weight * shrink, k.weight, v.weight], axis=1),
            np.concatenate([q.bias * shrink, k.bias, v.bias]),
        )
        linears[f"{layer}.out"] = _dense(weights, f"{at}.attention.output.dense")
        linears[f"{layer}.up"] = _dense(weights, f"{at}.intermediate.dense")
        linears[f"{layer}.down"] = _dense(weights, f"{at}.output.dense")
        norms[f"{layer}.attention"] = _official_norm(weights, f"{at}.attention.output.LayerNorm")
        norms[f"{layer}.output"] = _official_norm(weights, f"{at}.output.LayerNorm")
    types = weights["embeddings.token_type_embeddings.weight"][0]
    positions = weights["embeddings.position_embeddings.weight"][:POSITIONS] + types
    return Model(weights["embeddings.word_embeddings.weight"], None, positions, norms, linears)


def _dense(weights: Weights, key: str) -> Linear:
    return Linear(weights[f"{key}.weight"].T.copy(), weights[f"{key}.bias"])


def _official_norm(weights: Weights, key: str) -> tuple[Floats, Floats]:
    return weights[f"{key}.weight"], weights[f"{key}.bias"]


def smooth(model: Model, inputs: dict[str, Floats]) -> Model:
    """An equal model whose linears' inputs have no outliers.

    SmoothQuant (Xiao et al., 2022), with each channel also moved to the middle of its range
    (Outlier Suppression+, Wei et al., 2023). `inputs` are each linear's, [tokens, channels], on
    the calibration texts.
    """
    smoothed = replace(model, norms=dict(model.norms), linears=dict(model.linears), divided={})
    for key in model.linears:
        layer, part = key.split(".")
        if part == "out":
            _smooth_out(smoothed, layer, inputs[key])
        elif part == "down":
            _smooth_down(smoothed, key, inputs[key])
        else:
            _smooth_norm(smoothed, layer, part, inputs[key])
    return smoothed


def _linear(model: Model, key: str) -> Linear:
    linear = model.linears[key]
    if not isinstance(linear, Linear):
        raise TypeError(f"{key} is rounded already.")
    return linear


def _factors(inputs: Floats, weight: Floats) -> tuple[Floats, Floats]:
    low, high = inputs.min(axis=0), inputs.max(axis=0)
    reach = np.maximum((high - low) / 2, 1e-4)
    factor = reach**ALPHA / np.abs(weight).max(axis=1) ** (1 - ALPHA)
    factor /= np.exp(np.log(factor).mean())
    return factor.astype(np.float32), ((low + high) / 2).astype(np.float32)


def _absorb(model: Model, key: str, factor: Floats, middle: Floats) -> None:
    linear = _linear(model, key)
    bias = linear.bias + middle @ linear.weight
    model.linears[key] = Linear(linear.weight * factor[:, None], bias)


def _smooth_out(model: Model, layer: str, inputs: Floats) -> None:
    """Into the value columns of "qkv": attention's weights sum to 1, so a shift passes too."""
    factor, middle = _factors(inputs, _linear(model, f"{layer}.out").weight)
    _absorb(model, f"{layer}.out", factor, middle)
    qkv = _linear(model, f"{layer}.qkv")
    weight, bias = qkv.weight.copy(), qkv.bias.copy()
    weight[:, 2 * WIDTH :] /= factor
    bias[2 * WIDTH :] = (bias[2 * WIDTH :] - middle) / factor
    model.linears[f"{layer}.qkv"] = Linear(weight, bias)


def _smooth_norm(model: Model, layer: str, part: str, inputs: Floats) -> None:
    """Into the norm before; what goes on beside the linear gets factor and shift back."""
    key = f"{layer}.{part}"
    factor, middle = _factors(inputs, _linear(model, key).weight)
    _absorb(model, key, factor, middle)
    before = f"{layer}.attention"
    if part == "qkv":
        before = "embeddings" if layer == "0" else f"{int(layer) - 1}.output"
    scale, shift = model.norms[before]
    model.norms[before] = (scale / factor, (shift - middle) / factor)
    model.divided[key] = factor
    meets = f"{layer}.out" if part == "qkv" else f"{layer}.down"
    linear = _linear(model, meets)
    model.linears[meets] = Linear(linear.weight, linear.bias + middle)


def _smooth_down(model: Model, key: str, inputs: Floats) -> None:
    """Only the few channels that reach far are divided; the usual formula did worse here."""
    factor = np.maximum(inputs.max(axis=0) / REACH_AFTER_GELU, 1).astype(np.float32)
    _absorb(model, key, factor, np.zeros_like(factor))
    model.divided[key] = factor


def round_model(model: Model, inputs: dict[str, Floats]) -> Model:
    """The int8 model. `inputs` are those of the smoothed model's linears."""
    scale = np.abs(model.words).max(axis=1, keepdims=True) / np.float32(LARGEST)
    words = np.rint(model.words / scale).astype(np.int8)
    linears: dict[str, Linear | Int8Linear] = {}
    for key in model.linears:
        linear = _linear(model, key)
        x = inputs[key].astype(np.float64)
        weight, scales = round_weight(linear.weight, x.T @ x / len(x))
        linears[key] = Int8Linear(weight, scales, linear.bias)
    return replace(model, words=words, word_scale=scale.astype(np.float32), linears=linears)


def round_weight(weight: Floats, hessian: Doubles) -> tuple[NDArray[np.int8], Floats]:
    """int8 weights and a scale per column.

    Without VNNI the processor multiplies two neighbours of a column by unsigned inputs and adds
    both products in 16 bits, which saturates: 255 (127 + 127) > 32767. So each column's scale is
    chosen such that neighbours of the same sign stay within 128 together, and every processor
    computes the same, exactly.
    """
    pairs = weight.reshape(-1, 2, weight.shape[1])
    same_sign = [np.maximum(sign * pairs, 0).sum(axis=1).max(axis=0) for sign in (1, -1)]
    reach = np.maximum(np.abs(weight).max(axis=0), np.maximum(*same_sign))
    scale = (reach / LARGEST).astype(np.float32)
    return _limit_pairs(_gptq(weight, hessian, scale)).astype(np.int8), scale


def _limit_pairs(rounded: Doubles) -> Doubles:
    pairs = rounded.reshape(-1, 2, rounded.shape[1]).copy()
    over = np.maximum(np.abs(pairs.sum(axis=1)) - LARGEST_PAIR, 0)
    over[np.sign(pairs[:, 0]) != np.sign(pairs[:, 1])] = 0
    first_larger = np.abs(pairs[:, 0]) >= np.abs(pairs[:, 1])
    pairs[:, 0] -= np.sign(pairs[:, 0]) * over * first_larger
    pairs[:, 1] -= np.sign(pairs[:, 1]) * over * ~first_larger
    return pairs.reshape(rounded.shape)


def _gptq(weight: Floats, hessian: Doubles, scale: Floats) -> Doubles:
    """GPTQ (Frantar et al., 2022): round row by row, rows still to come make up for the error."""
    rows = len(weight)
    order = np.argsort(-np.diag(hessian), kind="stable")
    damped = hessian + np.eye(rows) * DAMPING * np.trace(hessian) / rows
    upper = np.linalg.cholesky(np.linalg.inv(damped[np.ix_(order, order)])).T
    left = weight[order].astype(np.float64)
    rounded = np.zeros_like(left)
    block = 128
    for start in range(0, rows, block):
        end = min(start + block, rows)
        errors = np.zeros((end - start, weight.shape[1]))
        for row in range(start, end):
            rounded[row] = np.clip(np.rint(left[row] / scale), -LARGEST, LARGEST)
            errors[row - start] = (left[row] - rounded[row] * scale) / upper[row, row]
            left[row + 1 : end] -= upper[row, row + 1 : end, None] * errors[row - start]
        left[end:] -= upper[start:end, end:].T @ errors
    back = np.empty_like(rounded)
    back[order] = rounded
    return back
