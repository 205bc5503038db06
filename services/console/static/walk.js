/* One village at its doors: each household's answer is kept on this telephone and sent, one after the other, when there is
   network; each says what became of it. Without this script each form is sent by itself. */
"use strict";
(function () {
  var AGAIN = 20000;  // between two tries: a telephone that says it is connected may not be
  var panel = document.querySelector("[data-queue]");
  if (!panel) { return; }
  var count = panel.querySelector("[data-queue-count]"), state = panel.querySelector("[data-queue-state]");
  var again = panel.querySelector("[data-queue-again]");
  var doors = Array.prototype.map.call(document.querySelectorAll("form[data-draft]"), function (form) {
    var card = form.closest(".door");
    return {
      form: form, card: card, says: card.querySelector("[data-door-state]"), box: card.querySelector("[data-door]"),
      wrongs: form.querySelector("[data-wrongs]"), waits: false, done: false
    };
  });
  var busy = false, signedOut = false;

  function say(door, kind, text) { door.card.dataset.state = kind; door.says.textContent = text; }
  function chosen(door) { var one = door.form.querySelector("select[name=code] option:checked"); return one ? one.textContent : ""; }
  function left() { return doors.filter(function (door) { return door.waits; }); }

  function tell() {
    var number = left().length;
    panel.hidden = number === 0 && !signedOut;
    count.textContent = number ? "待送出 " + number + " 户" : "全部送出";
    again.hidden = !signedOut;
    state.textContent = signedOut ? "登录已结束。内容在本机，重新登录后自动继续送出。" : navigator.onLine === false ? "没有网络，联网后自动送出。请不要关闭本页。" : busy ? "正在送出……" : "";
  }

  function done(door, answer) {
    door.waits = false; door.done = true;
    doudi.drop(door.form.dataset.draft);
    say(door, "done", "已送出：" + chosen(door));
    door.box.open = false; door.box.hidden = true;
    doors.forEach(function (other) {  // of one household the next answer must know this one
      if (other.form.dataset.case === door.form.dataset.case) { other.form.elements.version.value = answer.version; }
    });
  }

  function refused(door, answer) {
    door.waits = false;
    doudi.keep(door.form);
    if (answer.moved) { door.form.elements.version.value = answer.version; }
    say(door, "wrong", answer.moved ? "没有送出：这一户已被他人更改（现为“" + answer.state + "”），核对后请再按送出。" : "没有送出：" + (answer.why || "有内容需要补充，见下。"));
    door.wrongs.textContent = "";
    Object.keys(answer.wrong || {}).forEach(function (name) {
      var label = door.form.querySelector("[data-field=" + name + "]"), line = document.createElement("li");
      line.textContent = (label ? label.firstChild.textContent.trim() + "：" : "") + answer.wrong[name] + (label || name === "code" ? "" : "请从“这一户”里填写完整的表。");
      door.wrongs.appendChild(line);
    });
    door.box.open = true;
  }

  // True: go on with the next. False: wait for network, or for somebody to sign in.
  function send(door) {
    return fetch(door.form.action, {
      method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(door.form)), credentials: "same-origin"
    }).then(function (answer) {
      var json = (answer.headers.get("content-type") || "").indexOf("application/json") === 0;
      if (json) { return answer.json().then(function (told) { if (told.taken) { done(door, told); } else { refused(door, told); } return true; }); }
      if (answer.status === 401 || answer.status === 403) { signedOut = true; return false; }
      if (answer.status >= 500 || answer.status === 429) { return false; }
      refused(door, { why: "这一户已不在您的名单上。", wrong: {} });
      return true;
    }, function () { return false; });
  }

  function flush() {
    if (busy || signedOut || navigator.onLine === false || !left().length) { tell(); return; }
    busy = true; tell();
    (function next() {
      var door = left()[0];
      if (!door) { busy = false; tell(); return; }
      send(door).then(function (on) { if (on) { tell(); next(); } else { busy = false; tell(); } });
    })();
  }

  doors.forEach(function (door) {
    var draft = doudi.bring(door.form);
    if (draft && draft.waits) { door.waits = true; say(door, "waits", "待送出：" + chosen(door)); } else if (draft) { say(door, "draft", "填了一部分，没有送出。"); door.box.open = true; }
    door.form.addEventListener("input", function () {
      door.waits = false;
      say(door, "draft", "填写的内容已存在本机。");
      tell();
    });
    door.form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (door.done) { return; }
      door.wrongs.textContent = "";
      door.waits = true;
      if (!doudi.keep(door.form, { waits: true })) { say(door, "wrong", "本机存不下草稿，请在有网络时送出。"); }
      say(door, "waits", "待送出：" + chosen(door));
      door.box.open = false;
      flush();
    });
  });
  document.querySelectorAll("[data-scripted]").forEach(function (one) { one.hidden = false; });
  panel.querySelector("[data-queue-send]").addEventListener("click", flush);
  window.addEventListener("online", flush);
  window.addEventListener("offline", tell);
  window.addEventListener("beforeunload", function (event) { if (left().length && navigator.onLine === false) { event.preventDefault(); } });
  window.setInterval(flush, AGAIN);
  flush();
})();
