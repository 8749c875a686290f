// Asks for the same page again and puts in what has changed; what a reader opened or closed stays so.
const touched = new Map();
document.addEventListener("click", (event) => {
  const details = event.target.closest("summary")?.parentElement;
  if (details) touched.set(details.id, !details.open);
});
const put = (fresh) => {
  for (const [id, open] of touched) {
    const details = fresh.querySelector(`[id="${CSS.escape(id)}"]`);
    if (details) details.open = open;
  }
  const main = document.querySelector("main"), old = [...main.children], parts = [...fresh.children];
  if (old.length !== parts.length) return main.replaceWith(fresh);
  parts.forEach((part, index) => { if (part.outerHTML !== old[index].outerHTML) old[index].replaceWith(part); });
};
const refresh = async () => {
  try {
    if (!document.hidden) {
      const answer = await fetch(location.pathname, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      put(page.querySelector("main"));
      document.title = page.title;
      document.body.classList.remove("lost");
    }
  } catch {
    document.body.classList.add("lost");
  }
  setTimeout(refresh, document.body.dataset.refreshed * 1000);
};
setTimeout(refresh, document.body.dataset.refreshed * 1000);
