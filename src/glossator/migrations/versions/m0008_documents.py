"""Uploads among the documents: owner, raw file, state of their processing; jobs of books."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


_UPLOADS = "IN (SELECT id FROM documents WHERE book_id IS NULL)"
_CHUNKS = f"IN (SELECT id FROM document_chunks WHERE document_id {_UPLOADS})"  # noqa: S608


def upgrade() -> None:
    """Add the columns and the table of jobs."""
    with op.batch_alter_table("documents") as table:
        table.add_column(
            sa.Column(
                "user_id",
                sa.Integer,
                sa.ForeignKey("users.id", name="fk_documents_user_id"),
            )
        )
        for column in _columns():
            table.add_column(column)
        table.alter_column(
            "last_processed_at", existing_type=sa.DateTime(timezone=True), nullable=True
        )
    op.create_index("ix_documents_user_id", "documents", ["user_id"])
    op.create_index("ix_documents_status", "documents", ["status"])
    op.create_index("uq_documents_upload", "documents", ["user_id", "checksum"], unique=True)
    op.create_table(
        "book_jobs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("book_id", sa.Text, nullable=False, index=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.Column("title", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("visibility", sa.Text),
        sa.Column("replaces", sa.Boolean, nullable=False),
        sa.Column("files", sa.JSON, nullable=False),
        sa.Column("status", sa.Text, nullable=False, index=True),
        sa.Column("error", sa.Text),
        sa.Column("notes", sa.JSON, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("progress_done", sa.Integer, nullable=False),
        sa.Column("progress_total", sa.Integer, nullable=False),
        sa.Column("claim", sa.Text),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    """Drop the columns and the table; uploads go with them."""
    op.drop_table("book_jobs")
    # Foreign keys are off on SQLite while migrating, so nothing cascades there.
    number = "rowid" if op.get_bind().dialect.name == "sqlite" else "chunk_id"
    op.execute(f"DELETE FROM chunk_words WHERE {number} {_CHUNKS}")  # noqa: S608  constants
    op.execute(f"DELETE FROM document_embeddings WHERE chunk_id {_CHUNKS}")  # noqa: S608
    op.execute(f"DELETE FROM document_chunks WHERE document_id {_UPLOADS}")  # noqa: S608
    op.execute(f"DELETE FROM document_blocks WHERE document_id {_UPLOADS}")  # noqa: S608
    op.execute("DELETE FROM documents WHERE book_id IS NULL")
    for index in ("uq_documents_upload", "ix_documents_status", "ix_documents_user_id"):
        op.drop_index(index, "documents")
    with op.batch_alter_table("documents") as table:
        for column in reversed(_columns()):
            table.drop_column(column.name)
        table.drop_constraint("fk_documents_user_id", type_="foreignkey")
        table.drop_column("user_id")
        table.alter_column(
            "last_processed_at", existing_type=sa.DateTime(timezone=True), nullable=False
        )


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("filename", sa.Text),
        sa.Column("format", sa.Text),
        sa.Column("media_type", sa.Text),
        sa.Column("size", sa.BigInteger),
        sa.Column("checksum", sa.Text),
        sa.Column("raw_path", sa.Text),
        sa.Column("pages", sa.Integer),
        sa.Column("notes", sa.JSON),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("progress_done", sa.Integer, nullable=False, server_default="0"),
        sa.Column("progress_total", sa.Integer, nullable=False, server_default="0"),
        sa.Column("claim", sa.Text),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
    ]
