"""FHIR JSON of any version as facts: what each row says, beside what it records, and what in it is not understood."""
