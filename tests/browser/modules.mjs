// Packages of npm, from the folder that tests/services/tools filled: this one
// stays as it is in the repository.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.env.HANDOFF_TEST_BROWSER;
if (!folder) throw new Error('HANDOFF_TEST_BROWSER is not set; tests/run sets it');
const require = createRequire(join(folder, 'package.json'));

export async function load(name) {
  const module = await import(pathToFileURL(require.resolve(name)).href);
  // A CommonJS package may give all it has as its default.
  return { ...module.default, ...module };
}

export const source = (name) => readFileSync(require.resolve(name), 'utf8');
