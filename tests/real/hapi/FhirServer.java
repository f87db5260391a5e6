import ca.uhn.fhir.batch2.api.IJobMaintenanceService;
import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.batch2.jobs.export.BulkDataExportProvider;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.jpa.api.IDaoRegistry;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings.ClientIdStrategyEnum;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings.IdStrategyEnum;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binstore.DatabaseBinaryContentStorageSvcImpl;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.dao.FulltextSearchSvcImpl;
import ca.uhn.fhir.jpa.dao.IFulltextSearchSvc;
import ca.uhn.fhir.jpa.dao.search.HSearchSortHelperImpl;
import ca.uhn.fhir.jpa.dao.search.IHSearchSortHelper;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.config.SubscriptionSettings;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.provider.DaoRegistryResourceSupportedSvc;
import ca.uhn.fhir.jpa.provider.IJpaSystemProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.search.IStaleSearchDeletingSvc;
import ca.uhn.fhir.jpa.search.StaleSearchDeletingSvcImpl;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.api.IResourceSupportedSvc;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.exceptions.AuthenticationException;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import com.zaxxer.hikari.HikariDataSource;
import jakarta.persistence.EntityManagerFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Properties;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/**
 * HAPI FHIR JPA R4 over an H2 database in memory, for integration tests only.
 *
 * Settings: -Dtoken=T (everything but /metadata needs "Authorization: Bearer T"), -Dpage=N (most rows of a page).
 * Listens on a free loopback port, prints "READY http://127.0.0.1:PORT/fhir", and ends when its stdin is closed, so
 * that it never outlives the tests that started it.
 */
public class FhirServer {

  @Configuration
  @EnableTransactionManagement
  @Import({JpaR4Config.class, JpaBatch2Config.class, Batch2JobsConfig.class,
           SubscriptionChannelConfig.class, ThreadPoolFactoryConfig.class})
  public static class Storage {

    @Bean
    public DataSource dataSource() {
      HikariDataSource source = new HikariDataSource();
      source.setJdbcUrl("jdbc:h2:mem:fhir;DB_CLOSE_DELAY=-1");
      source.setUsername("sa");
      source.setPassword("");
      source.setMaximumPoolSize(10);
      return source;
    }

    @Bean
    public JpaStorageSettings storageSettings() {
      JpaStorageSettings settings = new JpaStorageSettings();
      settings.setResourceClientIdStrategy(ClientIdStrategyEnum.ANY);  // PUT Type/id with ids made of digits, too
      settings.setResourceServerIdStrategy(IdStrategyEnum.UUID);
      settings.setEnforceReferentialIntegrityOnWrite(false);  // tests load what they need, not what it points to
      settings.setAutoCreatePlaceholderReferenceTargets(false);
      settings.setReuseCachedSearchResultsForMillis(null);  // every answer is fresh
      settings.setHibernateSearchIndexFullText(false);
      settings.setHibernateSearchIndexSearchParams(false);
      return settings;
    }

    @Bean
    public LocalContainerEntityManagerFactoryBean entityManagerFactory(
        DataSource source, ConfigurableListableBeanFactory beans, FhirContext fhir, JpaStorageSettings settings) {
      LocalContainerEntityManagerFactoryBean factory =
          HapiEntityManagerFactoryUtil.newEntityManagerFactory(beans, fhir, settings);
      factory.setPersistenceUnitName("HAPI_PU");
      factory.setDataSource(source);
      Properties properties = new Properties();
      properties.put("hibernate.dialect", HapiFhirH2Dialect.class.getName());
      properties.put("hibernate.hbm2ddl.auto", "update");
      properties.put("hibernate.jdbc.batch_size", "20");
      properties.put("hibernate.cache.use_query_cache", "false");
      properties.put("hibernate.cache.use_second_level_cache", "false");
      properties.put("hibernate.search.enabled", "false");
      factory.setJpaProperties(properties);
      return factory;
    }

