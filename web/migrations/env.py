"""Runs the migrations over the connection that `web.store_schema.config` hands in, inside its transaction."""

from alembic import context

from web.store_schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,  # SQLite changes a table by building it anew
)
context.run_migrations()
