/**
 * Runs a published measure over Bundles of one patient each, as JSON lines:
 *
 *   node run.js LIBRARIES VALUE_SETS MEASURE VERSION YEAR < bundles.ndjson > results.ndjson
 *
 * LIBRARIES is a folder of ELM (JSON), VALUE_SETS a file {url: {version: [{code, system}]}}. A line of the results
 * has the populations of a patient, or the error that the engine ended with, and the last line the seconds of
 * the evaluation alone.
 */
"use strict";

const fs = require("fs");
const path = require("path");
const cql = require("cql-execution");
const fhir = require("cql-exec-fhir");

const POPULATION = /^(Initial Population|Denominator|Denominator (Exclusions|Exceptions)|Numerator( \d)?)$/;
const [folder, valueSets, measure, version, year] = process.argv.slice(2);

async function main() {
  const libraries = fs.readdirSync(folder).sort().map((name) => JSON.parse(fs.readFileSync(path.join(folder, name))));
  // Supplemental data are in no population, and OpenTRD does not report them: left out for both.
  for (const { library } of libraries.filter((each) => each.library.identifier.id === measure)) {
    library.statements.def = library.statements.def.filter(({ name }) => !name.startsWith("SDE "));
  }
  const library = new cql.Repository(libraries).resolve(measure, version);
  const codes = new cql.CodeService(JSON.parse(fs.readFileSync(valueSets)));
  const start = new cql.DateTime(Number(year), 1, 1, 0, 0, 0, 0, 0);
  const end = new cql.DateTime(Number(year), 12, 31, 23, 59, 59, 999, 0);
  const period = { "Measurement Period": new cql.Interval(start, end) };
  const bundles = fs.readFileSync(0, "utf8").split("\n").filter(Boolean).map(JSON.parse);
  let seconds = 0;
  for (const bundle of bundles) {
    const source = fhir.PatientSource.FHIRv401();
    source.loadBundles([bundle]);
    const executor = new cql.Executor(library, codes, period);
    const began = process.hrtime.bigint();
    let line;
    try {
      const found = await executor.exec(source, start);
      const [[id, results]] = Object.entries(found.patientResults);
      const names = Object.keys(results).filter((name) => POPULATION.test(name));
      line = { id, populations: Object.fromEntries(names.map((name) => [name, results[name] === true])) };
    } catch (error) {
      line = { error: String((error.cause || error).message).split("\n")[0] };
    }
    seconds += Number(process.hrtime.bigint() - began) / 1e9;
    process.stdout.write(JSON.stringify(line) + "\n");
  }
  process.stdout.write(JSON.stringify({ seconds }) + "\n");
}

main();
