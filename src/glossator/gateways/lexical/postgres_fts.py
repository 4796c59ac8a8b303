"""Words in Postgres: tsvector with a GIN index, ranked by `ts_rank_cd`.

`ts_rank_cd` knows no document frequencies and is not BM25; until that is measured and
mended, embedded SQLite ranks words better.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Text, TextClause, bindparam, text
from sqlalchemy.orm import Session

from glossator.gateways.lexical.text import storable
from glossator.gateways.ports import Hit, Scope, WordEntry

CREATE = (
    """
    CREATE TABLE chunk_words (
        chunk_id bigint PRIMARY KEY,
        collection text NOT NULL,
        document text NOT NULL,
        words tsvector NOT NULL
    )
    """,
    "CREATE INDEX ix_chunk_words_words ON chunk_words USING gin (words)",
    "CREATE INDEX ix_chunk_words_collection ON chunk_words (collection)",
)

# A word longer than this can't be in a tsvector (its lexemes end at 2 KB).
_LONGEST = 400
# A tsvector takes 1 MB; words with hyphens or slashes enter it up to three times.
_MOST_BYTES = 300_000


class PostgresWords:
    """The word index in the table `chunk_words` of the same Postgres database."""

    def add(
        self, session: Session, collection: str, document: str, entries: Sequence[WordEntry]
    ) -> None:
        """See `LexicalIndex.add`."""
        if not entries:
            return
        session.execute(
            text(
                "INSERT INTO chunk_words (chunk_id, collection, document, words) VALUES "
                "(:id, :collection, :document, setweight(to_tsvector('english', :heading), 'B') "
                "|| setweight(to_tsvector('english', :body), 'A')) "
                "ON CONFLICT (chunk_id) DO UPDATE SET collection = excluded.collection, "
                "document = excluded.document, words = excluded.words"
            ),
            [
                {
                    "id": entry.chunk_id,
                    "collection": collection,
                    "document": document,
                    "heading": _storable(entry.heading),
                    "body": _storable(entry.body),
                }
                for entry in entries
            ],
        )

    def remove(self, session: Session, chunks: Sequence[int]) -> None:
        """See `LexicalIndex.remove`."""
        if chunks:
            session.execute(
                text("DELETE FROM chunk_words WHERE chunk_id = ANY(:ids)"), {"ids": list(chunks)}
            )

    def search(self, session: Session, scope: Scope, words: Sequence[str], k: int) -> list[Hit]:
        """See `LexicalIndex.search`."""
        if not words:
            return []
        texts = [_storable(word) for word in words]
        values = {
            "collections": list(scope.collections),
            "everything": scope.documents is None,
            "documents": sorted(scope.documents or ()),
            "k": k,
            **{f"word{n}": word for n, word in enumerate(texts)},
        }
        rows = session.execute(_searching(len(texts)), values)
        return [Hit(row.chunk_id, float(row.rank)) for row in rows]

    def count(self, session: Session, collection: str) -> int:
        """See `LexicalIndex.count`."""
        counted = session.scalar(
            text("SELECT count(*) FROM chunk_words WHERE collection = :collection"),
            {"collection": collection},
        )
        return int(counted or 0)


def _searching(words: int) -> TextClause:
    """The search for so many words, each a literal in the statement.

    Only so does the planner see which words are common and look at a small scope's chunks instead
    of at all chunks of the library that have one of the words. A value that is sent beside the
    statement is unknown to it, as soon as the statement is a prepared one.
    """
    query = " || ".join(f"plainto_tsquery('english', :word{n})" for n in range(words))
    statement = text(
        f"SELECT chunk_id, ts_rank_cd(words, {query}, 1) AS rank FROM chunk_words "  # noqa: S608
        f"WHERE words @@ ({query}) AND collection = ANY(:collections) "
        "AND (:everything OR document = ANY(:documents)) "
        "ORDER BY rank DESC, chunk_id LIMIT :k"
    )
    return statement.bindparams(
        *(bindparam(f"word{n}", type_=Text, literal_execute=True) for n in range(words))
    )


def _storable(words: str) -> str:
    cut = " ".join(word[:_LONGEST] for word in storable(words).split())
    return cut.encode()[:_MOST_BYTES].decode("utf-8", "ignore")
