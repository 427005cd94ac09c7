// Lighthouse on pages of the lookup; started by lighthouse.py in a folder with node_modules/lighthouse.
// Arguments: the browser, and a JSON list of [name, address, selector of a field, text], the last two empty for a page that is only opened.
// Prints a JSON list of [name, performance, accessibility, best practices], of 100, and the version.
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { startFlow } = await import(require.resolve("lighthouse"));
const puppeteer = (await import(require.resolve("puppeteer-core"))).default;

const [, , executablePath, pages] = process.argv;
const browser = await puppeteer.launch({ executablePath, args: ["--no-sandbox"] });
const categories = ["performance", "accessibility", "best-practices"];
const scores = [];
let version = "";
for (const [name, address, field, text] of JSON.parse(pages)) {
  const page = await browser.newPage();
  const flow = await startFlow(page, { flags: { onlyCategories: categories } });
  if (field) {
    await page.goto(address);
    await page.type(field, text);
    const form = await page.$(`form:has(${field}) button`);
    await flow.navigate(() => form.click());
  } else {
    await flow.navigate(address);
  }
  const { lhr } = (await flow.createFlowResult()).steps[0];
  version = lhr.lighthouseVersion;
  scores.push([name, ...categories.map((category) => Math.round(100 * lhr.categories[category].score))]);
  await page.close();
}
await browser.close();
console.log(JSON.stringify({ version, scores }));
