// Pages work without this file. Polling rests while nobody looks at the page.
document.addEventListener("htmx:before:request", (event) => {
  const source = event.detail?.ctx?.sourceElement;
  if (document.hidden && source?.getAttribute("hx-trigger")?.startsWith("every")) event.preventDefault();
});