    @Primary
    @Bean
    public JpaTransactionManager transactionManager(EntityManagerFactory factory) {
      return new JpaTransactionManager(factory);
    }

    // What JpaR4Config asks for and does not bring along.
    @Bean public PartitionSettings partitionSettings() { return new PartitionSettings(); }
    @Bean public SubscriptionSettings subscriptionSettings() { return new SubscriptionSettings(); }
    @Bean public IFulltextSearchSvc fullTextSearchSvc() { return new FulltextSearchSvcImpl(); }
    @Bean public IHSearchSortHelper sortHelper(ISearchParamRegistry known) { return new HSearchSortHelperImpl(known); }
    @Bean public IStaleSearchDeletingSvc staleSearches() { return new StaleSearchDeletingSvcImpl(); }
    @Bean public IBinaryStorageSvc binaries() { return new DatabaseBinaryContentStorageSvcImpl(); }
    @Bean public IResourceSupportedSvc supported(IDaoRegistry daos) { return new DaoRegistryResourceSupportedSvc(daos); }

    @Bean
    public DatabaseBackedPagingProvider paging() {
      DatabaseBackedPagingProvider paging = new DatabaseBackedPagingProvider();
      int rows = Integer.getInteger("page", 200);
      paging.setDefaultPageSize(Math.min(20, rows));
      paging.setMaximumPageSize(rows);
      return paging;
    }

    @Bean
    public RestfulServer restfulServer(FhirContext fhir, ResourceProviderFactory resources, IJpaSystemProvider system,
        DatabaseBackedPagingProvider paging, BulkDataExportProvider export) {
      RestfulServer server = new RestfulServer(fhir);
      server.registerProviders(resources.createProviders());
      server.registerProvider(system);
      server.registerProvider(export);
      server.setPagingProvider(paging);
      server.setDefaultResponseEncoding(EncodingEnum.JSON);
      if (System.getProperty("token") != null) {
        server.registerInterceptor(new Bearer("Bearer " + System.getProperty("token")));
      }
      return server;
    }
  }

  /** Answers 401 to whoever does not show the token. */
  @Interceptor
  public static class Bearer {
    private final String wanted;

    Bearer(String wanted) {
      this.wanted = wanted;
    }

    @Hook(Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLED)
    public void check(RequestDetails request) {
      if (!request.getRequestPath().equals("metadata") && !wanted.equals(request.getHeader("Authorization"))) {
        throw new AuthenticationException("missing or wrong bearer token");
      }
    }
  }

  public static void main(String[] arguments) throws Exception {
    AnnotationConfigApplicationContext beans = new AnnotationConfigApplicationContext(Storage.class);
    Server server = new Server(new InetSocketAddress("127.0.0.1", 0));
    ServletContextHandler root = new ServletContextHandler("/");
    root.addServlet(new ServletHolder(beans.getBean(RestfulServer.class)), "/fhir/*");
    server.setHandler(root);
    server.start();
    moveJobs(beans.getBean(IJobMaintenanceService.class));
    int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
    System.out.printf("READY http://127.0.0.1:%d/fhir%n", port);
    waitForTheEnd();
  }

  /** HAPI moves batch jobs ($export) one step a minute, which is long for a test. */
  private static void moveJobs(IJobMaintenanceService jobs) {
    Executors.newSingleThreadScheduledExecutor(job -> {
      Thread thread = new Thread(job, "jobs");
      thread.setDaemon(true);
      return thread;
    }).scheduleWithFixedDelay(() -> {
      try {
        jobs.runMaintenancePass();
      } catch (RuntimeException fault) {
        System.err.println("jobs: " + fault);  // an exception would stop all later passes
      }
    }, 500, 500, TimeUnit.MILLISECONDS);
  }

  private static void waitForTheEnd() throws IOException {
    while (System.in.read() >= 0) {
      // whoever started us says nothing more than that it is still there
    }
    Runtime.getRuntime().halt(0);  // everything is in memory: there is nothing to put away
  }
}
