// Comfort on the answer: a bar of the picture shows its reasons; a change is told where the reader is.
"use strict";

const reasonsOf = (bar) => document.getElementById(`why-${bar.dataset.trial}`);

// Pointing at a bar, or reaching it by keyboard, shows what its trial comes to and why.
const show = (event) => {
  const bar = event.target.closest && event.target.closest("a[data-trial]");
  const place = document.getElementById("bar-why");
  if (!bar || !place || place.dataset.shown === bar.dataset.trial) return;
  const reasons = reasonsOf(bar);
  if (!reasons) return;
  const name = document.createElement("b");
  name.textContent = bar.getAttribute("aria-label");
  const list = document.createElement("ul");
  for (const each of reasons.querySelectorAll(":scope > ul > li > details > summary")) {
    const line = document.createElement("li");
    line.textContent = each.textContent;
    list.append(line);
  }
  place.replaceChildren(name, list);
  place.dataset.shown = bar.dataset.trial;
};
document.addEventListener("pointerover", show);
document.addEventListener("focusin", show);

// A bar that is followed opens the reasons of its trial.
document.addEventListener("click", (event) => {
  const bar = event.target.closest("a[data-trial]");
  const reasons = bar && reasonsOf(bar);
  if (reasons) reasons.closest("details").open = true;
});

const hint = () => {
  const place = document.getElementById("bar-why");
  if (place && !place.dataset.shown) place.firstElementChild.textContent = place.dataset.hint;
};
hint();

// After a change the eye stays where it was; without a place to stay it goes to what changed.
document.addEventListener("htmx:afterSettle", () => {
  hint();
  const told = document.getElementById("changed");
  if (!told) return;
  if (!document.activeElement || document.activeElement === document.body) told.focus({ preventScroll: true });
  told.classList.add("afloat");
});

// One change is under way at a time. What is changed meanwhile is sent after it, and the page waits for the
// last: a page that came between would take back what was chosen since.
let busy = false;
const waiting = [];
document.addEventListener("htmx:confirm", (event) => {
  if (!busy) return;
  event.preventDefault();
  const { elt, issueRequest, triggeringEvent } = event.detail;
  const said = triggeringEvent && triggeringEvent.submitter && triggeringEvent.submitter.name;
  if (said || !waiting.some((each) => each.elt === elt)) waiting.push({ elt, issueRequest });
});
document.addEventListener("htmx:beforeRequest", () => {
  busy = true;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (waiting.length) event.detail.shouldSwap = false;
});
const next = () => {
  const first = waiting.shift();
  busy = Boolean(first);
  if (first) setTimeout(() => first.issueRequest(true));
};
document.addEventListener("htmx:afterRequest", next);
document.addEventListener("htmx:validation:halted", next);

// What could not be kept is said, and stays chosen: it can be sent once more.
const unkept = (event) => {
  const told = document.getElementById("unkept");
  const { submitter } = event.detail.requestConfig.triggeringEvent || {};
  told.querySelector("p").textContent = told.dataset.text;
  told.querySelector("button").onclick = () => event.detail.elt.requestSubmit(submitter);
  told.hidden = false;
  told.focus({ preventScroll: true });
};
document.addEventListener("htmx:responseError", unkept);
document.addEventListener("htmx:sendError", unkept);

// A button that stands apart from its form sends what it says with it.
document.addEventListener("htmx:configRequest", (event) => {
  const cause = event.detail.triggeringEvent;
  const button = cause && cause.submitter;
  if (button && button.name && event.detail.elt === button.form) event.detail.parameters[button.name] = button.value;
});
