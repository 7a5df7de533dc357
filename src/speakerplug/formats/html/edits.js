// Edits by the reader: speaker names, and the speakers of paragraphs. All change `talk`, so that saving includes them.

const undoing = [];
const listeners = [];
let unsaved = false;

/** Call a function after each change, with the ids of the speakers that it concerns (null for all). */
const onChange = (listener) => listeners.push(listener);

function changed(speakers) {
  unsaved = true;
  byId("undo").hidden = undoing.length === 0;
  for (const listener of listeners) listener(speakers);
}

function rename(id, name) {
  const speaker = talk.speakers.find((known) => known.id === id);
  speaker.name = name;
  changed([id]);
}

/** Remember the name before an edit, to undo it. */
function rememberName(id, before) {
  undoing.push(() => rename(id, before));
  byId("undo").hidden = false;
}

/** Add a speaker with a new id. */
function newSpeaker() {
  const taken = new Set(talk.speakers.map((speaker) => speaker.id));
  let number = 0;
  while (taken.has(`SPEAKER_${String(number).padStart(2, "0")}`)) number += 1;
  const id = `SPEAKER_${String(number).padStart(2, "0")}`;
  talk.speakers.push({ id, name: `Speaker ${talk.speakers.length + 1}` });
  return id;
}

/** Assign a paragraph, and the turns under it, to a speaker; null adds a new one. */
function reassign(paragraph, speaker) {
  if (speaker === paragraph.speaker) return;
  const before = { speakers: [...talk.speakers], turns: talk.turns, exclusive: talk.exclusive, was: paragraph.speaker };
  const sources = wordsOf(paragraph).map((word) => [word.source, { ...word.source }]);
  undoing.push(() => {
    Object.assign(talk, { speakers: before.speakers, turns: before.turns, exclusive: before.exclusive });
    for (const [source, copy] of sources) {
      for (const key of Object.keys(source)) delete source[key];
      Object.assign(source, copy);
    }
    paragraph.speaker = before.was;
    changed(null);
  });
  const id = speaker ?? newSpeaker();
  for (const [source] of sources) give(source, id);
  const span = spanOf(paragraph);
  talk.turns = moved(talk.turns, paragraph.speaker, id, span);
  talk.exclusive = moved(talk.exclusive, paragraph.speaker, id, span);
  paragraph.speaker = id;
  changed(null);
  return id;
}

/** Assign a word to a speaker; what a reader decides has no confidence. */
function give(source, id) {
  Object.assign(source, { speaker: id, method: "reader", speaker_confidence: null });
  if (!source.others) return;
  source.others = source.others.filter((other) => other !== id);
  if (!source.others.length) delete source.others;
}

/** Return the turns, with the parts of the turns of `from` within a span moved to `to`. */
function moved(turns, from, to, span) {
  if (span.end <= span.start) return turns;
  const kept = [];
  let given = false;
  for (const turn of turns) {
    const start = Math.max(turn.start, span.start), end = Math.min(turn.end, span.end);
    if (turn.speaker !== from || end <= start) {
      kept.push(turn);
      continue;
    }
    if (turn.start < start) kept.push({ ...turn, end: start });
    kept.push({ ...turn, start, end, speaker: to });
    if (end < turn.end) kept.push({ ...turn, start: end });
    given = true;
  }
  if (!given && turns === talk.turns) kept.push({ start: span.start, end: span.end, speaker: to });
  return kept.sort((a, b) => a.start - b.start || a.end - b.end);
}

byId("undo").addEventListener("click", undo);

function undo() {
  const step = undoing.pop();
  if (!step) return;
  step();
  say("Undone");
}

/** Announce to screen readers what has happened. */
function say(text) {
  byId("announcements").textContent = text;
}

addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
