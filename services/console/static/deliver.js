/* Sending a file, and watching a delivery on its way; without scripts a link does the same. */
"use strict";

// What is plainly no use is said before anything is sent; and while it is sent, that it is.
document.querySelectorAll("form[data-send]").forEach(function (form) {
  var input = form.querySelector("input[type=file]");
  var said = form.querySelector("[data-said]");
  var sending = form.querySelector("[data-sending]");
  var most = Number(form.dataset.most);
  function look() {
    var file = input.files[0];
    var why = "";
    if (file && file.size === 0) { why = "“" + file.name + "”是空的（0 字节）。请重新导出后再选。"; }
    if (file && file.size > most) { why = "“" + file.name + "”太大，超过 " + Math.floor(most / 1048576) + " MB。请按乡镇或月份拆成几份。"; }
    if (file && /\.(zip|rar|7z)$/i.test(file.name)) { why = "这是压缩包。请解压后逐个报送里面的表。"; }
    if (file && /\.(pdf|docx?|jpe?g|png|et)$/i.test(file.name)) { why = "“" + file.name + "”不是能读的表格。请另存为 .xlsx 再报送。"; }
    said.textContent = why;
    said.hidden = !why;
    return why;
  }
  input.addEventListener("change", look);
  form.addEventListener("drop", function () { setTimeout(look, 0); });
  form.addEventListener("submit", function (event) {
    if (look()) { event.preventDefault(); input.focus(); return; }
    sending.hidden = false;
    setTimeout(function () { form.querySelectorAll("button").forEach(function (one) { one.disabled = true; }); }, 0);
  });
  // Back from the next page: what was switched off while sending is on again.
  window.addEventListener("pageshow", function () {
    sending.hidden = true;
    form.querySelectorAll("button").forEach(function (one) { one.disabled = false; });
  });
});

// A delivery that moves is looked at again, ever more seldom, until it rests; a tab nobody sees does not ask.
(function () {
  var wait = 700;
  var told = document.querySelector("[data-told]");
  function again() { setTimeout(look, wait); wait = Math.min(wait * 1.3, 5000); }
  function look() {
    var here = document.querySelector("[data-live]");
    if (!here || !here.hasAttribute("data-moving")) { return; }
    if (document.hidden) { again(); return; }
    fetch(location.href).then(function (answer) {
      if (!answer.ok || answer.redirected) { throw new Error("no page"); }
      return answer.text();
    }).then(function (text) {
      var next = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
      if (!next) { throw new Error("no page"); }
      var before = here.querySelector("[data-state]").textContent;
      var after = next.querySelector("[data-state]").textContent;
      here.replaceWith(next);
      if (told && before !== after) { told.textContent = after; }
      again();
    }).catch(again);
  }
  look();
})();
