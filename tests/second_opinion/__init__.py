"""A second opinion on all topics: written apart from the service, to disagree with it where one is wrong."""
