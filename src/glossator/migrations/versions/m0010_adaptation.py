"""Adaptation: parts that were made, runs in progress, and chapters' forms beside their chapters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    document = sa.ForeignKey("documents.id", ondelete="CASCADE")
    op.create_table(
        "adapted_parts",
        sa.Column("document_id", sa.Text, document, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True, index=True),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("made", sa.JSON, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "adaptation_runs",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("claim", sa.Text, nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
    )
    op.create_table(
        "chapter_variants",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("document_id", sa.Text, sa.ForeignKey("documents.id", ondelete="CASCADE"),
                  nullable=False),
        *(sa.Column(name, sa.Text, nullable=False)
          for name in ("language", "level", "hardware", "made_from", "recipe", "model", "content")),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("blocks", "headings")),
        sa.Column("completeness", sa.Float, nullable=False),
        sa.Column("originals", sa.JSON, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )  # fmt: skip
    op.create_index(
        "uq_chapter_variants_form",
        "chapter_variants",
        ["document_id", "language", "level", "hardware"],
        unique=True,
    )


def downgrade() -> None:
    """Drop them: what was made has to be made again."""
    for table in ("chapter_variants", "adaptation_runs", "adapted_parts"):
        op.drop_table(table)
