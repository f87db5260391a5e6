"""What is known about one patient: rows found by concept, medicines, courses, drafts, and what is lacking."""
