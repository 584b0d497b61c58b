// Resolves a SMART Health Link with the npm client kill-the-clipboard, as a
// receiver's own software does.
//
//   node shl.mjs SHLINK RECIPIENT [PASSCODE [EMBEDDED_LENGTH_MAX]]
//
// prints {"manifest": …, "files": [resource, …]}, decrypted (no manifest where the
// link is direct), or {"error": NAME, "message": …}.

import { load } from './modules.mjs';

const { SHLViewer } = await load('kill-the-clipboard');
const [shlinkURI, recipient, passcode, most] = process.argv.slice(2);

async function resolve() {
  const params = { recipient, passcode: passcode || undefined, embeddedLengthMax: most ? Number(most) : undefined };
  const { manifest, fhirResources } = await new SHLViewer({ shlinkURI }).resolveSHL(params);
  return { manifest, files: fhirResources };
}

const answer = await resolve().catch(({ name, message }) => ({ error: name, message }));
process.stdout.write(`${JSON.stringify(answer)}\n`);
