// The example of the README of node-cds-hooks, but that the handler sends its answer: what it returns is not sent.
const CDSServer = require('./source/dist/server').default;
const Service = require('./source/dist/service').default;

const definition = {
  hook: 'patient-view',
  name: 'Patient greeter',
  description: 'Greets the patient',
  id: 'patient-greeter',
  prefetch: { patient: 'Patient/{{context.patientId}}' },
};

const handler = (req, res) => res.json({
  cards: [{
    summary: `The patient was born on ${req.body.prefetch.patient.birthDate}`,
    source: { label: 'Node CDS Hooks', url: 'https://example.com' },
    indicator: 'info',
  }],
});

const app = new CDSServer();
app.registerService(new Service(definition, handler));
app.listen({ port: Number(process.argv[2]) }, () => {});
