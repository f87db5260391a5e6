"""A small, plain CDS Hooks service that does everything the standard asks: what the judge is tried on."""
