// The speakers: names that can be changed, the speaking time of each, and its share of all speaking time.

/** Return the seconds that a speaker talks; time in two overlapping turns counts once. */
function speakingTime(spans) {
  let seconds = 0, until = 0;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    seconds += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return seconds;
}

function inWords(seconds) {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours) return `${hours} h ${minutes} min`;
  return [minutes && `${minutes} min`, (rest || !minutes) && `${rest} s`].filter(Boolean).join(" ");
}

function drawPeople() {
  const talks = new Map([...spansBySpeaker()].map(([speaker, spans]) => [speaker, speakingTime(spans)]));
  const total = [...talks.values()].reduce((sum, seconds) => sum + seconds, 0) || 1;
  byId("people").replaceChildren(...talk.speakers.map(({ id }) => personOf(id, talks.get(id) ?? 0, total)));
  byId("people-title").parentElement.hidden = talk.speakers.length === 0;
  document.body.classList.toggle("unnamed", talk.speakers.length === 0);
}

function personOf(id, seconds, total) {
  const item = document.createElement("li");
  const input = document.createElement("input");
  const amount = document.createElement("span");
  const bar = document.createElement("span");
  item.className = colorOf(id);
  item.style.setProperty("--share", (seconds / total).toFixed(4));
  input.value = nameOf(id);
  input.dir = "auto";
  input.speaker = id;
  input.spellcheck = false;
  input.setAttribute("aria-label", `Name of ${plain(id)}`);
  input.title = "Change the name everywhere";
  amount.className = "amount";
  amount.textContent = `${inWords(seconds)} · ${percent(seconds / total)}`;
  bar.className = "share";
  item.append(input, amount, bar);
  return item;
}

/** Focus a speaker's name, where it is next to the text: else the reader would lose the place. */
function editName(id) {
  if (!matchMedia("(min-width: 60rem)").matches) return;
  const input = [...byId("people").querySelectorAll("input")].find((found) => found.speaker === id);
  input?.focus();
  input?.select();
}

const people = byId("people");
people.addEventListener("focusin", ({ target }) => {
  target.before = talk.speakers.find((speaker) => speaker.id === target.speaker)?.name;
});
people.addEventListener("input", ({ target }) => rename(target.speaker, target.value));
people.addEventListener("change", ({ target }) => {
  rename(target.speaker, plain(target.value));
  rememberName(target.speaker, target.before);
  target.before = plain(target.value);
  target.value = nameOf(target.speaker);
  say(`Renamed to ${target.value}`);
});
people.addEventListener("keydown", ({ key, target }) => {
  if (key === "Enter" || key === "Escape") target.blur();
});

onChange((speakers) => {
  if (!speakers) return drawPeople();
  for (const input of people.querySelectorAll("input")) {
    if (speakers.includes(input.speaker) && document.activeElement !== input) input.value = nameOf(input.speaker);
  }
});

function drawFacts() {
  const title = plain(talk.media.file) || "Transcript";
  byId("title").textContent = title;
  byId("title").title = title;
  byId("length").textContent = clock(duration);
  const count = `${words.length.toLocaleString("en")} word${words.length === 1 ? "" : "s"}`;
  const facts = [inWords(duration), count, plain(talk.language).toUpperCase()];
  if (mostlyGuessed && words.length) facts.push("times estimated");
  byId("facts").textContent = facts.filter(Boolean).join(" · ");
}
