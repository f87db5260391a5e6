"""The same cards over a whole register: rows that matter, by patient, judged bucket by bucket, told as one table."""
