// The word that is being spoken, and scrolling that follows it until the reader scrolls.

const AFTERGLOW_S = 1;
const room = byId("room");
let current = null;
let following = true;
let aim = null; // the element to scroll to
let gliding = false;

/** Show the position of the recording on the clock, on the timeline and in the text. */
function showPosition() {
  const seconds = position();
  const shown = clock(seconds);
  if (byId("now").textContent !== shown) byId("now").textContent = shown;
  movePlayhead(seconds);
  const word = words[wordAt(seconds)];
  const said = word && seconds < word.end + AFTERGLOW_S ? word : null;
  if (said === current) return;
  current?.element.classList.remove("now");
  if (current?.paragraph !== said?.paragraph) {
    current?.paragraph.element.classList.remove("present");
    said?.paragraph.element.classList.add("present");
  }
  current = said;
  if (!said) return;
  said.element.classList.add("now");
  if (following) bringIntoView(said.element);
  else offerWayBack();
}

/** Scroll only where the word would leave the middle of the view. */
function bringIntoView(element) {
  const box = element.getBoundingClientRect(), frame = room.getBoundingClientRect();
  const inside = box.top > frame.top + frame.height * 0.12 && box.bottom < frame.bottom - frame.height * 0.25;
  if (inside) return;
  const near = Math.abs(box.top - frame.top) < frame.height * 2;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  aim = element;
  gliding = near && !calm;
  element.scrollIntoView({ block: "center", behavior: gliding ? "smooth" : "instant" });
}

// Heights are estimates until they are rendered, so scrolling can end next to its aim.
room.addEventListener("scrollend", () => {
  const element = aim;
  aim = null;
  gliding = false;
  if (element) bringIntoView(element);
});

function follow() {
  following = true;
  byId("back").hidden = true;
  const word = current ?? words[Math.max(0, wordAt(position()))];
  if (word) bringIntoView(word.element);
}

function stopFollowing() {
  if (gliding) room.scrollTo({ top: room.scrollTop, behavior: "instant" });
  gliding = following = false;
  aim = null;
  offerWayBack();
}

function offerWayBack() {
  if (!following && current) byId("back").hidden = false;
}

byId("back").addEventListener("click", follow);
for (const event of ["wheel", "touchmove"]) room.addEventListener(event, stopFollowing, { passive: true });
room.addEventListener("pointerdown", (event) => {
  const onScrollbar = event.target.clientWidth < event.offsetX && event.target.scrollHeight > event.target.clientHeight;
  if (onScrollbar) stopFollowing();
});

// One listener for the whole text: words, times and names.
turnsAt.addEventListener("click", ({ target }) => {
  const block = target.closest(".turn");
  if (!block || String(getSelection())) return;
  if (target.className === "name") return askWho(block.paragraph);
  const word = target.word ?? (target.className === "at" ? words[block.paragraph.first] : null);
  if (!word) return;
  following = true;
  byId("back").hidden = true;
  seek(word.start);
});

/** Move to the previous (-1) or next (1) word, or paragraph. */
function stepWord(step) {
  const at = byStart.indexOf(wordAt(position()));
  const next = words[byStart[Math.min(Math.max(0, at + step), byStart.length - 1)]];
  if (next) jump(next);
}

function stepParagraph(step) {
  const at = words[wordAt(position())]?.paragraph.number ?? -1;
  const next = paragraphs[Math.min(Math.max(0, at + step), paragraphs.length - 1)];
  if (next) jump(words[next.first]);
}

function jump(word) {
  following = true;
  byId("back").hidden = true;
  seek(word.start);
  bringIntoView(word.element);
}
