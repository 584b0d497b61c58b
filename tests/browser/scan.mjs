// A scanner that runs scripts: it opens a link as people do, follows every link,
// fills every form with what fits its fields and presses every button.

import { PATIENT } from './page.mjs';

/** Pages that one crawl opens at most. */
const MOST_PAGES = 30;

/** Milliseconds after which a press that led nowhere leads nowhere. */
const PATIENCE = 50;

/** Fixed, as sandboxes have it: by the kind of field, then by its name. */
const JUNK = { day: '1', month: '1', year: '1980', code: '12345678', digits: '1234' };

/** job: url, times. Gives how often each status was seen. */
export async function scan(browser, job) {
  const seen = { pages: 0, presses: 0, downloads: 0, statuses: {} };
  // One browser, as new each time: nothing but cookies stays in it.
  const context = await browser.newContext({ acceptDownloads: true });
  context.setDefaultTimeout(PATIENT);
  try {
    const page = await context.newPage();
    const taken = [];
    page.on('download', (download) => {
      seen.downloads += 1;
      taken.push(download.failure().catch(() => undefined));
    });
    page.on('response', (response) => {
      if (!response.request().isNavigationRequest()) return;
      seen.statuses[response.status()] = (seen.statuses[response.status()] ?? 0) + 1;
    });
    for (let time = 0; time < job.times; time += 1) {
      await context.clearCookies();
      await crawl(page, job.url, seen);
      // To its end: what is broken off in time is given back.
      await Promise.all(taken);
    }
  } finally {
    await context.close();
  }
  return seen;
}

async function crawl(page, url, seen) {
  const [waiting, known] = [[url], new Set([url])];
  const origin = new URL(url).origin;
  for (let pages = 0; waiting.length && pages < MOST_PAGES; pages += 1) {
    const next = waiting.shift();
    if (!(await open(page, next, seen))) continue;
    for (const link of await links(page)) {
      if (link.startsWith(`${origin}/`) && !known.has(link)) {
        known.add(link);
        waiting.push(link);
      }
    }
    const buttons = await page.locator('button, input[type=submit], [role=button]').count();
    for (let button = 0; button < buttons; button += 1) {
      // A press leads elsewhere: each begins with the page anew.
      if (button > 0 && !(await open(page, next, seen))) break;
      await fill(page);
      await press(page, button, seen);
    }
  }
}

/** A download is no page: going there ends with an error. */
async function open(page, url, seen) {
  seen.pages += 1;
  return page.goto(url).then(() => true, () => false);
}

const links = (page) => page.locator('a[href]').evaluateAll((all) => all.map((one) => one.href.split('#')[0]));

const fill = (page) =>
  page.locator('input, textarea, select').evaluateAll((all, junk) => {
    for (const field of all) {
      if (['checkbox', 'radio'].includes(field.type)) field.checked = true;
      else if (field.type === 'email') field.value = 'scanner@example.org';
      else if (field.type !== 'hidden') field.value = junk[field.name] ?? '1';
    }
  }, JUNK);

async function press(page, button, seen) {
  seen.presses += 1;
  let leads = false;
  const watch = (request) => {
    leads ||= request.isNavigationRequest();
  };
  page.on('request', watch);
  // A download is no navigation, and ends the wait as well.
  const away = [page.waitForNavigation(), page.waitForEvent('download')];
  const arrived = Promise.race(away.map((event) => event.catch(() => undefined)));
  const one = page.locator('button, input[type=submit], [role=button]').nth(button);
  await one.click().catch(() => undefined);
  await page.waitForTimeout(PATIENCE);
  page.off('request', watch);
  if (leads) await arrived;
}
