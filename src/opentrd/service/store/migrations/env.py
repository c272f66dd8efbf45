"""What Alembic runs: the migrations on the connection that was handed in."""

from alembic import context

from opentrd.service.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
