"""LangChain with Chroma in a process of its own, as its tutorials put the two together.

Run by `bench.race` with the interpreter of an environment that holds langchain-community,
langchain-chroma, langchain-huggingface, pypdf and sentence-transformers. The arguments are the
model's folder and the names of files; the answer is one line of JSON. Imports and the loading of
the model are not counted.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from typing import Any

from langchain_chroma import Chroma
from langchain_community.document_loaders import PyPDFLoader, TextLoader
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter


def main() -> None:
    """Load, split, embed and store; then one search, which must find something."""
    model, *files = sys.argv[1:]
    embeddings = HuggingFaceEmbeddings(model_name=model, model_kwargs={"device": "cpu"})
    embeddings.embed_query("warm up")
    with tempfile.TemporaryDirectory() as folder:
        wall, cpu = time.perf_counter(), time.process_time()
        documents: list[Any] = []
        for file in files:
            loader = PyPDFLoader(file) if file.endswith(".pdf") else TextLoader(file, "utf-8")
            documents += loader.load()
        splitter = RecursiveCharacterTextSplitter(
            chunk_size=1000, chunk_overlap=200, add_start_index=True
        )
        chunks = splitter.split_documents(documents)
        store = Chroma.from_documents(chunks, embeddings, persist_directory=folder)
        found = {
            "wall_s": time.perf_counter() - wall,
            "cpu_s": time.process_time() - cpu,
            "chunks": len(chunks),
            "found": len(store.similarity_search("What is a graph?", k=4)),
        }
        # The only way to the model inside.
        found["read"] = _read(documents, chunks, embeddings._client)  # noqa: SLF001
    print(json.dumps(found), flush=True)


def _read(documents: list[Any], chunks: list[Any], model: Any) -> float:
    """The share of the text that its vectors have read: the model drops what is over its limit."""
    most = model.max_seq_length - 2
    seen = {_place(one): bytearray(len(one.page_content)) for one in documents}
    for chunk in chunks:
        spans = model.tokenizer(
            chunk.page_content, add_special_tokens=False, return_offsets_mapping=True
        )["offset_mapping"]
        end = spans[most][0] if len(spans) > most else len(chunk.page_content)
        start = chunk.metadata["start_index"]
        seen[_place(chunk)][start : start + end] = b"\x01" * end
    letters = read = 0
    for one in documents:
        for sign, mark in zip(one.page_content, seen[_place(one)], strict=True):
            if not sign.isspace():
                letters, read = letters + 1, read + mark
    return read / letters


def _place(document: Any) -> tuple[str, int]:
    return document.metadata["source"], document.metadata.get("page", 0)


if __name__ == "__main__":
    main()
