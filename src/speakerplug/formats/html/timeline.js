// The timeline: a row per speaker, so that overlapping speech shows, and the playhead.

const SVG = "http://www.w3.org/2000/svg";
const timeline = byId("timeline");
const rows = byId("rows");
const MIN_WIDTH = 1 / 1400; // of the recording, so that a short turn is visible

/** Return the turns by speaker, or without turns the paragraphs. */
function spansBySpeaker() {
  const spans = talk.turns.length ? talk.turns : paragraphs.map((paragraph) => ({ speaker: paragraph.speaker, ...spanOf(paragraph) }));
  const found = new Map(talk.speakers.map((speaker) => [speaker.id, []]));
  for (const span of spans) {
    if (!found.has(span.speaker)) found.set(span.speaker, []);
    found.get(span.speaker).push(span);
  }
  return found;
}

function drawTimeline() {
  const drawn = [];
  for (const [speaker, spans] of spansBySpeaker()) {
    const row = document.createElement("div");
    const label = document.createElement("span");
    const picture = document.createElementNS(SVG, "svg");
    const path = document.createElementNS(SVG, "path");
    row.className = `row ${colorOf(speaker)}`;
    label.textContent = nameOf(speaker);
    label.dir = "auto";
    picture.setAttribute("viewBox", "0 0 1000 1");
    picture.setAttribute("preserveAspectRatio", "none");
    path.setAttribute("d", spans.map(barOf).join(""));
    picture.append(path);
    row.append(label, picture);
    drawn.push(row);
  }
  rows.replaceChildren(...drawn);
  rows.classList.toggle("crowded", drawn.length > 6);
  timeline.setAttribute("aria-valuemax", Math.ceil(duration));
}

function barOf({ start, end }) {
  const from = (start / duration) * 1000, width = Math.max((end - start) / duration, MIN_WIDTH) * 1000;
  return `M${from.toFixed(2)} 0h${width.toFixed(2)}v1h-${width.toFixed(2)}z`;
}

let shownSecond = -1;

function movePlayhead(seconds) {
  timeline.style.setProperty("--at", Math.min(seconds / duration, 1).toFixed(5));
  if (Math.floor(seconds) === shownSecond) return;
  shownSecond = Math.floor(seconds);
  timeline.setAttribute("aria-valuenow", shownSecond);
  const word = words[wordAt(seconds)];
  timeline.setAttribute("aria-valuetext", clock(seconds) + (word ? `, ${nameOf(word.source.speaker)}` : ""));
}

/** Return the time under the pointer, in seconds. */
function timeUnder(event) {
  const box = rows.querySelector("svg")?.getBoundingClientRect() ?? timeline.getBoundingClientRect();
  return Math.min(Math.max(0, (event.clientX - box.left) / box.width), 1) * duration;
}

timeline.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  timeline.setPointerCapture(event.pointerId);
  jumpTo(timeUnder(event));
});
timeline.addEventListener("pointermove", (event) => {
  const seconds = timeUnder(event);
  timeline.style.setProperty("--under", (seconds / duration).toFixed(5));
  byId("tip").textContent = clock(seconds);
  if (timeline.hasPointerCapture(event.pointerId)) jumpTo(seconds);
});

function jumpTo(seconds) {
  following = true;
  byId("back").hidden = true;
  seek(seconds);
}

timeline.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -60, PageUp: 60 };
  const places = { Home: 0, End: duration };
  const target = event.key in steps ? position() + steps[event.key] : places[event.key];
  if (target === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  jumpTo(target);
});

onChange((speakers) => {
  if (!speakers) return drawTimeline();
  [...rows.children].forEach((row, index) => {
    const speaker = [...spansBySpeaker().keys()][index];
    if (speakers.includes(speaker)) row.firstElementChild.textContent = nameOf(speaker);
  });
});
