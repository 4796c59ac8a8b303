"""What every embedder must do: the fake, the one that ships, and a tiny model of the extra."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from glossator.foundation.errors import Unavailable
from glossator.gateways.embedders import sentence_transformers
from glossator.gateways.embedders.sentence_transformers import SentenceTransformersEmbedder
from glossator.gateways.ports import Embedder
from tiny_encoder import make_tiny_encoder

ODD = ["", " ", "🤖", "روبوٹ", "a\x00b", "\ud800 lone", "x" * 3000, "é" * 50, "word " * 2000]


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the extra's kind, made here; skips without the extra."""
    return make_tiny_encoder(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def tiny_embedder(tiny_folder: Path) -> Iterator[Embedder]:
    """The extra's embedder over it."""
    encoder = SentenceTransformersEmbedder(str(tiny_folder))
    yield encoder
    encoder.close()


@pytest.fixture(params=["embedder", "real_embedder", "tiny_embedder"])
def encoder(request: pytest.FixtureRequest) -> Embedder:
    """The fake, the bundled one and the extra's."""
    made: Embedder = request.getfixturevalue(request.param)
    return made


def test_vectors_have_length_one_and_the_size_it_says(encoder: Embedder):
    for encoded in encoder.encode(["A robot arm.", *ODD]):
        assert encoded.vector.shape == (encoder.dimensions,)
        assert encoded.vector.dtype == np.float32
        assert np.linalg.norm(encoded.vector) == pytest.approx(1, abs=1e-4)


def test_tokens_come_only_when_asked_for_and_fit_their_ids(encoder: Embedder):
    texts = ["A robot arm.", *ODD]
    for text, without, full in zip(
        texts, encoder.encode(texts), encoder.encode(texts, tokens=True), strict=True
    ):
        assert without.tokens.shape == (0, 64)
        n = len(full.token_ids)
        assert full.tokens.shape == (n, 64)
        assert full.tokens.dtype == np.int8
        assert full.spans.shape == (n, 2)
        assert n == min(encoder.count([text])[0], encoder.max_pieces)
        assert np.array_equal(without.vector, full.vector)
        lengths = np.linalg.norm(full.tokens.astype(np.float32), axis=1)
        assert np.all(np.abs(lengths - 127) < 8)
        assert np.all(full.token_ids >= 0)
        assert np.all(full.token_ids < 65_536)


def test_spans_lie_in_the_text_in_order(encoder: Embedder):
    text = "The naïve robot’s arm 🤖 turned twice."
    (encoded,) = encoder.encode([text], tokens=True)
    assert np.all(encoded.spans[:, 0] < encoded.spans[:, 1])
    assert np.all(np.diff(encoded.spans[:, 0]) >= 0)
    assert encoded.spans.max() <= len(text)
    assert "robot" in [text[a:b] for a, b in encoded.spans.tolist()]


def test_a_texts_vector_does_not_depend_on_its_neighbours(encoder: Embedder):
    texts = ["A robot arm.", "Light travels fast. " * 20, "x"]
    together = encoder.encode(texts)
    for text, one in zip(texts, together, strict=True):
        assert np.array_equal(encoder.encode([text])[0].vector, one.vector)


def test_near_texts_are_nearer_than_far_ones(encoder: Embedder):
    question, near, far = (
        item.vector
        for item in encoder.encode(
            ["How does a lidar measure distance?", "A lidar measures distance with light.",
             "The committee elected its chairwoman on Tuesday."]
        )
    )  # fmt: skip
    assert question @ near > question @ far + 0.2


def test_nothing_gives_nothing(encoder: Embedder):
    assert encoder.encode([]) == []
    assert encoder.count([]) == []


def test_it_may_be_used_again_after_close(encoder: Embedder):
    before = encoder.encode(["again"])[0].vector
    encoder.close()
    assert np.array_equal(encoder.encode(["again"])[0].vector, before)


def test_parts_have_vectors_of_their_own(encoder: Embedder):
    text = "A robot arm. Light travels fast."
    ((whole, parts),) = encoder.encode_with_spans([text], [[(0, 12), (13, 32), (12, 13)]])
    assert np.array_equal(whole.vector, encoder.encode([text])[0].vector)
    assert parts.shape == (3, encoder.dimensions)
    assert np.linalg.norm(parts[:2], axis=1) == pytest.approx([1, 1], abs=1e-4)
    assert not np.allclose(parts[0], parts[1])


def test_it_says_what_it_is(encoder: Embedder):
    assert encoder.name
    assert encoder.max_pieces > 0
    assert "en" in encoder.languages
    assert isinstance(encoder.calibrated, bool)


class TestTheExtra:
    def test_other_weights_have_another_name_and_the_same_the_same(
        self, tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory
    ):
        other = make_tiny_encoder(tmp_path_factory.mktemp("tiny"), seed=2)
        again = SentenceTransformersEmbedder(str(tiny_folder))
        assert again.name == SentenceTransformersEmbedder(str(tiny_folder)).name
        assert again.name != SentenceTransformersEmbedder(str(other)).name

    def test_a_new_process_finds_the_same_tokens(self, tiny_folder: Path):
        one, two = (SentenceTransformersEmbedder(str(tiny_folder)) for _ in range(2))
        first, second = (each.encode(["A robot arm."], tokens=True)[0] for each in (one, two))
        assert np.array_equal(first.tokens, second.tokens)
        assert first.token_ids.min() >= 30_522

    def test_a_model_that_isnt_there_is_not_downloaded(self, tiny_folder: Path):
        with pytest.raises(Unavailable, match="hf download somebody/some-model"):
            SentenceTransformersEmbedder("somebody/some-model").count(["a"])


def test_without_the_extra_the_command_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sentence_transformers, "find_spec", lambda _: None)
    with pytest.raises(Unavailable, match=r"pip install 'glossator\[multilingual\]'"):
        _ = SentenceTransformersEmbedder().name
