"""The other side of the wire: an EHR in a box, that knows CDS Hooks words and FHIR and no rule of ours."""
