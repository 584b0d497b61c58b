// One Chromium for all tests of a run. A line of JSON on standard input is a job
// ({id, kind, …}) or the answer to a question ({id, answer}); each job ends with a
// line {id, done} or {id, failed}, and may ask on its way with {id, needs}.

import { createInterface } from 'node:readline';
import { load } from './modules.mjs';
import { scan } from './scan.mjs';
import { visit } from './visit.mjs';

const { chromium } = await load('playwright-core');
const browser = await chromium.launch({
  executablePath: process.env.HANDOFF_TEST_CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
});

const KINDS = { visit, scan };
const questions = new Map();
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function work({ id, kind, ...job }) {
  const ask = (needs) =>
    new Promise((answer) => {
      questions.set(id, answer);
      say({ id, needs });
    });
  try {
    say({ id, done: await KINDS[kind](browser, job, ask) });
  } catch (error) {
    say({ id, failed: error.stack });
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.kind) work(message);
  else questions.get(message.id)(message.answer);
}
await browser.close();
process.exit(0);
