import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.rest.api.server.cdshooks.CdsServiceRequestJson;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.hapi.fhir.cdshooks.api.*;
import ca.uhn.hapi.fhir.cdshooks.api.json.*;
import ca.uhn.hapi.fhir.cdshooks.config.CdsHooksConfig;
import ca.uhn.hapi.fhir.cdshooks.controller.CdsHooksController;
import ca.uhn.hapi.fhir.cdshooks.svc.CdsHooksContextBooter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.OperationOutcome;
import org.hl7.fhir.r4.model.Patient;
import org.springframework.context.annotation.*;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.ByteArrayHttpMessageConverter;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.http.converter.json.MappingJackson2HttpMessageConverter;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.config.annotation.*;

/** The smallest host of HAPI's CDS Hooks module: two services, a feedback method, Spring MVC on Jetty, no database. */
public class Host {
    public static void main(String[] args) throws Exception {
        Server server = new Server(new java.net.InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])));
        AnnotationConfigWebApplicationContext context = new AnnotationConfigWebApplicationContext();
        context.register(Config.class);
        if (args.length > 1 && args[1].equals("errors")) context.register(Errors.class);
        ServletContextHandler handler = new ServletContextHandler("/");
        handler.addServlet(new ServletHolder(new DispatcherServlet(context)), "/*");
        server.setHandler(handler);
        server.start();
        System.out.println("READY " + ((ServerConnector) server.getConnectors()[0]).getLocalPort());
    }

    @Configuration
    @EnableWebMvc
    @Import(CdsHooksConfig.class)
    public static class Config implements WebMvcConfigurer {
        @Bean FhirContext fhirContext() { return FhirContext.forR4Cached(); }

        @Bean DaoRegistry daoRegistry() { return new DaoRegistry(fhirContext()); }

        @Bean ICdsHooksDaoAuthorizationSvc authorization() { return resource -> {}; }

        @Bean CDSHooksVersion version() { return CDSHooksVersion.V_2_0; }

        @Bean CdsHooksController controller(ICdsServiceRegistry registry) { return new CdsHooksController(registry); }

        @Bean CdsHooksContextBooter booter() {
            CdsHooksContextBooter booter = new CdsHooksContextBooter();
            booter.setDefinitionsClass(Services.class);
            booter.start();
            return booter;
        }

        @Override public void configureMessageConverters(List<HttpMessageConverter<?>> converters) {
            converters.add(new ByteArrayHttpMessageConverter());
            converters.add(new MappingJackson2HttpMessageConverter(
                new ca.uhn.hapi.fhir.cdshooks.module.CdsHooksObjectMapperFactory(fhirContext()).newMapper()));
        }
    }

    /** What HAPI's own exceptions say of their HTTP status, told to Spring: registered with the argument `errors`. */
    @RestControllerAdvice
    public static class Errors {
        private final FhirContext fhir = FhirContext.forR4Cached();

        @ExceptionHandler public ResponseEntity<byte[]> told(BaseServerResponseException error) {
            OperationOutcome outcome = new OperationOutcome();
            outcome.addIssue().setSeverity(OperationOutcome.IssueSeverity.ERROR).setCode(OperationOutcome.IssueType.PROCESSING)
                .setDiagnostics(error.getMessage());
            return ResponseEntity.status(error.getStatusCode()).header("Content-Type", "application/json")
                .body(fhir.newJsonParser().encodeResourceToString(outcome).getBytes(StandardCharsets.UTF_8));
        }
    }

    public static class Services {
        @Bean(name = "cdsServices") public List<Object> cdsServices() { return List.of(new Greeter()); }
    }

    public static class Greeter {
        @CdsService(value = "patient-greeter", hook = "patient-view", title = "Patient greeter", description = "Greets the patient",
            prefetch = @CdsServicePrefetch(value = "patient", query = "Patient/{{context.patientId}}"), allowAutoFhirClientPrefetch = true)
        public CdsServiceResponseJson greet(CdsServiceRequestJson request) {
            Patient patient = (Patient) request.getPrefetch("patient");
            if (patient == null) return new CdsServiceResponseJson();
            return answer(card("The patient was born on " + patient.getBirthDateElement().getValueAsString()));
        }

        @CdsService(value = "order-counter", hook = "order-sign", title = "Order counter", description = "Counts the orders",
            prefetch = @CdsServicePrefetch(value = "conditions", query = "Condition?patient={{context.patientId}}"), allowAutoFhirClientPrefetch = true)
        public CdsServiceResponseJson count(CdsServiceRequestJson request) {
            Bundle drafts = (Bundle) request.getContext().getResource("draftOrders");
            CdsServiceResponseCardJson card = card(drafts.getEntry().size() + " orders are to be signed");
            CdsServiceResponseSuggestionJson suggestion = new CdsServiceResponseSuggestionJson();
            suggestion.setLabel("Sign the first one");
            suggestion.setUuid(java.util.UUID.randomUUID().toString());
            CdsServiceResponseSuggestionActionJson action = new CdsServiceResponseSuggestionActionJson();
            action.setType("update");
            action.setDescription("Sign the first order");
            action.setResource(drafts.getEntryFirstRep().getResource());
            suggestion.addAction(action);
            card.addSuggestion(suggestion);
            card.setSelectionBehaviour("at-most-one");
            return answer(card);
        }

        @CdsServiceFeedback("patient-greeter")
        public CdsServiceFeedbackJson feedback(CdsServiceFeedbackJson feedback) { return feedback; }

        @CdsServiceFeedback("order-counter")
        public CdsServiceFeedbackJson feedbackOnOrders(CdsServiceFeedbackJson feedback) { return feedback; }

        private static CdsServiceResponseCardJson card(String summary) {
            CdsServiceResponseCardSourceJson source = new CdsServiceResponseCardSourceJson();
            source.setLabel("HAPI FHIR example");
            CdsServiceResponseCardJson card = new CdsServiceResponseCardJson();
            card.setUuid(java.util.UUID.randomUUID().toString());
            return card.setSummary(summary).setIndicator(CdsServiceIndicatorEnum.INFO).setSource(source);
        }

        private static CdsServiceResponseJson answer(CdsServiceResponseCardJson card) {
            CdsServiceResponseJson response = new CdsServiceResponseJson();
            response.addCard(card);
            return response;
        }
    }
}
