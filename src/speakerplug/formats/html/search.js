// Search: all matches, their number, and moving between them.

const query = byId("query");
let matches = [];
let chosen = -1;

/** Return text for comparison: without case, and without accents of Latin, Greek and Cyrillic letters. */
const folded = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

// The whole transcript as one text, and the offset of each word; a line break keeps matches within a paragraph.
let haystack = null;
const offsets = new Uint32Array(words.length);

function prepareSearch() {
  const parts = [];
  let length = 0;
  words.forEach((word, index) => {
    const gap = word.paragraph.first === index ? "\n" : word.joined ? "" : " ";
    const text = folded(word.text);
    offsets[index] = length + gap.length;
    length += gap.length + text.length;
    parts.push(gap, text);
  });
  haystack = parts.join("");
}

/** Return the index of the word at an offset of the text. */
function wordHolding(offset) {
  let low = 0, high = words.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsets[middle] <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

function find(text) {
  const needle = folded(plain(text)), found = [];
  if (!needle) return found;
  if (haystack === null) prepareSearch();
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + needle.length)) {
    found.push({ first: wordHolding(at), last: wordHolding(at + needle.length - 1) });
  }
  return found;
}

function search() {
  for (const match of matches) mark(match, "hit", false);
  choose(-1);
  matches = find(query.value);
  for (const match of matches) mark(match, "hit", true);
  for (const id of ["previous", "next"]) byId(id).disabled = matches.length === 0;
  if (matches.length) showMatch(firstFromHere());
  else showCount();
}

function mark({ first, last }, name, on) {
  for (let index = first; index <= last; index += 1) words[index].element.classList.toggle(name, on);
}

function choose(index) {
  if (matches[chosen]) mark(matches[chosen], "chosen", false);
  chosen = index;
  if (matches[chosen]) mark(matches[chosen], "chosen", true);
}

function showCount() {
  const none = plain(query.value) ? "none" : "";
  byId("hits").textContent = matches.length ? `${chosen + 1} of ${matches.length.toLocaleString("en")}` : none;
}

/** Return the first match at or after the top of the view. */
function firstFromHere() {
  const top = room.getBoundingClientRect().top;
  const visible = paragraphs.findIndex(({ element }) => element.getBoundingClientRect().bottom > top);
  const from = paragraphs[visible]?.first ?? 0;
  return Math.max(0, matches.findIndex((match) => match.first >= from));
}

function showMatch(index) {
  choose((index + matches.length) % matches.length);
  showCount();
  stopFollowing();
  bringIntoView(words[matches[chosen].first].element);
}

let waiting = 0;
query.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(search, 120);
});
query.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && matches.length) showMatch(chosen + (event.shiftKey ? -1 : 1));
  if (event.key === "Escape") {
    query.value = "";
    search();
    query.blur();
  }
});
byId("next").addEventListener("click", () => showMatch(chosen + 1));
byId("previous").addEventListener("click", () => showMatch(chosen - 1));
