// Leaving at once. Works without the server: what is on the screen is gone before anything loads.
// As the one piece that stands on every page, it also takes a new screen to its top.
const WITHIN = 5000;

export default function ({ parentElement, data, setTriggerValue }) {
  const button = parentElement.querySelector(".leave");
  const said = parentElement.querySelector(".said");
  button.querySelector(".label").textContent = data.label;
  button.title = data.hint;

  const leave = () => {
    document.title = data.title;
    const cover = document.createElement("div");
    cover.style.cssText = "position:fixed;inset:0;background:#fff;z-index:2147483647";
    document.body.replaceChildren(cover);
    const quiet = document.createElement("meta");
    quiet.name = "referrer";
    quiet.content = "no-referrer";
    document.head.append(quiet);
    window.addEventListener("pageshow", (event) => event.persisted && location.replace(data.to));
    try {
      setTriggerValue("left", true);
    } finally {
      location.replace(data.to);
    }
  };

  const show = (count) => {
    button.classList.toggle("counting", count > 0);
    button.querySelectorAll("i").forEach((dot, n) => dot.classList.toggle("on", n < count));
    said.textContent = count ? data.said[count - 1] : "";
  };

  // A new screen of the same page begins at its top.
  if (window.softstart?.place !== data.place) {
    for (const box of document.querySelectorAll("[data-testid=stMain]")) box.scrollTop = 0;
  }

  button.onclick = leave;
  const wake = () => setTriggerValue("back", true);
  window.softstart = { ...window.softstart, leave, show, wake, place: data.place };
  skipLink(data);
  listen();
  watch(data);
  nameMenu(data);
}

// On a phone the pages are behind a button that Streamlit shows as two arrows: it gets a name.
function nameMenu(data) {
  const app = document.querySelector("[data-testid=stApp]");
  if (!app || window.softstart.named === app) return;
  window.softstart.named = app;
  const name = () => {
    const button = document.querySelector("[data-testid=stExpandSidebarButton]");
    if (!button || button.dataset.name) return;
    button.dataset.name = data.menu;
    button.setAttribute("aria-label", data.menu);
  };
  new MutationObserver(name).observe(app, { childList: true, subtree: true });
  name();
}

// Say when the connection is lost. When it is back, ask the server anew: it may have been started
// again and know nothing.
function watch(data) {
  const app = document.querySelector("[data-testid=stApp]");
  if (!app || window.softstart.watched === app) return;
  window.softstart.watched = app;
  let lost = false;
  let saying = 0;
  new MutationObserver(() => {
    const connected = app.dataset.testConnectionState === "CONNECTED";
    if (connected && lost) setTimeout(() => window.softstart.wake(), 500);
    if (connected) {
      clearTimeout(saying);
      sayLost("");
    } else if (!lost) {
      saying = setTimeout(() => sayLost(data.lost), 1500);
    }
    lost = !connected;
  }).observe(app, { attributeFilter: ["data-test-connection-state"] });
}

function sayLost(text) {
  const id = "softstart-lost";
  let box = document.getElementById(id);
  if (!box) {
    box = document.createElement("div");
    box.id = id;
    box.setAttribute("role", "status");
    document.body.append(box);
  }
  box.style.cssText =
    "position:fixed;left:50%;bottom:1.25rem;transform:translateX(-50%);z-index:1000000;" +
    "box-sizing:border-box;width:min(30rem,calc(100vw - 2rem));padding:.9rem 1.1rem;" +
    "border-radius:.9rem;background:#26302e;color:#fbfaf7;outline:1px solid #fbfaf7;" +
    "font:1rem/1.5 'Source Sans',sans-serif;" +
    (text ? "" : "display:none;");
  box.textContent = text;
}

// One link before everything else, for whoever moves by keyboard or listens to the page.
function skipLink(data) {
  const id = "softstart-leave";
  if (document.getElementById(id)) return;
  const link = document.createElement("a");
  link.id = id;
  link.href = data.to;
  link.rel = "noreferrer";
  link.textContent = data.link;
  const hidden = "position:fixed;left:-999rem;top:0";
  const shown =
    "position:fixed;left:.5rem;top:.5rem;z-index:1000001;padding:.75rem 1rem;" +
    "background:#fff;color:#111;outline:3px solid #111;border-radius:.5rem";
  link.style.cssText = hidden;
  link.onfocus = () => (link.style.cssText = shown);
  link.onblur = () => (link.style.cssText = hidden);
  link.onclick = (event) => {
    event.preventDefault();
    window.softstart.leave();
  };
  document.body.prepend(link);
}

// Shift alone, three times within five seconds. Shift for a capital letter does not count.
function listen() {
  if (window.softstart.listening) return;
  window.softstart.listening = true;
  let times = [];
  let alone = false;
  const forget = () => {
    times = [];
    window.softstart.show(0);
  };
  document.addEventListener(
    "keydown",
    (event) => {
      alone = event.key === "Shift";
      if (!alone) forget();
    },
    true,
  );
  document.addEventListener(
    "keyup",
    (event) => {
      if (event.key !== "Shift" || !alone) return;
      alone = false;
      const now = Date.now();
      times = [...times.filter((time) => now - time < WITHIN), now];
      if (times.length >= 3) return window.softstart.leave();
      window.softstart.show(times.length);
      setTimeout(() => times.at(-1) === now && forget(), WITHIN);
    },
    true,
  );
}
