"use strict";
(() => {
  const form = document.getElementById("filter");
  const count = document.getElementById("filter-count");
  const fields = Array.from(form.querySelectorAll("[data-filters]"));
  const rows = Array.from(document.querySelectorAll("#rows tr"), (row) => ({ row, words: row.textContent.toLowerCase() }));

  const filter = () => {
    const words = fields.find((field) => field.dataset.filters === "text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const exact = fields.filter((field) => field.dataset.filters !== "text" && field.value);
    let shown = 0;
    for (const { row, words: text } of rows) {
      const fits = exact.every((field) => row.dataset[field.dataset.filters] === field.value) && words.every((word) => text.includes(word));
      row.hidden = !fits;
      shown += fits;
    }
    count.textContent = `${shown} of ${rows.length} ${form.dataset.of} shown`;
  };

  // The state of the filter is the fragment of the address, so that a link can carry it: #verdict=fail&level=wire&text=phase
  const read = (fragment) => {
    if (!fragment.includes("=")) return false;
    const wanted = new URLSearchParams(fragment.replace(/^#/, ""));
    for (const field of fields) {
      field.value = wanted.get(field.dataset.filters) ?? "";
      if (field.selectedIndex === -1) field.value = "";
    }
    filter();
    return true;
  };
  const write = () => {
    const wanted = new URLSearchParams(fields.filter((field) => field.value).map((field) => [field.dataset.filters, field.value]));
    try {
      history.replaceState(null, "", `#${wanted.size ? wanted : form.dataset.at}`);
    } catch {
      // some browsers guard the address of a file: the filter works all the same
    }
  };
  const changed = () => { filter(); write(); };

  for (const field of fields) field.addEventListener("input", changed);
  document.getElementById("filter-clear").addEventListener("click", () => {
    for (const field of fields) field.value = "";
    changed();
    fields[0].focus();
  });
  for (const link of document.querySelectorAll("a[data-filter]")) {
    link.addEventListener("click", () => { if (read(link.dataset.filter)) setTimeout(write); });
  }
  const follow = () => { if (read(location.hash)) document.getElementById(form.dataset.at).scrollIntoView(); };
  addEventListener("hashchange", follow);
  form.hidden = false;
  filter();
  follow();
})();
