import ca.uhn.fhir.context.BaseRuntimeChildDefinition;
import ca.uhn.fhir.context.BaseRuntimeElementCompositeDefinition;
import ca.uhn.fhir.context.BaseRuntimeElementDefinition;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.FhirVersionEnum;
import ca.uhn.fhir.parser.DataFormatException;
import ca.uhn.fhir.parser.StrictErrorHandler;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SchemaBaseValidator;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Asked line by line on standard input; answers a line to each, empty where all is well.
 *
 * <pre>
 * valid   DSTU2 {"resourceType": ...}             what DSTU2's XML Schema and a strict parser find wrong
 * element DSTU3 MedicationRequest.dosageInstruction.text    is there such an element?
 * search  R5    MedicationAdministration.date     is there such a search parameter?
 * </pre>
 */
public class Oracle {
  private static final Map<FhirVersionEnum, FhirContext> CONTEXTS = new EnumMap<>(FhirVersionEnum.class);
  private static final Map<FhirContext, FhirValidator> VALIDATORS = new HashMap<>();

  public static void main(String[] args) throws Exception {
    String asked = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
    for (String line : asked.split("\n")) {
      String[] parts = line.split(" ", 3);
      FhirContext context = CONTEXTS.computeIfAbsent(FhirVersionEnum.valueOf(parts[1]), FhirContext::forCached);
      System.out.println(answer(context, parts[0], parts[2]).replace('\n', ' '));
    }
  }

  private static String answer(FhirContext context, String question, String about) {
    try {
      switch (question) {
        case "valid":
          return faults(context, about);
        case "element":
          element(context, about.split("\\."));
          return "";
        default:
          String[] named = about.split("\\.", 2);
          return context.getResourceDefinition(named[0]).getSearchParam(named[1]) == null ? "no such parameter" : "";
      }
    } catch (DataFormatException | IllegalArgumentException fault) {
      return fault.getClass().getSimpleName() + ": " + fault.getMessage();
    }
  }

  private static String faults(FhirContext context, String resource) {
    FhirValidator validator = VALIDATORS.computeIfAbsent(
        context, fresh -> fresh.newValidator().registerValidatorModule(new SchemaBaseValidator(fresh)));
    var parsed = context.newJsonParser().setParserErrorHandler(new StrictErrorHandler()).parseResource(resource);
    return validator.validateWithResult(parsed).getMessages().stream()
        .map(message -> message.getMessage())
        .collect(Collectors.joining(" | "));
  }

  private static void element(FhirContext context, String[] steps) {
    BaseRuntimeElementDefinition<?> here = context.getResourceDefinition(steps[0]);
    for (int at = 1; at < steps.length; at++) {
      BaseRuntimeChildDefinition child =
          here instanceof BaseRuntimeElementCompositeDefinition
              ? ((BaseRuntimeElementCompositeDefinition<?>) here).getChildByName(steps[at])
              : null;
      if (child == null || child.getChildByName(steps[at]) == null) {
        throw new IllegalArgumentException("no such element: " + steps[at]);
      }
      here = child.getChildByName(steps[at]);
    }
  }
}
