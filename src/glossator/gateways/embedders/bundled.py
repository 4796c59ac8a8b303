"""The encoder that comes with the package: all-MiniLM-L6-v2 in int8 on onnxruntime.

How the files in `minilm/` were made, and how near they are to the float32 original, is written
in `minilm/ORIGIN.md`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import as_file, files
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from glossator.foundation.traffic import step_back
from glossator.gateways.ports import Encoded

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

NAME: Final = "minilm-l6-int8-1"
SHA256: Final = {
    "encoder.onnx": "6b8644229681f2517429b7cf4bdecd5270fbc5d3c845f2e25c7a4dc496232df2",
    "tokenizer.json": "5fd1c882abbd30517dced455a2c9768945ec726b96727927e4959348d9de550b",
    "pca64.npy": "151b9e0637542be0b7d063a025911a7ef9122278bdc0be7013dd033a2c0d1517",
}
WIDTH: Final = 384
TOKEN_WIDTH: Final = 64
MAX_PIECES: Final = 254  # the model's 256 positions less [CLS] and [SEP]
_CLS: Final = 101
_SEP: Final = 102
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_BLANKS: Final = re.compile("[ \n]+")
# Words whose numbers of pieces are kept: about 6 MB.
_MOST_KEPT: Final = 50_000
_LONGEST_KEPT: Final = 40

Floats = NDArray[np.float32]
Span = tuple[int, int]
_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True, slots=True)
class _Loaded:
    session: InferenceSession
    tokenizer: Tokenizer
    pca: Floats  # [384, 64]


@dataclass(frozen=True, slots=True)
class _Pieces:
    ids: NDArray[np.int32]  # [n]
    spans: NDArray[np.int32]  # [n, 2]


class BundledEmbedder:
    """An `Embedder` that needs no network, no key and no torch.

    Each text is run alone on a one-thread session, without padding, so its vector never depends
    on the other texts of a call; `threads` texts are run at once (two one-thread runs are faster
    than one run on two threads). Where it is `polite`, they get less of the processor than a
    single text, which is a question's. Files are loaded at the first use, about 0.2 s. All
    methods may be called from several threads.
    """

    name: Final = NAME
    dimensions: Final = WIDTH
    max_pieces: Final = MAX_PIECES
    languages: Final = frozenset({"en"})
    calibrated: Final = True

    def __init__(self, *, threads: int = 2, polite: bool = False) -> None:
        self._begin = step_back if polite else None
        self._threads = max(1, threads)
        self._lock = Lock()
        self._loaded: _Loaded | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._counts = {"": 0}

    def count(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, without limit and without [CLS] and [SEP]."""
        return [sum(map(self._pieces_of, _BLANKS.split(text))) for text in texts]

    def encode(self, texts: Sequence[str], *, tokens: bool = False) -> list[Encoded]:
        """A result per text, in order. What lies beyond 254 word pieces is left out.

        `token_ids` and `spans` are always filled; `tokens` only where asked for.
        """
        loaded = self._load()

        def one(text: str) -> Encoded:
            pieces = _tokenise(loaded.tokenizer, text)
            if not tokens:
                (vector,) = _run(loaded.session, ["vector"], pieces)
                return _encoded(vector[0], np.empty((0, TOKEN_WIDTH), np.int8), pieces)
            vector, rows = _run(loaded.session, ["vector", "tokens"], pieces)
            return _encoded(vector[0], reduce(rows[0, 1:-1], loaded.pca), pieces)

        return self._spread(one, texts)

    def encode_with_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> list[tuple[Encoded, Floats]]:
        """Like `encode` with tokens, and for each text the vectors of its parts, from one run.

        `spans` names the parts of each text as (start, end) in code points. A part's vector, a row
        of [parts, 384], is the mean of the token vectors of the pieces that touch it, at unit
        length: the part as it reads inside its text. A part without pieces (blank, or beyond the
        limit) has a row of zeros.

        Raises:
            ValueError: `spans` has another length than `texts`.
        """
        loaded = self._load()

        def one(item: tuple[str, Sequence[Span]]) -> tuple[Encoded, Floats]:
            text, parts = item
            pieces = _tokenise(loaded.tokenizer, text)
            vector, rows = _run(loaded.session, ["vector", "tokens"], pieces)
            inner = rows[0, 1:-1]
            encoded = _encoded(vector[0], reduce(inner, loaded.pca), pieces)
            return encoded, pool_spans(inner, pieces.spans, parts)

        return self._spread(one, list(zip(texts, spans, strict=True)))

    def close(self) -> None:
        """Give threads and memory back; the next call loads the files again."""
        self._counts.clear()
        with self._lock:
            pool, self._pool, self._loaded = self._pool, None, None
        if pool is not None:
            pool.shutdown()

    def _pieces_of(self, word: str) -> int:
        """Pieces never reach over a blank, so a text's are its words', and most are known."""
        found = self._counts.get(word)
        if found is None:
            tokenizer = self._load().tokenizer
            # No batch: it would start the tokenizer's own threads, which a later fork breaks.
            encoding = tokenizer.encode_batch_fast([clean(word)], add_special_tokens=False)[0]
            found = len(encoding)
            if len(word) <= _LONGEST_KEPT:
                if len(self._counts) >= _MOST_KEPT:
                    self._counts.clear()
                self._counts[word] = found
        return found

    def _spread(self, one: Callable[[_In], _Out], items: Sequence[_In]) -> list[_Out]:
        if len(items) < 2 or self._threads < 2:
            return [one(item) for item in items]
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(
                    self._threads, thread_name_prefix="encoder", initializer=self._begin
                )
            futures = [self._pool.submit(one, item) for item in items]
        return [future.result() for future in futures]

    def _load(self) -> _Loaded:
        loaded = self._loaded
        if loaded is not None:
            return loaded
        with self._lock:
            if self._loaded is None:
                self._loaded = _load_bundle()
            return self._loaded


