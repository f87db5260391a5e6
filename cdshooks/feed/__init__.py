"""What a feed sends and how it is understood: read, judged row by row, counted, and told."""
