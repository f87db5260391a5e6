"""A CDS Hooks service whose every card can say why it is there."""

__version__ = "0.1.0"
__all__ = ["__version__", "create_app"]


def __getattr__(name):
    # Flask and the cards are loaded when somebody wants the app: `cdshooks --help` must not wait for them.
    if name == "create_app":
        from cdshooks.garbage import uncollected

        with uncollected():
            from cdshooks.web.app import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
