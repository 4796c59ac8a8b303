"""From which chapter a question was asked, and whether authors may read somebody's questions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("chat_messages", sa.Column("asked_from", sa.Text))
    op.add_column(
        "users",
        sa.Column("questions_told", sa.Boolean, nullable=False, server_default=sa.true()),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_column("users", "questions_told")
    op.drop_column("chat_messages", "asked_from")
