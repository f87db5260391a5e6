"""The client's side: patients, contexts for hooks, answers to prefetch templates, and a FHIR server on loopback."""
