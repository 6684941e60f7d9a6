// What a reader of a page sees: texts and graphics with their contrasts, and what sticks out on the right.
() => {
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const rgba = (text) => {
    const numbers = text.match(/[\d.]+/g).map(Number);
    return numbers.length === 4 ? numbers : [...numbers, 1];
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = rgba(getComputedStyle(each).backgroundColor);
      if (colour[3] === 1) return colour;
      if (colour[3] !== 0) throw new Error(`half transparent: ${each.outerHTML.slice(0, 80)}`);
    }
    throw new Error("no ground");
  };
  const contrast = (colour, element) => {
    const [light, dark] = [luminance(rgba(colour)), luminance(ground(element))].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const visible = (element) => element.checkVisibility() && !element.closest(".unseen, .skip, head, script");

  const texts = [];
  const sticking = [];
  const graphics = [];
  for (const element of document.querySelectorAll("body, body *")) {
    if (!visible(element)) continue;
    const style = getComputedStyle(element);
    const told = `${element.tagName}.${element.getAttribute("class") ?? ""}: ${element.textContent.trim().slice(0, 40)}`;
    if (element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5) sticking.push(told);
    if (element.matches("pre") && element.scrollWidth > element.clientWidth) sticking.push(told);
    if (element.matches("rect")) graphics.push({ told, contrast: contrast(style.fill, element.closest("td")) });
    if (element.matches("input, select, form button")) {
      graphics.push({ told, contrast: contrast(style.borderTopColor, element.parentElement) });
    }
    if (element.matches("input")) {
      texts.push({ told: `${told} placeholder`, large: false, contrast: contrast(getComputedStyle(element, "::placeholder").color, element) });
    }
    if ([...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())) {
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      texts.push({ told, large, contrast: contrast(style.color, element) });
    }
  }
  return { width: document.documentElement.scrollWidth, texts, sticking, graphics, ground: luminance(ground(document.body)) };
}
