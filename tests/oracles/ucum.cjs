// Reads [{ from, to, weight }] as JSON from stdin and writes, for each, { valid, magnitude, factor } as ucum-lhc has it.
// `weight` is a molecular weight in g/mol, for factors between mass and moles; null factors cannot be converted.
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");

console.log = console.error; // ucum-lhc may say more than we ask, and stdout is the answer
const installed = createRequire(process.argv[2] + "/");
const ucum = installed("@lhncbc/ucum-lhc").UcumLhcUtils.getInstance();

function ask({ from, to, weight }) {
  const told = ucum.validateUnitString(from);
  const valid = told.status === "valid" && told.ucumCode === from;
  const options = weight ? { molecularWeight: weight } : {};
  const result = valid && to ? ucum.convertUnitTo(from, 1, to, options) : {};
  return { valid, name: told.unit?.name ?? null, factor: result.toVal ?? null };
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(ask)));
