"use strict";
(() => {
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const nothing = document.getElementById("nothing");

  // Services with their features, features with their scenarios, in the order of the table.
  const services = [];
  for (const row of document.querySelectorAll(".compare tbody tr")) {
    if (row.matches(".service-row")) services.push({ row, features: [] });
    else if (row.matches(".feature-row")) services.at(-1).features.push({ row, scenarios: [] });
    else if (row.matches(".scenario-row")) {
      const text = `${row.dataset.service} ${row.dataset.feature} ${row.textContent}`.toLowerCase();
      services.at(-1).features.at(-1).scenarios.push({ row, text });
    }
  }
  const total = document.querySelectorAll(".scenario-row").length;

  const isOpen = ({ row }) => row.querySelector("button").getAttribute("aria-expanded") === "true";

  const fits = ({ row, text }, filter) =>
    (!filter.service || row.dataset.service === filter.service) &&
    (!filter.lane || row.dataset.lane === filter.lane) &&
    (!filter.difference || row.dataset.difference.split(" ").includes(filter.difference)) &&
    filter.words.every((word) => text.includes(word));

  const apply = () => {
    const { text, service, lane, difference } = form.elements;
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const filter = { words, service: service.value, lane: lane.value, difference: difference.value };
    let count = 0;
    for (const one of services) {
      let ofService = 0;
      for (const feature of one.features) {
        const found = feature.scenarios.filter((scenario) => fits(scenario, filter));
        for (const { row } of feature.scenarios) row.hidden = true;
        if (isOpen(one) && isOpen(feature)) for (const { row } of found) row.hidden = false;
        feature.row.hidden = !isOpen(one) || found.length === 0;
        ofService += found.length;
      }
      one.row.hidden = ofService === 0;
      count += ofService;
    }
    shown.value = `${count} of ${total} scenarios`;
    nothing.hidden = count > 0;
  };

  const expand = (group, open) => group.row.querySelector("button").setAttribute("aria-expanded", String(open));

  for (const group of services.flatMap((service) => [service, ...service.features])) {
    const place = group.row.querySelector(".toggle");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = place.textContent;
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => {
      expand(group, !isOpen(group));
      apply();
    });
    place.replaceWith(button);
  }

  // Whoever asks for something wants to see it: while there is a filter, what fits is unfolded.
  const filtered = () => {
    const asked = [...form.elements].some((element) => element.matches("input, select") && element.value.trim());
    for (const service of services) {
      expand(service, asked);
      for (const feature of service.features) expand(feature, asked);
    }
    apply();
  };

  form.hidden = false;
  form.addEventListener("input", filtered);
  form.addEventListener("submit", (event) => event.preventDefault());
  // A reset is told before the fields have changed.
  form.addEventListener("reset", () => setTimeout(filtered));
  apply();
})();
