// Looks at pages in a browser and says as JSON what it sees: what does not fit, how long the bars are, and what
// axe finds. Called with the folder of the installed packages, the browser and a JSON file of what to look at.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, executablePath, jobs] = process.argv.slice(2);
const require = createRequire(join(modules, "here.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

// Nothing but the pages is to be asked for: a browser left to itself looks up its maker's hosts.
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"];
const browser = await chromium.launch({ executablePath, args: ["--disable-gpu", "--no-first-run", ...quiet] });

/** Everything in the shortcodes that sticks out of what it stands in, and the bars as they are drawn. */
function measure() {
  const near = 1;
  const tooWide = [];
  const name = (element) => `${element.tagName.toLowerCase()}.${element.className} ${element.textContent.trim().slice(0, 30)}`;
  const hidden = (element) => getComputedStyle(element).clipPath !== "none";
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) tooWide.push(`the page, by ${root.scrollWidth - root.clientWidth}`);
  for (const element of document.querySelectorAll(".status-chart, .status-chart *, .status-notes, .status-notes *")) {
    if (hidden(element) || element.closest("details:not([open]) > :not(summary)")) continue;
    const scrolls = getComputedStyle(element.parentElement).overflowX === "auto";
    const inner = element.getBoundingClientRect();
    const outer = element.parentElement.getBoundingClientRect();
    const sticksOut = inner.left < outer.left - near || inner.right > outer.right + near;
    const sticky = getComputedStyle(element).position === "sticky";
    if (sticksOut && !scrolls && !sticky) tooWide.push(`${name(element)} in its parent`);
    if (!scrolls && inner.bottom > outer.bottom + near) tooWide.push(`${name(element)} below its parent`);
    const display = getComputedStyle(element).display;
    const boxed = display !== "inline" && !element.matches(".status-chart") && !display.startsWith("table-");
    if (boxed && element.clientWidth && element.scrollWidth > element.clientWidth + near) {
      tooWide.push(`the content of ${name(element)}`);
    }
  }
  const bars = [];
  for (const cell of document.querySelectorAll(".status-chart td.is-now")) {
    const [track, bar] = [cell.querySelector("i"), cell.querySelector("b")].map((one) => one.getBoundingClientRect());
    const start = getComputedStyle(cell).direction === "rtl" ? track.right - bar.right : bar.left - track.left;
    bars.push({ start, part: bar.width / track.width, gap: cell.getBoundingClientRect().width - track.width });
  }
  const full = [];
  for (const cell of document.querySelectorAll(".status-chart td.is-done")) {
    full.push(cell.getBoundingClientRect().width - parseFloat(getComputedStyle(cell, "::before").width));
  }
  const region = document.querySelector(".status-chart");
  for (const told of document.querySelectorAll(".status-chart td.is-odd")) {
    const [words, seen] = [told.firstElementChild ?? told, region].map((one) => one.getBoundingClientRect());
    if (words.right > seen.right + near || words.left < seen.left - near) tooWide.push(`${name(told)} beyond what is seen`);
  }
  const shown = region && region.querySelector("table").getBoundingClientRect().width - region.clientWidth;
  return { tooWide, bars, full, beyond: shown, ids: [...document.querySelectorAll("[id]")].map((one) => one.id) };
}

const found = [];
for (const job of JSON.parse(readFileSync(jobs, "utf8"))) {
  const context = await browser.newContext({ viewport: { width: job.width, height: 800 }, colorScheme: job.scheme });
  const page = await context.newPage();
  const alerts = [];
  page.on("dialog", (dialog) => {
    alerts.push(dialog.message());
    return dialog.dismiss();
  });
  // Nothing is fetched from anywhere: pictures in release notes are on other people's servers.
  await context.route(/^https?:/, (route) => route.abort());
  await page.goto(job.url);
  await page.evaluate(({ theme, direction }) => {
    if (theme) document.documentElement.dataset.bsTheme = theme;
    if (direction) document.documentElement.dir = direction;
    for (const details of document.querySelectorAll("details")) details.open = true;
  }, job);
  if (job.theme === "broken") {
    const bar = ".status-chart td.is-now i { inline-size: 200px }";
    await page.addStyleTag({ content: `${bar} body .status-chart { --status-soft: #cccccc }` });
    await page.evaluate(() => document.querySelector("h1").setAttribute("onclick", "1"));
  }
  const seen = await page.evaluate(measure);
  let violations = [];
  if (job.axe) {
    await page.evaluate(axe);
    const results = await page.evaluate(() => window.axe.run());
    violations = results.violations.map(({ id, nodes }) => `${id}: ${nodes.length} × ${nodes[0].html.slice(0, 200)}`);
  }
  const handlers = await page.evaluate(
    () => [...document.querySelectorAll("*")].filter((one) => [...one.attributes].some((a) => /^on/i.test(a.name))).length,
  );
  const scripts = await page.evaluate(() => document.scripts.length);
  if (job.picture) await page.screenshot({ path: job.picture, fullPage: true });
  found.push({ ...seen, violations, alerts, live: handlers + (job.axe ? 0 : scripts) });
  await context.close();
}
await browser.close();
process.stdout.write(JSON.stringify(found));
