// What the pages do by themselves: keys, the player, and what is sent. Texts are set as text, never as HTML.
const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const make = (name, className, text) => Object.assign(document.createElement(name), { className, textContent: text ?? "" });
const makeButton = (text, data) => {
  const button = Object.assign(make("button", "", text), { type: "button" }); // one in a form would send it
  return Object.assign(button.dataset, data), button;
};
const say = (text) => {
  $("#status").textContent = text;
  clearTimeout(say.later);
  say.later = setTimeout(() => ($("#status").textContent = ""), 5000);
};

// Requests, which arrive even where the page is left at once.
const small = (text) => text.length < 15000; // 60,000 bytes at most, as browsers allow for that
const post = (path, text) => fetch(path, { method: "POST", body: text, keepalive: small(text) });
const problemOf = async (response) => response.status === 403
  ? "The review program was started anew: open the address that it printed."
  : (await response.json().catch(() => ({}))).error ?? `The review program responded with ${response.status}.`;
const request = async (path, body) => {
  const response = await post(path, JSON.stringify(body)).catch(() => null);
  if (!response?.ok) say(`This was not done. ${response ? await problemOf(response) : "The review program does not respond."}`);
  return response?.ok;
};
// What cannot be handed over is kept on the page, in order, until the program takes it.
const kept = [];
const hand = async (path, body, done = () => {}) => {
  kept.push({ path, body, done });
  if (kept.length > 1) return; // they are handed over already, one after the other
  while (kept.length) {
    const job = kept[0];
    job.text ??= JSON.stringify(job.body());
    let problem = "The review program does not respond.";
    try {
      const response = await post(job.path, job.text);
      const taken = response.ok && (await response.json());
      if (taken || response.status === 400) {
        kept.shift();
        if (taken) { job.done(); show(taken); mark(); } else say(`This was not done. ${await problemOf(response)}`);
        continue;
      }
      problem = await problemOf(response);
    } catch {
      // As it says.
    }
    if (job.problem !== problem) say(`${problem} What you did is kept on this page until it can be sent.`);
    job.problem = problem;
    mark();
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  refresh();
};
addEventListener("pagehide", () => kept.slice(1).forEach((job) => post(job.path, JSON.stringify(job.body()))));
addEventListener("beforeunload", (event) => {
  const note = $("#note");
  if (kept.some((job) => job.problem || !small(job.text ?? "")) || note?.value !== note?.defaultValue) event.preventDefault();
});
addEventListener("click", async (event) => {
  const button = event.target.closest("button, summary");
  if (button && event.detail) button.blur(); // a click is no choice of what Space does next
  const { forget, decide, write } = button?.dataset ?? {};
  if (forget && button.textContent !== "Delete?") return Object.assign(button, { textContent: "Delete?", ariaLabel: null });
  if (forget) await request("/queues", { name: forget, query: null });
  else if (decide) for (const each of write.split(" ")) await request(`/writes/${each}`, { decision: decide });
  else return;
  if (call && !(decide === "drop" && button.closest("#note-form"))) refresh();
  else location.reload();
});

// Keys.
const keysOn = $("#keys-on");
keysOn.checked = localStorage.getItem("keys") !== "off";
keysOn.addEventListener("change", () => localStorage.setItem("keys", keysOn.checked ? "on" : "off"));
const showKeys = () => $("#keys").showModal();
$("#show-keys").addEventListener("click", showKeys);
const keys = { "?": showKeys, "/": () => $("#search")?.focus() };
const follow = (selector) => () => $(selector)?.click();
addEventListener("keydown", (event) => {
  const at = event.target;
  if (event.key === "Escape" && at.matches("input, textarea, select")) at.blur();
  if (at.matches("input:not([type=checkbox], [type=range]), textarea, select") || $("dialog[open]")) return;
  const composed = event.getModifierState("AltGraph") || (event.altKey && "[]".includes(event.key)); // on many keyboards
  if ((!composed && (event.ctrlKey || event.metaKey || event.altKey)) || !(event.key in keys)) return;
  if (!keysOn.checked && !at.matches("[type=range]")) return;
  if (event.key === " " && at.matches("button, a, summary, input")) return;
  event.preventDefault();
  if (!event.repeat || /^([jk]|Arrow.*)$/.test(event.key)) keys[event.key]();
});

// The queue.
const call = $("#call");
const rows = all("a.row");
if (!call) {
  const step = (by) => (rows[Math.max(0, rows.indexOf(document.activeElement) + by)] ?? $("[rel=next]"))?.focus();
  Object.assign(keys, { j: () => step(1), k: () => step(-1) });
  rows.find((row) => `#${row.pathname}` === location.hash)?.focus(); // the call one comes from
}
$("#save-queue")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { name } = Object.fromEntries(new FormData(event.target));
  if (await request("/queues", { name, query: JSON.parse(event.target.dataset.query) })) location.reload();
});

