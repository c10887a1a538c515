"""A person at the console, played by Chromium: told what to do line by line, and telling what is on the page.

Each line of the input is a JSON list: a step's name and its arguments. Each line of the output is what the step saw.
"""

import json
import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
THEMES = ("light", "dark")


class Person:
    """Looks at the pages of one server."""

    def __init__(self, browser, url: str):
        self.browser = browser
        self.url = url
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, path: str) -> str:
        """Opens a page and returns its title."""
        self.page.goto(self.url + path)
        return self.page.title()

    def live(self) -> None:
        """Waits until the page is kept current."""
        expect(self.page.locator("html[data-live=yes]")).to_have_count(1)

    def row(self, identifier: str) -> dict:
        """Waits for an event's row among the latest decisions, without opening the page again."""
        return row(self.page, identifier)

    def cut(self, identifier: str) -> int:
        """How many rows of the event a page shows that is cut off, when another shows it."""
        return self.cut_page.locator("#latest tr", has_text=identifier).count()

    def open_cut(self, path: str) -> str:
        """Opens a second page whose feed never comes."""
        self.cut_page = self.context.new_page()
        self.cut_page.route("**/feed*", lambda route: route.abort())
        self.cut_page.goto(self.url + path)
        expect(self.cut_page.locator("html[data-live=no]")).to_have_count(1)
        return self.cut_page.locator(".offline").inner_text()

    def follow(self, identifier: str) -> dict:
        """Follows the event's link and reads its page."""
        self.page.get_by_role("link", name=identifier).click()
        return decision(self.page)

    def find(self, identifier: str) -> dict:
        """Uses the search, by keyboard alone."""
        self.page.keyboard.press("/")
        self.page.keyboard.type(identifier)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".hero h1")).to_have_text(identifier)
        return decision(self.page)

    def apply(self, sql: str) -> str:
        """Writes statements into the box, sends them by keyboard, and reads what became of them."""
        self.page.goto(self.url + "/statements")
        box = self.page.locator("#sql")
        box.fill(sql)
        box.press("Control+Enter")
        return self.page.locator(".notice").inner_text()

    def text(self, selector: str) -> str:
        """The text of a part of the page."""
        return self.page.locator(selector).first.inner_text()

    def log_in(self, token: str) -> str:
        """Presents a token and returns where that leads, or the complaint."""
        self.page.locator("#token").fill(token)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Log in").click()
        notice = self.page.locator(".notice")
        return notice.inner_text() if notice.count() else self.page.url.removeprefix(self.url)

    def stopped(self) -> None:
        """Waits until the page says that it is not connected."""
        expect(self.page.locator("html[data-live=no]")).to_have_count(1)

    def pictures(self, folder: str, paths: dict) -> list:
        """Takes pictures of pages, for a desktop and a phone, light and dark."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        taken = []
        for size, (width, height) in SIZES.items():
            for theme in THEMES:
                context = self.browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme=theme,
                    storage_state=self.context.storage_state(),
                )
                page = context.new_page()
                for name, path in paths.items():
                    page.goto(self.url + path)
                    if page.locator("[data-feed]").count():
                        expect(page.locator("html[data-live=yes]")).to_have_count(1)
                    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
                    assert not wide, f"{name} does not fit a {size}"
                    taken.append(f"{name}-{size}-{theme}.png")
                    page.screenshot(path=Path(folder) / taken[-1])
                context.close()
        return taken

    def complaints(self) -> list:
        """Errors of the pages' own script."""
        return self.errors


def row(page: Page, identifier: str) -> dict:
    """The cells of an event's row."""
    found = page.locator("#latest tbody tr", has=page.get_by_role("link", name=identifier, exact=True))
    expect(found).to_have_count(1)
    return {
        "id": found.locator("td.id").inner_text(),
        "outcome": found.locator(".badge").inner_text(),
        "reasons": found.locator(".reason").all_inner_texts(),
    }


def decision(page: Page) -> dict:
    """What a decision's page says."""
    page.locator(".hero").wait_for()
    page.wait_for_load_state()

    def pairs(table: str) -> dict:
        rows = page.locator(f"#{table} tr").all()
        return {row.locator("th").inner_text(): row.locator("td").inner_text() for row in rows}

    def rule(card) -> dict:
        seen = card.locator(".saw div").all()
        return {
            "rule": card.locator("b").inner_text(),
            "outcome": card.locator(".badge").inner_text(),
            "condition": card.locator("pre").inner_text(),
            "saw": {one.locator("dt").inner_text(): one.locator("dd").inner_text() for one in seen},
        }

    return {
        "id": page.locator(".hero h1").inner_text(),
        "outcome": page.locator(".hero .badge").inner_text(),
        "rules": [rule(card) for card in page.locator("article.rule").all()],
        "features": pairs("features"),
        "event": pairs("event"),
    }


def main() -> None:
    """Plays the steps of the input."""
    chromium, url = sys.argv[1:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        person = Person(browser, url)
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            print(json.dumps(getattr(person, name)(*arguments)), flush=True)
        browser.close()


main()
