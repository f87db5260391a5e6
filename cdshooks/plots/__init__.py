"""Pictures of one patient's facts: from a chart to SVG, without colours of its own: these are a style sheet's."""
