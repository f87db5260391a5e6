"""Cards from disk: TOML, its shape by JSON Schema, its meaning by the loader; every fault of every file at once."""
