/* What pages gain where scripts run; without, every page still does its work. */
"use strict";

// Of a visit's form only the fields the chosen outcome asks for; the rest stays out of the way, and is not sent.
document.querySelectorAll("form[data-visit]").forEach(function (form) {
  var always = ["note", "name", "id_number"];
  function narrow() {
    var chosen = form.querySelector("input[name=code]:checked, select[name=code] option:checked");
    var told = (chosen && chosen.dataset) || {};
    var needs = (told.needs || "").split(" "), forms = (told.forms || "").split(" ");
    form.querySelectorAll("[data-field]").forEach(function (label) {
      var name = label.dataset.field;
      var shown = always.indexOf(name) >= 0 || needs.indexOf(name) >= 0;
      label.hidden = !shown;
      label.querySelectorAll("input,select,textarea").forEach(function (field) {
        field.disabled = !shown;
        if (shown && field.dataset.suggest && !field.value) { field.value = field.dataset.suggest; }
      });
    });
    form.querySelectorAll("[data-field=form] option").forEach(function (option) {
      option.hidden = option.value !== "" && forms.indexOf(option.value) < 0;
    });
  }
  form.addEventListener("change", narrow);
  narrow();
});

// Drafts: what is typed stays in this browser until it was sent, for at the door there may be no network. Under the login
// of whoever typed it, without names and numbers, for a week at most, and gone when they sign out.
var doudi = (function () {
  var WEEK = 7 * 24 * 3600 * 1000, ROOT = "doudi.", LEAVES_OUT = ["word", "version", "name", "id_number"];
  var who = document.querySelector("[data-login]");
  var own = who ? ROOT + who.dataset.login + "." : null;
  function every() { return Object.keys(localStorage).filter(function (key) { return key.indexOf(ROOT) === 0; }); }
  function read(key) { try { return JSON.parse(localStorage.getItem(key)); } catch (broken) { return null; } }
  function named(form) {
    return Array.prototype.filter.call(form.elements, function (one) {
      return one.name && one.type !== "file" && LEAVES_OUT.indexOf(one.name) < 0;
    });
  }
  function of(form) { return own && read(own + form.dataset.draft); }
  function keep(form, more) {
    if (!own) { return false; }
    var draft = { at: Date.now(), waits: false, fields: {} };
    named(form).forEach(function (one) { if (one.type !== "radio" || one.checked) { draft.fields[one.name] = one.value; } });
    Object.keys(more || {}).forEach(function (name) { draft[name] = more[name]; });
    try { localStorage.setItem(own + form.dataset.draft, JSON.stringify(draft)); } catch (full) { return false; }
    return true;
  }
  function bring(form) {
    var draft = of(form);
    if (!draft || form.querySelector("[aria-invalid]")) { return null; }
    named(form).forEach(function (one) {
      var told = draft.fields[one.name];
      if (one.type === "radio") { if (told !== undefined) { one.checked = told === one.value; } } else if (told) { one.value = told; }
    });
    form.dispatchEvent(new Event("change"));
    return draft;
  }
  function drop(name) { if (own) { localStorage.removeItem(own + name); } }
  if (own) {
    every().forEach(function (key) {
      var draft = read(key);
      if (key.indexOf(own) !== 0 || !draft || !(Date.now() - draft.at < WEEK)) { localStorage.removeItem(key); }
    });
  }
  function waiting() { return own ? every().filter(function (key) { return (read(key) || {}).waits; }) : []; }
  document.querySelectorAll("form[action='/sign-out']").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      var left = waiting().length;
      if (left && !window.confirm("还有 " + left + " 户的核查结果没有送出，退出后将从本机清除。仍要退出吗？")) { event.preventDefault(); return; }
      every().forEach(function (key) { localStorage.removeItem(key); });
    });
  });
  // What waits is said on every page: the walk that would send it may have been closed.
  var left = waiting().length, main = document.querySelector("main");
  if (left && main && !document.querySelector("[data-queue]")) {
    var note = document.createElement("p"), way = document.createElement("a");
    note.className = "notice warn";
    note.setAttribute("role", "status");
    note.textContent = "本机还有 " + left + " 户的核查结果没有送出。";
    way.href = "/walk";
    way.textContent = "打开走访单，进入该村即自动送出";
    note.appendChild(way);
    main.insertBefore(note, main.firstChild);
  }
  function usual(told) {
    if (!own) { return null; }
    if (!told) { return (read(own + "usual") || {}).fields; }
    try { localStorage.setItem(own + "usual", JSON.stringify({ at: Date.now(), waits: false, fields: told })); } catch (full) { return null; }
    return told;
  }
  return { keep: keep, bring: bring, drop: drop, usual: usual };
})();

document.querySelectorAll("form[data-draft]").forEach(function (form) {
  var note = form.querySelector("[data-draft-note]");
  if (!form.closest("[data-door]")) {
    doudi.bring(form);
    form.addEventListener("submit", function (event) {
      if (navigator.onLine === false) { event.preventDefault(); doudi.keep(form); if (note) { note.hidden = false; } }
    });
  }
  form.addEventListener("input", function () { doudi.keep(form); });
});
// The page a sent form leads to says which draft is done.
(function () {
  var told = new URLSearchParams(location.search).get("told");
  if (told) { doudi.drop("visit-" + told); }
})();

// What is to be put right is where one begins, however far down a telephone's page it stands.
(function () {
  var wrong = Array.prototype.filter.call(document.querySelectorAll("input[aria-invalid], select[aria-invalid], textarea[aria-invalid]"), function (one) {
    return one.offsetParent && !one.disabled;
  })[0];
  if (wrong) { wrong.focus(); }
})();

// A choice that narrows a list does so at once.
document.querySelectorAll("select[data-at-once]").forEach(function (select) {
  select.addEventListener("change", function () { select.form.submit(); });
});

// Who took the last households over is likely who takes the next: filled in until they sign out, never over what stands there.
document.querySelectorAll("form[data-usual]").forEach(function (form) {
  var names = ["responsible_unit", "responsible_person"], fields = doudi.usual() || {};
  if (!form.elements.responsible_unit) { return; }  // a list of which nothing waits to be taken over
  names.forEach(function (name) { if (!form.elements[name].value) { form.elements[name].value = fields[name] || ""; } });
  form.addEventListener("submit", function () {
    var told = {};
    names.forEach(function (name) { told[name] = form.elements[name].value; });
    doudi.usual(told);
  });
});

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