// What was sent for a call, and what was not.
const utterances = all(".said");
const names = { missing_topic: "Missing topic", wrong_transcript: "Wrong transcript", wrong_info: "Wrong info", note: "Note" };
const states = {
  waiting: (write) => (write.message ? `not sent yet, again at ${new Date(write.due * 1000).toLocaleTimeString()}: ${write.message}` : "to be sent"),
  sending: () => "sending",
  sent: () => "✓ sent",
  failed: (write) => `not sent: ${write.message}`,
  unsure: (write) => `may have been sent: ${write.message}`,
  kept: (write) => `kept on this page: ${write.message}`,
};
const decisions = { failed: ["again", "drop"], unsure: ["again", "sent", "drop"], waiting: ["again", "drop"] };
const words = { again: "Send again", sent: "It was sent", drop: "Discard" };
const described = (write) => {
  const element = make("span", `mark ${write.state}`, `${names[write.kind]}: ${states[write.state](write)}`);
  element.dir = "auto";
  if (write.message && decisions[write.state]) {
    const choices = element.appendChild(make("span", "choices"));
    for (const decision of decisions[write.state]) choices.append(makeButton(words[decision], { decide: decision, write: write.id }));
  }
  return element;
};
for (const write of JSON.parse($("#unsettled")?.dataset.writes ?? "[]")) {
  const link = make("a", "", write.conversation);
  link.href = `/call/${encodeURIComponent(write.conversation)}`;
  const item = $("#unsettled ul").appendChild(make("li"));
  item.append(link, write.turn === null ? " " : ` turn ${write.turn + 1} `, described(write));
}
let before = "";
const known = () => JSON.parse(before || "[]");
const mark = () => {
  const waiting = kept[0]?.problem ? kept.filter((job) => !job.path.endsWith("/undo")) : [];
  const writes = [...known(), ...waiting.map((job) => ({ kind: "note", ...job.body(), state: "kept", message: kept[0].problem }))];
  all(".marks").forEach((marks) => marks.remove());
  for (const write of writes) {
    if (write.kind === "note") continue;
    const said = utterances.find((each) => Number(each.dataset.turn) === write.turn && each.dataset.side === write.role);
    const marks = said && ($(".marks", said) ?? said.appendChild(make("ul", "marks")));
    marks?.appendChild(make("li")).appendChild(described(write));
  }
  const note = writes.filter((write) => write.kind === "note").at(-1);
  $("#note-state").replaceChildren(...(note ? [described(note)] : []));
};
const show = (answer) => {
  if (!answer?.writes) return;
  if ("undone" in answer) say(answer.undone ? "Undone: it was not sent." : nothingToUndo);
  const link = $("#unsettled-link");
  link.hidden = !answer.unsettled;
  link.textContent = `${answer.unsettled} not sent`;
  const now = JSON.stringify(answer.writes);
  if (now === before) return;
  const old = new Map(known().map((write) => [write.id, write.state]));
  for (const write of answer.writes)
    if (before && old.get(write.id) !== write.state) say(`${names[write.kind]}${write.turn === null ? "" : ` on turn ${write.turn + 1}`}: ${states[write.state](write)}`);
  const note = answer.writes.filter((write) => write.kind === "note").at(-1);
  const box = $("#note");
  // Also from another window, unless something is written here; what was sent before is older than the page.
  if (before && note?.state === "sent" && old.get(note.id) !== "sent" && box.value === box.defaultValue)
    box.value = box.defaultValue = box.dataset.base = note.text;
  before = now;
  mark();
  choose(chosen);
};
const refresh = async () => {
  clearTimeout(refresh.later);
  try {
    const response = document.hidden || (await fetch(`${call.dataset.base}/writes`));
    if (response.ok) show(await response.json());
  } catch {
    // The next time.
  }
  const pending = /"state":"(waiting|sending)"/.test(before);
  refresh.later = setTimeout(refresh, pending ? 250 : 4000);
};

