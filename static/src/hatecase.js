// Everything works without this file; it makes menus, counters and revealed questions nicer.
import { initAll } from "./govuk-frontend.min.js";

initAll();

// A question under an option shows while its option is chosen. (The library's own way gives radios
// an attribute that they may not have.)
const reveal = () => {
  for (const input of document.querySelectorAll("input[data-reveals]")) {
    const question = document.getElementById(input.dataset.reveals);
    const kind = input.type === "radio" ? "radios" : "checkboxes";
    question.classList.toggle(`govuk-${kind}__conditional--hidden`, !input.checked);
  }
};
document.addEventListener("change", reveal);
window.addEventListener("pageshow", reveal);

// Long filters fold away on a narrow screen.
for (const panel of document.querySelectorAll("details[data-open-when-wide]")) {
  panel.open = panel.open || window.matchMedia("(min-width: 48em)").matches;
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
