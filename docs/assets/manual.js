// What the theme's scripts leave undone for keys and screen readers: wide tables that scroll are reached by the tab key,
// and each landmark has a name of its own.
const mend = () => {
  for (const wide of document.querySelectorAll(".md-typeset__scrollwrap")) {
    if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
  }
  for (const buttons of document.querySelectorAll(".md-code__nav")) buttons.setAttribute("role", "presentation");
  for (const part of document.querySelectorAll("nav[aria-labelledby]")) {
    const title = document.getElementById(part.getAttribute("aria-labelledby"));
    const name = title?.textContent.trim();
    if (name && part.getAttribute("aria-label") !== name) {
      part.setAttribute("aria-label", name);
      part.removeAttribute("aria-labelledby");
    }
  }
};
new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
addEventListener("resize", mend);
mend();
