# SPDX-License-Identifier: Apache-2.0
"""A page in headless Chromium, narrow and wide, light and dark: prints what is wrong with it, a line each.

Run by the Python that has selenium: look_at_page.py PAGE FOLDER-FOR-PICTURES
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

CONTROLS = "a[href], summary, input, select, button, [tabindex='0']"
TABS_MAX = 600
# Contrast as WCAG 2 defines it, of every element that has text of its own.
CONTRAST = """
const lum = c => { const f = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
  return .2126 * f(c[0]) + .7152 * f(c[1]) + .0722 * f(c[2]); };
const rgb = s => s.match(/[\\d.]+/g).map(Number);
const back = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
  if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
return [...document.body.querySelectorAll("*")].filter(e => !["SCRIPT", "STYLE", "OPTION"]
  .includes(e.tagName) &&
  [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && e.getClientRects().length).map(e => {
  const a = lum(rgb(getComputedStyle(e).color)), b = lum(back(e));
  return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05),
    e.tagName + ": " + e.textContent.trim().slice(0, 40)]; });
"""


def open_browser() -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def look(browser: webdriver.Chrome, page: str, pictures: Path, scheme: str, width: int) -> list[str]:
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(page)
    about = f"{scheme}, {width} px"
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    found = [f"{about}: {wide} px wide"] if wide > width else []
    contrasts = browser.execute_script(CONTRAST)
    found += [f"{about}: contrast {ratio:.2f} of {text}" for ratio, text in contrasts if ratio < 4.5]
    if len(contrasts) < 10:
        found.append(f"{about}: only {len(contrasts)} texts were looked at")
    browser.save_screenshot(str(pictures / f"{scheme}-{width}.png"))
    return found


def unreached(browser: webdriver.Chrome) -> list[str]:
    """The controls that Tab does not come to."""
    browser.execute_script(
        "document.querySelectorAll(arguments[0]).forEach((e, i) => e.dataset.control = i)", CONTROLS
    )
    visible = [e for e in browser.find_elements(By.CSS_SELECTOR, CONTROLS) if e.is_displayed()]
    wanted = {e.get_attribute("data-control"): e.accessible_name or e.tag_name for e in visible}
    for _ in range(min(TABS_MAX, 2 * len(wanted) + 5)):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        wanted.pop(browser.switch_to.active_element.get_attribute("data-control"), None)
    return [f"Tab does not reach {name}" for name in wanted.values()]


def search(browser: webdriver.Chrome) -> list[str]:
    """The search over a console leaves the lines that have the word."""
    boxes = browser.find_elements(By.ID, "find")
    if not boxes:
        return []
    boxes[0].send_keys("boot build=")
    shown = next(e for e in browser.find_elements(By.CSS_SELECTOR, "pre.console") if e.is_displayed()).text
    return (
        []
        if shown and all("boot build=" in line for line in shown.splitlines())
        else [f"search shows {shown[:80]}"]
    )


def main() -> None:
    page, pictures = Path(sys.argv[1]).resolve().as_uri(), Path(sys.argv[2])
    browser = open_browser()
    try:
        found = [
            problem
            for scheme in ("light", "dark")
            for width in (360, 1280)
            for problem in look(browser, page, pictures, scheme, width)
        ]
        found += unreached(browser) + search(browser)
        found += [f"console: {entry['message']}" for entry in browser.get_log("browser")]
    finally:
        browser.quit()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
