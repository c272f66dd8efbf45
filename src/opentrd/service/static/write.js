// The form saves itself while somebody types, and says so. Without this file every button saves.
"use strict";

(() => {
  const form = document.getElementById("write");
  if (!form) return;
  const state = document.getElementById("state");
  const conflict = document.getElementById("conflict");
  const PAUSE = 700;
  const LONGEST = 30000;
  let timer = null;
  let wait = 1000;
  let changes = "late" in form.dataset ? 1 : 0;
  let kept = 0;
  let busy = false;
  let stopped = !conflict.hidden;
  let leaving = false;

  const fields = () =>
    Array.from(new FormData(form)).filter(([name]) => !["csrf", "version", "do"].includes(name));
  const say = (text, bad) => {
    if (state.textContent !== text) state.textContent = text;
    state.classList.toggle("bad", Boolean(bad));
  };
  const unsaved = () => changes !== kept;

  function later(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(() => save(), milliseconds);
  }

  function send(keepalive) {
    return fetch(form.dataset.draft, {
      method: "PUT",
      keepalive,
      headers: { "content-type": "application/json", "x-csrf-token": form.elements.csrf.value },
      body: JSON.stringify({ version: Number(form.elements.version.value), fields: fields() }),
    });
  }

  async function save(keepalive = false) {
    clearTimeout(timer);
    if (busy || stopped || !unsaved()) return;
    busy = true;
    const upTo = changes;
    say(form.dataset.saving);
    try {
      const answer = await send(keepalive);
      if (answer.ok) {
        const told = await answer.json();
        form.elements.version.value = told.version;
        kept = upTo;
        wait = 1000;
        say(told.saved);
        show(told);
      } else await refused(answer);
    } catch {
      retry();
    }
    busy = false;
    if (unsaved() && !stopped && wait === 1000) later(PAUSE);
  }

  // The connection is gone, or the server: nothing is forgotten, and it is tried again until it works.
  function retry() {
    say(form.dataset.offline, true);
    wait = Math.min(wait * 2, LONGEST);
    later(wait);
  }

  async function refused(answer) {
    if (answer.status === 409) {
      const told = await answer.json();
      form.elements.version.value = told.version;
      stopped = true;
      conflict.hidden = false;
      conflict.focus();
      say("");
    } else if (answer.status === 403) {
      // The session is over: the page brings the token of a new one, what was typed stays here.
      const page = await (await fetch(form.action)).text();
      const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("input[name=csrf]");
      if (fresh) form.elements.csrf.value = fresh.value;
      retry();
    } else if (answer.status === 404) {
      stopped = true;
      say(form.dataset.gone, true);
    } else if (answer.status === 413 || answer.status === 422) {
      kept = changes;
      say(form.dataset.refused, true);
    } else retry();
  }

  // What the reader says stands beside the field, once the person has left it.
  function show(told) {
    for (const place of form.querySelectorAll("[data-problem]")) {
      const field = place.dataset.problem;
      const found = told.problems.filter((problem) => problem.field === field);
      const text = JSON.stringify(found);
      const input = place.parentElement.querySelector("input, select");
      if (found.length && input === document.activeElement) continue;
      if (place.dataset.told !== text) place.replaceChildren(...found.flatMap(parts));
      place.dataset.told = text;
      if (input && input.type !== "radio" && input.type !== "checkbox")
        found.length ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
    }
    for (const place of form.querySelectorAll("[data-total]")) {
      const text = told.totals[place.dataset.total];
      if (place.textContent !== text) place.textContent = text;
    }
    for (const [scale, day] of Object.entries(told.days)) {
      const input = form.elements[`${scale}.day`];
      if (!input.value && input !== document.activeElement) input.value = day;
    }
    document.getElementById("help-now").classList.toggle("on", told.help);
  }

  function parts(problem) {
    const buttons = problem.names.map((name, index) => {
      const button = document.createElement("button");
      Object.assign(button, { name: "do", value: `use:${problem.field}:${name}`, className: "quiet use" });
      button.textContent = problem.uses[index];
      return button;
    });
    const detail = document.createElement("small");
    detail.lang = "en";
    detail.textContent = problem.detail;
    return [`${problem.text} `, ...buttons, ...(problem.detail ? [detail] : [])];
  }

  form.addEventListener("input", (event) => {
    changes += 1;
    wait = 1000;
    later(PAUSE);
    const list = event.target.getAttribute("list");
    if (list === "names") suggest(event.target);
  });
  form.addEventListener("focusout", () => {
    if (unsaved()) later(0);
  });
  window.addEventListener("online", () => later(0));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && unsaved() && !stopped && !leaving && !busy) save();
  });
  window.addEventListener("pagehide", () => {
    if (unsaved() && !stopped && !leaving) send(true).catch(() => {});
  });
  window.addEventListener("beforeunload", (event) => {
    if (!unsaved() || leaving) return;
    event.preventDefault();
    save(true);
  });
  // What was typed right before a reload may come in after the page: then the page is brought once more.
  async function late() {
    if (changes || leaving) return;
    const kept = await (await fetch(form.dataset.draft.replace("/draft?", ".json?"))).json();
    if (!changes && kept.version !== Number(form.elements.version.value)) location.reload();
  }
  if (performance.getEntriesByType("navigation")[0]?.type === "reload") setTimeout(() => late().catch(() => {}), PAUSE);
  window.addEventListener("pageshow", (event) => {
    leaving = false;
    if (event.persisted) location.reload();
  });

  // A button that submits takes all that is typed with it; it waits for a saving that is under way.
  form.addEventListener("submit", (event) => {
    if (busy) {
      event.preventDefault();
      const button = event.submitter;
      setTimeout(() => form.requestSubmit(button), 50);
      return;
    }
    leaving = true;
    clearTimeout(timer);
  });
  conflict.querySelector("[data-keep]").addEventListener("click", (event) => {
    if (!stopped) return;
    event.preventDefault();
    stopped = false;
    conflict.hidden = true;
    changes += 1;
    save();
  });
  conflict.querySelector("[data-other]").addEventListener("click", () => {
    leaving = true;
  });

  // A form that came back unsaved, as it was open for long, has a new token: it is saved now.
  if (unsaved()) later(0);

  // Another row, without leaving the page.
  for (const button of form.querySelectorAll("[data-add]")) {
    button.addEventListener("click", (event) => {
      const section = button.dataset.add;
      const template = document.querySelector(`template[data-row="${section}"]`);
      const numbers = Array.from(form.querySelectorAll(`[id^="f-${section}-"]`), (row) => Number(row.id.split("-").pop()));
      const next = Math.max(-1, ...numbers) + 1;
      event.preventDefault();
      const holder = document.createElement("div");
      holder.innerHTML = template.innerHTML.replaceAll("__nr__", String(next + 1)).replaceAll("__n__", String(next));
      const row = holder.firstElementChild;
      form.querySelector(`[data-rows-end="${section}"]`).before(row);
      row.querySelector("input").focus();
    });
  }

  // Names while typing, misspelt ones too.
  let asked = "";
  const offered = new Set(Array.from(document.querySelectorAll("#names option"), (option) => option.value.toLowerCase()));
  async function suggest(input) {
    const text = input.value.trim();
    asked = text;
    if (text.length < 3) return;
    try {
      const answer = await fetch(`${form.dataset.suggest}&q=${encodeURIComponent(text.slice(0, 100))}`);
      if (!answer.ok || asked !== text) return;
      const list = document.getElementById("names");
      for (const found of await answer.json()) {
        if (offered.has(found.name.toLowerCase())) continue;
        offered.add(found.name.toLowerCase());
        const option = document.createElement("option");
        option.value = found.name;
        if (found.means) option.label = `${found.name}: ${found.means}`;
        list.append(option);
      }
    } catch {
      // The list of the page is still there.
    }
  }
})();
