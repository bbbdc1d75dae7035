// A quiet countdown: no sound, no flashing, and nothing happens when it ends but one line.
export default function ({ parentElement, data }) {
  const time = parentElement.querySelector(".time");
  const bar = parentElement.querySelector(".bar");
  const done = parentElement.querySelector(".done");
  time.setAttribute("aria-label", data.label);
  const tick = () => {
    const left = Math.max(0, Math.round(data.ends - Date.now() / 1000));
    time.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    bar.style.width = `${(100 * left) / data.seconds}%`;
    const text = left ? "" : data.done;
    if (done.textContent !== text) done.textContent = text;
  };
  tick();
  const every = setInterval(tick, 1000);
  return () => clearInterval(every);
}
