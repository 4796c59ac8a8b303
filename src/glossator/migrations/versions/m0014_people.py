"""The switch that stops models; and what wasn't answered is found by its day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and the index."""
    op.create_table("switches", sa.Column("name", sa.Text, primary_key=True))
    op.create_index("ix_chat_messages_mode_asked_at", "chat_messages", ["mode", "asked_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_chat_messages_mode_asked_at", "chat_messages")
    op.drop_table("switches")
