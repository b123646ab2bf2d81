// For a page of the site: starts the pictures, the questions and the playground. Appended to utils/live.js and
// utils/playground.js, see docs/build_site.py.

const told = (el) => JSON.parse(el.querySelector('script[type="application/json"]').textContent);

for (const el of document.querySelectorAll(".live-page, .ask-page, .playground-page")) {
  const it = told(el);
  el.replaceChildren();
  if (el.matches(".ask-page")) ask(el, it);
  else if (el.matches(".playground-page")) showPlayground(el, it);
  else showPicture(el, fromPage(it));
}

// Elements that scroll sideways can be reached with the keyboard, and have a name: their caption, or the heading above
// them. Measuring elements far from the window makes the browser lay them out, so this waits until it is idle.
const words = (el) => [...el.childNodes].filter((node) => !node.matches?.(".headerlink")).map((node) => node.textContent);
const nameOf = (el) => {
  const told = el.querySelector("caption") ?? el.closest("section")?.querySelector("h1, h2, h3, h4, h5, h6");
  return told ? words(told).join("").trim() : document.title;
};
const fit = (all) => {
  const wide = all.map((el) => el.scrollWidth > el.clientWidth); // measure all before changing any
  all.forEach((el, i) => {
    const set = { tabindex: 0, role: "group", "aria-label": wide[i] && nameOf(el) };
    for (const name in set) wide[i] ? el.setAttribute(name, set[name]) : el.removeAttribute(name);
  });
};
const whenIdle = window.requestIdleCallback ?? ((then) => setTimeout(() => then({ timeRemaining: () => 10 })));
let left = [];
const fitSome = (idle) => {
  while (left.length && idle.timeRemaining() > 2) fit(left.splice(0, 8));
  if (left.length) whenIdle(fitSome);
};
const fitAll = () => {
  if (!left.length) whenIdle(fitSome);
  left = [...document.querySelectorAll("pre, div.math, .table-wrapper, .indextable, .output")];
};
addEventListener("resize", fitAll);
fitAll();
