import hashlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glossator.gateways.embedders import bundled
from glossator.gateways.embedders.bundled import MAX_PIECES, SHA256, BundledEmbedder
from glossator.gateways.ports import Embedder, Encoded

BUNDLE = files("glossator.gateways.embedders") / "minilm"
DATA = Path(__file__).parent / "data"
LIMIT = 24_000_000

SENTENCE = "A gear train trades speed for torque."
LONG = " ".join(f"Joint {n} turns by {n * 7 % 90} degrees." for n in range(160))


@pytest.fixture(scope="module")
def encoder() -> Iterator[BundledEmbedder]:
    encoder = BundledEmbedder()
    yield encoder
    encoder.close()


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return json.loads((DATA / "encoder_texts.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def all_encoded(encoder: BundledEmbedder, texts: list[str]) -> list[Encoded]:
    return encoder.encode(texts, tokens=True)


def test_the_bundle_is_the_one_that_was_built():
    found = {name: hashlib.sha256((BUNDLE / name).read_bytes()).hexdigest() for name in SHA256}
    assert found == SHA256


def test_the_bundle_tells_its_origin_and_stays_small():
    sizes = {file.name: len(file.read_bytes()) for file in BUNDLE.iterdir()}
    assert set(sizes) == {*SHA256, "LICENSE", "ORIGIN.md"}
    assert sum(sizes.values()) <= LIMIT
    origin = (BUNDLE / "ORIGIN.md").read_text("utf-8")
    assert all(total in origin for total in SHA256.values())


def test_vectors_are_near_the_float32_original(all_encoded: list[Encoded], texts: list[str]):
    reference = np.load(DATA / "encoder_vectors.npy").astype(np.float32)
    vectors = np.stack([encoded.vector for encoded in all_encoded])
    cosines = (vectors * reference).sum(axis=1)
    assert len(cosines) == len(texts) >= 40
    assert cosines.mean() >= 0.998
    assert cosines.min() >= 0.99


def test_vectors_have_unit_length_and_the_stated_types(
    encoder: BundledEmbedder, all_encoded: list[Encoded]
):
    for encoded in all_encoded:
        count = len(encoded.token_ids)
        assert encoded.vector.shape == (encoder.dimensions,)
        assert np.linalg.norm(encoded.vector) == pytest.approx(1, abs=1e-5)
        assert encoded.tokens.shape == (count, 64)
        assert encoded.spans.shape == (count, 2)
        assert [encoded.vector.dtype, encoded.tokens.dtype] == [np.float32, np.int8]
        assert [encoded.token_ids.dtype, encoded.spans.dtype] == [np.int32, np.int32]
        lengths = np.linalg.norm(encoded.tokens.astype(np.float32), axis=1)
        assert np.abs(lengths - 127).max(initial=0) < 3


def test_reduced_token_vectors_keep_which_pieces_are_alike(encoder: BundledEmbedder):
    one, other = encoder.encode(["The robot walks.", "A robot runs, a kettle boils."], tokens=True)
    likeness = one.tokens.astype(np.float32) @ other.tokens.T.astype(np.float32) / 127**2
    robot = one.token_ids.tolist().index(8957)
    assert other.token_ids[likeness[robot].argmax()] == 8957


def test_token_vectors_are_made_only_when_asked_for(encoder: BundledEmbedder):
    (plain,) = encoder.encode([SENTENCE])
    (full,) = encoder.encode([SENTENCE], tokens=True)
    assert plain.tokens.shape == (0, 64)
    assert len(full.tokens) == len(plain.token_ids) == len(plain.spans)
    assert np.array_equal(plain.vector, full.vector)


def test_the_same_text_gives_the_same_bytes(texts: list[str], all_encoded: list[Encoded]):
    another = BundledEmbedder(threads=1)
    for one, other in zip(another.encode(texts[:32]), all_encoded, strict=False):
        assert one.vector.tobytes() == other.vector.tobytes()
    another.close()


def test_a_vector_does_not_depend_on_its_neighbours(encoder: BundledEmbedder, texts: list[str]):
    (alone,) = encoder.encode([SENTENCE], tokens=True)
    together = encoder.encode([*texts[:6], LONG, SENTENCE, *texts[6:9]], tokens=True)[7]
    assert alone.vector.tobytes() == together.vector.tobytes()
    assert alone.tokens.tobytes() == together.tokens.tobytes()


def test_many_threads_get_the_same_and_load_once(texts: list[str]):
    encoder = BundledEmbedder()
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: encoder.encode(texts[:12]), range(8)))
    vectors = np.array([[encoded.vector for encoded in run] for run in runs])
    assert np.array_equal(vectors, np.broadcast_to(vectors[0], vectors.shape))
    encoder.close()


def test_a_closed_encoder_opens_again(encoder: BundledEmbedder):
    before = encoder.encode([SENTENCE, LONG])
    encoder.close()
    after = encoder.encode([SENTENCE, LONG])
    assert np.array_equal(before[1].vector, after[1].vector)


def test_it_is_an_embedder(encoder: BundledEmbedder):
    port: Embedder = encoder
    assert (port.dimensions, port.max_pieces, port.languages) == (384, 254, {"en"})
    assert port.name == "minilm-l6-int8-1"


def test_no_texts_give_no_results(encoder: BundledEmbedder):
    assert encoder.encode([]) == []
    assert encoder.count([]) == []
    assert encoder.encode_with_spans([], []) == []


