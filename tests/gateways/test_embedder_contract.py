"""What every embedder must do, on the fake and on the one that ships."""

from __future__ import annotations

import numpy as np
import pytest

from glossator.gateways.ports import Embedder

ODD = ["", " ", "🤖", "روبوٹ", "a\x00b", "\ud800 lone", "x" * 3000, "é" * 50, "word " * 2000]


@pytest.fixture(params=["embedder", "real_embedder"])
def encoder(request: pytest.FixtureRequest) -> Embedder:
    """The fake and the bundled one."""
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


def test_it_says_what_it_is(encoder: Embedder):
    assert encoder.name
    assert encoder.max_pieces > 0
    assert "en" in encoder.languages
