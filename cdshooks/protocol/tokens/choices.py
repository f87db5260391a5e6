"""Which elements of FHIR are a choice of types, so that `medication` may stand in the JSON as medicationReference."""

# All choice elements of DSTU2, STU3, R4 and R5, by their last name; the tests hold both lists against fhirpath.js.
_CHOICES = """
abatement actor additive address age allowed amount answer artifact asNeeded author binding bodySite born
bounds characteristic chargeItem citeAs code collected concentration content cost coverage created date
deceased defaultValue definingSubstance definition detail diagnosis dose doseNumber due duration effective
effectiveTime endpoint entity event eventTiming example fastingStatus fixed generatedBy identified indication
initial instance instances instantiates instruction item legallyBinding link location manufacturer maxValue
measureScore medication minValue minimumVolume module multipleBirth name network notDoneReason occurence
occurred occurrence offset onBehalfOf onset p participantEffective pattern performed period presentation
probability procedure product quantity rate reason reasonForUse reported result scheduled sequence seriesDoses
serviced site source sourceScope start statusReason strength structureProfile studyEffective subject substance
substanceDefinition target targetItem targetScope time timing topic trigger used value valueSet
versionAlgorithm what when who
"""
_TYPES = """
Address Age Annotation Attachment Availability Base64Binary Boolean Canonical Code CodeableConcept
CodeableReference Coding ContactDetail ContactPoint Contributor Count DataRequirement Date DateTime Decimal
Distance Dosage Duration Expression ExtendedContactDetail HumanName Id Identifier Instant Integer Integer64
Markdown Meta Money Oid ParameterDefinition Period PositiveInt Quantity Range Ratio RatioRange Reference
RelatedArtifact SampledData Signature String Time Timing TriggerDefinition UnsignedInt Uri Url UsageContext
Uuid
"""
CHOICES, TYPES = frozenset(_CHOICES.split()), tuple(_TYPES.split())
