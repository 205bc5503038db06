/* The bench by keyboard: a letter presses the button that bears it. Without this file every button is still there. */
"use strict";
(function () {
  var bench = document.querySelector("[data-bench]");
  if (!bench) { return; }
  var SETTLING = 300; // milliseconds: a second tap meant for the review before must not answer this one
  var began = Date.now(), sent = false;
  var kept = { on: true };
  try { kept.on = localStorage.getItem("doudi.keys") !== "off"; } catch (blocked) { kept.on = true; }

  function show() { bench.classList.toggle("with-keys", kept.on); }
  var choice = bench.querySelector("[data-keys]");
  if (choice) {
    var box = choice.querySelector("input");
    choice.hidden = false;
    box.checked = kept.on;
    box.addEventListener("change", function () {
      kept.on = box.checked;
      try { localStorage.setItem("doudi.keys", kept.on ? "on" : "off"); } catch (full) { return; } finally { show(); }
    });
  }
  show();

  bench.addEventListener("submit", function () { sent = true; });
  window.addEventListener("pageshow", function () { sent = false; began = Date.now(); });

  function types(element) {
    return element.matches && element.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
  }
  // With a Chinese input method the letter comes as the key's place only.
  function letter(event) {
    if (event.key && event.key.length === 1) { return event.key.toLowerCase(); }
    return /^(Key|Digit|Numpad)\w$/.test(event.code) ? event.code.slice(-1).toLowerCase() : "";
  }
  document.addEventListener("keydown", function (event) {
    if (!kept.on || event.repeat || event.ctrlKey || event.altKey || event.metaKey || types(event.target)) { return; }
    var key = letter(event);
    if (!/^[a-z0-9]$/.test(key)) { return; }
    var pressed = bench.querySelector("[data-key='" + key + "']");
    if (!pressed) { return; }
    event.preventDefault();
    if (sent || Date.now() - began < SETTLING) { return; }
    if (pressed.type === "radio") { pressed.checked = true; pressed.focus(); } else { pressed.click(); }
  });
})();
