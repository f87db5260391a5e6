"""FHIR Bulk Data exports fetched into a folder: asked for, waited for, downloaded, and gone on with after a break."""
