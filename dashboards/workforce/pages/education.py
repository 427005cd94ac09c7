"""学历 | Education: bars of protected figures with their error."""

from functools import partial

from dashboards.workforce import protected
from dashboards.workforce.view import Page

PAGE = Page(
    key="education",
    order=55,
    needs=("educations", "educations_years", "educations_places"),
    show=partial(protected.show, table="educations", draw=partial(protected.bars, code_list="education")),
)
