"""A book comes in: chapter by chapter, each in one transaction, only changes embedded.

Ids depend on content alone, every step can be repeated, and a chapter's text, blocks,
chunks, vectors and words change in the same transaction: a kill at any point loses and
doubles nothing, and citations always point into the text they were made from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import case, delete, select
from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.gateways.ports import Embedder, LexicalIndex, WordEntry
from glossator.ingestion.embedding import embedded
from glossator.ingestion.pictures import Pictures
from glossator.ingestion.recursive import SizesFor, cut
from glossator.ingestion.rows import fingerprint, numbered, write_chunks, write_document
from glossator.ingestion.sources import BookSource, ChapterSource, Known, Problem
from glossator.ingestion.storable import storable
from glossator.library import books
from glossator.library.active import ActiveIndex, Switched
from glossator.library.content import Heading
from glossator.library.links import picture_addresses
from glossator.library.tables import (
    Book,
    Document,
    DocumentChunk,
    DocumentEmbedding,
)

Report = Callable[["Progress"], None]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an `add` is: `done` of `total` chapters; `chunks` embedded so far."""

    done: int
    total: int
    chapter: str
    chunks: int


@dataclass(frozen=True, slots=True)
class Added:
    """What an `add` did; chapters by what happened to them, chunks by whether they cost work."""

    book_id: str
    title: str
    chapters: int
    new: int
    changed: int
    unchanged: int
    removed: int
    translations: int
    chunks: int
    chunks_embedded: int
    words: int
    problems: tuple[Problem, ...]


