"""A second opinion on the six B12 topics: written apart from the service, to disagree with it where one is wrong."""
