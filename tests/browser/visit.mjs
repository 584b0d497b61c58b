// The whole visit of a person: the proof, a wrong answer, the files, a download,
// and the page of a link that is closed. Looked at, measured, and read by axe.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { source } from './modules.mjs';
import { PATIENT, act, fields, files, proof, shownDigits } from './page.mjs';

const VIEWPORTS = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  desktop: { viewport: { width: 1280, height: 800 } },
};

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Presses of Tab after which a field counts as unreachable. */
const MOST_TABS = 40;

/**
 * job: url, dead (a link that is closed, or none), viewport, javascript, scheme, keyboard, wrong, right (values by
 * field name; none where digits are shown), mailed (a code is sent), shots, name.
 * ask('code') gives the code that was mailed.
 */
export async function visit(browser, job, ask) {
  const context = await browser.newContext({
    ...VIEWPORTS[job.viewport],
    javaScriptEnabled: job.javascript,
    colorScheme: job.scheme,
    acceptDownloads: true,
    locale: 'en-GB',
  });
  context.setDefaultTimeout(PATIENT);
  try {
    const page = await context.newPage();
    const person = new Person(page, job);
    await person.walk(ask);
    return person.seen;
  } finally {
    await context.close();
  }
}

class Person {
  constructor(page, job) {
    this.page = page;
    this.job = job;
    this.seen = { statuses: {}, violations: [], complaints: [], elsewhere: [], shots: [] };
    const origin = new URL(job.url).origin;
    page.on('request', (request) => {
      if (!request.url().startsWith(`${origin}/`)) this.seen.elsewhere.push(new URL(request.url()).origin);
    });
    page.on('console', (line) => {
      // Chromium's own word on a status we ask for below.
      const status = line.text().startsWith('Failed to load resource: the server responded');
      if (!status) this.seen.complaints.push(line.text());
    });
    page.on('pageerror', (error) => this.seen.complaints.push(String(error)));
  }

  async walk(ask) {
    const { job, page } = this;
    await this.look('proof', await page.goto(job.url));
    if (job.mailed) {
      await this.look('sent', await this.submit(act(page, 'code'), {}));
    }
    const wrong = job.wrong ?? { digits: turned(await shownDigits(page)) };
    await this.look('wrong', await this.submit(proof(page), wrong));
    const right = job.mailed ? { code: await ask('code') } : job.right;
    const answer = right ?? { digits: await shownDigits(page) };
    await this.look('files', await this.submit(proof(page), answer));
    this.seen.files = await files(page).count();
    this.seen.sha256 = await this.download(files(page).first());
    await this.look('fetched', await page.goto(job.url));
    if (job.dead) {
      await this.look('dead', await page.goto(job.dead));
      await this.look('asked', await this.submit(act(page, 'ask'), {}));
    }
  }

  /** Fills a form and sends it; the answer to the navigation. */
  async submit(form, values) {
    for (const name of await fields(form)) {
      if (values[name] === undefined) throw new Error(`nothing to type into ${name}`);
      await this.type(form.locator(`input[name=${name}]`), values[name]);
    }
    // Begun before the press: the page that is open has loaded already.
    const answered = this.page.waitForNavigation();
    await this.press(form.locator('button'));
    return answered;
  }

  async download(form) {
    const starting = this.page.waitForEvent('download');
    await this.press(form.locator('button'));
    const download = await starting;
    const path = await download.path();
    this.seen.fileName = download.suggestedFilename();
    return createHash('sha256').update(await readFile(path)).digest('hex');
  }

  async type(field, value) {
    if (this.job.keyboard) {
      await this.tabTo(field);
      await this.page.keyboard.press('Control+A');
      await this.page.keyboard.type(value);
    } else {
      await field.fill(value);
    }
  }

  async press(button) {
    if (this.job.keyboard) {
      await this.tabTo(button);
      await this.page.keyboard.press('Enter');
    } else {
      await button.tap();
    }
  }

  /** By Tab alone, and what has the focus must show it. */
  async tabTo(wanted) {
    const has = () => wanted.evaluate((one) => one === document.activeElement);
    for (let tabs = 0; !(await has()); tabs += 1) {
      if (tabs === MOST_TABS) throw new Error(`not reached by Tab: ${wanted}`);
      await this.page.keyboard.press('Tab');
    }
    const shown = await wanted.evaluate((one) => {
      const style = getComputedStyle(one);
      return style.outlineStyle !== 'none' || style.boxShadow !== 'none';
    });
    if (!shown) this.seen.complaints.push(`focus is not visible: ${wanted}`);
  }

  /** Status, width, picture and accessibility of the page that is open. */
  async look(name, response) {
    const { page, job } = this;
    this.seen.statuses[name] = response.status();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) this.seen.complaints.push(`${name} scrolls sideways by ${wide} px`);
    const shot = join(job.shots, `${job.name}-${name}.png`);
    await page.screenshot({ path: shot, fullPage: true });
    this.seen.shots.push(shot);
    if (job.javascript) await this.readByAxe(name);
  }

  async readByAxe(name) {
    await this.page.evaluate(source('axe-core'));
    const { violations } = await this.page.evaluate(
      (values) => axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }),
      RULES,
    );
    for (const { id, help, nodes } of violations) {
      this.seen.violations.push(`${name}: ${id}: ${help}: ${nodes[0].html}`);
    }
  }
}

/** Other digits of the same kind. */
const turned = (digits) => [...digits].map((digit) => (Number(digit) + 1) % 10).join('');
