"""Encoders of the library sentence-transformers: `glossator[multilingual]`.

Made for symmetric models that read questions and passages alike, such as
`paraphrase-multilingual-MiniLM-L12-v2`; models that want "query: " in front lose by it. Nothing
is imported before the first use and nothing is ever downloaded by us.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from glossator.foundation.errors import Unavailable
from glossator.gateways.embedders.bundled import (
    TOKEN_WIDTH,
    Floats,
    Span,
    clean,
    pool_spans,
    unit,
)
from glossator.gateways.ports import Encoded

DEFAULT: Final = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"
RECIPE: Final = "st-1"
# The languages of the multilingual models by this library, and questions in any other.
LANGUAGES: Final = frozenset(
    "und ar bg ca cs da de el en es et fa fi fr gl gu he hi hr hu hy id it ja ka ko ku lt lv mk "
    "mn mr ms my nb nl pl pt ro ru sk sl sq sr sv th tr uk ur vi zh".split()
)
_WEIGHED = 65_536
# Ids of pieces are kept in 16 bits. Below these lies the built-in encoder's vocabulary, whose
# frequencies say nothing about other pieces: above, every piece counts alike.
_LOWEST: Final = 30_522
_IDS: Final = 65_536 - _LOWEST
_MIXING: Final = np.uint64(2_654_435_761)


@dataclass(frozen=True, slots=True)
class _Loaded:
    model: Any
    before: tuple[int, ...]  # the special pieces around a text
    after: tuple[int, ...]
    basis: Floats  # [d, 64]


@dataclass(frozen=True, slots=True)
class _Pieces:
    ids: tuple[int, ...]
    spans: NDArray[np.int32]  # [n, 2]


class SentenceTransformersEmbedder:
    """An `Embedder` over a model in a folder or in the cache of the Hugging Face hub.

    Each text runs alone, so that its vector never depends on its neighbours. Token vectors are
    brought to 64 numbers by the main components of the model's own token vectors of some
    sentences in many languages; the sign of each is fixed, so that a folder of vectors may move
    to another machine. The confidence was not fitted on such vectors: it says nothing here.

    Every property raises `Unavailable`, with what to do, where the library or the model is
    missing.
    """

    languages: Final = LANGUAGES
    calibrated: Final = False

    def __init__(self, model: str = DEFAULT) -> None:
        self._model = model
        self._lock = Lock()
        self._loaded: _Loaded | None = None

    @cached_property
    def name(self) -> str:
        """The recipe, the model's name and what tells its weights apart, without loading it."""
        digest = hashlib.sha256()
        for path in sorted(self._folder.rglob("*")):
            if path.suffix in (".json", ".safetensors", ".bin", ".model") and path.is_file():
                with path.open("rb") as file:
                    head = file.read(_WEIGHED)
                    file.seek(max(0, path.stat().st_size - _WEIGHED))
                    digest.update(f"{path.name} {path.stat().st_size}".encode())
                    digest.update(head + file.read())
        shown = Path(self._model).name[:40]
        return f"{RECIPE}-{shown}-{digest.hexdigest()[:12]}"

    @cached_property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._load().model.encode([""], show_progress_bar=False).shape[1])

    @cached_property
    def max_pieces(self) -> int:
        """Word pieces that are read of a text, without the special ones."""
        loaded = self._load()
        special = len(loaded.before) + len(loaded.after)
        return int(loaded.model.max_seq_length) - special

    def count(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, without limit and without special ones."""
        model = self._load().model
        return [len(_tokenise(model, text).ids) for text in texts]

    def encode(self, texts: Sequence[str], *, tokens: bool = False) -> list[Encoded]:
        """See `Embedder.encode`."""
        return [self._one(text, tokens)[0] for text in texts]

    def encode_with_spans(
        self, texts: Sequence[str], spans: Sequence[Sequence[Span]]
    ) -> list[tuple[Encoded, Floats]]:
        """See `Embedder.encode_with_spans`."""
        found = []
        for text, parts in zip(texts, spans, strict=True):
            encoded, rows = self._one(text, tokens=True)
            found.append((encoded, pool_spans(rows, encoded.spans, parts)))
        return found

    def close(self) -> None:
        """Give the memory back; the next call loads the model again."""
        with self._lock:
            self._loaded = None

    def _one(self, text: str, tokens: bool) -> tuple[Encoded, Floats]:
        """The text as encoded, and its pieces' own vectors [n, d]."""
        loaded, most = self._load(), self.max_pieces
        whole = _tokenise(loaded.model, text)
        pieces = _Pieces(whole.ids[:most], whole.spans[:most])
        vector, rows = _run(loaded, pieces)
        kept = np.empty((0, TOKEN_WIDTH), np.int8)
        if tokens:
            kept = np.rint(unit(rows @ loaded.basis) * 127).astype(np.int8)
        return Encoded(vector, kept, _short(pieces.ids), pieces.spans), rows

    @cached_property
    def _folder(self) -> Path:
        """Where the model's files are; `Unavailable` where they or the library are not."""
        if find_spec("sentence_transformers") is None:
            raise Unavailable(
                "This embedder needs sentence-transformers: "
                "pip install 'glossator[multilingual]' (with PyTorch, 0.8 GB or more)."
            )
        if Path(self._model).is_dir():
            return Path(self._model)
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

        try:
            return Path(snapshot_download(self._model, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError):
            raise Unavailable(
                f"The model {self._model} isn't on this machine, and nothing is downloaded "
                f"unasked. Get it once (the default one is 0.5 GB): hf download {self._model}. "
                "Or name a folder that holds one."
            ) from None

    def _load(self) -> _Loaded:
        loaded = self._loaded
        if loaded is not None:
            return loaded
        folder = self._folder
        with self._lock:
            if self._loaded is None:
                self._loaded = _open(folder)
            return self._loaded


def _open(folder: Path) -> _Loaded:
    from sentence_transformers import SentenceTransformer

    # Its own code is never run: a folder of weights is data.
    model = SentenceTransformer(
        str(folder), device="cpu", local_files_only=True, trust_remote_code=False
    )
    if not getattr(model.tokenizer, "is_fast", False):
        raise Unavailable("This model has no fast tokenizer: places in a text can't be told.")
    asked = model.tokenizer("a", return_special_tokens_mask=True)
    mask, ids = asked["special_tokens_mask"], asked["input_ids"]
    first, last = mask.index(0), len(mask) - 1 - mask[::-1].index(0)
    loaded = _Loaded(
        model, tuple(ids[:first]), tuple(ids[last + 1 :]), np.zeros((0, 0), np.float32)
    )
    return _Loaded(model, loaded.before, loaded.after, _basis(loaded))


def _basis(loaded: _Loaded) -> Floats:
    """The main directions [d, 64] of token vectors, filled up with zeros in a small model."""
    text = resources.files(__package__).joinpath("basis.txt").read_text("utf-8")
    rows = [_run(loaded, _tokenise(loaded.model, line))[1] for line in text.splitlines()]
    values = unit(np.concatenate(rows)).astype(np.float64)
    _, directions = np.linalg.eigh(values.T @ values)
    main = directions[:, ::-1][:, :TOKEN_WIDTH]
    # A direction and its opposite are one: the largest number in each is made positive.
    largest = np.abs(main).argmax(axis=0)
    main = main * np.sign(main[largest, np.arange(main.shape[1])])
    missing = TOKEN_WIDTH - main.shape[1]
    return np.pad(main, ((0, 0), (0, missing))).astype(np.float32)


def _tokenise(model: Any, text: str) -> _Pieces:
    """The pieces of a text with their places; pieces of nothing but blanks are left out."""
    readable = clean(text)
    found = model.tokenizer(
        readable, add_special_tokens=False, return_offsets_mapping=True, verbose=False
    )
    ids, spans = [], []
    for number, (start, end) in zip(found["input_ids"], found["offset_mapping"], strict=True):
        piece = readable[start:end]
        begin = start + len(piece) - len(piece.lstrip())
        if piece.strip():
            ids.append(int(number))
            spans.append((begin, begin + len(piece.strip())))
    return _Pieces(tuple(ids), np.array(spans, np.int32).reshape(-1, 2))


def _run(loaded: _Loaded, pieces: _Pieces) -> tuple[Floats, Floats]:
    """The text's vector [d] at length 1, and its pieces' vectors [n, w]."""
    import torch

    ids = [*loaded.before, *pieces.ids, *loaded.after]
    with torch.inference_mode():
        read = torch.tensor([ids])
        out = loaded.model.forward({"input_ids": read, "attention_mask": torch.ones_like(read)})
    rows = out["token_embeddings"][0].float().numpy()
    vector = out["sentence_embedding"].float().numpy()
    inner = rows[len(loaded.before) : len(loaded.before) + len(pieces.ids)]
    return unit(vector)[0].astype(np.float32), inner.astype(np.float32)


def _short(ids: Sequence[int]) -> NDArray[np.int32]:
    """Ids that fit 16 bits: spread over those that no vocabulary of ours has."""
    wide = np.array(ids, np.uint64) * _MIXING >> np.uint64(16)
    return (_LOWEST + wide % np.uint64(_IDS)).astype(np.int32)
