// The transcript in the page: SpeakerPlug's JSON, its words with times, and its paragraphs.

const byId = (id) => document.getElementById(id);
const talk = JSON.parse(byId("transcript").textContent);
const recording = JSON.parse(byId("recording").textContent);

/** One line of text: white space collapsed, no control characters. */
const plain = (text) => String(text ?? "").replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ").replace(/\s+/g, " ").trim();

/** Return the display name of a speaker: the id where the name is blank. */
function nameOf(id) {
  if (id === null) return "Unknown";
  const speaker = talk.speakers.find((known) => known.id === id);
  return plain(speaker?.name) || plain(id) || "Speaker";
}

/** Return seconds as a clock shows them, 1:02:03; with decimals where `digits` are asked for. */
function clock(seconds, digits = 0) {
  const whole = digits ? Math.round(seconds * 10 ** digits) / 10 ** digits : Math.floor(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = (whole % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return (hours ? `${hours}:${String(minutes).padStart(2, "0")}` : minutes) + `:${rest}`;
}

// The words with visible text; `start` and `end` of all are numbers.
const words = [];
for (const source of talk.words) {
  const text = plain(source.text);
  if (!text) continue;
  const start = Math.max(0, source.start ?? words.at(-1)?.end ?? 0);
  words.push({ source, text, start, end: Math.max(start, source.end ?? start), joined: Boolean(source.joined) });
}
const duration = Math.max(talk.media.duration || 0, ...ends(words), ...ends(talk.turns), 0.001);

function ends(spans) {
  return [spans.reduce((latest, span) => Math.max(latest, span.end ?? 0), 0)];
}

// Words by start, to find the one that is being spoken: the order of words is not always that of their starts.
const byStart = words.map((_, index) => index).sort((a, b) => words[a].start - words[b].start || a - b);

/** Return the index of the last word that has begun at a time; -1 before the first. */
function wordAt(seconds) {
  let low = 0, high = byStart.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (words[byStart[middle]].start <= seconds + 0.0005) low = middle + 1;
    else high = middle;
  }
  return low ? byStart[low - 1] : -1;
}

/** Return words as running text. */
const textOf = (some) => some.map((word) => (word.joined ? "" : " ") + word.text).join("").trimStart();

// Paragraphs: what one speaker says until another one speaks; long ones are divided at sentence ends.
const paragraphs = [];
words.forEach((word, index) => {
  const paragraph = paragraphs.at(-1);
  if (!paragraph || paragraph.speaker !== word.source.speaker || endsHere(paragraph, index)) {
    paragraphs.push({ speaker: word.source.speaker, first: index, last: index, number: paragraphs.length });
  } else {
    paragraph.last = index;
  }
  word.paragraph = paragraphs.at(-1);
});

function endsHere(paragraph, index) {
  const count = index - paragraph.first, before = words[index - 1];
  if (count < 40) return false;
  const pause = words[index].start - before.end;
  if (/[.!?…。！？؟۔।]["'”’»)\]]*$/u.test(before.text)) return count >= 90 || pause >= 0.6;
  return pause >= 2.5 || count >= 220;
}

const wordsOf = (paragraph) => words.slice(paragraph.first, paragraph.last + 1);

/** Return start and end of a paragraph, in seconds. */
function spanOf(paragraph) {
  const own = wordsOf(paragraph);
  return { start: Math.min(...own.map((word) => word.start)), end: Math.max(...own.map((word) => word.end)) };
}
