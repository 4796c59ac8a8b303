"""Words in Postgres: tsvector with a GIN index, ranked by `ts_rank_cd`.

`ts_rank_cd` knows no document frequencies and is not BM25; until that is measured and
mended, embedded SQLite ranks words better.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
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


# A book or somebody's documents are looked through chunk by chunk: the index of words would first
# collect every chunk of the library that has one of the words.
_FEW = 4
_SEARCH = (
    "WITH q AS (SELECT string_agg(plainto_tsquery('english', w)::text, ' | ')::tsquery AS query "
    "FROM unnest(CAST(:words AS text[])) AS w WHERE plainto_tsquery('english', w)::text <> ''), "
    "inside AS {} (SELECT chunk_id, words FROM chunk_words WHERE collection = ANY(:collections) "
    "AND (:everything OR document = ANY(:documents))) "
    "SELECT chunk_id, ts_rank_cd(words, q.query, 1) AS rank FROM inside, q "
    "WHERE words @@ q.query ORDER BY rank DESC, chunk_id LIMIT :k"
)
_IN_FEW = text(_SEARCH.format("MATERIALIZED"))
_IN_MANY = text(_SEARCH.format("NOT MATERIALIZED"))


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
        rows = session.execute(
            _IN_FEW if len(scope.collections) <= _FEW else _IN_MANY,
            {
                "words": [_storable(word) for word in words],
                "collections": list(scope.collections),
                "everything": scope.documents is None,
                "documents": sorted(scope.documents or ()),
                "k": k,
            },
        )
        return [Hit(row.chunk_id, float(row.rank)) for row in rows]

    def count(self, session: Session, collection: str) -> int:
        """See `LexicalIndex.count`."""
        counted = session.scalar(
            text("SELECT count(*) FROM chunk_words WHERE collection = :collection"),
            {"collection": collection},
        )
        return int(counted or 0)


def _storable(words: str) -> str:
    cut = " ".join(word[:_LONGEST] for word in storable(words).split())
    return cut.encode()[:_MOST_BYTES].decode("utf-8", "ignore")
