// Warns before the sign-in ends, and hands over what was typed when it does. The server ends it by its own clock
// whether or not this file runs; without it, a form that comes too late is kept all the same.
const dialog = document.getElementById("stay");
const text = dialog.querySelector("[data-stay-text]");
const button = dialog.querySelector("[data-stay-on]");
const keep = dialog.querySelector("[data-stay-keep]");
const warning = Number(dialog.dataset.warning);
const LAST = 5;
let ends = Date.now() + Number(dialog.dataset.seconds) * 1000;
let typed = null;

const left = () => Math.max(0, Math.round((ends - Date.now()) / 1000));

// Asked without a method, the server only says how long there is; another window may have been used meanwhile.
const ask = async (method) => {
  const headers = { Accept: "application/json", ...(method === "POST" ? {} : { "Hatecase-Background": "1" }) };
  if (method === "POST") {
    headers["X-CSRFToken"] = keep.querySelector("[name=csrfmiddlewaretoken]").value;
  }
  const answer = await fetch(dialog.dataset.stay, { method, headers, credentials: "same-origin", redirect: "manual" });
  ends = answer.ok ? Date.now() + (await answer.json()).seconds * 1000 : Date.now();
};

const say = () => {
  const minutes = Math.ceil(left() / 60);
  text.textContent = left() <= 60 ? "in less than a minute" : `in ${minutes} minutes`;
};

const finish = () => {
  for (const [name, value] of typed ? new FormData(typed) : []) {
    if (typeof value === "string" && name !== "csrfmiddlewaretoken") {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      keep.append(field);
    }
  }
  const action = typed && typed.getAttribute("action");
  const target = new URL(action || window.location.href, window.location.href);
  keep.querySelector("[name=kept_path]").value = target.pathname + target.search;
  keep.submit();
};

const look = async () => {
  if (left() <= warning) {
    await ask("GET").catch(() => {});
  }
  if (left() <= LAST) {
    finish();
    return;
  }
  if (left() <= warning) {
    say();
    if (!dialog.open) {
      dialog.showModal();
    }
  } else if (dialog.open) {
    dialog.close();
  }
  setTimeout(look, left() <= warning ? 5000 : Math.min(left() - warning, 30) * 1000);
};

button.addEventListener("click", async () => {
  await ask("POST").catch(() => {});
  if (left() > warning) {
    dialog.close();
  }
});
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[method=post]");
  if (form && !dialog.contains(form)) {
    typed = form;
  }
});
look();
