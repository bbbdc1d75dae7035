// Bars with their values in words beside them, so that nothing depends on seeing the bar.
export default function ({ parentElement, data }) {
  const list = parentElement.querySelector(".bars");
  const nodes = [];
  for (const row of data.rows) {
    const term = document.createElement("dt");
    term.textContent = row.label;
    nodes.push(term);
    row.values.forEach((value, n) => {
      const line = document.createElement("dd");
      line.classList.toggle("second", n > 0);
      const name = document.createElement("span");
      name.textContent = value.name;
      const text = document.createElement("span");
      text.textContent = value.text;
      const track = document.createElement("div");
      track.className = "track";
      track.setAttribute("aria-hidden", "true");
      const bar = document.createElement("div");
      bar.className = "bar";
      bar.style.width = `${Math.round(100 * (value.share ?? 0))}%`;
      track.append(bar);
      line.append(name, text, track);
      nodes.push(line);
    });
  }
  list.replaceChildren(...nodes);
}
