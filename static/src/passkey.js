// Makes or uses a passkey where a form asks for one; allauth's own script does the talking with the browser.
const failed = (form) => {
  form.querySelector("[data-passkey-error]").hidden = false;
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("button[data-passkey-button]");
  const data = JSON.parse(form.dataset.options);
  const ids = { credential: form.querySelector("input[name=credential]").id };
  button.hidden = false;
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    failed(form);
  });
  if (form.dataset.passkey === "add") {
    window.allauth.webauthn.forms.addForm({ data, ids: { ...ids, add: button.id } });
  } else {
    window.allauth.webauthn.forms.authenticateForm({ data, ids: { ...ids, authenticate: button.id } });
  }
}
