// Small comforts. Every page works without this file: links lead on, and forms are sent with their buttons.

for (const field of document.querySelectorAll("[data-submit]")) {
  field.addEventListener("change", () => field.form.requestSubmit());
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const before = button.textContent;
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = before; }, 2000);
  });
}

for (const field of document.querySelectorAll("[data-filter]")) {
  const list = document.querySelector(field.dataset.filter);
  if (!list) continue;
  field.addEventListener("input", () => {
    const wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of list.children) {
      const text = item.textContent.toLowerCase();
      item.hidden = !wanted.every((word) => text.includes(word));
    }
  });
}

// The author's bench follows what is in service: one small question every two seconds.
const follow = document.querySelector("[data-follow]");
if (follow) {
  setInterval(async () => {
    const told = await (await fetch(follow.dataset.follow)).json().catch(() => null);
    if (!told) return;
    const faults = told.failed_reload ? told.failed_reload.faults : 0;
    if (String(told.generation) !== follow.dataset.generation || String(faults) !== follow.dataset.faults) location.reload();
  }, 2000);
}
