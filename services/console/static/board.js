/* What the board gains where scripts run: which group is open is told, another month keeps it, paper shows what is folded. */
"use strict";

(function () {
  var board = document.querySelector(".board"), row = board.querySelector(".jump ol");
  var links = Array.prototype.slice.call(row.querySelectorAll("a")), choose = board.querySelector("form.choose");
  function tell() {
    var here = links.filter(function (one) { return one.hash === location.hash; })[0] || links[0];
    links.forEach(function (one) { one.removeAttribute("aria-current"); });
    here.setAttribute("aria-current", "true");
    row.scrollLeft = here.offsetLeft - row.clientWidth / 3;
    choose.action = "/board" + location.hash;
  }
  window.addEventListener("hashchange", tell);
  tell();

  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.prototype.slice.call(board.querySelectorAll("details.alternative:not([open]), .rests details:not([open])"));
    opened.forEach(function (one) { one.open = true; });
  });
  window.addEventListener("afterprint", function () { opened.forEach(function (one) { one.open = false; }); });
})();
