// Small comforts; every page reads and works without them.

// A tip shown on hover or focus goes away with Escape and comes back on the next visit (WCAG 1.4.13).
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const number of document.querySelectorAll(".number:hover, .number:focus-within")) number.classList.add("shut");
});
for (const leaving of ["mouseout", "focusout"]) {
  document.addEventListener(leaving, (event) => event.target.closest?.(".number.shut")?.classList.remove("shut"));
}

// A tip that would run out of the window opens to the other side.
for (const arriving of ["mouseover", "focusin"]) {
  document.addEventListener(arriving, (event) => {
    const number = event.target.closest?.(".number");
    const tip = number?.querySelector(".number-tip");
    if (tip) number.classList.toggle("end", number.getBoundingClientRect().left + tip.offsetWidth > document.documentElement.clientWidth - 8);
  });
}

// A form that only chooses what to look at sends itself when a choice is made.
for (const form of document.querySelectorAll("form[data-choose]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

// The one-time link signs in without a further click; a page the browser only prepares waits until it is looked at.
const arrival = document.querySelector("form[data-arrive]");
if (arrival) {
  if (document.prerendering) document.addEventListener("prerenderingchange", () => arrival.requestSubmit(), { once: true });
  else arrival.requestSubmit();
}

// What is being made is asked for every two seconds; its words and its bar change in place. Where something starts or ends the page is
// read anew, unless somebody is typing into it.
const live = document.querySelector("[data-live]");
if (live) {
  const look = async () => {
    try {
      const answer = await fetch(live.dataset.live, { headers: { accept: "text/html" } });
      if (answer.redirected || answer.status === 403) return location.reload();
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
      if (fresh && fresh.dataset.mark !== live.dataset.mark && !document.activeElement?.matches("input, select")) return location.reload();
      for (const part of fresh?.querySelectorAll("[data-part]") ?? []) {
        const shown = live.querySelector(`[data-part="${part.dataset.part}"]`);
        if (part.hasAttribute("value")) shown?.setAttribute("value", part.getAttribute("value"));
        else if (shown && shown.textContent !== part.textContent) shown.textContent = part.textContent;
      }
    } catch {
      // The workspace does not answer just now; the next look may.
    }
    setTimeout(look, 2000);
  };
  setTimeout(look, 2000);
}
