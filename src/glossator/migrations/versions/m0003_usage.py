"""Usage: counters of limits, overrides of allowances, the day's budget, the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "limit_counters",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("window_start", sa.BigInteger, primary_key=True, autoincrement=False, index=True),
        sa.Column("n", sa.Integer, nullable=False),
    )
    op.create_table(
        "allowance_overrides",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("allowance", sa.Text, primary_key=True),
        sa.Column("amount", sa.Integer),
    )
    op.create_table(
        "budget_days",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("committed_nano", sa.BigInteger, nullable=False),
        sa.Column("warned", sa.Boolean, nullable=False),
    )
    op.create_table(
        "budget_reservations",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("account", sa.Text),
        sa.Column("user_id", sa.Integer),
        sa.Column("feature", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("amount_nano", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.create_table(
        "api_usage_log",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("user_id", sa.Integer),
        sa.Column("feature", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("input_tokens", sa.Integer, nullable=False),
        sa.Column("output_tokens", sa.Integer, nullable=False),
        sa.Column("cache_read_tokens", sa.Integer, nullable=False),
        sa.Column("cache_written_tokens", sa.Integer, nullable=False),
        sa.Column("price_nano", sa.BigInteger, nullable=False),
        sa.Column("latency_ms", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
    )
    op.create_index("ix_api_usage_log_day_user_id", "api_usage_log", ["day", "user_id"])


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "api_usage_log",
        "budget_reservations",
        "budget_days",
        "allowance_overrides",
        "limit_counters",
    ):
        op.drop_table(table)
