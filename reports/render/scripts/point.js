(() => {
  // Each picture is one stop of the Tab key; arrow keys go from part to part. What a part tells is shown beside it.
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true"); // a screen reader has the label of the part
  document.body.append(tip);

  const show = (part) => {
    tip.textContent = part.getAttribute("aria-label");
    tip.hidden = false;
    const box = part.getBoundingClientRect();
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    const below = box.bottom + tip.offsetHeight + 8 < innerHeight;
    tip.style.left = `${scrollX + Math.max(8, Math.min(box.left, room))}px`;
    tip.style.top = `${scrollY + (below ? box.bottom + 6 : box.top - tip.offsetHeight - 6)}px`;
  };
  const hide = () => { tip.hidden = true; };

  for (const picture of document.querySelectorAll("[data-point]")) {
    const parts = Array.from(picture.querySelectorAll("title"), (title) => {
      const part = title.parentElement;
      part.setAttribute("aria-label", title.textContent);
      part.setAttribute("role", "img");
      part.setAttribute("tabindex", "-1");
      title.remove(); // else the browser would tell it once more
      return part;
    });
    if (!parts.length) continue;
    parts[0].setAttribute("tabindex", "0");
    const go = (from, to) => {
      from.setAttribute("tabindex", "-1");
      to.setAttribute("tabindex", "0");
      to.focus();
    };
    picture.addEventListener("keydown", (event) => {
      if (event.key === "Escape") hide();
      const at = parts.indexOf(document.activeElement);
      const step = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: parts.length - 1 }[event.key];
      if (at < 0 || step === undefined) return;
      event.preventDefault();
      if (parts[step]) go(parts[at], parts[step]);
    });
    const part = (event) => event.target.closest("[aria-label][tabindex]");
    picture.addEventListener("focusin", (event) => show(event.target));
    picture.addEventListener("focusout", hide);
    picture.addEventListener("pointerover", (event) => { if (parts.includes(part(event))) show(part(event)); });
    picture.addEventListener("pointerleave", hide);
  }
})();
