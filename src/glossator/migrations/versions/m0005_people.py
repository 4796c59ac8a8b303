"""Progress of users, and how many questions each has asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and the column."""
    op.create_table(
        "user_progress",
        sa.Column(
            "user_id",
            sa.Integer,
            sa.ForeignKey("users.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("book_id", sa.Text, primary_key=True),
        sa.Column("chapter_id", sa.Text, primary_key=True),
        sa.Column("completed", sa.Boolean, nullable=False),
        sa.Column("last_accessed", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column(
        "users", sa.Column("questions_asked", sa.Integer, nullable=False, server_default="0")
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_column("users", "questions_asked")
    op.drop_table("user_progress")
