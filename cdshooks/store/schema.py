"""Which version the tables of a database have, and how they come to be of ours: alembic's migrations."""

from sqlalchemy import Connection, Engine, inspect, text

from cdshooks.errors import StoreOutdated

HEAD = "0001"
_KEPT_BY_ALEMBIC = "alembic_version"
_LOCK = 0x0CD5_400C  # any number, as long as all who upgrade ask for the same


def version(connection: Connection) -> str | None:
    """The version of the tables; None where there are none."""
    if not inspect(connection).has_table(_KEPT_BY_ALEMBIC):
        return None
    return connection.scalar(text(f"SELECT version_num FROM {_KEPT_BY_ALEMBIC}"))


def _found(engine: Engine) -> str | None:
    with engine.execution_options(cdshooks_mode="read").connect() as connection:
        return version(connection)


def check(engine: Engine) -> None:
    """Raises StoreOutdated, with what to run, unless the tables are of our version."""
    found = _found(engine)
    if found != HEAD:
        raise StoreOutdated(_what_to_do(found))


def _what_to_do(found: str | None) -> str:
    if found is None:
        return "the database has no tables yet; make them with: cdshooks db upgrade"
    if found < HEAD:
        return f"the tables have version {found}, this program needs {HEAD}; after a backup run: cdshooks db upgrade"
    return f"the tables have version {found}, this program knows {HEAD} only; run the newer cdshooks that made them"


def upgrade(engine: Engine) -> tuple[str | None, str]:
    """Bring the tables to our version; what they were and what they are. Raises StoreOutdated if they are newer."""
    found = _found(engine)
    if found == HEAD:
        return found, HEAD
    if found is not None and found > HEAD:
        raise StoreOutdated(_what_to_do(found))
    with engine.begin() as connection:  # all of it or nothing, and one after the other
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _migrate(connection)
    return found, HEAD


def _migrate(connection: Connection) -> None:
    from alembic import command

    config = migrations()
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def migrations():
    """Alembic's configuration: the scripts lie in the package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "cdshooks.store:migrations")
    config.set_main_option("path_separator", "os")
    return config
