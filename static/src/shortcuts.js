// Keys for what is done most. Everything they do is a link or a button of the page as well, and they can be switched
// off (WCAG 2.1.4): this browser remembers it. They are off while somebody types and while a dialogue is open.
const OFF = "hatecase-keys-off";
const WAIT = 1500;
const sheet = document.getElementById("keys");
const store = {
  get off() {
    try {
      return localStorage.getItem(OFF) === "1";
    } catch {
      return false;
    }
  },
  set off(value) {
    try {
      value ? localStorage.setItem(OFF, "1") : localStorage.removeItem(OFF);
    } catch {
      // A browser that stores nothing keeps the keys on.
    }
  },
};

const typing = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open]") !== null;
const targetOf = (keys) => document.querySelector(`[data-keys="${CSS.escape(keys)}"]`);

let first = "";
let timer = 0;
const forget = () => {
  first = "";
  clearTimeout(timer);
};

const act = (keys) => {
  if (keys === "?") {
    sheet.showModal();
    return true;
  }
  const place = targetOf(keys);
  if (!place) {
    return false;
  }
  place.matches("input") ? place.focus() : place.click();
  return true;
};

const pressed = (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) {
    return;
  }
  if (store.off || typing(event.target) || document.querySelector("dialog[open]") || event.key.length !== 1) {
    return;
  }
  const keys = first ? `${first} ${event.key}` : event.key;
  forget();
  if (keys === "g") {
    first = "g";
    timer = setTimeout(forget, WAIT);
  } else if (act(keys)) {
    event.preventDefault();
  }
};

if (sheet) {
  document.addEventListener("keydown", pressed);
  const toggle = sheet.querySelector("[data-keys-switch]");
  const state = sheet.querySelector("[data-keys-state]");
  const show = () => {
    toggle.textContent = store.off ? "Switch keyboard shortcuts on" : "Switch keyboard shortcuts off";
    state.textContent = store.off ? "Keyboard shortcuts are off in this browser." : "Keyboard shortcuts are on in this browser.";
  };
  toggle.addEventListener("click", () => {
    store.off = !store.off;
    show();
  });
  show();
  sheet.querySelector("[data-keys-close]").addEventListener("click", () => sheet.close());
  for (const opener of document.querySelectorAll("[data-keys-open]")) {
    opener.hidden = false;
    opener.addEventListener("click", () => sheet.showModal());
  }
}
