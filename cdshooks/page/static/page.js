// Small comforts. Every page works without this file: links lead on, and forms are sent with their buttons.

// By keys a choice changes with every arrow: it is sent by Enter or the button beside it, never under one's hands.
let byKeys = false;
addEventListener("keydown", () => { byKeys = true; }, true);
addEventListener("pointerdown", () => { byKeys = false; }, true);

for (const field of document.querySelectorAll("[data-submit]")) {
  field.addEventListener("change", () => { if (!byKeys) field.form.requestSubmit(); });
}

// Whoever sends a form by keys is led to what came of it, and a screen reader reads it.
const outcome = document.querySelector("[data-outcome]");
try {
  if (outcome && sessionStorage.getItem("sent") === "by keys") outcome.focus();
  sessionStorage.removeItem("sent");
  addEventListener("submit", () => { if (byKeys) sessionStorage.setItem("sent", "by keys"); });
} catch {
  // A browser that keeps nothing for a page begins at its top.
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const words = button.textContent;
  button.addEventListener("click", async () => {
    const text = document.querySelector(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch {  // not offered to a page that came over plain HTTP from elsewhere, or not allowed
      getSelection().selectAllChildren(text);
      button.textContent = "Selected: copy it with Ctrl+C";
    }
    setTimeout(() => { button.textContent = words; }, 4000);
  });
}

for (const field of document.querySelectorAll("[data-filter]")) {
  const list = document.querySelector(field.dataset.filter);
  if (!list) continue;
  const left = document.createElement("output");
  left.className = "soft";
  field.after(left);
  const sift = () => {
    const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = [...list.children].filter((item) => {
      const text = item.textContent.toLowerCase();
      item.hidden = !wanted.every((word) => text.includes(word));
      return !item.hidden;
    });
    left.textContent = wanted.length ? ` ${kept.length} of ${list.children.length}` : "";
  };
  field.addEventListener("input", sift);
  addEventListener("pageshow", sift);  // a browser that goes back brings the words along
}

// The author's bench follows what is in service: one small question every two seconds.
const follow = document.querySelector("[data-follow]");
if (follow) {
  const lost = document.querySelector("[data-lost]");
  setInterval(async () => {
    const told = await fetch(follow.dataset.follow).then((answer) => answer.json()).catch(() => null);
    lost.hidden = told !== null;
    if (!told) return;
    const faults = told.failed_reload ? told.failed_reload.faults : 0;
    if (String(told.generation) !== follow.dataset.generation || String(faults) !== follow.dataset.faults) location.reload();
  }, 2000);
}
