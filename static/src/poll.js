// Looks something up again while it is being made. Without this file the page's own link does the same.
const EVERY = 2000;
const LONGEST = 10 * 60 * 1000;

for (const place of document.querySelectorAll("[data-poll]")) {
  const started = Date.now();
  const look = async () => {
    const answer = await fetch(place.dataset.poll, { headers: { Accept: "text/html", "Hatecase-Background": "1" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) {
      return;
    }
    const part = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    if (part.querySelector("[data-waiting]")) {
      if (Date.now() - started < LONGEST) {
        setTimeout(again, EVERY);
      }
      return;
    }
    place.replaceChildren(...part.childNodes);
  };
  const again = () => look().catch(() => setTimeout(again, EVERY * 3));
  setTimeout(again, EVERY);
}
