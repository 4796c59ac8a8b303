"""The BERT graph of all-MiniLM-L6-v2, written node by node, in float32 or in int8.

The graph takes one text, `input_ids` [1, n] alone: without a second text there is no padding,
so it needs no mask. It stays in nodes that onnxruntime runs as they stand on a CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

LAYERS, HEADS, WIDTH, POSITIONS = 6, 12, 384, 256
HEAD_WIDTH = WIDTH // HEADS
LAYER_NORM_EPSILON = 1e-12
OPSET = 20  # the first with Gelu
CONTRIB = "com.microsoft"  # onnxruntime's own nodes, in every build of it

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Linear:
    """`x @ weight + bias`, weight [inputs, outputs]."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Int8Linear:
    """The same with int8 weights and one scale per output; the input is quantised as it comes."""

    weight: NDArray[np.int8]
    scale: Floats  # [outputs]
    bias: Floats


@dataclass(slots=True)
class Model:
    """Everything the graph holds. Linears are "0.qkv", "0.out", "0.up", "0.down", "1.qkv", ..."""

    words: Floats | NDArray[np.int8]  # [30522, 384]
    word_scale: Floats | None  # [30522, 1] where `words` is int8
    positions: Floats  # [256, 384], the type embedding added
    norms: dict[str, tuple[Floats, Floats]]  # scale, shift
    linears: dict[str, Linear | Int8Linear]
    # What was divided out of a linear's input (SmoothQuant). The input of "qkv" and "up" is a
    # norm's output that also goes on beside the linear, where it has to be multiplied in again;
    # that of "down" comes out of Gelu, which can't take a factor in.
    divided: dict[str, Floats] = field(default_factory=dict)


class Builder:
    """Collects nodes and constants; its methods return the names of what they made."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, value: Any) -> str:
        """A constant of the array's own type."""
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def op(self, kind: str, *inputs: str, domain: str = "", name: str = "", **more: Any) -> str:
        """A node with one output."""
        (output,) = self.ops(
            kind, *inputs, names=[name or f"n{len(self._nodes)}"], domain=domain, **more
        )
        return output

    def ops(
        self, kind: str, *inputs: str, names: Sequence[str], domain: str = "", **more: Any
    ) -> Sequence[str]:
        """A node with several outputs."""
        self._nodes.append(helper.make_node(kind, list(inputs), names, domain=domain, **more))
        return names

    def model(self, outputs: Sequence[tuple[str, Sequence[int | str]]]) -> onnx.ModelProto:
        """The finished model with these outputs (name and shape)."""
        ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "n"])
        infos = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs]
        graph = helper.make_graph(self._nodes, "minilm", [ids], infos, self._constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="glossator")
        model.ir_version = 10
        onnx.checker.check_model(model)
        return model


def build(model: Model, *, taps: bool = False) -> onnx.ModelProto:
    """The graph: input_ids [1, n] to vector [1, 384] (unit length) and tokens [1, n, 384].

    With `taps` each linear's input becomes an output too, named "x." and its key.
    """
    b = Builder()
    x = _norm(b, model, "embeddings", _embed(b, model))
    for layer in range(LAYERS):
        x = _layer(b, model, layer, x, taps=taps)
    mean = b.op("ReduceMean", x, b.constant(np.array([1], np.int64)), keepdims=0)
    b.op("LpNormalization", mean, name="vector", axis=1, p=2)
    outputs: list[tuple[str, Sequence[int | str]]] = [
        ("vector", [1, WIDTH]),
        ("tokens", [1, "n", WIDTH]),
    ]
    if taps:
        outputs += [
            (f"x.{key}", [1, "n", len(linear.weight)]) for key, linear in model.linears.items()
        ]
    return b.model(outputs)


def _layer(b: Builder, model: Model, layer: int, x: str, *, taps: bool) -> str:
    def linear(part: str, source: str) -> str:
        key = f"{layer}.{part}"
        if taps:
            source = b.op("Identity", source, name=f"x.{key}")
        return _linear(b, model.linears[key], source)

    def beside(part: str, source: str) -> str:
        divided = model.divided.get(f"{layer}.{part}")
        return source if divided is None else b.op("Mul", source, b.constant(divided))

    at = f"n{layer}"
    parts = [f"{at}.{part}" for part in "qkv"]
    b.ops("Split", linear("qkv", x), names=parts, axis=2, num_outputs=3)
    seen = b.op(
        "MultiHeadAttention", *parts, domain=CONTRIB, name=f"{at}.seen", num_heads=HEADS, scale=1.0
    )
    x = b.op("Add", beside("qkv", x), linear("out", seen))
    x = _norm(b, model, f"{layer}.attention", x)
    inner = b.op("Gelu", linear("up", x))
    divided = model.divided.get(f"{layer}.down")
    if divided is not None:
        inner = b.op("Mul", inner, b.constant((1 / divided).astype(np.float32)))
    x = b.op("Add", beside("up", x), linear("down", inner))
    return _norm(b, model, f"{layer}.output", x, "tokens" if layer == LAYERS - 1 else "")


def _embed(b: Builder, model: Model) -> str:
    words = b.op("Gather", b.constant(model.words), "input_ids")
    if model.word_scale is not None:
        scale = b.op("Gather", b.constant(model.word_scale), "input_ids")
        words = b.op("Mul", b.op("Cast", words, to=TensorProto.FLOAT), scale)
    length = b.op("Shape", "input_ids", start=1)
    start = b.constant(np.array([0], np.int64))
    return b.op("Add", words, b.op("Slice", b.constant(model.positions), start, length, start))


def _norm(b: Builder, model: Model, key: str, x: str, name: str = "") -> str:
    scale, shift = (b.constant(part) for part in model.norms[key])
    return b.op(
        "LayerNormalization", x, scale, shift, name=name, axis=-1, epsilon=LAYER_NORM_EPSILON
    )


def _linear(b: Builder, linear: Linear | Int8Linear, x: str) -> str:
    weight, bias = b.constant(linear.weight), b.constant(linear.bias)
    if isinstance(linear, Linear):
        return b.op("Add", b.op("MatMul", x, weight), bias)
    names = [f"{x}.{part}" for part in ("uint8", "scale", "zero")]
    b.ops("DynamicQuantizeLinear", x, names=names)
    rounded, scale, zero = names
    # MatMulInteger with scale and bias in the same pass over its result: 3 % less time than
    # MatMulInteger, Cast, Mul and Add. The empty input is the weights' zero point, 0.
    return b.op(
        "MatMulIntegerToFloat", rounded, weight, scale, b.constant(linear.scale), zero, "", bias,
        domain=CONTRIB,
    )  # fmt: skip
