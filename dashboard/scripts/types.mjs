// Types of the API from its own description: `node scripts/types.mjs openapi.json` writes
// src/api/schema.d.ts; with `--print` they are printed instead. Only what the pages use of the
// document is kept: paths below /api, answers that succeed, no prose.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const PROSE = new Set([
  "description",
  "summary",
  "example",
  "examples",
  "title",
  "links",
  "headers",
]);

function withoutProse(value, isNames = false) {
  if (Array.isArray(value)) return value.map((each) => withoutProse(each));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => isNames || !PROSE.has(key))
      // What stands below `properties` and `schemas` are names, whatever they look like.
      .map(([key, each]) => [key, withoutProse(each, key === "properties" || key === "schemas")]),
  );
}

function used(document) {
  const paths = Object.entries(document.paths).filter(([path]) => path.startsWith("/api/"));
  for (const [, operations] of paths) {
    for (const operation of Object.values(operations)) {
      operation.responses = Object.fromEntries(
        Object.entries(operation.responses).filter(([status]) => status.startsWith("2")),
      );
    }
  }
  const { schemas, parameters } = document.components;
  return withoutProse({
    ...document,
    components: { schemas, parameters },
    paths: Object.fromEntries(paths),
  });
}

const [file, option] = process.argv.slice(2);
const target = fileURLToPath(new URL("../src/api/schema.d.ts", import.meta.url));
const nodes = await openapiTS(used(JSON.parse(readFileSync(file, "utf8"))), { alphabetize: true });
const content = `// Made by \`make dashboard-types\` from /openapi.json; not written by hand.\n${astToString(nodes)}`;
if (option === "--print") process.stdout.write(content);
else writeFileSync(target, content);
