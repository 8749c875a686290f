async (page, document) => {
  const one = (selector) => document.querySelector(selector), all = (selector) => [...document.querySelectorAll(selector)];
  const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  const root = document.documentElement, rows = all("#rows tr");
  const shown = () => rows.filter((row) => row.offsetHeight).map((row) => row.dataset.verdict);
  const set = (id, value) => {
    const field = one(id);
    field.value = value;
    field.dispatchEvent(new Event("input"));
    return shown();
  };
  const seen = {
    overflow: root.scrollWidth - root.clientWidth, width: page.innerWidth, heading: one("h1").textContent,
    verdict_bottom: one("h1").getBoundingClientRect().bottom, levels_bottom: one(".levels").getBoundingClientRect().bottom,
    at_first: shown().length, filter: one("#filter").offsetHeight > 0,
  };
  seen.failures = set("#filter-verdict", "fail");
  seen.told = one("#filter-count").textContent;
  one("#filter-clear").click();
  seen.cleared = shown().length;
  seen.strength = set("#filter-strength", "MAY");
  set("#filter-strength", "");
  seen.nothing = set("#filter-text", "nowhere followed");
  seen.found = set("#filter-text", "FOLLOWED href");
  set("#filter-text", "");
  const link = one("a[data-filter]");
  link.addEventListener("click", (event) => event.preventDefault()); // the address of a frame is not that of its page
  link.click();
  seen.linked = shown();

  const buttons = all("figcaption button");
  seen.buttons = buttons.map((button) => button.textContent);
  const copied = async (grants) => { // by a clipboard of our own: a real one answers when it likes, or to nobody
    let taken = "";
    const writeText = async (text) => { if (grants) taken = text; else throw new DOMException("denied"); };
    Object.defineProperty(page.navigator, "clipboard", { value: { writeText }, configurable: true });
    page.getSelection().removeAllRanges();
    buttons[0].click();
    await wait(0);
    const source = one("pre[data-copy]").textContent;
    return [buttons[0].textContent, taken === source, page.getSelection().toString().trim() === source.trim()];
  };
  if (buttons.length) {
    seen.copied = await copied(true);
    seen.selected = await copied(false);
  }

  const picture = one("svg.lanes"), parts = [...picture.querySelectorAll("[aria-label]")];
  seen.stops = parts.map((part) => part.getAttribute("tabindex")).filter((index) => index === "0").length;
  parts[0].focus();
  const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  press("ArrowRight"); press("End"); press("ArrowRight");
  seen.walked = document.activeElement === parts.at(-1);
  parts[0].dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
  seen.pointed = !one(".tip").hidden && one(".tip").textContent === parts[0].getAttribute("aria-label");
  press("Escape");
  seen.dismissed = one(".tip").hidden;
  seen.titles = picture.querySelectorAll("title").length;
  return seen;
}
