// On a page of the site: wakes the pictures, the questions and the playground. Joined behind utils/live.js and
// utils/playground.js, see docs/build_site.py.

const told = (el) => JSON.parse(el.querySelector('script[type="application/json"]').textContent);

for (const el of document.querySelectorAll(".live-page, .ask-page, .playground-page")) {
  const it = told(el);
  el.replaceChildren();
  if (el.matches(".ask-page")) ask(el, it);
  else if (el.matches(".playground-page")) showPlayground(el, it);
  else showPicture(el, fromPage(it));
}

// What can be scrolled sideways can be reached by the keyboard.
const fit = () => {
  for (const el of document.querySelectorAll("pre, div.math, article table, .output"))
    if (el.scrollWidth > el.clientWidth) el.tabIndex = 0;
    else el.removeAttribute("tabindex");
};
addEventListener("resize", fit);
fit();
