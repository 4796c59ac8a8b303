"""Usage: anonymous sums of the ledger's old entries, and the entries of one user found quickly."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and the index."""
    op.create_table(
        "api_usage_sums",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("feature", sa.Text, primary_key=True),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("outcome", sa.Text, primary_key=True),
        sa.Column("calls", sa.BigInteger, nullable=False),
        sa.Column("input_tokens", sa.BigInteger, nullable=False),
        sa.Column("output_tokens", sa.BigInteger, nullable=False),
        sa.Column("cache_read_tokens", sa.BigInteger, nullable=False),
        sa.Column("cache_written_tokens", sa.BigInteger, nullable=False),
        sa.Column("price_nano", sa.BigInteger, nullable=False),
        sa.Column("latency_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_api_usage_log_user_id", "api_usage_log", ["user_id"])


def downgrade() -> None:
    """Drop both."""
    op.drop_index("ix_api_usage_log_user_id", "api_usage_log")
    op.drop_table("api_usage_sums")
