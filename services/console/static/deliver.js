/* Sending a file, and watching a delivery on its way; without scripts a button and a link do the same. */
"use strict";

// What is plainly no use is said before anything is sent; and while it is sent, how much of it has gone.
document.querySelectorAll("form[data-send]").forEach(function (form) {
  var input = form.querySelector("input[type=file]"), most = Number(form.dataset.most);
  function part(name) { return form.querySelector("[data-" + name + "]"); }
  function look() {
    var file = input.files[0], said = part("said");
    var why = "";
    if (file && file.size === 0) { why = "“" + file.name + "”是空的（0 字节）。请重新导出后再选。"; }
    if (file && file.size > most) { why = "“" + file.name + "”太大，超过 " + Math.floor(most / 1048576) + " MB。请按乡镇或月份拆成几份。"; }
    if (file && /\.(zip|rar|7z)$/i.test(file.name)) { why = "这是压缩包。请解压后逐个报送里面的表。"; }
    if (file && /\.(pdf|docx?|jpe?g|png|et)$/i.test(file.name)) { why = "“" + file.name + "”不是能读的表格。请另存为 .xlsx 再报送。"; }
    said.textContent = why;
    said.hidden = !why;
    return why;
  }
  function rest(still) {
    setTimeout(function () {
      form.querySelectorAll("button:not([data-stop])").forEach(function (one) { one.disabled = still; });
    }, 0);
  }
  input.addEventListener("change", look);
  form.addEventListener("drop", function () { setTimeout(look, 0); });
  form.addEventListener("submit", function (event) {
    if (look()) { event.preventDefault(); input.focus(); return; }
    part("sending").hidden = false;
    part("sending").scrollIntoView({ block: "nearest" });
    rest(true);
    if (event.submitter) { event.preventDefault(); send(event.submitter); }
  });

  function stage(text, sent, done) {
    part("stage").textContent = text;
    part("sent").textContent = sent;
    part("bar").hidden = done;
    part("bar").removeAttribute("value");
  }
  function gone(event) {
    if (!event.lengthComputable || !event.total) { return; }
    part("bar").max = event.total;
    part("bar").value = event.loaded;
    var share = Math.floor(100 * event.loaded / event.total);
    part("sent").textContent = "已上传 " + size(event.loaded) + "，共 " + size(event.total) + "（" + share + "%）";
  }
  function send(by) {
    var told = new FormData(form), asked = new XMLHttpRequest(), clock = 0;
    function over(why) { clearInterval(clock); part("stop").hidden = true; stage(why, "", true); rest(false); }
    told.append(by.name, by.value);
    asked.upload.addEventListener("progress", gone);
    asked.upload.addEventListener("load", function () {
      var from = Date.now();
      part("stop").hidden = true;
      stage("文件已传到服务器，正在登记、查看格式，请不要关闭本页…", "大的文件要一两分钟。", false);
      clock = setInterval(function () {
        part("sent").textContent = "已等 " + Math.round((Date.now() - from) / 1000) + " 秒，大的文件要一两分钟。";
      }, 1000);
    });
    asked.addEventListener("load", function () {
      clearInterval(clock);
      if (new URL(asked.responseURL).pathname === location.pathname) { answer(asked.responseText); } else { location.assign(asked.responseURL); }
    });
    asked.addEventListener("error", function () {
      over("没有报送成：网络断开，或服务没有应答。文件还选着，网络好了再点一次即可；同一份文件送几次都不会重复。");
    });
    asked.addEventListener("abort", function () { over("已停止上传，没有报送。"); });
    part("stop").hidden = false;
    part("stop").onclick = function () { asked.abort(); };
    stage("正在上传，请不要关闭本页…", "", false);
    asked.open("POST", form.action);
    asked.send(told);
  }
  // The answer as a browser would show it, but that the file stays chosen.
  function answer(text) {
    var next = new DOMParser().parseFromString(text, "text/html").querySelector("main");
    var made = next.querySelector("form[data-send]");
    if (made) {
      made.querySelector("input[type=file]").replaceWith(input);
      form.replaceChildren.apply(form, Array.prototype.slice.call(made.childNodes));
      made.replaceWith(form);
    }
    document.querySelector("main").replaceWith(next);
    next.focus();
    var looked = next.querySelector("#looked");
    if (looked && !next.querySelector("[role=alert]:not([hidden])")) { looked.scrollIntoView(); } else { window.scrollTo(0, 0); }
  }
  function size(bytes) { return (bytes / 1048576).toFixed(1) + " MB"; }
  // Back from the next page: what was switched off while sending is on again.
  window.addEventListener("pageshow", function () { part("sending").hidden = true; rest(false); });
});

// A delivery that moves is looked at again, ever more seldom, until it rests; a tab nobody sees does not ask.
(function () {
  var wait = 700;
  var told = document.querySelector("[data-told]");
  var lost = document.querySelector("[data-lost]"), ended = document.querySelector("[data-ended]");
  function again() { setTimeout(look, wait); wait = Math.min(wait * 1.3, 5000); }
  function look() {
    var here = document.querySelector("[data-live]");
    if (!here || !here.hasAttribute("data-moving")) { return; }
    if (document.hidden) { again(); return; }
    fetch(location.href).then(function (answer) {
      if (answer.redirected) { ended.hidden = false; lost.hidden = true; return null; }
      if (!answer.ok) { throw new Error("no page"); }
      return answer.text();
    }).then(function (text) {
      if (text === null) { return; }
      var next = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
      if (!next) { throw new Error("no page"); }
      var before = here.querySelector("[data-state]").textContent;
      var after = next.querySelector("[data-state]").textContent;
      here.replaceWith(next);
      lost.hidden = true;
      if (told && before !== after) { told.textContent = after; }
      again();
    }).catch(function () { lost.hidden = false; again(); });
  }
  look();
})();
