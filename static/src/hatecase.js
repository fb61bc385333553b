// Everything works without this file; it makes menus, counters and revealed questions nicer.
import { initAll } from "./govuk-frontend.min.js";

initAll();

// Long filters fold away on a narrow screen.
for (const panel of document.querySelectorAll("details[data-open-when-wide]")) {
  panel.open = panel.open || window.matchMedia("(min-width: 48em)").matches;
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
