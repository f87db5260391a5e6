"""What is known about one patient: units, dates, concepts, facts, and the chart that finds them by concept."""
