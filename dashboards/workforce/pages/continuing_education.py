"""继续教育 | Continuing education: bars of protected figures with their error."""

from functools import partial

from dashboards.workforce import protected
from dashboards.workforce.view import Page

TABLE = "continuing_educations"

PAGE = Page(
    key="continuing_education",
    order=57,
    needs=(TABLE, f"{TABLE}_years", f"{TABLE}_places"),
    show=partial(protected.show, table=TABLE, draw=partial(protected.bars, code_list="continuing_education")),
)
