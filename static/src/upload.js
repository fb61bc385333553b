// Shows how far the files of a form have been sent. Without this file the form is sent as any other.
const begin = () => {
  const form = document.querySelector("form[data-upload]");
  if (form) {
    form.addEventListener("submit", (event) => send(form, event));
    takeDropped(form);
    takePhoto(form);
  }
};

// Files that are dropped on the place or pasted, a screenshot for instance, join those that were chosen.
const join = (form, added, words = "Chosen") => {
  const input = form.querySelector("input[type=file]");
  if (added.length === 0) {
    return;
  }
  const all = new DataTransfer();
  [...input.files, ...added].forEach((file) => all.items.add(file));
  input.files = all.files;
  const names = [...input.files].map((file) => file.name).join(", ");
  form.querySelector("[data-upload-chosen]").textContent = `${words}: ${names}`;
};

const takeDropped = (form) => {
  const place = form.querySelector("[data-upload-drop]");
  place.hidden = false;
  const over = (event, inside) => {
    event.preventDefault();
    place.classList.toggle("hc-upload__drop--over", inside);
  };
  place.addEventListener("dragover", (event) => over(event, true));
  place.addEventListener("dragleave", (event) => over(event, false));
  place.addEventListener("drop", (event) => {
    over(event, false);
    join(form, [...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    if (form.isConnected) {
      join(form, [...event.clipboardData.files]);
    }
  });
};

// A telephone offers its camera for a field of its own, without a name: what is taken joins the others.
const takePhoto = (form) => {
  const camera = form.querySelector("[data-upload-camera]");
  camera.parentElement.hidden = !window.matchMedia("(pointer: coarse)").matches;
  camera.addEventListener("change", () => {
    join(form, [...camera.files]);
    camera.value = "";
  });
};

const send = (form, event) => {
  const files = form.querySelector("input[type=file]");
  if (!files || files.files.length === 0) {
    return;
  }
  event.preventDefault();
  if (form.dataset.sending) {
    return;
  }
  form.dataset.sending = "yes";
  const place = form.querySelector(".hc-upload");
  const bar = place.querySelector("progress");
  const status = place.querySelector("[data-upload-status]");
  const button = form.querySelector("button[type=submit]");
  place.hidden = false;
  button.disabled = true;
  status.textContent = "Sending the files";
  const request = new XMLHttpRequest();
  request.open("POST", form.getAttribute("action") || window.location.href);
  request.setRequestHeader("Hatecase-Upload", "1");
  request.upload.addEventListener("progress", (sent) => {
    if (sent.lengthComputable) {
      bar.value = Math.round((sent.loaded / sent.total) * 100);
    }
  });
  request.upload.addEventListener("load", () => {
    bar.removeAttribute("value");
    status.textContent = "Sent. The files are being checked";
  });
  request.addEventListener("load", () => answered(request, [...files.files]));
  request.addEventListener("error", () => {
    delete form.dataset.sending;
    button.disabled = false;
    bar.value = 0;
    status.textContent = "The files could not be sent. Check your connection and try again";
  });
  request.send(new FormData(form));
};

// What came back: where to go on, or the page again with what has to be put right. The files go over to its form: one
// that was pasted or photographed is perhaps nowhere else.
const answered = (request, files) => {
  if (request.status === 204) {
    window.location.assign(request.getResponseHeader("Location"));
    return;
  }
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const main = page.querySelector("main");
  if (!main || (request.responseURL && new URL(request.responseURL).pathname !== window.location.pathname)) {
    window.location.assign(request.responseURL || window.location.href);
    return;
  }
  document.title = page.title;
  document.querySelector("main").replaceWith(main);
  begin();
  const form = document.querySelector("form[data-upload]");
  if (form) {
    join(form, files, "The files are still chosen");
  }
  const summary = document.querySelector(".govuk-error-summary");
  if (summary) {
    summary.setAttribute("tabindex", "-1");
    summary.focus();
    summary.scrollIntoView();
  }
};

begin();