def _load_bundle() -> _Loaded:
    from tokenizers import Tokenizer

    with as_file(files(__package__) / "minilm") as folder:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        pca = np.load(folder / "pca64.npy").astype(np.float32)
        session = _open_session(str(folder / "encoder.onnx"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return _Loaded(session, tokenizer, pca)


def _open_session(path: str) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    # Higher levels fuse the additions into a SkipLayerNormalization that is several times slower.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def clean(text: str) -> str:
    """The text without lone surrogates, which no tokenizer takes; one for one, places stay."""
    return _SURROGATES.sub("\ufffd", text)


def _tokenise(tokenizer: Tokenizer, text: str) -> _Pieces:
    encoding = tokenizer.encode(clean(text), add_special_tokens=False)
    spans: Iterable[Span] = encoding.offsets[:MAX_PIECES]
    return _Pieces(
        np.array(encoding.ids[:MAX_PIECES], np.int32),
        np.array(spans, np.int32).reshape(-1, 2),
    )


def _run(session: InferenceSession, outputs: list[str], pieces: _Pieces) -> Any:
    ids = np.empty((1, len(pieces.ids) + 2), np.int64)
    ids[0, 0], ids[0, 1:-1], ids[0, -1] = _CLS, pieces.ids, _SEP
    return session.run(outputs, {"input_ids": ids})


def _encoded(vector: Floats, tokens: NDArray[np.int8], pieces: _Pieces) -> Encoded:
    return Encoded(vector, tokens, pieces.ids, pieces.spans)


def reduce(rows: Floats, pca: Floats) -> NDArray[np.int8]:
    """[n, 384] token vectors to [n, 64] int8 of unit length times 127."""
    return np.rint(unit(rows @ pca) * 127).astype(np.int8)


def unit(rows: Floats) -> Floats:
    """Rows [n, d] at length 1; rows of zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    units: Floats = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return units


def pool_spans(rows: Floats, places: NDArray[np.int32], parts: Sequence[Span]) -> Floats:
    """Mean vectors [parts, 384], at unit length, of the rows whose place touches each part."""
    bounds = np.array(parts, np.int32).reshape(-1, 2)
    touches = (places[None, :, 0] < bounds[:, 1:]) & (places[None, :, 1] > bounds[:, :1])
    return unit(touches.astype(np.float32) @ rows)
