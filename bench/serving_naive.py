"""The server that tutorials write: FastAPI, LangChain, Chroma; no accounts, limits or proof.

    PEER_PYTHON bench/serving_naive.py PORT WEIGHTS CHUNKS MODEL_URL FOLDER

Runs with an interpreter that has langchain-chroma, langchain-huggingface, langchain-openai and
fastapi. WEIGHTS is the encoder's folder, CHUNKS a JSON list of texts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from langchain_chroma import Chroma
from langchain_core.prompts import ChatPromptTemplate
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

_PROMPT = "Answer from this context only.\n\n{context}\n\nQuestion: {question}"


class Asked(BaseModel):
    """A question."""

    question: str


def create(weights: str, chunks: list[str], model_url: str, folder: str) -> FastAPI:
    """The application, with the chunks in its store."""
    embeddings = HuggingFaceEmbeddings(model_name=weights, model_kwargs={"device": "cpu"})
    store = Chroma.from_texts(chunks, embeddings, persist_directory=folder)
    retriever = store.as_retriever(search_kwargs={"k": 5})
    model = ChatOpenAI(model="bench", api_key="k", base_url=model_url, streaming=True)
    chain: Any = ChatPromptTemplate.from_template(_PROMPT) | model
    app = FastAPI()

    @app.post("/ask")
    async def ask(asked: Asked) -> StreamingResponse:
        found = await retriever.ainvoke(asked.question)
        context = "\n\n".join(document.page_content for document in found)

        async def stream() -> AsyncIterator[str]:
            async for chunk in chain.astream({"context": context, "question": asked.question}):
                if chunk.content:
                    yield f"data: {json.dumps({'token': chunk.content})}\n\n"
            yield "data: [DONE]\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")

    return app


if __name__ == "__main__":
    at, encoder, texts, url, place = sys.argv[1:]
    made = create(encoder, json.loads(Path(texts).read_text("utf-8")), url, place)
    uvicorn.run(made, host="127.0.0.1", port=int(at), log_level="error")
