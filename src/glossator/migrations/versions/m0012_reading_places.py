"""Where each reader stopped in each book; and guests' sessions are found by their key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "reading_places",
        sa.Column(
            "user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("book_id", sa.Text, primary_key=True),
        sa.Column("chapter_id", sa.Text, nullable=False),
        sa.Column("block_id", sa.Text, nullable=False),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "ix_chat_sessions_guest_hash_updated_at", "chat_sessions", ["guest_hash", "updated_at"]
    )


def downgrade() -> None:
    """Drop them: readers begin where they last opened a chapter."""
    op.drop_index("ix_chat_sessions_guest_hash_updated_at", table_name="chat_sessions")
    op.drop_table("reading_places")
