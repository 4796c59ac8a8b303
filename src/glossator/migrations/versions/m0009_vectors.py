"""The embedder that the library is indexed by, and copies of vectors in outside stores."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; until now there was one embedder."""
    op.create_table(
        "index_embedders",
        sa.Column("place", sa.Text, primary_key=True),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("choice", sa.Text, nullable=False),
        sa.Column("dimensions", sa.Integer, nullable=False),
    )
    op.create_table(
        "vector_copies",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("store", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("dimensions", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("claim", sa.Text),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "vector_copy_collections",
        sa.Column(
            "copy", sa.Text, sa.ForeignKey("vector_copies.name", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("collection", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
    )  # fmt: skip
    op.execute(
        "INSERT INTO index_embedders (place, model, choice, dimensions) "
        "SELECT 'active', model, 'bundled', 384 FROM document_embeddings LIMIT 1"
    )


def downgrade() -> None:
    """Drop the tables; vectors of other embedders than the bundled one stay, and aren't used."""
    op.drop_table("vector_copy_collections")
    op.drop_table("vector_copies")
    op.drop_table("index_embedders")
