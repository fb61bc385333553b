"""axe-core in the very page that a person sees: by the browser's door for tools, which the page's rules leave open."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import CDPSession, Page

from hatecase.embedded import PROJECT

SOURCE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# WCAG's own measure for a page that must not scroll in two directions (1.4.10).
NARROW = 320

_RUN = """async (tags) => {
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
  return found.violations.map(v => ({id: v.id, help: v.help, where: v.nodes.map(n => n.html.slice(0, 160))}));
}"""
_TOO_WIDE = """() => document.documentElement.scrollWidth - document.documentElement.clientWidth"""


def violations(page: Page, tools: CDPSession, *, scripts: bool) -> list[str]:
    """What axe finds against WCAG 2.2 AA and good practice, a sentence each.

    Where scripts are off they are allowed for the tool alone: the page's own were passed over when it was read.
    """
    tools.send("Emulation.setScriptExecutionDisabled", {"value": False})
    try:
        page.evaluate(SOURCE.read_text())
        found: list[dict[str, Any]] = page.evaluate(_RUN, RULES)
    finally:
        tools.send("Emulation.setScriptExecutionDisabled", {"value": not scripts})
    return [f"{rule['id']} ({rule['help']}): {' · '.join(rule['where'][:4])}" for rule in found]


def too_wide(page: Page) -> str:
    """By how much the page scrolls sideways on a small phone; nothing where it does not."""
    usual = page.viewport_size
    page.set_viewport_size({"width": NARROW, "height": 640})
    try:
        over = page.evaluate(_TOO_WIDE)
    finally:
        if usual:
            page.set_viewport_size(usual)
    return f"scrolls sideways by {over} pixels at a width of {NARROW}" if over > 0 else ""
