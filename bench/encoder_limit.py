"""The least time a machine needs for the encoder's matrix products, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

LAYERS, HEADS, WIDTH, INNER = 6, 12, 384, 1536
SHAPES = ((WIDTH, 3 * WIDTH), (WIDTH, WIDTH), (WIDTH, INNER), (INNER, WIDTH))

Types = Mapping[str, int]


def _session(
    nodes: Sequence[Any], constants: Sequence[Any], inputs: Types, outputs: Types
) -> onnxruntime.InferenceSession:
    graph = helper.make_graph(
        nodes,
        "limit",
        [helper.make_tensor_value_info(name, kind, None) for name, kind in inputs.items()],
        [helper.make_tensor_value_info(name, kind, None) for name, kind in outputs.items()],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
    model.ir_version = 10
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def _best(session: onnxruntime.InferenceSession, feed: Mapping[str, NDArray[Any]]) -> float:
    times = []
    for _ in range(12):
        before = time.process_time()
        session.run(None, feed)
        times.append(time.process_time() - before)
    return min(times)


def integer_products(pieces: int) -> tuple[float, float]:
    """CPU seconds of the six layers' MatMulInteger alone, and the rate in 1e9 operations/s."""
    random = np.random.default_rng(0)
    nodes, constants = list[Any](), list[Any]()
    outputs: dict[str, int] = {}
    for at in range(LAYERS * len(SHAPES)):
        shape = SHAPES[at % len(SHAPES)]
        weight = random.integers(-60, 60, shape).astype(np.int8)
        constants.append(numpy_helper.from_array(weight, f"w{at}"))
        nodes.append(helper.make_node("MatMulInteger", [f"x{shape[0]}", f"w{at}"], [f"y{at}"]))
        outputs[f"y{at}"] = TensorProto.INT32
    inputs: dict[str, int] = {f"x{width}": TensorProto.UINT8 for width in (WIDTH, INNER)}
    feed = {
        name: random.integers(0, 255, (pieces, int(name[1:]))).astype(np.uint8) for name in inputs
    }
    seconds = _best(_session(nodes, constants, inputs, outputs), feed)
    operations = 2 * pieces * LAYERS * sum(rows * columns for rows, columns in SHAPES)
    return seconds, operations / seconds / 1e9


def attention_products(pieces: int) -> float:
    """CPU seconds of the six layers' two float32 products per head: scores and mixing."""
    random = np.random.default_rng(0)
    head = (HEADS, pieces, WIDTH // HEADS)
    inputs: dict[str, int] = dict.fromkeys("qkvp", TensorProto.FLOAT)
    feed = {
        "q": random.random(head, np.float32),
        "k": random.random((head[0], head[2], head[1]), np.float32),
        "v": random.random(head, np.float32),
        "p": random.random((HEADS, pieces, pieces), np.float32),
    }
    nodes = list[Any]()
    outputs: dict[str, int] = {}
    for layer in range(LAYERS):
        nodes.append(helper.make_node("MatMul", ["q", "k"], [f"s{layer}"]))
        nodes.append(helper.make_node("MatMul", ["p", "v"], [f"m{layer}"]))
        outputs |= {f"s{layer}": TensorProto.FLOAT, f"m{layer}": TensorProto.FLOAT}
    return _best(_session(nodes, [], inputs, outputs), feed)
