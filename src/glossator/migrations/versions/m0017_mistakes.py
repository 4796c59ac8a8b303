"""Mistakes that readers found in books, and gaps that an author put aside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "mistakes",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column(
            "user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("book_id", sa.Text, nullable=False),
        sa.Column("chapter_id", sa.Text, nullable=False),
        sa.Column("block_id", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_mistakes_book_id_told_at", "mistakes", ["book_id", "told_at"])
    op.create_index("ix_mistakes_user_id", "mistakes", ["user_id"])
    op.create_table(
        "gaps_aside",
        sa.Column("book_id", sa.Text, primary_key=True),
        sa.Column("wording", sa.Text, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("gaps_aside")
    op.drop_table("mistakes")
