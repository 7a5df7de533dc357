// Copies of the transcript with the reader's edits: JSON, this page, text and subtitles.

const COLUMNS = 42, LINES = 2, MAX_LENGTH_S = 7, PAUSE_S = 1, MIN_LENGTH_S = 0.833;

const jsonRow = (record) => `    ${JSON.stringify(record)}`;

/** Return JSON in SpeakerPlug's layout, a line per word and per turn. */
function asJson() {
  const members = Object.entries(talk).map(([key, value]) => {
    const rows = Array.isArray(value) && value.length ? `[\n${value.map(jsonRow).join(",\n")}\n  ]` : JSON.stringify(value);
    return `  ${JSON.stringify(key)}: ${rows}`;
  });
  return `{\n${members.join(",\n")}\n}\n`;
}

/** Return this page with the edited transcript; what the scripts have rendered is removed. */
function asPage() {
  const copy = document.documentElement.cloneNode(true);
  const inCopy = (id) => copy.querySelector(`#${id}`);
  for (const id of ["turns", "people", "rows", "screen", "candidates", "said", "announcements", "hits"]) inCopy(id).replaceChildren();
  for (const id of ["missing", "back", "undo"]) inCopy(id).hidden = true;
  for (const dialog of copy.querySelectorAll("dialog")) dialog.removeAttribute("open");
  copy.querySelector("body").removeAttribute("class");
  inCopy("transcript").replaceWith(document.createElement("data"));
  const json = asJson().replace(/[<\u2028\u2029]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
  // Trusted types forbid writing to scripts, even to data; so the text of the page is changed.
  const html = copy.outerHTML.replace("<data></data>", () => `<script type="application/json" id="transcript">${json}<\/script>`);
  return `<!DOCTYPE html>\n${html}\n`;
}

/** Return the paragraphs of each speaker, joined until another one speaks. */
function speeches() {
  const found = [];
  for (const paragraph of paragraphs) {
    const last = found.at(-1);
    if (last && last.speaker === paragraph.speaker) last.words.push(...wordsOf(paragraph));
    else found.push({ speaker: paragraph.speaker, words: [...wordsOf(paragraph)] });
  }
  return found;
}

function asText() {
  return speeches().map(({ speaker, words: said }) => `${speaker === null ? "" : `${nameOf(speaker)}: `}${textOf(said)}\n`).join("\n");
}

/** Return text in lines of at most COLUMNS characters, where words allow it. */
function linesOf(said) {
  const lines = [""];
  for (const word of said) {
    const gap = word.joined || !lines.at(-1) ? "" : " ";
    if (lines.at(-1) && (lines.at(-1) + gap + word.text).length > COLUMNS) lines.push(word.text);
    else lines[lines.length - 1] += gap + word.text;
  }
  return lines;
}

/** Return cues of one speaker each: two lines at most, cut at pauses and, once long enough, at sentence ends. */
function cues() {
  const found = [];
  for (const { speaker, words: said } of speeches()) {
    let cue = [];
    for (const word of said) {
      const last = cue.at(-1);
      const full = cue.length && (linesOf([...cue, word]).length > LINES || word.end - cue[0].start > MAX_LENGTH_S);
      const ended = last && /[.!?…。！？؟۔।]["'”’»)\]]*$/u.test(last.text) && textOf(cue).length > COLUMNS / 2;
      if (full || ended || (last && word.start - last.end > PAUSE_S)) cue = [];
      if (!cue.length) found.push({ speaker, words: cue });
      cue.push(word);
    }
  }
  return timed(found);
}

/** Return cues with times: each is shown for its minimum duration, but not into the next one; in milliseconds. */
function timed(found) {
  const ordered = found.map((cue) => ({
    speaker: cue.speaker,
    lines: linesOf(cue.words),
    start: Math.round(cue.words[0].start * 1000),
    end: Math.round(Math.max(...cue.words.map((word) => word.end), cue.words[0].start + MIN_LENGTH_S) * 1000),
  })).sort((a, b) => a.start - b.start);
  ordered.forEach((cue, index) => {
    const before = ordered[index - 1];
    if (before) cue.start = Math.max(cue.start, before.start + 1);
    if (before) before.end = Math.max(before.start + 1, Math.min(before.end, cue.start));
    cue.end = Math.max(cue.end, cue.start + 1);
  });
  return ordered;
}

function stamp(ms, point) {
  const part = (value, digits) => String(Math.floor(value)).padStart(digits, "0");
  return `${part(ms / 3_600_000, 2)}:${part((ms / 60_000) % 60, 2)}:${part((ms / 1000) % 60, 2)}${point}${part(ms % 1000, 3)}`;
}

function asVtt() {
  const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const blocks = cues().map(({ speaker, lines, start, end }) => {
    const text = lines.map(escaped).join("\n");
    const name = speaker === null ? "" : escaped(nameOf(speaker));
    const voice = name ? `<v ${name}${name.endsWith("--") ? " " : ""}>${text}</v>` : text;
    return `${stamp(start, ".")} --> ${stamp(end, ".")}\n${voice}\n`;
  });
  return ["WEBVTT\n", ...blocks].join("\n");
}

function asSrt() {
  let shown = null;
  return cues().map(({ speaker, lines, start, end }, index) => {
    const label = speaker === null || speaker === shown ? "" : `${nameOf(speaker)}: `;
    shown = speaker;
    const text = (label + lines.join("\n")).replaceAll("-->", "→");
    return `${index + 1}\n${stamp(start, ",")} --> ${stamp(end, ",")}\n${text}\n`;
  }).join("\n");
}

const COPIES = {
  json: [asJson, "application/json"],
  html: [asPage, "text/html"],
  txt: [asText, "text/plain"],
  vtt: [asVtt, "text/vtt"],
  srt: [asSrt, "application/x-subrip"],
};

function saveCopy(format) {
  const [write, type] = COPIES[format];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([write()], { type: `${type};charset=utf-8` }));
  link.download = `${(plain(talk.media.file) || "transcript").replace(/\.[^.]{1,5}$/, "").replace(/[\\/:*?"<>|]/g, "_")}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  if (format === "json" || format === "html") unsaved = false;
}

byId("save").addEventListener("click", () => byId("copies").showModal());
byId("copies").addEventListener("click", ({ target }) => {
  const format = target.closest("button")?.value;
  if (!format) return;
  byId("copies").close();
  saveCopy(format);
});
