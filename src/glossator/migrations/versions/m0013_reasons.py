"""Why an upload failed, as a word for programs beside the sentence for people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("documents", sa.Column("reason", sa.Text))


def downgrade() -> None:
    """Drop it: pages offer nothing but to try again."""
    op.drop_column("documents", "reason")
