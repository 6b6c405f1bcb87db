// Validates an AsyncAPI document: node validate-asyncapi.mjs FILE

import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const [file] = process.argv.slice(2);
const { document, diagnostics } = await new Parser().parse(readFileSync(file, "utf8"));
for (const { path, range, message } of diagnostics) {
  console.log(`${file}:${range.start.line + 1}: ${path.join(".")}: ${message}`);
}
if (!document || diagnostics.length > 0) process.exit(1);
console.log(`${file}: valid AsyncAPI ${document.version()}, ${document.operations().all().length} operations`);
