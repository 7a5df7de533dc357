// The recording: linked, embedded, or chosen by the reader; and the controls that play it.

const media = document.createElement(recording.video ? "video" : "audio");
media.preload = "metadata";
media.setAttribute("playsinline", "");
byId("screen").append(media);

const SPEEDS = [...byId("speed").options].map((option) => Number(option.value));
let readable = true;

function findRecording() {
  if (recording.embedded) {
    media.src = URL.createObjectURL(new Blob([audioBytes()], { type: recording.embedded }));
  } else if (recording.url) {
    media.src = recording.url;
  } else {
    showMissing();
  }
}

/** Return the embedded audio; a loop, as an hour is 16 million bytes. */
function audioBytes() {
  const text = atob(byId("audio").textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}

function showMissing() {
  readable = false;
  document.body.classList.add("silent");
  const name = plain(talk.media.file);
  byId("missing").firstElementChild.textContent = recording.url
    ? `${name} is not where this page looks for it, or this browser cannot play it. Everything else works without it.`
    : "This page has no recording. Everything else works without it.";
  byId("missing").hidden = false;
}

media.addEventListener("error", showMissing);
media.addEventListener("loadedmetadata", () => {
  readable = true;
  document.body.classList.remove("silent");
  document.body.classList.toggle("pictured", media.videoWidth > 0);
  byId("missing").hidden = true;
});
byId("choose").addEventListener("click", () => byId("chosen").click());
byId("chosen").addEventListener("change", ({ target }) => {
  if (target.files.length) media.src = URL.createObjectURL(target.files[0]);
});

/** The position in the recording; without one, where the reader last was. */
let place = 0;
const position = () => (readable && media.readyState > 0 ? media.currentTime : place);

function seek(seconds) {
  place = Math.min(Math.max(0, seconds), duration);
  if (readable) media.currentTime = place;
  showPosition();
}

function togglePlay() {
  if (!readable) return;
  if (media.paused) media.play().catch(() => {}); // pressed before the recording was loaded
  else media.pause();
}

function setSpeed(speed) {
  media.playbackRate = media.defaultPlaybackRate = speed;
  byId("speed").value = String(speed);
}

/** Change to the next higher (1) or lower (-1) speed. */
function changeSpeed(step) {
  const at = SPEEDS.indexOf(Number(byId("speed").value)) + step;
  if (SPEEDS[at] !== undefined) setSpeed(SPEEDS[at]);
}

byId("play").addEventListener("click", togglePlay);
media.addEventListener("click", togglePlay);
byId("rewind").addEventListener("click", () => seek(position() - 10));
byId("forward").addEventListener("click", () => seek(position() + 10));
byId("speed").addEventListener("change", ({ target }) => {
  setSpeed(Number(target.value));
  target.blur(); // so that the page's keys work again
});

for (const event of ["play", "pause", "ended"]) {
  media.addEventListener(event, () => {
    document.body.classList.toggle("playing", !media.paused);
    byId("play").setAttribute("aria-label", media.paused ? "Play" : "Pause");
    if (!media.paused) requestAnimationFrame(tick);
  });
}
for (const event of ["timeupdate", "seeked"]) media.addEventListener(event, showPosition);

function tick() {
  showPosition();
  if (!media.paused) requestAnimationFrame(tick);
}
