// The pages as this side knows them: by the names of fields, by roles and by
// where forms lead. No word of a page is looked for.

/** Milliseconds until something that should happen has failed: on machines that
 * do much else at once, a second is nothing. */
export const PATIENT = 120_000;

/** The form that takes an answer, whatever is asked. */
export const proof = (page) => page.locator('form:has(input[name=do][value=prove])');

/** The form that sends a code by mail, or asks for a new copy. */
export const act = (page, name) =>
  page.locator(`form:has([name=do][value=${name}])`);

/** The forms whose button fetches a file: they lead below the page's own path. */
export const files = (page) => page.locator('form[action^="/l/"]');

/** The four digits that a page shows, to be typed by whoever reads it. */
export async function shownDigits(page) {
  const text = await proof(page).innerText();
  const found = text.replace(/(\d)[\s\u00a0\u2009](?=\d)/g, '$1').match(/(?<!\d)\d{4}(?!\d)/);
  if (!found) throw new Error('the page shows no four digits');
  return found[0];
}

/** What may be filled in, in the order of the page: the fields' names. */
export const fields = (form) =>
  form.locator('input:not([type=hidden])').evaluateAll((all) => all.map((one) => one.name));
