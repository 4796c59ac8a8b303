"""Drafts: the new text of a document that is processed anew, and the vectors it has by now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_VECTORS = ("vector", "sentences", "spans", "tokens", "token_ids", "token_sentences")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "document_drafts",
        sa.Column(
            "document_id", sa.Text, sa.ForeignKey("documents.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("source", sa.JSON, nullable=False),
    )  # fmt: skip
    op.create_table(
        "draft_embeddings",
        sa.Column("chunk_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column(
            "document_id", sa.Text,
            sa.ForeignKey("document_drafts.document_id", ondelete="CASCADE"),
            nullable=False, index=True,
        ),
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in _VECTORS),
    )  # fmt: skip


def downgrade() -> None:
    """Drop them: their documents have to be processed anew."""
    op.drop_table("draft_embeddings")
    op.drop_table("document_drafts")