// What is selected, which is where the recording is.
const sound = $("#sound");
const starts = utterances.map((each) => Number(each.dataset.start ?? NaN));
let chosen = -1;
const choose = (at, { seek = false, scroll = false } = {}) => {
  if (!utterances.length) return;
  utterances[chosen]?.classList.remove("selected");
  utterances[chosen]?.removeAttribute("aria-current");
  chosen = Math.max(-1, Math.min(utterances.length - 1, at));
  const said = utterances[chosen];
  for (const button of all("[data-kind]")) button.disabled = !said;
  if (!said) return;
  said.classList.add("selected");
  said.setAttribute("aria-current", "true");
  $("#chosen").textContent = `Turn ${Number(said.dataset.turn) + 1}, ${said.dataset.side === "user" ? "caller" : "agent"}`;
  if (scroll) said.scrollIntoView({ block: "nearest" });
  if (seek) said.focus({ preventScroll: true });
  if (seek && sound && starts[chosen] >= 0) to(starts[chosen]);
};
const mine = []; // what was annotated on this page
const annotate = (kind) => {
  const said = utterances[chosen];
  if (!said) return say("Select what was said first: j, or a click.");
  const made = { turn: Number(said.dataset.turn), role: said.dataset.side, kind };
  const same = known().find((write) => write.turn === made.turn && write.role === made.role && write.kind === kind);
  if (same && same.state !== "waiting") return say(`${names[kind]} is there already: ${states[same.state](same)}`);
  mine.push(made);
  hand(`${call.dataset.base}/annotations`, () => made);
};
const nothingToUndo = "There is nothing to undo: what was sent, or tried to be sent, stays.";
const undo = () => {
  const made = mine.pop() ?? known().filter((write) => write.kind !== "note" && write.state === "waiting" && !write.message).at(-1);
  if (made) hand(`${call.dataset.base}/undo`, () => made);
  else say(nothingToUndo);
};
const saveNote = () => {
  const box = $("#note"), text = box.value;
  box.defaultValue = text;
  // What is written next is written over this, once it was taken.
  hand(`${call.dataset.base}/note`, () => ({ text, base: box.dataset.base }), () => (box.dataset.base = text));
};
if (call) {
  Object.assign(keys, {
    j: () => choose(chosen + 1, { seek: true, scroll: true }),
    k: () => choose(Math.max(0, chosen - 1), { seek: true, scroll: true }),
    1: () => annotate("missing_topic"), 2: () => annotate("wrong_transcript"), 3: () => annotate("wrong_info"),
    z: undo, n: () => $("#note").focus(), J: follow("#after"), K: follow("#before"), u: follow("#back"),
  });
  for (const button of all("[data-kind]")) button.addEventListener("click", () => annotate(button.dataset.kind));
  $("#transcript")?.addEventListener("click", (event) => {
    const said = event.target.closest(".said");
    if (!said || event.target.closest(".marks") || String(getSelection())) return;
    choose(utterances.indexOf(said), { seek: true });
    sound?.play().catch(() => {});
  });
  $("#note-form").addEventListener("submit", (event) => { event.preventDefault(); saveNote(); });
  $("#note").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); saveNote(); event.target.blur(); }
  });
  choose(0);
  const first = JSON.parse(call.dataset.writes);
  const unsent = first.writes.filter((write) => write.kind === "note" && write.state !== "sent").at(-1);
  if (unsent) $("#note").value = $("#note").defaultValue = unsent.text;
  show(first);
  refresh();
  document.addEventListener("visibilitychange", refresh);
}

