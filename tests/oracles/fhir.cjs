// Validates FHIR R4 resources (a JSON list on stdin) with @medplum/core; prints a list of lists of issues.
const path = require("node:path");
// The library names a browser's WebSocket while it loads; older Node has none, and validation needs none.
globalThis.WebSocket ??= class {};
const installed = require("node:module").createRequire(path.join(process.argv[2], "package.json"));
const core = installed("@medplum/core");
const definitions = path.join(process.argv[2], "node_modules", "@medplum", "definitions", "dist", "fhir", "r4");
for (const name of ["profiles-types", "profiles-resources"]) {
  core.indexStructureDefinitionBundle(require(path.join(definitions, `${name}.json`)));
}
const resources = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const answers = resources.map((resource) => {
  try {
    return core.validateResource(resource).filter((i) => i.severity === "error").map((i) => i.details.text);
  } catch (error) {
    return [String(error.message)];
  }
});
console.log(JSON.stringify(answers));
