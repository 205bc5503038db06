/* What pages gain where scripts run; without, every page still does its work. */
"use strict";

// Of a visit's form only the fields the chosen outcome asks for; the rest stays out of the way, and is not sent.
document.querySelectorAll("form[data-visit]").forEach(function (form) {
  var always = ["note", "name", "id_number"];
  function narrow() {
    var chosen = form.querySelector("input[name=code]:checked");
    var needs = chosen ? chosen.dataset.needs.split(" ") : [];
    form.querySelectorAll("[data-field]").forEach(function (label) {
      var name = label.dataset.field;
      var shown = always.indexOf(name) >= 0 || needs.indexOf(name) >= 0;
      label.hidden = !shown;
      label.querySelectorAll("input,select,textarea").forEach(function (field) { field.disabled = !shown; });
    });
    var forms = chosen ? chosen.dataset.forms.split(" ") : [];
    form.querySelectorAll("[data-field=form] option").forEach(function (option) {
      option.hidden = option.value !== "" && forms.indexOf(option.value) < 0;
    });
  }
  form.addEventListener("change", narrow);
  narrow();
});

// A draft of what is typed stays in this browser until it was sent: at the door there may be no network.
document.querySelectorAll("form[data-draft]").forEach(function (form) {
  var key = "doudi." + form.dataset.draft;
  var note = form.querySelector("[data-draft-note]");
  function names() { return Array.prototype.filter.call(form.elements, function (one) { return one.name && one.type !== "hidden" && one.name !== "id_number"; }); }
  function keep() {
    var told = {};
    names().forEach(function (one) { if (one.type !== "radio" || one.checked) { told[one.name] = one.value; } });
    try { localStorage.setItem(key, JSON.stringify(told)); } catch (full) { return; }
  }
  function bring() {
    var told = JSON.parse(localStorage.getItem(key) || "null");
    if (!told || form.querySelector("[aria-invalid]")) { return; }
    names().forEach(function (one) {
      if (one.type === "radio") { one.checked = told[one.name] === one.value; } else if (told[one.name]) { one.value = told[one.name]; }
    });
    form.dispatchEvent(new Event("change"));
  }
  bring();
  form.addEventListener("input", keep);
  window.addEventListener("offline", function () { if (note) { note.hidden = false; } });
  form.addEventListener("submit", function (event) {
    if (navigator.onLine === false) { event.preventDefault(); keep(); if (note) { note.hidden = false; } }
  });
});
// The page a sent form leads to says which draft is done.
(function () {
  var told = new URLSearchParams(location.search).get("told");
  if (told) { localStorage.removeItem("doudi.visit-" + told); }
})();

// All of a list at one tick.
document.querySelectorAll("form[data-batch]").forEach(function (form) {
  var boxes = form.querySelectorAll("tbody input[type=checkbox]");
  var place = form.querySelector("thead .tick");
  if (!boxes.length || !place) { return; }
  var all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", "全选");
  all.addEventListener("change", function () { boxes.forEach(function (box) { box.checked = all.checked; }); });
  place.appendChild(all);
});

// A file may be dropped where it is asked for.
document.querySelectorAll("form[data-drop]").forEach(function (form) {
  var input = form.querySelector("input[type=file]");
  ["dragover", "dragleave", "drop"].forEach(function (kind) {
    form.addEventListener(kind, function (event) {
      event.preventDefault();
      form.classList.toggle("over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) { input.files = event.dataTransfer.files; }
    });
  });
});

document.querySelectorAll("[data-print]").forEach(function (button) {
  button.hidden = false;
  button.addEventListener("click", function () { window.print(); });
});

// A page that waits for something looks again by itself; without scripts there is a link.
document.querySelectorAll("[data-reload]").forEach(function (part) {
  setTimeout(function () { location.reload(); }, 1000 * part.dataset.reload);
});

// Words to be put into a document elsewhere.
document.querySelectorAll("[data-copy]").forEach(function (button) {
  if (!navigator.clipboard) { return; }
  button.hidden = false;
  button.addEventListener("click", function () {
    navigator.clipboard.writeText(document.getElementById(button.dataset.copy).innerText).then(function () {
      button.textContent = "已复制";
    });
  });
});
