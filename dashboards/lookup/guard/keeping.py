"""What was filled in and came too soon: told back with the refusal, so that nobody has to type it again."""

from html import escape

from dashboards.lookup.visit import Problem, Visit


async def kept(visit: Visit) -> dict[str, str]:
    """The fields of a posted form, empty where they cannot come again as they were.

    That is so of a file, of what is too long for a page, and of a form that stood on another site: on a page of ours
    it would be taken for one of ours.
    """
    body = await visit.request.post_body()
    if visit.json or visit.is_foreign or len(body) > visit.settings.body_bytes:
        return {}
    try:
        fields, file = await visit.form_with_file()
    except Problem:
        return {}
    length = sum(len(escape(text).encode()) for field in fields.items() for text in field)
    return {} if file or length > visit.settings.kept_bytes else fields
