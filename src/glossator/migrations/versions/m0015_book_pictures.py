"""The pictures that a book's chapters show."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the pictures come when a book is added again."""
    op.create_table(
        "book_pictures",
        sa.Column(
            "book_id", sa.Text, sa.ForeignKey("books.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("size", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Drop it: chapters show the words of their pictures."""
    op.drop_table("book_pictures")
