// The keyboard, the theme, and the start of the page.

const KEYS = {
  " ": togglePlay,
  k: togglePlay,
  j: () => seek(position() - 10),
  l: () => seek(position() + 10),
  arrowleft: () => stepWord(-1),
  arrowright: () => stepWord(1),
  arrowup: () => stepParagraph(-1),
  arrowdown: () => stepParagraph(1),
  "<": () => changeSpeed(-1),
  ">": () => changeSpeed(1),
  m: () => { media.muted = !media.muted; },
  f: follow,
  "/": () => { query.focus(); query.select(); },
  r: () => { if (paragraphs.length) askWho((words[Math.max(0, wordAt(position()))]).paragraph); },
  u: () => byId("doubting").click(),
  s: () => byId("copies").showModal(),
  d: changeTheme,
  "?": () => byId("shortcuts").showModal(),
};

addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), select");
  if (!typing && (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
    event.preventDefault();
    return undo();
  }
  const scrolling = ["PageUp", "PageDown", "Home", "End"].includes(event.key);
  if (!typing && scrolling) return stopFollowing();
  const pressing = event.key === " " && event.target.closest("button, input, summary");
  if (typing || pressing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const action = KEYS[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action();
});

/** Switch between light and dark. */
function changeTheme() {
  const chosenNow = document.documentElement.dataset.theme;
  const dark = chosenNow ? chosenNow === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "light" : "dark";
}

const inside = (element, { clientX, clientY }) => {
  const box = element.getBoundingClientRect();
  return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
};

byId("theme").addEventListener("click", changeTheme);
byId("help").addEventListener("click", () => byId("shortcuts").showModal());
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => {
    const beside = event.target === dialog && !inside(dialog, event);
    if (beside || event.target.closest(".close")) dialog.close();
  });
}

// A clicked button does not take the keyboard focus: Space still plays. Tab reaches all of them.
addEventListener("mousedown", (event) => {
  if (!event.target.closest("button")) return;
  event.preventDefault();
  if (document.activeElement.matches("input")) document.activeElement.blur();
});

byId("doubting").addEventListener("change", ({ target }) => {
  target.blur();
  document.body.classList.toggle("trusting", !target.checked);
});

drawTurns();
drawFacts();
drawTimeline();
drawPeople();
for (const sample of byId("legend").children) sample.hidden = !turnsAt.querySelector(`.${sample.className}`);
byId("doubts").hidden = byId("legend").hidden = !turnsAt.querySelector(".low, .torn, .guessed");
showPosition();
requestAnimationFrame(() => setTimeout(findRecording)); // the text first
