"""Discovers the pages: every module of `pages/` that declares `PAGE`."""

import importlib
import pkgutil
from functools import lru_cache

from dashboards.workforce import pages
from dashboards.workforce.release import Release
from dashboards.workforce.view import Page


@lru_cache(maxsize=1)
def declared() -> tuple[Page, ...]:
    """All pages in the order of the menu."""
    modules = [
        importlib.import_module(f"{pages.__name__}.{m.name}") for m in pkgutil.iter_modules(pages.__path__)
    ]
    return tuple(sorted((module.PAGE for module in modules), key=lambda page: (page.order, page.key)))


def offered(release: Release) -> tuple[Page, ...]:
    """The pages that this release can fill; the first one is the front page."""
    return tuple(page for page in declared() if release.offers(*page.needs))
