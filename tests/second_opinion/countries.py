"""Whose products may be offered: reading O3 and amendment A34, over what was sent."""

from .raw import codings_as_written, many, part

OF = {  # reading O3: the systems, and the long SNOMED CT codes, that one country alone uses
    "GB": ["https://dmd.nhs.uk", "http://read.info/ctv3"],
    "US": ["http://www.nlm.nih.gov/research/umls/rxnorm", "urn:oid:2.16.840.1.113883.6.88", "http://hl7.org/fhir/sid/ndc",
           "http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10-us", "urn:oid:2.16.840.1.113883.6.90"],
    "DE": ["http://fhir.de/CodeSystem/ifa/pzn", "http://fhir.de/CodeSystem/bfarm/icd-10-gm"],
}
UK_EXTENSION = ("1000000", "1000001")  # before the last three digits of a code that a UK organisation made
DRUGS = ("MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense", "Medication")
# A34: what each country files; a drug by its route and its code system.
FILES = {"GB": ("http://snomed.info/sct", "(UK)"), "US": ("http://www.nlm.nih.gov/research/umls/rxnorm", "(US)")}


def country_of(drafts, sent):
    """The country, or None where none or more than one is told on the first step that tells any."""
    drugs = [one for one in sent if one.get("resourceType") in DRUGS]
    for step in (drafts, drugs, sent):
        told = {country for one in step for country in told_by(one)}
        if told:
            return told.pop() if len(told) == 1 else None
    return None


def told_by(resource):
    concepts = [part(resource, "code"), part(resource, "medicationCodeableConcept")]
    concepts += [part(inside, "code") for inside in many(resource, "contained")]
    for system, code in (pair for concept in concepts for pair in codings_as_written(concept)):
        for country, systems in OF.items():
            if system in systems or (country == "GB" and len(code) > 10 and code.isdigit() and code[-10:-3] in UK_EXTENSION):
                yield country


def wrong_country(label, order, country):
    """What is wrong with a drug that is offered to be created here, or None."""
    systems = {system for system, _ in codings_as_written(part(order, "medicationCodeableConcept"))}
    if country is None:
        named = [(system, name) for system, name in FILES.values() if label.endswith(name)]
        return None if named and systems == {named[0][0]} else "a drug without the name of its country"
    if country not in FILES:
        return "a drug of another country"
    system, name = FILES[country]
    return None if systems == {system} and not label.endswith(name) else "a drug of another country"
