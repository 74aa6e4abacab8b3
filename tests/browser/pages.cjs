// Looks at the bot's own pages in one browser, each in every width and in light and dark; what it saw is printed
// as JSON. Called by tests/test_pages_in_a_browser.py with one argument, the JSON of what it needs.

"use strict";

const { createRequire } = require("node:module");
const path = require("node:path");

const { FLAGS } = require("./chromium.cjs");

const given = JSON.parse(process.argv[2]);
const requireInstalled = createRequire(path.join(given.modules, "index.js"));
const { chromium } = requireInstalled("playwright-core");
const axe = requireInstalled("axe-core");

const MOST_STOPS = 60;
const AXE = { light: [320, 768, 1280], dark: [1280] };

/** What sticks out of the window, or out of what it stands in where that does not scroll. */
function sticksOut() {
  const root = document.documentElement;
  const found = root.scrollWidth > root.clientWidth ? [`the page, by ${root.scrollWidth - root.clientWidth}`] : [];
  for (const element of document.querySelectorAll("main *")) {
    const style = getComputedStyle(element);
    const seen = style.clipPath === "none" && !element.closest(".wide *, .hidden, details:not([open]) > :not(summary)");
    const right = element.getBoundingClientRect().right;
    if (seen && right > root.clientWidth + 1) found.push(`${element.tagName} ${element.textContent.trim().slice(0, 40)}`);
  }
  return found;
}

/** Short words that are broken in two: then there was no room for what stands there. */
function brokenWords() {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement.closest(".hidden, .skip, style, progress, details:not([open]) > :not(summary)")) continue;
    for (const word of node.data.matchAll(/\S+/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
      if (/^[a-z,.:;]{2,14}$/i.test(word[0]) && lines.size > 1) found.push(`${word[0]} in ${node.data.trim().slice(0, 40)}`);
    }
  }
  return found;
}

/** How much of the first bar that is begun shows where the reader's system chooses the colours. */
async function bar(page) {
  const bars = page.locator("progress");
  for (let at = 0; at < (await bars.count()); at += 1) {
    const one = bars.nth(at);
    if (!(await one.evaluate((element) => element.value > 20 && element.value < 80))) continue;
    await page.emulateMedia({ forcedColors: "active" });
    await one.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await one.boundingBox();
    const pixels = (part) => page.screenshot({ clip: { x: x + width * part, y: y + height / 2, width: 2, height: 2 } });
    const [begun, left] = [await pixels(0.1), await pixels(0.9)];
    await page.emulateMedia({ forcedColors: "none" });
    return begun.equals(left) ? "a bar looks empty where the system chooses the colours" : "";
  }
  return "";
}

/** The stops of the tab key: what has the focus, whether that shows, and whether it comes in the order of the page. */
async function stops(page) {
  await page.evaluate("document.activeElement?.blur(); window.getSelection().removeAllRanges()");
  const found = [];
  for (let count = 0; count < MOST_STOPS; count += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      const all = [...document.querySelectorAll("*")];
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const visible = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && element.getClientRects().length > 0;
      const box = element.getBoundingClientRect();
      const name = `${element.tagName} ${element.getAttribute("aria-label") ?? element.textContent.trim().slice(0, 40)}`;
      return { at: all.indexOf(element), name, visible, inView: box.bottom > 0 && box.top < window.innerHeight };
    });
    if (!stop || found.some((one) => one.at === stop.at)) break;
    found.push(stop);
  }
  return found;
}

async function look(browser, { name, url, pictures }) {
  const seen = { violations: [], sticksOut: [], complaints: [], broken: [], scripts: 0, axe: 0, stops: [], status: 0 };
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({ colorScheme, javaScriptEnabled: true });
    const page = await context.newPage();
    page.on("pageerror", (error) => seen.complaints.push(String(error)));
    page.on("console", (message) => seen.complaints.push(message.text()));
    page.on("dialog", (dialog) => dialog.dismiss().then(() => seen.complaints.push(dialog.message())));
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== new URL(url).origin && !request.url().startsWith("data:")) {
        seen.complaints.push(`asked for ${request.url()}`);
      }
    });
    seen.status = (await page.goto(url)).status();
    seen.scripts += await page.evaluate("document.scripts.length");
    await page.evaluate(() => {
      for (const one of document.images) one.loading = "eager";
      return Promise.allSettled([...document.images].map((one) => one.decode()));
    });
    seen.broken.push(...(await page.evaluate("[...document.images].filter((one) => !one.naturalWidth).map((one) => one.src)")));
    for (const width of given.widths) {
      await page.setViewportSize({ width, height: 800 });
      if (pictures.includes(`${width} ${colorScheme}`)) {
        const file = path.join(given.artefacts, `${name}-${width}-${colorScheme}.png`);
        await page.screenshot({ path: file, fullPage: true });
      }
      if (colorScheme === "light" && width === 1280) seen.stops = await stops(page);
      await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
      const beyond = colorScheme === "light" ? await page.evaluate(sticksOut) : [];
      if (colorScheme === "light") beyond.push(...(await page.evaluate(brokenWords)));
      seen.sticksOut.push(...beyond.map((one) => `${width}: ${one}`));
      if (AXE[colorScheme].includes(width)) {
        // Structure is the same in the dark; colours are not.
        const options = { preload: false, ...(colorScheme === "dark" ? { runOnly: ["color-contrast"] } : {}) };
        const result = await page.evaluate(`${axe.source}; axe.run(${JSON.stringify(options)})`);
        for (const { id, nodes } of result.violations) {
          seen.violations.push(`${width} ${colorScheme}: ${id}: ${nodes[0].html} ${nodes[0].failureSummary}`);
        }
        seen.axe += result.passes.length ? 1 : 0;
      }
    }
    const empty = await bar(page);
    if (empty) seen.sticksOut.push(empty);
    await context.close();
  }
  return seen;
}

async function main() {
  const browser = await chromium.launch({ executablePath: given.chromium, args: FLAGS });
  const seen = {};
  try {
    for (const job of given.jobs) seen[job.name] = await look(browser, job);
  } finally {
    await browser.close();
  }
  process.stdout.write(JSON.stringify(seen));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
