// Keys for what is done most. Everything they do is a link or a button of the page as well, and they can be switched
// off (WCAG 2.1.4): this browser remembers it. They are off while somebody types and while a dialogue is open.
const OFF = "hatecase-keys-off";
const WAIT = 1500;
// Keys after which another one is waited for: go to a list, add to this case.
const BEGIN = ["g", "a"];
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

// The sheet is the help page's own table, with the switch under it.
const fill = async () => {
  const answer = await fetch(sheet.dataset.keysFrom, { headers: { Accept: "text/html", "Hatecase-Background": "1" }, credentials: "same-origin" });
  const table = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("keys-table");
  const title = document.createElement("h2");
  title.className = "govuk-heading-m";
  title.textContent = "Keyboard shortcuts";
  title.tabIndex = -1;
  const state = document.createElement("p");
  state.className = "govuk-body";
  state.setAttribute("role", "status");
  const buttons = document.createElement("div");
  buttons.className = "govuk-button-group";
  const close = button("Close", "govuk-button", () => sheet.close());
  const toggle = button("", "govuk-button govuk-button--secondary", () => {
    store.off = !store.off;
    say();
  });
  const say = () => {
    toggle.textContent = store.off ? "Switch keyboard shortcuts on" : "Switch keyboard shortcuts off";
    state.textContent = store.off ? "Keyboard shortcuts are off in this browser." : "Keyboard shortcuts are on in this browser.";
  };
  say();
  buttons.append(close, toggle);
  sheet.replaceChildren(title, ...(table ? table.children : []), state, buttons);
};

const button = (text, look, action) => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = look;
  made.textContent = text;
  made.addEventListener("click", action);
  return made;
};

// The sheet takes the focus, keeps it while it is open, and gives it back to where it was.
let before = null;
const show = () => {
  sheet.showModal();
  sheet.querySelector("h2").focus();
};

const open = () => {
  if (sheet.open) {
    return;
  }
  before = document.activeElement;
  if (sheet.firstChild) {
    show();
    return;
  }
  fill().then(show, () => location.assign(`${sheet.dataset.keysFrom}#keyboard`));
};

// Also from where nothing has the focus, as after a click beside the buttons; a warning that opens above has its own.
const within = (event) => {
  if (event.key !== "Tab" || !sheet.open || document.querySelector("dialog[open]:not(#keys)")) {
    return;
  }
  const stops = [...sheet.querySelectorAll("a[href], button")];
  const [first, last] = [stops[0], stops[stops.length - 1]];
  const at = document.activeElement;
  const outside = !sheet.contains(at);
  if (event.shiftKey ? at === first || !stops.includes(at) : at === last || outside) {
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  }
};

const back = () => {
  if (before && before.isConnected) {
    before.focus();
  }
  before = null;
};

const act = (keys) => {
  if (keys === "?") {
    open();
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
  if (BEGIN.includes(keys)) {
    first = keys;
    timer = setTimeout(forget, WAIT);
  } else if (act(keys)) {
    event.preventDefault();
  }
};

if (sheet) {
  document.addEventListener("keydown", pressed);
  document.addEventListener("keydown", within);
  sheet.addEventListener("close", back);
  for (const opener of document.querySelectorAll("[data-keys-open]")) {
    opener.addEventListener("click", (event) => {
      event.preventDefault();
      open();
    });
  }
}
