// Walks a real browser from /setup to the first pull request; what it saw is printed as JSON.
// Called by tests/test_setup_in_a_browser.py with one argument, the JSON of what it needs.

"use strict";

const { createRequire } = require("node:module");
const path = require("node:path");

const { FLAGS } = require("./chromium.cjs");

const given = JSON.parse(process.argv[2]);
const requireInstalled = createRequire(path.join(given.modules, "index.js"));
const { chromium } = requireInstalled("playwright-core");
const axe = requireInstalled("axe-core");

const WINDOW = { width: 900, height: 700 };
const NARROW_PX = 320;
const PATIENCE_MS = 30_000;

const seen = { pages: {}, complaints: [] };

async function look(page, name) {
  const violations = [];
  for (const colorScheme of name.startsWith("github-") ? [] : ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    const result = await page.evaluate(`${axe.source}; axe.run()`);
    for (const { id, nodes } of result.violations) {
      violations.push(`${colorScheme}: ${id}: ${nodes.map((node) => node.html).join(" ")}`);
    }
  }
  const number = Object.keys(seen.pages).length + 1;
  const file = path.join(given.artefacts, `${number}-${name}.png`);
  await page.screenshot({ path: file, fullPage: true });
  await page.setViewportSize({ ...WINDOW, width: NARROW_PX });
  const beyond = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
  await page.setViewportSize(WINDOW);
  seen.pages[name] = {
    title: await page.title(),
    heading: await page.locator("h1").first().innerText(),
    url: page.url(),
    violations,
    overflows: beyond > 0,
  };
}

async function walk(page) {
  await page.goto(given.link);
  await look(page, "setup");
  await page.getByRole("button", { name: "Look at what will be registered" }).click();
  await look(page, "no-organisation");
  await page.getByLabel("Its name on").fill(given.organization);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  await look(page, "review");
  await page.getByRole("button", { name: "Go on at" }).click();
  await page.getByLabel("GitHub App name").fill("Status of OpenTelemetry");
  await look(page, "github-create");
  await page.getByRole("button", { name: "Create GitHub App" }).click();
  await look(page, "registered");
  seen.key = await page.locator("pre").innerText();
  const registered = page.url();
  await page.getByRole("link", { name: "Install the app" }).click();
  await look(page, "github-install");
  await page.getByRole("button", { name: "Install" }).click();
  await look(page, "installed");

  const deadline = Date.now() + PATIENCE_MS;
  const proposal = page.locator(`a[href*="/${given.site}/pull/"]`).first();
  for (;;) {
    await page.goto(new URL("/", given.link).href);
    if (await proposal.count()) break;
    if (Date.now() > deadline) throw new Error("the bot's first page shows no proposal");
    await page.waitForTimeout(200);
  }
  await look(page, "sites");
  await proposal.click();
  await look(page, "github-pull-request");
  await page.goto(registered, { waitUntil: "load" });
  await look(page, "closed");
}

async function main() {
  const browser = await chromium.launch({ executablePath: given.chromium, args: FLAGS });
  try {
    const page = await browser.newPage({ viewport: WINDOW });
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => seen.complaints.push(String(error)));
    page.on("console", (message) => {
      const ours = message.location().url.startsWith(new URL(given.link).origin);
      if (message.type() === "error" && ours) seen.complaints.push(message.text());
    });
    await walk(page);
  } finally {
    await browser.close();
  }
  process.stdout.write(JSON.stringify(seen));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n${JSON.stringify(seen)}\n`);
  process.exit(1);
});
