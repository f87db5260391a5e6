"""What codes, words, units and dates mean: systems, concepts, names in texts, amounts; nothing of a patient."""
