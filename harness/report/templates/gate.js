"use strict";
(() => {
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const nothing = document.getElementById("nothing");
  const entries = [...document.querySelectorAll(".scenario")];
  const texts = new Map();

  const textOf = (entry) => {
    if (!texts.has(entry)) texts.set(entry, entry.textContent.toLowerCase());
    return texts.get(entry);
  };

  const fits = (entry, words, service, lane, outcome) =>
    (!service || entry.dataset.service === service) &&
    (!lane || entry.dataset.lane === lane) &&
    (!outcome || (outcome === "not-pass" ? !entry.classList.contains("pass") : entry.classList.contains(outcome))) &&
    words.every((word) => textOf(entry).includes(word));

  const apply = () => {
    const { text, service, lane, outcome } = form.elements;
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const entry of entries) {
      entry.hidden = !fits(entry, words, service.value, lane.value, outcome.value);
      if (!entry.hidden) count += 1;
    }
    shown.value = `${count} of ${entries.length} shown`;
    nothing.hidden = count > 0;
  };

  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.matches(".scenario")) return;
    if (target.hidden) {
      form.reset();
      apply();
    }
    target.open = true;
    target.scrollIntoView();
  };

  for (const link of document.querySelectorAll(".matrix a")) {
    link.addEventListener("click", () => {
      form.reset();
      form.elements.service.value = link.dataset.service;
      form.elements.lane.value = link.dataset.lane;
      apply();
    });
  }
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  // A reset is told before the fields have changed.
  form.addEventListener("reset", () => setTimeout(apply));
  window.addEventListener("hashchange", open);
  apply();
  open();
})();
