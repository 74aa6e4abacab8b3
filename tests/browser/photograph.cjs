// Takes the pictures of the README. Called by tests/pictures.py with one argument, the JSON of what it needs: of
// each page what is to be seen, from the first of two selectors to the second, which is as wide as the picture.

"use strict";

const { createRequire } = require("node:module");
const path = require("node:path");

const given = JSON.parse(process.argv[2]);
const requireInstalled = createRequire(path.join(given.modules, "index.js"));
const { chromium } = requireInstalled("playwright-core");

const FLAGS = ["--disable-background-networking", "--disable-component-update", "--disable-gpu", "--disable-sync", "--no-sandbox"];
const MARGIN = 16;

async function photograph(browser, { url, file, width, from, to }) {
  const context = await browser.newContext({ viewport: { width, height: 800 }, deviceScaleFactor: 1.5, colorScheme: "light" });
  const page = await context.newPage();
  await page.goto(url, { waitUntil: "networkidle" });
  const [above, below] = await Promise.all([from, to].map((selector) => page.locator(selector).first().boundingBox()));
  const x = Math.max(0, below.x - MARGIN);
  const y = Math.max(0, above.y - MARGIN);
  const clip = { x, y, width: below.width + 2 * MARGIN, height: below.y + below.height + MARGIN - y };
  await page.screenshot({ path: file, fullPage: true, clip });
  await context.close();
}

async function main() {
  const browser = await chromium.launch({ executablePath: given.chromium, args: FLAGS });
  try {
    for (const job of given.jobs) await photograph(browser, job);
  } finally {
    await browser.close();
  }
  process.stdout.write("{}");
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
