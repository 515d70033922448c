"use strict";
(() => {
  const table = document.getElementById("all");
  const status = document.getElementById("status");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);
  const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

  const sort = (head, column) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    const number = head.dataset.sort === "number";
    const keys = new Map(rows.map((row) => {
      const cell = row.cells[column];
      return [row, number ? Number(cell.dataset.value) : cell.textContent];
    }));
    rows.sort((a, b) => {
      const x = keys.get(a), y = keys.get(b);
      return (number ? x - y : words.compare(x, y)) * (down ? -1 : 1);
    });
    body.append(...rows);
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    status.textContent = `Sorted by ${head.textContent}, ${down ? "descending" : "ascending"}.`;
  };

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head, column));
    head.append(button);
  });

  const filter = document.getElementById("filter");
  filter.addEventListener("input", () => {
    const wanted = plain(filter.value.trim());
    let shown = 0;
    for (const row of rows) {
      row.hidden = !plain(row.cells[0].textContent).includes(wanted);
      shown += row.hidden ? 0 : 1;
    }
    status.textContent = wanted ? `${shown} of ${rows.length} shown.` : "";
  });
  document.getElementById("find").hidden = false;
})();
