"""The bundled encoder against its float32 original, sentence-transformers and the machine.

    python -m bench.encoder WEIGHTS [--peer-python PATH]

WEIGHTS is a sentence-transformers folder of all-MiniLM-L6-v2. PATH is the interpreter of an
environment with sentence-transformers; without it, and without sentence-transformers here, the
float32 vectors come from the float32 graph and the comparison of speed is left out.

Everything runs on one thread and is timed in CPU seconds, which a busy machine disturbs least;
the contestants take turns, and of each one the best round counts.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.encoder_limit import attention_products, integer_products
from glossator.gateways.embedders.bundled import BundledEmbedder

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
ROUNDS = 5
CHUNKS = 64
CHUNK_PIECES = 200  # with [CLS] and [SEP]
QUESTION = "What is the difference between a robot and a simple machine?"

Figures = dict[str, float]


class Peer:
    """sentence-transformers in its own process."""

    def __init__(self, python: str, weights: Path) -> None:
        script = Path(__file__).with_name("encoder_peer.py")
        self._process = subprocess.Popen(
            [python, str(script), str(weights)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )

    def encode(self, texts: list[str], *, threads: int = 1, save: str | None = None) -> float:
        """CPU seconds of one call with the library's defaults."""
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("The peer has no pipes.")
        request = {"texts": texts, "threads": threads, "save": save}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return float(json.loads(self._process.stdout.readline())["cpu_s"])

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@contextmanager
def _peer(python: str | None, weights: Path) -> Iterator[Peer | None]:
    if python is None and find_spec("sentence_transformers") is not None:
        python = sys.executable
    if python is None:
        yield None
        return
    peer = Peer(python, weights)
    try:
        yield peer
    finally:
        peer.close()


def texts_and_chunks(encoder: BundledEmbedder) -> tuple[list[str], list[str]]:
    """1,000 paragraphs, half of SQuAD's articles and half of books, and 64 chunks of 200 pieces."""
    lines = (SHARED / "questions/squad/passages.jsonl").read_text("utf-8").splitlines()
    articles = [json.loads(line)["text"] for line in lines]
    books: list[str] = []
    for file in sorted((SHARED / "books").rglob("*.md*")):
        parts = re.split(r"\n\s*\n", file.read_text("utf-8", errors="replace"))
        books += [part.strip() for part in parts if len(part.strip()) >= 80]
    random = np.random.default_rng(20)
    random.shuffle(articles)
    random.shuffle(books)
    return articles[:500] + books[:500], _chunks(encoder, " ".join(articles[500:900]))


def _chunks(encoder: BundledEmbedder, text: str) -> list[str]:
    words, chunks, chunk = text.split(), list[str](), list[str]()
    size = 2
    for word in words:
        pieces = encoder.count([word])[0]
        if size + pieces > CHUNK_PIECES:
            chunks.append(" ".join(chunk))
            chunk, size = [], 2
        chunk.append(word)
        size += pieces
        if len(chunks) == CHUNKS:
            break
    return chunks


def _float32(weights: Path, texts: list[str]) -> NDArray[np.float32]:
    sys.path.insert(0, str(ROOT / "scripts"))
    from tokenizers import Tokenizer

    from build_encoder import Runner
    from encoder.graph import build
    from encoder.quantise import float_model
    from encoder.weights import WEIGHTS_SHA256, read_safetensors, verified

    tensors = read_safetensors(verified(weights / "model.safetensors", WEIGHTS_SHA256))
    bundle = files("glossator.gateways.embedders") / "minilm" / "tokenizer.json"
    tokenizer = Tokenizer.from_str(bundle.read_text("utf-8"))
    return Runner(build(float_model(tensors)), tokenizer).vectors(texts)


def _cpu(encoder: BundledEmbedder, texts: list[str]) -> float:
    before = time.process_time()
    encoder.encode(texts)
    return time.process_time() - before


def fidelity(
    encoder: BundledEmbedder, weights: Path, peer: Peer | None, texts: list[str]
) -> Figures:
    """Cosines of the bundled encoder's vectors to the float32 ones."""
    if peer is None:
        reference = _float32(weights, texts)
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "vectors.npy")
            peer.encode(texts, save=path)
            reference = np.load(path)
    vectors = np.stack([encoded.vector for encoded in encoder.encode(texts)])
    cosines = (vectors * reference).sum(axis=1)
    return {
        "texts": len(texts),
        "cosine_mean": float(cosines.mean()),
        "cosine_p1": float(np.quantile(cosines, 0.01)),
        "cosine_min": float(cosines.min()),
    }


