// Draws the parts to cover on the pages; each is a line of the form's own field, which works without this as well.
const field = document.querySelector("[data-boxes]");
const sheets = document.querySelectorAll("[data-redact] .hc-redact__sheet");
const least = 0.5;

const lines = () => field.value.split("\n").map((line) => line.trim()).filter(Boolean);
const pageOf = (sheet) => sheet.closest("[data-page]").dataset.page;
const rounded = (number) => Math.round(number * 10) / 10;

// The rectangles as the field says them, whoever wrote it.
const show = () => {
  document.querySelectorAll(".hc-redact__box").forEach((box) => box.remove());
  lines().forEach((line, index) => {
    const [page, left, top, width, height] = line.split(/[\s,]+/);
    const sheet = [...sheets].find((one) => pageOf(one) === page);
    if (!sheet || !height) {
      return;
    }
    const box = document.createElement("button");
    box.type = "button";
    box.className = "hc-redact__box";
    box.setAttribute("aria-label", `Covered part ${index + 1} on page ${page}. Select to remove it`);
    place(box, Number(left), Number(top), Number(width), Number(height));
    box.addEventListener("click", () => {
      field.value = lines().filter((_, number) => number !== index).join("\n");
      show();
      field.focus();
    });
    sheet.append(box);
  });
};

const place = (box, left, top, width, height) => {
  box.style.left = `${left}%`;
  box.style.top = `${top}%`;
  box.style.width = `${Math.min(width, 100 - left)}%`;
  box.style.height = `${Math.min(height, 100 - top)}%`;
};

const draw = (sheet) => {
  let start = null;
  let shape = null;
  const at = (event) => {
    const area = sheet.getBoundingClientRect();
    const inside = (value) => Math.min(100, Math.max(0, value));
    return [inside(((event.clientX - area.left) / area.width) * 100), inside(((event.clientY - area.top) / area.height) * 100)];
  };
  const between = (first, second) => [
    Math.min(first[0], second[0]),
    Math.min(first[1], second[1]),
    Math.abs(first[0] - second[0]),
    Math.abs(first[1] - second[1]),
  ];
  sheet.addEventListener("pointerdown", (event) => {
    if (event.target.closest(".hc-redact__box") || event.button !== 0) {
      return;
    }
    event.preventDefault();
    sheet.setPointerCapture(event.pointerId);
    start = at(event);
    shape = document.createElement("span");
    shape.className = "hc-redact__drawing";
    sheet.append(shape);
  });
  sheet.addEventListener("pointermove", (event) => {
    if (start) {
      place(shape, ...between(start, at(event)));
    }
  });
  const end = (event) => {
    if (!start) {
      return;
    }
    const box = between(start, at(event));
    shape.remove();
    start = null;
    if (event.type === "pointerup" && box[2] > least && box[3] > least) {
      field.value = [...lines(), [pageOf(sheet), ...box.map(rounded)].join(" ")].join("\n");
      show();
    }
  };
  sheet.addEventListener("pointerup", end);
  sheet.addEventListener("pointercancel", end);
};

if (field) {
  document.querySelector("[data-redact-hint]").hidden = false;
  sheets.forEach(draw);
  field.addEventListener("input", show);
  show();
}
