"""What is wider than the page of the site is scrolled by the keyboard, too, and a screen reader says what it is."""

from __future__ import annotations

import build_site
from playwright.sync_api import Browser, expect
from real_lab import new_page

WIDE = "<td>" + "a_long_word" * 60 + "</td>"
TABLE = '<div class="table-wrapper" style="overflow-x: auto"><table>{}<tr>{}</tr></table></div>'
PAGE = f"""<title>Whole page</title><article>
<section><h1>Results<a class="headerlink" href="#">¶</a></h1>
  {TABLE.format("", WIDE)}
  <section><h2>Of <code>mlp</code><a class="headerlink" href="#">¶</a></h2>
    {TABLE.format("<caption>Times<a class=headerlink>¶</a></caption>", WIDE)}
    <pre style="overflow-x: auto">{"a long line " * 60}</pre>
    {TABLE.format("", "<td>short</td>")}
  </section>
  <section><h2>A</h2>
    <table class="indextable" style="display: block; overflow-x: auto"><tr>{WIDE}</tr></table>
  </section>
</section>
</article>"""


def test_a_block_is_reached_by_keys_and_named_while_it_is_too_wide(browser: Browser):
    page = new_page(browser, viewport={"width": 600, "height": 400})
    page.set_content(PAGE)
    page.add_script_tag(content=build_site.script())
    for kind, name in [("div", "Results"), ("div", "Times"), ("pre", "Of mlp"), ("table", "A")]:
        block = page.locator(kind).and_(page.get_by_role("group", name=name, exact=True))
        expect(block).to_have_attribute("tabindex", "0")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.tagName") == "A":  # the mark beside a heading
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.table-wrapper').scrollLeft > 0")
    narrow = page.locator(".table-wrapper").nth(2)
    expect(narrow).not_to_have_attribute("tabindex", "0")
    page.set_viewport_size({"width": 9000, "height": 400})
    expect(page.locator("[tabindex], [role], article [aria-label]")).to_have_count(0)
    page.set_viewport_size({"width": 600, "height": 400})
    expect(page.get_by_role("group")).to_have_count(4)
    page.close()
