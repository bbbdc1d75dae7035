// Copy a text, or print the page. What is copied stays on this device.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

export default function ({ parentElement, data }) {
  const row = parentElement.querySelector(".actions");
  const said = parentElement.querySelector(".said");
  const make = (label, first, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.classList.toggle("first", first);
    button.onclick = () => act(button);
    return button;
  };
  const buttons = [
    make(data.copy, true, async (button) => {
      await copy(data.text);
      button.textContent = data.copied;
      said.textContent = data.copied;
      setTimeout(() => {
        button.textContent = data.copy;
        said.textContent = "";
      }, 2500);
    }),
  ];
  if (data.print) buttons.push(make(data.print, false, () => window.print()));
  row.replaceChildren(...buttons);
}
