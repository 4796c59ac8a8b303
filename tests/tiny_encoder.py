"""A model of sentence-transformers' kind, made here with weights drawn by chance."""

from __future__ import annotations

import string
import warnings
from importlib.util import find_spec
from pathlib import Path

import pytest

WORDS = (
    "a the robot arm how does lidar measure distance measures with light committee elected its "
    "chair woman on tuesday travels fast turned twice word again"
).split()


def make_tiny_encoder(folder: Path, *, seed: int = 1) -> Path:
    """The folder of a model with 48 dimensions that reads 62 pieces; skips without the extra."""
    if find_spec("sentence_transformers") is None:
        pytest.skip("The extra multilingual isn't installed.")
    with warnings.catch_warnings():
        # What its many parts warn about each other is not ours.
        warnings.simplefilter("ignore")
        return _made(folder, seed)


def _made(folder: Path, seed: int) -> Path:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    letters = [*string.ascii_lowercase, *(f"##{c}" for c in string.ascii_lowercase)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *string.punctuation, *WORDS]
    vocabulary = {piece: n for n, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    inner = folder / "inner"
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    ).save_pretrained(str(inner))
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=48,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    bert = BertModel(config)
    # A bag of words, nearly: what texts share must outweigh where it stands.
    bert.embeddings.word_embeddings.weight.data.normal_()
    bert.embeddings.position_embeddings.weight.data.zero_()
    bert.save_pretrained(str(inner))
    transformer = Transformer(str(inner), max_seq_length=64)
    SentenceTransformer(modules=[transformer, Pooling(48)], device="cpu").save(str(folder / "all"))
    return folder / "all"
