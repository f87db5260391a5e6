"""Synthetic patients out of a module in Synthea's Generic Module Framework: the part of it that is listed, no Java."""
