// `node write-manifest.mjs DIRECTORY`: writes the package.json of a project that installs the packed packages of the directory.
// The packages depend on each other, in versions that the registry may not have.
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PRIVATE = /^gvpie-(?:app-common|testing|verification)-/;

const directory = process.argv[2];
const dependencies = {};
for (const file of readdirSync(directory)) {
  const name = /^gvpie-(.+)-\d+\.\d+\.\d+.*\.tgz$/.exec(file)?.[1];
  if (name === undefined) continue;
  if (PRIVATE.test(file)) rmSync(join(directory, file));
  else dependencies[`@gvpie/${name}`] = `file:./${file}`;
}
const manifest = { name: "gvpie-image", private: true, dependencies, overrides: dependencies };
writeFileSync(join(directory, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
