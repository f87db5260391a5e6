"""How the tables came to be what they are: alembic's scripts, in their order."""
