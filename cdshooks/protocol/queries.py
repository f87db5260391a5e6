"""Prefetch templates and FHIR queries in the client's FHIR version."""

from cdshooks.reading.spellings import R4S, Version, kind_in

# Search parameters that have another name, and the codes that another version has in place of R4's.
_PARAMETERS = {
    ("MedicationRequest", "authoredon"): {Version.DSTU2: "datewritten"},
    ("MedicationAdministration", "effective-time"): {Version.DSTU2: "effectivetime", Version.R5: "date"},
    ("MedicationStatement", "effective"): {Version.DSTU2: "effectivedate"},
}
# R5's status does not say whether the drug is taken; `adherence` does, and it is read from what comes.
_CODES = {
    ("ServiceRequest", "status"): {Version.DSTU2: "requested,received,accepted,in-progress"},
    ("MedicationStatement", "status"): {Version.R5: "recorded"},
    ("MedicationAdministration", "status"): {
        Version.DSTU2: "completed,in-progress,on-hold,stopped",
        Version.STU3: "completed,in-progress,on-hold,stopped,unknown",
    },
    ("MedicationRequest", "status"): {Version.R5: "active,on-hold,ended,stopped,completed,unknown"},
}
_INCLUDES = ("_include", "_revinclude")


def query_in(query: str, version: Version) -> str:
    """A prefetch template, or a query, that is written in R4's words in those of another version.

    >>> query_in("MedicationRequest?patient={{context.patientId}}&status=active", Version.DSTU2)
    'MedicationOrder?patient={{context.patientId}}&status=active'
    """
    kind, asked, parameters = query.partition("?")
    if not asked or version in R4S:
        return query
    renamed = "&".join(_parameter(kind, parameter, version) for parameter in parameters.split("&"))
    return f"{kind_in(kind, version)}?{renamed}"


def _parameter(kind: str, parameter: str, version: Version) -> str:
    name, given, value = parameter.partition("=")
    if name in _INCLUDES:
        source, colon, rest = value.partition(":")
        value = f"{kind_in(source, version)}{colon}{rest}"
    name, value = (
        _PARAMETERS.get((kind, name), {}).get(version, name),
        _CODES.get((kind, name), {}).get(version, value),
    )
    return f"{name}{given}{value}"
