(() => {
  // The heading of a column is a button that sorts by it; pressed once more it turns the order around.
  const body = document.getElementById("rows");
  const headings = Array.from(document.querySelectorAll("th[data-sorts]"));
  const value = (row, column, kind) => {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim();
    return kind === "number" ? Number(text) : text;
  };
  const compared = (one, other) => (typeof one === "number" ? one - other : one.localeCompare(other, "en", { numeric: true }));
  for (const heading of headings) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sorts";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const turned = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      const kind = heading.dataset.sorts;
      const column = heading.cellIndex;
      const rows = Array.from(body.rows, (row) => ({ row, value: value(row, column, kind) }));
      rows.sort((one, other) => turned * compared(one.value, other.value));
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", turned === 1 ? "ascending" : "descending");
      body.append(...rows.map(({ row }) => row));
    });
  }
})();
