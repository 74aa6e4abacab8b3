"""A Hugo site as it is after it was begun, with data of any shape. Shared by tests."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from bot.starter_files import SHORTCODES, shortcode

LADDER = ("v0.1", "v0.2", "v0.3", "v0.4", "beta", "rc", "v1.0", "v2.0")
NAMES = (
    "Java",
    "C++",
    "A special interest group with a name that goes on and on",
    "Ωμέγα",
    "עברית",
    "Pneumonoultramicroscopicsilicovolcanoconiosis" * 2,
    "بايثون و جافا",
    "数据",
)
NOTES = """\
## What is new

- **Faster** by `cache<Key, Value>`, see [the list](https://example.org/changes?a=1&b=2)
- A_word_without_any_blank_in_it_that_would_be_as_wide_as_it_pleases_if_nobody_told_it_to_break

| Module | Before | After |
| --- | --: | --: |
| core | 1 | 2 |

```java
class Example { void main() { System.out.println("a line of code that is longer than a phone is wide"); } }
```
"""
Value = object
Row = dict[str, Value]

PAGE = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>{{ .Title }}</title>
    <style>
      body {
        margin: 1rem;
        font-family: sans-serif;
      }
    </style>
  </head>
  <body>
    <main>
      <h1>{{ .Title }}</h1>
      {{ .Content }}
    </main>
  </body>
</html>
"""
CONFIG = """\
baseURL = "https://status.example/"
title = "Project status"
uglyURLs = true
disableKinds = ["taxonomy", "term", "rss", "sitemap", "robotstxt", "404"]
[markup.goldmark.renderer]
unsafe = {unsafe}
"""


def data(columns: int, rows: int) -> dict[str, Value]:
    """So many columns and rows, at every step and with every kind of label."""
    steps = [LADDER[number] if number < len(LADDER) else f"v{number}.0" for number in range(columns)]
    return {
        "columns": [{"label": step} for step in steps],
        "data": [row(number, steps) for number in range(rows)],
    }


def row(number: int, steps: Sequence[str]) -> Row:
    """One row; the first is at the last step and done, the others anywhere before."""
    at, done = (len(steps) - 1, True) if number == 0 else (number % len(steps), False)
    closed, total = (9, 9) if done else (number % 7, 7)
    return {
        "label": NAMES[number] if number < len(NAMES) else f"SIG {number}",
        "sourceUrl": f"https://github.com/org/sig-{number}",
        "msLabel": steps[at],
        "openIssues": total - closed,
        "closedIssues": closed,
        "totalIssues": total,
        "percent": 100 * closed // total,
        "milestoneUrl": f"https://github.com/org/sig-{number}/milestone/1" if number % 2 else "",
        "releaseName": "n/a" if number % 5 == 4 else f"The release of {number}",
        "releaseTag": "" if number % 5 == 4 else f"v0.{number}.0",
        "releasedAt": "2020-04-01T12:00:00Z",
        "prerelease": number % 3 == 1,
        "releaseUrl": f"https://github.com/org/sig-{number}/releases/tag/v0.{number}.0",
        "releaseDescription": "n/a" if number % 4 == 3 else NOTES,
    }


def build(hugo: str, site: Path, pages: Mapping[str, Value | None], *, unsafe: bool = True) -> Path:
    """Build a site with a page for each data file, of the same name; gives where the pages are.

    A file that is ``None`` is not there. ``unsafe`` lets raw HTML through, as many sites do.
    """
    for path in SHORTCODES:
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(shortcode(path), encoding="utf-8")
    (site / "data").mkdir()
    (site / "content").mkdir()
    (site / "hugo.toml").write_text(CONFIG.format(unsafe=str(unsafe).lower()))
    for kind in ("home", "page", "section"):
        (site / "layouts" / f"{kind}.html").write_text(PAGE)
    for name, value in pages.items():
        given = f' data="{name}"' if name != "progress_generated" else ""
        text = f"---\ntitle: {name}\n---\n\n## Progress\n\n{{{{< progress_chart{given} >}}}}\n\n"
        (site / "content" / f"{name}.md").write_text(
            f"{text}## Releases\n\n{{{{< release_notes{given} >}}}}\n"
        )
        if value is not None:
            written = (
                value
                if isinstance(value, str)
                else yaml.safe_dump(value, allow_unicode=True, sort_keys=False)
            )
            (site / "data" / f"{name}.yaml").write_text(written, encoding="utf-8")
    command = [hugo, "--source", str(site), "--noBuildLock", "--panicOnWarning", "--logLevel", "warn"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the package's own
    assert done.returncode == 0, done.stdout + done.stderr
    return site / "public"
