"""Alembic's environment: runs on the connection that `glossator.schema` hands over."""

from __future__ import annotations

from alembic import context

from glossator.foundation.database import Table

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Table.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