def test_pieces_are_counted_without_limit(encoder: BundledEmbedder):
    assert encoder.count(["", "robot", SENTENCE]) == [0, 1, 8]
    assert encoder.count([LONG])[0] > 4 * MAX_PIECES


def test_what_lies_beyond_the_limit_is_left_out(encoder: BundledEmbedder):
    (whole,) = encoder.encode([LONG], tokens=True)
    assert len(whole.token_ids) == len(whole.tokens) == MAX_PIECES == encoder.max_pieces
    read = LONG[: whole.spans[-1, 1]]
    (cut,) = encoder.encode([read], tokens=True)
    assert np.array_equal(whole.vector, cut.vector)
    assert np.array_equal(whole.spans, cut.spans)


@pytest.mark.parametrize("text", ["", "   \n\t", "\u200b", "\x00"])
def test_a_text_without_pieces_still_has_a_vector(encoder: BundledEmbedder, text: str):
    (encoded,) = encoder.encode([text], tokens=True)
    assert np.linalg.norm(encoded.vector) == pytest.approx(1, abs=1e-5)
    assert encoded.tokens.shape == (0, 64)
    assert encoded.spans.shape == (0, 2)


@pytest.mark.parametrize(
    "text",
    ["\ud800", "robot \udfff arm", "\U0001f600 smile", "e\u0301te\u0301", "\ufeffrobot", "ﬁn ½ Å",
     "ربوٹ چلتا ہے", "机器人走路", "\U0010ffff", "a" * 50_000, "İstanbul ẞ ǅ"],
)  # fmt: skip
def test_odd_characters_keep_their_places(encoder: BundledEmbedder, text: str):
    (encoded,) = encoder.encode([text], tokens=True)
    assert np.isfinite(encoded.vector).all()
    assert encoder.count([text])[0] == len(encoded.token_ids)
    starts, ends = encoded.spans[:, 0], encoded.spans[:, 1]
    assert (starts >= 0).all()
    assert (ends <= len(text)).all()
    assert (starts <= ends).all()


def test_spans_lead_to_the_text_of_each_piece(encoder: BundledEmbedder):
    text = "\U0001f916 Röbots  walk:\n\tstep\u2014by-step end"
    (encoded,) = encoder.encode([text])
    read = [text[start:end] for start, end in encoded.spans]
    assert "".join(read).replace(" ", "") == "".join(text.split())
    assert {"Röbots", "walk", "step", "end"} <= {*read, read[1] + read[2]}


def test_the_parts_of_a_text_have_vectors_of_their_own(encoder: BundledEmbedder):
    text = "Dogs bark at night. The central bank raised its rate."
    cut = text.index("The")
    ((encoded, parts),) = encoder.encode_with_spans(
        [text], [[(0, cut), (cut, len(text)), (0, len(text)), (5, 5), (900, 950)]]
    )
    (plain,) = encoder.encode([text], tokens=True)
    assert np.array_equal(encoded.vector, plain.vector)
    assert np.array_equal(encoded.tokens, plain.tokens)
    assert parts.shape == (5, 384)
    assert np.linalg.norm(parts, axis=1) == pytest.approx([1, 1, 1, 0, 0], abs=1e-5)
    dogs, money = encoder.encode(["a barking dog", "interest rates of banks"])
    assert parts[0] @ dogs.vector > parts[1] @ dogs.vector
    assert parts[1] @ money.vector > parts[0] @ money.vector
    assert parts[2] @ encoded.vector > 0.95


def test_as_many_lists_of_parts_as_texts_are_needed(encoder: BundledEmbedder):
    with pytest.raises(ValueError, match="shorter"):
        encoder.encode_with_spans([SENTENCE, LONG], [[(0, 4)]])


WORDS = st.text("ab é\n\tÅß\u0301\u200b[]MASK-'.9漢字اردو\U0001f600\x1c\x85 ", max_size=60)


@lru_cache
def _counting() -> BundledEmbedder:
    return BundledEmbedder()


@given(st.lists(WORDS, max_size=5))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_words_that_are_known_count_as_the_whole_text_does(texts: list[str]):
    encoder = _counting()
    tokenizer = encoder._load().tokenizer
    wanted = [len(tokenizer.encode(text, add_special_tokens=False)) for text in texts]
    assert encoder.count(texts) == wanted
    assert encoder.count(texts) == wanted


def test_counts_of_words_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bundled, "_MOST_KEPT", 20)
    encoder = BundledEmbedder()
    assert encoder.count(["x" * 500]) == encoder.count(["x" * 500])
    assert "x" * 500 not in encoder._counts
    encoder.count([" ".join(f"word{n}" for n in range(200))])
    assert len(encoder._counts) <= 20
    encoder.close()


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux gives threads priorities.")
@pytest.mark.parametrize("polite", [True, False])
def test_a_polite_encoder_steps_back_with_many_texts_alone(polite: bool):
    own = os.getpriority(os.PRIO_PROCESS, 0)
    encoder = BundledEmbedder(polite=polite)
    others = set(threading.enumerate())
    encoder.encode([SENTENCE, LONG])
    mine = set(threading.enumerate()) - others
    found = {
        os.getpriority(os.PRIO_PROCESS, thread.native_id or 0) - own
        for thread in threading.enumerate()
        if thread in mine
    }
    encoder.close()
    assert any(found) is polite
    assert os.getpriority(os.PRIO_PROCESS, 0) == own
