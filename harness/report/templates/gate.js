"use strict";
(() => {
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const nothing = document.getElementById("nothing");
  const packed = document.getElementById("packed");
  const groups = [...document.querySelectorAll(".group")].map((group) => ({
    group,
    entries: [...group.querySelectorAll(":scope > [id]")],
  }));
  const total = groups.reduce((sum, { entries }) => sum + entries.length, 0);
  const texts = new Map();
  // What a scenario shows unfolded, by its anchor, where the page had no room for all of it.
  let whole = {};

  const textOf = (entry) => {
    if (!texts.has(entry)) {
      const { service, lane } = entry.parentElement.dataset;
      const folded = document.createElement("template");
      folded.innerHTML = whole[entry.id] ?? "";
      texts.set(entry, `${service} ${lane} ${entry.textContent} ${folded.content.textContent}`.toLowerCase());
    }
    return texts.get(entry);
  };

  const belongs = (group, service, lane, outcome) =>
    (!service || group.dataset.service === service) &&
    (!lane || group.dataset.lane === lane) &&
    (!outcome || (outcome === "not-pass" ? !group.classList.contains("pass") : group.classList.contains(outcome)));

  const apply = () => {
    const { text, service, lane, outcome } = form.elements;
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { group, entries } of groups) {
      const asked = belongs(group, service.value, lane.value, outcome.value);
      let found = 0;
      for (const entry of entries) {
        entry.hidden = !asked || !words.every((word) => textOf(entry).includes(word));
        if (!entry.hidden) found += 1;
      }
      group.hidden = found === 0;
      count += found;
    }
    shown.value = `${count} of ${total} shown`;
    nothing.hidden = count > 0;
  };

  const draw = (entry) => {
    if (whole[entry.id]) entry.lastElementChild.innerHTML = whole[entry.id];
  };

  const unpack = async () => {
    const bytes = Uint8Array.from(atob(packed.textContent), (character) => character.charCodeAt(0));
    const text = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
    whole = JSON.parse(await text);
    packed.remove();
    texts.clear();
    document.querySelectorAll(".group > details[open]").forEach(draw);
    apply();
  };

  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.matches(".group > *")) return;
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
  // Whoever unfolds a scenario has its link in the address bar.
  const unfolded = ({ target }) => {
    if (!target.open || !target.matches(".group > *")) return;
    draw(target);
    history.replaceState(null, "", `#${target.id}`);
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  // A reset is told before the fields have changed.
  form.addEventListener("reset", () => setTimeout(apply));
  document.addEventListener("toggle", unfolded, true);
  window.addEventListener("hashchange", open);
  apply();
  open();
  if (packed) unpack();
})();
