"""What alembic runs around the scripts: on the connection that it was given, in that one transaction."""

from alembic import context

from cdshooks.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
