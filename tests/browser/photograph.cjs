// Photographs pages for the documentation, each in light and dark. Called by tests/pictures.py with one argument,
// the JSON of what it needs. Of a page, laid out in `width` pixels, all that lies between the elements named under `shown` is on
// the picture. `style` is added to the page's own.

"use strict";

const { createRequire } = require("node:module");
const path = require("node:path");

const { FLAGS } = require("./chromium.cjs");

const given = JSON.parse(process.argv[2]);
const requireInstalled = createRequire(path.join(given.modules, "index.js"));
const { chromium } = requireInstalled("playwright-core");

const MARGIN = 16;

/** The part of the page that holds all that is to be shown. */
async function frame(page, shown, width) {
  const boxes = await Promise.all(shown.map((one) => page.locator(one).first().boundingBox()));
  const top = Math.max(0, Math.min(...boxes.map((box) => box.y)) - MARGIN);
  const bottom = Math.max(...boxes.map((box) => box.y + box.height)) + MARGIN;
  return { x: 0, y: top, width, height: bottom - top };
}

async function photograph(browser, colorScheme, { name, url, width, across, style, shown }) {
  // Sharp where a screen has two pixels for one of a page, on which the picture is as wide as `across` says.
  const deviceScaleFactor = (2 * across) / width;
  const viewport = { width, height: 800 };
  const context = await browser.newContext({ colorScheme, viewport, deviceScaleFactor, bypassCSP: true });
  const page = await context.newPage();
  await page.goto(url);
  if (style) await page.addStyleTag({ content: style });
  await page.evaluate(() => {
    for (const one of document.images) one.loading = "eager";
    return Promise.all([...document.images].map((one) => one.decode()));
  });
  const file = path.join(given.folder, `${name}-${colorScheme}.png`);
  await page.screenshot({ path: file, fullPage: true, clip: await frame(page, shown, width) });
  await context.close();
  return file;
}

async function main() {
  const browser = await chromium.launch({ executablePath: given.chromium, args: [...FLAGS, "--hide-scrollbars"] });
  const files = [];
  try {
    for (const job of given.jobs) {
      for (const colorScheme of ["light", "dark"]) files.push(await photograph(browser, colorScheme, job));
    }
  } finally {
    await browser.close();
  }
  process.stdout.write(JSON.stringify({ files }));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
