(() => {
  // Pages from a file may have no clipboard: then the text is selected, and the reader copies it.
  const copy = async (source) => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      return true;
    } catch {
      getSelection().selectAllChildren(source);
      try {
        return document.execCommand("copy");
      } catch {
        return false;
      }
    }
  };
  for (const source of document.querySelectorAll("pre[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      button.textContent = (await copy(source)) ? "Copied" : "Selected: press Ctrl+C";
      setTimeout(() => { button.textContent = "Copy"; }, 3000);
    });
    source.parentElement.querySelector("figcaption").append(button);
  }
})();
