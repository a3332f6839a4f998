(function () {
  "use strict";
  function close(except) {
    document.querySelectorAll(".sentence.open").forEach(function (sentence) {
      if (sentence !== except) toggle(sentence, false);
    });
  }
  function toggle(sentence, open) {
    sentence.classList.toggle("open", open);
    sentence.querySelector(".badge").setAttribute("aria-expanded", String(open));
  }
  document.addEventListener("click", function (event) {
    var sentence = event.target.closest(".sentence[data-sentence]");
    close(sentence);
    if (sentence && !event.target.closest(".why")) {
      var open = !sentence.classList.contains("open");
      toggle(sentence, open);
      document.documentElement.classList.toggle("quiet", !open);
    }
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    close(null);
    document.documentElement.classList.add("quiet");
  });
  ["mouseover", "focusin"].forEach(function (kind) {
    var last = null;
    document.addEventListener(kind, function (event) {
      var sentence = event.target.closest ? event.target.closest(".sentence") : null;
      if (sentence !== last) document.documentElement.classList.remove("quiet");
      last = sentence;
    });
  });
  function key(row, column) {
    return row.cells[column].getAttribute("data-value");
  }
  function compare(a, b) {
    if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1;
    var x = Number(a), y = Number(b);
    return isNaN(x) || isNaN(y) ? a.localeCompare(b) : x - y;
  }
  document.querySelectorAll("table.sortable thead button").forEach(function (button, column) {
    button.addEventListener("click", function () {
      var heading = button.parentNode, table = heading.closest("table"), body = table.tBodies[0];
      var down = heading.getAttribute("aria-sort") === "ascending";
      table.querySelectorAll("thead th").forEach(function (other) { other.removeAttribute("aria-sort"); });
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      Array.from(body.rows).sort(function (a, b) {
        var x = key(a, column), y = key(b, column);
        return (x === "" || y === "" || !down ? 1 : -1) * compare(x, y);
      }).forEach(function (row) { body.appendChild(row); });
    });
  });
})();