class Pipeline:
    """Writes books into the library. One runner at a time per data folder (the caller's lock)."""

    def __init__(
        self,
        database: Database,
        index: ActiveIndex,
        words: LexicalIndex,
        sizes: SizesFor,
        pictures: Pictures,
    ) -> None:
        self._database = database
        self._index = index
        self._words = words
        self._sizes = sizes
        self._pictures = pictures

    def add_book(
        self,
        source: BookSource,
        book_id: str,
        *,
        title: str | None = None,
        url: str | None = None,
        visibility: str | None = None,
        report: Report = lambda _: None,
    ) -> Added:
        """Bring the stored book to what the source says; equal chapters cost nothing.

        A `title`, `url` or `visibility` given here or before stays when it isn't given again.
        """
        source = storable(source)
        with self._database.writing() as session:
            book = books.put(
                session,
                book_id,
                source.title,
                source.language,
                source.kind,
                own_title=title,
                url=url,
                visibility=visibility,
            )
            collection, shown_title = book.collection_id, book.title
            marks = select(Document.id, Document.fingerprint).where(Document.book_id == book_id)
            stored: dict[str, str] = dict(session.execute(marks).all())
        everything = [*enumerate(source.chapters), *enumerate(source.translations)]
        counts = {"new": 0, "changed": 0, "unchanged": 0}
        embedded, embedder = 0, self._embedder()
        for done, (position, chapter) in enumerate(everything):
            report(Progress(done, len(everything), chapter.title, embedded))
            searchable = done < len(source.chapters)
            identity = books.document_id(book_id, chapter.chapter_id, chapter.language)
            mark = stored.get(identity)
            while True:
                try:
                    outcome, cost = self._put_chapter(
                        book_id, collection, position, chapter, searchable, mark, embedder
                    )
                    break
                except Switched:
                    # Once, while `glossator reindex` came to its end.
                    embedder = self._embedder()
            embedded += cost
            if searchable:
                counts[outcome] += 1
        self._pictures.put(book_id, source.pictures)
        with self._database.writing() as session:
            removed = self._remove_others(session, book_id, everything, source)
            books.touch(session, book_id)
            total = books.chunk_count(session, collection)
        report(Progress(len(everything), len(everything), "", embedded))
        return Added(
            book_id=book_id,
            title=shown_title,
            chapters=len(source.chapters),
            **counts,
            removed=removed,
            translations=len(source.translations),
            chunks=total,
            chunks_embedded=embedded,
            words=sum(chapter.content.words for chapter in source.chapters),
            problems=source.problems,
        )

    def known(self, book_id: str) -> dict[str, Known]:
        """What is stored of a book and its versions, by what each chapter was made from.

        Readers that are given it build only what is new.
        """
        drawn = case((Document.text.contains("![", autoescape=True), Document.text), else_="")
        query = select(
            Document.fingerprint, Document.headings, Document.words, Document.notes, drawn
        )
        version = Document.book_id.startswith(f"{book_id}@", autoescape=True)
        with self._database.reading() as session:
            rows = session.execute(query.where((Document.book_id == book_id) | version)).all()
        return {
            mark.partition(":")[0]: Known(
                tuple(Heading(**heading) for heading in headings),
                words,
                tuple(notes or ()),
                picture_addresses(text),
            )
            for mark, headings, words, notes, text in rows
            if ":" in mark
        }

    def remove_book(self, book_id: str) -> None:
        """Forget a book whole: text, chunks, vectors, words and pictures. Raises `NotFound`."""
        with self._database.writing() as session:
            book = books.get(session, book_id)
            ids = session.scalars(
                select(DocumentChunk.id).where(DocumentChunk.collection_id == book.collection_id)
            ).all()
            self._words.remove(session, ids)
            drawn = self._pictures.has(session, book_id)
            books.remove(session, book)
        if drawn:
            self._pictures.forget(book_id)

    def _embedder(self) -> Embedder:
        with self._database.reading() as session:
            return self._index.embedder(session)

    def _put_chapter(
        self,
        book_id: str,
        collection: str,
        position: int,
        chapter: ChapterSource,
        searchable: bool,
        stored: str | None,
        embedder: Embedder,
    ) -> tuple[str, int]:
        document = books.document_id(book_id, chapter.chapter_id, chapter.language)
        sizes = self._sizes(embedder)
        mark = fingerprint(chapter, position, embedder.name if searchable else "", sizes)
        if stored == mark:
            return "unchanged", 0
        found = cut(chapter.content, chapter.title, embedder.count, sizes) if searchable else ()
        rows_of = numbered(document, list(found))
        rows, reused = embedded(self._database, embedder, rows_of)
        with self._database.writing() as session:
            self._index.settle(session, embedder)
            write_document(session, document, book_id, collection, position, chapter, mark)
            self._forget_chunks(session, document)
            write_chunks(session, document, collection, chapter.content, rows_of)
            entries = [
                WordEntry(number, " ".join(item.heading_path), item.words)
                for number, item in rows_of
            ]
            self._words.add(session, collection, document, entries)
            if rows:
                session.execute(DocumentEmbedding.__table__.insert(), rows)  # type: ignore[attr-defined]
            books.bump(session, collection)
        return ("changed" if stored else "new"), len(rows) - reused

    def _forget_chunks(self, session: Session, document: str) -> None:
        ids = session.scalars(
            select(DocumentChunk.id).where(DocumentChunk.document_id == document)
        ).all()
        self._words.remove(session, ids)
        session.execute(delete(DocumentChunk).where(DocumentChunk.document_id == document))

    def _remove_others(
        self,
        session: Session,
        book_id: str,
        kept: Iterable[tuple[int, ChapterSource]],
        source: BookSource,
    ) -> int:
        """Chapters that the source no longer has go; the number of those in the book's language."""
        wanted = {books.document_id(book_id, c.chapter_id, c.language) for _, c in kept}
        # A file that is there but can't be read this time has not vanished.
        unread = {problem.path for problem in source.problems}
        gone = [
            (row.id, row.language)
            for row in session.execute(
                select(Document.id, Document.language, Document.source_path).where(
                    Document.book_id == book_id
                )
            )
            if row.id not in wanted and row.source_path not in unread
        ]
        for document, _ in gone:
            self._forget_chunks(session, document)
            session.execute(delete(Document).where(Document.id == document))
        if gone:
            books.bump(session, session.get_one(Book, book_id).collection_id)
        return sum(language == source.language for _, language in gone)


def names_of(source: BookSource, base: str, title: str | None) -> tuple[str, str | None]:
    """The id and the given title of a source's book: a version is a book of its own."""
    if source.version is None:
        return base, title
    return f"{base}@{source.version}", f"{title or source.title} {source.version}"
