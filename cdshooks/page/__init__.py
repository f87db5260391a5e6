"""The web page: try the service as an EHR does, ask why, look at the cards and at what became of them."""
