// A message with the words that blame underlined; each says why when pointed at or focused.
export default function ({ parentElement, data }) {
  const box = parentElement.querySelector(".marked");
  const nodes = data.pieces.map((piece, n) => {
    if (!piece.why) return document.createTextNode(piece.text);
    const span = document.createElement("span");
    span.className = "blame";
    span.tabIndex = 0;
    span.setAttribute("role", "button");
    span.setAttribute("aria-label", `${piece.text}: ${piece.why}`);
    span.append(piece.text);
    const why = document.createElement("span");
    why.className = "why";
    why.id = `why-${n}`;
    why.setAttribute("aria-hidden", "true");
    why.textContent = piece.why;
    span.append(why);
    const place = () => {
      const at = span.getClientRects()[0];
      const room = document.documentElement.clientWidth - 16;
      why.style.top = `${at.bottom + 6}px`;
      why.style.left = `${Math.max(16, Math.min(at.left, room - why.offsetWidth))}px`;
    };
    span.onmouseenter = place;
    span.onfocus = place;
    span.onkeydown = (event) => event.key === "Escape" && span.blur();
    return span;
  });
  box.replaceChildren(...nodes);
}
