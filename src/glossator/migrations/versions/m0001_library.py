"""The library: collections, books, documents, blocks, chunks, embeddings, words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from glossator.gateways.lexical import postgres_fts, sqlite_fts

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create all tables of the first version."""
    op.create_table(
        "collections",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "books",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("collection_id", sa.Text, sa.ForeignKey("collections.id"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("own_title", sa.Text),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("visibility", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column(
            "collection_id", sa.Text, sa.ForeignKey("collections.id"), nullable=False, index=True
        ),
        sa.Column("book_id", sa.Text, sa.ForeignKey("books.id")),
        sa.Column("chapter_id", sa.Text),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("depth", sa.Integer, nullable=False),
        sa.Column("part", sa.JSON, nullable=False),
        sa.Column("url_path", sa.Text, nullable=False),
        sa.Column("source_path", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("headings", sa.JSON, nullable=False),
        sa.Column("words", sa.Integer, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_processed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Index("uq_documents_chapter", "book_id", "chapter_id", "language", unique=True),
        sa.Index("ix_documents_chapter_id", "chapter_id"),
    )
    op.create_table(
        "document_blocks",
        sa.Column(
            "document_id",
            sa.Text,
            sa.ForeignKey("documents.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("block_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("language", sa.Text),
        sa.Column("containers", sa.JSON, nullable=False),
        sa.Column("page", sa.Integer),
    )
    op.create_table(
        "document_chunks",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column(
            "document_id",
            sa.Text,
            sa.ForeignKey("documents.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("collection_id", sa.Text, nullable=False, index=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("heading_path", sa.JSON, nullable=False),
        sa.Column("anchor", sa.Text, nullable=False),
        sa.Column("page", sa.Integer),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False, index=True),
    )
    op.create_table(
        "document_embeddings",
        sa.Column(
            "chunk_id",
            sa.BigInteger,
            sa.ForeignKey("document_chunks.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("sentences", sa.LargeBinary, nullable=False),
        sa.Column("spans", sa.LargeBinary, nullable=False),
        sa.Column("tokens", sa.LargeBinary, nullable=False),
        sa.Column("token_ids", sa.LargeBinary, nullable=False),
        sa.Column("token_sentences", sa.LargeBinary, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(sqlite_fts.CREATE)
    else:
        for statement in postgres_fts.CREATE:
            op.execute(statement)


def downgrade() -> None:
    """Drop everything."""
    for table in (
        "chunk_words",
        "document_embeddings",
        "document_chunks",
        "document_blocks",
        "documents",
        "books",
        "collections",
    ):
        op.drop_table(table)
