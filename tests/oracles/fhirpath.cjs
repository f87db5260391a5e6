// Answers each line { path, variables } of stdin with a line: the values that fhirpath.js finds, or its error.
const { createRequire } = require("node:module");
const { createInterface } = require("node:readline");

console.log = console.warn = console.error; // stdout is the answer
const installed = createRequire(process.argv[2] + "/");
const fhirpath = installed("fhirpath");
const model = installed("fhirpath/fhir-context/r4");

async function ask({ path, variables }) {
  try {
    return { values: await fhirpath.evaluate({}, path, variables, model, { async: true }) };
  } catch (fault) {
    return { error: String(fault.message ?? fault) };
  }
}

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await ask(JSON.parse(line))) + "\n");
  }
})();
