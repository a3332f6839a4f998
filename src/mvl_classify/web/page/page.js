(function () {
  "use strict";
  var PAUSE = 300;
  var HINT = "Nothing to score yet.";
  var markup = window.trustedTypes
    ? window.trustedTypes.createPolicy("report", { createHTML: function (html) { return html; } })
    : { createHTML: function (html) { return html; } };
  var timer = null, running = null;

  function by(id) { return document.getElementById(id); }
  function comparing() { return by("compare").checked; }
  function kind() { return document.querySelector("input[name=kind]:checked").value || null; }
  function versions() {
    return (comparing() ? [0, 1] : [0]).map(function (number) {
      return { text: by("text-" + number).value, title: by("title-" + number).value.trim() || null };
    });
  }
  function say(message, problem) {
    by("status").textContent = message;
    by("status").classList.toggle("problem", Boolean(problem));
  }
  function state(name) { by("results").dataset.state = name; }
  function element(name, text, className) {
    var made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }
  function signed(value) {
    if (value === null) return "–";
    var text = Math.abs(value).toFixed(2);
    return (text === "0.00" ? "" : value < 0 ? "−" : "+") + text;
  }

  async function problem(response) {
    try { return (await response.json()).detail; } catch (error) { return "The server answered " + response.status + "."; }
  }
  async function post(path, body, signal) {
    var response = await fetch(path, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal: signal,
    });
    if (!response.ok) throw new Error(await problem(response));
    return response;
  }

  function later() {
    clearTimeout(timer);
    state("waiting");
    timer = setTimeout(show, PAUSE);
  }
  async function show() {
    clearTimeout(timer);
    if (running) running.abort();
    var mine = running = new AbortController(), asked = versions();
    state("waiting");
    if (asked.every(function (one) { return !one.text.trim(); })) { clear(); say(HINT); state("empty"); return; }
    try {
      var answer = await (await post("view", { versions: asked, kind: kind() }, mine.signal)).json();
      if (mine === running) draw(answer, asked);
    } catch (error) {
      if (mine !== running || error.name === "AbortError") return;
      clear();
      state("refused");
      say(error instanceof TypeError ? "The server does not answer. Is it still running?" : error.message, true);
    }
  }
  function clear() {
    [0, 1].forEach(function (number) {
      by("result-" + number).replaceChildren();
      by("download-" + number).disabled = true;
    });
    by("changes").hidden = true;
  }
  function draw(answer, asked) {
    answer.versions.forEach(function (version, number) {
      var column = by("result-" + number);
      column.innerHTML = markup.createHTML(version.html);
      column.firstElementChild.after(column.querySelector(".reading"));
      if (asked.length > 1) name(column, number);
      by("download-" + number).disabled = !asked[number].text.trim();
    });
    by("changes").hidden = answer.changes === null;
    if (answer.changes) changes(answer.changes, answer.names);
    state("scored");
    say("Scored: " + answer.versions.map(function (version, number) {
      var said = version.label + (version.orientation === null ? "" : ", orientation " + signed(version.orientation));
      return asked.length > 1 ? by("name-" + number).textContent.toLowerCase() + " " + said : said;
    }).join("; ") + ".");
  }
  // In a comparison every section names its version, so that no two regions are called alike.
  function name(column, number) {
    column.querySelectorAll("section[aria-labelledby]").forEach(function (section) {
      var heading = section.querySelector("h2");
      heading.textContent = by("name-" + number).textContent + ": " + heading.textContent;
    });
  }

  function changes(found, names) {
    var body = by("changes-body");
    body.replaceChildren(headline(found), table(found.dimensions, names), sentences(found, names));
  }
  function headline(found) {
    var change = found.orientation.change;
    var said = change === null ? "One of the versions has no orientation"
      : Math.abs(change) < 0.005 ? "The orientation stays as it is"
      : "The orientation moves by " + signed(change) + ", towards " + (change < 0 ? "management" : "leadership");
    return element("p", said + " (before " + signed(found.orientation.before) + ", after " + signed(found.orientation.after) + ").");
  }
  function table(dimensions, names) {
    var wide = element("div", undefined, "wide"), made = element("table"), head = element("tr"), rows = element("tbody");
    wide.tabIndex = 0;
    wide.setAttribute("role", "group");
    wide.setAttribute("aria-label", "Dimensions that changed");
    made.append(element("caption", "Dimensions that changed"));
    ["Dimension", "Before", "After", "Change"].forEach(function (title, column) {
      var cell = element("th", title, column ? "number" : "");
      cell.scope = "col";
      head.append(cell);
    });
    Object.keys(dimensions).forEach(function (key) {
      var one = dimensions[key];
      if (one.before === one.after) return;
      var row = element("tr"), cell = element("th", names[key]);
      cell.scope = "row";
      row.append(cell);
      ["before", "after", "change"].forEach(function (field) {
        var text = field !== "change" && one[field] === null ? "no evidence" : signed(one[field]);
        row.append(element("td", text, "number"));
      });
      rows.append(row);
    });
    if (!rows.children.length) return element("p", "No dimension changed.");
    var top = element("thead");
    top.append(head);
    made.append(top, rows);
    wide.append(made);
    return wide;
  }
  var SIGNS = { removed: "− removed", added: "+ added", "left out": "○ no longer counted", "taken in": "● now counted" };
  var TAGS = { removed: "del", added: "ins" };
  function sentences(found, names) {
    var box = element("div"), list = element("ul");
    var same = found.same_count + (found.same_count === 1 ? " sentence is" : " sentences are") + " in both versions.";
    if (!found.sentences.length) { box.append(element("p", "The versions have the same sentences; " + same)); return box; }
    found.sentences.forEach(function (one) {
      var row = element("li");
      var says = one.label === "neutral" || !one.counted ? "" : " (" + one.label + ", " + names[one.dimension] + ")";
      var words = element(TAGS[one.change] || "q");
      words.append(element("bdi", one.text));
      row.append(element("span", SIGNS[one.change], "sign"), " ", words, element("span", says, "tag"));
      list.append(row);
    });
    box.append(list, element("p", same, "facts"));
    return box;
  }

  async function download(number) {
    var one = versions()[number], named = one.title || by("name-" + number).textContent;
    try {
      var response = await post("report", { text: one.text, title: one.title, kind: kind(), name: named });
      var link = element("a"), address = URL.createObjectURL(await response.blob());
      var file = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") || "");
      link.href = address;
      link.download = file ? file[1] : "report.html";
      link.click();
      setTimeout(function () { URL.revokeObjectURL(address); }, 10000);
      say("The report is in your downloads.");
    } catch (error) { say(error.message, true); }
  }
  async function open(file, number) {
    if (!file) return;
    say("Reading " + file.name + "…");
    try {
      var response = await fetch("text?name=" + encodeURIComponent(file.name), {
        method: "POST", headers: { "content-type": "application/octet-stream" }, body: file,
      });
      if (!response.ok) throw new Error(await problem(response));
      by("text-" + number).value = (await response.json()).text;
      show();
    } catch (error) { say(error.message, true); }
  }
  function drop(number) {
    var box = by("text-" + number).closest(".version");
    box.addEventListener("dragover", function (event) {
      event.preventDefault();
      box.classList.add("dropping");
    });
    box.addEventListener("dragleave", function () { box.classList.remove("dropping"); });
    box.addEventListener("drop", function (event) {
      event.preventDefault();
      box.classList.remove("dropping");
      if (event.dataTransfer.files.length) { open(event.dataTransfer.files[0], number); return; }
      var text = event.dataTransfer.getData("text/plain");
      if (text) { by("text-" + number).value = text; show(); }
    });
  }
  function compare() {
    var on = comparing();
    document.documentElement.classList.toggle("wide-page", on);
    by("second").hidden = by("result-1").hidden = !on;
    by("name-0").textContent = on ? "Before" : "Your text";
    if (on && !by("text-1").value) {
      by("text-1").value = by("text-0").value;
      by("title-1").value = by("title-0").value;
    }
    show();
  }

  [0, 1].forEach(function (number) {
    by("text-" + number).addEventListener("input", later);
    by("title-" + number).addEventListener("input", later);
    by("open-" + number).addEventListener("click", function () { by("file-" + number).click(); });
    by("file-" + number).addEventListener("change", function (event) {
      open(event.target.files[0], number);
      event.target.value = "";
    });
    by("clear-" + number).addEventListener("click", function () {
      by("text-" + number).value = by("title-" + number).value = "";
      by("text-" + number).focus();
      show();
    });
    by("download-" + number).addEventListener("click", function () { download(number); });
    drop(number);
  });
  document.querySelectorAll("input[name=kind]").forEach(function (input) { input.addEventListener("change", show); });
  by("compare").addEventListener("change", compare);
  by("form").addEventListener("submit", function (event) { event.preventDefault(); show(); });
  compare();
})();