def speed(encoder: BundledEmbedder, peer: Peer | None, chunks: list[str]) -> Figures:
    """Chunks per CPU second, the peer's, and the share of the machine's limit.

    The limit is the time of the same matrix products alone: those of the six layers as
    MatMulInteger and attention's two per head in float32, without softmax, norms, GELU,
    rounding and tokenising, which the encoder's own time contains.
    """
    cores = os.cpu_count() or 1
    ours, theirs, defaults, integer, attention = [], [], [], [], []
    rate = 0.0
    for _ in range(ROUNDS):
        ours.append(_cpu(encoder, chunks))
        seconds, round_rate = integer_products(CHUNK_PIECES)
        integer.append(seconds)
        rate = max(rate, round_rate)
        attention.append(attention_products(CHUNK_PIECES))
        if peer is not None:
            theirs.append(peer.encode(chunks))
            defaults.append(peer.encode(chunks, threads=cores))
    own_rate = len(chunks) / min(ours)
    limit = 1 / (min(integer) + min(attention))
    figures = {
        "chunks_per_cpu_s": own_rate,
        "int8_gop_per_s": rate,
        "limit_chunks_per_cpu_s": limit,
        "share_of_limit": own_rate / limit,
        "question_cpu_ms": min(_cpu(encoder, [QUESTION]) for _ in range(50)) * 1000,
    }
    if peer is not None:
        figures["peer_chunks_per_cpu_s"] = len(chunks) / min(theirs)
        figures["times_peer"] = own_rate / figures["peer_chunks_per_cpu_s"]
        figures["peer_all_cores_chunks_per_cpu_s"] = len(chunks) / min(defaults)
        figures["times_peer_all_cores"] = own_rate / figures["peer_all_cores_chunks_per_cpu_s"]
        figures["limit_times_peer"] = limit / figures["peer_chunks_per_cpu_s"]
    return figures


def measure(weights: Path, *, peer_python: str | None = None) -> Figures:
    """All figures of one run, with the bundle's size in bytes.

    Raises:
        FileNotFoundError: the shared texts are absent.
    """
    encoder = BundledEmbedder(threads=1)
    texts, chunks = texts_and_chunks(encoder)
    bundle = files("glossator.gateways.embedders") / "minilm"
    figures: Figures = {"bundle_bytes": sum(len(f.read_bytes()) for f in bundle.iterdir())}
    with _peer(peer_python, weights) as peer:
        if peer is not None:
            peer.encode(chunks[:8])
        encoder.encode(chunks[:8])
        figures |= fidelity(encoder, weights, peer, texts)
        figures |= speed(encoder, peer, chunks)
    encoder.close()
    return figures


ROWS: tuple[tuple[str, str, str, str], ...] = (
    ("bundle_bytes", "bundle, bytes", "{:,.0f}", "at most 24,000,000"),
    ("cosine_mean", "cosine to float32, mean of 1,000", "{:.4f}", "at least 0.998"),
    ("cosine_p1", "cosine to float32, lowest 1 %", "{:.4f}", ""),
    ("cosine_min", "cosine to float32, minimum", "{:.4f}", "at least 0.99"),
    ("chunks_per_cpu_s", "200-piece chunks per CPU second", "{:.1f}", ""),
    ("peer_chunks_per_cpu_s", "sentence-transformers, one thread", "{:.1f}", ""),
    ("times_peer", "times as many", "{:.2f}", "at least 2.7"),
    ("peer_all_cores_chunks_per_cpu_s", "sentence-transformers, all cores", "{:.1f}", ""),
    ("times_peer_all_cores", "times as many", "{:.2f}", ""),
    ("int8_gop_per_s", "int8 products, 1e9 operations/s", "{:.0f}", ""),
    ("limit_chunks_per_cpu_s", "the machine's limit, chunks per CPU second", "{:.1f}", ""),
    ("share_of_limit", "share of the limit reached", "{:.2f}", "at least 0.6"),
    ("limit_times_peer", "the limit, in times sentence-transformers", "{:.2f}", ""),
    ("question_cpu_ms", "a 12-word question, CPU ms", "{:.2f}", ""),
)


def table(figures: Figures) -> Table:
    """The figures with their targets."""
    result = Table(title="Bundled encoder")
    for heading, justify in (("figure", "left"), ("measured", "right"), ("target", "left")):
        result.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for key, label, form, target in ROWS:
        if key in figures:
            result.add_row(label, form.format(figures[key]), target)
    return result


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("--peer-python")
    arguments = parser.parse_args()
    figures: dict[str, Any] = measure(arguments.weights, peer_python=arguments.peer_python)
    Console().print(table(figures))


if __name__ == "__main__":
    main()
