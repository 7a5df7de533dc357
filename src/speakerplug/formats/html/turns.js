// The transcript in the page: a block per paragraph under speaker and start, and a span per word.

const COLORS = 8;
const turnsAt = byId("turns");

// The confidences below which the wording of a word, and its speaker, are marked.
const limits = JSON.parse(byId("limits").textContent);

/** Return the class of a speaker's color; colors repeat after eight speakers. */
const colorOf = (id) => (id === null ? "nobody" : `s${talk.speakers.findIndex((known) => known.id === id) % COLORS}`);

// If most times are estimated, as those from subtitles are, single words are not marked.
const mostlyGuessed = words.filter((word) => word.source.estimated).length > words.length / 2;

function marksOf({ source }) {
  const marks = [];
  if (source.confidence !== null && source.confidence < limits.wording) marks.push("low");
  if (source.speaker_confidence !== null && source.speaker_confidence < limits.speaker) marks.push("torn");
  if (source.estimated && !mostlyGuessed) marks.push("guessed");
  return marks.join(" ");
}

function drawParagraph(paragraph) {
  const block = document.createElement("section");
  const head = document.createElement("header");
  const name = document.createElement("button");
  const time = document.createElement("button");
  const text = document.createElement("p");
  name.type = time.type = "button";
  name.className = "name";
  name.dir = text.dir = "auto";
  time.className = "at";
  time.textContent = clock(words[paragraph.first].start);
  time.setAttribute("aria-label", `Play from ${time.textContent}`);
  for (const word of wordsOf(paragraph)) {
    const span = document.createElement("span");
    span.textContent = word.text;
    span.word = word;
    span.className = marksOf(word);
    word.element = span;
    if (!word.joined) text.append(" ");
    text.append(span);
  }
  head.append(name, time);
  block.append(head, text);
  block.paragraph = paragraph;
  paragraph.element = block;
  const characters = text.textContent.length;
  block.style.setProperty("--guess", `${Math.ceil(characters / 74) * 1.7 + 3.4}rem`);
  return block;
}

/** Show the speaker of a paragraph, in color and as a name, which is fainter where the same speaker continues. */
function nameParagraph(paragraph) {
  const before = paragraphs[paragraph.number - 1];
  const name = paragraph.element.querySelector(".name");
  name.textContent = nameOf(paragraph.speaker);
  name.setAttribute("aria-label", `${name.textContent}: change who says this paragraph`);
  name.title = "Who says this?";
  const goesOn = before !== undefined && before.speaker === paragraph.speaker;
  paragraph.element.className = `turn ${colorOf(paragraph.speaker)}${goesOn ? " on" : ""}`;
}

function drawTurns() {
  const all = document.createDocumentFragment();
  for (const paragraph of paragraphs) {
    all.append(drawParagraph(paragraph));
    nameParagraph(paragraph);
  }
  if (talk.language) turnsAt.lang = talk.language;
  turnsAt.append(all);
  if (paragraphs.length) return;
  const empty = document.createElement("p");
  empty.className = "empty";
  empty.textContent = talk.turns.length ? "The recording was not transcribed; the timeline shows who speaks when." : "No words were recognized.";
  turnsAt.append(empty);
}

onChange((speakers) => {
  for (const paragraph of paragraphs) {
    if (speakers && !speakers.includes(paragraph.speaker)) continue;
    nameParagraph(paragraph);
    if (!speakers) for (const word of wordsOf(paragraph)) remark(word);
  }
});

/** Update the marks of a word; other classes (of the word being played) stay. */
function remark(word) {
  if (word.source.speaker_confidence === null) word.element.classList.remove("torn");
  else word.element.classList.toggle("torn", word.source.speaker_confidence < limits.speaker);
}

const percent = (share) => `${Math.round(share * 100)} %`;

/** Return the tooltip of a word. */
function hintOf({ source, start }) {
  const parts = [clock(start, 1), nameOf(source.speaker)];
  if (source.speaker_confidence !== null) parts[1] += ` (${percent(source.speaker_confidence)} sure)`;
  if (source.others?.length) parts.push(`also speaking: ${source.others.map(nameOf).join(", ")}`);
  if (source.confidence !== null) parts.push(`wording ${percent(source.confidence)} sure`);
  if (source.estimated) parts.push("time estimated");
  return parts.join(" · ");
}

turnsAt.addEventListener("pointerover", ({ target }) => {
  if (target.word && !target.title) target.title = hintOf(target.word);
});
onChange(() => {
  for (const element of turnsAt.querySelectorAll("span[title]")) element.removeAttribute("title");
});

// The dialog that assigns a paragraph to a speaker.
let asked = null;

function askWho(paragraph) {
  asked = paragraph;
  const text = textOf(wordsOf(paragraph));
  byId("said").textContent = text.length > 160 ? `${text.slice(0, 160)}…` : text;
  const choices = [...talk.speakers.map((speaker) => speaker.id), null].map((id) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.dir = "auto";
    button.speaker = id;
    button.textContent = id === null ? "A new speaker" : nameOf(id);
    button.className = id === null ? "new" : colorOf(id);
    if (id !== null && id === paragraph.speaker) button.setAttribute("aria-current", "true");
    item.append(button);
    return item;
  });
  byId("candidates").replaceChildren(...choices);
  byId("who").showModal();
  byId("candidates").querySelector("[aria-current]")?.focus();
}

byId("candidates").addEventListener("click", ({ target }) => {
  if (target.speaker === undefined) return;
  byId("who").close();
  const id = reassign(asked, target.speaker);
  if (id === undefined) return;
  say(`Assigned to ${nameOf(id)}`);
  if (target.speaker === null) editName(id);
});
