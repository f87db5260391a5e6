"""What judges our own cards: their vignettes as charts, and the page on which a clinician reads a card."""