// The recording.
let silences = [];
const to = (seconds) => { sound.currentTime = Math.max(0, seconds); moved(); };
const sounding = (seconds) => {
  // The last one that began: most often in order.
  let low = 0, high = starts.length;
  while (low < high) { const middle = (low + high) >> 1; if (starts[middle] <= seconds) low = middle + 1; else high = middle; }
  return low - 1;
};
let marked = -1;
const moved = () => {
  const now = sound.currentTime;
  $("#time").textContent = clock(now);
  $("#position").value = now;
  $("#position").setAttribute("aria-valuetext", `${clock(now)} of ${$("#length").textContent}`);
  const line = $(".now"), seconds = Number($("[data-seconds]")?.dataset.seconds);
  if (line && seconds) for (const end of ["x1", "x2"]) line.setAttribute(end, (now / seconds) * 1000);
  const at = sounding(now + 0.05);
  if (at === marked) return;
  const last = utterances[marked]?.getBoundingClientRect();
  const scroll = !last || (last.bottom > 0 && last.top < innerHeight); // unless one has scrolled elsewhere
  utterances[marked]?.classList.remove("sounds");
  utterances[at]?.classList.add("sounds");
  marked = at;
  if (!sound.paused) choose(at, { scroll });
};
const playing = () => {
  moved();
  if (sound.paused) return;
  const silence = $("#skip").checked && silences.find(([begin, end]) => sound.currentTime > begin + 0.2 && sound.currentTime < end - 0.3);
  if (silence) to(silence[1] - 0.2);
  requestAnimationFrame(playing);
};
const draw = async () => {
  const drawing = $(".drawing");
  const response = await fetch($("#wave").dataset.src).catch(() => null);
  drawing.removeAttribute("aria-busy");
  if (response) drawing.innerHTML = await response.text(); // made by a template of ours, which escapes what is not
  else drawing.replaceChildren(make("p", "problem", "The review program does not respond. "), makeButton("Try again", { again: "" }));
  silences = JSON.parse($("[data-silences]", drawing)?.dataset.silences ?? "[]");
  $("[data-again]", drawing)?.addEventListener("click", draw);
  $(".controls").hidden = !response?.ok;
  if (response?.ok && sound.error) sound.load();
  moved();
};
if (sound) {
  const play = () => (sound.paused ? sound.play().catch((error) => say(`The recording cannot be played: ${error.message}`)) : sound.pause());
  const by = (seconds) => () => to(sound.currentTime + seconds);
  const speed = $("#speed");
  const faster = (step) => () => { speed.selectedIndex = Math.max(0, Math.min(speed.length - 1, speed.selectedIndex + step)); speed.dispatchEvent(new Event("change")); };
  Object.assign(keys, { " ": play, ArrowLeft: by(-10), ArrowRight: by(10), "[": faster(-1), "]": faster(1), s: follow("#skip") });
  speed.addEventListener("change", () => { sound.playbackRate = Number(speed.value); say(`Speed ${speed.value} ×`); });
  $("#play").addEventListener("click", play);
  all("[data-seek]").forEach((button) => button.addEventListener("click", by(Number(button.dataset.seek))));
  $("#position").addEventListener("input", (event) => to(Number(event.target.value)));
  sound.addEventListener("loadedmetadata", () => {
    $("#length").textContent = clock(sound.duration);
    $("#position").max = sound.duration;
    $("#position").disabled = $("#play").disabled = false;
  });
  for (const event of ["play", "pause", "ended"])
    sound.addEventListener(event, () => {
      $("#play .icon").textContent = sound.paused ? "▶" : "❚❚";
      $("#play .label").textContent = sound.paused ? "Play" : "Pause";
      if (!sound.paused) requestAnimationFrame(playing);
    });
  sound.addEventListener("seeked", moved);
  draw();
}
