// One service of the reference sandbox, mounted as its own server mounts it, behind CORS and a reader of JSON; the discovery is ours.
const express = require('express');
const bodyParser = require('body-parser');
const cors = require('cors');
const greeting = require('./source/services/patient-greeting');

const app = express();
app.use(cors());
app.use(bodyParser.json());
app.get('/cds-services', (req, res) => res.json({
  services: [{
    hook: 'patient-view',
    id: 'patient-greeting',
    title: 'Patient greeting',
    description: 'Greets the patient by name',
    prefetch: { patient: 'Patient/{{context.patientId}}' },
  }],
}));
app.use('/cds-services/patient-greeting', greeting);
app.listen(Number(process.argv[2]));
