"""HTTP in, HTTP out: the Flask app."""
