"""What is kept: cards shown, what became of them, token ids seen; in SQLite or PostgreSQL."""
