"""Names of elements in another case, as serialisers write them ("Code", "CODE", "value_quantity"): what they mean.

FHIR writes no element with a capital at its beginning, so nothing else can be meant.
"""

import re
from collections.abc import Mapping

_NAMES = """
    resourceType id meta implicitRules language text contained extension modifierExtension identifier status
    statusReason intent category priority subject patient encounter context code coding system version display
    value unit comparator userSelected reference type component hasMember interpretation referenceRange low high
    appliesTo age meaning note comment comments method specimen bodySite device performer issued focus
    dataAbsentReason effectiveDateTime effectivePeriod effectiveInstant effectiveTiming valueQuantity valueString
    valueCodeableConcept valueBoolean valueInteger valueRange valueRatio valueDateTime valueTime valuePeriod
    valueSampledData valueCoding clinicalStatus verificationStatus severity criticality onsetDateTime onsetPeriod
    onsetAge onsetRange onsetString abatementDateTime abatementPeriod abatementAge abatementRange abatementString
    abatementBoolean recordedDate recorder asserter stage evidence reaction substance manifestation exposureRoute
    description lastOccurrence relationship condition outcome sex name date medicationCodeableConcept
    medicationReference medication authoredOn dateAsserted dateWritten dosageInstruction dosage doseAndRate
    doseQuantity doseRange rateQuantity rateRange rateRatio route site timing repeat boundsPeriod boundsDuration
    boundsRange frequency frequencyMax period periodMax periodUnit count countMax dayOfWeek timeOfDay when sequence
    asNeededBoolean asNeededCodeableConcept patientInstruction additionalInstruction dispenseRequest quantity
    numberOfRepeatsAllowed expectedSupplyDuration validityPeriod daysSupply whenHandedOver whenPrepared
    doNotPerform priorPrescription basedOn replaces reported reportedBoolean requester recipient
    supportingInformation supportingInfo reasonCode reasonReference reason performedDateTime performedPeriod
    performedString usedCode usedReference used complication complicationDetail diagnosis serviceType class start
    end ingredient itemCodeableConcept itemReference item strength numerator denominator form div birthDate gender
    deceasedBoolean deceasedDateTime link other orderDetail occurrenceDateTime occurrencePeriod vaccineCode payload
    activity detail action resource fullUrl search entry supplement productName tag security versionId lastUpdated
    profile source groupIdentifier insurance substitution courseOfTherapyType informationSource derivedFrom
    location participant hospitalization episodeOfCare statusHistory active telecom address maritalStatus
    communication contact managingOrganization generalPractitioner photo multipleBirthBoolean multipleBirthInteger
    serviceProvider length account followUp report focalDevice conclusion conclusionCode result presentedForm media
    resultsInterpreter imagingStudy lotNumber primarySource expirationDate protocolApplied manufacturer
    renderedDosageInstruction adherence wasNotTaken taken reasonNotTaken reasonNotGiven notPerformed notDone
    notGiven prescriber orderer dateEnded reasonEnded dateRecorded dosageText maxDosePerPeriod isPrimary
    performerType detectedIssue eventHistory instantiatesCanonical total use addresses goal bounds dispenser
    receiver destination request effective onset abatement performed occurrence
"""
NAMES = frozenset(_NAMES.split())
_KINDS_READ = """
    Observation Condition Procedure AllergyIntolerance FamilyMemberHistory Encounter ServiceRequest
    MedicationRequest MedicationStatement MedicationAdministration MedicationDispense MedicationOrder
    DiagnosticOrder ProcedureRequest MedicationUsage MedicationPrescription Medication Substance Patient
    DiagnosticReport NutritionOrder SupplyRequest Immunization Task RequestGroup CarePlan Bundle
"""
KINDS_READ = frozenset(_KINDS_READ.split())
_KINDS = {kind.casefold(): kind for kind in KINDS_READ}
_MEANT = {name.casefold(): name for name in NAMES}
_DEEPEST = 12


def is_odd(row: Mapping) -> bool:
    """May a name of one of its elements, or of one within its code, be another one in another case?"""
    code = row.get("code")
    if NAMES.issuperset(row) and (code.__class__ is not dict or NAMES.issuperset(code)):
        return False  # as of nearly all
    within = code if isinstance(code, dict) else {}
    return any(_meant(name) != name for name in (*row, *within))


def unwrapped(value: object, depth: int = 1) -> object:
    """The value without the wrapper that converters from XML put around each primitive.

    >>> unwrapped({"status": {"@value": "final"}, "code": {"text": {"value": "x"}}, "valueQuantity": {"value": 5}})
    {'status': 'final', 'code': {'text': 'x'}, 'valueQuantity': {'value': 5}}
    """
    if isinstance(value, list):
        return [unwrapped(each, depth + 1) for each in value] if depth < _DEEPEST else value
    if not isinstance(value, dict) or depth >= _DEEPEST:
        return value
    if value.keys() == {"@value"} or (value.keys() == {"value"} and isinstance(value["value"], str)):
        return next(iter(value.values()))
    return {name: unwrapped(each, depth + 1) for name, each in value.items()}


def kind_meant(kind: str) -> str:
    """The type of a resource, as FHIR writes it.

    >>> kind_meant("OBSERVATION"), kind_meant("Goal")
    ('Observation', 'Goal')
    """
    return _KINDS.get(kind.casefold(), kind)


def respelled(value: object, depth: int = 1) -> object:
    """The value with every name of an element as FHIR writes it, to its end; a name that is taken stays as it is.

    >>> respelled({"ResourceType": "X", "Code": {"TEXT": "y"}, "value_quantity": {"Value": 1}, "_status": {}})
    {'_status': {}, 'resourceType': 'X', 'code': {'text': 'y'}, 'valueQuantity': {'value': 1}}
    """
    if isinstance(value, list):
        return [respelled(each, depth + 1) for each in value] if depth < _DEEPEST else value
    if not isinstance(value, dict) or depth >= _DEEPEST:
        return value
    found = {name: each for name, each in value.items() if _meant(name) == name}
    for name, each in value.items():
        found.setdefault(_meant(name), each)
    return {name: respelled(each, depth + 1) for name, each in found.items()}


def spelled(row: Mapping) -> Mapping:
    """A row as FHIR writes it; itself where it is written so."""
    return respelled(row) if is_odd(row) else row


def _meant(name: object) -> object:
    """The name of the element that is meant; the name itself where none is."""
    if not isinstance(name, str) or name in NAMES or name[:1] == "_":
        return name
    bare = re.sub(r"[_\- ]", "", name)
    known = _MEANT.get(bare.casefold())
    return known or (name[:1].lower() + name[1:] if name[:1].isupper() and not name.isupper() else name)
