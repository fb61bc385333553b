// Before anything is drawn: say that scripts run, so that what needs them is shown as it will be.
document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) {
  document.body.classList.add("govuk-frontend-supported");
}
