// Lighthouse on pages, one after the other: `node measure.mjs RUNS PRESET URL…`, with CHROME_PATH as the browser.
// The last line is one JSON object: for each address the median scores (0 to 100) and what was found wanting.
// Nothing is sent anywhere: pages come from this machine and reports stay in this process.
import lighthouse, { desktopConfig } from "lighthouse";
import { launch } from "chrome-launcher";

const CATEGORIES = ["performance", "accessibility", "best-practices"];
const TIMES = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "speed-index"];
const FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];

const median = (numbers) => [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)];

/** One visit by a browser that has never been anywhere. A busy machine loses the start of a recording now and then: then again. */
async function visit(url, config, tries = 3) {
  const browser = await launch({ chromePath: process.env.CHROME_PATH, chromeFlags: FLAGS });
  let result;
  try {
    result = await lighthouse(url, { port: browser.port, onlyCategories: CATEGORIES, logLevel: "error" }, config);
  } finally {
    await browser.kill();
  }
  const fault = result ? result.lhr.runtimeError : { message: "no report" };
  if (!fault) return result.lhr;
  if (tries <= 1) throw new Error(fault.message);
  return visit(url, config, tries - 1);
}

/** Audits of a category that count and were not passed, by name. */
function wanting(report) {
  const refs = CATEGORIES.flatMap((name) => report.categories[name].auditRefs.filter((one) => one.weight > 0));
  return refs.map((one) => report.audits[one.id]).filter((audit) => audit.score !== null && audit.score < 0.9).map((audit) => `${audit.id}: ${audit.displayValue ?? audit.title}`);
}

const rounded = (number) => Number(number.toFixed(3));
const middle = (reports, names, of) => Object.fromEntries(names.map((name) => [name.replaceAll("-", "_"), rounded(median(reports.map((one) => of(one, name))))]));

/** Scores and times as the median visit had them; `machine` is how fast this machine was meanwhile: below 1500 performance says little. */
function summed(reports) {
  const scores = middle(reports, CATEGORIES, (one, name) => Math.round(100 * one.categories[name].score));
  const times = middle(reports, TIMES, (one, name) => one.audits[name].numericValue);
  return { ...scores, times, machine: median(reports.map((one) => one.environment.benchmarkIndex)), wanting: [...new Set(reports.flatMap(wanting))] };
}

const [runs, preset, ...urls] = process.argv.slice(2);
const config = preset === "desktop" ? desktopConfig : undefined;
const reports = Object.fromEntries(urls.map((url) => [url, []]));
// Turn by turn, so that whatever else this machine does falls on all alike.
for (let run = 0; run < Number(runs); run += 1) for (const url of urls) reports[url].push(await visit(url, config));
console.log(JSON.stringify(Object.fromEntries(urls.map((url) => [url, summed(reports[url])]))));
