"""The only room that calls out: which addresses, how long, how much, how often; it knows URLs and bytes, no FHIR."""
