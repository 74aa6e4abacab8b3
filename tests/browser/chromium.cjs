// How every program here starts Chromium.

"use strict";

exports.FLAGS = [
  "--disable-background-networking",
  "--disable-component-update",
  // Without it axe has hung where there is no graphics card.
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
  // Many a CI has no place for its sandbox, and the pages are our own.
  "--no-sandbox",
];
